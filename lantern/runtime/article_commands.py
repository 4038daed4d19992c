"""The articles' own commands, such as ``/twinflame runner``: made from the content, one for each topic."""

from __future__ import annotations

from typing import Any, Literal

import discord
from discord import app_commands

from lantern.answers.edition import Editions
from lantern.answers.giving import Giving
from lantern.content.models import Article, Topic
from lantern.runtime.command_translator import of_content
from lantern.ui.cards import SHOW_DESCRIPTION

INSTALLS = app_commands.AppInstallationType(guild=True, user=True)
CONTEXTS = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)


class ArticleCommands:
    """Keeps the command tree's articles those of the edition that is in use."""

    def __init__(self, tree: app_commands.CommandTree[Any], editions: Editions, giving: Giving) -> None:
        self._tree = tree
        self._editions = editions
        self._giving = giving
        self._groups: list[app_commands.Group] = []

    def load(self) -> None:
        """Make the commands that the content asks for, in the place of those of the content before."""
        for group in self._groups:
            self._tree.remove_command(group.name)
        self._groups = [self._group(article) for article in self._editions.original.content.articles]
        for group in self._groups:
            self._tree.add_command(group)

    def _group(self, article: Article) -> app_commands.Group:
        group = app_commands.Group(
            name=article.command,
            description=of_content(article.title, article.command),
            allowed_installs=INSTALLS,
            allowed_contexts=CONTEXTS,
        )
        for topic in article.topics:
            group.add_command(self._command(topic))
        return group

    def _command(self, topic: Topic) -> app_commands.Command[Any, ..., None]:
        @app_commands.describe(show=SHOW_DESCRIPTION)
        async def answer(
            interaction: discord.Interaction[Any], show: Literal["only me", "everyone"] | None = None
        ) -> None:
            await self._giving.give_command(interaction, topic, show)

        described = of_content(topic.question, topic.article.command, topic.key)
        return app_commands.Command(name=topic.key, description=described, callback=answer)
