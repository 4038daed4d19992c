"""The weekly digest: when it is due, and posting it once.

A week is claimed in the database before its digest is sent, and the message carries a nonce that Discord keeps unique
for some minutes (its reference, Create Message, `enforce_nonce`). After a crash between the two nobody knows whether
Discord took the message; it is then not sent again: a missing digest is asked for with ``/digest now``, a second one is
noise.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import discord

from lantern.store.guilds import GuildSettings
from lantern.store.questions import milliseconds
from lantern.store.times import as_date, as_number, in_words
from lantern.ui.discord_errors import UNREACHABLE

if TYPE_CHECKING:
    from lantern.admin.reports import Report, Reports
    from lantern.runtime.client import Lantern

log = logging.getLogger(__name__)

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LATE = timedelta(hours=1)
"""After which a digest says that it is late."""

CLAIM = """
    INSERT OR IGNORE INTO digests (guild_id, week, claimed_at, channel_id, failure)
    VALUES (?, ?, ?, ?, ?)
"""

POSTED = "UPDATE digests SET message_id = ?, failure = NULL WHERE guild_id = ? AND week = ?"

FAILED = "UPDATE digests SET failure = ? WHERE guild_id = ? AND week = ?"

LATEST = """
    SELECT week, channel_id, message_id, failure
      FROM digests
     WHERE guild_id = ?
  ORDER BY week DESC
     LIMIT 1
"""

NOT_YET_ON = "it was switched on after that week's hour"
IN_DOUBT = "Discord did not say whether it took the message, so it was not sent again"


@dataclass(frozen=True, slots=True)
class Due:
    """One week's digest. ``week`` is the local day on which it is due, YYYYMMDD."""

    week: int
    at: datetime

    @property
    def last_day(self) -> int:
        """The last day it tells about: the one before it is due."""
        return as_number(as_date(self.week) - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Latest:
    """What became of the last week that was claimed."""

    week: int
    channel_id: int
    message_id: int | None
    failure: str | None


def due(settings: GuildSettings, now: datetime) -> Due:
    """The latest time up to ``now`` at which a guild's digest was due.

    An hour that a day of 23 hours lacks counts as the one after it; of one that a day of 25 hours has twice, the
    first counts.
    """
    zone = settings.zone
    today = now.astimezone(zone).date()
    day = today - timedelta(days=(today.weekday() - settings.digest_weekday) % 7)
    at = datetime.combine(day, time(settings.digest_hour), zone)
    if at > now:
        day -= timedelta(days=7)
        at = datetime.combine(day, time(settings.digest_hour), zone)
    return Due(as_number(day), at)


def following(settings: GuildSettings, now: datetime) -> datetime:
    """The next time after ``now`` at which it is due."""
    last = due(settings, now)
    day = as_date(last.week) + timedelta(days=7)
    return datetime.combine(day, time(settings.digest_hour), settings.zone)


def nonce_of(guild_id: int, week: int) -> str:
    """At most 25 characters (Discord's reference, Create Message); the same for the same week after a restart."""
    return hashlib.blake2b(f"{guild_id}:{week}".encode(), digest_size=12).hexdigest()


def lacking(channel: discord.abc.GuildChannel | discord.Thread) -> list[str]:
    """Which permissions are missing to post in a channel at all, as Discord calls them."""
    permissions = channel.permissions_for(channel.guild.me)
    in_thread = isinstance(channel, discord.Thread)
    needed = {
        "View Channel": permissions.view_channel,
        "Send Messages in Threads" if in_thread else "Send Messages": (
            permissions.send_messages_in_threads if in_thread else permissions.send_messages
        ),
    }
    return [name for name, there in needed.items() if not there]


async def post(channel: discord.TextChannel, report: Report, nonce: str) -> discord.Message:
    """Send a report, without its picture where files are not allowed. Raises :class:`discord.HTTPException`."""
    if not channel.permissions_for(channel.guild.me).attach_files:
        report = report.without_picture()
    return await channel.send(view=report.card(rows=False), files=report.files(), nonce=nonce)


class Digests:
    """Posts the digests of one bot's guilds. ``reports`` is asked for the first time when one is due."""

    def __init__(self, bot: Lantern, reports: Callable[[], Reports]) -> None:
        self._bot = bot
        self._reports = reports
        self._posting = asyncio.Lock()

    def channel_of(self, guild: discord.Guild) -> discord.TextChannel | None:
        """Where a guild's digest goes; None while it is off or the channel is gone."""
        channel = guild.get_channel(self._bot.guild_settings(guild.id).digest_channel_id or 0)
        return channel if isinstance(channel, discord.TextChannel) else None

    async def latest(self, guild_id: int) -> Latest | None:
        """What became of the last digest. Raises :class:`sqlite3.Error`."""
        rows = await self._bot.database.fetch(LATEST, (guild_id,))
        return Latest(*rows[0]) if rows else None

    async def skip_past(self, guild_id: int, channel_id: int, now: datetime) -> None:
        """Begin with the next week: what was due before it was switched on is not posted late.

        Raises :class:`sqlite3.Error`.
        """
        past = due(self._bot.guild_settings(guild_id), now)
        row = (guild_id, past.week, milliseconds(now), channel_id, NOT_YET_ON)
        await self._bot.database.execute(CLAIM, row)

    async def post_due(self, now: datetime) -> None:
        """Post every digest that is due and was not claimed. Raises nothing."""
        if self._posting.locked():
            return
        async with self._posting:
            for guild in list(self._bot.guilds):
                if guild.unavailable:
                    continue
                try:
                    await self._post_if_due(guild, now)
                except sqlite3.Error as error:
                    log.error("the digest of guild %d waits for the database: %s", guild.id, error)

    async def _post_if_due(self, guild: discord.Guild, now: datetime) -> None:
        settings = self._bot.guild_settings(guild.id)
        channel = self.channel_of(guild)
        # Not claimed while it cannot be posted: once that is put right, the week's digest comes late.
        if channel is None or lacking(channel):
            return
        week = due(settings, now)
        database = self._bot.database
        latest = await self.latest(guild.id)
        if latest is not None and latest.week >= week.week:
            return
        late = None
        if now - week.at > LATE:
            day = as_date(week.week)
            late = f"Late: this was due on {WEEKDAYS[day.weekday()]}, {in_words(day)}."
        reports = self._reports()
        # Counted and drawn first, so that between the claim and the message there is as little as possible.
        report = await reports.digest(reports.figures(guild.id, now), week.last_day, late=late)
        if not await database.execute(CLAIM, (guild.id, week.week, milliseconds(now), channel.id, None)):
            return
        try:
            message = await post(channel, report, nonce_of(guild.id, week.week))
        except discord.HTTPException as error:
            refused = error.status < 500
            failure = f"Discord refused it: {error.text or error.status}" if refused else IN_DOUBT
            log.error("the digest of guild %d was not posted (status %d, code %d)", guild.id, error.status, error.code)
            await database.execute(FAILED, (failure, guild.id, week.week))
        except UNREACHABLE as error:
            log.error("the digest of guild %d may not have been posted: %s", guild.id, error)
            await database.execute(FAILED, (IN_DOUBT, guild.id, week.week))
        else:
            await database.execute(POSTED, (message.id, guild.id, week.week))
