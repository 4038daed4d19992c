"""Backups: made under load, checked, rotated, put back; and what the command line says about them."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

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


@pytest.mark.parametrize(
    "what", ["rubbish", "of another program", "of a newer Lantern", "a dump", "missing", "the same"]
)
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
    elif what == "a dump":
        backup = tmp_path / "backup.dump"
        backups.back_up(settings.file, backup)
    elif what == "the same":
        backup = settings.file
    before = settings.file.read_bytes()

    assert await call(settings, "restore", str(backup)) == 1

    assert capsys.readouterr().err
    assert settings.file.read_bytes() == before
    assert not list(tmp_path.glob("*.replaced-*"))


@pytest.mark.parametrize("what", ["a folder", "an empty file", "a link that leads nowhere"])
def test_what_has_a_backups_name_and_no_content_is_none(tmp_path: Path, what: str) -> None:
    path = backups.backup_path(tmp_path, NOON)
    if what == "a folder":
        path.mkdir()
    elif what == "an empty file":
        path.touch()
    else:
        path.symlink_to("nowhere")

    assert backups.all_in(tmp_path) == []
    assert backups.is_due(tmp_path, NOON)


@pytest.mark.parametrize(
    ("done", "says"),
    [(False, "Nothing was changed: "), (True, "It was done by then: "), (None, "There is nothing at ")],
)
async def test_an_interrupted_restore_says_what_is_in_place(
    settings: Settings,
    tmp_path: Path,
    done: bool | None,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for path in (settings.file, tmp_path / "backup.sqlite3"):
        await (await filled(path, 3)).close()
    restore = backups.restore

    def interrupted(*arguments: Any) -> None:
        if done:
            restore(*arguments)
        elif done is None:
            settings.file.unlink()
        raise KeyboardInterrupt

    monkeypatch.setattr(backups, "restore", interrupted)

    assert await call(settings, "restore", str(tmp_path / "backup.sqlite3")) == 130

    assert f"Interrupted. {says}" in capsys.readouterr().err


def test_rotation_keeps_the_newest_and_touches_no_other_file(tmp_path: Path) -> None:
    made = [backups.backup_path(tmp_path, NOON - number * DAY) for number in range(10)]
    others = [tmp_path / name for name in ("lantern.sqlite3", "lantern-mine.sqlite3", "notes.txt")]
    for path in [*made, *others]:
        path.write_bytes(b"x")

    backups.rotate(tmp_path, 3, NOON)

    assert sorted(tmp_path.iterdir()) == sorted([*made[:3], *others])
    backups.rotate(tmp_path, 0, NOON)
    assert made[0].exists(), "the newest is never rotated away"


def test_a_backup_is_due_once_a_day_whatever_the_clock_did(tmp_path: Path) -> None:
    assert backups.is_due(tmp_path / "none", NOON)
    backups.backup_path(tmp_path, NOON).write_bytes(b"x")
    assert not backups.is_due(tmp_path, NOON + DAY - timedelta(seconds=1))
    assert backups.is_due(tmp_path, NOON + DAY)
    backups.backup_path(tmp_path, NOON + 3650 * DAY).write_bytes(b"x")
    assert backups.is_due(tmp_path, NOON + DAY), "one made while the clock was wrong does not count"


@pytest.mark.parametrize("keep", [1, 2])
def test_a_backup_with_a_date_in_the_future_pushes_no_other_out(tmp_path: Path, keep: int) -> None:
    ahead, fresh, yesterday = (backups.backup_path(tmp_path, NOON + days * DAY) for days in (27_000, 0, -1))
    for path in (ahead, fresh, yesterday):
        path.write_bytes(b"x")

    backups.rotate(tmp_path, keep, NOON)

    assert backups.all_in(tmp_path) == [fresh, yesterday][:keep]


def test_of_a_servers_backups_those_with_a_date_in_the_future_go_with_the_old(tmp_path: Path) -> None:
    days = (27_000, 0, -6, -8)
    ahead, fresh, kept, old = (backups.backup_path(tmp_path, NOON + number * DAY, backups.DUMP) for number in days)
    for path in (ahead, fresh, kept, old):
        path.write_bytes(b"x")

    backups.remove_older(tmp_path, NOON - 7 * DAY, NOON)

    assert backups.all_in(tmp_path) == [fresh, kept]


@pytest.mark.parametrize(("seconds", "ahead"), [(300, False), (301, True)])
def test_a_backup_may_be_dated_five_minutes_ahead(tmp_path: Path, seconds: int, ahead: bool) -> None:
    path = backups.backup_path(tmp_path, NOON + timedelta(seconds=seconds))
    path.write_bytes(b"x")

    assert backups.is_ahead(path, NOON) is ahead
    assert backups.is_due(tmp_path, NOON) is ahead
    assert not backups.is_ahead(tmp_path / "2099.sqlite3", NOON)


async def test_the_running_bot_backs_up_every_day_and_keeps_so_many(world: World) -> None:
    folder = world.services.settings.backups
    await world.maya.slash(world.general, "twinflame runner")
    await world.env.advance_time(70)
    (first,) = backups.all_in(folder)
    assert count(first) == 1

    for day in range(1, 10):
        backups.backup_path(folder, discord.utils.utcnow() - day * DAY).write_bytes(b"x")
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


# ---------------------------------------------------------------------- names and places of files


def test_a_backups_name_tells_when_it_was_made_in_utc(tmp_path: Path) -> None:
    path = backups.backup_path(tmp_path, datetime(2026, 11, 22, 13, 5, 9, tzinfo=ZoneInfo("Europe/Berlin")))

    assert path.name == "lantern-20261122T120509Z.sqlite3"
    assert backups.made_at(path) == datetime(2026, 11, 22, 12, 5, 9, tzinfo=UTC)
    for name in ("lantern-20261122T1205Z.sqlite3", "lantern-20261322T120509Z.sqlite3", "lantern.sqlite3"):
        assert backups.made_at(tmp_path / name) is None


def test_what_is_put_aside_at_one_moment_is_numbered_and_takes_along_what_belongs_to_it(tmp_path: Path) -> None:
    database = tmp_path / "l.sqlite3"
    names = []
    for number in range(3):
        for suffix in ("", "-wal", "-shm") if number else ("",):
            database.with_name(database.name + suffix).write_text(f"{number}{suffix}")
        names.append(backups.put_aside(database, "damaged", NOON).name)

    first = "l.sqlite3.damaged-20261122T120000Z"
    assert names == [first, f"{first}-2", f"{first}-3"]
    there = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert there == {
        first: "0",
        **{f"{first}-{at + 1}{suffix}": f"{at}{suffix}" for at in (1, 2) for suffix in ("", "-wal", "-shm")},
    }


async def test_the_newest_backup_that_is_sound_and_can_be_read_is_the_good_one(
    settings: Settings, tmp_path: Path
) -> None:
    opened = await filled(settings.file, 1)
    await opened.close()
    folder = tmp_path / "backups"
    assert backups.newest_good(folder, 9_000, NOON) is None
    made = [backups.backup_path(folder, NOON - number * DAY) for number in range(4)]
    for path in made:
        backups.back_up(settings.file, path)
    scribble(made[0], spare=0)
    version = backups.version_of(made[1])
    with closing(sqlite3.connect(made[1])) as connection:
        connection.execute(f"PRAGMA user_version = {version + 1}")

    assert backups.newest_good(folder, version, NOON) == made[2]
    assert backups.newest_good(folder, version + 1, NOON) == made[1]
    assert backups.newest_good(folder, version - 1, NOON) is None


@pytest.mark.parametrize("now", [NOON, NOON - 3650 * DAY, NOON + 36_500 * DAY], ids=["right", "behind", "ahead"])
async def test_the_newest_backup_is_the_one_with_the_last_question_whatever_its_name_and_the_clock_say(
    settings: Settings, tmp_path: Path, now: datetime
) -> None:
    folder = tmp_path / "backups"
    named = [backups.backup_path(folder, NOON + days * DAY) for days in (27_000, -1, 0, 3)]
    opened = await filled(settings.file, 1)
    for number, path in enumerate(named):
        await ask(opened, 10 * number + 1, 1)
        backups.back_up(settings.file, path)
    await opened.close()

    chosen = backups.newest_good(folder, backups.version_of(settings.file), now)

    assert chosen == named[-1]


async def test_a_damaged_file_is_not_replaced_by_an_old_backup_with_a_date_in_the_future(settings: Settings) -> None:
    opened = await filled(settings.file, 3)
    for moment in (NOON + 27_000 * DAY, NOON):
        backups.back_up(settings.file, backups.backup_path(settings.backups, moment))
        await ask(opened, 10, 4)
    await opened.close()
    scribble(settings.file, spare=0)

    again = Database(settings.file, now=lambda: NOON)
    await again.open()
    await again.close()

    assert count(settings.file) == 7
    (said,) = again.news
    assert backups.backup_path(settings.backups, NOON).name in said
    tried(
        "Database",
        "damaged at start, and an older backup is named after the year 2100",
        saw="(no member in this test: the file alone)",
        lost="only rows since the newest backup; it is known by the last question in it",
    )


async def test_the_command_line_says_which_backups_have_a_date_in_the_future(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = await filled(settings.file, 1)
    await opened.close()
    ahead = backups.backup_path(settings.backups, datetime.now(UTC) + DAY)

    assert await call(settings, "backup", str(ahead)) == 0
    assert await call(settings, "restore", str(ahead)) == 0

    backed_up, restored = capsys.readouterr().err.splitlines()
    said = f"{ahead.name}: made in the future, by this machine's clock. Either it is wrong now, or it was wrong then."
    assert backed_up == f"{said} Such backups count as the oldest."
    assert restored == f"{said} There may be a newer backup."


async def test_files_and_folders_of_backups_are_their_owners_alone(settings: Settings, tmp_path: Path) -> None:
    opened = await filled(settings.file, 1)
    await opened.close()
    backup = tmp_path / "new" / "folder" / "b.sqlite3"

    backups.back_up(settings.file, backup)
    settings.file.unlink()
    backup.chmod(0o644)
    assert backups.restore(backup, settings.file, 9_000, NOON) is None

    assert backup.parent.stat().st_mode & 0o777 == 0o700
    assert settings.file.stat().st_mode & 0o777 == 0o600
    lock = tmp_path / "lantern.sqlite3.lock"
    assert lock.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.rglob("*.part"))


async def test_a_restore_that_the_disk_refuses_puts_the_database_back(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = await filled(settings.file, 3)
    await opened.close()
    backup = tmp_path / "b.sqlite3"
    backups.back_up(settings.file, backup)

    def full(_path: Path, to: Path) -> Path:
        if to == settings.file:
            raise OSError("No space left on device")
        return replace(_path, to)

    replace = Path.replace
    monkeypatch.setattr(Path, "replace", full)

    with pytest.raises(BackupError, match=r"No space left on device\)\. Nothing was changed"):
        backups.restore(backup, settings.file, 9_000, NOON)

    assert count(settings.file) == 3
    assert not list(tmp_path.glob("*replaced*"))
    assert not list(tmp_path.glob("*.part"))
    settings.file.unlink()
    with pytest.raises(BackupError, match="No space left"):
        backups.restore(backup, settings.file, 9_000, NOON)
    again = backups.FileLock(settings.file)
    assert again.take(), "the lock is released"
    again.release()


def test_a_lock_is_one_programs_until_it_is_released(tmp_path: Path) -> None:
    mine, theirs = backups.FileLock(tmp_path / "l"), backups.FileLock(tmp_path / "l")

    assert (mine.take(), mine.take(), theirs.take()) == (True, True, False)
    theirs.release()
    assert not theirs.take()
    mine.release()
    mine.release()
    assert theirs.take()
    assert (tmp_path / "l.lock").exists()
    theirs.release()


async def test_the_command_line_says_what_was_put_where(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = await filled(settings.file, 1)
    await opened.close()
    folder = tmp_path / "elsewhere"
    folder.mkdir()

    assert await asyncio.to_thread(tool, settings, "backup", str(folder)) == 0
    (made,) = backups.all_in(folder)
    assert capsys.readouterr().out == f"{made}: {made.stat().st_size / 1e6:.1f} MB, checked\n"

    assert await asyncio.to_thread(tool, settings, "restore", str(made)) == 0
    first, second = capsys.readouterr().out.splitlines()
    (kept,) = tmp_path.glob("*.replaced-*Z")
    assert first == f"{settings.file} is now {made}."
    assert str(kept) in second
    settings.file.unlink()
    assert await asyncio.to_thread(tool, settings, "restore", str(made)) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


async def test_what_is_wrong_with_a_file_is_said(settings: Settings, tmp_path: Path) -> None:
    opened = await filled(settings.file, 3_000)
    await opened.close()
    backups.check_sound(settings.file)
    empty = tmp_path / "empty.sqlite3"
    with closing(sqlite3.connect(empty)) as connection:
        connection.execute("CREATE TABLE questions (id)")
    for path, says in ((empty, "not one of Lantern's"), (tmp_path / "none", "not a sound database")):
        with pytest.raises(BackupError, match=says):
            backups.check_sound(path)
    newer = backups.version_of(settings.file) - 1
    backup = tmp_path / "b.sqlite3"
    backups.back_up(settings.file, backup)
    for restored, says in (
        (tmp_path / "none", "There is no file"),
        (settings.file, "is the database itself"),
        (backup, f"this program knows {newer}"),
    ):
        with pytest.raises(BackupError, match=says):
            backups.restore(restored, settings.file, newer, NOON)
