"""What every panel of administrators does alike."""

from __future__ import annotations

from typing import Any

import discord

from lantern.languages.translation import N_, _, ngettext
from lantern.store.guilds import Guilds, GuildSettings, SettingRefused
from lantern.ui.cards import Card, notice
from lantern.ui.permissions import bold, names_of, own_missing_to_write
from lantern.ui.refusals import Refused
from lantern.ui.replies import change_pressed, send

CHANNEL_GONE = N_("That channel is gone. Nothing was changed. Please choose another.")
OVERVIEW = "set"
"""The press that shows the checklist of /setup."""

NOT_SAVED = N_("**Not saved.** {why}")


def guild_of(interaction: discord.Interaction[Any]) -> discord.Guild:
    """The guild of a command or press that exists in guilds alone."""
    assert interaction.guild is not None
    return interaction.guild


async def say(interaction: discord.Interaction[Any], text: str) -> None:
    """Answer a command in words that only the administrator sees."""
    await send(interaction, notice(text))


async def show_panel(interaction: discord.Interaction[Any], card: Card) -> None:
    """Show a panel to whoever opened it: a new message after a command, in place of the old one after a press."""
    if interaction.type is discord.InteractionType.application_command:
        await send(interaction, card)
    else:
        await change_pressed(interaction, card)


def refuse_unwritable(channel: discord.abc.GuildChannel) -> None:
    """Raise :class:`Refused` for a channel that Lantern may not write in."""
    if flags := own_missing_to_write(channel):
        sentence = ngettext(
            "Lantern cannot post in {channel}. It needs the permission {permissions} there.",
            "Lantern cannot post in {channel}. It needs the permissions {permissions} there.",
            len(flags),
        )
        raise Refused(sentence.format(channel=channel.mention, permissions=bold(names_of(flags))))


async def change_settings(guilds: Guilds, guild_id: int, **changes: Any) -> GuildSettings:
    """Make and keep a guild's choices. Raises :class:`Refused` for a value that is not allowed."""
    try:
        return await guilds.change(guild_id, **changes)
    except SettingRefused as error:
        raise Refused(_(NOT_SAVED).format(why=error)) from error
