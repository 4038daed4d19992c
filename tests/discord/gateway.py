"""The gateway: the websocket over which a bot hears what happens, its sessions, and how its connections fail.

Facts are from Discord's reference: "Gateway", "Gateway Events", "Opcodes and Status Codes".
"""

from __future__ import annotations

import contextlib
import socket
import struct
import zlib
from collections import deque
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from tests.discord import payloads
from tests.discord.payloads import APPLICATION_ID, TOKEN, Json
from tests.discord.state import PATIENCE, State

PATH = "/gateway"
KEPT_EVENTS = 5_000  # events a session keeps for a resume

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 0, 1, 2, 6, 7, 9, 10, 11


class _Link:
    """One websocket. Its frames are packed if the bot asks for zlib ("Transport Compression"), else they are plain."""

    def __init__(self, ws: web.WebSocketResponse, request: web.Request) -> None:
        self.ws = ws
        self.request = request
        self.session: _Session | None = None
        self._deflate = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None

    async def send(self, payload: bytes) -> None:
        if self.ws.closed:
            return
        with contextlib.suppress(ConnectionError):  # dropped meanwhile: the session keeps the event for the resume
            if self._deflate is None:
                await self.ws.send_str(payload.decode())
            else:
                await self.ws.send_bytes(self._deflate.compress(payload) + self._deflate.flush(zlib.Z_SYNC_FLUSH))

    async def op(self, op: int, data: Any) -> None:
        await self.send(orjson.dumps({"op": op, "d": data, "s": None, "t": None}))


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

    async def dispatch(self, name: str, data: Any) -> None:
        """Send the event and keep it, so that a bot that lost its connection gets it with its resume."""
        self.sequence += 1
        frame = orjson.dumps({"op": DISPATCH, "t": name, "s": self.sequence, "d": data})
        self.kept.append((self.sequence, frame))
        if self.link is not None:
            await self.link.send(frame)


