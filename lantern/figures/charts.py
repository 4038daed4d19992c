"""Pictures of the figures, drawn by Matplotlib in a process of its own.

``python -m lantern.figures.charts`` reads one picture as JSON on standard input and writes a PNG to standard output.
:class:`Charts` starts it for each picture, so the bot's own memory stays as it was and a drawing that hangs or dies
costs a picture and nothing else. Nothing at the top of this module imports Matplotlib.
"""

from __future__ import annotations

import asyncio
import io
import logging
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from lantern.figures.processes import output_of

log = logging.getLogger(__name__)

DRAWING_SECONDS = 15.0
"""How long one picture may take; Matplotlib itself needs about one second, most of it to be imported."""
PNG_LIMIT = 8_000_000
"""Bytes; a picture that is larger is not one of ours."""

WIDTH = 520
MARGIN = 20
SCALE = 2
"""Dots of the file for each pixel of these sizes, so that letters are sharp on a phone's screen."""
GROUND = "#2B2D31"
"""What Discord lays under a card in its dark theme; in the light one the picture is a dark panel."""
INK = "#F2F3F5"
QUIET_INK = "#B5BAC1"
BEFORE = "#6D7179"
RULE = "#3F4147"
COLOURS = 96
LEAST_CONTRAST = 3.0
"""Of a bar against the ground: WCAG 2.2, 1.4.11, graphical objects."""

TITLE = 28
TEXT = 24
SMALL = 20


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a bar chart. ``before`` is None where there is no period before; ``says`` stands at its end."""

    label: str
    now: int
    before: int | None
    colour: int
    says: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """Horizontal bars, one under another, this period above the one before."""

    title: str
    subtitle: str
    bars: tuple[Bar, ...]
    now_label: str = "this period"
    before_label: str | None = None
    legend: tuple[tuple[str, int], ...] = ()
    """What colours mean, where there are several: a label and 0xRRGGBB."""
    footer: str = ""
    kind: str = "bars"


@dataclass(frozen=True, slots=True)
class Trend:
    """Asks over time. ``days`` are the first days of each column, YYYYMMDD; ``line`` has a value for each, or None."""

    title: str
    subtitle: str
    days: tuple[int, ...]
    values: tuple[int, ...]
    line: tuple[float | None, ...]
    colour: int
    column_label: str
    line_label: str
    marks: tuple[tuple[int, str], ...] = ()
    """Days that get a dashed line, with what it says."""
    footer: str = ""
    kind: str = "trend"


Picture = Bars | Trend


class Charts:
    """Draws pictures, one at a time, each in a new process.

    Parameters
    ----------
    seconds:
        How long one may take.
    """

    def __init__(self, *, seconds: float = DRAWING_SECONDS) -> None:
        self._seconds = seconds
        self._one_at_a_time = asyncio.Lock()

    async def draw(self, picture: Picture) -> bytes | None:
        """The PNG, or None when it could not be drawn; the log then says why. Raises nothing but a cancellation."""
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(self._seconds):
                    return await self._in_a_process(orjson.dumps(picture))
            except TimeoutError:
                log.error("a picture was not drawn within %.0f s and is left out", self._seconds)
            except (OSError, ValueError) as error:
                log.error("a picture could not be drawn and is left out: %s", error)
        return None

    async def _in_a_process(self, picture: bytes) -> bytes:
        png = await output_of(self.command(), picture)
        if not png.startswith(b"\x89PNG") or len(png) > PNG_LIMIT:
            raise ValueError("what came is no picture, or too large a one")
        return png

    def command(self) -> list[str]:
        """What is started to draw."""
        return [sys.executable, "-m", "lantern.figures.charts"]


def from_json(text: bytes) -> Picture:
    """The picture that was written as JSON. Raises :class:`ValueError` for anything else."""
    read: dict[str, Any] = orjson.loads(text)
    try:
        if read["kind"] == "bars":
            read["bars"] = tuple(Bar(**bar) for bar in read["bars"])
            read["legend"] = tuple((str(label), int(colour)) for label, colour in read["legend"])
            return Bars(**read)
        read["marks"] = tuple((int(day), str(says)) for day, says in read["marks"])
        columns = {name: tuple(read[name]) for name in ("days", "values", "line")}
        whole: dict[str, Any] = {**read, **columns}
        return Trend(**whole)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a picture: {error}") from error


# ---------------------------------------------------------------------- drawing, in the other process


def luminance(colour: str) -> float:
    """Relative luminance of "#RRGGBB" (WCAG 2.2)."""

    def linear(channel: int) -> float:
        part = channel / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def on_dark(colour: int) -> str:
    """An article's colour as "#RRGGBB", lightened until it stands out from the dark ground."""
    parts = [colour >> 16 & 255, colour >> 8 & 255, colour & 255]
    for step in range(21):
        mixed = "#" + "".join(f"{round(part + (255 - part) * step / 20):02X}" for part in parts)
        if contrast(mixed, GROUND) >= LEAST_CONTRAST:
            return mixed
    return INK


