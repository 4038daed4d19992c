"""The SQLite file: opened, brought up to date, and put right when it is replaced, deleted or damaged.

What counts is the file that is open, whatever became of its name: as long as its content is nowhere else, it is not
closed. No -wal is ever deleted here; SQLite does that itself when all of it is in the file.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

import aiosqlite

from lantern.store import backups, private_files, repair, sqlite_dialect
from lantern.store.engine import NOT_OPEN, DatabaseError, NotLanternsError, Parameters, RowRefusedError, Subject

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
REWRITE_SECONDS = 3_600.0
"""How long it takes until a file that could not be written anew is tried again: a large one takes many seconds."""

MARK = "PRAGMA application_id"
"""A number in the file's head, which nothing else uses: 1 while traces of what was deleted may stand in the file. It
outlasts a kill, and the next start writes the file anew."""

UNDECIDED = (
    "There is no database at {path}, but beside it: {left}. A restore was interrupted, or somebody took the database "
    "away{or_emptied}. Until you decide, the bot answers members and keeps nothing. Stop it; `python bot.py restore "
    "FILE` puts {what} in its place.{wal} To begin with an empty database, move them to another folder."
)
WITH_WAL = (
    " {path}-wal has what was written last: if you have the database that it belongs to, put that back beside it "
    "instead."
)
UNSOUND = (
    "The file at {path} is not sound ({why}), or not whole yet: it is looked at again every five seconds, and until it "
    "is sound the bot answers members and keeps nothing."
)
STRANGERS = (
    "{path} is {kind}. It was left untouched: set LANTERN_DATABASE to a file for Lantern alone, which may be a new one."
)
LOCKED = (
    "{path} is locked by another program ({error}), such as one that shows or copies databases. Nothing was changed: "
    "end that program, or wait for it, and start again."
)
AWAY = (
    "The database {path} cannot be seen ({error}). It is open, so members are answered and all is written into it, "
    "wherever it is now. Put its folder back as it was."
)
WITHOUT_WAL = (
    "{gone} while Lantern was running, and another program is reading the database. What stood in "
    "the -wal is written into the database as soon as that program ends."
)


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


class Place(Enum):
    """What is where the open file belongs."""

    RIGHT = "the file"
    AWAY = "no folder that could be looked into, and the file has a name elsewhere"
    DELETED = "no file"
    REPLACED = "another file"
    WITHOUT_WAL = "the file, and not the -wal or -shm that is open with it"


# A handle of this kind can be closed beside SQLite's: closing any other ends all of this process's locks on the file.
HANDLE = getattr(os, "O_PATH", os.O_RDONLY)


def _make_private(path: Path) -> None:
    """Make a file if it is missing, and close it to others with what SQLite keeps beside it."""
    # SQLite gives the files that it makes beside it the rights of the main file.
    os.close(private_files.opened(path, os.O_RDWR))
    private_files.close_to_others(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm", "-journal"))


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
        # Closing the cursor would be another trip to the database's thread, and there is nothing left to read from it.
        return (await self._writer.execute(*said)).rowcount

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
        # SQLite too puts the -wal beside the file itself, and the lock must be one however the file is named.
        self.path = path.resolve()
        self.backup_folder = backup_folder
        self.news: list[str] = []
        self.trouble: str | None = None
        self.hear: Callable[[str, int], None] = lambda _subject, _key: None
        self._migrations_folder = migrations_folder
        self._now = now
        self._lock = backups.FileLock(self.path)
        self._one_at_a_time = asyncio.Lock()
        self._handles: list[int] = []
        self._beside_it: dict[str, Identity | None] = {}
        self._damaged = False
        self._undecided = False
        self._looking: asyncio.Task[bool] | None = None
        self._traces: set[bytes] = set()
        self._refused_for: str | None = None
        self._erasing = False
        self._erasings = 0
        """How often it was begun."""
        self._erased = True
        """Whether it was done then."""
        self._marked = False
        """Whether the file says that an erasing is not done, see :data:`MARK`."""
        self._rewrite_due = False
        """Whether it said so when it was opened; what was sought then is not known any more."""
        self._rewrite_not_before = 0.0
        self._bytes: int | None = None
        """The file, to be read as it is."""
        self.is_saving = False
        self._writer: aiosqlite.Connection | None = None
        self._reader: aiosqlite.Connection | None = None

    @property
    def is_open(self) -> bool:
        """Whether the file is open."""
        return self._writer is not None

    async def open(self, *, alone: bool = False, exclusive: bool = False) -> None:
        """Open the file and bring it up to date.

        A damaged file is set aside, the newest sound backup takes its place, and what members chose is saved into it as
        far as it can be read; :attr:`news` tells. Where there is none, but what was its content stands beside it, a bot
        (``alone``) begins no other: the file stays closed until it is there, and :attr:`trouble` tells.

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
            # Before the first file is made beside it.
            await asyncio.to_thread(self._refuse_strangers)
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if alone or exclusive:
                self._take_lock()
            await self._open()
            if self.trouble is not None and not alone:
                raise DatabaseError(self.trouble)
        except (sqlite3.Error, OSError, backups.BackupError, DatabaseError) as error:
            await self._disconnect()
            self._lock.release()
            if isinstance(error, DatabaseError):
                raise
            raise DatabaseError(self._unusable(error)) from error

    def _refuse_strangers(self) -> None:
        """Raise :class:`NotLanternsError` where the path is a folder, a device, or a file that never was a database."""
        if not self.path.exists():
            return
        if not self.path.is_file():
            raise NotLanternsError(STRANGERS.format(path=self.path, kind="no file"))
        # A database of Lantern's that lost its beginning has company.
        beside = ("-wal", "-shm", ".lock", ".status.json", ".waiting.jsonl", ".waiting.reserve")
        if (
            not backups.has_header(self.path)
            and not any(self._beside(suffix).exists() for suffix in beside)
            and not backups.left_beside(self.path)
            and not backups.all_in(self.backup_folder)
        ):
            raise NotLanternsError(STRANGERS.format(path=self.path, kind="no database"))
        with suppress(sqlite3.Error):  # damaged or locked, which is seen to with the lock held
            self._refuse_foreign(self.path)

    def _refuse_foreign(self, path: Path) -> None:
        if backups.version_of(path) == 0 and _is_foreign(path):
            raise NotLanternsError(STRANGERS.format(path=self.path, kind="a database of another program"))

    def _take_lock(self) -> None:
        if not self._lock.take():
            raise DatabaseError(
                f"Another Lantern is running on {self.path}. Stop that one first, or give this one a file of its own "
                f"with LANTERN_DATABASE."
            )

    def _unusable(self, error: Exception) -> str:
        if sqlite_dialect.is_locked(error):
            return LOCKED.format(path=self.path, error=error)
        return (
            f"{self.path} cannot be used ({error}). Check LANTERN_DATABASE, the rights on its folder and the free disk "
            f"space; `python bot.py restore FILE` puts a backup in its place."
        )

    async def _open(self, *, thoroughly: bool = False) -> None:
        before, self.trouble = self.trouble, await asyncio.to_thread(self._prepare, thoroughly)
        self._undecided = self.trouble is not None
        if self.trouble is not None:
            if self.trouble != before:
                log.error("%s", self.trouble)
            return
        self._writer = await self._connect()
        # Rows are added at the ends of a few tables: the usual 2 MB of pages would only fill, and be kept.
        await self._writer.execute_fetchall(f"PRAGMA cache_size = -{WRITER_CACHE_KIB}")
        ((marked,),) = await self._writer.execute_fetchall(MARK)
        self._marked = bool(marked)
        if self._lock.held:
            # What the process before deleted may stand in the -wal.
            self._rewrite_due |= self._marked
            self._erasing |= self._marked or not await self._empty_wal()
        self._reader = await self._connect()
        await self._reader.execute_fetchall("PRAGMA query_only = ON")
        self._reader.row_factory = sqlite3.Row
        self._writer.row_factory = sqlite3.Row
        self._handles = await asyncio.to_thread(self._held)
        self._beside_it = await asyncio.to_thread(self._look_beside)
        self._damaged = False

    def _held(self) -> list[int]:
        """The file, and its -wal if it has one: held, so that it can be seen what became of them."""
        return [os.open(path, HANDLE) for path in (self.path, self._beside("-wal")) if path.exists()]

    def _look_beside(self) -> dict[str, Identity | None]:
        return {suffix: _identity(self._beside(suffix)) for suffix in ("-wal", "-shm")}

    def _prepare(self, thoroughly: bool) -> str | None:
        """Make sure that there is a sound file of the newest version, or return why that is not for this to decide."""
        empty = self.path.is_file() and not self.path.stat().st_size
        missing = empty or not self.path.exists()
        if missing and (beside := backups.left_beside(self.path)):
            return UNDECIDED.format(
                path=self.path,
                left=", ".join(beside),
                or_emptied=", or the disk was full: the file there is empty" if empty else "",
                what="one of these or a backup" if any(map(backups.is_whole, beside)) else "a backup",
                wal=WITH_WAL.format(path=self.path) if f"{self.path.name}-wal" in beside else "",
            )
        if self._lock.held:
            backups.remove_new(self.path)
        _make_private(self.path)
        why = repair.damage(self.path, thoroughly=thoroughly or self._undecided)
        if why is None:
            if missing and (left := backups.newest_first(self.backup_folder, self._now())):
                log.warning(
                    "there was no database at %s, so a new one was begun; %d backups are in %s, the newest %s",
                    self.path, len(left), self.backup_folder, left[0].name,
                )  # fmt: skip
            self._bring_up_to_date(self.path)
            return None
        if self._undecided:
            # Somebody may be copying it there just now.
            return UNSOUND.format(path=self.path, why=why)
        new = backups.new_beside(self.path)
        backup = self._newest_backup()
        if backup is not None:
            backups.copy_whole(backup, new)
        _make_private(new)
        self._bring_up_to_date(new)
        saved = self._save_choices(new)
        # Only now that nothing is missing in the new one: whoever is killed before this begins again.
        aside = backups.put_aside(self.path, "damaged", self._now())
        new.replace(self.path)
        self._say(repair.in_words(why, aside, backup, *saved))
        return None

    def _bring_up_to_date(self, path: Path) -> None:
        """Run the migrations that the file has not had: all or none.

        After a failed upgrade the file is unchanged, so that the older program can still be used.
        """
        version, newest = backups.version_of(path), newest_version(self._migrations_folder)
        if version > newest:
            raise DatabaseError(
                f"{self.path} was written by a newer Lantern (version {version} of the file; this program knows "
                f"{newest}). It was left untouched: run the newer program, or restore an older backup."
            )
        self._refuse_foreign(path)
        due = [(number, script) for number, script in migrations(self._migrations_folder) if number > version]
        if not due:
            return
        steps = [f"{script.read_text(encoding='utf-8')}\nPRAGMA user_version = {number};" for number, script in due]
        with closing(sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)) as connection:
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

    def _save_choices(self, new: Path) -> tuple[Mapping[str, int], bool]:
        try:
            return repair.save_choices(self.path, new)
        except (sqlite3.Error, OSError) as error:
            log.error("nothing could be read out of the damaged %s (%s)", self.path, error)
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
        try:
            if self.is_open and not self._damaged:
                # What was deleted a moment ago is still there, and would be gone with the connections. What is still to
                # be overwritten the next start does: where the file is locked, it would take the time that a stop has.
                self._erasing = False
                try:
                    await self.look_after()
                except DatabaseError as error:
                    log.error("%s", error)
            await self._disconnect()
        finally:
            # Also where the caller gives up waiting.
            self._lock.release()

    async def _disconnect(self) -> None:
        writer, self._writer = self._writer, None
        reader, self._reader = self._reader, None
        for connection in (reader, writer):
            if connection is not None:
                # Closing a file that is gone or damaged may fail; the connection's thread ends all the same.
                with suppress(sqlite3.Error):
                    await connection.close()
        raw, self._bytes = self._bytes, None
        handles, self._handles = [*self._handles, *([raw] if raw is not None else [])], []
        for handle in handles:
            os.close(handle)

    # ------------------------------------------------------------------ reading and writing

    @asynccontextmanager
    async def transaction(self, *, before_all_rows: bool = False) -> AsyncIterator[SQLiteTransaction]:
        """Everything inside is done, or nothing; another transaction waits until this one ends."""
        async with self._writing() as writer:
            try:
                # In here, because who is cut off while they wait for it has begun one nevertheless.
                await writer.execute_fetchall("BEGIN IMMEDIATE")
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

    async def erase(self, *traces: bytes) -> bool:
        """Bring what was deleted out of the -wal, and out of the file, where SQLite overwrites it: all but copies that
        it leaves behind where it split a page, one of hundreds. So the file is searched for ``traces``, and written
        anew where one is found. False where that is done later, because somebody reads it or there is no room.
        """
        self._traces.update(traces)
        self._erasing = True
        before = self._erasings
        try:
            async with self._writing():
                # One that began after this call was for all who waited then: each takes a second where somebody reads.
                return self._erased if self._erasings > before else await self._erase()
        except (DatabaseError, OSError) as error:
            log.warning("what was deleted could not be overwritten in %s (%s); it is tried again", self.path, error)
            return False

    async def _erase(self) -> bool:
        self._erasings += 1
        self._erased, self._erasing, sought = False, False, frozenset(self._traces)
        try:
            if sought:
                await self._mark(True)
            self._erased = await self._empty_wal() and (
                not (self._rewrite_due or (sought and await asyncio.to_thread(self._has, sought)))
                or await self._write_anew()
            )
        finally:
            if self._erased:
                # Those that were added meanwhile are looked for once more.
                self._traces -= sought
                self._rewrite_due = False
            else:
                self._erasing = True
        if self._erased and not self._traces:
            with suppress(sqlite3.OperationalError):  # locked: then the file is written anew once too often
                await self._mark(False)
        return self._erased

    async def _mark(self, pending: bool) -> None:
        assert self._writer is not None
        if pending != self._marked:
            await self._writer.execute_fetchall(f"{MARK} = {int(pending)}")
            self._marked = pending

    async def _write_anew(self) -> bool:
        """Write the whole file anew; False where that cannot be done now."""
        assert self._writer is not None
        now = asyncio.get_running_loop().time()
        if now < self._rewrite_not_before:
            return False
        try:
            await self._writer.execute_fetchall("VACUUM")
        except sqlite3.Error as error:
            if sqlite_dialect.is_damage(error):
                raise
            self._rewrite_not_before = now + REWRITE_SECONDS
            log.warning("%s could not be written anew (%s): traces of what was deleted stay in it", self.path, error)
            return False
        return await self._empty_wal()

    def _has(self, traces: frozenset[bytes]) -> bool:
        """Whether any of these bytes stand in the file, in use or not."""
        if self._bytes is None:
            # Closed only after SQLite's own: closing it ends this process's locks on the file.
            self._bytes = os.open(self.path, os.O_RDONLY)
        longest = max(map(len, traces))
        os.lseek(self._bytes, 0, os.SEEK_SET)
        before = b""
        while chunk := os.read(self._bytes, 1 << 20):
            seen = before + chunk
            if any(trace in seen for trace in traces):
                return True
            before = seen[1 - longest :] if longest > 1 else b""
        return False

    async def refuse(self, why: str) -> None:
        """Close the file, which must not be used; it, or another in its place, is opened at the next look."""
        async with self._one_at_a_time:
            if why != self._refused_for:
                log.error("%s", why)
            self.trouble = self._refused_for = why
            await self._disconnect()

    # ------------------------------------------------------------------ looking after the file

    async def look_after(self) -> bool:
        """Notice a file that was replaced, deleted or damaged since it was opened, or taken away with its folder.

        Returns whether the file was opened again; then everything that was read from it has to be read again. What
        happened is in :attr:`news`. Raises :class:`lantern.store.engine.DatabaseError` where it cannot be used.
        """
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_and_see_to())
        # Whoever gives up waiting, as routines do at a stop, must not cut off the saving of a file.
        return await asyncio.shield(self._looking)

    async def _look_and_see_to(self) -> bool:
        try:
            looked = await asyncio.to_thread(self._look) if self.is_open else None
            self.is_saving = looked is not None and looked[0] in (Place.DELETED, Place.REPLACED)
            async with self._one_at_a_time:
                return await self._see_to(looked)
        except (sqlite3.Error, OSError, backups.BackupError) as error:
            raise DatabaseError(self._unusable(error)) from error
        finally:
            self.is_saving = False

    def _look(self) -> tuple[Place, str]:
        """What is where the open file belongs; and why it cannot be seen, or what is wrong beside it, in words."""
        mine = [os.fstat(handle) for handle in self._handles]
        try:
            there = self.path.stat()
        except OSError as error:
            # Moved with its -wal, or behind a folder that nobody may look into, it is whole and lasts. Moved alone, it
            # lacks its -wal, and is written again like one that was deleted.
            alone = self._is_wal_in_place() if isinstance(error, FileNotFoundError) else False
            lasts = all(each.st_nlink for each in mine)
            return (Place.AWAY if lasts and not alone else Place.DELETED), str(error)
        if not os.path.samestat(mine[0], there):
            return Place.REPLACED, ""
        gone = [
            f"{self.path}{suffix} was {'deleted' if there is None else 'replaced'}"
            for suffix, there in self._look_beside().items()
            if there != self._beside_it[suffix]
        ]
        return (Place.WITHOUT_WAL if gone else Place.RIGHT), ", and ".join(gone)

    def _is_wal_in_place(self) -> bool:
        there = _identity(self._beside("-wal"))
        return there is not None and there == self._beside_it["-wal"]

    async def _see_to(self, looked: tuple[Place, str] | None) -> bool:
        """Do what has to be done about what was seen; None where the file is closed."""
        if looked is None or self._damaged or not self.is_open:
            return await self._begin_anew()
        place, why = looked
        was_in_trouble, self.trouble = self.trouble is not None, None
        match place:
            case Place.RIGHT:
                if was_in_trouble:
                    log.warning("the database %s is in its place again; nothing is lost", self.path)
                if self._lock.held:
                    await self._keep_lock()
                if self._erasing:
                    await self._erase()
            case Place.AWAY:
                self.trouble = AWAY.format(path=self.path, error=why)
            case Place.WITHOUT_WAL:
                if await self._empty_wal():
                    self._say(f"{why} while Lantern was running. Nothing is lost.")
                    await asyncio.to_thread(self._clear_way, place)
                    return await self._begin_anew()
                # New connections would not know of those who still read what is in it.
                self.trouble = WITHOUT_WAL.format(gone=why)
            case Place.DELETED | Place.REPLACED:
                return await self._save_and_begin_anew(place)
        if self.trouble is not None and not was_in_trouble:
            log.error("%s", self.trouble)
        return False

    async def _keep_lock(self) -> None:
        """Take the lock again where its file was deleted, and let go of the file where another has the lock."""
        try:
            await asyncio.to_thread(self._take_lock)
        except DatabaseError:
            await self._disconnect()
            raise

    async def _empty_wal(self) -> bool:
        """Bring what is in the -wal into the file, and return whether nobody needs the -wal any more."""
        assert self._writer is not None
        ((busy, *_),) = await self._writer.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
        return not busy

    async def _save_and_begin_anew(self, place: Place) -> bool:
        """Copy the content of a file that was deleted or replaced, and let go of it only then.

        On Unix a deleted file can be read as long as it is open, so nothing that was written is lost. Where the copy
        cannot be written now, an error is raised, the file stays open, and the next look tries again.
        """
        await asyncio.to_thread(self.path.parent.mkdir, 0o700, parents=True, exist_ok=True)
        mine = not self._lock.held or await asyncio.to_thread(self._lock.take)
        # A file that was moved without its -wal, and may come back, is whole then.
        with suppress(sqlite3.Error):
            await self._empty_wal()
        await asyncio.to_thread(self._clear_way, place)
        unsound = await asyncio.to_thread(self._what_is_wrong_there) if place is Place.REPLACED and mine else None
        if mine and (place is Place.DELETED or unsound):
            news = f"The database {self.path} was deleted while Lantern was running."
            if unsound:
                news = f"While Lantern was running, another file was put in the place of the database {self.path}."
            new = backups.new_beside(self.path)
            if await self._rescue(new, news):
                if unsound:
                    aside = await asyncio.to_thread(backups.put_aside, self.path, "damaged", self._now())
                    news += f" It is not sound ({unsound}), and is kept as {aside}. The database"
                else:
                    news += " It"
                await asyncio.to_thread(new.replace, self.path)
                self._say(f"{news} was written again under the same name, and nothing is lost.")
            elif place is Place.DELETED:
                await self._put_newest_backup_in_place()
        else:
            news = f"The database {self.path} was replaced while Lantern was running."
            kept = backups.free_name(self._beside(f".replaced-{backups.stamp(self._now())}"))
            if await self._rescue(kept, news):
                self._say(f"{news} The new file is in use; what stood in the old one is kept as {kept}.")
        return await self._begin_anew()

    def _what_is_wrong_there(self) -> str | None:
        """Why what took the place of the open file is no database to go on with; None where it is one."""
        if not backups.holds(self.path):
            return "it is empty, or no file"
        try:
            return repair.damage(self.path, thoroughly=True)
        except sqlite3.Error:
            # Locked, or not to be read: whether it can be used is found out when it is opened.
            return None

    async def _rescue(self, target: Path, news: str) -> bool:
        """Copy the content of the open file to ``target``; False where it cannot be read any more."""
        assert self._writer is not None
        try:
            with backups.whole_file(target) as part:
                with closing(sqlite3.connect(part, isolation_level=None, check_same_thread=False)) as copy:
                    await self._writer.backup(copy)
                    copy.execute("PRAGMA journal_mode = DELETE")
                await asyncio.to_thread(backups.check_sound, part)
        except (sqlite3.Error, backups.BackupError) as error:
            cause = error.__cause__ or error
            if isinstance(cause, sqlite3.Error) and not sqlite_dialect.is_damage(cause):
                raise
            self._say(f"{news} What stood in the old one could not be saved ({error}).")
            return False
        return True

    def _say(self, text: str) -> None:
        log.error("%s", text)
        self.news.append(text)

    def _newest_backup(self) -> Path | None:
        return backups.newest_good(self.backup_folder, newest_version(self._migrations_folder), self._now())

    async def _put_newest_backup_in_place(self) -> None:
        backup = await asyncio.to_thread(self._newest_backup)
        if backup is not None:
            await asyncio.to_thread(backups.copy_whole, backup, self.path)
            self._say(f"The backup {backup.name} took its place.")

    async def _begin_anew(self) -> bool:
        """Open what is in the file's place; what was open is there, or lasts elsewhere."""
        thoroughly = self._damaged
        if self._lock.held:
            await self._keep_lock()
        await self._disconnect()
        await self._open(thoroughly=thoroughly)
        if self.is_open:
            log.info("the database %s was opened again", self.path)
        return self.is_open

    def _clear_way(self, place: Place) -> None:
        """Move away a -wal that SQLite would apply to the file that is opened next, though it belongs to another."""
        wal, shm = self._beside("-wal"), self._beside("-shm")
        brought_along = place is Place.REPLACED and _identity(wal) != self._beside_it["-wal"]
        if not brought_along and wal.exists() and wal.stat().st_size:
            aside = backups.free_name(self._beside(f".old-wal-{backups.stamp(self._now())}"))
            wal.rename(aside)
            log.warning("a -wal that does not belong to %s is kept as %s", self.path, aside)
        if place is not Place.WITHOUT_WAL and _identity(shm) == self._beside_it["-shm"]:
            # It has no rows; whoever still reads the old file with it must not share it with the new one.
            shm.unlink(missing_ok=True)
