"""What is kept about one member: shown to her, handed over, forgotten, or not kept at all.

Every table that holds something about a member has it under ``member_key``. Nothing here knows a member's id; see
:meth:`lantern.store.questions.QuestionLog.member_key`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lantern.store.database import Database
from lantern.store.questions import QuestionLog

LATEST_QUESTIONS = 5
EXACT_IN_JSON = 2**53
"""Integers from here on lose digits in many JSON readers (RFC 8259, section 6), so they are written as text."""

OPTED_OUT = "SELECT member_key FROM opt_outs"

OPT_OUT = "INSERT OR IGNORE INTO opt_outs (member_key, since) VALUES (?, ?)"

OPT_IN = "DELETE FROM opt_outs WHERE member_key = ?"

FORGET = "INSERT INTO forgotten_members (member_key) VALUES (?)"

HELD = """
    SELECT (SELECT count(*) FROM questions WHERE member_key = ?1),
           (SELECT count(*) FROM helpful WHERE member_key = ?1),
           (SELECT count(*) FROM links WHERE member_key = ?1),
           (SELECT since FROM opt_outs WHERE member_key = ?1)
"""

LATEST = """
    SELECT asked_at, guild_id, channel_id, article, topic, source, public
      FROM questions
     WHERE member_key = ?
  ORDER BY asked_at DESC, id DESC
     LIMIT ?
"""

COLUMNS = "SELECT name FROM pragma_table_info(?) ORDER BY cid"

# The whole of each row, so that what a later Lantern keeps is handed over too. Corrections have no key; they are hers
# for as long as her question, which they name, is.
ROWS = {
    "questions": "SELECT * FROM questions WHERE member_key = ? ORDER BY asked_at, id",
    "corrections": """
        SELECT * FROM corrections
         WHERE ask_id IN (SELECT interaction_id FROM questions WHERE member_key = ?)
      ORDER BY corrected_at, id
    """,
    "helpful": "SELECT * FROM helpful WHERE member_key = ? ORDER BY helped_at, id",
    "links": "SELECT * FROM links WHERE member_key = ? ORDER BY linked_at, id",
    "opt_outs": "SELECT * FROM opt_outs WHERE member_key = ?",
}


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """One of a member's questions. ``asked_at`` is UTC in milliseconds; the ids are None where none are kept."""

    asked_at: int
    guild_id: int | None
    channel_id: int | None
    article: str
    topic: str
    source: str
    public: bool


@dataclass(frozen=True, slots=True)
class Held:
    """What is kept about a member, counted. ``uncounted_since`` is UTC in milliseconds, None while she is counted."""

    questions: int
    helpful: int
    """Answers that she said helped her."""
    links: int
    """Answers that she, a moderator, put under others' messages."""
    uncounted_since: int | None
    latest: tuple[AskedQuestion, ...]
    """Her latest five questions, newest first."""

    @property
    def anything(self) -> bool:
        """Whether there is a row to forget."""
        return bool(self.questions or self.helpful or self.links)


class Privacy:
    """What members may ask of the database about themselves. Every method raises :class:`sqlite3.Error`."""

    def __init__(self, database: Database, question_log: QuestionLog) -> None:
        self.database = database
        self._question_log = question_log

    async def open(self) -> None:
        """Know again who asked not to be counted."""
        self._question_log.uncounted.update(key for (key,) in await self.database.fetch(OPTED_OUT))

    async def keep_wishes(self, at: int) -> None:
        """After another file took the database's place: what was known stays known, and is written there too."""
        for member_key in list(self._question_log.uncounted):
            await self.stop_counting(member_key, at)
        await self.open()

    async def held(self, member_key: int) -> Held:
        """What is kept about a member now, with what she asked a moment ago."""
        await self.database.flush()
        ((questions, helpful, links, uncounted_since),) = await self.database.fetch(HELD, (member_key,))
        latest = await self.database.fetch(LATEST, (member_key, LATEST_QUESTIONS))
        return Held(questions, helpful, links, uncounted_since, tuple(AskedQuestion(*row) for row in latest))

    async def rows(self, member_key: int) -> dict[str, list[dict[str, Any]]]:
        """Every row that is kept about a member, by table, with values that every JSON reader keeps exact."""
        await self.database.flush()
        found = {}
        for table, query in ROWS.items():
            names = [name for (name,) in await self.database.fetch(COLUMNS, (table,))]
            rows = await self.database.fetch(query, (member_key,))
            found[table] = [{name: _exact(name, value) for name, value in zip(names, row, strict=True)} for row in rows]
        return found

    async def forget(self, member_key: int) -> None:
        """Take the key off every row, in one transaction; counts stay as they are, and so does her wish in opt_outs."""
        await self.database.execute(FORGET, (member_key,))

    async def stop_counting(self, member_key: int, at: int) -> None:
        """Keep no further row of this member; ``at`` is UTC in milliseconds."""
        await self.database.execute(OPT_OUT, (member_key, at))
        self._question_log.uncounted.add(member_key)

    async def count_again(self, member_key: int) -> None:
        """Undo :meth:`stop_counting`."""
        await self.database.execute(OPT_IN, (member_key,))
        self._question_log.uncounted.discard(member_key)


def _exact(name: str, value: object) -> object:
    if isinstance(value, int):
        if name.endswith("_at") or name == "since":
            return datetime.fromtimestamp(value / 1000, UTC).isoformat(timespec="milliseconds")
        if abs(value) >= EXACT_IN_JSON:
            return str(value)
    return value
