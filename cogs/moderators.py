"""**Answer this**, ``/answer`` and **Remove this answer**."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from lantern.answers.link_menu import LinkMenu
from lantern.runtime.client import Lantern


class ModeratorCommands(commands.Cog):
    """For moderators."""

    def __init__(self, link_menu: LinkMenu) -> None:
        self.link_menu = link_menu

    @app_commands.command(description="Post an answer here, for a member or under a message")
    @app_commands.describe(
        topic="The question to answer; type to search",
        member="Who it is for; they are notified",
        message="A link to the message to reply to, in this channel or thread",
        whole="Post the whole answer instead of one sentence",
    )
    @app_commands.default_permissions(manage_messages=True)
    async def answer(
        self,
        interaction: discord.Interaction,
        topic: str,
        member: discord.User | None = None,
        message: str | None = None,
        whole: bool = False,
    ) -> None:
        await self.link_menu.answer(interaction, topic, member, message, whole)

    @answer.autocomplete("topic")
    async def suggest(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await self.link_menu.suggest(interaction, typed)


async def setup(bot: Lantern) -> None:
    link_menu, removing = bot.services.link_menu, bot.services.removing
    await bot.add_cog(ModeratorCommands(link_menu))
    # In a message's **Apps** menu; discord.py has no decorator for these in a cog.
    answer_this = app_commands.ContextMenu(name="Answer this", callback=link_menu.answer_this)
    answer_this.default_permissions = discord.Permissions(manage_messages=True)
    bot.tree.add_command(answer_this)
    bot.tree.add_command(app_commands.ContextMenu(name="Remove this answer", callback=removing.remove))
