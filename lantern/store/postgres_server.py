"""A database on a PostgreSQL server: reached, brought up to date, and reached again after it was away.

asyncpg is imported with this module and not before: only who has such an address needs the extra `postgres`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg

from lantern.store import postgres_dialect
from lantern.store.addresses import shown
from lantern.store.engine import NOT_OPEN, DatabaseError, Parameters, RowRefusedError, Subject
from lantern.store.postgres_listener import CHANNEL, Listener
from lantern.store.sqlite_file import MIGRATIONS, migrations

log = logging.getLogger(__name__)

POSTGRES_MIGRATIONS = MIGRATIONS / "postgresql"
CONNECT_SECONDS = 5.0
"""How long a connection may take."""
STATEMENT_SECONDS = 60.0
"""How long a statement may take; figures of all time over ten million rows take a tenth of a second."""
CONNECTIONS = 4
"""At once, at most. Figures wait for one another, answers for none."""
UPGRADING = 7_226_531_001
"""The advisory lock under which one process at a time brings the tables up to date."""
ROWS_OF_MEMBERS = 7_226_531_002
"""The advisory lock that rows are written under, many at once, and a member is forgotten under, alone."""
WORK = 7_226_531
"""Of the advisory locks of two numbers, those of work that one process does at a time; the second is the work's."""
IN_USE = 7_226_531_003
"""The advisory lock that every running bot holds, many at once, and who moves or restores a database, alone."""
# asyncpg says InternalClientError where the server ended a session of which it was not asked anything just then.
UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
)
UNUSABLE = (*UNREACHABLE, asyncpg.PostgresError, ValueError, OverflowError)
"""What asyncpg raises where there is no connection to be had; the last two for an address that cannot be read."""

SETTINGS = {
    "application_name": "lantern",
    # A process whose machine died lets go of its locks within ten seconds: the server ends a session that does not
    # answer two probes, or does not confirm what it was sent.
    "tcp_keepalives_idle": "3",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": "7000",
    # A process that stopped in the middle of a transaction must not hold up who is to be forgotten, and all after them.
    "idle_in_transaction_session_timeout": "20s",
}
"""Set on every connection."""

POOLER = (
    "The database {address} is reached through a pooler such as PgBouncer, which does not keep a session for each "
    "client, or does not pass its settings on. Lantern holds locks as long as it runs: name the server itself in "
    "LANTERN_DATABASE."
)


def unusable(address: str, error: BaseException) -> str:
    """Why a database cannot be used, in a sentence, and what to do."""
    where = f"The database {shown(address)}"
    match error:
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            return (
                f"{where} refused the login ({error}). Check the user in LANTERN_DATABASE, and the password in "
                f"PGPASSWORD (of the process's environment, not of .env) or ~/.pgpass."
            )
        case asyncpg.InvalidCatalogNameError():
            return f"{where} is not there ({error}). Make it with `createdb`, or name another in LANTERN_DATABASE."
        case asyncpg.PostgresError() if error.sqlstate == "42501":
            return (
                f"{where} does not let its user do what is needed ({error}). Let the user own Lantern's tables, and "
                f"grant CREATE on their schema."
            )
        case asyncpg.InvalidSQLStatementNameError() | asyncpg.DuplicatePreparedStatementError():
            return POOLER.format(address=shown(address))
        case asyncpg.PostgresError() if "unsupported startup parameter" in str(error):
            return POOLER.format(address=shown(address))
        case ValueError() | OverflowError() if not isinstance(error, asyncpg.InterfaceError):
            # Their texts quote what stands where a port should be, which may be half a password.
            return (
                f"{where} has an address that cannot be read. Check LANTERN_DATABASE: in a password, `/` is written as "
                f"%2F, `#` as %23, `?` as %3F, `@` as %40 and `%` as %25."
            )
        case TimeoutError():
            return f"{where} did not answer within {CONNECT_SECONDS:.0f} seconds. Check LANTERN_DATABASE."
        case _:
            return f"{where} cannot be used ({error}). Check LANTERN_DATABASE, and that the server runs."


