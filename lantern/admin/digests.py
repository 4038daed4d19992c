"""The weekly digest: switched on and off, when it is due, and posting it once.

A week is claimed in the database before its digest is sent, and the message carries a nonce that Discord keeps unique
for some minutes (its reference, Create Message, `enforce_nonce`). After a crash between the two nobody knows whether
Discord took the message; it is then not sent again: a missing digest is asked for with ``/digest now``, a second one is
noise.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final, NamedTuple

import discord

from lantern.admin.panels import change_settings, guild_of, refuse_unwritable, say
from lantern.admin.reports import Report, Reports
from lantern.figures.wording import no_week_yet
from lantern.languages.formats import date_text, weekday
from lantern.languages.translation import N_, _, speaking
from lantern.store.database import DatabaseError
from lantern.store.digests import ClaimedWeek, DigestWeeks
from lantern.store.guilds import Guilds, GuildSettings
from lantern.store.times import MINUTE, as_date, as_number, milliseconds
from lantern.store.weekly_totals import last_sunday
from lantern.ui.cards import notice
from lantern.ui.command_list import CommandList
from lantern.ui.discord_errors import UNREACHABLE, in_log
from lantern.ui.permissions import bold, names_of, own_missing_to_write
from lantern.ui.refusals import Refused
from lantern.ui.replies import acknowledge
from lantern.ui.whose_language import guild_language

log = logging.getLogger(__name__)

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LATE = timedelta(hours=1)
"""After which a digest says that it is late."""

DAYS_BETWEEN_ZONES = timedelta(days=2)
"""How far ahead a claimed week may be after a guild moved its clock, from the first zone to the last."""
SENDING = 10 * MINUTE
"""How long sending may take. A week that was claimed longer ago, with nothing said of it, was cut off in between."""
NOT_YET_ON = "it was switched on after that week's hour"
IN_DOUBT = "Discord did not say whether it took the message, so it was not sent again"
"""What is kept of a week that was not posted, besides the words of Discord's that refused it. Nobody is shown these."""

CUT_OFF_WORDS = N_(
    "The last post, of {date}, may be missing: Lantern was stopped while sending it, and did not send it again."
)
IN_DOUBT_WORDS = N_(
    "The last post, of {date}, may be missing: Discord did not confirm it, and Lantern did not send it twice."
)
REFUSED_WORDS = N_("The last post, of {date}, is missing. Discord refused it: {reason}.")
GONE_WORDS = N_("The channel for the weekly figures is gone. Choose another with {command}.")
OFF_WORDS = N_("The weekly figures are off. {command} has them posted once a week.")


class Due(NamedTuple):
    """One week's digest. ``week`` is the local day on which it is due, YYYYMMDD."""

    week: int
    at: datetime

    @property
    def last_day(self) -> int:
        """The last day it tells about: the last Sunday before it is due."""
        return as_number(last_sunday(as_date(self.week)))


def due(settings: GuildSettings, now: datetime) -> Due:
    """The latest time up to ``now`` at which a guild's digest was due, by the guild's clock.

    An hour that a day of 23 hours lacks counts as the one after it; of one that a day of 25 hours has twice, the
    first counts.
    """
    today = now.astimezone(settings.zone).date()
    day = today - timedelta(days=(today.weekday() - settings.digest_weekday) % 7)
    at = datetime.combine(day, time(settings.digest_hour), settings.zone)
    if at > now:
        at -= timedelta(days=7)
    return Due(as_number(at.date()), at)


def following(settings: GuildSettings, now: datetime) -> datetime:
    """The next time after ``now`` at which it is due."""
    return due(settings, now).at + timedelta(days=7)


def nonce_of(guild_id: int, week: int) -> str:
    """At most 25 characters (Discord's reference, Create Message); the same for the same week after a restart."""
    return hashlib.blake2b(f"{guild_id}:{week}".encode(), digest_size=12).hexdigest()


async def _post(channel: discord.TextChannel, report: Report, nonce: str) -> discord.Message:
    """Send a report, without its picture where files are not allowed. Raises :class:`discord.HTTPException`."""
    if not channel.permissions_for(channel.guild.me).attach_files:
        report = report.without_picture()
    return await channel.send(view=report.card(rows=False), files=report.files(), nonce=nonce)