def tick_step(highest: float) -> int:
    """A round distance between at most five lines of a whole-numbered axis."""
    if highest <= 5:
        return 1
    power = 10 ** math.floor(math.log10(highest / 4))
    return int(next(step * power for step in (1, 2, 5, 10) if step * power * 5 >= highest))


@dataclass
class _Sheet:
    """A ground on which rectangles, lines and text are put by pixel, from the top left."""

    height: int
    width: int = WIDTH
    figure: Any = field(init=False)
    axes: Any = field(init=False)

    def __post_init__(self) -> None:
        from matplotlib.figure import Figure

        # 72 dots an inch make a point a pixel, so that every size here is one in pixels.
        self.figure = Figure(figsize=(self.width / 72, self.height / 72), dpi=72 * SCALE, facecolor=GROUND)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()
        self.axes.set_xlim(0, self.width)
        self.axes.set_ylim(self.height, 0)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: int = TEXT,
        colour: str = INK,
        bold: bool = False,
        align: str = "left",
    ) -> None:
        self.axes.text(
            x, y, text, color=colour, fontproperties=_font(size, bold), ha=align, va="baseline", parse_math=False
        )

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        from matplotlib.patches import Rectangle

        self.axes.add_patch(Rectangle((x, y), width, height, facecolor=colour, edgecolor="none"))

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: float, style: Any = "-") -> None:
        across, down = zip(*points, strict=True)
        self.axes.plot(
            across,
            down,
            color=colour,
            linewidth=width,
            linestyle=style,
            solid_capstyle="round",
            solid_joinstyle="round",
        )

    def png(self) -> bytes:
        from PIL import Image

        canvas = _agg().FigureCanvasAgg(self.figure)
        canvas.draw()
        size = canvas.get_width_height(physical=True)
        drawn = Image.frombytes("RGBA", size, bytes(canvas.buffer_rgba())).convert("RGB")
        into = io.BytesIO()
        # A few colours and their edges against the ground: a palette makes the file a quarter as large.
        drawn.quantize(COLOURS, dither=Image.Dither.NONE).save(into, "PNG", optimize=True)
        return into.getvalue()


def _font_file(bold: bool) -> Path:
    import matplotlib as mpl

    # Matplotlib's own copy: the system's may be another version, and another picture.
    return Path(mpl.get_data_path()) / "fonts" / "ttf" / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")


def _font(size: int, bold: bool) -> Any:
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=str(_font_file(bold)), size=size)


def _agg() -> Any:
    from matplotlib.backends import backend_agg

    return backend_agg


def _text_width(text: str, size: int, *, bold: bool = False) -> float:
    renderer = _agg().RendererAgg(1, 1, 72 * SCALE)
    width, _, _ = renderer.get_text_width_height_descent(text, _font(size, bold), False)
    return float(width) / SCALE


def drawable(text: str, otherwise: str) -> str:
    """``text`` without characters that the font lacks (most emoji, Chinese), or ``otherwise`` when little is left."""
    from matplotlib.ft2font import FT2Font

    known = FT2Font(str(_font_file(False))).get_charmap()
    kept = " ".join("".join(char for char in text if char.isprintable() and ord(char) in known).split())
    lost = sum(1 for char in text if char.isalnum() and ord(char) not in known)
    readable = sum(1 for char in kept if char.isalnum())
    return kept if readable > lost else otherwise


def wrapped(text: str, width: float, size: int, *, bold: bool = False) -> list[str]:
    """``text`` in lines of at most ``width`` pixels, whole; a word that is longer is cut into several lines."""
    lines: list[str] = []
    line = ""
    for word in _pieces(text, width, size, bold):
        longer = f"{line} {word}" if line else word
        if line and _text_width(longer, size, bold=bold) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line]


def _pieces(text: str, width: float, size: int, bold: bool) -> Iterator[str]:
    for word in text.split():
        while word and _text_width(word, size, bold=bold) > width:
            at = len(word)
            while at > 1 and _text_width(word[:at], size, bold=bold) > width:
                at -= 1
            yield word[:at]
            word = word[at:]
        if word:
            yield word


def render(picture: Picture) -> bytes:
    """Draw in this process. Imports Matplotlib."""
    return _bars(picture) if isinstance(picture, Bars) else _trend(picture)


