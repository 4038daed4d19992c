"""The figures: counted plainly here, and compared with what each command says."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import random
import re
import sqlite3
import statistics
import sys
import zipfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bot as program
from lantern.admin import digests, reports
from lantern.answers import edition as lantern_content
from lantern.content.models import Colour, Content
from lantern.figures import charts, gaps, insights
from lantern.figures.insights import Insights, Members, Period, as_csv, as_zip, change_in_words
from lantern.runtime.settings import PROJECT
from lantern.store.database import Database, migrations
from lantern.store.guilds import GuildSettings
from lantern.store.links import INSERT_LINKS, Link
from lantern.store.misses import INSERT_HELPFUL, INSERT_MISSES, KEEP_CORRECTIONS, Correction, Helpful, Miss
from lantern.store.questions import INSERT_QUESTIONS, MARK_SHARED, Question
from lantern.store.rows import as_parameter
from lantern.store.times import as_number, local_day, milliseconds
from lantern.ui import cards

TODAY = date(2026, 1, 1)
"""SimCord's clock starts on this day."""
GUILD = 7
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
APPROVED = Path(__file__).with_name("charts")


@dataclass(frozen=True)
class Ask:
    """One question as a test makes it; ``ago`` in days."""

    topic: str = "runner"
    ago: float = 0
    member: int = 1
    source: str = "slash"
    moderator: bool = False
    shared: bool = False
    channel: int = 50
    origin: str | None = None
    guild: int | None = GUILD
    article: str = "twinflame"


def correction(
    number: int, shown: str, wanted: str | None = None, *, at: datetime = NOON, article: str = "twinflame"
) -> Correction:
    """What a member said of ``shown``."""
    return Correction(
        corrected_at=milliseconds(at),
        ask_id=number,
        guild_id=GUILD,
        article=article,
        topic=shown,
        wanted_article=article if wanted else None,
        wanted_topic=wanted,
        came_from="ask",
    )


@dataclass
class Log:
    """A database of its own, and what was put into it."""

    database: Database
    content: Content
    asks: list[Ask] = field(default_factory=list)
    number: int = 1_000

    async def ask(self, *asks: Ask, zone: ZoneInfo | None = None, now: datetime = NOON) -> None:
        """Put questions into the log as the bot does."""
        rows = []
        for each in asks:
            self.number += 1
            moment = now - timedelta(days=each.ago)
            at = milliseconds(moment)
            row = Question(
                asked_at=at,
                day=local_day(moment, zone or UTC),
                interaction_id=self.number,
                guild_id=each.guild,
                channel_id=each.channel,
                message_id=self.number,
                article=each.article,
                topic=each.topic,
                source=cast("Any", each.source),
                from_topic=each.origin,
                public=each.shared,
                public_at=at if each.shared else None,
                public_message_id=self.number if each.shared else None,
                by_moderator=each.moderator,
                locale="en-US",
                member_key=each.member,
            )
            rows.append(row)
        await self.put(INSERT_QUESTIONS, *rows)
        self.asks += asks

    async def put(self, statement: str, *rows: Any) -> None:
        """Rows, by the statement that the bot uses."""
        await self.database.execute(statement, as_parameter(rows))

    async def link(self, topic: str, ago: float = 0, channel: int = 50, guild: int = GUILD) -> None:
        self.number += 1
        row = Link(
            id=self.number,
            linked_at=milliseconds(NOON - timedelta(days=ago)),
            guild_id=guild,
            channel_id=channel,
            answered_message_id=None,
            message_id=self.number,
            article="twinflame",
            topic=topic,
            member_key=5,
            automatic=False,
            notify=True,
            whole=False,
        )
        await self.put(INSERT_LINKS, row)

    async def miss(self, words: str, nearest: Sequence[tuple[str, str, float]] = (), ago: float = 0) -> int:
        self.number += 1
        row = Miss(
            id=self.number,
            asked_at=milliseconds(NOON - timedelta(days=ago)),
            guild_id=GUILD,
            words=words,
            nearest=orjson.dumps(nearest).decode(),
            score=nearest[0][2] if nearest else 0.0,
            came_from="ask",
        )
        await self.put(INSERT_MISSES, row)
        return self.number

    async def helpful(self, topic: str, member: int, ago: float = 0) -> None:
        at = milliseconds(NOON - timedelta(days=ago))
        row = Helpful(helped_at=at, guild_id=GUILD, article="twinflame", topic=topic, member_key=member)
        await self.put(INSERT_HELPFUL, row)

    async def correct(self, shown: str, wanted: str | None = None, ago: float = 0) -> None:
        self.number += 1
        await self.put(KEEP_CORRECTIONS, correction(self.number, shown, wanted, at=NOON - timedelta(days=ago)))

    def insights(self, *, today: date = TODAY, retention_days: int = 180, guilds: Sequence[int] = (GUILD,)) -> Insights:
        return Insights(self.database, self.content, guilds, today, retention_days=retention_days)

    def counted(self, first: float, last: float = -1, **like: object) -> int:
        """Members' asks from ``first`` days ago (included) to ``last`` (not), by looking at each of them."""
        return sum(
            1
            for each in self.asks
            if last < each.ago <= first
            and not each.moderator
            and each.guild == GUILD
            and all(getattr(each, name) == value for name, value in like.items())
        )


