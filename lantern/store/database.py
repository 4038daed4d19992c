"""The SQLite file: opened, brought up to date, written without making members wait, and read.

:meth:`Database.write` only puts a row into memory and returns. The first row starts a flush, at once or a moment later
(:attr:`Database.gathering`), which writes everything queued until then: one statement and one transaction for many
rows. Rows that cannot be written (the file is locked, full or gone) wait for the next :meth:`Database.flush`.
:meth:`Database.look_after` notices a file that was replaced, deleted or damaged while the bot runs.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sqlite3
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any

import aiosqlite

from lantern.store import backups, repair
from lantern.store.rows import TableRow, as_parameter

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).with_name("migrations")
MIGRATION_NAME = re.compile(r"(\d{4})_\w+\.sql")
WAITING_ROWS_MAX = 20_000
"""Rows kept in memory while the file cannot be written: about 10 MB, and hours of a busy community."""
BATCH_ROWS_MAX = 500
"""The most rows in one transaction, so that the file is never locked for long."""
WRITER_CACHE_KIB = 512
"""Memory for pages of the file in the writing connection, in KiB; SQLite's default is 2,000."""
PRAGMAS = (
    "journal_mode = WAL",
    # In WAL mode NORMAL can lose the last commits in a power cut, never the file; a kill loses nothing.
    "synchronous = NORMAL",
    "foreign_keys = ON",
    # What is deleted is overwritten, so that no member's words or key stay readable in the file's free pages.
    "secure_delete = ON",
)
"""Set on every connection first."""
OLDEST_SQLITE = (3, 38)
"""The first with the operator ``->>``, by which rows are read from JSON; an older one fails at the first question."""
BUSY_SECONDS = 1.0
"""How long SQLite waits for another process's lock before it reports an error and the rows stay in memory."""


class DatabaseError(Exception):
    """The file cannot be used. The text says why and what to do."""


def migrations(folder: Path = MIGRATIONS) -> list[tuple[int, Path]]:
    """The numbered SQL files in order. Numbers start at 1 without gaps, which a test checks."""
    found = [(int(match[1]), path) for path in folder.iterdir() if (match := MIGRATION_NAME.fullmatch(path.name))]
    return sorted(found)


def newest_version(folder: Path = MIGRATIONS) -> int:
    """The version of the file that this program knows how to read, ``PRAGMA user_version``."""
    return migrations(folder)[-1][0]


Parameters = Mapping[str, Any] | Sequence[Any]
"""Values for a statement: by name for ``:name``, in order for ``?``."""

Identity = tuple[int, int]
"""Device and inode of a file, by which another file of the same name is noticed."""


def _identity(path: Path) -> Identity | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _make_private(path: Path) -> bool:
    """Make a file for its owner alone, and its folder, if it is missing, and return whether it was."""
    # SQLite gives the -wal and -shm files the rights of the main file, so setting those once is enough.
    path.parent.mkdir(parents=True, exist_ok=True)
    missing = not path.exists()
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    return missing


def _is_foreign(path: Path) -> bool:
    """Whether a file without a version has tables. They are another program's: a migration that fails leaves none."""
    with closing(backups.read_only(path)) as connection:
        return bool(connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0])


def _is_refusal(error: Exception) -> bool:
    """Whether the row or its statement is wrong, so that trying again cannot help.

    SQLITE_ERROR means that a statement does not fit the schema. Other errors (locked, full, read-only, damaged) come
    from the state of the file, which may change.
    """
    if isinstance(error, sqlite3.IntegrityError | sqlite3.DataError | TypeError):
        return True
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR


