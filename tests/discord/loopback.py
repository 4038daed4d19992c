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

from tests.discord import payloads
from tests.discord.payloads import APPLICATION_ID, AUTOCOMPLETE, COMMAND, COMPONENT, MEMBER, MODAL, Json, Person
from tests.discord.rest import API, ROUTES, Handler, Refusal

GATEWAY = "/gateway"
BODY: web.RequestKey[Any] = web.RequestKey("body", object)
TOKEN = "not-a-token"
PATIENCE = 60.0  # seconds after which waiting is given up: the last net, which a slow machine does not reach
KEPT_EVENTS = 5_000  # events a session keeps for a resume
KEPT_OBJECTS = 20_000  # messages and interactions remembered, the oldest forgotten first

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 0, 1, 2, 6, 7, 9, 10, 11


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

    async def answered(self, timeout: float = PATIENCE) -> Request:
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
        return _zstandard()
    return None


def _zstandard() -> _Compressor:
    # discord.py asks for it where it finds one of these two, tried in the same order; the server needs one then, too.
    try:
        package: Any = importlib.import_module("zstandard")
    except ModuleNotFoundError:
        package = importlib.import_module("compression.zstd")  # Python 3.14
        later = package.ZstdCompressor()
        return lambda payload: bytes(later.compress(payload, later.FLUSH_BLOCK))
    stream = package.ZstdCompressor().compressobj()
    return lambda payload: bytes(stream.compress(payload) + stream.flush(package.COMPRESSOBJ_FLUSH_BLOCK))


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
        self.held = 0  # requests that a planned fault let wait for an event
        self.refused_handshakes = 0  # connections to the gateway that a planned fault turned away
        self.unknown: list[Request] = []  # requests to routes that this server does not have
        self.ids = payloads.snowflakes()
        self.interactions: _Shelf[str, Asked] = _Shelf()
        self.sessions: dict[str, _Session] = {}
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
        for method, path, handler in ROUTES:
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

    async def until(self, condition: Callable[[], object], timeout: float = PATIENCE) -> None:
        """Return as soon as the condition is true, looked at after each request and event; TimeoutError in seconds."""
        async with asyncio.timeout(timeout):
            while not condition():
                waiter = asyncio.get_running_loop().create_future()
                self._waiters.append(waiter)
                await waiter

    async def ready(self, timeout: float = PATIENCE) -> None:
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
            self.sessions.pop(link.session.id, None)
        await link.op(INVALID_SESSION, resumable)

    def _live(self) -> list[_Session]:
        return [session for session in self.sessions.values() if session.link is not None]

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
            "id": str(next(self.ids)),
            "application_id": str(APPLICATION_ID),
            "type": kind,
            "data": data,
            "token": f"interaction-{next(self.ids)}",
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
        self.interactions[asked.token] = asked
        await self.deliver(asked)
        return asked

    async def deliver(self, asked: Asked) -> None:
        """Send an interaction's frame, once more if it has been sent; Discord does that now and then."""
        session = next((s for s in self.sessions.values() if s.shard == asked.shard), None)
        if session is None:
            raise LookupError(f"shard {asked.shard} has no session")
        data = dumps(asked.payload)
        asked.sent.append(time.perf_counter())
        await session.dispatch("INTERACTION_CREATE", data)

    async def event(self, name: str, data: Json, guild: int | None = None) -> None:
        """Send any other gateway event to the shard of that guild, by default to every shard."""
        for session in list(self.sessions.values()):
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
        data = payloads.message(next(self.ids), channel, person.user(), {"content": content})
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
        for old in [session for session in self.sessions.values() if session.shard == shard]:
            del self.sessions[old.id]
        session = _Session(f"session-{next(self.ids)}", shard, shards, int(data["intents"]))
        self.sessions[session.id] = session
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
        session = self.sessions.get(data["session_id"])
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
                self.held += 1
                self._stir()
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
            asked = self.interactions.get(request.match_info.get("token", ""))
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

    def _serve(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
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
