"""Meanings for the edition in use, made in the background: the bot answers by words until they are there."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from time import perf_counter

from lantern.answers.edition import Editions
from lantern.matching import encoders
from lantern.matching.encoders import NoEncoder
from lantern.matching.matcher import Matcher
from lantern.matching.vectors import StoredVectors

log = logging.getLogger(__name__)


class MeaningLoader:
    """Loads the encoder once, and makes the meanings of each edition. ``path`` is where vectors are kept."""

    def __init__(self, editions: Editions, path: Path) -> None:
        self._editions = editions
        self.path = path
        self._vectors: StoredVectors | None = None
        self.task: asyncio.Task[None] | None = None
        self._wanted = False
        self._impossible = False

    def start(self) -> None:
        """Make meanings from now on. Called once the bot answers, and again with each new session."""
        self._wanted = not self._impossible
        self.follow()

    def follow(self) -> None:
        """The edition in use may be another one now; nothing before :meth:`start`."""
        if self._wanted and (self.task is None or self.task.done()):
            self.task = asyncio.create_task(self._load())

    def stop(self) -> None:
        """No more of it: what is under way ends with the line that it is at."""
        self._wanted = False
        if self._vectors is not None:
            self._vectors.stopped = True
        if self.task is not None:
            self.task.cancel()

    async def _load(self) -> None:
        # Another edition may come into use meanwhile; the one that has its meanings is asked for last.
        while (edition := self._editions.original).matcher.meanings is None:
            began = perf_counter()
            try:
                await asyncio.to_thread(self._teach, edition.matcher)
            except NoEncoder as error:
                self._wanted, self._impossible = False, True
                log.info("%s", error)
                return
            except Exception:
                log.exception("the meanings of the content could not be made; questions are matched by their words")
                return
            log.info("questions are matched by meaning, too, after %.1f s", perf_counter() - began)

    def _teach(self, matcher: Matcher) -> None:
        if self._vectors is None:
            self._vectors = StoredVectors(encoders.load(), self.path)
        matcher.learn(self._vectors)
