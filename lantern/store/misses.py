"""What the article did not answer, and what members said of what it did: words without names, presses without words.

Everything here is bookkeeping: it never delays an answer and never raises, see
:meth:`lantern.store.database.Database.write`, except :meth:`Misses.forget`, for which a member waits.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Final, Literal

import orjson

from lantern.store.database import Database
from lantern.store.masking import Masked

CameFrom = Literal["ask", "none_of_these", "not_it"]
"""Why words were kept: no answer was found; none of several likely ones was chosen; the one shown was not it."""

HOUR: Final = 3_600_000
"""Milliseconds."""

INSERT_MISSES = """
    INSERT OR IGNORE INTO misses (id, asked_at, guild_id, words, nearest, score, came_from)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
      FROM json_each(?)
"""

FORGET_MISSES = """
    DELETE FROM misses
          WHERE id IN (SELECT value ->> 0 FROM json_each(?))
"""

# The first press says what was wrong; the choice that may follow says what was wanted, in the same row.
KEEP_CORRECTIONS = """
    INSERT INTO corrections (
        corrected_at, ask_id, guild_id, article, topic, wanted_article, wanted_topic, came_from
    )
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
      FROM json_each(?)
     WHERE TRUE
        ON CONFLICT (ask_id, article, topic) DO UPDATE
       SET wanted_article = excluded.wanted_article, wanted_topic = excluded.wanted_topic
     WHERE excluded.wanted_topic IS NOT NULL
"""

INSERT_HELPFUL = """
    INSERT OR IGNORE INTO helpful (helped_at, guild_id, article, topic, member_key)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4
      FROM json_each(?)
"""

# Repeated by lantern.store.retention each day, a few rows at a time, until nothing older is left.
DELETE_OLD_MISSES = """
    DELETE FROM misses
          WHERE id IN (SELECT id FROM misses WHERE asked_at < ? LIMIT ?)
"""

DELETE_OLD_CORRECTIONS = """
    DELETE FROM corrections
          WHERE id IN (SELECT id FROM corrections WHERE corrected_at < ? LIMIT ?)
"""

DELETE_OLD_HELPFUL = """
    DELETE FROM helpful
          WHERE id IN (SELECT id FROM helpful WHERE helped_at < ? LIMIT ?)
"""


def new_id() -> int:
    """A random id for a miss, positive and of 62 bits: nobody finds another member's by counting."""
    return secrets.randbits(62) | 1


class Misses:
    """Misses, corrections and helpful answers of all guilds, in one :class:`~lantern.store.database.Database`.

    Times are UTC in milliseconds. Whoever calls has asked
    :meth:`lantern.store.questions.QuestionLog.is_uncounted` before.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(
        self,
        miss_id: int,
        words: Masked,
        *,
        at: int,
        guild_id: int | None,
        nearest: Sequence[tuple[str, str, float]],
        came_from: CameFrom,
    ) -> None:
        """Keep words that found no answer, with (article, topic, score) of the nearest topics, best first.

        Of ``at`` only the hour is kept: with the minute, a row here could be laid beside the same member's other rows.
        """
        near = orjson.dumps([(article, topic, round(score, 4)) for article, topic, score in nearest]).decode()
        best = round(nearest[0][2], 4) if nearest else 0.0
        self._database.write(INSERT_MISSES, (miss_id, at - at % HOUR, guild_id, words, near, best, came_from))

    async def forget(self, miss_id: int) -> bool:
        """Delete a miss because its asker wants so. False when the file cannot be written now: it is done later."""
        self._database.write(FORGET_MISSES, (miss_id,))
        await self._database.flush()
        return self._database.failure is None

    def correct(
        self,
        *,
        at: int,
        ask_id: int,
        guild_id: int | None,
        shown: tuple[str, str],
        wanted: tuple[str, str] | None = None,
        came_from: Literal["ask", "thread"] = "ask",
    ) -> None:
        """Keep that ``shown`` (article, topic) was not what was asked, or, called again, what was wanted instead."""
        self._database.write(KEEP_CORRECTIONS, (at, ask_id, guild_id, *shown, *(wanted or (None, None)), came_from))

    def helpful(self, *, at: int, guild_id: int | None, article: str, topic: str, member_key: int) -> None:
        """Keep that an answer helped; the second time the same member says so of the same answer changes nothing."""
        self._database.write(INSERT_HELPFUL, (at, guild_id, article, topic, member_key))
