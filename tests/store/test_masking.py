"""What is taken out of members' words before they are kept."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from lantern import PROJECT
from lantern.store.masking import READ_MAX, masked, one_line


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Is HE the Runner?", "is he the runner?"),
        ("ask <@123> or <@!4> or <@&5> in <#6>", "ask [mention] or [mention] or [mention] in [mention]"),
        ("why <:hug:42> <a:wave:43> <t:1767225600:R> </ask:7> <id:home> me", "why me"),
        ("mail me at maya.k@example.co.uk now", "mail me at [e-mail] now"),
        ("maya (at) example dot org now", "[e-mail] now"),
        ("maya at example.com please", "[e-mail] please"),
        ("see https://x.yz/a?b=c and www.example.com", "see [link] and [link]"),
        ("example.com or love.me/x but not love.me", "[link] or [link] but not love.me"),
        ("@maya and maya#1234 know", "[mention] and [mention] know"),
        ("call +44 (0) 7911 123456 today", "call [number] today"),
        ("born 12.05.1990", "born [number]"),
        ("id 12345 but 1111 and 1234", "id [number] but 1111 and 1234"),
        ("1 2 3 4 5 6 and 1 2 3 4 5 6 7", "1 2 3 4 5 6 and [number]"),
        ("ａ\u200bb\u202ec\nd", "abc d"),
        ("\U0001f494 ?!", ""),
        ("<@123> https://x.yz", ""),
        ("7", "7"),
        ("", ""),
    ],
)
def test_what_could_name_somebody_is_replaced(typed: str, kept: str) -> None:
    assert masked(typed) == kept


def test_five_hundred_characters_are_kept_and_cut_between_words() -> None:
    fits = "ab " * 166 + "cd"
    assert len(fits) == 500

    assert masked(fits) == fits
    assert masked(fits + "e") == "ab " * 165 + "ab…"
    assert masked("x" * 501) == "x" * 499 + "…"
    assert masked("a " + "x" * 499) == "a…"


def test_a_thousand_characters_are_read_and_nothing_is_cut_in_half() -> None:
    read = "ab" + " " * 989 + "12345 now"
    assert len(read) == READ_MAX

    assert masked(read) == "ab [number] now"
    assert masked("x" * 497 + " 1234567") == "x" * 497 + "…"
    # Of a telephone number that goes on beyond what is read, half would be kept.
    assert masked("why " + "https://x.yz/" + "a" * 970 + " so 12 34 56 78") == ""


@pytest.mark.parametrize("char", ["\ufdfa", "㌀"])
def test_characters_that_become_many_are_read_no_further_than_others(char: str) -> None:
    assert len(masked(char * 6_000)) <= 500


PHRASES = yaml.safe_load((PROJECT / "tests" / "data" / "masking.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("phrases", [PHRASES, PHRASES["kept_aside"]], ids=["known", "kept aside"])
def test_what_gives_somebody_away_is_masked_and_ordinary_questions_stay(phrases: dict[str, Any]) -> None:
    left = [
        one["text"]
        for one in phrases["identifying"]
        if any(gone.lower() in masked(one["text"]) for gone in one["gone"])
    ]
    changed = [text for text in phrases["ordinary"] if masked(text) != text.lower()]

    assert (left, changed) == ([], [])


def test_a_line_has_single_spaces_and_nothing_that_is_not_seen() -> None:
    assert one_line(" a\t b\r\n c\x07\u200f\ue000\ud800 ") == "a b c"
