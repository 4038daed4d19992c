"""The heartbeat while the bot stops."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from lantern.runtime import status
from tests.discord.state import PATIENCE
from tests.support.world import World


async def test_a_beat_that_the_disk_holds_up_leaves_no_heartbeat_after_a_stop(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop cancels who waits for a beat, and not the thread that writes it."""
    write, writing, stopped = status.write, threading.Event(), threading.Event()

    def write_after_the_stop(path: Path, state: status.Status) -> None:
        writing.set()
        assert stopped.wait(PATIENCE)
        write(path, state)

    monkeypatch.setattr(status, "write", write_after_the_stop)
    beat = asyncio.create_task(world.services.heartbeat.beat())
    assert await asyncio.to_thread(writing.wait, PATIENCE)
    await world.bot.close()
    stopped.set()
    await beat

    assert not world.services.settings.heartbeat.exists()
