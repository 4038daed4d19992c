"""The running bot's pulse: a small file in the state folder that `python bot.py status` reads."""

from __future__ import annotations

import asyncio
import logging
import math
import os
from datetime import datetime
from typing import Any

import discord
from discord.ext import commands

from lantern import __version__
from lantern.answers.edition import Editions
from lantern.runtime import status
from lantern.runtime.content_watch import ContentWatch
from lantern.runtime.discord_time import DiscordTime
from lantern.runtime.settings import Settings, shown_ids
from lantern.runtime.shards import Shards
from lantern.runtime.upkeep import Upkeep
from lantern.store import backups
from lantern.store.database import Database

log = logging.getLogger(__name__)


class Heartbeat:
    """Writes how the bot is."""

    def __init__(
        self,
        settings: Settings,
        bot: commands.AutoShardedBot,
        editions: Editions,
        database: Database,
        content_watch: ContentWatch,
        upkeep: Upkeep,
        shards: Shards,
        discord_time: DiscordTime,
    ) -> None:
        self._settings = settings
        self._bot = bot
        self._editions = editions
        self._database = database
        self._content_watch = content_watch
        self._upkeep = upkeep
        self._shards = shards
        self._discord_time = discord_time
        self._path = settings.heartbeat
        self._down: set[int] = set()
        self._started = discord.utils.utcnow()
        self._connected_since: datetime | None = None
        self._failed = False
        self._stopped = False

    def shard_up(self, shard_id: int) -> None:
        """A shard is connected to Discord's gateway."""
        self._down.discard(shard_id)
        if not self._down:
            self._connected_since = self._connected_since or discord.utils.utcnow()

    def shard_down(self, shard_id: int) -> None:
        """A shard lost its connection; discord.py connects it again."""
        self._down.add(shard_id)
        self._connected_since = None

    async def beat(self) -> None:
        """Write how the bot is now. A file that cannot be written is said once in the log."""
        try:
            await asyncio.to_thread(self._write, self.state())
            self._failed = False
        except OSError as error:
            if not self._failed:
                log.error("the heartbeat %s could not be written (%s)", self._path, error)
            self._failed = True

    def stop(self) -> None:
        """No more heartbeat: the bot stops on purpose. One that another process wrote stays."""
        self._stopped = True
        self._clear()

    def _clear(self) -> None:
        found = status.read(self._path)
        # Two containers may give their processes the same number.
        mine = os.getpid(), status.moment(self._started)
        if found is not None and (found.process, found.started) == mine:
            status.clear(self._path)

    def _write(self, state: dict[str, Any]) -> None:
        settings = self._settings
        now = self._discord_time.now()
        found = backups.newest_first(settings.backups, now)[:1]
        made = [backups.made_at(path) for path in found if not backups.is_ahead(path, now)]
        state["last_backup"] = status.moment(made[0]) if made else None
        state["database_bytes"] = self._upkeep.database_bytes
        if not settings.on_a_server:
            files = settings.file, settings.file.with_name(f"{settings.file.name}-wal")
            state["database_bytes"] = sum(path.stat().st_size for path in files if path.exists())
        status.write(self._path, status.Status(**state))
        if self._stopped:
            # This thread goes on when its beat is cancelled, and may write after the stop.
            self._clear()

    def state(self) -> dict[str, Any]:
        """The fields of :class:`lantern.runtime.status.Status` that need no look at the disk."""
        bot, content = self._bot, self._editions.original.content
        latency = bot.latency * 1000 if bot.is_ready() else math.nan
        free = self._upkeep.disk_free
        return {
            "version": __version__,
            "process": os.getpid(),
            "at": status.moment(discord.utils.utcnow()),
            "started": status.moment(self._started),
            "connected": bot.is_ready() and not self._down,
            "connected_since": status.moment(self._connected_since),
            "latency_ms": round(latency, 1) if math.isfinite(latency) else None,
            "shards": bot.shard_count or 1,
            "shard_ids": shown_ids(self._shards.mine) or None,
            "waiting": self._shards.waiting,
            "guilds": len(bot.guilds),
            "articles": len(content.articles),
            "topics": sum(1 for _ in content.topics()),
            "content_since": status.moment(self._content_watch.since),
            "content_problems": len(self._content_watch.problems),
            "rows_waiting": self._database.waiting,
            "database_trouble": self._database.trouble,
            "database_failure": (None if self._database.keeps_nothing else self._database.failure)
            or self._shards.failure,
            "clock": self._discord_time.doubt(),
            "disk_free_percent": None if free is None else round(free, 1),
        }
