"""Member keys, which the database has instead of members' ids, and the members who are not counted."""

from __future__ import annotations

import hashlib
import secrets

from lantern.store.database import Database

KEY_BYTES = 8
"""A member key has 64 bits, as SQLite's integers. The chance that any two of a million members share one is 3e-8."""

MAKE_SECRET = "INSERT INTO secrets (name, value) VALUES ('member_key', :secret) ON CONFLICT DO NOTHING"  # noqa: S105

SECRET = "SELECT value FROM secrets WHERE name = 'member_key'"  # noqa: S105


class MemberKeys:
    """Makes member keys with the secret of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Used until the file's secret is read: keys differ by member, but other runs make other ones.
        self._secret = secrets.token_bytes(32)
        self.uncounted: set[int] = set()
        """Keys of members who asked not to be counted. Changed by :class:`lantern.store.members.Members`."""

    async def open(self) -> None:
        """Read the secret, or make it on the first run. Raises :class:`DatabaseError`."""
        await self._database.execute(MAKE_SECRET, {"secret": self._secret})
        ((self._secret,),) = await self._database.fetch(SECRET)

    def of(self, user_id: int) -> int:
        """A member's key: the keyed BLAKE2b hash of their snowflake, 64 bits as a signed integer, with no way back."""
        digest = hashlib.blake2b(user_id.to_bytes(8, "big"), key=self._secret, digest_size=KEY_BYTES).digest()
        return int.from_bytes(digest, "big", signed=True)

    def seal(self, *parts: str) -> str:
        """16 hexadecimal digits made of ``parts`` and the secret, so that nobody without it can forge them."""
        sealed = hashlib.blake2b("\0".join(parts).encode(), key=self._secret, digest_size=8, person=b"seal")
        return sealed.hexdigest()

    def is_uncounted(self, member_key: int) -> bool:
        """Whether this member asked not to be counted. Then no row may be written for them."""
        return member_key in self.uncounted
