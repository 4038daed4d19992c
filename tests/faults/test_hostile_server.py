"""One server does its worst while another asks: presses, figures, long texts and key strokes, all at once."""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import statistics
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lantern.admin.guild_queue import AT_ONCE, BUSY
from lantern.content.models import Content
from lantern.figures import grouping
from lantern.figures.grouping import GapGrouping
from lantern.matching import slices
from lantern.matching.matcher import Matcher
from lantern.runtime.settings import Settings
from lantern.store.database import Database
from lantern.store.masking import KEPT_MAX, masked
from lantern.store.misses import INSERT_MISSES, Miss
from lantern.store.times import as_number
from lantern.store.weekly_totals import last_sunday
from tests.discord.doors import turns
from tests.discord.loopback import Loopback
from tests.discord.payloads import ADMINISTRATOR, Json, Person
from tests.discord.process import BotProcess
from tests.discord.state import PATIENCE, Asked
from tests.support.long_texts import long_texts
from tests.support.reliability import tried
from tests.support.rows import put_week
from tests.support.wire import Wired, answered, connected, private, said, settled

MISSES = 3_000
ROUNDS = 9
ASKS = 200
"""Of the other server, in each half of a round."""
EVERY = 0.02
"""Seconds between two of them, and between two things that the hostile one does, at the most."""
AT_MOST = 2.0
"""Times the quiet p99."""
IN_ONE_TURN = 60_000
"""Calls in one turn of the event loop: two steps of at most 25,000, some 3 ms each, may fall into one."""


class Hostile:
    """The members of one server, who never wait for an answer; each thing they do is the next of a list."""

    def __init__(self, server: Loopback, guild: Json, texts: list[str]) -> None:
        channel = int(guild["channels"][0]["id"])
        dice, panel = random.Random(1), server.post(channel, "the panel")

        def command(*names: str, **options: str) -> Callable[[], Awaitable[Asked]]:
            return lambda: server.slash(*names, options=options, channel=channel, person=ADMINISTRATOR)

        def press(custom_id: str, values: list[str] | None = None) -> Callable[[], Awaitable[Asked]]:
            return lambda: server.press(panel, custom_id, values, channel=channel, person=ADMINISTRATOR)

        async def long_question() -> Asked:
            return await command("ask", question=dice.choice(texts))()

        async def key_stroke() -> Asked:
            typed = dice.choice(texts)
            return await server.autocomplete(
                "ask", focused="question", typed=typed, channel=channel, person=ADMINISTRATOR
            )

        figures = [command("insights", name) for name in ("gaps", "top", "helped", "export")]
        presses = [press("in-gaps:most"), press("in-gaps:newest"), press("in-gap:newest", ["1"])]
        asks = [command("ask", question="is my twin flame the runner"), command("twinflame", "runner"), long_question]
        self.things = [*figures, *presses, *asks, key_stroke, key_stroke, key_stroke]
        self.asked: list[Asked] = []

    async def do(self, number: int) -> None:
        """So many things, as fast as they can be sent."""
        for thing in itertools.islice(itertools.cycle(self.things), number):
            self.asked.append(await thing())

    async def flood(self) -> None:
        """Things without end, eighty a second."""
        for thing in itertools.cycle(self.things):
            self.asked.append(await thing())
            await asyncio.sleep(0.0125)


def worst_misses(guild_id: int, matcher: Matcher, number: int) -> list[Miss]:
    """Misses as long as they are kept, of words that many others hold."""
    dice, known = random.Random(1), sorted(matcher._index.surface)
    day = as_number(last_sunday(datetime.now(UTC).date()))
    return [
        Miss(miss, day, guild_id, " ".join(dice.choices(known, k=70))[:KEPT_MAX], [], 0.0, "ask")
        for miss in range(1, number + 1)
    ]


def texts_of(matcher: Matcher) -> list[str]:
    return list(long_texts(sorted(matcher._care._words | set(matcher._index.surface))).values())


class Held(GapGrouping):
    """Groups nothing before it may, and counts how many are being grouped."""

    def __init__(self) -> None:
        super().__init__()
        self.may, self.started = asyncio.Event(), asyncio.Event()
        self.begun = self.now = self.most = 0

    async def _done(self, task: grouping.Task) -> Any:
        self.started.set()
        self.begun += 1
        self.now += 1
        self.most = max(self.most, self.now)
        await self.may.wait()
        self.now -= 1
        return grouping.done(task)


