"""The pictures, as they look and as they are drawn."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lantern import PROJECT
from lantern.figures import charts, drawing
from lantern.figures.wording import change_in_words
from lantern.languages.translation import speaking
from lantern.store.times import as_number
from tests.support.asks import TODAY

COUNTED = "Members' asks; those of moderators are not counted."
APPROVED = Path(__file__).with_name("charts")


def bars(count: int, *, label: str = "Topic {number}", before: bool = True) -> charts.Bars:
    made = []
    for number in range(1, count + 1):
        now, then = 400 // number, 300 // number + number % 4 * 20
        text = label.format(number=number)
        made.append(charts.Bar(text, now, then if before else None, 0x7B5EA7, change_in_words(now, then)))
    return charts.Bars(
        "What members ask about",
        "30 days to 1 Jan 2026",
        tuple(made),
        "these 30 days",
        "the 30 days before" if before else None,
        footer=COUNTED,
    )


def trend_of(days: int, step: int = 1) -> charts.Trend:
    starts = [TODAY - timedelta(days=step * at) for at in range(days - 1, -1, -1)]
    values = [(at * 7919 % 13) for at in range(days)]
    average = [None if at < 6 else sum(values[at - 6 : at + 1]) / 7 for at in range(days)]
    return charts.Trend(
        "The runner",
        f"{days} days to 1 Jan 2026",
        tuple(map(as_number, starts)),
        tuple(values),
        tuple(average),
        0x7B5EA7,
        "asks a day",
        "7-day average",
        ((as_number(TODAY - timedelta(days=days // 3)), "reviewed"),),
    )


LONG = "A very long name of a topic {number}, which goes on and on and holds Donaudampfschifffahrtsgesellschaftskapitän"


CHANNEL = "#{number}-" + "a-channel-whose-name-has-no-space-and-every-letter-that-discord-allows-" + "w" * 20
NAMES = (
    "क्या वह मेरी जुड़वाँ आत्मा है? कृष्ण, ज्ञान, श्रद्धा, विद्यार्थी",
    "Τι είναι η δίδυμη φλόγα;",
    "Что такое близнецовое пламя?",
    "¿Volverá el corredor? Łódź, žluťoučký kůň, İstanbul, Việt Nam",
    "لهب التوأم",
)
PICTURES: dict[str, charts.Picture] = {
    "empty": bars(0),
    "one": bars(1),
    "topics-14": bars(14, label="Readings and the chaser question {number}"),
    "topics-25": bars(25, label="Twin flame or soul mate? {number}"),
    "all": bars(5, before=False),
    "long": bars(3, label=LONG),
    "two-articles": bars(4)._replace(
        legend=(("Twin flames", 0x7B5EA7), ("A second article", 0x1F8B4C)), footer="And 75 others."
    ),
    "zero": bars(0)._replace(bars=tuple(charts.Bar(f"Topic {then}", 0, then, 0x7B5EA7, "as many") for then in (9, 0))),
    "scripts": bars(0)._replace(
        title="सदस्य क्या पूछते हैं?",
        bars=tuple(charts.Bar(name, 5 * at, 30 - 4 * at, 0x7B5EA7, "5 more") for at, name in enumerate(NAMES, 1)),
    ),
    "channel": bars(2, label=CHANNEL),
    "trend-90": trend_of(90),
    "trend-1": trend_of(1),
    "trend-weeks": trend_of(156, 7),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_looks_as_approved(name: str) -> None:
    """To approve: look at what is left in build/charts, and copy it to tests/figures/charts."""
    from PIL import Image, ImageChops, ImageStat

    made = PROJECT / "build" / "charts" / f"{name}.png"
    made.parent.mkdir(parents=True, exist_ok=True)
    made.write_bytes(drawing.render(PICTURES[name]))
    with Image.open(made) as drawn, Image.open(APPROVED / f"{name}.png") as approved:
        assert drawn.size == approved.size
        difference = ImageChops.difference(drawn.convert("RGB"), approved.convert("RGB"))
        # Of 255: edges of letters differ a little between versions of the font renderer, a moved bar differs much more.
        assert max(ImageStat.Stat(difference).mean) < 0.5


def test_names_are_whole() -> None:
    for count, label in ((14, "Readings and the chaser question {number}"), (25, LONG), (3, CHANNEL)):
        joined = "".join("".join(text for _, text in drawn_texts(bars(count, label=label))).split())
        for number in range(1, count + 1):
            assert "".join(label.format(number=number).split()) in joined


@pytest.mark.parametrize("name", PICTURES)
def test_every_text_is_in_the_picture_and_none_lies_over_another(name: str) -> None:
    texts = drawn_texts(PICTURES[name])
    for at, (one, text) in enumerate(texts):
        assert min(one.x0, one.y0) >= 0, text
        assert round(one.x1, 3) <= drawing.WIDTH * drawing.DOTS, text
        assert not [other for box, other in texts[at + 1 :] if one.overlaps(box)], text


def test_everything_that_a_picture_says_is_written_in_it() -> None:
    legend = (("Twin flames", 0x7B5EA7), ("A second article", 0x1F8B4C))
    for picture in (bars(3), bars(3)._replace(legend=legend)):
        texts = [text for _, text in drawn_texts(picture)]
        named = [label for label, _ in picture.legend] or [picture.now_label]
        said = [picture.title, picture.subtitle, picture.footer, *named, picture.before_label]
        for bar in picture.bars:
            said += [bar.label, bar.says, f"{bar.now:,}"]
        assert set(said) <= set(texts)
        assert (picture.now_label in texts) == (not picture.legend)
    assert "the 30 days before" not in [text for _, text in drawn_texts(bars(3, before=False))]


def trend_marked(ago: int) -> charts.Trend:
    """Fourteen days of which one is marked."""
    return trend_of(14)._replace(marks=((as_number(TODAY - timedelta(days=ago)), "reviewed then"),), footer="counted")


def test_a_trend_says_what_its_columns_and_its_lines_are_and_when() -> None:
    texts = [text for _, text in drawn_texts(trend_marked(3))]

    assert {"The runner", "14 days to 1 Jan 2026", "asks a day", "7-day average", "reviewed then", "counted"} <= set(
        texts
    )
    dates = [text for text in texts if text.startswith(("19 Dec", "23 Dec", "28 Dec", "1 Jan"))]
    assert dates == ["19 Dec\n2025", "23 Dec\n2025", "28 Dec\n2025", "1 Jan\n2026"]


def test_a_day_before_the_first_column_has_no_line() -> None:
    drawn = [[text for _, text in drawn_texts(trend_marked(ago))] for ago in (13, 14)]

    assert ["reviewed then" in texts for texts in drawn] == [True, False]


def drawn_texts(picture: charts.Picture) -> list[tuple[Any, str]]:
    """What a picture writes, with the place of each text, from Matplotlib's own reckoning."""
    from matplotlib.text import Text

    found: dict[Text, tuple[Any, str]] = {}
    before = Text.draw

    def draw(text: Text, renderer: Any) -> None:
        before(text, renderer)
        if text.get_visible() and text.get_text():
            # The height of the letters themselves: a line's own leading may reach into the next one's.
            box = text.get_window_extent(renderer)
            found[text] = (box.padded(0, -2 * drawing.DOTS), text.get_text())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", draw)
        drawing.render(picture)
    return list(found.values())


