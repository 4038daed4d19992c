"""Put an answer under somebody's message, change it, take it back, and tell what was said in a channel already.

The one way by which moderators, and Lantern itself under a thread's title, post a card for somebody else. First all is
looked at that Discord would refuse, then the card is posted, then it is recorded: nothing is half done.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import discord

from lantern.answers.link_cards import (
    TITLE_LIMIT,
    Aim,
    addressed,
    components_of,
    link_card,
    link_in,
    linker_of,
    whole_card,
)
from lantern.content.models import Topic
from lantern.store.links import Link, Said
from lantern.store.questions import milliseconds
from lantern.ui.cards import TEXT_DISPLAY, Card, Component, shortened
from lantern.ui.discord_errors import UNREACHABLE

if TYPE_CHECKING:
    from lantern.runtime.client import Lantern

log = logging.getLogger(__name__)

Channel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
CHANNELS = (discord.TextChannel, discord.VoiceChannel, discord.StageChannel, discord.Thread)
"""Where a guild's messages stand."""

SAID_LIMIT = 15
"""Lines of what was said already, newest first: with 200 characters each they leave room for the rest of the menu."""
ASKED_AT_ONCE = 5
"""Cards looked at to tell who posted them. Discord lets a bot fetch few messages of one channel a second."""
PATIENCE = 1.2
"""Seconds for that; a message command must be answered within three."""

NAMES = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "read_message_history": "Read Message History",
}
"""The permissions that a card may need, as Discord's settings call them."""

NOT_HERE = "I am not a member of this server, so I cannot post here. An administrator can invite me again."
NO_MESSAGES = "Messages cannot be posted here."
LOCKED = "This thread is locked. To write in it I need the permission **Manage Threads**."
MESSAGE_GONE = "That message is gone."
SYSTEM_MESSAGE = "Discord wrote that message itself, and such messages cannot be replied to."
CARD_GONE = "The card is not there any more."
TOPIC_GONE = "That question is not in the article any more."
NOTHING_POSTED = "Nothing was posted."
NOTHING_CHANGED = "Nothing was changed."

UNKNOWN_MESSAGE, INVALID_FORM, ARCHIVED = 10008, 50035, 50083
REFUSALS = {
    10003: "This channel is gone.",
    UNKNOWN_MESSAGE: MESSAGE_GONE,
    40058: "Discord takes no message here before the post's author has written one. Try again in a moment.",
    50001: (
        "I cannot see this channel: I need the permission **View Channel**. In a private thread I must also be a "
        "member: mention me in it once."
    ),
    50013: "I am missing a permission here, and Discord does not say which. Perhaps my permissions have just changed.",
    ARCHIVED: "This thread is archived and could not be reopened. Write something in it, and try again.",
    160002: "To reply to a message I need the permission **Read Message History** here.",
    160005: LOCKED,
    200000: "This server's AutoMod did not let the card through.",
}
"""Discord's reference, Opcodes and Status Codes: JSON error codes, and what each means to a moderator."""
OVERLOADED = "Discord has trouble just now. Look whether the card is there, and if it is not, try again."
REFUSED = "Discord did not take it (its code {code})."


class Answered(discord.MessageReference):
    """The message that a card replies to; discord.py's own writes ids as numbers, Discord's reference as text."""

    def to_message_reference_dict(self) -> Any:
        return {name: str(value) if name.endswith("_id") else value for name, value in self.to_dict().items()}


class NotPosted(Exception):
    """It could not be done, and nothing was; the text says so to the moderator."""

    @classmethod
    def over(cls, error: discord.HTTPException, result: str) -> NotPosted:
        """Because Discord refused; ``result`` says what therefore was not done."""
        return cls(OVERLOADED if error.status >= 500 else f"{refusal(error)} {result}")


# ---------------------------------------------------------------------- what Discord refuses


def why_not(bot: Lantern, channel: object, permissions: discord.Permissions, *, reply: bool) -> str | None:
    """Why a card cannot be posted in a channel, as a sentence; None when it can.

    Parameters
    ----------
    permissions:
        Lantern's own in this channel: an interaction's ``app_permissions``, or ``channel.permissions_for(guild.me)``.
    reply:
        Whether it is to be a reply, which needs Read Message History (Discord's reference, Create Message).
    """
    if not isinstance(channel, CHANNELS):
        return NO_MESSAGES
    if bot.get_guild(channel.guild.id) is None:
        return NOT_HERE
    in_thread = isinstance(channel, discord.Thread)
    needed = ["view_channel", "send_messages_in_threads" if in_thread else "send_messages"]
    if reply:
        needed.append("read_message_history")
    missing = [NAMES[name] for name in needed if not getattr(permissions, name)]
    if missing:
        listed = " and ".join(f"**{name}**" for name in missing)
        return f"In this channel I am missing the permission{'s' if len(missing) > 1 else ''} {listed}."
    if isinstance(channel, discord.Thread) and channel.locked and not permissions.manage_threads:
        return LOCKED
    return None


