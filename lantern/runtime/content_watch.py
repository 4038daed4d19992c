"""Editors change content while the bot runs: look, check, and swap only if all is well."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import discord

from lantern.answers import edition
from lantern.answers.edition import Editions
from lantern.content.models import Content, content_files
from lantern.content.problems import ContentError, Problem, clean
from lantern.runtime.notices import Notices

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=3)
"""How often the folder is looked at."""
SHOWN = 10
"""Problems in one message to the owner; the log has all."""

Signature = tuple[tuple[str, int, int, int], ...] | str


def signature(folder: Path) -> Signature:
    """What changes when a file in the folder is written, replaced, added or removed; text where it cannot be read."""
    try:
        return tuple(
            (str(path), found.st_mtime_ns, found.st_size, found.st_ino)
            for path in content_files(folder)
            for found in [path.stat()]
        )
    except OSError as error:
        return str(error)


def _problems(folder: Path, error: Exception) -> tuple[Problem, ...]:
    if isinstance(error, ContentError):
        return error.problems
    log.error("the content could not be read", exc_info=error)
    return (Problem(clean(str(folder)), None, "", f"The content could not be read ({type(error).__name__})."),)


class ContentWatch:
    """Looks after the content folder.

    ``use`` takes over content that is new and sound; ``refused`` is told of the problems of content that is not, once
    for each change.
    """

    def __init__(
        self,
        folder: Path,
        editions: Editions,
        notices: Notices,
        *,
        use: Callable[[Content], Awaitable[None]],
        refused: Callable[[tuple[Problem, ...]], None],
    ) -> None:
        self._folder = folder
        self._editions = editions
        self._notices = notices
        self._use = use
        self._refused = refused
        # Made right after the content was read, so that what is written while the bot connects is seen.
        self._seen: Signature = signature(folder)
        self.problems: tuple[Problem, ...] = ()
        """Why the newest content is not in use; empty when it is."""
        self.since = discord.utils.utcnow()
        """Since when the content that is in use is."""

    def look_anew(self) -> None:
        """What is in use is not what the folder holds."""
        self._seen = ""

    async def is_as_seen(self) -> bool:
        """Whether the folder is as it was when it was read last."""
        return await asyncio.to_thread(signature, self._folder) == self._seen

    async def look(self) -> None:
        """Load what changed since the last look. Called every :data:`EVERY`."""
        now = await asyncio.to_thread(signature, self._folder)
        if now == self._seen:
            await self._tell()
            return
        await self._load(now, edition.load)

    async def add_translations(self) -> None:
        """Load the translations that the content in use was read without, or all, if anything changed since."""
        now = await asyncio.to_thread(signature, self._folder)
        add = partial(edition.load_translations, content=self._editions.original.content)
        await self._load(now, add if now == self._seen else edition.load)

    async def _load(self, now: Signature, load: Callable[[Path], Content]) -> None:
        try:
            # In a thread, so that members are answered meanwhile, however long the disk takes.
            content = await asyncio.to_thread(load, self._folder)
        except Exception as error:
            if await asyncio.to_thread(signature, self._folder) == now:
                self._seen = now
                await self._refuse(_problems(self._folder, error))
            return
        if await asyncio.to_thread(signature, self._folder) != now:
            # Somebody is still saving. The next look takes all of it.
            return
        self._seen = now
        await self.take(content)

    async def _refuse(self, problems: tuple[Problem, ...]) -> None:
        if problems == self.problems:
            return
        self.problems = problems
        # Without translations it is a start, and there may be no other.
        whole = self._editions.original.content.translations is not None
        then = ", the last good one stays in use" if whole else ""
        for problem in problems:
            log.error("content not taken%s: %s", then, problem)
        self._refused(problems)
        await self._tell()

    async def _tell(self) -> None:
        """Every few seconds: `notices` sees to it that the owner gets one message a day."""
        if not self.problems:
            await self._notices.over("content", "The content is accepted again, and members see it.")
            return
        shown = [discord.utils.escape_markdown(str(problem)) for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            shown.append(f"… and {len(self.problems) - SHOWN} more")
        await self._notices.tell(
            "content", "\n".join(["A change to the content was refused. Members see what was there before.", *shown])
        )

    async def take(self, content: Content) -> None:
        """Answer from content that is sound and the newest, from now on."""
        await self.go_back(content)
        self.problems = ()
        await self._tell()

    async def go_back(self, content: Content) -> None:
        """Answer from content that is sound, though the newest may not be."""
        if content.digest != self._editions.original.content.digest:
            await self._use(content)
            self.since = discord.utils.utcnow()
            topics = sum(1 for _ in content.topics())
            log.info(
                "new content is in use: %d articles, %d topics, in %d languages",
                len(content.articles),
                topics,
                1 + len(content.translations or ()),
            )
            for problem in content.left_out:
                log.warning("left out: %s", problem)
