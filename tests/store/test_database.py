"""The database's bad days, on the file itself: what waits, what is written, what is set aside, and what is said."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from lantern import PROJECT
from lantern.store import backups, database, repair
from lantern.store.database import Database, DatabaseError, NotLanternsError
from lantern.store.questions import add_questions
from lantern.store.rows import insert
from lantern.store.sqlite_file import MIGRATIONS
from tests.support.reliability import tried
from tests.support.rows import (
    NOON,
    ask,
    count,
    everything,
    file_of,
    is_sound,
    key_of,
    locked_file,
    question,
    reader,
    scribble,
    scribble_over,
    writer,
)

ANSWERED = "(no member in this test: the rows alone)"


# ---------------------------------------------------------------------- locked, read-only, full


async def test_rows_wait_while_another_process_holds_the_file(opened: Database) -> None:
    with locked_file(file_of(opened)):
        # Every five seconds for half a minute, as the bot's own loop does.
        for second in range(0, 30, 5):
            await ask(opened, second * 10, 5)
            await opened.look_after()
        assert opened.waiting == 30
        assert "locked" in (opened.failure or "")
        with pytest.raises(DatabaseError, match="locked"):
            await opened.execute("DELETE FROM questions")

    await opened.look_after()

    assert (opened.waiting, str(opened.failure), count(file_of(opened))) == (0, "None", 30)
    tried("Database", "locked by another process for 30 s", saw=ANSWERED, lost="nothing: 30 of 30 rows on disk")


async def test_rows_wait_while_the_file_is_read_only(opened: Database) -> None:
    await ask(opened, 0, 3)
    await writer(opened).execute_fetchall("PRAGMA query_only = ON")

    await ask(opened, 10, 5)
    assert (opened.waiting, "readonly" in str(opened.failure)) == (5, True)
    await writer(opened).execute_fetchall("PRAGMA query_only = OFF")
    await opened.look_after()

    assert (opened.waiting, str(opened.failure), count(file_of(opened))) == (0, "None", 8)
    tried("Database", "read-only for a while", saw=ANSWERED, lost="nothing: 8 of 8 rows on disk")


async def test_rows_wait_while_the_disk_is_full(opened: Database) -> None:
    ((pages,),) = await writer(opened).execute_fetchall("PRAGMA page_count")
    # SQLite's own limit gives the very error of a full disk (SQLITE_FULL), without filling one.
    await writer(opened).execute_fetchall(f"PRAGMA max_page_count = {pages + 4}")

    asked = 0
    while opened.failure is None:
        await ask(opened, asked, 100)
        asked += 100
        assert asked < 10_000
    assert opened.failure == "database or disk is full"
    await ask(opened, asked, 100)
    on_disk = count(file_of(opened))
    assert on_disk + opened.waiting == asked + 100
    await writer(opened).execute_fetchall("PRAGMA max_page_count = 1000000")
    await opened.look_after()

    assert (opened.waiting, str(opened.failure), count(file_of(opened))) == (0, "None", asked + 100)
    assert is_sound(file_of(opened))
    tried(
        "Database", "the disk is full for a while", saw=ANSWERED, lost="nothing: every row on disk once there is room"
    )


async def test_no_more_than_so_many_rows_wait(
    opened: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(database, "WAITING_ROWS_MAX", 50)
    with locked_file(file_of(opened)):
        await ask(opened, 0, 60)
        assert opened.waiting == 50
    await opened.look_after()

    assert count(file_of(opened)) == 50
    assert "50 rows wait for the database" in caplog.text
    assert "10 rows were not kept while" in caplog.text
    limit = "more rows wait than the limit, 20,000 (tried with 50)"
    tried("Database", limit, saw=ANSWERED, lost="what is beyond the limit, counted in the log")


async def test_what_a_person_waits_for_does_not_overtake_rows(opened: Database) -> None:
    with locked_file(file_of(opened)):
        await ask(opened, 0, 1)
    # The row still waits, as nobody has tried again: forgetting a member must come after it.
    assert opened.waiting == 1
    assert await opened.execute("UPDATE questions SET member_key = NULL") == 1


async def test_a_row_that_the_schema_refuses_holds_up_no_other(
    opened: Database, caplog: pytest.LogCaptureFixture
) -> None:
    opened.write(insert("no_such_table", ("number",)), {"number": 1})
    opened.write(add_questions, question(1))
    opened.write(insert("secrets", ("name", "value")), {"name": "a name", "value": None})
    opened.write(add_questions, question(2))
    await opened.flush()

    assert (opened.waiting, str(opened.failure), count(file_of(opened))) == (0, "None", 2)
    assert caplog.text.count("one row was not kept") == 2


# ---------------------------------------------------------------------- deleted, replaced


@pytest.mark.parametrize("all_of_it", [False, True], ids=["the file", "with its -wal and -shm"])
async def test_a_deleted_file_is_written_again(opened: Database, all_of_it: bool) -> None:
    await ask(opened, 0, 3)
    for path in file_of(opened).parent.glob("lantern.sqlite3*" if all_of_it else "lantern.sqlite3"):
        path.unlink()
    await ask(opened, 10, 4)

    assert await opened.look_after()
    await ask(opened, 20, 5)

    assert count(file_of(opened)) == 12
    assert is_sound(file_of(opened))
    assert file_of(opened).stat().st_mode & 0o777 == 0o600
    assert "was deleted while Lantern was running" in opened.news[0]
    assert not await opened.look_after(), "one deletion is noticed once"
    tried("Database", "deleted while running", saw=ANSWERED, lost="nothing: 12 of 12 rows, in a file of the same name")


async def test_a_deleted_folder_is_made_again(opened: Database, tmp_path: Path) -> None:
    await ask(opened, 0, 3)
    shutil.rmtree(tmp_path)

    assert await opened.look_after()

    assert count(file_of(opened)) == 3


async def test_a_deleted_folder_is_made_again_with_those_above_it(tmp_path: Path) -> None:
    opened = Database(tmp_path / "srv" / "data" / "lantern.sqlite3", now=lambda: NOON)
    await opened.open()
    shutil.rmtree(tmp_path / "srv")
    (tmp_path / "srv").write_text("in the way", encoding="utf-8")
    assert not await opened.look_after()
    assert opened.failure is not None
    assert opened.failure.startswith(f"{file_of(opened)} cannot be used (")
    assert "Check LANTERN_DATABASE" in opened.failure
    (tmp_path / "srv").unlink()
    await ask(opened, 0, 3)

    assert await opened.look_after()

    assert count(file_of(opened)) == 3
    await opened.close()


async def test_a_replaced_file_is_used_and_what_it_replaced_is_kept(opened: Database, tmp_path: Path) -> None:
    older = tmp_path / "older.sqlite3"
    await ask(opened, 0, 2)
    backups.back_up(file_of(opened), older)
    await ask(opened, 10, 4)
    older.replace(file_of(opened))
    await ask(opened, 20, 1)

    assert await opened.look_after()
    await ask(opened, 30, 5)

    assert count(file_of(opened)) == 2 + 5
    kept = tmp_path / "lantern.sqlite3.replaced-20261122T120000Z"
    assert count(kept) == 2 + 4 + 1
    assert is_sound(file_of(opened))
    assert is_sound(kept)
    # Not in WAL mode (SQLite's file format, bytes 18 and 19): a read-only disk will do.
    assert kept.read_bytes()[18:20] == b"\1\1"
    assert str(kept) in opened.news[0]
    lost = "nothing: 7 of 7 rows of the old file are kept beside the new one"
    tried("Database", "replaced by another file while running", saw=ANSWERED, lost=lost)


@pytest.mark.parametrize("what", ["replaced", "deleted"])
async def test_what_stood_in_a_file_that_cannot_be_read_any_more_is_said_to_be_lost(
    opened: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    await ask(opened, 0, 3)
    folder = file_of(opened).parent / "backups"
    folder.mkdir()
    backups.back_up(file_of(opened), backups.backup_path(folder, NOON))
    other = tmp_path / "other.sqlite3"
    backups.back_up(file_of(opened), other)
    await ask(opened, 10, 4)
    if what == "replaced":
        other.replace(file_of(opened))
    else:
        file_of(opened).unlink()

    sound, unsound = backups.check_sound, iter([backups.BackupError("it is torn")])

    def check_sound(path: Path) -> None:
        for error in unsound:
            raise error
        sound(path)

    monkeypatch.setattr(backups, "check_sound", check_sound)

    assert await opened.look_after()

    assert count(file_of(opened)) == 3
    assert (
        f"was {what} while Lantern was running. What stood in the old one could not be saved (it is torn)."
        in (opened.news[0])
    )
    taken = [news for news in opened.news if "took its place" in news]
    assert len(taken) == len(opened.news) - 1 == (what == "deleted")
    assert not [*tmp_path.glob(f"*.{what}-*"), *tmp_path.glob("*.new")], "what is torn is not kept"


async def test_a_newer_file_put_in_place_is_left_alone_until_it_can_be_read(opened: Database, tmp_path: Path) -> None:
    newer = tmp_path / "newer.sqlite3"
    backups.back_up(file_of(opened), newer)
    with closing(sqlite3.connect(newer)) as connection:
        connection.execute("PRAGMA user_version = 9000")
    fine = tmp_path / "fine.sqlite3"
    backups.back_up(file_of(opened), fine)
    before = newer.read_bytes()
    newer.replace(file_of(opened))

    assert not await opened.look_after()
    await ask(opened, 0, 2)

    assert "newer Lantern" in (opened.failure or "")
    assert "cannot be used" not in (opened.failure or "")
    assert opened.waiting == 2
    assert file_of(opened).read_bytes() == before
    with pytest.raises(DatabaseError, match="not open"):
        await opened.fetch("SELECT 1")

    fine.replace(file_of(opened))
    assert await opened.look_after()
    assert count(file_of(opened)) == 2


# ---------------------------------------------------------------------- damaged


async def closed_with(path: Path, number: int, *, opt_outs: tuple[int, ...] = ()) -> int:
    """A database with some rows, closed well; returns a member's key in it."""
    made = Database(path)
    await made.open()
    await ask(made, 0, number)
    for key in opt_outs:
        await made.execute("INSERT INTO opt_outs (member_key, since) VALUES (?, 0)", (key,))
    member_key = await key_of(made)
    await made.close()
    return member_key


