"""Rows that waited when the bot stopped: in a file meanwhile, and in the database after the next start."""

from __future__ import annotations

import ast
import errno
import importlib
import json
import os
import shutil
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

import pytest

from lantern import PROJECT
from lantern.store.database import Database
from lantern.store.links import Link, Links
from lantern.store.masking import Masked
from lantern.store.member_keys import MemberKeys
from lantern.store.members import FORGOTTEN_DAYS, Members
from lantern.store.misses import Misses, new_id
from lantern.store.questions import Questions
from lantern.store.times import milliseconds
from lantern.store.waiting_rows import CHANGES, RESERVED_BYTES, WaitingRows
from tests.support.reliability import tried
from tests.support.rows import NOON, found, opened, question

MEMBER = 7


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "lantern.waiting.jsonl"


@pytest.fixture
def stopping(where: Path | str) -> Database:
    """The database of a process that never reached it; its rows wait."""
    return Database(where)


def ask(database: Database, *numbers: int) -> None:
    for number in numbers:
        Questions(database, MemberKeys(database)).record(question(number, member_key=MEMBER))


async def asked(database: Database) -> list[tuple[int, int | None]]:
    rows = await found(database, "SELECT interaction_id, member_key FROM questions ORDER BY interaction_id")
    return [(number, key) for number, key in rows]


async def test_rows_of_every_kind_are_written_at_the_next_start(
    database: Database, stopping: Database, path: Path
) -> None:
    ask(stopping, 1, 2)
    questions, links, misses = Questions(stopping, MemberKeys(stopping)), Links(stopping), Misses(stopping)
    questions.mark_shared(1, public_message_id=10, at=5)
    questions.take_back(2)
    links.record(Link(3, 5, 1, 2, 4, "twinflame", "runner", MEMBER, False, True, False))
    links.made_whole(4, at=6)
    misses.keep(8, Masked("why so"), day=20261122, guild_id=1, nearest=[("twinflame", "hope", 0.5)], came_from="ask")
    misses.helpful(at=5, guild_id=1, article="twinflame", topic="hope", member_key=MEMBER)
    WaitingRows(stopping, path).keep()
    assert stopping.waiting == 0
    assert path.stat().st_mode & 0o777 == 0o600

    await WaitingRows(database, path).bring_back(NOON)

    assert await asked(database) == [(1, MEMBER)]
    assert await found(database, "SELECT sum(asks), sum(shares) FROM daily_topics") == [(1, 1)]
    assert await found(database, "SELECT id, member_key, whole FROM links") == [(3, MEMBER, 1)]
    assert await found(database, "SELECT words, score FROM misses") == [("why so", 0.5)]
    assert await found(database, "SELECT topic FROM helpful") == [("hope",)]
    assert not path.exists()
    await WaitingRows(database, path).bring_back(NOON)


async def test_words_do_not_stand_beside_the_question_in_the_file(stopping: Database, path: Path) -> None:
    misses = Misses(stopping)
    for number in range(1, 17):
        ask(stopping, number)
        misses.keep(new_id(), Masked(f"w{number:02}"), day=20261122, guild_id=1, nearest=[], came_from="not_it")
        misses.correct(day=20261122, ask_id=number, guild_id=1, shown=("twinflame", f"t{number:02}"))
    WaitingRows(stopping, path).keep()

    rows = [json.loads(line) for line in path.read_bytes().splitlines()]

    assert [name for name, _ in rows[:16]] == ["question asked"] * 16
    for column in ("words", "topic"):
        said = [row[column] for name, row in rows[16:] if row.get(column)]
        assert sorted(said) != said != sorted(said, reverse=True)
        assert len(said) == 16


