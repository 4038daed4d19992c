"""Rows that still wait when the bot stops: kept in a file of its own, and written at its next start.

A full disk is the likeliest reason why they wait. So that it has room for them, a second file, the reserve, holds that
room while the bot runs, and is given up for the first one.

The file has a line of JSON a row, with the name of its change; names stay, however the statements change. It is its
owner's alone, and has no more rows than wait in memory at most. They stand in the order in which they came, but for
words and corrections, which stand at the end in none: beside a question they would tell whose they are.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import orjson

from lantern.store import private_files
from lantern.store.database import REFUSED, Change, Database, WaitingRow
from lantern.store.library_posts import forget_posts, keep_posts
from lantern.store.links import INSERT_LINKS, MARK_WHOLE, TAKE_BACK_LINKS
from lantern.store.members import FORGOTTEN_DAYS
from lantern.store.misses import (
    FORGET_MISSES,
    INSERT_HELPFUL,
    INSERT_MISSES,
    KEEP_CORRECTIONS,
    from_older,
)
from lantern.store.owner_notices import KEEP_NOTICES
from lantern.store.questions import add_questions, share_answers, take_back_answers
from lantern.store.retention import KNOWN_GUILDS
from lantern.store.rows import TableRow, as_id, as_kept, as_mapping

log = logging.getLogger(__name__)

CHANGES: dict[str, Change] = {
    "question asked": add_questions,
    "answer shared": share_answers,
    "answer taken back": take_back_answers,
    "link posted": INSERT_LINKS,
    "link made whole": MARK_WHOLE,
    "link taken back": TAKE_BACK_LINKS,
    "words found no answer": INSERT_MISSES,
    "words taken back": FORGET_MISSES,
    "answer was wrong": KEEP_CORRECTIONS,
    "answer helped": INSERT_HELPFUL,
    "library post kept": keep_posts,
    "library post gone": forget_posts,
    "owner told": KEEP_NOTICES,
    "guild joined or left": KNOWN_GUILDS,
}
"""Everything that is done with rows that wait. A name never gets another meaning: a file of an older Lantern has it."""

OF_NOBODY = (INSERT_MISSES, FORGET_MISSES, KEEP_CORRECTIONS)
"""Changes whose rows stand in no order."""

RESERVED_BYTES = 10 * 2**20
"""The room held for rows: 20,000 questions of 479 bytes, as long as they come, and a tenth more."""


class WaitingRows:
    """The file at ``path`` for the rows of one database."""

    def __init__(self, database: Database, path: Path) -> None:
        self._database = database
        self._path = path
        self._reserve = path.with_suffix(".reserve")
        self._brought_back: int | None = None
        """How many rows of the file are in memory or written; None where it has none that are."""
        self._taken_back: list[bytes] = []
        """Traces of what rows of the file delete."""
        self.lost = 0
        """Rows that neither the database nor the file took at the stop."""

    def reserve(self) -> None:
        """Hold room for the rows that may wait at the stop; called at the start. Raises nothing.

        Of a small disk half of what is free is taken at most.
        """
        try:
            room = min(RESERVED_BYTES, shutil.disk_usage(self._path.parent).free // 2)
            with os.fdopen(private_files.opened(self._reserve, os.O_WRONLY), "wb") as file:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), 0, max(room, 1))
                else:
                    file.write(bytes(room))
        except OSError as error:
            log.warning(
                "no room can be reserved in %s (%s): rows that wait at a stop may be lost", self._path.parent, error
            )

    def keep(self) -> None:
        """Put the rows that still wait into the file; called when the database is closed. Raises nothing."""
        waiting = self._database.take_waiting()
        if not waiting:
            self.let_go()
            return
        lines = [_line(*each) for each in _told_apart(_without_words_taken_back(waiting))]
        try:
            try:
                _write(self._path, lines)
            except OSError:
                self._reserve.unlink(missing_ok=True)
                _write(self._path, lines)
        except OSError as error:
            self.lost = len(waiting)
            log.error("%d rows are lost: they could not be kept in %s (%s)", len(waiting), self._path, error)
            return
        log.warning("%d rows wait in %s for the next start", len(waiting), self._path)

    def forget_members(self) -> None:
        """Take the members' keys off the rows in the file, whose key is lost. Raises :class:`OSError`."""
        if not self._path.exists():
            return
        rows = [orjson.loads(line) for line in self._path.read_bytes().splitlines()]
        lines = [[name, row | {"member_key": None} if "member_key" in row else row] for name, row in rows]
        _write(self._path, [orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines])

    async def bring_back(self, now: datetime) -> None:
        """Write what is in the file; called when the database was opened. Raises nothing.

        What cannot be written now waits in memory, and the file stays until it is: see :meth:`let_go`.
        """
        try:
            written_at = self._path.stat().st_mtime
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return
        except OSError as error:
            log.error("the rows in %s cannot be read (%s); it is tried again at the next start", self._path, error)
            return
        # Whether their members were forgotten meanwhile is not known any more.
        nameless = now.timestamp() - written_at > timedelta(days=FORGOTTEN_DAYS).total_seconds()
        for line in lines:
            self._put_back(line, nameless=nameless)
        self._brought_back = len(lines)
        await self._database.flush()
        self.let_go()
        if self._taken_back:
            await self._database.erase(*self._taken_back)
            self._taken_back = []

    def let_go(self) -> None:
        """Remove the file as soon as its rows are written; called again and again, and at a stop. Raises nothing.

        Read once more, it would bring back what was deleted meanwhile.
        """
        if self._brought_back is None or self._database.waiting:
            return
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            log.error("%s cannot be removed (%s)", self._path, error)
            return
        log.info("%d rows that waited for this start are written", self._brought_back)
        self._brought_back = None

    def _put_back(self, line: bytes, *, nameless: bool) -> None:
        try:
            name, row = orjson.loads(line)
            change = CHANGES[name]
        except (ValueError, KeyError):
            log.error("a row in %s is not kept: this Lantern does not know what it is", self._path)
            return
        if nameless and "member_key" in row:
            row["member_key"] = None
        if change == FORGET_MISSES:
            self._taken_back += [as_id(row["id"]), as_kept(row["id"])]
        self._database.write(change, from_older(row) if change in OF_NOBODY else row)


def _write(path: Path, lines: Sequence[bytes]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    private_files.write(path, b"".join(lines))


def _without_words_taken_back(waiting: Sequence[WaitingRow]) -> list[WaitingRow]:
    """All but words that a row after them takes back: they never come to the disk. The row that takes them back stays,
    because it is not always known whether the database had taken them before; it has nothing but a random number.
    """
    gone = {as_mapping(row)["id"] for change, row in waiting if change == FORGET_MISSES}
    return [each for each in waiting if not (each[0] == INSERT_MISSES and as_mapping(each[1])["id"] in gone)]


def _told_apart(waiting: Sequence[WaitingRow]) -> list[WaitingRow]:
    """The rows in their order, then those of nobody in that of their ids; what belongs to one id stays in order."""
    rest = [each for each in waiting if each[0] not in OF_NOBODY]
    return rest + sorted((each for each in waiting if each[0] in OF_NOBODY), key=lambda each: as_mapping(each[1])["id"])


def _line(change: Change, row: TableRow) -> bytes:
    name = next((name for name, known in CHANGES.items() if known == change), None)
    try:
        return orjson.dumps([name, as_mapping(row)], option=orjson.OPT_APPEND_NEWLINE)
    except TypeError as error:
        log.error(REFUSED, error)
        return b""