def opt_outs(path: Path) -> set[int]:
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT member_key FROM opt_outs")}


async def test_a_damaged_file_is_set_aside_and_the_newest_good_backup_taken(path: Path) -> None:
    key = await closed_with(path, 5, opt_outs=(11,))
    folder = path.parent / "backups"
    for day in (20, 21):
        backups.back_up(path, backups.backup_path(folder, NOON.replace(day=day)))
    scribble(backups.backup_path(folder, NOON.replace(day=21)))
    damaged = path.read_bytes()[:100] + os.urandom(8192)
    path.write_bytes(damaged)

    opened = Database(path, now=lambda: NOON)
    await opened.open()
    await ask(opened, 100, 1)
    kept_key = await key_of(opened)
    await opened.close()

    assert (path.parent / "lantern.sqlite3.damaged-20261122T120000Z").read_bytes() == damaged
    assert count(path) == 6
    assert opt_outs(path) == {11}
    assert kept_key == key, "with another secret nobody's opt-out would hold"
    (said,) = opened.news
    assert "lantern-20261120T120000Z.sqlite3" in said, "the newest backup is damaged, so the one before it"
    assert "ARE LOST" in said, "opt-outs since the backup could not be read"
    lost = "rows since the newest sound backup; opt-outs since then, said loudly"
    tried("Database", "damaged at start, with a backup", saw=ANSWERED, lost=lost)


