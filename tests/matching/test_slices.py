"""No text, however long and however written, takes the event loop for itself; and danger is noticed in all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import process_time

import pytest

from lantern.answers.recent_words import WORDS_MAX
from lantern.matching import slices
from lantern.matching.care_signs import CareSigns
from lantern.matching.matcher import Matcher
from lantern.matching.slices import Slices, TooMuchToRead, Work, at_once
from lantern.matching.words import LONGEST_TEXT
from lantern.store.masking import masked
from lantern.ui.safe_text import excerpt, repeated
from tests.support.calls import Calls
from tests.support.long_texts import long_texts

IN_ONE_GO = 25_000
"""Calls, Python's and those of C, that reading a text may take in one go: some 3 ms. The most is a third of it."""
BETWEEN_TWO_PLACES = 2_500
"""Calls between two places where reading may be interrupted: some 0.3 ms."""


@pytest.fixture(scope="module")
def texts(matcher: Matcher) -> dict[str, str]:
    signs: CareSigns = matcher._care
    return long_texts(sorted(signs._words | set(matcher._indexes[0].surface)))


NAMES = list(long_texts(["kill", "myself"]))


@pytest.mark.parametrize("name", NAMES)
def test_looking_for_danger_can_be_interrupted_all_the_time(matcher: Matcher, texts: dict[str, str], name: str) -> None:
    work, most = matcher._care.looking(texts[name]), 0
    while True:
        with Calls() as calls:
            done = next(work, "done") == "done"
        most = max(most, calls.count)
        if done:
            break

    assert most < BETWEEN_TWO_PLACES


@pytest.mark.parametrize("name", NAMES)
def test_what_is_done_in_one_go_is_little(matcher: Matcher, texts: dict[str, str], name: str) -> None:
    def most(*steps: Callable[[str], object]) -> int:
        counts = []
        for step in steps:
            with Calls() as calls:
                step(texts[name])
            counts.append(calls.count)
        return max(counts)

    masked("hello")  # its rules are read once, at start
    assert most(matcher.ordinary, matcher.offered, masked, repeated, excerpt) < IN_ONE_GO


@pytest.mark.parametrize("name", NAMES)
def test_no_rule_takes_longer_than_in_proportion_to_the_text(
    matcher: Matcher, texts: dict[str, str], name: str
) -> None:
    """Inside a regular expression nothing can be counted. Quadratic would be sixteen times as long, linear is four."""

    def quickest(step: Callable[[str], object], text: str) -> float:
        def once() -> float:
            began = process_time()
            step(text)
            return process_time() - began

        return min(once() for _ in range(5))

    for step in (matcher.care, lambda text: masked(text[:1_000]), matcher.ordinary):
        whole = quickest(step, texts[name])
        quarter = quickest(step, texts[name][: len(texts[name]) // 4])
        assert whole < 12 * quarter + 0.005


@pytest.mark.parametrize("place", [0, 1, 2_000, 3_000, LONGEST_TEXT])
@pytest.mark.parametrize("around", ["why does he run ", "a", "न ", "k i l l "])
def test_danger_is_noticed_anywhere_in_the_longest_text(matcher: Matcher, place: int, around: str) -> None:
    sign = " i want to die "
    filled = (around * LONGEST_TEXT)[: LONGEST_TEXT - len(sign)]

    text = filled[:place] + sign + filled[place:]
    assert len(text) == LONGEST_TEXT > WORDS_MAX
    assert matcher.care(text) == "self_harm"
    assert matcher.match(text).outcome == "care"
    assert matcher.suggest(text).care_kind == "self_harm"


def test_danger_is_noticed_however_long_a_text_is(matcher: Matcher) -> None:
    assert matcher.care("why does he run " * 5_000 + "i want to die") == "self_harm"


# ---------------------------------------------------------------------- slices


def counting(steps: int, done: list[int]) -> Work[str]:
    for step in range(steps):
        done.append(step)
        yield
    return "whole"


@pytest.fixture
def shortest_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every place where work may be interrupted is one where it is."""
    monkeypatch.setattr(slices, "SLICE", 0)


def test_at_once_does_it_all() -> None:
    done: list[int] = []

    assert at_once(counting(5, done)) == "whole"
    assert done == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("shortest_slices")
async def test_between_two_slices_others_have_their_turn() -> None:
    done: list[int] = []
    turns: list[int] = []

    async def other() -> None:
        while len(done) < 50:
            turns.append(len(done))
            await asyncio.sleep(0)

    waiting = asyncio.create_task(other())
    assert await Slices().do(counting(50, done), of=1) == "whole"
    await waiting

    assert len(set(turns)) >= 49, "one turn after each slice"


@pytest.mark.usefixtures("shortest_slices")
async def test_of_many_long_texts_one_is_read_at_a_time_and_servers_take_turns() -> None:
    reading = Slices()
    done: dict[str, list[int]] = {name: [] for name in "abcdefgh"}
    ended: list[str] = []

    async def read(name: str, server: int) -> None:
        await reading.do(counting(50, done[name]), of=server)
        ended.append(name)

    async def watch() -> None:
        before = dict.fromkeys(done, 1)
        while len(ended) < len(done):
            now = {name: max(1, len(each)) for name, each in done.items()}
            assert sum(now[name] > before[name] for name in done) <= 1
            before = now
            await asyncio.sleep(0)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(read(name, 1) for name in "abcdefg"), read("h", 2))
    await watching

    assert ended[0] == "a"
    assert ended.index("h") <= 2, "the other server's waits for one or two"
    assert not reading._here
    assert not reading._of_server


@pytest.mark.usefixtures("shortest_slices")
async def test_of_one_server_so_many_long_texts_wait_and_no_more() -> None:
    reading = Slices()
    waiting = [asyncio.create_task(reading.do(counting(50, []), of=1)) for _ in range(slices.WAITING_MAX)]
    await asyncio.sleep(0)

    with pytest.raises(TooMuchToRead):
        await reading.do(counting(50, []), of=1)
    assert await reading.do(counting(50, []), of=2) == "whole"
    assert await asyncio.gather(*waiting) == ["whole"] * slices.WAITING_MAX
    assert await reading.do(counting(50, []), of=1) == "whole"


async def test_short_texts_never_wait() -> None:
    reading = Slices(pause=3_600)

    assert await reading.do(counting(1, []), of=1) == "whole"
