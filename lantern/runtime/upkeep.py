"""What the bot does for itself: mind its database, its disk and its backups, and delete what has had its time."""

from __future__ import annotations

import asyncio
import logging
import platform
import shutil
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext, suppress
from datetime import datetime, timedelta

from lantern.runtime.notices import EVENT_AGAIN, Notices
from lantern.runtime.settings import Settings
from lantern.store import backups, copies
from lantern.store.database import Database, DatabaseError
from lantern.store.guilds import Guilds
from lantern.store.key_file import WrongKeyError
from lantern.store.retention import Retention
from lantern.store.times import milliseconds
from lantern.store.turns import Turns

log = logging.getLogger(__name__)

UNWRITABLE_FOR = timedelta(minutes=1)
"""The database locked for a moment is nothing to tell anybody."""
BACKUP_RETRY = timedelta(hours=1)
SIZE = "SELECT pg_database_size(current_database())"
LOW_DISK, ENOUGH_DISK = 10.0, 12.0
"""Per cent free: below the first the owner is told, above the second it is over."""


class Upkeep:
    """Looks after what is on this machine. Each method is a routine of `lantern.runtime.services`.

    ``read_again`` takes over into memory what the database holds, after another file came to stand in its place;
    ``now`` tells the moment.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        guilds: Guilds,
        retention: Retention,
        turns: Turns,
        notices: Notices,
        *,
        read_again: Callable[[], Awaitable[None]],
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._database = database
        self._guilds = guilds
        self._retention = retention
        self._turns = turns
        self._notices = notices
        self._read_again = read_again
        self._now = now
        self._read_again_due = False
        self._unwritable_since: datetime | None = None
        self._tried_backup: datetime | None = None
        self._disk = f"The disk of {platform.node()}" if settings.on_a_server else "The disk with the database"
        self.disk_free: float | None = None
        """Per cent, as last looked at; None before that."""
        self.database_bytes: int | None = None
        """How large the database on a server is, as last looked at; of a file it is seen at any time."""

    async def look_at_database(self) -> None:
        """Write what waits, notice a file that was replaced or damaged, and tell the owner."""
        database = self._database
        self._read_again_due |= await database.look_after()
        if self._read_again_due:
            try:
                await self._read_again()
                self._read_again_due = False
            except WrongKeyError as error:
                await database.refuse(str(error))
        news = list(database.news)
        if news and await self._notices.tell("database", "\n".join(news), again=EVENT_AGAIN):
            del database.news[: len(news)]
        if database.trouble is not None:
            await self._notices.tell("place", database.trouble)
        else:
            await self._notices.over("place", "The database is in its place again, and in use.")
        if database.keeps_nothing:
            return
        now = self._now()
        if database.failure is None:
            self._unwritable_since = None
            await self._notices.over("writing", "The database can be written again.")
            return
        self._unwritable_since = self._unwritable_since or now
        if now - self._unwritable_since >= UNWRITABLE_FOR:
            await self._notices.tell(
                "writing",
                f"The database cannot be written ({database.failure}). Members are answered; {database.waiting} rows "
                f"wait in memory. If the bot is stopped, they wait in {self._settings.waiting_rows}.",
            )

    async def look_at_disk(self) -> None:
        """Tell the owner before the disk of this machine is full, and ask a server how large the database is."""
        try:
            usage = await asyncio.to_thread(shutil.disk_usage, self._settings.state)
        except OSError:
            # The folder cannot be seen, which `look_at_database` and the heartbeat say.
            self.disk_free = None
            return
        self.disk_free = 100 * usage.free / usage.total
        if self.disk_free < LOW_DISK:
            await self._notices.tell(
                "disk", f"{self._disk} is nearly full: {self.disk_free:.0f} % ({usage.free / 1e9:.1f} GB) free."
            )
        elif self.disk_free > ENOUGH_DISK:
            await self._notices.over("disk", f"{self._disk} has room again: {self.disk_free:.0f} % free.")
        if self._settings.on_a_server:
            with suppress(DatabaseError):
                ((self.database_bytes,),) = await self._database.fetch(SIZE)

    async def look_at_backups(self, now: datetime) -> None:
        """Make the daily backup when it is due, one for all processes; a failed one is tried again in an hour."""
        if not self._settings.backup_keep or self._database.keeps_nothing:
            return
        await self._tell_of_dates(now)
        if self._tried_backup is not None and abs(now - self._tried_backup) < BACKUP_RETRY:
            return
        if not await asyncio.to_thread(backups.is_due, self._settings.backups, now):
            return
        every = backups.BACKUP_EVERY // timedelta(milliseconds=1)
        turn = self._turns.take("backup", every=every, now=milliseconds(now))
        # The folder of a file's backups has them all; of a server's, each process may have its own. While the server
        # cannot be reached, there is nothing to back up, and `look_at_database` says it.
        with suppress(backups.BackupError, DatabaseError):
            async with turn if self._settings.on_a_server else nullcontext(True) as mine:
                if mine:
                    self._tried_backup = now
                    await self._back_up(now)
                if self._settings.on_a_server:
                    # Each process has made some of the days' backups: by their number alone they would stay for longer.
                    kept_since = now - timedelta(days=self._settings.backup_keep)
                    await asyncio.to_thread(backups.remove_older, self._settings.backups, kept_since, now)

    async def _tell_of_dates(self, now: datetime) -> None:
        found = await asyncio.to_thread(backups.all_in, self._settings.backups)
        ahead = [path for path in found if backups.is_ahead(path, now)]
        if ahead:
            names = ", ".join(path.name for path in ahead)
            await self._notices.tell(
                "backup date",
                f"Made while a clock was wrong, by their date in the future: {names} in {self._settings.backups}. They "
                f"count as the oldest backups and are the first to be removed. Move away what you want to keep.",
            )
        else:
            await self._notices.over("backup date", "No backup has a date in the future any more.")

    async def _back_up(self, now: datetime) -> None:
        settings = self._settings
        target = copies.backup_path(settings.database, settings.backups, now)
        try:
            await copies.back_up(settings.database, target)
        except backups.BackupError as error:
            log.error("%s It is tried again in an hour.", error)
            await self._notices.tell("backup", f"The daily backup failed. {error}")
            raise
        await asyncio.to_thread(backups.rotate, settings.backups, settings.backup_keep, now)
        log.info("backup made: %s", target.name)
        await self._notices.over("backup", f"The daily backup works again: {target.name}.")
        await self._notices.over("database", f"The database was read whole, is sound, and is backed up: {target.name}.")

    async def delete_old(self, present: Sequence[int] | None, now: datetime) -> None:
        """Delete what has had its time; ``present`` are the guilds that the bot is in, None where that is not known.

        What cannot be deleted today is due tomorrow. Raises :class:`lantern.store.database.DatabaseError`.
        """
        deleted = await self._retention.run(present, now=milliseconds(now))
        for guild_id in deleted.guilds:
            self._guilds.forget(guild_id)
