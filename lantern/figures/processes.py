"""Work in a process of its own: what takes long or much memory is then not the bot's, nor is what hangs or dies.

A thread would not do: while it computes, Python lets the event loop have its turn only now and then.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Sequence

from lantern import PROJECT

LOWER_PRIORITY = 5
"""Of such a process (nice): on a machine with one core members' answers go first. At 19, the lowest, a machine busy
with something else does nothing within the time."""

NOT_FOR_IT = ("DISCORD_", "LANTERN_", "PG")
"""How the names of variables begin that such a process does not get."""


async def run(command: Sequence[str], given: bytes) -> bytes:
    """What ``command`` writes when it is ``given`` this on its standard input. Killed where the caller waits no longer.

    Raises :class:`OSError` if it cannot be started, :class:`ValueError` if it fails.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=PROJECT,
        # Neither the token nor the way to the database is anything that it needs to know.
        env={name: value for name, value in os.environ.items() if not name.startswith(NOT_FOR_IT)},
    )
    try:
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, process.pid, LOWER_PRIORITY)
        result, complaint = await process.communicate(given)
    finally:
        # Reached by the time-out, too.
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            # Waited for, so that no zombie stays; a killed process ends at once.
            await asyncio.shield(process.wait())
    if process.returncode != 0:
        last = complaint.decode(errors="replace").strip().splitlines()[-1:]
        raise ValueError(f"the process ended with status {process.returncode} {' '.join(last)}".strip())
    return result
