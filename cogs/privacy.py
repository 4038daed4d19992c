"""For everyone: what is kept about oneself, and an end to it; each day, an end to what has had its time."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord
from discord import app_commands
from discord.ext import commands, tasks

from lantern.answers import privacy_cards
from lantern.runtime.client import Lantern
from lantern.store.members import Privacy as Kept
from lantern.store.questions import milliseconds
from lantern.store.retention import Retention
from lantern.ui.custom_ids import press

log = logging.getLogger(__name__)


class Privacy(commands.Cog):
    """/privacy, and the daily deletion that it promises."""

    def __init__(self, bot: Lantern) -> None:
        self.bot = bot
        self.kept = Kept(bot.database, bot.question_log)
        self.retention = Retention(
            bot.database, question_days=bot.settings.retention_days, miss_days=bot.settings.miss_days
        )

    async def cog_load(self) -> None:
        # Before anyone can ask: who does not want to be counted must not be, from the first answer on.
        await self.kept.open()

    @commands.Cog.listener()
    async def on_database_reopened(self) -> None:
        """The file was damaged, deleted or replaced while the bot ran."""
        await self.kept.keep_wishes(milliseconds(discord.utils.utcnow()))

    async def cog_unload(self) -> None:
        self.daily.cancel()

    # ------------------------------------------------------------------ /privacy

    @app_commands.command(description="What is kept about you: see it, take it with you, or delete it")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def privacy(self, interaction: discord.Interaction[Lantern]) -> None:
        async with self._said_when_impossible(interaction):
            held = await self.kept.held(self._key(interaction))
            view = privacy_cards.card(self.bot, held, guild_id=interaction.guild_id)
            await interaction.response.send_message(view=view, ephemeral=True)

    @press(privacy_cards.DOWNLOAD)
    async def download(self, interaction: discord.Interaction[Lantern]) -> None:
        """Every row that has her code, as a file."""
        async with self._said_when_impossible(interaction):
            rows = await self.kept.rows(self._key(interaction))
            file = await asyncio.to_thread(
                privacy_cards.file_of, rows, made_at=interaction.created_at, limit=interaction.filesize_limit
            )
            await interaction.response.send_message(view=privacy_cards.handed_over(file), file=file, ephemeral=True)

    @press(privacy_cards.FORGET)
    async def ask_once_more(self, interaction: discord.Interaction[Lantern]) -> None:
        """Nothing is deleted yet."""
        async with self._said_when_impossible(interaction):
            held = await self.kept.held(self._key(interaction))
            if held.anything:
                await interaction.response.edit_message(view=privacy_cards.second_question(self.bot, held))
            else:
                await self._show(interaction, above=privacy_cards.ALREADY_NOTHING)

    @press(privacy_cards.FORGET_CONFIRMED)
    async def forget(self, interaction: discord.Interaction[Lantern]) -> None:
        """Take her code off every row."""
        async with self._said_when_impossible(interaction):
            await self.kept.forget(self._key(interaction))
            await self._show(interaction, above=privacy_cards.FORGOTTEN)

    @press(privacy_cards.BACK)
    async def go_back(self, interaction: discord.Interaction[Lantern]) -> None:
        """She thought better of it."""
        async with self._said_when_impossible(interaction):
            await self._show(interaction)

    @press(privacy_cards.STOP_COUNTING)
    async def stop_counting(self, interaction: discord.Interaction[Lantern]) -> None:
        """From now on no row of hers."""
        async with self._said_when_impossible(interaction):
            await self.kept.stop_counting(self._key(interaction), milliseconds(interaction.created_at))
            await self._show(interaction, above=privacy_cards.STOPPED)

    @press(privacy_cards.COUNT_AGAIN)
    async def count_again(self, interaction: discord.Interaction[Lantern]) -> None:
        """Undo it."""
        async with self._said_when_impossible(interaction):
            await self.kept.count_again(self._key(interaction))
            await self._show(interaction, above=privacy_cards.COUNTED_AGAIN)

    async def _show(self, interaction: discord.Interaction[Lantern], above: str | None = None) -> None:
        """Put what is kept now in the place of what stood there."""
        held = await self.kept.held(self._key(interaction))
        view = privacy_cards.card(self.bot, held, guild_id=interaction.guild_id, above=above)
        await interaction.response.edit_message(view=view)

    def _key(self, interaction: discord.Interaction[Lantern]) -> int:
        return self.bot.question_log.member_key(interaction.user.id)

    @asynccontextmanager
    async def _said_when_impossible(self, interaction: discord.Interaction[Lantern]) -> AsyncIterator[None]:
        """Tell the member when the file cannot be read or written: here, unlike everywhere else, she waits for it."""
        try:
            yield
        except sqlite3.Error as error:
            log.warning("what is kept about a member could not be read or changed (%s)", error)
            await self.bot.say_privately(interaction, privacy_cards.NOT_NOW)

    # ------------------------------------------------------------------ what has had its time

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        # Not before: only now is it known which guilds there are. It comes again with each new session at Discord.
        if not self.daily.is_running():
            self.daily.start()

    @tasks.loop(hours=24)
    async def daily(self) -> None:
        """Delete what has had its time; what cannot be deleted today is due tomorrow."""
        try:
            deleted = await self.retention.run(await self._guilds(), now=milliseconds(discord.utils.utcnow()))
        except sqlite3.Error as error:
            log.warning("what has had its time could not all be deleted (%s); tried again in a day", error)
            return
        for guild_id in deleted.guilds:
            self.bot.forget_guild(guild_id)

    async def _guilds(self) -> list[int]:
        """The guilds that the bot is in.

        Discord is asked, because discord.py keeps a guild that was left while a session could not be resumed.
        """
        try:
            return [guild.id async for guild in self.bot.fetch_guilds(limit=None, with_counts=False)]
        except discord.HTTPException as error:
            log.warning("Discord did not list the servers (status %d); those known are taken", error.status)
            return [guild.id for guild in self.bot.guilds]

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        self.retention.guild_joined(guild.id)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        # An invitation arrives as this when Discord says outright that the server is not having an outage.
        self.retention.guild_joined(guild.id)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        self.retention.guild_left(guild.id, at=milliseconds(discord.utils.utcnow()))


async def setup(bot: Lantern) -> None:
    await bot.add_cog(Privacy(bot))
