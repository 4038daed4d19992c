"""How long the figures take, and how that grows: python -m bench.insights

Makes a file as Lantern would have it after three years in fifty guilds: all daily totals, and single rows as far back
as retention keeps them (180 days; words that found no answer 90 days). A fifth of all asks is in one guild, in twenty
channels; its figures are timed, with the bot's own code and its reading connection, each several times after one run
that is not counted. Meanwhile a task on the event loop measures how long it is kept waiting.

With ``--on-a-server`` the same rows are then moved to a PostgreSQL server of this program's own, with PostgreSQL's
defaults, and timed there.

The rows follow from their number, so that two runs make the same file.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as dt_time
from pathlib import Path

import orjson

from lantern import PROJECT
from lantern.answers import edition as lantern_content
from lantern.content.models import Content
from lantern.figures import gaps
from lantern.figures.insights import Insights, Period
from lantern.store import moving
from lantern.store.database import Database
from lantern.store.guilds import Guilds
from lantern.store.questions import Question, add_questions, take_back_answers
from lantern.store.sqlite_file import SQLiteFile
from lantern.store.times import DAY, as_number, milliseconds
from lantern.store.weekly_totals import WeeklyTotals, last_sunday
from tests.support.postgres import DEBIAN, DEFAULTS, Postgres, installed

YEARS_DAYS = 1_095
RETENTION_DAYS = 180
MISS_DAYS = 90
LAST = date(2026, 6, 30)
GUILDS = 50
BUSIEST = 1
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
LARGEST = 20_000_000
RUNS = 7
CHUNK_DAYS = 15
GB = 1_000_000_000

# Numbers are mixed by multiplying with odd constants (Knuth's, and two primes), which SQLite does exactly in 64 bits.
PLACE = """
    CREATE TEMP TABLE placed AS
    WITH RECURSIVE number (n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM number WHERE n < ?2 - 1),
    mixed AS (
        SELECT n, ?3 + CAST(n * ?4 AS INTEGER) AS at,
               (n * 2654435761 >> 7) & 0xFFFFFF AS a, (n * 40503000071 >> 9) & 0xFFFFFF AS b,
               (n * 97 + (n * 2246822519 >> 11)) & 0xFFFFFF AS c
          FROM number
    )
    SELECT n, at, b, c, CASE WHEN a % 5 = 0 THEN 1 ELSE 2 + a / 5 % 49 END AS guild,
           CAST(strftime('%Y%m%d', at / 1000, 'unixepoch') AS INTEGER) AS day,
           ?5 ->> ('$[' || min(b % 14, b / 14 % 14) || ']') AS topic,
           ?5 ->> ('$[' || (c % 14) || ']') AS other,
           CASE c % 8 WHEN 0 THEN 'ask' WHEN 1 THEN 'ask' WHEN 2 THEN 'topics' WHEN 3 THEN 'related' WHEN 4 THEN 'read'
                      ELSE 'slash' END AS source,
           c % 20 = 0 AS by_moderator, c % 10 = 0 AS public
      FROM mixed
"""

FORGET_PLACED = "DROP TABLE placed"

MAKE_TOPICS = """
    INSERT INTO daily_topics
    SELECT guild, day, 'twinflame', topic, source, count(*), sum(by_moderator), sum(public)
      FROM placed
  GROUP BY 1, 2, 3, 4, 5
"""

MAKE_QUESTIONS = """
    INSERT INTO questions (
        asked_at, day, interaction_id, guild_id, channel_id, message_id, article, topic, source, from_topic, link_id,
        public, public_at, public_message_id, by_moderator, locale, member_key
    )
    SELECT at, day, 1000000000000 + n, guild, guild * 100 + c % 20, 2000000000000 + n, 'twinflame', topic, source,
           CASE source WHEN 'related' THEN other END, CASE source WHEN 'read' THEN n END,
           public, CASE WHEN public THEN at END, CASE WHEN public THEN 3000000000000 + n END,
           by_moderator, 'en-US', ((b * 31 + c) % 2000 - 1000) * 9007199254740993
      FROM placed
