"""Locks on shards: who may have which, and what becomes of them when a connection, a process or the server ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest
import pytest_asyncio

from lantern.store import shard_locks
from lantern.store.engine import DatabaseError
from lantern.store.postgres_server import SETTINGS, unusable
from lantern.store.shard_locks import ShardLocks
from tests.discord.state import PATIENCE
from tests.support.postgres import Postgres

ALL: tuple[int, ...] = ()
Process = Callable[..., Awaitable[ShardLocks]]


@pytest_asyncio.fixture
async def process(postgres_database: str) -> AsyncIterator[Process]:
    """Makes the locks of one process more, connected; ``count`` is the number of all shards."""
    made: list[ShardLocks] = []

    async def make(count: int | None = 8) -> ShardLocks:
        made.append(ShardLocks(postgres_database, count))
        await made[-1].connect()
        return made[-1]

    yield make
    for each in made:
        await each.close()


async def test_processes_with_other_shards_are_beside_one_another(process: Process) -> None:
    assert await (await process()).take([(0, 1)]) == (0, 1)
    assert await (await process()).take([(2, 3)]) == (2, 3)


async def test_a_shard_is_had_by_one_and_who_does_not_get_all_gets_none(process: Process) -> None:
    first, second, third = [await process() for _ in range(3)]
    await first.take([(1,)])

    assert await second.take([(0, 1, 2)]) is None
    assert await third.take([(0, 2)]) == (0, 2)


async def test_all_shards_and_some_exclude_one_another(process: Process) -> None:
    whole, part, other = await process(None), await process(), await process(None)
    assert await whole.take([ALL]) == ALL
    assert await part.take([(0,)]) is None
    assert await other.take([ALL]) is None

    await whole.close()
    assert await part.take([(0,)]) == (0,)
    assert await other.take([ALL]) is None

    await part.close()
    assert await other.take([ALL]) == ALL


async def test_of_several_sets_the_first_free_one_is_taken(process: Process) -> None:
    first, second, standby = [await process() for _ in range(3)]
    await first.take([(0, 1)])
    await second.take([(2, 3)])
    assert await standby.take([(0, 1), (2, 3)]) is None

    await second.close()
    assert await standby.take([(0, 1), (2, 3)]) == (2, 3)


async def test_of_many_who_want_the_same_one_gets_it(process: Process) -> None:
    several = [await process() for _ in range(8)]
    took = await asyncio.gather(*(each.take([(0, 1, 2, 3), (4, 5), (5, 4)]) for each in several))

    assert sorted(filter(None, took)) == [(0, 1, 2, 3), (4, 5)]


async def test_who_takes_waits_for_who_is_taking(process: Process, postgres_database: str) -> None:
    """Else two who want some of the same shards could each find what the other is about to let go of."""
    first = await process()
    taking = await asyncpg.connect(postgres_database)
    await taking.execute("SELECT pg_advisory_lock($1)", shard_locks.TAKING)
    waiting = asyncio.create_task(first.take([(0,)]))
    async with asyncio.timeout(PATIENCE):
        while not waiting.done() and not await taking.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            pass
    assert not waiting.done()

    await taking.close()
    assert await waiting == (0,)


async def test_who_counts_the_shards_otherwise_waits(process: Process) -> None:
    old, new = await process(4), await process(8)
    await old.take([(0, 1)])
    assert await new.take([(4, 5)]) is None
    assert new.other_count == 4

    await old.close()
    assert await new.take([(4, 5)]) == (4, 5)
    assert new.other_count is None


async def test_another_database_of_the_server_has_other_locks(process: Process, postgres: Postgres) -> None:
    await (await process()).take([(0,)])
    other = ShardLocks(postgres.new_database(), 4)
    await other.connect()
    assert await other.take([(0,)]) == (0,)
    await other.close()


async def test_a_connection_that_is_cut_takes_the_locks_with_it(process: Process, postgres: Postgres) -> None:
    first, second = await process(), await process()
    await first.take([(0,)])
    postgres.cut()

    for each in (first, second):
        with pytest.raises(DatabaseError):
            await each.look()
        assert not each.is_connected
    await second.connect()
    assert await second.take([(0,)]) == (0,)
    await first.connect()
    assert await first.take([(0,)]) is None


async def test_after_the_server_was_killed_the_locks_are_taken_again(process: Process, postgres: Postgres) -> None:
    first = await process()
    await first.take([(0,)])
    await first.look()
    postgres.kill()
    with pytest.raises(DatabaseError):
        await first.look()
    with pytest.raises(DatabaseError, match="cannot be used"):
        await first.connect()

    postgres.start()
    await first.connect()
    assert await first.take([(0,)]) == (0,)
    await first.look()


async def test_a_session_that_the_server_still_believes_in_does_not_keep_its_own_process_out(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the network was cut for a moment the server may wait for seconds before it lets go of the locks."""
    first = await process()
    await first.take([(0,)])
    half_dead, first._connection = first._connection, None

    await first.connect()
    assert await first.take([(0,)]) == (0,)
    half_dead.terminate()


