"""The SQLite file: opened, brought up to date, and put right when it is replaced, deleted or damaged."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import aiosqlite

from lantern.store import backups, repair, sqlite_dialect
from lantern.store.engine import NOT_OPEN, DatabaseError, Parameters, RowRefusedError, Subject

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).with_name("migrations")
MIGRATION_NAME = re.compile(r"(\d{4})_\w+\.sql")
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
BUSY_SECONDS = 1.0
"""How long SQLite waits for another process's lock before it reports an error and the rows stay in memory."""


def migrations(folder: Path = MIGRATIONS) -> list[tuple[int, Path]]:
    """The numbered SQL files in order. Numbers start at 1 without gaps, which a test checks."""
    found = [(int(match[1]), path) for path in folder.iterdir() if (match := MIGRATION_NAME.fullmatch(path.name))]
    return sorted(found)


def newest_version(folder: Path = MIGRATIONS) -> int:
    """The version of the file that this program knows how to read, ``PRAGMA user_version``."""
    return migrations(folder)[-1][0]


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


class SQLiteTransaction:
    """Statements on the writing connection; see :class:`lantern.store.engine.Transaction`."""

    def __init__(self, writer: aiosqlite.Connection) -> None:
        self._writer = writer

    async def execute(self, statement: str, parameters: Parameters = ()) -> int:
        """Run one and return how many rows it changed."""
        said = sqlite_dialect.statement(statement), sqlite_dialect.parameters(parameters)
        async with self._writer.execute(*said) as cursor:
            return cursor.rowcount

    async def fetch(self, statement: str, parameters: Parameters = ()) -> list[Any]:
        """Run one and return the rows that it gives."""
        said = sqlite_dialect.statement(statement), sqlite_dialect.parameters(parameters)
        return list(await self._writer.execute_fetchall(*said))

    async def copy_in(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Add rows as they are."""
        places = ", ".join("?" for _ in columns)
        add = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608
        await self._writer.executemany(add, rows)

    async def announce(self, subject: Subject, key: int) -> None:
        """Nobody else is there to hear it."""


class SQLiteFile:
    """One SQLite file, written by one connection and read by another, so that a long query never delays a row.

    See :class:`lantern.store.engine.Engine` for what is done with it. The file and its folder are made when missing,
    readable by their owner alone (mode 0600). ``PRAGMA user_version`` says which of ``migrations_folder`` it has had. A
    backup from ``backup_folder`` takes a damaged file's place; ``now`` gives the moment in the names of files set
    aside.
    """

    batch_rows_max = sqlite_dialect.BATCH_ROWS_MAX
    tables_query = sqlite_dialect.TABLES

    def __init__(
        self, path: Path, *, migrations_folder: Path, backup_folder: Path, now: Callable[[], datetime]
    ) -> None:
        self.path = path
        self.backup_folder = backup_folder
        self.news: list[str] = []
        self.hear: Callable[[str, int], None] = lambda _subject, _key: None
        self._migrations_folder = migrations_folder
        self._now = now
        self._lock = backups.FileLock(path)
        self._one_at_a_time = asyncio.Lock()
        self._identity: Identity | None = None
        self._wal_identity: Identity | None = None
        self._damaged = False
        self._writer: aiosqlite.Connection | None = None
        self._reader: aiosqlite.Connection | None = None

    @property
    def is_open(self) -> bool:
        """Whether the file is open."""
        return self._writer is not None

    async def open(self, *, alone: bool = False, exclusive: bool = False) -> None:
        """Open the file and bring it up to date.

        A damaged file is set aside, the newest sound backup takes its place, and what members chose is saved into it as
        far as it can be read; :attr:`news` tells.

        ``alone`` and ``exclusive`` refuse when a bot has the file, and refuse others until :meth:`close`. Raises
        :class:`DatabaseError` where the file was written by a newer Lantern or another program (it is left untouched),
        is in use by another bot, or cannot be opened; or this Python's SQLite is too old.
        """
        if sqlite3.sqlite_version_info < sqlite_dialect.OLDEST:
            raise DatabaseError(
                f"This Python has SQLite {sqlite3.sqlite_version}; Lantern needs 3.38 or newer. "
                f"Use a newer build of Python."
            )
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if (alone or exclusive) and not self._lock.take():
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
        self._writer.row_factory = sqlite3.Row
        self._identity = await asyncio.to_thread(_identity, self.path)
        self._wal_identity = await asyncio.to_thread(_identity, self._beside("-wal"))
        self._damaged = False

    def _prepare(self, thoroughly: bool) -> None:
        """Make sure that there is a sound file of the newest version."""
        missing = _make_private(self.path)
        why = repair.damage(self.path, thoroughly=thoroughly)
        if why is None:
            if missing and (left := backups.newest_first(self.backup_folder, self._now())):
                log.warning(
                    "there was no database at %s, so a new one was begun; %d backups are in %s, the newest %s",
                    self.path, len(left), self.backup_folder, left[0].name,
                )  # fmt: skip
            self._bring_up_to_date()
            return
        aside = backups.put_aside(self.path, "damaged", self._now())
        backup = backups.newest_good(self.backup_folder, newest_version(self._migrations_folder), self._now())
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
        # Autocommit: a statement by itself is one transaction, and a single trip to the database's thread.
        connection = await aiosqlite.connect(self.path, isolation_level=None, timeout=BUSY_SECONDS)
        for pragma in PRAGMAS:
            await connection.execute_fetchall(f"PRAGMA {pragma}")
        return connection

    async def close(self) -> None:
        """Close the file."""
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

    # ------------------------------------------------------------------ reading and writing

    @asynccontextmanager
    async def transaction(self, *, before_all_rows: bool = False) -> AsyncIterator[SQLiteTransaction]:
        """Everything inside is done, or nothing; another transaction waits until this one ends."""
        async with self._writing() as writer:
            await writer.execute_fetchall("BEGIN IMMEDIATE")
            try:
                yield SQLiteTransaction(writer)
                await writer.execute_fetchall("COMMIT")
            except BaseException:
                # Some errors have ended the transaction already; then there is nothing to roll back.
                with suppress(sqlite3.Error, ValueError):
                    await asyncio.shield(writer.execute_fetchall("ROLLBACK"))
                raise

    @asynccontextmanager
    async def lock(self, name: str) -> AsyncIterator[bool]:
        """The bot has its file alone, so every work is its own."""
        yield True

    async def execute(self, statement: str, parameters: Parameters) -> int:
        """A transaction of one statement: a single trip to the database's thread."""
        async with self._writing() as writer:
            return await SQLiteTransaction(writer).execute(statement, parameters)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[aiosqlite.Connection]:
        async with self._one_at_a_time:
            with self._told():
                if self._writer is None:
                    raise DatabaseError(NOT_OPEN)
                yield self._writer

    async def fetch(self, statement: str, parameters: Parameters) -> list[Any]:
        """All rows of a query, not waiting for the writer."""
        with self._told():
            if self._reader is None:
                raise DatabaseError(NOT_OPEN)
            said = sqlite_dialect.statement(statement), sqlite_dialect.parameters(parameters)
            return list(await self._reader.execute_fetchall(*said))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """SQLite's errors as the store's own, and a file that is found damaged remembered as that."""
        try:
            yield
        except sqlite3.Error as error:
            self._damaged |= sqlite_dialect.is_damage(error)
            kind = RowRefusedError if sqlite_dialect.is_refusal(error) else DatabaseError
            raise kind(str(error)) from error

    # ------------------------------------------------------------------ looking after the file

    async def look_after(self) -> bool:
        """Notice a file that was replaced, deleted or damaged since it was opened.

        Returns whether the file was opened again; then everything that was read from it has to be read again. What
        happened is in :attr:`news`. Raises :class:`lantern.store.engine.DatabaseError` where it cannot be used.
        """
        try:
            there = await asyncio.to_thread(_identity, self.path)
            async with self._one_at_a_time:
                if self._damaged or self._writer is None:
                    return await self._begin_anew()
                if there is None:
                    return await self._begin_anew(await self._rescue("deleted") or await self._newest_backup())
                if there != self._identity:
                    await self._rescue("replaced")
                    return await self._begin_anew()
        except (sqlite3.Error, OSError, DatabaseError) as error:
            await self._disconnect()
            if isinstance(error, DatabaseError):
                raise
            raise DatabaseError(self._unusable(error)) from error
        return False

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
        backup = await asyncio.to_thread(backups.newest_good, self.backup_folder, newest, self._now())
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
