"""What Lantern costs, beside a bare discord.py bot that sends a fixed embed: `make bench`, or python -m bench.cost.

Both run in turn, each as a whole process in an environment of its own, against the same loopback server in this
process. One round of one bot is:

1. start: from making the process to its first answer, to a question asked as soon as its guilds were sent
2. idle: three seconds later, resident memory
3. answers: one question at a time (10,000), the next a millisecond after the answer before; from writing the gateway
   frame to having read the callback request: p50 and p99; the processor time of the whole process for each answer,
   until the last row is on disk; resident memory afterwards
4. burst: 300 questions at once; p99, and how many were lost
5. the rows: for Lantern, as many in the file as there were answers, before the process is stopped and after

The table gives medians over the rounds with quartiles, and the median of each round's ratio. `--grow` repeats it for
more topics, guilds and rows; `--imports` says what each dependency costs by being imported.
"""

from __future__ import annotations

import argparse
import asyncio
import compileall
import gc
import itertools
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path

from bench import rows
from bench.environments import environment, lantern_requirements
from lantern.content import loading as article_files
from tests.discord.loopback import Asked, Loopback
from tests.discord.payloads import Person
from tests.discord.process import ROOT, BotProcess

SETTLING = 3.0  # seconds from the first answer to "idle": discord.py reports ready two seconds after the last guild
WARMING = 300  # answers before any is measured
GAP = 0.001  # seconds between an answer and the next question
PEOPLE = 500  # members who take turns asking
ROUND_SECONDS = 300  # one round of one bot may not take longer
BUSY_LOAD = 1.0  # of the last minute, before anything is measured
BUSY = ": this machine is doing something else, so these figures are not to be relied on"
GOALS = {"p50": 1.0, "processor": 1.1, "idle": 1.5, "after": 1.5, "start": 1.5}  # ratios
BURST_GOAL = 0.2  # seconds
COUNTED = ("lost", "missing_rows")  # summed over the rounds, not averaged; should be none


@dataclass(frozen=True)
class Size:
    """How much one round does."""

    answers: int = 10_000
    burst: int = 300


@dataclass(frozen=True)
class Bot:
    """One of the two: its Python, its program, its settings in a folder of its own, and what can be asked of it."""

    name: str
    python: Path
    program: Sequence[str]
    questions: Sequence[tuple[str, ...]]
    settings: Callable[[Path], Mapping[str, str]] = field(default=lambda _folder: {})
    guilds: int = 1
    prepared: Path | None = None  # the database it starts with: migrated, and its commands sent


@dataclass(frozen=True)
class Figures:
    """One round of one bot. Times in seconds, memory in MB."""

    start: float
    idle: float
    after: float
    p50: float
    p99: float
    processor: float
    burst_p99: float
    lost: int
    missing_rows: int


LABELS: dict[str, tuple[str, float, str]] = {  # what it is called, what it is multiplied with, and its unit then
    "start": ("start to first answer", 1, "s"),
    "idle": ("memory, idle", 1, "MB"),
    "after": ("memory after the answers", 1, "MB"),
    "p50": ("frame to callback, p50", 1e3, "ms"),
    "p99": ("frame to callback, p99", 1e3, "ms"),
    "processor": ("processor time an answer", 1e3, "ms"),
    "burst_p99": ("burst, p99", 1e3, "ms"),
    "lost": ("burst, lost", 1, ""),
    "missing_rows": ("rows missing", 1, ""),
}


# --- One round ----------------------------------------------------------------------------------------------------


