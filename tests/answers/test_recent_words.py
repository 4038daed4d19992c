"""Words of questions, held in memory for a quarter of an hour."""

from __future__ import annotations

from lantern.answers.recent_words import HELD_FOR, RecentWords


def test_words_are_held_for_a_quarter_of_an_hour_and_taken_once() -> None:
    held = RecentWords(at_most=2)
    held.put(1, "one", 0)
    assert held.take(1, HELD_FOR - 1) == "one"
    assert held.take(1, HELD_FOR - 1) is None
    held.put(2, "two", 0)
    assert held.take(2, HELD_FOR) is None
    for number in (3, 4, 5):
        held.put(number, "x" * 9_000, number)
    assert len(held) == 2
    assert len(held.take(5, 6) or "") == 2_000
    held.forget_old(HELD_FOR - 2, every=10)
    assert len(held) == 0
