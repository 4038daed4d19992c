"""One server's figures are worked out one after another, and nobody else's wait for them."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from lantern.admin import guild_queue
from lantern.admin.guild_queue import AT_ONCE, BUSY, IN_A_ROW, GuildQueue
from lantern.ui.refusals import Refused


async def test_of_one_server_one_has_their_turn_a_few_wait_and_the_others_are_told() -> None:
    queue, working, most, done = GuildQueue(), 0, 0, asyncio.Event()

    async def work(guild_id: int) -> None:
        nonlocal working, most
        async with queue.turn(guild_id):
            working += 1
            most = max(most, working)
            await done.wait()
            working -= 1

    pressed = [asyncio.create_task(work(1)) for _ in range(12)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [str(task.exception()) for task in pressed if task.done()] == [BUSY] * (12 - AT_ONCE)
    assert most == 1

    other = asyncio.create_task(work(2))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert working == 2, "another server's is worked on beside it"
    async with asyncio.timeout(60):
        weekly = asyncio.create_task(_weekly(queue))
        done.set()
        await asyncio.gather(*pressed, other, weekly, return_exceptions=True)
    assert most == 2
    assert not queue._here
    assert not queue._working


async def _weekly(queue: GuildQueue) -> None:
    async with queue.turn(1, pressed=False):
        pass


async def test_who_asks_without_end_waits_between_two(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    now = 1_000.0

    class Clock:
        def time(self) -> float:
            return now

    async def sleep(seconds: float) -> None:
        nonlocal now
        waited.append(round(seconds, 3))
        now += seconds

    fake = SimpleNamespace(Lock=asyncio.Lock, sleep=sleep, get_running_loop=Clock)
    monkeypatch.setattr(guild_queue, "asyncio", fake)
    queue = GuildQueue(rest=3)
    for _ in range(IN_A_ROW + 2):
        async with queue.turn(1):
            pass
    assert waited == [3.0, 3.0]
    async with queue.turn(2):
        pass
    now += 60
    async with queue.turn(1):
        pass
    assert waited == [3.0, 3.0]
    assert set(queue._rested) == {1}


async def test_where_work_fails_the_next_has_their_turn() -> None:
    queue = GuildQueue()

    with pytest.raises(ZeroDivisionError):
        async with queue.turn(1):
            raise ZeroDivisionError
    async with queue.turn(1):
        pass
    with pytest.raises(Refused):
        async with queue.turn(1), queue.turn(2):
            raise Refused("no")