class Database:
    """One SQLite file, written by one connection and read by another, so that a long query never delays a row.

    The file and its folder are made when missing, readable by their owner alone (mode 0600). ``PRAGMA user_version``
    says which of ``migrations_folder`` it has had. A backup from ``backup_folder``, by default ``backups`` beside the
    file, takes a damaged file's place; ``now`` gives the moment in the names of files set aside.
    """

    def __init__(
        self,
        path: Path,
        *,
        migrations_folder: Path = MIGRATIONS,
        backup_folder: Path | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.path = path
        self.backup_folder = backup_folder or path.parent / "backups"
        self._migrations_folder = migrations_folder
        self._now = now
        self._lock = backups.FileLock(path)
        self._identity: Identity | None = None
        self._wal_identity: Identity | None = None
        self._damaged = False
        self._writer: aiosqlite.Connection | None = None
        self._reader: aiosqlite.Connection | None = None
        self._rows: deque[tuple[str, TableRow]] = deque()
        self._flushing: asyncio.Task[None] | None = None
        self._flush_due: asyncio.TimerHandle | None = None
        self._refused = 0
        self.gathering = 0.0
        """Seconds for which a row may wait for others, to be written in one transaction with them; 0 writes at once.
        Waiting rows are lost if the process is killed (SIGKILL), and only then."""
        self.failure: str | None = None
        """Why rows cannot be written, in SQLite's words; None while they can."""
        self.news: list[str] = []
        """Sentences for the owner: the file was set aside, replaced or deleted. `lantern.runtime.upkeep` sends and
        removes them."""

    @property
    def waiting(self) -> int:
        """How many rows are in memory and not yet on disk."""
        return len(self._rows)

    async def open(self, *, alone: bool = False) -> None:
        """Open the file and bring it up to date.

        A damaged file is set aside, the newest sound backup takes its place, and what members chose is saved into it as
        far as it can be read; :attr:`news` tells.

        ``alone`` refuses when another bot has the file, and refuses others until :meth:`close`. Raises
        :class:`DatabaseError` where the file was written by a newer Lantern or another program (it is left untouched),
        is in use by another bot, or cannot be opened; or this Python's SQLite is too old.
        """
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise DatabaseError(
                f"This Python has SQLite {sqlite3.sqlite_version}; Lantern needs 3.38 or newer. "
                f"Use a newer build of Python."
            )
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if alone and not self._lock.take():
                raise DatabaseError(
                    f"Another Lantern is running on {self.path}. Stop that one first, or give this one a file of its "
                    f"own with LANTERN_DATABASE."
                )
            await self._open()
        except (sqlite3.Error, OSError, DatabaseError) as error:
            await self._disconnect()
            self._lock.release()
            if isinstance(error, DatabaseError):
                raise
            raise DatabaseError(self._unusable(error)) from error

    def _unusable(self, error: Exception) -> str:
        return (
            f"{self.path} cannot be used ({error}). Check LANTERN_DATABASE, the rights on its folder and the free disk "
            f"space; `python bot.py restore FILE` puts a backup in its place."
        )

    async def _open(self, *, thoroughly: bool = False) -> None:
        await asyncio.to_thread(self._prepare, thoroughly)
        self._writer = await self._connect()
        # Rows are added at the ends of a few tables: the usual 2 MB of pages would only fill, and be kept.
        await self._writer.execute_fetchall(f"PRAGMA cache_size = -{WRITER_CACHE_KIB}")
        self._reader = await self._connect()
        await self._reader.execute_fetchall("PRAGMA query_only = ON")
        self._reader.row_factory = sqlite3.Row
        self._identity = await asyncio.to_thread(_identity, self.path)
        self._wal_identity = await asyncio.to_thread(_identity, self._beside("-wal"))
        self._damaged = False

    def _prepare(self, thoroughly: bool) -> None:
        """Make sure that there is a sound file of the newest version."""
        missing = _make_private(self.path)
        why = repair.damage(self.path, thoroughly=thoroughly)
        if why is None:
            if missing and (left := backups.all_in(self.backup_folder)):
                log.warning(
                    "there was no database at %s, so a new one was begun; %d backups are in %s, the newest %s",
                    self.path, len(left), self.backup_folder, left[0].name,
                )  # fmt: skip
            self._bring_up_to_date()
            return
        aside = backups.put_aside(self.path, "damaged", self._now())
        backup = backups.newest_good(self.backup_folder, newest_version(self._migrations_folder))
        if backup is not None:
            backups.take_over(backup, self.path)
        _make_private(self.path)
        self._bring_up_to_date()
        self._say(repair.in_words(why, aside, backup, *self._save_choices(aside)))

    def _bring_up_to_date(self) -> None:
        """Run the migrations that the file has not had: all or none.

        After a failed upgrade the file is unchanged, so that the older program can still be used.
        """
        version, newest = backups.version_of(self.path), newest_version(self._migrations_folder)
        if version > newest:
            raise DatabaseError(
                f"{self.path} was written by a newer Lantern (version {version} of the file; this program knows "
                f"{newest}). It was left untouched: run the newer program, or restore an older backup."
            )
        if version == 0 and _is_foreign(self.path):
            raise DatabaseError(
                f"{self.path} is a database of another program. It was left untouched: set LANTERN_DATABASE to a file "
                f"for Lantern alone."
            )
        due = [(number, script) for number, script in migrations(self._migrations_folder) if number > version]
        if not due:
            return
        steps = [f"{script.read_text(encoding='utf-8')}\nPRAGMA user_version = {number};" for number, script in due]
        with closing(sqlite3.connect(self.path, isolation_level=None, timeout=BUSY_SECONDS)) as connection:
            for pragma in PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
            try:
                connection.executescript("\n".join(["BEGIN IMMEDIATE;", *steps, "COMMIT;"]))
            except sqlite3.Error as error:
                # Inside the transaction that failed, the version says which of them were done.
                ((reached,),) = connection.execute("PRAGMA user_version").fetchall()
                connection.rollback()
                failed = next((script.name for number, script in due if number > reached), due[-1][1].name)
                raise DatabaseError(
                    f"{self.path} could not be brought up to date: {failed} failed ({error}). Nothing was changed."
                ) from error
        log.info("the database is at version %d (%s)", due[-1][0], due[-1][1].name)

    def _save_choices(self, damaged: Path) -> tuple[Mapping[str, int], bool]:
        try:
            return repair.save_choices(damaged, self.path)
        except (sqlite3.Error, OSError) as error:
            log.error("nothing could be read out of %s (%s)", damaged, error)
            return {}, True

    def _beside(self, suffix: str) -> Path:
        return self.path.with_name(self.path.name + suffix)

    async def _connect(self) -> aiosqlite.Connection:
        # Autocommit: one statement is one transaction, so a flush is a single trip to the database's thread.
        connection = await aiosqlite.connect(self.path, isolation_level=None, timeout=BUSY_SECONDS)
        for pragma in PRAGMAS:
            await connection.execute_fetchall(f"PRAGMA {pragma}")
        return connection

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
        self._lock.release()

    async def _disconnect(self) -> None:
        writer, self._writer = self._writer, None
        reader, self._reader = self._reader, None
        for connection in (reader, writer):
            if connection is not None:
                # Closing a file that is gone or damaged may fail; the connection's thread ends all the same.
                with suppress(sqlite3.Error):
                    await connection.close()

    # ------------------------------------------------------------------ looking after the file

    async def look_after(self) -> bool:
        """Write what waits, and notice a file that was replaced, deleted or damaged since it was opened.

        To be called every few seconds. Returns whether the file was opened again; then everything that
        was read from it has to be read again. Raises nothing; what happened is in :attr:`news`.
        """
        opened = False
        try:
            there = await asyncio.to_thread(_identity, self.path)
            if self._damaged or self._writer is None:
                opened = await self._begin_anew()
            elif there is None:
                opened = await self._begin_anew(await self._rescue("deleted") or await self._newest_backup())
            elif there != self._identity:
                await self._rescue("replaced")
                opened = await self._begin_anew()
        except (sqlite3.Error, OSError, DatabaseError) as error:
            await self._disconnect()
            said = str(error) if isinstance(error, DatabaseError) else self._unusable(error)
            if said != self.failure:
                log.error("%s Answers go on and rows wait.", said)
            self.failure = said
            return False
        if self._rows:
            await self.flush()
        return opened

    async def _rescue(self, what: str) -> Path | None:
        """Copy the content of a file that was replaced or deleted; None where it cannot be read.

        On Unix a deleted file can be read as long as it is open, so nothing that was written is lost.
        """
        assert self._writer is not None
        target = self._beside(f".{what}-{backups.stamp(self._now())}")
        news = f"The database {self.path} was {what} while Lantern was running."
        try:
            await asyncio.to_thread(_make_private, target)
            with closing(sqlite3.connect(target, isolation_level=None, check_same_thread=False)) as copy:
                await self._writer.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
            await asyncio.to_thread(backups.check_sound, target)
        except (sqlite3.Error, OSError, backups.BackupError) as error:
            with suppress(OSError):
                target.unlink(missing_ok=True)
            self._say(f"{news} What stood in the old one could not be saved ({error}).")
            return None
        if what == "replaced":
            self._say(f"{news} The new file is in use; what stood in the old one is kept as {target}.")
        else:
            self._say(f"{news} It was written again under the same name, and nothing is lost.")
        return target

    def _say(self, text: str) -> None:
        log.error("%s", text)
        self.news.append(text)

    async def _newest_backup(self) -> Path | None:
        """A copy of the newest sound backup, to be put in the file's place."""
        newest = newest_version(self._migrations_folder)
        backup = await asyncio.to_thread(backups.newest_good, self.backup_folder, newest)
        if backup is None:
            return None
        copy = self._beside(".from-backup")
        await asyncio.to_thread(backups.take_over, backup, copy)
        self._say(f"The backup {backup.name} took its place.")
        return copy

    async def _begin_anew(self, in_its_place: Path | None = None) -> bool:
        thoroughly = self._damaged
        await self._disconnect()
        await asyncio.to_thread(self._change_files, in_its_place, thoroughly)
        await self._open(thoroughly=thoroughly)
        log.info("the database %s was opened again", self.path)
        return True

    def _change_files(self, in_its_place: Path | None, damaged: bool) -> None:
        # SQLite would apply the -wal of the old file to the new one.
        if not damaged and self._wal_identity is not None and _identity(self._beside("-wal")) == self._wal_identity:
            for suffix in ("-wal", "-shm"):
                self._beside(suffix).unlink(missing_ok=True)
        if in_its_place is not None:
            in_its_place.replace(self.path)

    # ------------------------------------------------------------------ writing

    def write(self, statement: str, row: TableRow) -> None:
        """Queue one row for ``statement`` and return at once. Never raises, whatever the state of the file.

        The statement is made by :mod:`lantern.store.rows` and takes any number of rows: those queued one after another
        for the same one are written in one transaction. A row is a mapping or named tuple by its columns' names.
        """
        if len(self._rows) >= WAITING_ROWS_MAX:
            if not self._refused:
                log.error("%d rows wait for the database (%s); no more are kept", WAITING_ROWS_MAX, self.failure)
            self._refused += 1
            return
        self._rows.append((statement, row))
        if self.failure is not None or self._writer is None:
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
        """Write the waiting rows now. Returns when they are on disk or could not be written (see :attr:`failure`)."""
        # Shielded: a caller who gives up must not cancel the writing of others' rows.
        await asyncio.shield(self._start_flush())

    async def _flush(self) -> None:
        alone = 0
        while self._rows and self._writer is not None:
            statement, run = next(groupby(self._rows, key=itemgetter(0)))
            rows = [row for _, row in islice(run, 1 if alone else BATCH_ROWS_MAX)]
            try:
                await self._writer.execute(statement, as_parameter(rows))
            except (sqlite3.Error, TypeError, ValueError) as error:
                if not _is_refusal(error):
                    if self.failure is None:
                        log.warning("the database cannot be written (%s); answers go on and rows wait", error)
                    self.failure = str(error)
                    self._damaged |= repair.is_damage(error)
                    return
                if not alone:
                    # One of them is refused: write them one by one, so that the others are kept.
                    alone = len(rows)
                    continue
                log.error("one row was not kept (%s)", error)
            for _ in rows:
                self._rows.popleft()
            alone = max(0, alone - 1)
        if self._writer is not None and self.failure is not None:
            log.info("the database can be written again")
            if self._refused:
                log.error("%d rows were not kept while the database could not be written", self._refused)
            self.failure, self._refused = None, 0

    async def execute(self, statement: str, parameters: Parameters = ()) -> int:
        """Run one writing statement now, after the waiting rows, and return how many rows it changed.

        For what a person waits for, such as a setting. Raises :class:`sqlite3.Error` when it was not done.
        """
        await self.flush()
        if self._writer is None:
            raise sqlite3.OperationalError("the database is not open")
        if self.failure is not None:
            # Written later, the waiting rows could bring back what this statement removes. Rows that were queued after
            # the flush do not count: on a busy day there are always some.
            raise sqlite3.OperationalError(self.failure)
        try:
            async with self._writer.execute(statement, parameters) as cursor:
                return cursor.rowcount
        except sqlite3.Error as error:
            self._damaged |= repair.is_damage(error)
            raise

    # ------------------------------------------------------------------ reading

    async def fetch(self, query: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """All rows of a query, not waiting for the writer. Raises :class:`sqlite3.Error`.

        A row gives its columns by name, ``row["topic"]`` or ``Question(**row)``, and in order, like a tuple.
        """
        if self._reader is None:
            raise sqlite3.OperationalError("the database is not open")
        try:
            return list(await self._reader.execute_fetchall(query, parameters))
        except sqlite3.Error as error:
            self._damaged |= repair.is_damage(error)
            raise
