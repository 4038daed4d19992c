"""Offer a card under a new thread whose title clearly asks something, once people have had their time to answer.

Where a title shows danger there is no card, and moderators are told at once where their server chose a channel for it.

Which threads wait is kept in memory alone: after a restart within those two minutes they get no card. Of the messages
in a thread only their authors are looked at.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import discord
from discord import ui

from lantern.answers.flood_limits import NOTES_AN_HOUR, Limit
from lantern.answers.giving import GetGuild
from lantern.answers.link_cards import Aim
from lantern.answers.linking import Linking
from lantern.answers.moderators_page import page_button
from lantern.answers.reading import Reading
from lantern.content.models import Topic
from lantern.languages.translation import N_, _, speaking
from lantern.store.database import DatabaseError
from lantern.store.guilds import Guilds
from lantern.store.member_keys import MemberKeys
from lantern.store.misses import Misses
from lantern.store.questions import Questions
from lantern.store.times import HOUR, local_day, milliseconds
from lantern.ui.cards import Card, built, button, components_pressed, link_button, presses_in, small
from lantern.ui.custom_ids import SEPARATOR, OutdatedPress, custom_id, press, pressed
from lantern.ui.discord_errors import FAILED, NO_FIRST_MESSAGE, in_log
from lantern.ui.permissions import moderates
from lantern.ui.refusals import Refused
from lantern.ui.replies import acknowledge
from lantern.ui.whose_language import guild_language

log = logging.getLogger(__name__)

NOT_THIS = "not-this"

WAIT = timedelta(minutes=2)
"""How long people have to answer before a card is posted: they answer better than any card."""
RETRIES = (timedelta(seconds=2), timedelta(seconds=5), timedelta(seconds=15))
"""How long to wait before each further try while a forum post has no first message yet."""
MESSAGES_LOOKED_AT = 25
"""The latest messages of a thread, in which an answer of somebody else is looked for."""
THREADS_WAITING = 1_000
"""Threads that may wait at once; more in two minutes is a flood, in which a card would help nobody."""

ABOVE = N_("While you wait for people to answer, this might help.")
ONLY_THE_OPENER = N_(
    "Only the member who opened this thread can use **Not this**. Moderators can use **Remove this answer**."
)

# Translators: for moderators.
NOTE = N_(
    "Somebody may be in danger: the title of a new thread sounds like it. Please look at it soon, and agree who writes "
    "to them."
)
NOTE_BELOW = N_(
    "If Lantern is wrong, delete this message. It posted nothing in the thread, notified nobody, and keeps nothing."
)
# Translators: {most} is a number, such as 6.
NOTE_LAST = N_(
    "Lantern has now posted {most} messages like this within an hour, and posts no more until the next hour. "
    "**Please look at new threads yourselves.**"
)


class Waiting(NamedTuple):
    """A thread whose title clearly asks for a topic."""

    thread_id: int
    guild_id: int
    created_at: datetime
    due: datetime
    tried: int = 0


class ThreadAnswers:
    """The threads that wait. ``now`` tells Discord's time: a clock that is set makes no card early or late."""

    def __init__(
        self,
        reading: Reading,
        guilds: Guilds,
        questions: Questions,
        misses: Misses,
        linking: Linking,
        member_keys: MemberKeys,
        get_guild: GetGuild,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._reading = reading
        self._guilds = guilds
        self._questions = questions
        self._misses = misses
        self._linking = linking
        self._member_keys = member_keys
        self._get_guild = get_guild
        self._now = now
        self._waiting: dict[int, Waiting] = {}
        self._notes = Limit(NOTES_AN_HOUR, HOUR)

    async def topic_for(self, title: str, guild_id: int) -> Topic | None:
        """The topic that a title clearly asks for; None below the stricter floor, and on any sign of danger."""
        match = await self._reading.match(title, guild_id, strict=True)
        return match.candidates[0].topic if match.outcome == "clear" else None

    async def opened(self, thread: discord.Thread) -> None:
        """A thread was opened. It waits from now on, where its channel is answered and its title asks something."""
        wanted = self._guilds.of(thread.guild.id).thread_answers
        if thread.parent_id not in wanted or thread.is_private() or thread.owner_id == thread.guild.me.id:
            return
        if thread.id in self._waiting:
            return
        try:
            match = await self._reading.match(thread.name, thread.guild.id, strict=True)
        except Refused:
            return  # so much is asked there just now that nobody waits for a card
        if match.care_kind is not None:
            await self._tell_moderators(thread)
        if match.outcome != "clear" or len(self._waiting) >= THREADS_WAITING:
            return
        now = self._now()
        self._waiting[thread.id] = Waiting(thread.id, thread.guild.id, now, now + WAIT)

    async def _tell_moderators(self, thread: discord.Thread) -> None:
        """Post the note that a title shows danger: the way there and no word of it.

        Where it cannot be posted, that is in the log: nobody waits for it who could be told.
        """
        channel = thread.guild.get_channel(self._guilds.of(thread.guild.id).moderators_channel_id or 0)
        if not isinstance(channel, discord.TextChannel):
            return
        if not self._notes.claim(thread.guild.id, milliseconds(self._now())):
            return
        with speaking(guild_language(self._guilds, thread.guild)):
            said = _(NOTE_LAST).format(most=NOTES_AN_HOUR) if self._notes.used_up(thread.guild.id) else _(NOTE_BELOW)
            # A link in the text would be shown with the thread's title.
            there = ui.ActionRow[Any](link_button(_("Open the thread"), thread.jump_url), page_button())
            note = Card(built(ui.Container[Any](ui.TextDisplay(_(NOTE)), there, ui.TextDisplay(small(said)))))
        try:
            await channel.send(view=note)
        except FAILED as error:
            log.warning("moderators could not be told of a thread (%s)", in_log(error))

    async def answer_due(self) -> None:
        """Answer the threads whose time has come. Called every second."""
        now = self._now()
        for waiting in [each for each in self._waiting.values() if each.due <= now]:
            del self._waiting[waiting.thread_id]
            try:
                await self._answer(waiting)
            except Refused as error:
                cause = error.__cause__
                early = isinstance(cause, discord.HTTPException) and cause.code == NO_FIRST_MESSAGE
                self._again(waiting, now, str(error)) if early else log.info("thread %d: %s", waiting.thread_id, error)
            except FAILED as error:
                log.info("thread %d: %s", waiting.thread_id, in_log(error))
            except Exception:
                # One thread's trouble must not keep the others waiting for ever.
                log.exception("thread %d could not be answered", waiting.thread_id)

    def _again(self, waiting: Waiting, now: datetime, why: str) -> None:
        if waiting.tried >= len(RETRIES):
            log.info("thread %d: %s", waiting.thread_id, why)
            return
        due = now + RETRIES[waiting.tried]
        self._waiting[waiting.thread_id] = waiting._replace(due=due, tried=waiting.tried + 1)

    async def _answer(self, waiting: Waiting) -> None:
        guild = self._get_guild(waiting.guild_id)
        thread = guild.get_thread(waiting.thread_id) if guild is not None else None
        # Looked at again: in two minutes a title, the server's choice or the thread itself may have changed.
        if thread is None or thread.archived or thread.locked:
            return
        if thread.parent_id not in self._guilds.of(thread.guild.id).thread_answers:
            return
        topic = await self.topic_for(thread.name, thread.guild.id)
        if topic is None or not await self._is_for_members(thread) or await self._is_answered(thread):
            return
        with speaking(guild_language(self._guilds, thread.guild)):
            above = _(ABOVE)
            not_this = button(_("Not this"), custom_id(NOT_THIS, topic.article.command, topic.key, thread.owner_id))
        await self._linking.post_link(
            thread,
            topic,
            Aim(),
            link_id=thread.id,
            at=waiting.created_at,
            linked_by=None,
            above=above,
            more_buttons=[not_this],
        )

    @staticmethod
    async def _is_for_members(thread: discord.Thread) -> bool:
        """Whether a member opened it: no bot, and nobody who may manage messages there."""
        try:
            # With the `guilds` intent alone no member is known, so the one who opened it is asked for, once.
            opener = await thread.guild.fetch_member(thread.owner_id)
        except discord.NotFound:
            return False
        parent = thread.parent
        return parent is not None and not opener.bot and not parent.permissions_for(opener).manage_messages

    async def _is_answered(self, thread: discord.Thread) -> bool:
        """Whether somebody answered already: a person or Lantern in the thread, or Lantern its opener in private."""
        async for message in thread.history(limit=MESSAGES_LOOKED_AT):
            if message.author.id != thread.owner_id:
                return True
        try:
            return await self._questions.asked_in(thread.id)
        except DatabaseError as error:
            log.warning("whether thread %d was answered could not be looked up (%s)", thread.id, error)
            return False

    @press(NOT_THIS)
    async def not_this(self, interaction: discord.Interaction, article: str, key: str, _opener_id: int) -> None:
        """**Not this** was pressed: for the opener the card goes, and that is kept as a correction if they are counted
        and no moderator.

        Who opened the thread, and whether the button is on the card that would go, is asked of Discord: an id in the
        press may be forged. Raises :class:`Refused`.
        """
        channel, message = interaction.channel, interaction.message
        if not isinstance(channel, discord.Thread) or channel.owner_id != interaction.user.id:
            raise Refused(_(ONLY_THE_OPENER))
        assert message is not None
        if pressed(interaction).split(SEPARATOR) not in presses_in(components_pressed(interaction)):
            raise OutdatedPress("a card without this button")
        await acknowledge(interaction)
        await self._linking.take_back(channel, message.id)
        if moderates(interaction) or self._member_keys.is_uncounted(self._member_keys.of(interaction.user.id)):
            return
        self._misses.correct(
            day=local_day(interaction.created_at, self._guilds.of(channel.guild.id).zone),
            ask_id=message.id,
            guild_id=channel.guild.id,
            shown=(article, key),
            came_from="thread",
        )
