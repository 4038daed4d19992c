"""What is deleted by itself and when, what stays, and that nobody waits for it."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simcord.backend import serializers

from lantern.store import retention as lantern_retention
from lantern.store.database import Database, DatabaseError
from lantern.store.member_keys import MemberKeys
from lantern.store.members import KEY_DAYS, OF_MEMBERS, Members
from lantern.store.questions import Question, Questions, add_questions
from lantern.store.retention import FIRST_STEP, GUILD_TABLES, LEFT_GUILD_DAYS, LONGEST_STEP, Retention
from lantern.store.times import DAY, day_of, local_day, milliseconds
from tests.support import rows
from tests.support.rows import columns, fill, found, opened, writer
from tests.support.world import World, answer, read

HELD_AT_MOST = 0.050
"""Seconds: what is promised of each step."""
COUNTED = 100
SECONDS_AN_INSTRUCTION = 1e-6
"""What one of SQLite's own steps takes on a slow machine; they are counted by the hundred."""
NOW = 1_800_000_000_000

TOTALS = "SELECT * FROM daily_topics ORDER BY guild_id, day, topic"


async def days_later(world: World, days: float) -> None:
    """The bot is stopped, time passes, and the bot starts again: its daily work is the first thing it does."""
    await world.bot.close()
    world.env.backend.advance_clock(timedelta(days=days).total_seconds())
    await world.restart()


async def tables_with_guilds(world: World) -> set[str]:
    """Every table that has rows of a guild."""
    return {row["table"] for row in await columns(world) if row["column"] == "guild_id"}


# ---------------------------------------------------------------------- age


async def test_questions_go_after_their_time_and_totals_stay(world: World) -> None:
    await world.maya.slash(world.general, "twinflame runner")
    await days_later(world, 100)
    await world.maya.slash(world.general, "twinflame hope")
    totals = await world.rows(TOTALS)

    await days_later(world, 79.9)
    assert [row["topic"] for row in await world.rows()] == ["runner", "hope"]
    await days_later(world, 0.2)

    assert [row["topic"] for row in await world.rows()] == ["hope"]
    assert await world.rows(TOTALS) == totals
    assert [row["asks"] for row in totals] == [1, 1]
    # The buttons under an answer whose row is gone still work.
    asked = await world.maya.slash(world.general, "twinflame chaser")
    await days_later(world, 181)
    assert await world.rows() == []
    await world.maya.click(answer(asked), label="Post here")
    assert len(world.seen_by(world.lea)) == 1


async def test_each_kind_of_row_has_its_own_time(world: World) -> None:
    now = milliseconds(discord.utils.utcnow())
    kept_until = {"misses": 90, "corrections": 180, "helpful": 180, "links": 180}
    for table, days in kept_until.items():
        for number, at in ((1, now - (days + 1) * DAY), (2, now - (days - 1) * DAY)):
            moment = {"helpful": {"helped_at": at}, "links": {"linked_at": at}}.get(table, {"day": day_of(at)})
            await fill(world, table, number=number, **moment)

    await world.services.periodic.run("retention")

    for table in kept_until:
        assert [row["id"] for row in await world.rows(f"SELECT id FROM {table}")] == [2], table  # noqa: S608
    await days_later(world, 3)
    for table in kept_until:
        assert await world.rows(f"SELECT id FROM {table}") == [], table  # noqa: S608


async def test_rows_lose_their_members_key_after_35_days_and_a_wish_keeps_it(world: World) -> None:
    now = milliseconds(discord.utils.utcnow())
    key = world.services.member_keys.of(world.maya.id)
    holding = {row["table"] for row in await columns(world) if row["column"] == "member_key"}
    wishes = {"opt_outs", "forgotten", "member_languages"}
    assert holding - wishes == set(OF_MEMBERS), "a new table with a member's key: for how long?"
    for number, at in ((1, now - (KEY_DAYS + 1) * DAY), (2, now - (KEY_DAYS - 1) * DAY)):
        moments = dict.fromkeys(("asked_at", "helped_at", "linked_at"), at)
        for table in OF_MEMBERS:
            await fill(world, table, number=number, topic=f"x{number}", member_key=key, **moments)
    await world.services.members.stop_counting(key, now - 300 * DAY)

    await world.services.periodic.run("retention")

    for table in OF_MEMBERS:
        rows = await world.rows(f"SELECT topic, member_key FROM {table} ORDER BY topic")  # noqa: S608
        assert [(row["topic"], row["member_key"]) for row in rows] == [("x1", None), ("x2", key)], table
    assert [row["member_key"] for row in await world.rows("SELECT member_key FROM opt_outs")] == [key]
    shown = read(answer(await world.maya.slash(world.general, "privacy")))
    assert "One of your questions is on record." in shown
    assert f"After {KEY_DAYS} days** your code is taken off each record" in shown
    await days_later(world, 3)
    assert "None of your questions is on record." in read(answer(await world.maya.slash(world.general, "privacy")))
    assert len(await world.rows()) == 2


