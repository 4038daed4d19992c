"""For administrators: the forum with one post for each topic."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands, tasks

from lantern.admin.library import Busy, Outcome, Progress
from lantern.admin.library_panel import (
    ASK_REMOVE,
    CHOOSE_FORUM,
    READ_ONLY,
    REMOVE_POSTS,
    SHOW,
    SYNC,
    finished,
    panel,
    removal,
)
from lantern.content.models import Content
from lantern.runtime.client import Lantern
from lantern.ui.cards import Card, notice
from lantern.ui.custom_ids import OutdatedPress, chosen_number, press
from lantern.ui.discord_errors import FAILED, in_log

log = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=14)
"""A private answer can be edited for 15 minutes (Discord's reference, Receiving and Responding)."""
BETWEEN_REPORTS = timedelta(seconds=2)
"""Edits of one answer are limited too; a progress that holds up the work would be none."""

GOING_ON = "This is going on and takes longer than Discord lets me write here. See {show} for how far it is."
BUSY = "The library is being worked on just now. See {show} for how far it is."

Run = Callable[[Callable[[Progress], Awaitable[None]]], Coroutine[Any, Any, Outcome]]


class Reporter:
    """Shows how far a run is in the private answer that waits for it."""

    def __init__(self, interaction: discord.Interaction[Lantern], doing: str) -> None:
        self._interaction = interaction
        self._doing = doing
        self._last: datetime | None = None
        self.silent = False

    async def __call__(self, progress: Progress) -> None:
        now = discord.utils.utcnow()
        if self.silent or (self._last is not None and now - self._last < BETWEEN_REPORTS):
            return
        self._last = now
        await self.say(f"{self._doing}: {progress.done} of {progress.total}.")

    async def say(self, text: str) -> None:
        """Replace the private answer. Whoever has gone meanwhile is no reason to stop the work."""
        await self._show(notice(text))

    async def finish(self, text: str) -> None:
        """The last of it; after a press in a panel with a way to go on from there."""
        pressed = self._interaction.type is discord.InteractionType.component
        await self._show(finished(text) if pressed else notice(text))

    async def _show(self, card: Card) -> None:
        try:
            await self._interaction.edit_original_response(view=card)
        except FAILED as error:
            log.info("an administrator could not be told (%s)", in_log(error))


@app_commands.default_permissions(manage_guild=True)
@app_commands.guild_only()
class LibraryCommands(
    commands.GroupCog, group_name="library", group_description="A forum with one post for each topic, kept up to date"
):
    """``/library`` and its buttons."""

    def __init__(self, bot: Lantern) -> None:
        self.bot = bot
        self._runs: set[asyncio.Task[Outcome]] = set()

    async def cog_load(self) -> None:
        self.keep_current.start()

    async def cog_unload(self) -> None:
        self.keep_current.cancel()
        # What is cut off here goes on at the next start.
        for run in self._runs:
            run.cancel()

    # ------------------------------------------------------------------ commands

    @app_commands.command(description="Make one post for each topic in a forum, or go on where it stopped")
    @app_commands.describe(forum="An empty forum is best; other people's posts are left alone")
    async def publish(self, interaction: discord.Interaction[Lantern], forum: discord.ForumChannel) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._publish(interaction, forum)

    @app_commands.command(description="Bring all posts up to date, and put back what was deleted")
    async def sync(self, interaction: discord.Interaction[Lantern]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._sync(interaction)

    @app_commands.command(description="Where the library is and how its posts are")
    async def show(self, interaction: discord.Interaction[Lantern]) -> None:
        assert interaction.guild is not None
        await interaction.response.send_message(view=panel(self.bot, interaction.guild), ephemeral=True)

    @app_commands.command(description="End the library: delete its posts, or leave them as they are")
    async def remove(self, interaction: discord.Interaction[Lantern]) -> None:
        assert interaction.guild is not None
        await interaction.response.send_message(view=removal(self.bot, interaction.guild), ephemeral=True)

    # ------------------------------------------------------------------ presses

    @press(CHOOSE_FORUM)
    async def choose_forum(self, interaction: discord.Interaction[Lantern]) -> None:
        """A forum was chosen in the panel: publish there."""
        assert interaction.guild is not None
        forum = interaction.guild.get_channel(chosen_number(interaction))
        if not isinstance(forum, discord.ForumChannel):
            raise OutdatedPress("not a forum")
        await interaction.response.defer()
        await self._publish(interaction, forum)

    @press(SHOW)
    async def show_pressed(self, interaction: discord.Interaction[Lantern]) -> None:
        """**Show the library** after a press."""
        assert interaction.guild is not None
        await interaction.response.edit_message(view=panel(self.bot, interaction.guild))

    @press(SYNC)
    async def sync_pressed(self, interaction: discord.Interaction[Lantern]) -> None:
        """**Sync now** in the panel."""
        await interaction.response.defer()
        await self._sync(interaction)

    @press(ASK_REMOVE)
    async def ask_remove(self, interaction: discord.Interaction[Lantern]) -> None:
        """**Remove …** in the panel asks once more."""
        assert interaction.guild is not None
        await interaction.response.edit_message(view=removal(self.bot, interaction.guild))

    @press(REMOVE_POSTS)
    async def remove_pressed(self, interaction: discord.Interaction[Lantern], what: str) -> None:
        """The library ends; its posts are deleted, kept as they are, or nothing happens after all."""
        guild = interaction.guild
        assert guild is not None
        if what not in ("delete", "keep"):
            await interaction.response.edit_message(view=panel(self.bot, guild))
            return
        await interaction.response.defer()
        reporter = Reporter(interaction, "Deleting posts")
        done = "The library is removed." if what == "delete" else "The posts stay as they are; I leave them alone now."
        await self._work(
            interaction,
            reporter,
            lambda report: self.bot.library.remove(guild, delete=what == "delete", report=report),
            done,
        )

    # ------------------------------------------------------------------ the work

    async def _publish(self, interaction: discord.Interaction[Lantern], forum: discord.ForumChannel) -> None:
        reporter = Reporter(interaction, f"Making posts in {forum.mention}")
        if obstacles := self.bot.library.obstacles(forum):
            await reporter.finish("\n".join(["Nothing was made.", *(f"- {each}" for each in obstacles)]))
            return
        done = f"The library is in {forum.mention}.\n{READ_ONLY}"
        await self._work(interaction, reporter, lambda report: self.bot.library.bring_up_to_date(forum, report), done)

    async def _sync(self, interaction: discord.Interaction[Lantern]) -> None:
        assert interaction.guild is not None
        forum = self.bot.library.forum(interaction.guild)
        if forum is None:
            reporter = Reporter(interaction, "")
            await reporter.finish(
                f"There is no library on this server. Make one with {self.bot.mention('library publish')}."
            )
            return
        await self._publish(interaction, forum)

    async def _work(self, interaction: discord.Interaction[Lantern], reporter: Reporter, run: Run, done: str) -> None:
        """Run to the end, and tell the administrator for as long as Discord lets us write to her."""
        # A press that waits for minutes is not an answer the bot must finish before it stops.
        self.bot.answering_now.discard(interaction.id)
        task = asyncio.create_task(run(reporter))
        self._runs.add(task)
        task.add_done_callback(self._runs.discard)
        left = interaction.created_at + PATIENCE - discord.utils.utcnow()
        await asyncio.wait({task}, timeout=max(0.0, left.total_seconds()))
        show = self.bot.mention("library show")
        if not task.done():
            reporter.silent = True
            await reporter.finish(GOING_ON.format(show=show))
            return
        try:
            outcome = task.result()
        except Busy:
            await reporter.finish(BUSY.format(show=show))
            return
        lines = [outcome.in_words(), *outcome.notes]
        if outcome.stopped is not None:
            lines.append(f"{outcome.stopped} What is done stays, and nothing is posted twice.")
        else:
            lines.insert(0, done)
        await reporter.finish("\n".join(lines))

    # ------------------------------------------------------------------ staying current

    @tasks.loop(hours=1)
    async def keep_current(self) -> None:
        """After a content change or a publication that was cut off, go on by itself."""
        for guild in self.bot.guilds:
            forum = self.bot.library.forum(guild)
            if forum is None or not self.bot.library.is_stale(guild.id) or self.bot.library.obstacles(forum):
                continue
            try:
                outcome = await self.bot.library.bring_up_to_date(forum)
            except Busy:
                continue
            except Exception:
                # One guild's trouble must not keep the others' libraries from being current.
                log.exception("the library of guild %d could not be brought up to date", guild.id)
                continue
            log.info("library of guild %d: %s %s", guild.id, outcome.in_words(), outcome.stopped or "")

    @keep_current.before_loop
    async def _connected(self) -> None:
        await self.bot.wait_until_ready()

    @commands.Cog.listener()
    async def on_content_changed(self, _before: Content) -> None:
        """New content is used from now on: the posts follow at once."""
        if self.keep_current.is_running():
            self.keep_current.restart()

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Somebody deleted a post: answers must not lead there any more."""
        self.bot.library.forget_thread(payload.guild_id, payload.thread_id)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Somebody deleted the forum: the library is over."""
        await self.bot.library.forget_forum(channel.guild.id, channel.id)


async def setup(bot: Lantern) -> None:
    await bot.add_cog(LibraryCommands(bot))