def refusal(error: discord.HTTPException) -> str:
    """What Discord's refusal means, as a sentence; what came of it is for the caller to say."""
    if error.code == INVALID_FORM and "system message" in error.text:
        return SYSTEM_MESSAGE
    if error.code == INVALID_FORM and "message_reference" in error.text:
        return MESSAGE_GONE
    return REFUSALS.get(error.code, REFUSED.format(code=error.code))


# ---------------------------------------------------------------------- posting


async def post_link(
    bot: Lantern,
    channel: Channel,
    topic: Topic,
    aim: Aim,
    *,
    link_id: int,
    at: datetime,
    linked_by: discord.abc.User | None,
    permissions: discord.Permissions | None = None,
    whole: bool = False,
    above: str | None = None,
    more_buttons: Sequence[discord.ui.Button[Any]] = (),
) -> discord.Message:
    """Post a link card, or the whole answer, and record it.

    Parameters
    ----------
    channel:
        A channel or thread of a guild. Where a thread is archived and not locked, Discord reopens it.
    aim:
        What it replies to and whom it notifies.
    link_id:
        The snowflake of what caused it (an interaction, a thread). Discord takes it once, as a nonce, and it becomes
        :attr:`lantern.store.links.Link.id`.
    at:
        When that was.
    linked_by:
        The moderator, who is named on the card; None when Lantern posts by itself.
    permissions:
        Lantern's own in the channel, when the caller was told them.
    above, more_buttons:
        A line before the link card, and buttons beside **Read**.

    Raises
    ------
    NotPosted
        With a sentence for whoever wanted it.
    """
    guild = channel.guild
    card = (
        _whole(bot, guild.id, topic, [*addressed(aim)], linked_by.id if linked_by else None)
        if whole
        else link_card(
            topic,
            link_id,
            aim,
            linked_by=linked_by.id if linked_by else None,
            library_url=bot.library_url(guild.id, topic),
            above=above,
            more_buttons=more_buttons,
        )
    )
    message = await post(bot, channel, card, aim, nonce=link_id, permissions=permissions)
    now = milliseconds(at)
    bot.links.record(
        Link(
            id=link_id,
            linked_at=now,
            guild_id=guild.id,
            channel_id=message.channel.id,
            answered_message_id=aim.message_id,
            message_id=message.id,
            article=topic.article.command,
            topic=topic.key,
            member_key=_key(bot, linked_by),
            automatic=linked_by is None,
            notify=aim.notify,
            whole=whole,
            whole_at=now if whole else None,
        )
    )
    if whole:
        bot.publicity.posted(message.channel.id, topic.address, now, guild.id, message.id)
    return message


def _key(bot: Lantern, moderator: discord.abc.User | None) -> int | None:
    """The moderator's key; None for those who asked not to be counted, whose card names them nevertheless."""
    if moderator is None:
        return None
    key = bot.question_log.member_key(moderator.id)
    bot.links.moderators[key] = moderator.id
    return None if bot.question_log.is_uncounted(key) else key


async def post(
    bot: Lantern,
    channel: Channel,
    card: Card,
    aim: Aim,
    *,
    nonce: int,
    permissions: discord.Permissions | None = None,
) -> discord.Message:
    """Send a card where ``aim`` says. Raises :class:`NotPosted`; the same ``nonce`` is taken by Discord only once."""
    own = permissions if permissions is not None else channel.permissions_for(channel.guild.me)
    if reason := why_not(bot, channel, own, reply=aim.message_id is not None):
        raise NotPosted(f"{reason} {NOTHING_POSTED}")
    try:
        if aim.message_id is None:
            return await channel.send(view=card, nonce=nonce, allowed_mentions=aim.allowed_mentions())
        # Without the message Discord is to refuse: a card that answers nobody's words would only puzzle.
        answered = Answered(
            message_id=aim.message_id, channel_id=channel.id, guild_id=channel.guild.id, fail_if_not_exists=True
        )
        return await channel.send(view=card, nonce=nonce, reference=answered, allowed_mentions=aim.allowed_mentions())
    except discord.HTTPException as error:
        raise NotPosted.over(error, NOTHING_POSTED) from error
    except UNREACHABLE as error:
        raise NotPosted(OVERLOADED) from error


# ---------------------------------------------------------------------- afterwards


def _whole(bot: Lantern, guild_id: int, topic: Topic, above: Sequence[Component], linked_by: int | None) -> Card:
    return whole_card(bot.cards, topic, above, linked_by=linked_by, library_url=bot.library_url(guild_id, topic))


