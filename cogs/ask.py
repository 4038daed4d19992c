"""``/ask``: a question in a member's own words."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from lantern.answers.asking import Asking
from lantern.languages.translation import N_
from lantern.runtime.client import Lantern


class AskCommands(commands.Cog):
    """For members."""

    def __init__(self, asking: Asking) -> None:
        self.asking = asking

    @app_commands.command(description=N_("Ask in your own words. Only you see the answer."))
    @app_commands.describe(question=N_("What you want to know, as you would ask a friend"))
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def ask(self, interaction: discord.Interaction, question: str) -> None:
        await self.asking.ask(interaction, question)

    @ask.autocomplete("question")
    async def suggest(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await self.asking.suggest(interaction, typed)


async def setup(bot: Lantern) -> None:
    await bot.add_cog(AskCommands(bot.services.asking))
