"""A world for every test: a guild with people in it, and the real bot, on a Discord in memory."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import discord
import simcord
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from lantern.answers.edition import Edition
from lantern.content import models as articles
from lantern.preview import simcord_gaps
from lantern.runtime.client import Lantern
from lantern.runtime.services import Services
from lantern.store.database import Database
from lantern.ui import replies
from lantern.ui.cards import text_of, walk

simcord_gaps.fill()

Shown = simcord.ResponseMessage | discord.Message

EVERYDAY = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    read_message_history=True,
    use_application_commands=True,
)
MODERATES = discord.Permissions(EVERYDAY.value | discord.Permissions(manage_messages=True).value)
ADMINISTERS = discord.Permissions(MODERATES.value | discord.Permissions(manage_guild=True).value)


@dataclass
class World:
    """One guild, its people, and the bot. ``bot`` is the running one, also after :meth:`restart`."""

    env: simcord.Env
    bot: Lantern
    guild: simcord.GuildHandle
    general: simcord.ChannelHandle
    maya: simcord.MemberActor
    """A member."""
    lea: simcord.MemberActor
    """Another member, who sees what stands in public."""
    noor: simcord.MemberActor
    """A moderator: Manage Messages."""
    asha: simcord.MemberActor
    """An administrator: Manage Server."""

    @property
    def services(self) -> Services:
        """What the running bot is made of."""
        return self.bot.services

    @property
    def edition(self) -> Edition:
        """What the running bot answers from."""
        return self.services.editions.current

    @property
    def content(self) -> articles.Content:
        """The content of that edition."""
        return self.edition.content

    async def rows(self, query: str = "SELECT * FROM questions ORDER BY id", **parameters: Any) -> list[dict[str, Any]]:
        """What the database holds, once all that waits is written; a file is read by somebody else than the bot."""
        database = self.bot.services.database
        await database.flush()
        if self.services.settings.on_a_server:
            return [dict(row) for row in await database.fetch(query, parameters)]
        other = Database(self.bot.services.settings.database)
        await other.open()
        try:
            return [dict(row) for row in await other.fetch(query, parameters)]
        finally:
            await other.close()

    async def restart(self, *, content: articles.Content | None = None) -> None:
        """Stop the bot and start a new one on the same database, with other content if given."""
        await self.bot.close()
        fresh = Lantern(self.bot.services.settings, content or self.content)
        await self.env.restart_bot(fresh)
        self.bot = fresh

    @asynccontextmanager
    async def all_at_once(self) -> AsyncIterator[None]:
        """What people do inside happens before the bot has handled any of it: SimCord settles once, at the end."""
        settle = self.env._settle_internal

        async def later(*_args: Any, **_options: Any) -> None:
            return

        self.env._settle_internal = later  # type: ignore[method-assign]
        try:
            yield
        finally:
            self.env._settle_internal = settle  # type: ignore[method-assign]
        await self.env.settle()

    def thread(self, name: str, owner: simcord.MemberActor | None = None) -> simcord.ChannelHandle:
        """A public thread in #general, opened by a member."""
        channel = self.env.backend.create_thread(self.general.id, name, (owner or self.maya).id)
        return simcord.ChannelHandle(self.env, self.guild, channel)

    def seen_by(
        self, person: simcord.MemberActor, channel: simcord.ChannelHandle | None = None
    ) -> list[discord.Message]:
        """The bot's messages that a person sees in a channel, oldest first."""
        assert self.bot.user is not None
        history = (channel or self.general).history(viewer=person)
        return [message for message in history if message.author.id == self.bot.user.id]


def answer(result: simcord.InteractionResult) -> simcord.ResponseMessage:
    """The message that answered a command or a press."""
    assert result.response is not None, "there was no answer"
    return result.response


def components_of(message: Shown) -> list[dict[str, Any]]:
    """A message's components as Discord has them."""
    if isinstance(message, simcord.ResponseMessage):
        return message.components
    return [component.to_dict() for component in message.components]  # type: ignore[misc]


def press_id(message: Shown, begins: str) -> str:
    """The first custom id of a message that begins so; those of panels end with the proof of who opened it."""
    ids = [part.get("custom_id") or "" for part in walk(components_of(message))]
    return next(each for each in ids if each.startswith(begins))


def read(message: Shown | None) -> str:
    """All the text that a person reads in a message."""
    assert message is not None, "there is no message to read"
    return "\n".join(filter(None, [message.content, text_of(components_of(message))]))


def buttons(message: Shown | None) -> list[str]:
    """The labels of a message's buttons, top to bottom."""
    assert message is not None, "there is no message to look at"
    return [part["label"] for part in walk(components_of(message)) if part["type"] == 2]


def options(message: Shown | None) -> list[str]:
    """The values of all options of a message's select menus, but for the one of a card's language."""
    assert message is not None, "there is no message to look at"
    menus = [part for part in walk(components_of(message)) if part["type"] == 3]
    return [option["value"] for menu in menus if menu["custom_id"][:3] != "li:" for option in menu["options"]]


def bot_role(world: World) -> int:
    """The bot's own role."""
    state = world.env.backend.guilds[world.guild.id]
    assert world.bot.user is not None
    return state.members[world.bot.user.id].role_ids[0]


def deny(world: World, channel: simcord.ChannelHandle, **permissions: bool) -> None:
    """Take permissions from the bot's role in a channel."""
    denied = Overwrite(bot_role(world), OverwriteType.ROLE, deny=discord.Permissions(**permissions).value)
    world.env.backend.edit_channel(channel.id, {}, overwrites=[denied])


def hide(world: World, channel: simcord.ChannelHandle) -> None:
    """Let moderators and the bot alone see a channel."""
    sees = discord.Permissions(view_channel=True, send_messages=True, read_message_history=True).value
    members = [Overwrite(each.id, OverwriteType.MEMBER, allow=sees) for each in (world.noor, world.asha)]
    everybody = Overwrite(world.guild.id, OverwriteType.ROLE, deny=discord.Permissions(view_channel=True).value)
    own = Overwrite(bot_role(world), OverwriteType.ROLE, allow=sees)
    world.env.backend.edit_channel(channel.id, {}, overwrites=[everybody, own, *members])


@contextmanager
def unforeseen_errors_told(env: simcord.Env) -> Iterator[None]:
    """SimCord fails a test in which a command raised. The same for a press or a form after which a member read that
    something went wrong: Lantern answers those itself, so SimCord does not hear of them.
    """

    class Told(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            error = record.exc_info[1] if record.exc_info else None
            known = [getattr(one, "original", one) for one in env.errors_since(0)]
            if error is not None and not any(one is error for one in known):
                env._record_error(error)

    told = Told(logging.ERROR)
    replies.log.addHandler(told)
    try:
        yield
    finally:
        replies.log.removeHandler(told)
