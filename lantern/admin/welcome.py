"""One message when somebody invites Lantern, and none when a connection comes back.

Discord tells of a guild in the same way when Lantern was invited and when an outage ends. What tells them apart is when
Lantern became a member: a moment ago, and not the moment that was greeted before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import discord

from lantern.answers.edition import Editions
from lantern.languages.formats import listed
from lantern.languages.translation import _, ngettext
from lantern.store.database import DatabaseError
from lantern.store.times import milliseconds
from lantern.store.welcomes import Welcomes
from lantern.ui.cards import Card, notice, small
from lantern.ui.command_list import CommandList
from lantern.ui.discord_errors import FAILED, in_log
from lantern.ui.permissions import own_missing_to_write

log = logging.getLogger(__name__)

RECENT = timedelta(hours=1)
"""Lantern may have been down while it was invited; whoever invited it that long ago has begun without a greeting."""


class Welcome:
    """Greets guilds. ``now`` tells Discord's time, since the moment of an invitation is Discord's, too."""

    def __init__(
        self, editions: Editions, welcomes: Welcomes, commands: CommandList, *, now: Callable[[], datetime]
    ) -> None:
        self._editions = editions
        self._welcomes = welcomes
        self._commands = commands
        self._now = now

    async def greet(self, guild: discord.Guild) -> None:
        """Greet a guild once for each invitation, where Lantern may write. Raises nothing."""
        joined = guild.me.joined_at
        if joined is None or self._now() - joined > RECENT:
            return
        try:
            # Claimed before it is sent: when in doubt there is no greeting, never two.
            if not await self._welcomes.claim(guild.id, milliseconds(joined)):
                return
        except DatabaseError as error:
            log.warning("guild %d is not greeted, because that could not be kept (%s)", guild.id, error)
            return
        channel = guild.system_channel
        if channel is None or own_missing_to_write(channel):
            return
        try:
            await channel.send(view=self._card(), silent=True)
        except FAILED as error:
            log.info("guild %d could not be greeted (%s)", guild.id, in_log(error))

    def _card(self) -> Card:
        content = self._editions.current.content
        articles = content.articles[:2]
        view = ngettext(
            "Lantern answers questions about: {articles}. It tells one view, and you are free to see it differently.",
            "Lantern answers questions about: {articles}. Each tells one view, and you are free to see it differently.",
            len(articles),
        ).format(articles=listed(article.title for article in articles))
        commands = _(
            "{ask} takes your question in your own words, and {topics} shows everything you can ask. Only you see the "
            "answer."
        ).format(ask=self._commands.mention("ask"), topics=self._commands.mention("topics"))
        administrators = _("Administrators: `/setup` goes through what you can choose for this server.")
        return notice(f"## Lantern\n{view}\n\n{commands}\n{small(administrators)}", content.articles[0].colour)
