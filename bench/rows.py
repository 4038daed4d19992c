"""Lantern's question log as the benchmark sees it: rows counted from outside, and millions of them made.

The file is only ever read while the bot runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

DATABASE = "lantern.sqlite3"
ARRIVING = 5.0  # seconds within which rows must be on disk
SPREAD_DAYS = 150  # rows are made over so many days back; Lantern deletes those older than its retention

# One row a pass of the loop; everything that an index holds is spread as it would be: members and guilds at random,
# interaction ids and times growing.
MAKE_ROWS = """
    WITH RECURSIVE number(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM number WHERE n < :last)
    INSERT INTO questions (
        asked_at, day, interaction_id, guild_id, channel_id, message_id, article, topic, source, by_moderator, locale,
        member_key
    )
    SELECT :start + n * :step,
           CAST(strftime('%Y%m%d', (:start + n * :step) / 1000, 'unixepoch') AS INTEGER),
           n,
           1 + abs(random()) % 500,
           1 + abs(random()) % 5000,
           n,
           'twinflame',
           'topic' || (abs(random()) % 14),
           'slash',
           0,
           'en-US',
           random() % 100000
      FROM number
"""


@contextlib.contextmanager
def _opened(folder: Path, *, write: bool = False) -> Iterator[sqlite3.Connection]:
    mode = "rw" if write else "ro"
    connection = sqlite3.connect(f"file:{folder / DATABASE}?mode={mode}", uri=True, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def copy(prepared: Path, folder: Path) -> None:
    """Give a bot's folder a database of its own, and wait until it is on the disk: writing back 1.5 GB would show."""
    with prepared.open("rb") as source, (folder / DATABASE).open("wb") as target:
        shutil.copyfileobj(source, target, 2**20)
        target.flush()
        os.fsync(target.fileno())


def count(folder: Path) -> int:
    """Return how many questions are in the file."""
    with _opened(folder) as connection:
        return int(connection.execute("SELECT count(*) FROM questions").fetchone()[0])


def newest(folder: Path) -> int:
    """Return the highest row number, which is quick also in a file with millions of rows."""
    with _opened(folder) as connection:
        return int(connection.execute("SELECT coalesce(max(id), 0) FROM questions").fetchone()[0])


async def arrive(folder: Path, expected: int) -> int:
    """Wait until the file's newest row has that number, for at most `ARRIVING` seconds; return the number it has."""
    deadline = time.monotonic() + ARRIVING
    while (have := newest(folder)) < expected and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    return have


def make(folder: Path, wanted: int, *, chunk: int = 250_000) -> None:
    """Fill the log of a bot that is not running up to that many rows.

    Indexes are built afterwards, which takes a fraction of the time.
    """
    with _opened(folder, write=True) as connection:
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'questions' AND sql IS NOT NULL"
        ).fetchall()
        connection.execute("PRAGMA synchronous = OFF")
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"')
        start = int((time.time() - SPREAD_DAYS * 86_400) * 1000)
        step = SPREAD_DAYS * 86_400_000 // max(wanted, 1)
        for first in range(1, wanted + 1, chunk):
            last = min(first + chunk - 1, wanted)
            connection.execute(MAKE_ROWS, {"first": first, "last": last, "start": start, "step": step})
        for _, sql in indexes:
            connection.execute(sql)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
