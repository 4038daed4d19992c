"""Words of questions, held in memory for a quarter of an hour."""

from __future__ import annotations

from lantern.answers.recent_words import HELD_FOR, RecentWords

MEMBER, OTHER = 7, 8
"""Keys of members."""


def test_words_are_held_for_a_quarter_of_an_hour_and_taken_once() -> None:
    held = RecentWords(at_most=2)
    held.put(1, MEMBER, "one", 0)
    assert held.take(1, MEMBER, HELD_FOR - 1) == "one"
    assert held.take(1, MEMBER, HELD_FOR - 1) is None
    held.put(2, MEMBER, "two", 0)
    assert held.take(2, MEMBER, HELD_FOR) is None
    for number in (3, 4, 5):
        held.put(number, MEMBER, "x" * 9_000, number)
    assert len(held) == 2
    assert len(held.take(5, MEMBER, 6) or "") == 2_000
    held.forget_old(HELD_FOR - 2, every=10)
    assert len(held) == 0


def test_what_is_due_or_will_be_before_the_next_look_is_let_go() -> None:
    held = RecentWords()
    held.put(1, MEMBER, "one", 0)
    for now, every, left in ((HELD_FOR - 1, 0, 1), (HELD_FOR - 11, 10, 1), (HELD_FOR - 10, 10, 0)):
        held.forget_old(now, every=every)
        assert len(held) == left
    held.put(2, MEMBER, "two", 0)
    held.forget_old(HELD_FOR - 1)
    assert len(held) == 1
    held.forget_old(HELD_FOR)
    assert len(held) == 0


def test_of_too_many_the_oldest_go_and_words_put_again_are_the_newest() -> None:
    held = RecentWords(at_most=2)
    for ask_id in (1, 2, 1, 3):
        held.put(ask_id, MEMBER, f"words {ask_id}", 0)

    assert [held.take(ask_id, MEMBER, 0) for ask_id in (1, 2, 3)] == ["words 1", None, "words 3"]
    held.put(1, MEMBER, "one", 0)
    held.put(2, MEMBER, "two", 0)
    held.put(2, MEMBER, "two again", 0)
    assert (held.take(1, MEMBER, 0), held.take(2, MEMBER, 0)) == ("one", "two again"), (
        "what is put again takes nobody's place"
    )
    many = RecentWords()
    for ask_id in range(2_001):
        many.put(ask_id, MEMBER, "x", 0)
    assert len(many) == 2_000


def test_nobody_else_takes_a_members_words() -> None:
    held = RecentWords()
    held.put(1, MEMBER, "one", 0)

    assert held.take(1, OTHER, 0) is None
    assert held.take(1, MEMBER, 0) == "one"
