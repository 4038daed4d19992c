"""Fixtures: Discord with its bad days."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.discord.loopback import Loopback
from tests.discord.process import BotProcess
from tests.support.logged_bot import LoggedBot, Start


@pytest.fixture
async def server() -> AsyncIterator[Loopback]:
    """A Discord with one guild, in which there is an empty forum."""
    async with Loopback() as server:
        yield server


@pytest.fixture
async def start(server: Loopback, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts the program on a file, or with ``more`` settings."""
    async with AsyncExitStack() as stack:

        async def start(program: str = "tests/support/patient_bot.py", **more: str) -> LoggedBot:
            environment = {"LANTERN_DATABASE": str(tmp_path / "l.sqlite3"), "LANTERN_BACKUP_KEEP": "0", **more}
            log = tmp_path / "log"
            process = await BotProcess.start(server, [program, "run"], environment=environment, log=log)
            stack.push_async_callback(process.kill)
            return LoggedBot(process, log, tmp_path)

        yield start
