"""The database: rows written without making members wait, and read.

:meth:`Database.write` only puts a row into memory and returns. The first row starts a flush, at once or a moment later
(:attr:`Database.gathering`), which writes everything queued until then: many rows in one transaction. Rows that cannot
be written (the file is locked, full or gone) wait for the next :meth:`Database.flush`. :meth:`Database.look_after`
notices what became of the database while the bot runs.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeAlias

from lantern.store.addresses import is_address, shown
from lantern.store.engine import (
    DatabaseError,
    Engine,
    NotLanternsError,
    Parameters,
    RowRefusedError,
    Table,
    Transaction,
)
from lantern.store.rows import TableRow, as_parameter
from lantern.store.sqlite_file import MIGRATIONS, SQLiteFile, migrations, newest_version

__all__ = [
    "Change",
    "Database",
    "DatabaseError",
    "NotLanternsError",
    "RowRefusedError",
    "Transaction",
    "migrations",
    "newest_version",
]

log = logging.getLogger(__name__)

WAITING_ROWS_MAX = 20_000
"""Rows kept in memory while the database cannot be written: about 10 MB, and hours of a busy community."""

CLOSE_SECONDS = 2.2
"""How long writing what waits and closing may take together; a connection that hangs ends with the process."""
LETTING_GO_SECONDS = 0.4
"""What of these is left for the closing."""
SAVING = (
    "the stop takes longer: the database was deleted or replaced a moment ago, and its content is written to the disk "
    "before this process ends"
)

REFUSED = (
    "one row was not kept: the database refuses what stands in it (%s). Nothing can be done here; it is a mistake in "
    "Lantern, so please tell those who make it"
)

Change: TypeAlias = "str | Callable[[Transaction, Sequence[TableRow]], Awaitable[None]]"
"""What is done with rows: a statement made by :mod:`lantern.store.rows`, or a function that runs several."""

WaitingRow: TypeAlias = tuple[Change, TableRow]


class Database:
    """Writes rows and reads them, in a SQLite file or on a PostgreSQL server.

    ``where`` is a path or an address (`lantern.store.addresses`). The rest is for a file alone, see
    :class:`lantern.store.sqlite_file.SQLiteFile`: a backup from ``backup_folder``, by default ``backups`` beside it,
    takes a damaged one's place; ``now`` gives the moment in the names of files set aside. Raises
    :class:`DatabaseError` where the extra that an address needs is not installed.
    """

    def __init__(
        self,
        where: Path | str,
        *,
        migrations_folder: Path = MIGRATIONS,
        backup_folder: Path | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.where = where
        self._engine: Engine
        if is_address(where):
            self._engine = _on_a_server(str(where))
        else:
            path = Path(where)
            folder = backup_folder or path.parent / "backups"
            self._engine = SQLiteFile(path, migrations_folder=migrations_folder, backup_folder=folder, now=now)
        self._rows: deque[WaitingRow] = deque()
        self._queued = 0
        """Rows that were ever queued; the last ones of them wait."""
        self._written_some = asyncio.Event()
        """Set, and another one put in its place, whenever fewer rows wait or a flush ends."""
        self._flushing: asyncio.Task[None] | None = None
        self._flush_due: asyncio.TimerHandle | None = None
        self._refused = 0
        self._to_erase: set[bytes] = set()
        """Traces of what a row that waits deletes."""
        self._closing = False
        self.gathering = 0.0
        """Seconds for which a row may wait for others, to be written in one transaction with them; 0 writes at once.
        Waiting rows are lost if the process is killed (SIGKILL), and only then (`lantern.store.waiting_rows`)."""
        self.failure: str | None = None
        """Why rows cannot be written, in the database's words; None while they can."""

    @property
    def news(self) -> list[str]:
        """Sentences for the owner: the file was set aside, replaced or deleted. `lantern.runtime.upkeep` sends and
        removes them."""
        return self._engine.news

    @property
    def trouble(self) -> str | None:
        """What is wrong with a file's place and what to do about it, a sentence for the owner; None where nothing is.
        Rows are written all the same, unless :attr:`keeps_nothing`."""
        return self._engine.trouble

    @property
    def keeps_nothing(self) -> bool:
        """Whether a bot found no file, but what was its content, so that the operator has to decide which it is.

        Until then it is not known who asked not to be counted, so rows are not even kept in memory.
        """
        return self._engine.trouble is not None and not self._engine.is_open

    @property
    def is_saving(self) -> bool:
        """Whether a file that was deleted or replaced is being saved: it is lost if the process ends before."""
        return self._engine.is_saving

    @property
    def waiting(self) -> int:
        """How many rows are in memory and not yet on disk."""
        return len(self._rows)

    def take_waiting(self) -> list[WaitingRow]:
        """Hand over the rows that could not be written before :meth:`close`."""
        waiting = list(self._rows)
        self._rows.clear()
        return waiting

    async def open(self, *, alone: bool = False, exclusive: bool = False) -> None:
        """Open the database and bring it up to date.

        ``alone`` is for a bot. A file it has to itself until :meth:`close`; a server's database bots share, and it is
        noticed that one runs. ``exclusive`` refuses where any bot runs, and refuses bots until :meth:`close`. Raises
        :class:`DatabaseError` where the database was written by a newer Lantern or another program (it is left
        untouched), is in use, or cannot be opened. For a bot it may stay closed, see :attr:`keeps_nothing`.
        """
        await self._engine.open(alone=alone, exclusive=exclusive)
        self._closing = False
        self.failure = self.trouble if self.keeps_nothing else None

    async def tables(self) -> dict[str, Table]:
        """The tables by their names. Raises :class:`DatabaseError`."""
        found: dict[str, list[Any]] = {}
        for row in await self._engine.fetch(self._engine.tables_query, {}):
            found.setdefault(row["name"], []).append(row)
        return {
            name: Table(
                tuple(row["column_name"] for row in rows),
                tuple(
                    row["column_name"]
                    for row in sorted((row for row in rows if row["key_part"]), key=itemgetter("key_part"))
                ),
            )
            for name, rows in found.items()
        }

    async def close(self, last: Callable[[], Awaitable[None]] | None = None) -> None:
        """Write what waits, do the ``last`` work where there is time for it, and close, within :data:`CLOSE_SECONDS`.

        Closing twice does nothing. Only what :attr:`is_saving` says is finished however long it takes.
        """
        given_up = asyncio.get_running_loop().time() + CLOSE_SECONDS
        self._closing = True
        if self._engine.is_open:
            try:
                async with asyncio.timeout_at(given_up - LETTING_GO_SECONDS):
                    await self.flush()
                    await self._erase_late()
                    if last is not None and self.failure is None:
                        await last()
            except DatabaseError as error:
                log.warning("the last work before the stop was not done (%s); the next start does it", error)
            except TimeoutError:
                log.error("the database does not answer")
            if self._rows:
                why = self.failure or "it does not answer"
                log.error("%d rows could not be written into the database before the stop (%s)", len(self._rows), why)
        closing = asyncio.create_task(self._engine.close())
        await asyncio.wait({closing}, timeout=given_up - asyncio.get_running_loop().time())
        if self.is_saving and not closing.done():
            log.warning("%s", SAVING)
        while self.is_saving and not closing.done():
            await asyncio.wait({closing}, timeout=LETTING_GO_SECONDS)
        if closing.done():
            closing.result()
        closing.cancel()
        await asyncio.wait({closing})

    async def look_after(self) -> bool:
        """Write what waits, and notice what became of the database since it was opened.

        To be called every few seconds. Returns whether it was opened again; then everything that was read from it has
        to be read again. Raises nothing; what happened is in :attr:`news`.
        """
        try:
            opened = await self._engine.look_after()
        except DatabaseError as error:
            if str(error) != self.failure:
                log.error("the database cannot be used (%s); answers go on and rows wait", error)
            self.failure = str(error)
            return False
        if self.keeps_nothing:
            self.failure = self.trouble
        elif self._rows or self.failure is not None:
            await self.flush()
        await self._erase_late()
        return opened

    # ------------------------------------------------------------------ writing

    def write(self, change: Change, row: TableRow) -> None:
        """Queue one row for ``change`` and return at once. Never raises, whatever the state of the database.

        Rows queued one after another for the same change are written in one transaction. A row is a mapping or named
        tuple by its columns' names.
        """
        if self.keeps_nothing:
            return
        if len(self._rows) >= WAITING_ROWS_MAX:
            if not self._refused:
                log.error("%d rows wait for the database (%s); no more are kept", WAITING_ROWS_MAX, self.failure)
            self._refused += 1
            return
        self._rows.append((change, row))
        self._queued += 1
        if self.failure is not None or not self._engine.is_open:
            return
        if not self.gathering:
            self._start_flush()
        elif self._flush_due is None:
            self._flush_due = asyncio.get_running_loop().call_later(self.gathering, self._start_flush)

    def _start_flush(self) -> asyncio.Task[None]:
        if self._flush_due is not None:
            self._flush_due.cancel()
            self._flush_due = None
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        return self._flushing

    async def flush(self) -> None:
        """Write the rows that wait now. Returns when they are on disk or could not be written (see :attr:`failure`).

        Those that are queued meanwhile are not waited for: on a busy day with a slow disk there are always some.
        """
        mine = self._queued
        flushing = self._start_flush()
        # Not awaited itself: a caller who gives up must not cancel the writing of others' rows.
        while not flushing.done():
            await self._written_some.wait()
            if self._queued - len(self._rows) >= mine:
                return
        flushing.result()

    async def _flush(self) -> None:
        try:
            await self._write_rows()
        finally:
            self._tell_those_who_wait()

    def _tell_those_who_wait(self) -> None:
        self._written_some.set()
        self._written_some = asyncio.Event()

    async def _write_rows(self) -> None:
        alone = 0
        while self._rows and self._engine.is_open:
            change, run = next(groupby(self._rows, key=itemgetter(0)))
            rows = [row for _, row in islice(run, 1 if alone else self._engine.batch_rows_max)]
            try:
                await self._make(change, rows)
            except (DatabaseError, TypeError, ValueError) as error:
                if isinstance(error, DatabaseError) and not isinstance(error, RowRefusedError):
                    if self.failure is None and not self._closing:
                        log.warning("the database cannot be written (%s); answers go on and rows wait", error)
                    self.failure = str(error)
                    return
                if not alone:
                    # One of them is refused: write them one by one, so that the others are kept.
                    alone = len(rows)
                    continue
                log.error(REFUSED, error)
            for _ in rows:
                self._rows.popleft()
            alone = max(0, alone - 1)
            self._can_be_written()
            self._tell_those_who_wait()
        if self._engine.is_open:
            self._can_be_written()

    def _can_be_written(self) -> None:
        if self.failure is not None:
            log.info("the database can be written again")
            if self._refused:
                log.error("%d rows were not kept while the database could not be written", self._refused)
            self.failure, self._refused = None, 0

    @asynccontextmanager
    async def transaction(self, *, before_all_rows: bool = False) -> AsyncIterator[Transaction]:
        """Statements that are done together or not at all, after the waiting rows.

        For what a person waits for, such as a setting. ``before_all_rows``: what other processes write at the same time
        is written before it or after it. Raises :class:`DatabaseError` when they were not done.
        """
        await self._after_waiting_rows()
        async with self._engine.transaction(before_all_rows=before_all_rows) as transaction:
            yield transaction

    async def execute(self, statement: str, parameters: Parameters = ()) -> int:
        """Run one writing statement now, as in :meth:`transaction`, and return how many rows it changed."""
        await self._after_waiting_rows()
        return await self._engine.execute(statement, parameters)

    async def change(self, change: Change, rows: Sequence[TableRow]) -> None:
        """Do now what :meth:`write` does later. Raises :class:`DatabaseError` when it was not done."""
        await self._after_waiting_rows()
        await self._make(change, rows)

    async def _after_waiting_rows(self) -> None:
        await self.flush()
        if self._engine.is_open and self.failure is not None:
            # Written later, the waiting rows could bring back what is removed now.
            raise DatabaseError(self.failure)

    async def _make(self, change: Change, rows: Sequence[TableRow]) -> None:
        if isinstance(change, str):
            await self._engine.execute(change, as_parameter(rows))
        else:
            async with self._engine.transaction() as transaction:
                await change(transaction, rows)

    async def erase(self, *traces: bytes) -> bool:
        """Overwrite what was deleted until now in the files, too, and return whether that is done now or, because
        another program reads the file or it cannot be written, later. Rows that wait are written first. ``traces`` are
        bytes by which a copy of it is found. Raises nothing.
        """
        await self.flush()
        if self.failure is not None or not self._engine.is_open:
            self._to_erase.update(traces)
            return False
        return await self._engine.erase(*traces)

    async def _erase_late(self) -> None:
        """What was deleted by a row that had to wait, and is written by now."""
        if self._to_erase and self.failure is None and self._engine.is_open:
            traces, self._to_erase = self._to_erase, set()
            await self._engine.erase(*traces)

    async def refuse(self, why: str) -> None:
        """Keep nothing in this database, see :attr:`keeps_nothing`; ``why`` is a sentence for the owner."""
        await self._engine.refuse(why)
        self.failure = why

    # ------------------------------------------------------------------ reading

    async def fetch(self, query: str, parameters: Parameters = ()) -> list[Any]:
        """All rows of a query, not waiting for what is being written. Raises :class:`DatabaseError`.

        Each is a :class:`lantern.store.engine.Row`.
        """
        return await self._engine.fetch(query, parameters)

    # ------------------------------------------------------------------ other processes

    def listen(self, hear: Callable[[str, int], None]) -> None:
        """Call ``hear`` with what other processes announce, see :meth:`Transaction.announce`; to be set before opening.

        What is announced while there is no connection is not heard: :meth:`look_after` tells to read everything again.
        """
        self._engine.hear = hear

    def lock(self, name: str) -> AbstractAsyncContextManager[bool]:
        """Whether the work of this name is this process's alone while the block runs; waits for nobody.

        Another process may begin as soon as this one, or its connection, is gone: only for what may be done twice. With
        a file, every work is this process's. Raises :class:`DatabaseError`.
        """
        return self._engine.lock(name)


def _on_a_server(address: str) -> Engine:
    # Only who has such an address pays for the library.
    try:
        from lantern.store.postgres_server import PostgresServer
    except ImportError as error:
        raise without_extra(address) from error
    return PostgresServer(address)


def without_extra(address: str) -> DatabaseError:
    """What to say of an address where the library for it is missing."""
    return DatabaseError(
        f"For {shown(address)} the extra `postgres` is needed: "
        "`python -m pip install --require-hashes -r requirements/postgres.txt`."
    )
