"""Members' words when they are shown again."""

from __future__ import annotations

import pytest

from lantern.ui.safe_text import excerpt, plain, repeated, shortened


def test_two_hundred_characters_of_a_question_are_shown_back() -> None:
    assert repeated("x" * 200) == "x" * 200
    assert repeated("x" * 201) == "x" * 199 + "…"


@pytest.mark.parametrize(("limit", "says"), [(7, "one two"), (6, "one t…"), (5, "one…"), (1, "…")])
def test_what_is_too_long_ends_in_an_ellipsis_within_the_limit(limit: int, says: str) -> None:
    assert shortened("one two", limit) == says


def test_words_shown_back_are_one_line_that_means_nothing_to_discord() -> None:
    assert repeated("a\n b\t*c*") == "a b \\*c\\*"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("**bold** _and_ `code`", r"\*\*bold\*\* \_and\_ \`code\`"),
        ("https://example.com/a_b_c", r"https://example.com/a\_b\_c"),
        ("@everyone <@123456789012345678>", "@\u200beveryone <@\u200b123456789012345678>"),
        ("one\n\n two\tthree\x07", "one two three"),
        ("a\u202eb\u2066c", "abc"),
        ("x" * 100, "x" * 100),
        ("x" * 99 + " " + "y" * 9, "x" * 99 + "…"),
    ],
)
def test_the_beginning_of_a_message_is_plain_on_one_line(text: str, says: str) -> None:
    assert excerpt(text) == says


def test_titles_of_editors_mean_nothing_to_discord() -> None:
    assert plain("*a* <#1> @here") == "\\*a\\* \\<#1> @\u200bhere"
