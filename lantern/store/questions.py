"""What members asked: a row for each question, without their names and words.

Recording never waits and never raises, see :meth:`lantern.store.database.Database.write`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from lantern.store import daily_totals
from lantern.store.database import Database, Transaction
from lantern.store.member_keys import MemberKeys
from lantern.store.rows import TableRow, as_parameter, changed, delete, insert, returning, update

Source = Literal["slash", "topics", "related", "ask", "read"]
"""How a question came: ``/twinflame runner``, the menu of ``/topics``, a button under an answer, ``/ask``, or the Read
button of a link card."""


class Question(NamedTuple):
    """A member asked. Times are UTC in milliseconds; ids are snowflakes; ``day`` is the guild's local day, YYYYMMDD."""

    asked_at: int
    day: int
    interaction_id: int
    guild_id: int | None
    channel_id: int | None
    message_id: int | None
    article: str
    topic: str
    source: Source
    by_moderator: bool
    locale: str
    member_key: int
    from_topic: str | None = None
    link_id: int | None = None
    public: bool = False
    public_at: int | None = None
    """Since when everybody can see the answer, and on which card; :meth:`Questions.record` sets both."""
    public_message_id: int | None = None
    parent_id: int | None = None
    """The channel that a thread is in, by which it is counted; None where ``channel_id`` is no thread."""


class StandingCard(NamedTuple):
    """An answer that everybody in a channel can see. ``member_key`` is None once the asker was forgotten."""

    public_at: int
    guild_id: int | None
    channel_id: int
    message_id: int
    article: str
    topic: str
    member_key: int | None


COUNTED = [f"{value} AS {name}" for name, value in daily_totals.COUNTED.items()]
"""What is given back of questions that are counted."""

INSERT_QUESTIONS = insert("questions", Question, returned=COUNTED, happened="asked_at")

MARK_FIRST_SHARED = changed("questions", "public = 1", (), by=("message_id",)) + " AND public = 0" + returning(COUNTED)

MARK_SHARED = update("questions", ("public_at", "public_message_id"), by=("message_id",))

TAKE_BACK_ANSWERS = delete("questions", by=("message_id",), returned=COUNTED)
TAKE_BACK_CARDS = delete("questions", by=("public_message_id",), returned=COUNTED)


async def add_questions(transaction: Transaction, rows: Sequence[TableRow]) -> None:
    """Add questions, and count those that were not there already."""
    await daily_totals.add(transaction, await transaction.fetch(INSERT_QUESTIONS, as_parameter(rows)))


async def share_answers(transaction: Transaction, rows: Sequence[TableRow]) -> None:
    """Store which answers were shared, and count those that no one could see before."""
    given = as_parameter(rows)
    await daily_totals.share(transaction, await transaction.fetch(MARK_FIRST_SHARED, given))
    await transaction.execute(MARK_SHARED, given)


async def take_back_answers(transaction: Transaction, rows: Sequence[TableRow]) -> None:
    """Delete the questions whose answers, or shared cards, are gone, and count them no more."""
    given = as_parameter(rows)
    for statement in (TAKE_BACK_ANSWERS, TAKE_BACK_CARDS):
        await daily_totals.take_back(transaction, await transaction.fetch(statement, given))


ASKERS_OF_CARD = "SELECT member_key FROM questions WHERE message_id = :card OR public_message_id = :card"

STANDING_CARDS = """
    SELECT public_at, guild_id, channel_id, public_message_id AS message_id, article, topic, member_key
      FROM questions
     WHERE public_at >= :since
       AND channel_id IS NOT NULL
  ORDER BY public_at
"""

# Who asks in a new thread does so within minutes, so the newest rows are enough; an index would slow down every answer.
ASKED_IN = """
    SELECT 1
      FROM questions
     WHERE id > (SELECT max(id) FROM questions) - 2000
       AND channel_id = :channel_id
     LIMIT 1
"""


class Questions:
    """The questions of all guilds."""

    def __init__(self, database: Database, member_keys: MemberKeys) -> None:
        self._database = database
        self._member_keys = member_keys

    def record(self, question: Question) -> None:
        """Store one answered question, unless its asker is not counted. Returns at once and never raises."""
        if self._member_keys.is_uncounted(question.member_key):
            return
        if question.public:
            question = question._replace(public_at=question.asked_at, public_message_id=question.message_id)
        self._database.write(add_questions, question)

    def mark_shared(self, message_id: int, *, public_message_id: int, at: int) -> None:
        """Store that the private answer ``message_id`` was shared as ``public_message_id``; no question is added."""
        row = {"message_id": message_id, "public_at": at, "public_message_id": public_message_id}
        self._database.write(share_answers, row)

    def take_back(self, message_id: int) -> None:
        """Delete the question whose answer or shared card ``message_id`` is gone, from the totals too. Never raises."""
        self._database.write(take_back_answers, {"message_id": message_id, "public_message_id": message_id})

    async def askers_of(self, message_id: int) -> list[int | None]:
        """The member keys of those whose stored questions a card answers; None for a forgotten member.

        Raises :class:`DatabaseError`.
        """
        return [row["member_key"] for row in await self._database.fetch(ASKERS_OF_CARD, {"card": message_id})]

    async def standing_cards(self, since: int) -> list[StandingCard]:
        """Public cards posted since ``since`` (UTC milliseconds), oldest first. Raises :class:`DatabaseError`."""
        return [StandingCard(**row) for row in await self._database.fetch(STANDING_CARDS, {"since": since})]

    async def asked_in(self, channel_id: int) -> bool:
        """Whether a member asked in a channel or thread just now: among the latest 2,000 questions of all guilds.

        Raises :class:`DatabaseError`.
        """
        return bool(await self._database.fetch(ASKED_IN, {"channel_id": channel_id}))
