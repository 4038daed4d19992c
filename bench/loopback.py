"""A small Discord on 127.0.0.1 that discord.py really connects to: a gateway, the REST routes a bot uses, and bad days.

    async with Loopback(guilds=2) as server:          # a free port of 127.0.0.1, nothing else
        ...                                           # start a bot, pointed here by bench/launch.py
        await server.ready()
        asked = await server.slash("twinflame", "runner")
        request = await asked.answered()              # the bot's callback, with its body and the time it came
        print(asked.delay, request.body)

        server.fail("POST", "/interactions/*", Fault.rate_limited(0.2))     # the next one only
        await server.drop()                           # the gateway's socket dies; discord.py resumes

Everything the bot sends is kept in `requests`, everything that happens on the gateway in `events`. Waiting is for a
condition (`until`), never for a length of time. What Discord itself would refuse and this server knows of is refused
with Discord's own code: a second callback (40060), one after three seconds (10062), what does not exist (10003, 10008,
10015), a reply to a message that is gone (50035), an edit in an archived thread (50083). Everything else is taken as it
comes; `dump` writes the requests to a file from which they can be checked against Discord's API document.

Facts about Discord are from its reference: "Gateway", "Gateway Events", "Opcodes and Status Codes", "Rate Limits",
"Receiving and Responding".
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import re
import socket
import struct
import time
import zlib
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from aiohttp import WSMsgType, web

from bench import payloads
from bench.payloads import APPLICATION_ID, BOT_ID, EPHEMERAL, LOADING, MEMBER, Json, Person

API = "/api/v10"
GATEWAY = "/gateway"
BODY: web.RequestKey[Any] = web.RequestKey("body", object)
TOKEN = "not-a-token"  # noqa: S105  what the bot must log in with; anything else is refused as Discord refuses it
ANSWER_WITHIN = 3.0  # seconds for the first answer to an interaction
KEPT_EVENTS = 5_000  # events a session keeps for a resume
KEPT_OBJECTS = 20_000  # messages and interactions remembered, the oldest forgotten first

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 0, 1, 2, 6, 7, 9, 10, 11
MESSAGE_CONTENT = 1 << 15  # the privileged intent without which fetched messages come empty

# Kinds of interaction, and of answers to one.
COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
SEND, DEFER, DEFER_UPDATE, UPDATE = 4, 5, 6, 7

try:  # discord.py does the same: the faster one where it is installed
    import orjson

    dumps: Callable[[Any], bytes] = orjson.dumps
    loads: Callable[[bytes | str], Any] = orjson.loads
except ModuleNotFoundError:  # pragma: no cover  one of the two is always unused

    def dumps(value: Any) -> bytes:
        return json.dumps(value, separators=(",", ":")).encode()

    loads = json.loads


# --- What the tests and the benchmark read ------------------------------------------------------------------------


@dataclass(frozen=True)
class Request:
    """One REST request of the bot.

    `path` begins after /api/v10; `received` is `time.perf_counter()` once the body is read.
    """

    method: str
    path: str
    body: Any
    received: float
    status: int
    query: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Event:
    """One thing that happened on the gateway.

    `kind` is connect, heartbeat, identify, resume, resumed, ready, refused or close; `data` the payload received, or
    the code of a close.
    """

    kind: str
    shard: int | None
    at: float
    data: Any = None


@dataclass
class Asked:
    """One interaction sent to the bot, and what came back.

    `sent` holds the time of each delivery, `time.perf_counter()` just before the frame is written.
    """

    payload: Json
    shard: int
    channel_id: int
    loop: asyncio.AbstractEventLoop = field(repr=False)
    sent: list[float] = field(default_factory=list)
    callbacks: list[Request] = field(default_factory=list)
    original: Json | None = None
    acknowledged: bool = False

    def __post_init__(self) -> None:
        self.first: asyncio.Future[Request] = self.loop.create_future()

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

    async def answered(self, timeout: float = 5.0) -> Request:
        """Wait for the first callback that was accepted and return it; TimeoutError after `timeout` seconds."""
        return await asyncio.wait_for(asyncio.shield(self.first), timeout)

    def take(self, request: Request) -> None:
        """Note a callback request; the first accepted one answers."""
        self.callbacks.append(request)
        if request.status < 300 and not self.first.done():
            self.first.set_result(request)


@dataclass(frozen=True)
class Fault:
    """One way in which Discord lets a request down.

    `done` says whether Discord carried the request out before failing, which is what makes repeating it dangerous.
    `wait` delays by seconds, or until the event is set. `reset` cuts the connection instead of answering.
    """

    status: int | None = None
    body: Json | str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float | asyncio.Event | None = None
    reset: bool = False
    done: bool = False

    @classmethod
    def error(cls, status: int, *, done: bool = False) -> Self:
        """Return a 500, 502, 503 or 504 with the HTML that Discord's front sends."""
        return cls(status, f"<html><title>{status}</title></html>", done=done)

    @classmethod
    def refused(cls, status: int, code: int, message: str) -> Self:
        """Return a refusal in Discord's own words, such as 403, 50013, "Missing Permissions"."""
        return cls(status, {"message": message, "code": code})

    @classmethod
    def rate_limited(cls, retry_after: float, *, everywhere: bool = False) -> Self:
        """Return a 429 with `retry_after` in seconds, of the route's bucket or, with `everywhere`, the global one."""
        body: Json = {"message": "You are being rate limited.", "retry_after": retry_after, "global": everywhere}
        scope = {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"} if everywhere else {}
        headers = {"X-RateLimit-Scope": "user", "X-RateLimit-Reset-After": f"{retry_after:.3f}"}
        return cls(429, body, headers | {"Retry-After": str(int(retry_after) + 1)} | scope)

    @classmethod
    def slow(cls, wait: float | asyncio.Event) -> Self:
        """Return an ordinary answer that comes late: after so many seconds, or when the event is set."""
        return cls(wait=wait)

    @classmethod
    def cut(cls, *, done: bool = False) -> Self:
        """Return a connection reset in place of an answer."""
        return cls(reset=True, done=done)


# --- Inside -------------------------------------------------------------------------------------------------------


class Refusal(Exception):
    """Discord says no: `status` and the JSON error code of "Opcodes and Status Codes"."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"message": message, "code": code}


@dataclass
class _PlannedFault:
    method: str
    pattern: str
    fault: Fault
    left: int


@dataclass
class _Bucket:
    """A real rate limit: `limit` requests in `per` seconds for one route and path."""

    limit: int
    per: float
    remaining: int = 0
    resets: float = 0.0

    def take(self) -> bool:
        now = time.perf_counter()
        if now >= self.resets:
            self.remaining, self.resets = self.limit, now + self.per
        self.remaining -= 1
        return self.remaining >= 0

    def headers(self, name: str) -> dict[str, str]:
        left = max(0.0, self.resets - time.perf_counter())
        return {
            "X-RateLimit-Bucket": re.sub(r"\W", "", name),
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.remaining)),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
        }


class _Compressor(Protocol):
    def __call__(self, payload: bytes, /) -> bytes: ...


def _compressor(wanted: str | None) -> _Compressor | None:
    """Return what packs one connection's frames as its query asked ("Transport Compression"), or None for plain."""
    if wanted == "zlib-stream":
        deflate = zlib.compressobj()
        return lambda payload: deflate.compress(payload) + deflate.flush(zlib.Z_SYNC_FLUSH)
    if wanted == "zstd-stream":
        # discord.py asks for it only where this package is installed, for the bot; the server needs it then, too.
        zstandard = importlib.import_module("zstandard")
        stream = zstandard.ZstdCompressor().compressobj()
        return lambda payload: bytes(stream.compress(payload) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))
    return None


