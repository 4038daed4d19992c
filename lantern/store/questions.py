"""What members asked: one row a question, without their names and without their words.

Everything here is bookkeeping. Recording never waits and never raises, see
:meth:`lantern.store.database.Database.write`.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Literal

from lantern.store.database import Database

Source = Literal["slash", "topics", "related", "ask", "read"]
"""How a question came: ``/twinflame runner``, the menu of ``/topics``, a button under an answer, ``/ask``, or the Read
button of a link card."""

KEY_BYTES = 8
"""A member key is 64 bits: one integer of SQLite. Among a million members two share one with probability 3e-8."""

INSERT_QUESTIONS = """
    INSERT OR IGNORE INTO questions (
        asked_at, day, interaction_id, guild_id, channel_id, message_id, article, topic, source, from_topic, link_id,
        public, public_at, public_message_id, by_moderator, locale, member_key
    )
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
           value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13, value ->> 14,
           value ->> 15, value ->> 16
      FROM json_each(?)
"""

MARK_SHARED = """
    UPDATE questions
       SET public = 1, public_at = shared.value ->> 1, public_message_id = shared.value ->> 2
      FROM json_each(?) AS shared
     WHERE questions.message_id = shared.value ->> 0
"""

TAKE_BACK = """
    UPDATE questions
       SET taken_back = 1
      FROM json_each(?) AS gone
     WHERE questions.message_id = gone.value ->> 0
        OR questions.public_message_id = gone.value ->> 0
"""

ASKERS_OF_CARD = "SELECT member_key FROM questions WHERE message_id = ?1 OR public_message_id = ?1"

STANDING_CARDS = """
    SELECT public_at, guild_id, channel_id, public_message_id, article, topic, member_key
      FROM questions
     WHERE public_at >= ?
       AND channel_id IS NOT NULL
  ORDER BY public_at
"""


@dataclass(frozen=True, slots=True)
class Question:
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


@dataclass(frozen=True, slots=True)
class StandingCard:
    """An answer that all in a channel can see. ``member_key`` is None once its asker was forgotten."""

    public_at: int
    guild_id: int | None
    channel_id: int
    message_id: int
    article: str
    topic: str
    member_key: int | None


def milliseconds(moment: datetime) -> int:
    """UTC milliseconds of an aware datetime."""
    return int(moment.timestamp() * 1000)


def local_day(moment: datetime, zone: tzinfo = UTC) -> int:
    """The calendar day of an aware datetime in ``zone``, as YYYYMMDD."""
    local = moment.astimezone(zone)
    return local.year * 10_000 + local.month * 100 + local.day


class QuestionLog:
    """The questions of all guilds, in one :class:`~lantern.store.database.Database`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        # Until the file's own secret is read, keys still differ by member; they are then good for this run alone.
        self._secret = secrets.token_bytes(32)
        self.uncounted: set[int] = set()
        """Keys of members who asked not to be counted, kept up to date by :class:`lantern.store.members.Privacy`."""

    async def open(self) -> None:
        """Read the secret behind the member keys, or make it on the first run. Raises :class:`sqlite3.Error`."""
        await self.database.execute(
            "INSERT OR IGNORE INTO secrets (name, value) VALUES ('member_key', ?)", (self._secret,)
        )
        rows = await self.database.fetch("SELECT value FROM secrets WHERE name = 'member_key'")
        self._secret = bytes(rows[0][0])

    def member_key(self, user_id: int) -> int:
        """A keyed BLAKE2b hash of a user's snowflake, as a signed integer of 64 bits; it cannot be turned back."""
        digest = hashlib.blake2b(user_id.to_bytes(8, "big"), key=self._secret, digest_size=KEY_BYTES).digest()
        return int.from_bytes(digest, "big", signed=True)

    def seal(self, *parts: str) -> str:
        """16 hexadecimal digits that only whoever has this file's secret can make of ``parts``."""
        sealed = hashlib.blake2b("\0".join(parts).encode(), key=self._secret, digest_size=8, person=b"seal")
        return sealed.hexdigest()

    def is_uncounted(self, member_key: int) -> bool:
        """Whether this member asked not to be counted: no row of any kind is to be written for her."""
        return member_key in self.uncounted

    def record(self, question: Question) -> None:
        """Keep one question that was answered, unless its asker is not counted. Returns at once and never raises."""
        if self.is_uncounted(question.member_key):
            return
        public_at = question.asked_at if question.public else None
        self.database.write(
            INSERT_QUESTIONS,
            (
                question.asked_at,
                question.day,
                question.interaction_id,
                question.guild_id,
                question.channel_id,
                question.message_id,
                question.article,
                question.topic,
                question.source,
                question.from_topic,
                question.link_id,
                int(question.public),
                public_at,
                question.message_id if question.public else None,
                int(question.by_moderator),
                question.locale,
                question.member_key,
            ),
        )

    def mark_shared(self, message_id: int, *, public_message_id: int, at: int) -> None:
        """The private answer ``message_id`` was shared as ``public_message_id``: not a second question."""
        self.database.write(MARK_SHARED, (message_id, at, public_message_id))

    def take_back(self, message_id: int) -> None:
        """The answer ``message_id``, or the card it was shared as, is gone, and so is its count. Never raises."""
        self.database.write(TAKE_BACK, (message_id,))

    async def askers_of(self, message_id: int) -> list[int | None]:
        """The member keys behind a card, empty when it answers no kept question. Raises :class:`sqlite3.Error`."""
        return [row[0] for row in await self.database.fetch(ASKERS_OF_CARD, (message_id,))]

    async def standing_cards(self, since: int) -> list[StandingCard]:
        """Cards posted for all since ``since`` (UTC milliseconds), oldest first. Raises :class:`sqlite3.Error`."""
        return [StandingCard(*row) for row in await self.database.fetch(STANDING_CARDS, (since,))]
