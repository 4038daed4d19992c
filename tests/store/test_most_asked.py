"""What each guild asks most: of days that are over, and from five different members on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from lantern.store.database import Database
from lantern.store.most_asked import RECENT_DAYS, MostAsked
from lantern.store.questions import Questions
from lantern.store.times import local_day
from tests.support.rows import NOON, question

TOPICS = [("twinflame", key) for key in ("runner", "chaser", "hope")]
RUNNER, CHASER, HOPE = TOPICS


@pytest.fixture
def most_asked(database: Database) -> MostAsked:
    return MostAsked(database)


class Asked:
    """Questions of guild 1, each of another number."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions
        self._number = 0

    def __call__(self, topic: str, members: range, *, at: datetime = NOON - timedelta(days=1), **changes: Any) -> None:
        for member in members:
            self._number += 1
            row = question(self._number, topic=topic, day=local_day(at), member_key=member)
            self._questions.record(row._replace(**changes))


@pytest.fixture
def asked(questions: Questions) -> Asked:
    return Asked(questions)


def test_where_nobody_asked_topics_are_in_their_order(most_asked: MostAsked) -> None:
    assert most_asked.first(1, TOPICS) == most_asked.first(None, TOPICS) == TOPICS


async def test_a_topic_counts_from_five_different_members_on(most_asked: MostAsked, asked: Asked) -> None:
    asked("chaser", range(4))
    asked("chaser", range(4))
    asked("hope", range(5))

    await most_asked.refresh(NOON)

    assert most_asked.first(1, TOPICS) == [HOPE, RUNNER, CHASER]
    assert most_asked.first(2, TOPICS) == most_asked.first(None, TOPICS) == TOPICS


async def test_one_question_more_moves_nothing(most_asked: MostAsked, asked: Asked) -> None:
    asked("chaser", range(7))
    asked("hope", range(8))
    await most_asked.refresh(NOON)
    assert most_asked.first(1, TOPICS) == [CHASER, HOPE, RUNNER], "five and some of each"

    asked("hope", range(8, 10))
    await most_asked.refresh(NOON)
    assert most_asked.first(1, TOPICS) == [HOPE, CHASER, RUNNER], "ten of one"


async def test_only_days_count_that_are_over_everywhere(most_asked: MostAsked, asked: Asked) -> None:
    asked("hope", range(9), at=NOON)
    asked("chaser", range(9), at=NOON - timedelta(days=RECENT_DAYS + 1))
    asked("runner", range(9), by_moderator=True)

    await most_asked.refresh(NOON)
    assert most_asked.first(1, TOPICS) == TOPICS
    # It is midnight in UTC, and still the day before in most of America.
    await most_asked.refresh(NOON + timedelta(hours=23))
    assert most_asked.first(1, TOPICS) == TOPICS

    await most_asked.refresh(NOON + timedelta(days=1))
    assert most_asked.first(1, TOPICS) == [HOPE, RUNNER, CHASER]


async def test_members_who_were_forgotten_count_as_nobody(
    most_asked: MostAsked, asked: Asked, database: Database
) -> None:
    asked("hope", range(5))
    await database.flush()
    await database.execute("UPDATE questions SET member_key = NULL WHERE member_key = 3")

    await most_asked.refresh(NOON)

    assert most_asked.first(1, TOPICS) == TOPICS


async def test_what_was_asked_outside_guilds_moves_nothing(most_asked: MostAsked, questions: Questions) -> None:
    for number in range(1, 40):
        questions.record(question(number, guild_id=None, topic="hope", day=20261101, member_key=number))

    await most_asked.refresh(NOON)

    assert most_asked.first(None, TOPICS) == most_asked.first(0, TOPICS) == TOPICS