async def test_words_that_were_taken_back_do_not_come_to_the_disk(
    database: Database, stopping: Database, path: Path
) -> None:
    misses = Misses(stopping)
    for miss in (7, 8):
        misses.keep(miss, Masked("why so"), day=20261122, guild_id=1, nearest=[], came_from="ask")
    # The database took the first, and the process did not hear it.
    Misses(database).keep(7, Masked("why so"), day=20261122, guild_id=1, nearest=[], came_from="ask")
    assert not await misses.forget(7)
    assert not await misses.forget(8)
    WaitingRows(stopping, path).keep()
    assert b"why" not in path.read_bytes()

    await WaitingRows(database, path).bring_back(NOON)

    assert await found(database, "SELECT * FROM misses") == []


AT = milliseconds(NOON)


async def test_words_of_an_older_version_are_written_with_the_day(database: Database, path: Path) -> None:
    older: list[tuple[str, dict[str, Any]]] = [
        ("words found no answer", {"id": 5, "asked_at": AT, "words": "why", "nearest": [], "score": 0.0}),
        ("answer was wrong", {"corrected_at": AT, "ask_id": 9, "article": "twinflame", "topic": "hope"}),
    ]
    path.parent.mkdir()
    path.write_bytes(b"".join(json.dumps([name, {**row, "came_from": "ask"}]).encode() + b"\n" for name, row in older))

    await WaitingRows(database, path).bring_back(NOON)

    assert await found(database, "SELECT id, day FROM misses") == [(5, 20261122)]
    ((id_of_it, day),) = await found(database, "SELECT id, day FROM corrections")
    assert (id_of_it != 9, day) == (True, 20261122)


async def test_the_file_stays_until_its_rows_are_written(
    database: Database, stopping: Database, where: Path | str, path: Path
) -> None:
    ask(stopping, 1)
    WaitingRows(stopping, path).keep()
    WaitingRows(stopping, path).keep()
    again = Database(where)
    await WaitingRows(again, path).bring_back(NOON)
    assert path.exists(), "that start did not reach the database"
    ask(again, 2)
    WaitingRows(again, path).keep()

    await WaitingRows(database, path).bring_back(NOON)

    assert await asked(database) == [(1, MEMBER), (2, MEMBER)]


@pytest.mark.parametrize("by", ["routine", "stop"])
async def test_what_is_deleted_after_rows_were_written_late_stays_deleted(
    database: Database, stopping: Database, where: Path | str, path: Path, by: str
) -> None:
    Misses(stopping).keep(8, Masked("why so"), day=20260101, guild_id=1, nearest=[], came_from="ask")
    WaitingRows(stopping, path).keep()
    async with opened(where) as again:
        waiting_rows = WaitingRows(again, path)
        with pytest.MonkeyPatch.context() as cannot_be_written:
            cannot_be_written.setattr(again, "flush", AsyncMock())
            await waiting_rows.bring_back(NOON)
        assert path.exists()
        assert await Misses(again).forget(8)
        if by == "routine":
            waiting_rows.let_go()
    if by == "stop":
        waiting_rows.keep()
    assert not path.exists()

    await WaitingRows(database, path).bring_back(NOON)

    assert await found(database, "SELECT words FROM misses") == []


async def test_rows_that_were_written_before_a_kill_are_not_written_twice(
    database: Database, stopping: Database, path: Path
) -> None:
    ask(stopping, 1)
    Links(stopping).record(Link(3, 5, 1, 2, 4, "twinflame", "runner", MEMBER, False, True, False))
    WaitingRows(stopping, path).keep()
    kept = path.read_bytes()
    await WaitingRows(database, path).bring_back(NOON)
    path.write_bytes(kept)

    await WaitingRows(database, path).bring_back(NOON)

    assert await found(database, "SELECT sum(asks) FROM daily_topics") == [(1,)]
    assert await found(database, "SELECT count(*) FROM links") == [(1,)]


