"""``/ask``: a question in a member's own words, and the presses that it leads to."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from lantern.answers.ask_cards import FORGET_MISS, HELPFUL, NONE_OF_THESE, NOT_IT, PICK, WANTED
from lantern.answers.asking import Asking
from lantern.answers.care_cards import READ_QUIET, SAFE
from lantern.runtime.client import Lantern
from lantern.ui.custom_ids import press


class AskCommands(commands.Cog):
    """For members."""

    def __init__(self, asking: Asking) -> None:
        self.asking = asking

    @app_commands.command(description="Ask in your own words. Only you see the answer.")
    @app_commands.describe(question="What you want to know, as you would ask a friend")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def ask(self, interaction: discord.Interaction, question: str) -> None:
        await self.asking.ask(interaction, question)

    @ask.autocomplete("question")
    async def suggest(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return self.asking.suggest(interaction.guild_id, typed)

    @press(PICK)
    async def pick(self, interaction: discord.Interaction, ask_id: int, state: str, chosen: str) -> None:
        await self.asking.pick(interaction, ask_id, state, chosen)

    @press(WANTED)
    async def wanted(self, interaction: discord.Interaction, ask_id: int, state: str, chosen: str) -> None:
        await self.asking.wanted(interaction, ask_id, state, chosen)

    @press(HELPFUL)
    async def helpful(self, interaction: discord.Interaction, ask_id: int, shown: str) -> None:
        await self.asking.helpful(interaction, ask_id, shown)

    @press(NOT_IT)
    async def not_it(self, interaction: discord.Interaction, ask_id: int, state: str) -> None:
        await self.asking.not_it(interaction, ask_id, state)

    @press(NONE_OF_THESE)
    async def none_of_these(self, interaction: discord.Interaction, ask_id: int, state: str) -> None:
        await self.asking.none_of_these(interaction, ask_id, state)

    @press(FORGET_MISS)
    async def forget(self, interaction: discord.Interaction, miss_id: int) -> None:
        await self.asking.forget(interaction, miss_id)

    @press(SAFE)
    async def show_anyway(self, interaction: discord.Interaction, held_as: int) -> None:
        await self.asking.show_anyway(interaction, held_as)

    @press(READ_QUIET)
    async def read_quiet(self, interaction: discord.Interaction, nonce: str, seal: str) -> None:
        await self.asking.read_quiet(interaction, nonce, seal)


async def setup(bot: Lantern) -> None:
    await bot.add_cog(AskCommands(bot.services.asking))
