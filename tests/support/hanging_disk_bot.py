"""``bot.py`` whose disk does not answer when it wants to keep rows at the stop, as a network folder that is gone."""

from __future__ import annotations

import sys
import threading

import bot
from lantern.store.waiting_rows import WaitingRows


def hang(self: WaitingRows) -> None:
    """Wait for ever."""
    threading.Event().wait()


if __name__ == "__main__":
    WaitingRows.keep = hang  # type: ignore[method-assign]
    sys.exit(bot.main())
