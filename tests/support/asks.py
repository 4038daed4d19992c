"""Questions in a log of their own, as the bot writes them, and a plain count of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from lantern.content.models import Content
from lantern.figures.insights import Insights
from lantern.store.database import Change, Database
from lantern.store.guilds import Guilds
from lantern.store.links import INSERT_LINKS, Link
from lantern.store.misses import INSERT_HELPFUL, INSERT_MISSES, KEEP_CORRECTIONS, Correction, Helpful, Miss
from lantern.store.questions import Question, add_questions
from lantern.store.times import local_day, milliseconds
from lantern.store.weekly_totals import WeeklyTotals

TODAY = date(2026, 1, 1)
"""SimCord's clock starts on this day."""


LAST = date(2025, 12, 28)
"""The last day of the last week that is over then: four days ago, a Sunday."""


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
    parent: int | None = None
    origin: str | None = None
    guild: int | None = GUILD
    article: str = "twinflame"


def correction(
    number: int, shown: str, wanted: str | None = None, *, at: datetime = NOON, article: str = "twinflame"
) -> Correction:
    """What a member said of ``shown``."""
    return Correction(
        id=number,
        day=local_day(at),
        guild_id=GUILD,
        article=article,
        topic=shown,
        wanted_article=article if wanted else None,
        wanted_topic=wanted,
        came_from="ask",
    )


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
            row = Question(
                asked_at=at,
                day=local_day(moment, zone or UTC),
                interaction_id=self.number,
                guild_id=each.guild,
                channel_id=each.channel,
                parent_id=each.parent,
                message_id=self.number,
                article=each.article,
                topic=each.topic,
                source=cast("Any", each.source),
                from_topic=each.origin,
                public=each.shared,
                public_at=at if each.shared else None,
                public_message_id=self.number if each.shared else None,
                by_moderator=each.moderator,
                locale="en-US",
                member_key=each.member,
            )
            rows.append(row)
        await self.put(add_questions, *rows)
        self.asks += asks

    async def put(self, change: Change, *rows: Any) -> None:
        """Rows, by the change that the bot makes."""
        await self.database.change(change, rows)

    async def link(self, topic: str, ago: float = 0, channel: int = 50, guild: int = GUILD) -> None:
        self.number += 1
        row = Link(
            id=self.number,
            linked_at=milliseconds(NOON - timedelta(days=ago)),
            guild_id=guild,
            channel_id=channel,
            message_id=self.number,
            article="twinflame",
            topic=topic,
            member_key=5,
            automatic=False,
            notify=True,
            whole=False,
        )
        await self.put(INSERT_LINKS, row)

    async def miss(
        self, words: str, nearest: Sequence[tuple[str, str, float]] = (), ago: float = 0, guild: int = GUILD
    ) -> int:
        self.number += 1
        row = Miss(
            id=self.number,
            day=local_day(NOON - timedelta(days=ago)),
            guild_id=guild,
            words=words,
            nearest=nearest,
            score=nearest[0][2] if nearest else 0.0,
            came_from="ask",
        )
        await self.put(INSERT_MISSES, row)
        return self.number

    async def helpful(self, topic: str, member: int, ago: float = 0) -> None:
        at = milliseconds(NOON - timedelta(days=ago))
        row = Helpful(helped_at=at, guild_id=GUILD, article="twinflame", topic=topic, member_key=member)
        await self.put(INSERT_HELPFUL, row)

    async def correct(self, shown: str, wanted: str | None = None, ago: float = 0) -> None:
        self.number += 1
        await self.put(KEEP_CORRECTIONS, correction(self.number, shown, wanted, at=NOON - timedelta(days=ago)))

    async def decide(self, now: datetime = NOON) -> None:
        """What the bot does every five minutes."""
        await WeeklyTotals(self.database, Guilds(self.database)).decide_due(now)

    async def insights(self, *, today: date = TODAY, guilds: Sequence[int] = (GUILD,)) -> Insights:
        """The figures of a day, after all weeks that are over were decided."""
        await self.decide(datetime.combine(today, NOON.timetz()))
        return Insights(self.database, self.content, guilds, today)

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
