"""Backups: made under load, checked, rotated, put back; and what the command line says about them."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import discord
import pytest

from lantern.runtime.settings import Settings
from lantern.store import backups
from lantern.store.backups import BackupError
from lantern.store.database import Database
from tests.support.programs import tool
from tests.support.reliability import tried
from tests.support.rows import NOON, ask, count, everything, is_sound, scribble, scribble_over
from tests.support.world import World

DAY = timedelta(days=1)


async def call(settings: Settings, *arguments: str) -> int:
    """One command of ``bot.py``, which has an event loop of its own."""
    return await asyncio.to_thread(tool, settings, *arguments)


async def filled(path: Path, number: int) -> Database:
    opened = Database(path)
    await opened.open(alone=True)
    await ask(opened, 0, number)
    return opened


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(database=tmp_path / "lantern.sqlite3", shards=1)


async def test_a_full_cycle_load_back_up_under_load_restore_compare(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = await filled(settings.file, 3_000)
    copy = tmp_path / "elsewhere" / "copy.sqlite3"

    backed_up_now = asyncio.Event()

    async def load() -> int:
        asked = 0
        while not backed_up_now.is_set():
            await ask(opened, 10_000 + asked, 100)
            asked += 100
        return asked

    loading = asyncio.create_task(load())
    assert await call(settings, "backup", str(copy)) == 0
    backed_up_now.set()
    asked = await loading
    assert asked > 100, "there was no load beside the backup"
    assert await call(settings, "restore", str(copy)) == 1
    assert "A bot is running" in capsys.readouterr().err
    await opened.close()

    assert is_sound(copy)
    assert not list(copy.parent.glob("*-wal")), "a backup is one file"
    backed_up = everything(copy)
    assert 3_000 <= count(copy) <= 3_000 + asked == count(settings.file)
    whole = everything(settings.file)
    assert await call(settings, "restore", str(copy)) == 0

    assert everything(settings.file) == backed_up
    (replaced,) = tmp_path.glob("lantern.sqlite3.replaced-*Z")
    assert everything(replaced) == whole
    reopened = await filled(settings.file, 0)
    await ask(reopened, 50_000, 1)
    await reopened.close()
    assert count(settings.file) == count(copy) + 1
    tried(
        "The machine",
        "a new disk: backed up under load, restored, compared",
        saw="(no member in this test: the rows alone)",
        lost="what was asked since the backup; the file replaced is kept",
    )


def test_a_backup_that_cannot_be_finished_leaves_nothing_behind(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    with pytest.raises(BackupError, match="no database"):
        backups.back_up(settings.file, folder / "x.sqlite3")
    settings.file.write_bytes(os.urandom(10_000))
    with pytest.raises(BackupError, match="No backup was made"):
        backups.back_up(settings.file, folder / "x.sqlite3")
    assert list(folder.iterdir()) == []


async def test_a_damaged_database_is_not_taken_for_a_backup(settings: Settings, tmp_path: Path) -> None:
    opened = await filled(settings.file, 2_000)
    await opened.close()
    good = tmp_path / "good.sqlite3"
    backups.back_up(settings.file, good)
    before = good.read_bytes()
    scribble_over(settings.file, "questions")

    with pytest.raises(BackupError, match=r"damaged|malformed"):
        backups.back_up(settings.file, good)

    assert good.read_bytes() == before, "a bad copy must not take a good one's place"


@pytest.mark.parametrize("what", ["rubbish", "of another program", "of a newer Lantern", "missing", "the same"])
async def test_a_file_that_is_no_backup_is_not_restored(
    settings: Settings, tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = await filled(settings.file, 3)
    await opened.close()
    backup = tmp_path / "backup.sqlite3"
    if what == "rubbish":
        backups.back_up(settings.file, backup)
        scribble(backup)
    elif what == "of another program":
        with closing(sqlite3.connect(backup)) as connection:
            connection.execute("CREATE TABLE invoices (number INTEGER)")
    elif what == "of a newer Lantern":
        backups.back_up(settings.file, backup)
        with closing(sqlite3.connect(backup)) as connection:
            connection.execute("PRAGMA user_version = 9000")
    elif what == "the same":
        backup = settings.file
    before = settings.file.read_bytes()

    assert await call(settings, "restore", str(backup)) == 1

    assert capsys.readouterr().err
    assert settings.file.read_bytes() == before
    assert not list(tmp_path.glob("*.replaced-*"))


def test_rotation_keeps_the_newest_and_touches_no_other_file(tmp_path: Path) -> None:
    made = [backups.backup_path(tmp_path, NOON - number * DAY) for number in range(10)]
    others = [tmp_path / name for name in ("lantern.sqlite3", "lantern-mine.sqlite3", "notes.txt")]
    for path in [*made, *others]:
        path.write_bytes(b"")

    backups.rotate(tmp_path, 3)

    assert sorted(tmp_path.iterdir()) == sorted([*made[:3], *others])
    backups.rotate(tmp_path, 0)
    assert made[0].exists(), "the newest is never rotated away"


def test_a_backup_is_due_once_a_day_whatever_the_clock_did(tmp_path: Path) -> None:
    assert backups.is_due(tmp_path / "none", NOON)
    backups.backup_path(tmp_path, NOON).write_bytes(b"")
    assert not backups.is_due(tmp_path, NOON + DAY - timedelta(seconds=1))
    assert backups.is_due(tmp_path, NOON + DAY)
    backups.backup_path(tmp_path, NOON + 3650 * DAY).write_bytes(b"")
    assert backups.is_due(tmp_path, NOON + DAY), "one made while the clock was wrong does not count"


async def test_the_running_bot_backs_up_every_day_and_keeps_so_many(world: World) -> None:
    folder = world.services.settings.backups
    await world.maya.slash(world.general, "twinflame runner")
    await world.env.advance_time(70)
    (first,) = backups.all_in(folder)
    assert count(first) == 1

    for day in range(1, 10):
        backups.backup_path(folder, discord.utils.utcnow() - day * DAY).write_bytes(b"")
    world.env.backend.advance_clock(86_400)
    await world.env.advance_time(130)

    found = backups.all_in(folder)
    assert len(found) == world.services.settings.backup_keep == 7
    assert found[1] == first
    assert found[0].stat().st_mode & 0o777 == 0o600


async def test_a_made_backup_is_told_by_name(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    opened = await filled(settings.file, 1)
    await opened.close()
    assert await call(settings, "backup") == 0
    (made,) = backups.all_in(settings.backups)
    assert capsys.readouterr().out.startswith(str(made))
    moment = backups.made_at(made)
    assert moment is not None
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)
    assert await call(settings, "backup", str(settings.file)) == 1


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
async def test_what_root_backs_up_and_restores_belongs_to_the_bots_user(settings: Settings, tmp_path: Path) -> None:
    opened = await filled(settings.file, 1)
    await opened.close()
    for path in (tmp_path, settings.file):
        os.chown(path, 12_345, 12_345)

    assert await call(settings, "backup") == 0
    (made,) = backups.all_in(settings.backups)
    assert await call(settings, "restore", str(made)) == 0

    for path in (settings.file, settings.backups, made, tmp_path / "lantern.sqlite3.lock"):
        assert (path.stat().st_uid, path.stat().st_gid) == (12_345, 12_345), path
