"""Something done in a process of its own, which is sent a signal at one of its steps on the disk."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Callable

STEPS = frozenset(
    {"open", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.truncate", "shutil.copyfile"}
    | {"sqlite3.connect"}
)
"""Python's audit events for what changes files, or may."""


def ended_at(step: int, act: Callable[[], object], number: signal.Signals = signal.SIGKILL) -> bool:
    """Do it, and send its process a signal just before the step of that number; False where there were not so many."""
    child = os.fork()
    if child == 0:
        reached = False
        steps = itertools.count(1)

        def look(event: str, _arguments: tuple[object, ...]) -> None:
            nonlocal reached
            if event in STEPS and next(steps) == step:
                reached = True
                os.kill(os.getpid(), number)

        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.addaudithook(look)
        try:
            act()
        finally:
            os._exit(reached)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 1
