"""An invented half year of questions for the preview, so that a newcomer sees what the figures look like.

Nobody asked any of this. The numbers come from a fixed seed; only a temporary log is ever filled with them.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import orjson

from lantern.content.models import Content
from lantern.matching.matcher import Matcher
from lantern.store.database import Database
from lantern.store.links import INSERT_LINKS
from lantern.store.misses import INSERT_HELPFUL, INSERT_MISSES, KEEP_CORRECTIONS
from lantern.store.questions import INSERT_QUESTIONS
from lantern.store.times import HOUR, local_day, milliseconds

NOTICE = "The questions in this preview's figures are invented: nobody asked them."
DAYS = 180
MEMBERS = 70
SEED = 20_260_101

SOURCES = (("slash", 45), ("ask", 30), ("topics", 12), ("related", 10), ("read", 3))
LOCALES = ("en-US", "en-GB", "de", "es-ES", "hi")

UNANSWERED = (
    ("does no contact work for us", "should i go no contact", "how long should no contact be", "is no contact cruel"),
    ("why do i keep seeing 1111", "what does 11 11 mean", "seeing 222 and 1111 everywhere", "meaning of 1111"),
    ("will my ex come back", "can tarot tell if my ex comes back", "tarot reading about my ex", "is my ex coming back"),
    ("dreaming of him every night", "what do dreams about him mean", "i had a dream about him again"),
    ("best crystal for love", "which crystal helps with love"),
    ("is mercury retrograde to blame",),
    ("how do i become a moderator here",),
)


@dataclass(frozen=True, slots=True)
class Filled:
    """How many rows were invented."""

    questions: int
    misses: int


async def fill(
    database: Database, content: Content, *, guild_id: int, channels: Sequence[int], until: datetime
) -> Filled:
    """Write the invented half year up to ``until`` into ``database``. Raises :class:`sqlite3.Error`."""
    dice = random.Random(SEED)  # noqa: S311 - invented numbers, not secrets
    topics = list(content.topics())
    liked = [1 / (1 + place / 3) for place in range(len(topics))]
    rising = dice.randrange(len(topics) // 2, len(topics))
    questions: list[tuple[object, ...]] = []
    helpful: list[tuple[object, ...]] = []
    corrections: list[tuple[object, ...]] = []
    links: list[tuple[object, ...]] = []
    number = 0
    for ago in range(DAYS, -1, -1):
        midnight = datetime.combine((until - timedelta(days=ago)).date(), time(), UTC)
        busy = 6 + 8 * (DAYS - ago) / DAYS + (5 if midnight.weekday() >= 5 else 0)
        weights = [
            weight * (6 if ago < 7 and at == rising else 1) * (1.8 if at == 1 and 40 < ago < 60 else 1)
            for at, weight in enumerate(liked)
        ]
        if ago == 7:
            # A topic that nobody asks for shows as such.
            liked[-1] = 0.0
        for _ in range(max(0, round(dice.gauss(busy, 3)))):
            moment = midnight + timedelta(seconds=dice.triangular(0, 86_399, 72_000))
            if moment >= until:
                continue
            number += 1
            at = milliseconds(moment)
            topic = dice.choices(topics, weights)[0]
            article = topic.article.command
            ((source, _),) = dice.choices(SOURCES, [weight for _, weight in SOURCES])
            origin = dice.choice(topic.related) if source == "related" and topic.related else None
            public = int(dice.random() < 0.12)
            member = int(MEMBERS * dice.random() ** 1.6) + 1
            ids = (number, guild_id, dice.choice(channels), 10**9 + number)
            shared = (public, at if public else None, 2 * 10**9 + number if public else None)
            asker = (int(dice.random() < 0.06), dice.choice(LOCALES), member)
            questions.append((at, local_day(moment), *ids, article, topic.key, source, origin, None, *shared, *asker))
            if source == "ask":
                said = dice.random()
                if said < 0.35:
                    helpful.append((at, guild_id, article, topic.key, member))
                elif said < 0.45:
                    wanted = dice.choice(topics) if dice.random() < 0.7 else None
                    chosen = (wanted.article.command, wanted.key) if wanted and wanted != topic else (None, None)
                    corrections.append((at, number, guild_id, article, topic.key, *chosen, "ask"))
            elif dice.random() < 0.06:
                links.append(
                    (number, at, guild_id, ids[2], None, 3 * 10**9 + number, article, topic.key, None, 0, 1, 0, None)
                )
    misses = _misses(content, dice, guild_id, until)
    for statement, rows in (
        (INSERT_QUESTIONS, questions),
        (INSERT_HELPFUL, helpful),
        (KEEP_CORRECTIONS, corrections),
        (INSERT_LINKS, links),
        (INSERT_MISSES, misses),
    ):
        await database.execute(statement, (orjson.dumps(rows).decode(),))
    return Filled(len(questions), len(misses))


def _misses(content: Content, dice: random.Random, guild_id: int, until: datetime) -> list[tuple[object, ...]]:
    """Invented questions that this content really does not answer, with the topics that really are nearest."""
    matcher = Matcher(content)
    rows: list[tuple[object, ...]] = []
    for group, wordings in enumerate(UNANSWERED):
        for _ in range(max(1, 14 - 3 * group)):
            words = dice.choice(wordings)
            match = matcher.match(words)
            if match.outcome != "miss":
                continue
            near = [(each.topic.article.command, each.topic.key, round(each.score, 4)) for each in match.candidates[:3]]
            at = milliseconds(until - timedelta(hours=dice.randrange(1, 85 * 24)))
            best = near[0][2] if near else 0.0
            rows.append(
                (4 * 10**9 + len(rows), at - at % HOUR, guild_id, words, orjson.dumps(near).decode(), best, "ask")
            )
    return rows