@pytest.mark.parametrize(("days", "key"), [(FORGOTTEN_DAYS - 1, MEMBER), (FORGOTTEN_DAYS + 1, None)])
async def test_what_waited_longer_than_forgetting_is_remembered_is_written_without_members(
    database: Database, stopping: Database, path: Path, days: int, key: int | None
) -> None:
    ask(stopping, 1)
    WaitingRows(stopping, path).keep()
    then = (NOON - timedelta(days=days)).timestamp()
    os.utime(path, (then, then))

    await WaitingRows(database, path).bring_back(NOON)

    assert await asked(database) == [(1, key)]


async def test_a_member_who_was_forgotten_meanwhile_is_not_in_them(
    database: Database, stopping: Database, path: Path
) -> None:
    ask(stopping, 1)
    WaitingRows(stopping, path).keep()
    await Members(database, MemberKeys(database)).forget(MEMBER, question(1).asked_at + 1)

    await WaitingRows(database, path).bring_back(NOON)

    assert await asked(database) == [(1, None)]


async def test_what_cannot_be_understood_keeps_nothing_else_back(
    database: Database, stopping: Database, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ask(stopping, 1)
    stopping.write("INSERT INTO nowhere", {"value": 1})
    stopping.write(CHANGES["question asked"], {"value": object()})
    ask(stopping, 2)
    WaitingRows(stopping, path).keep()
    path.write_bytes(b"no JSON\n" + json.dumps(["of a newer Lantern", {}]).encode() + b"\n" + path.read_bytes())

    await WaitingRows(database, path).bring_back(NOON)

    assert await asked(database) == [(1, MEMBER), (2, MEMBER)]
    assert caplog.text.count("this Lantern does not know what it is") == 3
    assert caplog.text.count("one row was not kept") == 1


async def test_a_folder_that_cannot_be_written_is_said(
    stopping: Database, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ask(stopping, 1, 2)
    path.parent.write_text("in the way")

    waiting_rows = WaitingRows(stopping, path)
    waiting_rows.keep()

    assert waiting_rows.lost == 2
    assert "2 rows are lost: they could not be kept in" in caplog.text


def test_a_full_disk_has_the_room_that_was_reserved(
    stopping: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting_rows = WaitingRows(stopping, path)
    path.parent.mkdir()
    waiting_rows.reserve()
    reserve = path.with_name("lantern.waiting.reserve")
    assert reserve.stat().st_mode & 0o777 == 0o600
    assert reserve.stat().st_blocks * 512 >= RESERVED_BYTES
    sync = os.fsync

    def fails(descriptor: int) -> None:
        if reserve.exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fails)
    ask(stopping, *range(100))
    waiting_rows.keep()

    assert len(path.read_bytes().splitlines()) == 100
    assert waiting_rows.lost == 0
    waiting_rows.reserve()
    assert reserve.exists()
    tried("The machine", "told to stop while the disk is full", saw="the card", lost="nothing: 100 of 100 rows")


def test_a_disk_with_hardly_any_room_keeps_half_of_it(
    stopping: Database, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    waiting_rows = WaitingRows(stopping, path)
    waiting_rows.reserve()
    assert "no room can be reserved" in caplog.text, "there is no such folder"
    path.parent.mkdir()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2**20))
    waiting_rows.reserve()
    assert path.with_name("lantern.waiting.reserve").stat().st_size == 2**19


async def test_a_file_that_cannot_be_read_is_said(
    database: Database, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.mkdir(parents=True)

    await WaitingRows(database, path).bring_back(NOON)

    assert "cannot be read" in caplog.text


def test_every_change_that_is_queued_has_a_name() -> None:
    known = [change for change in CHANGES.values() if not isinstance(change, str)]
    texts = {change for change in CHANGES.values() if isinstance(change, str)}
    queued = 0
    for file in (PROJECT / "lantern" / "store").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="_database"), attr="write")):
                    if isinstance(node.args[0], ast.Name) and file.stem != "waiting_rows":
                        change = getattr(importlib.import_module(f"lantern.store.{file.stem}"), node.args[0].id)
                        assert change in texts or change in known, f"{file.name}, line {node.lineno}"
                        queued += 1
    assert queued >= len(CHANGES)
