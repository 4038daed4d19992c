"""What the database costs: python -m bench.databases

Lantern as one process on a SQLite file, as one on a PostgreSQL server, and as two on that server, a shard each. They
run in turn (A B C A B C …), whole processes, against the same loopback Discord with two shards and four guilds. The
server is one of its own on this machine, with PostgreSQL's defaults, and every transaction is on disk when it counts.
One round is:

1. one question after the other: p50 and p99, as in `bench/cost.py`; the processor time of all Lantern's processes for
   each answer, and that of the server, until the last row can be read
2. as many as it can: `AT_ONCE` members who each ask again as soon as they are answered; answers a second until the
   last row can be read, and p99 meanwhile
3. rows that are missing after that

This process is Discord and all the members, and keeps a core busy by itself in 2: on two cores two bots and a server
get no more done than one, and the figures of 2 say more of the machine than of Lantern.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import asyncpg
import uvloop

from bench import cost
from bench.cost import Crowd, Figures, Shown
from lantern import PROJECT
from lantern.content import loading
from tests.discord.loopback import Loopback
from tests.discord.process import BotProcess
from tests.support.postgres import DEBIAN, DEFAULTS, Postgres, installed

SHARDS = 2
GUILDS = 4
AT_ONCE = 64
COUNT = "SELECT count(*) FROM questions"


class Setup(NamedTuple):
    """Which processes there are: the shards of each, or None where one has all; and where their rows go."""

    name: str
    on_a_server: bool
    shard_ids: Sequence[str | None]


SETUPS = (
    Setup("one process, SQLite", on_a_server=False, shard_ids=(None,)),
    Setup("one process, PostgreSQL", on_a_server=True, shard_ids=(None,)),
    Setup("two processes, PostgreSQL", on_a_server=True, shard_ids=("0", "1")),
)
SHOWN = {
    "p50": Shown("frame to callback, p50", 1e3, "ms"),
    "p99": Shown("frame to callback, p99", 1e3, "ms"),
    "processor": Shown("processor time an answer, Lantern", 1e3, "ms"),
    "server": Shown("and the server", 1e3, "ms"),
    "rate": Shown("rows a second, as many as it can", 1, "/s"),
    "rate_p99": Shown("frame to callback then, p99", 1e3, "ms"),
    "memory": Shown("memory afterwards, all of Lantern", 1, "MB"),
    "missing_rows": Shown("rows missing"),
}


async def measure(setup: Setup, postgres: Postgres, answers: int) -> Figures:
    """Run one round; see the top of this file. RuntimeError, with their logs, if a process ends or does not answer."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        database = postgres.new_database() if setup.on_a_server else str(folder / cost.DATABASE)
        try:
            async with (
                Loopback(guilds=GUILDS, shards=SHARDS, keep=3 * answers + cost.WARMING) as server,
                _running(setup, database, server, folder) as processes,
                _counting(folder, database, on_a_server=setup.on_a_server) as kept,
            ):
                return await _round(server, processes, postgres, kept, answers)
        finally:
            postgres.restore()


@contextlib.asynccontextmanager
async def _running(setup: Setup, database: str, server: Loopback, folder: Path) -> AsyncIterator[Sequence[BotProcess]]:
    processes: list[BotProcess] = []
    log = folder / "log"
    try:
        async with asyncio.timeout(cost.ROUND_SECONDS):
            for number, ids in enumerate(setup.shard_ids):
                settings = {
                    "LANTERN_DATABASE": database,
                    "LANTERN_STATE_FOLDER": str(folder / str(number)),
                    "LANTERN_KEY_FILE": str(folder / "key"),
                }
                if ids is not None:
                    settings |= {"LANTERN_SHARDS": str(SHARDS), "LANTERN_SHARD_IDS": ids}
                processes.append(await BotProcess.start(server, ["bot.py", "run"], environment=settings, log=log))
            await processes[0].ready(server)
            yield processes
    except (TimeoutError, LookupError, ChildProcessError) as error:
        said = log.read_text(encoding="utf-8", errors="replace")[-4000:]
        raise RuntimeError(f"{setup.name} did not get through a round: {error!r}\n{said}") from error
    finally:
        for process in processes:
            await process.kill()


