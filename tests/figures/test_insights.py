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
from lantern.figures.insights import Helped, Members, Period, as_csv, as_zip
from lantern.figures.wording import Wording
from lantern.store import members as stored
from lantern.store import sqlite_dialect
from lantern.store.database import Database, migrations
from lantern.store.member_keys import MemberKeys
from lantern.store.misses import INSERT_MISSES, KEEP_CORRECTIONS, Miss
from lantern.store.questions import Question, add_questions, share_answers, take_back_answers
from lantern.store.rows import as_parameter, insert
from lantern.store.times import local_day, milliseconds
from tests.support.asks import GUILD, NOON, TODAY, Ask, Log, correction, months_of_asks
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
    for table in ("questions", "daily_topics", "daily_channels"):
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
    channels: dict[tuple[Any, ...], list[int]] = {}
    for guild, day, article, topic, source, channel, moderator, public in counted.values():
        for sums, place in ((topics, (guild, day, article, topic, source)), (channels, (guild, day, channel))):
            total = sums.setdefault(place, [0, 0, 0])
            for at, value in enumerate((1, moderator, public)):
                total[at] += value
    assert {row[:5]: list(row[5:]) for row in await found(database, "SELECT * FROM daily_topics")} == topics
    assert {row[:3]: list(row[3:]) for row in await found(database, "SELECT * FROM daily_channels")} == channels
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
    direct = row._replace(interaction_id=2, guild_id=None, channel_id=None, message_id=2, by_moderator=True)
    connection.execute(sqlite_dialect.statement(insert("questions", Question)), as_parameter([row, direct]))
    for number in sorted(scripts)[1:]:
        connection.executescript(scripts[number].read_text(encoding="utf-8"))

    assert connection.execute("SELECT * FROM daily_topics").fetchall() == [
        (0, 20260101, "twinflame", "runner", "slash", 1, 1, 1),
        (GUILD, 20260101, "twinflame", "runner", "slash", 1, 0, 1),
    ]
    assert connection.execute("SELECT * FROM daily_channels").fetchall() == [
        (0, 20260101, 0, 1, 1, 1),
        (GUILD, 20260101, 50, 1, 0, 1),
    ]
    connection.close()


# ---------------------------------------------------------------------- time


def test_a_period_has_the_hours_its_days_have() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    hour = 3_600_000
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 5, 5), 24)):
        begins, ends = Period.until(day, 1).milliseconds(berlin)
        assert ends - begins == hours * hour


def test_periods_meet_without_a_gap() -> None:
    period = Period.until(TODAY, 30)
    assert (period.days, period.before.days) == (30, 30)
    assert period.before.last + timedelta(days=1) == period.first
    assert str(period) == "30 days to 1 Jan 2026"


async def test_everything_begins_on_the_first_day_of_any_of_the_guilds(log: Log) -> None:
    await log.ask(Ask(ago=5), Ask(ago=9, guild=8), Ask(ago=7, guild=None))

    begins = {
        guilds: (await log.insights(guilds=guilds).period(None)).first
        for guilds in ((GUILD,), (GUILD, 0), (GUILD, 8, 0), (99, GUILD), (99,), ())
    }

    days_ago = {guilds: (TODAY - first).days for guilds, first in begins.items()}
    assert days_ago == {(GUILD,): 5, (GUILD, 0): 7, (GUILD, 8, 0): 9, (99, GUILD): 5, (99,): 0, (): 0}


async def test_a_day_is_where_the_guild_is_and_a_new_zone_counts_from_then_on(log: Log) -> None:
    late = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
    await log.ask(Ask(), zone=ZoneInfo("UTC"), now=late)
    await log.ask(Ask(), zone=ZoneInfo("Europe/Berlin"), now=late)

    trend = await log.insights().trend("twinflame", "runner", Period.until(TODAY, 2))

    assert trend.asks == (1, 1)


# ---------------------------------------------------------------------- top


