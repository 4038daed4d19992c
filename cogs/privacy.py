"""``/privacy``: what is kept about oneself, and an end to it."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from lantern.answers import privacy_cards
from lantern.answers.privacy import Privacy
from lantern.runtime.client import Lantern
from lantern.ui.custom_ids import press


class PrivacyCommands(commands.Cog):
    """For everyone."""

    def __init__(self, privacy: Privacy) -> None:
        self.service = privacy

    @app_commands.command(description="What is kept about you: see it, take it with you, or delete it")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def privacy(self, interaction: discord.Interaction) -> None:
        await self.service.show(interaction)

    @press(privacy_cards.DOWNLOAD)
    async def download(self, interaction: discord.Interaction) -> None:
        await self.service.download(interaction)

    @press(privacy_cards.FORGET_ME)
    async def ask_once_more(self, interaction: discord.Interaction) -> None:
        await self.service.ask_once_more(interaction)

    @press(privacy_cards.FORGET_CONFIRMED)
    async def forget(self, interaction: discord.Interaction) -> None:
        await self.service.forget(interaction)

    @press(privacy_cards.BACK)
    async def go_back(self, interaction: discord.Interaction) -> None:
        await self.service.show_again(interaction)

    @press(privacy_cards.DONT_COUNT_ME)
    async def stop_counting(self, interaction: discord.Interaction) -> None:
        await self.service.stop_counting(interaction)

    @press(privacy_cards.COUNT_ME)
    async def count_again(self, interaction: discord.Interaction) -> None:
        await self.service.count_again(interaction)


async def setup(bot: Lantern) -> None:
    await bot.add_cog(PrivacyCommands(bot.services.privacy))
