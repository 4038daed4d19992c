"""``/insights`` and ``/digest``: what members ask about, what is not covered, what helped, and the week in short."""

from __future__ import annotations

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from lantern.admin.digests import WEEKDAYS, Digests
from lantern.admin.insights_panel import InsightsPanel
from lantern.languages.translation import N_
from lantern.runtime.client import Lantern

MANAGES = discord.Permissions(manage_guild=True)

# Translators: choices of a command: how many weeks the figures are of.
PERIODS = [
    app_commands.Choice(name=N_("1 week"), value=1),
    app_commands.Choice(name=N_("4 weeks"), value=4),
    app_commands.Choice(name=N_("13 weeks"), value=13),
    app_commands.Choice(name=N_("All weeks"), value=0),
]
# Translators: choices of a command: what is counted, or which steps of time the figures have.
BY = (N_("topic"), N_("article"), N_("channel"), N_("source"), N_("day"), N_("week"))
"""Names of the choices that stand as literals below, for the catalogs."""
DAYS_OF_THE_WEEK = [
    app_commands.Choice(name=app_commands.locale_str(name, weekday=number), value=number)
    for number, name in enumerate(WEEKDAYS)
]

Hours = app_commands.Range[int, 0, 23]


class InsightsCommands(commands.Cog):
    """For administrators; both groups need Manage Server, unless the server's own settings say otherwise."""

    insights = app_commands.Group(
        name="insights", description=N_("What members ask about, and what is missing"), default_permissions=MANAGES
    )
    digest = app_commands.Group(
        name="digest", description=N_("The weekly figures, posted in a channel"), default_permissions=MANAGES
    )

    def __init__(self, panel: InsightsPanel, digests: Digests) -> None:
        self.panel = panel
        self.digests = digests

    @insights.command(description=N_("What members ask about most, compared with the weeks before"))
    @app_commands.describe(period=N_("How many whole weeks; 4 if left out"), by=N_("What to count; topics if left out"))
    @app_commands.choices(period=PERIODS)
    async def top(
        self,
        interaction: discord.Interaction,
        period: int | None = None,
        by: Literal["topic", "article", "channel", "source"] = "topic",
    ) -> None:
        await self.panel.top(interaction, period, by)

    @insights.command(description=N_("How often one topic is asked, by week or by day"))
    @app_commands.describe(
        topic=N_("Which topic"),
        period=N_("How many whole weeks; 13 if left out"),
        by=N_("By week, or by the days that can be shown; weeks if left out"),
    )
    @app_commands.choices(period=PERIODS)
    async def trend(
        self,
        interaction: discord.Interaction,
        topic: str,
        period: int | None = None,
        by: Literal["day", "week"] | None = None,
    ) -> None:
        await self.panel.trend(interaction, topic, period, by)

    @trend.autocomplete("topic")
    async def suggest_topic(self, _interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return self.panel.suggest_topics(typed)

    @insights.command(description=N_("What members asked that found no answer"))
    async def gaps(self, interaction: discord.Interaction) -> None:
        await self.panel.gaps(interaction)

    @insights.command(description=N_("Which answers helped, which to review, and what was read next"))
    @app_commands.describe(period=N_("How many whole weeks; 13 if left out"))
    @app_commands.choices(period=PERIODS[:3])
    async def helped(self, interaction: discord.Interaction, period: int | None = None) -> None:
        await self.panel.helped(interaction, period)

    @insights.command(description=N_("Download the figures as CSV and JSON, in a zip file"))
    @app_commands.describe(period=N_("How many whole weeks; all if left out"))
    @app_commands.choices(period=PERIODS)
    async def export(self, interaction: discord.Interaction, period: int | None = None) -> None:
        await self.panel.export(interaction, period)

    @digest.command(name="on", description=N_("Post the weekly figures in a channel"))
    @app_commands.describe(
        channel=N_("Where to post them"),
        weekday=N_("On which day; Monday if left out"),
        hour=N_("At which hour, 0 to 23; 18 if left out"),
    )
    @app_commands.choices(weekday=DAYS_OF_THE_WEEK)
    async def digest_on(
        self,
        interaction: discord.Interaction,
        channel: discord.TextChannel,
        weekday: int | None = None,
        hour: Hours | None = None,
    ) -> None:
        await self.digests.on(interaction, channel, weekday, hour)

    @digest.command(name="off", description=N_("Stop posting the weekly figures"))
    async def digest_off(self, interaction: discord.Interaction) -> None:
        await self.digests.off(interaction)

    @digest.command(name="show", description=N_("Where and when the weekly figures are posted"))
    async def digest_show(self, interaction: discord.Interaction) -> None:
        await self.digests.show(interaction)

    @digest.command(name="now", description=N_("Post last week's figures now"))
    async def digest_now(self, interaction: discord.Interaction) -> None:
        await self.digests.now(interaction)


async def setup(bot: Lantern) -> None:
    await bot.add_cog(InsightsCommands(bot.services.insights_panel, bot.services.digests))
