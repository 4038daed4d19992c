"""The invented half year: only what a real one could hold, and never in a database that is kept."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import mean

import discord
import pytest
import pytest_asyncio

import bot as program
from lantern.content.models import Content
from lantern.figures.insights import OTHERS, Insights, Period
from lantern.matching.matcher import Matcher
from lantern.preview import sample_questions
from lantern.store.database import Database
from lantern.store.guilds import Guilds
from lantern.store.times import DAY, as_date, milliseconds
from lantern.store.weekly_totals import WeeklyTotals
from tests.support.asks import LAST, NOON, TODAY


def test_invented_questions_never_go_into_a_database_that_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kept.sqlite3"
    assert program.main(["preview", "--sample-questions", "--database", str(path)]) == 2
    assert not path.exists()
    assert "invented" in capsys.readouterr().err


@pytest_asyncio.fixture
async def filled(tmp_path: Path, content: Content) -> AsyncIterator[Database]:
    """A database with the invented half year up to noon of New Year's Day, a Thursday."""
    database = Database(tmp_path / "invented.sqlite3")
    await database.open()
    assert await sample_questions.fill(database, content, guild_id=7, channels=[50, 51], until=NOON) == (
        (await database.fetch("SELECT count(*) FROM questions"))[0][0],
        (await database.fetch("SELECT count(*) FROM misses"))[0][0],
    )
    yield database
    await database.close()


async def test_it_is_half_a_year_of_a_server_as_others_are(filled: Database) -> None:
    ((asks, first, last, members, moderators, public),) = await filled.fetch(
        "SELECT count(*), min(asked_at), max(asked_at), count(DISTINCT member_key), avg(by_moderator), avg(public)"
        "  FROM questions"
    )
    assert 1_500 < asks < 3_000
    assert milliseconds(NOON) - 181 * DAY < first < milliseconds(NOON) - 179 * DAY
    assert milliseconds(NOON) - DAY < last < milliseconds(NOON)
    assert members == 70
    assert 0.04 < moderators < 0.08
    assert 0.09 < public < 0.15
    sources = await filled.fetch("SELECT source, count(*) * 100.0 / ? FROM questions GROUP BY source", (asks,))
    shares: dict[str, float] = {row[0]: row[1] for row in sources}
    for source, share in sample_questions.SOURCES:
        assert abs(shares[source] - share) < 3
    channels = await filled.fetch("SELECT channel_id, count(*) FROM questions GROUP BY channel_id ORDER BY channel_id")
    assert [channel for channel, _ in channels] == [50, 51]
    assert min(count for _, count in channels) > asks / 3
    days = await filled.fetch("SELECT day, count(*) FROM questions GROUP BY day")
    assert len(days) == 181
    weekend = [count for day, count in days if as_date(day).weekday() >= 5]
    week = [count for day, count in days if as_date(day).weekday() < 5]
    assert 3 < mean(weekend) - mean(week) < 7
    assert 3 < mean(count for _, count in days[-40:]) - mean(count for _, count in days[:40]) < 7


async def test_an_answer_that_all_see_stands_since_it_was_asked_and_a_related_one_came_from_a_topic(
    filled: Database, content: Content
) -> None:
    odd = await filled.fetch(
        "SELECT * FROM questions"
        " WHERE (public AND (public_at IS NOT asked_at OR public_message_id IS NULL))"
        "    OR (NOT public AND (public_at IS NOT NULL OR public_message_id IS NOT NULL))"
        "    OR (from_topic IS NOT NULL AND source <> 'related') OR guild_id <> 7 OR article <> 'twinflame'"
    )
    assert odd == []
    came = await filled.fetch("SELECT topic, from_topic FROM questions WHERE source = 'related'")
    for topic, origin in came:
        found = content.find("twinflame", topic)
        assert found is not None
        assert origin in found.related or not found.related


