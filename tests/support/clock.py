"""This machine's clock, with hands that can be turned; a whole process has LOOPBACK_CLOCK (`tests.discord.launch`)."""

from __future__ import annotations

import datetime as real_datetime
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from discord.ext import tasks


class Clock:
    """The machine's clock, as discord.py and the bot read it; ``turned`` is how far it is ahead."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.turned = real_datetime.timedelta()
        clock = self

        class Turned(real_datetime.datetime):
            @classmethod
            def now(cls, tz: Any = None) -> Any:
                return real_datetime.datetime.now(tz) + clock.turned

        module = SimpleNamespace(**{name: getattr(real_datetime, name) for name in real_datetime.__all__})
        module.datetime = Turned
        monkeypatch.setattr(tasks, "datetime", module)
        monkeypatch.setattr(discord.utils, "datetime", module)