@pytest.mark.parametrize("colour", [0x000000, 0x7B5EA7, 0x20503C, 0x2B2D31, 0xFFFFFF])
def test_every_article_colour_stands_out_from_the_ground(colour: int) -> None:
    assert drawing.contrast(drawing.on_dark(colour), drawing.GROUND) >= 3


def test_numbers_and_dates_are_in_the_language_in_use() -> None:
    many = charts.Bars("t", "s", (charts.Bar("one", 123_456, None, 0x7B5EA7),))
    with speaking("hi"):
        texts = [text for picture in (many, trend_of(14)) for _, text in drawn_texts(picture)]
    assert {"1,23,456", "19 दिस॰\n2025", "1 जन॰\n2026"} <= set(texts)


def test_what_the_font_lacks_is_left_out_and_a_name_of_nothing_else_is_numbered() -> None:
    texts = [text for _, text in drawn_texts(bars(1, label="\U0001f4ac general"))]
    assert "general" in texts
    texts = [text for _, text in drawn_texts(bars(1, label="雑談"))]
    assert "No. 1 of the list" in texts
    assert drawing.drawable("$x^2$ and \\frac", "no") == "$x^2$ and \\frac"
    assert drawing.drawable("Flamme\u00a0ou âme sœur\u202f?", "no") == "Flamme ou âme sœur ?"
    assert drawing.drawable("क्\u200dष \u202eअ", "no") == "क्\u200dष अ"


async def test_a_picture_is_drawn_in_another_process() -> None:
    png = await charts.Charts(seconds=600).draw(bars(2))
    assert png is not None
    assert png == drawing.render(bars(2))


async def test_the_process_that_draws_speaks_the_language_in_use() -> None:
    with speaking("de"):
        png = await charts.Charts(seconds=600).draw(trend_of(7))
        assert png == drawing.render(trend_of(7))
    assert png != drawing.render(trend_of(7))


async def test_the_bot_never_imports_matplotlib() -> None:
    seldom = "{'matplotlib', 'numpy', 'PIL', 'lantern.figures.drawing'}"
    check = f"import sys, lantern.runtime.client, cogs.insights; sys.exit(bool({seldom} & sys.modules.keys()))"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", check, cwd=PROJECT)
    assert await process.wait() == 0


