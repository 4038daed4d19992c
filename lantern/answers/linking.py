"""Put an answer under somebody's message, change it, take it back, and tell what was said in a channel already.

The one way by which moderators, and Lantern itself in a new thread, post a card for somebody else. First it is checked
whether Discord would refuse the card, then it is posted, then it is recorded: nothing is half done.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import discord

from lantern.answers.edition import Editions
from lantern.answers.flood_limits import FloodLimits
from lantern.answers.giving import GetGuild
from lantern.answers.link_cards import Aim, addressed, link_card, link_in, linker_of, whole_card
from lantern.content.models import Topic
from lantern.languages.translation import N_, _, ngettext
from lantern.store.database import DatabaseError
from lantern.store.library_posts import LibraryPosts
from lantern.store.links import Link, Links, Said
from lantern.store.member_keys import MemberKeys
from lantern.store.questions import Questions
from lantern.store.times import milliseconds
from lantern.ui.cards import TEXT_DISPLAY, Card, Component, components_of, moment
from lantern.ui.discord_errors import (
    ARCHIVED,
    FAILED,
    UNKNOWN_MESSAGE,
    UNREACHABLE,
    in_log,
)
from lantern.ui.permissions import bold, is_closed, missing_to_write, names_of
from lantern.ui.refusals import LOCKED, OVERLOADED, Refused, refused_by_discord
from lantern.ui.safe_text import shortened

log = logging.getLogger(__name__)

MessageChannel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
"""Where a guild's messages stand."""

SAID_LIMIT = 15
"""Lines of what was said already, newest first: with 200 characters each they leave room for the rest of the menu."""
TITLE_LIMIT = 60
"""Characters of a topic's title in such a line."""
ASKED_AT_ONCE = 5
"""Cards fetched to tell who posted them. Discord lets a bot fetch few messages of one channel a second."""
FETCH_SECONDS = 1.2
"""Seconds that fetching them may take; a message command must be answered within three."""

NOT_HERE = N_("Lantern is not a member of this server, so it cannot post here. An administrator can invite it again.")
NO_MESSAGES = N_("Messages cannot be posted here.")
CARD_GONE = N_("That answer is not there any more.")
TOPIC_GONE = N_("That question is no longer here.")
NOTHING_POSTED = N_("Nothing was posted.")
NOTHING_CHANGED = N_("Nothing was changed.")