@pytest.fixture
async def log(tmp_path: Path, content: Content) -> AsyncIterator[Log]:
    database = Database(tmp_path / "figures.sqlite3")
    await database.open()
    yield Log(database, content)
    await database.close()


def months_of_asks(seed: int = 1, count: int = 400) -> list[Ask]:
    """Asks over ninety days, with everything that must be told apart."""
    dice = random.Random(seed)
    return [
        Ask(
            dice.choice(["runner", "runner", "chaser", "hope", "union"]),
            dice.randrange(90),
            dice.randrange(1, 12),
            dice.choice(["slash", "ask", "topics", "related", "read"]),
            dice.random() < 0.1,
            dice.random() < 0.2,
            dice.choice([50, 51, 52]),
            guild=dice.choice([GUILD, GUILD, GUILD, 8, None]),
        )
        for _ in range(count)
    ]


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


@given(steps=STEPS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_roll_up_is_a_plain_count_of_all_asks_minus_those_taken_back(steps: list[tuple[Any, ...]]) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for _, script in migrations():
        connection.executescript(script.read_text(encoding="utf-8"))
    now, zone, number = NOON, ZoneInfo("UTC"), 0
    rows: dict[int, Question] = {}
    counted: dict[int, list[Any]] = {}
    """What plain counting knows: everything that was asked and not taken back while its row was there."""

    def insert(row: Question) -> None:
        connection.execute(INSERT_QUESTIONS, as_parameter([row]))

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
            insert(row)
            rows[number] = row
            counted[number] = [guild or 0, day, "twinflame", topic, source, channel or 0, int(moderator), int(public)]
        elif name == "zone":
            zone = ZoneInfo(chosen[0])
        elif name == "later":
            now += timedelta(hours=chosen[0])
        elif name == "forget":
            connection.execute("INSERT INTO forgotten_members (member_key) VALUES (?)", (chosen[0],))
        elif name == "retention":
            before = milliseconds(now) - chosen[0] * 3_600_000
            connection.execute("DELETE FROM questions WHERE asked_at < ?", (before,))
            rows = {key: row for key, row in rows.items() if row.asked_at >= before}
        elif known:
            key = known[chosen[0] % len(known)]
            if name == "twice":
                insert(rows[key])
            elif name == "share":
                shared = {"public": 1, "public_at": milliseconds(now), "public_message_id": 9_000 + key}
                connection.execute(MARK_SHARED, as_parameter([{"message_id": key, **shared}]))
                counted[key][-1] = 1
            else:
                connection.execute("UPDATE questions SET taken_back = 1 WHERE interaction_id = ?", (key,))
                del rows[key], counted[key]

    topics: dict[tuple[Any, ...], list[int]] = {}
    channels: dict[tuple[Any, ...], list[int]] = {}
    for guild, day, article, topic, source, channel, moderator, public in counted.values():
        for sums, place in ((topics, (guild, day, article, topic, source)), (channels, (guild, day, channel))):
            total = sums.setdefault(place, [0, 0, 0])
            for at, value in enumerate((1, moderator, public)):
                total[at] += value
    found = connection.execute("SELECT * FROM daily_topics").fetchall()
    assert {row[:5]: list(row[5:]) for row in found} == topics
    assert {row[:3]: list(row[3:]) for row in connection.execute("SELECT * FROM daily_channels")} == channels
    assert connection.execute("SELECT count(*) FROM questions").fetchone() == (len(rows),)
    connection.close()


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
    direct = replace(row, interaction_id=2, guild_id=None, channel_id=None, message_id=2, by_moderator=True)
    connection.execute(INSERT_QUESTIONS, as_parameter([row, direct]))
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


@pytest.mark.parametrize(
    ("now", "before", "words"), [(5, 3, "2 more"), (3, 5, "2 fewer"), (4, 4, "as many"), (4, None, "")]
)
def test_the_change_is_said_in_words(now: int, before: int | None, words: str) -> None:
    assert change_in_words(now, before) == words


# ---------------------------------------------------------------------- distinct members


@pytest.mark.parametrize(("count", "says"), [(1, "fewer than five"), (4, "fewer than five"), (5, "5"), (9, "9")])
async def test_members_are_told_from_five_up(log: Log, count: int, says: str) -> None:
    await log.ask(*(Ask(member=member) for member in range(1, count + 1)), *(Ask() for _ in range(10)))
    await log.ask(Ask(member=99, moderator=True))

    assert str(await log.insights().members(Period.until(TODAY, 7))) == says


async def test_members_who_were_forgotten_are_at_least_not_denied(log: Log) -> None:
    await log.ask(*(Ask(member=member) for member in range(1, 8)))
    await log.database.execute("INSERT INTO forgotten_members (member_key) VALUES (3)")

    assert str(await log.insights().members(Period.until(TODAY, 7))) == "at least 6"


async def test_members_are_not_told_beyond_retention(log: Log) -> None:
    await log.ask(*(Ask(member=member) for member in range(1, 8)))
    insights = log.insights(retention_days=30)

    assert (await insights.members(Period.until(TODAY, 30))).count == 7
    assert (await insights.members(Period.until(TODAY, 31))).count is None
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

    rows = {row.topic: row for row in figures.topics}
    runner, chaser, hope = rows["runner"], rows["chaser"], rows["hope"]
    assert (runner.asks, runner.helpful, runner.not_asked, runner.again) == (4, 2, 1, 1)
    assert (chaser.asks, chaser.links, chaser.reads, chaser.read_per_link, chaser.again) == (3, 1, 2, 2.0, 0)
    assert (hope.asks, hope.helpful, hope.not_asked, hope.read_per_link) == (0, 0, 1, None)


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

    assert [(flow.origin, flow.topic, flow.count) for flow in flows] == [("runner", "chaser", 3), ("runner", "hope", 1)]


# ---------------------------------------------------------------------- gaps


async def found_gaps(log: Log, days: int = 90) -> gaps.Gaps:
    insights = log.insights()
    period = Period.until(TODAY, days)
    return gaps.gaps_of(log.content, period, await gaps.fetch(insights, period))


async def test_similar_questions_are_one_group_and_the_newest_is_first(log: Log) -> None:
    near = [("twinflame", "union", 0.1)]
    for ago, words in enumerate(["what does 1111 mean", "meaning of 1111?", "i keep seeing 1111 everywhere"]):
        await log.miss(words, near, ago=ago + 5)
    await log.miss("which crystal helps", [("twinflame", "hope", 0.05)], ago=1)
    await log.miss("a crystal that helps", [("twinflame", "hope", 0.05)], ago=2)
    await log.miss("far too old 1111", near, ago=100)

    found = await found_gaps(log)

    assert [(gap.count, gap.nearest) for gap in found.gaps] == [
        (2, ("twinflame", "hope")),
        (3, ("twinflame", "union")),
    ]
    assert found.gaps[0].newest.words == "which crystal helps"
    assert found.total == 5


async def test_questions_about_different_things_stay_apart(log: Log) -> None:
    for words in ("is mercury retrograde", "server rules please", "what is a karmic bond", "dream of water"):
        await log.miss(words)

    assert [gap.count for gap in (await found_gaps(log)).gaps] == [1, 1, 1, 1]


async def test_words_without_a_subject_are_kept_and_break_nothing(log: Log) -> None:
    for words in ("why", "[mention]", "\U0001f525 \U0001f525 x", "", "- ‮ abc"):
        await log.miss(words)

    assert sum(gap.count for gap in (await found_gaps(log)).gaps) == 5


async def test_the_keywords_make_the_group_match_and_nobody_is_quoted(log: Log) -> None:
    asked = ["my kundalini awakening hurts", "is kundalini awakening normal", "kundalini awakening and sleep"]
    for words in asked:
        await log.miss(words, [("twinflame", "mission", 0.05)])
    (gap,) = (await found_gaps(log)).gaps

    remedy = gaps.Grouping(log.content).remedy(log.content, gap)

    assert remedy is not None
    assert "kundalini awakening" in remedy.keywords
    assert remedy.found == 3
    assert "# write the question in your own words" in remedy.yaml
    assert not any(words in remedy.yaml for words in asked)
    assert "hurts" not in remedy.yaml


async def test_the_yaml_can_be_pasted_into_the_article(log: Log, tmp_path: Path) -> None:
    for words in ("no kundalini yes", "no kundalini on", "kundalini 222 off"):
        await log.miss(words, [("twinflame", "mission", 0.05)])
    (gap,) = (await found_gaps(log)).gaps
    remedy = gaps.Grouping(log.content).remedy(log.content, gap)
    assert remedy is not None
    lines = [line for line in remedy.yaml.splitlines() if line.startswith("      - ")]
    article = (PROJECT / "content" / "twinflame.yml").read_text(encoding="utf-8")
    at = article.index("- key: mission")
    at = article.index("    keywords:\n", at) + len("    keywords:\n")
    pasted = tmp_path / "twinflame.yml"
    pasted.write_text(article[:at] + "\n".join(lines) + "\n" + article[at:], encoding="utf-8")

    assert program.main(["check", str(pasted)]) == 0


async def test_keywords_that_another_topic_has_or_that_are_too_long_are_not_offered(log: Log) -> None:
    taken = next(word for word in next(log.content.topics()).keywords if len(word.split()) == 1)
    long = "z" * 61
    for ending in ("a", "b"):
        await log.miss(f"{taken} {long} zebra {ending}", [("twinflame", "mission", 0.05)])
    (gap,) = (await found_gaps(log)).gaps

    remedy = gaps.Grouping(log.content).remedy(log.content, gap)

    assert remedy is not None
    assert "zebra" in " ".join(remedy.keywords)
    assert taken not in remedy.keywords
    assert all(len(word) <= 60 for word in remedy.keywords)


async def test_corrections_say_what_was_shown_and_what_was_wanted(log: Log) -> None:
    await log.correct("runner", "chaser")
    await log.correct("runner", "chaser", ago=1)
    await log.correct("hope")

    found = (await found_gaps(log)).corrections

    assert [(each.shown[1], each.wanted and each.wanted[1], each.count) for each in found] == [
        ("runner", "chaser", 2),
        ("hope", None, 1),
    ]


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
    assert "secret" not in "\n".join(reports.digest_parts(log.content, digest))


@pytest.mark.parametrize(
    ("zone", "now", "week", "at"),
    [
        ("UTC", "2026-01-05T17:59", 20251229, "2025-12-29T18:00"),
        ("UTC", "2026-01-05T18:00", 20260105, "2026-01-05T18:00"),
        ("UTC", "2026-01-11T23:00", 20260105, "2026-01-05T18:00"),
        ("Europe/Berlin", "2026-01-05T17:00", 20260105, "2026-01-05T17:00"),
        ("Pacific/Kiritimati", "2026-01-05T03:59", 20251229, "2025-12-29T04:00"),
        ("Pacific/Kiritimati", "2026-01-05T04:00", 20260105, "2026-01-05T04:00"),
    ],
)
def test_when_a_digest_is_due(zone: str, now: str, week: int, at: str) -> None:
    chosen = GuildSettings(digest_channel_id=5, digest_weekday=0, digest_hour=18, time_zone=zone)

    due = digests.due(chosen, datetime.fromisoformat(now).replace(tzinfo=UTC))

    assert (due.week, due.at.astimezone(UTC)) == (week, datetime.fromisoformat(at).replace(tzinfo=UTC))


@pytest.mark.parametrize(("day", "hour"), [(date(2026, 3, 29), 2), (date(2026, 10, 25), 2)])
def test_a_digest_is_due_once_on_days_of_23_and_25_hours(day: date, hour: int) -> None:
    chosen = GuildSettings(
        digest_channel_id=5, digest_weekday=day.weekday(), digest_hour=hour, time_zone="Europe/Berlin"
    )
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=3)
    weeks = [digests.due(chosen, start + timedelta(minutes=15 * step)).week for step in range(120)]

    assert sorted(set(weeks)) == [as_number(day - timedelta(days=7)), as_number(day)]
    assert weeks == sorted(weeks)


