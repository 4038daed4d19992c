"""How many requests to Discord may be under way at once."""

from __future__ import annotations

import asyncio
import functools

import aiohttp
from aiohttp.tracing import Trace

CONNECTIONS = 100
"""Requests under way at most. discord.py has no limit, and opens a connection for each of three hundred answers at
once: a handshake each, where waiting for a connection that is open is quicker."""
HANGING_SECONDS = 0.5
"""After which a request counts no more among those, so that what hangs keeps nobody else waiting for longer."""


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
            # None while all that were counted are done, and those that waited have yet to begin.
            oldest = next(iter(self._counted.values()), self._loop.time())
            self._looking = self._loop.call_at(oldest + HANGING_SECONDS, self._look)
