"""``/library``: the forum with one post for each topic."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from lantern.admin.library import Library
from lantern.admin.library_panel import LibraryPanel
from lantern.runtime.client import Lantern


@app_commands.default_permissions(manage_guild=True)
@app_commands.guild_only()
class LibraryCommands(
    commands.GroupCog, group_name="library", group_description="A forum with one post for each topic, kept up to date"
):
    """For administrators."""

    def __init__(self, panel: LibraryPanel, library: Library) -> None:
        self.panel = panel
        self.library = library

    @app_commands.command(description="Post every topic in a forum, or go on where it stopped")
    @app_commands.describe(forum="An empty forum is best; other people's posts are left alone")
    async def publish(self, interaction: discord.Interaction, forum: discord.ForumChannel) -> None:
        await self.panel.publish(interaction, forum)

    @app_commands.command(description="Update all posts, and post again what was deleted")
    async def sync(self, interaction: discord.Interaction) -> None:
        await self.panel.sync(interaction)

    @app_commands.command(description="Where the library is, and whether its posts are up to date")
    async def show(self, interaction: discord.Interaction) -> None:
        await self.panel.show(interaction)

    @app_commands.command(description="End the library: its posts can be deleted or stay")
    async def remove(self, interaction: discord.Interaction) -> None:
        await self.panel.ask_remove(interaction)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        self.library.forget_thread(payload.guild_id, payload.thread_id)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        await self.library.forget_forum(channel.guild.id, channel.id)


async def setup(bot: Lantern) -> None:
    await bot.add_cog(LibraryCommands(bot.services.library_panel, bot.services.library))
