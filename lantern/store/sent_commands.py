"""The commands that Discord was sent last, so that a restart sends them only when they changed."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import NamedTuple

import orjson

from lantern.store.database import Database
from lantern.store.rows import as_parameter, upsert

LAST_SENT = "SELECT payload_hash, command_ids FROM synced_commands WHERE application_id = :application_id"


class Sent(NamedTuple):
    """What was sent last: a hash of it, and the ids that Discord gave the commands, by name."""

    payload_hash: str
    command_ids: dict[str, int]


class SentCommands:
    """The commands sent for each application. Every method raises :class:`DatabaseError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def last(self, application_id: int) -> Sent | None:
        """What was sent last for an application; None where nothing was."""
        rows = await self._database.fetch(LAST_SENT, {"application_id": application_id})
        return Sent(rows[0]["payload_hash"], orjson.loads(rows[0]["command_ids"])) if rows else None

    async def keep(self, application_id: int, payload_hash: str, command_ids: dict[str, int], at: int) -> None:
        """Store what Discord accepted; ``at`` is UTC in milliseconds."""
        row = {
            "application_id": application_id,
            "payload_hash": payload_hash,
            "command_ids": orjson.dumps(command_ids).decode(),
            "synced_at": at,
        }
        async with self._database.transaction() as transaction:
            await transaction.execute(upsert("synced_commands", row, key=("application_id",)), as_parameter([row]))
            await transaction.announce("commands", application_id)

    def lock(self) -> AbstractAsyncContextManager[bool]:
        """Whether this process alone may send commands while the block runs. Repeating it would change nothing."""
        return self._database.lock("commands")