"""

MAKE_LINKS = """
    INSERT INTO links (
        id, linked_at, guild_id, channel_id, message_id, article, topic, member_key, automatic, notify, whole
    )
    SELECT n, at, guild, guild * 100 + c % 20, 4000000000000 + n, 'twinflame', topic, 7, 0, 1, 0
      FROM placed
     WHERE n % 50 = 0
"""

MAKE_HELPFUL = """
    INSERT OR IGNORE INTO helpful (helped_at, guild_id, article, topic, member_key)
    SELECT at, guild, 'twinflame', topic, b % 2000 - 1000
      FROM placed
     WHERE n % 30 = 0
"""

MAKE_CORRECTIONS = """
    INSERT INTO corrections (id, day, guild_id, article, topic, wanted_article, wanted_topic, came_from)
    SELECT n, day, guild, 'twinflame', topic, CASE WHEN n % 120 = 0 THEN 'twinflame' END,
           CASE WHEN n % 120 = 0 THEN other END, 'ask'
      FROM placed
     WHERE n % 60 = 0
"""

# Words that nobody wrote: enough different ones that questions differ, few enough that some are alike.
MAKE_MISSES = """
    INSERT INTO misses (id, day, guild_id, words, nearest, score, came_from)
    SELECT n, day, guild,
           'what about moon' || (b % 211) || ' and river' || (c % 97) || ' with stone' || (n / 20 % 31),
           json_array(json_array('twinflame', topic, 0.1)), 0.1, 'ask'
      FROM placed
     WHERE n % 20 = 0
