"""What Lantern asks for when it is invited, and why."""

from __future__ import annotations

import discord

REASONS = {
    "view_channel": "to see the channels it answers in",
    "send_messages": "to post shared answers, link cards and the posts of a library forum",
    "send_messages_in_threads": "the same in threads and forum posts",
    "read_message_history": "to reply to the message that a moderator answers",
    "attach_files": "to post the picture of the figures, when an administrator shares it or has it posted weekly",
    "manage_threads": "to pin the first post of a library forum, and to answer in a locked thread when asked to",
}
"""Names of discord.py's permission flags, and a reason for each (Discord's reference, Permissions)."""

PERMISSIONS = discord.Permissions(**dict.fromkeys(REASONS, True))
SCOPES = ("bot", "applications.commands")


def url(application_id: int) -> str:
    """The address that invites the application ``application_id`` to a guild."""
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS, scopes=SCOPES)
