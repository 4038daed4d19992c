"""What stands in the database instead of a member's id, and which members are not to be counted."""

from __future__ import annotations

import hashlib
import secrets

from lantern.store.database import Database

KEY_BYTES = 8
"""A member key is 64 bits: one integer of SQLite. Among a million members two share one with probability 3e-8."""

MAKE_SECRET = "INSERT INTO secrets (name, value) VALUES ('member_key', :secret) ON CONFLICT DO NOTHING"  # noqa: S105

SECRET = "SELECT value FROM secrets WHERE name = 'member_key'"  # noqa: S105


class MemberKeys:
    """Makes member keys with the secret that is kept in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Until the file's own secret is read, keys still differ by member; they are then good for this run alone.
        self._secret = secrets.token_bytes(32)
        self.uncounted: set[int] = set()
        """Keys of members who asked not to be counted, kept up to date by :class:`lantern.store.members.Members`."""

    async def open(self) -> None:
        """Read the secret, or make it on the first run. Raises :class:`sqlite3.Error`."""
        await self._database.execute(MAKE_SECRET, {"secret": self._secret})
        ((self._secret,),) = await self._database.fetch(SECRET)

    def of(self, user_id: int) -> int:
        """A keyed BLAKE2b hash of a user's snowflake, as a signed integer of 64 bits; it cannot be turned back."""
        digest = hashlib.blake2b(user_id.to_bytes(8, "big"), key=self._secret, digest_size=KEY_BYTES).digest()
        return int.from_bytes(digest, "big", signed=True)

    def seal(self, *parts: str) -> str:
        """16 hexadecimal digits that only whoever has this file's secret can make of ``parts``."""
        sealed = hashlib.blake2b("\0".join(parts).encode(), key=self._secret, digest_size=8, person=b"seal")
        return sealed.hexdigest()

    def is_uncounted(self, member_key: int) -> bool:
        """Whether this member asked not to be counted: no row of any kind is to be written for them."""
        return member_key in self.uncounted
