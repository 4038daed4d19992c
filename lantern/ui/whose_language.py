"""Whose language is spoken: a reader's in what they alone see, the server's in what all there see.

The client puts the reader's in use for each interaction. Whatever is made for all to see is made inside
``with speaking(guild_language(guilds, guild))``.
"""

from __future__ import annotations

import discord

from lantern.languages.translation import ORIGINAL, language_of
from lantern.store.guilds import Guilds
from lantern.store.member_keys import MemberKeys
from lantern.store.member_languages import MemberLanguages


def reader_language(chosen: MemberLanguages, member_keys: MemberKeys, interaction: discord.Interaction) -> str:
    """The language of whoever typed or pressed: the one that they chose with `/language`, or that of their Discord."""
    return chosen.of(member_keys.of(interaction.user.id)) or language_of(interaction.locale.value)


def guild_language(guilds: Guilds, guild: discord.Guild | None) -> str:
    """The language of what everybody in a server sees: the one chosen in `/setup`, or that of the server in Discord.

    English where there is no server.
    """
    if guild is None:
        return ORIGINAL
    return guilds.of(guild.id).language or language_of(guild.preferred_locale.value)


def place_language(guilds: Guilds, interaction: discord.Interaction) -> str:
    """The same for the server that an interaction comes from, also where the bot is no member of it."""
    if interaction.guild_locale is None:
        return ORIGINAL
    return guilds.of(interaction.guild_id).language or language_of(interaction.guild_locale.value)
