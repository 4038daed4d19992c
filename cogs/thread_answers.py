"""``/thread-answers``, and the threads themselves."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from lantern.admin.thread_answers import ThreadAnswersPanel, ThreadParent
from lantern.answers.thread_answers import ThreadAnswers
from lantern.runtime.client import Lantern


@app_commands.default_permissions(manage_guild=True)
@app_commands.guild_only()
class ThreadAnswersCommands(
    commands.GroupCog,
    group_name="thread-answers",
    group_description="Offer an answer in new threads whose title asks a question",
):
    """For administrators, who switch it on, and for whoever opens a thread."""

    def __init__(self, panel: ThreadAnswersPanel, threads: ThreadAnswers) -> None:
        self.panel = panel
        self.threads = threads

    @app_commands.command(name="on", description="Answer new threads in a channel or forum, after two minutes")
    @app_commands.describe(channel="A channel with threads, or a forum")
    async def switch_on(self, interaction: discord.Interaction, channel: ThreadParent) -> None:
        await self.panel.switch_on(interaction, channel)

    @app_commands.command(name="off", description="Stop answering new threads in a channel or forum")
    @app_commands.describe(channel="A channel with threads, or a forum")
    async def switch_off(self, interaction: discord.Interaction, channel: ThreadParent) -> None:
        await self.panel.switch_off(interaction, channel)

    @app_commands.command(name="show", description="Where new threads are answered")
    async def show(self, interaction: discord.Interaction) -> None:
        await self.panel.show(interaction)

    @commands.Cog.listener()
    async def on_thread_create(self, thread: discord.Thread) -> None:
        await self.threads.opened(thread)


async def setup(bot: Lantern) -> None:
    await bot.add_cog(ThreadAnswersCommands(bot.services.thread_answers_panel, bot.services.thread_answers))
