"""Questions without an answer, in masked words, and the answers that members said were wrong or helped.

Words and corrections lead to nobody: they have the day alone, stand in no order, and name no question. Nothing here
waits for the file or raises, see :meth:`lantern.store.database.Database.write`, except :meth:`Misses.forget`, for which
a member waits, and :meth:`Misses.mix`.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, Literal, NamedTuple

import orjson

from lantern.store.database import Database, DatabaseError
from lantern.store.masking import Masked
from lantern.store.rows import as_id, as_kept, as_parameter, delete, insert
from lantern.store.times import day_of, local_day

CameFrom = Literal["ask", "none_of_these", "not_it"]
"""``ask``: no answer was found; ``none_of_these``: none of several was right; ``not_it``: the one shown was wrong."""


class Miss(NamedTuple):
    """Words that found no answer. ``day`` is that of :data:`lantern.store.times.FIRST_ZONE`, YYYYMMDD.

    ``nearest``: (article, topic, score), best first; read again, it is JSON text.
    """

    id: int
    day: int
    guild_id: int | None
    words: str
    nearest: Sequence[tuple[str, str, float]]
    score: float
    came_from: str


class Correction(NamedTuple):
    """A member said that the topic shown was not what they asked, and perhaps which topic they wanted."""

    id: int
    day: int
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

IS_KEPT = "SELECT 1 FROM misses WHERE id = :id"

FORGET_MISSES = delete("misses", by=("id",))

# The first press stores the wrong topic; a choice after it adds the wanted one to the same row.
KEEP_CORRECTIONS = insert(
    "corrections",
    Correction,
    on_conflict="""(id) DO UPDATE
       SET wanted_article = excluded.wanted_article, wanted_topic = excluded.wanted_topic
     WHERE excluded.wanted_topic IS NOT NULL""",
)

INSERT_HELPFUL = insert("helpful", Helpful, happened="helped_at")


MIXED = {"misses": Miss._fields, "corrections": Correction._fields}
"""The tables whose rows stand in no order, with their columns."""
MIXED_DAYS = 2
"""How far back rows are mixed again: the day of whoever is farthest behind, and one more."""


def new_id() -> int:
    """A random positive id of 62 bits for a miss, so that nobody can guess another member's."""
    return secrets.randbits(62) | 1


def from_older(row: dict[str, Any]) -> dict[str, Any]:
    """A waiting row of words or a correction as it is written now: older versions kept the moment and the ask."""
    at = row.pop("asked_at", None) or row.pop("corrected_at", None)
    if at is not None:
        row["day"] = day_of(at)
    if row.pop("ask_id", None) is not None:
        row["id"] = new_id()
    return row


class Misses:
    """Misses, corrections and helpful answers of all guilds.

    Times are UTC in milliseconds. Whoever calls has asked
    :meth:`lantern.store.member_keys.MemberKeys.is_uncounted` before.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        # Never written: with it, a correction's id would lead to the question that was corrected.
        self._handle = secrets.token_bytes(32)
        self._in_order = True
        """Whether rows may stand in the order in which they came."""

    def keep(
        self,
        miss_id: int,
        words: Masked,
        *,
        day: int,
        guild_id: int | None,
        nearest: Sequence[tuple[str, str, float]],
        came_from: CameFrom,
    ) -> None:
        """Keep words that found no answer, with (article, topic, score) of the nearest topics, best first.

        ``day`` is that of :data:`lantern.store.times.FIRST_ZONE`: in whatever zone a week is over, no words are added
        to it then. The hour would show which question in another table is the same member's.
        """
        near = [(article, topic, round(score, 4)) for article, topic, score in nearest]
        miss = Miss(
            id=miss_id,
            day=day,
            guild_id=guild_id,
            words=words,
            nearest=near,
            score=near[0][2] if near else 0.0,
            came_from=came_from,
        )
        self._database.write(INSERT_MISSES, miss)
        self._in_order = True

    async def forget(self, miss_id: int) -> bool:
        """Delete a miss at its asker's wish, in the files, too.

        False where the file cannot be written now, or somebody reads it; then it is done later.
        """
        await self._database.flush()
        if self._database.failure is None and not await self._is_kept(miss_id):
            # Pressed twice, or forged: the file is not searched again.
            return await self._database.erase()
        self._database.write(FORGET_MISSES, {"id": miss_id})
        return await self._database.erase(as_id(miss_id), as_kept(miss_id))

    async def _is_kept(self, miss_id: int) -> bool:
        try:
            return bool(await self._database.fetch(IS_KEPT, {"id": miss_id}))
        except DatabaseError:
            return True

    def correct(
        self,
        *,
        day: int,
        ask_id: int,
        guild_id: int | None,
        shown: tuple[str, str],
        wanted: tuple[str, str] | None = None,
        came_from: Literal["ask", "thread"] = "ask",
    ) -> None:
        """Store that ``shown`` (article, topic) was not what was asked; called again, store what was wanted instead.

        ``ask_id`` is the interaction or message that showed it. It is not stored: only this process can tell that the
        second call means the same row.
        """
        (article, topic), (wanted_article, wanted_topic) = shown, wanted or (None, None)
        correction = Correction(
            id=self._id_of(ask_id, article, topic),
            day=day,
            guild_id=guild_id,
            article=article,
            topic=topic,
            wanted_article=wanted_article,
            wanted_topic=wanted_topic,
            came_from=came_from,
        )
        self._database.write(KEEP_CORRECTIONS, correction)
        self._in_order = True

    def _id_of(self, ask_id: int, article: str, topic: str) -> int:
        """The positive id, 62 bits, of one ask's correction: the same each time, and with no way back."""
        said = f"{ask_id} {article}/{topic}".encode()
        return int.from_bytes(hashlib.blake2b(said, key=self._handle, digest_size=8).digest(), "big") >> 2 | 1

    def helpful(self, *, at: int, guild_id: int | None, article: str, topic: str, member_key: int) -> None:
        """Store that an answer helped. The same member's second press on the same answer changes nothing."""
        row = Helpful(helped_at=at, guild_id=guild_id, article=article, topic=topic, member_key=member_key)
        self._database.write(INSERT_HELPFUL, row)

    async def mix(self, now: datetime) -> None:
        """Write the rows of the last days again, in no order. To be called every few minutes.

        A database keeps what came first in front, and a server the number of each transaction (``xmin``), so that words
        and a question of the same moment could be told to belong together. Raises :class:`DatabaseError`.
        """
        if not self._in_order:
            return
        self._in_order = False
        since = local_day(now - timedelta(days=MIXED_DAYS))
        try:
            # Not while another process deletes words: it would not see those that are written again.
            async with self._database.transaction(before_all_rows=True) as transaction:
                for table, columns in MIXED.items():
                    gone = f"DELETE FROM {table} WHERE day >= :since RETURNING {', '.join(columns)}"  # noqa: S608
                    rows = [dict(row) for row in await transaction.fetch(gone, {"since": since})]
                    for row in rows:
                        if "nearest" in row:
                            row["nearest"] = orjson.loads(row["nearest"])
                    # The ids are random.
                    rows.sort(key=itemgetter("id"))
                    await transaction.execute(insert(table, columns), as_parameter(rows))
        except BaseException:
            self._in_order = True
            raise
        # A -wal has the changes one after the other.
        await self._database.erase()
