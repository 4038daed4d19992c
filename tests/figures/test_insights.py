"""The figures: counted plainly here, and compared with what each command says."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import sqlite3
import statistics
import unicodedata
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantern.figures import gaps
from lantern.figures.insights import OTHERS, Helped, Members, Period, as_csv, as_zip
from lantern.figures.wording import Wording
from lantern.store import members as stored
from lantern.store import sqlite_dialect
from lantern.store.database import Database, migrations
from lantern.store.guilds import Guilds
from lantern.store.member_keys import MemberKeys
from lantern.store.misses import INSERT_MISSES, KEEP_CORRECTIONS, Miss
from lantern.store.questions import Question, add_questions, share_answers, take_back_answers
from lantern.store.rows import as_parameter, insert
from lantern.store.times import local_day, milliseconds
from lantern.store.weekly_totals import WeeklyTotals
from tests.support.asks import GUILD, LAST, NOON, TODAY, Ask, Log, correction, months_of_asks
from tests.support.rows import found

# ---------------------------------------------------------------------- the roll-ups


STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("ask"),
            st.sampled_from([GUILD, 8, None]),
            st.sampled_from(["runner", "chaser"]),
            st.sampled_from(["slash", "ask"]),
            st.sampled_from([50, 51, None]),
            st.booleans(),
            st.booleans(),
        ),
        st.tuples(st.just("twice"), st.integers(0, 20)),
        st.tuples(st.just("share"), st.integers(0, 20)),
        st.tuples(st.just("take back"), st.integers(0, 20)),
        st.tuples(st.just("forget"), st.integers(1, 3)),
        st.tuples(st.just("zone"), st.sampled_from(["UTC", "Pacific/Kiritimati", "America/New_York", "Asia/Kolkata"])),
        st.tuples(st.just("later"), st.integers(1, 50)),
        st.tuples(st.just("retention"), st.integers(1, 100)),
    ),
    max_size=40,
)


def test_a_roll_up_is_a_plain_count_of_all_asks_minus_those_taken_back(where: Path | str) -> None:
    database = Database(where)

    @given(steps=STEPS)
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def count(steps: list[tuple[Any, ...]]) -> None:
        runner.run(_count_plainly(steps, database))

    with asyncio.Runner() as runner:
        runner.run(database.open())
        try:
            count()
        finally:
            runner.run(database.close())


async def _count_plainly(steps: list[tuple[Any, ...]], database: Database) -> None:
    for table in ("questions", "daily_topics"):
        await database.execute(f"DELETE FROM {table}")  # noqa: S608
    members = stored.Members(database, MemberKeys(database))
    now, zone, number = NOON, ZoneInfo("UTC"), 0
    rows: dict[int, Question] = {}
    counted: dict[int, list[Any]] = {}
    """What plain counting knows: everything that was asked and not taken back while its row was there."""

    for name, *chosen in steps:
        known = sorted(rows)
        if name == "ask":
            guild, topic, source, channel, moderator, public = chosen
            number += 1
            at, day = milliseconds(now), local_day(now, zone)
            row = Question(
                asked_at=at,
                day=day,
                interaction_id=number,
                guild_id=guild,
                channel_id=channel,
                message_id=number,
                article="twinflame",
                topic=topic,
                source=source,
                public=public,
                public_at=at if public else None,
                public_message_id=number if public else None,
                by_moderator=moderator,
                locale="en-US",
                member_key=number % 3 + 1,
            )
            await database.change(add_questions, [row])
            rows[number] = row
            counted[number] = [guild or 0, day, "twinflame", topic, source, channel or 0, int(moderator), int(public)]
        elif name == "zone":
            zone = ZoneInfo(chosen[0])
        elif name == "later":
            now += timedelta(hours=chosen[0])
        elif name == "forget":
            await members.forget(chosen[0], at=milliseconds(now))
        elif name == "retention":
            before = milliseconds(now) - chosen[0] * 3_600_000
            await database.execute("DELETE FROM questions WHERE asked_at < :before", {"before": before})
            rows = {key: row for key, row in rows.items() if row.asked_at >= before}
        elif known:
            key = known[chosen[0] % len(known)]
            if name == "twice":
                await database.change(add_questions, [rows[key]])
            elif name == "share":
                shared = {"public_at": milliseconds(now), "public_message_id": 9_000 + key}
                await database.change(share_answers, [{"message_id": key, **shared}])
                counted[key][-1] = 1
            else:
                await database.change(take_back_answers, [{"message_id": key, "public_message_id": key}])
                del rows[key], counted[key]

    topics: dict[tuple[Any, ...], list[int]] = {}
    for guild, day, article, topic, source, _channel, moderator, public in counted.values():
        total = topics.setdefault((guild, day, article, topic, source), [0, 0, 0])
        for at, value in enumerate((1, moderator, public)):
            total[at] += value
    assert {row[:5]: list(row[5:]) for row in await found(database, "SELECT * FROM daily_topics")} == topics
    assert await found(database, "SELECT count(*) FROM questions") == [(len(rows),)]


def test_rows_from_before_the_roll_ups_are_counted_when_these_come() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    scripts = dict(migrations())
    connection.executescript(scripts[1].read_text(encoding="utf-8"))
    row = Question(
        asked_at=5,
        day=20260101,
        interaction_id=1,
        guild_id=GUILD,
        channel_id=50,
        message_id=1,
        article="twinflame",
        topic="runner",
        source="slash",
        public=True,
        public_at=5,
        public_message_id=1,
        by_moderator=False,
        locale="en-US",
        member_key=1,
    )
    then = [name for name in Question._fields if name != "parent_id"]
    direct = row._replace(interaction_id=2, guild_id=None, channel_id=None, message_id=2, by_moderator=True)
    connection.execute(sqlite_dialect.statement(insert("questions", then)), as_parameter([row, direct]))
    for number in sorted(scripts)[1:]:
        connection.executescript(scripts[number].read_text(encoding="utf-8"))

    assert connection.execute("SELECT * FROM daily_topics").fetchall() == [
        (0, 20260101, "twinflame", "runner", "slash", 1, 1, 1),
        (GUILD, 20260101, "twinflame", "runner", "slash", 1, 0, 1),
    ]
    connection.close()


# ---------------------------------------------------------------------- time


def test_periods_are_whole_weeks_and_meet_without_a_gap() -> None:
    period = Period.until(LAST, 4)
    assert (period.first, period.weeks, period.before.weeks) == (date(2025, 12, 1), 4, 4)
    assert period.before.last + timedelta(days=1) == period.first
    assert str(period) == "4 weeks, 1–28 Dec 2025"
    assert str(Period.until(LAST, 1)) == "1 week, 22–28 Dec 2025"
    assert str(Period(date(2025, 11, 3), LAST, everything=True)).startswith("All so far: 8 weeks, 3 Nov")
    assert period.numbers == {"first": 20251201, "last": 20251228}


async def test_everything_begins_in_the_first_week_of_any_of_the_guilds(log: Log) -> None:
    await log.ask(Ask(ago=5), Ask(ago=19, guild=8), Ask(ago=12, guild=None))
    await log.decide()

    begins = {}
    for guilds in ((GUILD,), (GUILD, 0), (GUILD, 8, 0), (99, GUILD)):
        period = await (await log.insights(guilds=guilds)).period(None)
        assert period is not None
        assert period.last == LAST
        begins[guilds] = (LAST - period.first).days // 7 + 1

    assert begins == {(GUILD,): 1, (GUILD, 0): 2, (GUILD, 8, 0): 3, (99, GUILD): 1}
    assert await (await log.insights(guilds=(99,))).period(None) is None


async def test_there_are_no_figures_before_the_first_week_is_over(log: Log) -> None:
    await log.ask(*(Ask(member=member) for member in range(9)))
    for days in range(4):
        insights = await log.insights(today=TODAY + timedelta(days=days))
        assert await insights.period(1) is None
        assert insights.next_sunday == date(2026, 1, 4)
        assert not await insights.is_decided(date(2026, 1, 4))
        assert await insights.is_decided(LAST), "of a week without asks all is told"

    insights = await log.insights(today=date(2026, 1, 5))
    period = await insights.period(1)
    assert period == Period.until(date(2026, 1, 4), 1)
    assert await insights.is_decided(date(2026, 1, 4))
    assert (await insights.top("topic", period)).total == 9
    assert await insights.period(1, LAST) is None
    assert await insights.period(1, date(2026, 1, 11)) is None


async def test_a_day_is_where_the_guild_is_and_a_new_zone_counts_from_then_on(log: Log) -> None:
    late = datetime(2025, 12, 21, 23, 30, tzinfo=UTC)
    await log.ask(Ask(), zone=ZoneInfo("UTC"), now=late)
    await log.ask(Ask(), zone=ZoneInfo("Europe/Berlin"), now=late)

    trend = await (await log.insights()).trend("twinflame", "runner", Period.until(LAST, 2))

    assert trend.asks == (1, 1)


async def test_a_week_is_over_where_the_guild_is(log: Log) -> None:
    await Guilds(log.database).change(GUILD, time_zone="Pacific/Kiritimati")
    guilds = Guilds(log.database)
    await guilds.open()
    await log.ask(Ask(ago=4))
    deciding = WeeklyTotals(log.database, guilds)

    decided = []
    for hour in (9, 10):
        await deciding.decide_due(datetime(2025, 12, 28, hour, tzinfo=UTC))
        decided.append(await found(log.database, "SELECT week FROM weekly_totals WHERE kind = 'week'"))

    assert decided == [[], [(20251222,)]]


# ---------------------------------------------------------------------- top


@pytest.mark.parametrize("weeks", [1, 4, None])
async def test_top_is_what_plain_counting_says(log: Log, weeks: int | None) -> None:
    await log.ask(*months_of_asks())
    await log.link("runner", ago=6)
    await log.link("runner", ago=40)
    await log.link("runner", ago=2)
    await log.link("hope", ago=7, guild=8)
    insights = await log.insights()
    period = await insights.period(weeks)
    assert period is not None
    since = 3 + 7 * period.weeks

    top = await insights.top("topic", period)

    expected = {topic: log.counted(since, 3, topic=topic) for topic in ("runner", "chaser", "hope", "union")}
    assert {row.key[1]: row.now for row in top.rows} == expected
    assert [row.now for row in top.rows] == sorted(expected.values(), reverse=True)
    assert top.total == sum(expected.values())
    for row in top.rows:
        before = log.counted(since + 7 * period.weeks, since, topic=row.key[1])
        assert row.before == (None if weeks is None else before)
        assert row.links == ((2 if weeks is None else 1) if row.key[1] == "runner" else 0)


async def test_articles_are_the_sums_of_their_topics(log: Log) -> None:
    await log.ask(*months_of_asks(2), Ask("other", 9, article="second"))
    insights = await log.insights()

    top = await insights.top("article", Period.until(LAST, 4))

    assert {row.key: row.now for row in top.rows} == {("twinflame",): log.counted(31, 3) - 1, ("second",): 1}


@pytest.mark.parametrize(("by", "attribute"), [("source", "source"), ("channel", "channel")])
async def test_what_five_members_did_five_times_in_a_week_is_told_by_channel_and_source(
    log: Log, by: Any, attribute: str
) -> None:
    name: Any = {"source": ("slash", "ask", "read"), "channel": (50, 51, 52)}[by]
    many = [Ask(ago=5, member=member, **{attribute: name[0]}) for member in range(7)]
    five = [Ask(ago=12, member=member, **{attribute: name[1]}) for member in range(5)]
    one_member = [Ask(ago=12, **{attribute: name[2]})] * 8
    few = [Ask(ago=5, member=member, **{attribute: name[2]}) for member in range(4)]
    few += [Ask(ago=5, member=9, **{attribute: name[1]})]
    await log.ask(*many, *five, *one_member, *few)
    insights = await log.insights()

    top = await insights.top(by, Period.until(LAST, 2))

    # Of the week before, eight asks by one member are left, so that the five go with them.
    assert {row.key: row.now for row in top.rows} == {(str(name[0]),): 7, (OTHERS,): 18}
    assert top.rows[-1].key == (OTHERS,)
    assert [row.links for row in top.rows] == [None, None]
    assert top.total == 25


async def test_threads_fold_into_their_channel(log: Log) -> None:
    await log.ask(*(Ask(ago=5, member=member, channel=900 + member, parent=50) for member in range(4)))
    await log.ask(Ask(ago=5, member=9, channel=50))

    top = await (await log.insights()).top("channel", Period.until(LAST, 1))

    assert [(row.key, row.now) for row in top.rows] == [(("50",), 5)]


async def test_all_guilds_together_are_for_the_operator(log: Log) -> None:
    await log.ask(*months_of_asks(3))
    insights = await log.insights(guilds=(0, GUILD, 8))
    period = await insights.period(None)
    assert period is not None

    top = await insights.top("topic", period)

    assert top.total == sum(not each.moderator and each.ago > 3 for each in log.asks)
    assert str(top.members) == ""


async def test_an_empty_log_has_empty_figures(log: Log) -> None:
    insights = await log.insights()
    assert await insights.period(1) is await insights.period(None) is None
    for period in (Period.until(LAST, 1), Period.until(LAST, 13)):
        assert (await insights.top("topic", period)).rows == ()
        assert (await insights.top("channel", period)).rows == ()
        assert (await insights.helped(period)).topics == ()
        assert (await insights.trend("twinflame", "runner", period)).total == 0
        assert gaps.gaps_of(log.content, period, await gaps.fetch(insights, period)).gaps == ()
    digest = await insights.digest(LAST)
    assert (digest.risers, digest.unanswered, len(digest.unasked)) == ((), 0, 14)


# ---------------------------------------------------------------------- distinct members


@pytest.mark.parametrize(
    ("count", "says"),
    [(1, "fewer than five"), (4, "fewer than five"), (5, "at least 5"), (9, "at least 5"), (10, "at least 10")],
)
async def test_members_are_told_in_fives(log: Log, count: int, says: str) -> None:
    await log.ask(*(Ask(ago=5, member=member) for member in range(1, count + 1)), *(Ask(ago=5) for _ in range(10)))
    await log.ask(Ask(ago=5, member=99, moderator=True), Ask(ago=12, member=98))
    insights = await log.insights()

    assert str(await insights.members(Period.until(LAST, 1))) == says
    assert str(await insights.members(Period.until(LAST, 1), "twinflame", "runner")) == says


async def test_members_are_told_for_one_week_and_for_four(log: Log) -> None:
    await log.ask(*(Ask(ago=5 + 7 * (member % 4), member=member) for member in range(12)))
    insights = await log.insights()

    told = {weeks: str(await insights.members(Period.until(LAST, weeks))) for weeks in (1, 2, 4, 13)}

    assert told == {1: "fewer than five", 2: "", 4: "at least 10", 13: ""}
    assert str(await insights.members(Period.until(LAST, 4)._replace(everything=True))) == ""
    assert str(Members(None)) == ""


async def test_members_who_were_forgotten_are_nobody(log: Log) -> None:
    await log.ask(*(Ask(ago=5, member=member) for member in range(1, 6)))
    await stored.Members(log.database, MemberKeys(log.database)).forget(3, at=milliseconds(NOON))

    assert str(await (await log.insights()).members(Period.until(LAST, 1))) == "fewer than five"


async def test_members_are_not_told_of_weeks_that_were_decided_too_late(log: Log) -> None:
    await log.ask(*(Ask(ago=5, member=member) for member in range(9)))
    insights = await log.insights(today=date(2026, 1, 27))

    assert {weeks: (await insights.members(Period.until(LAST, weeks))).number for weeks in (1, 4)} == {1: None, 4: None}


# ---------------------------------------------------------------------- trend


async def test_a_trend_by_week_is_what_plain_counting_says(log: Log) -> None:
    await log.ask(*months_of_asks(4))

    trend = await (await log.insights()).trend("twinflame", "runner", Period.until(LAST, 4))

    weeks = [log.counted(ago + 7, ago, topic="runner") for ago in (24, 17, 10, 3)]
    assert list(trend.asks) == weeks
    assert trend.total == sum(weeks)
    assert trend.columns == tuple(date(2025, 12, day) for day in (1, 8, 15, 22))
    assert trend.before == log.counted(59, 31, topic="runner")
    assert trend.average[-1] == pytest.approx(sum(weeks) / 4)


async def test_a_trend_by_day_tells_the_days_on_which_five_members_asked_five_times(log: Log) -> None:
    await log.ask(*(Ask(ago=5, member=member) for member in range(6)))
    await log.ask(*(Ask(ago=6, member=member) for member in range(4)), Ask(ago=7, member=9))
    await log.ask(*(Ask(ago=12, member=member) for member in range(6)), Ask(ago=13))

    trend = await (await log.insights()).trend("twinflame", "runner", Period.until(LAST, 2), "day")

    assert len(trend.columns) == 14
    told = {day: asks for day, asks in zip(trend.columns, trend.asks, strict=True) if asks is not None}
    # Beside the six of the other week, one would be left.
    assert told == {date(2025, 12, 27): 6}
    assert trend.total == 18
    assert trend.average == (*[1.0] * 7, *[11 / 7] * 7)


async def test_there_is_no_mean_of_four_weeks_before_four_were_counted(log: Log) -> None:
    await log.ask(Ask(ago=30), *(Ask(ago=5) for _ in range(7)))

    trend = await (await log.insights()).trend("twinflame", "runner", Period.until(LAST, 6))

    assert trend.average == (*[None] * 5, 2.0)
    assert trend.before == 0


# ---------------------------------------------------------------------- helped


def many(topic: str = "runner", count: int = 6, ago: float = 5, **more: Any) -> list[Ask]:
    """Asks by so many members."""
    return [Ask(topic, ago, member=member, **more) for member in range(count)]


async def test_helped_tells_what_five_members_did_five_times(log: Log) -> None:
    await log.ask(*many(count=8), *many(ago=5.5, count=8, source="ask"))
    await log.ask(*many("chaser", source="read"), *many("chaser", count=9))
    await log.ask(*many("hope"), *many("hope", count=9, source="related", origin="runner"))
    await log.ask(Ask("union", 5), Ask("union", 4.5))
    for member in range(6):
        await log.helpful("runner", member, ago=5)
    await log.helpful("chaser", 1, ago=5)
    await log.helpful("chaser", 1, ago=5)  # once per member and answer
    for _ in range(5):
        await log.correct("runner", "chaser", ago=5)
    await log.correct("hope", ago=5)
    await log.link("chaser", ago=5)

    figures = await (await log.insights()).helped(Period.until(LAST, 4))

    told = dict.fromkeys(("helpful", "not_asked", "links", "again"), 0)
    assert figures.topics == (
        Helped("twinflame", "runner", asks=16, **{**told, "helpful": 6, "not_asked": 5, "again": 8}),
        Helped("twinflame", "chaser", asks=15, **{**told, "links": 1}),
        Helped("twinflame", "hope", asks=15, **told),
        Helped("twinflame", "union", asks=2, **told),
    )
    assert [row.doubt for row in figures.topics[:2]] == [6 / 13, 1 / 2]
    assert [each.helped.topic for each in figures.review] == ["chaser", "hope", "runner", "union"]
    assert [(flow.origin, flow.topic, flow.times) for flow in figures.flows] == [("runner", "hope", 9)]


async def test_that_five_were_helped_is_gathered_over_four_weeks(log: Log) -> None:
    await log.ask(*(Ask(ago=5 + 7 * week, member=member) for member in range(9) for week in range(8)))
    for member, weeks_ago in enumerate((7, 6, 5, 4, 4, 3, 2, 1, 0)):
        await log.helpful("runner", member, ago=5 + 7 * weeks_ago)
    insights = await log.insights()

    told = {}
    for weeks_ago in range(8):
        (row,) = (await insights.helped(Period.until(LAST - timedelta(days=7 * weeks_ago), 1))).topics
        told[weeks_ago] = row.helpful

    # Five within the first four weeks; of the four after that it is not told.
    assert told == {**dict.fromkeys(range(8), 0), 4: 5}


async def test_presses_without_a_member_are_told_when_four_members_cannot_have_made_them(log: Log) -> None:
    """Each ask is said to be wrong once; so five presses are of five members where no four of them asked five times."""
    await log.ask(*many(source="ask"), Ask(ago=5, source="ask", member=1), *many(count=9))
    for _ in range(5):
        await log.correct("runner", "hope", ago=5)
    helped = await (await log.insights()).helped(Period.until(LAST, 1))
    assert [row.not_asked for row in helped.topics] == [0]


async def test_so_many_presses_are_told(log: Log) -> None:
    await log.ask(*many(source="ask"), Ask(ago=5, source="ask", member=1), *many(count=9))
    for _ in range(6):
        await log.correct("runner", "hope", ago=5)
    insights = await log.insights()
    helped = await insights.helped(Period.until(LAST, 1))
    assert [row.not_asked for row in helped.topics] == [6]
    found = await gaps.fetch(insights, Period.until(LAST, 1))
    assert found.corrections == [("twinflame", "runner", "twinflame/hope", 6)]


@pytest.mark.parametrize(
    "unknown",
    [
        "UPDATE questions SET member_key = NULL WHERE source = 'ask' AND member_key > 5",
        "DELETE FROM questions WHERE source = 'ask' AND member_key > 5",
        "UPDATE questions SET member_key = 1, by_moderator = 1 WHERE member_key = 5",
        "UPDATE questions SET member_key = 1, day = 20251221 WHERE member_key = 5",
    ],
    ids=["forgotten", "no row", "while they moderated", "the day before"],
)
@pytest.mark.parametrize(("presses", "told"), [(6, 0), (7, 7)])
async def test_asks_that_may_be_of_one_of_four_members_count_as_theirs(
    log: Log, unknown: str, presses: int, told: int
) -> None:
    """Of these asks four members are known to have made four, and two more may be theirs, or are."""
    again = [Ask(ago=5, source="ask", member=5)] if "= 5" in unknown else []
    await log.ask(*many(source="ask", count=8), *again, *many(count=20))
    await log.database.execute(unknown, {})
    for _ in range(presses):
        await log.correct("runner", ago=5)

    helped = await (await log.insights()).helped(Period.until(LAST, 1))

    assert [row.not_asked for row in helped.topics] == [told]


@pytest.mark.parametrize("guild", [GUILD, None])
async def test_asked_again_is_told_in_a_guild_and_outside(log: Log, guild: int | None) -> None:
    other = 8 if guild else GUILD
    await log.ask(*many(ago=6.2, guild=guild), *many(ago=5.5, guild=guild), *many(ago=5.4, guild=other))
    await log.ask(*many("chaser", ago=5.4, guild=guild), *many("chaser", ago=4.0, guild=guild))

    figures = await (await log.insights(guilds=(guild or 0,))).helped(Period.until(LAST, 1))

    assert {row.topic: row.again for row in figures.topics} == {"runner": 6, "chaser": 0}


async def test_review_first_what_is_asked_often_old_and_of_little_help(log: Log) -> None:
    today = date(2027, 1, 1)
    moment = datetime(2026, 12, 25, 12, tzinfo=UTC)
    await log.ask(*many(count=12, ago=0, source="ask"), *many("chaser", count=12, ago=0), Ask("hope"), now=moment)
    await log.put(KEEP_CORRECTIONS, *(correction(n, "chaser", at=moment) for n in range(6)))

    figures = await (await log.insights(today=today)).helped(Period.until(date(2026, 12, 27), 4))

    assert [each.helped.topic for each in figures.review] == ["chaser", "runner", "hope"]
    chaser = figures.review[0]
    reviewed = log.content.find("twinflame", "chaser")
    assert reviewed is not None
    assert chaser.days == (today - reviewed.reviewed).days
    assert chaser.weight == pytest.approx(12 * (chaser.days + 1) * 7 / 8)


# ---------------------------------------------------------------------- the week


async def test_risers_are_twice_their_median_and_five_at_least(log: Log) -> None:
    weeks = {
        "runner": [4, 4, 4, 4, 4, 4, 4, 4, 9],  # more than twice
        "chaser": [4, 4, 4, 4, 4, 4, 4, 4, 8],  # twice, not more
        "hope": [0, 0, 0, 0, 0, 0, 0, 0, 5],  # five, of nothing
        "union": [0, 0, 0, 0, 0, 0, 0, 0, 4],  # fewer than five
    }
    for topic, counts in weeks.items():
        for weeks_ago, count in enumerate(reversed(counts)):
            await log.ask(*[Ask(topic, 7 * weeks_ago + 7)] * count)

    digest = await (await log.insights()).digest(LAST)

    assert [(each.topic, each.now, each.usual) for each in digest.risers] == [("runner", 9, 4), ("hope", 5, 0)]
    assert statistics.median(weeks["runner"][:8]) == 4


async def test_weeks_before_counting_began_are_not_usual(log: Log) -> None:
    await log.ask(*[Ask("runner", 4)] * 9)
    assert (await (await log.insights()).digest(LAST)).risers == ()


async def test_the_first_weeks_are_usual(log: Log) -> None:
    await log.ask(*[Ask("runner", 14)] * 5, *[Ask("runner", 4)] * 11)
    assert [each.usual for each in (await (await log.insights()).digest(LAST)).risers] == [5]


async def test_the_digest_counts_the_unanswered_and_names_no_words(log: Log) -> None:
    await log.ask(Ask("runner", 6), Ask("runner", 2))
    await log.miss("secret words", [("twinflame", "hope", 0.1)], ago=6)
    await log.miss("more secret words", [("twinflame", "hope", 0.1)], ago=7)
    await log.miss("nothing near", ago=7)
    await log.miss("too old", [("twinflame", "union", 0.1)], ago=11)
    await log.miss("too new", [("twinflame", "union", 0.1)], ago=3)

    digest = await (await log.insights()).digest(LAST)

    assert (digest.unanswered, digest.nearest) == (3, (("twinflame", "hope", 2),))
    assert digest.top.total == 1
    assert len(digest.unasked) == 13
    assert "secret" not in "\n".join(Wording(log.content).digest(digest))


async def test_topics_nearest_to_the_unanswered_come_by_count_and_then_by_name(log: Log) -> None:
    for topic, times in (("union", 1), ("hope", 3), ("chaser", 1), ("runner", 2)):
        for number in range(times):
            await log.miss(f"{topic} {number}", [("twinflame", topic, 0.2), ("twinflame", "mission", 0.1)], ago=5)

    digest = await (await log.insights()).digest(LAST)

    assert [(topic, count) for _, topic, count in digest.nearest] == [
        ("hope", 3),
        ("runner", 2),
        ("chaser", 1),
        ("union", 1),
    ]
    said = "\n".join(Wording(log.content).digest(digest))
    assert "Closest topics: Hope (3), The runner (2), The chaser (1) and Union and reunion (1)." in said


async def test_a_week_is_from_monday_to_sunday(log: Log) -> None:
    await log.ask(Ask("runner", 10), Ask("runner", 4), Ask("hope", 11), Ask("chaser", 3))

    digest = await (await log.insights()).digest(LAST)

    assert [(row.key[1], row.now, row.before) for row in digest.top.rows] == [("runner", 2, 0), ("hope", 0, 1)]
    unasked = [topic.key for topic in digest.unasked]
    assert "runner" not in unasked
    assert {"hope", "chaser"} <= set(unasked)


# ---------------------------------------------------------------------- export


async def test_an_export_is_by_week_and_has_no_member(log: Log) -> None:
    await log.ask(*months_of_asks(6, 50))
    await log.miss("=cmd()", [("twinflame", "hope", 0.1)], ago=5)
    await log.link("runner", ago=5)
    insights = await log.insights()
    period = await insights.period(None)
    assert period is not None

    tables = await insights.tables(period)
    packed = as_zip(tables, about={"guilds": ["7"]})

    names = ("channels.csv", "days.csv", "details.csv", "gaps.csv", "lantern.json", "sources.csv", "topics.csv")
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert tuple(sorted(archive.namelist())) == names
        whole = json.loads(archive.read("lantern.json"))
        topics = list(csv.DictReader(io.StringIO(archive.read("topics.csv").decode())))
        text = "".join(archive.read(name).decode() for name in archive.namelist())
        (gap,) = csv.DictReader(io.StringIO(archive.read("gaps.csv").decode()))
    assert (gap["words"], gap["week"]) == ("'=cmd()", "2025-12-22")
    assert sum(int(row["asks"]) for row in topics) == log.counted(91, 3)
    assert [{name: str(value) for name, value in row.items()} for row in whole["topics"]] == topics
    assert whole["details"] == [
        {"week": "2025-12-22", "guild": "7", "article": "twinflame", "topic": "runner"}
        | {"what": "linked", "of": "", "number": 1}
    ]
    assert "member" not in text
    assert "moderator" not in text
    assert {each["week"] for name in tables for each in tables[name]} <= {
        (LAST - timedelta(days=6 + 7 * ago)).isoformat() for ago in range(13)
    }


async def test_an_export_names_only_channels_that_its_reader_sees(log: Log) -> None:
    for channel in (50, 51, 52, 53):
        await log.ask(*many(channel=channel))
    insights = await log.insights(guilds=(GUILD, 8))

    tables = await insights.tables(Period.until(LAST, 1), told_as={51: 51, 53: 51}.get)

    week = {"week": "2025-12-22", "guild": "7"}
    assert tables["channels"] == [{**week, "channel": "51", "asks": 12}, {**week, "channel": OTHERS, "asks": 12}]


async def test_gaps_are_exported_in_no_order_that_tells(log: Log) -> None:
    day = local_day(NOON - timedelta(days=5))
    places = [(6, GUILD), (1, None), (4, 8), (2, 8), (5, None), (3, GUILD)]
    await log.put(INSERT_MISSES, *(Miss(key, day, guild, str(key), [], 0.0, "ask") for key, guild in places))

    tables = await (await log.insights(guilds=(8, 0, GUILD))).tables(Period.until(LAST, 1))

    assert [row["words"] for row in tables["gaps"]] == ["1", "2", "3", "4", "5", "6"], "ids are random"
    assert {row["week"] for row in tables["gaps"]} == {"2025-12-22"}


def test_csv_of_nothing_is_empty() -> None:
    assert as_csv([]) == ""


SEPARATORS = ",;\t| :"
"""What Excel, LibreOffice and Google Sheets part cells by, told to or by guessing."""
HOSTILE = "=+-@\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN},;|: \t\r\n\"'\N{NO-BREAK SPACE}\N{ZERO WIDTH SPACE}a1("
"""What formulas, separators and what spreadsheets leave out at a cell's ends are made of."""


