"""``/thread-answers``: an administrator switches the answering of new threads on and off, channel by channel."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from lantern.admin.panels import change_settings, guild_of, say
from lantern.languages.translation import _, ngettext
from lantern.store.guilds import Guilds
from lantern.ui.command_list import CommandList
from lantern.ui.permissions import IN_THREADS, bold, missing, names_of
from lantern.ui.refusals import Refused

ThreadParent = discord.TextChannel | discord.ForumChannel


def obstacle(channel: discord.abc.GuildChannel) -> str | None:
    """What keeps Lantern from answering threads of a channel, as a sentence; None when nothing does."""
    flags = missing(channel.permissions_for(channel.guild.me), IN_THREADS)
    if not flags:
        return None
    return ngettext(
        "Lantern needs the permission {permissions} in {channel}.",
        "Lantern needs the permissions {permissions} in {channel}.",
        len(flags),
    ).format(permissions=bold(names_of(flags)), channel=channel.mention)


class ThreadAnswersPanel:
    """What administrators see and choose of thread answers. Its methods raise :class:`Refused`."""

    def __init__(self, guilds: Guilds, commands: CommandList) -> None:
        self._guilds = guilds
        self._commands = commands

    async def choose(
        self, guild_id: int, channels: Sequence[discord.abc.GuildChannel], *, beside: Sequence[int] = ()
    ) -> None:
        """Answer the new threads of these channels and of those ``beside`` them: the one way of switching it on."""
        if problems := [each for channel in channels if (each := obstacle(channel))]:
            raise Refused(" ".join([_("Nothing was changed."), *problems]))
        chosen = dict.fromkeys((*beside, *(channel.id for channel in channels)))
        await change_settings(self._guilds, guild_id, thread_answers=tuple(chosen))

    async def switch_on(self, interaction: discord.Interaction, channel: ThreadParent) -> None:
        """Answer ``/thread-answers on``."""
        await self.choose(channel.guild.id, [channel], beside=self._guilds.of(channel.guild.id).thread_answers)
        sentence = _(
            "From now on, Lantern answers new threads in {channel} when the title clearly asks one of its questions. "
            "It waits two minutes so that people can answer first, and it notifies nobody. Whoever opened the thread "
            "can remove the answer."
        )
        await say(interaction, sentence.format(channel=channel.mention))

    async def switch_off(self, interaction: discord.Interaction, channel: ThreadParent) -> None:
        """Answer ``/thread-answers off``."""
        now = self._guilds.of(channel.guild.id).thread_answers
        if channel.id in now:
            left = tuple(each for each in now if each != channel.id)
            await change_settings(self._guilds, channel.guild.id, thread_answers=left)
        await say(interaction, _("Lantern does not answer threads in {channel}.").format(channel=channel.mention))

    async def show(self, interaction: discord.Interaction) -> None:
        """Answer ``/thread-answers show``."""
        guild = guild_of(interaction)
        lines = []
        for channel_id in self._guilds.of(guild.id).thread_answers:
            channel = guild.get_channel(channel_id)
            problem = obstacle(channel) if channel is not None else _("It was deleted.")
            lines.append(f"- <#{channel_id}>" + (f" {problem}" if problem else ""))
        if lines:
            await say(interaction, "\n".join([_("Lantern answers new threads in:"), *lines]))
            return
        on = self._commands.mention("thread-answers on")
        await say(interaction, _("Lantern answers no threads here. To change that, use {command}.").format(command=on))
