"""What the pictures of the figures say, and the drawing of them in a process of its own.

:mod:`lantern.figures.wording` says what is in a picture, and :class:`Charts` has
:mod:`lantern.figures.drawing` draw it in a new process: Matplotlib's 40 MB never are the bot's, and a drawing that
hangs or dies costs a picture and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any, NamedTuple

import orjson

from lantern.figures import processes
from lantern.languages.translation import current

log = logging.getLogger(__name__)

DRAWING_SECONDS = 15.0
"""How long one picture may take; Matplotlib itself needs about one second, half of it to be imported."""
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
        png = await processes.run(self.command(), picture)
        if not png.startswith(b"\x89PNG") or len(png) > PNG_LIMIT:
            raise ValueError("what came is no picture, or too large a one")
        return png

    def command(self) -> list[str]:
        """What is started to draw, with the language in use."""
        return [sys.executable, "-m", "lantern.figures.drawing", current()]


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
