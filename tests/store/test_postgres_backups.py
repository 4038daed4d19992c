"""Backups of a database on a server: dumped while a bot runs, checked, put back in one piece, and refused in words."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import asyncpg
import pytest

from lantern.store import backups, copies, moving
from lantern.store.database import Database
from lantern.store.sqlite_file import newest_version
from tests.discord.state import PATIENCE
from tests.support.programs import run
from tests.support.reliability import tried
from tests.support.rows import ask, everything, fill_every_table, found, key_of, opened

QUESTIONS = "SELECT count(*) FROM questions"
SECRET = "not-to-be-seen"

Call: TypeAlias = "Callable[..., subprocess.CompletedProcess[str]]"
BackUp: TypeAlias = "Callable[[Path], Path]"

pytestmark = pytest.mark.skipif(shutil.which("pg_dump") is None, reason="pg_dump is not on PATH")


@pytest.fixture
def call(tmp_path: Path, postgres_database: str) -> Call:
    """``bot.py`` on the server's database, with a state folder of its own."""

    def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        ours = {"LANTERN_DATABASE": postgres_database, "LANTERN_STATE_FOLDER": str(tmp_path / "state")}
        return run(*arguments, **{**ours, **environment})

    return call


@pytest.fixture
def back_up(call: Call) -> BackUp:
    """Backs the server's database up to a file, and returns that."""

    def back_up(dump: Path) -> Path:
        assert call("backup", str(dump)).returncode == 0
        return dump

    return back_up


@pytest.fixture
async def full(tmp_path: Path, postgres_database: str) -> Path:
    """The server's database has rows in every table; this file has the same."""
    file = tmp_path / "full.sqlite3"
    async with opened(file):
        pass
    fill_every_table(file, rows=7)
    await moving.move(file, postgres_database)
    return file


async def all_of(address: str, file: Path) -> list[str]:
    """All that a server's database holds, written into a new file for that."""
    await moving.move(address, file)
    return everything(file)


async def test_a_full_cycle_backed_up_beside_a_bot_restored_and_compared(
    call: Call, full: Path, tmp_path: Path, postgres_database: str
) -> None:
    bot = Database(postgres_database)
    await bot.open(alone=True)

    made = call("backup")

    (backup,) = (tmp_path / "state" / "backups").iterdir()
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.startswith(f"{backup}: ")
    assert backups.made_at(backup) is not None
    assert backup.stat().st_mode & 0o777 == 0o600
    await ask(bot, 1_000, 1)
    refused = call("restore", str(backup))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"A bot is running on {postgres_database}. Stop it first; nothing was changed.\n"
    await bot.close()
    later = await all_of(postgres_database, tmp_path / "later.sqlite3")

    restored = call("restore", str(backup))

    assert (restored.returncode, restored.stderr) == (0, "")
    (kept,) = backup.parent.glob("lantern.replaced-*Z.dump")
    assert str(kept) in restored.stdout
    assert await all_of(postgres_database, tmp_path / "restored.sqlite3") == everything(full)
    async with opened(postgres_database) as database:
        await ask(database, 2_000, 1)
        assert await found(database, "SELECT id FROM questions WHERE interaction_id = 2000") == [(8,)]

    before = kept.read_bytes()
    assert call("restore", str(kept)).returncode == 0
    assert kept.read_bytes() == before
    assert len([*backup.parent.glob("lantern.replaced-*.dump")]) == 2
    assert await all_of(postgres_database, tmp_path / "again.sqlite3") == later
    tried(
        "The machine",
        "a new server: backed up beside a bot, restored, compared",
        saw="(no member in this test: the rows alone)",
        lost="what was asked since the backup; a dump of what was replaced is kept",
    )


async def test_a_dump_goes_into_an_empty_database_and_the_members_stay_the_same(
    call: Call,
    back_up: BackUp,
    tmp_path: Path,
    postgres_database: str,
) -> None:
    async with opened(postgres_database) as database:
        await ask(database, 0, 3)
        member_key = await key_of(database, file=tmp_path / "lantern.key")
    dump = back_up(tmp_path / "off.dump")
    connection = await asyncpg.connect(postgres_database)
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.execute(f"DROP TABLE {', '.join(row['tablename'] for row in tables)}")
    await connection.close()

    restored = call("restore", str(dump))

    assert (restored.returncode, restored.stdout) == (0, f"{postgres_database} is now {dump}.\n")
    async with opened(postgres_database) as database:
        assert await found(database, QUESTIONS) == [(3,)]
        assert await key_of(database, file=tmp_path / "lantern.key") == member_key


