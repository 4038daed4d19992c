"""Give a member an answer: decide who sees it, send it, then record it.

The one way by which every cog answers with a topic, so that the rules about privacy, flooding and counting hold for a
slash command, a button and a menu alike.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

from lantern.answers.publicity import Standing
from lantern.content.models import Topic
from lantern.store.questions import Question, Source, local_day, milliseconds
from lantern.ui.cards import Card, Component
from lantern.ui.discord_errors import FAILED, UNREACHABLE, in_log

if TYPE_CHECKING:
    from lantern.runtime.client import Lantern

log = logging.getLogger(__name__)

ALREADY_HERE = "This already stands in the channel: {url}. So that nobody is flooded, here it is for you alone."
ON_ITS_WAY = "This is being posted in the channel just now, so here it is for you alone."
ENOUGH_FOR_NOW = "You have posted several answers within a minute, so here is this one for you alone."
SENDS = 3
"""How often an answer is sent at most where the connection breaks: connections kept open often break together."""
ALREADY_ANSWERED = 40060
"""Discord's reference, Opcodes and Status Codes: the interaction has its answer."""
CANNOT_WRITE = "You cannot write in this channel, so here it is for you alone."


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was asked, as the question log keeps it.

    ``guild_id`` and ``channel_id`` are None where the bot is not in the guild (a user install), and in direct messages.
    """

    guild_id: int | None
    channel_id: int | None


def place_of(interaction: discord.Interaction[Lantern]) -> Place:
    """Decided by the bot's own guilds: an interaction from a user install names a guild the bot knows nothing of."""
    if interaction.guild_id is None or interaction.client.get_guild(interaction.guild_id) is None:
        return Place(None, None)
    return Place(interaction.guild_id, interaction.channel_id)


def may_write(interaction: discord.Interaction[Lantern]) -> bool:
    """Whether the member could have written the message herself: a bot's answer must not be a way around that."""
    permissions = interaction.permissions
    if isinstance(interaction.channel, discord.Thread):
        open_to_her = not interaction.channel.locked or permissions.manage_threads
        return permissions.send_messages_in_threads and open_to_her
    return permissions.send_messages


