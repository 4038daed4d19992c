"""Questions in a log of their own, as the bot writes them, and a plain count of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from lantern.content.models import Content
from lantern.figures.insights import Insights
from lantern.store.database import Database
from lantern.store.links import INSERT_LINKS
from lantern.store.misses import INSERT_HELPFUL, INSERT_MISSES, KEEP_CORRECTIONS
from lantern.store.questions import INSERT_QUESTIONS, local_day, milliseconds

TODAY = date(2026, 1, 1)
"""SimCord's clock starts on this day."""


GUILD = 7


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Ask:
    """One question as a test makes it; ``ago`` in days."""

    topic: str = "runner"
    ago: float = 0
    member: int = 1
    source: str = "slash"
    moderator: bool = False
    shared: bool = False
    channel: int = 50
    origin: str | None = None
    guild: int | None = GUILD
    article: str = "twinflame"


@dataclass
class Log:
    """A database of its own, and what was put into it."""

    database: Database
    content: Content
    asks: list[Ask] = field(default_factory=list)
    number: int = 1_000

    async def ask(self, *asks: Ask, zone: ZoneInfo | None = None, now: datetime = NOON) -> None:
        """Put questions into the log as the bot does."""
        rows = []
        for each in asks:
            self.number += 1
            moment = now - timedelta(days=each.ago)
            at = milliseconds(moment)
            shared = (1, at, self.number) if each.shared else (0, None, None)
            day = local_day(moment, zone or UTC)
            where = (self.number, each.guild, each.channel, self.number)
            what = (each.article, each.topic, each.source, each.origin, None, *shared)
            rows.append((at, day, *where, *what, int(each.moderator), "en-US", each.member))
        await self.database.execute(INSERT_QUESTIONS, (orjson.dumps(rows).decode(),))
        self.asks += asks

    async def put(self, statement: str, *rows: Sequence[Any]) -> None:
        """Other rows, by the statement that the bot uses."""
        await self.database.execute(statement, (orjson.dumps(rows).decode(),))

    async def link(self, topic: str, ago: float = 0, channel: int = 50, guild: int = GUILD) -> None:
        self.number += 1
        at = milliseconds(NOON - timedelta(days=ago))
        row = (self.number, at, guild, channel, None, self.number, "twinflame", topic, 5, 0, 1, 0, None)
        await self.put(INSERT_LINKS, row)

    async def miss(self, words: str, nearest: Sequence[tuple[str, str, float]] = (), ago: float = 0) -> int:
        self.number += 1
        at = milliseconds(NOON - timedelta(days=ago))
        best = nearest[0][2] if nearest else 0.0
        await self.put(INSERT_MISSES, (self.number, at, GUILD, words, orjson.dumps(nearest).decode(), best, "ask"))
        return self.number

    async def helpful(self, topic: str, member: int, ago: float = 0) -> None:
        at = milliseconds(NOON - timedelta(days=ago))
        await self.put(INSERT_HELPFUL, (at, GUILD, "twinflame", topic, member))

    async def correct(self, shown: str, wanted: str | None = None, ago: float = 0) -> None:
        self.number += 1
        at = milliseconds(NOON - timedelta(days=ago))
        chosen = ("twinflame", wanted) if wanted else (None, None)
        await self.put(KEEP_CORRECTIONS, (at, self.number, GUILD, "twinflame", shown, *chosen, "ask"))

    def insights(self, *, today: date = TODAY, retention_days: int = 180, guilds: Sequence[int] = (GUILD,)) -> Insights:
        return Insights(self.database, self.content, guilds, today, retention_days=retention_days)

    def counted(self, first: float, last: float = -1, **like: object) -> int:
        """Members' asks from ``first`` days ago (included) to ``last`` (not), by looking at each of them."""
        return sum(
            1
            for each in self.asks
            if last < each.ago <= first
            and not each.moderator
            and each.guild == GUILD
            and all(getattr(each, name) == value for name, value in like.items())
        )


def months_of_asks(seed: int = 1, count: int = 400) -> list[Ask]:
    """Asks over ninety days, with everything that must be told apart."""
    dice = random.Random(seed)
    return [
        Ask(
            dice.choice(["runner", "runner", "chaser", "hope", "union"]),
            dice.randrange(90),
            dice.randrange(1, 12),
            dice.choice(["slash", "ask", "topics", "related", "read"]),
            dice.random() < 0.1,
            dice.random() < 0.2,
            dice.choice([50, 51, 52]),
            guild=dice.choice([GUILD, GUILD, GUILD, 8, None]),
        )
        for _ in range(count)
    ]