def test_a_nonce_fits_discord_and_is_the_weeks_own() -> None:
    nonces = {digests.nonce_of(guild, week) for guild in (1, 2**63) for week in (20260105, 20260112)}
    assert len(nonces) == 4
    assert all(len(nonce) <= 25 for nonce in nonces)


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


def test_csv_of_nothing_is_empty() -> None:
    assert as_csv([]) == ""


# ---------------------------------------------------------------------- cards


class Kept(charts.Charts):
    """Keeps the last picture instead of drawing it."""

    def __init__(self) -> None:
        super().__init__()
        self.picture: charts.Picture | None = None

    async def draw(self, picture: charts.Picture) -> bytes | None:
        self.picture = picture
        return b"\x89PNG"


def many_topics(count: int, title: str = "Topic {number}") -> Content:
    """Content with so many topics, in articles of twenty-five, with the longest titles that are allowed."""
    shipped = lantern_content.load(PROJECT / "content")
    article = shipped.articles[0]
    articles = []
    for first in range(0, count, 25):
        topics = tuple(
            replace(article.topics[0], key=f"topic-{number}", title=title.format(number=number)[:80], related=())
            for number in range(first, min(first + 25, count))
        )
        colour = Colour(0x204060 + first * 1_000)
        articles.append(replace(article, command=f"article-{first}", colour=colour, topics=topics))
    return Content(tuple(articles), shipped.care, shipped.shorthand)


