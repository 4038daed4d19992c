"""An invented half year of questions for the preview, so that a newcomer sees what the figures look like.

Nobody asked any of this. The numbers come from a fixed seed; only a temporary log is ever filled with them.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from lantern.content.models import Content
from lantern.matching.matcher import Matcher
from lantern.store.database import Database
from lantern.store.links import INSERT_LINKS, Link
from lantern.store.misses import INSERT_HELPFUL, INSERT_MISSES, KEEP_CORRECTIONS, Correction, Helpful, Miss
from lantern.store.questions import Question, Source, add_questions
from lantern.store.rows import as_parameter
from lantern.store.times import local_day, milliseconds
from lantern.store.weekly_totals import last_sunday, monday_of

NOTICE = "The questions in this preview's figures are invented: nobody asked them."
DAYS = 180
MEMBERS = 70
SEED = 20_260_101

SOURCES: tuple[tuple[Source, int], ...] = (("slash", 45), ("ask", 30), ("topics", 12), ("related", 10), ("read", 3))
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


async def fill(
    database: Database, content: Content, *, guild_id: int, channels: Sequence[int], until: datetime
) -> tuple[int, int]:
    """Write the invented half year up to ``until`` into ``database``, and return how many questions and misses it has.

    Raises :class:`lantern.store.database.DatabaseError`.
    """
    dice = random.Random(SEED)  # noqa: S311 - invented numbers, not secrets
    topics = list(content.topics())
    liked = [1 / (1 + place / 3) for place in range(len(topics))]
    rising = dice.randrange(len(topics) // 2, len(topics))
    last_week = monday_of(last_sunday(until.date()))
    questions: list[Question] = []
    helpful: list[Helpful] = []
    corrections: list[Correction] = []
    links: list[Link] = []
    number = 0
    for ago in range(DAYS, -1, -1):
        midnight = datetime.combine((until - timedelta(days=ago)).date(), time(), UTC)
        busy = 6 + 8 * (DAYS - ago) / DAYS + (5 if midnight.weekday() >= 5 else 0)
        weights = [
            weight
            * (6 if midnight.date() >= last_week and at == rising else 1)
            * (1.8 if at == 1 and 40 < ago < 60 else 1)
            for at, weight in enumerate(liked)
        ]
        if midnight.date() == last_week:
            # A topic that nobody asks for shows as such.
            liked[-1] = 0.0
        for _ in range(max(0, round(dice.gauss(busy, 3)))):
            moment = midnight + timedelta(seconds=dice.triangular(0, 86_399, 72_000))
            if moment >= until:
                continue
            number += 1
            at = milliseconds(moment)
            topic = dice.choices(topics, weights)[0]
            ((source, _),) = dice.choices(SOURCES, [weight for _, weight in SOURCES])
            origin = dice.choice(topic.related) if source == "related" and topic.related else None
            public = dice.random() < 0.12
            member = int(MEMBERS * dice.random() ** 1.6) + 1
            channel = dice.choice(channels)
            about: dict[str, Any] = {"guild_id": guild_id, "article": topic.article.command, "topic": topic.key}
            question = Question(
                **about,
                asked_at=at,
                day=local_day(moment),
                interaction_id=number,
                channel_id=channel,
                message_id=10**9 + number,
                source=source,
                from_topic=origin,
                public=public,
                public_at=at if public else None,
                public_message_id=2 * 10**9 + number if public else None,
                by_moderator=dice.random() < 0.06,
                locale=dice.choice(LOCALES),
                member_key=member,
            )
            questions.append(question)
            if source == "ask":
                said = dice.random()
                if said < 0.35:
                    helpful.append(Helpful(**about, helped_at=at, member_key=member))
                elif said < 0.45:
                    wanted = dice.choice(topics) if dice.random() < 0.7 else None
                    chosen = (wanted.article.command, wanted.key) if wanted and wanted != topic else (None, None)
                    about |= {"wanted_article": chosen[0], "wanted_topic": chosen[1]}
                    day = local_day(moment)
                    corrections.append(Correction(**about, id=number, day=day, came_from="ask"))
            elif dice.random() < 0.06:
                about |= {"channel_id": channel, "message_id": 3 * 10**9 + number}
                about |= {"member_key": None, "automatic": False, "notify": True, "whole": False}
                links.append(Link(**about, id=number, linked_at=at))
    misses = _misses(content, dice, guild_id, until)
    await database.change(add_questions, questions)
    await database.execute(INSERT_HELPFUL, as_parameter(helpful))
    await database.execute(KEEP_CORRECTIONS, as_parameter(corrections))
    await database.execute(INSERT_LINKS, as_parameter(links))
    await database.execute(INSERT_MISSES, as_parameter(misses))
    return len(questions), len(misses)


def _misses(content: Content, dice: random.Random, guild_id: int, until: datetime) -> list[Miss]:
    """Invented questions that this content really does not answer, with the topics that really are nearest."""
    matcher = Matcher(content)
    rows: list[Miss] = []
    for group, wordings in enumerate(UNANSWERED):
        for _ in range(max(1, 14 - 3 * group)):
            words = dice.choice(wordings)
            match = matcher.match(words)
            if match.outcome != "miss":
                continue
            near = [(each.topic.article.command, each.topic.key, round(each.score, 4)) for each in match.candidates[:3]]
            miss = Miss(
                id=4 * 10**9 + len(rows),
                day=local_day(until - timedelta(hours=dice.randrange(1, 85 * 24))),
                guild_id=guild_id,
                words=words,
                nearest=near,
                score=near[0][2] if near else 0.0,
                came_from="ask",
            )
            rows.append(miss)
    return rows
