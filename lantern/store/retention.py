"""Takes members' keys off rows and deletes rows, both after their time, and all rows of a guild that the bot left.

The tables of totals stay, except those of a guild that was left. Rows are deleted in short steps, so that the
file is never locked for long.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from time import perf_counter
from typing import NamedTuple

from lantern.store.database import Database
from lantern.store.members import FORGET_FORGOTTEN, FORGOTTEN_DAYS, KEY_DAYS, OF_MEMBERS
from lantern.store.rows import as_parameter, upsert
from lantern.store.times import DAY, day_of

log = logging.getLogger(__name__)

LEFT_GUILD_DAYS = 30
"""How long the rows of a guild wait for the bot to be invited back."""

FIRST_STEP = 100
LONGEST_STEP = 2_000
"""Rows that one step deletes: at first, and at most."""
STEP_SECONDS = 0.010
"""What a step should take: three times as long is still under 50 ms. Measured with
200,000 questions and their seven indexes: 100 rows took 2 ms, 1,000 rows 32."""

GROW_OLD = {
    "misses": "day",
    "questions": "asked_at",
    "corrections": "day",
    "helpful": "helped_at",
    "links": "linked_at",
}
"""The tables whose rows are deleted by age, each with the indexed column that has the row's time: a moment or a day."""

KNOWN_GUILDS = upsert("known_guilds", ("guild_id", "left_at"), key=("guild_id",))

GUILDS_PRESENT = "SELECT guild_id FROM known_guilds WHERE left_at IS NULL"

GUILDS_DUE = "SELECT guild_id FROM known_guilds WHERE left_at <= :before ORDER BY guild_id"

GUILD_DELETED = "DELETE FROM known_guilds WHERE guild_id = :guild_id"

GUILD_TABLES = {
    "corrections": "id",
    "daily_topics": "guild_id, day, article, topic, source",
    "digests": "guild_id, week",
    "guild_settings": "guild_id, name",
    "guild_welcomes": "guild_id",
    "helpful": "id",
    "library_posts": "guild_id, article, topic",
    "links": "id",
    "misses": "id",
    "questions": "id",
    "weekly_totals": "guild_id, kind, week, article, topic, part",
}
"""Every table with rows of guilds, and its key. A test compares it with the tables that there are."""


class Deleted(NamedTuple):
    """What one run deleted: how many rows, and the guilds all of whose rows are gone."""

    rows: int
    guilds: tuple[int, ...]


class Retention:
    """Deletes old rows. Called once a day by `lantern.runtime`.

    Single questions (with links and what was said of answers) are kept for ``question_days``, the words of unanswered
    ones for ``miss_days``, and members' keys for `lantern.store.members.KEY_DAYS`.
    """

    def __init__(self, database: Database, *, question_days: int, miss_days: int) -> None:
        self._database = database
        self._question_days = question_days
        self._miss_days = miss_days

    def guild_joined(self, guild_id: int) -> None:
        """Store that the bot is in this guild (again). Returns at once and never raises."""
        self._database.write(KNOWN_GUILDS, {"guild_id": guild_id, "left_at": None})

    def guild_left(self, guild_id: int, *, at: int) -> None:
        """Store that the bot was removed at ``at`` (UTC, milliseconds). Returns at once and never raises."""
        self._database.write(KNOWN_GUILDS, {"guild_id": guild_id, "left_at": at})

    async def compare_guilds(self, present: Sequence[int], *, now: int) -> None:
        """Store which guilds were joined or left while the bot was not running. Raises :class:`DatabaseError`."""
        await self._database.flush()
        known = [row["guild_id"] for row in await self._database.fetch(GUILDS_PRESENT)]
        moments = dict.fromkeys(known, now) | dict.fromkeys(present)
        rows = [{"guild_id": guild_id, "left_at": left_at} for guild_id, left_at in moments.items()]
        await self._database.execute(KNOWN_GUILDS, as_parameter(rows))

    async def run(self, present: Sequence[int] | None, *, now: int) -> Deleted:
        """Delete what is due; after an interruption the next run goes on.

        ``present`` are the guilds that the bot is in, of which none is deleted; None where that is not known, and then
        no guild is. ``now`` is UTC, milliseconds. Raises :class:`DatabaseError` where the file could not be written;
        what was deleted until then stays deleted.
        """
        if present is not None:
            await self.compare_guilds(present, now=now)
        await self._database.execute(FORGET_FORGOTTEN, {"before": now - FORGOTTEN_DAYS * DAY})
        rows = 0
        for table, at in GROW_OLD.items():
            before = now - (self._miss_days if table == "misses" else self._question_days) * DAY
            # The oldest first, by the index.
            oldest = f"SELECT id FROM {table} WHERE {at} < :value ORDER BY {at} LIMIT :step"  # noqa: S608
            delete = f"DELETE FROM {table} WHERE id IN ({oldest})"  # noqa: S608
            # A day that is so long ago is over, or nearly so.
            rows += await self._in_steps(delete, day_of(before) + 1 if at == "day" else before)
        keys = 0
        for table in OF_MEMBERS:
            at = GROW_OLD[table]
            oldest = (
                f"SELECT id FROM {table} WHERE member_key IS NOT NULL AND {at} < :value "  # noqa: S608
                f"ORDER BY {at} LIMIT :step"
            )
            forget = f"UPDATE {table} SET member_key = NULL WHERE id IN ({oldest})"  # noqa: S608
            keys += await self._in_steps(forget, now - KEY_DAYS * DAY)
        due: list[int] = []
        if present is not None:
            left = await self._database.fetch(GUILDS_DUE, {"before": now - LEFT_GUILD_DAYS * DAY})
            due = [row["guild_id"] for row in left]
        for guild in due:
            rows += await self._delete_guild(guild)
        if rows or keys:
            await self._database.erase()
            log.info(
                "retention deleted %d rows, and %d guilds that were left; %d rows lost their member's key",
                rows, len(due), keys,
            )  # fmt: skip
        return Deleted(rows, tuple(due))

    async def _delete_guild(self, guild_id: int) -> int:
        rows = 0
        for table, key in GUILD_TABLES.items():
            some = f"SELECT {key} FROM {table} WHERE guild_id = :value LIMIT :step"  # noqa: S608
            rows += await self._in_steps(f"DELETE FROM {table} WHERE ({key}) IN ({some})", guild_id)  # noqa: S608
        async with self._database.transaction() as transaction:
            await transaction.execute(GUILD_DELETED, {"guild_id": guild_id})
            await transaction.announce("guild", guild_id)
            await transaction.announce("library", guild_id)
        return rows

    async def _in_steps(self, statement: str, value: int) -> int:
        """Repeat a change of ``:step`` rows at most until none is left, and return how many rows it changed."""
        deleted, step = 0, FIRST_STEP
        while True:
            began = perf_counter()
            gone = await self._database.execute(statement, {"value": value, "step": step})
            took = perf_counter() - began
            deleted += gone
            if gone < step:
                return deleted
            # Halved at once, raised slowly: the time for a row depends on the disk and on where its index entries are.
            step = max(1, step // 2) if took > STEP_SECONDS else min(LONGEST_STEP, step + step // 4 + 1)
