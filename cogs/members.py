"""``/topics``, ``/help`` and ``/language``. The articles' own commands are made from the content."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from lantern.answers.giving import Giving
from lantern.answers.help_card import Help
from lantern.answers.own_language import AS_IN_DISCORD, OwnLanguage
from lantern.languages.translation import LANGUAGES, N_
from lantern.runtime.client import Lantern

LANGUAGE_CHOICES = [
    *(app_commands.Choice(name=name, value=code) for code, name in LANGUAGES.items()),
    # Translators: a choice of a command, below the languages: the one that the reader's Discord is in.
    app_commands.Choice(name=N_("As in Discord"), value=AS_IN_DISCORD),
]


class MemberCommands(commands.Cog):
    """The commands that everyone has, everywhere."""

    def __init__(self, giving: Giving, help_card: Help, own_language: OwnLanguage) -> None:
        self.giving = giving
        self.help_card = help_card
        self.own_language = own_language

    @app_commands.command(description=N_("See every question that has an answer here, and choose one"))
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def topics(self, interaction: discord.Interaction) -> None:
        await self.giving.show_list(interaction)

    @app_commands.command(description=N_("What Lantern can do for you here"))
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def help(self, interaction: discord.Interaction) -> None:
        await self.help_card.show(interaction)

    @app_commands.command(description=N_("Choose the language in which Lantern answers you"))
    @app_commands.describe(language=N_("Your language. Nothing changes for anyone else."))
    @app_commands.choices(language=LANGUAGE_CHOICES)
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def language(self, interaction: discord.Interaction, language: str) -> None:
        await self.own_language.choose(interaction, language)


async def setup(bot: Lantern) -> None:
    await bot.add_cog(MemberCommands(bot.services.giving, bot.services.help_card, bot.services.own_language))
