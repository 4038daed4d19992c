"""Member keys, which the database has instead of members' ids, and the members who are not counted."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from pathlib import Path

from lantern.store import key_file
from lantern.store.addresses import is_address, shown
from lantern.store.database import Database, Transaction
from lantern.store.key_file import ANOTHER, LOST, MISSING, WrongKeyError, check_of

log = logging.getLogger(__name__)

KEY_BYTES = 8
"""A member key has 64 bits, as SQLite's integers. The chance that any two of a million members share one is 3e-8."""

SECRETS = "SELECT name, value FROM secrets"
KEEP_CHECK = "INSERT INTO secrets (name, value) VALUES ('member_key_check', :value) ON CONFLICT DO NOTHING"
KEY_WITHIN, CHECK = "member_key", "member_key_check"
"""What stands in the table: the key itself, as older versions kept it, or what it is known by."""

MADE = (
    "the key of members' codes is in %s. Copy it to another place than the backups: without it nobody can tell any "
    "more who asked not to be counted"
)


EMPTY_SECRETS = "DELETE FROM secrets"
EMPTY_ON_A_SERVER = "TRUNCATE secrets"
"""On a server a deleted row stays in the table's file; this gives the table a new one."""


async def put_check(transaction: Transaction, key: bytes, *, on_a_server: bool) -> None:
    """Let the database belong to this key, and to no other."""
    await transaction.execute(EMPTY_ON_A_SERVER if on_a_server else EMPTY_SECRETS)
    await transaction.execute(KEEP_CHECK, {"value": check_of(key)})


class MemberKeys:
    """Makes member keys with the key in ``file``; without one, as in tests, each run has a key of its own."""

    def __init__(self, database: Database, file: Path | None = None) -> None:
        self._database = database
        self._file = file
        # Used until the file is read: keys differ by member, but other runs make other ones.
        self._secret = key_file.new_key()
        self.uncounted: set[int] = set()
        """Keys of members who asked not to be counted. Changed by :class:`lantern.store.members.Members`."""

    async def open(self) -> None:
        """Read the key, or make it on the first run; one that an older version kept in the database moves out of it.

        Raises :class:`WrongKeyError` where the file and the database do not belong together, or :class:`DatabaseError`.
        """
        if self._file is None:
            return
        kept = {row["name"]: bytes(row["value"]) for row in await self._database.fetch(SECRETS)}
        within, check = kept.get(KEY_WITHIN), kept.get(CHECK)
        if within is not None:
            check = check_of(within)
        found = await asyncio.to_thread(key_file.read, self._file)
        key = found or within or self._secret
        if check is not None and check_of(key) != check:
            raise self._wrong(MISSING if found is None else ANOTHER)
        if found is None:
            if not await asyncio.to_thread(key_file.make, self._file, key):
                # Another process made one at the same moment.
                await self.open()
                return
            log.info(MADE, self._file)
        if within is not None:
            await self._take_out(key)
        elif check is None and not await self._is_kept(key):
            if found is None:
                self._file.unlink()
            raise self._wrong(ANOTHER)
        self._secret = key

    def _wrong(self, text: str) -> WrongKeyError:
        return WrongKeyError(text.format(path=self._file, where=shown(self._database.where), lost=LOST))

    async def _is_kept(self, key: bytes) -> bool:
        """Put the check value into the database, and return whether it is the one that is there."""
        await self._database.execute(KEEP_CHECK, {"value": check_of(key)})
        kept = {row["name"]: bytes(row["value"]) for row in await self._database.fetch(SECRETS)}
        return kept[CHECK] == check_of(key)

    async def _take_out(self, key: bytes) -> None:
        """Put the check value in the key's place. It is in the file by now, on the disk."""
        async with self._database.transaction() as transaction:
            await put_check(transaction, key, on_a_server=is_address(self._database.where))
        await self._database.erase(key)
        log.warning("the key is not in the database any more; backups of before still have it")

    def of(self, user_id: int) -> int:
        """A member's key: the keyed BLAKE2b hash of their snowflake, 64 bits as a signed integer, with no way back."""
        digest = hashlib.blake2b(user_id.to_bytes(8, "big"), key=self._secret, digest_size=KEY_BYTES).digest()
        return int.from_bytes(digest, "big", signed=True)

    def seal(self, *parts: str) -> str:
        """16 hexadecimal digits made of ``parts`` and the key, so that nobody without it can forge them."""
        sealed = hashlib.blake2b("\0".join(parts).encode(), key=self._secret, digest_size=8, person=b"seal")
        return sealed.hexdigest()

    def is_uncounted(self, member_key: int) -> bool:
        """Whether this member asked not to be counted. Then no row may be written for them."""
        return member_key in self.uncounted
