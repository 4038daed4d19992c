"""Moving house: everything that one database has is copied into another, and compared before it counts.

All of it is one transaction of the new database, so that a move which is interrupted leaves nothing there, and is begun
again by the same command. A table's rows go over in the order of its key, some thousand at a time: a million questions
take no more memory than ten.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from lantern.store import backups
from lantern.store.addresses import is_address, shown
from lantern.store.database import Database, DatabaseError, Transaction
from lantern.store.engine import Table
from lantern.store.rows import select

BATCH_ROWS = 5_000
"""Rows that are in memory at once."""

KEY_WITHIN = "SELECT 1 FROM secrets WHERE name = 'member_key'"

OF_ONE_KIND = frozenset({"lantern_version"})
"""Tables that one kind of database has for itself; SQLite keeps its version elsewhere."""


class Moved(NamedTuple):
    """A table that was copied, and how many rows it has."""

    table: str
    rows: int


class MoveError(Exception):
    """Nothing was moved. The text says why."""


Progress = Callable[[str, int], object]
"""Is told a table and how many of its rows are copied."""


class Digest:
    """Counts rows, and makes a short value of all that is in them: 256 bits, by which two tables are compared."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = hashlib.blake2b(digest_size=32)

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Take in more rows."""
        self.rows += len(rows)
        for row in rows:
            self._hash.update(orjson.dumps(row, default=bytes.hex, option=orjson.OPT_APPEND_NEWLINE))

    @property
    def value(self) -> bytes:
        """The value for the rows so far."""
        return self._hash.digest()


async def move(source: Path | str, target: Path | str, progress: Progress = lambda table, rows: None) -> list[Moved]:
    """Copy everything from ``source`` to ``target``, compare it, and return what was copied.

    One is a file and the other an address, see `lantern.store.addresses`. Raises :class:`MoveError` or
    :class:`lantern.store.engine.DatabaseError`; then nothing of it is in the target.
    """
    if is_address(source) == is_address(target):
        raise MoveError(
            "One of the two has to be a file and the other an address: `python bot.py backup` and `restore` copy a "
            "database to another of its kind."
        )
    _check_file(source, wanted=True)
    _check_file(target, wanted=False)
    async with _opened(source) as old, _opened(target) as new:
        tables = await _tables(old, new)
        if not any([await _has_rows(old.fetch, name) for name in tables]):
            raise MoveError(f"{shown(source)} is empty: there is nothing to move.")
        if await old.fetch(KEY_WITHIN, {}):
            raise MoveError(
                f"The key of members' codes still stands in {shown(source)}. Start this version of the bot there once "
                f"and stop it: then the key is in a file of its own, and nothing of it in the new database."
            )
        moved = []
        name = next(iter(tables))
        try:
            async with new.transaction() as transaction:
                for name in tables:
                    if await _has_rows(transaction.fetch, name):
                        raise MoveError(
                            f"{shown(target)} is not empty: `{name}` has rows. Nothing was changed; name a database "
                            f"that nothing is in."
                        )
                for name, table in tables.items():
                    moved.append(Moved(name, await _copy(old, transaction, name, table, progress)))
        except DatabaseError as error:
            if len(moved) == len(tables):
                raise MoveError(
                    f"Whether everything is in {shown(target)} is not known ({error}). Move again: if it is, that is "
                    f"refused, because the database is not empty."
                ) from error
            raise MoveError(
                f"`{name}` could not be copied ({error}). Nothing was changed in {shown(target)}."
            ) from error
        return moved


async def _copy(old: Database, new: Transaction, name: str, table: Table, progress: Progress) -> int:
    """Copy one table, read it again where it is now, and return how many rows it has."""
    copied, found = Digest(), Digest()
    progress(name, 0)
    async for rows in _rows(old.fetch, name, table):
        copied.add(rows)
        await new.copy_in(name, table.columns, rows)
        progress(name, copied.rows)
    async for rows in _rows(new.fetch, name, table):
        found.add(rows)
    if copied.value != found.value:
        raise DatabaseError(f"it is not the same on both sides: {copied.rows:,} rows and {found.rows:,}")
    return copied.rows


def _check_file(where: Path | str, *, wanted: bool) -> None:
    """A file is read whole first: the store would put a backup in a damaged one's place, and begin a missing one."""
    if is_address(where):
        return
    path = Path(where)
    if path.is_file() and path.stat().st_size:
        try:
            backups.check_sound(path)
        except backups.BackupError as error:
            raise MoveError(str(error)) from error
    elif wanted:
        raise MoveError(f"There is no database at {path}.")


@asynccontextmanager
async def _opened(where: Path | str) -> AsyncIterator[Database]:
    database = Database(where)
    await database.open(exclusive=True)
    try:
        yield database
    finally:
        await database.close()


async def _tables(old: Database, new: Database) -> dict[str, Table]:
    """The tables to copy, which both sides have; both were brought up to date when they were opened."""
    here, there = await old.tables(), await new.tables()
    for name in OF_ONE_KIND:
        here.pop(name, None)
        there.pop(name, None)
    sides = [{(name, each.key, frozenset(each.columns)) for name, each in side.items()} for side in (here, there)]
    if differing := sorted({name for name, _, _ in sides[0] ^ sides[1]}):
        raise MoveError(f"The two do not have the same tables: {', '.join(differing)}. Nothing was changed.")
    return here


Fetch = Callable[[str, dict[str, Any]], Awaitable[list[Any]]]


async def _has_rows(fetch: Fetch, table: str) -> bool:
    return bool(await fetch(select(table, ("1",), "LIMIT 1"), {}))


async def _rows(fetch: Fetch, name: str, table: Table) -> AsyncIterator[list[tuple[Any, ...]]]:
    """All rows, in the order of the key, each batch beginning where the one before ended."""
    key = ", ".join(table.key)
    after = ", ".join(f":{column}" for column in table.key)
    first = select(name, table.columns, f"ORDER BY {key} LIMIT :many")
    following = select(name, table.columns, f"WHERE ({key}) > ({after}) ORDER BY {key} LIMIT :many")
    at = [table.columns.index(column) for column in table.key]
    found = await fetch(first, {"many": BATCH_ROWS})
    while found:
        rows = [tuple(row) for row in found]
        yield rows
        if len(rows) < BATCH_ROWS:
            return
        last = {column: rows[-1][place] for column, place in zip(table.key, at, strict=True)}
        found = await fetch(following, {"many": BATCH_ROWS, **last})
