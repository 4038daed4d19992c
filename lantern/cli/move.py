"""``python bot.py move-database``: everything from a SQLite file to a PostgreSQL database, or back."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from lantern.store import moving
from lantern.store.addresses import has_password, shown
from lantern.store.database import DatabaseError


def move(source: Path | str, target: Path | str) -> int:
    """Copy, compare and tell; no bot may run on either. Returns the exit status."""
    for where in (source, target):
        if has_password(where):
            print(
                f"Leave the password out of {shown(where)}: others on this machine can read a command's words. Put it "
                f"into PGPASSWORD or ~/.pgpass.",
                file=sys.stderr,
            )
            return 2
    if sys.stdout.isatty():
        print(f"{shown(source)} is read whole, copied and compared: some minutes for a million questions.")
    try:
        moved = asyncio.run(moving.move(source, target, _progress if sys.stdout.isatty() else _silent))
    except (moving.MoveError, DatabaseError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The database could not be moved ({error}). Nothing was changed in {shown(target)}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nInterrupted. Nothing was changed in {shown(target)}.", file=sys.stderr)
        return 130
    for table, rows in moved:
        print(f"{rows:>12,}  {table}")
    rows = sum(each.rows for each in moved)
    print(f"{rows:,} rows are in {shown(target)}, the same as in {shown(source)}, which was left as it is.")
    return 0


def _progress(table: str, rows: int) -> None:
    print(f"\r\033[K{rows:>12,}  {table}", end="\r", flush=True)


def _silent(_table: str, _rows: int) -> None:
    """Nothing reads lines that come and go."""
