"""Discord's time, by which this machine's clock is judged before anything is done for its date.

The ``Date`` header of an HTTP answer tells it, and so does the id of every interaction. Between two of them it goes on
with a clock that nobody can set, so that it is noticed at once when this machine's clock is set.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic

import aiohttp
import discord
from discord.http import Route

from lantern.store.times import AGREE_WITHIN

ASK_EVERY = 3600.0
"""Seconds after which Discord is asked again although the clocks agree."""
ASKING = aiohttp.ClientTimeout(total=10)

WAITS = "Nothing is deleted, backed up or posted for its date until"


class DiscordTime:
    """What Discord's clock shows, as far as it was seen in this process."""

    def __init__(self) -> None:
        self._seen: tuple[datetime, float] | None = None
        """A moment of Discord's, and :func:`time.monotonic` when it was seen."""
        self._told_at: float | None = None
        """:func:`time.monotonic` when Discord told it in a ``Date`` header; None where interactions alone did."""

    async def look(self) -> None:
        """Ask Discord for the time if that is due: after an hour, and at each look while the clocks do not agree.

        Called every minute. A request of its own: to look into the headers of all would cost each answer 15 µs.
        """
        if self._told_at is not None and monotonic() - self._told_at < ASK_EVERY and self.agreed() is not None:
            return
        date = await self.ask()
        try:
            # The subtraction raises for one without a zone.
            moment = parsedate_to_datetime(date)
            _ = discord.utils.utcnow() - moment
        except (ValueError, TypeError, OverflowError):
            return
        self.saw(moment)

    async def ask(self) -> str:
        """The ``Date`` of Discord's answer to a request that needs no login; empty where there is none."""
        try:
            async with aiohttp.ClientSession(timeout=ASKING) as session, session.get(f"{Route.BASE}/gateway") as answer:
                return answer.headers.get("Date", "")
        except (aiohttp.ClientError, OSError, TimeoutError):
            return ""

    def saw(self, moment: datetime) -> None:
        """Discord says that it is ``moment`` now."""
        self._seen = moment, monotonic()
        self._told_at = monotonic()

    def saw_made(self, moment: datetime) -> None:
        """Discord made something at ``moment``, such as an interaction: it may have been late, but it is no earlier.

        One that says something else than what is known is not believed: it may be the one that is wrong.
        """
        if self._seen is None or timedelta() < moment - self._discords(self._seen) < AGREE_WITHIN:
            self._seen = moment, monotonic()

    @staticmethod
    def _discords(seen: tuple[datetime, float]) -> datetime:
        return seen[0] + timedelta(seconds=monotonic() - seen[1])

    def now(self) -> datetime:
        """This moment as Discord has it, whatever this machine's clock shows; of that one, until Discord's was seen."""
        own = discord.utils.utcnow()
        if self._seen is None:
            return own
        discords = self._discords(self._seen)
        # Where they agree, this machine's is finer: a `Date` has seconds.
        return own if abs(own - discords) < AGREE_WITHIN else discords

    def agreed(self) -> datetime | None:
        """This moment, if Discord and this machine say the same, and otherwise None.

        What is deleted, chosen or posted for its date asks this first, and takes this moment for it.
        """
        own = discord.utils.utcnow()
        return own if self._seen is not None and abs(own - self._discords(self._seen)) < AGREE_WITHIN else None

    def doubt(self) -> str | None:
        """For the operator: why nothing is done for its date now; None while the clocks agree."""
        if self._seen is None:
            return f"Discord has not told the time yet. {WAITS} it has."
        if self.agreed() is not None:
            return None
        ahead = discord.utils.utcnow() - self._discords(self._seen)
        off = f"{_in_words(abs(ahead))} {'ahead of' if ahead > timedelta() else 'behind'}"
        return (
            f"This machine's clock is {off} Discord's. "
            f"{WAITS} they differ by less than {_in_words(AGREE_WITHIN)}: set the clock."
        )


def _in_words(length: timedelta) -> str:
    for name, one in (("days", timedelta(days=1)), ("hours", timedelta(hours=1))):
        if length >= 2 * one:
            return f"{length // one} {name}"
    return f"{length // timedelta(minutes=1)} minutes"
