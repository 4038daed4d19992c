"""Nobody else on the machine reads what members left, and no link leads a more powerful user astray."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import stat
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lantern import PROJECT
from lantern.store import backups, private_files
from tests.discord.loopback import Loopback
from tests.discord.process import BotProcess
from tests.support.logged_bot import LoggedBot
from tests.support.programs import run
from tests.support.rows import NOON, opened, put_week

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="files have no modes there")
AS_ROOT = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be led astray")
SOMEBODY = 12_345
STAMP = "20261122T120000Z"
BESIDE = ("-wal", "-shm", ".lock", ".waiting.reserve", ".status.json")
"""What is beside a running bot's file."""
BEFORE = (f".replaced-{STAMP}", f".damaged-{STAMP}", f".old-wal-{STAMP}")
"""What may be beside it from before."""


def modes(folder: Path) -> dict[str, int]:
    """The rights on every file below a folder."""
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def _open_handed() -> Iterator[None]:
    """New files are for everybody, unless whoever makes them says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_open_handed")
async def test_all_that_a_bot_leaves_is_its_owners_alone_whatever_it_was_before(tmp_path: Path) -> None:
    """A whole process with no umask, on files that somebody opened to all."""
    database = tmp_path / "data" / "lantern.sqlite3"
    async with opened(database):
        pass
    backups.back_up(database, backups.backup_path(database.parent / "backups", NOON))
    for suffix in (*BESIDE[:4], *BEFORE, ".waiting.jsonl"):
        database.with_name(database.name + suffix).touch()
    for path in database.parent.rglob("*"):
        path.chmod(0o777)

    async with Loopback() as server:
        process = await BotProcess.start(
            server, ["bot.py", "run"], environment={"LANTERN_DATABASE": str(database)}, log=tmp_path / "log"
        )
        bot = LoggedBot(process, tmp_path / "log", database.parent)
        try:
            await process.ready(server)
            await (await server.slash("twinflame", "runner")).answered()
            await server.until(lambda: database.with_name("lantern.sqlite3.status.json").exists())
            while_it_runs = modes(database.parent)
            await bot.told(signal.SIGTERM)
        finally:
            await process.kill()

    assert {f"lantern.sqlite3{suffix}" for suffix in ("", *BESIDE, *BEFORE)} <= while_it_runs.keys()
    assert backups.backup_path(Path(), NOON).name in while_it_runs
    assert set(while_it_runs.values()) == {0o600}, while_it_runs
    assert set(modes(database.parent).values()) == {0o600}
    assert not not_ignored(set(while_it_runs))


@pytest.mark.usefixtures("_open_handed")
async def test_what_the_command_line_writes_is_its_owners_alone(tmp_path: Path) -> None:
    database = tmp_path / "lantern.sqlite3"
    async with opened(database) as open_database:
        await put_week(open_database, 1)
    database.chmod(0o666)
    settings = {"LANTERN_DATABASE": str(database)}
    written = [tmp_path / name for name in ("copy.sqlite3", "figures.zip", "top.png")]
    for path in written:
        path.touch(0o666)

    for command in (
        ("backup", str(written[0])),
        ("insights", "export", "--out", str(written[1])),
        ("insights", "top", "--png", str(written[2])),
        ("restore", str(written[0])),
    ):
        ended = run(*command, **settings)
        assert ended.returncode == 0, ended.stderr

    found = modes(tmp_path)
    assert any(".replaced-" in name for name in found)
    assert set(found.values()) == {0o600}, found


def test_no_moment_passes_in_which_others_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """New files are private when they are made, and not a moment later."""

    def never(*_arguments: object, **_options: object) -> None:
        raise AssertionError("a file was closed to others after it was made")

    before = os.umask(0)
    monkeypatch.setattr(os, "fchmod", never)
    monkeypatch.setattr(Path, "chmod", never)
    try:
        private_files.write(tmp_path / "written", b"x")
        os.close(private_files.opened(tmp_path / "opened", os.O_RDWR))
        with backups.whole_file(tmp_path / "whole") as part:
            part.write_bytes(b"x")
    finally:
        os.umask(before)
    monkeypatch.undo()
    assert modes(tmp_path) == dict.fromkeys(("written", "opened", "whole"), 0o600)


# ---------------------------------------------------------------------- links, and files of others


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file of whoever is more powerful."""
    path = tmp_path / "secret"
    path.write_text("untouched")
    return path


