"""Backups and restores that are killed at every step: what they leave, and who removes it."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from lantern import PROJECT
from lantern.runtime.settings import Settings
from lantern.store import backups, copies
from lantern.store.backups import BackupError
from lantern.store.database import Database, newest_version
from tests.discord.state import PATIENCE
from tests.support.kills import ended_at
from tests.support.programs import clean_environment, tool
from tests.support.reliability import tried
from tests.support.rows import NOON, ask, count, is_sound, opened

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")

ALONE = "(no member in this test: the rows alone)"
BEFORE, BACKED_UP = 300, 7


async def database_of_a_killed_bot(folder: Path) -> Path:
    """A database with half of its rows in the -wal."""
    database = Database(folder / "running" / "lantern.sqlite3")
    await database.open()
    for start in (0, BEFORE // 2):
        await ask(database, start, BEFORE // 2)
        if not start:
            await database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copytree(folder / "running", folder / "killed")
    await database.close()
    return folder / "killed" / "lantern.sqlite3"


async def backup_in(folder: Path) -> Path:
    backup = folder / "backup.sqlite3"
    async with opened(folder / "other.sqlite3") as database:
        await ask(database, 0, BACKED_UP)
    backups.back_up(folder / "other.sqlite3", backup)
    return backup


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_a_restore_that_is_ended_at_any_step_loses_nothing(tmp_path: Path, number: signal.Signals) -> None:
    database, backup = await database_of_a_killed_bot(tmp_path), await backup_in(tmp_path)
    undecided = 0

    for step in itertools.count(1):
        path = shutil.copytree(database.parent, tmp_path / str(step)) / database.name
        reached = ended_at(step, partial(tool, Settings(database=path), "restore", str(backup)), number)
        found = Database(path)
        await found.open(alone=True)
        if found.keeps_nothing:
            undecided += 1
            (kept,) = path.parent.glob("*.replaced-*Z")
            assert kept.name in (found.trouble or "")
            await found.close()
            assert not path.exists()
            backups.restore(kept, path, newest_version(), NOON)
        else:
            await found.close()
        contents = [count(each) for each in (path, *path.parent.glob("*.replaced-*Z"))]
        assert contents[0] in (BEFORE, BACKED_UP)
        assert BEFORE in contents, "what was there before is kept"
        assert is_sound(path)
        assert await asyncio.to_thread(tool, Settings(database=path), "restore", str(backup)) == 0
        assert count(path) == BACKED_UP
        assert not list(path.parent.glob("*.new*"))
        if not reached:
            break

    assert step > 10, "there were no steps"
    assert undecided <= 3, "between two renames, and no more"
    tried(
        "The process",
        "`restore` ended at each of its steps, by kill -9, SIGTERM and Ctrl-C",
        saw=ALONE,
        lost="nothing: the database is what it was, or the backup; between two renames the operator is asked",
    )


async def test_a_damaged_file_whose_replacement_is_killed_at_any_step_loses_no_choice(tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    async with opened(folder / "lantern.sqlite3") as database:
        await ask(database, 0, 2_000)
        await database.execute("INSERT INTO opt_outs (member_key, since) VALUES (11, 0)")
    with (folder / "lantern.sqlite3").open("r+b") as file:
        file.seek(-40_960, os.SEEK_END)
        file.write(os.urandom(40_960))
    ended = 0

    async def start(path: Path) -> Database:
        database = Database(path)
        await database.open(alone=True)
        return database

    for step in itertools.count(1):
        path = shutil.copytree(folder, tmp_path / str(step)) / "lantern.sqlite3"
        reached = ended_at(step, lambda path=path: asyncio.run(start(path)))  # type: ignore[misc]
        database = await start(path)
        if database.keeps_nothing:
            ended += 1
            await database.close()
            (path.parent / "lantern.sqlite3.new").replace(path)
            database = await start(path)
        assert [tuple(row) for row in await database.fetch("SELECT member_key FROM opt_outs")] == [(11,)]
        await database.close()
        if not reached:
            break
    assert 0 < ended <= 3


@pytest.mark.skipif(shutil.which("pg_dump") is None, reason="pg_dump is not on PATH")
async def test_a_restore_on_a_server_that_is_killed_in_the_middle_changes_nothing(
    tmp_path: Path, postgres_database: str
) -> None:
    backup, never, told, slow = (tmp_path / name for name in ("x.dump", "never", "told", "slow"))
    async with opened(postgres_database) as database:
        await ask(database, 0, BACKED_UP)
        await copies.back_up(postgres_database, backup)
        await ask(database, BACKED_UP, BEFORE - BACKED_UP)
    os.mkfifo(never)
    slow.mkdir()
    # It has dropped the tables, and made some again.
    stops = f"{{ head --bytes=2000; : > {told}; cat {never}; }} | {shutil.which('psql')}"
    (slow / "psql").write_text(f'#!/bin/sh\n{stops} "$@"\n', encoding="utf-8")
    (slow / "psql").chmod(0o700)
    environment = {"LANTERN_DATABASE": postgres_database, "LANTERN_STATE_FOLDER": str(tmp_path / "state")}
    with subprocess.Popen(
        [sys.executable, "bot.py", "restore", str(backup)],
        cwd=PROJECT,
        env=clean_environment(**environment, PATH=f"{slow}{os.pathsep}{os.environ['PATH']}"),
    ) as restoring:
        async with asyncio.timeout(PATIENCE):
            while not told.exists():
                await asyncio.sleep(0)
        restoring.kill()
    never.write_text("", encoding="utf-8")  # the program that it left behind ends

    async with opened(postgres_database) as database:
        ((rows,),) = await database.fetch("SELECT count(*) FROM questions")
    assert rows == BEFORE
    tried("The process", "`restore` on a server killed in the middle", saw=ALONE, lost="nothing: it changed nothing")


# ---------------------------------------------------------------------- unfinished files


@pytest.mark.parametrize("name", [None, "off-{}.sqlite3"], ids=["as the bot names them", "as an operator names them"])
async def test_what_a_killed_backup_left_is_removed_by_the_next(tmp_path: Path, name: str | None) -> None:
    database, folder = await database_of_a_killed_bot(tmp_path), tmp_path / "backups"
    left = 0

    for step in itertools.count(1):
        target = backups.backup_path(folder, NOON.replace(second=step % 60, minute=step // 60))
        if name is not None:
            target = folder / name.format(step)
        reached = ended_at(step, partial(backups.back_up, database, target))
        left = max(left, len(list(folder.glob(".*.part"))) if folder.exists() else 0)
        if not reached:
            break

    assert left == 1, "one was left, and not more at any time"
    assert [path.name for path in folder.iterdir()] == [target.name]
    tried("The process", "a backup killed (kill -9) at each of its steps", saw=ALONE, lost="nothing; no file is left")


async def test_what_is_still_written_is_not_removed(tmp_path: Path) -> None:
    database, folder = await database_of_a_killed_bot(tmp_path), tmp_path / "backups"
    first, second = (backups.backup_path(folder, NOON.replace(minute=minute)) for minute in (0, 1))
    others = [folder / ".download.part", folder / ".lantern.sqlite3.status.json.part"]

    with backups.whole_file(first, backups.BACKUP_PART) as part:
        for other in others:
            other.touch()
        backups.back_up(database, second)
        assert part.exists()
        with pytest.raises(BackupError, match="another program is writing"):
            backups.back_up(database, first)
        backups.copy_whole(database, folder / "copy")
        shutil.copyfile(folder / "copy", part)

    assert count(first) == count(second) == BEFORE
    assert all(other.exists() for other in others)


@pytest.mark.skipif(shutil.which("pg_dump") is None, reason="pg_dump is not on PATH")
async def test_what_a_killed_dump_left_is_removed_by_the_next(tmp_path: Path, postgres_database: str) -> None:
    async with opened(postgres_database) as database:
        await ask(database, 0, 3)
    folder, never, told, slow = (tmp_path / name for name in ("backups", "never", "told", "slow"))
    os.mkfifo(never)
    slow.mkdir()
    (slow / "pg_dump").write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && exec {shutil.which("pg_dump")} "$1"\n: > {told}; exec cat {never}\n',
        encoding="utf-8",
    )
    (slow / "pg_dump").chmod(0o700)
    first, second = (backups.backup_path(folder, NOON.replace(minute=each), backups.DUMP) for each in (0, 1))
    with subprocess.Popen(
        [sys.executable, "bot.py", "backup", str(first)],
        cwd=PROJECT,
        env=clean_environment(LANTERN_DATABASE=postgres_database, PATH=f"{slow}{os.pathsep}{os.environ['PATH']}"),
    ) as backing_up:
        async with asyncio.timeout(PATIENCE):
            while not told.exists():
                await asyncio.sleep(0)
        backing_up.kill()
    never.write_text("", encoding="utf-8")  # the program that it left behind ends
    assert [path.name for path in folder.iterdir()] == [f".{first.name}{backups.BACKUP_PART}"]

    await copies.back_up(postgres_database, second)

    assert [path.name for path in folder.iterdir()] == [second.name]
