"""The heartbeat while the bot stops."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from lantern.runtime import status
from tests.discord.state import PATIENCE
from tests.support.world import World


@pytest.mark.parametrize("changed", [{"process": 1}, {"started": "2026-01-01T00:00:00+00:00"}], ids=str)
async def test_a_stop_leaves_the_heartbeat_of_another_bot(world: World, changed: dict[str, Any]) -> None:
    """As where the lock was deleted and a second bot started; in containers both may have the same number."""
    path = world.services.settings.heartbeat
    await world.env.advance_time(10)
    mine = status.read(path)
    assert mine is not None
    another = mine._replace(**changed, at="2026-01-02T00:00:00+00:00")
    status.write(path, another)

    await world.bot.close()

    assert status.read(path) == another


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