def test_a_link_in_the_locks_place_is_not_followed(tmp_path: Path, secret: Path) -> None:
    (tmp_path / "l.sqlite3.lock").symlink_to(secret)
    with pytest.raises(OSError, match="symbolic links"):
        backups.FileLock(tmp_path / "l.sqlite3").take()
    assert secret.read_text() == "untouched"


@pytest.mark.parametrize("ending", [backups.PART, backups.BACKUP_PART])
def test_a_link_where_a_file_is_written_is_replaced(tmp_path: Path, secret: Path, ending: str) -> None:
    (tmp_path / f".copy{ending}").symlink_to(secret)
    (tmp_path / "copy").symlink_to(secret)

    with backups.whole_file(tmp_path / "copy", ending) as part:
        part.write_text("members' words")

    assert secret.read_text() == "untouched"
    assert not (tmp_path / "copy").is_symlink()


def test_an_export_replaces_a_link_and_does_not_follow_it(tmp_path: Path, secret: Path) -> None:
    for name in ("figures.zip", ".figures.zip.part"):
        (tmp_path / name).symlink_to(secret)
    private_files.write(tmp_path / "figures.zip", b"members' words")
    assert secret.read_text() == "untouched"
    assert (tmp_path / "figures.zip").read_bytes() == b"members' words"


def test_who_waits_with_an_open_file_reads_nothing(tmp_path: Path) -> None:
    """Somebody made the file that a backup is written to, before, and has it open."""
    with (tmp_path / f".copy{backups.PART}").open("w+b") as theirs:
        with backups.whole_file(tmp_path / "copy") as part:
            part.write_text("members' words")
        assert theirs.read() == b""


def test_a_link_is_not_closed_to_others_nor_what_it_leads_to(tmp_path: Path, secret: Path) -> None:
    secret.chmod(0o644)
    (tmp_path / "lantern.sqlite3-wal").symlink_to(secret)
    private_files.close_to_others([tmp_path / "lantern.sqlite3-wal", tmp_path / "missing", tmp_path])
    assert modes(tmp_path)["secret"] == 0o644


@AS_ROOT
async def test_root_writes_nothing_in_the_bots_folder_and_is_told_whom_to_be(tmp_path: Path, secret: Path) -> None:
    """What gave a root-only file to the bot's user: the lock is a link to it, and root restores."""
    folder = tmp_path / "data"
    database = folder / "lantern.sqlite3"
    async with opened(database):
        pass
    backups.back_up(database, folder / "b.sqlite3")
    for path in (folder, *folder.iterdir()):
        os.chown(path, SOMEBODY, SOMEBODY)
    for name in ("lantern.sqlite3.lock", ".c.sqlite3.lantern-backup.part", "lantern.sqlite3.new"):
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(secret)
    link = tmp_path / "link"
    link.symlink_to(folder)
    before = sorted(path.name for path in folder.iterdir())

    for command in (
        ("restore", str(folder / "b.sqlite3")),
        ("backup", str(folder / "c.sqlite3")),
        ("backup", str(link / "c.sqlite3")),
        ("backup",),
        ("backup", str(tmp_path / "own.sqlite3")),
        ("move-database", "postgresql://nobody@127.0.0.1:1/x", str(folder / "moved.sqlite3")),
        ("move-database", str(database), "postgresql://nobody@127.0.0.1:1/x"),
        ("new-key", "--delete-wishes"),
        ("insights", "top"),
        ("insights", "export", "--out", str(tmp_path / "own.zip")),
        ("preview", "--no-browser", "--database", str(database)),
    ):
        ended = run(*command, LANTERN_DATABASE=str(database))
        assert ended.returncode == 1, command
        assert f"belongs to #{SOMEBODY}" in ended.stderr
        assert f"`sudo -u '#{SOMEBODY}'`" in ended.stderr

    assert sorted(path.name for path in folder.iterdir()) == before
    assert (secret.stat().st_uid, secret.read_text()) == (0, "untouched")

    # With a database of its own root neither reads nor writes there, and puts files elsewhere.
    own = tmp_path / "own"
    async with opened(own / "lantern.sqlite3") as own_database:
        await put_week(own_database, 1)
    for command in (
        ("restore", str(folder / "b.sqlite3")),
        ("insights", "export", "--out", str(folder / "figures.zip")),
        ("insights", "top", "--png", str(folder / "top.png")),
    ):
        ended = run(*command, LANTERN_DATABASE=str(own / "lantern.sqlite3"))
        assert ended.returncode == 1, command
        assert f"belongs to #{SOMEBODY}" in ended.stderr
    assert sorted(path.name for path in folder.iterdir()) == before
    for command in (("backup",), ("insights", "export", "--out", str(own / "figures.zip"))):
        ended = run(*command, LANTERN_DATABASE=str(own / "lantern.sqlite3"))
        assert ended.returncode == 0, ended.stderr


