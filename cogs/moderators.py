"""**Answer this**, ``/answer`` and **Remove Lantern's answer**, with the presses they lead to."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from lantern.answers import link_cards
from lantern.answers.link_cards import Aim
from lantern.answers.link_menu import LinkMenu
from lantern.answers.removing import Removing
from lantern.runtime.client import Lantern
from lantern.ui.custom_ids import chosen, press
from lantern.ui.message_commands import message_command


class ModeratorCommands(commands.Cog):
    """For moderators; members, too, take back what they asked for."""

    def __init__(self, link_menu: LinkMenu, removing: Removing) -> None:
        self.link_menu = link_menu
        self.removing = removing

    # ------------------------------------------------------------------ commands

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
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
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

    # ------------------------------------------------------------------ presses in the private menu

    @press(link_cards.LINK)
    async def link(self, interaction: discord.Interaction, article: str, key: str, target: int, mode: int) -> None:
        await self.link_menu.link(interaction, article, key, Aim.of(target, mode))

    @press(link_cards.LINK_CHOSEN)
    async def link_chosen(self, interaction: discord.Interaction, article: str, target: int, mode: int) -> None:
        await self.link_menu.link(interaction, article, chosen(interaction), Aim.of(target, mode))

    @press(link_cards.LINK_ARTICLE)
    async def choose_article(self, interaction: discord.Interaction, _number: int, target: int, mode: int) -> None:
        await self.link_menu.choose_article(interaction, chosen(interaction), Aim.of(target, mode))

    @press(link_cards.NOTIFY)
    async def switch_notify(self, interaction: discord.Interaction, target: int, mode: int) -> None:
        await self.link_menu.switch_notify(interaction, Aim.of(target, mode))

    @press(link_cards.QUIET)
    async def post_quiet(self, interaction: discord.Interaction, kind: str, target: int, mode: int) -> None:
        await self.link_menu.post_quiet(interaction, kind, Aim.of(target, mode))

    @press(link_cards.TOPICS_AFTER_CARE)
    async def show_topics(self, interaction: discord.Interaction, target: int, mode: int) -> None:
        await self.link_menu.show_topics(interaction, Aim.of(target, mode))

    @press(link_cards.UNDO)
    async def undo(self, interaction: discord.Interaction, message_id: int) -> None:
        await self.link_menu.undo(interaction, message_id)

    @press(link_cards.WHOLE)
    async def whole(self, interaction: discord.Interaction, message_id: int) -> None:
        await self.link_menu.make_whole(interaction, message_id)

    # ------------------------------------------------------------------ presses under a link card

    @press(link_cards.READ)
    async def read(self, interaction: discord.Interaction, article: str, key: str, link_id: int) -> None:
        await self.link_menu.read(interaction, article, key, link_id)


async def setup(bot: Lantern) -> None:
    await bot.add_cog(ModeratorCommands(bot.services.link_menu, bot.services.removing))