@pytest.mark.parametrize("title", ["Topic {number}", "{number} *_" + "a long `name` with marks " * 4])
@pytest.mark.parametrize("count", [1, 25, 100])
async def test_every_card_fits_whatever_the_number_and_length_of_topics(log: Log, count: int, title: str) -> None:
    content = many_topics(count, title)
    log.content = content
    keys = [(topic.article.command, topic.key) for topic in content.topics()]
    for number, (article, key) in enumerate(keys):
        await log.ask(*[Ask(key, 2, article=article, source="related", origin=key)] * (count + 5 - number))
        await log.put(KEEP_CORRECTIONS, correction(10_000 + number, key, key, article=article))
        await log.miss(f"word{number} " + "x" * 400, [(article, key, 0.1)])
    kept = Kept()
    made = reports.Reports(cast("Any", None), cast("Any", None), cast("Any", None), retention_days=180, charts=kept)
    insights = log.insights()
    period = Period.until(TODAY, 30)

    top = await made.top(insights, period, "topic")
    picture = kept.picture
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


# ---------------------------------------------------------------------- pictures


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
        footer=reports.COUNTED,
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
PICTURES: dict[str, charts.Picture] = {
    "empty": bars(0),
    "one": bars(1),
    "topics-14": bars(14, label="Readings and the chaser question {number}"),
    "topics-25": bars(25, label="Twin flame or soul mate? {number}"),
    "all": bars(5, before=False),
    "long": bars(3, label=LONG),
    "two-articles": replace(
        bars(4), legend=(("Twin flames", 0x7B5EA7), ("A second article", 0x1F8B4C)), footer="And 75 others."
    ),
    "trend-90": trend_of(90),
    "trend-1": trend_of(1),
    "trend-weeks": trend_of(156, 7),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_looks_as_approved(name: str, tmp_path: Path) -> None:
    """To approve: look at what is left in build/charts, and copy it to tests/figures/charts."""
    from PIL import Image, ImageChops, ImageStat

    made = PROJECT / "build" / "charts" / f"{name}.png"
    made.parent.mkdir(parents=True, exist_ok=True)
    made.write_bytes(charts.render(PICTURES[name]))
    with Image.open(made) as drawn, Image.open(APPROVED / f"{name}.png") as approved:
        assert drawn.size == approved.size
        difference = ImageChops.difference(drawn.convert("RGB"), approved.convert("RGB"))
        # Of 255: edges of letters differ a little between versions of the font renderer, a moved bar differs much more.
        assert max(ImageStat.Stat(difference).mean) < 0.5


def test_labels_are_whole_and_none_lies_over_another() -> None:
    for count, label in ((14, "Readings and the chaser question {number}"), (25, LONG)):
        texts = drawn_texts(bars(count, label=label))
        joined = "".join("".join(text for _, text in texts).split())
        for number in range(1, count + 1):
            assert "".join(label.format(number=number).split()) in joined
        boxes = [box for box, _ in texts]
        for at, one in enumerate(boxes):
            assert one.x0 >= 0
            assert one.x1 <= charts.WIDTH * charts.SCALE
            assert not any(one.overlaps(other) and one.x0 < other.x1 - 1 for other in boxes[at + 1 :])


def drawn_texts(picture: charts.Picture) -> list[tuple[Any, str]]:
    """What a picture writes, with the place of each text, from Matplotlib's own reckoning."""
    from matplotlib.figure import Figure

    found: list[tuple[Any, str]] = []
    before = Figure.draw

    def draw(figure: Any, renderer: Any) -> Any:
        done = before(figure, renderer)
        for text in figure.axes[0].texts:
            # The height of the line's own capitals: descenders of one line reach into the next one's room.
            found.append((text.get_window_extent(renderer).expanded(1, 0.6), text.get_text()))
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "draw", draw)
        charts.render(picture)
    return found