@AS_ROOT
async def test_a_bot_that_runs_as_root_in_somebody_elses_folder_says_so(tmp_path: Path) -> None:
    """It runs all the same: in a container root may be all there is."""
    database = tmp_path / "data" / "lantern.sqlite3"
    async with opened(database):
        pass
    for owner, said in ((0, False), (SOMEBODY, True)):
        os.chown(database.parent, owner, owner)
        async with Loopback() as server:
            log = tmp_path / f"log of {owner}"
            process = await BotProcess.start(
                server, ["bot.py", "run"], environment={"LANTERN_DATABASE": str(database)}, log=log
            )
            try:
                await process.ready(server)
            finally:
                await process.kill()
        written = log.read_text()
        assert ("WARNING" in written and "runs as root" in written) is said
        assert (f"{database.parent} belongs to #{SOMEBODY}" in written) is said
        assert (f"`chown -R '#{SOMEBODY}'" in written) is said


def journal_that_names(victim: Path, database: Path) -> None:
    """Make one of SQLite's, as whoever owns the folder may: who undoes what it tells of deletes ``victim``."""
    with closing(sqlite3.connect(database)) as file:
        file.execute("PRAGMA journal_mode = DELETE")
        ((size,),) = file.execute("PRAGMA page_size")
        ((pages,),) = file.execute("PRAGMA page_count")
    magic, name = bytes.fromhex("d9d505f920a163d7"), str(victim).encode()
    header = (magic + struct.pack(">5I", 0, 0, pages, 512, size)).ljust(512, b"\0")
    lock_page = struct.pack(">I", 0x40000000 // size + 1)
    database.with_name(f"{database.name}-journal").write_bytes(
        header + lock_page + name + struct.pack(">II", len(name), sum(name)) + magic
    )


@AS_ROOT
@pytest.mark.parametrize(
    "command", [("insights", "top"), ("insights", "gaps"), ("backup", "own.sqlite3"), ("restore",)]
)
async def test_a_journal_makes_root_delete_nothing(tmp_path: Path, secret: Path, command: tuple[str, ...]) -> None:
    database = tmp_path / "data" / "lantern.sqlite3"
    async with opened(database):
        pass
    journal_that_names(secret, database)
    for path in (database.parent, *database.parent.iterdir()):
        os.chown(path, SOMEBODY, SOMEBODY)
    settings = {"LANTERN_DATABASE": str(database)}
    if command == ("restore",):
        command, settings = ("restore", str(database)), {"LANTERN_DATABASE": str(tmp_path / "own.sqlite3")}
    elif command[0] == "backup":
        command = ("backup", str(tmp_path / command[1]))

    ended = run(*command, **settings)

    assert secret.exists()
    assert ended.returncode == 1
    assert f"belongs to #{SOMEBODY}" in ended.stderr


@AS_ROOT
def test_a_link_or_folder_of_somebody_elses_anywhere_on_the_way_counts(tmp_path: Path) -> None:
    own, theirs = tmp_path / "own", tmp_path / "theirs"
    for folder in (own / "below", theirs / "of root's"):
        folder.mkdir(parents=True)
    (theirs / "link").symlink_to(own)
    (own / "link").symlink_to("../theirs/link")
    for path in (theirs, theirs / "link"):
        os.chown(path, SOMEBODY, SOMEBODY, follow_symlinks=False)

    assert private_files.refusal_of_root(own / "below" / "missing" / "file", "postgresql://host/x") is None
    for astray in (
        theirs / "link" / "below",
        theirs / "of root's",
        own / "link" / "below" / "missing",
        own / ".." / "theirs" / "missing",
    ):
        assert f"belongs to #{SOMEBODY}" in (private_files.refusal_of_root(own, astray) or ""), astray


# ---------------------------------------------------------------------- git and Docker


MADE = (
    *(f"lantern.sqlite3{suffix}" for suffix in ("", *BESIDE, *BEFORE, "-journal", ".waiting.jsonl", ".new")),
    *(f".lantern.sqlite3.{name}.part" for name in ("new", "waiting.jsonl", "status.json")),
    *(f"bot.db{suffix}" for suffix in ("", *BESIDE, *BEFORE, "-journal", ".waiting.jsonl", ".new")),
    *(f"state.of.mine{suffix}" for suffix in ("-wal", "-shm", "-journal", *BEFORE, ".waiting.jsonl", ".status.json")),
    *("lantern.status.json", "lantern.status.json.lock", "lantern.waiting.jsonl", "lantern.waiting.reserve"),
    *(f"lantern-{STAMP}.sqlite3", f"lantern-{STAMP}.dump", f"lantern.replaced-{STAMP}.dump"),
    *(f".lantern-{STAMP}.{kind}.lantern-backup.part" for kind in ("sqlite3", "dump")),
    *("off.sqlite3", "figures.zip", "lantern-figures.zip", "lantern-privacy.json", "lantern-privacy.json.zip"),
    *(".env", ".env.production", "lantern.env", "lantern.key", ".lantern.key.1a2b3c4d.part"),
    *(f"{key}.old-{STAMP}{again}" for key in ("lantern.key", "key.of.mine") for again in ("", "-2")),
    *(f"state{suffix}" for suffix in (".lock", ".new", ".waiting.reserve")),
    *("bot.db3", "bot.db3.lock", f"bot.db3.replaced-{STAMP}", "top.csv", "figures.json", "top.png"),
)
"""The names of files that the code makes, and that the pages tell people to make."""
FOLDERS = ("", "lantern/store/", "content/", "somewhere/deep/")


def not_ignored(names: set[str]) -> set[str]:
    """Which of these names git would take, or Docker put into the image, from any folder."""
    paths = [folder + name for folder in FOLDERS for name in sorted(names)]
    return {path for path in paths if not is_left_out_by_docker(path)} | taken_by_git(paths)


def taken_by_git(paths: list[str]) -> set[str]:
    """Which paths the project's .gitignore does not name, by git itself."""
    asked = subprocess.run(
        ["git", "-c", f"core.excludesFile={PROJECT / '.gitignore'}", "check-ignore", "--no-index", "--stdin"],
        cwd=repository(),
        input="\n".join(paths),
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode in (0, 1), asked.stderr
    return set(paths) - set(asked.stdout.splitlines())


def repository() -> Path:
    """An empty one, since the project may lie here without its own."""
    folder = PROJECT / "build" / "empty-repository"
    if not (folder / ".git").exists():
        subprocess.run(["git", "init", "--quiet", folder], check=True)
    return folder


def is_left_out_by_docker(path: str) -> bool:
    """What Docker says of .dockerignore: the last line that matches the path, or a folder above it, counts."""
    above = [path[: match.start()] for match in re.finditer("/", path)] + [path]
    left_out = False
    for line in (PROJECT / ".dockerignore").read_text().splitlines():
        if line and not line.startswith("#"):
            pattern = as_regex(line.removeprefix("!"))
            if any(re.fullmatch(pattern, each) for each in above):
                left_out = not line.startswith("!")
    return left_out


def as_regex(pattern: str) -> str:
    """Go's file patterns, with ``**`` for any folders."""
    parts = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    found = re.findall(r"\*\*/|\[[^\]]+\]|.", pattern)
    return "".join(parts.get(each) or (each if each.startswith("[") else re.escape(each)) for each in found)


def test_git_and_docker_leave_out_what_holds_members_data() -> None:
    assert not not_ignored(set(MADE))


def test_git_and_docker_take_what_belongs_to_the_project() -> None:
    kept = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=False).stdout
    ours = {".env.example", "lantern/store/private_files.py", *kept.splitlines()}
    assert taken_by_git(sorted(ours)) == ours
    assert not any(
        map(
            is_left_out_by_docker,
            ("bot.py", "lantern/store/backups.py", "content/care.yml", "docs/moderators.md", "docs/moderators.de.md"),
        )
    )
    assert all(map(is_left_out_by_docker, ("tests/conftest.py", "docs/card.png", "lantern/__pycache__/x.pyc")))
