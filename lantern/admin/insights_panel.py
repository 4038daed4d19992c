"""``/insights``: what members ask about, what is not covered, what helped; and the presses under the figures."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Literal, cast, get_args

import discord
from discord import app_commands

from lantern.admin.panels import guild_of
from lantern.admin.reports import (
    CHOOSE_GAP,
    SHARE_TOP,
    SHARE_TREND,
    SORT_GAPS,
    Report,
    Reports,
    channel_names,
    channel_of,
    export_card,
)
from lantern.answers.asking import topic_choice
from lantern.answers.edition import Editions
from lantern.figures.gaps import Gaps
from lantern.figures.insights import By, Insights, Period
from lantern.figures.wording import Namer, no_week_yet
from lantern.languages.formats import decimal
from lantern.languages.translation import N_, _, current, speaking
from lantern.store.guilds import Guilds
from lantern.store.times import as_date
from lantern.ui.custom_ids import OutdatedPress, chosen_number, press
from lantern.ui.permissions import SEE_FIGURES, bot_may_write, member_may_write
from lantern.ui.refusals import Refused
from lantern.ui.replies import acknowledge
from lantern.ui.rights import Rights
from lantern.ui.whose_language import place_language

LONGEST_WEEKS = 520
SUNDAY = 6

NO_TOPIC = N_("There is no such topic. Choose one from the list that appears while you type.")
NO_GAP = N_("That group is gone: its questions were deleted. `/insights gaps` shows those that are there now.")
CANNOT_WRITE = N_("You cannot write in this channel, so nothing was posted.")
TOO_LARGE = N_(
    "The export has {size} MB, and Discord takes {limit} MB here. Choose a shorter period, or ask whoever runs Lantern "
    "to write it to a file: `python bot.py insights export --guild {guild} --out export.zip`."
)

Step = Literal["day", "week"]
Make = Callable[[Insights, Period], Awaitable[Report]]


class InsightsPanel:
    """Shows the figures to administrators. Its methods raise :class:`Refused`; ``weeks`` is 0 for all there are.

    ``miss_days`` is how long the words of unanswered questions are kept, and so how far back gaps go.
    """

    def __init__(self, editions: Editions, guilds: Guilds, reports: Reports, rights: Rights, *, miss_days: int) -> None:
        self._editions = editions
        self._guilds = guilds
        self._reports = reports
        self._rights = rights
        self._miss_days = miss_days

    async def _show(self, interaction: discord.Interaction, report: Report) -> None:
        card = self._rights.sealed(interaction, report.card())
        await interaction.edit_original_response(view=card, attachments=report.files())

    def _figures(self, interaction: discord.Interaction) -> Insights:
        return self._reports.figures(guild_of(interaction).id, interaction.created_at)

    @asynccontextmanager
    async def _begun(self, interaction: discord.Interaction, weeks: int) -> AsyncIterator[tuple[Insights, Period]]:
        """Answer a command later, alone to whoever typed it: the figures it is about, and their weeks.

        Inside the block it is their server's turn.
        """
        await acknowledge(interaction, ephemeral=True)
        async with self._turn(interaction):
            figures = self._figures(interaction)
            period = await figures.period(weeks or None)
            if period is None:
                raise Refused(no_week_yet(figures))
            yield figures, period

    def _turn(self, interaction: discord.Interaction) -> AbstractAsyncContextManager[None]:
        return self._reports.queue.turn(guild_of(interaction).id)

    async def top(self, interaction: discord.Interaction, weeks: int | None, by: By) -> None:
        """Answer ``/insights top``."""
        async with self._begun(interaction, 4 if weeks is None else weeks) as (figures, period):
            report = await self._reports.top(figures, period, by, _for_viewer(interaction, by))
        await self._show(interaction, report)

    @press(SHARE_TOP, SEE_FIGURES)
    async def share_top(self, interaction: discord.Interaction, weeks: int, by: str, last: int) -> None:
        """Post the ranking for all: the same weeks, with the channels that all here can see."""
        if by not in get_args(By):
            raise OutdatedPress(by)
        which = cast("By", by)

        def ranked(namer: Namer | None) -> Make:
            return lambda figures, period: self._reports.top(figures, period, which, namer)

        own = _for_viewer(interaction, which)
        if own is None:
            await self._share(interaction, ranked(None), weeks, last)
        else:
            for_all = channel_names(guild_of(interaction), shown_in=interaction.channel)
            await self._share(interaction, ranked(for_all), weeks, last, own=ranked(own))

    async def trend(self, interaction: discord.Interaction, address: str, weeks: int | None, by: Step | None) -> None:
        """Answer ``/insights trend``; ``address`` is ``article/topic``."""
        command, _slash, key = address.partition("/")
        if self._editions.current.content.find(command, key) is None:
            raise Refused(_(NO_TOPIC))
        async with self._begun(interaction, 13 if weeks is None else weeks) as (figures, period):
            report = await self._reports.trend(figures, command, key, period, by or "week")
        await self._show(interaction, report)

    def suggest_topics(self, typed: str) -> list[app_commands.Choice[str]]:
        """Topics whose title or question holds what is typed."""
        wanted = typed.casefold().strip()
        found = [
            topic
            for topic in self._editions.current.content.topics()
            if wanted in f"{topic.title} {topic.question} {topic.address}".casefold()
        ]
        return [topic_choice(topic) for topic in found[:25]]

    @press(SHARE_TREND, SEE_FIGURES)
    async def share_trend(self, interaction: discord.Interaction, named: str, weeks: int, by: str, last: int) -> None:
        """Post a trend for all."""
        if by not in get_args(Step):
            raise OutdatedPress(by)
        step = cast("Step", by)
        topics = self._editions.current.tokens.topics(named)
        if not topics:
            raise Refused(_(NO_TOPIC))

        async def make(figures: Insights, period: Period) -> Report:
            return await self._reports.trend(figures, topics[0].article.command, topics[0].key, period, step)

        await self._share(interaction, make, weeks, last)

    async def _share(
        self, interaction: discord.Interaction, make: Make, weeks: int, last: int, *, own: Make | None = None
    ) -> None:
        """Post what ``make`` makes; ``own`` makes what whoever shares it keeps, where that is not the same."""
        if not member_may_write(interaction):
            raise Refused(_(CANNOT_WRITE))
        figures = self._figures(interaction)
        try:
            sunday = as_date(last)
        except ValueError:
            raise OutdatedPress(str(last)) from None
        if weeks > LONGEST_WEEKS or sunday.weekday() != SUNDAY or sunday >= figures.today:
            raise OutdatedPress(str(weeks))
        await acknowledge(interaction)
        server = place_language(self._guilds, interaction)
        async with self._turn(interaction):
            period = await figures.period(weeks or None, sunday)
            if period is None:
                raise OutdatedPress(str(last))
            with speaking(server):
                report = await make(self._figures(interaction), period)
            kept = report if own is None and server == current() else await (own or make)(figures, period)
        with speaking(server):
            message = await _post(interaction, report)
        card = kept.card(note=_("Posted here: {url}").format(url=message.jump_url), rows=False)
        await interaction.edit_original_response(view=card, attachments=kept.files())

    async def gaps(self, interaction: discord.Interaction) -> None:
        """Answer ``/insights gaps``."""
        await acknowledge(interaction, ephemeral=True)
        async with self._turn(interaction):
            found = await self._gaps(interaction)
        await self._show(interaction, self._listed(found, "most"))

    @press(SORT_GAPS, SEE_FIGURES)
    async def sort_gaps(self, interaction: discord.Interaction, order: str) -> None:
        """The other order was pressed."""
        await acknowledge(interaction)
        async with self._turn(interaction):
            found = await self._gaps(interaction)
        await self._show(interaction, self._listed(found, order))

    async def _gaps(self, interaction: discord.Interaction) -> Gaps:
        figures = self._figures(interaction)
        period = await figures.period(max(1, self._miss_days // 7))
        if period is None:
            raise Refused(no_week_yet(figures))
        return await self._reports.gaps(figures, period)

    def _listed(self, found: Gaps, order: str) -> Report:
        return self._reports.gaps_report(self._editions.current.content, found, order)

    @press(CHOOSE_GAP, SEE_FIGURES)
    async def choose_gap(self, interaction: discord.Interaction, _order: str) -> None:
        """One group was chosen: its wordings and the keywords that would make it match."""
        await acknowledge(interaction, ephemeral=True, thinking=True)
        async with self._turn(interaction):
            gap = (await self._gaps(interaction)).holding(chosen_number(interaction))
            if gap is None:
                raise Refused(_(NO_GAP))
            report = await self._reports.gap_report(self._editions.current.content, gap)
        await self._show(interaction, report)

    async def helped(self, interaction: discord.Interaction, weeks: int | None) -> None:
        """Answer ``/insights helped``."""
        async with self._begun(interaction, 13 if weeks is None else weeks) as (figures, period):
            report = await self._reports.helped(figures, period)
        await self._show(interaction, report)

    async def export(self, interaction: discord.Interaction, weeks: int | None) -> None:
        """Answer ``/insights export``."""
        guild, viewer = guild_of(interaction), interaction.user

        def told_as(channel_id: int) -> int | None:
            channel = channel_of(guild, channel_id)
            if channel is None or not isinstance(viewer, discord.Member):
                return 0 if channel_id == 0 else None
            return channel.id if channel.permissions_for(viewer).view_channel else None

        async with self._begun(interaction, weeks or 0) as (figures, period):
            packed = await self._reports.export(figures, period, told_as)
        if len(packed) > interaction.filesize_limit:
            size, limit = decimal(len(packed) / 1e6), decimal(interaction.filesize_limit / 1e6, 0)
            raise Refused(_(TOO_LARGE).format(size=size, limit=limit, guild=interaction.guild_id))
        name = f"lantern-{period.first:%Y%m%d}-{period.last:%Y%m%d}.zip"
        await interaction.edit_original_response(
            view=export_card(period, name), attachments=[discord.File(io.BytesIO(packed), name)]
        )


def _for_viewer(interaction: discord.Interaction, by: By) -> Namer | None:
    if by != "channel":
        return None
    viewer = interaction.user if isinstance(interaction.user, discord.Member) else None
    return channel_names(guild_of(interaction), viewer=viewer)


async def _post(interaction: discord.Interaction, report: Report) -> discord.Message:
    channel = interaction.channel
    if bot_may_write(interaction) and isinstance(channel, discord.abc.Messageable):
        shown = report if interaction.app_permissions.attach_files else report.without_picture()
        return await channel.send(view=shown.card(rows=False), files=shown.files())
    # Where the bot may not write, an answer to the press itself is still allowed.
    return await interaction.followup.send(view=report.card(rows=False), files=report.files(), wait=True)
