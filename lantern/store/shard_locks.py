"""Which process has which shards: locks that a session holds on the PostgreSQL server for as long as it is there.

The server frees them when the process ends, however it ends, and within ten seconds after its machine died (the
keepalives of `lantern.store.postgres_server`). So nobody has to say that they live, and no clock is asked.

asyncpg is imported with this module and not before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from lantern.store.addresses import shown
from lantern.store.engine import DatabaseError
from lantern.store.postgres_server import POOLER, UNUSABLE, connect, unusable

COMMAND_SECONDS = 10.0
"""How long the server may take for a lock or a look; after that the connection counts as lost. Longer than the server
waits for who does not answer: to give up a session because the server is slow is to give up its locks."""
CLOSE_SECONDS = 0.4
"""How long taking leave of the server may take; the whole stop has five seconds."""

# Numbers of advisory locks. They hold in one database, and no other part of Lantern has the same.
SOME_OR_ALL = 7_226_531_101
"""Held alone by a process with all shards, and together by those with some: how many there are may not be known yet."""
TAKING = 7_226_531_102
"""Held while locks are taken, so that of two who want some of the same shards one gets all that it wants."""
SHARD = 722_653_101
"""With a shard's id as second number: held by the process that has it."""
COUNT = 722_653_102
"""With the number of all shards as second number: held by all who count so many."""
IDENTIFY = 722_653_103
"""With a number as second number: held by who identifies, see :meth:`ShardLocks.take_turn`."""

OTHER_COUNT = """
    SELECT min(objid::bigint) FROM pg_locks
     WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND classid = $1 AND objsubid = 2 AND objid <> $2
"""
TAKE_SHARDS = "SELECT bool_and(pg_try_advisory_lock($1, id)) FROM unnest($2::int[]) AS id"
END_SESSION = "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2"
OWN_SESSION = "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
OWN_PID = "SELECT pg_backend_pid()"


class ShardLocks:
    """The locks of one process, on a connection of its own.

    ``count`` is how many shards all processes have together; None where Discord decides, and one process has them all.
    Where the server cannot be reached, methods raise :class:`lantern.store.engine.DatabaseError`; then the connection
    is gone, and the locks with it, until :meth:`connect`.
    """

    def __init__(self, address: str, count: int | None) -> None:
        self._address = address
        self._count = count
        self._connection: Any = None
        self._session: Any = None
        self._ended = asyncio.Event()
        self._turns: set[Any] = set()
        self.other_count: int | None = None
        """What another process takes for the number of all shards, where that kept :meth:`take` from taking some."""

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection. One that broke since the last :meth:`look` may still be said to be there."""
        return self._connection is not None

    async def connect(self) -> None:
        """Connect, for the first time or again. Raises also where a pooler stands in between."""
        with self._told():
            self._connection = await self._connected()
            self._ended = ended = asyncio.Event()
            self._connection.add_termination_listener(lambda _: ended.set())
            if self._session is None:
                await self._refuse_pooler()
            else:
                # The server may not have noticed that it is gone, and would keep our own locks from us.
                await self._connection.fetch(END_SESSION, *self._session)
            self._session = await self._connection.fetchrow(OWN_SESSION)

    async def _refuse_pooler(self) -> None:
        """Behind a pooler a client that is idle shares the server's session with one that is in a transaction."""
        own = await self._connection.fetchval(OWN_PID)
        other = await self._connected()
        try:
            async with other.transaction():
                shared = own == await other.fetchval(OWN_PID) or own != await self._connection.fetchval(OWN_PID)
        finally:
            other.terminate()
        if shared:
            raise self._pooler()

    def _pooler(self) -> DatabaseError:
        return DatabaseError(POOLER.format(address=shown(self._address)))

    async def _connected(self) -> Any:
        return await connect(self._address, seconds=COMMAND_SECONDS)

    async def take(self, sets: Sequence[tuple[int, ...]]) -> tuple[int, ...] | None:
        """Take the first set whose shards are all free, and return it; None where there is none. Connect first.

        A set without ids is all shards.
        """
        self.other_count = None
        with self._told():
            async with self._connection.transaction():
                await self._connection.execute("SELECT pg_advisory_xact_lock($1)", TAKING)
                for ids in sets:
                    if await self._took(ids):
                        return ids
                    await self._connection.execute("SELECT pg_advisory_unlock_all()")
        return None

    async def _took(self, ids: tuple[int, ...]) -> bool:
        connection = self._connection
        if not ids:
            return bool(await connection.fetchval("SELECT pg_try_advisory_lock($1)", SOME_OR_ALL))
        if not await connection.fetchval("SELECT pg_try_advisory_lock_shared($1)", SOME_OR_ALL):
            return False
        self.other_count = await connection.fetchval(OTHER_COUNT, COUNT, self._count)
        if self.other_count is not None:
            return False
        await connection.execute("SELECT pg_advisory_lock_shared($1, $2)", COUNT, self._count)
        return bool(await connection.fetchval(TAKE_SHARDS, SHARD, ids))

    async def look(self, *, after: float = 0) -> None:
        """Make sure that the server still has this session, and with it the locks.

        That is ``after`` so many seconds, or as soon as the connection ends.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), after)
        with self._told():
            if await self._connection.fetchval(OWN_PID) != self._session["pid"]:
                raise self._pooler()

    async def take_turn(self, number: int, *, patience: float, seconds: float) -> None:
        """Wait until no process has this turn, and have it for so many seconds.

        Raises :class:`TimeoutError` where it was not free within ``patience`` seconds, and
        :class:`lantern.store.engine.DatabaseError` where the server cannot be reached; the shards' locks stay.
        """
        connection = None
        try:
            # Another connection, since one that waits cannot look whether the locks are still there.
            connection = await self._connected()
            await connection.execute("SELECT pg_advisory_lock($1, $2)", IDENTIFY, number, timeout=patience)
        except BaseException as error:
            if connection is not None:
                connection.terminate()
                if isinstance(error, TimeoutError):
                    raise
            if isinstance(error, UNUSABLE):
                raise DatabaseError(unusable(self._address, error)) from None
            raise
        self._turns.add(connection)
        asyncio.get_running_loop().call_later(seconds, self._end_turn, connection)

    def _end_turn(self, connection: Any) -> None:
        self._turns.discard(connection)
        connection.terminate()

    async def close(self) -> None:
        """Let go of all locks. Raises nothing; twice does nothing more."""
        for turn in list(self._turns):
            self._end_turn(turn)
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*UNUSABLE):
                await connection.close(timeout=CLOSE_SECONDS)
            connection.terminate()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """asyncpg's errors as the store's own; the connection, whatever is left of it, is given up."""
        try:
            yield
        except (*UNUSABLE, DatabaseError) as error:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.terminate()
            if isinstance(error, DatabaseError):
                raise
            raise DatabaseError(unusable(self._address, error)) from None
