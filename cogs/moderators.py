"""**Answer this**, ``/answer`` and **Remove Lantern's answer**."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from lantern.answers.link_menu import LinkMenu
from lantern.answers.removing import Removing
from lantern.runtime.client import Lantern
from lantern.ui.message_commands import message_command


class ModeratorCommands(commands.Cog):
    """For moderators; members, too, take back what they asked for."""

    def __init__(self, link_menu: LinkMenu, removing: Removing) -> None:
        self.link_menu = link_menu
        self.removing = removing

    @message_command("Answer this")
    @app_commands.default_permissions(manage_messages=True)
    async def answer_this(self, interaction: discord.Interaction, message: discord.Message) -> None:
        await self.link_menu.answer_this(interaction, message)

    @message_command("Remove Lantern's answer")
    async def remove(self, interaction: discord.Interaction, message: discord.Message) -> None:
        await self.removing.remove(interaction, message)

    @app_commands.command(description="Put an answer into this channel or thread, for somebody or under a message")
    @app_commands.describe(
        topic="The question to answer; type to search",
        member="Whom it is for; they are notified",
        message="A link to the message to reply to, in this channel or thread",
        whole="Post the whole answer instead of its short form",
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
        return self.link_menu.suggest(interaction, typed)


async def setup(bot: Lantern) -> None:
    await bot.add_cog(ModeratorCommands(bot.services.link_menu, bot.services.removing))
