"""What Lantern costs, beside a bare discord.py bot that sends a fixed embed: `make bench`, or python -m bench.cost.

Both run in turn (A B A B …), each as a whole process in an environment of its own, against the same loopback Discord
in this process. One round of one bot is:

1. start: from making the process to its first answer, to a question asked as soon as its guilds were sent
2. idle: three seconds later, resident memory
3. answers: one question at a time (10,000), the next a millisecond after the answer before; from writing the gateway
   frame to having read the callback request: p50 and p99; the processor time of the whole process for each answer,
   until the last row is on disk; resident memory afterwards
4. burst: 300 questions at once; p99, and how many were lost
5. the rows: for Lantern, as many in the file as there were answers, before the process is stopped and after

The table gives medians over the rounds with quartiles, and the median of each round's ratio. `--cores 1` binds the
bots, but not this process, to one core, as on the machines that most operators rent.
"""

from __future__ import annotations

import argparse
import asyncio
import compileall
import contextlib
import gc
import hashlib
import itertools
import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import uvloop

from lantern import PROJECT
from lantern.content import loading
from tests.discord.loopback import Loopback
from tests.discord.payloads import Person
from tests.discord.process import BotProcess
from tests.discord.state import Asked
from tests.docs.requirements import pinned

CACHE = PROJECT / "build" / "bench"  # where the environments are kept
RUN = pinned((PROJECT / "requirements" / "run.txt").read_text(encoding="utf-8"))
OF_DISCORD_PY = {"discord-py", "aiohttp", "aiohappyeyeballs", "aiosignal", "attrs", "audioop-lts", "frozenlist", "idna"}
OF_DISCORD_PY |= {"multidict", "propcache", "typing-extensions", "yarl"}
"""What discord.py needs, by the names in that file; it uses orjson, too, where that is there."""
DATABASE = "lantern.sqlite3"
KEY = "lantern.key"
SETTLING = 3.0  # seconds from the first answer to "idle": discord.py reports ready two seconds after the last guild
WARMING = 300  # answers before any is measured
GAP = 0.001  # seconds between an answer and the next question
BURST = 300  # questions at once
PEOPLE = 500  # members who take turns asking
ARRIVING = 5.0  # seconds within which rows must be on disk
ROUND_SECONDS = 300  # one round of one bot may not take longer
BUSY_LOAD = 1.0  # of the last minute, before anything is measured
BUSY = ": this machine is doing something else, so these figures are not to be relied on"


@dataclass(frozen=True)
class Bot:
    """One of the two: its Python, its program, and what can be asked of it."""

    name: str
    python: Path
    program: Sequence[str]
    questions: Sequence[tuple[str, ...]]
    prepared: Path | None = None  # the database it starts with, where it keeps one: migrated, and its commands sent
    guilds: int = 1
    cores: int | None = None  # how many it may use; None is all


Figures = Mapping[str, float]
"""One round of one bot, by the names of `SHOWN`; times in seconds, memory in MB."""


class Shown(NamedTuple):
    """How a figure stands in the table, and what its ratio or it should be at most: without a unit, none."""

    label: str
    factor: float = 1
    unit: str = ""
    ratio: float | None = None
    at_most: float | None = None


SHOWN = {
    "start": Shown("start to first answer", 1, "s", ratio=1.5),
    "idle": Shown("memory, idle", 1, "MB", ratio=1.45),
    "after": Shown("memory after the answers", 1, "MB", ratio=1.45),
    "p50": Shown("frame to callback, p50", 1e3, "ms", ratio=1.0),
    "p99": Shown("frame to callback, p99", 1e3, "ms"),
    "processor": Shown("processor time an answer", 1e3, "ms", ratio=1.1),
    "burst_p99": Shown("burst, p99", 1e3, "ms", at_most=0.2),
    "lost": Shown("burst, lost"),
    "missing_rows": Shown("rows missing"),
}


# --- One round ----------------------------------------------------------------------------------------------------


