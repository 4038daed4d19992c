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

# A clock that was set back must not silence it for years, so only the distance counts.
CLAIM_TELLING = """
    INSERT INTO notices (cause, since, told_at)
         VALUES (:cause, :since, :now)
    ON CONFLICT (cause) DO UPDATE
            SET since = coalesce(notices.since, excluded.since), told_at = excluded.told_at
          WHERE notices.told_at IS NULL OR abs(excluded.told_at - notices.told_at) >= :again
"""

TOLD_AT = "SELECT told_at FROM notices WHERE cause = :cause"

GIVE_BACK = "UPDATE notices SET told_at = :before WHERE cause = :cause AND told_at = :now"

CLAIM_END = "UPDATE notices SET since = NULL WHERE cause = :cause AND since IS NOT NULL"


class OwnerNotices:
    """The table of troubles."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Notice]:
        """All troubles, those that are over included. Raises :class:`DatabaseError`."""
        return [Notice(**row) for row in await self._database.fetch(ALL_NOTICES)]

    async def claim(self, cause: str, since: int, now: int, *, again: int) -> int:
        """Claim to tell the owner, and return when they were last told: ``now`` where this process is to tell.

        Any other moment is less than ``again`` milliseconds ago: another process, or this one before a restart, told
        them. Raises :class:`DatabaseError`.
        """
        claim = {"cause": cause, "since": since, "now": now, "again": again}
        if await self._database.execute(CLAIM_TELLING, claim):
            return now
        ((told_at,),) = await self._database.fetch(TOLD_AT, {"cause": cause})
        # Another's of this very millisecond is not a claim of ours.
        return int(told_at) if told_at != now else now - 1

    async def give_back(self, cause: str, now: int, before: int | None) -> None:
        """The message that was claimed at ``now`` did not go. Raises :class:`DatabaseError`."""
        await self._database.execute(GIVE_BACK, {"cause": cause, "now": now, "before": before})

    async def claim_end(self, cause: str) -> bool:
        """Claim to tell that it is over; False where that is told already. Raises :class:`DatabaseError`."""
        return bool(await self._database.execute(CLAIM_END, {"cause": cause}))

    def keep(self, cause: str, since: int | None, told_at: int | None) -> None:
        """Store what could not be claimed. Returns at once and never raises: the row is queued."""
        self._database.write(KEEP_NOTICES, Notice(cause, since, told_at))
