"""For moderators: answering somebody's message with a topic, and taking an answer back, which members may too."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord
from discord import app_commands
from discord.ext import commands

from lantern.answers import link_cards, linking
from lantern.answers.asking import choice
from lantern.answers.care_cards import care_components, choice_for, quiet_components
from lantern.answers.link_cards import Aim, components_of
from lantern.answers.linking import CHANNELS, Channel, NotPosted
from lantern.content.models import Topic
from lantern.runtime.client import Lantern
from lantern.ui.cards import RELATED, Card, Component, notice, text, walk
from lantern.ui.custom_ids import SEPARATOR, OutdatedPress, chosen, press
from lantern.ui.discord_errors import FAILED, in_log

log = logging.getLogger(__name__)

GUILD_INSTALL = app_commands.AppInstallationType(guild=True, user=False)
GUILDS_ONLY = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)

CHOICES = 25
"""Discord's reference, Application Commands: choices that autocomplete may offer."""
LINK_ID_LIMIT = 2**63
"""A link's id is an INTEGER of SQLite."""

POSTED_KEPT = 200
"""Menus remembered after they posted, for presses that cross the change of the menu."""

MESSAGE_LINK = re.compile(
    r"<?https?://(?:\w+\.)?discord(?:app)?\.com/channels/(\d{1,20})/(\d{1,20})/(\d{1,20})/?>?", re.ASCII
)
"""Discord's reference, Message Formatting."""

OWN_MESSAGE = "That is my own message. To take it back, use **Remove Lantern's answer** on it."
SEEN_BY_ONE = "Only one person sees that message, so nothing can be put under it. They can dismiss it themselves."
NOT_YOURS = "This menu is somebody else's. Use **Answer this** on the message to get your own."
TOPIC_GONE = (
    "That question is not in the article any more, so nothing was posted. Use **Answer this** again for the questions "
    "that are."
)
READ_GONE = "That question is not in the article any more. These are the ones that are:"
NO_SUCH_TOPIC = "I know no question called “{written}”. Choose one from the list that appears while you type.{near}"
NO_LINK = (
    "I could not read “{written}” as a link to a message. Long-press the message (or right-click it), choose **Copy "
    "Message Link**, and paste that."
)
OTHER_GUILD = "That message is in another server. A reply can only stand where its message is."
OTHER_CHANNEL = (
    "That message is in <#{channel}>. A reply can only stand in its message's own channel: use {answer} there."
)
CARE_IN_TITLE = (
    "The title of this thread shows a sign of danger. Please also speak to the person yourself, kindly and in private."
)
TAKEN_BACK = "Taken back, and not counted."
GONE_BEFORE = "It was gone already, and is not counted."
NOT_MINE = "That message is not mine, so I cannot take it back. Whoever wrote it or a moderator can delete it."
NO_ANSWER = (
    "That message of mine answers nobody's question, so there is no count to take back. A moderator can delete it like "
    "any other message."
)
MAY_NOT = (
    "Only the member who asked for this answer, the moderator who linked it, and people who may manage messages here "
    "can remove it."
)