async def test_some_say_what_helped_and_some_that_it_was_not_it(filled: Database) -> None:
    async def number(query: str) -> int:
        ((found,),) = await filled.fetch(query)
        return int(found)

    asked = await number("SELECT count(*) FROM questions WHERE source = 'ask'")
    wrong = await number("SELECT count(*) FROM corrections")
    # The same member's second word on the same topic changes nothing.
    assert 0.2 < await number("SELECT count(*) FROM helpful") / asked < 0.4
    assert 0.06 < wrong / asked < 0.14
    assert 0.5 < await number("SELECT count(*) FROM corrections WHERE wanted_topic IS NOT NULL") / wrong < 0.85
    assert not await number("SELECT count(*) FROM corrections WHERE wanted_topic = topic")
    assert not await number("SELECT count(*) FROM corrections WHERE (wanted_topic IS NULL) <> (wanted_article IS NULL)")
    linked = await number("SELECT count(*) FROM links")
    others = await number("SELECT count(*) FROM questions WHERE source <> 'ask'")
    assert 0.03 < linked / others < 0.09
    assert not await number("SELECT count(*) FROM links WHERE automatic OR whole OR NOT notify")


async def test_one_topic_rises_and_one_is_not_asked_for_any_more(filled: Database, content: Content) -> None:
    await WeeklyTotals(filled, Guilds(filled)).decide_due(NOON)
    insights = Insights(filled, content, (7,), TODAY)
    digest = await insights.digest(LAST)

    topics = [topic.key for topic in content.topics()]
    (riser,) = [riser.topic for riser in digest.risers if topics.index(riser.topic) >= len(topics) // 2]
    assert riser != topics[-1]
    assert topics[-1] in [topic.key for topic in digest.unasked]
    most = await insights.top("topic", Period.until(LAST, 26))
    assert most.rows[0].key == ("twinflame", topics[0])
    assert max(row.now for row in most.rows) < 0.25 * most.total


async def test_what_is_told_from_five_members_on_is_there_to_be_seen(filled: Database, content: Content) -> None:
    await WeeklyTotals(filled, Guilds(filled)).decide_due(NOON)
    insights = Insights(filled, content, (7,), TODAY)
    quarter = Period.until(LAST, 13)

    for by, least in (("channel", 2), ("source", 3)):
        top = await insights.top(by, quarter)  # type: ignore[arg-type]
        assert sum(row.key != (OTHERS,) for row in top.rows) >= least
    assert any((await insights.trend("twinflame", "runner", quarter, "day")).asks)
    helped = await insights.helped(quarter)
    assert any(row.helpful for row in helped.topics)
    assert any(row.links for row in helped.topics)


async def test_invented_misses_are_of_the_last_weeks_by_the_day(filled: Database, content: Content) -> None:
    misses = await filled.fetch("SELECT id, day, words, nearest, score, guild_id, came_from FROM misses ORDER BY id")

    ages = [(NOON.date() - as_date(row["day"])).days for row in misses]
    assert min(ages) >= 0
    assert 60 < max(ages) <= 85
    assert {(row["guild_id"], row["came_from"]) for row in misses} == {(7, "ask")}
    for row in misses:
        near = json.loads(row["nearest"])
        assert len(near) == 3
        assert row["score"] == near[0][2] == max(score for _, _, score in near)


async def test_it_is_the_same_half_year_every_time(filled: Database, tmp_path: Path, content: Content) -> None:
    again = Database(tmp_path / "again.sqlite3")
    await again.open()
    await sample_questions.fill(again, content, guild_id=7, channels=[50, 51], until=NOON)

    for table in ("questions", "helpful", "corrections", "links", "misses"):
        query = f"SELECT * FROM {table}"  # noqa: S608
        assert list(map(tuple, await again.fetch(query))) == list(map(tuple, await filled.fetch(query)))
    await again.close()


async def test_what_is_said_to_be_unanswered_really_is(tmp_path: Path, content: Content, matcher: Matcher) -> None:
    database = Database(tmp_path / "invented.sqlite3")
    await database.open()

    filled = await sample_questions.fill(database, content, guild_id=7, channels=[50, 51], until=NOON)
    misses = [words for (words,) in await database.fetch("SELECT words FROM misses")]
    locales = {locale for (locale,) in await database.fetch("SELECT DISTINCT locale FROM questions")}
    await database.close()

    assert filled[1] == len(misses) > 0
    assert {matcher.match(words).outcome for words in misses} == {"miss"}
    assert locales <= {locale.value for locale in discord.Locale}
