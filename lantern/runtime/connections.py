"""Connections to Discord: how many requests wait for one, and how a shard whose session is gone comes back."""

from __future__ import annotations

import asyncio
import functools
import logging
from typing import Any

import aiohttp
import discord.shard
from aiohttp.tracing import Trace
from discord.gateway import ReconnectWebSocket
from discord.shard import EventItem, EventType

log = logging.getLogger(__name__)

CONNECTIONS = 100
"""Requests under way at most. discord.py has no limit, and opens a connection for each of three hundred answers at
once: a handshake each, where waiting for a connection that is open is quicker."""
HANGING_SECONDS = 0.5
"""After which a request counts no more among those, so that what hangs keeps nobody else waiting for longer."""

RESUMES = 3
"""How often in a row a session is resumed in vain, before a new one is begun."""
PAUSES = (0, 1, 2, 4, 8, 16, 32, 60)
"""Seconds that a shard waits after none, one, two … connections in a row that came to nothing."""
BRIEF_SECONDS = 10.0
"""A connection that broke so soon came to nothing, whatever was heard on it."""


class Connections(aiohttp.TCPConnector):
    """aiohttp's, with a limit that counts only requests of the last half second."""

    def __init__(self) -> None:
        super().__init__(limit=0)
        self._free = asyncio.Semaphore(CONNECTIONS)
        self._counted: dict[object, float] = {}  # when each began, oldest first
        self._looking: asyncio.TimerHandle | None = None

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's own
    ) -> aiohttp.connector.Connection:
        """Wait for a turn, and then as aiohttp does; called for every request."""
        if self._free.locked() and self._looking is None:
            self._look()
        await self._free.acquire()
        request = object()
        self._counted[request] = self._loop.time()
        try:
            connection = await super().connect(req, traces, timeout)
        except BaseException:
            self._discount(request)
            raise
        connection.add_callback(functools.partial(self._discount, request))
        return connection

    def _discount(self, request: object) -> None:
        if self._counted.pop(request, None) is not None:
            self._free.release()

    def _look(self) -> None:
        """While requests wait: count those no more that hang."""
        hanging = self._loop.time() - HANGING_SECONDS
        for request, began in list(self._counted.items()):
            if began > hanging:
                break
            self._discount(request)
        self._looking = None
        if self._free.locked():
            oldest = next(iter(self._counted.values()))
            self._looking = self._loop.call_at(oldest + HANGING_SECONDS, self._look)


class PatientShard(discord.shard.Shard):
    """discord.py's, which would resume a session that Discord has forgotten (4009) without end and without a pause."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._in_vain = 0
        self._heard: tuple[str | None, int | None] | None = None
        self._tried_at = float("-inf")
        self._due: ReconnectWebSocket | None = None

    async def reidentify(self, exc: ReconnectWebSocket) -> None:
        """Connect again, at once or after a pause; called for every connection that broke."""
        if exc is self._due:
            self._tried_at = self._client.loop.time()
            await super().reidentify(exc)
            return
        heard = self.ws.session_id, self.ws.sequence
        brief = self._client.loop.time() - self._tried_at < BRIEF_SECONDS
        self._in_vain = self._in_vain + 1 if brief or heard == self._heard else 0
        self._heard = heard
        resume = exc.resume and self._in_vain < RESUMES and self.ws.session_id is not None
        if self._in_vain == RESUMES:
            log.warning("shard %d cannot take up its session again; a new one is begun", self.id)
        self._due = ReconnectWebSocket(self.id, resume=resume)
        item = EventItem(EventType.resume if resume else EventType.identify, self, self._due)
        # Not waited for here, where the other shards would wait, too.
        self._dispatch("shard_disconnect", self.id)
        self._client.loop.call_later(PAUSES[min(self._in_vain, len(PAUSES) - 1)], self._queue_put, item)


# AutoShardedClient makes its shards by this name, and takes no other.
discord.shard.Shard = PatientShard  # type: ignore[assignment,misc]
