"""The database's files taken away, deleted or linked under a running bot, and starts that find no database."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from lantern.cli.insights import opened_file
from lantern.store import backups, repair
from lantern.store.database import Database, DatabaseError
from lantern.store.waiting_rows import WaitingRows
from tests.discord.state import PATIENCE
from tests.support.folders import AWAY, moved
from tests.support.rows import NOON, ask, count, everything, is_sound

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there, files that are open stay where they are")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "lantern.sqlite3"


def names(path: Path) -> set[str]:
    """What is in the database's folder, without what every bot has there."""
    usual = {path.name, *(f"{path.name}{suffix}" for suffix in ("-wal", "-shm", ".lock"))}
    return {each.name for each in path.parent.iterdir()} - usual


def after_a_kill(path: Path, to: Path) -> Path:
    """The database as a ``kill -9`` would leave it now."""
    shutil.copytree(path.parent, to)
    return to / path.name


# ---------------------------------------------------------------------- the folder is away for a while


@pytest.mark.parametrize("take_away", AWAY)
async def test_a_folder_that_is_away_for_a_while_costs_no_row(
    opened: Database, path: Path, take_away: Callable[[Path], Callable[[], object]]
) -> None:
    await ask(opened, 0, 500)
    wal = path.with_name(f"{path.name}-wal").stat().st_ino
    bring_back = take_away(path.parent)
    for start in (1_000, 2_000):
        await ask(opened, start, 10)
        assert not await opened.look_after()
    assert f"The database {path} cannot be seen (" in (opened.trouble or "")
    assert (opened.failure, opened.waiting, opened.keeps_nothing) == (None, 0, False)
    bring_back()
    await ask(opened, 3_000, 10)

    assert not await opened.look_after()

    assert (opened.trouble, opened.failure, opened.news) == (None, None, [])
    assert path.with_name(f"{path.name}-wal").stat().st_ino == wal, "it is the same one, with all that is in it"
    assert names(path) == set()
    assert count(path) == 530
    await opened.close()
    assert count(path) == 530
    assert is_sound(path)


async def test_a_bot_that_stops_while_its_folder_is_away_leaves_everything_in_it(opened: Database, path: Path) -> None:
    await ask(opened, 0, 500)
    back = moved(path.parent)
    await ask(opened, 1_000, 5)
    await opened.close()
    assert not path.parent.exists()
    back()

    assert count(path) == 505


async def test_an_empty_folder_in_its_place_does_not_mean_that_it_was_deleted(opened: Database, path: Path) -> None:
    """As while a disk is not mounted."""
    await ask(opened, 0, 500)
    back = moved(path.parent)
    path.parent.mkdir()
    assert not await opened.look_after()
    await ask(opened, 1_000, 5)
    assert "cannot be seen" in (opened.trouble or "")
    assert not list(path.parent.iterdir())
    path.parent.rmdir()
    back()

    assert not await opened.look_after()

    assert (opened.trouble, opened.news, names(path)) == (None, [], set())
    assert count(path) == 505


UNSOUND: dict[str, Callable[[Path], object]] = {
    "rubbish": lambda path: path.write_bytes(os.urandom(50_000)),
    "empty": Path.touch,
    "a folder": Path.mkdir,
    "half a database": lambda path: path.write_bytes(path.with_name("whole").read_bytes()[:-8_192]),
}


@pytest.mark.parametrize("what", UNSOUND)
async def test_something_unsound_in_its_place_costs_no_row(opened: Database, path: Path, what: str) -> None:
    await ask(opened, 0, 500)
    backups.back_up(path, path.with_name("whole"))
    await ask(opened, 1_000, 5)
    path.unlink()
    UNSOUND[what](path)
    found = path.stat().st_size

    assert await opened.look_after()
    await ask(opened, 2_000, 3)

    (aside,) = path.parent.glob("*.damaged-*Z")
    assert aside.stat().st_size == found
    assert not list(path.parent.glob("*.replaced-*"))
    (news,) = opened.news
    assert "It is not sound (" in news
    assert f"is kept as {aside}. The database was written again under the same name, and nothing is lost." in news
    await opened.close()
    assert count(path) == 508
    assert is_sound(path)


