"""The last invitation to each guild that was greeted, so that none is greeted twice."""

from __future__ import annotations

from lantern.store.database import Database

CLAIM = """
    INSERT INTO guild_welcomes (guild_id, joined_at)
         VALUES (:guild_id, :joined_at)
    ON CONFLICT (guild_id) DO UPDATE
            SET joined_at = excluded.joined_at
          WHERE excluded.joined_at > guild_welcomes.joined_at
"""


class Welcomes:
    """The greeted invitations of all guilds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, guild_id: int, joined_at: int) -> bool:
        """Claim the invitation by which the bot joined at ``joined_at`` (UTC milliseconds); False where it was greeted.

        Raises :class:`DatabaseError`.
        """
        return bool(await self._database.execute(CLAIM, {"guild_id": guild_id, "joined_at": joined_at}))
