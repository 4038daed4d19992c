"""Threads that ask: switched on by an administrator, channel by channel."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands, tasks

from lantern.answers.linking import CHANNELS, NotPosted, take_back
from lantern.answers.threads import NOT_THIS, ThreadAnswers, lacking
from lantern.runtime.client import Lantern
from lantern.store.guilds import SettingRefused
from lantern.store.questions import milliseconds
from lantern.ui.cards import notice
from lantern.ui.custom_ids import press

Place = discord.TextChannel | discord.ForumChannel

ONLY_THE_OPENER = (
    "Only the one who opened this thread can send this away. Moderators can use **Remove Lantern's answer**."
)
TICK_SECONDS = 1


@app_commands.default_permissions(manage_guild=True)
@app_commands.guild_only()
class ThreadAnswersCommands(
    commands.GroupCog,
    group_name="thread-answers",
    group_description="Offer a card under new threads whose title clearly asks a question",
):
    """``/thread-answers``, and the threads themselves."""

    def __init__(self, bot: Lantern) -> None:
        self.bot = bot
        self.waiting = ThreadAnswers(bot)
        self._ticking = False

    async def cog_unload(self) -> None:
        self.look.cancel()

    # ------------------------------------------------------------------ commands

    @app_commands.command(name="on", description="Answer new threads of a channel or forum after two minutes")
    @app_commands.describe(channel="A channel with threads, or a forum")
    async def switch_on(self, interaction: discord.Interaction[Lantern], channel: Place) -> None:
        assert interaction.guild is not None
        if (problem := lacking(channel)) is not None:
            await self._say(interaction, f"Nothing was changed. {problem}")
            return
        now = self.bot.guild_settings(interaction.guild.id).thread_answers
        try:
            if channel.id not in now:
                await self.bot.change_guild_setting(interaction.guild.id, thread_answers=(*now, channel.id))
        except SettingRefused as error:
            await self._say(interaction, f"Nothing was changed. {error}")
            return
        await self._say(
            interaction,
            f"New threads in {channel.mention} are answered from now on: when the title clearly asks one of the "
            f"questions, after two minutes, unless somebody was faster. Nobody is pinged, and the opener can send "
            f"the card away.",
        )

    @app_commands.command(name="off", description="Leave the threads of a channel or forum alone")
    @app_commands.describe(channel="A channel with threads, or a forum")
    async def switch_off(self, interaction: discord.Interaction[Lantern], channel: Place) -> None:
        assert interaction.guild is not None
        now = self.bot.guild_settings(interaction.guild.id).thread_answers
        if channel.id in now:
            left = tuple(each for each in now if each != channel.id)
            await self.bot.change_guild_setting(interaction.guild.id, thread_answers=left)
        await self._say(interaction, f"Threads in {channel.mention} are left alone.")

    @app_commands.command(name="show", description="Where new threads are answered")
    async def show(self, interaction: discord.Interaction[Lantern]) -> None:
        guild = interaction.guild
        assert guild is not None
        lines = []
        for channel_id in self.bot.guild_settings(guild.id).thread_answers:
            channel = guild.get_channel(channel_id)
            problem = lacking(channel) if channel is not None else "It was deleted."
            lines.append(f"- <#{channel_id}>" + (f" {problem}" if problem else ""))
        on = self.bot.mention("thread-answers on")
        text = (
            "\n".join(["New threads are answered in:", *lines]) if lines else f"No threads are answered. {on} begins."
        )
        await self._say(interaction, text)

    @staticmethod
    async def _say(interaction: discord.Interaction[Lantern], text: str) -> None:
        await interaction.response.send_message(view=notice(text), ephemeral=True)

    # ------------------------------------------------------------------ threads

    @commands.Cog.listener()
    async def on_thread_create(self, thread: discord.Thread) -> None:
        """A thread was opened. The clock runs only while one waits."""
        if not self.waiting.opened(thread) or self._ticking:
            return
        self._ticking = True
        if self.look.is_running():
            # It is just about to stop, which cannot be undone.
            self.look.restart()
        else:
            self.look.start()

    @tasks.loop(seconds=TICK_SECONDS)
    async def look(self) -> None:
        """Answer the threads whose time has come."""
        await self.waiting.look()
        if not self.waiting:
            self._ticking = False
            self.look.stop()

    @press(NOT_THIS)
    async def not_this(self, interaction: discord.Interaction[Lantern], article: str, key: str, opener_id: int) -> None:
        """The opener was asking something else: the card goes, and that is kept as a correction."""
        message, guild = interaction.message, interaction.guild
        assert message is not None
        assert guild is not None
        if interaction.user.id != opener_id:
            await self.bot.say_privately(interaction, ONLY_THE_OPENER)
            return
        channel = message.channel
        if not isinstance(channel, CHANNELS):
            return
        await interaction.response.defer()
        try:
            await take_back(self.bot, channel, message.id)
        except NotPosted as error:
            await self.bot.say_privately(interaction, str(error))
            return
        self.bot.misses.correct(
            at=milliseconds(interaction.created_at),
            ask_id=message.id,
            guild_id=guild.id,
            shown=(article, key),
            came_from="thread",
        )


async def setup(bot: Lantern) -> None:
    await bot.add_cog(ThreadAnswersCommands(bot))