async def test_a_session_of_others_is_never_ended(process: Process, postgres_database: str) -> None:
    """Numbers of sessions are used again, also by other programs."""
    first, other = await process(), await process()
    first._session = {"pid": other._session["pid"], "backend_start": first._session["backend_start"]}.values()
    await first.connect()
    await other.look()


async def test_a_turn_is_waited_for(process: Process) -> None:
    first, second = await process(), await process()
    await first.take_turn(0, patience=30, seconds=3600)
    await second.take_turn(1, patience=30, seconds=3600)

    waiting = asyncio.create_task(second.take_turn(0, patience=30, seconds=3600))
    with pytest.raises(TimeoutError):
        await second.take_turn(0, patience=0.01, seconds=3600)
    assert not waiting.done()
    await first.close()
    await waiting


async def test_a_turn_ends_by_itself(process: Process) -> None:
    first, second = await process(), await process()
    await first.take_turn(0, patience=30, seconds=0.01)
    await second.take_turn(0, patience=30, seconds=3600)


async def test_a_turn_leaves_the_locks_where_they_are(process: Process, postgres: Postgres) -> None:
    first = await process()
    await first.take([(0,)])
    postgres.kill()
    with pytest.raises(DatabaseError):
        await first.take_turn(0, patience=30, seconds=3600)
    assert first.is_connected
    postgres.start()


async def test_the_server_lets_go_of_a_dead_machine_within_ten_seconds() -> None:
    """Counted from what PostgreSQL is told; nobody can pull a cable in a test."""
    idle, interval, count = (int(SETTINGS[f"tcp_keepalives_{name}"]) for name in ("idle", "interval", "count"))
    noticed = idle + interval * count
    assert noticed < 10
    assert int(SETTINGS["tcp_user_timeout"]) == 1000 * noticed
    # A server that is slow, and not away, is waited for longer.
    assert noticed < shard_locks.COMMAND_SECONDS


async def test_one_session_for_two_clients_is_a_pooler(postgres_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    locks = ShardLocks(postgres_database, 4)
    monkeypatch.setattr(shard_locks, "OWN_PID", "SELECT 1")
    with pytest.raises(DatabaseError, match="pooler"):
        await locks.connect()
    assert not locks.is_connected


async def test_a_session_that_changes_is_a_pooler(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    locks = await process()
    monkeypatch.setattr(shard_locks, "OWN_PID", "SELECT 1")
    with pytest.raises(DatabaseError, match="pooler"):
        await locks.look()


@pytest.mark.parametrize(
    "said",
    [
        asyncpg.InvalidSQLStatementNameError('prepared statement "__asyncpg_stmt_1__" does not exist'),
        asyncpg.DuplicatePreparedStatementError('prepared statement "__asyncpg_stmt_1__" already exists'),
        asyncpg.ProtocolViolationError("unsupported startup parameter: tcp_keepalives_idle"),
    ],
)
def test_what_only_a_pooler_says_is_told_as_one(said: Exception) -> None:
    assert "is reached through a pooler" in unusable("postgresql://lantern@host/lantern", said)
