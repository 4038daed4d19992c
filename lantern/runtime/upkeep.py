"""What the bot does for itself every few seconds: mind its database, its disk, its backups and its own pulse."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import shutil
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import discord
from discord.ext import tasks

from lantern import __version__
from lantern.runtime import status
from lantern.store import backups

if TYPE_CHECKING:
    from lantern.runtime.client import Lantern

log = logging.getLogger(__name__)

SECONDS = 5
"""How often the bot looks after itself."""
BEAT_EVERY = 3
"""Looks for one heartbeat: 15 seconds."""
SLOWLY = 12
"""Looks for what can wait a minute: disk space, backups, commands that Discord did not take."""
UNWRITABLE_FOR = timedelta(minutes=1)
"""The database locked for a moment is nothing to tell anybody."""
BACKUP_RETRY = timedelta(hours=1)
LOW_DISK, ENOUGH_DISK = 10.0, 12.0
"""Per cent free: below the first the owner is told, above the second it is over."""


class Upkeep:
    """Looks after one bot."""

    def __init__(self, bot: Lantern) -> None:
        self._bot = bot
        self._looks = 0
        self._down: set[int | None] = set()
        self._started = discord.utils.utcnow()
        self._connected_since: datetime | None = None
        self._unwritable_since: datetime | None = None
        self._backing_up: asyncio.Task[None] | None = None
        self._tried_backup: datetime | None = None
        self._disk_free: float | None = None
        self._beat_failed = False
        self._told_connected = False
        self._path = status.path_for(bot.settings.database)

    # ------------------------------------------------------------------ every few seconds

    async def look(self) -> None:
        """One round. Raises nothing: whatever is wrong with one thing, the others are looked after."""
        slowly = self._looks % SLOWLY == SLOWLY - 1
        await self._safely(self._look_after_database())
        if slowly:
            await self._safely(self._look_at_disk())
            await self._safely(self._look_at_backups())
            await self._safely(self._bot.send_commands_again())
        if self._looks % BEAT_EVERY == 0 or self._connected() != self._told_connected:
            await self._safely(self._beat())
        self._looks += 1

    async def _safely(self, step: Any) -> None:
        try:
            await step
        except Exception:
            log.exception("a part of the upkeep failed; it is tried again")

    def stop(self) -> None:
        """No more heartbeat: the bot stops on purpose."""
        status.clear(self._path)

    # ------------------------------------------------------------------ the clock

    def mind_the_clock(self, loop: tasks.Loop[Any]) -> None:
        """Start all loops again when this machine's clock was set: `loop` is the running one that calls this.

        discord.ext.tasks adds its interval to the moment of the iteration before. With a clock set back by a day a loop
        would sleep for a day; set forward by years (a board without a battery), it would run once for each interval
        of them, without a pause.
        """
        following = loop.next_iteration
        if following is None:
            return
        ahead = following - discord.utils.utcnow()
        if -timedelta(minutes=2) <= ahead <= timedelta(seconds=2 * SECONDS):
            return
        log.warning("this machine's clock was set; the bot's loops start again")
        for each in self._loops():
            if each.is_running() and each is not loop:
                each.restart()
        loop.restart()

    def _loops(self) -> list[tasks.Loop[Any]]:
        owners: list[object] = [self._bot, self._bot.watch, *self._bot.cogs.values()]
        return [each for owner in owners for each in vars(owner).values() if isinstance(each, tasks.Loop)]

    # ------------------------------------------------------------------ the database

    async def _look_after_database(self) -> None:
        database = self._bot.database
        if await database.look_after():
            await self._bot.read_database()
            self._bot.dispatch("database_reopened")
        while database.news:
            await self._bot.notices.tell("database", database.news.pop(0))
        now = discord.utils.utcnow()
        if database.failure is None:
            self._unwritable_since = None
            await self._bot.notices.over("writing", "The database can be written again.")
            return
        self._unwritable_since = self._unwritable_since or now
        if now - self._unwritable_since >= UNWRITABLE_FOR:
            await self._bot.notices.tell(
                "writing",
                f"The database cannot be written ({database.failure}). Members are answered; {database.waiting} rows "
                f"wait in memory, and are lost if the bot stops.",
            )

    async def _look_at_disk(self) -> None:
        usage = await asyncio.to_thread(shutil.disk_usage, self._bot.settings.database.parent)
        self._disk_free = 100 * usage.free / usage.total
        if self._disk_free < LOW_DISK:
            await self._bot.notices.tell(
                "disk",
                f"The disk with the database is nearly full: {self._disk_free:.0f} % ({usage.free / 1e9:.1f} GB) free.",
            )
        elif self._disk_free > ENOUGH_DISK:
            await self._bot.notices.over("disk", f"The disk has room again: {self._disk_free:.0f} % free.")

    # ------------------------------------------------------------------ backups

    async def _look_at_backups(self) -> None:
        now = discord.utils.utcnow()
        settings = self._bot.settings
        if not settings.backup_keep or (self._backing_up is not None and not self._backing_up.done()):
            return
        if self._tried_backup is not None and abs(now - self._tried_backup) < BACKUP_RETRY:
            return
        if await asyncio.to_thread(backups.is_due, settings.backups, now):
            self._tried_backup = now
            # On its own: copying a large file must not hold up the rows that wait.
            self._backing_up = asyncio.create_task(self._safely(self._back_up(now)))

    async def _back_up(self, now: datetime) -> None:
        settings = self._bot.settings
        target = backups.path_for(settings.backups, now)
        try:
            await asyncio.to_thread(backups.back_up, settings.database, target)
        except backups.BackupError as error:
            log.error("%s It is tried again in an hour.", error)
            await self._bot.notices.tell("backup", f"The daily backup failed. {error}")
            return
        await asyncio.to_thread(backups.rotate, settings.backups, settings.backup_keep)
        log.info("backup made: %s", target.name)
        await self._bot.notices.over("backup", f"The daily backup works again: {target.name}.")
        await self._bot.notices.over(
            "database", f"The database was read whole, is sound, and is backed up: {target.name}."
        )

    # ------------------------------------------------------------------ the pulse

    def shard_up(self, shard_id: int | None) -> None:
        """A shard is connected to Discord's gateway."""
        self._down.discard(shard_id)
        if not self._down:
            self._connected_since = self._connected_since or discord.utils.utcnow()

    def shard_down(self, shard_id: int | None) -> None:
        """A shard lost its connection; discord.py connects it again."""
        self._down.add(shard_id)
        self._connected_since = None

    async def _beat(self) -> None:
        try:
            state = self._state()
            await asyncio.to_thread(self._write_beat, state)
            self._told_connected = state["connected"]
            self._beat_failed = False
        except OSError as error:
            if not self._beat_failed:
                log.error("the heartbeat %s could not be written (%s)", self._path, error)
            self._beat_failed = True

    def _write_beat(self, state: dict[str, Any]) -> None:
        database = self._bot.settings.database
        made = [backups.made_at(path) for path in backups.all_in(self._bot.settings.backups)[:1]]
        state["last_backup"] = status.moment(made[0]) if made else None
        state["database_bytes"] = sum(
            path.stat().st_size
            for path in (database, database.with_name(f"{database.name}-wal"))
            if path.exists()
        )  # fmt: skip
        status.write(self._path, status.Status(**state))

    def _connected(self) -> bool:
        return self._bot.is_ready() and not self._down

    def _state(self) -> dict[str, Any]:
        bot = self._bot
        latency = bot.latency * 1000 if bot.is_ready() else math.nan
        return {
            "version": __version__,
            "process": os.getpid(),
            "at": status.moment(discord.utils.utcnow()),
            "started": status.moment(self._started),
            "connected": self._connected(),
            "connected_since": status.moment(self._connected_since),
            "latency_ms": round(latency, 1) if math.isfinite(latency) else None,
            "shards": bot.shard_count or 1,
            "guilds": len(bot.guilds),
            "articles": len(bot.content.articles),
            "topics": sum(1 for _ in bot.content.topics()),
            "content_since": status.moment(bot.watch.since),
            "content_problems": len(bot.watch.problems),
            "rows_waiting": bot.database.waiting,
            "database_failure": bot.database.failure,
            "disk_free_percent": None if self._disk_free is None else round(self._disk_free, 1),
        }
