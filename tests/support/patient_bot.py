"""``bot.py`` with no last second at its stop: what ends it is its own way out, on a slow machine, too."""

from __future__ import annotations

import sys

import bot
from lantern.runtime import running
from tests.discord.state import PATIENCE

if __name__ == "__main__":
    running.STOP_SECONDS = 2 * PATIENCE
    sys.exit(bot.main())
