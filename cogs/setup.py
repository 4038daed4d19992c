"""``/setup`` and ``/settings``: a server's choices, one by one, and what they are now."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from lantern.admin.setup import Setup
from lantern.languages.translation import N_
from lantern.runtime.client import Lantern


class SetupCommands(commands.Cog):
    """For administrators."""

    settings = app_commands.Group(
        name="settings",
        description=N_("What this server has chosen"),
        guild_only=True,
        default_permissions=discord.Permissions(manage_guild=True),
    )

    def __init__(self, setup: Setup) -> None:
        self.service = setup

    @app_commands.command(description=N_("Go through this server's choices, one by one"))
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def setup(self, interaction: discord.Interaction) -> None:
        await self.service.show(interaction)

    @settings.command(name="show", description=N_("Every choice of this server, and who may use which command"))
    async def show(self, interaction: discord.Interaction) -> None:
        await self.service.show_settings(interaction)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        await self.service.forget_channel(channel)


async def setup(bot: Lantern) -> None:
    await bot.add_cog(SetupCommands(bot.services.setup))