@pytest.mark.parametrize("colour", [0x000000, 0x7B5EA7, 0x20503C, 0x2B2D31, 0xFFFFFF])
def test_every_article_colour_stands_out_from_the_ground(colour: int) -> None:
    assert charts.contrast(charts.on_dark(colour), charts.GROUND) >= 3


def test_what_the_font_lacks_is_left_out_and_a_name_of_nothing_else_is_numbered() -> None:
    texts = [text for _, text in drawn_texts(bars(1, label="\U0001f4ac general"))]
    assert "general" in texts
    texts = [text for _, text in drawn_texts(bars(1, label="雑談"))]
    assert "No. 1 of the list" in texts
    assert charts.drawable("$x^2$ and \\frac", "no") == "$x^2$ and \\frac"


async def test_a_picture_is_drawn_in_another_process(tmp_path: Path) -> None:
    png = await charts.Charts().draw(bars(2))
    assert png is not None
    assert png == charts.render(bars(2))


async def test_the_bot_never_imports_matplotlib() -> None:
    check = "import sys, lantern.runtime.client, cogs.insights; sys.exit('matplotlib' in sys.modules)"
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
    "code",
    [
        "import sys; sys.exit(3)",
        "print('not a picture')",
        "import os; os.kill(os.getpid(), 9)",
        "raise SystemExit('no such font')",
    ],
)
async def test_a_picture_that_cannot_be_drawn_is_none(code: str, caplog: pytest.LogCaptureFixture) -> None:
    assert await Broken(code).draw(bars(1)) is None
    assert "left out" in caplog.text