class Moderators(commands.Cog):
    """**Answer this**, ``/answer`` and **Remove Lantern's answer**, with the presses they lead to."""

    def __init__(self, bot: Lantern) -> None:
        self.bot = bot
        self._under_way: set[int] = set()
        self._posted: dict[int, Card] = {}
        self._menus = [
            app_commands.ContextMenu(
                name=name, callback=callback, allowed_installs=GUILD_INSTALL, allowed_contexts=GUILDS_ONLY
            )
            for name, callback in (("Answer this", self.answer_this), ("Remove Lantern's answer", self.remove))
        ]

    async def cog_load(self) -> None:
        for menu in self._menus:
            self.bot.tree.add_command(menu)

    async def cog_unload(self) -> None:
        for menu in self._menus:
            self.bot.tree.remove_command(menu.name, type=menu.type)

    # ------------------------------------------------------------------ Answer this

    @app_commands.default_permissions(manage_messages=True)
    async def answer_this(self, interaction: discord.Interaction[Lantern], message: discord.Message) -> None:
        """Show the moderator what may be put under this message."""
        reason = self._unanswerable(message)
        original, aim, starter = message, Aim(message.id, notify=True), False
        if message.type is discord.MessageType.thread_starter_message:
            # Discord wrote that line; the words that it repeats stand in another channel, so it cannot be replied to.
            referenced = message.reference.resolved if message.reference is not None else None
            original = referenced if isinstance(referenced, discord.Message) else message
            aim, starter = Aim(user_id=original.author.id, notify=True), True
        channel = interaction.channel
        reason = reason or linking.why_not(
            self.bot, channel, interaction.app_permissions, reply=aim.message_id is not None
        )
        if reason is not None:
            await self._say(interaction, reason)
            return
        assert isinstance(channel, CHANNELS)
        self._met(interaction.user)
        words = original.content or " ".join(forwarded.content for forwarded in original.message_snapshots)
        heading = link_cards.head(_named(original), original.jump_url, words)
        if starter and not words and isinstance(channel, discord.Thread):
            # Discord shows the words of the message a command is used on, not those of one that it repeats.
            words, heading = channel.name, link_cards.head_of_thread(_named(original), original.jump_url)
        match = self.bot.matcher.match(words)
        if match.care_kind is not None:
            card = link_cards.care_menu(self._care(interaction, match.care_kind), match.care_kind, heading, aim)
        else:
            card = link_cards.menu(
                self.bot.content.articles,
                heading,
                aim,
                suggested=[candidate.topic for candidate in match.candidates if candidate.score > 0],
                sure=match.outcome != "miss",
                said=await linking.said_here(self.bot, channel),
            )
        await interaction.response.send_message(view=card, ephemeral=True)

    def _unanswerable(self, message: discord.Message) -> str | None:
        """Why a message can have no answer under it, as a sentence."""
        if message.flags.ephemeral:
            return SEEN_BY_ONE
        if self.bot.user is not None and message.author.id == self.bot.user.id:
            return OWN_MESSAGE
        return linking.SYSTEM_MESSAGE if message.is_system() else None

    @press(link_cards.LINK)
    async def link(
        self, interaction: discord.Interaction[Lantern], article: str, key: str, target: int, mode: int
    ) -> None:
        """One of the best topics was pressed."""
        await self._post_chosen(interaction, article, key, Aim.of(target, mode))

    @press(link_cards.LINK_CHOSEN)
    async def link_chosen(
        self, interaction: discord.Interaction[Lantern], article: str, target: int, mode: int
    ) -> None:
        """A topic was chosen among all of an article."""
        await self._post_chosen(interaction, article, chosen(interaction), Aim.of(target, mode))

    async def _post_chosen(self, interaction: discord.Interaction[Lantern], article: str, key: str, aim: Aim) -> None:
        if not await self._is_openers(interaction):
            return
        topic = self.bot.content.find(article, key)
        if topic is None:
            await self._say(interaction, TOPIC_GONE)
            return
        async with self._once(interaction) as channel:
            if channel is None or await self._was_posted(interaction):
                return
            message = await linking.post_link(
                self.bot,
                channel,
                topic,
                aim,
                link_id=interaction.id,
                at=interaction.created_at,
                linked_by=interaction.user,
                permissions=interaction.app_permissions,
            )
            await self._show_posted(interaction, link_cards.posted(message.jump_url, message.id, can_be_whole=True))

    @press(link_cards.LINK_ARTICLE)
    async def choose_article(
        self, interaction: discord.Interaction[Lantern], _number: int, target: int, mode: int
    ) -> None:
        """An article was chosen among many: its questions come below."""
        if not await self._is_openers(interaction):
            return
        article = self.bot.content.article(chosen(interaction))
        if article is None:
            await self._say(interaction, TOPIC_GONE)
            return
        card = link_cards.with_topics_of(_shown(interaction), article, Aim.of(target, mode))
        await interaction.response.edit_message(view=card)

    @press(link_cards.NOTIFY)
    async def switch_notify(self, interaction: discord.Interaction[Lantern], target: int, mode: int) -> None:
        """The switch that decides whether the author is notified."""
        if await self._is_openers(interaction):
            card = link_cards.with_notify_switched(_shown(interaction), Aim.of(target, mode))
            await interaction.response.edit_message(view=card)

    @press(link_cards.UNDO)
    async def undo(self, interaction: discord.Interaction[Lantern], message_id: int) -> None:
        """Take the card back that was just posted."""
        if not await self._is_openers(interaction):
            return
        async with self._once(interaction) as channel:
            if channel is not None:
                there = await linking.take_back(self.bot, channel, message_id)
                await self._show(interaction, notice(TAKEN_BACK if there else GONE_BEFORE))

    @press(link_cards.WHOLE)
    async def whole(self, interaction: discord.Interaction[Lantern], message_id: int) -> None:
        """Put the whole answer in the link card's place."""
        if not await self._is_openers(interaction):
            return
        async with self._once(interaction) as channel:
            if channel is not None:
                own = interaction.app_permissions
                url = await linking.make_whole(
                    self.bot, channel, message_id, at=interaction.created_at, permissions=own
                )
                await self._show(interaction, link_cards.posted(url, message_id, can_be_whole=False))

    # ------------------------------------------------------------------ when the words show danger

    def _care(self, interaction: discord.Interaction[Lantern], kind: str) -> list[Component]:
        contacts = self.bot.guild_settings(interaction.guild_id).help_contacts
        return care_components(self.bot.content.care, kind, guild_contacts=contacts)

    @press(link_cards.QUIET)
    async def post_quiet(self, interaction: discord.Interaction[Lantern], kind: str, target: int, mode: int) -> None:
        """Post the card that says only that something is here. Nothing of it is kept, so it is no link."""
        aim = Aim.of(target, mode)
        if not await self._is_openers(interaction):
            return
        if self.bot.content.care.kind(kind) is None:
            raise OutdatedPress(f"no kind of danger called {kind}")
        async with self._once(interaction) as channel:
            if channel is None or await self._was_posted(interaction):
                return
            nonce = link_cards.quiet_nonce(self.bot.question_log, interaction.user.id)
            body = quiet_components(self.bot.question_log, kind, nonce=nonce)
            card = Card([*link_cards.addressed(aim), *body])
            message = await linking.post(
                self.bot, channel, card, aim, nonce=interaction.id, permissions=interaction.app_permissions
            )
            await self._show_posted(interaction, link_cards.posted(message.jump_url, message.id, can_be_whole=False))

    @press(link_cards.TOPICS_AFTER_CARE)
    async def show_topics(self, interaction: discord.Interaction[Lantern], target: int, mode: int) -> None:
        """The moderator knows better than the signs: the ordinary menu, without suggestions."""
        if not await self._is_openers(interaction):
            return
        channel = interaction.channel
        said = await linking.said_here(self.bot, channel) if isinstance(channel, CHANNELS) else []
        heading = link_cards.heading_of(_shown(interaction))
        card = link_cards.menu(self.bot.content.articles, heading, Aim.of(target, mode), said=said)
        await interaction.response.edit_message(view=card)

    # ------------------------------------------------------------------ /answer

    @app_commands.command(description="Put an answer into this channel or thread, for somebody or under a message")
    @app_commands.describe(
        topic="The question to answer; type to search",
        member="Whom it is for; they are notified",
        message="A link to the message to reply to, in this channel or thread",
        whole="Post the whole answer instead of its short form",
    )
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.default_permissions(manage_messages=True)
    async def answer(
        self,
        interaction: discord.Interaction[Lantern],
        topic: str,
        member: discord.User | None = None,
        message: str | None = None,
        whole: bool = False,
    ) -> None:
        """What **Answer this** does, typed."""
        found = self._topic(topic)
        if found is None and (kind := self.bot.asking.care_of(topic)) is not None:
            await self.bot.asking.care(interaction, kind, words=topic)
            return
        if found is None:
            await self._say(interaction, self._no_such_topic(topic))
            return
        answered, reason = self._message_id(interaction, message)
        channel = interaction.channel
        reason = reason or linking.why_not(self.bot, channel, interaction.app_permissions, reply=answered is not None)
        if reason is not None:
            await self._say(interaction, reason)
            return
        assert isinstance(channel, CHANNELS)
        self._met(interaction.user)
        aim = Aim(answered, user_id=member.id if member else None, notify=member is not None or answered is not None)
        # Discord may make the post wait for a rate limit longer than a command may go unanswered.
        await interaction.response.defer(ephemeral=True, thinking=True)
        try:
            posted = await linking.post_link(
                self.bot,
                channel,
                found,
                aim,
                link_id=interaction.id,
                at=interaction.created_at,
                linked_by=interaction.user,
                permissions=interaction.app_permissions,
                whole=whole,
            )
        except NotPosted as refused:
            await self._show(interaction, notice(str(refused)))
            return
        in_thread = isinstance(channel, discord.Thread)
        remark = CARE_IN_TITLE if in_thread and self.bot.matcher.care(channel.name) else None
        card = link_cards.posted(posted.jump_url, posted.id, can_be_whole=not whole, remark=remark)
        await self._show(interaction, card)

    @answer.autocomplete("topic")
    async def suggest(self, interaction: discord.Interaction[Lantern], typed: str) -> list[app_commands.Choice[str]]:
        """The best for what is typed; before that, the best for the thread's title, then all others."""
        topics = list(self.bot.content.topics())
        if typed.strip():
            offered = self.bot.matcher.suggest(typed, CHOICES)
            if offered.care_kind is not None:
                return [choice_for(offered.care_kind, typed)]
            return [choice(topic) for topic in offered.topics or topics][:CHOICES]
        first: list[Topic] = []
        if isinstance(interaction.channel, discord.Thread):
            candidates = self.bot.matcher.match(interaction.channel.name).candidates
            first = [candidate.topic for candidate in candidates if candidate.score > 0]
        return [choice(topic) for topic in [*first, *(topic for topic in topics if topic not in first)]][:CHOICES]

    def _topic(self, written: str) -> Topic | None:
        """The topic that a value of autocomplete names, or a key, title or question; values need not be suggested."""
        article, _, key = written.partition("/")
        if (found := self.bot.content.find(article, key)) is not None:
            return found
        folded = " ".join(written.casefold().split())
        return next(
            (
                topic
                for topic in self.bot.content.topics()
                if folded in (topic.key, topic.title.casefold(), topic.question.casefold())
            ),
            None,
        )

    def _no_such_topic(self, written: str) -> str:
        near = [f"“{found.topic.title}”" for found in self.bot.matcher.rank(written)[:3] if found.score > 0]
        return NO_SUCH_TOPIC.format(
            written=link_cards.excerpt(written), near=f" Perhaps near: {', '.join(near)}." if near else ""
        )

    def _message_id(
        self, interaction: discord.Interaction[Lantern], written: str | None
    ) -> tuple[int | None, str | None]:
        """The message that a link names, or a sentence why it cannot be replied to here."""
        if written is None or not written.strip():
            return None, None
        found = MESSAGE_LINK.fullmatch(written.strip())
        if found is None:
            return None, NO_LINK.format(written=link_cards.excerpt(written))
        guild_id, channel_id, message_id = map(int, found.groups())
        channel = interaction.channel
        if guild_id != interaction.guild_id:
            return None, OTHER_GUILD
        if isinstance(channel, discord.Thread) and (channel_id, message_id) == (channel.parent_id, channel.id):
            # A thread has the id of the message it was opened from, which stays in the channel above.
            return None, None
        if channel_id != interaction.channel_id:
            return None, OTHER_CHANNEL.format(channel=channel_id, answer=self.bot.mention("answer"))
        return message_id, None

    # ------------------------------------------------------------------ under a link card

    @press(link_cards.READ)
    async def read(self, interaction: discord.Interaction[Lantern], article: str, key: str, link_id: int) -> None:
        """**Read** was pressed under a link card: the whole answer, for the presser alone."""
        if link_id >= LINK_ID_LIMIT:
            raise OutdatedPress("no link has such an id")
        topic = self.bot.content.find(article, key)
        if topic is None:
            card = Card([text(READ_GONE), *self.bot.cards.menu.components])
            await interaction.response.send_message(view=card, ephemeral=True)
        else:
            await self.bot.answering.give(interaction, topic, "read", link_id=link_id)

    # ------------------------------------------------------------------ Remove Lantern's answer

    async def remove(self, interaction: discord.Interaction[Lantern], message: discord.Message) -> None:
        """Take an answer back: the message, and its count with it."""
        if self.bot.user is None or message.author.id != self.bot.user.id:
            await self._say(interaction, NOT_MINE)
        elif message.flags.ephemeral:
            await self._say(interaction, SEEN_BY_ONE)
        else:
            # A database that is held up, and a rate limit, may take longer than a command may go unanswered.
            await interaction.response.defer(ephemeral=True, thinking=True)
            await self._show(interaction, notice(await self._removed(interaction, message)))

    async def _removed(self, interaction: discord.Interaction[Lantern], message: discord.Message) -> str:
        """Take a message of ours back, if it is an answer and this person may; what came of it, as a sentence."""
        if not await self._is_answer(message):
            return NO_ANSWER
        if not (interaction.permissions.manage_messages or await self._is_of(interaction.user, message)):
            return MAY_NOT
        if not isinstance(interaction.channel, CHANNELS):
            return linking.NO_MESSAGES
        try:
            there = await linking.take_back(self.bot, interaction.channel, message.id)
        except NotPosted as refused:
            return str(refused)
        return TAKEN_BACK if there else GONE_BEFORE

    async def _is_answer(self, message: discord.Message) -> bool:
        """Whether a message of ours answers somebody; the rows of old ones are gone, so the message itself is asked."""
        if message.interaction_metadata is not None:
            return True
        components = components_of(message)
        names = {(part.get("custom_id") or "").partition(SEPARATOR)[0] for part in walk(components)}
        if names & {RELATED, link_cards.READ} or link_cards.quiet_in(components) is not None:
            return True
        return link_cards.linker_of(components) is not None or bool(await self._keys_behind(message))

    async def _is_of(self, user: discord.abc.User, message: discord.Message) -> bool:
        """Whether this person asked for the answer or linked it."""
        metadata = message.interaction_metadata
        if metadata is not None and metadata.user.id == user.id:
            return True
        components = components_of(message)
        if link_cards.linker_of(components) == user.id:
            return True
        if link_cards.is_quiet_of(self.bot.question_log, components, user.id):
            return True
        return self.bot.question_log.member_key(user.id) in await self._keys_behind(message)

    async def _keys_behind(self, message: discord.Message) -> list[int | None]:
        """Who asked or linked, by the rows there are; none while the database cannot be read."""
        try:
            await self.bot.database.flush()
            link = await self.bot.links.of_card(message.id)
            askers = await self.bot.question_log.askers_of(message.id)
        except sqlite3.Error as error:
            log.warning("who asked for an answer could not be looked up (%s)", error)
            return []
        return [*askers, *([link.member_key] if link is not None else [])]

    # ------------------------------------------------------------------ what all of these share

    def _met(self, moderator: discord.abc.User) -> None:
        self.bot.links.moderators[self.bot.question_log.member_key(moderator.id)] = moderator.id

    async def _is_openers(self, interaction: discord.Interaction[Lantern]) -> bool:
        """Whether a private menu was pressed by who opened it; anybody else is told.

        Whether they may still use the command is not asked again: a guild decides that in its own settings, which a bot
        is not shown.
        """
        metadata = interaction.message.interaction_metadata if interaction.message is not None else None
        if metadata is not None and metadata.user.id == interaction.user.id:
            return True
        await self._say(interaction, NOT_YOURS)
        return False

    @asynccontextmanager
    async def _once(self, interaction: discord.Interaction[Lantern]) -> AsyncIterator[Channel | None]:
        """Acknowledge a press of a private menu and give the channel; None while an earlier press is under way.

        What Discord refuses inside is said to the presser, and the menu stays as it was.
        """
        assert interaction.message is not None
        menu_id = interaction.message.id
        await interaction.response.defer()
        channel = interaction.channel
        if menu_id in self._under_way or not isinstance(channel, CHANNELS):
            yield None
            return
        self._under_way.add(menu_id)
        try:
            yield channel
        except NotPosted as refused:
            await self.bot.say_privately(interaction, str(refused))
        finally:
            self._under_way.discard(menu_id)

    async def _show_posted(self, interaction: discord.Interaction[Lantern], card: Card) -> None:
        """Change the menu, and remember it for presses that were made before that was seen."""
        assert interaction.message is not None
        while len(self._posted) >= POSTED_KEPT:
            del self._posted[next(iter(self._posted))]
        self._posted[interaction.message.id] = card
        await self._show(interaction, card)

    async def _was_posted(self, interaction: discord.Interaction[Lantern]) -> bool:
        """Whether this menu has posted its card; then that is shown again."""
        card = self._posted.get(interaction.message.id) if interaction.message is not None else None
        if card is not None:
            await self._show(interaction, card)
        return card is not None

    async def _show(self, interaction: discord.Interaction[Lantern], card: Card) -> None:
        """Change the private reply; what was posted stands, whether or not this can be shown."""
        try:
            await interaction.edit_original_response(view=card)
        except FAILED as error:
            log.warning("a private reply could not be changed (%s)", in_log(error))

    async def _say(self, interaction: discord.Interaction[Lantern], sentence: str) -> None:
        await interaction.response.send_message(view=notice(sentence), ephemeral=True)


def _named(message: discord.Message) -> str:
    """A message's author: a mention to tap, which notifies nobody, or the name that a webhook gave itself."""
    return f"**{link_cards.excerpt(message.author.name)}**" if message.webhook_id else message.author.mention


def _shown(interaction: discord.Interaction[Lantern]) -> list[Component]:
    assert interaction.message is not None
    return components_of(interaction.message)


async def setup(bot: Lantern) -> None:
    await bot.add_cog(Moderators(bot))
