"""The SQLite file: opening it safely, changing its shape, and writing without anyone waiting.

Answers come first: :meth:`Database.write` only puts a row into memory and returns. The first caller starts a flush that
also takes whatever queued meanwhile, one statement and one transaction for many rows, and rows that cannot be written
(the file is locked, full or gone) wait for :meth:`Database.flush` to be called again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sqlite3
from collections import deque
from collections.abc import Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import aiosqlite
import orjson

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).with_name("migrations")
MIGRATION_NAME = re.compile(r"(\d{4})_\w+\.sql")
WAITING_LIMIT = 20_000
"""Rows kept in memory while the file cannot be written; about 10 MB, hours of a busy community."""
BATCH_LIMIT = 500
"""Rows a transaction takes at most, so that the file is never held long."""
BUSY_SECONDS = 1.0
"""How long SQLite itself waits for another process's lock before the rows go back to waiting."""


class DatabaseError(Exception):
    """The file cannot be used; the text says why and what to do."""


def migrations(folder: Path = MIGRATIONS) -> list[tuple[int, Path]]:
    """The numbered SQL files in order. Numbers start at 1 and have no gap, which a test holds."""
    found = [(int(match[1]), path) for path in folder.iterdir() if (match := MIGRATION_NAME.fullmatch(path.name))]
    return sorted(found)


def _version(path: Path) -> int:
    """``PRAGMA user_version`` of a file, read without touching it."""
    with sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True) as connection:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.close()
    return version