async def test_a_drawing_that_hangs_is_killed(caplog: pytest.LogCaptureFixture) -> None:
    hanging = Broken("import sys; sys.stdin.read(); sys.stdin = None; import threading; threading.Event().wait()", 0.5)
    assert await hanging.draw(bars(1)) is None
    assert "not drawn within" in caplog.text


async def test_a_drawing_that_cannot_start_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts.Charts, "command", lambda self: ["/no/such/program"])
    assert await charts.Charts().draw(bars(1)) is None


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_survives_being_json(name: str) -> None:
    assert charts.from_json(orjson.dumps(PICTURES[name])) == PICTURES[name]


def test_rubbish_is_not_a_picture() -> None:
    for text in (b"{}", b'{"kind": "bars"}', b'{"kind": "bars", "bars": [{"x": 1}], "legend": []}'):
        with pytest.raises(ValueError):
            charts.from_json(text)


@pytest.mark.parametrize(
    ("days", "says"), [(-1, "today"), (0, "today"), (1, "yesterday"), (2, "2 days ago"), (1_200, "1,200 days ago")]
)
def test_a_topic_to_review_says_when_it_was_reviewed_last(days: int, says: str) -> None:
    content = lantern_content.load(PROJECT / "content")
    helped = insights.Helped("twinflame", "runner", 5, helpful=1, not_asked=2, links=0, reads=0, rows=5, again=0)

    line = reports.review_line(content, insights.ToReview(helped, TODAY, days, 1.0))

    assert line == f"- **The runner**: 5 asks, reviewed {says}, helpful 1 against 2"
