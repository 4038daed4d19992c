"""For administrators: what members ask about, what is not covered, what helped, and the week in short."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import discord
from discord import app_commands
from discord.ext import commands, tasks

from lantern.admin.digests import NOT_YET_ON, WEEKDAYS, Digests, following, lacking, nonce_of, post
from lantern.admin.reports import (
    CHOOSE_GAP,
    SHARE_TOP,
    SHARE_TREND,
    SORT_GAPS,
    Report,
    Reports,
    channel_names,
    export_card,
)
from lantern.answers.giving import may_write
from lantern.figures.insights import By, Insights, Period
from lantern.figures.wording import Namer
from lantern.runtime.client import Lantern
from lantern.store.guilds import GuildSettings
from lantern.store.times import as_date, as_number, in_words
from lantern.ui.cards import OPTION_TEXT, notice, shortened
from lantern.ui.custom_ids import OutdatedPress, chosen_number, press
from lantern.ui.uploads import Upload

if TYPE_CHECKING:
    from lantern.answers.edition import Edition

Make = Callable[[Insights, Period, bool], Awaitable[Report]]
"""Makes a report, for all (True) or for the asker alone."""

INSTALLS = app_commands.AppInstallationType(guild=True, user=False)
CONTEXTS = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
MANAGES = discord.Permissions(manage_guild=True)

LOOK_MINUTES = 5
"""How often it is looked whether a digest is due."""
DEFAULT_DAYS = 30

PERIODS = [
    app_commands.Choice(name="7 days", value=7),
    app_commands.Choice(name="30 days", value=30),
    app_commands.Choice(name="90 days", value=90),
    app_commands.Choice(name="all", value=0),
]

HOURS = app_commands.Range[int, 0, 23]

NO_TOPIC = "There is no such topic. Choose one from the list that appears while you type."
NO_GAP = "That group is not there any more: its questions were deleted. `/insights gaps` shows what is there now."
CANNOT_WRITE = "You cannot write in this channel, so it was not shared."
TOO_LARGE = (
    "The export has {size:.1f} MB, and Discord takes {limit:.0f} MB here. Choose a shorter period, or let whoever runs "
    "Lantern write it to a file: `python bot.py insights export --guild {guild} --out export.zip`."
)


def _days(value: int | None) -> int | None:
    """What a period choice means: 0 is everything, none chosen is 30 days."""
    return DEFAULT_DAYS if value is None else value or None


class _Now:
    """What the bot answers from, and its guilds' choices, at the moment when it is asked."""

    def __init__(self, bot: Lantern) -> None:
        self._bot = bot

    @property
    def current(self) -> Edition:
        from lantern.answers.edition import Edition

        return Edition(self._bot.content)

    def of(self, guild_id: int | None) -> GuildSettings:
        return self._bot.guild_settings(guild_id)


