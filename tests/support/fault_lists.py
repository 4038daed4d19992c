"""The ways in which Discord fails, each by the name that `docs/reliability.md` gives it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.discord.faults import Fault
from tests.discord.loopback import Loopback


@dataclass(frozen=True)
class Break:
    """A way in which the gateway fails, whether what is asked meanwhile waits there, and how the bot comes back."""

    name: str
    act: Callable[[Loopback], Awaitable[None]]
    waits: bool
    back: str


async def forgotten(server: Loopback) -> None:
    server.sessions.clear()
    await server.drop_all()


BREAKS = [
    Break("the gateway's connection is cut", lambda server: server.drop(), True, "resumed"),
    Break("the gateway closes with 4000 (unknown error)", lambda server: server.drop(code=4000), True, "resumed"),
    Break("the gateway closes with 1001 (going away)", lambda server: server.drop(code=1001), True, "resumed"),
    Break("the gateway asks to reconnect", lambda server: server.ask_to_reconnect(), True, "resumed"),
    Break("the session is invalid, and resumable", lambda server: server.invalidate(resumable=True), True, "resumed"),
    Break("the session is invalid", lambda server: server.invalidate(resumable=False), False, "ready"),
    Break("the session is forgotten, and the resume refused", forgotten, False, "ready"),
]

REQUEST_FAULTS = {
    "429, of the route": Fault.rate_limited(1),
    "429, global": Fault.rate_limited(1, everywhere=True),
    "500": Fault.error(500),
    "502": Fault.error(502),
    "500, though it was done": Fault.error(500, done=True),
    "the connection is cut": Fault.cut(),
    "the connection is cut, though it was done": Fault.cut(done=True),
    "no reply at all until the time-out": Fault.slow(300),
}
CUT = ("the connection is cut", "the connection is cut, though it was done", "no reply at all until the time-out")
"""What discord.py does not try again by itself."""
DONE = ("500, though it was done", "the connection is cut, though it was done")

SYNC_FAULTS: dict[str, tuple[Fault, int]] = {
    "429": (Fault.rate_limited(1), 1),
    "502, once": (Fault.error(502), 1),
    "500, five times in a row": (Fault.error(500), 5),
    "the connection is cut, twice": (Fault.cut(), 2),  # aiohttp itself sends a PUT once more
    "refused (400, 30034: daily limit)": (
        Fault.refused(400, 30034, "Max number of daily application command creates has been reached (200)"),
        1,
    ),
}
