"""How often each guild asked about each topic lately: in memory, since each letter typed needs it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final

from lantern.store.database import Database

RECENT_DAYS: Final = 30
"""Days that are counted."""

MOST_ASKED = """
    SELECT guild_id, article, topic, sum(asks - by_moderators) AS asks
      FROM daily_topics
     WHERE day >= :since_day
  GROUP BY guild_id, article, topic
    HAVING sum(asks - by_moderators) > 0
"""


class MostAsked:
    """Members' questions by guild and topic: `refresh` reads the daily totals, `asked` adds to them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asks: defaultdict[int, Counter[tuple[str, str]]] = defaultdict(Counter)

    async def refresh(self, since_day: int) -> None:
        """Read all guilds' totals since a day (YYYYMMDD). Raises :class:`DatabaseError` and keeps the old ones then."""
        await self._database.flush()
        asks: defaultdict[int, Counter[tuple[str, str]]] = defaultdict(Counter)
        for guild_id, article, topic, count in await self._database.fetch(MOST_ASKED, {"since_day": since_day}):
            asks[guild_id][article, topic] = count
        self._asks = asks

    def asked(self, guild_id: int | None, article: str, topic: str) -> None:
        """Count a question that was just asked."""
        self._asks[guild_id or 0][article, topic] += 1

    def first(self, guild_id: int | None, others: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """``others`` (article, topic), the most asked of this guild first, the rest in their order."""
        asks = self._asks.get(guild_id or 0, Counter())
        return sorted(others, key=lambda address: -asks[address])
