"""The bot itself: what it may do at Discord, what it is made of, and how it starts and stops."""

from __future__ import annotations

import asyncio
import logging
import secrets
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands, tasks

from lantern.admin.library import Library
from lantern.answers.asking import Asking
from lantern.answers.giving import ALREADY_ANSWERED, Answering
from lantern.answers.publicity import MINUTE, Publicity
from lantern.content.models import Content, Topic
from lantern.matching.matcher import Matcher
from lantern.runtime import command_sync
from lantern.runtime.content_watch import ContentWatch
from lantern.runtime.notices import Notices
from lantern.runtime.settings import Settings
from lantern.runtime.upkeep import SECONDS as RETRY_SECONDS
from lantern.runtime.upkeep import Upkeep
from lantern.store import guilds as guild_settings
from lantern.store.database import Database
from lantern.store.guilds import DEFAULT, GuildSettings
from lantern.store.links import Links
from lantern.store.misses import Misses
from lantern.store.most_asked import DAYS, MostAsked
from lantern.store.questions import QuestionLog, local_day, milliseconds
from lantern.ui.cards import Cards
from lantern.ui.custom_ids import OutdatedPress, Presses, pressed
from lantern.ui.discord_errors import FAILED, UNREACHABLE, in_log

log = logging.getLogger(__name__)

COGS = (
    "cogs.ask",
    "cogs.insights",
    "cogs.library",
    "cogs.members",
    "cogs.moderators",
    "cogs.privacy",
    "cogs.setup",
    "cogs.thread_answers",
)

FINISHING_SECONDS = 1.5
"""How long answers under way may take when the bot is told to stop; the whole stop has five seconds."""

DELIVERIES_KEPT = 1_000
"""Interactions remembered, so that one that Discord delivers a second time is left alone; it comes within seconds."""

TOO_LATE = 10062
"""Discord's reference, Opcodes and Status Codes: the three seconds are over."""

OUTDATED = (
    "This button is from an older version of Lantern and does nothing any more. Type `/topics` for all questions."
)
CHANGED_COMMAND = "This command has just changed. Type `/` again and choose it anew, or use `/topics`."
DID_NOT_ARRIVE = (
    "Discord has trouble just now, and this did not get through. It is not your fault. Please try again in a moment."
)
SOMETHING_WENT_WRONG = (
    "Something went wrong on our side, and it is not your fault. Please try again in a moment. "
    "If you tell the moderators, mention this reference: `{reference}`."
)


@runtime_checkable
class HasArticles(Protocol):
    """A cog with commands made from the content."""

    def load_articles(self) -> None:
        """Make them anew."""


class LanternTree(app_commands.CommandTree["Lantern"]):
    """The commands, with one place for what goes wrong and for knowing what is being answered."""

    async def interaction_check(self, interaction: discord.Interaction[Lantern], /) -> bool:
        if interaction.type is discord.InteractionType.application_command:
            if not interaction.client.is_first_delivery(interaction):
                return False
            interaction.client.answering_now.add(interaction.id)
        return True

    async def on_error(self, interaction: discord.Interaction[Lantern], error: app_commands.AppCommandError, /) -> None:
        interaction.client.answering_now.discard(interaction.id)
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
            await interaction.client.say_privately(interaction, CHANGED_COMMAND)
        else:
            await interaction.client.explain_error(interaction, cause)


