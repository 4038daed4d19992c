"""What administrators see of the library: where it is, how its posts are, and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import ui

from lantern.admin.library import INDEX, Post
from lantern.ui.cards import Card, built, button, notice, rows, small
from lantern.ui.custom_ids import custom_id

if TYPE_CHECKING:
    from lantern.runtime.client import Lantern

CHOOSE_FORUM, SYNC, SHOW, REMOVE_POSTS, ASK_REMOVE = "lib-forum", "lib-sync", "lib-show", "lib-remove", "lib-ask-remove"
OVERVIEW = "set"
"""The press that shows the checklist of /setup."""

READ_ONLY = (
    "To keep the forum for reading: in its permissions, take **Create Posts** and **Send Messages in Posts** away from "
    "@everyone, and give both to my role."
)


def panel(bot: Lantern, guild: discord.Guild, *, back: ui.Button[Any] | None = None) -> Card:
    """Where the library is, how its posts are, and what can be done; without one, a forum to choose."""
    library = bot.library
    forum, posts = library.forum(guild), library.posts(guild.id)
    number = sum(1 for _ in bot.content.topics())
    parts: list[ui.Item[Any]] = []
    buttons: list[ui.Button[Any]] = []
    if (progress := library.working(guild.id)) is not None:
        parts.append(ui.TextDisplay(f"## Library\nBeing worked on: {progress.done} of {progress.total}."))
    elif forum is None:
        left = f" {len(posts)} posts are left of an earlier one." if posts else ""
        says = (
            f"## Library\nThis server has none.{left} Choose a forum, best an empty one: I make {number} posts there, "
            f"one for each question, and one that lists them all. It can be removed again."
        )
        choose = ui.ChannelSelect[Any](
            custom_id=custom_id(CHOOSE_FORUM), channel_types=[discord.ChannelType.forum], placeholder="Choose a forum"
        )
        parts += [ui.TextDisplay(says), ui.ActionRow(choose)]
    else:
        parts += [ui.TextDisplay(f"## Library\n{_state(bot, guild, forum, posts)}"), ui.TextDisplay(small(READ_ONLY))]
        buttons.append(button("Sync now", custom_id(SYNC), discord.ButtonStyle.primary))
    if posts or forum is not None:
        buttons.append(button("Remove …", custom_id(ASK_REMOVE)))
    if back is not None:
        buttons.append(back)
    return Card(built(ui.Container(*parts, *rows(buttons))))


def _state(bot: Lantern, guild: discord.Guild, forum: discord.ForumChannel, posts: dict[str, Post]) -> str:
    told = [topic for topic in bot.content.topics() if topic.address in posts]
    number = sum(1 for _ in bot.content.topics())
    removed = sum(post.removed for post in posts.values())
    lines = [f"In {forum.mention}: {len(told)} of {number} questions have a post."]
    if INDEX in posts:
        lines.append(f"[The list of all of them]({posts[INDEX].url})")
    if removed:
        lines.append(f"{removed} more are marked as no longer told.")
    if obstacles := bot.library.obstacles(forum):
        lines += obstacles
    elif bot.library.is_stale(guild.id):
        lines.append("Something has changed since; it is brought up to date within the hour, or at once with Sync.")
    else:
        lines.append("Everything shows what the article says now.")
    return "\n".join(lines)


def removal(bot: Lantern, guild: discord.Guild) -> Card:
    """The question before the library ends."""
    posts = bot.library.posts(guild.id)
    if not posts and bot.library.forum(guild) is None:
        return notice("There is no library on this server.")
    says = (
        f"## Remove the library?\n{len(posts)} posts of mine are in it. What members wrote under a post goes with it."
    )
    choices = [
        button("Delete the posts", custom_id(REMOVE_POSTS, "delete"), discord.ButtonStyle.danger),
        button("Keep them, stop updating", custom_id(REMOVE_POSTS, "keep")),
        button("Cancel", custom_id(REMOVE_POSTS, "cancel")),
    ]
    return Card(built(ui.Container(ui.TextDisplay(says), *rows(choices))))


def finished(text: str) -> Card:
    """What came of a press, and the ways on from there."""
    ways = [button("Show the library", custom_id(SHOW)), button("All choices", custom_id(OVERVIEW))]
    return Card(built(ui.Container(ui.TextDisplay(text), *rows(ways))))
