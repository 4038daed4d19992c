"""Copies of the database: made while the bot runs, checked, removed when old, and put back when needed.

A backup is one file in the backup folder, named after the moment (UTC) it was made; what is in it is a SQLite database
here, and in `lantern.store.postgres_backups` what pg_dump makes. Only files with such a name are ever removed. Here is
also the lock that lets one program at a time use a database, and the owner of its files.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

STAMP = "%Y%m%dT%H%M%SZ"
SQLITE, DUMP = ".sqlite3", ".dump"
"""How the names of backups end, of files and of servers."""
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
    """The backups in a folder, newest first; none where the folder is not there or cannot be read."""
    try:
        return sorted((path for path in folder.iterdir() if made_at(path)), reverse=True)
    except OSError:
        return []


def is_due(folder: Path, now: datetime) -> bool:
    """Whether the newest backup is a day old. One from the future (a clock that was wrong) does not count."""
    moments = [moment for path in all_in(folder) if (moment := made_at(path)) and moment <= now]
    return not moments or now - moments[0] >= BACKUP_EVERY


def read_only(path: Path) -> sqlite3.Connection:
    """A file opened so that nothing can be written to it, nor made where there is none."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


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
        with whole_file(target) as part:
            with closing(read_only(database)) as source, closing(sqlite3.connect(part, isolation_level=None)) as copy:
                source.backup(copy)
                # One file, with no -wal beside it that could be forgotten when the backup is carried off.
                copy.execute("PRAGMA journal_mode = DELETE")
            check_sound(part)
    except (sqlite3.Error, OSError) as error:
        raise BackupError(f"No backup was made at {target} ({error}).") from error


@contextlib.contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """An empty file to write to: renamed to ``target`` when it is on the disk, and removed after an error.

    It stands beside ``target`` and is its owner's alone, and so is its folder if that was missing.
    """
    part = target.with_name(f".{target.name}.part")
    if not target.parent.exists():
        target.parent.mkdir(parents=True, mode=0o700)
        belong_to_the_folders_owner(target.parent)
    try:
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))
        yield part
        belong_to_the_folders_owner(part)
        descriptor = os.open(part, os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        part.replace(target)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def rotate(folder: Path, keep: int) -> None:
    """Remove all but the newest ``keep`` backups. A file that cannot be removed is tried again the next day."""
    for path in all_in(folder)[max(keep, 1) :]:
        with contextlib.suppress(OSError):
            path.unlink()


def remove_older(folder: Path, since: datetime) -> None:
    """Remove all backups that were made before ``since``. To be called only when there is a newer one somewhere."""
    for path in all_in(folder):
        if (made_at(path) or since) < since:
            with contextlib.suppress(OSError):
                path.unlink()


def newest_good(folder: Path, newest_version: int) -> Path | None:
    """The newest backup that is sound and that this program knows how to read, or None."""
    for path in all_in(folder):
        with contextlib.suppress(BackupError, sqlite3.Error):
            check_sound(path)
            if version_of(path) <= newest_version:
                return path
    return None


def take_over(backup: Path, database: Path) -> None:
    """Put a copy of a backup where the database belongs; nothing may be there. Raises :class:`OSError`."""
    with whole_file(database) as part:
        shutil.copyfile(backup, part)


def put_aside(database: Path, reason: str, moment: datetime) -> Path:
    """Rename a database, with what belongs to it, to ``<name>.<reason>-<moment>``. Raises :class:`OSError`."""
    aside = free_name(database.with_name(f"{database.name}.{reason}-{stamp(moment)}"))
    _rename(database, aside)
    return aside


def free_name(path: Path, suffix: str = "") -> Path:
    """``path`` with ``suffix``, or ``path-2`` and so on where that is taken: two in one second are two files."""
    free, number = path.with_name(path.name + suffix), 1
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}-{number}{suffix}")
    return free


def _rename(database: Path, to: Path) -> None:
    """Rename a database and the files that SQLite keeps beside it."""
    for suffix in ("-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            database.with_name(database.name + suffix).rename(to.with_name(to.name + suffix))


def restore(backup: Path, database: Path, newest_version: int, moment: datetime) -> Path | None:
    """Put ``backup`` in the database's place and return where the database that was there is now, if there was one.

    Raises :class:`BackupError` where a bot is running on the database, or the backup is damaged, not Lantern's, or a
    newer Lantern's.
    """
    if not backup.is_file():
        raise BackupError(f"There is no file {backup}.")
    if backup.suffix == DUMP:
        raise BackupError(f"{backup} is a dump of a server's database. Set LANTERN_DATABASE to the address of one.")
    if database.exists() and backup.samefile(database):
        raise BackupError(f"{backup} is the database itself. Name a backup.")
    lock = FileLock(database)
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        if not lock.take():
            raise BackupError(f"A bot is running on {database}. Stop it first; nothing was changed.")
        check_sound(backup)
        if (version := version_of(backup)) > newest_version:
            raise BackupError(
                f"{backup} is of a newer Lantern (version {version} of the file; this program knows {newest_version}). "
                f"Nothing was changed."
            )
        kept = put_aside(database, "replaced", moment) if database.exists() else None
        try:
            take_over(backup, database)
        except OSError:
            if kept is not None:
                _rename(kept, database)
            raise
        return kept
    except OSError as error:
        raise BackupError(f"{backup} could not be put in place ({error}). Nothing was changed.") from error
    finally:
        lock.release()


# ---------------------------------------------------------------------- the lock and the owner of files


def belong_to_the_folders_owner(path: Path) -> None:
    """Give a file that root made to the user whose folder it is in, or the bot could not use it.

    Raises :class:`OSError`.
    """
    if sys.platform != "win32" and os.geteuid() == 0:
        folder = path.parent.stat()
        os.chown(path, folder.st_uid, folder.st_gid)


class FileLock:
    """A lock on ``<path>.lock``: one program at a time uses a database.

    The operating system releases it when the program ends, even by a crash. It is not on the database itself, where
    SQLite has its own locks and which a restore replaces.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.with_name(f"{path.name}.lock")
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Take the lock, and return whether it is ours now. Raises :class:`OSError`."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        belong_to_the_folders_owner(self.path)
        try:
            _lock(descriptor)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Release the lock. The lock file stays, since another program may already hold a lock on it."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


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

    _look = _lock
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _look(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
