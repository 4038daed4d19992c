"""A small Discord on 127.0.0.1 that discord.py really connects to: a gateway, the REST routes a bot uses, and bad days.

    async with Loopback(guilds=2) as server:          # a free port of 127.0.0.1, nothing else
        ...                                           # start a bot, pointed here by tests/discord/launch.py
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
comes; under pytest the requests are also written where they are checked against Discord's API document.

`test_loopback.py` has an example of everything, and `connected` in tests/support/wire.py runs a bot in the test's own
process. From below: `payloads`, `requests`, `faults` < `state` < `gateway` < `rest`, `people` < this module. Facts
about Discord are from its reference.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Self

import orjson
from aiohttp import web

from tests.discord import gateway
from tests.discord.faults import Fault, Faults
from tests.discord.payloads import TOKEN
from tests.discord.people import People
from tests.discord.requests import Request, record
from tests.discord.rest import API, ROUTES, Handler, Refusal

BODY: web.RequestKey[Any] = web.RequestKey("body", object)


class Loopback(People, Faults):
    """The server. Use it as an asynchronous context manager.

    guilds -- how many guilds the bot is in; `payloads.guild` makes them
    shards -- what GET /gateway/bot recommends
    heartbeat -- seconds between heartbeats asked of the bot (Discord: about 41)
    keep -- the newest requests and gateway events kept; older ones are forgotten
    """

    def __init__(self, *, guilds: int = 1, shards: int = 1, heartbeat: float = 41.25, keep: int = 100_000) -> None:
        People.__init__(self, guilds=guilds, shards=shards, heartbeat=heartbeat, keep=keep)
        Faults.__init__(self)
        self.refused_handshakes = 0  # connections to the gateway that a planned fault turned away
        self._runner: web.AppRunner | None = None

    @property
    def base(self) -> str:
        """The REST base address, what `discord.http.Route.BASE` is on the real one."""
        return f"http://127.0.0.1:{self.port}{API}"

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._through], client_max_size=64 * 2**20)
        app.router.add_get(gateway.PATH, self.connect)
        for method, path, handler in ROUTES:
            app.router.add_route(method, API + path, self._served(handler))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024)  # a burst opens hundreds of connections at once
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.hang_up()
        assert self._runner is not None
        await self._runner.cleanup()
        record((request.method, request.path, request.body) for request in self.requests)

    def heal(self) -> None:
        """Forget planned faults and limits, acknowledge heartbeats and take resumes again."""
        super().heal()
        self.acknowledging = True
        self.closes_resumes = None

    @web.middleware
    async def _through(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Read the body, take the time, meet a planned fault or a limit, answer, and keep the request."""
        request[BODY] = body = await _read(request)
        received = time.perf_counter()
        path = request.path.removeprefix(API)
        fault = self.next_fault(request.method, path)
        response: web.StreamResponse | None = None
        if fault is not None:
            if isinstance(fault.wait, asyncio.Event):
                self.held += 1
                self.stir()
                await fault.wait.wait()
            elif fault.wait is not None:
                await asyncio.sleep(fault.wait)
            if fault.status is not None or fault.reset:
                if fault.done:
                    await self._answer(request, handler)
                response = _response(fault.status or 500, fault.body, fault.headers)
        if response is None:
            late, headers = self.count(request.method, path)
            if late is not None:
                response = _response(late.status or 429, late.body, late.headers)
            else:
                response = await self._answer(request, handler)
            response.headers.update(headers)
        if path != gateway.PATH:
            kept = Request(request.method, path, body, received, response.status)
            self.requests.append(kept)
            if response.status == 404 and request.match_info.http_exception is not None:
                self.unknown.append(kept)
            asked = self.interactions.get(request.match_info.get("token", ""))
            if asked is not None and path.endswith("/callback"):
                asked.take(kept)
        elif fault is not None:
            self.refused_handshakes += response.status >= 400
        self.stir()
        if fault is not None and fault.reset:
            gateway.reset(request)
        return response

    async def _answer(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if request.path != gateway.PATH and request.headers.get("Authorization", f"Bot {TOKEN}") != f"Bot {TOKEN}":
            return _response(401, {"message": "401: Unauthorized", "code": 0})
        try:
            return await handler(request)
        except Refusal as refusal:
            return _response(refusal.status, refusal.body)
        except web.HTTPException as missing:  # aiohttp's own 404 and 405
            return _response(missing.status, {"message": f"{missing.status}: {missing.reason}", "code": 0})

    def _served(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            result = handler(self, request, request[BODY])
            if isinstance(result, Awaitable):
                result = await result
            return _response(204) if result is None else _response(200, result)

        return serve


async def _read(request: web.Request) -> Any:
    """Return the body as JSON, None where there is none; of a form with files what stands beside them."""
    if request.content_type.startswith("multipart/"):
        form = await request.post()
        return orjson.loads(str(form.get("payload_json", "null")))
    raw = await request.read()
    return orjson.loads(raw) if raw else None


def _response(status: int, body: Any = "", headers: Mapping[str, str] | None = None) -> web.Response:
    """Return a response; discord.py reads a body as JSON only where the type is application/json and nothing more."""
    if isinstance(body, str):
        raw, kind = body.encode(), "text/html"
    else:
        raw, kind = orjson.dumps(body), "application/json"
    # discord.py takes a 429 without Via for a ban by the network in front of Discord, and raises at once.
    return web.Response(
        status=status, body=raw, headers={"Content-Type": kind, "Via": "1.1 loopback", **(headers or {})}
    )


@contextlib.asynccontextmanager
async def outage(server: Loopback, status: int = 502) -> AsyncIterator[None]:
    """Let every request, and every new connection to the gateway, fail with that status inside the block."""
    server.fail("*", "*", Fault.error(status), times=10**9)
    try:
        yield
    finally:
        server.heal()
