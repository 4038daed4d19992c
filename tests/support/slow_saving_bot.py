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
    begun = False
    end_later, check_sound = running._end_later, backups.check_sound

    def once_more(is_saving: Callable[[], bool]) -> None:
        global begun
        if begun:
            time_is_up.set()
        begun = True
        end_later(is_saving)

    def check_slowly(path: Path) -> None:
        time_is_up.wait(PATIENCE)
        check_sound(path)

    running._end_later = once_more
    backups.check_sound = check_slowly
    sys.exit(bot.main())