def _failure(latest: ClaimedWeek, now: int) -> str | None:
    """That a digest was not posted, or perhaps not, and why: a sentence. None where it was, or was not to be."""
    day = date_text(as_date(latest.week))
    if latest.failure is None:
        cut_off = latest.message_id is None and now - latest.claimed_at > SENDING
        return _(CUT_OFF_WORDS).format(date=day) if cut_off else None
    if latest.failure == NOT_YET_ON:
        return None
    if latest.failure == IN_DOUBT:
        return _(IN_DOUBT_WORDS).format(date=day)
    return _(REFUSED_WORDS).format(date=day, reason=latest.failure)


class Digests:
    """The digests of all guilds. What ``/digest`` and ``/setup`` call raises :class:`Refused`."""

    def __init__(self, guilds: Guilds, weeks: DigestWeeks, reports: Reports, commands: CommandList) -> None:
        self._guilds = guilds
        self._weeks = weeks
        self._reports = reports
        self._commands = commands

    async def choose(
        self, interaction: discord.Interaction, channel: discord.abc.GuildChannel | None = None, **changes: int | str
    ) -> None:
        """Post the digest where and when it is wanted: the one way by which that is chosen, typed or pressed.

        It begins with the next week: what was due before the moment of choosing is not posted late. ``changes`` are
        named as in :class:`GuildSettings`; a time zone may be chosen while the digest is off.
        """
        if channel is not None:
            refuse_unwritable(channel)
            changes["digest_channel_id"] = channel.id
        guild_id, now = guild_of(interaction).id, interaction.created_at
        chosen = await change_settings(self._guilds, guild_id, **changes)
        if (goes_to := chosen.digest_channel_id) is not None:
            week = due(chosen, now).week
            await self._weeks.claim(guild_id, week, at=milliseconds(now), channel_id=goes_to, failure=NOT_YET_ON)

    async def on(
        self, interaction: discord.Interaction, channel: discord.TextChannel, weekday: int | None, hour: int | None
    ) -> None:
        """Answer ``/digest on``."""
        times = {"digest_weekday": weekday, "digest_hour": hour}
        await self.choose(interaction, channel, **{name: when for name, when in times.items() if when is not None})
        await self.show(interaction)

    async def off(self, interaction: discord.Interaction) -> None:
        """Answer ``/digest off``."""
        await change_settings(self._guilds, guild_of(interaction).id, digest_channel_id=None)
        await say(interaction, _("The weekly figures are off. Nothing will be posted."))

    async def show(self, interaction: discord.Interaction) -> None:
        """Answer ``/digest show``: whether, where and when it is posted."""
        await say(interaction, await self._summary(guild_of(interaction), interaction.created_at))

    async def now(self, interaction: discord.Interaction) -> None:
        """Answer ``/digest now``: the last week that is over, posted at once."""
        guild = guild_of(interaction)
        channel = self._channel(guild)
        if channel is None:
            raise Refused(await self._summary(guild, interaction.created_at))
        refuse_unwritable(channel)
        await acknowledge(interaction, ephemeral=True)
        server = guild_language(self._guilds, guild)
        with speaking(server):
            figures = self._reports.figures(guild.id, interaction.created_at)
        async with self._reports.queue.turn(guild.id):
            period = await figures.period(1)
            if period is None:
                raise Refused(no_week_yet(figures))
            with speaking(server):
                report = await self._reports.digest(figures, as_number(period.last))
        with speaking(server):
            message = await _post(channel, report, nonce_of(guild.id, interaction.id))
        await interaction.edit_original_response(view=notice(_("Posted: {url}").format(url=message.jump_url)))

    def _channel(self, guild: discord.Guild) -> discord.TextChannel | None:
        """Where a guild's digest goes; None while it is off or the channel is gone."""
        channel = guild.get_channel(self._guilds.of(guild.id).digest_channel_id or 0)
        return channel if isinstance(channel, discord.TextChannel) else None

    async def _summary(self, guild: discord.Guild, now: datetime) -> str:
        settings = self._guilds.of(guild.id)
        on = self._commands.mention("digest on")
        if settings.digest_channel_id is None:
            return _(OFF_WORDS).format(command=on)
        channel = self._channel(guild)
        if channel is None:
            return _(GONE_WORDS).format(command=on)
        lines = [
            # Translators: {day} is a day of the week, {zone} a time zone such as Europe/Berlin
            _("The weekly figures are posted in {channel}: {day}, {hour}:00 ({zone}). Next: {when}.").format(
                channel=channel.mention,
                day=weekday(settings.digest_weekday),
                hour=settings.digest_hour,
                zone=settings.time_zone,
                when=discord.utils.format_dt(following(settings, now), "F"),
            )
        ]
        if flags := own_missing_to_write(channel):
            lacking = _("They cannot be posted there now: Lantern needs {permissions}.")
            lines.append(lacking.format(permissions=bold(names_of(flags))))
        elif not channel.permissions_for(guild.me).attach_files:
            lacking = _("They will have no picture: Lantern needs {permissions} there.")
            lines.append(lacking.format(permissions=bold(names_of(["attach_files"]))))
        latest = await self._weeks.latest(guild.id)
        if latest is not None and (failure := _failure(latest, milliseconds(now))) is not None:
            lines.append(failure)
        return "\n".join(lines)

    async def post_due(self, guilds: Sequence[discord.Guild], now: datetime) -> None:
        """Post every digest that is due and was not claimed. Called every five minutes. Raises nothing."""
        for guild in guilds:
            if guild.unavailable:
                continue
            try:
                await self._post_if_due(guild, now)
            except DatabaseError as error:
                log.error("the digest of guild %d waits for the database: %s", guild.id, error)

    async def _post_if_due(self, guild: discord.Guild, now: datetime) -> None:
        settings = self._guilds.of(guild.id)
        channel = self._channel(guild)
        # Not claimed while it cannot be posted: once that is put right, the week's digest comes late.
        if channel is None or own_missing_to_write(channel):
            return
        week = due(settings, now)
        latest = await self._weeks.latest(guild.id)
        to_come = as_number(now.astimezone(settings.zone).date() + DAYS_BETWEEN_ZONES)
        if latest is not None and latest.week > to_come:
            log.warning("guild %d: a week in the future was claimed while a clock was wrong; it is forgotten", guild.id)
            await self._weeks.forget_after(guild.id, to_come)
            latest = await self._weeks.latest(guild.id)
        if latest is not None and latest.week >= week.week:
            return
        with speaking(guild_language(self._guilds, guild)):
            await self._post_week(guild, channel, week, now)

    async def _post_week(self, guild: discord.Guild, channel: discord.TextChannel, week: Due, now: datetime) -> None:
        """Claim a week and post its digest, in the language in use."""
        late = None
        if now - week.at > LATE:
            day = as_date(week.week)
            # Translators: {day} is a day of the week; said of a weekly post
            late = _("Late: this was due on {day}, {date}.").format(day=weekday(day.weekday()), date=date_text(day))
        # Counted and drawn first, so that between the claim and the message there is as little as possible.
        figures = self._reports.figures(guild.id, now)
        if not await figures.is_decided(as_date(week.last_day)):
            return
        async with self._reports.queue.turn(guild.id, pressed=False):
            report = await self._reports.digest(figures, week.last_day, late=late)
        if not await self._weeks.claim(guild.id, week.week, at=milliseconds(now), channel_id=channel.id):
            return
        try:
            message = await _post(channel, report, nonce_of(guild.id, week.week))
        except discord.HTTPException as error:
            failure = (error.text or str(error.status)) if error.status < 500 else IN_DOUBT
            log.error("the digest of guild %d was not posted (status %d, code %d)", guild.id, error.status, error.code)
            await self._weeks.failed(guild.id, week.week, failure)
        except UNREACHABLE as error:
            log.error("the digest of guild %d may not have been posted: %s", guild.id, in_log(error))
            await self._weeks.failed(guild.id, week.week, IN_DOUBT)
        else:
            await self._weeks.posted(guild.id, week.week, message.id)
