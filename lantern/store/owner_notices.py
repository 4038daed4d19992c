"""The troubles that the application's owner was told of, so that a restart does not tell them again."""

from __future__ import annotations

from typing import NamedTuple

from lantern.store.database import Database
from lantern.store.rows import select, upsert


class Notice(NamedTuple):
    """One trouble, named by its cause. Times are UTC in milliseconds."""

    cause: str
    since: int | None
    """None when it is over."""
    told_at: int | None
    """The last message about it; None while none could be sent."""


ALL_NOTICES = select("notices", Notice)

KEEP_NOTICES = upsert("notices", Notice, key=("cause",))


class OwnerNotices:
    """The table of troubles."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Notice]:
        """All troubles, those that are over included. Raises :class:`DatabaseError`."""
        return [Notice(**row) for row in await self._database.fetch(ALL_NOTICES)]

    def keep(self, cause: str, since: int | None, told_at: int | None) -> None:
        """Store the present state of a trouble. Returns at once and never raises: the row is queued."""
        self._database.write(KEEP_NOTICES, Notice(cause, since, told_at))