class Linking:
    """Posts, changes and removes cards that answer somebody else. Its methods raise :class:`Refused`."""

    def __init__(
        self,
        editions: Editions,
        questions: Questions,
        links: Links,
        member_keys: MemberKeys,
        library_posts: LibraryPosts,
        flood_limits: FloodLimits,
        get_guild: GetGuild,
    ) -> None:
        self._editions = editions
        self._questions = questions
        self._links = links
        self._member_keys = member_keys
        self._library_posts = library_posts
        self._flood_limits = flood_limits
        self._get_guild = get_guild

    # ------------------------------------------------------------------ posting

    def why_not(self, channel: object, permissions: discord.Permissions, *, reply: bool) -> str | None:
        """Why a card cannot be posted in a channel, as a sentence; None when it can.

        ``permissions`` are Lantern's own there: an interaction's ``app_permissions``, or ``channel.permissions_for``.
        """
        if not isinstance(channel, MessageChannel):
            return _(NO_MESSAGES)
        if self._get_guild(channel.guild.id) is None:
            return _(NOT_HERE)
        if flags := missing_to_write(permissions, channel, reply=reply):
            return ngettext(
                "Lantern needs the permission {permissions} in this channel.",
                "Lantern needs the permissions {permissions} in this channel.",
                len(flags),
            ).format(permissions=bold(names_of(flags)))
        return _(LOCKED) if is_closed(channel, permissions) else None

    async def post_link(
        self,
        channel: MessageChannel,
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
        """Post a link card, or the whole answer, and record it. Discord reopens an archived thread that is not locked.

        Parameters
        ----------
        link_id, at:
            The snowflake of what caused it (an interaction, a thread), and when that was. Discord takes it once, as a
            nonce, and it becomes :attr:`lantern.store.links.Link.id`.
        linked_by:
            The moderator, who is named on the card; None when Lantern posts by itself.
        permissions:
            Lantern's own in the channel, when the caller was told them.
        """
        # The content may have been swapped since the topic was chosen.
        topic = self._find(topic.article.command, topic.key, NOTHING_POSTED)
        guild = channel.guild
        named = linked_by.id if linked_by else None
        card = (
            self._whole(guild.id, topic, [*addressed(aim)], named)
            if whole
            else link_card(
                topic,
                link_id,
                aim,
                linked_by=named,
                library_url=self._library_posts.url(guild.id, topic.address),
                above=above,
                more_buttons=more_buttons,
            )
        )
        message = await self.post(channel, card, aim, nonce=link_id, permissions=permissions)
        now = milliseconds(at)
        self._links.record(
            Link(
                id=link_id,
                linked_at=now,
                guild_id=guild.id,
                channel_id=message.channel.id,
                message_id=message.id,
                article=topic.article.command,
                topic=topic.key,
                member_key=self._kept_key(linked_by),
                automatic=linked_by is None,
                notify=aim.notify,
                whole=whole,
                whole_at=now if whole else None,
            )
        )
        if whole:
            self._flood_limits.posted(message.channel.id, topic.address, now, guild.id, message.id)
        return message

    def _find(self, article: str, key: str, result: str) -> Topic:
        topic = self._editions.current.content.find(article, key)
        if topic is None:
            raise Refused(f"{_(TOPIC_GONE)} {_(result)}")
        return topic

    def met(self, moderator: discord.abc.User) -> int:
        """Remember, in memory alone, whose key this is, and return the key."""
        key = self._member_keys.of(moderator.id)
        self._links.moderators[key] = moderator.id
        return key

    def _kept_key(self, moderator: discord.abc.User | None) -> int | None:
        """The moderator's key; None for those who asked not to be counted, whose card names them nevertheless."""
        if moderator is None:
            return None
        key = self.met(moderator)
        return None if self._member_keys.is_uncounted(key) else key

    async def post(
        self,
        channel: MessageChannel,
        card: Card,
        aim: Aim,
        *,
        nonce: int,
        permissions: discord.Permissions | None = None,
    ) -> discord.Message:
        """Send a card where ``aim`` says; the same ``nonce`` is taken by Discord only once."""
        own = permissions if permissions is not None else channel.permissions_for(channel.guild.me)
        if reason := self.why_not(channel, own, reply=aim.message_id is not None):
            raise Refused(f"{reason} {_(NOTHING_POSTED)}")
        mentions = aim.allowed_mentions()
        try:
            if aim.message_id is None:
                return await channel.send(view=card, nonce=nonce, allowed_mentions=mentions)
            # Without the message Discord is to refuse: a card that answers nobody's words would only puzzle.
            answered = channel.get_partial_message(aim.message_id).to_reference(fail_if_not_exists=True)
            return await channel.send(view=card, nonce=nonce, reference=answered, allowed_mentions=mentions)
        except discord.HTTPException as error:
            raise refused_by_discord(error, _(NOTHING_POSTED)) from error
        except UNREACHABLE as error:
            raise Refused(_(OVERLOADED)) from error

    # ------------------------------------------------------------------ afterwards

    def _whole(self, guild_id: int, topic: Topic, above: Sequence[Component], linked_by: int | None) -> Card:
        library_url = self._library_posts.url(guild_id, topic.address)
        return whole_card(self._editions.current.cards, topic, above, linked_by=linked_by, library_url=library_url)

    async def make_whole(
        self, channel: MessageChannel, message_id: int, *, at: datetime, permissions: discord.Permissions
    ) -> str:
        """Put the whole answer in a link card's place and return its address.

        The card is fetched for what else stands on it, which needs Read Message History; ``permissions`` are Lantern's
        own.
        """
        guild = channel.guild
        if reason := self.why_not(channel, permissions, reply=True):
            raise Refused(f"{reason} {_(NOTHING_CHANGED)}")
        try:
            message = await channel.fetch_message(message_id)
        except discord.HTTPException as error:
            raise _not_changed(error) from error
        components = components_of(message)
        link = link_in(components)
        if link is None:
            return message.jump_url
        topic = self._find(*link, NOTHING_CHANGED)
        above = [part for part in components if part["type"] == TEXT_DISPLAY]
        card = self._whole(guild.id, topic, above, linker_of(components))
        try:
            await _reopening(channel, lambda: message.edit(view=card, allowed_mentions=discord.AllowedMentions.none()))
        except discord.HTTPException as error:
            raise _not_changed(error) from error
        now = milliseconds(at)
        self._links.made_whole(message_id, at=now)
        self._flood_limits.posted(message.channel.id, topic.address, now, guild.id, message_id)
        return message.jump_url

    async def take_back(self, channel: MessageChannel, message_id: int) -> bool:
        """Remove a card of Lantern's, its link and its count; False when the card was gone before.

        Where Discord refuses, nothing was taken back.
        """
        message = channel.get_partial_message(message_id)
        there = True
        try:
            await _reopening(channel, message.delete)
        except discord.HTTPException as error:
            if error.code != UNKNOWN_MESSAGE:
                raise refused_by_discord(error, _(NOTHING_CHANGED)) from error
            there = False
        self._questions.take_back(message_id)
        self._links.take_back(message_id)
        self._flood_limits.taken_back(message_id)
        return there

    # ------------------------------------------------------------------ what was said already

    async def said_here(self, channel: MessageChannel) -> list[str]:
        """A line for each topic already answered or linked in a channel or thread: when, by whom, and where.

        The database knows moderators by their keys alone; who it was is read off the cards themselves, a few at most
        and not for long, and the ones that turn out to be gone are left out. What cannot be looked up is left out too.
        """
        try:
            said = await self._links.said_in(channel.id, limit=SAID_LIMIT)
        except DatabaseError as error:
            log.warning("what was answered in a channel could not be looked up (%s)", error)
            return []
        content = self._editions.current.content
        told = {each: topic for each in said if (topic := content.find(each.article, each.topic)) is not None}
        cards = await _fetched(channel, self._unknown(told))
        for each, card in cards.items():
            linker = linker_of(components_of(card)) if card is not None else None
            if each.member_key is not None and linker is not None:
                self._links.moderators[each.member_key] = linker
        return [
            self._line(
                each,
                topic,
                cards.get(each),
                f"https://discord.com/channels/{channel.guild.id}/{channel.id}/{each.message_id}",
            )
            for each, topic in told.items()
            if cards.get(each, ...) is not None
        ]

    def _unknown(self, said: Iterable[Said]) -> list[Said]:
        """Which cards to look at: one of each moderator not met since the start, and what members asked openly."""
        asking: list[Said] = []
        keys = set(self._links.moderators)
        for each in said:
            unknown = each.member_key is None or each.member_key not in keys
            if each.how == "asked" or (each.how == "linked" and unknown):
                asking.append(each)
                if each.how == "linked" and each.member_key is not None:
                    keys.add(each.member_key)
        return asking[:ASKED_AT_ONCE]

    def _line(self, said: Said, topic: Topic, card: discord.Message | None, url: str) -> str:
        """One answer that was given already: what, by whom, when and where."""
        member = None
        if said.how == "automatic":
            # Translators: a line of a list; when is a time that Discord writes, such as "2 hours ago".
            line = _("- **{topic}**, posted by Lantern {when}: [see it]({url})")
        elif said.how == "shared":
            line = _("- **{topic}**, shared by a member {when}: [see it]({url})")
        elif said.how == "asked":
            member = card.interaction_metadata.user.id if card is not None and card.interaction_metadata else None
            line = (
                _("- **{topic}**, asked by {member} {when}: [see it]({url})")
                if member is not None
                else _("- **{topic}**, asked by a member {when}: [see it]({url})")
            )
        else:
            member = self._linker(said, card)
            line = (
                _("- **{topic}**, posted by {member} {when}: [see it]({url})")
                if member is not None
                else _("- **{topic}**, posted by a moderator {when}: [see it]({url})")
            )
        title, when = shortened(topic.title, TITLE_LIMIT), moment(said.at, "R")
        return line.format(topic=title, member=f"<@{member}>", when=when, url=url)

    def _linker(self, said: Said, card: discord.Message | None) -> int | None:
        """The id of the moderator who linked an answer; None where it is not known and the card does not tell."""
        known = self._links.moderators.get(said.member_key) if said.member_key is not None else None
        return known or (linker_of(components_of(card)) if card is not None else None)


def _not_changed(error: discord.HTTPException) -> Refused:
    return Refused(_(CARD_GONE)) if error.code == UNKNOWN_MESSAGE else refused_by_discord(error, _(NOTHING_CHANGED))


async def _reopening(channel: MessageChannel, change: Callable[[], Awaitable[object]]) -> None:
    """Make a change; in an archived thread, which refuses it, once more after the thread was reopened."""
    try:
        await change()
    except discord.HTTPException as error:
        if error.code != ARCHIVED or not isinstance(channel, discord.Thread) or channel.locked:
            raise
        await channel.edit(archived=False)
        await change()


async def _fetched(channel: MessageChannel, said: Sequence[Said]) -> dict[Said, discord.Message | None]:
    """The cards that could be fetched in time; None for one that is gone."""

    async def fetch(each: Said) -> None:
        try:
            found[each] = await channel.fetch_message(each.message_id)
        except discord.NotFound:
            found[each] = None
        except FAILED as error:
            log.info("a card could not be looked at (%s)", in_log(error))

    found: dict[Said, discord.Message | None] = {}
    if said:
        _, late = await asyncio.wait([asyncio.create_task(fetch(each)) for each in said], timeout=FETCH_SECONDS)
        for task in late:
            task.cancel()
    return found
