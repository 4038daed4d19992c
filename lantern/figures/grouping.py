"""Groups what is not covered in a process of its own, see :mod:`lantern.figures.gaps` for how.

``python -m lantern.figures.grouping de`` reads what is to be done from its standard input and writes what came of it,
both pickled, with words in the language that it names: at either end is this program, and nobody else's words are ever
unpickled.
"""

from __future__ import annotations

import asyncio
import copyreg
import logging
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from types import MappingProxyType
from typing import Any, Literal

from lantern.content.models import Content
from lantern.figures import processes
from lantern.figures.gaps import Found, Gap, Gaps, Grouping, Remedy, gaps_of
from lantern.figures.insights import Period
from lantern.languages.translation import current, speaking
from lantern.matching import encoders
from lantern.matching.encoders import NoEncoder

log = logging.getLogger(__name__)

GROUPING_SECONDS = 20.0
"""How long it may take. The most it needs is bounded by what is read, some 1.5 s on the machine of docs/cost.md and 5 s
more where meanings are compared."""

Task = tuple[Literal["group"], bool, Content, Period, Found] | tuple[Literal["remedy"], bool, Content, Gap]
"""What is to be done, whether meanings are compared, and of what."""


def _read_only(table: dict[str, str]) -> MappingProxyType[str, str]:
    return MappingProxyType(table)


copyreg.pickle(MappingProxyType, lambda table: (_read_only, (dict(table),)))


class NotGrouped(Exception):
    """It could not be done; the log says why."""


class GapGrouping:
    """Does it, one at a time. ``by_meaning`` tells whether meanings are compared just now."""

    def __init__(self, *, seconds: float = GROUPING_SECONDS, by_meaning: Callable[[], bool] = lambda: False) -> None:
        self._by_meaning = by_meaning
        self._seconds = seconds
        self._one_at_a_time = asyncio.Lock()

    async def group(self, content: Content, period: Period, found: Found) -> Gaps:
        """As :func:`gaps_of`. Raises :class:`NotGrouped`."""
        gaps: Gaps = await self._done(("group", self._by_meaning(), content, period, found))
        return gaps

    async def remedy(self, content: Content, gap: Gap) -> Remedy | None:
        """As :meth:`Grouping.remedy`. Raises :class:`NotGrouped`."""
        remedy: Remedy | None = await self._done(("remedy", self._by_meaning(), content, gap))
        return remedy

    async def _done(self, task: Task) -> Any:
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(self._seconds):
                    # In threads: of thousands of misses it takes some milliseconds.
                    given = await asyncio.to_thread(pickle.dumps, task)
                    result = await processes.run(self.command(), given)
                    return await asyncio.to_thread(pickle.loads, result)
            except TimeoutError as error:
                log.error("gaps were not grouped within %.0f s", self._seconds)
                raise NotGrouped from error
            except (OSError, ValueError, pickle.PickleError, EOFError) as error:
                log.error("gaps could not be grouped: %s", error)
                raise NotGrouped from error

    def command(self) -> list[str]:
        """What is started, with the language in use."""
        return [sys.executable, "-m", "lantern.figures.grouping", current()]


def done(task: Task) -> Gaps | Remedy | None:
    """What comes of a task."""
    encoder = None
    if task[1]:
        with suppress(NoEncoder):
            encoder = encoders.load()
    if task[0] == "group":
        return gaps_of(*task[2:], encoder)
    _, _, content, gap = task
    return Grouping(content, encoder).remedy(content, gap)


if __name__ == "__main__":
    with speaking(sys.argv[1]):
        sys.stdout.buffer.write(pickle.dumps(done(pickle.load(sys.stdin.buffer))))  # noqa: S301 - written by `_done`
