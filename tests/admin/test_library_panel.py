"""How far a library's run is, told to whoever waits for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from lantern.admin.library import Run, silent
from lantern.admin.library_panel import MAKING, Reporter
from lantern.ui.cards import text_of, walk

UNSEALED: Any = SimpleNamespace(sealed=lambda _interaction, card: card)
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


class Waiting:
    """An administrator's private answer, and what stood in it."""

    def __init__(self, kind: discord.InteractionType) -> None:
        self.type = kind
        self.shown: list[list[Any]] = []
        self.fails = False

    async def edit_original_response(self, *, view: Any) -> None:
        if self.fails:
            raise ConnectionResetError
        self.shown.append(view.components)

    @property
    def read(self) -> list[str]:
        return [text_of(components) for components in self.shown]


async def test_it_is_told_every_two_seconds_and_not_after_it_was_said_that_it_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting: Any = Waiting(discord.InteractionType.application_command)
    reporter, run = Reporter(waiting, MAKING, UNSEALED), Run(silent, total=30)
    clock = SimpleNamespace(now=BEGAN)
    monkeypatch.setattr(discord.utils, "utcnow", lambda: clock.now)
    for seconds in (0, 1.9, 2, 3.9, 4, 60):
        clock.now = BEGAN + timedelta(seconds=seconds)
        run.done += 1
        await reporter(run)

    assert waiting.read == [f"Making posts: {done} of 30." for done in (1, 3, 5, 6)]
    reporter.silent = True
    clock.now += timedelta(seconds=60)
    await reporter(run)
    assert len(waiting.shown) == 4


@pytest.mark.parametrize(
    ("kind", "buttons"),
    [
        (discord.InteractionType.application_command, []),
        (discord.InteractionType.component, [("Show the library", "lib-show"), ("All choices", "set")]),
    ],
)
async def test_at_the_end_a_press_leads_on_and_a_command_does_not(
    kind: discord.InteractionType, buttons: list[tuple[str, str]]
) -> None:
    waiting: Any = Waiting(kind)

    await Reporter(waiting, MAKING, UNSEALED).finish("Done.")

    assert waiting.read == ["Done."]
    shown = [(part["label"], part["custom_id"]) for part in walk(waiting.shown[0]) if part["type"] == 2]
    assert shown == buttons


async def test_an_administrator_who_cannot_be_told_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    waiting: Any = Waiting(discord.InteractionType.component)
    waiting.fails = True
    caplog.set_level("INFO")

    await Reporter(waiting, MAKING, UNSEALED).finish("Done.")

    assert "an administrator could not be told (ConnectionResetError)" in caplog.text
