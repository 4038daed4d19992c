"""Periodic work: all that the bot does by itself, listed in one place (`lantern.runtime.services` makes the list).

Whatever a routine raises is logged, and it is tried again at its next time: nothing here ends the bot, and no routine
waits for another. Where a failure means more than that, the line in the list says so.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import discord
from discord.ext import tasks

log = logging.getLogger(__name__)


def in_words(every: timedelta) -> str:
    """How long that is, in the largest unit that fits: "1 day", "5 minutes"."""
    seconds = every.total_seconds()
    units = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
    size, unit = next((each for each in units if seconds >= each[0]), (1, "second"))
    count = seconds / size
    return f"{count:g} {unit}" + "s" * (count != 1)


class Routine(NamedTuple):
    """One piece of periodic work.

    ``when_ready`` is for work that needs to know which guilds there are: its first run comes when Discord has told, and
    the others every ``every`` from then on.
    """

    name: str
    every: timedelta
    run: Callable[..., Awaitable[Any]]
    when_ready: bool = False
    at_start: bool = True
    """Whether it runs at once when the bot starts, or after ``every`` for the first time."""
    whole: bool = False
    """Whether a run that has begun goes on to its end when the loop is started again."""
    by_the_date: bool = False
    """Whether it deletes, chooses or posts something for its date: ``run`` is then handed the moment. While that is in
    doubt, it is put off."""


class Periodic:
    """Runs routines, each in a loop of its own.

    ``date`` tells the moment to those that go by it, or None while it is in doubt
    (:meth:`lantern.runtime.discord_time.DiscordTime.agreed`).
    """

    def __init__(self, routines: Sequence[Routine], *, date: Callable[[], datetime | None] = lambda: None) -> None:
        self.routines = {routine.name: routine for routine in routines}
        self.loops = {routine.name: self._loop(routine) for routine in routines}
        self._date = date
        self._put_off: set[str] = set()
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._stopped = False

    def start(self) -> None:
        """Begin with what needs no guilds."""
        self._begin(when_ready=False)

    def ready(self) -> None:
        """Begin with the rest, unless it has begun: Discord says so again with each new session."""
        self._begin(when_ready=True)

    def _begin(self, *, when_ready: bool) -> None:
        for name, loop in self.loops.items():
            # The bot may be told to stop while it still starts.
            if self.routines[name].when_ready == when_ready and not self._stopped and not loop.is_running():
                loop.start()

    def run_soon(self, name: str) -> None:
        """Run one routine now, in the background, and then every ``every`` from now on; nothing before it has begun."""
        if not self._stopped and self.loops[name].is_running():
            self.loops[name].restart()

    def stop(self) -> None:
        """No more of it; what is under way is cut off."""
        self._stopped = True
        for loop in self.loops.values():
            loop.cancel()
        for task in self._under_way.values():
            task.cancel()

    async def run(self, name: str) -> None:
        """One run; of a routine that is to be whole, what is left of the run under way. Raises nothing.

        One that goes by the date is put off while that is in doubt, until :meth:`catch_up`.
        """
        routine = self.routines[name]
        if routine.by_the_date:
            now = self._date()
            if now is None:
                self._put_off.add(name)
                return
            self._put_off.discard(name)
            # The moment that was judged, and no later reading of a clock that may be set meanwhile.
            routine = routine._replace(run=partial(routine.run, now))
        if not routine.whole:
            await self._logged(routine)
            return
        task = self._under_way.get(name)
        if task is None or task.done():
            task = self._under_way[name] = asyncio.create_task(self._logged(routine))
        await asyncio.shield(task)

    def catch_up(self) -> None:
        """Run what was put off, once the date is beyond doubt. To be called every few seconds."""
        if self._put_off and self._date() is not None:
            put_off, self._put_off = self._put_off, set()
            log.info("the date is beyond doubt again; %s: put off until now", ", ".join(sorted(put_off)))
            for name in put_off:
                self.run_soon(name)

    @staticmethod
    async def _logged(routine: Routine) -> None:
        try:
            await routine.run()
        except Exception:
            log.exception("%s failed; it is tried again in %s", routine.name, in_words(routine.every))

    def _loop(self, routine: Routine) -> tasks.Loop[Any]:
        async def run() -> None:
            if loop.current_loop or routine.at_start:
                await self.run(routine.name)

        loop = tasks.loop(seconds=routine.every.total_seconds())(run)
        return loop

    def mind_the_clock(self, mine: str) -> bool:
        """Start all loops again when this machine's clock was set, and return whether it was.

        ``mine`` is the routine that calls this, every few seconds.

        discord.ext.tasks adds its interval to the moment of the iteration before. With a clock set back by a day a loop
        would sleep for a day; set forward by years (a board without a battery), it would run once for each interval of
        them, without a pause.
        """
        following = self.loops[mine].next_iteration
        if following is None:
            return False
        ahead = following - discord.utils.utcnow()
        if -timedelta(minutes=2) <= ahead <= 2 * self.routines[mine].every:
            return False
        log.warning("this machine's clock was set; the bot's loops start again")
        for loop in self.loops.values():
            if loop.is_running():
                loop.restart()
        return True
