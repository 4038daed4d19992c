"""Rows for tests: made by the dozen, counted from outside the bot, and files of them spoilt."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiosqlite
import pytest

from lantern.store.database import Change, Database
from lantern.store.guilds import Guilds
from lantern.store.member_keys import MemberKeys
from lantern.store.questions import Question, Questions, add_questions
from lantern.store.rows import TableRow
from lantern.store.sqlite_file import SQLiteFile
from lantern.store.times import as_number
from lantern.store.weekly_totals import WeeklyTotals, last_sunday

if TYPE_CHECKING:
    from tests.support.world import World

IN_A_FILE = pytest.mark.parametrize("where", ["sqlite"], indirect=True)
"""For a test of what SQLite alone has."""
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

NUMBERED = ("questions", "corrections", "helpful")
"""Tables that number their rows themselves."""
EMPTY = {"BLOB": b"x", "BYTEA": b"x", "JSON": "[]"}
"""What fills columns of these types; others take a number."""
OF_A_FILE = """
    SELECT tables.name AS "table", columns.name AS "column", columns.type, columns."notnull", columns.pk > 0 AS key
      FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
     WHERE tables.type = 'table'
"""
OF_A_SERVER = """
    SELECT table_name AS "table", column_name AS "column", data_type AS type, is_nullable = 'NO' AS "notnull",
           EXISTS (
               SELECT 1
                 FROM pg_index
                WHERE indrelid = CAST(table_name AS regclass) AND indisprimary AND ordinal_position = ANY(indkey)
           ) AS key
      FROM information_schema.columns
     WHERE table_schema = current_schema() AND table_name <> 'lantern_version'
  ORDER BY table_name, ordinal_position
"""


async def columns(world: World) -> list[dict[str, Any]]:
    """Every column of every table: table, column, type, notnull, key."""
    return await world.rows(OF_A_SERVER if world.services.settings.on_a_server else OF_A_FILE)


@asynccontextmanager
async def opened(where: Path | str) -> AsyncIterator[Database]:
    """A database by itself, in a file or on a server."""
    database = Database(where)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def found(database: Database, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """The rows of a query, as plain tuples."""
    return [tuple(row) for row in await database.fetch(query, parameters)]


async def key_of(database: Database, user_id: int = 42, *, file: Path | None = None) -> int:
    """A member's key, made with the key file ``file``, by default the one beside the database."""
    keys = MemberKeys(database, file or file_of(database).with_suffix(".key"))
    await keys.open()
    return keys.of(user_id)


def question(number: int = 1, **changes: Any) -> Question:
    """A question as a slash command leaves it; ``number`` tells it from others."""
    values: dict[str, Any] = {
        "asked_at": 1_767_225_600_000 + number,
        "day": 20260101,
        "interaction_id": number,
        "guild_id": 1,
        "channel_id": 2,
        "message_id": number,
        "article": "twinflame",
        "topic": "runner",
        "source": "slash",
        "by_moderator": False,
        "locale": "en-US",
        "member_key": 7,
    }
    return Question(**{**values, **changes})


async def ask(database: Database, start: int, number: int) -> None:
    """Record so many questions, numbered from ``start``, as the bot does, and write them."""
    questions = Questions(database, MemberKeys(database))
    for each in range(start, start + number):
        questions.record(question(each))
    await database.flush()


async def put_week(database: Database, *guilds: int) -> None:
    """Something was asked last week in each of these guilds, so that there are figures."""
    now = datetime.now(UTC)
    day = as_number(last_sunday(now.date()))
    asked = "INSERT INTO daily_topics VALUES (:guild, :day, 'twinflame', 'runner', 'slash', 1, 0, 0)"
    for guild in guilds:
        await database.execute(asked, {"guild": guild, "day": day})
    await WeeklyTotals(database, Guilds(database)).decide_due(now)


async def fill(world: World, table: str, *, number: int = 1, **values: Any) -> None:
    """One row in a table, whatever its columns are; ``number`` keeps it apart from others."""
    row: dict[str, Any] = {}
    for column in await columns(world):
        name, kind = column["column"], column["type"].upper()
        if column["table"] != table or (name == "id" and table in NUMBERED):
            continue
        if name == "public":
            row[name] = 0
        elif name in values:
            row[name] = values[name]
        elif column["notnull"] or name == "id":
            row[name] = EMPTY.get(kind, number) if kind != "TEXT" else f"x{number}"
    names = ", ".join(row)
    places = ", ".join(f":{name}" for name in row)
    await world.services.database.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", row)  # noqa: S608