async def measure(bot: Bot, size: Size) -> Figures:
    """Run one round; see the top of this file. RuntimeError, with the bot's log, if it ends or does not answer."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        if bot.prepared is not None:
            rows.copy(bot.prepared, folder)
        async with Loopback(guilds=bot.guilds, keep=size.answers + size.burst + WARMING + 100) as server:
            process = await BotProcess.start(
                server, bot.program, python=bot.python, environment=bot.settings(folder), log=folder / "log"
            )
            try:
                async with asyncio.timeout(ROUND_SECONDS):
                    return await _round(bot, server, process, folder, size)
            except (TimeoutError, LookupError, ChildProcessError) as error:
                raise RuntimeError(f"{bot.name} did not get through a round: {error!r}\n{_log(folder)}") from error
            finally:
                await process.kill()


def _log(folder: Path) -> str:
    return (folder / "log").read_text(encoding="utf-8", errors="replace")[-4000:]


async def _round(bot: Bot, server: Loopback, process: BotProcess, folder: Path, size: Size) -> Figures:
    crowd = Crowd(server, bot.questions)
    if bot.prepared is not None:
        had, newest = rows.count(folder), rows.newest(folder)
    await process.ready(server)
    first = await (await crowd.ask()).answered(timeout=60)
    start = first.received - process.started
    await asyncio.sleep(SETTLING)
    idle = process.memory()
    await crowd.ask_in_turn(WARMING)
    _collect_now()
    used = process.processor()
    delays = await crowd.ask_in_turn(size.answers)
    answered = 1 + WARMING + size.answers
    if bot.prepared is not None:
        await rows.arrive(folder, newest + answered)
    used = process.processor() - used
    after = process.memory()
    _collect_now()
    asked = [await crowd.ask() for _ in range(size.burst)]
    done, lost = await asyncio.wait([one.first for one in asked], timeout=10)
    answered += len(done)
    missing = 0
    if bot.prepared is not None:
        await rows.arrive(folder, newest + answered)
        missing = had + answered - rows.count(folder)
        status = await process.stop()
        if status != 0:
            raise RuntimeError(f"{bot.name} stopped with exit status {status}")
        missing = max(missing, had + answered - rows.count(folder))
    return Figures(
        start=start,
        idle=idle,
        after=after,
        p50=statistics.median(delays),
        p99=_percentile(delays, 99),
        processor=used / size.answers,
        burst_p99=_percentile([one.delay for one in asked if one.first in done], 99),
        lost=len(lost),
        missing_rows=missing,
    )


def _collect_now() -> None:
    # This process's own collections must not show in the bot's figures.
    gc.collect()
    gc.freeze()


class Crowd:
    """Members who take turns asking one of the bot's questions after the other, in one guild after the other."""

    def __init__(self, server: Loopback, questions: Sequence[tuple[str, ...]]) -> None:
        self._server = server
        people = [Person(400_000_000_000_000_000 + number, f"member{number}") for number in range(PEOPLE)]
        self._turns = zip(*(itertools.cycle(them) for them in (people, questions, list(server.guilds))), strict=False)

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


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


# --- Many rounds --------------------------------------------------------------------------------------------------


async def in_turn(bots: Sequence[Bot], rounds: int, size: Size) -> dict[str, list[Figures]]:
    """Measure the bots A B A B … and return each one's rounds by its name."""
    measured: dict[str, list[Figures]] = {bot.name: [] for bot in bots}
    for number in range(rounds):
        for bot in bots:
            figures = await measure(bot, size)
            measured[bot.name].append(figures)
            print(f"  round {number + 1} of {rounds}, {bot.name}: {_line(figures)}", file=sys.stderr, flush=True)
    return measured


def _line(figures: Figures) -> str:
    return ", ".join(f"{LABELS[name][0]} {_shown(name, value)}" for name, value in asdict(figures).items())


def _shown(name: str, value: float) -> str:
    _, factor, unit = LABELS[name]
    return f"{value * factor:.0f}" if not unit else f"{value * factor:.3g} {unit}"


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the lower quartile, the median and the upper quartile."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def table(measured: Mapping[str, Sequence[Figures]], *, goals: bool = True) -> str:
    """Return the figures of two bots, the first in relation to the second, as a Markdown table.

    Ratios are of each round, so that what slowed a whole round down cancels out, then their median and quartiles.
    """
    (ours, ours_measured), (other, other_measured) = measured.items()
    lines = [f"| | {ours} | {other} | ratio |" + " goal |" * goals, "|---|---|---|---|" + "---|" * goals]
    for figure in (each.name for each in fields(Figures)):
        ours_values, other_values = ([getattr(one, figure) for one in them] for them in (ours_measured, other_measured))
        cells = [LABELS[figure][0], _cell(figure, ours_values), _cell(figure, other_values)]
        cells.append(_ratio(figure, ours_values, other_values))
        if goals:
            cells.append(_goal(figure, ours_values, other_values))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(figure: str, values: Sequence[float]) -> str:
    _, factor, unit = LABELS[figure]
    if not unit:
        return f"{sum(values):.0f} in all"
    low, middle, high = (f"{value * factor:.3g}" for value in spread(values))
    return f"{middle} {unit} ({low}–{high})"


