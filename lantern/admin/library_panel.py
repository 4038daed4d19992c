"""What administrators see of the library and do with it: publish, sync, show, remove."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

import discord
from discord import ui

from lantern.admin.library import Library, Run
from lantern.admin.panels import CHANNEL_GONE, OVERVIEW, guild_of, show_panel
from lantern.answers.edition import Editions
from lantern.languages.translation import N_, _, ngettext
from lantern.store.library_posts import INDEX, LibraryPosts, Post
from lantern.ui.cards import Card, built, button, notice, rows, small
from lantern.ui.command_list import CommandList
from lantern.ui.custom_ids import OutdatedPress, chosen_number, custom_id, press
from lantern.ui.discord_errors import FAILED, in_log
from lantern.ui.permissions import CANNOT_BE_UNDONE, KEEP_LIBRARY
from lantern.ui.refusals import Refused
from lantern.ui.replies import acknowledge
from lantern.ui.rights import Rights

log = logging.getLogger(__name__)

CHOOSE_FORUM, SYNC, SHOW, REMOVE_POSTS, ASK_REMOVE = "lib-forum", "lib-sync", "lib-show", "lib-remove", "lib-ask-remove"

PATIENCE = timedelta(minutes=14)
"""A private answer can be edited for 15 minutes (Discord's reference, Receiving and Responding)."""
BETWEEN_REPORTS = timedelta(seconds=2)
"""Discord limits how often an answer may be edited, and the work must not wait for that."""

READ_ONLY = N_(
    "To keep the forum for reading only: in its permissions, take **Create Posts** and **Send Messages in Posts** away "
    "from @everyone, and give both to Lantern's role."
)
GOING_ON = N_("Lantern is still working on it, and cannot say more here. {show} tells how far it is.")
MAKING = N_("Making posts: {done} of {total}.")
REMOVING = N_("Removing posts: {done} of {total}.")
NO_LIBRARY = N_("There is no library on this server.")


class Reporter:
    """Shows how far a run is in the private answer that waits for it, in the words of ``doing``."""

    def __init__(self, interaction: discord.Interaction, doing: str, rights: Rights) -> None:
        self.interaction = interaction
        self._doing = doing
        self._rights = rights
        self._last: datetime | None = None
        self.silent = False

    async def __call__(self, run: Run) -> None:
        now = discord.utils.utcnow()
        if self.silent or (self._last is not None and now - self._last < BETWEEN_REPORTS):
            return
        self._last = now
        await self._show(notice(_(self._doing).format(done=run.done, total=run.total)))

    async def finish(self, text: str) -> None:
        """The last of it; after a press in a panel with a way to go on from there."""
        pressed = self.interaction.type is discord.InteractionType.component
        await self._show(self._rights.sealed(self.interaction, finished(text)) if pressed else notice(text))

    async def _show(self, card: Card) -> None:
        """Replace the private answer. A failure is only logged: the work goes on."""
        try:
            await self.interaction.edit_original_response(view=card)
        except FAILED as error:
            log.info("an administrator could not be told (%s)", in_log(error))


class LibraryPanel:
    """``/library`` and its buttons. Its methods raise :class:`lantern.ui.refusals.Refused`.

    ``let_go`` is told of an interaction that the bot need not finish before it stops.
    """

    def __init__(
        self,
        editions: Editions,
        library: Library,
        library_posts: LibraryPosts,
        rights: Rights,
        commands: CommandList,
        let_go: Callable[[int], None],
    ) -> None:
        self._editions = editions
        self._library = library
        self._posts = library_posts
        self._rights = rights
        self._commands = commands
        self._let_go = let_go
        self._runs: set[asyncio.Task[Run]] = set()

    async def publish(self, interaction: discord.Interaction, forum: discord.ForumChannel) -> None:
        """Make the posts in a forum, or go on where it stopped, typed or pressed."""
        await acknowledge(interaction, ephemeral=True)
        reporter = Reporter(interaction, MAKING, self._rights)
        if obstacles := self._library.obstacles(forum):
            await reporter.finish("\n".join([_("Nothing was posted."), *(f"- {each}" for each in obstacles)]))
            return
        done = "\n".join([_("The library is in {channel}.").format(channel=forum.mention), _(READ_ONLY)])
        await self._work(reporter, self._library.bring_up_to_date(forum, reporter), done)

    @press(CHOOSE_FORUM, KEEP_LIBRARY)
    async def choose_forum(self, interaction: discord.Interaction) -> None:
        """A forum was chosen in the panel: publish there."""
        forum = guild_of(interaction).get_channel(chosen_number(interaction))
        if forum is None:
            raise Refused(_(CHANNEL_GONE))
        if not isinstance(forum, discord.ForumChannel):
            raise OutdatedPress("not a forum")
        await self.publish(interaction, forum)

    @press(SYNC, KEEP_LIBRARY)
    async def sync(self, interaction: discord.Interaction) -> None:
        """Bring all posts up to date, typed or pressed."""
        forum = self._library.forum(guild_of(interaction))
        if forum is None:
            publish = self._commands.mention("library publish")
            raise Refused(" ".join([_(NO_LIBRARY), _("Make one with {command}.").format(command=publish)]))
        await self.publish(interaction, forum)

    @press(SHOW, KEEP_LIBRARY)
    async def show(self, interaction: discord.Interaction) -> None:
        """The panel."""
        await show_panel(interaction, self._rights.sealed(interaction, self.panel(guild_of(interaction))))

    @press(ASK_REMOVE, CANNOT_BE_UNDONE)
    async def ask_remove(self, interaction: discord.Interaction) -> None:
        """The question before the library ends, typed or pressed; not put to whom both ways to end it are closed."""
        self._rights.check(interaction, CANNOT_BE_UNDONE)
        guild = guild_of(interaction)
        posts = self._posts.of(guild.id)
        if not posts and self._library.forum(guild) is None:
            await show_panel(interaction, notice(_(NO_LIBRARY)))
            return
        says = ngettext(
            "## Remove the library?\nIt has {number} post. What members wrote under a post is lost with it.",
            "## Remove the library?\nIt has {number} posts. What members wrote under a post is lost with it.",
            len(posts),
        ).format(number=len(posts))
        choices = [
            button(_("Remove the posts"), custom_id(REMOVE_POSTS, "delete"), discord.ButtonStyle.danger),
            # Translators: button: the posts stay, and are not updated any more.
            button(_("Keep, stop updating"), custom_id(REMOVE_POSTS, "keep")),
            button(_("Cancel"), custom_id(SHOW)),
        ]
        card = Card(built(ui.Container(ui.TextDisplay(says), *rows(choices))))
        await show_panel(interaction, self._rights.sealed(interaction, card))

    @press(REMOVE_POSTS, CANNOT_BE_UNDONE)
    async def remove(self, interaction: discord.Interaction, what: str) -> None:
        """The library ends; its posts are deleted, or kept as they are."""
        guild = guild_of(interaction)
        if what not in ("delete", "keep"):
            raise OutdatedPress(what)
        await acknowledge(interaction)
        reporter = Reporter(interaction, REMOVING, self._rights)
        done = (
            _("The library is removed.")
            if what == "delete"
            else _("The posts stay as they are. Lantern does not update them any more.")
        )
        await self._work(reporter, self._library.remove(guild, delete=what == "delete", report=reporter), done)

    async def _work(self, reporter: Reporter, work: Coroutine[Any, Any, Run], done: str) -> None:
        """Work to the end, and tell the administrator for as long as Discord lets us write to them."""
        self._let_go(reporter.interaction.id)
        task = asyncio.create_task(work)
        self._runs.add(task)
        task.add_done_callback(self._runs.discard)
        left = reporter.interaction.created_at + PATIENCE - discord.utils.utcnow()
        await asyncio.wait({task}, timeout=left.total_seconds())
        if not task.done():
            reporter.silent = True
            await reporter.finish(_(GOING_ON).format(show=self._commands.mention("library show")))
            return
        run = task.result()
        lines = [run.in_words(), *run.notes]
        if run.stopped is not None:
            lines.append(" ".join([run.stopped, _("What is done stays, and nothing is posted twice.")]))
        else:
            lines.insert(0, done)
        await reporter.finish("\n".join(lines))

    def stop(self) -> None:
        """Cut off the runs that are under way: the bot stops, and the next start goes on with them."""
        for task in self._runs:
            task.cancel()

    def panel(self, guild: discord.Guild, *, back: ui.Button[Any] | None = None) -> Card:
        """Where the library is, how its posts are, and what can be done; without one, a forum to choose."""
        forum, posts = self._library.forum(guild), self._posts.of(guild.id)
        number = sum(1 for _topic in self._editions.current.content.topics())
        parts: list[ui.Item[Any]] = []
        buttons: list[ui.Button[Any]] = []
        if (run := self._library.working(guild.id)) is not None:
            says = _("## Library\nLantern is working on it: {done} of {total}.").format(done=run.done, total=run.total)
            parts.append(ui.TextDisplay(says))
        elif forum is None:
            lines = [_(NO_LIBRARY)]
            if posts:
                left = ngettext(
                    "{number} post of an earlier one is left.", "{number} posts of an earlier one are left.", len(posts)
                )
                lines.append(left.format(number=len(posts)))
            offer = ngettext(
                "Choose a forum, ideally an empty one. Lantern makes {number} post there, one for each topic, and "
                "one more that lists them all. You can remove them again.",
                "Choose a forum, ideally an empty one. Lantern makes {number} posts there, one for each topic, and "
                "one more that lists them all. You can remove them again.",
                number,
            )
            says = "\n".join([_("## Library"), " ".join(lines), offer.format(number=number)])
            choose = ui.ChannelSelect[Any](
                custom_id=custom_id(CHOOSE_FORUM),
                channel_types=[discord.ChannelType.forum],
                placeholder=_("Choose a forum"),
            )
            parts += [ui.TextDisplay(says), ui.ActionRow(choose)]
        else:
            parts.append(ui.TextDisplay("\n".join([_("## Library"), *self._summary(guild, forum, posts)])))
            parts.append(ui.TextDisplay(small(_(READ_ONLY))))
            buttons.append(button(_("Update now"), custom_id(SYNC), discord.ButtonStyle.primary))
        if posts or forum is not None:
            buttons.append(button(_("Remove …"), custom_id(ASK_REMOVE)))
        if back is not None:
            buttons.append(back)
        return Card(built(ui.Container(*parts, *rows(buttons))))

    def _summary(self, guild: discord.Guild, forum: discord.ForumChannel, posts: dict[str, Post]) -> list[str]:
        number = sum(1 for _topic in self._editions.current.content.topics())
        removed = sum(post.removed for post in posts.values())
        told = ngettext(
            "In {channel}: {told} of {number} topic has a post.",
            "In {channel}: {told} of {number} topics have a post.",
            number,
        )
        lines = [told.format(channel=forum.mention, told=self._library.questions_told(guild.id), number=number)]
        if INDEX in posts:
            lines.append(_("[List of all questions]({url})").format(url=posts[INDEX].url))
        if removed:
            outdated = ngettext(
                "{number} more is marked as outdated.", "{number} more are marked as outdated.", removed
            )
            lines.append(outdated.format(number=removed))
        if obstacles := self._library.obstacles(forum):
            lines += obstacles
        elif self._library.is_stale(guild.id):
            lines.append(
                _("Something has changed. Lantern updates the posts within the hour, or at once with **Update now**.")
            )
        else:
            lines.append(_("Every post is up to date."))
        return lines


def finished(text: str) -> Card:
    """What came of a press, and the ways on from there."""
    ways = [button(_("Show the library"), custom_id(SHOW)), button(_("All choices"), custom_id(OVERVIEW))]
    return Card(built(ui.Container(ui.TextDisplay(text), *rows(ways))))