async def measure(bot: Bot, answers: int) -> Figures:
    """Run one round; see the top of this file. RuntimeError, with the bot's log, if it ends or does not answer."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        if bot.prepared is not None:
            shutil.copyfile(bot.prepared, folder / DATABASE)
            # Programs of before had it in the database.
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(bot.prepared.with_name(KEY), folder / KEY)
        async with (
            Loopback(guilds=bot.guilds, keep=answers + BURST + WARMING + 100) as server,
            _running(bot, server, folder) as process,
        ):
            return await _round(bot, server, process, folder, answers)


@contextlib.asynccontextmanager
async def _running(bot: Bot, server: Loopback, folder: Path) -> AsyncIterator[BotProcess]:
    log, settings = folder / "log", {"LANTERN_DATABASE": str(folder / DATABASE)}
    process = await BotProcess.start(
        server, bot.program, python=bot.python, environment=settings, log=log, cores=bot.cores
    )
    try:
        async with asyncio.timeout(ROUND_SECONDS):
            await process.ready(server)
            yield process
    except (TimeoutError, LookupError, ChildProcessError) as error:
        said = log.read_text(encoding="utf-8", errors="replace")[-4000:]
        raise RuntimeError(f"{bot.name} did not get through a round: {error!r}\n{said}") from error
    finally:
        await process.kill()


async def _round(bot: Bot, server: Loopback, process: BotProcess, folder: Path, answers: int) -> Figures:
    crowd = Crowd(server, bot.questions)
    first = await (await crowd.ask()).answered(timeout=60)
    await asyncio.sleep(SETTLING)
    idle = process.memory()
    await crowd.ask_in_turn(WARMING)
    collect_now()
    used = process.processor()
    delays = await crowd.ask_in_turn(answers)
    answered = 1 + WARMING + answers
    if bot.prepared is not None:
        await rows(folder, answered)
    used = process.processor() - used
    after = process.memory()
    collect_now()
    asked = [await crowd.ask() for _ in range(BURST)]
    done, lost = await asyncio.wait([one.first for one in asked], timeout=10)
    answered += len(done)
    missing = 0
    if bot.prepared is not None:
        missing = answered - await rows(folder, answered)
        status = await process.stop()
        if status != 0:
            raise RuntimeError(f"{bot.name} stopped with exit status {status}")
        missing = max(missing, answered - await rows(folder))
    return {
        "start": first.received - process.started,
        "idle": idle,
        "after": after,
        "p50": statistics.median(delays),
        "p99": p99(delays),
        "processor": used / answers,
        "burst_p99": p99([one.delay for one in asked if one.first in done]),
        "lost": len(lost),
        "missing_rows": missing,
    }


def collect_now() -> None:
    """Let no search for garbage of this process show in the bot's figures."""
    gc.collect()
    gc.freeze()


async def rows(folder: Path, expected: int = 0) -> int:
    """Return how many questions are in the bot's file, once there are so many or after `ARRIVING` seconds."""
    deadline = time.monotonic() + ARRIVING
    with contextlib.closing(sqlite3.connect(f"file:{folder / DATABASE}?mode=ro", uri=True)) as connection:
        while True:
            (have,) = connection.execute("SELECT count(*) FROM questions").fetchone()
            if have >= expected or time.monotonic() >= deadline:
                return int(have)
            await asyncio.sleep(0.01)


class Crowd:
    """Members who take turns asking one of the bot's questions after the other, in one guild after the other."""

    def __init__(self, server: Loopback, questions: Sequence[tuple[str, ...]]) -> None:
        self._server = server
        people = [Person(400_000_000_000_000_000 + number, f"member{number}") for number in range(PEOPLE)]
        self._turns = zip(*map(itertools.cycle, (people, questions, server.guilds)), strict=False)

    async def ask(self) -> Asked:
        """Send one question and return it without waiting for the answer."""
        person, question, guild = next(self._turns)
        return await self._server.slash(*question, person=person, guild=guild)

    async def ask_in_turn(self, times: int) -> list[float]:
        """Ask so often, one after the other, and return the seconds that each answer took."""
        delays = []
        for _ in range(times):
            asked = await self.ask()
            await asked.answered()
            delays.append(asked.delay)
            await asyncio.sleep(GAP)  # so that the bot is done with the last answer when the next question comes
        return delays


def p99(values: Sequence[float]) -> float:
    """Return what one of a hundred values is above."""
    return statistics.quantiles(values, n=100, method="inclusive")[98]


# --- The table ----------------------------------------------------------------------------------------------------


def table(measured: Mapping[str, Sequence[Figures]]) -> str:
    """Return the figures of two bots, the first in relation to the second, as a Markdown table.

    Ratios are of each round, so that what slowed a whole round down cancels out, then their median and quartiles.
    """
    (ours, ours_measured), (other, other_measured) = measured.items()
    lines = [f"| | {ours} | {other} | ratio | goal |", "|---|---|---|---|---|"]
    for name, shown in SHOWN.items():
        left, right = ([one[name] for one in them] for them in (ours_measured, other_measured))
        ratio, goal, reached = "", "none", not sum(left)
        if shown.unit:
            low, middle, high = spread([a / b for a, b in zip(left, right, strict=True)])
            ratio = f"{middle:.2f} ({low:.2f}–{high:.2f})"
            if shown.ratio is not None:
                goal, reached = f"≤ {shown.ratio}", middle <= shown.ratio
            elif shown.at_most is not None:
                goal, reached = f"≤ {shown.at_most * shown.factor:.0f} {shown.unit}", spread(left)[1] <= shown.at_most
            else:
                goal = ""
        verdict = f"{goal}, {'reached' if reached else 'missed'}" if goal else ""
        lines.append(f"| {shown.label} | {cell(shown, left)} | {cell(shown, right)} | {ratio} | {verdict} |")
    return "\n".join(lines)


