"""``python bot.py move-database``: everything from a SQLite file to a PostgreSQL database, or back."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from lantern.runtime.settings import Settings
from lantern.store import moving, private_files
from lantern.store.addresses import has_password, shown
from lantern.store.database import DatabaseError

CLEAR_LINE = "\r\033[K"
"""Takes away the line of progress."""


def move(settings: Settings, source: Path | str, target: Path | str) -> int:
    """Copy, compare and tell; no bot may run on either. Returns the exit status."""
    for where in (source, target):
        if has_password(where):
            return _fail(
                f"Leave the password out of {shown(where)}: others on this machine can read a command's words. Put it "
                f"into PGPASSWORD or ~/.pgpass.",
                status=2,
            )
    if (refusal := private_files.refusal_of_root(source, target)) is not None:
        return _fail(refusal)
    waiting = replace(settings, database=source).waiting_rows
    if waiting.exists():
        return _fail(
            f"Rows wait in {waiting} for the next start of the bot on {shown(source)}. Start it there once and stop "
            f"it, so that they are written, and move then."
        )
    on_a_terminal = sys.stdout.isatty()
    if on_a_terminal:
        print(f"{shown(source)} is read whole, copied and compared: some minutes for a million questions.")
    try:
        moved = asyncio.run(moving.move(source, target, _progress if on_a_terminal else _silent))
    except (moving.MoveError, DatabaseError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"The database could not be moved ({error}). Nothing was changed in {shown(target)}.")
    except KeyboardInterrupt:
        return _fail(f"\nInterrupted. Nothing was changed in {shown(target)}.", status=130)
    finally:
        if on_a_terminal:
            print(CLEAR_LINE, end="", flush=True)
    for table, rows in moved:
        print(f"{rows:>12,}  {table}")
    rows = sum(each.rows for each in moved)
    print(f"{rows:,} rows are in {shown(target)}, the same as in {shown(source)}, which was left as it is.")
    old, new = (replace(settings, database=where).key for where in (source, target))
    where = f"is {old}" if old == new else f"is {old}: copy it to {new}, or name it in LANTERN_KEY_FILE"
    print(f"The key of members' codes {where}. Without it the bot does not start.")
    return 0


def _fail(text: str, status: int = 1) -> int:
    print(text, file=sys.stderr)
    return status


def _progress(table: str, rows: int) -> None:
    print(f"{CLEAR_LINE}{rows:>12,}  {table}", end="", flush=True)


def _silent(_table: str, _rows: int) -> None:
    """Nothing reads lines that come and go."""
