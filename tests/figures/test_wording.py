"""The words that the cards and the terminal share."""

from __future__ import annotations

import pytest

from lantern.content.models import Content
from lantern.figures.insights import Helped, ToReview
from lantern.figures.wording import Wording, change_in_words
from tests.support.asks import TODAY


@pytest.mark.parametrize(
    ("now", "before", "words"), [(5, 3, "2 more"), (3, 5, "2 fewer"), (4, 4, "as many"), (4, None, "")]
)
def test_the_change_is_said_in_words(now: int, before: int | None, words: str) -> None:
    assert change_in_words(now, before) == words


@pytest.mark.parametrize(
    ("days", "says"), [(-1, "today"), (0, "today"), (1, "yesterday"), (2, "2 days ago"), (1_200, "1,200 days ago")]
)
def test_a_topic_to_review_says_when_it_was_reviewed_last(days: int, says: str, content: Content) -> None:
    helped = Helped("twinflame", "runner", 5, helpful=1, not_asked=2, links=0, reads=0, rows=5, again=0)

    line = Wording(content).review(ToReview(helped, TODAY, days, 1.0))

    assert line == f"- **The runner**: 5 asks, reviewed {says}, helpful 1 against 2"
