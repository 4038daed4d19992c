"""Members' words when they are shown again."""

from __future__ import annotations

from lantern.ui.safe_text import repeated


def test_two_hundred_characters_of_a_question_are_shown_back() -> None:
    assert repeated("x" * 200) == "x" * 200
    assert repeated("x" * 201) == "x" * 199 + "…"