@pytest.mark.parametrize("days", [7, 30, None])
async def test_top_is_what_plain_counting_says(log: Log, days: int | None) -> None:
    await log.ask(*months_of_asks())
    await log.link("runner", ago=2)
    await log.link("runner", ago=40)
    await log.link("hope", ago=3, guild=8)
    insights = log.insights()
    span = days or 91

    top = await insights.top("topic", await insights.period(days))

    expected = {topic: log.counted(span - 1, topic=topic) for topic in ("runner", "chaser", "hope", "union")}
    assert {row.key[1]: row.now for row in top.rows} == expected
    assert [row.now for row in top.rows] == sorted(expected.values(), reverse=True)
    for row in top.rows:
        before = log.counted(2 * span - 1, span - 1, topic=row.key[1])
        assert row.before == (None if days is None else before)
        shared = [each for each in log.asks if each.topic == row.key[1] and each.shared and each.guild == GUILD]
        assert row.shares == sum(each.ago < span for each in shared)
        assert row.links == ((2 if days is None else 1) if row.key[1] == "runner" else 0)


@pytest.mark.parametrize(("by", "attribute"), [("source", "source"), ("channel", "channel"), ("article", "article")])
async def test_top_by_anything_else_is_what_plain_counting_says(log: Log, by: Any, attribute: str) -> None:
    await log.ask(*months_of_asks(2))
    insights = log.insights()

    top = await insights.top(by, await insights.period(30))

    values = {getattr(each, attribute) for each in log.asks}
    expected = {value: log.counted(29, **{attribute: value}) for value in values}
    assert {row.key[0]: row.now for row in top.rows} == expected


async def test_all_guilds_together_are_for_the_operator(log: Log) -> None:
    await log.ask(*months_of_asks(3))
    insights = log.insights(guilds=(0, GUILD, 8))

    top = await insights.top("topic", await insights.period(None))

    assert top.total == sum(not each.moderator for each in log.asks)
    assert str(top.members) == str(len({each.member for each in log.asks if not each.moderator}))


async def test_an_empty_log_has_empty_figures(log: Log) -> None:
    insights = log.insights()
    for days in (7, None):
        period = await insights.period(days)
        assert (await insights.top("topic", period)).rows == ()
        assert (await insights.helped(period)).topics == ()
        assert (await insights.trend("twinflame", "runner", period)).total == 0
        assert gaps.gaps_of(log.content, period, await gaps.fetch(insights, period)).gaps == ()
    digest = await insights.digest(TODAY)
    assert (digest.risers, digest.unanswered, len(digest.unasked)) == ((), 0, 14)


# ---------------------------------------------------------------------- distinct members


@pytest.mark.parametrize(("count", "says"), [(1, "fewer than five"), (4, "fewer than five"), (5, "5"), (9, "9")])
async def test_members_are_told_from_five_up(log: Log, count: int, says: str) -> None:
    await log.ask(*(Ask(member=member) for member in range(1, count + 1)), *(Ask() for _ in range(10)))
    await log.ask(Ask(member=99, moderator=True))

    assert str(await log.insights().members(Period.until(TODAY, 7))) == says


async def test_members_who_were_forgotten_are_at_least_not_denied(log: Log) -> None:
    await log.ask(*(Ask(member=member) for member in range(1, 8)))
    await stored.Members(log.database, MemberKeys(log.database)).forget(3, at=milliseconds(NOON))

    assert str(await log.insights().members(Period.until(TODAY, 7))) == "at least 6"


async def test_members_are_not_told_beyond_retention(log: Log) -> None:
    await log.ask(*(Ask(member=member) for member in range(1, 8)))
    insights = log.insights(retention_days=30)

    assert (await insights.members(Period.until(TODAY, 30))).number == 7
    assert (await insights.members(Period.until(TODAY, 31))).number is None
    assert str(Members(None)) == ""


# ---------------------------------------------------------------------- trend


async def test_a_trend_by_day_is_what_plain_counting_says(log: Log) -> None:
    await log.ask(*months_of_asks(4))

    trend = await log.insights().trend("twinflame", "runner", Period.until(TODAY, 30))

    by_day = [log.counted(ago, ago - 1, topic="runner") for ago in range(29, -1, -1)]
    assert list(trend.asks) == by_day
    assert trend.total == sum(by_day)
    assert trend.before == log.counted(59, 29, topic="runner")
    week = [log.counted(ago, ago - 1, topic="runner") for ago in range(6, -1, -1)]
    assert trend.average[-1] == pytest.approx(sum(week) / 7)


async def test_a_trend_by_week_counts_back_from_its_end(log: Log) -> None:
    await log.ask(*months_of_asks(5))

    trend = await log.insights().trend("twinflame", "runner", Period.until(TODAY, 28), "week")

    assert list(trend.asks) == [log.counted(ago, ago - 7, topic="runner") for ago in (27, 20, 13, 6)]
    assert trend.columns[0] == TODAY - timedelta(days=27)