async def test_a_file_that_is_moved_alone_and_comes_back_has_what_it_had(opened: Database, path: Path) -> None:
    await ask(opened, 0, 500)
    away = path.rename(path.with_name("away"))
    assert await opened.look_after()
    await ask(opened, 1_000, 7)
    assert count(path) == 507
    assert count(away) == 500
    away.replace(path)

    assert await opened.look_after()

    assert count(path) == 500
    (kept,) = path.parent.glob("*.replaced-*")
    assert count(kept) == 507
    assert str(kept) in opened.news[-1]


async def test_a_deleted_file_is_written_again_when_there_is_a_place_for_it(opened: Database, path: Path) -> None:
    await ask(opened, 0, 500)
    shutil.rmtree(path.parent)
    path.parent.write_text("in the way", encoding="utf-8")
    for _ in range(3):
        assert not await opened.look_after()
    assert f"{path} cannot be used" in (opened.failure or "")
    await ask(opened, 1_000, 5)
    path.parent.unlink()

    assert await opened.look_after()

    assert count(path) == 505
    assert names(path) == set()
    assert opened.failure is None


async def test_a_folder_that_was_moved_and_then_deleted_is_made_again(opened: Database, path: Path) -> None:
    await ask(opened, 0, 500)
    moved(path.parent)
    assert not await opened.look_after()
    shutil.rmtree(path.parent.with_name("away"))

    assert await opened.look_after()

    assert count(path) == 500


async def test_a_file_that_has_another_name_is_no_reason_to_leave_its_wal_deleted(opened: Database, path: Path) -> None:
    """A snapshot made of hard links keeps the file, and not what comes into a new -wal."""
    await ask(opened, 0, 3)
    os.link(path, path.parent.with_name("snapshot"))
    shutil.rmtree(path.parent)

    assert await opened.look_after()

    assert count(path) == 3


@pytest.mark.parametrize("what", ["the file", "the -wal", "the folder"])
async def test_what_is_deleted_just_before_a_stop_is_there_after_it(opened: Database, path: Path, what: str) -> None:
    await ask(opened, 0, 500)
    if what == "the folder":
        shutil.rmtree(path.parent)
    else:
        (path if what == "the file" else path.with_name(f"{path.name}-wal")).unlink()
    await ask(opened, 1_000, 1)

    await opened.close()

    assert count(path) == 501
    assert is_sound(path)


