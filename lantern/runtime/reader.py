"""Settings and content, read and checked by a process of their own (`reading`).

The bot that runs for years holds neither a YAML parser nor pydantic, which are 12 MB, and its start does not wait for
them: it begins to read before it imports anything else, and asks what was read when that is done.

The two speak pickle, which is not safe to read from anybody else; it comes from this very program, through a pipe.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lantern import PROJECT

# Nothing is imported here that is not needed to begin.
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lantern.content.models import Content
    from lantern.content.problems import ContentError
    from lantern.runtime.settings import Settings

READING_SECONDS: Final = 60.0
"""How long it may take. Fourteen topics take a fifth of a second, most of which is for imports."""
# pydantic looks through every installed package for plug-ins otherwise.
ENVIRONMENT: Final = {"PYDANTIC_DISABLE_PLUGINS": "__all__"}


def begin() -> subprocess.Popen[bytes]:
    """Start to read the settings and the content that they name. Raises OSError if no process can be started."""
    return subprocess.Popen(  # noqa: S603 - this program
        _command(), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, cwd=PROJECT, env={**os.environ, **ENVIRONMENT}
    )


def finish(process: subprocess.Popen[bytes]) -> tuple[Settings, Content | ContentError]:
    """What the process that `begin` started has read: all checked but for what only `cards.fit` knows.

    Raises
    ------
    SettingsError
        The settings cannot be used, or the process could not tell.
    """
    import pickle

    from lantern.runtime.reading import Read
    from lantern.runtime.settings import SettingsError

    try:
        output, _ = process.communicate(timeout=READING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise SettingsError([f"Settings and content were not read within {READING_SECONDS:.0f} seconds."]) from None
    if process.returncode != 0:
        # What it complained of stands on standard error already.
        raise SettingsError([f"Settings and content could not be read: status {process.returncode}."])
    read: Read = pickle.loads(output)  # noqa: S301 - see the top of this file
    if isinstance(read.settings, SettingsError):
        raise read.settings
    assert read.content is not None
    return read.settings, read.content


async def content_of(folder: Path) -> Content:
    """The content of a folder.

    Raises
    ------
    ContentError
        It cannot be used; all problems are in it. One of the folder itself, where the process hung or broke.
    """
    import asyncio
    import pickle

    from lantern.content.problems import ContentError, Problem, clean

    try:
        async with asyncio.timeout(READING_SECONDS):
            output = await output_of(_command(str(folder)), environment=ENVIRONMENT)
        read: Content | ContentError = pickle.loads(output)  # noqa: S301 - see the top of this file
    except (OSError, ValueError, EOFError, pickle.UnpicklingError) as error:
        # A time-out is an OSError without words.
        why = clean(str(error)) or f"it took longer than {READING_SECONDS:.0f} seconds"
        raise ContentError([Problem(str(folder), None, "", f"The content could not be read ({why}).")]) from error
    if isinstance(read, ContentError):
        raise read
    return read


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "lantern.runtime.reading", *arguments]


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
    import asyncio
    import contextlib

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
