"""The key of members' codes lies elsewhere than the database, and without it nobody in there has a name."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import sys
from pathlib import Path

import pytest

from lantern.runtime.settings import Settings
from lantern.store import backups, copies, key_file
from lantern.store.addresses import is_address
from lantern.store.database import Database
from lantern.store.key_file import WrongKeyError, check_of
from lantern.store.member_keys import MemberKeys
from lantern.store.member_languages import MemberLanguages
from lantern.store.members import Members
from lantern.store.misses import INSERT_HELPFUL, Helpful
from lantern.store.moving import MoveError, move
from lantern.store.questions import Questions
from tests.support.programs import tool
from tests.support.reliability import tried
from tests.support.rows import IN_A_FILE, file_of, found, opened, question

MEMBERS = range(10**18, 10**18 + 50)
OLD = b"k" * 32


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lantern.key"


@pytest.fixture
def settings(where: Path | str, tmp_path: Path) -> Settings:
    return Settings(database=where, state_folder=tmp_path)


async def keep_within(database: Database, key: bytes = OLD) -> None:
    """Make it a database of an older version: the key stands beside the codes, and no check value."""
    await database.execute("DELETE FROM secrets")
    await database.execute("INSERT INTO secrets (name, value) VALUES ('member_key', :key)", {"key": key})


async def asked_by_all(database: Database, file: Path) -> MemberKeys:
    """Every member asked once, and the second does not want to be counted."""
    keys = MemberKeys(database, file)
    await keys.open()
    questions = Questions(database, keys)
    for number, member in enumerate(MEMBERS):
        questions.record(question(number, member_key=keys.of(member)))
    await Members(database, keys).stop_counting(keys.of(MEMBERS[1]), 1)
    await database.flush()
    return keys


def bytes_of(path: Path) -> bytes:
    """All that is in a SQLite file and in those beside it."""
    return b"".join(
        path.with_name(path.name + end).read_bytes()
        for end in ("", "-wal", "-shm")
        if path.with_name(path.name + end).exists()
    )


def code(member: int, key: bytes) -> int:
    """What stands for a member under a key, worked out by somebody else than the bot."""
    return int.from_bytes(
        hashlib.blake2b(member.to_bytes(8, "big"), key=key, digest_size=8).digest(), "big", signed=True
    )


async def named(database: Database) -> int:
    """How many askers somebody names who has the database and the list of members, with whatever key is in there."""
    secrets = [bytes(value) for (value,) in await found(database, "SELECT value FROM secrets")]
    asked = {key for (key,) in await found(database, "SELECT member_key FROM questions")}
    codes = {
        int.from_bytes(
            hashlib.blake2b(member.to_bytes(8, "big"), key=secret, digest_size=8).digest(), "big", signed=True
        )
        for secret in secrets
        for member in MEMBERS
    }
    return len(asked & codes)


async def test_with_the_database_and_the_list_of_members_nobody_is_named(database: Database, file: Path) -> None:
    keys = await asked_by_all(database, file)

    assert await named(database) == 0
    assert [name for (name,) in await found(database, "SELECT name FROM secrets")] == ["member_key_check"]
    assert {keys.of(member) for member in MEMBERS} == {
        key for (key,) in await found(database, "SELECT member_key FROM questions")
    }
    if not is_address(database.where):
        assert bytes.fromhex(file.read_text()) not in bytes_of(file_of(database))


async def test_the_file_is_its_owners_alone_from_its_first_byte(
    database: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes = []
    link = os.link

    def look(source: Path, target: Path) -> None:
        modes.append(source.stat().st_mode & 0o777)
        link(source, target)

    monkeypatch.setattr(os, "link", look)
    before = os.umask(0)
    try:
        await MemberKeys(database, file).open()
    finally:
        os.umask(before)

    assert modes == [0o600]
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in file.parent.iterdir() if "key" in path.name) == ["lantern.key"]
    file.chmod(0o644)
    await MemberKeys(database, file).open()
    assert file.stat().st_mode & 0o777 == 0o600, "whatever it was before"


async def test_the_key_of_an_older_version_moves_out_of_the_database(database: Database, file: Path) -> None:
    await keep_within(database)
    older = int.from_bytes(
        hashlib.blake2b((42).to_bytes(8, "big"), key=OLD, digest_size=8).digest(), "big", signed=True
    )
    questions = Questions(database, MemberKeys(database))
    questions.record(question(1, member_key=older))
    await database.flush()
    if not is_address(database.where):
        assert OLD in bytes_of(file_of(database))

    keys = MemberKeys(database, file)
    await keys.open()

    assert keys.of(42) == older, "rows and wishes stay theirs"
    assert key_file.read(file) == OLD
    assert await found(database, "SELECT name FROM secrets") == [("member_key_check",)]
    if is_address(database.where):
        assert await found(
            database,
            "SELECT pg_relation_size('secrets') / 8192, n_dead_tup FROM pg_stat_user_tables WHERE relname = 'secrets'",
        ) == [(1, 0)]
    else:
        assert OLD not in bytes_of(file_of(database)), "nor in the -wal or in free pages"


async def test_a_start_that_was_killed_while_the_key_moved_goes_on(database: Database, file: Path) -> None:
    await keep_within(database)
    assert key_file.make(file, OLD)

    await MemberKeys(database, file).open()

    assert await found(database, "SELECT name FROM secrets") == [("member_key_check",)]
    assert key_file.read(file) == OLD


async def test_another_key_and_none_are_refused_and_nothing_is_changed(database: Database, file: Path) -> None:
    keys = await asked_by_all(database, file)
    right = file.read_text()
    kept = await found(database, "SELECT * FROM secrets")

    file.unlink()
    with pytest.raises(WrongKeyError, match=r"lantern\.key is not there.*Put it back.*new-key"):
        await MemberKeys(database, file).open()
    assert not file.exists()
    file.write_text("ab" * 32)
    with pytest.raises(WrongKeyError, match=r"is not the one that .* was made with.*new-key"):
        await MemberKeys(database, file).open()
    file.write_text("half of")
    with pytest.raises(WrongKeyError, match="is no key file: it has to hold 64 hexadecimal digits"):
        await MemberKeys(database, file).open()
    file.write_text(right.upper())

    again = MemberKeys(database, file)
    await again.open()
    assert again.of(42) == keys.of(42)
    assert await found(database, "SELECT * FROM secrets") == kept


async def test_a_key_within_that_is_not_the_files_is_refused(database: Database, file: Path) -> None:
    await keep_within(database)
    key_file.make(file, key_file.new_key())

    with pytest.raises(WrongKeyError, match="is not the one that"):
        await MemberKeys(database, file).open()

    assert await found(database, "SELECT name FROM secrets") == [("member_key",)]


async def test_processes_that_start_at_once_have_one_key(
    database: Database, where: Path | str, file: Path, tmp_path: Path
) -> None:
    async with opened(where) as other:
        both = MemberKeys(database, file), MemberKeys(other, file)
        await asyncio.gather(*(each.open() for each in both))
        assert both[0].of(42) == both[1].of(42)
        elsewhere = tmp_path / "elsewhere" / "lantern.key"
        with pytest.raises(WrongKeyError):
            await MemberKeys(other, elsewhere).open()
        assert not elsewhere.exists()


@pytest.mark.parametrize("first", [True, False])
async def test_with_two_files_only_one_process_begins(
    database: Database, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, first: bool
) -> None:
    """Both saw an empty database; the check value of one of them comes first."""
    elsewhere = tmp_path / "elsewhere" / "lantern.key"
    if not first:
        key_file.make(elsewhere, b"e" * 32)
    make = key_file.make
    slow = MemberKeys(database, elsewhere)
    is_kept = slow._is_kept

    async def after_the_other(key: bytes) -> bool:
        await MemberKeys(database, file).open()
        return await is_kept(key)

    monkeypatch.setattr(slow, "_is_kept", after_the_other)
    with pytest.raises(WrongKeyError, match="is not the one that"):
        await slow.open()

    assert elsewhere.exists() is not first, "what it made itself it takes away again"
    assert make is key_file.make


async def test_no_backup_has_the_key(database: Database, where: Path | str, file: Path, tmp_path: Path) -> None:
    await keep_within(database)
    await MemberKeys(database, file).open()
    target = tmp_path / "backup"

    await copies.back_up(where, target)

    said = target.read_bytes()
    assert said
    for form in (OLD, OLD.hex().encode(), OLD.hex().upper().encode()):
        assert form not in said


async def test_who_begins_with_a_new_key_is_told_what_is_lost(
    database: Database, settings: Settings, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = await asked_by_all(database, file)
    await database.change(INSERT_HELPFUL, [Helpful(5, 1, "twinflame", "hope", keys.of(MEMBERS[2]))])
    await Members(database, keys).forget(keys.of(MEMBERS[3]), 9)
    await MemberLanguages(database).choose(keys.of(MEMBERS[2]), "es")
    before = file.read_text()
    await database.close()
    file.chmod(0o644)

    assert await asyncio.to_thread(tool, settings, "new-key") == 1
    told = capsys.readouterr().out
    assert "Who asked not to be counted is counted again" in told
    assert "Who chose a language is answered in that of their Discord again" in told
    assert "note" not in told
    assert "Nothing was changed" in told
    assert file.read_text() == before
    assert await asyncio.to_thread(tool, settings, "new-key", "--delete-wishes") == 0
    told = capsys.readouterr().out
    assert "1 wishes not to be counted and 1 choices of a language are deleted." in told
    assert "50 records are kept without a code." in told

    (aside,) = file.parent.glob("lantern.key.old-*")
    assert aside.read_text() == before
    if sys.platform != "win32":
        assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    await database.open()
    again = MemberKeys(database, file)
    await again.open()
    assert again.of(42) != keys.of(42)
    assert await found(database, "SELECT count(*), count(member_key) FROM questions") == [(50, 0)]
    for table in ("opt_outs", "forgotten", "member_languages"):
        assert await found(database, f"SELECT * FROM {table}") == []  # noqa: S608
    tried(
        "The machine",
        "the key of members' codes is lost, and the operator begins with a new one",
        saw="/privacy says that nothing is kept of them; who was not counted is counted again",
        lost="wishes not to be counted, choices of a language, and which record was whose; no record and no total",
    )


async def test_a_new_key_is_refused_while_a_bot_runs(
    database: Database, settings: Settings, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await asked_by_all(database, file)
    before = file.read_text()
    await database.close()
    await database.open(alone=True)

    assert await asyncio.to_thread(tool, settings, "new-key", "--delete-wishes") == 1

    assert "running" in capsys.readouterr().err
    assert file.read_text() == before


async def test_rows_that_wait_lose_the_old_key_too(database: Database, settings: Settings, file: Path) -> None:
    await asked_by_all(database, file)
    await database.close()
    settings.waiting_rows.write_bytes(
        b'["question asked",{"member_key":5,"topic":"hope"}]\n["guild joined or left",{}]\n'
    )

    assert await asyncio.to_thread(tool, settings, "new-key", "--delete-wishes") == 0

    assert settings.waiting_rows.read_bytes() == (
        b'["question asked",{"member_key":null,"topic":"hope"}]\n["guild joined or left",{}]\n'
    )


async def test_a_database_with_its_key_within_is_not_moved(tmp_path: Path, postgres_database: str) -> None:
    async with opened(tmp_path / "lantern.sqlite3") as database:
        await keep_within(database)

    with pytest.raises(MoveError, match="Start this version of the bot there once"):
        await move(tmp_path / "lantern.sqlite3", postgres_database)


@IN_A_FILE
async def test_a_restore_says_when_the_key_file_is_not_the_backups(
    database: Database, settings: Settings, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await asked_by_all(database, file)
    backups.back_up(file_of(database), tmp_path / "backup.sqlite3")
    await database.close()

    assert await asyncio.to_thread(tool, settings, "restore", str(tmp_path / "backup.sqlite3")) == 0
    assert "key" not in capsys.readouterr().err
    file.rename(tmp_path / "gone")
    assert await asyncio.to_thread(tool, settings, "restore", str(tmp_path / "backup.sqlite3")) == 0
    assert "lantern.key is not the one of this backup, or is not there" in capsys.readouterr().err


def test_the_check_value_is_not_the_key() -> None:
    assert len({check_of(OLD), check_of(b"l" * 32), OLD}) == 3
