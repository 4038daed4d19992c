"""Several processes of one bot, real ones, on the loopback Discord and a PostgreSQL server; one dies, or is cut off."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from lantern import PROJECT
from lantern.runtime import running
from lantern.runtime.content_sharing import texts
from lantern.store.shared_content import Given, SharedContent
from tests.discord.loopback import Loopback
from tests.discord.process import BotProcess
from tests.discord.state import PATIENCE, Asked
from tests.support.logged_bot import LoggedBot
from tests.support.postgres import Postgres
from tests.support.programs import run
from tests.support.relay import Relay
from tests.support.reliability import tried
from tests.support.rows import opened
from tests.support.wire import private

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at in /proc")

SHARDS = 2
Start = Callable[..., Awaitable["Process"]]


@dataclass
class Process(LoggedBot):
    """One process of the bot, with a state folder and a log of its own."""

    environment: dict[str, str]

    async def status(self) -> dict[str, Any]:
        """What ``bot.py status --json`` says of it."""
        ended = await asyncio.to_thread(run, "status", "--json", **self.environment)
        said: dict[str, Any] = json.loads(ended.stdout)
        return said

    async def ended(self) -> int:
        """Wait for its end and return its exit status."""
        return await asyncio.wait_for(self.process.process.wait(), PATIENCE)


@pytest.fixture
async def server() -> AsyncIterator[Loopback]:
    async with Loopback(guilds=4, shards=SHARDS) as server:
        yield server


@pytest.fixture
async def start(server: Loopback, postgres_database: str, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts one process more.

    ``ids`` is its LANTERN_SHARD_IDS, None for all shards; ``address`` its way to the database, if it has another;
    ``more``: its other settings.
    """
    async with AsyncExitStack() as stack:
        started = 0

        async def start(ids: str | None, address: str = postgres_database, **more: str) -> Process:
            nonlocal started
            started += 1
            folder = tmp_path / str(started)
            environment = {
                "LANTERN_DATABASE": address,
                "LANTERN_STATE_FOLDER": str(folder),
                "LANTERN_KEY_FILE": str(tmp_path / "key"),
                "LANTERN_BACKUP_KEEP": "0",
                **more,
            }
            if ids is not None:
                environment |= {"LANTERN_SHARDS": str(SHARDS), "LANTERN_SHARD_IDS": ids}
            log = tmp_path / f"{started}.log"
            bot = await BotProcess.start(server, ["bot.py", "run"], environment=environment, log=log)
            stack.push_async_callback(bot.kill)
            return Process(bot, log, folder, environment)

        yield start


def guild_of(server: Loopback, shard: int) -> int:
    return next(guild for guild in server.guilds if (guild >> 22) % SHARDS == shard)


async def ask(server: Loopback, shard: int) -> Asked:
    """Somebody in a guild of that shard asks, and is answered."""
    asked = await server.slash("twinflame", "runner", guild=guild_of(server, shard))
    await asked.answered()
    return asked


async def counted(address: str, expected: int) -> None:
    """Wait until so many questions are in the database, each of its own."""
    connection = await asyncpg.connect(address)
    try:
        async with asyncio.timeout(PATIENCE):
            while await connection.fetchval("SELECT count(*) FROM questions") < expected:
                await asyncio.sleep(0.01)
        assert await connection.fetchval("SELECT count(*) FROM questions") == expected
        assert await connection.fetchval("SELECT sum(asks) FROM daily_topics") == expected
    finally:
        await connection.close()


async def connected(server: Loopback, shard: int, times: int) -> None:
    """Wait until that shard was ready so often."""
    await server.until(lambda: [event.shard for event in server.happened("ready")].count(shard) >= times)


async def test_a_standby_answers_after_one_of_two_processes_was_killed(
    server: Loopback, start: Start, postgres_database: str
) -> None:
    first, second = await start("0"), await start("1")
    await server.ready()
    standby = await start("0; 1")
    await standby.says("waiting: shards 0; 1 are held by other processes")
    for shard in (0, 1):
        await ask(server, shard)
    await counted(postgres_database, 2)
    assert (await first.status())["status"]["shard_ids"] == "0"

    async with asyncio.timeout(PATIENCE):
        while not (waiting := await standby.status())["healthy"]:
            pass
    assert waiting["status"]["waiting"] == "shards 0; 1 are held by other processes"
    assert not waiting["status"]["connected"]

    await second.process.kill()
    await connected(server, 1, 2)
    await standby.says("this process has shard 1")
    for shard in (0, 1, 1):
        await ask(server, shard)
    await counted(postgres_database, 5)

    await first.process.kill()
    another = await start("0")
    await connected(server, 0, 2)
    await ask(server, 0)
    assert await another.process.stop() == 0
    assert await standby.process.stop() == 0
    tried(
        "The process",
        "one of two processes is killed, and a standby waits for either",
        saw="no answer until the standby is there, then the card",
        lost="nothing that was written: 5 of 5 rows",
    )