async def test_the_operators_times_are_kept(world: World) -> None:
    await world.maya.slash(world.general, "twinflame runner")
    await fill(world, "misses", day=local_day(discord.utils.utcnow()))
    world.services.settings = replace(world.services.settings, retention_days=3, miss_days=1)

    await days_later(world, 2)
    assert (len(await world.rows()), len(await world.rows("SELECT * FROM misses"))) == (1, 0)
    await days_later(world, 2)
    assert await world.rows() == []


async def test_it_is_done_at_the_start_and_once_a_day(world: World) -> None:
    loop = world.services.periodic.loops["retention"]
    assert loop.is_running()
    assert world.services.periodic.routines["retention"].every == timedelta(hours=24)
    assert loop.next_iteration == discord.utils.utcnow() + timedelta(hours=24)


@pytest.mark.in_a_file
async def test_deleted_words_are_not_in_the_file_any_more(world: World) -> None:
    """A build of SQLite may leave deleted rows readable in free pages; the bot asks it not to."""
    words = "a sentence that somebody typed in the middle of the night"
    path = world.services.settings.file
    await fill(world, "misses", day=20200101, words=words)
    assert held_in_file(path, words)

    await world.services.periodic.run("retention")

    assert not held_in_file(path, words)


def held_in_file(path: Path, words: str) -> bool:
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return words.encode() in path.read_bytes()


