"""Questions without an answer, in masked words, and the answers that members said were wrong or helped.

Nothing here waits for the file or raises, see :meth:`lantern.store.database.Database.write`, except
:meth:`Misses.forget`, for which a member waits.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Literal, NamedTuple

from lantern.store.database import Database
from lantern.store.masking import Masked
from lantern.store.rows import delete, insert
from lantern.store.times import HOUR

CameFrom = Literal["ask", "none_of_these", "not_it"]
"""``ask``: no answer was found; ``none_of_these``: none of several was right; ``not_it``: the one shown was wrong."""


class Miss(NamedTuple):
    """Words that found no answer. ``nearest``: (article, topic, score), best first; read again, it is JSON text."""

    id: int
    asked_at: int
    guild_id: int | None
    words: str
    nearest: Sequence[tuple[str, str, float]]
    score: float
    came_from: str


class Correction(NamedTuple):
    """A member said that the topic shown was not what they asked, and perhaps which topic they wanted."""

    corrected_at: int
    ask_id: int
    guild_id: int | None
    article: str
    topic: str
    wanted_article: str | None
    wanted_topic: str | None
    came_from: str


class Helpful(NamedTuple):
    """A member said that an answer helped."""

    helped_at: int
    guild_id: int | None
    article: str
    topic: str
    member_key: int


INSERT_MISSES = insert("misses", Miss)

FORGET_MISSES = delete("misses", by=("id",))

# The first press stores the wrong topic; a choice after it adds the wanted one to the same row.
KEEP_CORRECTIONS = insert(
    "corrections",
    Correction,
    on_conflict="""(ask_id, article, topic) DO UPDATE
       SET wanted_article = excluded.wanted_article, wanted_topic = excluded.wanted_topic
     WHERE excluded.wanted_topic IS NOT NULL""",
)

INSERT_HELPFUL = insert("helpful", Helpful, happened="helped_at")


def new_id() -> int:
    """A random positive id of 62 bits for a miss, so that nobody can guess another member's."""
    return secrets.randbits(62) | 1


class Misses:
    """Misses, corrections and helpful answers of all guilds.

    Times are UTC in milliseconds. Whoever calls has asked
    :meth:`lantern.store.member_keys.MemberKeys.is_uncounted` before.
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

        Only the hour of ``at`` is stored: the minute would show which question in another table is the same member's.
        """
        near = [(article, topic, round(score, 4)) for article, topic, score in nearest]
        miss = Miss(
            id=miss_id,
            asked_at=at - at % HOUR,
            guild_id=guild_id,
            words=words,
            nearest=near,
            score=near[0][2] if near else 0.0,
            came_from=came_from,
        )
        self._database.write(INSERT_MISSES, miss)

    async def forget(self, miss_id: int) -> bool:
        """Delete a miss at its asker's wish. False where the file cannot be written now; then it is done later."""
        self._database.write(FORGET_MISSES, {"id": miss_id})
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
        """Store that ``shown`` (article, topic) was not what was asked; called again, store what was wanted instead."""
        (article, topic), (wanted_article, wanted_topic) = shown, wanted or (None, None)
        correction = Correction(
            corrected_at=at,
            ask_id=ask_id,
            guild_id=guild_id,
            article=article,
            topic=topic,
            wanted_article=wanted_article,
            wanted_topic=wanted_topic,
            came_from=came_from,
        )
        self._database.write(KEEP_CORRECTIONS, correction)

    def helpful(self, *, at: int, guild_id: int | None, article: str, topic: str, member_key: int) -> None:
        """Store that an answer helped. The same member's second press on the same answer changes nothing."""
        row = Helpful(helped_at=at, guild_id=guild_id, article=article, topic=topic, member_key=member_key)
        self._database.write(INSERT_HELPFUL, row)
