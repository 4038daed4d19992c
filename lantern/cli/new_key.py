"""``python bot.py new-key``: a new key of members' codes, where the old one is lost or was seen by others."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from lantern.runtime.settings import Settings
from lantern.store import members, private_files
from lantern.store.addresses import shown
from lantern.store.database import Database, DatabaseError
from lantern.store.waiting_rows import WaitingRows

WHAT_IT_MEANS = """\
Without the old key nobody can tell which code is whose in {where}. A new key therefore begins anew:

- Who asked not to be counted is counted again. Their wishes are deleted; ask members to choose again with /privacy.
- Who chose a language is answered in that of their Discord again. These choices are deleted; /language makes new ones.
- No record leads to a member any more; all are kept without a code. The totals stay as they are.
- Moderators' presses and cards of before that are sealed with the old key do nothing any more.

Nothing was changed. With the bot stopped, `python bot.py new-key --delete-wishes` does it."""


def begin(settings: Settings, *, delete_wishes: bool) -> int:
    """Say what a new key means, or with ``delete_wishes`` make one. Returns the exit status."""
    if not delete_wishes:
        print(WHAT_IT_MEANS.format(where=shown(settings.database)))
        return 1
    if (refusal := private_files.refusal_of_root(settings.database, settings.key, settings.waiting_rows)) is not None:
        print(refusal, file=sys.stderr)
        return 1
    try:
        aside, wishes, choices, rows = asyncio.run(_begin(settings))
    except (DatabaseError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    if aside is not None:
        print(f"The key file that was there is kept as {aside}. Delete it if it was this database's.")
    print(f"{settings.key} has a new key: copy it to another place than the backups, and to every other process.")
    print(f"{wishes:,} wishes not to be counted and {choices:,} choices of a language are deleted.")
    print(f"{rows:,} records are kept without a code.")
    return 0


async def _begin(settings: Settings) -> tuple[Path | None, int, int, int]:
    database = Database(settings.database)
    await database.open(exclusive=True)
    try:
        WaitingRows(database, settings.waiting_rows).forget_members()
        return await members.begin_anew(database, settings.key, datetime.now(UTC))
    finally:
        await database.close()
