"""What is deleted by itself: single rows after their time, and all rows of a guild that the bot left.

The two daily roll-ups stay, except those of a guild that was left. Everything goes in short steps, so that the file is
never held for long while members ask.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import orjson

from lantern.store.database import Database
from lantern.store.misses import DELETE_OLD_CORRECTIONS, DELETE_OLD_HELPFUL, DELETE_OLD_MISSES

log = logging.getLogger(__name__)

DAY = 24 * 60 * 60 * 1000
"""Milliseconds."""
LEFT_GUILD_DAYS = 30
"""How long the rows of a guild wait for the bot to be invited back."""

FIRST_STEP = 100
LONGEST_STEP = 2_000
"""Rows that one step deletes: at first, and at most."""
STEP_SECONDS = 0.010
"""What a step should take, so that even one that takes three times as long stays under the 50 ms that are promised.
A hundred of 200,000 questions took 2 ms, with their seven indexes, and 1,000 took 32."""

DELETE_OLD_QUESTIONS = """
    DELETE FROM questions
     WHERE id IN (SELECT id FROM questions WHERE asked_at < ? ORDER BY asked_at LIMIT ?)
"""

DELETE_OLD_LINKS = """
    DELETE FROM links
     WHERE id IN (SELECT id FROM links WHERE linked_at < ? ORDER BY linked_at LIMIT ?)
"""

GUILD_NOW = """
    INSERT INTO known_guilds (guild_id, left_at)
    SELECT value ->> 0, value ->> 1
      FROM json_each(?)
     WHERE TRUE
        ON CONFLICT (guild_id) DO UPDATE SET left_at = excluded.left_at WHERE left_at IS NOT excluded.left_at
"""

GUILDS_PRESENT = """
    INSERT INTO known_guilds (guild_id)
    SELECT value
      FROM json_each(?)
     WHERE TRUE
        ON CONFLICT (guild_id) DO UPDATE SET left_at = NULL WHERE left_at IS NOT NULL
"""

GUILDS_ABSENT = """
    UPDATE known_guilds
       SET left_at = ?
     WHERE left_at IS NULL
       AND guild_id NOT IN (SELECT value FROM json_each(?))
"""

GUILDS_DUE = "SELECT guild_id FROM known_guilds WHERE left_at <= ? ORDER BY guild_id"

GUILD_DELETED = "DELETE FROM known_guilds WHERE guild_id = ?"

# Every table that has a guild's rows, asked of the schema itself: one that a later migration adds is not left out.
GUILD_TABLES = """
    SELECT tables.name, group_concat(columns.name, ', ') FILTER (WHERE columns.pk > 0)
      FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
     WHERE tables.type = 'table'
       AND tables.name <> 'known_guilds'
  GROUP BY tables.name
    HAVING max(columns.name = 'guild_id')
  ORDER BY tables.name
"""


@dataclass(frozen=True, slots=True)
class Deleted:
    """What one run deleted: rows that had their time, and the guilds that are gone."""

    rows: int
    guilds: tuple[int, ...]


class Retention:
    """Deletes what has had its time.

    Parameters
    ----------
    question_days, miss_days:
        How many days single questions (with links and what was said of answers), and the words of unanswered ones,
        are kept.
    """

    def __init__(self, database: Database, *, question_days: int, miss_days: int) -> None:
        self.database = database
        self._question_days = question_days
        self._miss_days = miss_days

    def guild_joined(self, guild_id: int) -> None:
        """The bot is in this guild (again). Returns at once and never raises."""
        self.database.write(GUILD_NOW, (guild_id, None))

    def guild_left(self, guild_id: int, *, at: int) -> None:
        """The bot was removed at ``at`` (UTC, milliseconds). Returns at once and never raises."""
        self.database.write(GUILD_NOW, (guild_id, at))

    async def compare_guilds(self, present: Sequence[int], *, now: int) -> None:
        """Notice the guilds that were joined or left while the bot was away. Raises :class:`sqlite3.Error`."""
        listed = orjson.dumps(list(present)).decode()
        await self.database.execute(GUILDS_PRESENT, (listed,))
        await self.database.execute(GUILDS_ABSENT, (now, listed))

    async def run(self, present: Sequence[int], *, now: int) -> Deleted:
        """One day's work; repeated, it goes on where it was interrupted.

        Parameters
        ----------
        present:
            The guilds that the bot is in; none of them is deleted, whatever was noted about it.
        now:
            UTC, milliseconds.

        Raises
        ------
        sqlite3.Error
            The file could not be written; what was deleted until then stays deleted.
        """
        await self.compare_guilds(present, now=now)
        rows = await self._in_steps(DELETE_OLD_MISSES, now - self._miss_days * DAY)
        for statement in (DELETE_OLD_QUESTIONS, DELETE_OLD_CORRECTIONS, DELETE_OLD_HELPFUL, DELETE_OLD_LINKS):
            rows += await self._in_steps(statement, now - self._question_days * DAY)
        due = [guild for (guild,) in await self.database.fetch(GUILDS_DUE, (now - LEFT_GUILD_DAYS * DAY,))]
        for guild in due:
            rows += await self._delete_guild(guild)
        if rows:
            log.info("retention deleted %d rows, and %d guilds that were left", rows, len(due))
        return Deleted(rows, tuple(due))

    async def _delete_guild(self, guild_id: int) -> int:
        rows = 0
        for table, key in await self.database.fetch(GUILD_TABLES):
            # The names come from our own migrations.
            statement = f"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE guild_id = ? LIMIT ?)"  # noqa: S608
            rows += await self._in_steps(statement, guild_id)
        await self.database.execute(GUILD_DELETED, (guild_id,))
        return rows

    async def _in_steps(self, statement: str, *parameters: Any) -> int:
        """Repeat a DELETE with a limit as its last parameter until nothing is left; return how many rows went."""
        deleted, step = 0, FIRST_STEP
        while True:
            began = perf_counter()
            gone = await self.database.execute(statement, (*parameters, step))
            took = perf_counter() - began
            deleted += gone
            if gone < step:
                return deleted
            # Cut at once, grow slowly: how long a row takes depends on the disk and on how scattered its index is.
            step = max(1, step // 2) if took > STEP_SECONDS else min(LONGEST_STEP, step + step // 4 + 1)
