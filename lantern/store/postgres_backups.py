"""Backups of a database on a server: made by pg_dump, checked by pg_restore, and put back through psql.

The programs are PostgreSQL's own and have to be installed, in the server's version or a newer one. The password reaches
them in their environment, never in their words, which others on the machine can read.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from lantern.store import postgres_dialect
from lantern.store.addresses import shown, without_password
from lantern.store.backups import BACKUP_PART, DUMP, BackupError, free_name, stamp, whole_file
from lantern.store.engine import DatabaseError
from lantern.store.key_file import CHECK_WITHIN
from lantern.store.postgres_server import POSTGRES_MIGRATIONS, connected, use, version_of
from lantern.store.sqlite_file import newest_version

LANTERNS = {"lantern_version", "questions", "secrets"}
"""Tables that every database of Lantern's has."""
TABLE_DATA = re.compile(r"^\d+; \d+ \d+ TABLE DATA \S+ (\S+) ", re.MULTILINE)
"""A table's line in the list that pg_restore gives of a dump."""
VERSION = re.compile(r"^COPY \S*lantern_version .*\n(\d+)$", re.MULTILINE)
CHUNK = 1 << 16
STATEMENT_FAILED = 3
"""psql's exit status where a statement was refused, and not the connection lost."""


async def back_up(address: str, target: Path) -> None:
    """Dump the database to ``target``, whether or not a bot runs; it appears only when it was read again as a whole.

    Raises :class:`BackupError`.
    """
    try:
        async with _connected(address) as connection:
            if await version_of(address, connection) is None:
                raise BackupError(f"There is nothing in {shown(address)} to back up.")
            await _check_programs(connection.get_server_version().major)
            await _dump(address, target, await _tables(connection))
    except OSError as error:
        raise BackupError(f"No backup was made at {target} ({error}).") from error


async def _dump(address: str, target: Path, tables: Sequence[str]) -> None:
    bare, environment = _for_programs(address)
    # Only the tables: what else an administrator has put there could not be put back by the bot's user.
    wanted = [f"--table={table}" for table in tables]
    how = ("--format=custom", "--no-owner", "--no-privileges", "--no-password")
    with whole_file(target, BACKUP_PART) as part:
        await _said("pg_dump", *how, *wanted, f"--file={part}", f"--dbname={bare}", environment=environment)
        inside = await _tables_in(part)
        if missing := {table.rpartition(".")[2] for table in tables} - inside:
            raise BackupError(f"No backup was made at {target}: {', '.join(sorted(missing))} is not in it.")


async def restore(address: str, dump: Path, moment: datetime, folder: Path) -> Path | None:
    """Put a dump in the place of what is in the database, in one transaction.

    Returns the dump that was made before of what is gone, in ``folder``, if there was something. Raises
    :class:`BackupError` where a bot is running on the database, or the dump is damaged, not Lantern's, or a newer
    Lantern's.
    """
    await asyncio.to_thread(_look_at, dump)
    try:
        async with _connected(address) as connection:
            await _check_programs(connection.get_server_version().major)
            version, newest = await _version_in(dump), newest_version(POSTGRES_MIGRATIONS)
            if version > newest:
                raise BackupError(
                    f"{dump} is of a newer Lantern (version {version} of the database; this program knows "
                    f"{newest}). Nothing was changed."
                )
            await use(address, connection, exclusive=True)
            kept = None
            tables = await _tables(connection)
            if await version_of(address, connection) is not None:
                kept = free_name(folder / f"lantern.replaced-{stamp(moment)}", DUMP)
                await _dump(address, kept, tables)
            try:
                await _put_in_place(address, dump, tables)
            except InDoubtError as error:
                raise BackupError(f"{error} What was there before is kept as {kept}.") from error
            except BackupError:
                if kept is not None:
                    kept.unlink()
                raise
            return kept
    except OSError as error:
        raise BackupError(f"{dump} could not be put in place ({error}). Nothing was changed.") from error


async def check_within(address: str) -> bytes | None:
    """What the key of members' codes is known by (`lantern.store.key_file`). Raises :class:`BackupError`."""
    async with _connected(address) as connection:
        found: bytes | None = await connection.fetchval(CHECK_WITHIN)
        return found


def _look_at(dump: Path) -> None:
    """Raises :class:`BackupError` where there is no file, or one of the other kind."""
    if not dump.is_file():
        raise BackupError(f"There is no file {dump}.")
    with dump.open("rb") as file:
        if file.read(6) == b"SQLite":
            raise BackupError(
                f"{dump} is a SQLite file. `python bot.py move-database` copies it into an empty database on a server."
            )


class InDoubtError(Exception):
    """The connection ended while what was restored was committed."""


