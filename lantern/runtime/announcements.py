"""What another process changed, read again by this one: the database says what (`lantern.store.engine.Subject`)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from lantern.store.database import DatabaseError

log = logging.getLogger(__name__)


class Announcements:
    """Calls, for what is heard, what reads it again: ``readers`` by their subject, each with the key that it needs."""

    def __init__(self, readers: Mapping[str, Callable[[int], Awaitable[None]]]) -> None:
        self._readers = readers
        # In the order in which they came, each once however often it is said before it is read.
        self._heard: dict[tuple[str, int], None] = {}
        self._reading: asyncio.Task[None] | None = None

    def hear(self, subject: str, key: int) -> None:
        """Read this again, in the background. A subject of a newer Lantern, during an update, is left alone."""
        if subject in self._readers:
            self._heard[subject, key] = None
            self._start()

    async def again(self) -> None:
        """Read now what is left to read. Raises nothing."""
        if self._heard:
            await self._start()

    def _start(self) -> asyncio.Task[None]:
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        return self._reading

    async def _read(self) -> None:
        while self._heard:
            subject, key = next(iter(self._heard))
            del self._heard[subject, key]
            try:
                await self._readers[subject](key)
            except DatabaseError as error:
                log.warning("what another process changed could not be read (%s); it is tried again", error)
                self._heard.setdefault((subject, key))
                return
            except Exception:
                log.exception("what another process changed (%s) could not be read", subject)
