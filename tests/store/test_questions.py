"""The question log: rows that nobody waits for, and that are not lost."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from lantern.store.database import Database, DatabaseError, migrations
from lantern.store.questions import Question, QuestionLog
from tests.support.databases import writer
from tests.support.world import World, answer


def question(interaction_id: int = 1, **changes: object) -> Question:
    """A question as a slash command leaves it."""
    values: dict[str, object] = {
        "asked_at": 1_767_225_600_000,
        "day": 20260101,
        "interaction_id": interaction_id,
        "guild_id": 2**62,
        "channel_id": 3,
        "message_id": 4,
        "article": "twinflame",
        "topic": "runner",
        "source": "slash",
        "by_moderator": False,
        "locale": "de",
        "member_key": -(2**63),
    }
    return Question(**{**values, **changes})  # type: ignore[arg-type]


async def opened(path: Path) -> tuple[Database, QuestionLog]:
    database = Database(path)
    await database.open()
    log = QuestionLog(database)
    await log.open()
    return database, log


async def test_a_thousand_questions_at_once_are_a_thousand_rows(world: World) -> None:
    topics = [topic.key for topic in world.bot.content.topics()]

    async with world.all_at_once():
        for number in range(1_000):
            await world.maya.slash(world.general, f"twinflame {topics[number % len(topics)]}")

    rows = await world.rows()
    assert len(rows) == len({row["interaction_id"] for row in rows}) == 1_000
    assert world.bot.database.waiting == 0


async def test_rows_that_come_within_a_moment_are_written_in_one_transaction(tmp_path: Path) -> None:
    database, log = await opened(tmp_path / "log.sqlite3")
    statements: set[str] = set()  # SQLite names the same one again for each row's triggers
    await writer(database).set_trace_callback(statements.add)
    database.gathering = 0.01
    for number in range(50):
        log.record(question(number))
    while database.waiting:
        await asyncio.sleep(0)  # lets the loop go on; the hundredth of a second passes by itself

    assert await database.fetch("SELECT count(*) FROM questions") == [(50,)]
    assert sum("INSERT OR IGNORE INTO questions" in statement for statement in statements) == 1
    await database.close()


async def test_rows_that_wait_for_others_are_written_at_once_when_asked_and_when_closing(tmp_path: Path) -> None:
    database, log = await opened(tmp_path / "log.sqlite3")
    database.gathering = 3600
    log.record(question(1))
    assert database.waiting == 1
    await database.flush()
    assert await database.fetch("SELECT count(*) FROM questions") == [(1,)]

    log.record(question(2))
    # What a person waits for comes after what was queued before it.
    assert await database.execute("UPDATE questions SET locale = 'fr'") == 2

    log.record(question(3))
    await database.close()
    await database.open()
    assert await database.fetch("SELECT count(*) FROM questions") == [(3,)]
    await database.close()


async def test_an_interaction_delivered_twice_is_one_row(tmp_path: Path) -> None:
    database, log = await opened(tmp_path / "log.sqlite3")
    log.record(question(7))
    log.record(question(7))
    log.record(question(8))
    await database.flush()

    assert await database.fetch("SELECT interaction_id FROM questions") == [(7,), (8,)]
    await database.close()


async def test_snowflakes_and_keys_of_64_bits_come_back_whole(tmp_path: Path) -> None:
    database, log = await opened(tmp_path / "log.sqlite3")
    log.record(question(2**63 - 1))
    await database.flush()

    (row,) = await database.fetch("SELECT interaction_id, guild_id, member_key, from_topic FROM questions")
    assert row == (2**63 - 1, 2**62, -(2**63), None)
    await database.close()


async def test_a_member_has_the_same_key_after_a_restart_and_another_in_another_file(tmp_path: Path) -> None:
    database, log = await opened(tmp_path / "log.sqlite3")
    key = log.member_key(42)
    await database.close()
    again, log_again = await opened(tmp_path / "log.sqlite3")
    elsewhere, log_elsewhere = await opened(tmp_path / "other.sqlite3")

    assert log_again.member_key(42) == key != log_elsewhere.member_key(42)
    assert log_again.member_key(43) != key
    await again.close()
    await elsewhere.close()


async def test_closing_writes_what_waits(tmp_path: Path) -> None:
    database, log = await opened(tmp_path / "log.sqlite3")
    for number in range(1_200):
        log.record(question(number))
    await database.close()

    with sqlite3.connect(tmp_path / "log.sqlite3") as connection:
        assert connection.execute("SELECT count(*) FROM questions").fetchone() == (1_200,)


async def test_a_row_that_the_schema_refuses_does_not_keep_the_others(tmp_path: Path) -> None:
    database, log = await opened(tmp_path / "log.sqlite3")
    log.record(question(1))
    log.record(question(2, topic=None))
    log.record(question(3))
    await database.flush()

    assert await database.fetch("SELECT interaction_id FROM questions") == [(1,), (3,)]
    await database.close()


async def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    database, log = await opened(tmp_path / "new" / "log.sqlite3")
    log.record(question())
    await database.flush()

    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "new").iterdir()} == {0o600}
    await database.close()


async def test_a_newer_file_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite3"
    database, _ = await opened(path)
    await database.execute("PRAGMA user_version = 9999")
    await database.close()
    before = path.read_bytes()

    with pytest.raises(DatabaseError, match="newer Lantern"):
        await Database(path).open()

    assert path.read_bytes() == before


async def test_a_sqlite_that_is_too_old_is_said_at_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 37, 2))

    with pytest.raises(DatabaseError, match=r"Lantern needs 3\.38 or newer"):
        await Database(tmp_path / "log.sqlite3").open()

    assert list(tmp_path.iterdir()) == []


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))


async def test_a_lost_answer_is_not_recorded(world: World) -> None:
    world.env.inject_error("POST", "/interactions/*/callback", status=404, code=10062)
    await world.maya.slash(world.general, "twinflame runner")
    assert world.env.errors

    assert await world.rows() == []


async def test_answers_go_on_while_the_database_is_locked_and_the_rows_follow(world: World) -> None:
    await world.bot.database.flush()
    locked = sqlite3.connect(world.bot.settings.database, isolation_level=None)
    locked.execute("BEGIN EXCLUSIVE")
    await writer(world.bot.database).execute_fetchall("PRAGMA busy_timeout = 0")
    for key in ("runner", "chaser", "hope"):
        assert answer(await world.maya.slash(world.general, f"twinflame {key}")).ephemeral
    # What the bot notes of its guilds may wait there too.
    assert world.bot.database.waiting >= 3
    locked.execute("ROLLBACK")
    locked.close()

    await world.env.advance_time(5)

    assert [row["topic"] for row in await world.rows()] == ["runner", "chaser", "hope"]
    assert world.bot.database.waiting == 0