async def test_without_a_backup_what_members_chose_is_read_out_of_the_damaged_file(path: Path) -> None:
    key = await closed_with(path, 2_000, opt_outs=(11, 12, 13))
    scribble_over(path, "questions")

    opened = Database(path, now=lambda: NOON)
    await opened.open()
    await ask(opened, 0, 1)
    kept_key = await key_of(opened)
    await opened.close()

    assert count(path) == 1
    assert opt_outs(path) == {11, 12, 13}
    assert kept_key == key
    (said,) = opened.news
    assert "opt_outs 3" in said
    assert "LOST" not in said
    lost = "earlier rows (kept in the file set aside); opt-outs: none, 3 of 3 read out of it"
    tried("Database", "damaged at start, no backup, opt-outs readable", saw=ANSWERED, lost=lost)


async def test_where_the_key_file_is_there_a_check_value_that_cannot_be_read_is_no_loss(path: Path) -> None:
    key = await closed_with(path, 20, opt_outs=(11, 12, 13))
    scribble_over(path, "secrets")

    opened = Database(path, now=lambda: NOON)
    await opened.open()
    assert await key_of(opened) == key
    await opened.close()

    (said,) = opened.news
    assert "opt_outs 3" in said
    assert "LOST" not in said


async def test_opt_outs_of_an_older_version_whose_key_cannot_be_read_are_said_to_be_lost(path: Path) -> None:
    """Their keys are made with it: with another, nobody is found again."""
    key = await closed_with(path, 20, opt_outs=(11, 12, 13))
    path.with_suffix(".key").unlink()
    with closing(sqlite3.connect(path)) as older:
        older.execute("PRAGMA user_version = 9")
    scribble_over(path, "secrets")

    opened = Database(path, now=lambda: NOON)
    await opened.open()
    other_key = await key_of(opened)
    await opened.close()

    assert other_key != key
    (said,) = opened.news
    assert "opt_outs 3" in said
    assert "ARE LOST" in said
    assert "questions" not in said.partition("(rows)")[2], "what happened is not read out, whatever can be"
    assert count(path) == 0


