"""Which invitation was greeted in each guild, so that a connection that comes back is not greeted again."""

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
        """Whether nobody has greeted this invitation (when the bot joined, UTC milliseconds); it is claimed then.

        Raises :class:`sqlite3.Error`.
        """
        return bool(await self._database.execute(CLAIM, {"guild_id": guild_id, "joined_at": joined_at}))