class InsightsCommands(commands.Cog, name="Insights"):
    """``/insights`` and ``/digest``; both need Manage Server, unless the server's own settings say otherwise."""

    insights = app_commands.Group(
        name="insights",
        description="What members ask about, and what is missing",
        default_permissions=MANAGES,
        allowed_installs=INSTALLS,
        allowed_contexts=CONTEXTS,
    )
    digest = app_commands.Group(
        name="digest",
        description="The week's figures, posted once a week",
        default_permissions=MANAGES,
        allowed_installs=INSTALLS,
        allowed_contexts=CONTEXTS,
    )

    def __init__(self, bot: Lantern) -> None:
        self.bot = bot
        now = _Now(bot)
        self.reports = Reports(bot.database, now, now, retention_days=bot.settings.retention_days)
        self.digests = Digests(bot, lambda: self.reports)

    async def cog_load(self) -> None:
        self.look_for_due.start()

    async def cog_unload(self) -> None:
        self.look_for_due.cancel()

    def _figures(self, interaction: discord.Interaction[Lantern]) -> Insights:
        assert interaction.guild_id is not None
        return self.reports.figures(interaction.guild_id, interaction.created_at)

    async def _show(self, interaction: discord.Interaction[Lantern], report: Report) -> None:
        await interaction.edit_original_response(view=report.card(), attachments=report.files())

    # ------------------------------------------------------------------ /insights top

    @insights.command(description="What members ask about most, beside the period before")
    @app_commands.describe(period="How far back (30 days)", by="What to count (topics)")
    @app_commands.choices(period=PERIODS)
    async def top(
        self,
        interaction: discord.Interaction[Lantern],
        period: app_commands.Choice[int] | None = None,
        by: Literal["topic", "article", "channel", "source"] = "topic",
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        figures = self._figures(interaction)
        chosen_period = await figures.period(_days(period.value if period else None))
        report = await self.reports.top(figures, chosen_period, by, self._for_viewer(interaction, by))
        await self._show(interaction, report)

    @staticmethod
    def _for_viewer(interaction: discord.Interaction[Lantern], by: By) -> Namer | None:
        if by != "channel":
            return None
        assert interaction.guild is not None
        viewer = interaction.user if isinstance(interaction.user, discord.Member) else None
        return channel_names(interaction.guild, viewer=viewer)

    @press(SHARE_TOP)
    async def share_top(self, interaction: discord.Interaction[Lantern], days: int, by: str, last: int) -> None:
        """Post the ranking for all: the same days, counted anew, with the channels that all here can see."""
        if by not in ("topic", "article", "channel", "source"):
            raise OutdatedPress(by)
        which: By = by  # type: ignore[assignment]

        async def make(figures: Insights, period: Period, shared: bool) -> Report:
            namer = self._for_viewer(interaction, which)
            if shared and namer is not None:
                assert interaction.guild is not None
                namer = channel_names(interaction.guild, shown_in=interaction.channel)
            return await self.reports.top(figures, period, which, namer)

        await self._share(interaction, make, days, last)

    # ------------------------------------------------------------------ /insights trend

    @insights.command(description="How often one topic is asked, by day or by week")
    @app_commands.describe(topic="Which topic", period="How far back (90 days)", by="Days or weeks")
    @app_commands.choices(period=PERIODS)
    async def trend(
        self,
        interaction: discord.Interaction[Lantern],
        topic: str,
        period: app_commands.Choice[int] | None = None,
        by: Literal["day", "week"] | None = None,
    ) -> None:
        command, _, key = topic.partition("/")
        if self.bot.content.find(command, key) is None:
            await self.bot.say_privately(interaction, NO_TOPIC)
            return
        await interaction.response.defer(ephemeral=True)
        figures = self._figures(interaction)
        chosen_period = await figures.period(90 if period is None else _days(period.value))
        step = by or ("day" if chosen_period.days <= 90 else "week")
        await self._show(interaction, await self.reports.trend(figures, command, key, chosen_period, step))

    @trend.autocomplete("topic")
    async def suggest_topic(
        self, interaction: discord.Interaction[Lantern], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Topics whose title or question holds what is typed."""
        wanted = typed.casefold().strip()
        found = [
            topic
            for topic in self.bot.content.topics()
            if wanted in f"{topic.title} {topic.question} {topic.address}".casefold()
        ]
        return [
            app_commands.Choice(name=shortened(f"{topic.title}: {topic.question}", OPTION_TEXT), value=topic.address)
            for topic in found[:25]
        ]

    @press(SHARE_TREND)
    async def share_trend(
        self, interaction: discord.Interaction[Lantern], article: str, topic: str, days: int, by: str, last: int
    ) -> None:
        """Post a trend for all."""
        if by not in ("day", "week"):
            raise OutdatedPress(by)
        step: Literal["day", "week"] = by  # type: ignore[assignment]

        async def make(figures: Insights, period: Period, shared: bool) -> Report:
            return await self.reports.trend(figures, article, topic, period, step)

        await self._share(interaction, make, days, last)

    async def _share(self, interaction: discord.Interaction[Lantern], make: Make, days: int, last: int) -> None:
        if not may_write(interaction):
            await self.bot.say_privately(interaction, CANNOT_WRITE)
            return
        figures = self._figures(interaction)
        try:
            day = as_date(last)
        except ValueError:
            raise OutdatedPress(str(last)) from None
        if days > 3_660 or day > figures.today:
            raise OutdatedPress(str(days))
        await interaction.response.defer()
        period = await figures.period(days or None, day)
        report = await make(figures, period, True)
        message = await self._post(interaction, report)
        own = await make(figures, period, False)
        card = own.card(note=f"Shared in this channel: {message.jump_url}", rows=False)
        await interaction.edit_original_response(view=card, attachments=own.files())

    @staticmethod
    async def _post(interaction: discord.Interaction[Lantern], report: Report) -> discord.Message:
        channel = interaction.channel
        permissions = interaction.app_permissions
        in_thread = isinstance(channel, discord.Thread)
        may_send = permissions.send_messages_in_threads if in_thread else permissions.send_messages
        if permissions.view_channel and may_send and isinstance(channel, discord.abc.Messageable):
            shown = report if permissions.attach_files else report.without_picture()
            return await channel.send(view=shown.card(rows=False), files=shown.files())
        # Where the bot may not write, an answer to the press itself is still allowed.
        return await interaction.followup.send(view=report.card(rows=False), files=report.files(), wait=True)

    # ------------------------------------------------------------------ /insights gaps

    @insights.command(description="What members asked and the article does not cover")
    async def gaps(self, interaction: discord.Interaction[Lantern]) -> None:
        await interaction.response.defer(ephemeral=True)
        await self._show(interaction, await self._gaps(interaction, "newest"))

    async def _gaps(self, interaction: discord.Interaction[Lantern], order: str) -> Report:
        figures = self._figures(interaction)
        found = await self.reports.gaps(figures, await figures.period(self.bot.settings.miss_days))
        return self.reports.gaps_report(self.bot.content, found, order)

    @press(SORT_GAPS)
    async def sort_gaps(self, interaction: discord.Interaction[Lantern], order: str) -> None:
        """The other order."""
        await interaction.response.defer()
        await interaction.edit_original_response(view=(await self._gaps(interaction, order)).card())

    @press(CHOOSE_GAP)
    async def choose_gap(self, interaction: discord.Interaction[Lantern], _order: str) -> None:
        """One group was chosen: its wordings and the keywords that would make it match."""
        miss_id = chosen_number(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        figures = self._figures(interaction)
        found = await self.reports.gaps(figures, await figures.period(self.bot.settings.miss_days))
        gap = found.holding(miss_id)
        if gap is None:
            await interaction.edit_original_response(view=notice(NO_GAP))
        else:
            await self._show(interaction, await self.reports.gap_report(self.bot.content, gap))

    # ------------------------------------------------------------------ /insights helped, /insights export

    @insights.command(description="Which answers helped, which to review first, and where members went on to")
    @app_commands.describe(period="How far back (90 days)")
    @app_commands.choices(period=PERIODS[:3])
    async def helped(
        self, interaction: discord.Interaction[Lantern], period: app_commands.Choice[int] | None = None
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        figures = self._figures(interaction)
        shown = await figures.period(period.value if period else 90)
        await self._show(interaction, await self.reports.helped(figures, shown))

    @insights.command(description="The figures as CSV files and JSON, zipped")
    @app_commands.describe(period="How far back (all)")
    @app_commands.choices(period=PERIODS)
    async def export(
        self, interaction: discord.Interaction[Lantern], period: app_commands.Choice[int] | None = None
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        figures = self._figures(interaction)
        whole = await figures.period(_days(period.value if period else 0))
        packed = await self.reports.export(figures, whole)
        if len(packed) > interaction.filesize_limit:
            size, limit = len(packed) / 1e6, interaction.filesize_limit / 1e6
            await interaction.edit_original_response(
                view=notice(TOO_LARGE.format(size=size, limit=limit, guild=interaction.guild_id))
            )
            return
        name = f"lantern-{whole.first:%Y%m%d}-{whole.last:%Y%m%d}.zip"
        await interaction.edit_original_response(
            view=export_card(whole, name), attachments=[Upload(io.BytesIO(packed), name)]
        )

    # ------------------------------------------------------------------ /digest

    @digest.command(name="on", description="Post the week's figures in a channel, once a week")
    @app_commands.describe(channel="Where", weekday="On which day (Monday)", hour="At which hour, 0 to 23 (18)")
    @app_commands.choices(
        weekday=[app_commands.Choice(name=name, value=number) for number, name in enumerate(WEEKDAYS)]
    )
    async def digest_on(
        self,
        interaction: discord.Interaction[Lantern],
        channel: discord.TextChannel,
        weekday: app_commands.Choice[int] | None = None,
        hour: HOURS | None = None,
    ) -> None:
        assert interaction.guild is not None
        if missing := lacking(channel):
            await self._say(interaction, f"I cannot post in {channel.mention}: I need {' and '.join(missing)} there.")
            return
        changes: dict[str, int] = {"digest_channel_id": channel.id}
        if weekday is not None:
            changes["digest_weekday"] = weekday.value
        if hour is not None:
            changes["digest_hour"] = hour
        await self.bot.change_guild_setting(interaction.guild.id, **changes)
        await self.digests.skip_past(interaction.guild.id, channel.id, interaction.created_at)
        await self._say(interaction, await self._digest_state(interaction, interaction.guild))

    @digest.command(name="off", description="Stop posting the week's figures")
    async def digest_off(self, interaction: discord.Interaction[Lantern]) -> None:
        assert interaction.guild_id is not None
        await self.bot.change_guild_setting(interaction.guild_id, digest_channel_id=None)
        await self._say(interaction, "The digest is off. Nothing will be posted.")

    @digest.command(name="show", description="Whether, where and when the week's figures are posted")
    async def digest_show(self, interaction: discord.Interaction[Lantern]) -> None:
        assert interaction.guild is not None
        await self._say(interaction, await self._digest_state(interaction, interaction.guild))

    @digest.command(name="now", description="Post the figures of the last seven days now")
    async def digest_now(self, interaction: discord.Interaction[Lantern]) -> None:
        assert interaction.guild is not None
        channel = self.digests.channel_of(interaction.guild)
        if channel is None:
            await self._say(interaction, f"The digest is off. {self.bot.mention('digest on')} says where it goes.")
            return
        if missing := lacking(channel):
            await self._say(interaction, f"I cannot post in {channel.mention}: I need {' and '.join(missing)} there.")
            return
        await interaction.response.defer(ephemeral=True)
        figures = self._figures(interaction)
        report = await self.reports.digest(figures, as_number(figures.today - timedelta(days=1)))
        message = await post(channel, report, nonce_of(interaction.guild.id, interaction.id))
        await interaction.edit_original_response(view=notice(f"Posted: {message.jump_url}"))

    async def _digest_state(self, interaction: discord.Interaction[Lantern], guild: discord.Guild) -> str:
        settings = self.bot.guild_settings(guild.id)
        if settings.digest_channel_id is None:
            return f"The digest is off. {self.bot.mention('digest on')} has it posted once a week."
        channel = self.digests.channel_of(guild)
        if channel is None:
            return f"The digest's channel is gone. Choose another with {self.bot.mention('digest on')}."
        when = discord.utils.format_dt(following(settings, interaction.created_at), "F")
        lines = [
            f"The digest is posted in {channel.mention}, every {WEEKDAYS[settings.digest_weekday]} at "
            f"{settings.digest_hour}:00 ({settings.time_zone}). Next: {when}."
        ]
        if missing := lacking(channel):
            lines.append(f"It cannot be posted there now: I need {' and '.join(missing)}.")
        elif not channel.permissions_for(guild.me).attach_files:
            lines.append("It will have no picture: I need Attach Files there.")
        latest = await self.digests.latest(guild.id)
        if latest is not None and latest.failure not in (None, NOT_YET_ON):
            lines.append(f"The last one, of {in_words(as_date(latest.week))}, was not posted: {latest.failure}.")
        return "\n".join(lines)

    @staticmethod
    async def _say(interaction: discord.Interaction[Lantern], text: str) -> None:
        await interaction.response.send_message(view=notice(text), ephemeral=True)

    @tasks.loop(minutes=LOOK_MINUTES)
    async def look_for_due(self) -> None:
        """Post what is due; before the bot is ready it knows no guilds, and nothing happens."""
        # Shielded: when the clock is set, this loop is started again, and that must not stop a digest whose week is
        # already claimed. The next look finds it claimed and leaves it alone.
        await asyncio.shield(asyncio.create_task(self.digests.post_due(discord.utils.utcnow())))

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """What was missed while offline is posted as soon as the guilds are there."""
        await self.digests.post_due(discord.utils.utcnow())


async def setup(bot: Lantern) -> None:
    await bot.add_cog(InsightsCommands(bot))