async def connect(address: str, *, seconds: float | None = None, **settings: str) -> Any:
    """One connection; a statement may take so many seconds. Raises :data:`UNUSABLE`."""
    return await asyncpg.connect(
        address, timeout=CONNECT_SECONDS, command_timeout=seconds, server_settings=SETTINGS | settings
    )


@asynccontextmanager
async def connected(address: str, **settings: str) -> AsyncIterator[Any]:
    """One connection by itself.

    Raises :class:`DatabaseError` where there is none, the server is too old, or a statement fails.
    """
    try:
        connection = await connect(address, seconds=STATEMENT_SECONDS, **settings)
    except UNUSABLE as error:
        raise DatabaseError(unusable(address, error)) from None
    try:
        check_age(address, connection)
        yield connection
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, TimeoutError) as error:
        raise DatabaseError(unusable(address, error)) from None
    finally:
        await let_go(connection)


async def let_go(connection: Any) -> None:
    """End a connection, and its locks before anything else is done."""
    try:
        with suppress(*UNUSABLE):
            await connection.execute("SELECT pg_advisory_unlock_all()", timeout=CONNECT_SECONDS)
    finally:
        connection.terminate()


def check_age(address: str, connection: Any) -> None:
    """Raises :class:`DatabaseError` where the server is too old."""
    server = connection.get_server_version()
    if server.major < postgres_dialect.OLDEST:
        raise DatabaseError(
            f"The server of {shown(address)} is PostgreSQL {server.major}; Lantern needs {postgres_dialect.OLDEST} or "
            f"newer."
        )


async def version_of(address: str, connection: Any) -> int | None:
    """Which migration a database had last; None for an empty one.

    Raises :class:`DatabaseError` where it is another program's.
    """
    if await connection.fetchval("SELECT to_regclass('lantern_version') IS NOT NULL"):
        version: int = await connection.fetchval("SELECT version FROM lantern_version")
        return version
    if await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"):
        raise DatabaseError(
            f"{shown(address)} is a database of another program. It was left untouched: name one for Lantern alone in "
            f"LANTERN_DATABASE."
        )
    return None


async def use(address: str, connection: Any, *, exclusive: bool) -> None:
    """Say that a bot uses the database, or that none may, until the connection ends.

    Raises :class:`DatabaseError` where it is the other way round already.
    """
    lock = "pg_try_advisory_lock" if exclusive else "pg_try_advisory_lock_shared"
    if await connection.fetchval(f"SELECT {lock}($1)", IN_USE):
        return
    if exclusive:
        raise DatabaseError(f"A bot is running on {shown(address)}. Stop it first; nothing was changed.")
    raise DatabaseError(f"{shown(address)} is being moved or restored. Start the bot when that is done.")


class PostgresReader:
    """Queries on one connection."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def fetch(self, statement: str, parameters: Parameters = ()) -> list[Any]:
        """Run one and return the rows that it gives."""
        text, names = postgres_dialect.statement(statement)
        return list(await self._connection.fetch(text, *postgres_dialect.parameters(names, dict(parameters))))


class PostgresTransaction(PostgresReader):
    """Statements of one transaction; see :class:`lantern.store.engine.Transaction`.

    ``words`` makes what is announced of a subject and a key.
    """

    def __init__(self, connection: Any, words: Callable[[str, int], str]) -> None:
        super().__init__(connection)
        self._words = words

    async def execute(self, statement: str, parameters: Parameters = ()) -> int:
        """Run one and return how many rows it changed."""
        text, names = postgres_dialect.statement(statement)
        done = await self._connection.execute(text, *postgres_dialect.parameters(names, dict(parameters)))
        # "INSERT 0 3", "UPDATE 3", "DELETE 3" (PostgreSQL's documentation, CommandComplete).
        last = done.rsplit(" ", 1)[-1]
        return int(last) if last.isdecimal() else 0

    async def copy_in(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Add rows as they are."""
        try:
            await self._connection.copy_records_to_table(table, columns=columns, records=rows)
        except OverflowError as error:
            # SQLite's numbers are all of 64 bits.
            raise RowRefusedError(str(error)) from error
        if "id" in columns:
            # Where the server counts the ids itself; elsewhere there is no sequence, and NULL changes nothing.
            highest = max(row[columns.index("id")] for row in rows)
            await self._connection.execute("SELECT setval(pg_get_serial_sequence($1, 'id'), $2)", table, highest)

    async def announce(self, subject: Subject, key: int) -> None:
        """Tell the other processes when this is done; the same twice is told once."""
        await self._connection.execute("SELECT pg_notify($1, $2)", CHANNEL, self._words(subject, key))


