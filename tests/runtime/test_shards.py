"""A process's shards: waited for as a standby, kept through the database's bad days, left when another has them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from lantern.content.models import Content
from lantern.runtime import shards
from lantern.runtime.client import Lantern
from lantern.runtime.settings import Settings
from lantern.runtime.shards import Shards
from lantern.store.engine import DatabaseError
from tests.discord.launch import pointed_at
from tests.discord.loopback import Loopback
from tests.discord.payloads import TOKEN
from tests.discord.state import PATIENCE
from tests.support.postgres import Postgres

Make = Callable[..., Shards]


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Looks and tries come often; what is waited for longer is the test's own."""
    for name in ("TRY_EVERY", "LOOK_EVERY", "CONNECT_EVERY", "HOLDERS_FIRST"):
        monkeypatch.setattr(shards, name, 0.01)
    caplog.set_level(logging.INFO)


@pytest_asyncio.fixture
async def make(postgres_database: str, tmp_path: Path) -> AsyncIterator[Make]:
    """Makes the shards of one process more."""
    made: list[Shards] = []

    def make(*sets: tuple[int, ...], count: int | None = 8) -> Shards:
        settings = Settings(database=postgres_database, state_folder=tmp_path, shards=count, shard_ids=sets or None)
        made.append(Shards(settings))
        return made[-1]

    yield make
    for each in made:
        await each.close()


