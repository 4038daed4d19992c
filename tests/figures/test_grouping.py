"""Gaps are grouped in another process, in a time that no words can stretch."""

from __future__ import annotations

import asyncio
import pickle
import random
import string
import sys
from collections.abc import Callable

import pytest

from lantern.content.models import Content
from lantern.figures import gaps, processes
from lantern.figures.gaps import Grouping, Miss
from lantern.figures.grouping import GapGrouping, NotGrouped
from lantern.figures.insights import Period
from lantern.matching.matcher import Matcher
from lantern.store.masking import KEPT_MAX
from tests.support.asks import LAST, Ask, Log
from tests.support.calls import Calls

NEAR = (("twinflame", "mission", 0.05),)


async def test_what_another_process_finds_is_what_is_there(log: Log) -> None:
    for words in ("kundalini awakening hurts", "my kundalini awakening", "which crystal helps"):
        await log.miss(words, NEAR, ago=5)
    await log.ask(Ask("runner", ago=5))
    for _ in range(6):
        await log.correct("runner", "chaser", ago=5)
    period = Period.until(LAST, 13)
    found = await gaps.fetch(await log.insights(), period)
    assert found.corrections
    elsewhere = GapGrouping(seconds=600)

    grouped = await elsewhere.group(log.content, period, found)
    assert grouped == gaps.gaps_of(log.content, period, found)
    gap = max(grouped.gaps, key=lambda each: each.times)
    remedy, own = await elsewhere.remedy(log.content, gap), Grouping(log.content).remedy(log.content, gap)
    assert remedy is not None
    assert own is not None
    assert (remedy.keywords, remedy.found, remedy.tried, remedy.yaml) == (own.keywords, own.found, 2, own.yaml)


class Broken(GapGrouping):
    """Starts something else."""

    def __init__(self, code: str, seconds: float = 600) -> None:
        super().__init__(seconds=seconds)
        self.code = code

    def command(self) -> list[str]:
        return [sys.executable, "-c", self.code]


@pytest.mark.parametrize(
    ("code", "seconds", "why"),
    [
        ("raise SystemExit('no more memory')", 600, "status 1 no more memory"),
        ("print('not pickled')", 600, "gaps could not be grouped"),
        ("pass", 600, "gaps could not be grouped"),
        ("import sys; sys.stdin.read(); import threading; threading.Event().wait()", 0.5, "not grouped within"),
    ],
)
async def test_what_cannot_be_grouped_is_said_in_the_log(
    content: Content, code: str, seconds: float, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(NotGrouped):
        await Broken(code, seconds).remedy(content, gaps.Gap((Miss(1, LAST, "zebra", NEAR),), NEAR[0][:2]))
    assert why in caplog.text


async def test_one_is_grouped_at_a_time(content: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    working = most = 0

    async def run(_command: list[str], _given: bytes) -> bytes:
        nonlocal working, most
        working += 1
        most = max(most, working)
        await asyncio.sleep(0)
        working -= 1
        return pickle.dumps(None)

    monkeypatch.setattr(processes, "run", run)
    elsewhere = GapGrouping(seconds=600)
    gap = gaps.Gap((Miss(1, LAST, "zebra", NEAR),), NEAR[0][:2])
    await asyncio.gather(*(elsewhere.remedy(content, gap) for _ in range(5)))

    assert most == 1


# ---------------------------------------------------------------------- however the words are


def word(dice: random.Random) -> str:
    return "".join(dice.choices(string.ascii_lowercase, k=5))


def adversaries(known: list[str]) -> dict[str, Callable[[random.Random], str]]:
    """What members could have typed so that grouping takes long."""
    dice = random.Random(7)
    few, many = [word(dice) for _ in range(60)], [word(dice) for _ in range(400)]
    return {
        "the same words": lambda _: "zebra crossing the night",
        "other words each time": lambda dice: " ".join(word(dice) for _ in range(3)),
        "long, other words each time": lambda dice: " ".join(word(dice) for _ in range(83)),
        "long, of the content's words": lambda dice: " ".join(dice.choices(known, k=70))[:KEPT_MAX],
        "six of sixty words": lambda dice: " ".join(dice.choices(few, k=6)),
        "twelve of four hundred words": lambda dice: " ".join(dice.choices(many, k=12)),
        "eighty of four hundred words": lambda dice: " ".join(dice.choices(many, k=83)),
        "numbers": lambda dice: " ".join(str(dice.randrange(9_999)) for _ in range(100))[:KEPT_MAX],
    }


@pytest.mark.parametrize("kind", list(adversaries(["runner"])))
def test_a_miss_takes_no_longer_where_there_are_more_of_them(content: Content, matcher: Matcher, kind: str) -> None:
    """Counted in calls, of which there were as many as pairs of misses: 75 s for 3,000 of the worst."""
    dice, make = random.Random(1), adversaries(sorted(matcher._indexes[0].surface))[kind]
    asked = [Miss(number, LAST, make(dice), NEAR) for number in range(1, 801)]
    group = Grouping(content)

    def calls(number: int) -> int:
        with Calls() as counted:
            group.group(asked[:number])
        return counted.count

    few, many = calls(400), calls(800)
    assert many < 2.6 * few
    assert many / 800 < 900, "3,000 of them take some two seconds at the very most"


def test_keywords_are_made_of_the_newest_two_hundred(content: Content) -> None:
    asked = tuple(Miss(number, LAST, "zebra crossing", NEAR) for number in range(1, 3_001))

    with Calls() as counted:
        remedy = Grouping(content).remedy(content, gaps.Gap(asked, ("twinflame", "mission")))

    assert remedy is not None
    assert (remedy.found, remedy.tried) == (200, 200)
    assert counted.count < 1_200_000, "nearly all of it is making two matchers"