class PostgresServer:
    """One database on a server, reached by some connections.

    See :class:`lantern.store.engine.Engine` for what is done with it. The table ``lantern_version`` says which of the
    migrations it has had. ``address`` is one of libpq's (``postgresql://…``); what it leaves out, the password above
    all, is taken from libpq's environment variables and files (its documentation, 34.15 and 34.16).
    """

    batch_rows_max = postgres_dialect.BATCH_ROWS_MAX
    tables_query = postgres_dialect.TABLES

    def __init__(self, address: str, *, migrations_folder: Path = POSTGRES_MIGRATIONS) -> None:
        self._address = address
        self._migrations_folder = migrations_folder
        self._pool: Any = None
        self._presence: Any = None
        """The connection that shows that a bot runs on the database."""
        self._exclusive = False
        self._one_at_a_time = asyncio.Lock()
        self._lost = False
        self._listener = Listener(self._connect, lambda subject, key: self.hear(subject, key))
        self.is_saving = False
        self.news: list[str] = []
        self.trouble: str | None = None
        self.hear: Callable[[str, int], None] = lambda _subject, _key: None

    @property
    def is_open(self) -> bool:
        """Whether there are connections."""
        return self._pool is not None

    async def open(self, *, alone: bool = False, exclusive: bool = False) -> None:
        """Connect and bring the tables up to date.

        Raises :class:`lantern.store.engine.DatabaseError` where the server cannot be reached, refuses the login, is too
        old, or the database is a newer Lantern's or another program's (it is left untouched), or is in use.
        """
        self._exclusive = exclusive
        try:
            self._pool = await asyncpg.create_pool(
                self._address,
                # With a floor, asyncpg would try by itself to reach a server that is away, and log each try.
                min_size=0,
                max_size=CONNECTIONS,
                timeout=CONNECT_SECONDS,
                command_timeout=STATEMENT_SECONDS,
                server_settings=SETTINGS,
            )
            if alone or exclusive:
                await self._be_present()
            await self._bring_up_to_date()
            # Before anything is read, so that nothing that changes after the reading is missed.
            await self._listener.open()
        except BaseException as error:
            await self.close()
            if isinstance(error, UNUSABLE):
                raise DatabaseError(unusable(self._address, error)) from None
            raise

    async def _be_present(self) -> None:
        presence = await self._connect()
        try:
            await use(self._address, presence, exclusive=self._exclusive)
        except BaseException:
            presence.terminate()
            raise
        self._presence = presence

    async def _connect(self) -> Any:
        """A connection by itself, for what lives as long as it does."""
        return await connect(self._address)

    async def _bring_up_to_date(self) -> None:
        async with self._pool.acquire() as connection:
            check_age(self._address, connection)
            async with connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock($1)", UPGRADING)
                await self._migrate(connection)

    async def _migrate(self, connection: Any) -> None:
        """Run the migrations that the database has not had: all or none."""
        version = await version_of(self._address, connection)
        if version is None:
            version = 0
            await connection.execute("CREATE TABLE lantern_version (version INTEGER NOT NULL)")
            await connection.execute("INSERT INTO lantern_version VALUES (0)")
        scripts = migrations(self._migrations_folder)
        newest = scripts[-1][0]
        if version > newest:
            raise DatabaseError(
                f"{shown(self._address)} was written by a newer Lantern (version {version} of the database; this "
                f"program knows {newest}). It was left untouched: run the newer program."
            )
        for number, script in scripts:
            if number > version:
                await connection.execute(script.read_text(encoding="utf-8"))
                await connection.execute("UPDATE lantern_version SET version = $1", number)
                log.info("the database is at version %d (%s)", number, script.name)

    async def close(self) -> None:
        """Let go of the connections."""
        presence, self._presence = self._presence, None
        pool, self._pool = self._pool, None
        self._listener.close()
        try:
            if presence is not None:
                await let_go(presence)
            if pool is not None:
                with suppress(*UNREACHABLE, asyncpg.PostgresError):
                    async with asyncio.timeout(CONNECT_SECONDS):
                        await pool.close()
        finally:
            # Also where the caller gives up waiting.
            if pool is not None:
                pool.terminate()

    # ------------------------------------------------------------------ reading and writing

    @asynccontextmanager
    async def transaction(self, *, before_all_rows: bool = False) -> AsyncIterator[PostgresTransaction]:
        """Everything inside is done, or nothing; another transaction of this process waits until this one ends."""
        lock = "pg_advisory_xact_lock" if before_all_rows else "pg_advisory_xact_lock_shared"
        # In a stricter isolation, what is committed while this waits for the lock would not be seen.
        begun = {"isolation": "read_committed"}
        async with self._one_at_a_time, self._connection() as connection, connection.transaction(**begun):
            await connection.execute(f"SELECT {lock}($1)", ROWS_OF_MEMBERS)
            yield PostgresTransaction(connection, self._listener.words)

    @asynccontextmanager
    async def lock(self, name: str) -> AsyncIterator[bool]:
        """Whether the work of this name is this process's alone while the block runs; waits for nobody."""
        with self._told():
            connection = await self._connect()
        try:
            with self._told():
                mine = await connection.fetchval("SELECT pg_try_advisory_lock($1, hashtext($2))", WORK, name)
            yield mine
        finally:
            await let_go(connection)

    async def execute(self, statement: str, parameters: Parameters) -> int:
        """A transaction of one statement."""
        async with self.transaction() as transaction:
            return await transaction.execute(statement, parameters)

    async def fetch(self, statement: str, parameters: Parameters) -> list[Any]:
        """All rows of a query, not waiting for a transaction."""
        async with self._connection() as connection:
            return await PostgresReader(connection).fetch(statement, parameters)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        if self._pool is None:
            raise DatabaseError(NOT_OPEN)
        with self._told():
            async with self._pool.acquire(timeout=CONNECT_SECONDS) as connection:
                yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        """asyncpg's errors as the store's own, and a connection that broke remembered as that."""
        try:
            yield
        except asyncpg.PostgresError as error:
            self._lost |= isinstance(error, asyncpg.PostgresConnectionError | asyncpg.OperatorInterventionError)
            # Without its details, which quote the row; and a refusal without what it refuses.
            said = str(error.args[0])
            if postgres_dialect.is_refusal(error.sqlstate):
                raise RowRefusedError(said.partition(": ")[0]) from error
            raise DatabaseError(said) from error
        except UNREACHABLE as error:
            self._lost = True
            # Of a transaction whose connection broke, asyncpg says that it cannot be ended; before that it said why.
            why = error.__context__ if isinstance(error, asyncpg.InterfaceError) and error.__context__ else error
            raise DatabaseError(str(why) or type(why).__name__) from error

    # ------------------------------------------------------------------ looking after the server

    async def erase(self, *_traces: bytes) -> bool:
        """The server overwrites by itself what was deleted, in its own time (docs/scale.md)."""
        return True

    async def refuse(self, why: str) -> None:
        """Let go of the database until this process ends."""
        self.trouble = why
        log.error("%s", why)
        await self.close()

    async def look_after(self) -> bool:
        """Notice a server that is away, or back. Returns whether it was away: then what was read is read again."""
        await self.fetch("SELECT 1", {})
        if self._presence is not None and self._presence.is_closed():
            with self._told():
                await self._be_present()
        with self._told():
            self._lost |= await self._listener.look_after()
        back, self._lost = self._lost, False
        return back
