"""**Answer this** and ``/answer``: a moderator looks at a message, chooses a topic, and may undo it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import discord
from discord import app_commands

from lantern.answers import link_cards, moderators_page
from lantern.answers.asking import CHOICES_MAX, Asking, topic_choice
from lantern.answers.care_cards import quiet_components
from lantern.answers.edition import Editions
from lantern.answers.giving import GetOwnId, Giving
from lantern.answers.link_cards import Aim
from lantern.answers.linking import Linking, MessageChannel
from lantern.answers.reading import Reading
from lantern.content.models import Topic
from lantern.languages.formats import listed
from lantern.languages.translation import LANGUAGES, N_, _, speaking
from lantern.store.guilds import Guilds
from lantern.store.member_keys import MemberKeys
from lantern.ui.cards import Card, components_pressed, notice
from lantern.ui.command_list import CommandList
from lantern.ui.custom_ids import OutdatedPress, chosen, press
from lantern.ui.permissions import ANSWER_OTHERS, CHANGE_POSTED
from lantern.ui.refusals import SYSTEM_MESSAGE, Refused
from lantern.ui.replies import acknowledge, change_pressed, change_reply, send
from lantern.ui.rights import Rights
from lantern.ui.safe_text import excerpt
from lantern.ui.whose_language import guild_language

POSTED_KEPT = 200
"""Menus remembered after their card was posted: a second press may come before the moderator sees the menu change."""

SEAL_DIGITS = 16
"""Of :meth:`lantern.store.member_keys.MemberKeys.seal`."""

MESSAGE_LINK = re.compile(
    r"<?https?://(?:\w+\.)?discord(?:app)?\.com/channels/(\d{1,20})/(\d{1,20})/(\d{1,20})/?>?", re.ASCII
)
"""Discord's reference, Message Formatting."""

OWN_MESSAGE = N_("That message is Lantern's own. To remove it, use **Remove this answer** on it.")
SEEN_BY_ONE = N_("Only one person can see that message, so nobody can reply to it. They can dismiss it themselves.")
NOT_YOURS = N_("Somebody else opened this menu. Use **Answer this** on the message to get your own.")
TOPIC_GONE_MENU = N_(
    "That question is no longer here, so nothing was posted. Use **Answer this** again to see the questions there are."
)
NO_SUCH_TOPIC = N_("Lantern knows no topic called “{words}”. Choose one from the list that appears while you type.")
NO_LINK = N_(
    "“{words}” is not a link to a message. Long-press the message (or right-click it), choose **Copy Message Link**, "
    "and paste that."
)
OTHER_GUILD = N_("That message is in another server. A reply has to be in the same channel as its message.")
OTHER_CHANNEL = N_(
    "That message is in {channel}. A reply has to be in the same channel as its message: use {command} there."
)
CARE_IN_TITLE = N_(
    "The title of this thread shows a sign of danger. Please also write to the person yourself, kindly and in private, "
    "and tell another moderator."
)
TAKEN_BACK = N_("Removed, and not counted.")
GONE_BEFORE = N_("It was gone already, and is not counted.")


