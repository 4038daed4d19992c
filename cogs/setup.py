"""``/setup`` and ``/settings``: a server's choices, one by one, and what they are now."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from lantern.admin import setup_cards
from lantern.admin.panels import OVERVIEW
from lantern.admin.setup import Setup
from lantern.runtime.client import Lantern
from lantern.ui.custom_ids import all_chosen_numbers, chosen_number, press


class SetupCommands(commands.Cog):
    """For administrators."""

    settings = app_commands.Group(
        name="settings",
        description="What this server has chosen",
        guild_only=True,
        default_permissions=discord.Permissions(manage_guild=True),
    )

    def __init__(self, setup: Setup) -> None:
        self.service = setup

    @app_commands.command(description="Go through this server's choices, one by one")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def setup(self, interaction: discord.Interaction) -> None:
        await self.service.show(interaction)

    @settings.command(name="show", description="Every choice of this server, and who may use which command")
    async def show(self, interaction: discord.Interaction) -> None:
        await self.service.show_settings(interaction)

    # ------------------------------------------------------------------ presses

    @press(OVERVIEW)
    async def overview(self, interaction: discord.Interaction) -> None:
        await self.service.show(interaction)

    @press(setup_cards.OPEN)
    async def open(self, interaction: discord.Interaction, name: str) -> None:
        await self.service.open(interaction, name)

    @press(setup_cards.ANSWERS)
    async def choose_answers(self, interaction: discord.Interaction, who: str) -> None:
        await self.service.choose_answers(interaction, who)

    @press(setup_cards.FORM)
    async def write(self, interaction: discord.Interaction, name: str) -> None:
        await self.service.write(interaction, name)

    @press(setup_cards.CHANNEL)
    async def choose_channel(self, interaction: discord.Interaction, name: str) -> None:
        await self.service.choose_channel(interaction, name, chosen_number(interaction))

    @press(setup_cards.NO_CHANNEL)
    async def choose_no_channel(self, interaction: discord.Interaction, name: str) -> None:
        await self.service.choose_no_channel(interaction, name)

    @press(setup_cards.WEEKDAY)
    async def choose_weekday(self, interaction: discord.Interaction) -> None:
        await self.service.choose_digest(interaction, digest_weekday=chosen_number(interaction))

    @press(setup_cards.HOUR)
    async def choose_hour(self, interaction: discord.Interaction) -> None:
        await self.service.choose_digest(interaction, digest_hour=chosen_number(interaction))

    @press(setup_cards.THREADS)
    async def choose_threads(self, interaction: discord.Interaction) -> None:
        await self.service.choose_threads(interaction, all_chosen_numbers(interaction))

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        await self.service.forget_channel(channel)


async def setup(bot: Lantern) -> None:
    await bot.add_cog(SetupCommands(bot.services.setup))
