"""Work given to a Python process of its own, so that the bot's memory stays as it was and nothing in it can hang."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Sequence

from lantern import PROJECT


async def output_of(command: Sequence[str], given: bytes = b"", *, environment: dict[str, str] | None = None) -> bytes:
    """Run ``command``, with ``given`` as its standard input, and return its standard output.

    When this is cancelled, by a time-out for instance, the process is killed.

    Raises
    ------
    OSError
        It could not be started.
    ValueError
        It ended with another status than 0; the text has the status and the last line of its complaint.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=PROJECT,
        # The token is nothing that such work needs to know.
        env={name: value for name, value in os.environ.items() if name != "DISCORD_TOKEN"} | (environment or {}),
    )
    try:
        output, complaint = await process.communicate(given)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            # Waited for, so that no zombie stays; a killed process ends at once.
            await asyncio.shield(process.wait())
    if process.returncode != 0:
        last = complaint.decode(errors="replace").strip().splitlines()[-1:]
        raise ValueError(f"the process ended with status {process.returncode} {' '.join(last)}".strip())
    return output
