"""The weekly digests that were posted. A week is claimed before its digest is sent, so that none is sent twice."""

from __future__ import annotations

from typing import NamedTuple

from lantern.store.database import Database
from lantern.store.rows import as_parameter, insert, select


class ClaimedWeek(NamedTuple):
    """What became of the last week that was claimed. ``week`` is the local day on which it was due, YYYYMMDD."""

    week: int
    channel_id: int
    message_id: int | None
    failure: str | None
    claimed_at: int
    """UTC, milliseconds."""


MARK_POSTED = """
    UPDATE digests
       SET message_id = :message_id, failure = NULL
     WHERE guild_id = :guild_id AND week = :week
"""

MARK_FAILED = "UPDATE digests SET failure = :failure WHERE guild_id = :guild_id AND week = :week"

LATEST_WEEK = select("digests", ClaimedWeek, "WHERE guild_id = :guild_id ORDER BY week DESC LIMIT 1")


FORGET_AFTER = "DELETE FROM digests WHERE guild_id = :guild_id AND week > :week"


class DigestWeeks:
    """The claimed weeks of all guilds. Every method raises :class:`DatabaseError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def latest(self, guild_id: int) -> ClaimedWeek | None:
        """What became of a guild's last digest; None where there was none."""
        rows = await self._database.fetch(LATEST_WEEK, {"guild_id": guild_id})
        return ClaimedWeek(**rows[0]) if rows else None

    async def claim(self, guild_id: int, week: int, *, at: int, channel_id: int, failure: str | None = None) -> bool:
        """Claim a week of a guild; False where it was claimed before.

        ``at`` is UTC in milliseconds; ``failure`` says why the digest is not posted, where that is known already.
        """
        row = {"guild_id": guild_id, "week": week, "claimed_at": at, "channel_id": channel_id, "failure": failure}
        return bool(await self._database.execute(insert("digests", row), as_parameter([row])))

    async def posted(self, guild_id: int, week: int, message_id: int) -> None:
        """Record that the digest was posted."""
        row = {"guild_id": guild_id, "week": week, "message_id": message_id}
        await self._database.execute(MARK_POSTED, row)

    async def failed(self, guild_id: int, week: int, failure: str) -> None:
        """Record that the digest was not posted, or perhaps not; ``failure`` tells an administrator why."""
        await self._database.execute(MARK_FAILED, {"guild_id": guild_id, "week": week, "failure": failure})

    async def forget_after(self, guild_id: int, week: int) -> None:
        """Forget a guild's claims of weeks after ``week``: they were made while a clock was wrong."""
        await self._database.execute(FORGET_AFTER, {"guild_id": guild_id, "week": week})