def _ratio(figure: str, ours: Sequence[float], other: Sequence[float]) -> str:
    if figure in COUNTED:
        return ""
    low, middle, high = spread([a / b for a, b in zip(ours, other, strict=True)])
    return f"{middle:.2f} ({low:.2f}–{high:.2f})"


def _goal(figure: str, ours: Sequence[float], other: Sequence[float]) -> str:
    if figure in COUNTED:
        goal, reached = "none", not sum(ours)
    elif figure == "burst_p99":
        goal, reached = f"≤ {BURST_GOAL * 1e3:.0f} ms", spread(ours)[1] <= BURST_GOAL
    elif figure in GOALS:
        ratio = spread([a / b for a, b in zip(ours, other, strict=True)])[1]
        goal, reached = f"≤ {GOALS[figure]}", ratio <= GOALS[figure]
    else:
        return ""
    return f"{goal}, {'reached' if reached else 'missed'}"


# --- The two bots -------------------------------------------------------------------------------------------------


def bare_bot(cache: Path) -> Bot:
    """Return the bare bot, in an environment with discord.py alone."""
    python = environment(cache, "bare", [one for one in lantern_requirements() if one.startswith("discord.py")])
    return Bot("bare discord.py", python, ["bench/bare_bot.py"], [("fixed",)])


async def lantern(cache: Path, work: Path, *, content: Path = ROOT / "content", made_rows: int = 0) -> Bot:
    """Return Lantern with a database that has been opened once, as on any start but the first."""
    python = environment(cache, "lantern", lantern_requirements())
    questions = [(topic.article.command, topic.key) for topic in article_files.load(content).topics()]

    def settings(folder: Path) -> Mapping[str, str]:
        return {"LANTERN_DATABASE": str(folder / rows.DATABASE), "LANTERN_CONTENT": str(content)}

    prepared = Path(tempfile.mkdtemp(dir=work))
    bot = Bot("Lantern", python, ["bot.py", "run"], questions, settings, prepared=prepared / rows.DATABASE)
    async with Loopback() as server:
        process = await BotProcess.start(
            server, bot.program, python=python, environment=settings(prepared), log=prepared / "log"
        )
        try:
            await process.ready(server)
        except (TimeoutError, ChildProcessError) as error:
            raise RuntimeError(f"Lantern did not start: {error!r}\n{_log(prepared)}") from error
        finally:
            await process.stop()
    if made_rows:
        rows.make(prepared, made_rows)
    return bot


def many_articles(work: Path, articles_wanted: int) -> Path:
    """Return a content folder with the bundled article that many times, each under a command of its own."""
    folder = Path(tempfile.mkdtemp(dir=work))
    source = ROOT / "content"
    for path in source.glob("*.yml"):
        shutil.copy(path, folder)
    text = (folder / "twinflame.yml").read_text(encoding="utf-8")
    for number in range(2, articles_wanted + 1):
        copy = re.sub(r"^(command|title): (.*)$", rf"\1: \g<2>{number}", text, flags=re.MULTILINE)
        (folder / f"twinflame{number}.yml").write_text(copy, encoding="utf-8")
    return folder


# --- What it grows with, and what imports cost --------------------------------------------------------------------


async def grow(what: str, cache: Path, work: Path, rounds: int, size: Size) -> str:
    """Measure Lantern small and large in turn, and return the table; for guilds the bare bot, too."""
    if what == "topics":
        few = await lantern(cache, work)
        many = await lantern(cache, work, content=many_articles(work, 25))
        bots = [replace(many, name="350 topics"), replace(few, name="14 topics")]
    elif what == "rows":
        few = await lantern(cache, work, made_rows=1_000)
        many = await lantern(cache, work, made_rows=10_000_000)
        bots = [replace(many, name="10,000,000 rows"), replace(few, name="1,000 rows")]
    else:
        both = await lantern(cache, work), bare_bot(cache)
        sizes = (2_500, "2,500 guilds"), (1, "1 guild")
        bots = [replace(bot, name=f"{bot.name}, {guilds}", guilds=n) for bot in both for n, guilds in sizes]
    measured = await in_turn(bots, rounds, size)
    pairs = [dict(list(measured.items())[i : i + 2]) for i in range(0, len(measured), 2)]
    return "\n\n".join(table(pair, goals=False) for pair in pairs)