async def test_there_is_no_average_before_seven_days_were_counted(log: Log) -> None:
    await log.ask(Ask(ago=8), *(Ask(ago=1) for _ in range(7)))

    trend = await log.insights().trend("twinflame", "runner", Period.until(TODAY, 10))

    assert trend.average == (*[None] * 7, 1 / 7, 1.0, 1.0)


# ---------------------------------------------------------------------- helped


async def test_helped_is_what_plain_counting_says(log: Log) -> None:
    await log.ask(
        Ask("runner", 3.0, member=1),
        Ask("runner", 2.2, member=1),  # within a day of the one before
        Ask("runner", 1.0, member=1),  # more than a day later
        Ask("runner", 1.0, member=2),
        Ask("runner", 0.9, member=2, guild=8),  # another guild is another room
        Ask("chaser", 0.5, member=1),
        Ask("chaser", 0.5, member=3, source="read"),
        Ask("chaser", 0.4, member=4, source="read"),
        Ask("chaser", 0.3, member=5, moderator=True),
        Ask("chaser", 0.2, member=5, moderator=True),
    )
    await log.helpful("runner", 1)
    await log.helpful("runner", 2)
    await log.helpful("runner", 1)  # once per member and answer
    await log.correct("runner", "chaser")
    await log.correct("hope")
    await log.link("chaser")

    figures = await log.insights().helped(Period.until(TODAY, 30))

    assert figures.topics == (
        Helped("twinflame", "runner", asks=4, helpful=2, not_asked=1, links=0, reads=0, again=1),
        Helped("twinflame", "chaser", asks=3, helpful=0, not_asked=0, links=1, reads=2, again=0),
        Helped("twinflame", "hope", asks=0, helpful=0, not_asked=1, links=0, reads=0, again=0),
    )
    assert [row.read_per_link for row in figures.topics] == [None, 2.0, None]
    assert [row.doubt for row in figures.topics] == [2 / 5, 1 / 2, 2 / 3]
    assert [each.helped.topic for each in figures.review] == ["runner", "chaser"], "what nobody asks needs no review"
    # The shipped topics were reviewed after this log's day.
    assert [(each.days, each.weight) for each in figures.review] == [(0, 4 * 2 / 5), (0, 3 / 2)]
    both = (await log.insights(guilds=(GUILD, 8)).helped(Period.until(TODAY, 30))).topics
    assert [(row.topic, row.asks, row.again) for row in both] == [("runner", 5, 1), ("chaser", 3, 0), ("hope", 0, 0)]


@pytest.mark.parametrize("guild", [GUILD, None])
async def test_asked_again_is_told_in_a_guild_and_outside(log: Log, guild: int | None) -> None:
    other = 8 if guild else GUILD
    await log.ask(
        Ask("runner", 2.0, guild=guild),
        Ask("runner", 1.5, guild=guild),
        Ask("runner", 1.4, guild=other),
        Ask("chaser", 1.2, guild=other),
        Ask("chaser", 1.0, guild=guild),
        Ask("chaser", 1.0, guild=guild, member=2, moderator=True),
        Ask("chaser", 0.9, guild=guild, member=2),
    )

    figures = await log.insights(guilds=(guild or 0,)).helped(Period.until(TODAY, 30))

    assert {row.topic: row.again for row in figures.topics} == {"runner": 1, "chaser": 0}


async def test_review_first_what_is_asked_often_old_and_of_little_help(log: Log) -> None:
    today = date(2027, 1, 1)
    moment = datetime(2027, 1, 1, 12, tzinfo=UTC)
    await log.ask(*[Ask("runner")] * 10, *[Ask("chaser")] * 10, *[Ask("hope")] * 2, now=moment)
    await log.put(KEEP_CORRECTIONS, *(correction(n, "chaser", at=moment) for n in range(6)))

    figures = await log.insights(today=today).helped(Period.until(today, 30))

    assert [each.helped.topic for each in figures.review] == ["chaser", "runner", "hope"]
    chaser = figures.review[0]
    reviewed = log.content.find("twinflame", "chaser")
    assert reviewed is not None
    assert chaser.days == (today - reviewed.reviewed).days
    assert chaser.weight == pytest.approx(10 * (chaser.days + 1) * 7 / 8)


