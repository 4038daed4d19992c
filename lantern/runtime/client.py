"""The client: what the bot may do at Discord, how it starts and stops, and the way of every interaction."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket

from lantern.content.models import Content
from lantern.languages.translation import speak
from lantern.runtime import gateway
from lantern.runtime.connections import Connections
from lantern.runtime.services import Services
from lantern.runtime.settings import Settings
from lantern.ui.custom_ids import pressed
from lantern.ui.discord_errors import UNREACHABLE
from lantern.ui.replies import explain

log = logging.getLogger(__name__)

COGS = (
    "cogs.ask",
    "cogs.guilds",
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
LEAVING_SECONDS = 0.4
"""How long Discord may take to confirm that the connections to it are closed."""

DELIVERIES_KEPT = 1_000
"""Interactions remembered, so that one that Discord delivers a second time is left alone; it comes within seconds."""


class _TryAgain(Exception):
    """A shard could not be connected."""


class LanternTree(app_commands.CommandTree["Lantern"]):
    """The commands, with one place for what goes wrong and for knowing what is being answered."""

    async def interaction_check(self, interaction: discord.Interaction[Lantern], /) -> bool:
        speak(interaction.client.services.language(interaction))
        if interaction.type is discord.InteractionType.application_command:
            if not interaction.client.is_to_be_answered(interaction):
                return False
            interaction.client.services.under_way.add(interaction.id)
        return True

    async def on_error(self, interaction: discord.Interaction[Lantern], error: app_commands.AppCommandError, /) -> None:
        interaction.client.services.under_way.discard(interaction.id)
        await interaction.client.explain(interaction, error)


class Lantern(commands.AutoShardedBot):
    """Lantern, made from its settings and its content; opening the database and connecting come later.

    ``force_sync`` sends the commands to Discord even if they did not change.
    """

    def __init__(
        self,
        settings: Settings,
        content: Content,
        *,
        force_sync: bool = False,
    ) -> None:
        gateway.use()
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
            heartbeat_timeout=gateway.HEARTBEAT_SECONDS,
            shard_count=settings.shards,
            # What a command does not say of itself: in guilds that have the bot, and nowhere else.
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
        )
        self.services = Services(settings, content, self)
        self.presses = self.services.presses
        self._force_sync = force_sync
        self._launching: set[int] = set()
        self._at_once: int | None = None  # how many shards may identify at once, once Discord was asked
        self._delivered: dict[int, None] = {}
        self._leaving = False

    async def login(self, token: str) -> None:
        """Log in; where Discord cannot be reached, or says neither yes nor no, again and again.

        Raises :class:`discord.LoginFailure` where it refuses the token, and what :meth:`setup_hook` raises.
        """
        for wait in gateway.waits():
            # One that a failed try leaves behind is closed.
            self.http.connector = Connections()
            try:
                await super().login(token)
            except Exception as error:
                if isinstance(error, discord.LoginFailure) and _is_discords(error.__cause__):
                    raise
                if self.application is not None:
                    raise  # Discord said yes
                log.warning("%s The login is tried again in %.0f s.", _no_answer(error), wait)
            else:
                return
            await self.http.close()
            await asyncio.sleep(wait)

    async def setup_hook(self) -> None:
        """Open the database before any cog is loaded; a Lantern that is half there must not run.

        A standby waits in here, before anything is said to Discord's gateway.
        Raises :class:`lantern.store.database.DatabaseError` where the file cannot be used.
        """
        if not await self.services.open():
            return
        self.shard_ids = list(self.services.shards.mine) or None
        for cog in COGS:
            await self.load_extension(cog)
        await self.tree.set_translator(self.services.command_translator)
        self.services.article_commands.load()
        self.services.command_sync.force = self._force_sync
        self.services.periodic.start()

    async def launch_shards(self) -> None:
        """Connect all shards; how many there are is asked of Discord until it tells."""
        for wait in gateway.waits():
            try:
                await super().launch_shards()
            except Exception as error:
                log.warning("%s How many shards there are is asked again in %.0f s.", _no_answer(error), wait)
            else:
                return
            self.shard_count = self.services.settings.shards  # type: ignore[assignment]
            await asyncio.sleep(wait)

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        """Connect one shard, tried every five seconds.

        discord.py calls this from within itself for each further try, a level deeper each time: after an hour and a
        half that is as deep as Python goes.
        """
        if shard_id in self._launching:
            raise _TryAgain
        self._launching.add(shard_id)
        try:
            while not self.is_closed():
                try:
                    await super().launch_shard(gateway, shard_id, initial=initial)
                except _TryAgain:
                    # The address that `/gateway/bot` told may be wrong; further connections never use it.
                    gateway = DiscordWebSocket.DEFAULT_GATEWAY
                    continue
                return
        finally:
            self._launching.discard(shard_id)

    async def close(self) -> None:
        """Finish what is being answered, leave Discord, write what waits, close the file. Twice does nothing more."""
        if not self.is_closed():
            # What is begun from now on could be cut off between the answer and its row.
            self._leaving = True
            self.services.periodic.stop()
            self.services.library_panel.stop()
            await self._finish_answers()
            try:
                async with asyncio.timeout(LEAVING_SECONDS):
                    await super().close()
            except TimeoutError:
                log.warning("Discord did not confirm that the connections to it are closed")
        await self.services.close()

    async def _finish_answers(self) -> None:
        under_way = self.services.under_way
        try:
            async with asyncio.timeout(FINISHING_SECONDS):
                while under_way:  # noqa: ASYNC110 - an Event would be set and cleared with every answer
                    await asyncio.sleep(0.02)
        except TimeoutError:
            log.warning("%d answers did not get through before the stop, and are not counted", len(under_way))

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Called before a shard identifies: wait until it may, beside those of other processes."""
        if not self.services.settings.on_a_server:
            await super().before_identify_hook(shard_id, initial=initial)
            return
        if self._at_once is None:
            self._at_once = max(1, (await self.fetch_session_start_limits()).max_concurrency)
        if not await self.services.shards.wait_for_turn(shard_id or 0, self._at_once):
            await super().before_identify_hook(shard_id, initial=initial)

    async def on_ready(self) -> None:
        # Before the library, which is in the servers' languages.
        await self.services.content_sharing.read_translations()
        self.services.periodic.ready()

    async def on_shard_connect(self, shard_id: int) -> None:
        self.services.heartbeat.shard_up(shard_id)

    on_shard_resumed = on_shard_connect

    async def on_shard_disconnect(self, shard_id: int) -> None:
        self.services.heartbeat.shard_down(shard_id)

    async def on_interaction(self, interaction: discord.Interaction[Lantern]) -> None:
        """Every press of a button, choice in a menu and sent form; commands go through the tree."""
        if interaction.type not in (discord.InteractionType.component, discord.InteractionType.modal_submit):
            return
        if not self.is_to_be_answered(interaction):
            return
        self.services.under_way.add(interaction.id)
        speak(self.services.language(interaction))
        try:
            found = self.presses.find(pressed(interaction))
            if found.need is not None:
                self.services.rights.check(interaction, found.need, found.proof)
            await found.handler(interaction, *found.arguments)
        except Exception as error:
            await self.explain(interaction, error)
        finally:
            self.services.under_way.discard(interaction.id)

    async def explain(self, interaction: discord.Interaction[Lantern], error: Exception) -> None:
        """Tell whoever asked why it was not done; not of what the stop cut off, which it has said in the log."""
        if not self.is_closed():
            await explain(interaction, error)

    def is_to_be_answered(self, interaction: discord.Interaction[Lantern]) -> bool:
        """Whether this interaction is new, and the bot not told to stop.

        Discord delivers one twice now and then, and takes one answer for both.
        """
        if self._leaving:
            log.info("an interaction came while the bot stopped, and is left alone")
            return False
        if interaction.id in self._delivered:
            log.info("an interaction was delivered twice; the second is left alone")
            return False
        if len(self._delivered) >= DELIVERIES_KEPT:
            del self._delivered[next(iter(self._delivered))]
        self._delivered[interaction.id] = None
        return True

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        # What comes with every answer is seen to at once: each event is a task, and three of them were a twentieth of
        # an answer.
        match event_name:
            case "app_command_completion":
                self.services.under_way.discard(args[0].id)
            case "interaction":
                interaction = args[0]
                self.services.discord_time.saw_made(interaction.created_at)
                if interaction.type is not discord.InteractionType.application_command:
                    super().dispatch(event_name, *args, **kwargs)  # `on_interaction` hears presses and forms alone
            case "socket_event_type":
                pass  # the name of each frame; nothing listens
            case _:
                super().dispatch(event_name, *args, **kwargs)


def _is_discords(refusal: BaseException | None) -> bool:
    """Whether Discord itself said no, and not a proxy or a network's login page in between."""
    return isinstance(refusal, discord.HTTPException) and (
        bool(refusal.text) and refusal.response.headers.get("Content-Type") == "application/json"
    )


def _no_answer(error: Exception) -> str:
    """Why the bot is not let in, for the operator."""
    if isinstance(error, discord.LoginFailure):
        return (
            "Something between this machine and Discord, such as a proxy or a network's login page, answered with "
            "status 401. Check this machine's network."
        )
    if isinstance(error, discord.HTTPException):
        return f"Discord answered with status {error.status}, which is neither yes nor no."
    if isinstance(error, (*UNREACHABLE, OSError, discord.GatewayNotFound)):
        return f"Discord could not be reached ({error or type(error).__name__}). Check this machine's network."
    return f"Discord's answer cannot be read ({type(error).__name__})."
