"""The cards of the figures: what is on them, and that they fit Discord."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast

import pytest

from lantern.admin import reports
from lantern.content.models import Colour, Content
from lantern.figures import charts
from lantern.figures import gaps as gap_figures
from lantern.figures.insights import Period
from lantern.figures.wording import BLURPLE, FIVE_DID
from lantern.languages.formats import date_text
from lantern.languages.translation import speaking
from lantern.store.misses import KEEP_CORRECTIONS
from lantern.ui import cards
from lantern.ui.topic_tokens import token
from tests.support.asks import LAST, NOON, Ask, Log, correction
from tests.support.catalogs import Say
from tests.support.reports import Drawn, InThisProcess


def many_topics(shipped: Content, count: int, title: str = "Topic {number}") -> Content:
    """Content with so many topics, in articles of twenty-five, with the longest titles that are allowed."""
    article = shipped.articles[0]
    articles = []
    for first in range(0, count, 25):
        topics = tuple(
            replace(article.topics[0], key=f"topic-{number}", title=title.format(number=number)[:80], related=())
            for number in range(first, min(first + 25, count))
        )
        articles.append(
            replace(article, command=f"article-{first}", colour=Colour(0x204060 + first * 1_000), topics=topics)
        )
    return Content(tuple(articles), shipped.care, shipped.shorthand)


@pytest.mark.parametrize("title", ["Topic {number}", "{number} *_" + "a long `name` with marks " * 4])
@pytest.mark.parametrize("count", [1, 25, 100])
async def test_every_card_fits_whatever_the_number_and_length_of_topics(log: Log, count: int, title: str) -> None:
    content = many_topics(log.content, count, title)
    log.content = content
    keys = [(topic.article.command, topic.key) for topic in content.topics()]
    for number, (article, key) in enumerate(keys):
        ask = Ask(key, 5, article=article, source="related", origin=key)
        await log.ask(*(replace(ask, member=member) for member in range(count + 5 - number)))
        corrections = (
            correction(10 * number + at, key, key, at=NOON - timedelta(days=5), article=article) for at in range(6)
        )
        await log.put(KEEP_CORRECTIONS, *corrections)
        await log.miss(f"word{number} " + "x" * 400, [(article, key, 0.1)], ago=5)
    drawn = Drawn()
    nothing = cast("Any", None)
    made = reports.Reports(nothing, nothing, nothing)
    made.charts, made.grouping = drawn, InThisProcess()
    insights = await log.insights()
    period = Period.until(LAST, 4)

    top = await made.top(insights, period, "topic")
    (picture,) = drawn.pictures
    found = await made.gaps(insights, period)
    shown = [
        top,
        await made.top(insights, period, "source"),
        await made.trend(insights, *keys[0], period, "day"),
        made.gaps_report(content, found),
        await made.gap_report(content, found.gaps[0]),
        await made.helped(insights, period),
        await made.digest(insights, 20251228, late="Late: this was due on Friday, 2 Jan 2026."),
    ]

    for report in shown:
        note = "Posted here: https://discord.com/channels/" + "1" * 60
        for made_of in (report, report.without_picture()):
            assert list(cards.excess(made_of.card(note=note).components)) == []
        assert len(report.description) <= 1_024
    assert isinstance(picture, charts.Bars)
    assert len(picture.bars) == min(count, 25)
    if count == 100:
        assert picture.footer.startswith("And 75 others together: ")
        said = cards.text_of(top.without_picture().card().components)
        assert "And 75 others together: " in said or re.search(r"… and \d+ more\.", said)


# ---------------------------------------------------------------------- one card


def report(**changes: Any) -> reports.Report:
    button: dict[str, Any] = {"type": 1, "components": []}
    return reports.Report("above", ("one", "", "two"), 0x123456, rows=(button,))._replace(**changes)


def kinds(card: cards.Card) -> list[list[int]]:
    return [[part["type"] for part in each.get("components", [])] for each in card.components]


def test_a_report_has_its_picture_between_its_lines_and_its_buttons_below() -> None:
    plain, drawn = report(), report(png=b"png", in_words=("the same",), description="what it shows")

    assert kinds(plain.card()) == [[10, 14, 10, 14, 10], []]
    assert kinds(drawn.card()) == [[10, 12, 10, 14, 10], []]
    assert cards.text_of(drawn.without_picture().card().components).split() == ["above", "the", "same", "one", "two"]
    assert kinds(plain.card(note="a note", rows=False)) == [[10, 14, 10, 14, 10], []]
    assert plain.card(note="a note", rows=False).components[1]["content"] == "a note"
    assert plain.card().components[0]["accent_color"] == 0x123456
    (item,) = drawn.card().components[0]["components"][1]["items"]
    assert (item["media"]["url"], item["description"]) == ("attachment://figures.png", "what it shows")
    (file,) = drawn.files()
    assert (file.filename, file.description, file.fp.read()) == ("figures.png", "what it shows", b"png")
    assert plain.files() == drawn.without_picture().files() == []


def gap_of(number: int, times: int = 1, wordings: int = 1) -> gap_figures.Gap:
    misses = tuple(
        gap_figures.Miss(number * 100 + at, date(2025, 12, 22), f"words {number} {at % wordings}", ())
        for at in range(times)
    )
    return gap_figures.Gap(misses, ("twinflame", "hope"))


def made() -> reports.Reports:
    nothing = cast("Any", None)
    made = reports.Reports(nothing, nothing, nothing)
    made.grouping = InThisProcess()
    return made


def test_eight_gaps_are_shown_and_twenty_five_are_in_the_menu(content: Content) -> None:
    gaps = tuple(gap_of(number, times=1 + number % 3) for number in range(30))
    period = Period.until(LAST, 13)

    def shown(number: int, order: str = "newest") -> tuple[str, list[str], list[str]]:
        found = gap_figures.Gaps(period, gaps[:number], (), sum(gap.times for gap in gaps[:number]))
        card = made().gaps_report(content, found, order).card()
        options = [each["label"] for part in cards.walk(card.components) for each in part.get("options", [])]
        labels = [part["label"] for part in cards.walk(card.components) if part["type"] == 2]
        return cards.text_of(card.components), options, labels

    text, options, labels = shown(30)
    assert text.count("“") == 8
    assert "-# The menu below has 25 of all 30 groups." in text
    assert options == [f"words {number} 0" for number in range(25)]
    assert labels == ["Most asked first"]
    text, options, labels = shown(30, "most")
    assert options[:2] == ["words 2 0", "words 5 0"]
    assert labels == ["Newest first"]
    assert "The menu below" not in shown(8)[0]
    assert shown(0)[1:] == ([], [])
    assert "“words 0 0”\n-# asked once · last in the week of 22 Dec 2025 · closest: Hope" in shown(1)[0]


def test_ten_corrections_stand_under_the_gaps(content: Content) -> None:
    corrections = tuple(
        gap_figures.Correction(("twinflame", "runner"), ("twinflame", "hope"), 12 - at) for at in range(12)
    )
    found = gap_figures.Gaps(Period.until(LAST, 13), (), corrections, 0)

    text = cards.text_of(made().gaps_report(content, found).card().components)

    assert text.count("members got") == 10
    assert FIVE_DID in text


async def test_a_group_shows_eight_ways_in_which_it_was_asked(content: Content) -> None:
    async def shown(gap: gap_figures.Gap) -> str:
        card = (await made().gap_report(content, gap)).card()
        assert card.components[0]["accent_color"] == content.articles[0].colour
        return cards.text_of(card.components)

    nine = await shown(gap_of(1, times=10, wordings=9))
    assert nine.startswith("## Asked 10 times\nClosest topic: Hope.\n- words 1 0 (2 times)\n- words 1 1\n")
    assert "- words 1 7\n- … and 1 other way\n" in f"{nine}\n"
    assert "other way" not in await shown(gap_of(1, times=8, wordings=8))
    lost = await shown(gap_of(1)._replace(nearest=None))
    assert "No topic of the article is close." in lost
    assert "They may need a topic of their own." in lost


@pytest.mark.parametrize("everything", [False, True])
async def test_a_trend_says_when_its_answer_was_reviewed_and_is_shared_with_its_days(
    log: Log, everything: bool
) -> None:
    await log.ask(Ask("runner", 5), Ask("hope", 40))
    reporting = made()
    reporting.charts = Drawn()
    insights = await log.insights()
    period = await insights.period(None if everything else 4)
    assert period is not None

    shown = await reporting.trend(insights, "twinflame", "runner", period, "week")

    topic = log.content.find("twinflame", "runner")
    assert topic is not None
    assert f"The answer was last reviewed on {date_text(topic.reviewed)}." in shown.below[0]
    assert (shown.colour, shown.file_name) == (topic.article.colour, "trend.png")
    (button,) = shown.rows[0]["components"]
    assert button["custom_id"] == f"in-trend:{token(topic)}:{0 if everything else 4}:week:20251228"
    assert shown.description.startswith("The runner. ")
    gone = await reporting.trend(insights, "twinflame", "gone", period, "week")
    assert "last reviewed" not in gone.below[0]
    assert gone.colour == BLURPLE
    ranked = await reporting.top(insights, period, "topic")
    (button,) = ranked.rows[0]["components"]
    assert button["custom_id"] == f"in-top:{0 if everything else 4}:topic:20251228"
    assert (ranked.colour, ranked.file_name) == (log.content.articles[0].colour, "top-topic.png")


async def test_where_nobody_asked_there_is_no_picture_and_nothing_to_share(log: Log) -> None:
    reporting = made()
    reporting.charts = kept = Drawn()
    insights = await log.insights()

    ranked = await reporting.top(insights, Period.until(LAST, 4), "topic")
    week = await reporting.digest(insights, 20251228, late="late")

    assert (ranked.png, ranked.rows, week.png, kept.pictures) == (None, (), None, [])
    assert ranked.below == ranked.in_words == week.in_words == ()
    assert week.below[-1] == "-# late"
    assert (await reporting.digest(insights, 20251228)).below[-1] == ""


async def test_what_helped_shows_five_to_review_and_five_ways_on(log: Log) -> None:
    topics = [topic.key for topic in log.content.topics()]
    for number, key in enumerate(topics[:10]):
        ask = Ask(key, 5, source="related", origin=topics[number + 1])
        await log.ask(*(replace(ask, member=member) for member in range(number + 5)))

    text = cards.text_of((await made().helped(await log.insights(), Period.until(LAST, 4))).card().components)

    assert text.count(" · reviewed ") == 5
    assert text.count(" → ") == 5


async def test_where_there_is_nothing_to_review_and_nobody_went_on_neither_is_a_heading(log: Log) -> None:
    await log.ask(Ask("gone", 5))

    text = cards.text_of((await made().helped(await log.insights(), Period.until(LAST, 4))).card().components)

    assert reports.NOBODY_SAID in text
    assert "### " not in text


async def test_a_language_has_its_own_quotation_marks_colons_and_full_stops(log: Log, say: Say) -> None:
    say(
        "de",
        {
            "“{words}”": "„{words}“",
            "{title}. {heading}": "{title} – {heading}",
            "- {date}: {number}": "- {date} – {number}",
            "- {first} → {then}: {number}": "- {first} → {then} – {number}",
        },
    )
    await log.ask(*(Ask("runner", 5, member=member) for member in range(6)))
    await log.ask(*(Ask("union", 5, source="related", origin="runner", member=member) for member in range(6)))
    reporting = made()
    reporting.charts = Drawn()
    insights = await log.insights()
    period = await insights.period(4)
    assert period is not None
    found = gap_figures.Gaps(period, (gap_of(1),), (), 1)

    with speaking("de"):
        top = await reporting.top(insights, period, "topic")
        trend = await reporting.trend(insights, "twinflame", "runner", period, "week")
        days = await reporting.trend(insights, "twinflame", "runner", period, "day")
        helped = await reporting.helped(insights, period)
        gaps = reporting.gaps_report(log.content, found)

    assert top.description.startswith("What members ask about – ")
    assert trend.description.startswith("The runner – ")
    assert " – 6" in trend.in_words[0]
    assert " – 6" in days.in_words[0]
    assert "The runner → Union and reunion – 6" in cards.text_of(helped.card().components)
    assert "„words 1 0“" in gaps.below[0]