async def test_a_restore_takes_away_what_a_newer_lantern_added(
    call: Call,
    back_up: BackUp,
    tmp_path: Path,
    postgres_database: str,
) -> None:
    """A rollback: the old program would stumble over the new tables at its next upgrade."""
    async with opened(postgres_database):
        pass
    dump = back_up(tmp_path / "older.dump")
    connection = await asyncpg.connect(postgres_database)
    await connection.execute("CREATE TABLE of_the_future (id int); UPDATE lantern_version SET version = 9000")
    assert call("status").returncode == 1

    assert call("restore", str(dump)).returncode == 0

    assert await connection.fetchval("SELECT to_regclass('of_the_future')") is None
    assert await connection.fetchval("SELECT version FROM lantern_version") == newest_version()
    await connection.close()


async def test_a_restore_that_fails_half_way_changes_nothing(
    call: Call,
    back_up: BackUp,
    full: Path,
    tmp_path: Path,
    postgres_database: str,
) -> None:
    dump = back_up(tmp_path / "good.dump")
    connection = await asyncpg.connect(postgres_database)
    # Indexes are made when all rows are there.
    await connection.execute("DROP INDEX links_linked_at; CREATE SEQUENCE links_linked_at; DELETE FROM questions")

    refused = call("restore", str(dump))

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.count("\n") == 1
    assert 'relation "links_linked_at" already exists' in refused.stderr
    assert refused.stderr.endswith("Nothing was changed.\n")
    assert await connection.fetchval("SELECT count(*) FROM daily_topics") == 7
    assert await connection.fetchval(QUESTIONS) == 0
    assert not list(tmp_path.rglob("*.replaced-*"))
    await connection.close()


async def test_a_connection_that_is_lost_at_the_end_leaves_what_was_there_in_a_dump(
    call: Call,
    back_up: BackUp,
    full: Path,
    tmp_path: Path,
    postgres_database: str,
) -> None:
    """Nobody knows then whether the server still heard the COMMIT."""
    dump = back_up(tmp_path / "good.dump")
    program(tmp_path / "lost", "psql", "cat > /dev/null; echo 'psql: error: connection to server was lost' >&2; exit 2")

    ended = call("restore", str(dump), PATH=f"{tmp_path / 'lost'}{os.pathsep}{os.environ['PATH']}")

    (kept,) = tmp_path.rglob("lantern.replaced-*.dump")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"Whether {dump} is in place is not known (psql: error: connection to server was lost). What was there before "
        f"is kept as {kept}.\n"
    )


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("missing", "There is no file"),
        ("rubbish", "is not a sound dump"),
        ("cut off", "is not a sound dump"),
        ("of another program", "but not one of Lantern's"),
        ("of a newer Lantern", "is of a newer Lantern (version 9000"),
        ("a file of SQLite", "move-database"),
    ],
)
async def test_what_is_no_backup_is_not_restored(
    call: Call,
    back_up: BackUp,
    full: Path,
    tmp_path: Path,
    postgres_database: str,
    what: str,
    said: str,
) -> None:
    dump = tmp_path / "x.dump"
    connection = await asyncpg.connect(postgres_database)
    if what == "rubbish":
        dump.write_bytes(os.urandom(1_000))
    elif what == "cut off":
        back_up(dump)
        dump.write_bytes(dump.read_bytes()[:-1_500])
    elif what == "of another program":
        await connection.execute("CREATE TABLE invoices (number int)")
        subprocess.run(["pg_dump", "-Fc", "-t", "invoices", "-f", dump, "-d", postgres_database], check=True)
        await connection.execute("DROP TABLE invoices")
    elif what == "of a newer Lantern":
        await connection.execute("UPDATE lantern_version SET version = 9000")
        back_up(dump)
        await connection.execute("UPDATE lantern_version SET version = $1", newest_version())
    elif what == "a file of SQLite":
        dump = full
    await connection.close()

    refused = call("restore", str(dump))

    assert (refused.returncode, refused.stdout) == (1, "")
    assert said in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert await all_of(postgres_database, tmp_path / "after.sqlite3") == everything(full)
    assert not list(tmp_path.rglob("*.replaced-*"))


async def test_another_programs_database_is_neither_backed_up_nor_replaced(
    call: Call,
    back_up: BackUp,
    tmp_path: Path,
    postgres_database: str,
) -> None:
    async with opened(postgres_database):
        pass
    dump = back_up(tmp_path / "x.dump")
    connection = await asyncpg.connect(postgres_database)
    await connection.execute("DROP TABLE lantern_version")

    for refused in (call("backup"), call("restore", str(dump))):
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr.startswith(f"{postgres_database} is a database of another program.")
    await connection.close()