@pytest.mark.parametrize("what", ["deleted", "replaced"])
async def test_a_stop_waits_for_what_is_saved_however_long_it_takes(
    opened: Database,
    path: Path,
    tmp_path: Path,
    what: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    backups.back_up(path, tmp_path / "other.sqlite3")
    await ask(opened, 0, 500)
    check_sound, may_go_on = backups.check_sound, threading.Event()

    def check_slowly(path: Path) -> None:
        assert may_go_on.wait(PATIENCE)
        check_sound(path)

    path.unlink()
    if what == "replaced":
        (tmp_path / "other.sqlite3").replace(path)
        monkeypatch.setattr(repair, "damage", lambda *_, **__: None)
    monkeypatch.setattr(backups, "check_sound", check_slowly)
    closing = asyncio.create_task(opened.close())
    async with asyncio.timeout(PATIENCE):
        while "the stop takes longer" not in caplog.text:
            assert not closing.done()
            await asyncio.sleep(0.01)
    assert opened.is_saving
    may_go_on.set()
    await closing

    (kept,) = [path] if what == "deleted" else path.parent.glob("*.replaced-*")
    assert count(kept) == 500
    assert caplog.text.count("the stop takes longer") == 1
    assert not opened.is_saving


async def test_a_stop_does_not_cut_off_the_saving_that_is_under_way(
    opened: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The routine that looks after the file is cancelled by a stop."""
    await ask(opened, 0, 500)
    check_sound, begun, may_go_on = backups.check_sound, threading.Event(), threading.Event()
    checks = 0

    def check_slowly(path: Path) -> None:
        nonlocal checks
        checks += 1
        begun.set()
        assert may_go_on.wait(PATIENCE)
        check_sound(path)

    monkeypatch.setattr(backups, "check_sound", check_slowly)
    path.unlink()
    looking = asyncio.create_task(opened.look_after())
    assert await asyncio.to_thread(begun.wait, PATIENCE)
    looking.cancel()
    closing = asyncio.create_task(opened.close())
    may_go_on.set()
    await closing

    assert count(path) == 500
    assert checks == 1
    assert names(path) == set()


# ---------------------------------------------------------------------- the -wal


@pytest.mark.parametrize("suffixes", [("-wal",), ("-shm",), ("-wal", "-shm")], ids="".join)
async def test_a_deleted_wal_is_noticed_and_what_was_in_it_outlasts_a_kill(
    opened: Database, path: Path, tmp_path: Path, suffixes: tuple[str, ...]
) -> None:
    await ask(opened, 0, 500)
    for suffix in suffixes:
        path.with_name(path.name + suffix).unlink()
    await ask(opened, 1_000, 5)

    assert await opened.look_after()

    assert count(after_a_kill(path, tmp_path / "killed")) == 505
    assert opened.news[0].endswith("while Lantern was running. Nothing is lost.")
    for suffix in ("-wal", "-shm"):
        assert (f"{path}{suffix} was deleted" in opened.news[0]) == (suffix in suffixes)
    await ask(opened, 2_000, 5)
    assert count(after_a_kill(path, tmp_path / "killed later")) == 510
    assert not await opened.look_after(), "one deletion is noticed once"
    assert names(path) == set()


async def test_another_wal_is_not_applied_to_the_file(opened: Database, path: Path, tmp_path: Path) -> None:
    await ask(opened, 0, 500)
    older = after_a_kill(path, tmp_path / "older")
    await ask(opened, 1_000, 500)
    older.with_name(f"{path.name}-wal").replace(path.with_name(f"{path.name}-wal"))

    assert await opened.look_after()

    assert count(path) == 1_000
    assert is_sound(path)
    assert opened.news[0].startswith(f"{path}-wal was replaced")
    assert names(path) == {f"{path.name}.old-wal-20261122T120000Z"}


async def test_a_deleted_wal_waits_for_who_reads_it(opened: Database, path: Path, tmp_path: Path) -> None:
    await ask(opened, 0, 500)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        assert other.execute("SELECT count(*) FROM questions").fetchone() == (500,)
        path.with_name(f"{path.name}-wal").unlink()
        await ask(opened, 1_000, 5)
        assert not await opened.look_after()
        assert "another program is reading the database" in (opened.trouble or "")
        assert other.execute("SELECT count(*) FROM questions").fetchone() == (500,)
        other.execute("COMMIT")

    assert await opened.look_after()

    assert opened.trouble is None
    assert count(path) == 505


async def test_a_wal_that_somebody_reads_is_kept_when_the_file_is_replaced(
    opened: Database, path: Path, tmp_path: Path
) -> None:
    backups.back_up(path, tmp_path / "empty.sqlite3")
    await ask(opened, 0, 500)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM questions").fetchone()
        (tmp_path / "empty.sqlite3").replace(path)

        assert await opened.look_after()
        await ask(opened, 1_000, 3)

        assert other.execute("SELECT count(*) FROM questions").fetchone() == (500,)
    assert count(path) == 3
    stamp = "20261122T120000Z"
    assert names(path) == {f"{path.name}.replaced-{stamp}", f"{path.name}.old-wal-{stamp}"}
    assert count(path.with_name(f"{path.name}.replaced-{stamp}")) == 500


# ---------------------------------------------------------------------- two bots


@pytest.mark.parametrize("link", ["of the file", "of the folder"])
async def test_a_path_through_a_link_does_not_lead_past_the_lock(
    opened: Database, path: Path, tmp_path: Path, link: str
) -> None:
    if link == "of the file":
        other = tmp_path / "elsewhere" / "link.sqlite3"
        other.parent.mkdir()
        other.symlink_to(path)
    else:
        (tmp_path / "link").symlink_to(path.parent)
        other = tmp_path / "link" / path.name

    with pytest.raises(DatabaseError, match=r"^Another Lantern is running on"):
        await Database(other).open(alone=True)
    backups.back_up(path, tmp_path / "backup.sqlite3")
    with pytest.raises(backups.BackupError, match="A bot is running"):
        backups.restore(tmp_path / "backup.sqlite3", other, 9_000, NOON)


@pytest.mark.parametrize("what", ["the folder", "the lock"])
async def test_the_lock_is_taken_again_where_it_was_deleted(opened: Database, path: Path, what: str) -> None:
    await ask(opened, 0, 3)
    if what == "the folder":
        shutil.rmtree(path.parent)
    else:
        path.with_name(f"{path.name}.lock").unlink()
    await opened.look_after()

    with pytest.raises(DatabaseError, match=r"^Another Lantern is running on"):
        await Database(path).open(alone=True)

    assert count(path) == 3


async def test_whoever_comes_between_has_the_file_and_what_stood_in_the_old_one_is_kept(
    opened: Database, path: Path
) -> None:
    await ask(opened, 0, 3)
    shutil.rmtree(path.parent)
    second = Database(path)
    await second.open(alone=True)
    await ask(second, 100, 1)

    for _ in range(2):
        assert not await opened.look_after()
    await ask(opened, 1_000, 2)

    assert "Another Lantern is running on" in (opened.failure or "")
    assert opened.waiting == 2
    (kept,) = path.parent.glob("*.replaced-*")
    assert count(kept) == 3
    await second.close()
    assert await opened.look_after()
    assert count(path) == 1 + 2


# ---------------------------------------------------------------------- a start without a database


async def closed(path: Path, number: int) -> None:
    made = Database(path)
    await made.open()
    await ask(made, 0, number)
    await made.close()


LEFT = [
    "lantern.sqlite3.replaced-20261122T120000Z",
    "lantern.sqlite3.damaged-20261122T120000Z-2",
    "lantern.sqlite3.deleted-20261122T120000Z",
    "lantern.sqlite3.old-wal-20261122T120000Z",
    "lantern.sqlite3.new",
    ".lantern.sqlite3.new.part",
    "lantern.sqlite3-wal",
]
RESTORABLE = (*LEFT[:3], "lantern.sqlite3.new")


@pytest.mark.parametrize("left", LEFT)
async def test_a_start_without_a_database_beside_its_content_keeps_nothing_until_somebody_decides(
    path: Path, left: str
) -> None:
    await closed(path, 5)
    path.rename(path.with_name(left))
    before = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    found = Database(path)
    waiting = WaitingRows(found, path.with_name("rows"))

    await found.open(alone=True)
    await ask(found, 100, 3)
    assert not await found.look_after()
    assert found.keeps_nothing
    assert found.trouble == found.failure
    assert f"There is no database at {path}, but beside it: {left}." in (found.trouble or "")
    offered = "one of these or a backup" if left in RESTORABLE else "a backup"
    assert f"`python bot.py restore FILE` puts {offered} in its place." in (found.trouble or "")
    assert ("has what was written last" in (found.trouble or "")) == (left == "lantern.sqlite3-wal")
    with pytest.raises(DatabaseError, match="not open"):
        await found.execute("DELETE FROM questions")
    waiting.keep()

    there = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    assert there.pop(f"{path.name}.lock") == b""
    before.pop(f"{path.name}.lock", None)
    assert there == before
    path.with_name(left).rename(path)
    assert await found.look_after()
    assert (found.trouble, found.failure, found.keeps_nothing) == (None, None, False)
    await ask(found, 200, 1)
    await found.close()
    assert count(path) == 6


@pytest.mark.parametrize("beside", ["-wal", ".replaced-20261122T120000Z"])
async def test_an_empty_file_beside_its_content_is_no_database(path: Path, beside: str, tmp_path: Path) -> None:
    """As `cp` on a full disk leaves it: SQLite would throw away the -wal, and whoever is not counted be forgotten."""
    await closed(path, 5)
    whole = path.read_bytes()
    path.with_name(path.name + beside).write_bytes(whole)
    path.write_bytes(b"")
    with pytest.raises(backups.BackupError):
        backups.back_up(path, tmp_path / "backup.sqlite3")
    found = Database(path)

    await found.open(alone=True)
    await ask(found, 100, 3)
    assert not await found.look_after()

    assert found.keeps_nothing
    assert "the file there is empty" in (found.trouble or "")
    assert path.with_name(path.name + beside).read_bytes() == whole
    assert path.read_bytes() == b""
    path.with_name(path.name + beside).rename(path)
    assert await found.look_after()
    await found.close()
    assert count(path) == 5


async def test_an_empty_file_with_nothing_beside_it_is_a_first_start(path: Path) -> None:
    path.parent.mkdir()
    path.touch()

    await closed(path, 1)

    assert count(path) == 1


async def test_a_file_that_is_still_being_copied_into_place_is_waited_for(path: Path) -> None:
    await closed(path, 500)
    left = path.rename(path.with_name(LEFT[0]))
    whole = left.read_bytes()
    found = Database(path)
    await found.open(alone=True)
    with path.open("wb", buffering=0) as copy:
        for part in (whole[:50], whole[50:20_000], whole[20_000:-4096]):
            copy.write(part)
            assert not await found.look_after()
            assert found.keeps_nothing
            assert f"The file at {path} is not sound" in (found.trouble or "")
        copy.write(whole[-4096:])

    assert await found.look_after()

    assert (found.trouble, found.news) == (None, [])
    await found.close()
    assert count(path) == 500
    assert names(path) == {left.name}


@pytest.mark.parametrize("first", ["open", "backup", "insights"])
async def test_what_a_killed_start_left_half_written_is_undone(path: Path, tmp_path: Path, first: str) -> None:
    """A restored file is in another mode; a start that is killed while it changes that leaves a journal."""
    await closed(tmp_path / path.name, 500)
    path.parent.mkdir()
    backups.back_up(tmp_path / path.name, path)
    half = tmp_path / "half" / path.name
    with closing(sqlite3.connect(path, isolation_level=None)) as killed:
        killed.execute("PRAGMA cache_size = 1")
        killed.execute("BEGIN")
        killed.execute("UPDATE questions SET topic = 'half written'")
        shutil.copytree(path.parent, half.parent)
    assert half.with_name(f"{path.name}-journal").stat().st_size

    if first == "backup":
        backups.back_up(half, tmp_path / "backup.sqlite3")
    elif first == "insights":
        opened_file(half).close()
    opened = Database(half)
    await opened.open(alone=True)
    await opened.close()

    assert everything(half) == everything(tmp_path / path.name)
    assert not half.with_name(f"{path.name}-journal").exists()


async def test_to_begin_with_an_empty_database_what_is_left_is_moved_away(path: Path, tmp_path: Path) -> None:
    await closed(path, 5)
    left = path.rename(path.with_name(LEFT[0]))
    found = Database(path)
    await found.open(alone=True)
    left.rename(tmp_path / left.name)

    assert await found.look_after()
    await ask(found, 0, 1)
    await found.close()

    assert count(path) == 1


async def test_whoever_is_no_bot_does_not_begin_a_database_either(path: Path) -> None:
    await closed(path, 5)
    path.rename(path.with_name(LEFT[0]))

    with pytest.raises(DatabaseError, match="There is no database at"):
        await Database(path).open()

    assert not path.exists()


async def test_what_a_killed_restore_left_beside_a_sound_database_is_removed(path: Path) -> None:
    await closed(path, 5)
    for left in ("lantern.sqlite3.new", ".lantern.sqlite3.new.part", ".lantern.sqlite3.new.part-journal"):
        path.with_name(left).write_bytes(b"half")
    whole = everything(path)

    opened = Database(path)
    await opened.open(alone=True)
    await opened.close()

    assert names(path) == set()
    assert everything(path) == whole
