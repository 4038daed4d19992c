"""``/topics`` and ``/help``. The articles' own commands are made from the content."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from lantern.answers.giving import Giving
from lantern.answers.help_card import Help
from lantern.runtime.client import Lantern


class MemberCommands(commands.Cog):
    """The commands that everyone has, everywhere."""

    def __init__(self, giving: Giving, help_card: Help) -> None:
        self.giving = giving
        self.help_card = help_card

    @app_commands.command(description="See every question that has an answer here, and choose one")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def topics(self, interaction: discord.Interaction) -> None:
        await self.giving.show_list(interaction)

    @app_commands.command(description="What Lantern can do for you here")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def help(self, interaction: discord.Interaction) -> None:
        await self.help_card.show(interaction)


async def setup(bot: Lantern) -> None:
    await bot.add_cog(MemberCommands(bot.services.giving, bot.services.help_card))