class Database:
    """One SQLite file, written by one connection and read by another, so that a long figure never delays a row.

    Parameters
    ----------
    path:
        The file. It and its folder are made when missing, readable by their owner alone (mode 0600).
    migrations_folder:
        Numbered SQL files; ``PRAGMA user_version`` of the file says which of them it has had.
    """

    def __init__(self, path: Path, *, migrations_folder: Path = MIGRATIONS) -> None:
        self.path = path
        self._migrations_folder = migrations_folder
        self._writer: aiosqlite.Connection | None = None
        self._reader: aiosqlite.Connection | None = None
        self._rows: deque[tuple[str, Sequence[Any]]] = deque()
        self._flushing: asyncio.Task[None] | None = None
        self._refused = 0
        self.failure: str | None = None
        """Why rows are waiting, in SQLite's words; None while all is well."""

    @property
    def waiting(self) -> int:
        """How many rows are in memory and not yet on disk."""
        return len(self._rows)

    async def open(self) -> None:
        """Open the file and bring it up to date.

        Raises
        ------
        DatabaseError
            The file was written by a newer Lantern (it is left untouched), is not a database, or cannot be opened.
        """
        try:
            self._make_private_file()
            known = migrations(self._migrations_folder)
            newest = known[-1][0]
            if (version := await asyncio.to_thread(_version, self.path)) > newest:
                raise DatabaseError(
                    f"{self.path} was written by a newer Lantern (version {version} of the file; this program knows "
                    f"{newest}). It was left untouched: run the newer program, or restore an older backup."
                )
            self._writer = await self._connect()
            for number, script in known:
                if number > version:
                    await self._migrate(number, script)
            self._reader = await self._connect()
            await self._reader.execute_fetchall("PRAGMA query_only = ON")
        except (sqlite3.Error, OSError) as error:
            await self._disconnect()
            raise DatabaseError(
                f"{self.path} cannot be used ({error}). Check LANTERN_DATABASE, the rights on its folder and the free "
                f"disk space; if the file itself is damaged, restore a backup."
            ) from error
        except DatabaseError:
            await self._disconnect()
            raise

    def _make_private_file(self) -> None:
        # SQLite gives the -wal and -shm files the rights of the main file, so setting those once is enough.
        self.path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))

    async def _connect(self) -> aiosqlite.Connection:
        # Autocommit: one statement is one transaction, so a flush is a single trip to the database's thread.
        connection = await aiosqlite.connect(self.path, isolation_level=None, timeout=BUSY_SECONDS)
        # In WAL mode NORMAL can lose the last commits in a power cut, never the file; a kill loses nothing.
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            await connection.execute_fetchall(f"PRAGMA {pragma}")
        return connection

    async def _migrate(self, number: int, script: Path) -> None:
        assert self._writer is not None
        statements = await asyncio.to_thread(script.read_text, encoding="utf-8")
        try:
            await self._writer.executescript(
                f"BEGIN IMMEDIATE;\n{statements}\nPRAGMA user_version = {number};\nCOMMIT;"
            )
        except sqlite3.Error as error:
            if self._writer.in_transaction:
                await self._writer.rollback()
            raise DatabaseError(
                f"{self.path} could not be brought up to date: {script.name} failed ({error}). Nothing was changed."
            ) from error
        log.info("database is at version %d (%s)", number, script.name)

    async def close(self, *, timeout: float = 3.0) -> None:  # noqa: ASYNC109 - the caller's patience, not a cancellation
        """Write what waits, for at most ``timeout`` seconds, and close the file. Closing twice does nothing."""
        if self._writer is not None:
            try:
                await asyncio.wait_for(self.flush(), timeout)
            except TimeoutError:
                log.error("the database did not answer in %.0f s", timeout)
            if self._rows:
                log.error("%d rows could not be written before closing (%s)", len(self._rows), self.failure)
        await self._disconnect()

    async def _disconnect(self) -> None:
        writer, self._writer = self._writer, None
        reader, self._reader = self._reader, None
        for connection in (reader, writer):
            if connection is not None:
                await connection.close()

    # ------------------------------------------------------------------ writing

    def write(self, statement: str, row: Sequence[Any]) -> None:
        """Queue one row for ``statement`` and return at once; never raises, whatever the file's state.

        Parameters
        ----------
        statement:
            Takes a single parameter ``?``: a JSON array of rows, each an array, to be read with ``json_each``. Rows
            queued one after another for the same statement are written by one execution, one transaction.
        row:
            Values that JSON can carry: text, integers of 64 bits, None.
        """
        if len(self._rows) >= WAITING_LIMIT:
            if not self._refused:
                log.error("%d rows wait for the database (%s); further ones are not kept", WAITING_LIMIT, self.failure)
            self._refused += 1
            return
        self._rows.append((statement, row))
        if self.failure is None and self._writer is not None and (self._flushing is None or self._flushing.done()):
            self._flushing = asyncio.create_task(self._flush())

    async def flush(self) -> None:
        """Write what waits now. Returns when it is on disk or could not be written (see :attr:`failure`)."""
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        # Shielded: a caller who gives up must not stop rows that others wait for.
        await asyncio.shield(self._flushing)

    async def _flush(self) -> None:
        while self._rows and self._writer is not None:
            statement, rows = self._next_batch()
            try:
                await self._writer.execute(statement, (orjson.dumps(rows).decode(),))
            except (sqlite3.IntegrityError, sqlite3.DataError, TypeError) as error:
                await self._one_by_one(statement, rows, error)
            except (sqlite3.Error, ValueError) as error:
                if self.failure is None:
                    log.warning("the database cannot be written (%s); answers go on and rows wait", error)
                self.failure = str(error)
                return
            for _ in rows:
                self._rows.popleft()
        if self._writer is not None and self.failure is not None:
            log.info("the database can be written again; %d rows were not kept meanwhile", self._refused)
            self.failure, self._refused = None, 0

    def _next_batch(self) -> tuple[str, list[Sequence[Any]]]:
        statement, run = next(iter(groupby(self._rows, key=lambda queued: queued[0])))
        return statement, [row for _, row in islice(run, BATCH_LIMIT)]

    async def _one_by_one(self, statement: str, rows: list[Sequence[Any]], error: Exception) -> None:
        """One row that the schema refuses must not keep all others from the disk."""
        assert self._writer is not None
        log.error("a row was refused by the database's own rules (%s)", error)
        for row in rows:
            try:
                await self._writer.execute(statement, (orjson.dumps([row]).decode(),))
            except (sqlite3.Error, TypeError) as refused:
                log.error("one row was not kept (%s)", refused)

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> int:
        """Run one writing statement now, after what already waits, and return how many rows it changed.

        For what a person waits for: a setting saved, an opt-out. Raises :class:`sqlite3.Error` when it was not done.
        """
        if self._writer is None:
            raise sqlite3.OperationalError("the database is not open")
        await self.flush()
        async with self._writer.execute(statement, parameters) as cursor:
            return cursor.rowcount

    # ------------------------------------------------------------------ reading

    async def fetch(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query, read beside the writer. Raises :class:`sqlite3.Error` when the file cannot be read."""
        if self._reader is None:
            raise sqlite3.OperationalError("the database is not open")
        return [tuple(row) for row in await self._reader.execute_fetchall(query, parameters)]
