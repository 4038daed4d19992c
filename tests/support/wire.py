"""Lantern in this process, connected to the loopback Discord, and a look at what people there have on their screens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import discord
import pytest

from lantern.content.models import Content
from lantern.runtime.client import Lantern
from lantern.runtime.gateway import PAUSES
from lantern.runtime.settings import Settings
from lantern.ui.cards import text_of, walk
from tests.discord.launch import pointed_at
from tests.discord.loopback import Loopback
from tests.discord.payloads import BOT_ID, EPHEMERAL, TOKEN, Json
from tests.discord.state import PATIENCE, Asked

AnyBot = TypeVar("AnyBot", bound=discord.Client)

HASTE = 0.02
"""What a second of discord.py's waiting takes under :func:`hurried`."""


class Wired(Lantern):
    """Lantern, without the seconds that discord.py waits at start: five between two shards, two after the guilds."""

    def __init__(self, settings: Settings, content: Content) -> None:
        super().__init__(settings, content)
        self._connection.guild_ready_timeout = 0.01
        self.commands_tried = asyncio.Event()
        """Whether the commands were sent, or sending them has failed."""
        send = self.services.command_sync.send

        async def noted() -> None:
            try:
                await send()
            finally:
                self.commands_tried.set()

        self.services.command_sync.send = noted  # type: ignore[method-assign]

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait for nothing."""


class _Hurried:
    """asyncio, whose seconds are short."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    @staticmethod
    async def sleep(delay: float, result: Any = None) -> Any:
        return await asyncio.sleep(delay * HASTE, result)


def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a fiftieth before a request, an answer or a connection is tried again; how often it is tried stays."""
    for module in ("discord.http", "discord.webhook.async_", "discord.shard", "lantern.ui.replies"):
        monkeypatch.setattr(f"{module}.asyncio", _Hurried())
    monkeypatch.setattr("lantern.runtime.gateway.PAUSES", [pause * HASTE for pause in PAUSES])


@asynccontextmanager
async def connected(server: Loopback, bot: AnyBot, *, commands: bool = True) -> AsyncIterator[AnyBot]:
    """Run the bot against the server for the length of the block, which begins when it knows its guilds and, with
    ``commands``, when it tried to send its commands.
    """
    with pointed_at(server.base, server.gateway):
        running = asyncio.create_task(bot.start(TOKEN))
        waiting = asyncio.create_task(server.ready())
        try:
            await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            await waiting
            if commands and isinstance(bot, Wired):
                await asyncio.wait_for(bot.commands_tried.wait(), PATIENCE)
            yield bot
        finally:
            waiting.cancel()
            await bot.close()
            await asyncio.gather(running, return_exceptions=True)


async def settled(timeout: float = PATIENCE) -> None:
    """Wait until the bot has done all it does about what it heard; TimeoutError after ``timeout`` seconds.

    discord.py names the tasks in which it runs commands and listeners.
    """
    async with asyncio.timeout(timeout):
        while True:
            names = ("CommandTree", "discord.py: on_", "discord.ui")
            busy = [task for task in asyncio.all_tasks() if task.get_name().startswith(names)]
            if not busy:
                return
            await asyncio.wait(busy)


async def rows(bot: Lantern, query: str = "SELECT * FROM questions ORDER BY id") -> list[tuple[Any, ...]]:
    """What the database holds, once all that waits is written."""
    await bot.services.database.flush()
    return [tuple(row) for row in await bot.services.database.fetch(query)]


def said(message: Json | None) -> str:
    """All the text of a message; nothing where there is none."""
    if message is None:
        return ""
    return "\n".join(filter(None, [message["content"], text_of(message["components"])]))


def answered(asked: Asked) -> str:
    """What stands where the person asked for something."""
    return said(asked.original)


def public(server: Loopback) -> list[Json]:
    """The bot's messages that all can see, oldest first."""
    return [
        message
        for message in server.messages.values()
        if message["author"]["id"] == str(BOT_ID) and not message["flags"] & EPHEMERAL
    ]


def private(server: Loopback) -> list[Json]:
    """The bot's messages that one person sees, oldest first."""
    return [message for message in server.messages.values() if message["flags"] & EPHEMERAL]


def custom_id(message: Json, prefix: str) -> str:
    """The first custom id of a message that begins so."""
    parts: Sequence[Mapping[str, Any]] = list(walk(message["components"]))
    return next(str(part["custom_id"]) for part in parts if str(part.get("custom_id", "")).startswith(prefix))
