"""Finds out whether a database is damaged, and saves the choices of people in it.

The damaged file is never changed, so that somebody with better tools can still try.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path

from lantern.store import backups
from lantern.store.sqlite_dialect import is_damage

QUICKLY = 64 * 1024 * 1024
"""Bytes up to which a file is checked whole at every start (under a second); the daily backup checks any size."""

KEY_ELSEWHERE = 10
"""From this version of the file on the key of members' codes is not in it (`lantern.store.key_file`)."""
OPT_OUTS = "opt_outs"
"""The table of members who asked not to be counted."""
RECORDS = frozenset({"questions", "daily_topics", "weekly_totals", "misses", "corrections", "helpful", "links"})
"""Tables of what happened. The others have what people chose: they are small and saved row by row."""


def in_words(why: str, aside: Path, backup: Path | None, saved: Mapping[str, int], opt_outs_lost: bool) -> str:
    """For the log and the owner: what happened to a damaged file, what is lost, what to do.

    ``aside`` is where it is now, ``backup`` what took its place; the rest is the result of :func:`save_choices`.
    """
    lines = [f"The database was damaged ({why}) and was set aside as {aside}."]
    if backup is not None:
        lines.append(f"Its place was taken by the backup {backup.name}; what was asked since is not in it.")
    else:
        lines.append("There was no sound backup, so Lantern began a new one: earlier questions are not in it.")
    if saved:
        what = ", ".join(f"{name} {count}" for name, count in sorted(saved.items()))
        lines.append(f"Read out of the damaged file (rows): {what}.")
    if opt_outs_lost:
        since = f" since {backup.name}" if backup is not None else ""
        lines.append(
            f"THE CHOICES OF MEMBERS WHO ASKED NOT TO BE COUNTED{since} COULD NOT BE READ AND ARE LOST: tell your "
            "members to choose again with /privacy."
        )
    return " ".join(lines)


def damage(path: Path, *, thoroughly: bool = False) -> str | None:
    """What is wrong inside a file, in SQLite's words, or None.

    Files larger than :data:`QUICKLY` are read whole only if ``thoroughly``, and otherwise only opened. Raises
    :class:`sqlite3.Error` where the file cannot be looked at for another reason, such as a lock or missing rights.
    """
    try:
        with closing(backups.read_only(path)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            if thoroughly or path.stat().st_size <= QUICKLY:
                found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
                return None if found == "ok" else str(found)
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return str(error)
        raise
    return None


def save_choices(damaged: Path, database: Path) -> tuple[Mapping[str, int], bool]:
    """Copy what people chose from a damaged file into a sound one, as far as it can be read.

    Returns how many rows were copied, by table, and whether opt-outs were lost: those of the damaged file, or, of one
    of an older version, the key without which they mean nothing. Raises :class:`sqlite3.Error` where not even the
    tables' names can be read.
    """
    saved: Counter[str] = Counter()
    broken: set[str] = set()
    with (
        closing(sqlite3.connect(database, isolation_level=None)) as target,
        closing(backups.read_only(damaged)) as source,
    ):
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        ((version,),) = source.execute("PRAGMA user_version").fetchall()
        tables = [
            name
            for (name,) in target.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
            )
            if name not in RECORDS
        ]
        target.execute("BEGIN IMMEDIATE")
        for table in tables:
            try:
                for _ in _copied(source, target, table):
                    saved[table] += 1
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                broken.add(table)
        target.execute("COMMIT")
    return saved, OPT_OUTS in broken or ("secrets" in broken and version < KEY_ELSEWHERE)


def _copied(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> Iterator[None]:
    """Copy one table; a step is a row that could be read and kept."""
    # The names come from the schema that this program's own migrations made.
    known = {row[1] for row in target.execute(f'PRAGMA table_info("{table}")')}
    columns = [row[1] for row in source.execute(f'PRAGMA table_info("{table}")') if row[1] in known]
    if not columns:
        return
    listed = ", ".join(f'"{name}"' for name in columns)
    places = ", ".join("?" for _ in columns)
    insert = f'INSERT OR REPLACE INTO "{table}" ({listed}) VALUES ({places})'  # noqa: S608
    for row in source.execute(f'SELECT {listed} FROM "{table}"'):  # noqa: S608
        with suppress(sqlite3.IntegrityError):
            target.execute(insert, row)
            yield
