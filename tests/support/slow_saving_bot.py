"""``bot.py`` that saves a deleted file for longer than a whole stop may take, as on a slow disk."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import bot
from lantern.runtime import running
from lantern.store import backups
from tests.discord.state import PATIENCE

if __name__ == "__main__":
    time_is_up = threading.Event()
    end, check_sound = running._end, backups.check_sound

    def told_to_end(is_saving: Callable[[], bool]) -> None:
        end(is_saving)
        time_is_up.set()

    def check_slowly(path: Path) -> None:
        time_is_up.wait(PATIENCE)
        check_sound(path)

    running._end = told_to_end
    backups.check_sound = check_slowly
    sys.exit(bot.main())
