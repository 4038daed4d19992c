"""Members' words are read on the event loop as the matcher reads them, and never so that others wait."""

from __future__ import annotations

import threading

import pytest

from lantern.answers.edition import Edition, Editions
from lantern.answers.reading import TOO_MUCH, Reading
from lantern.content.models import Content
from lantern.matching import slices
from lantern.matching.matcher import Candidate, Matcher
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


async def test_meanings_are_compared_in_a_thread_and_anew_where_the_content_changed_meanwhile(
    content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    editions = Editions(Edition(content))
    newer, used = Edition(content), []
    rank = Matcher.rank

    def noted(matcher: Matcher, words: str) -> tuple[Candidate, ...]:
        used.append((matcher, threading.current_thread()))
        editions.current = newer
        return rank(matcher, words)

    monkeypatch.setattr("lantern.answers.edition.Matcher", Matcher)
    monkeypatch.setattr(Matcher, "semantic", True)
    monkeypatch.setattr(Matcher, "rank", noted)
    older = editions.current
    assert await Reading(editions).rank("is my tf the runner")

    assert [matcher for matcher, _ in used] == [older.matcher, newer.matcher]
    assert threading.main_thread() not in [thread for _, thread in used]