class _Link:
    """One websocket of the gateway."""

    def __init__(self, ws: web.WebSocketResponse, request: web.Request) -> None:
        self.ws = ws
        self.request = request
        self.compress = _compressor(request.query.get("compress"))
        self.session: _Session | None = None

    async def send(self, payload: bytes) -> None:
        if self.ws.closed:
            return
        with contextlib.suppress(ConnectionError):  # dropped meanwhile: the session keeps the event for the resume
            if self.compress is None:
                await self.ws.send_str(payload.decode())
            else:
                await self.ws.send_bytes(self.compress(payload))

    async def op(self, op: int, data: Any) -> None:
        await self.send(dumps({"op": op, "d": data, "s": None, "t": None}))


class _Session:
    """What Discord remembers of one shard between connections."""

    def __init__(self, session_id: str, shard: int, shards: int, intents: int) -> None:
        self.id = session_id
        self.shard = shard
        self.shards = shards
        self.intents = intents
        self.sequence = 0
        self.kept: deque[tuple[int, bytes]] = deque(maxlen=KEPT_EVENTS)
        self.link: _Link | None = None
        self.ready = False

    async def dispatch(self, name: str, data: bytes) -> None:
        """Send the event and keep it, so that a bot that lost its connection gets it with its resume."""
        self.sequence += 1
        frame = b'{"op":0,"t":"%s","s":%d,"d":%s}' % (name.encode(), self.sequence, data)
        self.kept.append((self.sequence, frame))
        if self.link is not None:
            await self.link.send(frame)


K = TypeVar("K")
V = TypeVar("V")


class _Shelf(OrderedDict[K, V]):
    """A dictionary that forgets its oldest entries, so that a long run on it stays bounded."""

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        if len(self) > KEPT_OBJECTS:
            self.popitem(last=False)


_Handler = Callable[["Loopback", web.Request, Any], Any]
_routes: list[tuple[str, str, _Handler]] = []


def _route(method: str, path: str) -> Callable[[_Handler], _Handler]:
    def register(handler: _Handler) -> _Handler:
        _routes.append((method, path, handler))
        return handler

    return register


