"""Messages to the application's owner when something needs a person: one a day a cause, and one when it is over.

What happened once, and is not a state that lasts, is told each time; what happens within ten minutes in one message.

A message is claimed in the database before it is sent, so that of several processes that see the same trouble one tells
of it. While the database cannot be written nothing can be claimed: the process with the first shard tells of that, and
what else there is to tell waits.
"""

from __future__ import annotations

import logging
import platform
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

import discord

from lantern.store.database import DatabaseError
from lantern.store.owner_notices import OwnerNotices
from lantern.store.times import DAY, MINUTE, milliseconds
from lantern.ui.cards import MESSAGE_TEXT, notice
from lantern.ui.discord_errors import FAILED, UNREADABLE, in_log
from lantern.ui.safe_text import shortened

log = logging.getLogger(__name__)

Cause = Literal["database", "place", "writing", "backup", "backup date", "disk", "content", "clock"]

OF_A_MACHINE = ("disk", "clock", "backup date")
"""Causes that one machine may have and others not."""

AGAIN = DAY
EVENT_AGAIN = 10 * MINUTE
RETRY = 10 * MINUTE
"""How long after Discord failed to take a message it is tried again."""


@dataclass(slots=True)
class _Trouble:
    since: int | None = None
    """UTC, milliseconds; None when it is over."""
    told_at: int | None = None
    tried_at: int | None = None


class Messenger(Protocol):
    """What is needed of the client to write to its owner."""

    async def application_info(self) -> discord.AppInfo: ...

    async def create_dm(self, user: discord.abc.Snowflake) -> discord.DMChannel: ...


class Notices:
    """Who is told what, and when again.

    ``several``: other processes may have the same database; then ``has_first_shard`` says whether this one tells that
    it cannot be written. ``now`` tells the moment by which a day is counted.
    """

    def __init__(
        self,
        owner_notices: OwnerNotices,
        messenger: Messenger,
        *,
        now: Callable[[], datetime],
        several: bool = False,
        has_first_shard: Callable[[], bool] = lambda: True,
    ) -> None:
        self._owner_notices = owner_notices
        self._messenger = messenger
        self._now = now
        self._several = several
        self._has_first_shard = has_first_shard
        self._troubles: dict[str, _Trouble] = {}

    async def open(self) -> None:
        """Take over what the owner was told before a restart. Raises :class:`lantern.store.database.DatabaseError`."""
        for known in await self._owner_notices.all():
            # What goes on may be another process's trouble, and not for this one to end.
            since = None if self._several else known.since
            self._troubles.setdefault(known.cause, _Trouble(since, known.told_at))

    def _may_tell_unclaimed(self, cause: Cause) -> bool:
        return not self._several or (cause == "writing" and self._has_first_shard())

    def _key(self, cause: Cause) -> str:
        """How a trouble is named among those of all processes: each machine has a disk and a clock of its own."""
        return f"{cause} of {platform.node()}" if self._several and cause in OF_A_MACHINE else cause

    async def tell(self, cause: Cause, text: str, *, again: int = AGAIN) -> bool:
        """Something needs a person. Called as often as one likes, it sends one message in ``again`` milliseconds.

        Returns whether it was sent now, or the owner takes none. Raises nothing.
        """
        now = milliseconds(self._now())
        key = self._key(cause)
        trouble = self._troubles.setdefault(key, _Trouble())
        if trouble.since is None:
            trouble.since = now
        # A clock that was set back must not silence it for years, so only the distance counts.
        if trouble.told_at is not None and abs(now - trouble.told_at) < again:
            return False
        if trouble.tried_at is not None and abs(now - trouble.tried_at) < RETRY:
            return False
        trouble.tried_at = now
        before = trouble.told_at
        try:
            trouble.told_at = await self._owner_notices.claim(key, trouble.since, now, again=again)
        except DatabaseError:
            if self._may_tell_unclaimed(cause) and await self._send(text):
                trouble.told_at = now
                self._owner_notices.keep(key, trouble.since, now)
                return True
            return False
        if trouble.told_at != now:
            return False
        if await self._send(text):
            return True
        trouble.told_at = before
        try:
            await self._owner_notices.give_back(key, now, before)
        except DatabaseError as error:
            log.warning("the application's owner is told in a day (%s)", error)
        return False

    async def over(self, cause: Cause, text: str) -> None:
        """What :meth:`tell` told of is over; nothing is sent when it told of nothing. Raises nothing."""
        key = self._key(cause)
        trouble = self._troubles.get(key)
        if trouble is None or trouble.since is None:
            return
        told = trouble.told_at is not None and trouble.told_at >= trouble.since
        trouble.since = None
        if not told:
            return
        try:
            # What was told while nothing could be claimed may have left no row.
            mine = await self._owner_notices.claim_end(key) or not self._several
        except DatabaseError:
            mine = self._may_tell_unclaimed(cause)
            self._owner_notices.keep(key, None, trouble.told_at)
        if mine:
            await self._send(text)

    async def _send(self, text: str) -> bool:
        """Whether there is nothing more to try: it was sent, or the owner takes no messages from the bot."""
        try:
            for owner in await self._owners():
                channel = await self._messenger.create_dm(owner)
                await channel.send(view=notice(shortened(text, MESSAGE_TEXT)))
        except discord.Forbidden:
            log.warning("the application's owner takes no direct messages from the bot; the log has what it would say")
        except (*FAILED, *UNREADABLE) as error:
            log.warning("the application's owner could not be told (%s)", in_log(error))
            return False
        return True

    async def _owners(self) -> list[discord.abc.Snowflake]:
        # Not the library's own `owner_ids`: they are cached for the whole run, and teams change over the years.
        application = await self._messenger.application_info()
        if application.team is None:
            return [application.owner]
        owner = application.team.owner
        return [owner] if owner is not None else list(application.team.members)