Counting = Callable[[int], Awaitable[int]]
"""How many questions can be read in the database, once there are so many, or after a time."""


@contextlib.asynccontextmanager
async def _counting(folder: Path, database: str, *, on_a_server: bool) -> AsyncIterator[Counting]:
    if not on_a_server:
        yield lambda expected: cost.rows(folder, expected)
        return
    connection = await asyncpg.connect(database)

    async def kept(expected: int) -> int:
        deadline = time.monotonic() + cost.ARRIVING
        while (have := int(await connection.fetchval(COUNT))) < expected and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        return have

    try:
        yield kept
    finally:
        await connection.close()


async def _round(
    server: Loopback, processes: Sequence[BotProcess], postgres: Postgres, kept: Counting, answers: int
) -> Figures:
    questions = [(topic.article.command, topic.key) for topic in loading.load_content(PROJECT / "content").topics()]
    crowd = Crowd(server, questions)
    await crowd.ask_in_turn(cost.WARMING)
    await kept(cost.WARMING)
    cost.collect_now()
    used, served = sum(one.processor() for one in processes), postgres.processor()
    delays = await crowd.ask_in_turn(answers)
    asked = cost.WARMING + answers
    await kept(asked)
    used, served = sum(one.processor() for one in processes) - used, postgres.processor() - served

    left = iter(range(answers))
    at_once: list[float] = []

    async def keep_asking() -> None:
        for _ in left:
            question = await crowd.ask()
            await question.answered()
            at_once.append(question.delay)

    cost.collect_now()
    begun = time.perf_counter()
    await asyncio.gather(*(keep_asking() for _ in range(AT_ONCE)))
    have = await kept(asked + answers)
    seconds = time.perf_counter() - begun
    return {
        "p50": statistics.median(delays),
        "p99": cost.p99(delays),
        "processor": used / answers,
        "server": served / answers,
        "rate": answers / seconds,
        "rate_p99": cost.p99(at_once),
        "memory": sum(one.memory() for one in processes),
        "missing_rows": asked + answers - have,
    }


def table(measured: Mapping[str, Sequence[Figures]]) -> str:
    """Return the setups side by side, medians with quartiles, as a Markdown table."""
    lines = ["| | " + " | ".join(measured) + " |", "|---" * (len(measured) + 1) + "|"]
    for name, shown in SHOWN.items():
        cells = [cost.cell(shown, [one[name] for one in figures]) for figures in measured.values()]
        lines.append(f"| {shown.label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


async def _main(rounds: int, answers: int, postgres: Postgres) -> None:
    measured: dict[str, list[Figures]] = {setup.name: [] for setup in SETUPS}
    for number in range(rounds):
        for setup in SETUPS:
            measured[setup.name].append(await measure(setup, postgres, answers))
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    print(f"\n{rounds} rounds in turn, {answers:,} answers each, {AT_ONCE} members at once:\n")
    print(table(measured))


def main() -> int:
    """Parse the command line and measure; 1 without a PostgreSQL server's programs."""
    parser = argparse.ArgumentParser(prog="python -m bench.databases", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=6, help="rounds of each (default: %(default)s)")
    parser.add_argument("--answers", type=int, default=3_000, help="answers a round, twice (default: %(default)s)")
    chosen = parser.parse_args()
    programs = installed()
    if programs is None:
        print(f"No PostgreSQL server on this machine: looked for initdb on PATH and in {DEBIAN}/*/bin.")
        return 1
    cost.tell_the_machine()
    postgres = Postgres(programs, DEFAULTS)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_main(chosen.rounds, chosen.answers, postgres))
    finally:
        postgres.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
