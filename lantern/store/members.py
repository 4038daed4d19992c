"""What the database has about one member: to count, to export, to delete, or not to store at all.

Every table with something about a member has a column ``member_key``, which is not their id; see
:class:`lantern.store.member_keys.MemberKeys`. Words and corrections are about nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from lantern.store import key_file
from lantern.store.addresses import is_address
from lantern.store.database import Database
from lantern.store.member_keys import MemberKeys, put_check
from lantern.store.member_languages import DELETE_LANGUAGE
from lantern.store.rows import as_kept, as_parameter, select, upsert

LATEST_MAX = 5
"""Questions in `Kept.latest`."""
KEY_DAYS = 35
"""How long a row keeps its member's key (`lantern.store.retention`); afterwards it is nobody's."""
FORGOTTEN_DAYS = 30
"""How long it is kept who was forgotten: no row waits that long to be written."""
EXACT_IN_JSON = 2**53
"""Larger integers lose digits in many JSON readers (RFC 8259, section 6), so they are written as text."""


class AskedQuestion(NamedTuple):
    """One of a member's questions. ``asked_at`` is UTC in milliseconds; the ids are None where none are kept."""

    asked_at: int
    guild_id: int | None
    channel_id: int | None
    article: str
    topic: str
    source: str
    public: bool


class Kept(NamedTuple):
    """What is kept about a member, counted."""

    questions: int
    helpful: int
    """Answers that they said helped them."""
    links: int
    """Answers that they, a moderator, put under others' messages."""
    uncounted_since: int | None
    """UTC in milliseconds; None while they are counted."""
    latest: tuple[AskedQuestion, ...]
    """Their latest five questions, newest first."""
    language: str | None = None
    """The language that they chose to be answered in; None for that of their Discord."""

    @property
    def records(self) -> bool:
        """Whether there is a record that leads to them."""
        return bool(self.questions or self.helpful or self.links)

    @property
    def anything(self) -> bool:
        """Whether there is a row to forget."""
        return self.records or self.language is not None


ALL_OPT_OUTS = "SELECT member_key FROM opt_outs"

INSERT_OPT_OUT = "INSERT INTO opt_outs (member_key, since) VALUES (:member_key, :since) ON CONFLICT DO NOTHING"

OPT_OUT = "SELECT member_key FROM opt_outs WHERE member_key = :member_key"

DELETE_OPT_OUT = "DELETE FROM opt_outs WHERE member_key = :member_key"

OF_MEMBERS = ("questions", "links", "helpful")
"""The tables whose rows can lead to a member. A test compares them with all that have such a column."""

FORGET_MEMBER = tuple(
    f"UPDATE {table} SET member_key = NULL WHERE member_key = :member_key"  # noqa: S608
    for table in OF_MEMBERS
)
FORGET_ALL = tuple(
    f"UPDATE {table} SET member_key = NULL WHERE member_key IS NOT NULL"  # noqa: S608
    for table in OF_MEMBERS
)
COUNT_WISHES = "SELECT count(*) FROM opt_outs"

KEEP_FORGOTTEN = upsert("forgotten", ("member_key", "forgotten_at"), key=("member_key",))
"""The INSERT statements of those tables (`rows.insert`, ``happened``) look there."""

FORGET_FORGOTTEN = "DELETE FROM forgotten WHERE forgotten_at < :before"

COUNTS = """
    SELECT (SELECT count(*) FROM questions WHERE member_key = :member_key) AS questions,
           (SELECT count(*) FROM helpful WHERE member_key = :member_key) AS helpful,
           (SELECT count(*) FROM links WHERE member_key = :member_key) AS links,
           (SELECT since FROM opt_outs WHERE member_key = :member_key) AS uncounted_since,
           (SELECT language FROM member_languages WHERE member_key = :member_key) AS language
"""

LATEST_QUESTIONS = select(
    "questions", AskedQuestion, "WHERE member_key = :member_key ORDER BY asked_at DESC, id DESC LIMIT :limit"
)

# All columns, so that those added later are exported too.
ROWS = {
    "questions": "SELECT * FROM questions WHERE member_key = :member_key ORDER BY asked_at, id",
    "helpful": "SELECT * FROM helpful WHERE member_key = :member_key ORDER BY helped_at, id",
    "links": "SELECT * FROM links WHERE member_key = :member_key ORDER BY linked_at, id",
    "opt_outs": "SELECT * FROM opt_outs WHERE member_key = :member_key",
    "member_languages": "SELECT * FROM member_languages WHERE member_key = :member_key",
    "forgotten": "SELECT * FROM forgotten WHERE member_key = :member_key",
}


