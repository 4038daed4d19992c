"""``python bot.py backup`` and ``restore``: the database to a file and back, each checked before it counts."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from lantern.runtime.settings import Settings
from lantern.store import backups, copies
from lantern.store.addresses import shown

AHEAD = "{names}: made in the future, by this machine's clock. Either it is wrong now, or it was wrong then."


def back_up(settings: Settings, target: Path | None) -> int:
    """Copy the database to a file, into a folder, or into the backup folder; whether or not the bot runs."""
    now = datetime.now(UTC)
    if target is None or target.is_dir():
        target = copies.backup_path(settings.database, target or settings.backups, now)
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
    try:
        kept = asyncio.run(copies.restore(settings.database, backup, now, settings.backups))
    except KeyboardInterrupt:
        print(
            f"\nInterrupted. {shown(settings.database)} is either {backup} now or what it was before.",
            file=sys.stderr,
        )
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
    return 0