class Lantern(commands.AutoShardedBot):
    """Lantern, made from its settings and its content; opening the database and connecting come later.

    Parameters
    ----------
    settings:
        What the operator chose.
    content:
        The articles, already checked.
    connector:
        Where connections to Discord's REST API come from; discord.py's own where there is none.
    """

    def __init__(self, settings: Settings, content: Content, *, connector: aiohttp.BaseConnector | None = None) -> None:
        super().__init__(
            # No command is typed as a message: without that privileged intent Discord would not show us the text.
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=LanternTree,
            # Only `guilds`: which guilds, channels, threads and roles there are. No member, no message is reported.
            intents=discord.Intents(guilds=True),
            # Content may name @everyone or a member; nothing it says notifies anybody.
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            shard_count=settings.shards,
            connector=connector,
            # What a command does not say of itself: in guilds that have the bot, and nowhere else.
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
        )
        self.settings = settings
        self.content = content
        self.cards = Cards(content)
        self.presses = Presses()
        self.publicity = Publicity(quiet_minutes=settings.quiet_minutes, per_minute=settings.public_per_minute)
        self.database = Database(settings.database, backup_folder=settings.backups, now=lambda: discord.utils.utcnow())
        self.question_log = QuestionLog(self.database)
        self.links = Links(self.database)
        self.misses = Misses(self.database)
        self.most_asked = MostAsked(self.database)
        if settings.semantic:
            # At once, because it raises SemanticUnavailable where that extra is not installed.
            self.matcher = Matcher(content, semantic=True)
        self.answering = Answering(self)
        self.asking = Asking(self)
        self.library = Library(self)
        self.answering_now: set[int] = set()
        self._delivered: dict[int, None] = {}
        self.command_ids: dict[str, int] = {}
        self.force_sync = False
        self.commands_due = False
        """Whether Discord has yet to take the newest commands."""
        self.notices = Notices(self)
        self.watch = ContentWatch(self)
        self.upkeep = Upkeep(self)
        self._guild_settings: dict[int, GuildSettings] = {}

    # ------------------------------------------------------------------ starting and stopping

    async def setup_hook(self) -> None:
        """Open the database before any cog is loaded; a Lantern that is half there must not run.

        Raises
        ------
        lantern.store.database.DatabaseError
            The file cannot be used.
        """
        await self.database.open(alone=True)
        await self.read_database()
        for cog in COGS:
            await self.load_extension(cog)
        self.command_ids = await command_sync.sync(self, force=self.force_sync)
        self.keep_house.start()
        self.keep_lists.start()
        self.watch.start()

    async def read_database(self) -> None:
        """Take over into memory what the file holds: at start, and when another file came to stand in its place.

        Raises :class:`sqlite3.Error`.
        """
        await self.question_log.open()
        self._guild_settings = await guild_settings.load(self.database)
        await self.library.open()
        now = milliseconds(discord.utils.utcnow())
        since = now - self._longest_window()
        standing = await self.question_log.standing_cards(since) + await self.links.standing_wholes(since)
        self.publicity.refill(sorted(standing, key=lambda card: card.public_at))
        await self.notices.open()

    async def use_content(self, content: Content) -> None:
        """Answer from ``content`` from now on, and send Discord the commands it asks for.

        Cards posted before keep working: their presses name a topic, which is looked up when pressed. When it is done,
        ``content_changed`` is dispatched with the content before.
        """
        before = self.content
        cards = Cards(content)
        matcher = await asyncio.to_thread(Matcher, content, semantic=self.settings.semantic)
        self.content, self.cards, self.matcher = content, cards, matcher
        for cog in self.cogs.values():
            if isinstance(cog, HasArticles):
                cog.load_articles()
        self.command_ids = await command_sync.sync(self)
        self.dispatch("content_changed", before)

    async def send_commands_again(self) -> None:
        """Send Discord the commands that it did not take the last time, if there are any."""
        if self.commands_due:
            self.command_ids = await command_sync.sync(self)

    async def add_cog(self, cog: commands.Cog, /, **options: Any) -> None:
        await super().add_cog(cog, **options)
        self.presses.add(cog)

    async def remove_cog(self, name: str, /, **options: Any) -> commands.Cog | None:
        cog = await super().remove_cog(name, **options)
        self.presses.remove(cog)
        return cog

    async def close(self) -> None:
        """Finish what is being answered, leave Discord, write what waits, close the file. Twice does nothing more."""
        if not self.is_closed():
            self.keep_house.cancel()
            self.watch.stop()
            self.keep_lists.cancel()
            await self._finish_answers()
        await super().close()
        await self.database.close()
        self.upkeep.stop()

    async def _finish_answers(self) -> None:
        try:
            async with asyncio.timeout(FINISHING_SECONDS):
                while self.answering_now:  # noqa: ASYNC110 - an Event would be set and cleared with every answer
                    await asyncio.sleep(0.02)
        except TimeoutError:
            log.warning("%d answers were still under way when the bot stopped", len(self.answering_now))

    @tasks.loop(seconds=RETRY_SECONDS)
    async def keep_house(self) -> None:
        """Mind the database, the disk and the clock, and let go of what no rule looks at any more."""
        await self.upkeep.look()
        self.asking.forget_old(milliseconds(discord.utils.utcnow()), every=RETRY_SECONDS * 1000)
        self.publicity.forget_old(milliseconds(discord.utils.utcnow()), keep_minutes=self._longest_window() // MINUTE)
        self.upkeep.mind_the_clock(self.keep_house)

    @tasks.loop(hours=1)
    async def keep_lists(self) -> None:
        """Read what each guild asks about most, for those who have not typed anything yet."""
        since = local_day(discord.utils.utcnow() - timedelta(days=DAYS))
        try:
            await self.most_asked.refresh(since)
        except sqlite3.Error as error:
            log.warning("what is asked most could not be read (%s); the list of the last time stays", error)

    async def on_shard_connect(self, shard_id: int) -> None:
        self.upkeep.shard_up(shard_id)

    async def on_shard_resumed(self, shard_id: int) -> None:
        self.upkeep.shard_up(shard_id)

    async def on_shard_disconnect(self, shard_id: int) -> None:
        self.upkeep.shard_down(shard_id)

    def _longest_window(self) -> int:
        """How far the rules against flooding look back in any guild, in milliseconds."""
        chosen = [each.quiet_minutes for each in self._guild_settings.values() if each.quiet_minutes is not None]
        return max([self.settings.quiet_minutes, 1, *chosen]) * MINUTE

    # ------------------------------------------------------------------ what others ask of it

    @cached_property
    def matcher(self) -> Matcher:
        """Which topics answer members' words. Made when first asked for, so that a start is 50 ms shorter.

        The program asks for it as soon as it is connected.
        """
        return Matcher(self.content)

    def guild_settings(self, guild_id: int | None) -> GuildSettings:
        """A guild's own choices, or the defaults where it made none and outside guilds."""
        return self._guild_settings.get(guild_id, DEFAULT) if guild_id is not None else DEFAULT

    async def change_guild_setting(self, guild_id: int, **changes: Any) -> GuildSettings:
        """Make and keep a guild's choices, named as the fields of :class:`GuildSettings`; all of them or none.

        Raises
        ------
        lantern.store.guilds.SettingRefused
            A value is not allowed; the text says what is.
        sqlite3.Error
            It could not be kept, and nothing was changed.
        """
        wanted = guild_settings.changed(self.guild_settings(guild_id), changes)
        await guild_settings.keep(self.database, guild_id, wanted, list(changes))
        # Made again from what holds now: somebody else may have changed another setting meanwhile.
        self._guild_settings[guild_id] = guild_settings.changed(self.guild_settings(guild_id), changes)
        return self._guild_settings[guild_id]

    def library_url(self, guild_id: int | None, topic: Topic) -> str | None:
        """Where a topic stands in a guild's library, for a link button; None where it does not."""
        return self.library.url(guild_id, topic)

    def forget_guild(self, guild_id: int) -> None:
        """Let go of what is in memory of a guild whose rows were deleted."""
        self._guild_settings.pop(guild_id, None)

    def mention(self, command: str) -> str:
        """A command one can tap, such as ``/twinflame runner``; plain text until Discord has told its id."""
        command_id = self.command_ids.get(command.split()[0])
        return f"</{command}:{command_id}>" if command_id else f"`/{command}`"

    # ------------------------------------------------------------------ presses and errors

    async def on_interaction(self, interaction: discord.Interaction[Lantern]) -> None:
        """Every press of a button, choice in a menu and sent form; commands go through the tree."""
        if interaction.type not in (discord.InteractionType.component, discord.InteractionType.modal_submit):
            return
        if not self.is_first_delivery(interaction):
            return
        async with self._answering(interaction):
            try:
                handler, arguments = self.presses.find(pressed(interaction))
                await handler(interaction, *arguments)
            except OutdatedPress:
                await self.say_privately(interaction, OUTDATED)
            except Exception as error:
                await self.explain_error(interaction, error)

    def is_first_delivery(self, interaction: discord.Interaction[Lantern]) -> bool:
        """Whether this interaction is new. Discord delivers one twice now and then, and takes one answer for both."""
        if interaction.id in self._delivered:
            log.info("an interaction was delivered twice; the second is left alone")
            return False
        if len(self._delivered) >= DELIVERIES_KEPT:
            del self._delivered[next(iter(self._delivered))]
        self._delivered[interaction.id] = None
        return True

    @asynccontextmanager
    async def _answering(self, interaction: discord.Interaction[Lantern]) -> AsyncIterator[None]:
        self.answering_now.add(interaction.id)
        try:
            yield
        finally:
            self.answering_now.discard(interaction.id)

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        # What comes with every answer is seen to at once: each event is a task, and three of them were a twentieth of
        # an answer.
        match event_name:
            case "app_command_completion":
                self.answering_now.discard(args[0].id)
            case "interaction" if args[0].type is discord.InteractionType.application_command:
                pass  # `on_interaction` hears presses and forms alone
            case "socket_event_type":
                pass  # the name of each frame; nothing listens
            case _:
                super().dispatch(event_name, *args, **kwargs)

    async def say_privately(self, interaction: discord.Interaction[Lantern], text: str) -> None:
        """One private sentence, whether or not the interaction was answered before. Raises nothing."""
        try:
            if interaction.response.is_done():
                await interaction.followup.send(text, ephemeral=True)
            else:
                await interaction.response.send_message(text, ephemeral=True)
        except FAILED as error:
            log.warning("a member could not be told (%s)", in_log(error))

    async def explain_error(self, interaction: discord.Interaction[Lantern], error: Exception) -> None:
        """Tell the member that it went wrong: with what nobody foresaw she gets a reference that the log has, too."""
        if isinstance(error, discord.HTTPException) and error.code in (TOO_LATE, ALREADY_ANSWERED):
            log.warning("an answer was not taken (%s): it came too late, or there is one", in_log(error))
            return
        if isinstance(error, (discord.DiscordServerError, *UNREACHABLE)):
            log.warning("an answer did not get through (%s)", in_log(error))
            await self.say_privately(interaction, DID_NOT_ARRIVE)
            return
        reference = secrets.token_hex(3)
        log.error("unforeseen error, reference %s", reference, exc_info=error)
        await self.say_privately(interaction, SOMETHING_WENT_WRONG.format(reference=reference))