async def make_whole(
    bot: Lantern, channel: Channel, message_id: int, *, at: datetime, permissions: discord.Permissions
) -> str:
    """Put the whole answer in a link card's place and return its address.

    The card is fetched for what else stands on it, which needs Read Message History; ``permissions`` are Lantern's own.
    Raises :class:`NotPosted`.
    """
    guild = channel.guild
    if reason := why_not(bot, channel, permissions, reply=True):
        raise NotPosted(f"{reason} {NOTHING_CHANGED}")
    try:
        message = await channel.fetch_message(message_id)
    except discord.HTTPException as error:
        raise _not_changed(error) from error
    components = components_of(message)
    link = link_in(components)
    if link is None:
        return message.jump_url
    topic = bot.content.find(link[0], link[1])
    if topic is None:
        raise NotPosted(f"{TOPIC_GONE} {NOTHING_CHANGED}")
    above = [part for part in components if part["type"] == TEXT_DISPLAY]
    card = _whole(bot, guild.id, topic, above, linker_of(components))
    try:
        await _reopening(channel, lambda: message.edit(view=card, allowed_mentions=discord.AllowedMentions.none()))
    except discord.HTTPException as error:
        raise _not_changed(error) from error
    now = milliseconds(at)
    bot.links.made_whole(message_id, at=now)
    bot.publicity.posted(message.channel.id, topic.address, now, guild.id, message_id)
    return message.jump_url


def _not_changed(error: discord.HTTPException) -> NotPosted:
    return NotPosted(CARD_GONE) if error.code == UNKNOWN_MESSAGE else NotPosted.over(error, NOTHING_CHANGED)


async def _reopening(channel: Channel, change: Callable[[], Awaitable[object]]) -> None:
    """Make a change; in an archived thread, which refuses it, once more after the thread was reopened."""
    try:
        await change()
    except discord.HTTPException as error:
        if error.code != ARCHIVED or not isinstance(channel, discord.Thread) or channel.locked:
            raise
        await channel.edit(archived=False)
        await change()


async def take_back(bot: Lantern, channel: Channel, message_id: int) -> bool:
    """Remove a card of Lantern's, its link and its count; False when the card was gone before.

    Raises :class:`NotPosted` when Discord refuses; then nothing was taken back.
    """
    message = channel.get_partial_message(message_id)
    there = True
    try:
        await _reopening(channel, message.delete)
    except discord.HTTPException as error:
        if error.code != UNKNOWN_MESSAGE:
            raise NotPosted.over(error, NOTHING_CHANGED) from error
        there = False
    bot.question_log.take_back(message_id)
    bot.links.take_back(message_id)
    bot.publicity.taken_back(message_id)
    return there


# ---------------------------------------------------------------------- what was said already


async def said_here(bot: Lantern, channel: Channel) -> list[str]:
    """A line for each topic already answered or linked in a channel or thread: when, by whom, and where.

    The database knows moderators by their keys alone; who it was is read off the cards themselves, a few at most and
    not for long, and the ones that turn out to be gone are left out. What cannot be looked up is left out too.
    """
    try:
        said = await bot.links.said_in(channel.id, limit=SAID_LIMIT)
    except sqlite3.Error as error:
        log.warning("what was answered in a channel could not be looked up (%s)", error)
        return []
    told = {each: topic for each in said if (topic := bot.content.find(each.article, each.topic)) is not None}
    cards = await _fetched(channel, _unknown(bot, told))
    for each, card in cards.items():
        linker = linker_of(components_of(card)) if card is not None else None
        if each.member_key is not None and linker is not None:
            bot.links.moderators[each.member_key] = linker
    return [
        f"- **{shortened(topic.title, TITLE_LIMIT)}**, <t:{each.at // 1000}:R>, {_by(bot, each, cards.get(each))}: "
        f"[see it](https://discord.com/channels/{channel.guild.id}/{channel.id}/{each.message_id})"
        for each, topic in told.items()
        if cards.get(each, ...) is not None
    ]


def _unknown(bot: Lantern, said: Iterable[Said]) -> list[Said]:
    """Which cards to look at: one of each moderator not met since the start, and what members asked openly."""
    asking: list[Said] = []
    keys = set(bot.links.moderators)
    for each in said:
        if each.how == "asked" or (each.how == "linked" and (each.member_key is None or each.member_key not in keys)):
            asking.append(each)
            if each.how == "linked" and each.member_key is not None:
                keys.add(each.member_key)
    return asking[:ASKED_AT_ONCE]


async def _fetched(channel: Channel, said: Sequence[Said]) -> dict[Said, discord.Message | None]:
    """The cards that could be fetched in time; None for one that is gone."""

    async def fetch(each: Said) -> None:
        try:
            found[each] = await channel.fetch_message(each.message_id)
        except discord.NotFound:
            found[each] = None
        except discord.HTTPException as error:
            log.info("a card could not be looked at (status %d, code %d)", error.status, error.code)

    found: dict[Said, discord.Message | None] = {}
    if said:
        _, late = await asyncio.wait([asyncio.create_task(fetch(each)) for each in said], timeout=PATIENCE)
        for task in late:
            task.cancel()
    return found


def _by(bot: Lantern, said: Said, card: discord.Message | None) -> str:
    if said.how == "automatic":
        return "posted by Lantern"
    if said.how == "shared":
        return "shared by a member"
    if said.how == "asked":
        metadata = card.interaction_metadata if card is not None else None
        return f"asked by <@{metadata.user.id}>" if metadata is not None else "asked by a member"
    known = bot.links.moderators.get(said.member_key) if said.member_key is not None else None
    linker = known or (linker_of(components_of(card)) if card is not None else None)
    return f"linked by <@{linker}>" if linker is not None else "linked by a moderator"