class LinkMenu:
    """What a moderator does with somebody's message. Its methods raise :class:`Refused`."""

    def __init__(
        self,
        editions: Editions,
        reading: Reading,
        guilds: Guilds,
        asking: Asking,
        giving: Giving,
        linking: Linking,
        member_keys: MemberKeys,
        rights: Rights,
        commands: CommandList,
        get_own_id: GetOwnId,
    ) -> None:
        self._editions = editions
        self._reading = reading
        self._guilds = guilds
        self._asking = asking
        self._giving = giving
        self._linking = linking
        self._member_keys = member_keys
        self._rights = rights
        self._commands = commands
        self._get_own_id = get_own_id
        self._under_way: set[int] = set()
        self._posted: dict[int, Card] = {}

    # ------------------------------------------------------------------ Answer this

    async def answer_this(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """Show the moderator what may be put under this message."""
        if message.flags.ephemeral:
            raise Refused(_(SEEN_BY_ONE))
        if message.author.id == self._get_own_id():
            raise Refused(_(OWN_MESSAGE))
        if message.is_system():
            raise Refused(_(SYSTEM_MESSAGE))
        server = self._server(interaction)
        original, aim, starter = message, Aim(message.id, notify=True, language=server), False
        if message.type is discord.MessageType.thread_starter_message:
            # Discord wrote that line; the words that it repeats stand in another channel, so it cannot be replied to.
            referenced = message.reference.resolved if message.reference is not None else None
            original = referenced if isinstance(referenced, discord.Message) else message
            aim, starter = Aim(user_id=original.author.id, notify=True, language=server), True
        channel = self._channel(interaction, reply=aim.message_id is not None)
        self._linking.met(interaction.user)
        words = original.content or " ".join(forwarded.content for forwarded in original.message_snapshots)
        heading = link_cards.heading_for_message(_author(original), original.jump_url, words)
        if starter and not words and isinstance(channel, discord.Thread):
            # Discord shows the words of the message a command is used on, not those of one that it repeats.
            words, heading = channel.name, link_cards.heading_for_thread(_author(original), original.jump_url)
        match = await self._reading.match(words, interaction.guild_id)
        edition = self._editions.current
        if match.care_kind is not None:
            card = link_cards.care_menu(match.care_kind, heading, aim, server)
        else:
            hurt = await self._reading.hurt(words, interaction.guild_id)
            card = link_cards.topic_menu(
                edition.content.articles,
                heading,
                aim,
                hurt=hurt,
                suggested=[candidate.topic for candidate in match.candidates if candidate.score > 0],
                sure=match.outcome != "miss",
                said=await self._linking.said_here(channel),
                server=server,
            )
        await send(interaction, self._rights.sealed(interaction, card))

    def _channel(self, interaction: discord.Interaction, *, reply: bool) -> MessageChannel:
        """The channel to post in, where a card can be posted there."""
        channel = interaction.channel
        if reason := self._linking.why_not(channel, interaction.app_permissions, reply=reply):
            raise Refused(reason)
        assert isinstance(channel, MessageChannel)
        return channel

    @press(link_cards.LINK_CHOSEN, ANSWER_OTHERS)
    async def link_chosen(self, interaction: discord.Interaction, article: str, target: int, mode: str) -> None:
        """A topic was chosen in a list of the menu."""
        topic = self._editions.current.content.find(article, chosen(interaction))
        await self._link(interaction, topic, Aim.of(target, mode))

    @press(link_cards.LINK, ANSWER_OTHERS)
    async def link(self, interaction: discord.Interaction, named: str, target: int, mode: str) -> None:
        """A topic was pressed in the menu."""
        topics = self._editions.current.tokens.topics(named)
        await self._link(interaction, topics[0] if topics else None, Aim.of(target, mode))

    async def _link(self, interaction: discord.Interaction, topic: Topic | None, aim: Aim) -> None:
        """Post a topic's card."""
        _must_be_openers(interaction)
        if topic is None:
            raise Refused(_(TOPIC_GONE_MENU))
        await self._post_once(
            interaction,
            lambda channel: self._post_link(interaction, channel, topic, aim),
            can_be_whole=True,
            language=aim.language,
        )

    @press(link_cards.LINK_ARTICLE, ANSWER_OTHERS)
    async def choose_article(self, interaction: discord.Interaction, _number: int, target: int, mode: str) -> None:
        """An article was chosen among many: its questions come below."""
        aim = Aim.of(target, mode)
        _must_be_openers(interaction)
        article = self._editions.current.content.article(chosen(interaction))
        if article is None:
            raise Refused(_(TOPIC_GONE_MENU))
        card = link_cards.with_topics_of(components_pressed(interaction), article, aim)
        await change_pressed(interaction, self._rights.sealed(interaction, card))

    @press(link_cards.NOTIFY, ANSWER_OTHERS)
    async def switch_notify(self, interaction: discord.Interaction, target: int, mode: str) -> None:
        """The switch that decides whether the author is notified."""
        aim = Aim.of(target, mode)
        _must_be_openers(interaction)
        card = link_cards.with_notify_switched(self._rights.unsealed(interaction), aim)
        await change_pressed(interaction, self._rights.sealed(interaction, card))

    @press(link_cards.IN_LANGUAGE, ANSWER_OTHERS)
    async def choose_language(self, interaction: discord.Interaction, target: int, mode: str) -> None:
        """The language of the card was chosen."""
        aim, language = Aim.of(target, mode), chosen(interaction)
        _must_be_openers(interaction)
        if language not in LANGUAGES:
            raise OutdatedPress(f"no language called {language}")
        card = link_cards.with_language(self._rights.unsealed(interaction), aim, language)
        await change_pressed(interaction, self._rights.sealed(interaction, card))

    def _server(self, interaction: discord.Interaction) -> str:
        return guild_language(self._guilds, interaction.guild)

    @press(link_cards.UNDO, CHANGE_POSTED)
    async def undo(self, interaction: discord.Interaction, message_id: int, seal: str) -> None:
        """Take the card back that was just posted."""
        self._must_be_posters(interaction, message_id, seal)
        async with self._once(interaction) as channel:
            if channel is not None:
                there = await self._linking.take_back(channel, message_id)
                await change_reply(interaction, notice(_(TAKEN_BACK if there else GONE_BEFORE)))

    @press(link_cards.WHOLE, CHANGE_POSTED)
    async def make_whole(self, interaction: discord.Interaction, message_id: int, seal: str) -> None:
        """Put the whole answer in the link card's place."""
        seal, language = seal[:SEAL_DIGITS], seal[SEAL_DIGITS:] or None
        self._must_be_posters(interaction, message_id, seal)
        if language not in (None, *LANGUAGES):
            raise OutdatedPress(f"no language called {language}")
        async with self._once(interaction) as channel:
            if channel is not None:
                url = await self._linking.make_whole(
                    channel,
                    message_id,
                    at=interaction.created_at,
                    permissions=interaction.app_permissions,
                    language=language,
                )
                card = link_cards.posted_menu(url, message_id, seal, can_be_whole=False)
                await change_reply(interaction, self._rights.sealed(interaction, card))

    # ------------------------------------------------------------------ when the words show danger

    @press(link_cards.QUIET, ANSWER_OTHERS)
    async def post_quiet(self, interaction: discord.Interaction, kind: str, target: int, mode: str) -> None:
        """Post the card that says only that something is here. Nothing of it is kept, so it is no link."""
        aim = Aim.of(target, mode)
        _must_be_openers(interaction)
        if self._editions.current.content.care.kind(kind) is None:
            raise OutdatedPress(f"no kind of danger called {kind}")
        nonce = link_cards.quiet_nonce(self._member_keys, interaction.user.id)
        with speaking(aim.language or self._server(interaction)):
            card = Card([*link_cards.addressed(aim), *quiet_components(self._member_keys, kind, nonce=nonce)])
        own = interaction.app_permissions
        await self._post_once(
            interaction,
            lambda channel: self._linking.post(channel, card, aim, nonce=interaction.id, permissions=own),
            can_be_whole=False,
        )

    @press(link_cards.TOPICS_AFTER_CARE, ANSWER_OTHERS)
    async def show_topics(self, interaction: discord.Interaction, target: int, mode: str) -> None:
        """The moderator knows better than the signs: the ordinary menu, without suggestions."""
        aim = Aim.of(target, mode)
        _must_be_openers(interaction)
        channel = interaction.channel
        said = await self._linking.said_here(channel) if isinstance(channel, MessageChannel) else []
        heading = link_cards.heading_of(components_pressed(interaction))
        card = link_cards.topic_menu(
            self._editions.current.content.articles, heading, aim, said=said, server=self._server(interaction)
        )
        await change_pressed(interaction, self._rights.sealed(interaction, card))

    @press(moderators_page.OPEN)
    async def open_page(self, interaction: discord.Interaction) -> None:
        """**What to say and do** was pressed on a card for moderators: docs/moderators.md, for the presser alone."""
        await send(interaction, moderators_page.page(0))

    @press(moderators_page.TURN)
    async def turn_page(self, interaction: discord.Interaction, number: int) -> None:
        """Another page of it was asked for."""
        await change_pressed(interaction, moderators_page.page(number))

    # ------------------------------------------------------------------ /answer

    async def answer(
        self,
        interaction: discord.Interaction,
        written: str,
        member: discord.abc.User | None,
        link: str | None,
        whole: bool,
        language: str | None = None,
    ) -> None:
        """What **Answer this** does, typed: ``written`` names the topic, ``link`` the message to reply to.

        ``language`` is the card's; None for what the server's is now.
        """
        topic = self._topic(written, self._server(interaction))
        if topic is None and (kind := await self._asking.care_of(interaction.guild_id, written)) is not None:
            await self._asking.care(interaction, kind, words=written)
            return
        if topic is None:
            raise Refused(await self._no_such_topic(written))
        answered = self._message_id(interaction, link)
        channel = self._channel(interaction, reply=answered is not None)
        self._linking.met(interaction.user)
        aim = Aim(answered, user_id=member.id if member else None, notify=member is not None or answered is not None)
        aim = aim._replace(language=language if language in LANGUAGES else self._server(interaction))
        # Discord may make the post wait for a rate limit longer than a command may go unanswered.
        await acknowledge(interaction, ephemeral=True, thinking=True)
        posted = await self._post_link(interaction, channel, topic, aim, whole=whole)
        in_danger = isinstance(channel, discord.Thread) and self._editions.current.matcher.care(channel.name)
        remark = _(CARE_IN_TITLE) if in_danger else None
        menu = self._posted_menu(interaction, posted, can_be_whole=not whole, remark=remark, language=aim.language)
        await change_reply(interaction, menu)

    async def suggest(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The best for what is typed; before that, the best for the thread's title, then all others."""
        edition = self._editions.current
        topics = list(edition.content.topics())
        if typed.strip():
            if offered := await self._asking.matching(interaction, typed):
                return offered
        elif isinstance(interaction.channel, discord.Thread):
            candidates = (await self._reading.match(interaction.channel.name, interaction.guild_id)).candidates
            first = [candidate.topic for candidate in candidates if candidate.score > 0]
            topics = [*first, *(topic for topic in topics if topic not in first)]
        return [topic_choice(topic) for topic in topics[:CHOICES_MAX]]

    def _topic(self, written: str, server: str) -> Topic | None:
        """The topic that a value of autocomplete names, or a key, title or question, in the moderator's language, the
        server's or English; values need not be suggested.
        """
        content = self._editions.current.content
        if (found := content.at(written)) is not None:
            return found
        folded = " ".join(written.casefold().split())
        original = self._editions.original
        servers = original.in_language(server).content.topics()
        for topic, *others in zip(content.topics(), servers, original.content.topics(), strict=True):
            names = [name for each in (topic, *others) for name in (each.title, each.question)]
            if folded in (topic.key, *map(str.casefold, names)):
                return topic
        return None

    async def _no_such_topic(self, written: str) -> str:
        ranked = (await self._reading.rank(written))[:3]
        near = [f"**{found.topic.title}**" for found in ranked if found.score > 0]
        lines = [_(NO_SUCH_TOPIC).format(words=excerpt(written))]
        if near:
            lines.append(_("These may come close: {topics}.").format(topics=listed(near)))
        return " ".join(lines)

    def _message_id(self, interaction: discord.Interaction, written: str | None) -> int | None:
        """The message that a link names, where it can be replied to here."""
        if written is None or not written.strip():
            return None
        found = MESSAGE_LINK.fullmatch(written.strip())
        if found is None:
            raise Refused(_(NO_LINK).format(words=excerpt(written)))
        guild_id, channel_id, message_id = map(int, found.groups())
        channel = interaction.channel
        if guild_id != interaction.guild_id:
            raise Refused(_(OTHER_GUILD))
        if isinstance(channel, discord.Thread) and (channel_id, message_id) == (channel.parent_id, channel.id):
            # A thread has the id of the message it was opened from, which stays in the channel above.
            return None
        if channel_id != interaction.channel_id:
            raise Refused(_(OTHER_CHANNEL).format(channel=f"<#{channel_id}>", command=self._commands.mention("answer")))
        return message_id

    @press(link_cards.READ)
    async def read(self, interaction: discord.Interaction, article: str, key: str, link_id: int) -> None:
        """**Read** was pressed under a link card: the whole answer, for the presser alone."""
        await self._giving.give_named(interaction, article, key, "read", link_id=link_id)

    # ------------------------------------------------------------------ what all of these share

    async def _post_link(
        self, interaction: discord.Interaction, channel: MessageChannel, topic: Topic, aim: Aim, *, whole: bool = False
    ) -> discord.Message:
        return await self._linking.post_link(
            channel,
            topic,
            aim,
            link_id=interaction.id,
            at=interaction.created_at,
            linked_by=interaction.user,
            permissions=interaction.app_permissions,
            whole=whole,
        )

    def _posted_menu(
        self,
        interaction: discord.Interaction,
        message: discord.Message,
        *,
        can_be_whole: bool,
        remark: str | None = None,
        language: str | None = None,
    ) -> Card:
        """What the private menu becomes; what it can do to the card is for whoever posted it."""
        seal = self._seal(interaction, message.id)
        card = link_cards.posted_menu(
            message.jump_url, message.id, seal, can_be_whole=can_be_whole, remark=remark, language=language
        )
        return self._rights.sealed(interaction, card)

    def _seal(self, interaction: discord.Interaction, message_id: int) -> str:
        return self._member_keys.seal("posted", str(message_id), str(interaction.user.id))

    def _must_be_posters(self, interaction: discord.Interaction, message_id: int, seal: str) -> None:
        """Raise :class:`Refused` unless Lantern posted this message for whoever presses: an id alone may be forged."""
        _must_be_openers(interaction)
        if seal != self._seal(interaction, message_id):
            raise OutdatedPress("a card that was not posted for this person")

    @asynccontextmanager
    async def _once(self, interaction: discord.Interaction) -> AsyncIterator[MessageChannel | None]:
        """Acknowledge the opener's press of a private menu; give the channel; None if an earlier one is under way.

        Where something inside is refused, the menu stays as it was.
        """
        _must_be_openers(interaction)
        assert interaction.message is not None
        menu_id = interaction.message.id
        await acknowledge(interaction)
        channel = interaction.channel
        if menu_id in self._under_way or not isinstance(channel, MessageChannel):
            yield None
            return
        self._under_way.add(menu_id)
        try:
            yield channel
        finally:
            self._under_way.discard(menu_id)

    async def _post_once(
        self,
        interaction: discord.Interaction,
        post: Callable[[MessageChannel], Awaitable[discord.Message]],
        *,
        can_be_whole: bool,
        language: str | None = None,
    ) -> None:
        """Post a card and change the menu; a press made before that was seen is shown the same again."""
        assert interaction.message is not None
        menu_id = interaction.message.id
        async with self._once(interaction) as channel:
            if channel is None:
                return
            if menu_id not in self._posted:
                message = await post(channel)
                while len(self._posted) >= POSTED_KEPT:
                    del self._posted[next(iter(self._posted))]
                self._posted[menu_id] = self._posted_menu(
                    interaction, message, can_be_whole=can_be_whole, language=language
                )
            await change_reply(interaction, self._posted[menu_id])


def _must_be_openers(interaction: discord.Interaction) -> None:
    """Raise :class:`Refused` where a private menu was pressed by somebody who did not open it."""
    metadata = interaction.message.interaction_metadata if interaction.message is not None else None
    if metadata is None or metadata.user.id != interaction.user.id:
        raise Refused(_(NOT_YOURS))


def _author(message: discord.Message) -> str:
    """A message's author: a mention to tap, which notifies nobody, or the name that a webhook gave itself."""
    return f"**{excerpt(message.author.name)}**" if message.webhook_id else message.author.mention
