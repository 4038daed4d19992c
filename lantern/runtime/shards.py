"""This process's shards: waited for, kept, and taken again after the database was away.

With a SQLite file there is one process and nothing to wait for. On a PostgreSQL server each has its shards alone, by
the locks of `lantern.store.shard_locks`; who finds them taken is a standby.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from lantern.runtime.settings import Settings, ShardIds, shown_ids
from lantern.store.engine import DatabaseError

if TYPE_CHECKING:
    from lantern.store.shard_locks import ShardLocks

log = logging.getLogger(__name__)

ALL: ShardIds = ()

TRY_EVERY = 0.25
"""Seconds between a standby's looks whether shards are free. It cannot wait in the server's queue for one set of
several, and must not hold some of a set while it waits for the others."""
LOOK_EVERY = 1.0
"""Seconds between looks whether the locks are still there."""
CONNECT_EVERY = 0.5
"""Seconds between tries to reach the server again."""
HOLDERS_FIRST = 6.0
"""Seconds that a standby waits after it reached the server again: those who have the shards lost it, too, and come back
within as many."""
TURN_SECONDS = 5.5
"""How long a turn to identify lasts. Discord counts five seconds from when it hears of it, a moment later."""
TURN_PATIENCE = 45.0
"""Seconds that a shard waits for its turn, connected; a connection that is silent for fifty is given up."""


def in_words(ids: ShardIds) -> str:
    """Shards as the log names them."""
    if not ids:
        return "all shards"
    return f"shard{'s' if len(ids) > 1 else ''} {shown_ids(ids)}"


class Shards:
    """Which shards this process has. ``changed`` is called when :attr:`waiting` did."""

    def __init__(self, settings: Settings, *, changed: Callable[[], None] = lambda: None) -> None:
        self._count = settings.shards
        self._wanted = settings.shard_ids or (ALL,)
        self._changed = changed
        self._locks: ShardLocks | None = None
        if settings.on_a_server:
            # Only who has such a database pays for its library.
            from lantern.store.shard_locks import ShardLocks

            self._locks = ShardLocks(str(settings.database), settings.shards)
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self.mine: ShardIds = ALL
        """What was taken; empty is all."""
        self.waiting: str | None = None
        """Why this process is a standby, in words; None where it is not."""
        self.waited = False
        """Whether it ever was one."""
        self.failure: str | None = None
        """Why the server with the locks cannot be reached, and others may have the shards; None while it can."""
        self.taken_over = asyncio.Event()
        """Set when another process has the shards, so that this one must leave."""

    # ------------------------------------------------------------------ taking

    async def take(self) -> bool:
        """Wait until this process has its shards. Returns False where it is told to stop before.

        Raises :class:`lantern.store.engine.DatabaseError` where the server cannot be reached at the start.
        """
        if self._locks is None or self._closed:
            return not self._closed
        # A task, so that `close` can end it, too.
        self._task = asyncio.create_task(self._take(self._locks))
        try:
            await self._task
        except asyncio.CancelledError:
            if not self._closed:
                raise
        if self._closed:
            return False
        self._task = asyncio.create_task(self._keep(self._locks))
        return True

    async def _take(self, locks: ShardLocks) -> None:
        await locks.connect()
        while True:
            try:
                if not locks.is_connected:
                    await locks.connect()
                    await asyncio.sleep(HOLDERS_FIRST)
                mine = await locks.take(self._wanted)
            except DatabaseError as error:
                self.failure = str(error)
                self._wait_for(self.failure)
                await asyncio.sleep(CONNECT_EVERY)
                continue
            self.failure = None
            if mine is not None:
                break
            self._wait_for(self._why(locks.other_count))
            await asyncio.sleep(TRY_EVERY)
        log.info("this process has %s", in_words(mine))
        self.mine, self.waiting = mine, None
        self._changed()

    def _why(self, other_count: int | None) -> str:
        if other_count is not None:
            return f"another process counts {other_count} shards, and this one {self._count}"
        if self._wanted == (ALL,):
            return "shards are held by another process"
        if len(self._wanted) == 1:
            (ids,) = self._wanted
            return f"{in_words(ids)} {'are' if len(ids) > 1 else 'is'} held by another process"
        return f"shards {'; '.join(map(shown_ids, self._wanted))} are held by other processes"

    def _wait_for(self, why: str) -> None:
        if self.waiting != why:
            log.info("waiting: %s", why)
            self.waiting, self.waited = why, True
            self._changed()

    # ------------------------------------------------------------------ keeping

    async def _keep(self, locks: ShardLocks) -> None:
        """Look after the locks until another process has them."""
        what = in_words(self.mine)
        while True:
            try:
                await locks.look(after=LOOK_EVERY)
                continue
            except DatabaseError as error:
                log.warning("whether this process still has %s is not known; answers go on (%s)", what, error)
                self.failure = str(error)
            if not await self._taken_again(locks):
                log.error("another process has %s now", what)
                self.taken_over.set()
                return
            log.info("this process still has %s", what)
            self.failure = None

    async def _taken_again(self, locks: ShardLocks) -> bool:
        while True:
            with suppress(DatabaseError):
                await locks.connect()
                return await locks.take([self.mine]) is not None
            await asyncio.sleep(CONNECT_EVERY)

    async def close(self) -> None:
        """Wait no more, and let go of the shards: others may take them now. Twice does nothing more."""
        self._closed = True
        if self._locks is None:
            return
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await self._locks.close()

    # ------------------------------------------------------------------ identifying

    async def wait_for_turn(self, shard_id: int, at_once: int) -> bool:
        """Wait until this shard may identify, beside those of all other processes; Discord takes ``at_once`` of them.

        Returns False where there are no turns, and raises :class:`TimeoutError` where there are too many before this.
        """
        if self._locks is None:
            return False
        try:
            await self._locks.take_turn(shard_id % at_once, patience=TURN_PATIENCE, seconds=TURN_SECONDS)
        except DatabaseError as error:
            log.warning("shard %d identifies without a turn (%s)", shard_id, error)
            return False
        return True