async def test_opt_outs_that_cannot_be_read_are_said_to_be_lost(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.write_bytes(b"this has never been a database, or is none any more" * 100)
    path.with_name(f"{path.name}.lock").touch()  # a bot was here

    opened = Database(path, now=lambda: NOON)
    await opened.open()
    await ask(opened, 0, 1)
    await opened.close()

    assert count(path) == 1
    assert "CHOICES OF MEMBERS WHO ASKED NOT TO BE COUNTED COULD NOT BE READ AND ARE LOST" in caplog.text
    assert opened.news
    lost = "everything in it (kept in the file set aside); the loss of opt-outs is said in capitals"
    tried("Database", "damaged at start, no backup, nothing readable", saw=ANSWERED, lost=lost)


async def test_a_file_that_never_was_a_database_is_refused_untouched(path: Path) -> None:
    """A mistake in LANTERN_DATABASE is nothing to repair, and leaves nothing beside what it names."""
    text, pipe, folder = path.with_name("hostname"), path.with_name("null"), path.with_name("etc")
    text.write_text("my-machine\n")
    os.mkfifo(pipe)
    folder.mkdir()
    other = path.with_name("other.sqlite3")
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE theirs (id INTEGER)")
    whole = other.read_bytes()

    for wrong, kind in ((text, "no database"), (pipe, "no file"), (folder, "no file"), (other, "of another program")):
        opened = Database(wrong, now=lambda: NOON)
        with pytest.raises(NotLanternsError, match=f"{wrong} is .*{kind}.*set LANTERN_DATABASE"):
            await opened.open(alone=True)
        assert not opened.news

    assert {each.name for each in path.parent.iterdir()} == {"hostname", "null", "etc", "other.sqlite3"}
    assert text.read_text() == "my-machine\n"
    assert other.read_bytes() == whole
    tried(
        "Database",
        "the setting names a file that never was a database, a device, a folder, or another program's database",
        saw="(the bot does not start: status 2)",
        lost="nothing; what it names is untouched",
    )


async def test_a_file_that_another_program_has_for_itself_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(_path: Path, **_: object) -> None:
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise error

    monkeypatch.setattr(repair, "damage", locked)
    with pytest.raises(DatabaseError, match=f"{path} is locked by another program .*end that program"):
        await Database(path).open(alone=True)


@pytest.mark.parametrize(
    "trace", ["lantern.sqlite3.lock", "lantern.sqlite3-wal", "backups/lantern-20261120T120000Z.sqlite3"]
)
async def test_a_database_that_lost_its_beginning_is_told_by_what_is_beside_it(path: Path, trace: str) -> None:
    path.write_bytes(bytes(8192))
    there = path.parent / trace
    there.parent.mkdir(exist_ok=True)
    there.write_bytes(b"x")

    opened = Database(path, now=lambda: NOON)
    await opened.open()
    await opened.close()

    assert "was damaged" in opened.news[0]


async def test_damage_under_the_running_bot_is_noticed_and_waiting_rows_go_to_the_new_file(opened: Database) -> None:
    await ask(opened, 0, 400)
    folder = file_of(opened).parent / "backups"
    backups.back_up(file_of(opened), backups.backup_path(folder, NOON))
    await writer(opened).execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
    # Two connections hold pages in memory; a small cache makes them read what is now rubbish.
    for connection in (writer(opened), reader(opened)):
        await connection.execute_fetchall("PRAGMA cache_size = 1")
    scribble(file_of(opened))

    await ask(opened, 1_000, 3)
    assert "malformed" in (opened.failure or "")
    assert await opened.look_after()

    assert (opened.waiting, opened.failure) == (0, None)
    assert count(file_of(opened)) == 403
    assert "was damaged" in opened.news[0]
    lost = "rows since the newest sound backup; the 3 that waited are on disk"
    tried("Database", "damaged while running", saw=ANSWERED, lost=lost)


async def test_a_closed_file_of_any_size_below_the_limit_is_read_at_start(path: Path) -> None:
    await closed_with(path, 10)
    assert repair.damage(path) is None
    scribble(path)
    assert repair.damage(path) is not None


# ---------------------------------------------------------------------- migrations


def some_migrations(folder: Path, **scripts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in scripts.items():
        (folder / f"{name.removeprefix('m')}.sql").write_text(text)
    return folder


async def test_a_migration_that_fails_half_way_changes_nothing(path: Path, tmp_path: Path) -> None:
    await closed_with(path, 3)
    before = everything(path)
    newest = max(number for number, _ in database.migrations())
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    some_migrations(
        folder,
        **{
            f"m{newest + 1:04d}_fine": "CREATE TABLE fine (x TEXT) STRICT;",
            f"m{newest + 2:04d}_faulty": "CREATE TABLE half (x TEXT) STRICT; DELETE FROM questions;"
            " INSERT INTO nowhere VALUES (1);",
        },
    )

    with pytest.raises(DatabaseError, match=rf"{newest + 2:04d}_faulty.sql failed .*nowhere.*Nothing was changed"):
        await Database(path, migrations_folder=folder).open()

    assert everything(path) == before
    again = Database(path)
    await again.open()
    await again.close()
    lost = "nothing: the file is as it was, and the older program opens it"
    tried("Database", "a migration fails half-way", saw=ANSWERED, lost=lost)


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [number for number, _ in database.migrations()] == list(range(1, len(database.migrations()) + 1))


async def test_a_newer_file_is_left_untouched(path: Path) -> None:
    await closed_with(path, 1)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 9000")
    before = path.read_bytes()

    with pytest.raises(DatabaseError, match="newer Lantern"):
        await Database(path).open()

    assert path.read_bytes() == before


async def test_another_programs_database_is_left_untouched(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE invoices (number INTEGER)")
        connection.commit()
    before = path.read_bytes()

    with pytest.raises(DatabaseError, match="another program"):
        await Database(path).open()

    assert path.read_bytes() == before


async def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    opened = Database(tmp_path / "new" / "lantern.sqlite3")
    await opened.open()
    await ask(opened, 0, 1)

    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "new").iterdir()} == {0o600}
    await opened.close()


async def test_a_sqlite_that_is_too_old_is_said_at_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 37, 2))

    with pytest.raises(DatabaseError, match=r"Lantern needs 3\.38 or newer"):
        await Database(tmp_path / "log.sqlite3").open()

    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------------- two bots, one file


