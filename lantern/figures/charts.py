"""What the pictures of the figures say, and the drawing of them in a process of its own.

:mod:`lantern.figures.wording` says what is in a picture, and :class:`Charts` has
:mod:`lantern.figures.drawing` draw it in a new process: Matplotlib's 40 MB never are the bot's, and a drawing that
hangs or dies costs a picture and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from typing import Any, NamedTuple

import orjson

from lantern import PROJECT

log = logging.getLogger(__name__)

DRAWING_SECONDS = 15.0
"""How long one picture may take; Matplotlib itself needs about one second, half of it to be imported."""
LOWER_PRIORITY = 5
"""Of the process that draws (nice): on a machine with one core members' answers go first. At 19, the lowest, a
machine busy with something else draws nothing within the time."""
NOT_FOR_DRAWING = ("DISCORD_", "LANTERN_", "PG")
"""How the names of variables begin that the process that draws does not get."""
PNG_LIMIT = 8_000_000
"""Bytes; a picture that is larger is not one of ours."""


class Bar(NamedTuple):
    """One line of a bar chart. ``before`` is None where there is no period before; ``says`` stands at its end."""

    label: str
    now: int
    before: int | None
    colour: int
    says: str = ""


class Bars(NamedTuple):
    """Horizontal bars, one under another, this period above the one before."""

    title: str
    subtitle: str
    bars: tuple[Bar, ...]
    now_label: str = "this period"
    before_label: str | None = None
    legend: tuple[tuple[str, int], ...] = ()
    """What colours mean, where there are several: a label and 0xRRGGBB."""
    footer: str = ""


class Trend(NamedTuple):
    """Asks over time. ``days`` are the first days of each column, YYYYMMDD; ``line`` has a value for each, or None."""

    title: str
    subtitle: str
    days: tuple[int, ...]
    values: tuple[int, ...]
    line: tuple[float | None, ...]
    colour: int
    column_label: str
    line_label: str
    marks: tuple[tuple[int, str], ...] = ()
    """Days that get a dashed line, with what it says."""
    footer: str = ""


Picture = Bars | Trend


class Charts:
    """Draws pictures, one at a time, each in a new process that may take so many ``seconds``."""

    def __init__(self, *, seconds: float = DRAWING_SECONDS) -> None:
        self._seconds = seconds
        self._one_at_a_time = asyncio.Lock()

    async def draw(self, picture: Picture) -> bytes | None:
        """The PNG, or None when it could not be drawn; the log then says why. Raises nothing but a cancellation."""
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(self._seconds):
                    return await self._in_a_process(to_json(picture))
            except TimeoutError:
                log.error("a picture was not drawn within %.0f s and is left out", self._seconds)
            except (OSError, ValueError) as error:
                log.error("a picture could not be drawn and is left out: %s", error)
        return None

    async def _in_a_process(self, picture: bytes) -> bytes:
        """Raises :class:`OSError` if it cannot be started, :class:`ValueError` if what comes is no picture."""
        process = await asyncio.create_subprocess_exec(
            *self.command(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=PROJECT,
            # Neither the token nor the way to the database is anything that drawing needs to know.
            env={name: value for name, value in os.environ.items() if not name.startswith(NOT_FOR_DRAWING)},
        )
        try:
            if sys.platform != "win32":
                with contextlib.suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, process.pid, LOWER_PRIORITY)
            png, complaint = await process.communicate(picture)
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
        if not png.startswith(b"\x89PNG") or len(png) > PNG_LIMIT:
            raise ValueError("what came is no picture, or too large a one")
        return png

    def command(self) -> list[str]:
        """What is started to draw."""
        return [sys.executable, "-m", "lantern.figures.drawing"]


def to_json(picture: Picture) -> bytes:
    """The picture as JSON, for the process that draws it."""
    return orjson.dumps(picture, default=lambda part: part._asdict())


def from_json(text: bytes) -> Picture:
    """The picture that was written as JSON. Raises :class:`ValueError` for anything else."""

    def tuples(value: Any) -> Any:
        return tuple(map(tuples, value)) if isinstance(value, list) else value

    try:
        read = {name: tuples(value) for name, value in orjson.loads(text).items()}
        if "bars" not in read:
            return Trend(**read)
        read["bars"] = tuple(Bar(**bar) for bar in read["bars"])
        return Bars(**read)
    except (AttributeError, TypeError) as error:
        raise ValueError(f"not a picture: {error}") from error
