"""What members asked: a row for each question, without their names and words.

Recording never waits and never raises, see :meth:`lantern.store.database.Database.write`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from lantern.store.database import Database
from lantern.store.member_keys import MemberKeys
from lantern.store.rows import insert, update

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


class StandingCard(NamedTuple):
    """An answer that everybody in a channel can see. ``member_key`` is None once the asker was forgotten."""

    public_at: int
    guild_id: int | None
    channel_id: int
    message_id: int
    article: str
    topic: str
    member_key: int | None


INSERT_QUESTIONS = insert("questions", Question)

MARK_SHARED = update("questions", ("public", "public_at", "public_message_id"), by="message_id")

# A trigger deletes a row when this is set to 1, and takes it out of the daily totals.
TAKE_BACK_ANSWER = update("questions", ("taken_back",), by="message_id")
TAKE_BACK_CARD = update("questions", ("taken_back",), by="public_message_id")

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
        self._database.write(INSERT_QUESTIONS, question)

    def mark_shared(self, message_id: int, *, public_message_id: int, at: int) -> None:
        """Store that the private answer ``message_id`` was shared as ``public_message_id``; no question is added."""
        row = {"message_id": message_id, "public": 1, "public_at": at, "public_message_id": public_message_id}
        self._database.write(MARK_SHARED, row)

    def take_back(self, message_id: int) -> None:
        """Delete the question whose answer or shared card ``message_id`` is gone, from the totals too. Never raises."""
        self._database.write(TAKE_BACK_ANSWER, {"message_id": message_id, "taken_back": 1})
        self._database.write(TAKE_BACK_CARD, {"public_message_id": message_id, "taken_back": 1})

    async def askers_of(self, message_id: int) -> list[int | None]:
        """The member keys of those whose stored questions a card answers; None for a forgotten member.

        Raises :class:`sqlite3.Error`.
        """
        return [row["member_key"] for row in await self._database.fetch(ASKERS_OF_CARD, {"card": message_id})]

    async def standing_cards(self, since: int) -> list[StandingCard]:
        """Public cards posted since ``since`` (UTC milliseconds), oldest first. Raises :class:`sqlite3.Error`."""
        return [StandingCard(**row) for row in await self._database.fetch(STANDING_CARDS, {"since": since})]

    async def asked_in(self, channel_id: int) -> bool:
        """Whether a member asked in a channel or thread just now: among the latest 2,000 questions of all guilds.

        Raises :class:`sqlite3.Error`.
        """
        return bool(await self._database.fetch(ASKED_IN, {"channel_id": channel_id}))
