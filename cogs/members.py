"""For members: the articles' own commands, the list of all topics, and help."""

from __future__ import annotations

from typing import Any, Literal

import discord
from discord import app_commands
from discord.ext import commands

from lantern.answers.help_card import card as help_card
from lantern.content.models import Article, Topic
from lantern.runtime.client import Lantern
from lantern.ui.cards import CHOOSE_ARTICLE, CHOOSE_TOPIC, RELATED, SHARE, SHOW_DESCRIPTION, Card, text
from lantern.ui.custom_ids import chosen, press

INSTALLS = app_commands.AppInstallationType(guild=True, user=True)
CONTEXTS = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)

GONE = "That question is not in the article any more. These are the ones that are:"


class Members(commands.Cog):
    """The commands that everyone has, everywhere."""

    def __init__(self, bot: Lantern) -> None:
        self.bot = bot
        self._groups: list[app_commands.Group] = []

    async def cog_load(self) -> None:
        self.load_articles()

    async def cog_unload(self) -> None:
        self._unload_articles()

    def load_articles(self) -> None:
        """Make the commands that the content asks for; called again, it replaces those of the content before."""
        self._unload_articles()
        self._groups = [self._group(article) for article in self.bot.content.articles]
        for group in self._groups:
            self.bot.tree.add_command(group)

    def _unload_articles(self) -> None:
        for group in self._groups:
            self.bot.tree.remove_command(group.name)

    def _group(self, article: Article) -> app_commands.Group:
        group = app_commands.Group(
            name=article.command, description=article.title, allowed_installs=INSTALLS, allowed_contexts=CONTEXTS
        )
        for topic in article.topics:
            group.add_command(self._command(topic))
        return group

    def _command(self, topic: Topic) -> app_commands.Command[Any, ..., None]:
        @app_commands.describe(show=SHOW_DESCRIPTION)
        async def answer(
            interaction: discord.Interaction[Lantern], show: Literal["only me", "everyone"] | None = None
        ) -> None:
            by_default = self.bot.guild_settings(interaction.guild_id).answers_public
            for_all = by_default if show is None else show == "everyone"
            await self.bot.answering.give(interaction, topic, "slash", for_all=for_all)

        return app_commands.Command(name=topic.key, description=topic.question, callback=answer)

    # ------------------------------------------------------------------ under every answer

    @press(RELATED)
    async def related(self, interaction: discord.Interaction[Lantern], article: str, here: str, there: str) -> None:
        """A related question was pressed, under a private answer or a public one: the presser alone is answered."""
        known = self.bot.content.find(article, here) is not None
        await self._answer(interaction, article, there, "related", from_topic=here if known else None)

    @press(SHARE)
    async def share(self, interaction: discord.Interaction[Lantern], article: str, key: str) -> None:
        """**Share in channel** was pressed under a private answer."""
        topic = self.bot.content.find(article, key)
        if topic is None:
            await self._show_list(interaction, GONE)
        else:
            await self.bot.answering.share(interaction, topic)

    # ------------------------------------------------------------------ /topics

    @app_commands.command(description="All questions that have an answer here, to choose from")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def topics(self, interaction: discord.Interaction[Lantern]) -> None:
        await self._show_list(interaction)

    @press(CHOOSE_TOPIC)
    async def choose_topic(self, interaction: discord.Interaction[Lantern], article: str) -> None:
        """A question was chosen in a menu of topics."""
        await self._answer(interaction, article, chosen(interaction), "topics")

    @press(CHOOSE_ARTICLE)
    async def choose_article(self, interaction: discord.Interaction[Lantern], _number: int) -> None:
        """An article was chosen among many: its questions come next."""
        article = self.bot.content.article(chosen(interaction))
        if article is None:
            await self._show_list(interaction, GONE)
        else:
            await interaction.response.send_message(view=self.bot.cards.article_menu(article), ephemeral=True)

    async def _answer(
        self,
        interaction: discord.Interaction[Lantern],
        article: str,
        key: str,
        source: Literal["topics", "related"],
        *,
        from_topic: str | None = None,
    ) -> None:
        topic = self.bot.content.find(article, key)
        if topic is None:
            await self._show_list(interaction, GONE)
        else:
            await self.bot.answering.give(interaction, topic, source, from_topic=from_topic)

    async def _show_list(self, interaction: discord.Interaction[Lantern], above: str | None = None) -> None:
        menu = self.bot.cards.menu
        card = Card([text(above), *menu.components]) if above else menu
        await interaction.response.send_message(view=card, ephemeral=True)

    # ------------------------------------------------------------------ /help

    @app_commands.command(description="What Lantern can do for you here")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def help(self, interaction: discord.Interaction[Lantern]) -> None:
        await interaction.response.send_message(view=help_card(interaction), ephemeral=True)


async def setup(bot: Lantern) -> None:
    await bot.add_cog(Members(bot))