async def test_two_bots_cannot_use_one_file(opened: Database) -> None:
    with pytest.raises(DatabaseError, match=r"^Another Lantern is running"):
        await Database(file_of(opened)).open(alone=True)

    await opened.close()
    second = Database(file_of(opened))
    await second.open(alone=True)
    await second.close()


async def test_a_file_that_cannot_be_opened_is_said_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder", encoding="utf-8")

    with pytest.raises(DatabaseError) as caught:
        await Database(tmp_path / "data" / "lantern.sqlite3").open()

    assert str(caught.value).startswith(f"{tmp_path / 'data' / 'lantern.sqlite3'} cannot be used (")
    assert "Check LANTERN_DATABASE" in str(caught.value)


async def test_a_lost_database_beside_backups_is_said(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await closed_with(path, 1)
    backups.back_up(path, backups.backup_path(path.parent / "backups", NOON))
    path.unlink()

    opened = Database(path)
    await opened.open()
    await opened.close()

    assert "a new one was begun; 1 backups are in" in caplog.text


# ---------------------------------------------------------------------- killed

LOAD = """
import asyncio, sys
from pathlib import Path
from lantern.store.database import Database
from lantern.store.member_keys import MemberKeys
from lantern.store.questions import Questions
from tests.support.rows import file_of, question

async def main():
    opened = Database(Path(sys.argv[1]))
    await opened.open(alone=True)
    questions = Questions(opened, MemberKeys(opened))
    number = int(sys.argv[2])
    while True:
        for _ in range(20):
            questions.record(question(number))
            number += 1
        await opened.flush()
        print(number, flush=True)

asyncio.run(main())
"""


def killed_in_the_middle(path: Path, start: int, blocks: int) -> int:
    """Load a database in another process, kill -9 it after so many blocks, and return the last row it said was kept."""
    with subprocess.Popen(
        [sys.executable, "-c", LOAD, str(path), str(start)], stdout=subprocess.PIPE, text=True, cwd=PROJECT
    ) as process:
        assert process.stdout is not None
        for _ in range(blocks):
            line = process.stdout.readline()
            assert line, "the load ended by itself"
        process.send_signal(signal.SIGKILL)
        kept = max([int(line), *map(int, process.stdout.read().split())])
    assert process.returncode == -signal.SIGKILL
    return kept


def kill_again_and_again(path: Path, times: int) -> None:
    start = 1
    for number in range(times):
        kept = killed_in_the_middle(path, start, blocks=1 + number % 7)
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            on_disk = connection.execute("SELECT count(*), max(interaction_id) FROM questions").fetchone()
        assert on_disk[0] >= kept - 1, "a row that was said to be on disk is not there"
        start = on_disk[1] + 1
    tried(
        "The process",
        f"killed (kill -9) in the middle of a load, {times} times",
        saw=ANSWERED,
        lost="no row that was flushed; integrity_check ok each time",
    )


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_ten_kills_in_the_middle_of_a_load_lose_no_row_that_was_kept(path: Path) -> None:
    kill_again_and_again(path, 10)


@pytest.mark.soak
@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_a_hundred_kills_in_the_middle_of_a_load_lose_no_row_that_was_kept(path: Path) -> None:
    kill_again_and_again(path, 100)
