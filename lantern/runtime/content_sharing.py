"""The last good content, kept in the database: for the next start, and for the other processes.

A start reads the articles as they were written first. Those in other languages follow once the bot answers.

What is in a process's folder and sound is kept there, so that the process can start while its folder is not in order.
The setting ``share_content`` says whether it is that of all processes, too: one gives it, and the others take it.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from functools import partial
from pathlib import Path

import discord

from lantern.answers import edition
from lantern.answers.edition import Editions
from lantern.content.models import Content, content_files
from lantern.content.problems import ContentError
from lantern.runtime.content_watch import ContentWatch
from lantern.runtime.gateway import waits
from lantern.runtime.settings import Settings
from lantern.store.database import Database, DatabaseError
from lantern.store.shared_content import Given, SharedContent
from lantern.store.times import milliseconds

log = logging.getLogger(__name__)

NONE_GIVEN = (
    "LANTERN_SHARE_CONTENT is take, and no process has given its content yet. Start the one with "
    "LANTERN_SHARE_CONTENT=give first."
)
KEPT = "kept for the next start, should the folder not be in order then"


class NoContent(Exception):
    """There is no content to start with. The text says why."""


def texts(folder: Path) -> dict[str, str]:
    """The files of a content folder by their places in it. Raises :class:`OSError` and :class:`UnicodeError`."""
    return {path.relative_to(folder).as_posix(): path.read_bytes().decode() for path in content_files(folder)}


async def wait_for_content(settings: Settings) -> tuple[Content, bool]:
    """What :func:`content_at_start` returns, as soon as there is some: until then it looks again and again."""
    said = ""
    for wait in waits():
        try:
            return await content_at_start(settings)
        except (NoContent, DatabaseError) as error:
            if str(error) != said:
                said = str(error)
                for line in said.splitlines():
                    log.error("%s", line)
                log.error("There is no content to answer from. It is looked for again until there is.")
        await asyncio.sleep(wait)
    raise AssertionError  # there is no last wait


async def content_at_start(settings: Settings) -> tuple[Content, bool]:
    """The content to start with, and whether it is what the own folder holds. Its translations may be missing:
    :meth:`ContentSharing.read_translations` reads them.

    Raises :class:`NoContent`, and :class:`lantern.store.database.DatabaseError` where it is in a database that cannot
    be used.
    """
    if settings.share_content == "take":
        given = await _given(settings)
        if given is None:
            raise NoContent(NONE_GIVEN)
        try:
            return edition.load_texts(given.files, translations=False), False
        except ContentError as error:
            raise NoContent(f"The content that another process gave cannot be used here.\n{error}") from None
    try:
        # In a thread: a disk that does not answer must not keep the bot from hearing that it is to stop.
        return await asyncio.to_thread(partial(edition.load, settings.content, translations=False)), True
    except ContentError as error:
        with suppress(DatabaseError, ContentError):
            given = await _given(settings)
            if given is not None:
                return edition.load_texts(given.files), False
        raise NoContent(str(error)) from None


async def _given(settings: Settings) -> Given | None:
    in_a_file = not settings.on_a_server
    if in_a_file and not settings.file.exists():
        return None
    database = Database(settings.database, backup_folder=settings.backups)
    # A file that a bot has is not for another to start on, and is not to be repaired beside it.
    await database.open(alone=in_a_file)
    try:
        return await SharedContent(database, of_all=settings.share_content != "no").given()
    finally:
        await database.close()


class ContentSharing:
    """Keeps what is sound; gives it to all, or takes, as the operator chose."""

    def __init__(self, settings: Settings, shared: SharedContent, watch: ContentWatch, editions: Editions) -> None:
        self._folder = settings.content
        self._does = settings.share_content
        self._shared = shared
        self._watch = watch
        self._editions = editions
        self._one_at_a_time = asyncio.Lock()
        self._reading = asyncio.Lock()
        self._answering = False
        self._same: str | None = None
        """The digest of what was given or taken last."""

    async def look(self) -> None:
        """Take over what changed in the own folder and keep it, or take what was given. Called every few seconds; a
        database that cannot be used is told elsewhere.
        """
        if self._does != "take":
            await self._watch.look()
        with suppress(DatabaseError):
            if self._does == "take":
                if self._answering or self._is_whole:
                    await self.take()
            elif not self._watch.problems:
                await self._give()

    async def read_translations(self) -> None:
        """Read the articles in other languages, where the start left them out. Called once the bot answers, and again
        with each new session; raises nothing.

        Where they are not sound, the last good content takes the place of all that was read, as for every mistake.
        Where none was kept, the languages without a mistake are read.
        """
        async with self._reading:
            self._answering = True
            if self._is_whole:
                return
            try:
                if self._does == "take":
                    await self.take()
                else:
                    await self._watch.add_translations()
                if not self._watch.problems:
                    return
                if (given := await self._shared.given()) is not None:
                    await self._watch.go_back(await asyncio.to_thread(edition.load_texts, given.files))
                else:
                    log.warning("no good content was kept: languages with a mistake are left out until it is put right")
                    load = partial(edition.load_translations, sound_alone=True)
                    original = self._editions.original.content
                    await self._watch.go_back(await asyncio.to_thread(load, self._folder, original))
            except Exception:
                log.exception("the articles in other languages could not be read; they are with the next change")

    @property
    def _is_whole(self) -> bool:
        return self._editions.original.content.translations is not None

    async def _give(self) -> None:
        digest = self._editions.original.content.digest
        if digest == self._same or not self._is_whole:
            return
        if digest != await self._shared.digest():
            try:
                files = await asyncio.to_thread(texts, self._folder)
            except (OSError, UnicodeError):
                files = None
            if files is None or not await self._watch.is_as_seen():
                return  # it has changed again, and the next look sees it
            await self._shared.give(Given(digest, files), milliseconds(discord.utils.utcnow()))
            log.info("this content is %s", "now that of all processes" if self._does == "give" else KEPT)
        self._same = digest

    async def take(self) -> None:
        """Take over what another process gave. Raises :class:`lantern.store.database.DatabaseError`."""
        if self._does != "take":
            return
        async with self._one_at_a_time:
            digest = await self._shared.digest()
            if digest == self._editions.original.content.digest:
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