class Broken(charts.Charts):
    """Starts something else instead of drawing."""

    def __init__(self, code: str, seconds: float = 15) -> None:
        super().__init__(seconds=seconds)
        self.code = code

    def command(self) -> list[str]:
        return [sys.executable, "-c", self.code]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import sys; sys.exit(3)", "status 3"),
        ("print('not a picture')", "no picture, or too large a one"),
        ("import sys; sys.stdout.buffer.write(b'\\x89PNG' + bytes(7_999_997))", "no picture, or too large a one"),
        ("import os; os.kill(os.getpid(), 9)", "status -9"),
        ("raise SystemExit('first\\nno such font')", "status 1 no such font"),
    ],
)
async def test_a_picture_that_cannot_be_drawn_is_none_and_the_log_says_why(
    code: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert await Broken(code, 600).draw(bars(1)) is None
    (line,) = caplog.messages
    assert line.startswith("a picture could not be drawn and is left out: ")
    assert line.endswith(why)


async def test_the_largest_picture_is_taken() -> None:
    code = "import sys; sys.stdout.buffer.write(b'\\x89PNG' + bytes(7_999_996))"

    assert len(await Broken(code, 600).draw(bars(1)) or b"") == 8_000_000


async def test_the_process_that_draws_has_the_picture_and_everything_but_the_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "secret")
    monkeypatch.setenv("SOMETHING_ELSE", "there")
    says = "[os.getcwd(), 'DISCORD_TOKEN' in os.environ, os.environ['SOMETHING_ELSE'], sys.stdin.read()]"
    code = f"import json, os, sys; sys.stdout.write('\\x89PNG' + json.dumps({says}))"

    drawn = await Broken(f"import sys; sys.stdout.reconfigure(encoding='latin-1'); {code}", 600).draw(bars(1))

    assert drawn is not None
    folder, token, other, picture = json.loads(drawn.removeprefix(b"\x89PNG"))
    assert (Path(folder), token, other) == (PROJECT, False, "there")
    assert charts.from_json(picture) == bars(1)


async def test_pictures_are_drawn_one_at_a_time(tmp_path: Path) -> None:
    here = tmp_path / "drawing"
    code = (
        f"import pathlib, sys; here = pathlib.Path({str(here)!r}); here.touch(exist_ok=False); sys.stdin.read(); "
        f"here.unlink(); sys.stdout.buffer.write(b'\\x89PNG')"
    )
    drawing_them = Broken(code, 600)

    assert await asyncio.gather(*(drawing_them.draw(bars(1)) for _ in range(4))) == [b"\x89PNG"] * 4


@pytest.mark.skipif(sys.platform == "win32", reason="it has other priorities")
async def test_answers_come_before_drawing() -> None:
    """The process that draws has a lower priority, and had it before it was given anything to draw."""
    says = "sys.stdin.read(); sys.stdout.buffer.write(b'\\x89PNG %d' % os.getpriority(os.PRIO_PROCESS, 0))"
    assert await Broken(f"import os, sys; {says}", 600).draw(bars(1)) == b"\x89PNG 5"


async def test_a_drawing_that_hangs_is_killed(caplog: pytest.LogCaptureFixture) -> None:
    hanging = Broken("import sys; sys.stdin.read(); sys.stdin = None; import threading; threading.Event().wait()", 0.5)
    assert await hanging.draw(bars(1)) is None
    assert "not drawn within" in caplog.text


async def test_a_drawing_that_cannot_start_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts.Charts, "command", lambda self: ["/no/such/program"])
    assert await charts.Charts().draw(bars(1)) is None


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_survives_being_json(name: str) -> None:
    assert charts.from_json(charts.to_json(PICTURES[name])) == PICTURES[name]


def test_rubbish_is_not_a_picture() -> None:
    for text in (b"{}", b'{"kind": "bars"}', b'{"kind": "bars", "bars": [{"x": 1}], "legend": []}'):
        with pytest.raises(ValueError):
            charts.from_json(text)


@pytest.mark.parametrize("style", ["Regular", "Bold"])
def test_the_font_has_the_letters_of_four_scripts_and_joins_devanagari(style: str) -> None:
    from matplotlib.ft2font import FT2Font

    font = FT2Font(str(Path(drawing.__file__).parent / "fonts" / f"LanternSans-{style}.ttf"))
    has = font.get_charmap()
    for first, last in ((0x41, 0x24F), (0x370, 0x3E1), (0x400, 0x52F), (0x900, 0x97F), (0x1E00, 0x1EFF)):
        assert not [chr(code) for code in range(first, last + 1) if chr(code).isalpha() and code not in has]

    def width(text: str) -> int:
        font.set_text(text)
        return int(font.get_width_height()[0])

    # A letter that joins the next one loses its own width; where nothing is joined, a sign below is added instead.
    for one, other in ("कष", "जञ", "शर", "दध", "तर"):
        assert width(f"{one}\u094d{other}") < 0.9 * (width(one) + width(other))
