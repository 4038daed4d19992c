"""A server's figures are worked out one after another, so that no server has more than one process for them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lantern.languages.translation import N_, _
from lantern.ui.refusals import Refused

AT_ONCE = 4
"""Presses and commands for figures of one server that may be under way or wait."""
IN_A_ROW = 4
"""Of these, how many may follow one another without a rest."""
BUSY = N_("Lantern is busy with this server's figures right now. Please try again in a moment.")


class GuildQueue:
    """Who works out figures of which server, and who waits for that.

    ``rest`` is how many seconds lie between the beginnings of two of one server where they go on and on: each costs
    the event loop some milliseconds, to start a process and to read what it says. It is zero where the clock moves
    only when it is told to.
    """

    def __init__(self, *, rest: float = 0.0) -> None:
        self.rest = rest
        self._here: Counter[int] = Counter()
        self._working: dict[int, asyncio.Lock] = {}
        self._rested: dict[int, float] = {}
        """When each server will have had all its rest, by the loop's clock."""

    @asynccontextmanager
    async def turn(self, guild_id: int, *, pressed: bool = True) -> AsyncIterator[None]:
        """Wait for one's turn, and have it for the length of the block.

        Where many wait, somebody who ``pressed`` is :class:`Refused`; the weekly post is not.
        """
        if pressed and self._here[guild_id] >= AT_ONCE:
            raise Refused(_(BUSY))
        self._here[guild_id] += 1
        try:
            async with self._working.setdefault(guild_id, asyncio.Lock()):
                await self._rest(guild_id)
                yield
        finally:
            self._here[guild_id] -= 1
            if not self._here[guild_id]:
                del self._here[guild_id], self._working[guild_id]

    async def _rest(self, guild_id: int) -> None:
        clock = asyncio.get_running_loop().time
        rested = max(self._rested.get(guild_id, 0.0), clock())
        if (wait := rested - (IN_A_ROW - 1) * self.rest - clock()) > 0:
            await asyncio.sleep(wait)
        self._rested = {server: at for server, at in self._rested.items() if at > clock()}
        self._rested[guild_id] = rested + self.rest
