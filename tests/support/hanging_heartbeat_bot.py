"""``bot.py`` whose heartbeat goes to a disk that does not answer, as a network folder whose server is gone."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import bot
from lantern.runtime import status as heartbeat_file
from lantern.runtime.status import Status


def never(path: Path, status: Status) -> None:
    """Write a heartbeat to such a disk: it lasts as long as the process."""
    threading.Event().wait()


if __name__ == "__main__":
    heartbeat_file.write = never
    sys.exit(bot.main())
