"""What each guild asks about most: in memory, since each letter typed needs it.

All who type see this order, so it tells of nobody: days that are over alone, and different members alone, five at a
time. One question more moves nothing, nor do many of one member. Outside guilds nothing is counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from lantern.store.database import Database
from lantern.store.times import local_day

RECENT_DAYS: Final = 30
"""Days that are counted: rows lose their members' keys not long after."""
FEW: Final = 5
"""Different members that move a topic by one step, up from nothing."""
LAST_TO_END: Final = timedelta(hours=12)
"""How long after UTC's midnight a day ends in the last of all time zones."""

MOST_ASKED = """
    SELECT guild_id, article, topic, count(DISTINCT member_key) / :few AS steps
      FROM questions
     WHERE day BETWEEN :first AND :last
       AND guild_id IS NOT NULL AND by_moderator = 0
  GROUP BY guild_id, article, topic
    HAVING count(DISTINCT member_key) >= :few
"""


class MostAsked:
    """Members by guild and topic, in steps of five, as :meth:`refresh` last read them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._steps: dict[int, dict[tuple[str, str], int]] = {}

    async def refresh(self, now: datetime) -> None:
        """Read what was asked up to yesterday. Raises :class:`DatabaseError`, and what was known stays then."""
        await self._database.flush()
        last = now - LAST_TO_END - timedelta(days=1)
        first = last - timedelta(days=RECENT_DAYS - 1)
        days = {"first": local_day(first), "last": local_day(last), "few": FEW}
        found: dict[int, dict[tuple[str, str], int]] = {}
        for guild_id, article, topic, steps in await self._database.fetch(MOST_ASKED, days):
            found.setdefault(guild_id, {})[article, topic] = steps
        self._steps = found

    def first(self, guild_id: int | None, others: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """``others`` (article, topic), the most asked of this guild first, the rest in their order."""
        steps = self._steps.get(guild_id or 0, {})
        return sorted(others, key=lambda address: -steps.get(address, 0))
