"""Members' words are read on the event loop as the matcher reads them, and never so that others wait."""

from __future__ import annotations

import threading

import pytest

from lantern.answers.edition import Edition, Editions
from lantern.answers.reading import TOO_MUCH, Reading
from lantern.content.models import Content
from lantern.matching import slices
from lantern.matching.matcher import Candidate, Matcher
from lantern.matching.meanings import Meanings
from tests.support.world import World, answer, read

LONG = "why does he run " * 300


@pytest.mark.parametrize("words", ["is my tf the runner", "i want to die", "", LONG, LONG + " i want to die"])
async def test_it_finds_what_the_matcher_finds(content: Content, matcher: Matcher, words: str) -> None:
    reading = Reading(Editions(Edition(content)))

    assert await reading.match(words, 1) == matcher.match(words)
    assert await reading.match(words, 1, strict=True) == matcher.match(words, strict=True)
    assert await reading.ordinary(words) == matcher.ordinary(words)
    assert await reading.suggest(words, None, 5) == matcher.suggest(words, 5)
    assert await reading.care(words, 1) == matcher.care(words)
    assert await reading.rank(words) == matcher.rank(words)


async def test_where_too_much_is_asked_at_once_members_are_told_and_key_strokes_offer_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "SLICE", 0)
    monkeypatch.setattr(slices, "WAITING_MAX", 0)

    asked = await world.maya.slash(world.general, "ask", question=LONG)
    assert asked.ephemeral
    assert TOO_MUCH in read(answer(asked))
    assert await world.maya.autocomplete(world.general, "ask", "question", LONG) == []
    assert await world.rows("SELECT * FROM misses") == []


class Known(Meanings):
    """Meanings that are made up: every text is near the last topic."""

    def __init__(self, topics: int) -> None:
        self.topics = topics
        self.allowances = [0.0] * topics

    def scores(self, text: str) -> list[float]:
        return [0.0] * (self.topics - 1) + [1.0]


@pytest.fixture
def edition(content: Content, monkeypatch: pytest.MonkeyPatch) -> Edition:
    """One that nobody else has: its matcher is changed."""
    monkeypatch.setattr("lantern.answers.edition.Matcher", Matcher)
    edition = Edition(content)
    edition.matcher.meanings = Known(sum(1 for _ in content.topics()))
    return edition


async def test_meanings_are_compared_in_a_thread_and_anew_where_the_content_changed_meanwhile(
    content: Content, edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    editions = Editions(edition)
    newer, used = Edition(content), []
    rank = Matcher.rank

    def noted(matcher: Matcher, words: str, *, by_words: bool = False) -> tuple[Candidate, ...]:
        used.append((matcher, threading.current_thread() is threading.main_thread()))
        editions.original = newer
        return rank(matcher, words, by_words=by_words)

    monkeypatch.setattr(Matcher, "rank", noted)
    assert await Reading(editions).rank("is my tf the runner")

    assert used == [(edition.matcher, False), (newer.matcher, True)], "without meanings words take no thread"


async def test_where_too_much_would_be_encoded_words_alone_are_compared(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Reading(Editions(edition))
    assert (await reading.ordinary("xyzzy")).outcome == "clear"
    monkeypatch.setattr("lantern.answers.reading.ENCODING_MAX", 0)
    assert (await reading.ordinary("xyzzy")).outcome == "miss"


async def test_no_key_stroke_is_encoded(edition: Edition) -> None:
    assert (await Reading(Editions(edition)).suggest("xyzzy", None, 5)).topics == ()
