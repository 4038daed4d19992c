"""The tests' own PostgreSQL server, proven with bare asyncpg before Lantern runs on it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.discord.state import PATIENCE
from tests.support import postgres as support
from tests.support.postgres import Postgres
from tests.support.programs import python

GONE = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError)
"""How asyncpg tells that its connection is no more, or that nobody is there to connect to."""


@pytest.fixture
async def connection(postgres_database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to an empty database, with one table and one row."""
    connection = await asyncpg.connect(postgres_database)
    await connection.execute("CREATE TABLE kept (word text)")
    await connection.execute("INSERT INTO kept VALUES ('one')")
    yield connection
    connection.terminate()


async def kept(address: str) -> list[str]:
    """The words in the table, over a connection of its own."""
    connection = await asyncpg.connect(address)
    try:
        return [row["word"] for row in await connection.fetch("SELECT word FROM kept ORDER BY word")]
    finally:
        await connection.close()


async def test_a_database_is_empty_in_utf8_and_sorts_as_c_does(postgres_database: str) -> None:
    connection = await asyncpg.connect(postgres_database)
    assert await connection.fetchval("SHOW server_encoding") == "UTF8"
    assert await connection.fetchval("SELECT array_agg(w ORDER BY w) FROM unnest('{b,Z,é,a}'::text[]) w") == [*"Zabé"]
    assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    await connection.close()


async def test_databases_know_nothing_of_one_another(
    postgres: Postgres, postgres_database: str, connection: asyncpg.Connection
) -> None:
    other = postgres.new_database()
    assert other != postgres_database
    with pytest.raises(asyncpg.UndefinedTableError):
        await kept(other)


async def test_the_owner_of_a_database_is_no_administrator(connection: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("CREATE ROLE another")


async def test_a_database_that_was_used_is_handed_out_empty(
    postgres: Postgres, postgres_database: str, connection: asyncpg.Connection
) -> None:
    everything = "SELECT count(*), (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_namespace) FROM pg_class"
    name = await connection.fetchval("SELECT current_database()")
    await connection.execute("CREATE SCHEMA more CREATE TABLE most (number serial PRIMARY KEY)")
    await connection.execute("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    new = postgres.administer(everything, database="template1")
    assert postgres.administer(everything, database=name) != new

    postgres.restore()
    with pytest.raises(GONE):
        await connection.fetchval("SELECT 1")
    assert postgres_database in (postgres.new_database(), postgres.new_database())
    assert postgres.administer(everything, database=name) == new
    assert postgres.administer("SHOW default_transaction_read_only", database=name) == "off"


@pytest.mark.parametrize("mode", ["fast", "immediate", "kill"])
async def test_a_server_that_ended_breaks_connections_and_has_all_that_was_committed_when_it_starts(
    postgres: Postgres, postgres_database: str, connection: asyncpg.Connection, mode: str
) -> None:
    open_transaction = await asyncpg.connect(postgres_database)
    await open_transaction.execute("BEGIN; INSERT INTO kept VALUES ('never')")
    if mode == "kill":
        postgres.kill()
    else:
        postgres.stop("fast" if mode == "fast" else "immediate")
    with pytest.raises(GONE):
        await connection.fetchval("SELECT 1")
    with pytest.raises(GONE):
        await asyncpg.connect(postgres_database)

    postgres.start()
    assert await kept(postgres_database) == ["one"]
    open_transaction.terminate()


async def test_a_server_ends_while_a_query_runs(postgres: Postgres, connection: asyncpg.Connection) -> None:
    waiting = asyncio.create_task(connection.execute("SELECT pg_sleep(600)"))
    running = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    async with asyncio.timeout(PATIENCE):
        while await asyncio.to_thread(postgres.administer, running) != "1":
            pass
    await asyncio.to_thread(postgres.kill)
    with pytest.raises(GONE):
        await waiting


async def test_connections_are_cut_and_new_ones_made(
    postgres: Postgres, postgres_database: str, connection: asyncpg.Connection
) -> None:
    assert postgres.cut() == 1
    with pytest.raises(GONE):
        await connection.fetchval("SELECT 1")
    assert await kept(postgres_database) == ["one"]
    assert postgres.cut() == 0


async def test_a_server_that_is_read_only_refuses_to_write_until_it_is_not(
    postgres: Postgres, postgres_database: str, connection: asyncpg.Connection
) -> None:
    write = "INSERT INTO kept VALUES ('two')"
    postgres.read_only()
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await connection.execute(write)
    assert await kept(postgres_database) == ["one"]
    postgres.read_only(False)
    await connection.execute(write)
    assert await kept(postgres_database) == ["one", "two"]


async def test_every_fault_is_taken_back(postgres: Postgres, postgres_database: str) -> None:
    postgres.read_only()
    postgres.kill()
    postgres.restore()
    connection = await asyncpg.connect(postgres_database)
    await connection.execute("CREATE TABLE kept (word text)")
    await connection.close()


def test_a_server_that_does_not_start_says_why(postgres: Postgres) -> None:
    postgres.stop()
    settings = postgres.folder / "data" / "postgresql.auto.conf"
    before = settings.read_bytes()
    settings.write_text("work_mem = much\n")
    with pytest.raises(RuntimeError, match='invalid value for parameter "work_mem"'):
        postgres.start()
    settings.write_bytes(before)


@pytest.mark.usefixtures("postgres_server")
def test_a_server_goes_with_its_process_however_that_ends() -> None:
    made = "from tests.support import postgres; server = postgres.Postgres(postgres.installed())"
    told = "print(server.folder, (server.folder / 'data' / 'postmaster.pid').read_text().split()[0], flush=True)"
    ended = python("-c", f"{made}; {told}; import os; os._exit(7)")
    assert ended.returncode == 7, ended.stderr
    folder, process = ended.stdout.split()
    given_up = time.monotonic() + PATIENCE
    while Path(folder).exists():
        assert time.monotonic() < given_up
        time.sleep(0.01)
    command = Path("/proc", process, "cmdline")
    assert not command.exists() or folder not in command.read_text()


def test_programs_are_found_on_the_path_and_where_debian_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(folder: Path, *names: str) -> Path:
        folder.mkdir(parents=True)
        for name in names:
            (folder / name).touch(mode=0o755)
        return folder

    monkeypatch.setattr(support, "DEBIAN", tmp_path / "debian")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    assert support.installed() is None
    install(tmp_path / "debian" / "17" / "bin", "psql", "pg_ctl")
    assert support.installed() is None
    older = install(tmp_path / "debian" / "9.6" / "bin", *support.PROGRAMS)
    assert support.installed() == older
    newer = install(tmp_path / "debian" / "16" / "bin", *support.PROGRAMS)
    assert support.installed() == newer
    on_path = install(tmp_path / "path", *support.PROGRAMS)
    assert support.installed() == on_path


def test_without_a_server_tests_are_skipped_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(support, "installed", lambda: None)
    reason = "no PostgreSQL server on this machine (looked for initdb on PATH and in /usr/lib/postgresql/*/bin)"
    with pytest.raises(pytest.skip.Exception, match=re.escape(reason)):
        next(support.postgres_server.__wrapped__())  # type: ignore[attr-defined]
