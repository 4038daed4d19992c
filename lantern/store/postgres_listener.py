"""What other processes announce (LISTEN and NOTIFY), heard on a connection of its own.

What goes over the channel is who says it, a subject and a key: no words of anybody. Whoever hears reads the rows.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import asyncpg

CHANNEL = "lantern"
ANSWER_SECONDS = 5.0
"""How long the server may take to say that it is there. A connection whose other end lost its power says nothing."""


class Listener:
    """The connection on which one process hears the others.

    ``connect`` makes it; ``hear`` is called with a subject and a key, and not with what this process announced itself.
    """

    def __init__(self, connect: Callable[[], Awaitable[Any]], hear: Callable[[str, int], None]) -> None:
        self._connect = connect
        self._hear = hear
        self._connection: Any = None
        self._name = secrets.token_hex(8)

    async def open(self) -> None:
        """Hear from now on. Raises what connecting raises."""
        connection = await self._connect()
        try:
            await connection.add_listener(CHANNEL, self._heard)
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection

    async def look_after(self) -> bool:
        """Whether the connection was lost, and is there again: what was announced meanwhile was not heard."""
        if self._connection is not None and not self._connection.is_closed():
            with suppress(OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresError):
                await self._connection.fetchval("SELECT 1", timeout=ANSWER_SECONDS)
                return False
        self.close()
        await self.open()
        return True

    def close(self) -> None:
        """Hear no more."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    def words(self, subject: str, key: int) -> str:
        """What is said on the channel."""
        return f"{self._name} {subject} {key}"

    def _heard(self, _connection: Any, _pid: int, _channel: str, words: str) -> None:
        name, subject, key = words.split(" ")
        if name != self._name:
            self._hear(subject, int(key))