# ---------------------------------------------------------------------- files, seen from outside


def fill_every_table(path: Path, *, rows: int) -> None:
    """Put so many rows into every table of a file, with all that a value can be; every third has NULL where it may."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        tables: dict[str, list[sqlite3.Row]] = {}
        for column in connection.execute(OF_A_FILE).fetchall():
            tables.setdefault(column["table"], []).append(column)
        for table, columns in tables.items():
            names = ", ".join(column["column"] for column in columns)
            places = ", ".join("?" for _ in columns)
            for number in range(1, rows + 1):
                values = [_value(column, number) for column in columns]
                connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", values)  # noqa: S608
        connection.commit()


def _value(column: sqlite3.Row, number: int) -> Any:
    name, kind = column["column"], column["type"]
    if number % 3 == 0 and not column["notnull"] and not column["key"]:
        return None
    if name == "nearest":
        return '[["twinflame","runner",0.1]]'
    if name in ("public", "by_moderator", "automatic", "notify", "whole", "removed"):
        return number % 2
    if kind == "INTEGER":
        small = name in ("id", "day", "week", "asks", "by_moderators", "shares")
        return number if small else (-1) ** number * (2**63 - number)
    return {"REAL": 0.1 * number, "TEXT": f"{number} – ü 🌕 \\ \t", "BLOB": bytes([0, 255, number])}[kind]


def count(path: Path) -> int:
    """Questions in a file."""
    with closing(sqlite3.connect(path)) as connection:
        number: int = connection.execute("SELECT count(*) FROM questions").fetchone()[0]
        return number


def is_sound(path: Path) -> bool:
    """Whether SQLite finds nothing wrong in a file."""
    with closing(sqlite3.connect(path)) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))


def everything(path: Path) -> list[str]:
    """All that a file holds, as statements, and its version."""
    with closing(sqlite3.connect(path)) as connection:
        return [*connection.iterdump(), str(connection.execute("PRAGMA user_version").fetchone()[0])]


@contextmanager
def locked_file(path: Path) -> Iterator[None]:
    """Another program has a file locked for writing inside the block."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def read_by_another(path: Path) -> Iterator[None]:
    """Another program reads the file: what it saw first is kept for it, so that the -wal cannot be emptied."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM questions").fetchone()
        yield


def scribble(path: Path, *, spare: int = 4096) -> None:
    """Overwrite a file after its first page, as a failing disk does."""
    with path.open("r+b") as file:
        file.seek(0, os.SEEK_END)
        length = file.tell()
        file.seek(spare)
        file.write(os.urandom(max(length - spare, 100)))


def scribble_over(path: Path, table: str) -> None:
    """Overwrite the page where a table begins."""
    with closing(sqlite3.connect(path)) as connection:
        page_size = connection.execute("PRAGMA page_size").fetchone()[0]
        roots = dict(connection.execute("SELECT name, rootpage FROM sqlite_schema WHERE type = 'table'"))
    with path.open("r+b") as file:
        file.seek((roots[table] - 1) * page_size)
        file.write(os.urandom(page_size))


def file_of(database: Database) -> Path:
    """The file of a database that is one."""
    assert isinstance(database.where, Path)
    return database.where


def writer(database: Database) -> aiosqlite.Connection:
    """The connection that writes. Faults of SQLite are set on it by PRAGMA, for which there is no public way."""
    assert isinstance(database._engine, SQLiteFile)
    assert database._engine._writer is not None
    return database._engine._writer


def reader(database: Database) -> aiosqlite.Connection:
    """The connection that reads; see :func:`writer`."""
    assert isinstance(database._engine, SQLiteFile)
    assert database._engine._reader is not None
    return database._engine._reader


def rows_keep_coming(database: Database, monkeypatch: pytest.MonkeyPatch, *, until: Callable[[], object]) -> None:
    """As on a busy day with a slow disk: while rows are written, one more question comes, until that is true."""
    make = database._make

    async def write_and_ask(change: Change, rows: Sequence[TableRow]) -> None:
        await make(change, rows)
        if not until():
            database.write(add_questions, question(1_000, member_key=None))

    monkeypatch.setattr(database, "_make", write_and_ask)
