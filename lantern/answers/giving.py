"""Give a member an answer: decide who sees it, send it, then record it.

The one way by which every command, button and menu answers with a topic, so that the rules about privacy, flooding and
counting hold for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import discord

from lantern.answers.edition import Editions
from lantern.answers.flood_limits import FloodLimits
from lantern.content.models import Topic
from lantern.languages.translation import N_, _, current, speaking
from lantern.store.guilds import Guilds
from lantern.store.library_posts import LibraryPosts
from lantern.store.member_keys import MemberKeys
from lantern.store.questions import Question, Questions, Source
from lantern.store.times import local_day, milliseconds
from lantern.ui.cards import CHOOSE_ARTICLE, CHOOSE_TOPIC, RELATED, SHARE, Card, text_line, topics_menu
from lantern.ui.custom_ids import chosen, press
from lantern.ui.permissions import bot_may_write, member_may_write, moderates
from lantern.ui.refusals import Refused, refused_by_discord
from lantern.ui.replies import acknowledge, change_pressed, change_reply, send
from lantern.ui.whose_language import place_language

ALREADY_HERE = N_("This answer is already in this channel: {url}. Only you can see this copy.")
ON_ITS_WAY = N_("This answer is being posted in this channel right now. Only you can see this copy.")
ENOUGH_FOR_NOW = N_("You have posted several answers in the last minute, so only you can see this one.")
CANNOT_WRITE_HERE = N_("You cannot write in this channel, so only you can see this answer.")
NOT_WITHOUT_NAME = N_(
    "Lantern is not allowed to post here, and any other way would show your name. So nothing was posted."
)
NOTHING_SHARED = N_("Nothing was posted.")
SHARED = N_("Posted here, without your name: {url}")
SHARED_IN_ANOTHER = N_("Posted here in this server's language, without your name: {url}")
TOPIC_GONE_LIST = N_("That question is no longer here. You can choose one of these:")

GetGuild = Callable[[int], discord.Guild | None]
"""A guild that the bot is a member of; None for any other."""
GetOwnId = Callable[[], int | None]
"""The bot's own snowflake as a user; None before it has logged in."""


class Origin(NamedTuple):
    """Where something was asked, as the question log keeps it.

    ``guild_id`` and ``channel_id`` are None where the bot is not in the guild (a user install), and in direct messages;
    ``parent_id`` is the channel that a thread is in.
    """

    guild_id: int | None
    channel_id: int | None
    parent_id: int | None = None


