"""What each guild asks most: from the daily totals, and at once."""

from __future__ import annotations

import pytest

from lantern.store.database import Database
from lantern.store.most_asked import MostAsked
from lantern.store.questions import Questions
from tests.support.rows import question

TOPICS = [("twinflame", key) for key in ("runner", "chaser", "hope")]
RUNNER, CHASER, HOPE = TOPICS


@pytest.fixture
def most_asked(database: Database) -> MostAsked:
    return MostAsked(database)


def test_where_nobody_asked_topics_are_in_their_order(most_asked: MostAsked) -> None:
    assert most_asked.first(1, TOPICS) == most_asked.first(None, TOPICS) == TOPICS


def test_what_is_asked_counts_at_once_in_its_own_guild_or_outside_of_all(most_asked: MostAsked) -> None:
    most_asked.asked(1, *HOPE)
    most_asked.asked(None, *CHASER)
    most_asked.asked(1, *CHASER)
    most_asked.asked(1, *HOPE)

    assert most_asked.first(1, TOPICS) == [HOPE, CHASER, RUNNER]
    assert most_asked.first(None, TOPICS) == most_asked.first(0, TOPICS) == [CHASER, RUNNER, HOPE]
    assert most_asked.first(2, TOPICS) == TOPICS


async def test_members_asks_since_a_day_are_read_and_take_the_place_of_those_known(
    most_asked: MostAsked, questions: Questions
) -> None:
    most_asked.asked(1, *CHASER)
    for number, (topic, day, moderator) in enumerate(
        [("hope", 20260101, False), ("runner", 20251231, False), ("chaser", 20260102, True)]
    ):
        questions.record(question(number, topic=topic, day=day, by_moderator=moderator))

    await most_asked.refresh(20260101)
    assert most_asked.first(1, TOPICS) == [HOPE, RUNNER, CHASER]

    most_asked.asked(1, *RUNNER)
    most_asked.asked(1, *RUNNER)
    assert most_asked.first(1, TOPICS) == [RUNNER, HOPE, CHASER]
