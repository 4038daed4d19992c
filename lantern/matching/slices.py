"""Long work on the event loop in slices, so that nobody waits for somebody else's long text.

Work is a generator that yields wherever it may be interrupted, often enough that what lies between two of those places
is far less than a millisecond. An ordinary question is done within its first slice.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Generator
from time import perf_counter
from typing import Final, TypeVar

T = TypeVar("T")
Work = Generator[None, None, T]

SLICE: Final = 0.0002
"""Seconds after which work is interrupted at the next place where it may be."""
FIRST: Final = 5
"""So many slices the first one lasts: an ordinary question is done in it, and need not wait for others' long texts."""
WAITING_MAX: Final = 8
"""Long texts of one server that are read or wait for that; Discord waits for an answer no longer than they would."""


class TooMuchToRead(Exception):
    """One server has sent more long texts than are read at once."""


def at_once(work: Work[T]) -> T:
    """Do the work in one go and return what comes of it: for the terminal and for tests."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]


class Slices:
    """Does work on one event loop: of many long texts one at a time, and servers in turn.

    ``pause`` is how many seconds lie between two slices. It is zero where the clock moves only when it is told to.
    """

    def __init__(self, *, pause: float = 0.0) -> None:
        self.pause = pause
        self._here: Counter[int] = Counter()
        self._of_server: dict[int, asyncio.Lock] = {}
        self._of_all = asyncio.Lock()

    async def do(self, work: Work[T], *, of: int) -> T:
        """Do the work ``of`` a server, and return what comes of it. Raises :class:`TooMuchToRead`."""
        result: list[T] = []
        if _done(work, result, FIRST):
            return result[0]
        if self._here[of] >= WAITING_MAX:
            raise TooMuchToRead
        self._here[of] += 1
        try:
            async with self._of_server.setdefault(of, asyncio.Lock()), self._of_all:
                while True:
                    await asyncio.sleep(self.pause)
                    if _done(work, result):
                        return result[0]
        finally:
            self._here[of] -= 1
            if not self._here[of]:
                del self._here[of], self._of_server[of]


def _done(work: Work[T], result: list[T], slices: int = 1) -> bool:
    """So many slices; whether that was all, after which ``result`` holds what comes of the work."""
    until = perf_counter() + slices * SLICE
    try:
        next(work)
        while perf_counter() < until:
            next(work)
    except StopIteration as done:
        result.append(done.value)
        return True
    return False