class Answering:
    """Answers questions for one bot."""

    def __init__(self, bot: Lantern) -> None:
        self._bot = bot

    async def give(
        self,
        interaction: discord.Interaction[Lantern],
        topic: Topic,
        source: Source,
        *,
        for_all: bool = False,
        from_topic: str | None = None,
        link_id: int | None = None,
        above: str | None = None,
        below: Sequence[Component] = (),
        asked_as: int | None = None,
        counted: bool = True,
        dress: Callable[[Card], Card] | None = None,
    ) -> int | None:
        """Answer with ``topic`` and return the answer's message id.

        Parameters
        ----------
        for_all:
            Post it for all to see where the rules allow; otherwise, and where they do not, it is private.
        above, below:
            A line and rows around the card, see :meth:`lantern.ui.cards.Cards.answer`.
        asked_as:
            The interaction that asked, where this one only chose among its answers: together they are one question.
        counted:
            False keeps no row at all.
        dress:
            What else the finished card gets.

        Raises
        ------
        discord.HTTPException
            Discord refused the answer; nothing was recorded.
        """
        reason = self._reason_for_privacy(interaction, topic) if for_all else None
        public = for_all and interaction.guild_id is not None and reason is None
        shareable = interaction.guild_id is not None and not public
        post_url = self._bot.library_url(interaction.guild_id, topic)
        card = self._bot.cards.answer(topic, shareable=shareable, above=reason or above, below=below, post_url=post_url)
        if dress is not None:
            card = dress(card)
        if not public:
            message_id = await self.send(interaction, card)
        else:
            message_id = await self._post(interaction, topic, card)
        if counted:
            self._record(interaction, topic, source, message_id, public, from_topic, link_id, asked_as)
        return message_id

    async def _post(
        self, interaction: discord.Interaction[Lantern], topic: Topic, card: discord.ui.LayoutView
    ) -> int | None:
        channel_id = self._start_posting(interaction, topic)
        try:
            message_id = await self.send(interaction, card, ephemeral=False)
        except BaseException:
            self._bot.publicity.gone(channel_id, topic.address, None)
            raise
        self._posted(interaction, topic, message_id)
        return message_id

    @staticmethod
    async def send(
        interaction: discord.Interaction[Lantern], card: discord.ui.LayoutView, *, ephemeral: bool = True
    ) -> int | None:
        """Answer the interaction and return the message's id, also where the connection breaks.

        Trying again is safe: of one interaction Discord takes the first answer alone. If it says that there is one,
        the first try arrived, and it was its confirmation that was lost.

        Raises
        ------
        discord.HTTPException, aiohttp.ClientError, OSError
            It did not get through.
        """
        lost: Exception | None = None
        for _ in range(SENDS):
            try:
                return (await interaction.response.send_message(view=card, ephemeral=ephemeral)).message_id
            except UNREACHABLE as error:
                lost = error
                log.info("whether an answer arrived is not known (%s)", in_log(error))
            except discord.HTTPException as error:
                if error.code != ALREADY_ANSWERED:
                    raise
                lost = None
                break
        try:
            return (await interaction.original_response()).id
        except FAILED as error:
            if lost is not None:
                # Discord knows of no answer, or cannot be asked.
                raise lost from None
            log.warning("an answer stands, and could not be looked up (%s)", in_log(error))
            return None

    async def share(self, interaction: discord.Interaction[Lantern], topic: Topic) -> None:
        """Post the private answer under which **Share in channel** was pressed, without the member's name.

        Raises
        ------
        discord.HTTPException
            Discord refused the card; it may be tried again at once.
        """
        assert interaction.message is not None
        cards = self._bot.cards
        post_url = self._bot.library_url(interaction.guild_id, topic)
        reason = self._reason_for_privacy(interaction, topic)
        if reason is not None or interaction.guild_id is None:
            still = cards.answer(topic, shareable=interaction.guild_id is not None, above=reason, post_url=post_url)
            await interaction.response.edit_message(view=still)
            return
        channel_id = self._start_posting(interaction, topic)
        try:
            # Acknowledged first: posting may have to wait for a rate limit longer than a press may go unanswered.
            await interaction.response.defer()
            message = await self._send_without_name(
                interaction, cards.answer(topic, shareable=False, post_url=post_url)
            )
        except BaseException:
            self._bot.publicity.gone(channel_id, topic.address, None)
            raise
        self._posted(interaction, topic, message.id)
        self._bot.question_log.mark_shared(
            interaction.message.id, public_message_id=message.id, at=milliseconds(interaction.created_at)
        )
        shared = cards.answer(
            topic, shareable=False, above=f"Shared in this channel, without your name: {message.jump_url}"
        )
        try:
            await interaction.edit_original_response(view=shared)
        except FAILED as error:
            # It stands in the channel: that must not look like a failure.
            log.warning("a private answer could not be changed after it was shared (%s)", in_log(error))

    async def _send_without_name(
        self, interaction: discord.Interaction[Lantern], card: discord.ui.LayoutView
    ) -> discord.Message:
        channel = interaction.channel
        permissions = interaction.app_permissions
        in_thread = isinstance(channel, discord.Thread)
        may_send = permissions.send_messages_in_threads if in_thread else permissions.send_messages
        known = interaction.guild_id is not None and self._bot.get_guild(interaction.guild_id) is not None
        if known and permissions.view_channel and may_send and isinstance(channel, discord.abc.Messageable):
            # One answer is shared once: where the confirmation was lost and she presses again, Discord knows the nonce.
            assert interaction.message is not None
            return await channel.send(view=card, nonce=interaction.message.id)
        # Where the bot may not write, or is not (a user install), an answer to the press itself is still allowed.
        return await interaction.followup.send(view=card, wait=True)

    # ------------------------------------------------------------------ the rules

    def _reason_for_privacy(self, interaction: discord.Interaction[Lantern], topic: Topic) -> str | None:
        """Why this answer is not posted although it was asked to be, as a sentence for the member; None when it is."""
        if interaction.guild_id is None or interaction.channel_id is None:
            return None
        now = milliseconds(interaction.created_at)
        quiet = self._bot.guild_settings(interaction.guild_id).quiet_minutes
        standing = self._bot.publicity.standing(interaction.channel_id, topic.address, now, quiet)
        if standing is not None:
            return self._where(standing)
        if self._bot.publicity.has_had_enough(self._bot.question_log.member_key(interaction.user.id), now):
            return ENOUGH_FOR_NOW
        return None if may_write(interaction) else CANNOT_WRITE

    @staticmethod
    def _where(standing: Standing) -> str:
        return ON_ITS_WAY if standing.jump_url is None else ALREADY_HERE.format(url=standing.jump_url)

    def _start_posting(self, interaction: discord.Interaction[Lantern], topic: Topic) -> int:
        """Claim the topic for this channel before Discord answers, so that two presses cannot both post it."""
        assert interaction.channel_id is not None
        at = milliseconds(interaction.created_at)
        self._bot.publicity.posted(interaction.channel_id, topic.address, at, interaction.guild_id, None)
        return interaction.channel_id

    def _posted(self, interaction: discord.Interaction[Lantern], topic: Topic, message_id: int | None) -> None:
        assert interaction.channel_id is not None
        at = milliseconds(interaction.created_at)
        publicity = self._bot.publicity
        publicity.posted(interaction.channel_id, topic.address, at, interaction.guild_id, message_id)
        publicity.caused(self._bot.question_log.member_key(interaction.user.id), at)

    # ------------------------------------------------------------------ the log

    def _record(
        self,
        interaction: discord.Interaction[Lantern],
        topic: Topic,
        source: Source,
        message_id: int | None,
        public: bool,
        from_topic: str | None,
        link_id: int | None,
        asked_as: int | None,
    ) -> None:
        place = place_of(interaction)
        by_moderator = interaction.guild_id is not None and interaction.permissions.manage_messages
        member_key = self._bot.question_log.member_key(interaction.user.id)
        zone = self._bot.guild_settings(place.guild_id).zone
        created_at = interaction.created_at
        self._bot.question_log.record(
            Question(
                asked_at=milliseconds(created_at),
                day=local_day(created_at, zone),
                interaction_id=asked_as or interaction.id,
                guild_id=place.guild_id,
                channel_id=place.channel_id,
                message_id=message_id,
                article=topic.article.command,
                topic=topic.key,
                source=source,
                by_moderator=by_moderator,
                locale=interaction.locale.value,
                member_key=member_key,
                from_topic=from_topic,
                link_id=link_id,
                public=public,
            )
        )
        counts = not by_moderator and not self._bot.question_log.is_uncounted(member_key)
        if counts and asked_as in (None, interaction.id):
            self._bot.most_asked.asked(place.guild_id, topic.article.command, topic.key)