def cell(shown: Shown, values: Sequence[float]) -> str:
    """Return a figure's median with its quartiles in brackets, or the sum of what should be none."""
    if not shown.unit:
        return f"{sum(values):.0f} in all"
    shortened = (value * shown.factor for value in spread(values))
    low, middle, high = (f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}" for value in shortened)
    return f"{middle} {shown.unit} ({low}–{high})"


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the lower quartile, the median and the upper quartile."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


# --- The two bots -------------------------------------------------------------------------------------------------


def environment(name: str, packages: Sequence[str]) -> Path:
    """Return the Python of an environment with these packages, each with its version and its hashes.

    It is made once and kept until the packages or the Python change. Packages are compiled to bytecode,
    as in the image; without that every start would be three times slower.

    Raises subprocess.CalledProcessError when the packages cannot be installed.
    """
    key = hashlib.sha256("\n".join([sys.version, *packages]).encode()).hexdigest()[:12]
    folder = CACHE / f"{name}-{key}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        print(f"making the environment of {name} …", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        (folder / "packages.txt").write_text("\n".join(packages), encoding="utf-8")
        pip = [
            "-m",
            "pip",
            "install",
            "-q",
            "--disable-pip-version-check",
            "--compile",
            "--no-deps",
            "--require-hashes",
        ]
        subprocess.run([python, *pip, "-r", folder / "packages.txt"], check=True)
        (folder / "complete").touch()
    return python


def bare_bot() -> Bot:
    """Return the bare bot, in an environment with discord.py alone."""
    python = environment("bare", [package for package in RUN if package.partition("==")[0] in OF_DISCORD_PY])
    return Bot("bare discord.py", python, ["bench/bare_bot.py"], [("fixed",)])


async def lantern(work: Path) -> Bot:
    """Return Lantern with a database, kept in `work`, that has been opened once, as on any start but the first."""
    questions = [(topic.article.command, topic.key) for topic in loading.load_content(PROJECT / "content").topics()]
    python = environment("lantern", RUN)
    bot = Bot("Lantern", python, ["bot.py", "run"], questions)
    async with Loopback() as server, _running(bot, server, work) as process:
        await process.stop()
    return replace(bot, prepared=work / DATABASE)


# --- The command line ---------------------------------------------------------------------------------------------


def tell_the_machine(cores: int | None = None) -> None:
    """Print what this runs on, the cores that the bots may use, and whether the machine is busy."""
    load = os.getloadavg()[0]
    bound = f", the bots bound to {cores}" if cores else ""
    print(f"{platform.machine()}, {os.cpu_count()} cores{bound}, Python {platform.python_version()}, ", end="")
    print(f"Linux {platform.release()}")
    print(f"load average at the start {load:.1f}" + (BUSY if load > BUSY_LOAD else ""))


async def _main(chosen: argparse.Namespace) -> None:
    began = time.monotonic()
    tell_the_machine(chosen.cores)
    with tempfile.TemporaryDirectory(prefix="bench-") as work:
        both = [await lantern(Path(work)), bare_bot()]
        bots = [replace(bot, guilds=chosen.guilds, cores=chosen.cores) for bot in both]
        measured: dict[str, list[Figures]] = {bot.name: [] for bot in bots}
        for number, bot in itertools.product(range(chosen.rounds), bots):
            figures = await measure(bot, chosen.answers)
            measured[bot.name].append(figures)
            told = [f"{shown.label} {figures[name] * shown.factor:.3g} {shown.unit}" for name, shown in SHOWN.items()]
            print(
                f"  round {number + 1} of {chosen.rounds}, {bot.name}: {', '.join(told)}", file=sys.stderr, flush=True
            )
    print(f"\n{chosen.rounds} rounds in turn, {chosen.answers:,} answers each, {BURST} at once:\n")
    print(table(measured))
    print(f"\n{time.monotonic() - began:.0f} seconds in all")


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m bench.cost", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=10, help="rounds of each bot (default: %(default)s)")
    parser.add_argument("--answers", type=int, default=10_000, help="answers a round (default: %(default)s)")
    parser.add_argument("--guilds", type=int, default=1, help="guilds the bots are in (default: %(default)s)")
    parser.add_argument("--cores", type=int, help="cores that the bots may use (default: all)")
    chosen = parser.parse_args()
    for room in ("cogs", "lantern", "tests/discord"):  # neither bot pays for its first run
        compileall.compile_dir(PROJECT / room, quiet=2)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main(chosen))


if __name__ == "__main__":
    main()
