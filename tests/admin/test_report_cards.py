"""Every card of the figures fits Discord."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, cast

import pytest

from lantern.admin import reports
from lantern.content.models import Colour, Content
from lantern.figures import charts
from lantern.figures.insights import Period
from lantern.store.misses import KEEP_CORRECTIONS
from lantern.ui import cards
from tests.support.asks import TODAY, Ask, Log, correction
from tests.support.reports import Drawn


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
        await log.ask(*[Ask(key, 2, article=article, source="related", origin=key)] * (count + 5 - number))
        await log.put(KEEP_CORRECTIONS, correction(10_000 + number, key, key, article=article))
        await log.miss(f"word{number} " + "x" * 400, [(article, key, 0.1)])
    drawn = Drawn()
    nothing = cast("Any", None)
    made = reports.Reports(nothing, nothing, nothing, retention_days=180)
    made.charts = drawn
    insights = log.insights()
    period = Period.until(TODAY, 30)

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
        await made.digest(insights, 20260101, late="Late: this was due on Friday, 2 Jan 2026."),
    ]

    for report in shown:
        note = "Shared in this channel: https://discord.com/channels/" + "1" * 60
        assert list(cards.excess(report.card(note=note).components)) == []
        assert len(report.description) <= 1_024
    assert isinstance(picture, charts.Bars)
    assert len(picture.bars) == min(count, 25)
    if count == 100:
        assert picture.footer.startswith("And 75 others, asked ")
        said = cards.text_of(top.card().components)
        assert "And 75 others, asked " in said or re.search(r"… and \d+ more\.", said)
