"""A process of the bot with its log: what it says is waited for, and it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from tests.discord.process import BotProcess
from tests.discord.state import PATIENCE


@dataclass
class LoggedBot:
    """One process of the bot, with its log and its folder."""

    process: BotProcess
    log: Path
    folder: Path

    @property
    def said(self) -> str:
        """Its log so far."""
        return self.log.read_text()

    async def says(self, text: str) -> None:
        """Wait until that stands in its log."""
        async with asyncio.timeout(PATIENCE):
            while text not in self.said:
                await asyncio.sleep(0.01)
                assert self.process.running or text in self.said, self.said

    async def told(self, number: signal.Signals) -> int:
        """Send it a signal, wait for its end and return its exit status."""
        self.process.process.send_signal(number)
        return await asyncio.wait_for(self.process.process.wait(), PATIENCE)


async def until(condition: Callable[[], object]) -> None:
    """Wait for what a process does to its files, of which nobody is told."""
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.01)


Start = Callable[..., Awaitable[LoggedBot]]
