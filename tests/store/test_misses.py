"""Misses, corrections, and what helped."""

from __future__ import annotations

import sqlite3

import pytest

from lantern.store.addresses import is_address
from lantern.store.database import Database
from lantern.store.masking import masked
from lantern.store.misses import Misses, new_id
from tests.support.rows import IN_A_FILE, NOON, found, writer


@pytest.fixture
def misses(database: Database) -> Misses:
    return Misses(database)


async def test_of_a_miss_the_day_is_kept_and_its_asker_can_delete_it(database: Database, misses: Misses) -> None:
    near = [("twinflame", "hope", 0.123456), ("twinflame", "runner", 0.1)]
    misses.keep(5, masked("Why me?"), day=20260101, guild_id=1, nearest=near, came_from="ask")
    misses.keep(6, masked("Nothing near"), day=20260102, guild_id=None, nearest=[], came_from="not_it")
    await database.flush()
    assert await found(database, "SELECT * FROM misses ORDER BY id") == [
        (5, 20260101, 1, "why me?", '[["twinflame","hope",0.1235],["twinflame","runner",0.1]]', 0.1235, "ask"),
        (6, 20260102, None, "nothing near", "[]", 0.0, "not_it"),
    ]

    assert await misses.forget(5)

    assert await found(database, "SELECT id FROM misses") == [(6,)]


@IN_A_FILE
async def test_a_miss_that_cannot_be_deleted_now_is_deleted_later(database: Database, misses: Misses) -> None:
    misses.keep(5, masked("Why me?"), day=20260101, guild_id=1, nearest=[], came_from="ask")
    await database.flush()
    await writer(database).execute_fetchall("PRAGMA query_only = ON")
    assert not await misses.forget(5)

    await writer(database).execute_fetchall("PRAGMA query_only = OFF")
    await database.flush()

    assert await found(database, "SELECT id FROM misses") == []


async def test_a_correction_is_one_row_and_keeps_what_was_wanted(database: Database, misses: Misses) -> None:
    shown = ("twinflame", "runner")
    misses.correct(day=20260101, ask_id=9, guild_id=1, shown=shown)
    misses.correct(day=20260102, ask_id=9, guild_id=1, shown=shown, wanted=("twinflame", "hope"))
    misses.correct(day=20260103, ask_id=9, guild_id=1, shown=shown)
    misses.correct(day=20260104, ask_id=10, guild_id=1, shown=shown, came_from="thread")
    await database.flush()

    assert await found(database, "SELECT day, topic, wanted_topic, came_from FROM corrections ORDER BY day") == [
        (20260101, "runner", "hope", "ask"),
        (20260104, "runner", None, "thread"),
    ]


async def test_words_and_corrections_stand_in_no_order(database: Database, misses: Misses) -> None:
    said = [f"words {number:02}" for number in range(16)]
    for number, words in enumerate(said):
        misses.keep(new_id(), masked(words), day=20261122, guild_id=1, nearest=[("a", "b", 0.5)], came_from="not_it")
        misses.correct(day=20261122, ask_id=number, guild_id=1, shown=("twinflame", words))
        await database.flush()
    before = await found(database, "SELECT * FROM misses ORDER BY id")

    await misses.mix(NOON)

    assert await found(database, "SELECT * FROM misses ORDER BY id") == before
    for table, column in (("misses", "words"), ("corrections", "topic")):
        rows = [each for (each,) in await found(database, f"SELECT {column} FROM {table}")]  # noqa: S608
        assert sorted(rows) != rows != sorted(rows, reverse=True)
        assert len(rows) == 16
        if is_address(database.where):
            assert len(await found(database, f"SELECT DISTINCT CAST(xmin AS TEXT) FROM {table}")) == 1  # noqa: S608


async def test_rows_that_are_older_are_not_mixed_again(database: Database, misses: Misses) -> None:
    misses.keep(1, masked("old"), day=20261101, guild_id=1, nearest=[], came_from="ask")
    await misses.mix(NOON)
    assert await found(database, "SELECT id FROM misses") == [(1,)]


async def test_an_answer_helps_one_member_once(database: Database, misses: Misses) -> None:
    for member_key in (1, 2, 1):
        misses.helpful(at=5, guild_id=None, article="twinflame", topic="hope", member_key=member_key)
    await database.flush()

    assert await found(database, "SELECT member_key FROM helpful ORDER BY 1") == [(1,), (2,)]


def test_ids_cannot_be_guessed_and_fit_the_column() -> None:
    ids = {new_id() for _ in range(100)}
    assert len(ids) == 100
    with sqlite3.connect(":memory:") as connection:
        assert all(connection.execute("SELECT ? > 0", (each,)).fetchone()[0] for each in ids)
