"""``python bot.py backup`` and ``restore``: the database to a file and back, each checked before it counts."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from lantern.runtime.settings import Settings
from lantern.store import backups, copies, private_files
from lantern.store.addresses import shown

AHEAD = "{names}: made in the future, by this machine's clock. Either it is wrong now, or it was wrong then."


def back_up(settings: Settings, target: Path | None) -> int:
    """Copy the database to a file, into a folder, or into the backup folder; whether or not the bot runs."""
    now = datetime.now(UTC)
    if target is None or target.is_dir():
        target = copies.backup_path(settings.database, target or settings.backups, now)
    if (refusal := private_files.refusal_of_root(settings.database, target.parent)) is not None:
        print(refusal, file=sys.stderr)
        return 1
    try:
        asyncio.run(copies.back_up(settings.database, target))
    except KeyboardInterrupt:
        print("\nInterrupted. No backup was made.", file=sys.stderr)
        return 130
    except backups.BackupError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB, checked")
    if ahead := [path.name for path in backups.all_in(target.parent) if backups.is_ahead(path, now)]:
        print(f"{AHEAD.format(names=', '.join(ahead))} Such backups count as the oldest.", file=sys.stderr)
    return 0


def restore(settings: Settings, backup: Path) -> int:
    """Put a backup in the database's place; the bot must not be running."""
    now = datetime.now(UTC)
    written = settings.backups if settings.on_a_server else settings.file.parent
    if (refusal := private_files.refusal_of_root(settings.database, written, backup)) is not None:
        print(refusal, file=sys.stderr)
        return 1
    before = _identity(settings.database)
    try:
        kept = asyncio.run(copies.restore(settings.database, backup, now, settings.backups))
    except KeyboardInterrupt:
        print(f"\nInterrupted. {_after_interruption(settings.database, backup, before)}", file=sys.stderr)
        return 130
    except backups.BackupError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{shown(settings.database)} is now {backup}.")
    if backups.is_ahead(backup, now):
        print(f"{AHEAD.format(names=backup.name)} There may be a newer backup.", file=sys.stderr)
    if kept is not None:
        print(
            f"What was there before is kept as {kept}. Members' choices and deletions made since the backup are in it."
        )
    if not asyncio.run(copies.is_key_of(settings.database, settings.key)):
        print(
            f"The key file {settings.key} is not the one of this backup, or is not there: put the right one there "
            f"before you start the bot. `python bot.py new-key` tells what to do where it is lost.",
            file=sys.stderr,
        )
    return 0


def _identity(where: Path | str) -> tuple[int, int] | None:
    """Which file is the database; None where there is none, and of a server."""
    if isinstance(where, Path) and where.exists():
        found = where.stat()
        return found.st_dev, found.st_ino
    return None


def _after_interruption(where: Path | str, backup: Path, before: tuple[int, int] | None) -> str:
    """What is in the database's place. A file's restore runs in a thread, which ended before this is asked."""
    if not isinstance(where, Path):
        return f"{shown(where)} is either {backup} now or what it was before."
    now = _identity(where)
    if now == before:
        return f"Nothing was changed: {where} is what it was before."
    if now is None:
        return f"There is nothing at {where} now: restore again, {backup} or one of the files beside it."
    return f"It was done by then: {where} is now {backup}. What was there before is kept beside it."
