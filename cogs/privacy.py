"""``/privacy``: what is kept about oneself, and an end to it."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from lantern.answers.privacy import Privacy
from lantern.runtime.client import Lantern


class PrivacyCommands(commands.Cog):
    """For everyone."""

    def __init__(self, privacy: Privacy) -> None:
        self.service = privacy

    @app_commands.command(description="See, download or delete what Lantern keeps about you")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def privacy(self, interaction: discord.Interaction) -> None:
        await self.service.show(interaction)


async def setup(bot: Lantern) -> None:
    await bot.add_cog(PrivacyCommands(bot.services.privacy))