async def _put_in_place(address: str, dump: Path, tables: Sequence[str]) -> None:
    """Hand what pg_restore says to psql, between BEGIN and COMMIT: without the COMMIT nothing is changed.

    Raises :class:`BackupError` where nothing was, and :class:`InDoubtError` where that is not known.
    """
    bare, environment = _for_programs(address)
    how = ("--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", f"--dbname={bare}")
    # All that are there, and not those of the dump alone: after an upgrade there are more.
    drop = f"DROP TABLE {', '.join(tables)};\n" if tables else ""
    committing = False
    async with (
        _started("pg_restore", "--no-owner", "--no-privileges", "--file=-", str(dump)) as source,
        _started("psql", *how, environment=environment) as target,
    ):
        complaints = [asyncio.create_task(_last_words(each)) for each in (source, target)]
        silence = asyncio.create_task(target.stdout.read())
        # psql ends at its first error, and then takes no more.
        with suppress(ConnectionError):
            # Whoever still reads them (`bot.py insights`) is not waited for without end.
            target.stdin.write(f"BEGIN;\nSET LOCAL lock_timeout = '10s';\n{drop}".encode())
            while chunk := await source.stdout.read(CHUNK):
                target.stdin.write(chunk)
                await target.stdin.drain()
            committing = await source.wait() == 0
            if committing:
                target.stdin.write(b"\nCOMMIT;\n")
            target.stdin.close()
        if status := await target.wait():
            if committing and status != STATEMENT_FAILED:
                raise InDoubtError(f"Whether {dump} is in place is not known ({await complaints[1]}).")
            raise BackupError(f"{dump} could not be put in place ({await complaints[1]}). Nothing was changed.")
        await silence
        if await source.wait():
            raise BackupError(f"{dump} could not be read ({await complaints[0]}). Nothing was changed.")


async def _version_in(dump: Path) -> int:
    """Which version of the database was dumped. Raises :class:`BackupError` unless it is a sound one of Lantern's."""
    if not await _tables_in(dump) >= LANTERNS:
        raise BackupError(f"{dump} is a dump, but not one of Lantern's.")
    text = await _said("pg_restore", "--data-only", "--table=lantern_version", "--file=-", str(dump))
    found = VERSION.search(text)
    if found is None:
        raise BackupError(f"{dump} does not say which version it is of.")
    return int(found[1])


async def _tables_in(dump: Path) -> set[str]:
    """The tables whose rows are in a dump. Raises :class:`BackupError` unless all of it can be read."""
    try:
        listed = await _said("pg_restore", "--list", str(dump))
        # The list stands at the front; only this reads and unpacks the rest.
        await _said("pg_restore", f"--file={os.devnull}", str(dump))
    except BackupError as error:
        raise BackupError(f"{dump} is not a sound dump ({error}).") from error
    return set(TABLE_DATA.findall(listed))


# ---------------------------------------------------------------------- the server


@asynccontextmanager
async def _connected(address: str) -> AsyncIterator[Any]:
    """A connection; its errors are :class:`BackupError`."""
    try:
        async with connected(address) as connection:
            yield connection
    except DatabaseError as error:
        raise BackupError(str(error)) from error


async def _tables(connection: Any) -> list[str]:
    """The tables that are there, each with its schema."""
    names = sorted({row["name"] for row in await connection.fetch(postgres_dialect.TABLES)})
    schema = await connection.fetchval("SELECT quote_ident(current_schema())")
    return [f"{schema}.{name}" for name in names]


# ---------------------------------------------------------------------- the programs


async def _check_programs(server: int) -> None:
    """Raises :class:`BackupError` where a program is missing, or older than the server."""
    if missing := [name for name in ("pg_dump", "pg_restore", "psql") if shutil.which(name) is None]:
        raise BackupError(
            f"{', '.join(missing)} cannot be found: backups on a server need PostgreSQL's client programs, version "
            f"{server} or newer."
        )
    said = await _said("pg_dump", "--version")
    found = re.search(r"\) (\d+)", said)
    if found is not None and int(found[1]) < server:
        raise BackupError(
            f"pg_dump is of PostgreSQL {found[1]} and cannot read a server of version {server}: install PostgreSQL's "
            f"client programs, version {server} or newer."
        )


def _for_programs(address: str) -> tuple[str, Mapping[str, str]]:
    """An address without its password, and the environment that has it."""
    bare, password = without_password(address)
    return bare, {"PGPASSWORD": password} if password is not None else {}


@asynccontextmanager
async def _started(program: str, *arguments: str, environment: Mapping[str, str] | None = None) -> AsyncIterator[Any]:
    """One of the programs, running; it is ended when the caller leaves."""
    # The bot's token and settings are nothing that they need.
    own = {name: value for name, value in os.environ.items() if not name.startswith(("DISCORD_", "LANTERN_"))}
    process = await asyncio.create_subprocess_exec(
        shutil.which(program) or program,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # In English, so that the log is in one language.
        env={**own, **(environment or {}), "LC_ALL": "C"},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _said(program: str, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """What one of the programs prints. Raises :class:`BackupError` with why it failed."""
    async with _started(program, *arguments, environment=environment) as process:
        out, complaint = await process.communicate()
    if process.returncode:
        raise BackupError(_reason(complaint) or f"{program} ended with status {process.returncode}")
    return str(out.decode(errors="replace"))


async def _last_words(process: Any) -> str:
    return _reason(await process.stderr.read())


def _reason(complaint: bytes) -> str:
    """The first line that says what went wrong. Those after it can quote rows."""
    lines = [line for line in complaint.decode(errors="replace").splitlines() if "error:" in line.lower()]
    return lines[0].strip() if lines else ""
