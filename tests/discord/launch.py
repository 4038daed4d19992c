"""Run a bot's own program, unchanged, against the loopback server: python -m tests.discord.launch bot.py run

The server's addresses are in LOOPBACK_BASE and LOOPBACK_GATEWAY. discord.py's own two are replaced from here, so that
no bot needs a hook for it; anything that is not on 127.0.0.1 is refused. A file
named in LOOPBACK_CLOCK has the seconds by which the process's clock is ahead of the machine's.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import runpy
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def pointed_at(base: str, gateway: str) -> Iterator[None]:
    """Let discord.py take `base` for Discord's REST address and `gateway` for its gateway's, inside the block.

    Raises ValueError if either is not on 127.0.0.1.
    """
    import discord.gateway
    import discord.http
    import yarl

    for address in (base, gateway):
        if yarl.URL(address).host != "127.0.0.1":
            raise ValueError(f"{address} is not on 127.0.0.1")
    route, socket = discord.http.Route, discord.gateway.DiscordWebSocket
    before = route.BASE, socket.DEFAULT_GATEWAY
    route.BASE, socket.DEFAULT_GATEWAY = base, yarl.URL(gateway)
    try:
        yield
    finally:
        route.BASE, socket.DEFAULT_GATEWAY = before


def turn_by(file: Path) -> None:
    """Turn this process's clock by the seconds that stand in a file, from now on and whenever they change.

    To be called before anything that takes the clock by name is imported.
    """
    true_time, true_now = time.time, datetime.datetime.now

    def turned() -> float:
        return float(file.read_text(encoding="utf-8"))

    class OfAny(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, Turned.__mro__[1])

    class Turned(datetime.datetime, metaclass=OfAny):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return true_now(tz) + datetime.timedelta(seconds=turned())

    time.time = lambda: true_time() + turned()
    datetime.datetime = Turned  # type: ignore[misc]


class WhenImported:
    """Points discord.py at the loopback server when the program imports it: how it starts is the program's affair."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack

    def find_spec(self, name: str, *_: object) -> None:
        """Hear of the import of ``discord.client``, which comes after the modules with the addresses."""
        if name == "discord.client":
            self._stack.enter_context(pointed_at(os.environ["LOOPBACK_BASE"], os.environ["LOOPBACK_GATEWAY"]))


def main() -> None:
    """Run the program named on the command line with its arguments."""
    if "LOOPBACK_CLOCK" in os.environ:
        turn_by(Path(os.environ["LOOPBACK_CLOCK"]))
    program, sys.argv = sys.argv[1], sys.argv[1:]
    with contextlib.ExitStack() as stack:
        sys.meta_path.insert(0, WhenImported(stack))
        runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