@pytest.mark.in_a_file
async def test_twelve_presses_are_one_piece_of_work_at_a_time_and_others_are_answered_meanwhile(
    settings: Settings, content: Content, matcher: Matcher
) -> None:
    async with Loopback(guilds=2) as server, connected(server, Wired(settings, content)) as bot:
        one, other = server.guilds.values()
        await put_week(bot.services.database, *server.guilds)
        bot.services.reports.grouping = held = Held()
        here, there = int(one["channels"][0]["id"]), int(other["channels"][0]["id"])
        pressed = [await server.slash("insights", "gaps", channel=here, person=ADMINISTRATOR) for _ in range(12)]

        def told() -> int:
            return sum(said(message) == BUSY for message in private(server))

        await server.until(lambda: told() == 12 - AT_ONCE)
        await asyncio.wait_for(held.started.wait(), PATIENCE)
        asked = await server.slash("ask", options={"question": "is my tf the runner"}, channel=there)
        await asked.answered()
        assert "## The runner" in answered(asked)
        figures = await server.slash("insights", "top", channel=there, person=ADMINISTRATOR)
        await server.until(lambda: "## " in answered(figures))
        held.may.set()
        await settled()

        assert (held.most, held.begun) == (1, AT_ONCE)
        assert sum("Every question found an answer." in answered(each) for each in pressed) == AT_ONCE
        tried(
            "The process",
            "one server asks twelve times at once for what is not covered",
            saw="four the list, one after another, the others a sentence; another server its answers, meanwhile",
            lost="nothing",
        )


@pytest.mark.in_a_file
async def test_no_turn_of_the_event_loop_is_long_while_one_server_does_its_worst(
    settings: Settings, content: Content, matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "SLICE", 0)
    async with Loopback(guilds=2) as server, connected(server, Wired(settings, content)) as bot:
        # Read once, at start.
        re.purge()  # which keeps some patterns, of all tests; a bot has room for its own
        masked("")
        one, other = server.guilds.values()
        await bot.services.database.change(INSERT_MISSES, worst_misses(int(one["id"]), matcher, 300))
        await put_week(bot.services.database, *server.guilds)
        hostile = Hostile(server, one, texts_of(matcher))
        await delays(server, other, 2)
        with turns(calls=True) as found:
            await hostile.do(2 * len(hostile.things))
            # In the time of all that, which goes on, the other server's members are answered.
            await delays(server, other, 2)
            await settled()

        assert found.most < IN_ONE_TURN
        assert all(each.first.done() for each in hostile.asked)


def p99(delays: list[float]) -> float:
    return statistics.quantiles(delays, n=100)[98]


@asynccontextmanager
async def flooding(hostile: Hostile) -> AsyncIterator[None]:
    task = asyncio.create_task(hostile.flood())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def delays(server: Loopback, guild: Json, number: int) -> list[float]:
    """How long the other server's members waited."""
    channel = int(guild["channels"][0]["id"])
    asked = []
    for at in range(number):
        person = Person(400_000_000_000_000_000 + at, f"member{at}")
        if at % 2:
            asked.append(await server.slash("twinflame", "runner", channel=channel, person=person))
        else:
            asked.append(
                await server.slash("ask", options={"question": "is my tf the runner"}, channel=channel, person=person)
            )
        await asyncio.sleep(EVERY)
    for each in asked:
        await each.answered()
    return [each.delay for each in asked]


@pytest.mark.soak
@pytest.mark.skipif(sys.platform != "linux", reason="processes are read from /proc")
async def test_whatever_one_server_does_others_wait_at_most_twice_as_long(
    tmp_path: Path, content: Content, matcher: Matcher
) -> None:
    async with Loopback(guilds=2) as server:
        one, other = server.guilds.values()
        process = await BotProcess.start(
            server,
            ["bot.py", "run"],
            environment={"LANTERN_DATABASE": str(tmp_path / "lantern.sqlite3")},
            log=tmp_path / "log",
        )
        try:
            await process.ready(server)
            beside = Database(tmp_path / "lantern.sqlite3")
            await beside.open()
            await beside.change(INSERT_MISSES, worst_misses(int(one["id"]), matcher, MISSES))
            await put_week(beside, *server.guilds)
            await beside.close()
            hostile = Hostile(server, one, texts_of(matcher))
            await delays(server, other, ASKS)
            times_as_long = []
            for _ in range(ROUNDS):
                # One after the other, so that what else this machine does is in both; and the middle one of all rounds.
                before = p99(await delays(server, other, ASKS))
                async with flooding(hostile):
                    meanwhile = p99(await delays(server, other, ASKS))
                times_as_long.append(meanwhile / before)
                for asked in hostile.asked:
                    await asked.answered()
            assert statistics.median(times_as_long) <= AT_MOST, times_as_long
            tried(
                "The process",
                "one server floods: figures, presses, the longest texts, key strokes, 80 a second",
                saw="another server's members: p99 at most twice that of quiet seconds before",
                lost="nothing",
            )
        finally:
            await process.kill()
