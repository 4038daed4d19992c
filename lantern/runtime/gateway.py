"""What discord.py's connection to Discord's gateway does not do by itself.

One event that cannot be read ends discord.py, in an outage it comes to wait a quarter of an hour before it tries again,
a session that Discord has forgotten it would resume without end, and where Discord takes what it is sent and says
nothing, it waits for minutes or for ever. It has no door for any of these, so :func:`use` puts the classes that are
here in the place of its own.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import re
import zlib
from collections.abc import Iterator
from typing import Any

import aiohttp
import discord
import discord.client
import discord.shard
from discord.backoff import ExponentialBackoff
from discord.gateway import DiscordWebSocket, ReconnectWebSocket, WebSocketClosure
from discord.http import HTTPClient, Route
from discord.shard import EventItem, EventType

log = logging.getLogger(__name__)

LONGEST_WAIT = 20.0
"""Seconds between two tries to reach Discord, at most. Together with a try that Discord left without an answer
(:data:`SILENT_SECONDS` and :data:`CLOSING_SECONDS`) they are less than the minute that members are to wait at most
once Discord is well again."""
SILENT_SECONDS = 20.0
"""How long Discord may say nothing: to a request, to a handshake, and then before its hello, and before it begins the
session that it was asked for."""
CLOSING_SECONDS = 5.0
"""How long it may take to confirm that a connection is closed; aiohttp would wait for thirty."""
HEARTBEAT_SECONDS = 50.0
"""How long it may say nothing later. Heartbeats, which it answers, are 41 seconds apart."""

RESUMES = 3
"""How often in a row a session is resumed in vain, before a new one is begun."""
PAUSES = (0, 1, 2, 4, 8, 16, LONGEST_WAIT)
"""Seconds that a shard waits after none, one, two … connections in a row that came to nothing."""
BRIEF_SECONDS = 10.0
"""A new session that broke so soon came to nothing, whatever was heard in it."""

ENDED = (ReconnectWebSocket, WebSocketClosure, discord.ConnectionClosed, aiohttp.ClientError, OSError)
"""What is raised of a connection that ended; discord.py makes a new one."""

EVENT = re.compile(r"[A-Z_]{1,60}")
BEGINNINGS = ("READY", "RESUMED")
"""The events that a session begins with."""


def waits() -> Iterator[float]:
    """Seconds to wait before each further try, without end: more each time, :data:`LONGEST_WAIT` at most."""
    seconds = 2.0
    while True:
        # Not all at once: an outage ends for every bot at the same moment.
        yield seconds * random.uniform(0.5, 1)  # noqa: S311 - no secret
        seconds = min(2 * seconds, LONGEST_WAIT)


class Requests(HTTPClient):
    """discord.py's requests, each try of which may take five minutes."""

    async def request(self, route: Route, **options: Any) -> Any:
        """Called for every request but the answers to interactions. Raises :class:`TimeoutError` for one that hangs."""
        return await super().request(route, timeout=aiohttp.ClientTimeout(total=SILENT_SECONDS), **options)

    async def ws_connect(self, url: str, *, compress: int = 0) -> aiohttp.ClientWebSocketResponse:
        """Called for every connection to the gateway. Raises :class:`TimeoutError` for a handshake that hangs."""
        async with asyncio.timeout(SILENT_SECONDS):
            return await super().ws_connect(url, compress=compress)

    async def get_bot_gateway(self) -> Any:
        """Called to learn how many shards there are. Raises :class:`ValueError` where there is to be none."""
        shards, url, limits = await super().get_bot_gateway()
        if shards < 1:
            raise ValueError(f"{shards} shards")
        return shards, url, limits


class Backoff(ExponentialBackoff[Any]):
    """How long a shard waits before it connects again."""

    def delay(self) -> float:  # type: ignore[override]
        """Seconds, more each time, but never as long as discord.py's 1,024."""
        return min(super().delay(), LONGEST_WAIT * random.uniform(0.5, 1))  # noqa: S311 - no secret


