"""One process's content for all: it gives what is in its folder and sound, and the others take that.

The setting ``share_content`` says what a process does. What was given last stays in the database, so that the others
can start while the giving process is away, and it while its own folder is not in order.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from pathlib import Path

import discord

from lantern.answers import edition
from lantern.answers.edition import Editions
from lantern.content.models import Content, content_files
from lantern.content.problems import ContentError
from lantern.runtime.content_watch import ContentWatch
from lantern.runtime.settings import Settings
from lantern.store.database import Database, DatabaseError
from lantern.store.shared_content import Given, SharedContent
from lantern.store.times import milliseconds

log = logging.getLogger(__name__)

NONE_GIVEN = (
    "LANTERN_SHARE_CONTENT is take, and no process has given its content yet. Start the one with "
    "LANTERN_SHARE_CONTENT=give first."
)


class NoContent(Exception):
    """There is no content to start with. The text says why."""


def texts(folder: Path) -> dict[str, str]:
    """The files of a content folder by their names. Raises :class:`OSError` and :class:`UnicodeError`."""
    return {path.name: path.read_bytes().decode() for path in content_files(folder)}


async def content_at_start(settings: Settings) -> tuple[Content, bool]:
    """The content to start with, and whether it is what the own folder holds.

    Raises :class:`NoContent`, and :class:`lantern.store.database.DatabaseError` where it is in a database that cannot
    be used.
    """
    if settings.share_content == "take":
        given = await _given(settings)
        if given is None:
            raise NoContent(NONE_GIVEN)
        try:
            return edition.load_texts(given.files), False
        except ContentError as error:
            raise NoContent(f"The content that another process gave cannot be used here.\n{error}") from None
    try:
        return edition.load(settings.content), True
    except ContentError as error:
        given = await _given(settings) if settings.share_content == "give" else None
        if given is None:
            raise NoContent(str(error)) from None
        return edition.load_texts(given.files), False


async def _given(settings: Settings) -> Given | None:
    database = Database(settings.database, backup_folder=settings.backups)
    await database.open()
    try:
        return await SharedContent(database).given()
    finally:
        await database.close()


class ContentSharing:
    """Gives, or takes, as the operator chose."""

    def __init__(self, settings: Settings, shared: SharedContent, watch: ContentWatch, editions: Editions) -> None:
        self._folder = settings.content
        self._does = settings.share_content
        self._shared = shared
        self._watch = watch
        self._editions = editions
        self._one_at_a_time = asyncio.Lock()
        self._same: str | None = None
        """The digest of what was given or taken last."""

    async def look(self) -> None:
        """Take over what changed in the own folder and give it to the others, or what was given. Called every few
        seconds; a database that cannot be used is told elsewhere.
        """
        if self._does != "take":
            await self._watch.look()
        with suppress(DatabaseError):
            if self._does == "take":
                await self.take()
            elif self._does == "give" and not self._watch.problems:
                await self._give()

    async def _give(self) -> None:
        digest = self._editions.current.content.digest
        if digest == self._same:
            return
        if digest != await self._shared.digest():
            try:
                files = await asyncio.to_thread(texts, self._folder)
                content = await asyncio.to_thread(edition.load_texts, files)
            except (OSError, UnicodeError, ContentError):
                return  # it has changed again, and the next look sees it
            if content.digest != digest:
                return
            await self._shared.give(Given(digest, files), milliseconds(discord.utils.utcnow()))
            log.info("this content is now that of all processes")
        self._same = digest

    async def take(self) -> None:
        """Take over what another process gave. Raises :class:`lantern.store.database.DatabaseError`."""
        if self._does != "take":
            return
        async with self._one_at_a_time:
            digest = await self._shared.digest()
            if digest == self._editions.current.content.digest:
                self._same = digest
            given = await self._shared.given() if digest != self._same else None
            if given is not None:
                await self._take(given)

    async def _take(self, given: Given) -> None:
        try:
            content = await asyncio.to_thread(edition.load_texts, given.files)
        except ContentError as error:
            # It is sound for the process that gave it, which is of another version.
            log.error("the content that another process gave cannot be used here: %s", error)
        else:
            await self._watch.take(content)
        self._same = given.digest