async def test_a_locked_file_is_tried_again_the_next_day(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(world, "misses", day=20200101)

    async def refuse(*_: Any) -> int:
        raise DatabaseError("database is locked")

    with monkeypatch.context() as patched:
        patched.setattr(world.services.database, "execute", refuse)
        await world.services.periodic.run("retention")
    assert "database is locked" in caplog.text
    assert len(await world.rows("SELECT * FROM misses")) == 1
    assert world.services.periodic.loops["retention"].is_running()

    await world.services.periodic.run("retention")
    assert await world.rows("SELECT * FROM misses") == []


# ---------------------------------------------------------------------- steps


async def ask_often(database: Database, number: int, *, guilds: int = 4) -> None:
    """Questions a minute apart, the last of them now, from many members in many channels."""
    chance = random.Random(20261122)
    for start in range(0, number, 5_000):
        asked = [
            rows.question(
                each,
                asked_at=NOW - (number - each) * 60_000,
                day=20260101 + each % 28,
                guild_id=1 + chance.randrange(guilds),
                channel_id=chance.randrange(20),
                message_id=chance.getrandbits(60),
                topic=chance.choice(("runner", "chaser", "hope")),
                member_key=chance.getrandbits(60),
            )
            for each in range(start, min(start + 5_000, number))
        ]
        await database.change(add_questions, asked)


async def timed(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each statement holds the file from now on, in seconds of a clock that SQLite's own steps drive.

    Retention goes by that clock too, so that the same steps are made on every machine, however busy.
    """
    counted = 0
    held: list[float] = []
    execute = database.execute

    def count() -> None:
        nonlocal counted
        counted += COUNTED

    def clock() -> float:
        return counted * SECONDS_AN_INSTRUCTION

    async def execute_and_time(statement: str, parameters: Any = ()) -> int:
        began = clock()
        changed = await execute(statement, parameters)
        held.append(clock() - began)
        return changed

    await writer(database).set_progress_handler(count, COUNTED)
    monkeypatch.setattr(database, "execute", execute_and_time)
    monkeypatch.setattr(lantern_retention, "perf_counter", clock)
    return held


async def test_no_step_holds_the_file_for_long_with_200_000_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path / "lantern.sqlite3") as database:
        await ask_often(database, 200_000)
        ((totals,),) = await database.fetch("SELECT sum(asks) FROM daily_topics")
        held = await timed(database, monkeypatch)

        # 180 days are 259,200 minutes: of 200,000 questions a minute apart, those of the oldest 50,000 minutes go.
        later = NOW + (259_200 - 150_000) * 60_000
        deleted = await Retention(database, question_days=180, miss_days=90).run([1, 2, 3, 4], now=later)

        assert deleted.rows == 50_000
        assert await found(database, "SELECT count(*), min(asked_at) FROM questions") == [
            (150_000, NOW - 150_000 * 60_000)
        ]
        assert await found(database, "SELECT sum(asks) FROM daily_topics") == [(totals,)]
        assert len(held) > 20
        assert max(held) < HELD_AT_MOST


def test_steps_shrink_on_a_slow_disk_and_grow_on_a_fast_one(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 0.0

    class Disk:
        """Deletes questions for as long as there are some, at a given time a row; it has nothing else."""

        def __init__(self, seconds: Iterator[float]) -> None:
            self.seconds = seconds
            self.steps: list[tuple[int, float]] = []

        async def flush(self) -> None:
            pass

        async def fetch(self, *_: Any) -> list[tuple[int]]:
            return []

        async def erase(self) -> None:
            pass

        async def execute(self, statement: str, parameters: Any) -> int:
            nonlocal clock
            if "DELETE FROM questions" not in statement:
                return 0
            took = parameters["step"] * next(self.seconds)
            clock += took
            self.steps.append((parameters["step"], took))
            return parameters["step"] if len(self.steps) < 200 else 0

    def run(seconds: Iterator[float]) -> list[tuple[int, float]]:
        disk = Disk(seconds)
        monkeypatch.setattr(lantern_retention, "perf_counter", lambda: clock)
        one = Retention(disk, question_days=1, miss_days=1)  # type: ignore[arg-type]
        asyncio.run(one.run([], now=NOW))
        return disk.steps

    def always(seconds: float) -> Iterator[float]:
        while True:
            yield seconds

    fast = run(always(1e-6))
    assert fast[0][0] == FIRST_STEP
    assert fast[-1][0] == LONGEST_STEP
    # A row a hundred times slower than any that was measured.
    slow = run(always(2e-3))
    assert max(took for _, took in slow[3:]) < HELD_AT_MOST
    assert slow[-1][0] >= 1
    # The disk becomes ten times slower at once, with the longest step under way.
    worse = run(iter([2e-6] * 50 + [2e-5] * 150))
    assert max(took for _, took in worse) < HELD_AT_MOST


async def test_members_ask_while_it_runs_and_every_row_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path / "lantern.sqlite3") as database:
        await ask_often(database, 20_000)
        questions = Questions(database, MemberKeys(database))
        execute = database.execute
        asked = 0

        async def execute_while_members_ask(statement: str, parameters: Any = ()) -> int:
            nonlocal asked
            step = asyncio.create_task(execute(statement, parameters))
            for _ in range(2):  # before the step has begun, and while it is under way
                asked += 1
                questions.record(question(NOW + 400 * DAY, interaction=1_000_000 + asked))
                await asyncio.sleep(0)
            return await step

        monkeypatch.setattr(database, "execute", execute_while_members_ask)
        deleted = await Retention(database, question_days=180, miss_days=90).run([], now=NOW + 400 * DAY)
        assert deleted.rows == 20_000

        await database.flush()
        assert asked > 20
        assert await found(database, "SELECT count(*) FROM questions") == [(asked,)]


async def test_what_was_interrupted_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path / "lantern.sqlite3") as database:
        await ask_often(database, 3_000)
        retention = Retention(database, question_days=1, miss_days=1)
        execute = database.execute
        steps = 0

        async def killed_in_between(statement: str, parameters: Any = ()) -> int:
            nonlocal steps
            steps += "DELETE FROM questions" in statement
            if steps == 3:
                raise DatabaseError("disk I/O error")
            return await execute(statement, parameters)

        with monkeypatch.context() as patched:
            patched.setattr(database, "execute", killed_in_between)
            with pytest.raises(DatabaseError):
                await retention.run([], now=NOW + 2 * DAY)
        ((left,),) = await database.fetch("SELECT count(*) FROM questions")
        assert 0 < left < 3_000

        assert (await retention.run([], now=NOW + 2 * DAY)).rows == left


# ---------------------------------------------------------------------- guilds that were left


async def furnish(world: World, guild_id: int, *, number: int) -> set[str]:
    """A row in every table that has rows of guilds."""
    tables = await tables_with_guilds(world) - {"known_guilds"}
    now = milliseconds(discord.utils.utcnow())
    moments = dict.fromkeys(("asked_at", "linked_at", "helped_at"), now) | {"day": day_of(now)}
    for table in tables:
        await world.services.database.execute(f"DELETE FROM {table} WHERE guild_id = :id", {"id": guild_id})  # noqa: S608
    for table in tables:
        await fill(world, table, number=number, guild_id=guild_id, **moments)
    return tables


async def test_every_table_with_rows_of_guilds_is_listed_with_its_key(world: World) -> None:
    keys: dict[str, list[str]] = {table: [] for table in await tables_with_guilds(world) - {"known_guilds"}}
    for row in await columns(world):
        if row["table"] in keys and row["key"]:
            keys[row["table"]].append(row["column"])

    assert {table: ", ".join(key) for table, key in keys.items()} == GUILD_TABLES


def invite_back(world: World, guild: Any) -> None:
    """The same guild, as Discord announces it."""
    world.env.backend.guilds[guild.id] = guild
    guild.channel_ids.clear()
    world.env.backend.emit("GUILD_CREATE", serializers.guild_create_payload(world.env.backend, guild))


async def guilds_in(world: World, table: str) -> set[int | None]:
    """Whose rows a table has."""
    return {row["guild_id"] for row in await world.rows(f"SELECT guild_id FROM {table}")}  # noqa: S608


async def test_thirty_days_after_the_bot_was_removed_every_row_of_that_guild_goes(world: World) -> None:
    other = world.env.create_guild("Elsewhere")
    await furnish(world, other.id, number=2)
    tables = await furnish(world, world.guild.id, number=1)
    assert {"questions", "daily_topics", "weekly_totals", "misses", "links", "guild_settings"} <= tables
    await world.maya.user.slash("twinflame hope")

    world.env.backend.remove_guild(world.guild.id)
    await world.env.settle()
    await days_later(world, LEFT_GUILD_DAYS - 1)
    for table in tables:
        assert world.guild.id in await guilds_in(world, table), table
    await days_later(world, 1.1)

    for table in tables | {"known_guilds"}:
        assert world.guild.id not in await guilds_in(world, table), table
        assert other.id in await guilds_in(world, table), table
    assert None in await guilds_in(world, "questions")
    assert 0 in await guilds_in(world, "daily_topics")


async def test_invited_back_in_time_nothing_is_deleted(world: World) -> None:
    tables = await furnish(world, world.guild.id, number=1)
    left = world.env.backend.guilds[world.guild.id]
    world.env.backend.remove_guild(world.guild.id)
    await world.env.settle()
    assert await world.rows("SELECT guild_id FROM known_guilds WHERE left_at IS NOT NULL") == [
        {"guild_id": world.guild.id}
    ]

    invite_back(world, left)
    await world.env.settle()

    assert await world.rows("SELECT * FROM known_guilds") == [{"guild_id": world.guild.id, "left_at": None}]
    await days_later(world, LEFT_GUILD_DAYS + 5)
    for table in tables:
        assert world.guild.id in await guilds_in(world, table), table


async def test_the_thirty_days_start_when_leaving_offline_is_noticed_and_end_when_coming_back_is(
    world: World,
) -> None:
    await world.maya.slash(world.general, "twinflame runner")
    await world.bot.close()
    left = world.env.backend.guilds[world.guild.id]
    world.env.backend.remove_guild(world.guild.id)
    await days_later(world, 40)
    (mark,) = await world.rows("SELECT * FROM known_guilds")
    assert mark == {"guild_id": world.guild.id, "left_at": milliseconds(discord.utils.utcnow())}
    assert len(await world.rows()) == 1

    # Invited back while the bot is off, long after the thirty days: it is there when the bot starts, and nothing goes.
    await world.bot.close()
    world.env.backend.advance_clock(40 * 86_400)
    invite_back(world, left)
    await world.restart()

    assert await world.rows("SELECT * FROM known_guilds") == [{"guild_id": world.guild.id, "left_at": None}]
    assert len(await world.rows()) == 1


async def test_an_outage_of_a_server_is_no_leaving(world: World) -> None:
    world.env.backend.emit("GUILD_DELETE", {"id": str(world.guild.id), "unavailable": True})
    await world.env.settle()

    assert await world.rows("SELECT left_at FROM known_guilds") == [{"left_at": None}]


async def test_a_server_that_discord_does_not_list_any_more_is_noticed_without_an_event(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """discord.py keeps a guild that was left while a session could not be resumed."""
    monkeypatch.setattr(world.env.backend, "guilds", {})
    assert world.bot.get_guild(world.guild.id) is not None

    await world.services.periodic.run("retention")

    (row,) = await world.rows("SELECT left_at FROM known_guilds")
    assert row["left_at"] is not None


async def test_when_discord_cannot_list_the_servers_those_known_are_taken(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.env.inject_error("GET", "/users/@me/guilds", status=500, code=0, message="Internal Server Error")

    await world.services.periodic.run("retention")

    assert "the bot goes by those it knows" in caplog.text
    assert await world.rows("SELECT left_at FROM known_guilds") == [{"left_at": None}]


async def test_a_guild_that_comes_back_after_its_rows_went_starts_with_the_defaults(world: World) -> None:
    await world.services.guilds.change(world.guild.id, answers_public=True)
    world.env.backend.remove_guild(world.guild.id)
    await world.env.settle()
    await world.rows("SELECT 1")
    world.env.backend.advance_clock((LEFT_GUILD_DAYS + 1) * 86_400)

    await world.services.periodic.run("retention")

    assert not world.services.guilds.of(world.guild.id).answers_public
    assert await world.rows("SELECT * FROM guild_settings") == []


async def test_a_large_guild_goes_in_steps_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path / "lantern.sqlite3") as database:
        await ask_often(database, 20_000, guilds=2)
        retention = Retention(database, question_days=3650, miss_days=90)
        await retention.compare_guilds([1, 2], now=NOW)
        await retention.compare_guilds([2], now=NOW)
        ((others,),) = await database.fetch("SELECT count(*) FROM questions WHERE guild_id = 2")
        held = await timed(database, monkeypatch)

        deleted = await retention.run([2], now=NOW + LEFT_GUILD_DAYS * DAY)

        assert deleted.guilds == (1,)
        assert await found(database, "SELECT guild_id, count(*) FROM questions GROUP BY 1") == [(2, others)]
        assert await found(database, "SELECT DISTINCT guild_id FROM daily_topics") == [(2,)]
        assert len(held) > 10
        assert max(held) < HELD_AT_MOST


# ---------------------------------------------------------------------- totals, whatever happens


def question(at: int, *, interaction: int, guild: int | None = 1, topic: str = "runner", member: int = 1) -> Question:
    return rows.question(
        interaction,
        asked_at=at,
        day=local_day(datetime.fromtimestamp(at / 1000, UTC)),
        guild_id=guild,
        channel_id=None if guild is None else 7,
        message_id=interaction + 1,
        topic=topic,
        member_key=member,
    )


MEMBERS = st.integers(1, 3)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("ask"), MEMBERS, st.sampled_from([None, 1, 2]), st.sampled_from(["runner", "hope"]), st.booleans()
        ),
        st.tuples(st.just("take back"), st.integers(0, 30)),
        st.tuples(st.just("forget"), MEMBERS),
        st.tuples(st.just("do not count"), MEMBERS),
        st.tuples(st.just("count"), MEMBERS),
        st.tuples(st.just("days pass"), st.integers(1, 120)),
    ),
    max_size=40,
)


@given(steps=STEPS)
@settings(max_examples=60, deadline=None)
def test_totals_are_a_plain_count_of_asks_minus_those_taken_back(
    steps: list[tuple[Any, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever was forgotten, passed retention or was asked by who is not counted."""
    asyncio.run(_live(steps, tmp_path_factory.mktemp("totals") / "lantern.sqlite3"))


async def _live(steps: list[tuple[Any, ...]], path: Path) -> None:
    async with opened(path) as database:
        member_keys = MemberKeys(database)
        questions = Questions(database, member_keys)
        members = Members(database, member_keys)
        retention = Retention(database, question_days=100, miss_days=90)
        now, expected, uncounted = NOW, Counter[tuple[int, int, str]](), set[int]()
        asked: list[tuple[int, int | None, str, int | None, int]] = []  # (interaction, guild, topic, member, at)
        for number, (what, *details) in enumerate(steps):
            match what, details:
                case "ask", [member, guild, topic, twice]:
                    for _ in range(1 + twice):  # an interaction delivered twice is one row
                        questions.record(
                            question(now, interaction=10 * number, guild=guild, topic=topic, member=member)
                        )
                    if member not in uncounted:
                        asked.append((10 * number, guild, topic, member, now))
                        expected[guild or 0, local_day_of(now), topic] += 1
                case "take back", [which] if which < len(asked):
                    interaction, guild, topic, _, at = asked[which]
                    await database.flush()
                    there = await database.fetch(
                        "SELECT id FROM questions WHERE interaction_id = :id", {"id": interaction}
                    )
                    questions.take_back(interaction + 1)
                    # Past retention there is no row to take back, and the total keeps it.
                    if there:
                        expected[guild or 0, local_day_of(at), topic] -= 1
                case "forget", [member]:
                    await members.forget(member, now)
                    asked = [(*one[:3], None if one[3] == member else one[3], one[4]) for one in asked]
                case "do not count", [member]:
                    await members.stop_counting(member, now)
                    uncounted.add(member)
                case "count", [member]:
                    await members.count_again(member)
                    uncounted.discard(member)
                case "days pass", [days]:
                    now += days * DAY
                    await retention.run([1, 2], now=now)
        await database.flush()
        totals = await database.fetch("SELECT guild_id, day, topic, asks FROM daily_topics")
        assert {tuple(key): asks for *key, asks in totals} == dict(+expected)
        old = now - 100 * DAY
        ran_since = [number for number, (what, *_) in enumerate(steps) if what == "days pass"]
        left = await database.fetch("SELECT member_key, asked_at FROM questions")
        if ran_since:
            assert all(asked_at >= old for _, asked_at in left)
        known = Counter(member for _, _, _, member, at in asked)
        assert all(Counter(key for key, _ in left)[key] <= number for key, number in known.items() if key is not None)


def local_day_of(at: int) -> int:
    return question(at, interaction=0).day


# ---------------------------------------------------------------------- by itself


def asked_ago(number: int, age: int, guild_id: int) -> Question:
    """A question of so many milliseconds ago."""
    return rows.question(number, asked_at=NOW - age, day=20260101, guild_id=guild_id)


async def test_what_was_deleted_is_counted_to_the_row_and_the_millisecond(
    database: Database, questions: Questions
) -> None:
    keeps = Retention(database, question_days=10, miss_days=5)
    for number, age in enumerate((10 * DAY, 10 * DAY + 1, 20 * DAY, DAY)):
        questions.record(asked_ago(number, age, 1))
    await database.flush()

    assert await keeps.run([1], now=NOW) == lantern_retention.Deleted(2, ())
    assert await keeps.run([1], now=NOW) == lantern_retention.Deleted(0, ())
    assert await found(database, "SELECT interaction_id FROM questions ORDER BY 1") == [(0,), (3,)]


@pytest.mark.parametrize(("late", "deleted"), [(0, True), (-1, False)])
async def test_a_guild_that_was_left_is_deleted_after_thirty_days_and_its_rows_are_counted(
    database: Database, questions: Questions, late: int, deleted: bool
) -> None:
    keeps = Retention(database, question_days=180, miss_days=90)
    for number in range(3):
        questions.record(asked_ago(number, DAY, 1))
    questions.record(asked_ago(9, DAY, 2))
    keeps.guild_left(1, at=NOW - LEFT_GUILD_DAYS * DAY - late)
    await database.flush()

    done = await keeps.run([2], now=NOW)

    # Three questions, and a row of the daily totals.
    assert done == lantern_retention.Deleted(4 if deleted else 0, (1,) if deleted else ())
    left = [(2,)] if deleted else [(1,), (2,)]
    for table in ("questions", "daily_topics", "known_guilds"):
        assert await found(database, f"SELECT DISTINCT guild_id FROM {table} ORDER BY 1") == left, table  # noqa: S608
