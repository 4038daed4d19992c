"""Rows that tests write, and database files as somebody else sees, counts and damages them."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import aiosqlite

from lantern.store.database import Database
from lantern.store.questions import Question, QuestionLog

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def question(number: int, *, member_key: int = 7) -> Question:
    return Question(
        asked_at=1_767_225_600_000 + number,
        day=20260101,
        interaction_id=number,
        guild_id=1,
        channel_id=2,
        message_id=number,
        article="twinflame",
        topic="runner",
        source="slash",
        by_moderator=False,
        locale="en-US",
        member_key=member_key,
    )


def count(path: Path) -> int:
    """Rows in a file, seen by somebody else."""
    with closing(sqlite3.connect(path)) as connection:
        number: int = connection.execute("SELECT count(*) FROM questions").fetchone()[0]
        return number


def is_sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))


async def ask(questions: QuestionLog, start: int, number: int) -> None:
    for each in range(start, start + number):
        questions.record(question(each))
    await questions.database.flush()


def everything(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [*connection.iterdump(), str(connection.execute("PRAGMA user_version").fetchone()[0])]


def scribble(path: Path, *, spare: int = 4096) -> None:
    """Overwrite a file after its first page, as a failing disk does."""
    with path.open("r+b") as file:
        file.seek(0, os.SEEK_END)
        length = file.tell()
        file.seek(spare)
        file.write(os.urandom(max(length - spare, 100)))


def writer(database: Database) -> aiosqlite.Connection:
    """The connection that writes. Faults of SQLite are set on it by PRAGMA, for which there is no public way."""
    assert database._writer is not None
    return database._writer


def reader(database: Database) -> aiosqlite.Connection:
    """The connection that reads; see :func:`writer`."""
    assert database._reader is not None
    return database._reader