IMPORT = """
import sys, time
def resident():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS"))
for name in sys.argv[2:]: __import__(name)
before, start = resident(), time.perf_counter()
__import__(sys.argv[1])
print(time.perf_counter() - start, (resident() - before) / 1024)
"""
# What the running bot imports; matplotlib is imported by another process, python-dotenv where there is a .env.
IMPORTED = ("discord", "discord.ext.commands", "Stemmer", "aiosqlite", "uvloop", "orjson", "yaml")


def imports(cache: Path, rounds: int) -> str:
    """Return a table of what each package costs when it is imported after discord.py, median of so many processes."""
    python = environment(cache, "lantern", lantern_requirements())
    lines = ["| imported after discord.py | start | memory |", "|---|---|---|"]
    for name in IMPORTED:
        after = [] if name == "discord" else ["discord"]
        runs = [
            subprocess.run([python, "-c", IMPORT, name, *after], capture_output=True, text=True, check=False)
            for _ in range(rounds)
        ]
        figures = [tuple(map(float, run.stdout.split())) for run in runs if run.returncode == 0]
        if figures:
            seconds, memory = (statistics.median(column) for column in zip(*figures, strict=True))
            lines.append(f"| {name} | {seconds * 1e3:.0f} ms | {memory:.1f} MB |")
    return "\n".join(lines)


# --- The command line ---------------------------------------------------------------------------------------------


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.cost", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=10, help="rounds of each bot (default: %(default)s)")
    parser.add_argument("--answers", type=int, default=10_000, help="answers a round (default: %(default)s)")
    parser.add_argument("--burst", type=int, default=300, help="questions at once (default: %(default)s)")
    parser.add_argument("--guilds", type=int, default=1, help="guilds the bots are in (default: %(default)s)")
    parser.add_argument(
        "--grow",
        nargs="*",
        choices=("topics", "guilds", "rows"),
        help="measure growth instead: 14 to 350 topics, 1 to 2,500 guilds, a thousand to ten million rows",
    )
    parser.add_argument("--imports", action="store_true", help="measure what importing each dependency costs instead")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "bench", help="where environments are kept")
    parser.add_argument("--json", type=Path, help="also write every round's figures to this file")
    return parser.parse_args()


async def _main(chosen: argparse.Namespace) -> None:
    size = Size(chosen.answers, chosen.burst)
    began = time.monotonic()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, Linux {platform.release()}"
    )
    load = os.getloadavg()[0]
    print(f"load average at the start {load:.1f}" + (BUSY if load > BUSY_LOAD else ""))
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        work = Path(name)
        if chosen.imports:
            print(imports(chosen.cache, chosen.rounds))
        elif chosen.grow is not None:
            for what in chosen.grow or ("topics", "guilds", "rows"):
                print(f"\nGrowth with {what}, {chosen.rounds} rounds of {size.answers:,} answers:\n")
                print(await grow(what, chosen.cache, work, chosen.rounds, size), flush=True)
        else:
            both = [await lantern(chosen.cache, work), bare_bot(chosen.cache)]
            bots = [replace(bot, guilds=chosen.guilds) for bot in both]
            measured = await in_turn(bots, chosen.rounds, size)
            print(f"\n{chosen.rounds} rounds in turn, {size.answers:,} answers each, {size.burst} at once:\n")
            print(table(measured))
            if chosen.json is not None:
                raw = {name: [asdict(one) for one in figures] for name, figures in measured.items()}
                chosen.json.write_text(json.dumps(raw, indent=1), encoding="utf-8")
    print(f"\n{time.monotonic() - began:.0f} seconds in all")


def main() -> None:
    """Parse the command line and measure."""
    chosen = _arguments()
    compileall.compile_dir(ROOT, maxlevels=2, quiet=2)  # neither bot pays for its first run
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_main(chosen))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's where it is installed: the server's own time is in every figure, so it should be short."""
    try:
        import uvloop
    except ModuleNotFoundError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


if __name__ == "__main__":
    main()
