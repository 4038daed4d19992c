"""Where answers were put under people's messages, and what was answered in a channel already.

Links are not questions: nobody asked, somebody pointed. Keeping them is bookkeeping and never delays a card, see
:meth:`lantern.store.database.Database.write`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lantern.store.database import Database
from lantern.store.questions import StandingCard

INSERT_LINKS = """
    INSERT OR IGNORE INTO links (
        id, linked_at, guild_id, channel_id, answered_message_id, message_id, article, topic, member_key, automatic,
        notify, whole, whole_at
    )
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
           value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12
      FROM json_each(?)
"""

MARK_WHOLE = """
    UPDATE links
       SET whole = 1, whole_at = changed.value ->> 1
      FROM json_each(?) AS changed
     WHERE links.message_id = changed.value ->> 0
"""

TAKE_BACK = """
    UPDATE links
       SET taken_back = 1
      FROM json_each(?) AS gone
     WHERE links.message_id = gone.value ->> 0
"""

STANDING_WHOLE = """
    SELECT whole_at, guild_id, channel_id, message_id, article, topic, NULL
      FROM links
     WHERE whole_at >= ?
  ORDER BY whole_at
"""

LINK_OF_CARD = """
    SELECT id, linked_at, guild_id, channel_id, answered_message_id, message_id, article, topic, member_key, automatic,
           notify, whole, whole_at
      FROM links
     WHERE message_id = ?
"""

# SQLite takes the other columns from the row that has the maximum (its documentation, "Bare columns in an aggregate").
SAID_IN_CHANNEL = """
    SELECT max(at), article, topic, message_id, how, member_key
      FROM (
            SELECT linked_at AS at, article, topic, message_id, member_key,
                   CASE automatic WHEN 1 THEN 'automatic' ELSE 'linked' END AS how
              FROM links
             WHERE channel_id = ?1
         UNION ALL
            SELECT public_at, article, topic, public_message_id, member_key,
                   CASE public_message_id WHEN message_id THEN 'asked' ELSE 'shared' END
              FROM questions
             WHERE channel_id = ?1 AND public = 1 AND public_message_id IS NOT NULL
           )
  GROUP BY article, topic
  ORDER BY 1 DESC
     LIMIT ?2
"""

How = Literal["linked", "automatic", "asked", "shared"]
"""A moderator linked it; Lantern did under a thread's title; a member asked for all to see; or shared it, unnamed."""


@dataclass(frozen=True, slots=True)
class Link:
    """An answer put into a channel. Times are UTC in milliseconds, ids snowflakes.

    ``id`` is the snowflake of what caused it, known before the card is sent: the card's Read button names it.
    """

    id: int
    linked_at: int
    guild_id: int
    channel_id: int
    answered_message_id: int | None
    message_id: int
    article: str
    topic: str
    member_key: int | None
    automatic: bool
    notify: bool
    whole: bool
    whole_at: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """The latest time a topic was answered or linked in a channel. ``member_key`` is None once forgotten."""

    at: int
    article: str
    topic: str
    message_id: int
    how: How
    member_key: int | None


class Links:
    """The links of all guilds, in one :class:`~lantern.store.database.Database`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.moderators: dict[int, int] = {}
        """Ids of moderators by their keys, as far as they were met since the start: in memory alone."""

    def record(self, link: Link) -> None:
        """Keep a link whose card was posted. Returns at once and never raises."""
        self.database.write(
            INSERT_LINKS,
            (
                link.id,
                link.linked_at,
                link.guild_id,
                link.channel_id,
                link.answered_message_id,
                link.message_id,
                link.article,
                link.topic,
                link.member_key,
                int(link.automatic),
                int(link.notify),
                int(link.whole),
                link.whole_at,
            ),
        )

    def made_whole(self, message_id: int, *, at: int) -> None:
        """The card ``message_id`` shows the whole answer from ``at`` on. Returns at once and never raises."""
        self.database.write(MARK_WHOLE, (message_id, at))

    def take_back(self, message_id: int) -> None:
        """The card ``message_id`` is gone and so is its link. Returns at once and never raises."""
        self.database.write(TAKE_BACK, (message_id,))

    async def of_card(self, message_id: int) -> Link | None:
        """The link whose card this is. Raises :class:`sqlite3.Error`."""
        rows = await self.database.fetch(LINK_OF_CARD, (message_id,))
        return Link(*rows[0]) if rows else None

    async def said_in(self, channel_id: int, *, limit: int) -> list[Said]:
        """Each topic answered or linked in a channel or thread, the latest time of each, newest first.

        Raises :class:`sqlite3.Error`.
        """
        return [Said(*row) for row in await self.database.fetch(SAID_IN_CHANNEL, (channel_id, limit))]

    async def standing_wholes(self, since: int) -> list[StandingCard]:
        """Whole answers that moderators posted since ``since`` (UTC milliseconds), oldest first.

        Raises :class:`sqlite3.Error`.
        """
        return [StandingCard(*row) for row in await self.database.fetch(STANDING_WHOLE, (since,))]