class Giving:
    """Gives answers."""

    def __init__(
        self,
        editions: Editions,
        guilds: Guilds,
        questions: Questions,
        member_keys: MemberKeys,
        library_posts: LibraryPosts,
        flood_limits: FloodLimits,
        get_guild: GetGuild,
    ) -> None:
        self._editions = editions
        self._guilds = guilds
        self._questions = questions
        self._member_keys = member_keys
        self._library_posts = library_posts
        self._flood_limits = flood_limits
        self._get_guild = get_guild

    def origin(self, interaction: discord.Interaction) -> Origin:
        """Where this was asked. An interaction from a user install names a guild that the bot knows nothing of."""
        if interaction.guild_id is None or self._get_guild(interaction.guild_id) is None:
            return Origin(None, None)
        channel = interaction.channel
        parent_id = channel.parent_id if isinstance(channel, discord.Thread) else None
        return Origin(interaction.guild_id, interaction.channel_id, parent_id)

    # ------------------------------------------------------------------ answers

    async def give_command(self, interaction: discord.Interaction, topic: Topic, show: str | None) -> None:
        """Answer ``/article topic``; ``show`` is "only me", "everyone", or None for what the guild chose."""
        by_default = self._guilds.of(interaction.guild_id).answers_public
        await self.give(interaction, topic, "slash", for_all=by_default if show is None else show == "everyone")

    async def give_named(
        self,
        interaction: discord.Interaction,
        article: str,
        key: str,
        source: Source,
        *,
        from_topic: str | None = None,
        link_id: int | None = None,
    ) -> None:
        """Answer with the topic that a press names; with the list of all where the content has it no more."""
        content = self._editions.current.content
        topic = content.find(article, key)
        if topic is None:
            await self.show_list(interaction, _(TOPIC_GONE_LIST))
            return
        known = from_topic is not None and content.find(article, from_topic) is not None
        await self.give(interaction, topic, source, from_topic=from_topic if known else None, link_id=link_id)

    @press(RELATED)
    async def related(self, interaction: discord.Interaction, article: str, here: str, there: str) -> None:
        """A related question was pressed under the answer to ``here``."""
        await self.give_named(interaction, article, there, "related", from_topic=here)

    @press(CHOOSE_TOPIC)
    async def choose_topic(self, interaction: discord.Interaction, article: str) -> None:
        """A question was chosen from a list."""
        await self.give_named(interaction, article, chosen(interaction), "topics")

    async def show_list(self, interaction: discord.Interaction, above: str | None = None) -> None:
        """All questions to choose from, for the asker alone; ``above`` is a line before them."""
        menu = self._editions.current.cards.menu
        await send(interaction, Card([text_line(above), *menu.components]) if above else menu)

    @press(CHOOSE_ARTICLE)
    async def choose_article(self, interaction: discord.Interaction, _number: int) -> None:
        """The questions of one article, after it was chosen among many."""
        edition = self._editions.current
        article = edition.content.article(chosen(interaction))
        if article is None:
            await self.show_list(interaction, _(TOPIC_GONE_LIST))
        else:
            await send(interaction, Card(topics_menu([article])))

    async def give(
        self,
        interaction: discord.Interaction,
        topic: Topic,
        source: Source,
        *,
        for_all: bool = False,
        from_topic: str | None = None,
        link_id: int | None = None,
        asked_as: int | None = None,
        counted: bool = True,
        dress: Callable[[Card], Card] | None = None,
    ) -> None:
        """Answer with ``topic``. Raises :class:`discord.HTTPException` if it is refused; then nothing is recorded.

        Parameters
        ----------
        for_all:
            Post it for all to see where the rules allow; otherwise, and where they do not, it is private.
        asked_as:
            The interaction that asked, where this one only chose among its answers: together they are one question.
        counted:
            False keeps no row at all.
        dress:
            What else the finished card gets.
        """
        reason = self._reason_for_privacy(interaction, topic) if for_all else None
        public = for_all and interaction.guild_id is not None and reason is None
        with speaking(place_language(self._guilds, interaction) if public else current()):
            card = self._editions.current.cards.answer(
                topic,
                shareable=not public and self._can_be_shared(interaction),
                above=reason,
                post_url=self._library_posts.url(interaction.guild_id, topic.address),
            )
        if dress is not None:
            card = dress(card)
        if public:
            with self._claimed(interaction, topic):
                message_id = await send(interaction, card, ephemeral=False)
            self._posted(interaction, topic, message_id)
        else:
            message_id = await send(interaction, card)
        if not counted:
            return
        origin = self.origin(interaction)
        member_key = self._member_keys.of(interaction.user.id)
        created_at = interaction.created_at
        self._questions.record(
            Question(
                asked_at=milliseconds(created_at),
                day=local_day(created_at, self._guilds.of(origin.guild_id).zone),
                interaction_id=asked_as or interaction.id,
                guild_id=origin.guild_id,
                channel_id=origin.channel_id,
                parent_id=origin.parent_id,
                message_id=message_id,
                article=topic.article.command,
                topic=topic.key,
                source=source,
                by_moderator=moderates(interaction),
                locale=interaction.locale.value or "",
                member_key=member_key,
                from_topic=from_topic,
                link_id=link_id,
                public=public,
            )
        )

    @press(SHARE)
    async def share(self, interaction: discord.Interaction, article: str, key: str) -> None:
        """Post the private answer under which **Post here** was pressed, without the member's name.

        Raises :class:`Refused` where Discord would name them or refuses the card, and
        :class:`discord.HTTPException` where it has trouble; it may be tried again at once.
        """
        channel = interaction.channel
        if not (self._can_be_shared(interaction) and isinstance(channel, discord.abc.Messageable)):
            raise Refused(_(NOT_WITHOUT_NAME))
        assert interaction.message is not None
        edition = self._editions.current
        topic = edition.content.find(article, key)
        if topic is None:
            await self.show_list(interaction, _(TOPIC_GONE_LIST))
            return
        cards = edition.cards
        post_url = self._library_posts.url(interaction.guild_id, topic.address)
        reason = self._reason_for_privacy(interaction, topic)
        if reason is not None:
            still = cards.answer(topic, shareable=True, above=reason, post_url=post_url)
            await change_pressed(interaction, still)
            return
        with self._claimed(interaction, topic):
            # Acknowledged first: posting may have to wait for a rate limit longer than a press may go unanswered.
            await acknowledge(interaction)
            language = place_language(self._guilds, interaction)
            with speaking(language):
                card = self._editions.current.cards.answer(topic, shareable=False, post_url=post_url)
            # One answer is shared once: where the confirmation was lost and they press again, Discord knows the nonce.
            try:
                message = await channel.send(view=card, nonce=interaction.message.id)
            except discord.HTTPException as error:
                if error.status >= 500:
                    raise
                raise refused_by_discord(error, _(NOTHING_SHARED)) from error
        self._posted(interaction, topic, message.id)
        self._questions.mark_shared(
            interaction.message.id, public_message_id=message.id, at=milliseconds(interaction.created_at)
        )
        said = _(SHARED) if language == current() else _(SHARED_IN_ANOTHER)
        shared = cards.answer(topic, shareable=False, above=said.format(url=message.jump_url))
        await change_reply(interaction, shared)

    def _can_be_shared(self, interaction: discord.Interaction) -> bool:
        """Whether Lantern can post here by itself: Discord names the member whose press or command it answers."""
        return self.origin(interaction).guild_id is not None and bot_may_write(interaction)

    # ------------------------------------------------------------------ the rules

    def _reason_for_privacy(self, interaction: discord.Interaction, topic: Topic) -> str | None:
        """Why this answer is not posted although it was asked to be, as a sentence for the member; None when it is."""
        if interaction.guild_id is None or interaction.channel_id is None:
            return None
        now = milliseconds(interaction.created_at)
        quiet = self._guilds.of(interaction.guild_id).quiet_minutes
        standing = self._flood_limits.standing(interaction.channel_id, topic.address, now, quiet)
        if standing is not None:
            if standing.jump_url is None:
                return _(ON_ITS_WAY)
            return _(ALREADY_HERE).format(url=standing.jump_url)
        if self._flood_limits.has_had_enough(self._member_keys.of(interaction.user.id), now):
            return _(ENOUGH_FOR_NOW)
        return None if member_may_write(interaction) else _(CANNOT_WRITE_HERE)

    @contextmanager
    def _claimed(self, interaction: discord.Interaction, topic: Topic) -> Iterator[None]:
        """Claim the topic for this channel, and a card for this member, before Discord answers.

        So two presses cannot both post it, and a burst posts no more than one may. What fails gives both back.
        """
        assert interaction.channel_id is not None
        at, member_key = milliseconds(interaction.created_at), self._member_keys.of(interaction.user.id)
        self._flood_limits.posted(interaction.channel_id, topic.address, at, interaction.guild_id, None)
        self._flood_limits.caused(member_key, at)
        try:
            yield
        except BaseException:
            self._flood_limits.not_posted(interaction.channel_id, topic.address)
            self._flood_limits.not_caused(member_key, at)
            raise

    def _posted(self, interaction: discord.Interaction, topic: Topic, message_id: int | None) -> None:
        assert interaction.channel_id is not None
        at = milliseconds(interaction.created_at)
        self._flood_limits.posted(interaction.channel_id, topic.address, at, interaction.guild_id, message_id)
