"""Link cards: what they repeat of a message, and how long their custom ids are."""

from __future__ import annotations

import pytest

from lantern.answers.link_cards import LINK, READ
from lantern.ui.custom_ids import custom_id
from lantern.ui.safe_text import excerpt


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("plain", "plain"),
        ("a" * 100, "a" * 100),
        ("a" * 101, "a" * 100 + "…"),
        ("# big\n- list\n> quote", r"\# big - list > quote"),
        ("||hidden|| `code` [text](https://x.example)", r"\|\|hidden\|\| \`code\` \[text](https://x.example)"),
        ("turned \u202e round\u2066 \x00\x07", "turned round"),
        ("", ""),
    ],
)
def test_words_are_repeated_as_plain_text_on_one_line(words: str, shown: str) -> None:
    assert excerpt(words) == shown


def test_the_longest_names_fit_into_a_custom_id() -> None:
    longest = 2**64 - 1

    for name, *rest in ((LINK, longest, 3), (READ, 2**63 - 1), (LINK, longest, 1)):
        assert len(custom_id(name, "a" * 32, "b" * 32, *rest)) <= 100
