"""Answers that moderators or Lantern put under members' messages, and what was answered in a channel already.

A link is not counted as a question. Recording never waits and never raises, see
:meth:`lantern.store.database.Database.write`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from lantern.store.database import Database
from lantern.store.questions import StandingCard
from lantern.store.rows import delete, insert, select, update

How = Literal["linked", "automatic", "asked", "shared"]
"""``linked``: by a moderator; ``automatic``: by Lantern, under a thread's title; ``asked``: a member asked in public;
``shared``: a member shared a private answer, without their name."""


class Link(NamedTuple):
    """An answer put into a channel. Times are UTC in milliseconds, ids snowflakes.

    ``id`` is the snowflake of the interaction or thread that caused it. It is known before the card is sent, whose Read
    button carries it.
    """

    id: int
    linked_at: int
    guild_id: int
    channel_id: int
    message_id: int
    """The card. Whose message it answers is not kept; Discord shows that where the card is a reply."""
    article: str
    topic: str
    member_key: int | None
    automatic: bool
    notify: bool
    whole: bool
    whole_at: int | None = None


class Said(NamedTuple):
    """The latest time a topic was answered or linked in a channel. ``member_key`` is None once forgotten."""

    at: int
    article: str
    topic: str
    message_id: int
    how: How
    member_key: int | None


INSERT_LINKS = insert("links", Link, happened="linked_at", of_uncounted=True)

MARK_WHOLE = update("links", ("whole", "whole_at"), by=("message_id",))

TAKE_BACK_LINKS = delete("links", by=("message_id",))

LINK_OF_CARD = select("links", Link, "WHERE message_id = :message_id")

STANDING_WHOLES = """
    SELECT whole_at AS public_at, guild_id, channel_id, message_id, article, topic, NULL AS member_key
      FROM links
     WHERE whole_at >= :since
  ORDER BY whole_at
"""

SAID_IN_CHANNEL = """
    SELECT at, article, topic, message_id, how, member_key
      FROM (
            SELECT at, article, topic, message_id, how, member_key,
                   row_number() OVER (PARTITION BY article, topic ORDER BY at DESC, message_id DESC) AS latest
              FROM (
                    SELECT linked_at AS at, article, topic, message_id, member_key,
                           CASE automatic WHEN 1 THEN 'automatic' ELSE 'linked' END AS how
                      FROM links
                     WHERE channel_id = :channel_id
                 UNION ALL
                    SELECT public_at, article, topic, public_message_id, member_key,
                           CASE public_message_id WHEN message_id THEN 'asked' ELSE 'shared' END
                      FROM questions
                     WHERE channel_id = :channel_id AND public = 1 AND public_message_id IS NOT NULL
                   ) AS said
           ) AS ranked
     WHERE latest = 1
  ORDER BY at DESC
     LIMIT :limit
"""


class Links:
    """The links of all guilds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.moderators: dict[int, int] = {}
        """Ids of moderators by their member keys: of those who linked since the start. Never written to the file."""

    def forget_moderator(self, member_key: int) -> None:
        """Know no more whose key this is."""
        self.moderators.pop(member_key, None)

    def record(self, link: Link) -> None:
        """Store a link whose card was posted. Returns at once and never raises."""
        self._database.write(INSERT_LINKS, link)

    def made_whole(self, message_id: int, *, at: int) -> None:
        """Store that the card ``message_id`` shows the whole answer since ``at``. Returns at once and never raises."""
        self._database.write(MARK_WHOLE, {"message_id": message_id, "whole": 1, "whole_at": at})

    def take_back(self, message_id: int) -> None:
        """Delete the link whose card ``message_id`` is gone. Returns at once and never raises."""
        self._database.write(TAKE_BACK_LINKS, {"message_id": message_id})

    async def of_card(self, message_id: int) -> Link | None:
        """The link whose card this is. Raises :class:`DatabaseError`."""
        rows = await self._database.fetch(LINK_OF_CARD, {"message_id": message_id})
        return Link(**rows[0]) if rows else None

    async def said_in(self, channel_id: int, *, limit: int) -> list[Said]:
        """Each topic answered or linked in a channel or thread, the latest time of each, newest first.

        Raises :class:`DatabaseError`.
        """
        rows = await self._database.fetch(SAID_IN_CHANNEL, {"channel_id": channel_id, "limit": limit})
        return [Said(**row) for row in rows]

    async def standing_wholes(self, since: int) -> list[StandingCard]:
        """Whole answers that moderators posted since ``since`` (UTC milliseconds), oldest first.

        Raises :class:`DatabaseError`.
        """
        return [StandingCard(**row) for row in await self._database.fetch(STANDING_WHOLES, {"since": since})]
