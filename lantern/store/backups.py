"""Copies of the database: made while the bot runs, checked, removed when old, and put back when needed.

A backup is one file in the backup folder, named after the moment (UTC) it was made; what is in it is a SQLite database
here, and in `lantern.store.postgres_backups` what pg_dump makes. Only files with such a name are ever removed. Here is
also the lock that lets one program at a time use a database.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lantern.store import private_files
from lantern.store.times import AGREE_WITHIN

STAMP = "%Y%m%dT%H%M%SZ"
HEADER = b"SQLite format 3\0"
"""SQLite's reference, Database File Format."""
SQLITE, DUMP = ".sqlite3", ".dump"
"""How the names of backups end, of files and of servers."""
PART, BACKUP_PART = ".part", ".lantern-backup.part"
"""How the name of a file ends while it is written; of backups so that they are known, whatever they are called."""
UNFINISHED = re.compile(r"\..+\.lantern-backup\.part|\.lantern(-|\.replaced-)\d{8}T\d{6}Z(-\d+)?\.(sqlite3|dump)\.part")
"""The name of a backup, or of a dump that a restore keeps, while it is written; the second as older versions did."""
SET_ASIDE = re.compile(r"\.(replaced|damaged|deleted|old-wal)-\d{8}T\d{6}Z(-\d+)?")
"""What is put behind a database's name for what was its content once."""
LEFT_OVER = (
    "LANTERN_BACKUP_KEEP=0 makes no daily backups, and removes none: {number} from before are in {folder}, with all "
    "that members deleted since. Remove them when you have another copy."
)
BACKUP_EVERY = timedelta(days=1)
"""How often the running bot makes a backup by itself."""


class BackupError(Exception):
    """No backup was made or put back. The text says why, and that nothing was changed."""


def stamp(moment: datetime) -> str:
    """A moment as it stands in file names: ``20261122T150000Z``."""
    return moment.astimezone(UTC).strftime(STAMP)


def backup_path(folder: Path, moment: datetime, ending: str = SQLITE) -> Path:
    """Where a backup made at ``moment`` goes."""
    return folder / f"lantern-{stamp(moment)}{ending}"


def made_at(path: Path) -> datetime | None:
    """When a backup was made, by its name; None for a file with another kind of name."""
    try:
        moment = datetime.strptime(path.stem, f"lantern-{STAMP}").replace(tzinfo=UTC)
    except ValueError:
        return None
    # strptime takes fewer digits too.
    return moment if path in (backup_path(path.parent, moment, ending) for ending in (SQLITE, DUMP)) else None


def all_in(folder: Path) -> list[Path]:
    """The backups in a folder, the latest date first; none where the folder is not there or cannot be read.

    What has such a name, but no content, is none: a folder, an empty file, a link that leads nowhere.
    """
    try:
        return sorted((path for path in folder.iterdir() if made_at(path) and holds(path)), reverse=True)
    except OSError:
        return []


def is_ahead(path: Path, now: datetime) -> bool:
    """Whether a file is a backup with a date in the future: the clock was wrong when it was made."""
    moment = made_at(path)
    return moment is not None and moment > now + AGREE_WITHIN


def newest_first(folder: Path, now: datetime) -> list[Path]:
    """The backups in a folder, newest first; those with a date in the future count as the oldest."""
    return sorted(all_in(folder), key=lambda path: is_ahead(path, now))


def is_due(folder: Path, now: datetime) -> bool:
    """Whether the newest backup is a day old."""
    moments = [moment for path in newest_first(folder, now) if not is_ahead(path, now) and (moment := made_at(path))]
    return not moments or now - moments[0] >= BACKUP_EVERY


def read_only(path: Path) -> sqlite3.Connection:
    """A file opened so that nothing can be written to it, nor made where there is none.

    Raises :class:`sqlite3.Error`.
    """
    make_readable(path)
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def make_readable(path: Path) -> None:
    """Undo what a killed program left half written in a file, which nobody can do who opens it to read alone.

    Raises :class:`sqlite3.Error` where a look at the file would throw away what is in its -wal.
    """
    path = path.resolve()
    if not holds(path) and holds(path.with_name(f"{path.name}-wal")):
        raise sqlite3.OperationalError(f"there is nothing in it, but in {path.name}-wal")
    if holds(path.with_name(f"{path.name}-journal")):
        with contextlib.suppress(sqlite3.Error), closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True)) as file:
            file.execute("SELECT count(*) FROM sqlite_schema").fetchone()


