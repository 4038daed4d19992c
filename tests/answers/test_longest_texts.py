"""No text holds the event loop, by whichever door it comes in; on the wire, counted in calls."""

from __future__ import annotations

import re

import pytest

from lantern.content.models import Content
from lantern.matching import slices
from lantern.runtime.settings import Settings
from lantern.store.guilds import all_zones
from lantern.store.masking import masked
from tests.discord.doors import DOORS, turns
from tests.discord.loopback import Loopback
from tests.support.long_texts import long_texts
from tests.support.wire import Wired, connected, settled

IN_ONE_TURN = 60_000
"""Calls, Python's and those of C, in one turn of the event loop: a step has 25,000 at most, some 3 ms, and on a busy
machine two may fall into one turn. Before steps were bounded there were ten times as many."""

WORST = (
    "misspelt words",
    "words run together",
    "almost signs of danger",
    "spaced letters",
    "at signs",
    "characters that become eighteen",
)
"""Of all texts, of which tests/matching/test_slices.py tries each, and `python -m bench.texts` each at every door."""


@pytest.mark.in_a_file
async def test_no_text_holds_the_event_loop_at_any_door(
    settings: Settings, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Reading is interrupted at each place where it may be: what is left is what cannot be.
    monkeypatch.setattr(slices, "SLICE", 0)
    async with Loopback() as server, connected(server, Wired(settings, content)) as bot:
        matcher = bot.services.editions.current.matcher
        # Made once, at start.
        re.purge()  # which keeps some patterns, of all tests; a bot has room for its own
        masked("")
        all_zones()
        held: dict[tuple[str, str], float] = {}
        texts = long_texts(sorted(matcher._care._words | set(matcher._indexes[0].surface)))
        for name in WORST:
            for door, enter in DOORS.items():
                with turns(calls=True) as found:
                    asked = await enter(server, texts[name])
                    await asked.answered()
                    await settled()
                held[door, name] = found.most

        assert not {where: count for where, count in held.items() if count > IN_ONE_TURN}
