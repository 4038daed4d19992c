"""Backups of either kind of database, for the running bot and the command line."""

from __future__ import annotations

import asyncio
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from lantern.store import backups
from lantern.store.addresses import is_address
from lantern.store.backups import BackupError
from lantern.store.database import newest_version, without_extra
from lantern.store.key_file import CHECK_WITHIN, WrongKeyError, check_of, read


def backup_path(where: Path | str, folder: Path, moment: datetime) -> Path:
    """Where a backup made at ``moment`` goes."""
    return backups.backup_path(folder, moment, backups.DUMP if is_address(where) else backups.SQLITE)


async def back_up(where: Path | str, target: Path) -> None:
    """Copy a database, whether or not a bot writes to it, to ``target``, which appears only when it is sound.

    Raises :class:`lantern.store.backups.BackupError`.
    """
    if isinstance(where, Path):
        await asyncio.to_thread(backups.back_up, where, target)
    else:
        await _on_a_server(where).back_up(where, target)


async def restore(where: Path | str, backup: Path, moment: datetime, folder: Path) -> Path | None:
    """Put a backup in the database's place, and return where what was there is now.

    A file is kept beside its old place, and what a server had as a dump in ``folder``. Raises
    :class:`lantern.store.backups.BackupError`.
    """
    if isinstance(where, Path):
        return await asyncio.to_thread(backups.restore, backup, where, newest_version(), moment)
    kept: Path | None = await _on_a_server(where).restore(where, backup, moment, folder)
    return kept


async def is_key_of(where: Path | str, file: Path) -> bool:
    """Whether the key file and a sound database belong together; one of an older version may have its key within."""
    if isinstance(where, Path):
        check = await asyncio.to_thread(_check_within, where)
    else:
        check = await _on_a_server(where).check_within(where)
    try:
        key = await asyncio.to_thread(read, file)
    except WrongKeyError:
        return False
    return check is None or (key is not None and check_of(key) == check)


def _check_within(path: Path) -> bytes | None:
    with closing(backups.read_only(path)) as connection:
        found = connection.execute(CHECK_WITHIN).fetchone()
        return found and bytes(found[0])


def _on_a_server(address: str) -> Any:
    try:
        from lantern.store import postgres_backups
    except ImportError as error:
        raise BackupError(str(without_extra(address))) from error
    return postgres_backups