class Socket(DiscordWebSocket):
    """The websocket of one shard. An event that cannot be read is skipped, and said in the log; a connection on which
    Discord says nothing is given up.
    """

    _frame: Any = None
    """The frame that is being read, as text."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, *, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(socket, loop=loop)
        socket._timeout = aiohttp.ClientWSTimeout(ws_close=CLOSING_SECONDS)
        self._closing: asyncio.Task[None] | None = None
        self._patience = loop.call_later(SILENT_SECONDS, self._give_up)

    @classmethod
    async def from_client(cls, client: discord.Client, **options: Any) -> Socket:
        """A connection that was greeted, and asked for a session; called for every one. Raises :data:`ENDED`."""
        try:
            return await super().from_client(client, **options)
        except ReconnectWebSocket:
            # From here it would end the process, where discord.py connects after a pause.
            raise aiohttp.ClientConnectionError("Discord said no hello") from None

    async def identify(self) -> None:
        """Called after Discord's hello, for a new session. It may wait for its turn."""
        self._patience.cancel()
        self.session_id = None
        await super().identify()
        self._wait_for("READY")

    async def resume(self) -> None:
        """Called after Discord's hello, for the session there was."""
        self._patience.cancel()
        await super().resume()
        self._wait_for("RESUMED")

    def _wait_for(self, beginning: str) -> None:
        self._patience = self.loop.call_later(SILENT_SECONDS, self._give_up)
        self.wait_for(beginning, lambda _: True).add_done_callback(lambda _: self._patience.cancel())

    def _give_up(self) -> None:
        if self.open:
            log.warning("Discord took shard %s's connection and says nothing; another is made", self.shard_id)
            self.session_id = None  # not to be resumed: that may be what gets no answer
            self._closing = self.loop.create_task(self.close(code=4000))

    def log_receive(self, data: Any, /) -> None:
        """Called by discord.py with each frame, unpacked, before it reads it."""
        self._frame = data

    async def received_message(self, msg: Any, /) -> None:
        """Called by discord.py with each frame. Raises what is in :data:`ENDED`."""
        self._frame = None
        try:
            await super().received_message(msg)
        except ENDED:
            raise
        except Exception as error:
            name = _event_of(self._frame)
            log.error("what Discord sent cannot be read, and is skipped: %s (%s)", name, type(error).__name__)
            # What is packed is a stream, of which nothing can be read after a fault; and without its beginning there is
            # no session.
            if isinstance(error, zlib.error) or self.session_id is None or name in BEGINNINGS:
                await self.close(code=4000)
                raise aiohttp.ClientPayloadError("a connection to Discord that cannot be used") from error


class Shard(discord.shard.Shard):
    """discord.py's, which would resume a session that Discord has forgotten (4009) without end and without a pause."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._in_vain = 0
        self._session: str | None = None
        self._heard = 0
        self._tried_at = float("-inf")
        self._due: ReconnectWebSocket | None = None

    async def reidentify(self, exc: ReconnectWebSocket) -> None:
        """Connect again, at once or after a pause; called for every connection that broke."""
        if exc is self._due:
            self._tried_at = self._client.loop.time()
            await super().reidentify(exc)
            return
        session, heard = self.ws.session_id, self.ws.sequence or 0
        if session == self._session:
            # Its only event may be that it was resumed.
            came_to_nothing = heard <= self._heard + 1
        else:
            came_to_nothing = self._client.loop.time() - self._tried_at < BRIEF_SECONDS
        self._in_vain = self._in_vain + 1 if came_to_nothing else 0
        self._session, self._heard = session, heard
        resume = exc.resume and self._in_vain < RESUMES and self.ws.session_id is not None
        if self._in_vain == RESUMES:
            log.warning("shard %d cannot take up its session again; a new one is begun", self.id)
        self._due = ReconnectWebSocket(self.id, resume=resume)
        item = EventItem(EventType.resume if resume else EventType.identify, self, self._due)
        # Not waited for here, where the other shards would wait, too.
        self._dispatch("shard_disconnect", self.id)
        self._client.loop.call_later(PAUSES[min(self._in_vain, len(PAUSES) - 1)], self._queue_put, item)


def _event_of(frame: Any) -> str:
    """The name of a frame's event, where it is one as Discord writes them."""
    try:
        name = json.loads(frame)["t"]
    except Exception:  # whatever kept discord.py from reading it, such as a thousand lists in one another
        return "no event"
    return name if isinstance(name, str) and EVENT.fullmatch(name) else "no event"


def use() -> None:
    """Let discord.py use these classes, in this whole process. Called before a client is made."""
    discord.client.HTTPClient = Requests  # type: ignore[attr-defined]
    discord.shard.DiscordWebSocket = Socket  # type: ignore[misc]
    discord.shard.Shard = Shard  # type: ignore[assignment,misc]
    discord.shard.ExponentialBackoff = Backoff  # type: ignore[attr-defined]
