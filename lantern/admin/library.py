"""The library: a forum with one post for each topic, which a guild's Lantern makes and keeps up to date.

Discord is asked first and believed: before anything is made, Lantern looks among its own active and archived posts in
the forum, so that a publication that was cut off anywhere, even between a post and the row that remembers it, goes on
where it stopped and nothing is posted twice. A post tells by its last line which topic it is; a topic's title may
change, and other people's posts are never read.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, cast

import discord
import orjson
from discord import ui

from lantern.answers.edition import Editions
from lantern.answers.giving import GetGuild
from lantern.content.models import Article, Topic, Translation
from lantern.languages.formats import listed
from lantern.languages.translation import N_, _, ngettext, speaking
from lantern.store.guilds import Guilds
from lantern.store.library_posts import INDEX, LibraryPosts, Post
from lantern.ui.cards import Card, Component, built, components_of, link_button, rows, small, text_of, topic_body
from lantern.ui.command_list import CommandList
from lantern.ui.discord_errors import UNREACHABLE, in_log
from lantern.ui.permissions import IN_LIBRARY, PERMISSIONS, bold, missing
from lantern.ui.refusals import Refused
from lantern.ui.safe_text import shortened
from lantern.ui.whose_language import guild_language

log = logging.getLogger(__name__)

THREAD_NAME = 100
"""Characters (Discord's reference, Channel Object)."""
TAG_NAME = 20
FORUM_TAGS = 20
"""Characters of a tag's name, and tags of a forum (Discord's reference, Forum Tag Object)."""
POST_TAGS = 5
ARCHIVE_AFTER: Literal[10080] = 10080
"""Minutes without a message until Discord archives a post: a week, the longest there is."""
INDEX_TEXT = 3_500
"""Characters for the list in the index, so that the lines around it fit into Discord's 4,000."""

TOO_MANY_PINNED = 30047
TOO_MANY_THREADS = 160006
"""Discord's reference, Opcodes and Status Codes: JSON error codes."""

BUSY = N_("Lantern is already working on the library. {show} tells how far it is.")
BROKE = N_("The connection to Discord broke. Try again in a few minutes.")

MARK = re.compile(r"^-# [^`]*`/(topics(?=`)|([a-z0-9_-]+) ([a-z0-9_-]+)(?=`))", re.MULTILINE)
"""The command in the last line of every post of ours, whatever the language: a topic's own, in the index `/topics`."""
REMOVED = "✕ "
"""Stands before the title of a post whose topic is gone. A mark and no words, since the title is read again."""


class PostView(NamedTuple):
    """What a post should show."""

    name: str
    components: list[Component]
    article: Article | None = None
    """The article of a topic, or the first one for the index; None where the topic is gone."""

    @property
    def digest(self) -> str:
        """Changes when, and only when, the post has to be edited."""
        return hashlib.sha256(orjson.dumps([self.name, self.components], option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(slots=True)
class Run:
    """How far a run is, for whoever waits for it, and what it did, counted in posts."""

    report: ReportProgress
    """Called after each post."""
    done: int = 0
    total: int = 0
    created: int = 0
    adopted: int = 0
    edited: int = 0
    reopened: int = 0
    put_back: int = 0
    marked: int = 0
    doubles: int = 0
    deleted: int = 0
    notes: list[str] = field(default_factory=list)
    stopped: str | None = None
    """Why it did not come to its end, in words; None when it did."""

    async def step(self) -> None:
        """One more post is seen to."""
        self.done += 1
        await self.report(self)

    def in_words(self) -> str:
        """What was done, as a sentence."""
        counted = [
            (self.created, ngettext("{number} post made", "{number} posts made", self.created)),
            (self.adopted, ngettext("{number} post found and kept", "{number} posts found and kept", self.adopted)),
            (self.put_back, ngettext("{number} post put back", "{number} posts put back", self.put_back)),
            (self.reopened, ngettext("{number} post reopened", "{number} posts reopened", self.reopened)),
            (self.edited, ngettext("{number} post updated", "{number} posts updated", self.edited)),
            (
                self.marked,
                ngettext("{number} post marked as outdated", "{number} posts marked as outdated", self.marked),
            ),
            (self.doubles, ngettext("{number} double post removed", "{number} double posts removed", self.doubles)),
            (self.deleted, ngettext("{number} post removed", "{number} posts removed", self.deleted)),
        ]
        changes = [words.format(number=number) for number, words in counted if number]
        if not changes:
            return _("Every post was up to date already.")
        # Translators: changes is a list such as "3 posts made and 1 post reopened".
        return _("Done: {changes}.").format(changes=listed(changes))


async def silent(_run: Run) -> None:
    """For runs whose progress nobody watches."""


ReportProgress = Callable[[Run], Awaitable[None]]


class Library:
    """Every guild's library."""

    def __init__(
        self,
        editions: Editions,
        guilds: Guilds,
        library_posts: LibraryPosts,
        commands: CommandList,
        get_guild: GetGuild,
    ) -> None:
        self._get_guild = get_guild
        self._editions = editions
        self._guilds = guilds
        self._posts = library_posts
        self._commands = commands
        self._working: dict[int, Run] = {}

    # ------------------------------------------------------------------ what others ask of it

    def working(self, guild_id: int) -> Run | None:
        """The run that is under way in a guild, if one is."""
        return self._working.get(guild_id)

    def forum(self, guild: discord.Guild) -> discord.ForumChannel | None:
        """The forum that holds the guild's library, or None where there is none or it is gone."""
        channel = guild.get_channel(self._guilds.of(guild.id).library_forum_id or 0)
        return channel if isinstance(channel, discord.ForumChannel) else None

    def questions_told(self, guild_id: int) -> int:
        """How many questions have a post."""
        posts = self._posts.of(guild_id)
        return sum(topic.address in posts for topic in self._editions.current.content.topics())

    def is_stale(self, guild_id: int) -> bool:
        """Whether a library that should stand lacks a post, or shows what the content does not say any more."""
        if self._guilds.of(guild_id).library_forum_id is None:
            return False
        posts = self._posts.of(guild_id)
        views = {address: self._view_at(guild_id, address) for address in posts}
        return any(address not in posts for address in self._wanted()) or any(
            not posts[address].removed if view is None else posts[address].shown != view.digest
            for address, view in views.items()
        )

    def obstacles(self, forum: discord.ForumChannel) -> list[str]:
        """What keeps Lantern from publishing in this forum, a sentence each; nothing is made while there is one."""
        sentences = []
        here = self._guilds.of(forum.guild.id).library_forum_id
        if here is not None and here != forum.id and self._posts.of(forum.guild.id):
            sentences.append(
                _("The library is already in {channel}. First remove it there with {command}.").format(
                    channel=f"<#{here}>", command=self._commands.mention("library remove")
                )
            )
        if forum.is_media():
            sentences.append(_("{channel} is a media channel. Please choose a forum.").format(channel=forum.mention))
        if flags := missing(forum.permissions_for(forum.guild.me), IN_LIBRARY):
            sentence = ngettext(
                "Lantern needs the permission {permissions} in {channel}.",
                "Lantern needs the permissions {permissions} in {channel}.",
                len(flags),
            )
            names = bold(_(PERMISSIONS[flag].in_forum) for flag in flags)
            sentences.append(sentence.format(permissions=names, channel=forum.mention))
        if forum.flags.require_tag:
            wants_tag = _(
                "{channel} wants a tag on every post. Make a tag named **{tag}** there, or give Lantern **Manage "
                "Channel** in it so that it can make one."
            )
            sentences += [
                wants_tag.format(channel=forum.mention, tag=self._tag_name(forum, article))
                for article in self._editions.original.content.articles
                if self._tag(forum, article) is None and not self._may_make_tag(forum)
            ]
        return sentences

    def forget_thread(self, guild_id: int, thread_id: int) -> None:
        """Somebody deleted one of our posts: no button may lead there; the next sync puts it back."""
        for post in self._posts.of(guild_id).values():
            if post.thread_id == thread_id:
                self._posts.forget(post)

    async def forget_forum(self, guild_id: int, forum_id: int) -> None:
        """The forum is gone, and the posts with it. Raises :class:`DatabaseError`."""
        if self._guilds.of(guild_id).library_forum_id == forum_id:
            await self._guilds.change(guild_id, library_forum_id=None)
        for post in self._posts.of(guild_id).values():
            if post.forum_id == forum_id:
                self._posts.forget(post)

    async def keep_current(self, guilds: Sequence[discord.Guild]) -> None:
        """After a content change or a publication that was cut off, go on by itself. Called every hour."""
        for guild in guilds:
            forum = self.forum(guild)
            if forum is None or guild.id in self._working or not self.is_stale(guild.id) or self.obstacles(forum):
                continue
            try:
                run = await self.bring_up_to_date(forum)
            except Exception:
                # One guild's trouble must not keep the others' libraries from being current.
                log.exception("the library of guild %d could not be brought up to date", guild.id)
                continue
            log.info("library of guild %d: %s %s", guild.id, run.in_words(), run.stopped or "")

    # ------------------------------------------------------------------ making it so

    @contextmanager
    def _run(self, guild_id: int, report: ReportProgress) -> Iterator[Run]:
        """A run from its beginning to its end, or to where Discord stopped it; there is one at a time in a guild."""
        if guild_id in self._working:
            raise Refused(_(BUSY).format(show=self._commands.mention("library show")))
        run = self._working[guild_id] = Run(report)
        try:
            yield run
        except discord.HTTPException as error:
            log.warning("library in guild %d stopped: status %d, code %d", guild_id, error.status, error.code)
            run.stopped = reason_in_words(error)
        except UNREACHABLE as error:
            log.warning("library in guild %d stopped: %s", guild_id, in_log(error))
            run.stopped = _(BROKE)
        finally:
            del self._working[guild_id]

    async def bring_up_to_date(self, forum: discord.ForumChannel, report: ReportProgress = silent) -> Run:
        """Make, reopen, edit and mark posts until the forum shows the content.

        May be called again at any time, and after being cut off anywhere. Raises :class:`Refused` while a run is under
        way in this guild; :class:`DatabaseError` where the forum could not be kept as its choice, and nothing was made.
        """
        guild_id = forum.guild.id
        with self._run(guild_id, report) as run:
            # Kept before the first post: whatever happens from here on, the library is known to be wanted.
            if self._guilds.of(guild_id).library_forum_id != forum.id:
                await self._guilds.change(guild_id, library_forum_id=forum.id)
            await self._bring_up_to_date(forum, run)
        return run

    async def _bring_up_to_date(self, forum: discord.ForumChannel, run: Run) -> None:
        guild_id = forum.guild.id
        threads = await self._look(forum, run)
        tags = await self._tags(forum)
        made: set[int] = set()
        missing = [address for address in self._wanted() if address not in self._posts.of(guild_id)]
        run.total = 2 * len(missing) + len(self._posts.of(guild_id))
        # A forum shows the newest on top, so the first topic is made last, and after it the index, which is pinned.
        for address in reversed(missing):
            view = self._view_at(guild_id, address)
            assert view is not None
            thread = await self._create(forum, address, view, tags)
            threads[thread.id] = thread
            made.add(thread.id)
            run.created += 1
            await run.step()
        if made:
            # A request whose answer was lost is repeated by discord.py, and Discord may have taken both.
            threads |= await self._look(forum, run)
        # Only now does every post know the addresses of the others.
        for address, post in self._posts.of(guild_id).items():
            thread = threads[post.thread_id]
            told = self._view_at(guild_id, address)
            with self._in_its_language(guild_id):
                view = told or self._removed_view(guild_id, post, thread.name)
            run.marked += told is None and not post.removed
            if thread.id not in made or post.shown != view.digest:
                edited = await self._update(thread, post, view, tags, run)
                run.edited += edited and thread.id not in made
            await run.step()
        await self._pin(threads[self._posts.of(guild_id)[INDEX].thread_id], run)

    async def _look(self, forum: discord.ForumChannel, run: Run) -> dict[int, discord.Thread]:
        """Our posts in the forum, known and adopted, by id; rows whose post is gone are forgotten."""
        guild = forum.guild
        found = {thread.id: thread for thread in await guild.active_threads() if thread.parent_id == forum.id}
        async for thread in forum.archived_threads(limit=None):
            found.setdefault(thread.id, thread)
        threads = {key: thread for key, thread in found.items() if thread.owner_id == guild.me.id}
        for post in self._posts.of(guild.id).values():
            if post.thread_id not in threads:
                # Archived or reopened between the two lists, perhaps: only Discord's own "unknown" is believed.
                there = await self._fetch(guild, post.thread_id)
                if there is not None and there.parent_id == forum.id:
                    threads[there.id] = there
                else:
                    self._posts.forget(post)
        known = {post.thread_id for post in self._posts.of(guild.id).values()}
        for thread in sorted(threads.values(), key=lambda each: each.id):
            if thread.id not in known:
                await self._adopt(forum, thread, run)
        return threads

    @staticmethod
    async def _fetch(guild: discord.Guild, thread_id: int) -> discord.Thread | None:
        try:
            channel = await guild.fetch_channel(thread_id)
        except discord.NotFound:
            return None
        return channel if isinstance(channel, discord.Thread) else None

    async def _adopt(self, forum: discord.ForumChannel, thread: discord.Thread, run: Run) -> None:
        """Take over a post that we made and do not remember."""
        address = await self._told_by(thread)
        if address is None:
            return
        if address in self._posts.of(forum.guild.id):
            # Discord made it twice, for instance after an answer that never reached us. What people wrote stays.
            if not thread.message_count:
                await thread.delete()
                run.doubles += 1
            return
        article, _, topic = address.partition("/")
        self._posts.keep(Post(forum.guild.id, article, topic, forum.id, thread.id, thread.id, shown=""))
        run.adopted += 1

    async def _told_by(self, thread: discord.Thread) -> str | None:
        """Which topic a post of ours is about, by its last line; by its title when its first message is gone."""
        try:
            message = await thread.fetch_message(thread.id)
        except discord.NotFound:
            with self._in_its_language(thread.guild.id):
                content = self._editions.current.content
            titled = [topic.address for topic in content.topics() if post_name(topic) == thread.name]
            return titled[0] if len(titled) == 1 else None
        return address_on(message)

    async def _create(
        self, forum: discord.ForumChannel, address: str, view: PostView, tags: dict[str, discord.ForumTag]
    ) -> discord.Thread:
        made = await forum.create_thread(
            name=view.name,
            view=Card(view.components),
            applied_tags=self._tags_of(view, tags),
            auto_archive_duration=ARCHIVE_AFTER,
            silent=True,
        )
        article, _, topic = address.partition("/")
        self._posts.keep(Post(forum.guild.id, article, topic, forum.id, made.thread.id, made.message.id, view.digest))
        return made.thread

    async def _update(
        self, thread: discord.Thread, post: Post, view: PostView, tags: dict[str, discord.ForumTag], run: Run
    ) -> bool:
        """Reopen a post, make it show ``view``, and send its message anew where somebody deleted it.

        Returns whether the card was edited.
        """
        changes: dict[str, Any] = {}
        if thread.archived:
            # Alone and first: Discord refuses every other edit while it is archived (50083).
            thread = await thread.edit(archived=False)
            run.reopened += 1
        if thread.name != view.name and post.shown != view.digest:
            changes["name"] = view.name
        new_tags = [tag for tag in self._tags_of(view, tags) if tag.id not in {each.id for each in thread.applied_tags}]
        if new_tags and len(thread.applied_tags) + len(new_tags) <= POST_TAGS:
            changes["applied_tags"] = [*thread.applied_tags, *new_tags]
        if changes:
            await thread.edit(**changes)
        message = thread.get_partial_message(post.message_id)
        message_id, edited = post.message_id, False
        try:
            if post.shown == view.digest:
                await message.fetch()
            else:
                await message.edit(view=Card(view.components))
                edited = True
        except discord.NotFound:
            message_id = await self._put_back(thread, post, view)
            run.put_back += 1
        now = post._replace(message_id=message_id, shown=view.digest, removed=view.article is None)
        if now != post:
            self._posts.keep(now)
        return edited

    async def _put_back(self, thread: discord.Thread, post: Post, view: PostView) -> int:
        """Send a card again in a post whose first message is gone: the post may hold what members wrote."""
        async for message in thread.history(limit=100, oldest_first=True):
            ours = message.author.id == thread.guild.me.id and message.id != post.message_id
            if ours and address_on(message) == post.address:
                await message.edit(view=Card(view.components))
                return message.id
        return (await thread.send(view=Card(view.components), silent=True)).id

    @staticmethod
    async def _pin(thread: discord.Thread, run: Run) -> None:
        if thread.flags.pinned:
            return
        try:
            await thread.edit(pinned=True)
        except discord.HTTPException as error:
            if error.code != TOO_MANY_PINNED:
                raise
            run.notes.append(_("Another post is already pinned in this forum, so the list of all questions is not."))

    async def remove(self, guild: discord.Guild, *, delete: bool, report: ReportProgress = silent) -> Run:
        """End the library: delete its posts, or leave them as they are and never touch them again.

        Raises :class:`Refused` while a run is under way in this guild; :class:`DatabaseError` where it could not be
        kept, and nothing was deleted.
        """
        with self._run(guild.id, report) as run:
            run.total = len(self._posts.of(guild.id))
            # First of all it is not wanted any more: cut off from here on, nothing may put the posts back.
            await self._guilds.change(guild.id, library_forum_id=None)
            for post in self._posts.of(guild.id).values():
                if delete and (thread := await self._fetch(guild, post.thread_id)) is not None:
                    await thread.delete()
                    run.deleted += 1
                self._posts.forget(post)
                await run.step()
        return run

    # ------------------------------------------------------------------ tags

    def _tag(self, forum: discord.ForumChannel, article: Article) -> discord.ForumTag | None:
        """An article's tag in a forum: in the guild's language, or in that which it had when the tag was made."""
        now = self._tag_name(forum, article).casefold()
        folded = {name.casefold() for name in tag_names(article)}
        tags = sorted(forum.available_tags, key=lambda tag: tag.name.casefold() != now)
        return next((tag for tag in tags if tag.name.casefold() in folded), None)

    def _tag_name(self, forum: discord.ForumChannel, article: Article) -> str:
        """What an article's tag is called where it is made now: its title in the guild's language."""
        return tag_name(article.translations.get(guild_language(self._guilds, forum.guild), article))

    @staticmethod
    def _may_make_tag(forum: discord.ForumChannel) -> bool:
        return forum.permissions_for(forum.guild.me).manage_channels and len(forum.available_tags) < FORUM_TAGS

    async def _tags(self, forum: discord.ForumChannel) -> dict[str, discord.ForumTag]:
        """The tag of each article, made where it is missing and in the guild's language, where that is allowed."""
        tags = {}
        for article in self._editions.original.content.articles:
            tag = self._tag(forum, article)
            if tag is None and self._may_make_tag(forum):
                tag = await forum.create_tag(name=self._tag_name(forum, article))
                # The next article's tag is added to those the forum is known to have.
                forum = cast("discord.ForumChannel", await forum.guild.fetch_channel(forum.id))
                tag = self._tag(forum, article) or tag
            elif tag is not None:
                forum = await self._renamed(forum, tag, article)
            if tag is not None:
                tags[article.command] = tag
        return tags

    async def _renamed(
        self, forum: discord.ForumChannel, tag: discord.ForumTag, article: Article
    ) -> discord.ForumChannel:
        """The forum, with an article's tag in the guild's language if it had exactly the name of another one."""
        now, may = self._tag_name(forum, article), forum.permissions_for(forum.guild.me).manage_channels
        if not may or tag.name == now or tag.name not in tag_names(article):
            return forum
        renamed = copy(tag)
        renamed.name = now
        tags = [renamed if each.id == tag.id else each for each in forum.available_tags]
        return await forum.edit(available_tags=tags) or forum

    @staticmethod
    def _tags_of(view: PostView, tags: dict[str, discord.ForumTag]) -> list[discord.ForumTag]:
        # A forum may demand a tag: the index takes the first article's, and a removed topic keeps what it has.
        return [tags[view.article.command]] if view.article and view.article.command in tags else []

    # ------------------------------------------------------------------ what posts show

    def _wanted(self) -> list[str]:
        """The addresses of the posts there should be, in the order in which the forum shows them."""
        return [INDEX, *(topic.address for topic in self._editions.current.content.topics())]

    def _view_at(self, guild_id: int, address: str) -> PostView | None:
        """What a post should show, given the posts there are; None for a topic that is not in the content."""
        with self._in_its_language(guild_id):
            if address == INDEX:
                return self._index_view(guild_id)
            topic = self._editions.current.content.at(address)
            return None if topic is None else self._topic_view(guild_id, topic)

    def _in_its_language(self, guild_id: int) -> AbstractContextManager[None]:
        """Inside, all is said in a guild's own language, as it is in its posts."""
        return speaking(guild_language(self._guilds, self._get_guild(guild_id)))

    def _topic_view(self, guild_id: int, topic: Topic) -> PostView:
        related = [topic.article.topic(key) for key in topic.related]
        links = [
            link_button(other.question, url)
            for other in related
            if other is not None and (url := self._posts.url(guild_id, other.address)) is not None
        ]
        command = f"`/{topic.article.command} {topic.key}`"
        mark = small(_("To read it anywhere on this server: {command}").format(command=command))
        return PostView(post_name(topic), built(topic_body(topic, links, mark)), topic.article)

    def _index_view(self, guild_id: int) -> PostView:
        content = self._editions.current.content
        heading = _("## All questions\nThese answers tell one view. You are free to see it differently.")
        ask = _("To ask in your own words, type `/ask` in any channel. Only you see the answer.")
        anywhere = _("This list in any channel: {command}").format(command="`/topics`")
        body = ui.Container[Any](
            ui.TextDisplay(heading),
            ui.Separator(),
            ui.TextDisplay(self._listed(guild_id)),
            ui.Separator(),
            ui.TextDisplay(f"{ask}\n{small(anywhere)}"),
            accent_colour=content.articles[0].colour,
        )
        return PostView(_("All questions"), built(body), content.articles[0])

    def _listed(self, guild_id: int) -> str:
        """Every topic with its link, in as many words as fit."""
        content = self._editions.current.content
        several = len(content.articles) > 1

        def line(topic: Topic, full: bool) -> str:
            url = self._posts.url(guild_id, topic.address)
            title = f"[{topic.title}]({url})" if url else topic.title
            return f"**{title}**: {topic.question}" if full else f"**{title}**"

        for full in (True, False):
            lines: list[str] = []
            for article in content.articles:
                lines += [f"### {article.title}"] if several else []
                lines += [f"- {line(topic, full)}" for topic in article.topics]
            if len("\n".join(lines)) <= INDEX_TEXT:
                return "\n".join(lines)
        kept = len(lines)
        while len("\n".join(lines[:kept])) > INDEX_TEXT - 60:
            kept -= 1
        left = len(lines) - kept
        more = ngettext("and {number} more in this forum", "and {number} more in this forum", left).format(number=left)
        return "\n".join([*lines[:kept], more])

    def _removed_view(self, guild_id: int, post: Post, name: str) -> PostView:
        """What the post of a topic shows that is not in the content any more."""
        index = self._posts.of(guild_id).get(INDEX)
        body = ui.Container[Any](
            ui.TextDisplay(_("Lantern does not answer this question any more. What stood here may be outdated.")),
            *rows([link_button(_("All questions"), index.url)] if index is not None else []),
            ui.TextDisplay(small(_("Its command was {command}").format(command=f"`/{post.article} {post.topic}`"))),
        )
        name = name if name.startswith(REMOVED) else shortened(REMOVED + name, THREAD_NAME)
        return PostView(name, built(body))


def address_on(message: discord.Message) -> str | None:
    """The topic that a post of ours names in its last line, or None."""
    found = MARK.findall(text_of(components_of(message)))
    return f"{found[-1][1] or ''}/{found[-1][2] or ''}" if found else None


def tag_name(article: Article | Translation) -> str:
    """The forum tag of an article."""
    return shortened(article.title, TAG_NAME)


def tag_names(article: Article) -> set[str]:
    """What its tag may be called, in every language."""
    return {tag_name(article), *map(tag_name, article.translations.values())}


def post_name(topic: Topic) -> str:
    """The title of a topic's post."""
    return shortened(topic.title, THREAD_NAME)


def reason_in_words(error: discord.HTTPException) -> str:
    """Why Discord stopped a run, and what helps, for an administrator."""
    if error.code == TOO_MANY_THREADS:
        return _("This server has as many active threads as Discord allows. Close some, then try again.")
    if isinstance(error, discord.Forbidden):
        return _(
            "Discord refused it: a permission was taken away in the meantime. Check Lantern's permissions in the "
            "forum, then try again."
        )
    if isinstance(error, discord.NotFound):
        return _("The forum or a post was removed in the meantime. Try again.")
    return _("Discord refused it (status {status}, code {code}). Try again in a few minutes.").format(
        status=error.status, code=error.code
    )