"""

# Seconds that a figure may take up to a million rows, and up to ten; None where nothing is asked.
GOALS: dict[str, tuple[float | None, float | None]] = {
    "top, 4 weeks": (0.005, 0.020),
    "top, 13 weeks": (0.005, 0.020),
    "top by channel, 13 weeks": (0.005, 0.020),
    "trend, 13 weeks": (0.005, 0.020),
    "trend by day, 13 weeks": (0.005, 0.020),
    "top, all": (None, 0.100),
    "trend, all": (None, 0.100),
    "helped, 13 weeks": (1.0, 1.0),
    "gaps, 12 weeks": (1.0, 1.0),
    "digest": (None, None),
}


@dataclass
class Measured:
    """One size: seconds of each figure by name, bytes, rows, and the longest wait of the event loop."""

    rows: int
    seconds: dict[str, float]
    size: int
    in_a_file: bool
    kept: int
    insert: float
    waited: float
    deciding: float
    """All weeks of all guilds, when the first of them are decided."""


async def make(path: Path, content: Content, rows: int) -> None:
    """Make a file with so many asks."""
    database = Database(path)
    await database.open()
    try:
        await fill(database, content, rows)
    finally:
        await database.close()


async def fill(database: Database, content: Content, rows: int) -> None:
    """Fill a file. Totals first and for all three years, then the single rows that retention would have left."""
    assert isinstance(database._engine, SQLiteFile)
    writer = database._engine._writer
    assert writer is not None
    keys = orjson.dumps([topic.key for topic in content.topics()]).decode()
    end = milliseconds(datetime(LAST.year, LAST.month, LAST.day, tzinfo=UTC)) + DAY
    start = end - YEARS_DAYS * DAY
    step = YEARS_DAYS * DAY / rows

    def number(day: int) -> int:
        """The first row of a day."""
        return -int(-day * DAY // step)

    await writer.execute_fetchall("PRAGMA synchronous = OFF")
    for first in range(0, YEARS_DAYS, CHUNK_DAYS):
        last = min(first + CHUNK_DAYS, YEARS_DAYS)
        if number(last) <= number(first):
            continue
        given = (number(first), number(last), start, step, keys)
        statements = [MAKE_TOPICS]
        if first >= YEARS_DAYS - RETENTION_DAYS:
            statements += [MAKE_QUESTIONS, MAKE_LINKS, MAKE_HELPFUL, MAKE_CORRECTIONS]
        if first >= YEARS_DAYS - MISS_DAYS:
            statements.append(MAKE_MISSES)
        await writer.execute("BEGIN")
        await writer.execute(PLACE, given)
        for statement in [*statements, FORGET_PLACED]:
            await writer.execute(statement)
        await writer.execute("COMMIT")
    await writer.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
    await writer.execute_fetchall("PRAGMA synchronous = NORMAL")


async def insert_cost(database: Database, rows: int = 2_000, batch: int = 500) -> float:
    """Seconds a row to write questions as the bot does, totals and indexes included. They are taken back after."""
    begins = milliseconds(datetime(LAST.year, LAST.month, LAST.day, 12, tzinfo=UTC))
    first = 9_000_000_000_000
    made = [
        Question(
            asked_at=begins + n,
            day=as_number(LAST),
            interaction_id=first + n,
            guild_id=1 + n % GUILDS,
            channel_id=100 + n % 20,
            message_id=first + n,
            article="twinflame",
            topic="runner",
            source="slash",
            by_moderator=False,
            locale="en-US",
            member_key=n * 7_919,
        )
        for n in range(rows)
    ]
    begun = time.perf_counter()
    for at in range(0, rows, batch):
        await database.change(add_questions, made[at : at + batch])
    taken = (time.perf_counter() - begun) / rows
    await database.change(take_back_answers, [{"message_id": each.message_id} for each in made])
    return taken


async def timed(figure: Callable[[], Awaitable[object]], runs: int = RUNS) -> float:
    """The median of several runs, in seconds, after one that is not counted."""
    await figure()
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        await figure()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


async def longest_wait(stop: asyncio.Event) -> float:
    """How much longer than asked a sleeping task had to wait for the event loop, at worst."""
    worst = 0.0
    while not stop.is_set():
        begun = time.perf_counter()
        await asyncio.sleep(0.005)
        worst = max(worst, time.perf_counter() - begun - 0.005)
    return worst


async def measure(where: Path | str, content: Content, rows: int) -> Measured:
    """Time all figures of the busiest guild in a database that was made before."""
    database = Database(where)
    await database.open()
    try:
        insights = Insights(database, content, (BUSIEST,), LAST)
        stop = asyncio.Event()
        waiting = asyncio.create_task(longest_wait(stop))
        begun = time.perf_counter()
        await WeeklyTotals(database, Guilds(database)).decide_due(datetime.combine(LAST, dt_time(), UTC))
        deciding = time.perf_counter() - begun
        stop.set()
        decided_waiting = await waiting
        month, quarter = Period.until(last_sunday(LAST), 4), Period.until(last_sunday(LAST), 13)
        everything = await insights.period(None) or quarter

        async def group() -> object:
            found = await gaps.fetch(insights, Period.until(last_sunday(LAST), MISS_DAYS // 7))
            return await asyncio.to_thread(gaps.gaps_of, content, quarter, found)

        figures: dict[str, Callable[[], Awaitable[object]]] = {
            "top, 4 weeks": lambda: insights.top("topic", month),
            "top, 13 weeks": lambda: insights.top("topic", quarter),
            "top by channel, 13 weeks": lambda: insights.top("channel", quarter),
            "trend, 13 weeks": lambda: insights.trend("twinflame", "runner", quarter),
            "trend by day, 13 weeks": lambda: insights.trend("twinflame", "runner", quarter, "day"),
            "top, all": lambda: insights.top("topic", everything),
            "trend, all": lambda: insights.trend("twinflame", "runner", everything),
            "helped, 13 weeks": lambda: insights.helped(quarter),
            "gaps, 12 weeks": group,
            "digest": lambda: insights.digest(quarter.last),
        }
        stop = asyncio.Event()
        waiting = asyncio.create_task(longest_wait(stop))
        seconds = {name: await timed(figure) for name, figure in figures.items()}
        stop.set()
        waited = max(decided_waiting, await waiting)
        ((kept,),) = await database.fetch("SELECT count(*) FROM questions")
        if isinstance(where, Path):
            size = where.stat().st_size
        else:
            ((size,),) = await database.fetch("SELECT pg_database_size(current_database())")
        inserted = await insert_cost(database)
        return Measured(rows, seconds, size, isinstance(where, Path), kept, inserted, waited, deciding)
    finally:
        await database.close()


async def move(path: Path, postgres: Postgres) -> str:
    """Move a file to a new database of the server; its address. The server tidies and looks through it, as in time."""
    address = postgres.new_database()
    await moving.move(path, address, lambda _table, _rows: None)
    postgres.administer("VACUUM (ANALYZE)", database=postgres.name(address))
    return address


def in_units(seconds: float) -> str:
    """Milliseconds, with as many digits as mean something."""
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds * 1000:,.0f} ms"


def table(measured: Sequence[Measured]) -> str:
    """Figures down, sizes across."""
    lines = [["asks in three years", *(f"{each.rows:,}" for each in measured), "limit at 10 million"]]
    for name, (at_million, at_ten_million) in GOALS.items():
        cells = []
        for each in measured:
            limit = at_ten_million if each.rows > 1_000_000 else at_million
            over = limit is not None and each.seconds[name] > limit
            cells.append(in_units(each.seconds[name]) + " OVER" * over)
        lines.append([name, *cells, in_units(at_ten_million) if at_ten_million is not None else "none"])
    sizes = [f"{each.size / 1e6:,.1f} MB" + " OVER" * (each.in_a_file and each.size > GB) for each in measured]
    lines += [
        ["deciding three years, once", *(f"{each.deciding:.1f} s" for each in measured), "none"],
        ["writing one question", *(f"{each.insert * 1e6:.0f} µs" for each in measured), "none"],
        ["event loop waited, at most", *(in_units(each.waited) for each in measured), "none"],
        ["single rows kept", *(f"{each.kept:,}" for each in measured), ""],
        ["size", *sizes, "1,000 MB in a file"],
    ]
    first, *others = (max(map(len, column)) for column in zip(*lines, strict=True))
    return "\n".join(
        "  ".join([name.ljust(first), *(cell.rjust(width) for cell, width in zip(cells, others, strict=True))])
        for name, *cells in lines
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 when a limit is passed."""
    parser = argparse.ArgumentParser(description="How long the figures take, and how that grows.")
    parser.add_argument(
        "--rows", type=int, nargs="*", default=list(SIZES), help="asks in three years (default: %(default)s)"
    )
    parser.add_argument("--on-a-server", action="store_true", help="measure on a PostgreSQL server, too")
    parser.add_argument("--folder", type=Path, default=None, help="where to make the files (default: a temporary one)")
    chosen = parser.parse_args(arguments)
    if any(not 1 <= rows <= LARGEST for rows in chosen.rows):
        parser.error(f"from 1 to {LARGEST:,} rows")
    content = lantern_content.load(PROJECT / "content")
    programs = installed() if chosen.on_a_server else None
    if chosen.on_a_server and programs is None:
        parser.error(f"no PostgreSQL server on this machine: looked for initdb on PATH and in {DEBIAN}/*/bin")
    in_files, on_a_server = [], []
    with contextlib.ExitStack() as stack:
        folder = chosen.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lantern-insights-")))
        postgres = Postgres(programs, DEFAULTS) if programs else None
        if postgres:
            stack.callback(postgres.close)
        for rows in chosen.rows:
            path = folder / f"{rows}.sqlite3"
            path.unlink(missing_ok=True)
            begun = time.perf_counter()
            asyncio.run(make(path, content, rows))
            in_files.append(asyncio.run(measure(path, content, rows)))
            if postgres:
                on_a_server.append(asyncio.run(measure(asyncio.run(move(path, postgres)), content, rows)))
                postgres.restore()
            print(f"{rows:,} rows: {time.perf_counter() - begun:.0f} s", file=sys.stderr)
            path.unlink()
    tables = [table(in_files)] + ["On a PostgreSQL server:\n\n" + table(on_a_server)] * bool(on_a_server)
    print("\n\n".join(tables))
    return int(any("OVER" in each for each in tables))


if __name__ == "__main__":
    sys.exit(main())