class Loopback:
    """The server. Use it as an asynchronous context manager.

    guilds -- how many guilds the bot is in; `payloads.guild` makes them
    shards -- what GET /gateway/bot recommends
    heartbeat -- seconds between heartbeats asked of the bot (Discord: about 41)
    keep -- the newest requests and gateway events kept; older ones are forgotten
    """

    def __init__(self, *, guilds: int = 1, shards: int = 1, heartbeat: float = 41.25, keep: int = 100_000) -> None:
        self.shards = shards
        self.heartbeat = heartbeat
        self.acknowledging = True  # False: heartbeats go unanswered, as when Discord's side has died
        self.guilds: dict[int, Json] = {int(data["id"]): data for data in map(payloads.guild, range(guilds))}
        self.channels: dict[int, Json] = {}
        for guild in self.guilds.values():
            for data in (*guild["channels"], *guild["threads"]):
                self.channels[int(data["id"])] = {"guild_id": guild["id"], **data}
        self.messages: _Shelf[int, Json] = _Shelf()
        self.people: dict[int, Person] = {
            person.id: person for person in (payloads.MEMBER, payloads.MODERATOR, payloads.ADMINISTRATOR)
        }
        self.commands: dict[str, list[Json]] = {}  # by the path they were put to
        self.requests: deque[Request] = deque(maxlen=keep)
        self.events: deque[Event] = deque(maxlen=keep)
        self.refused_handshakes = 0  # connections to the gateway that a planned fault turned away
        self.unknown: list[Request] = []  # requests to routes that this server does not have
        self._ids = payloads.snowflakes()
        self._asked: _Shelf[str, Asked] = _Shelf()
        self._sessions: dict[str, _Session] = {}
        self._links: set[_Link] = set()
        self._faults: list[_PlannedFault] = []
        self._limits: list[tuple[str, str, int, float]] = []
        self._buckets: dict[str, _Bucket] = {}
        self._waiters: list[asyncio.Future[None]] = []
        self._guild_frames: dict[int, bytes] = {}
        self._runner: web.AppRunner | None = None
        self.port = 0

    # -- Life -------------------------------------------------------------------------------------------------------

    @property
    def base(self) -> str:
        """The REST base address, what `discord.http.Route.BASE` is on the real one."""
        return f"http://127.0.0.1:{self.port}{API}"

    @property
    def gateway(self) -> str:
        """The gateway's address."""
        return f"ws://127.0.0.1:{self.port}{GATEWAY}"

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._through], client_max_size=64 * 2**20)
        app.router.add_get(GATEWAY, self._serve_gateway)
        for method, path, handler in _routes:
            app.router.add_route(method, API + path, self._serve(handler))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024)  # a burst opens hundreds of connections at once
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        for planned in self._faults:
            if isinstance(planned.fault.wait, asyncio.Event):
                planned.fault.wait.set()
        for link in list(self._links):
            await link.ws.close(code=1001)
        assert self._runner is not None
        await self._runner.cleanup()

    # -- Waiting and looking ----------------------------------------------------------------------------------------

    async def until(self, condition: Callable[[], object], timeout: float = 10.0) -> None:
        """Return as soon as the condition is true, looked at after each request and event; TimeoutError in seconds."""
        async with asyncio.timeout(timeout):
            while not condition():
                waiter = asyncio.get_running_loop().create_future()
                self._waiters.append(waiter)
                await waiter

    async def ready(self, timeout: float = 30.0) -> None:
        """Wait until each shard that the bot said it has is connected and has been sent its guilds."""

        def all_ready() -> bool:
            live = self._live()
            return bool(live) and len(live) == live[0].shards and all(session.ready for session in live)

        await self.until(all_ready, timeout)

    def sent(self, method: str, pattern: str) -> list[Request]:
        """Return the kept requests of that method whose path matches the pattern, such as /channels/*/messages."""
        return [request for request in self.requests if request.method == method and fnmatchcase(request.path, pattern)]

    def happened(self, kind: str) -> list[Event]:
        """Return the kept gateway events of that kind."""
        return [event for event in self.events if event.kind == kind]

    def dump(self, path: Path, requests: Iterable[Request] | None = None) -> int:
        """Write requests (all kept ones) as lines of {method, path, body}; return how many."""
        lines = [
            json.dumps({"method": request.method, "path": API + request.path, "body": request.body}) + "\n"
            for request in (self.requests if requests is None else requests)
        ]
        path.write_text("".join(lines), encoding="utf-8")
        return len(lines)

    def _stir(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _note(self, kind: str, shard: int | None, data: Any = None) -> None:
        self.events.append(Event(kind, shard, time.perf_counter(), data))
        self._stir()

    # -- Bad days ---------------------------------------------------------------------------------------------------

    def fail(self, method: str, pattern: str, fault: Fault, times: int = 1) -> None:
        """Let the next `times` requests that match fail so; method "*" is any, faults are used in the order planned.

        The gateway's own handshake is GET /gateway.
        """
        self._faults.append(_PlannedFault(method, pattern, fault, times))

    def limit(self, method: str, pattern: str, count: int, per: float) -> None:
        """Keep a real rate limit from now on: `count` requests in `per` seconds on each path that matches."""
        self._limits.append((method, pattern, count, per))

    def heal(self) -> None:
        """Forget planned faults and limits, and acknowledge heartbeats again."""
        self._faults.clear()
        self._limits.clear()
        self._buckets.clear()
        self.acknowledging = True

    async def drop(self, shard: int = 0, code: int | None = None) -> None:
        """Close the shard's socket with a close code, or without one cut the connection as a failing network does."""
        link = self._link(shard)
        if code is not None:
            await link.ws.close(code=code)
        else:
            _reset(link.request)

    async def drop_all(self) -> None:
        """Cut every connection to the gateway, also one that has not identified itself yet."""
        for link in list(self._links):
            _reset(link.request)

    async def ask_to_reconnect(self, shard: int = 0) -> None:
        """Send opcode 7: the bot should reconnect and resume."""
        await self._link(shard).op(RECONNECT, None)

    async def invalidate(self, shard: int = 0, *, resumable: bool = False) -> None:
        """Send opcode 9. Unless resumable the session is gone, and a resume of it is refused."""
        link = self._link(shard)
        if not resumable and link.session is not None:
            self._sessions.pop(link.session.id, None)
        await link.op(INVALID_SESSION, resumable)

    def _live(self) -> list[_Session]:
        return [session for session in self._sessions.values() if session.link is not None]

    def _link(self, shard: int) -> _Link:
        for session in self._live():
            if session.shard == shard and session.link is not None:
                return session.link
        raise LookupError(f"shard {shard} is not connected")

    # -- What people do ---------------------------------------------------------------------------------------------

    async def slash(self, *names: str, options: Mapping[str, Any] | None = None, **where: Any) -> Asked:
        """Somebody uses /names… with these options; for `where` see `interaction`."""
        data = payloads.slash_data(names, options or {}, self._command_id(names[0], 1))
        return await self.interaction(COMMAND, data, **where)

    async def autocomplete(self, *names: str, focused: str, typed: str, **where: Any) -> Asked:
        """Somebody has typed so far into the option named `focused`; the answer's body holds the choices."""
        data = payloads.slash_data(names, {focused: typed}, self._command_id(names[0], 1))
        innermost = data["options"]
        while "options" in innermost[0]:
            innermost = innermost[0]["options"]
        innermost[0]["focused"] = True
        return await self.interaction(AUTOCOMPLETE, data, **where)

    async def message_command(self, name: str, message: Json, **where: Any) -> Asked:
        """Somebody uses a message command on that message object."""
        data: Json = {"id": str(self._command_id(name, 3)), "name": name, "type": 3, "target_id": message["id"]}
        data["resolved"] = {"messages": {message["id"]: message}}
        return await self.interaction(COMMAND, data, **({"channel": int(message["channel_id"])} | where))

    async def press(
        self, message: Json, custom_id: str, values: list[str] | None = None, kind: int = 2, **where: Any
    ) -> Asked:
        """Somebody presses a button of the message or, with `values`, chooses in its select; `kind` is its type."""
        data: Json = {"custom_id": custom_id, "component_type": 3 if values is not None and kind == 2 else kind}
        if values is not None:
            data["values"] = values
        where = {"channel": int(message["channel_id"])} | where
        return await self.interaction(COMPONENT, data, message=message, **where)

    async def submit(self, custom_id: str, fields: Mapping[str, str], **where: Any) -> Asked:
        """Somebody submits a modal; `fields` are its text inputs by custom id."""
        inputs = [{"type": 4, "custom_id": name, "value": value} for name, value in fields.items()]
        rows = [{"type": 1, "components": [field]} for field in inputs]
        return await self.interaction(MODAL, {"custom_id": custom_id, "components": rows}, **where)

    async def interaction(
        self,
        kind: int,
        data: Json,
        *,
        person: Person = MEMBER,
        channel: int | None = None,
        guild: int | None = None,
        message: Json | None = None,
        installed: bool = True,
    ) -> Asked:
        """Send an INTERACTION_CREATE of that kind and return it at once.

        channel -- a channel's or thread's id; by default the first channel of `guild`, by default of the first guild
        message -- the message object that a component is on
        installed -- False: as in a guild that the bot was never invited to, used through a user install
        """
        if channel is None:
            guild_id = guild if guild is not None else next(iter(self.guilds))
            channel = int(self.guilds[guild_id]["channels"][0]["id"])
        place = self.channels[channel]
        payload: Json = {
            "id": str(next(self._ids)),
            "application_id": str(APPLICATION_ID),
            "type": kind,
            "data": data,
            "token": f"interaction-{next(self._ids)}",
            "version": 1,
            "channel_id": str(channel),
            "channel": place,
            "locale": person.locale,
            "app_permissions": str(payloads.BOT_PERMISSIONS),
            "entitlements": [],
            "attachment_size_limit": 10 * 2**20,
        }
        if "guild_id" in place:
            payload["guild_id"] = place["guild_id"]
            payload["guild"] = {"id": place["guild_id"], "features": [], "locale": "en-US"}
            payload["guild_locale"] = "en-US"
            payload["member"] = person.member()
            payload["context"] = 0
            owner = {"0": place["guild_id"]} if installed else {"1": str(person.id)}
        else:
            payload["user"] = person.user()
            payload["context"] = 1
            owner = {"0": "0"}
        payload["authorizing_integration_owners"] = owner
        if message is not None:
            payload["message"] = message
        shards = max((session.shards for session in self._live()), default=1)
        shard = (int(place.get("guild_id", 0)) >> 22) % shards
        asked = Asked(payload, shard, channel, asyncio.get_running_loop())
        self._asked[asked.token] = asked
        await self.deliver(asked)
        return asked

    async def deliver(self, asked: Asked) -> None:
        """Send an interaction's frame, once more if it has been sent; Discord does that now and then."""
        session = next((s for s in self._sessions.values() if s.shard == asked.shard), None)
        if session is None:
            raise LookupError(f"shard {asked.shard} has no session")
        data = dumps(asked.payload)
        asked.sent.append(time.perf_counter())
        await session.dispatch("INTERACTION_CREATE", data)

    async def event(self, name: str, data: Json, guild: int | None = None) -> None:
        """Send any other gateway event to the shard of that guild, by default to every shard."""
        for session in list(self._sessions.values()):
            if guild is None or (guild >> 22) % session.shards == session.shard:
                await session.dispatch(name, dumps(data))

    async def join(self, guild: Json) -> None:
        """The bot is invited to a guild that was not there when it connected."""
        self.guilds[int(guild["id"])] = guild
        for data in (*guild["channels"], *guild["threads"]):
            self.channels[int(data["id"])] = {"guild_id": guild["id"], **data}
        await self.event("GUILD_CREATE", guild, int(guild["id"]))

    def post(self, channel: int, content: str, person: Person = MEMBER) -> Json:
        """Somebody writes a message; return its object. No event is sent: a bot with `guilds` alone gets none."""
        data = payloads.message(next(self._ids), channel, person.user(), {"content": content})
        self.messages[int(data["id"])] = data
        return data

    def _command_id(self, name: str, kind: int) -> int:
        for commands in self.commands.values():
            for command in commands:
                if command["name"] == name and command.get("type", 1) == kind:
                    return int(command["id"])
        return 0

    # -- The gateway ------------------------------------------------------------------------------------------------

    async def _serve_gateway(self, request: web.Request) -> web.StreamResponse:
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        link = _Link(ws, request)
        self._links.add(link)
        self._note("connect", None, dict(request.query))
        await link.op(HELLO, {"heartbeat_interval": int(self.heartbeat * 1000)})
        try:
            async for frame in ws:
                if frame.type is WSMsgType.TEXT:
                    await self._hear(link, loads(frame.data))
        finally:
            self._links.discard(link)
            session = link.session
            if session is not None and session.link is link:
                session.link, session.ready = None, False
            self._note("close", session.shard if session is not None else None, ws.close_code)
        return ws

    async def _hear(self, link: _Link, payload: Json) -> None:
        op, data = payload["op"], payload["d"]
        if op == HEARTBEAT:
            self._note("heartbeat", link.session.shard if link.session is not None else None, data)
            if self.acknowledging:
                await link.op(HEARTBEAT_ACK, None)
        elif op == IDENTIFY:
            await self._identify(link, data)
        elif op == RESUME:
            await self._resume(link, data)

    async def _identify(self, link: _Link, data: Json) -> None:
        shard, shards = data.get("shard", (0, 1))
        self._note("identify", shard, {"intents": data["intents"], "shards": shards})
        if data["token"] != TOKEN:
            await link.ws.close(code=4004, message=b"Authentication failed.")
            return
        for old in [session for session in self._sessions.values() if session.shard == shard]:
            del self._sessions[old.id]
        session = _Session(f"session-{next(self._ids)}", shard, shards, int(data["intents"]))
        self._sessions[session.id] = session
        session.link, link.session = link, session
        guilds = [guild_id for guild_id in self.guilds if (guild_id >> 22) % shards == shard]
        ready: Json = {
            "v": 10,
            "user": payloads.bot_user(),
            "guilds": [{"id": str(guild_id), "unavailable": True} for guild_id in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.gateway,
            "shard": [shard, shards],
            "application": {"id": str(APPLICATION_ID), "flags": 0},
        }
        await session.dispatch("READY", dumps(ready))
        for guild_id in guilds:
            if guild_id not in self._guild_frames:  # thousands of them: once is enough
                self._guild_frames[guild_id] = dumps(self.guilds[guild_id])
            await session.dispatch("GUILD_CREATE", self._guild_frames[guild_id])
        session.ready = True
        self._note("ready", shard, len(guilds))

    async def _resume(self, link: _Link, data: Json) -> None:
        session = self._sessions.get(data["session_id"])
        self._note("resume", session.shard if session is not None else None, data["seq"])
        if session is None or data["token"] != TOKEN:
            self._note("refused", None, data["session_id"])
            await link.op(INVALID_SESSION, False)
            return
        session.link, link.session = link, session
        for sequence, frame in list(session.kept):
            if sequence > (data["seq"] or 0):
                await link.send(frame)
        await session.dispatch("RESUMED", b"{}")
        session.ready = True
        self._note("resumed", session.shard)

    # -- REST: the way through --------------------------------------------------------------------------------------

    @web.middleware
    async def _through(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Read the body, take the time, meet a planned fault or a limit, answer, and keep the request."""
        body, files = await _read(request)
        received = time.perf_counter()
        path = request.path.removeprefix(API)
        request[BODY] = body
        fault = self._next_fault(request.method, path)
        response: web.StreamResponse | None = None
        if fault is not None:
            if isinstance(fault.wait, asyncio.Event):
                await fault.wait.wait()
            elif fault.wait is not None:
                await asyncio.sleep(fault.wait)
            if fault.status is not None or fault.reset:
                if fault.done:
                    await self._answer(request, handler)
                response = _response(fault.status or 500, fault.body, fault.headers)
        if response is None:
            over, headers = self._meet_limits(request.method, path)
            response = over if over is not None else await self._answer(request, handler)
            response.headers.update(headers)
        if path != GATEWAY:
            kept = Request(request.method, path, body, received, response.status, dict(request.query), files)
            self.requests.append(kept)
            if response.status == 404 and request.match_info.http_exception is not None:
                self.unknown.append(kept)
            asked = self._asked.get(request.match_info.get("token", ""))
            if asked is not None and path.endswith("/callback"):
                asked.take(kept)
        elif fault is not None:
            self.refused_handshakes += response.status >= 400
        self._stir()
        if fault is not None and fault.reset:
            _reset(request)
        return response

    async def _answer(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if request.path != GATEWAY and request.headers.get("Authorization", f"Bot {TOKEN}") != f"Bot {TOKEN}":
            return _response(401, {"message": "401: Unauthorized", "code": 0})
        try:
            return await handler(request)
        except Refusal as refusal:
            return _response(refusal.status, refusal.body)
        except web.HTTPException as missing:  # aiohttp's own 404 and 405
            return _response(missing.status, {"message": f"{missing.status}: {missing.reason}", "code": 0})

    def _serve(self, handler: _Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            result = handler(self, request, request[BODY])
            if isinstance(result, Awaitable):
                result = await result
            return _response(204) if result is None else _response(200, result)

        return serve

    def _next_fault(self, method: str, path: str) -> Fault | None:
        for planned in self._faults:
            if planned.left and planned.method in ("*", method) and fnmatchcase(path, planned.pattern):
                planned.left -= 1
                return planned.fault
        return None

    def _meet_limits(self, method: str, path: str) -> tuple[web.Response | None, dict[str, str]]:
        for wanted, pattern, count, per in self._limits:
            if wanted in ("*", method) and fnmatchcase(path, pattern):
                bucket = self._buckets.setdefault(f"{wanted} {path}", _Bucket(count, per))
                free = bucket.take()
                headers = bucket.headers(f"{wanted} {pattern}")
                if free:
                    return None, headers
                late = Fault.rate_limited(float(headers["X-RateLimit-Reset-After"]))
                return _response(429, late.body, late.headers), headers
        return None, {}

    # -- REST: who the bot is ---------------------------------------------------------------------------------------

    @_route("GET", "/gateway/bot")
    def _get_gateway(self, _request: web.Request, _body: Any) -> Json:
        limit = {"total": 1000, "remaining": 999, "reset_after": 3_600_000, "max_concurrency": 16}
        return {"url": self.gateway, "shards": self.shards, "session_start_limit": limit}

    @_route("GET", "/users/@me")
    def _get_me(self, _request: web.Request, _body: Any) -> Json:
        return payloads.bot_user()

    @_route("GET", "/applications/@me")
    @_route("GET", "/oauth2/applications/@me")
    def _get_application(self, _request: web.Request, _body: Any) -> Json:
        return payloads.application() | {"approximate_guild_count": len(self.guilds)}

    @_route("GET", "/users/{user}")
    def _get_user(self, request: web.Request, _body: Any) -> Json:
        return self._person(int(request.match_info["user"])).user()

    @_route("GET", "/guilds/{guild}/members/{user}")
    def _get_member(self, request: web.Request, _body: Any) -> Json:
        member = self._person(int(request.match_info["user"])).member()
        del member["permissions"]  # only interactions carry them
        return member

    @_route("POST", "/users/@me/channels")
    def _open_direct_messages(self, _request: web.Request, body: Any) -> Json:
        person = self._person(int(body["recipient_id"]))
        data = payloads.channel(person.id + 1, None, payloads.DIRECT_MESSAGE, "", recipients=[person.user()])
        return self.channels.setdefault(int(data["id"]), data)

    def _person(self, user_id: int) -> Person:
        if user_id == payloads.OWNER_ID:
            return Person(user_id, "operator")
        try:
            return self.people[user_id]
        except KeyError:
            raise Refusal(404, 10013, "Unknown User") from None

    # -- REST: commands ---------------------------------------------------------------------------------------------

    @_route("GET", "/applications/{app}/commands")
    @_route("GET", "/applications/{app}/guilds/{guild}/commands")
    def _get_commands(self, request: web.Request, _body: Any) -> list[Json]:
        return self.commands.get(request.path.removeprefix(API), [])

    @_route("PUT", "/applications/{app}/commands")
    @_route("PUT", "/applications/{app}/guilds/{guild}/commands")
    def _put_commands(self, request: web.Request, body: Any) -> list[Json]:
        guild = request.match_info.get("guild")
        fixed: Json = {"application_id": str(APPLICATION_ID), "version": str(next(self._ids))}
        fixed |= {"guild_id": guild} if guild is not None else {}
        loose: Json = {"type": 1, "description": "", "default_member_permissions": None, "nsfw": False}
        made = [loose | command | fixed | {"id": str(next(self._ids))} for command in body]
        self.commands[request.path.removeprefix(API)] = made
        return made

    # -- REST: answers to interactions ------------------------------------------------------------------------------

    @_route("POST", "/interactions/{interaction}/{token}/callback")
    async def _callback(self, request: web.Request, body: Any) -> Json | None:
        asked = self._asked.get(request.match_info["token"])
        if asked is None or time.perf_counter() - asked.sent[0] > ANSWER_WITHIN:
            raise Refusal(404, 10062, "Unknown interaction")
        if asked.acknowledged:
            raise Refusal(400, 40060, "Interaction has already been acknowledged.")
        asked.acknowledged = True
        kind, data = body["type"], body.get("data") or {}
        if kind == SEND:
            asked.original = self._answer_message(asked, data)
        elif kind == DEFER:
            asked.original = self._answer_message(asked, {"flags": data.get("flags", 0) | LOADING})
        elif kind == UPDATE:
            asked.original = self._edited(asked.payload["message"], data)
        elif kind == DEFER_UPDATE:
            asked.original = asked.payload["message"]
        if request.query.get("with_response") not in ("1", "true"):
            return None
        response: Json = {"interaction": {"id": str(asked.id), "type": asked.payload["type"]}}
        if asked.original is not None:
            flags = asked.original["flags"]
            response["interaction"] |= {
                "response_message_id": asked.original["id"],
                "response_message_loading": bool(flags & LOADING),
                "response_message_ephemeral": bool(flags & EPHEMERAL),
            }
            response["resource"] = {"type": kind, "message": asked.original}
        return response

    def _answer_message(self, asked: Asked, body: Json) -> Json:
        who = asked.payload.get("user") or asked.payload["member"]["user"]
        metadata = {
            "id": str(asked.id),
            "type": asked.payload["type"],
            "user": who,
            "authorizing_integration_owners": asked.payload["authorizing_integration_owners"],
        }
        kind = 20 if asked.payload["type"] == COMMAND else 19
        made = payloads.message(next(self._ids), asked.channel_id, payloads.bot_user(), body, type=kind)
        made |= {
            "application_id": str(APPLICATION_ID),
            "webhook_id": str(APPLICATION_ID),
            "interaction_metadata": metadata,
        }
        self.messages[int(made["id"])] = made
        return made

    def _followed_up(self, request: web.Request) -> Asked:
        asked = self._asked.get(request.match_info["token"])
        if asked is None or not asked.acknowledged:
            raise Refusal(404, 10015, "Unknown Webhook")
        return asked

    def _followed_up_message(self, request: web.Request) -> Json:
        asked, wanted = self._followed_up(request), request.match_info["message"]
        found = asked.original if wanted == "@original" else self.messages.get(int(wanted))
        if found is None or int(found["id"]) not in self.messages:
            raise Refusal(404, 10008, "Unknown Message")
        return found

    @_route("POST", "/webhooks/{app}/{token}")
    def _follow_up(self, request: web.Request, body: Any) -> Json:
        asked = self._followed_up(request)
        if asked.original is not None and asked.original["flags"] & LOADING:  # the first follow-up fills the deferral
            ephemeral = asked.original["flags"] & EPHEMERAL
            asked.original["flags"] = ephemeral
            return self._edited(asked.original, body | {"flags": body.get("flags", 0) | ephemeral})
        return self._answer_message(asked, body)

    @_route("GET", "/webhooks/{app}/{token}/messages/{message}")
    def _get_follow_up(self, request: web.Request, _body: Any) -> Json:
        return self._followed_up_message(request)

    @_route("PATCH", "/webhooks/{app}/{token}/messages/{message}")
    def _edit_follow_up(self, request: web.Request, body: Any) -> Json:
        found = self._followed_up_message(request)
        found["flags"] &= ~LOADING
        return self._edited(found, body)

    @_route("DELETE", "/webhooks/{app}/{token}/messages/{message}")
    def _delete_follow_up(self, request: web.Request, _body: Any) -> None:
        del self.messages[int(self._followed_up_message(request)["id"])]

    # -- REST: channels, threads and messages -----------------------------------------------------------------------

    def _channel(self, request: web.Request) -> Json:
        try:
            return self.channels[int(request.match_info["channel"])]
        except KeyError:
            raise Refusal(404, 10003, "Unknown Channel") from None

    def _message(self, request: web.Request) -> Json:
        channel = self._channel(request)
        found = self.messages.get(int(request.match_info["message"]))
        if found is None or found["channel_id"] != channel["id"]:
            raise Refusal(404, 10008, "Unknown Message")
        return found

    def _edited(self, message: Json, body: Json) -> Json:
        for name in ("content", "embeds", "flags"):
            if body.get(name) is not None:
                message[name] = body[name]
        if body.get("components") is not None:
            message["components"] = payloads.numbered(body["components"])
        message["edited_timestamp"] = payloads.timestamp()
        return message

    def _readable(self, message: Json) -> Json:
        """Return the message as this bot may read it: other people's words need the message content intent."""
        intents = next((session.intents for session in self._sessions.values()), 0)
        if intents & MESSAGE_CONTENT or message["author"]["id"] == str(BOT_ID):
            return message
        return message | {"content": "", "embeds": [], "components": [], "attachments": []}

    def _create_message(self, channel: Json, body: Json) -> Json:
        reference = body.get("message_reference")
        more: Json = {}
        if reference is not None:
            replied = self.messages.get(int(reference["message_id"]))
            if replied is not None and replied["channel_id"] == channel["id"]:
                more = {"type": 19, "message_reference": reference, "referenced_message": replied}
            elif reference.get("fail_if_not_exists", True):
                raise Refusal(400, 50035, "Invalid Form Body")
        made = payloads.message(next(self._ids), int(channel["id"]), payloads.bot_user(), body, **more)
        self.messages[int(made["id"])] = made
        channel["last_message_id"] = made["id"]
        return made

    @_route("POST", "/channels/{channel}/messages")
    def _post_message(self, request: web.Request, body: Any) -> Json:
        return self._create_message(self._channel(request), body)

    @_route("GET", "/channels/{channel}/messages")
    def _get_messages(self, request: web.Request, _body: Any) -> list[Json]:
        wanted = self._channel(request)["id"]
        limit, before = int(request.query.get("limit", 50)), int(request.query.get("before", 2**63))
        found = [m for m in reversed(self.messages.values()) if m["channel_id"] == wanted and int(m["id"]) < before]
        return [self._readable(message) for message in found[:limit]]

    @_route("GET", "/channels/{channel}/messages/{message}")
    def _get_message(self, request: web.Request, _body: Any) -> Json:
        return self._readable(self._message(request))

    @_route("PATCH", "/channels/{channel}/messages/{message}")
    def _edit_message(self, request: web.Request, body: Any) -> Json:
        if self._channel(request).get("thread_metadata", {}).get("archived"):
            raise Refusal(400, 50083, "Thread is archived")
        return self._edited(self._message(request), body)

    @_route("DELETE", "/channels/{channel}/messages/{message}")
    def _delete_message(self, request: web.Request, _body: Any) -> None:
        del self.messages[int(self._message(request)["id"])]

    @_route("POST", "/channels/{channel}/typing")
    @_route("PUT", "/channels/{channel}/messages/pins/{message}")
    @_route("PUT", "/channels/{channel}/messages/{message}/reactions/{emoji}/@me")
    @_route("PUT", "/channels/{channel}/thread-members/@me")
    def _nod(self, request: web.Request, _body: Any) -> None:
        self._channel(request)

    @_route("GET", "/channels/{channel}")
    def _get_channel(self, request: web.Request, _body: Any) -> Json:
        return self._channel(request)

    @_route("PATCH", "/channels/{channel}")
    async def _edit_channel(self, request: web.Request, body: Any) -> Json:
        channel = self._channel(request)
        metadata = channel.get("thread_metadata", {})
        metadata.update({name: body[name] for name in ("archived", "locked", "auto_archive_duration") if name in body})
        channel.update({name: value for name, value in body.items() if name not in metadata})
        name = "THREAD_UPDATE" if channel["type"] in payloads.THREADS else "CHANNEL_UPDATE"
        await self.event(name, channel, int(channel["guild_id"]))
        return channel

    @_route("DELETE", "/channels/{channel}")
    async def _delete_channel(self, request: web.Request, _body: Any) -> Json:
        channel = self._channel(request)
        del self.channels[int(channel["id"])]
        name = "THREAD_DELETE" if channel["type"] in payloads.THREADS else "CHANNEL_DELETE"
        await self.event(name, channel, int(channel["guild_id"]))
        return channel

    @_route("POST", "/channels/{channel}/threads")
    @_route("POST", "/channels/{channel}/messages/{message}/threads")
    async def _create_thread(self, request: web.Request, body: Any) -> Json:
        """A thread in a text channel or on a message, or a forum post, whose first message has the thread's own id."""
        parent = self._channel(request)
        on = request.match_info.get("message")
        made = payloads.thread(int(on) if on else next(self._ids), parent, body["name"], BOT_ID)
        made["applied_tags"] = body.get("applied_tags", [])
        self.channels[int(made["id"])] = made
        await self.event("THREAD_CREATE", made | {"newly_created": True}, int(made["guild_id"]))
        if parent["type"] == payloads.FORUM:
            first = self._create_message(made, body["message"])
            del self.messages[int(first["id"])]
            first["id"] = made["id"]
            self.messages[int(made["id"])] = first
            return made | {"message": first}
        return made

    @_route("GET", "/guilds/{guild}/threads/active")
    def _get_threads(self, request: web.Request, _body: Any) -> Json:
        guild = request.match_info["guild"]
        threads = [c for c in self.channels.values() if c.get("guild_id") == guild and c["type"] in payloads.THREADS]
        return {
            "threads": [t for t in threads if not t["thread_metadata"]["archived"]],
            "members": [],
            "has_more": False,
        }

    @_route("GET", "/channels/{channel}/threads/archived/public")
    def _get_archived_threads(self, request: web.Request, _body: Any) -> Json:
        parent = self._channel(request)["id"]
        threads = [c for c in self.channels.values() if c["type"] in payloads.THREADS and c["parent_id"] == parent]
        return {"threads": [t for t in threads if t["thread_metadata"]["archived"]], "members": [], "has_more": False}


async def _read(request: web.Request) -> tuple[Any, tuple[str, ...]]:
    """Return the body as JSON, None where there is none, and the names of uploaded files."""
    if request.content_type.startswith("multipart/"):
        form = await request.post()
        files = tuple(part.filename for part in form.values() if isinstance(part, web.FileField))
        return loads(str(form.get("payload_json", "null"))), files
    raw = await request.read()
    return (loads(raw) if raw else None), ()


def _response(status: int, body: Any = "", headers: Mapping[str, str] | None = None) -> web.Response:
    """Return a response; discord.py reads a body as JSON only where the type is application/json and nothing more."""
    if isinstance(body, str):
        raw, kind = body.encode(), "text/html"
    else:
        raw, kind = dumps(body), "application/json"
    # discord.py takes a 429 without Via for a ban by the network in front of Discord, and raises at once.
    return web.Response(
        status=status, body=raw, headers={"Content-Type": kind, "Via": "1.1 loopback", **(headers or {})}
    )


def _reset(request: web.Request) -> None:
    """Cut the connection with a TCP reset rather than an orderly end."""
    transport = request.transport
    if transport is None:
        return
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


@contextlib.asynccontextmanager
async def outage(server: Loopback, status: int = 502) -> AsyncIterator[None]:
    """Let every request, and every new connection to the gateway, fail with that status inside the block."""
    server.fail("*", "*", Fault.error(status), times=10**9)
    try:
        yield
    finally:
        server.heal()