def test_an_empty_database_is_not_backed_up(call: Call) -> None:
    refused = call("backup")

    assert refused.returncode == 1
    assert refused.stderr.startswith("There is nothing in postgresql://")


# ---------------------------------------------------------------------- the programs


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


async def test_programs_that_are_missing_or_too_old_are_said(
    call: Call, tmp_path: Path, postgres_database: str
) -> None:
    async with opened(postgres_database):
        pass
    old = tmp_path / "old"
    program(old, "pg_dump", "echo 'pg_dump (PostgreSQL) 9.6.24'")

    missing = call("backup", PATH=str(tmp_path / "nothing"))
    too_old = call("backup", PATH=f"{old}{os.pathsep}{os.environ['PATH']}")

    assert missing.returncode == too_old.returncode == 1
    assert missing.stderr.startswith("pg_dump, pg_restore, psql cannot be found: backups on a server need")
    assert too_old.stderr.startswith("pg_dump is of PostgreSQL 9 and cannot read a server of version ")
    assert not list((tmp_path / "state").rglob("*"))


@pytest.mark.parametrize(
    ("becomes_of_it", "said"),
    [
        ('"$@"; for word; do case $word in --file=*) truncate -s -1500 "${word#*=}";; esac; done', "not a sound dump"),
        (
            '$(printf "%s\\n" "$@" | grep --invert-match "^--table=.*[.]questions$")',
            "questions is not in it",
        ),
    ],
    ids=["cut off", "without a table"],
)
async def test_a_dump_that_is_not_whole_is_no_backup(
    call: Call, full: Path, tmp_path: Path, becomes_of_it: str, said: str
) -> None:
    program(tmp_path / "failing", "pg_dump", f"{shutil.which('pg_dump')} {becomes_of_it}")

    refused = call("backup", PATH=f"{tmp_path / 'failing'}{os.pathsep}{os.environ['PATH']}")

    assert (refused.returncode, refused.stdout) == (1, "")
    assert said in refused.stderr
    assert list((tmp_path / "state" / "backups").iterdir()) == []


async def test_the_password_is_in_no_list_of_processes(call: Call, tmp_path: Path, postgres_database: str) -> None:
    async with opened(postgres_database) as database:
        await ask(database, 0, 3)
    told, ours = tmp_path / "told", tmp_path / "ours"
    for name in ("pg_dump", "pg_restore", "psql"):
        text = f'printf "%s\\n" {name} "$@" >> {told}.words\nenv >> {told}.environment\nexec {shutil.which(name)} "$@"'
        program(ours, name, text)
    path = f"{ours}{os.pathsep}{os.environ['PATH']}"
    address = f"{postgres_database}&password={SECRET}"

    made = call("backup", str(tmp_path / "x.dump"), LANTERN_DATABASE=address, PATH=path, DISCORD_TOKEN="a-token")
    back = call("restore", str(tmp_path / "x.dump"), LANTERN_DATABASE=address, PATH=path)

    assert (made.returncode, back.returncode) == (0, 0), made.stderr + back.stderr
    assert SECRET not in made.stdout + made.stderr + back.stdout + back.stderr
    words = (tmp_path / "told.words").read_text(encoding="utf-8")
    assert {"pg_dump", "pg_restore", "psql"} <= set(words.split())
    assert SECRET not in words
    environment = (tmp_path / "told.environment").read_text(encoding="utf-8")
    assert f"PGPASSWORD={SECRET}\n" in environment
    assert "a-token" not in environment


async def test_a_backup_that_is_cut_off_leaves_neither_file_nor_program(
    tmp_path: Path, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot stops while its daily backup is under way."""
    async with opened(postgres_database):
        pass
    never, told = tmp_path / "never", tmp_path / "told"
    os.mkfifo(never)
    real = shutil.which("pg_dump")
    program(
        tmp_path / "slow",
        "pg_dump",
        f'[ "$1" = --version ] && exec {real} "$1"\necho $$ > {told}.part; mv {told}.part {told}; exec cat {never}',
    )
    monkeypatch.setenv("PATH", f"{tmp_path / 'slow'}{os.pathsep}{os.environ['PATH']}")
    folder = tmp_path / "backups"

    backing_up = asyncio.create_task(copies.back_up(postgres_database, folder / "x.dump"))
    async with asyncio.timeout(PATIENCE):
        while not told.exists():
            await asyncio.sleep(0)
    backing_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await backing_up

    assert list(folder.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text(encoding="utf-8")), 0)