def holds(path: Path) -> bool:
    """Whether there is a file with content; False also where that cannot be seen."""
    try:
        found = path.stat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size > 0


def has_header(path: Path) -> bool:
    """Whether a file begins as SQLite's do, or is empty, as theirs are at first. Raises :class:`OSError`."""
    with path.open("rb") as file:
        return file.read(len(HEADER)) in (HEADER, b"")


def version_of(path: Path) -> int:
    """``PRAGMA user_version`` of a file, read without touching it. Raises :class:`sqlite3.Error`."""
    with closing(read_only(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check_sound(path: Path) -> None:
    """Read every page of a file. Raises :class:`BackupError` unless it is a sound database of Lantern's."""
    try:
        with closing(read_only(path)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
            lanterns = connection.execute(
                "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('questions', 'secrets')"
            ).fetchone()[0]
    except sqlite3.Error as error:
        raise BackupError(f"{path} is not a sound database ({error}).") from error
    if found != ["ok"]:
        raise BackupError(f"{path} is damaged ({'; '.join(found)}).")
    if lanterns != 2:
        raise BackupError(f"{path} is a database, but not one of Lantern's.")


def back_up(database: Path, target: Path) -> None:
    """Copy a database, whether or not a bot is writing to it, to ``target``, which appears only when it is sound.

    The copy is one moment's state (SQLite's online backup in one step; in WAL mode it holds up no writer). Raises
    :class:`BackupError` where the file is not there, the copy could not be written (a full disk), or it is not sound.
    """
    if not database.is_file():
        raise BackupError(f"There is no database at {database} to back up.")
    if target.exists() and target.samefile(database):
        raise BackupError(f"{target} is the database itself. Name another file.")
    try:
        copy_whole(database, target, BACKUP_PART)
    except (sqlite3.Error, OSError) as error:
        raise BackupError(f"No backup was made at {target} ({error}).") from error


def copy_whole(database: Path, target: Path, ending: str = PART) -> None:
    """Copy a database, with what is in its -wal, to ``target``, which appears only when it is on the disk and sound.

    Raises :class:`BackupError`, :class:`sqlite3.Error` or :class:`OSError`.
    """
    with whole_file(target, ending) as part:
        with closing(read_only(database)) as source, closing(sqlite3.connect(part, isolation_level=None)) as copy:
            source.backup(copy)
            # One file, with no -wal beside it that could be forgotten when it is carried off.
            copy.execute("PRAGMA journal_mode = DELETE")
        check_sound(part)


def _part_of(target: Path, ending: str = PART) -> Path:
    return target.with_name(f".{target.name}{ending}")


@contextlib.contextmanager
def whole_file(target: Path, ending: str = PART) -> Iterator[Path]:
    """An empty file to write to: renamed to ``target`` when it is on the disk, and removed after an error.

    It stands beside ``target`` under its name and ``ending``, and is its owner's alone, and so is its folder if that
    was missing. What a killed program left unfinished in that folder is removed first. Raises :class:`OSError`, also
    where another program writes the same file.
    """
    part = _part_of(target, ending)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    remove_unfinished(target.parent)
    _remove_unless_locked(part)
    try:
        # Only a new file: who made one before, and still has it open, could read what is written to it.
        descriptor = _locked(part, _lock_part, os.O_EXCL)
    except FileExistsError:
        descriptor = None
    if descriptor is None:
        raise BlockingIOError(f"another program is writing {part}")
    try:
        try:
            yield part
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        part.replace(target)
    except BaseException:
        _remove_part(part)
        raise


def remove_unfinished(folder: Path) -> None:
    """Remove the backups in a folder that nobody finishes, because the program that wrote them was killed."""
    with contextlib.suppress(OSError):
        for part in [path for path in folder.iterdir() if UNFINISHED.fullmatch(path.name)]:
            _remove_unless_locked(part)


def _remove_unless_locked(part: Path) -> None:
    """Remove what a killed program left, or a link in its place; what another program is writing stays."""
    with contextlib.suppress(OSError):
        if part.is_file() and not part.is_symlink():
            descriptor = _locked(part, _lock_part)
            if descriptor is None:
                return
            os.close(descriptor)
        _remove_part(part)


def _remove_part(part: Path) -> None:
    # SQLite's own files beside a copy that was never finished have nothing that is not in the database.
    for suffix in ("-journal", "-wal", "-shm", ""):
        with contextlib.suppress(OSError):
            part.with_name(part.name + suffix).unlink(missing_ok=True)


def left_over(folder: Path, keep: int) -> str | None:
    """What stays in a folder for which no backups are made any more (``keep`` is 0), as a sentence; None for nothing.

    They are not removed: who switches backups off may have no other copy yet.
    """
    left = [] if keep else all_in(folder)
    return LEFT_OVER.format(number=len(left), folder=folder) if left else None


def rotate(folder: Path, keep: int, now: datetime) -> None:
    """Remove all but the newest ``keep`` backups. A file that cannot be removed is tried again the next day."""
    for path in newest_first(folder, now)[max(keep, 1) :]:
        with contextlib.suppress(OSError):
            path.unlink()


def remove_older(folder: Path, since: datetime, now: datetime) -> None:
    """Remove all backups that were made before ``since``. To be called only when there is a newer one somewhere."""
    for path in all_in(folder):
        if is_ahead(path, now) or (made_at(path) or since) < since:
            with contextlib.suppress(OSError):
                path.unlink()


def newest_good(folder: Path, newest_version: int, now: datetime) -> Path | None:
    """The newest backup that is sound and that this program knows how to read, or None.

    What tells how new it is stands inside: the moment of a question is Discord's, and a name is what some clock showed.
    """
    for path in sorted(newest_first(folder, now), key=_last_question, reverse=True):
        with contextlib.suppress(BackupError, sqlite3.Error):
            check_sound(path)
            if version_of(path) <= newest_version:
                return path
    return None


def new_beside(database: Path) -> Path:
    """Where a whole, checked file waits to be renamed to ``database``: what was there goes only then."""
    return database.with_name(f"{database.name}.new")


def remove_new(database: Path) -> None:
    """Remove what waited to be renamed to ``database`` when its program was killed. To be called with the lock held."""
    new = new_beside(database)
    _remove_part(_part_of(new))
    _remove_part(new)


def is_whole(name: str) -> bool:
    """Whether a file that :func:`left_beside` names may be a whole database, for a restore to put in place."""
    return not name.endswith(("-wal", ".part")) and ".old-wal-" not in name


def left_beside(database: Path) -> list[str]:
    """The names of files beside ``database`` with what was, or was to be, its content; newest first.

    Without a database they mean that it was taken away, or that a restore was interrupted.
    """
    name, new = database.name, new_beside(database)
    found = []
    for path in database.parent.iterdir():
        content = path.name.startswith(name) and SET_ASIDE.fullmatch(path.name.removeprefix(name))
        # SQLite would throw away what is in a -wal if a new database began beside it.
        unwritten = path.name == f"{name}-wal" and holds(path)
        if content or unwritten or path in (new, _part_of(new)):
            found.append(path)
    return [path.name for path in sorted(found, key=lambda path: (path.stat().st_mtime, path.name), reverse=True)]


def _last_question(path: Path) -> int:
    """When the last question in a backup was asked, UTC in milliseconds; 0 where there is none or it is damaged."""
    try:
        with closing(read_only(path)) as connection:
            return int(connection.execute("SELECT max(asked_at) FROM questions").fetchone()[0] or 0)
    except (sqlite3.Error, ValueError):
        return 0


def put_aside(database: Path, reason: str, moment: datetime) -> Path:
    """Rename a database, with what belongs to it, to ``<name>.<reason>-<moment>``. Raises :class:`OSError`."""
    aside = free_name(database.with_name(f"{database.name}.{reason}-{stamp(moment)}"))
    _rename(database, aside)
    return aside


def free_name(path: Path, suffix: str = "") -> Path:
    """``path`` with ``suffix``, or ``path-2`` and so on where that is taken: two in one second are two files."""
    free, number = path.with_name(path.name + suffix), 1
    while free.exists() or free.with_name(f"{free.name}-wal").exists():
        number += 1
        free = path.with_name(f"{path.name}-{number}{suffix}")
    return free


def _rename(database: Path, to: Path) -> None:
    """Rename a database and the files that SQLite keeps beside it."""
    private_files.close_to_others(database.with_name(database.name + suffix) for suffix in ("", "-wal", "-shm"))
    # The database first: if this is interrupted, there is none, and not one that lacks what is in its -wal.
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            database.with_name(database.name + suffix).rename(to.with_name(to.name + suffix))


def _gather(database: Path) -> None:
    """Bring what is in the -wal of a database that nobody has open into its file, if it can be read."""
    # SQLite would throw away the -wal of an empty file.
    if database.stat().st_size:
        with contextlib.suppress(sqlite3.Error), closing(sqlite3.connect(database, timeout=1)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def restore(backup: Path, database: Path, newest_version: int, moment: datetime) -> Path | None:
    """Put ``backup`` in the database's place and return where the database that was there is now, if there was one.

    The backup is copied beside the database and checked; then two renames follow each other. Whoever is killed between
    them leaves no database and two files from which the operator chooses, see :func:`left_beside`. Raises
    :class:`BackupError` where a bot is running on the database, or the backup is damaged, not Lantern's, or a newer
    Lantern's.
    """
    database = database.resolve()
    if not backup.is_file():
        raise BackupError(f"There is no file {backup}.")
    if backup.suffix == DUMP:
        raise BackupError(f"{backup} is a dump of a server's database. Set LANTERN_DATABASE to the address of one.")
    if database.exists() and backup.samefile(database):
        raise BackupError(f"{backup} is the database itself. Name a backup.")
    lock = FileLock(database)
    try:
        database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not lock.take():
            raise BackupError(f"A bot is running on {database}. Stop it first; nothing was changed.")
        check_sound(backup)
        if (version := version_of(backup)) > newest_version:
            raise BackupError(
                f"{backup} is of a newer Lantern (version {version} of the file; this program knows {newest_version}). "
                f"Nothing was changed."
            )
        new = new_beside(database)
        copy_whole(backup, new)
        there = database.exists()
        if there:
            _gather(database)
        # Also without a database: what is in a -wal must not come into the backup.
        kept = put_aside(database, "replaced", moment)
        try:
            new.replace(database)
        except OSError:
            _rename(kept, database)
            raise
        return kept if there else None
    except (sqlite3.Error, OSError) as error:
        raise BackupError(f"{backup} could not be put in place ({error}). Nothing was changed.") from error
    finally:
        lock.release()


# ---------------------------------------------------------------------- the lock


class FileLock:
    """A lock on ``<path>.lock``: one program at a time uses a database.

    The operating system releases it when the program ends, even by a crash. It is not on the database itself, where
    SQLite has its own locks and which a restore replaces. ``path`` has no links in it, or another path would lead past
    the lock.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.with_name(f"{path.name}.lock")
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether it was taken. Where its file was deleted since, it keeps nobody out until it is taken again."""
        return self._descriptor is not None

    @property
    def is_deleted(self) -> bool:
        """Whether its file was deleted since it was taken; one that was moved with its folder was not."""
        return self._descriptor is not None and os.fstat(self._descriptor).st_nlink == 0

    def take(self) -> bool:
        """Take the lock, again where another file has its name, and return whether it is ours. Raises :class:`OSError`.

        To be called every few seconds by whoever holds it: nothing else tells that its file was deleted.
        """
        if self._descriptor is not None and _is_at(self.path, self._descriptor):
            return True
        descriptor = _locked(self.path, _lock)
        if descriptor is None:
            return False
        self.release()
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Release the lock. The lock file stays, since another program may already hold a lock on it."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def _locked(path: Path, lock: Callable[[int], None], more_flags: int = 0) -> int | None:
    """Open a file, making it where there is none, and lock it; None where another program has the lock."""
    while True:
        descriptor = private_files.opened(path, os.O_RDWR | more_flags)
        try:
            lock(descriptor)
        except OSError:
            os.close(descriptor)
            return None
        if _is_at(path, descriptor):
            return descriptor
        # It was deleted before it was locked: the next one to come would lock another file.
        os.close(descriptor)


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def is_in_use(path: Path) -> bool:
    """Whether a running program has the :class:`FileLock` of ``path``. Nothing is written, so any disk will do."""
    try:
        descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDONLY)
    except OSError:
        return False
    try:
        _look(descriptor)
    except (BlockingIOError, PermissionError):
        return True
    finally:
        os.close(descriptor)
    return False


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _lock_part(_descriptor: int) -> None:
        """Nothing: a locked file could not be written, and one that is open cannot be removed."""

    _look = _lock
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    _lock_part = _lock

    def _look(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