async def until(condition: Callable[[], object]) -> None:
    """Return as soon as it holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.mark.in_a_file
async def test_with_a_file_there_is_nothing_to_wait_for(settings: Settings) -> None:
    own = Shards(settings)
    assert await own.take()
    assert (own.mine, own.waiting, own.failure) == ((), None, None)
    assert not await own.wait_for_turn(0, 1)
    await own.close()


@pytest.mark.parametrize(
    ("held", "wanted", "why"),
    [
        ([(0, 1, 2, 3)], [(0, 1, 2, 3)], "shards 0-3 are held by another process"),
        ([(3,)], [(3,)], "shard 3 is held by another process"),
        ([(0, 1), (2, 4)], [(0, 1), (2, 4)], "shards 0-1; 2,4 are held by other processes"),
        ([()], [(0, 1)], "shards 0-1 are held by another process"),
        ([(0, 1)], [()], "shards are held by another process"),
    ],
)
async def test_a_standby_says_what_it_waits_for(
    make: Make,
    caplog: pytest.LogCaptureFixture,
    held: list[tuple[int, ...]],
    wanted: list[tuple[int, ...]],
    why: str,
) -> None:
    holders = [make(*([ids] if ids else [])) for ids in held]
    for each in holders:
        assert await each.take()
    standby = make(*(ids for ids in wanted if ids))
    taking = asyncio.create_task(standby.take())
    await until(lambda: standby.waiting)
    assert standby.waiting == why
    assert not taking.done()

    await holders[-1].close()
    assert await asyncio.wait_for(taking, PATIENCE)
    assert not standby.waiting
    assert (standby.mine, standby.failure, standby.waited) == (wanted[-1], None, True)
    assert [record.getMessage() for record in caplog.records].count(f"waiting: {why}") == 1


async def test_a_standby_with_another_number_of_shards_says_so(make: Make) -> None:
    assert await make((0,), count=4).take()
    standby = make((4,), count=8)
    taking = asyncio.create_task(standby.take())
    await until(lambda: standby.waiting)
    assert standby.waiting == "another process counts 4 shards, and this one 8"
    await standby.close()
    assert not await taking


async def test_who_is_told_to_stop_waits_no_longer(make: Make) -> None:
    assert await make((0,)).take()
    standby = make((0,))
    taking = asyncio.create_task(standby.take())
    await until(lambda: standby.waiting)
    await standby.close()
    assert not await taking
    assert not await standby.take()


async def test_who_cannot_reach_the_database_at_the_start_does_not_wait(make: Make, postgres: Postgres) -> None:
    postgres.stop()
    with pytest.raises(DatabaseError, match="cannot be used"):
        await make((0,)).take()


async def test_the_database_is_away_and_back_and_the_shards_are_still_ones_own(make: Make, postgres: Postgres) -> None:
    own = make((0, 1))
    assert await own.take()
    postgres.kill()
    await until(lambda: own.failure)
    assert not own.taken_over.is_set()
    postgres.start()
    await until(lambda: own.failure is None)
    assert not own.taken_over.is_set()
    assert own.mine == (0, 1)

    standby = make((0, 1))
    taking = asyncio.create_task(standby.take())
    await until(lambda: standby.waiting)
    assert not taking.done()


async def test_who_comes_back_and_finds_its_shards_taken_leaves(
    make: Make, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, standby = make((0, 1)), make((0, 1))
    assert await own.take()
    taking = asyncio.create_task(standby.take())
    await until(lambda: standby.waiting)
    back = asyncio.Event()
    reconnect = own._taken_again

    async def later(*arguments: object) -> bool:
        await back.wait()
        return await reconnect(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(own, "_taken_again", later)
    postgres.cut()
    assert await asyncio.wait_for(taking, PATIENCE)
    await until(lambda: own.failure)
    assert not own.taken_over.is_set()

    back.set()
    await asyncio.wait_for(own.taken_over.wait(), PATIENCE)
    assert not standby.taken_over.is_set()
    assert standby.failure is None


async def test_those_who_had_the_shards_come_first_when_all_lost_the_server(
    make: Make, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "HOLDERS_FIRST", 3600)
    own, standby = make((0, 1)), make((0, 1))
    assert await own.take()
    taking = asyncio.create_task(standby.take())
    await until(lambda: standby.waiting)
    back = asyncio.Event()
    reconnect = own._taken_again

    async def later(*arguments: object) -> bool:
        await back.wait()
        return await reconnect(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(own, "_taken_again", later)
    postgres.stop()
    await until(lambda: own.failure)
    await until(lambda: standby.failure)
    assert standby.waiting == standby.failure
    assert own.failure is not None
    assert "cannot be used" in own.failure
    postgres.start()
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'lantern' AND state = 'idle'"
    await until(lambda: postgres.administer(sessions) == "1")
    back.set()
    await until(lambda: own.failure is None or own.taken_over.is_set())
    assert own.failure is None
    assert not taking.done()
    assert not own.taken_over.is_set()


async def test_a_turn_to_identify_is_had_by_one_process_of_each_bucket(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "TURN_SECONDS", 3600)
    first, second = make((0, 1)), make((2, 3))
    assert await first.wait_for_turn(0, 2)
    assert await second.wait_for_turn(3, 2)
    with monkeypatch.context() as patch:
        patch.setattr(shards, "TURN_PATIENCE", 0.01)
        with pytest.raises(TimeoutError):
            await second.wait_for_turn(2, 2)
    await first.close()
    assert await second.wait_for_turn(2, 2)


async def test_without_the_database_identifying_goes_on(make: Make, postgres: Postgres) -> None:
    own = make((0,))
    assert await own.take()
    postgres.stop()
    assert not await own.wait_for_turn(0, 1)
    postgres.start()


async def test_two_processes_identify_one_after_the_other(
    postgres: Postgres, postgres_database: str, tmp_path: Path, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "TURN_SECONDS", 3600)
    bots = [
        Lantern(
            Settings(
                database=postgres_database,
                state_folder=tmp_path / ids,
                key_file=tmp_path / "key",
                shards=2,
                shard_ids=((int(ids),),),
            ),
            content,
        )
        for ids in "01"
    ]

    def somebody_waits() -> bool:
        waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        return postgres.administer(waits) != "0"

    async with Loopback(guilds=4, shards=2) as server, AsyncExitStack() as stack:
        server.max_concurrency = 1
        stack.enter_context(pointed_at(server.base, server.gateway))
        for bot in bots:
            running = asyncio.create_task(bot.start(TOKEN))
            stack.push_async_callback(asyncio.wait, {running})
            stack.push_async_callback(bot.close)
            await server.until(lambda: server.happened("identify"))
        await until(somebody_waits)
        assert [event.shard for event in server.happened("identify")] == [0]
        assert len(server.happened("connect")) == 2

        await bots[0].close()
        await server.until(lambda: [event.shard for event in server.happened("identify")] == [0, 1])
