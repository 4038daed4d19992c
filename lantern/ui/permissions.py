"""What Lantern and members may do: one table of permissions, and the questions that are asked of it.

The invitation, the README's table, `/setup`, links under messages, thread answers, the library and the weekly figures
all read it, so that a permission has one name and one reason everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import discord

from lantern.languages.formats import listed
from lantern.languages.translation import N_, _


class Permission(NamedTuple):
    """One permission (Discord's reference, Permissions)."""

    name: str
    """As a channel's settings call it. :func:`name_of` says it in the language in use."""
    in_forum: str
    """As a forum's settings call it."""
    why: str
    """Why the invitation asks for it, in English: for whoever runs Lantern."""
    without: str = ""
    """What people notice in channels in which it is missing; empty where `/setup` does not look at it."""


PERMISSIONS: dict[str, Permission] = {
    "view_channel": Permission(
        # Translators: a permission, as Discord's own settings call it in your language.
        N_("View Channel"),
        # Translators: a permission, as Discord's own settings call it in your language.
        N_("View Channel"),
        "to see the channels it answers in",
        N_("Without **{permission}** in {channels}, members still get private answers there, but nothing else works."),
    ),
    "send_messages": Permission(
        # Translators: a permission, as Discord's own settings call it in your language.
        N_("Send Messages"),
        # Translators: a permission, as Discord's own settings call it in your language.
        N_("Create Posts"),
        "to post shared answers, link cards and the posts of a library forum",
        N_(
            "Without **{permission}** in {channels}, members still get private answers there, but nobody can share or "
            "post one."
        ),
    ),
    "send_messages_in_threads": Permission(
        # Translators: a permission, as Discord's own settings call it in your language.
        N_("Send Messages in Threads"),
        # Translators: a permission, as Discord's own settings call it in your language.
        N_("Send Messages in Posts"),
        "the same in threads and forum posts",
        N_(
            "Without **{permission}** in {channels}, members still get private answers in threads there, but nobody "
            "can share or post one."
        ),
    ),
    "read_message_history": Permission(
        # Translators: a permission, as Discord's own settings call it in your language.
        N_("Read Message History"),
        # Translators: a permission, as Discord's own settings call it in your language.
        N_("Read Message History"),
        "to reply to the message that a moderator answers",
        N_("Without **{permission}** in {channels}, moderators cannot post an answer there as a reply to a message."),
    ),
    "attach_files": Permission(
        # Translators: a permission, as Discord's own settings call it in your language.
        N_("Attach Files"),
        # Translators: a permission, as Discord's own settings call it in your language.
        N_("Attach Files"),
        "to post the picture of the figures, when an administrator shares it or has it posted weekly",
    ),
    "manage_threads": Permission(
        # Translators: a permission, as Discord's own settings call it in your language.
        N_("Manage Threads"),
        # Translators: a permission, as Discord's own settings call it in your language.
        N_("Manage Posts"),
        "to pin the first post of a library forum, and to answer in a locked thread when asked to",
    ),
}
"""All that Lantern asks for when it is invited, by discord.py's names."""

OTHER_NAMES = {
    # Translators: a permission, as Discord's own settings call it in your language.
    "manage_guild": N_("Manage Server"),
    # Translators: a permission, as Discord's own settings call it in your language.
    "manage_messages": N_("Manage Messages"),
}
"""Permissions that Lantern asks of people, not for itself."""

IN_THREADS = ("view_channel", "send_messages_in_threads", "read_message_history")
"""What answering the threads of a channel or forum takes."""
IN_LIBRARY = ("view_channel", "send_messages", "send_messages_in_threads", "read_message_history", "manage_threads")
"""What the library takes in its forum."""


class Need(NamedTuple):
    """What a press needs of whoever presses; `lantern.ui.rights` checks it."""

    permission: str
    """By discord.py's name."""
    commands: tuple[str, ...] = ()
    """Whoever opened the panel with one of these goes on for a while without it; nobody, where there are none."""
    then: str = ""
    """What helps after that while, as a sentence to translate where it is shown."""


SET_UP = Need("manage_guild", ("setup",), N_("You can open it again with `/setup`, if this server lets you."))
KEEP_LIBRARY = Need(
    "manage_guild",
    ("library", "setup"),
    N_("You can open it again with `/library show` or `/setup`, if this server lets you."),
)
SEE_FIGURES = Need(
    "manage_guild", ("insights",), N_("You can open it again with `/insights`, if this server lets you.")
)
ANSWER_OTHERS = Need(
    "manage_messages",
    ("Answer this", "answer"),
    N_("You can open it again with **Answer this**, if this server lets you."),
)
CHANGE_POSTED = ANSWER_OTHERS._replace(then=N_("To remove the answer, use **Remove this answer** on it."))
"""A new menu knows nothing of the card of an older one."""
CANNOT_BE_UNDONE = Need("manage_guild")
"""What members may lose, or come to harm by: having opened a panel is not enough."""

INVITED = discord.Permissions(**dict.fromkeys(PERMISSIONS, True))
SCOPES = ("bot", "applications.commands")


def invitation_url(application_id: int) -> str:
    """The address that invites the application ``application_id`` to a guild."""
    return discord.utils.oauth_url(application_id, permissions=INVITED, scopes=SCOPES)


def name_of(flag: str) -> str:
    """A permission as Discord's settings call it; ``flag`` is discord.py's name of any permission."""
    if flag in PERMISSIONS:
        return _(PERMISSIONS[flag].name)
    return _(OTHER_NAMES[flag]) if flag in OTHER_NAMES else flag.replace("_", " ").title()


def names_of(flags: Iterable[str]) -> list[str]:
    """The same for several."""
    return [name_of(flag) for flag in flags]


def bold(names: Iterable[str]) -> str:
    """Names in a sentence: ``**View Channel** and **Send Messages**``."""
    return listed([f"**{name}**" for name in names])


# ---------------------------------------------------------------------- threads and channels, told apart once


def writing_in(channel: object) -> str:
    """The permission that writing in a channel or thread takes."""
    return "send_messages_in_threads" if isinstance(channel, discord.Thread) else "send_messages"


def is_closed(channel: object, permissions: discord.Permissions) -> bool:
    """Whether this is a locked thread, in which only those who have Manage Threads write."""
    return isinstance(channel, discord.Thread) and channel.locked and not permissions.manage_threads


def missing(permissions: discord.Permissions, flags: Iterable[str]) -> list[str]:
    """Those of ``flags`` that ``permissions`` lack."""
    return [flag for flag in flags if not getattr(permissions, flag)]


def missing_to_write(permissions: discord.Permissions, channel: object, *, reply: bool = False) -> list[str]:
    """What is missing to write in a channel or thread, and to ``reply`` there (Discord's reference, Create Message)."""
    flags = ["view_channel", writing_in(channel), *(["read_message_history"] if reply else [])]
    return missing(permissions, flags)


def own_missing_to_write(channel: discord.abc.GuildChannel | discord.Thread) -> list[str]:
    """What Lantern lacks to write in a channel or thread of a guild."""
    return missing_to_write(channel.permissions_for(channel.guild.me), channel)


def member_may_write(interaction: discord.Interaction) -> bool:
    """Whether the member could have written here themselves: a bot's answer must not be a way around that."""
    mine = interaction.permissions
    return bool(getattr(mine, writing_in(interaction.channel))) and not is_closed(interaction.channel, mine)


def moderates(interaction: discord.Interaction) -> bool:
    """Whether the member may manage messages here: then neither their asks nor what they say of answers is told."""
    return interaction.guild_id is not None and interaction.permissions.manage_messages


def bot_may_write(interaction: discord.Interaction) -> bool:
    """Whether Lantern itself may post a message where this was asked, not only answer the interaction."""
    channel, own = interaction.channel, interaction.app_permissions
    return (
        isinstance(channel, discord.abc.Messageable)
        and not missing_to_write(own, channel)
        and not is_closed(channel, own)
    )