LINE = 1.32
"""Distance between two lines of text, in text sizes."""


@dataclass(frozen=True, slots=True)
class _Heading:
    title: list[str]
    subtitle: list[str]

    @classmethod
    def of(cls, title: str, subtitle: str) -> _Heading:
        across = WIDTH - 2 * MARGIN
        return cls(wrapped(drawable(title, "A topic"), across, TITLE, bold=True), wrapped(subtitle, across, SMALL))

    @property
    def height(self) -> int:
        return int(MARGIN + len(self.title) * TITLE * LINE + len(self.subtitle) * SMALL * LINE + 6)

    def put(self, sheet: _Sheet) -> None:
        y = MARGIN + TITLE * 0.8
        for line in self.title:
            sheet.text(MARGIN, y, line, size=TITLE, bold=True)
            y += TITLE * LINE
        y -= (TITLE - SMALL) * 0.4
        for line in self.subtitle:
            sheet.text(MARGIN, y, line, size=SMALL, colour=QUIET_INK)
            y += SMALL * LINE


def _legend_rows(entries: Sequence[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Legend entries (label, colour), as many beside one another as fit."""
    rows: list[list[tuple[str, str]]] = []
    used = float(WIDTH)
    for label, colour in entries:
        needed = _text_width(label, SMALL) + 24 + 28
        if used + needed > WIDTH - 2 * MARGIN + 28:
            rows.append([])
            used = 0
        rows[-1].append((label, colour))
        used += needed
    return rows


def _put_legend(sheet: _Sheet, rows: Sequence[Sequence[tuple[str, str]]], y: float) -> float:
    for row in rows:
        x: float = MARGIN
        for label, colour in row:
            sheet.box(x, y, 16, 16, colour)
            sheet.text(x + 24, y + 15, label, size=SMALL, colour=QUIET_INK)
            x += _text_width(label, SMALL) + 24 + 28
        y += SMALL * LINE + 4
    return y


GAP = 16
NOW_HEIGHT = 15
BEFORE_HEIGHT = 7


def _bars(picture: Bars) -> bytes:
    across = WIDTH - 2 * MARGIN
    heading = _Heading.of(picture.title, picture.subtitle)
    first = on_dark(picture.bars[0].colour) if picture.bars else INK
    entries = [(picture.now_label, first)]
    if picture.legend:
        entries = [(label, on_dark(colour)) for label, colour in picture.legend]
    if picture.before_label is not None:
        entries.append((picture.before_label, BEFORE))
    legend = _legend_rows([(drawable(label, "?"), colour) for label, colour in entries]) if picture.bars else []
    footer = wrapped(picture.footer, across, SMALL) if picture.footer else []
    # Each bar's own room: its label may need several lines, since none is ever cut.
    rooms = []
    for number, bar in enumerate(picture.bars, 1):
        figure = _text_width(str(bar.now), TEXT, bold=True) + (_text_width(bar.says, SMALL) + 10 if bar.says else 0)
        label = drawable(bar.label, f"No. {number} of the list")
        rooms.append((bar, wrapped(label, across - figure - 20, TEXT), figure))
    below = NOW_HEIGHT + 3 + (BEFORE_HEIGHT if picture.before_label is not None else 0) + GAP
    body = sum(len(label) * TEXT * LINE + below for _, label, _ in rooms) if rooms else TEXT * 2 * LINE
    height = heading.height + len(legend) * (SMALL * LINE + 4) + 14 + body + len(footer) * SMALL * LINE + MARGIN - 6
    sheet = _Sheet(math.ceil(height))
    heading.put(sheet)
    y = _put_legend(sheet, legend, heading.height) + 14
    most = max([1, *(max(bar.now, bar.before or 0) for bar in picture.bars)])
    if not rooms:
        sheet.text(MARGIN, y + TEXT, "Nobody has asked anything in this time.", colour=QUIET_INK)
        y += TEXT * 2 * LINE
    for bar, pieces, figure in rooms:
        baseline = y + TEXT * 0.85
        sheet.text(WIDTH - MARGIN - figure, baseline, str(bar.now), bold=True)
        if bar.says:
            sheet.text(WIDTH - MARGIN, baseline, bar.says, size=SMALL, colour=QUIET_INK, align="right")
        for piece in pieces:
            sheet.text(MARGIN, y + TEXT * 0.85, piece)
            y += TEXT * LINE
        sheet.box(MARGIN, y, across, NOW_HEIGHT, RULE)
        sheet.box(MARGIN, y, across * bar.now / most, NOW_HEIGHT, on_dark(bar.colour))
        y += NOW_HEIGHT + 3
        if picture.before_label is not None:
            sheet.box(MARGIN, y, across * (bar.before or 0) / most, BEFORE_HEIGHT, BEFORE)
            y += BEFORE_HEIGHT
        y += GAP
    for text in footer:
        sheet.text(MARGIN, y + SMALL * 0.85, text, size=SMALL, colour=QUIET_INK)
        y += SMALL * LINE
    return sheet.png()


PLOT_HEIGHT = 280


def _in_words(day: int, *, with_year: bool) -> str:
    moment = date(day // 10_000, day // 100 % 100, day % 100)
    return f"{moment.day} {moment:%b}" + (f" {moment.year}" if with_year else "")


def _trend(picture: Trend) -> bytes:
    heading = _Heading.of(picture.title, picture.subtitle)
    colour = on_dark(picture.colour)
    legend = _legend_rows([(picture.column_label, colour), (picture.line_label, INK)])
    footer = wrapped(picture.footer, WIDTH - 2 * MARGIN, SMALL) if picture.footer else []
    marks = [(day, says) for day, says in picture.marks if picture.days and picture.days[0] <= day]
    marks_height = int(SMALL * LINE) if marks else 0
    top = heading.height + len(legend) * (SMALL * LINE + 4) + 14 + marks_height
    height = top + PLOT_HEIGHT + SMALL * LINE + 14 + len(footer) * SMALL * LINE + MARGIN - 6
    sheet = _Sheet(math.ceil(height))
    heading.put(sheet)
    _put_legend(sheet, legend, heading.height)
    bottom = top + PLOT_HEIGHT

    highest = max([1.0, *picture.values, *(value for value in picture.line if value is not None)])
    step = tick_step(highest)
    ceiling = math.ceil(highest / step) * step
    left = MARGIN + _text_width(str(ceiling), SMALL) + 12
    right = WIDTH - MARGIN
    for tick in range(0, ceiling + 1, step):
        y = bottom - PLOT_HEIGHT * tick / ceiling
        sheet.line([(left, y), (right, y)], RULE, 1.5)
        sheet.text(left - 10, y + SMALL * 0.36, str(tick), size=SMALL, colour=QUIET_INK, align="right")

    count = max(1, len(picture.days))
    column = (right - left) / count
    for at, value in enumerate(picture.values):
        share = 0.72 if column > 3 else 1.0
        tall = PLOT_HEIGHT * value / ceiling
        sheet.box(left + column * (at + (1 - share) / 2), bottom - tall, column * share, tall, colour)
    points = [
        (left + column * (at + 0.5), bottom - PLOT_HEIGHT * value / ceiling)
        for at, value in enumerate(picture.line)
        if value is not None
    ]
    if len(points) > 1:
        sheet.line(points, GROUND, 7)
        sheet.line(points, INK, 3.5)
    for day, says in marks:
        at = max(index for index, first in enumerate(picture.days) if first <= day)
        x = left + column * (at + 0.5)
        sheet.line([(x, top - 4), (x, bottom)], QUIET_INK, 2, (0, (4, 3)))
        half = _text_width(says, SMALL) / 2
        sheet.text(min(max(x, left + half), right - half), top - 12, says, size=SMALL, colour=INK, align="center")
    _put_days(sheet, picture.days, left, column, bottom)
    y = bottom + SMALL * LINE + 14
    for text in footer:
        sheet.text(MARGIN, y + SMALL * 0.85, text, size=SMALL, colour=QUIET_INK)
        y += SMALL * LINE
    return sheet.png()


def _put_days(sheet: _Sheet, days: Sequence[int], left: float, column: float, bottom: float) -> None:
    """The first day, the last one, and as many evenly between them as stand apart."""
    if not days:
        return
    with_year = days[0] // 10_000 != days[-1] // 10_000
    wide = max(_text_width(_in_words(day, with_year=with_year), SMALL) for day in (days[0], days[-1], 20261228)) + 24
    room = column * len(days)
    labels = min(len(days), max(1, int(room // wide)))
    places = sorted({round(index * (len(days) - 1) / max(1, labels - 1)) for index in range(labels)})
    for at in places:
        text = _in_words(days[at], with_year=with_year)
        half = _text_width(text, SMALL) / 2
        x = min(max(left + column * (at + 0.5), left + half), left + room - half)
        sheet.text(x, bottom + SMALL * LINE, text, size=SMALL, colour=QUIET_INK, align="center")


def main() -> int:
    """Read a picture, write a PNG."""
    sys.stdout.buffer.write(render(from_json(sys.stdin.buffer.read())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