def cells_of(text: str) -> Iterator[str]:
    """Every cell that a spreadsheet may make of a CSV, with each separator, and with quotes heeded or not."""
    for separator in SEPARATORS:
        for heeded in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, quoting=heeded):
                yield from row
    for line in text.splitlines():
        yield from re.split(f"[{re.escape(SEPARATORS)}]+", line)


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would run it, but for spaces, quotes and what is invisible; a lone sign is text."""
    shown = "".join(char for char in unicodedata.normalize("NFKC", cell) if unicodedata.category(char) != "Cf")
    shown = shown.strip().strip('"').strip()
    return shown.startswith(("=", "+", "-", "@")) and shown not in ("-", "+")


@given(st.lists(st.text(HOSTILE), min_size=2, max_size=2), st.sampled_from(["plain", "a;=1+1", "x\t=1+1"]))
def test_no_cell_of_a_csv_is_a_formula_whatever_separates_them(texts: list[str], third: str) -> None:
    rows = [{"words": texts[0], "asks": 1, "more": texts[1], "last": third}]
    assert not [cell for cell in cells_of(as_csv(rows)) if is_formula(cell)]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("-1", "'-1"),
        ("@name", "'@name"),
        ("a;=1+1", "a;'=1+1"),
        ("a\t=1+1", "a\t'=1+1"),
        ("a|-1", "a|'-1"),
        ("a\n+1", "a\n'+1"),
        ("  =1", "  '=1"),
        ("\N{FULLWIDTH EQUALS SIGN}1", "'\N{FULLWIDTH EQUALS SIGN}1"),
        ("a -b", "a '-b"),
    ],
)
def test_what_a_spreadsheet_would_run_is_quoted(text: str, written: str) -> None:
    (row,) = csv.DictReader(io.StringIO(as_csv([{"words": text, "asks": -1}]), newline=""))

    assert row == {"words": written, "asks": "-1"}


@pytest.mark.parametrize("text", ["he left - why?", "dark-night", "1+1=2", "2026-11-27T10:00:00+00:00", "a@b, c; d|e"])
def test_ordinary_texts_stay_as_readable_as_they_are(text: str) -> None:
    (row,) = csv.DictReader(io.StringIO(as_csv([{"words": text}]), newline=""))
    assert row == {"words": text}


def test_other_texts_are_written_as_they_are() -> None:
    assert as_csv([{"words": "a=1, b", "asks": None}]) == 'words,asks\r\n"a=1, b",\r\n'