async def test_a_process_that_starts_with_what_was_given_last_says_what_is_wrong_in_its_folder(
    start: Start, postgres_database: str, tmp_path: Path
) -> None:
    folder = tmp_path / "content"
    shutil.copytree(PROJECT / "content", folder)
    async with opened(postgres_database) as database:
        await SharedContent(database).give(Given("the last good one", texts(folder)), 0)
    (folder / "twinflame.yml").write_text("command: [", encoding="utf-8")

    process = await start(None, LANTERN_SHARE_CONTENT="give", LANTERN_CONTENT=str(folder))

    await process.says("content not taken, the last good one stays in use")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_standby_stops_when_it_is_told_to(server: Loopback, start: Start, number: signal.Signals) -> None:
    await start(None)
    await server.ready()
    standby = await start(None)
    await standby.says("waiting: shards are held by another process")
    standby.process.process.send_signal(number)

    assert await standby.ended() == 0
    assert len(server.happened("identify")) == SHARDS
    assert "Traceback" not in standby.said
    assert not (await standby.status())["status"]


async def test_the_server_dies_and_those_who_have_the_shards_keep_them(
    server: Loopback, start: Start, postgres: Postgres, postgres_database: str
) -> None:
    only = await start("0-1")
    await server.ready()
    standby = await start("0-1")
    await standby.says("waiting: shards 0-1 are held by another process")
    await ask(server, 0)
    await counted(postgres_database, 1)

    postgres.kill()
    await only.says("answers go on")
    await standby.says("cannot be used")
    await ask(server, 1)
    standby.process.process.send_signal(signal.SIGSTOP)  # it would wait for six seconds, however slow this machine is
    postgres.start()
    await only.says("this process still has shards 0-1")
    standby.process.process.send_signal(signal.SIGCONT)
    await counted(postgres_database, 2)
    assert only.process.running
    assert len(server.happened("identify")) == SHARDS
    tried(
        "Database",
        "the PostgreSQL server is killed and started again, and a standby waits",
        saw="the card; whoever had the shards keeps them",
        lost="nothing: 2 of 2 rows",
    )


async def test_who_was_cut_off_and_finds_its_shards_taken_leaves(
    server: Loopback, start: Start, postgres_database: str
) -> None:
    """For a while both are connected: each question is answered by one of them, and counted once."""
    async with Relay(postgres_database) as relay:
        cut_off = await start("0-1", relay.address)
        await server.ready()
        standby = await start("0-1")
        await standby.says("waiting: shards 0-1 are held by another process")
        await ask(server, 0)
        await counted(postgres_database, 1)

        relay.cut()
        await connected(server, 0, 2)
        await connected(server, 1, 2)
        assert cut_off.process.running
        asked = [await ask(server, shard) for shard in (0, 1) * 10]
        await server.until(lambda: all(len(each.callbacks) == 2 for each in asked))
        relay.mend()
        assert await cut_off.ended() == 1

    assert running.TAKEN_OVER in cut_off.said
    assert "Traceback" not in cut_off.said
    await ask(server, 1)
    await counted(postgres_database, 22)
    for each in asked:
        assert sorted(callback.status for callback in each.callbacks) == [200, 400]
    assert not server.sent("POST", "/webhooks/*")
    assert len(private(server)) == 22
    assert await standby.process.stop() == 0
    tried(
        "Database",
        "one process is cut off from the PostgreSQL server, and a standby takes its shards",
        saw="one card for each question, also while both are connected",
        lost="nothing: 22 of 22 rows, each once",
    )


@pytest.mark.soak
async def test_ten_takeovers_under_load(server: Loopback, start: Start, postgres_database: str) -> None:
    """Two processes and a standby; one of the two is killed, the standby takes its place, and another standby comes.

    How long each takes is printed (``make soak ARGS=-s``): from the kill to the first answer in that process's guilds.
    """
    asked: list[Asked] = []
    times: list[float] = []

    async def keep_asking() -> None:
        for number in count():
            asked.append(await server.slash("twinflame", "runner", guild=guild_of(server, number % SHARDS)))
            await asyncio.sleep(0.02)  # fifty a second, as much as this machine does beside

    def more_than(number: int) -> bool:
        return len(asked) > number

    processes = [await start("0"), await start("1")]
    await server.ready()
    for number in range(10):
        standby = await start("0; 1")
        await standby.says("waiting: ")
        load = asyncio.create_task(keep_asking())
        await server.until(partial(more_than, len(asked) + 50))
        shard, killed = number % SHARDS, time.perf_counter()
        await processes[shard].process.kill()
        await connected(server, shard, number // SHARDS + 2)
        asked.append(await ask(server, shard))
        times.append(asked[-1].first.result().received - killed)
        load.cancel()
        processes[shard] = standby
    for process in processes:
        assert await process.process.stop() == 0

    print("seconds:", *(f"{each:.2f}" for each in times))
    answered = {each.id for each in asked if each.first.done()}
    connection = await asyncpg.connect(postgres_database)
    rows = [row[0] for row in await connection.fetch("SELECT interaction_id FROM questions")]
    total = await connection.fetchval("SELECT sum(asks) FROM daily_topics")
    await connection.close()
    print(f"{len(asked)} asked, {len(answered)} answered, {len(rows)} rows")
    assert set(rows) <= answered
    assert len(rows) == len(set(rows)) == total
    assert not [each for each in asked if sum(callback.status < 300 for callback in each.callbacks) > 1]
    tried(
        "The process",
        "one of two processes is killed under load, and a standby takes its place, ten times",
        saw="the card, once; for the tenths of a second until the standby is there, Discord's own “did not respond”",
        lost="answers of the last tenth of a second; no row twice, and none without an answer",
    )
