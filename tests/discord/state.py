"""What the loopback Discord holds: guilds, channels, messages, commands, interactions, and what happened so far.

The gateway and the REST routes read and change it; tests and the benchmark look at it and wait for it to change.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from tests.discord import payloads
from tests.discord.payloads import Json
from tests.discord.requests import Request

PATIENCE = 60.0  # seconds after which waiting is given up: the last net, which a slow machine does not reach
KEPT_OBJECTS = 20_000  # messages and interactions remembered, the oldest forgotten first

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True)
class Event:
    """One thing that happened on the gateway, `at` a `time.perf_counter()`.

    `kind` is connect, heartbeat, identify, resume, resumed, ready, refused or close; `data` the payload received, or
    the code of a close.
    """

    kind: str
    shard: int | None
    at: float
    data: Any = None


def _future() -> asyncio.Future[Request]:
    return asyncio.get_running_loop().create_future()


@dataclass
class Asked:
    """One interaction sent to the bot, and what came back.

    `sent` holds the time of each delivery, `time.perf_counter()` just before the frame is written; `first` is the first
    callback that was accepted; `original` the message that answers, as it stands now.
    """

    payload: Json
    shard: int
    channel_id: int
    sent: list[float] = field(default_factory=list)
    callbacks: list[Request] = field(default_factory=list)
    original: Json | None = None
    acknowledged: bool = False
    first: asyncio.Future[Request] = field(default_factory=_future)

    @property
    def id(self) -> int:
        """The interaction's id."""
        return int(self.payload["id"])

    @property
    def token(self) -> str:
        """The token that the bot answers and follows up with."""
        return str(self.payload["token"])

    @property
    def delay(self) -> float:
        """Seconds from the first gateway frame to the first callback request that Discord took; after `answered`."""
        return self.first.result().received - self.sent[0]

    async def answered(self, timeout: float = PATIENCE) -> Request:
        """Wait for the first callback that was accepted and return it; TimeoutError after `timeout` seconds."""
        return await asyncio.wait_for(asyncio.shield(self.first), timeout)

    def take(self, request: Request) -> None:
        """Note a callback request; the first accepted one answers."""
        self.callbacks.append(request)
        if request.status < 300 and not self.first.done():
            self.first.set_result(request)


class _Shelf(OrderedDict[K, V]):
    """A dictionary that forgets its oldest entries, so that a long run on it stays bounded."""

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        if len(self) > KEPT_OBJECTS:
            self.popitem(last=False)


class State:
    """See the top of this file.

    guilds -- how many guilds the bot is in; `payloads.guild` makes them
    shards -- what GET /gateway/bot recommends; `max_concurrency` what it says of identifies at once
    keep -- the newest requests and gateway events kept; older ones are forgotten
    """

    def __init__(self, *, guilds: int, shards: int, keep: int) -> None:
        self.shards = shards
        self.max_concurrency = 16
        self.guilds: dict[int, Json] = {int(data["id"]): data for data in map(payloads.guild, range(guilds))}
        self.channels: dict[int, Json] = {}  # and threads
        for guild in self.guilds.values():
            for data in (*guild["channels"], *guild["threads"]):
                self.channels[int(data["id"])] = {"guild_id": guild["id"], **data}
        self.messages: _Shelf[int, Json] = _Shelf()
        self.commands: dict[str, list[Json]] = {}  # by the path they were put to
        self.interactions: _Shelf[str, Asked] = _Shelf()  # by their token
        self.ids = payloads.snowflakes()
        self.requests: deque[Request] = deque(maxlen=keep)
        self.unknown: list[Request] = []  # requests to routes that this server does not have
        self.events: deque[Event] = deque(maxlen=keep)
        self.held = 0  # requests that a planned fault let wait for an event
        self._waiters: list[asyncio.Future[None]] = []

    async def until(self, condition: Callable[[], object], timeout: float = PATIENCE) -> None:
        """Return as soon as the condition is true, looked at after each request and event.

        Raises TimeoutError after `timeout` seconds.
        """
        async with asyncio.timeout(timeout):
            while not condition():
                waiter = asyncio.get_running_loop().create_future()
                self._waiters.append(waiter)
                await waiter

    def sent(self, method: str, pattern: str) -> list[Request]:
        """Return the kept requests of that method whose path matches the pattern, such as /channels/*/messages."""
        return [request for request in self.requests if request.method == method and fnmatchcase(request.path, pattern)]

    def happened(self, kind: str) -> list[Event]:
        """Return the kept gateway events of that kind."""
        return [event for event in self.events if event.kind == kind]

    def stir(self) -> None:
        """Let those who wait look again."""
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def note(self, kind: str, shard: int | None, data: Any = None) -> None:
        """Keep an event of the gateway."""
        self.events.append(Event(kind, shard, time.perf_counter(), data))
        self.stir()