class Gateway(State):
    """The state and the gateway to it.

    heartbeat -- seconds between heartbeats asked of the bot (Discord: about 41)
    """

    def __init__(self, *, heartbeat: float, guilds: int, shards: int, keep: int) -> None:
        super().__init__(guilds=guilds, shards=shards, keep=keep)
        self.heartbeat = heartbeat
        self.instead: dict[str, deque[Any]] = {}  # by their names, what takes the places of the next HELLO or READY
        self.silent: list[str] = []  # to the next HELLO (that is: a connection), IDENTIFY or RESUME of these, nothing
        self.acknowledging = True  # False: heartbeats go unanswered, as when Discord's side has died
        self.closes_resumes: int | None = None  # the code with which each resume is closed, where none is taken
        self.sessions: dict[str, _Session] = {}
        self.port = 0  # set by the server when it listens
        self._links: set[_Link] = set()

    @property
    def gateway(self) -> str:
        """The gateway's address."""
        return f"ws://127.0.0.1:{self.port}{PATH}"

    async def ready(self, timeout: float = PATIENCE) -> None:
        """Wait until each shard is connected, by whichever process of the bot, and has been sent its guilds."""

        def all_ready() -> bool:
            live = self._live()
            connected = {session.shard for session in live}
            return bool(live) and len(connected) == live[0].shards and all(session.ready for session in live)

        await self.until(all_ready, timeout)

    async def event(self, name: str, data: Json, guild: int) -> None:
        """Send a gateway event to the shard of that guild, to each process that has it."""
        for session in self.of_shard(self.shard_of(guild)):
            await session.dispatch(name, data)

    def of_shard(self, shard: int) -> list[_Session]:
        """The sessions of a shard: more than one where several processes identified as it."""
        return [session for session in self.sessions.values() if session.shard == shard]

    def shard_of(self, guild: int) -> int:
        """Return the shard that serves a guild; direct messages (0) go to the first."""
        return (guild >> 22) % max((session.shards for session in self.sessions.values()), default=1)

    def _live(self) -> list[_Session]:
        return [session for session in self.sessions.values() if session.link is not None]

    # -- How it fails -----------------------------------------------------------------------------------------------

    async def drop(self, shard: int = 0, code: int | None = None) -> None:
        """Close the shard's socket with a close code, or without one cut the connection as a failing network does."""
        link = self._link(shard)
        if code is not None:
            await link.ws.close(code=code)
        else:
            reset(link.request)

    async def drop_all(self) -> None:
        """Cut every connection to the gateway, also one that has not identified itself yet."""
        for link in list(self._links):
            reset(link.request)

    async def ask_to_reconnect(self, shard: int = 0) -> None:
        """Send opcode 7: the bot should reconnect and resume."""
        await self._link(shard).op(RECONNECT, None)

    async def invalidate(self, shard: int = 0, *, resumable: bool = False) -> None:
        """Send opcode 9. Unless resumable the session is gone, and a resume of it is refused."""
        link = self._link(shard)
        if not resumable and link.session is not None:
            self.sessions.pop(link.session.id, None)
        await link.op(INVALID_SESSION, resumable)

    def _link(self, shard: int) -> _Link:
        for session in self._live():
            if session.shard == shard and session.link is not None:
                return session.link
        raise LookupError(f"shard {shard} is not connected")

    def _spoiled(self, name: str, data: Any) -> Any:
        instead = self.instead.get(name)
        return instead.popleft() if instead else data

    def _is_silent(self, name: str) -> bool:
        if name not in self.silent:
            return False
        self.silent.remove(name)
        return True

    # -- What the server hands it -----------------------------------------------------------------------------------

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one websocket until it is closed."""
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        link = _Link(ws, request)
        self._links.add(link)
        self.note("connect", None, dict(request.query))
        if not self._is_silent("HELLO"):
            await link.op(HELLO, self._spoiled("HELLO", {"heartbeat_interval": int(self.heartbeat * 1000)}))
        try:
            async for frame in ws:
                if frame.type is WSMsgType.TEXT:
                    await self._hear(link, orjson.loads(frame.data))
        finally:
            self._links.discard(link)
            session = link.session
            if session is not None and session.link is link:
                session.link, session.ready = None, False
            self.note("close", session.shard if session is not None else None, ws.close_code)
        return ws

    async def hang_up(self) -> None:
        """Close every websocket in an orderly way."""
        for link in list(self._links):
            await link.ws.close(code=1001)

    async def _hear(self, link: _Link, payload: Json) -> None:
        op, data = payload["op"], payload["d"]
        if op == HEARTBEAT:
            self.note("heartbeat", link.session.shard if link.session is not None else None, data)
            if self.acknowledging:
                await link.op(HEARTBEAT_ACK, None)
        elif op == IDENTIFY and not self._is_silent("IDENTIFY"):
            await self._identify(link, data)
        elif op == RESUME and not self._is_silent("RESUME"):
            await self._resume(link, data)

    async def _identify(self, link: _Link, data: Json) -> None:
        shard, shards = data.get("shard", (0, 1))
        self.note("identify", shard, {"intents": data["intents"], "shards": shards})
        if data["token"] != TOKEN:
            await link.ws.close(code=4004, message=b"Authentication failed.")
            return
        # A session whose connection is there goes on: Discord lets two have one shard, and tells both what happens.
        for old in [session for session in self.of_shard(shard) if session.link is None]:
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
        await session.dispatch("READY", self._spoiled("READY", ready))
        for guild_id in guilds:
            await session.dispatch("GUILD_CREATE", self.guilds[guild_id])
        session.ready = True
        self.note("ready", shard, len(guilds))

    async def _resume(self, link: _Link, data: Json) -> None:
        session = self.sessions.get(str(data["session_id"]))
        self.note("resume", session.shard if session is not None else None, data["seq"])
        if self.closes_resumes is not None:
            await link.ws.close(code=self.closes_resumes)
            return
        if session is None or data["token"] != TOKEN:
            self.note("refused", None, data["session_id"])
            await link.op(INVALID_SESSION, False)
            return
        session.link, link.session = link, session
        for sequence, frame in list(session.kept):
            if sequence > (data["seq"] or 0):
                await link.send(frame)
        await session.dispatch("RESUMED", {})
        session.ready = True
        self.note("resumed", session.shard)


def reset(request: web.Request) -> None:
    """Cut a request's connection with a TCP reset rather than an orderly end."""
    transport = request.transport
    if transport is None:
        return
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
