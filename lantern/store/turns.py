"""Work that is due now and then and that one of several processes does for all, such as the daily backup."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lantern.store.database import Database
from lantern.store.rows import as_parameter, upsert

LAST_TURN = "SELECT done_at FROM turns WHERE name = :name"

KEEP_TURN = upsert("turns", ("name", "done_at"), key=("name",))


class Turns:
    """Whose turn it is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def take(self, name: str, *, every: int, now: int) -> AsyncIterator[bool]:
        """Whether to do the work of this name in the block: it is due, and no other process is at it.

        It is due again ``every`` milliseconds after ``now`` (UTC, milliseconds). A block that raises, or whose process
        dies, has not done it, and the next that asks does it: only for work that may be begun twice. Raises
        :class:`DatabaseError` where that cannot be known.
        """
        async with self._database.lock(name) as mine:
            if not mine or not await self._is_due(name, every=every, now=now):
                yield False
                return
            yield True
            await self._database.execute(KEEP_TURN, as_parameter([{"name": name, "done_at": now}]))

    async def _is_due(self, name: str, *, every: int, now: int) -> bool:
        rows = await self._database.fetch(LAST_TURN, {"name": name})
        # A clock that was set back must not put it off for years, so only the distance counts.
        return not rows or abs(now - int(rows[0]["done_at"])) >= every