async def test_flows_count_where_members_went_on_to(log: Log) -> None:
    await log.ask(
        *[Ask("chaser", source="related", origin="runner")] * 3,
        Ask("hope", source="related", origin="runner"),
        Ask("hope", source="related", origin="runner", moderator=True),
        Ask("hope", source="related", origin="runner", guild=8),
    )

    flows = (await log.insights().helped(Period.until(TODAY, 30))).flows

    assert [(flow.origin, flow.topic, flow.times) for flow in flows] == [("runner", "chaser", 3), ("runner", "hope", 1)]


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
            await log.ask(*[Ask(topic, 7 * weeks_ago + 3)] * count)
    await log.ask(Ask("soulmates", 62))

    digest = await log.insights().digest(TODAY)

    assert [(each.topic, each.now, each.usual) for each in digest.risers] == [("runner", 9, 4), ("hope", 5, 0)]
    assert statistics.median(weeks["runner"][:8]) == 4


async def test_weeks_before_counting_began_are_not_usual(log: Log) -> None:
    await log.ask(*[Ask("runner", 3)] * 9)
    assert (await log.insights().digest(TODAY)).risers == ()

    await log.ask(*[Ask("runner", 17)] * 5, *[Ask("runner", 10)] * 5)
    assert (await log.insights().digest(TODAY)).risers == ()

    await log.ask(*[Ask("runner", 3)] * 2)
    assert [each.usual for each in (await log.insights().digest(TODAY)).risers] == [5]


async def test_the_digest_counts_the_unanswered_and_names_no_words(log: Log) -> None:
    await log.ask(Ask("runner", 2))
    await log.miss("secret words", [("twinflame", "hope", 0.1)], ago=2)
    await log.miss("more secret words", [("twinflame", "hope", 0.1)], ago=3)
    await log.miss("nothing near", ago=3)
    await log.miss("too old", [("twinflame", "union", 0.1)], ago=9)

    digest = await log.insights().digest(TODAY)

    assert (digest.unanswered, digest.nearest) == (3, (("twinflame", "hope", 2),))
    assert len(digest.unasked) == 13
    assert "secret" not in "\n".join(Wording(log.content).digest(digest))


async def test_topics_nearest_to_the_unanswered_come_by_count_and_then_by_name(log: Log) -> None:
    for topic, times in (("union", 1), ("hope", 3), ("chaser", 1), ("runner", 2)):
        for number in range(times):
            await log.miss(f"{topic} {number}", [("twinflame", topic, 0.2), ("twinflame", "mission", 0.1)])

    digest = await log.insights().digest(TODAY)

    assert [(topic, count) for _, topic, count in digest.nearest] == [
        ("hope", 3),
        ("runner", 2),
        ("chaser", 1),
        ("union", 1),
    ]
    said = "\n".join(Wording(log.content).digest(digest))
    assert "7 questions; nearest: Hope (3), The runner (2), The chaser (1), " in said


# ---------------------------------------------------------------------- export


async def test_an_export_has_the_roll_ups_and_no_member(log: Log) -> None:
    await log.ask(*months_of_asks(6, 50))
    await log.miss("=cmd()", [("twinflame", "hope", 0.1)])
    await log.link("runner")
    insights = log.insights()

    tables = await insights.tables(await insights.period(None))
    packed = as_zip(tables, about={"guilds": ["7"]})

    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert sorted(archive.namelist()) == ["channels.csv", "gaps.csv", "lantern.json", "links.csv", "topics.csv"]
        whole = json.loads(archive.read("lantern.json"))
        topics = list(csv.DictReader(io.StringIO(archive.read("topics.csv").decode())))
        text = "".join(archive.read(name).decode() for name in archive.namelist())
        (gap,) = csv.DictReader(io.StringIO(archive.read("gaps.csv").decode()))
    assert gap["words"] == "'=cmd()"
    assert sum(int(row["asks"]) for row in topics) == sum(each.guild == GUILD for each in log.asks)
    assert [{name: str(value) for name, value in row.items()} for row in whole["topics"]] == topics
    assert "member" not in text


