"""One message when somebody invites Lantern, and none when a connection comes back.

Discord tells of a guild in the same way when Lantern was invited and when an outage ends. What tells them apart is when
Lantern became a member: a moment ago, and not the moment that was greeted before.
"""

from __future__ import annotations

import logging
import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING

import discord

from lantern.store.questions import milliseconds
from lantern.ui.cards import Card, notice
from lantern.ui.discord_errors import FAILED, in_log

if TYPE_CHECKING:
    from lantern.runtime.client import Lantern

log = logging.getLogger(__name__)

RECENT = timedelta(hours=1)
"""Lantern may have been down while it was invited; whoever invited it that long ago has begun without a greeting."""

CLAIM = """
    INSERT INTO guild_welcomes (guild_id, joined_at)
         VALUES (?, ?)
    ON CONFLICT (guild_id) DO UPDATE
            SET joined_at = excluded.joined_at
          WHERE excluded.joined_at > guild_welcomes.joined_at
"""


def card(bot: Lantern) -> Card:
    """What the greeting says."""
    about = " and ".join(article.title for article in bot.content.articles[:2])
    return notice(
        f"## Lantern\nI explain what an article says about: {about}. It tells one view, and you are free to see it "
        f"differently.\n\n{bot.mention('ask')} takes your question in your own words, {bot.mention('topics')} shows "
        f"all questions. Only you see the answer.\n-# Administrators: `/setup` goes through the server's "
        f"choices.",
        bot.content.articles[0].colour,
    )


async def greet(bot: Lantern, guild: discord.Guild) -> bool:
    """Greet a guild once for each invitation, where Lantern may write; returns whether it did. Raises nothing."""
    joined = guild.me.joined_at
    if joined is None or discord.utils.utcnow() - joined > RECENT:
        return False
    try:
        # Claimed before it is sent: when in doubt there is no greeting, never two.
        if not await bot.database.execute(CLAIM, (guild.id, milliseconds(joined))):
            return False
    except sqlite3.Error as error:
        log.warning("guild %d is not greeted, because that could not be kept (%s)", guild.id, error)
        return False
    channel = guild.system_channel
    if channel is None:
        return False
    may = channel.permissions_for(guild.me)
    if not (may.view_channel and may.send_messages):
        return False
    try:
        await channel.send(view=card(bot), silent=True)
    except FAILED as error:
        log.info("guild %d could not be greeted (%s)", guild.id, in_log(error))
        return False
    return True