class Members:
    """Members' rights over their own data. Every method raises :class:`DatabaseError`.

    ``forget_in_memory`` is called with the key of a member who was forgotten, here or in another process; they may have
    chosen a language again since then.
    """

    def __init__(
        self,
        database: Database,
        member_keys: MemberKeys,
        *,
        forget_in_memory: Callable[[int], Awaitable[None]] | None = None,
    ) -> None:
        self._database = database
        self._member_keys = member_keys
        self._forget_in_memory = forget_in_memory
        # What was read must not overwrite what was chosen during the reading.
        self._one_at_a_time = asyncio.Lock()

    async def open(self) -> None:
        """Read who asked not to be counted. To be called before any question is recorded."""
        async with self._one_at_a_time:
            found = await self._database.fetch(ALL_OPT_OUTS)
            self._member_keys.uncounted = {row["member_key"] for row in found}

    async def read_wish(self, member_key: int) -> None:
        """Read whether a member is counted, because that was chosen in another process."""
        async with self._one_at_a_time:
            if await self._database.fetch(OPT_OUT, {"member_key": member_key}):
                self._member_keys.uncounted.add(member_key)
            else:
                self._member_keys.uncounted.discard(member_key)

    async def keep_wishes(self, at: int) -> None:
        """Write the opt-outs in memory into a file that took the database's place, and read those that it has."""
        for member_key in list(self._member_keys.uncounted):
            await self.stop_counting(member_key, at)
        await self.open()

    async def kept(self, member_key: int) -> Kept:
        """What is stored about a member, rows that still wait to be written included."""
        await self._database.flush()
        (counts,) = await self._database.fetch(COUNTS, {"member_key": member_key})
        latest = await self._database.fetch(LATEST_QUESTIONS, {"member_key": member_key, "limit": LATEST_MAX})
        return Kept(**counts, latest=tuple(AskedQuestion(**row) for row in latest))

    async def rows(self, member_key: int) -> dict[str, list[dict[str, Any]]]:
        """Every row about a member, by table, with values that JSON readers keep exact (times as ISO 8601 texts)."""
        await self._database.flush()
        found = {}
        for table, query in ROWS.items():
            rows = await self._database.fetch(query, {"member_key": member_key})
            found[table] = [{name: _exact(name, value) for name, value in dict(row).items()} for row in rows]
        return found

    async def forget(self, member_key: int, at: int) -> bool:
        """Remove the key from every row, in one transaction. Counts stay, and so does the wish not to be counted; the
        choice of a language goes.

        Rows of before ``at`` (UTC, milliseconds) that still wait in any process are written without the key. Returns
        whether it is overwritten in the files, too, see :meth:`lantern.store.database.Database.erase`.
        """
        async with self._database.transaction(before_all_rows=True) as transaction:
            row = {"member_key": member_key, "forgotten_at": at}
            await transaction.execute(KEEP_FORGOTTEN, as_parameter([row]))
            for statement in FORGET_MEMBER:
                await transaction.execute(statement, {"member_key": member_key})
            await transaction.execute(DELETE_LANGUAGE, {"member_key": member_key})
            await transaction.announce("forgotten", member_key)
        await self.hear_forgotten(member_key)
        return await self._database.erase(as_kept(member_key))

    async def hear_forgotten(self, member_key: int) -> None:
        """A member was forgotten, here or in another process."""
        if self._forget_in_memory is not None:
            await self._forget_in_memory(member_key)

    async def stop_counting(self, member_key: int, at: int) -> None:
        """Store no more rows of this member; ``at`` is UTC in milliseconds."""
        async with self._one_at_a_time:
            await self._choose(INSERT_OPT_OUT, {"member_key": member_key, "since": at})
            self._member_keys.uncounted.add(member_key)

    async def count_again(self, member_key: int) -> None:
        """Undo :meth:`stop_counting`."""
        async with self._one_at_a_time:
            await self._choose(DELETE_OPT_OUT, {"member_key": member_key})
            self._member_keys.uncounted.discard(member_key)

    async def _choose(self, statement: str, wish: dict[str, int]) -> None:
        async with self._database.transaction() as transaction:
            await transaction.execute(statement, wish)
            await transaction.announce("wish", wish["member_key"])


async def begin_anew(database: Database, file: Path, now: datetime) -> tuple[Path | None, int, int, int]:
    """Begin with a new key: nothing in the database leads to anybody any more. Wishes not to be counted are gone, and
    so are choices of a language.

    Returns where a file that was there is kept, how many wishes and choices are gone, and how many rows lost their key.
    Raises :class:`WrongKeyError`, :class:`DatabaseError` or :class:`OSError`; then it may be done again.
    """
    key = key_file.new_key()
    aside = await asyncio.to_thread(key_file.put_aside, file, now)
    await asyncio.to_thread(key_file.make, file, key)
    async with database.transaction(before_all_rows=True) as transaction:
        rows = 0
        for statement in FORGET_ALL:
            rows += await transaction.execute(statement)
        ((wishes,),) = await transaction.fetch(COUNT_WISHES)
        await transaction.execute("DELETE FROM opt_outs")
        await transaction.execute("DELETE FROM forgotten")
        choices = await transaction.execute("DELETE FROM member_languages")
        await put_check(transaction, key, on_a_server=is_address(database.where))
    await database.erase()
    return aside, wishes, choices, rows


def _exact(name: str, value: object) -> object:
    if isinstance(value, int):
        if name.endswith("_at") or name == "since":
            return datetime.fromtimestamp(value / 1000, UTC).isoformat(timespec="milliseconds")
        if abs(value) >= EXACT_IN_JSON:
            return str(value)
    return value