async def test_exported_times_are_iso_8601(log: Log) -> None:
    await log.miss("kundalini awakening", ago=0.5)
    await log.link("runner")
    insights = log.insights()

    tables = await insights.tables(await insights.period(30))

    assert [row["day"] for row in tables["gaps"]] == ["2026-01-01"]
    assert [row["time"] for row in tables["links"]] == ["2026-01-01T12:00:00+00:00"]


async def test_exported_days_are_iso_8601_and_ids_are_text(log: Log) -> None:
    await log.ask(Ask(ago=30), Ask(guild=None))
    insights = log.insights(guilds=(0, GUILD))

    tables = await insights.tables(await insights.period(31))

    expected = [("2025-12-02", "7"), ("2026-01-01", "0")]
    for name in ("topics", "channels"):
        assert [(row["day"], row["guild"]) for row in tables[name]] == expected
    assert {row["channel"] for row in tables["channels"]} == {"50"}


async def test_what_happened_at_the_same_time_is_exported_by_guild_and_then_by_id(log: Log) -> None:
    places = [(6, GUILD), (1, None), (4, 8), (2, 8), (5, None), (3, GUILD)]
    await log.put(
        INSERT_MISSES, *(Miss(key, local_day(NOON), guild, str(key), [], 0.0, "ask") for key, guild in places)
    )
    for guild in (8, GUILD, 8):
        await log.link("runner", guild=guild, channel=log.number)
    insights = log.insights(guilds=(8, 0, GUILD))

    tables = await insights.tables(await insights.period(7))

    assert [row["words"] for row in tables["gaps"]] == ["3", "6", "2", "4", "1", "5"]
    assert [(row["guild"], row["channel"]) for row in tables["links"]] == [("7", "1001"), ("8", "1000"), ("8", "1002")]


def test_csv_of_nothing_is_empty() -> None:
    assert as_csv([]) == ""


# ---------------------------------------------------------------------- orders and edges


async def test_what_is_most_comes_first_whatever_its_name(log: Log) -> None:
    await log.ask(
        *[Ask("union", source="related", origin="runner")] * 3,
        Ask("chaser", source="related", origin="runner"),
        *[Ask("runner", 2)] * 10,
        Ask("soulmates", 62),
    )
    await log.ask(*[Ask("hope", 1)] * 5, *[Ask("mission", 1)] * 9)
    for member in range(18):
        await log.helpful("runner", member)

    figures = await log.insights().helped(Period.until(TODAY, 30))
    digest = await log.insights().digest(TODAY)

    assert [(flow.topic, flow.times) for flow in figures.flows] == [("union", 3), ("chaser", 1)]
    # Ten asks, when eighteen members said that it helped, weigh as much as one of which nobody said anything.
    assert [each.helped.topic for each in figures.review] == ["mission", "hope", "union", "runner", "chaser"]
    assert [(riser.topic, riser.now) for riser in digest.risers] == [("runner", 10), ("mission", 9), ("hope", 5)]


async def test_a_week_is_seven_days(log: Log) -> None:
    await log.ask(Ask("runner", 6), Ask("hope", 7))

    digest = await log.insights().digest(TODAY)

    assert [(row.key[1], row.now, row.before) for row in digest.top.rows] == [("runner", 1, 0), ("hope", 0, 1)]
    assert (digest.top.total, digest.top.total_before) == (1, 1)
    assert "runner" not in [topic.key for topic in digest.unasked]
    assert "hope" in [topic.key for topic in digest.unasked]


async def test_an_average_looks_back_seven_days_however_short_the_trend_is(log: Log) -> None:
    await log.ask(*(Ask("runner", ago) for ago in range(20)))
    insights = log.insights()

    short = await insights.trend("twinflame", "runner", Period.until(TODAY, 2))
    whole = await insights.trend("twinflame", "runner", await insights.period(None))

    assert (short.average, short.before) == ((1.0, 1.0), 2)
    assert (len(whole.columns), whole.total, whole.before) == (20, 20, None)
    assert whole.average[:7] == (*[None] * 6, 1.0)
    assert (await insights.top("topic", await insights.period(None))).total_before is None


def test_a_period_says_its_days() -> None:
    assert str(Period.until(TODAY, 1)) == "1 day to 1 Jan 2026"
    assert str(Period(date(2025, 11, 3), TODAY, everything=True)) == "Since counting began on 3 Nov 2025"
    assert Period.until(TODAY, 2).numbers == {"first": 20251231, "last": 20260101}


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
