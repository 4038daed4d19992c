"""``bot.py status``: how the running bot is, for its operator and for programs."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import discord
import pytest

from lantern.cli import status as cli
from lantern.content.models import Content
from lantern.runtime import status
from lantern.runtime.settings import Settings
from lantern.store import sqlite_file
from lantern.store.backups import FileLock
from tests.discord.loopback import Loopback
from tests.support.programs import tool
from tests.support.reliability import tried
from tests.support.rows import locked_file
from tests.support.wire import Wired, connected
from tests.support.world import World


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(sqlite_file, "BUSY_SECONDS", 0.01)
    return Settings(database=tmp_path / "lantern.sqlite3", shards=1)


async def test_status_tells_of_a_bot_that_is_well(world: World) -> None:
    await world.env.advance_time(90)
    found = status.read(world.services.settings.heartbeat)
    assert found is not None
    now = discord.utils.utcnow()
    assert cli.problems(found, now) == []
    assert (found.connected, found.guilds, found.shards, found.rows_waiting) == (True, 1, 1, 0)
    assert (found.articles, found.topics) == (1, sum(1 for _ in world.content.topics()))
    assert found.process == os.getpid()
    assert found.database_bytes is not None
    assert found.database_bytes > 10_000
    assert found.last_backup is not None
    assert found.connected_since is not None
    assert found.disk_free_percent is not None
    assert cli.in_words(found, now).startswith("Lantern is well.\n")
    assert cli.as_json(found, now)["healthy"]


async def test_status_of_the_command_line(world: World, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    # The heartbeat is written by the clock of the local Discord, and the command line reads the machine's.
    behind = datetime.now(UTC) - world.env.now()
    world.env.backend.advance_clock(behind.total_seconds())
    await world.env.advance_time(30)
    assert tool(settings, "status") == 0
    assert "guilds      1" in capsys.readouterr().out
    assert tool(settings, "status", "--json") == 0
    assert json.loads(capsys.readouterr().out)["healthy"] is True

    await world.bot.close()
    assert tool(settings, "status", "--json") == 1
    assert json.loads(capsys.readouterr().out) == {
        "healthy": False, "problems": [cli.NOT_RUNNING], "status": None
    }  # fmt: skip


async def test_status_tells_what_is_wrong(world: World) -> None:
    world.bot.dispatch("shard_disconnect", 0)
    await world.services.database.flush()
    with locked_file(world.services.settings.file):
        await world.maya.slash(world.general, "twinflame runner")
        await world.env.advance_time(30)
        found = status.read(world.services.settings.heartbeat)
    assert found is not None
    said = cli.problems(found, discord.utils.utcnow() + timedelta(minutes=5))
    assert [sentence.split("(")[0].split(" since")[0] for sentence in said] == [
        "The bot has not been heard of",
        "It is not connected to Discord.",
        "The database cannot be written ",
    ]
    assert not cli.as_json(found, discord.utils.utcnow())["healthy"]


async def test_a_latency_that_is_not_known_is_left_out(world: World) -> None:
    await world.env.advance_time(30)
    found = status.read(world.services.settings.heartbeat)
    assert found is not None
    since = f"Discord     since {found.connected_since}"
    now = discord.utils.utcnow()
    assert since in cli.in_words(found._replace(latency_ms=None), now).splitlines()
    assert f"{since}, latency 42 ms" in cli.in_words(found._replace(latency_ms=42.4), now).splitlines()


async def test_a_standby_is_well_and_says_what_it_waits_for(world: World) -> None:
    found = status.Status(**world.services.heartbeat.state(), database_bytes=0, last_backup=None)
    assert found.waiting is found.shard_ids is None
    now = discord.utils.utcnow()
    waits = found._replace(connected=False, connected_since=None, latency_ms=None, waiting="shard 3 is held")
    lines = cli.in_words(waits, now).splitlines()
    assert lines[0] == "Lantern is well, as a standby."
    assert "Discord     waiting: shard 3 is held" in lines
    assert cli.as_json(waits, now)["healthy"]
    assert cli.problems(waits._replace(database_failure="gone"), now) != []


async def test_a_process_says_which_shards_it_has(world: World) -> None:
    found = status.Status(**world.services.heartbeat.state(), database_bytes=0, last_backup=None)
    some = found._replace(shards=8, shard_ids="0-3")
    assert "guilds      1 on shards 0-3 of 8" in cli.in_words(some, discord.utils.utcnow()).splitlines()


def test_a_torn_heartbeat_is_no_heartbeat(tmp_path: Path) -> None:
    for text in ("", "{", "[]", '{"version": "1"}', "null"):
        (tmp_path / "x").write_text(text)
        assert status.read(tmp_path / "x") is None


NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WELL = status.Status(
    version="9",
    process=7,
    at=NOW.isoformat(),
    started="2026-11-01",
    connected=True,
    connected_since="2026-11-20",
    latency_ms=41.6,
    shard_ids=None,
    waiting=None,
    shards=1,
    guilds=3,
    articles=2,
    topics=28,
    content_since="2026-11-02",
    content_problems=0,
    rows_waiting=4,
    database_trouble=None,
    database_failure=None,
    database_bytes=12_340_000,
    last_backup="2026-11-21",
    clock=None,
    disk_free_percent=55.5,
)


@pytest.mark.parametrize(("seconds", "well"), [(-61, False), (-60, True), (60, True), (61, False)])
def test_a_bot_is_well_for_a_minute_after_its_heartbeat_whichever_clock_goes_wrong(seconds: int, well: bool) -> None:
    assert (cli.problems(WELL, NOW + timedelta(seconds=seconds)) == []) is well


def test_what_is_wrong_is_a_sentence_each() -> None:
    sick = WELL._replace(connected=False, database_failure="database is locked")

    assert cli.problems(sick, NOW) == [
        "It is not connected to Discord.",
        "The database cannot be written (database is locked); 4 rows wait.",
    ]
    away = WELL._replace(database_trouble="The database cannot be seen.")
    assert cli.problems(away, NOW) == ["The database cannot be seen."]
    assert cli.as_json(sick, NOW) == {"healthy": False, "problems": cli.problems(sick, NOW), "status": sick._asdict()}
    assert cli.in_words(sick, NOW).splitlines()[:2] == ["Lantern is not well.", "  It is not connected to Discord."]
    assert "Discord     not connected, latency 42 ms" in cli.in_words(sick, NOW).splitlines()


def test_a_clock_that_is_wrong_is_said() -> None:
    wrong = WELL._replace(clock="This machine's clock is 365 days ahead of Discord's.")
    assert cli.problems(wrong, NOW) == [wrong.clock]
    assert cli.in_words(wrong, NOW).splitlines()[:2] == ["Lantern is not well.", f"  {wrong.clock}"]


def test_a_bot_that_is_well_is_told_line_by_line() -> None:
    assert cli.in_words(WELL, NOW).splitlines() == [
        "Lantern is well.",
        "version     9, process 7, started 2026-11-01",
        "Discord     since 2026-11-20, latency 42 ms",
        "guilds      3",
        "content     2 articles, 28 topics, since 2026-11-02",
        "database    12.3 MB, 56 % of the disk free, 4 rows waiting",
        "backup      2026-11-21",
    ]
    other = WELL._replace(shards=2, content_problems=5, disk_free_percent=None, last_backup=None)
    lines = cli.in_words(other, NOW).splitlines()
    assert lines[3] == "guilds      3 on 2 shards"
    assert lines[4].endswith("; a later change was refused (5 problems)")
    assert lines[5:] == ["database    12.3 MB, 4 rows waiting", "backup      none yet"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of eight megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if shutil.which("mount") is None or os.geteuid() != 0 or mount("-t", "tmpfs", "-o", "size=8m", "tmpfs", disk):
        pytest.skip("no disk can be mounted here")
    yield disk
    subprocess.run(["umount", "--recursive", disk], check=True)


def mount(*arguments: str | Path) -> int:
    return subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode


def full(disk: Path) -> None:
    with (disk / "fill").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))


def read_only(disk: Path) -> None:
    assert mount("--bind", disk, disk) == 0
    assert mount("-o", "remount,bind,ro", disk) == 0


@pytest.mark.in_a_file
@pytest.mark.parametrize(("state", "made"), [("full", full), ("read-only", read_only)])
async def test_status_tells_that_a_bot_runs_whose_disk_takes_no_heartbeat(
    small_disk: Path, content: Content, state: str, made: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(database=small_disk / "lantern.sqlite3", shards=1)
    async with Loopback() as server, connected(server, Wired(settings, content)) as bot:
        await bot.wait_until_ready()
        # It keeps its content for the next start, which would take room, or make some, at any moment.
        await bot.services.content_sharing.look()
        await bot.services.heartbeat.beat()
        stale = json.loads(settings.heartbeat.read_text()) | {"at": "2026-01-01T00:00:00+00:00"}
        settings.heartbeat.write_text(json.dumps(stale))
        made(small_disk)
        await bot.services.heartbeat.beat()
        asked = await server.slash("twinflame", "runner")
        await asked.answered()
        assert tool(settings, "status") == 1
        said = capsys.readouterr().out.splitlines()
        assert said[:2] == [
            "Lantern is not well.",
            f"  The bot has not been heard of since {stale['at']}: it runs, but cannot write {settings.heartbeat}: "
            f"the disk is {state}.",
        ]
        if state == "full":
            settings.heartbeat.unlink()
            (small_disk / "fill").open("ab").write(bytes(4096))
            assert tool(settings, "status") == 1
            assert capsys.readouterr().out.splitlines()[1] == (
                f"  The bot has left no heartbeat that can be read: it runs, but cannot write {settings.heartbeat}: "
                "the disk is full."
            )
            (small_disk / "fill").unlink()
        else:
            subprocess.run(["umount", small_disk], check=True)
        await bot.services.heartbeat.beat()
        assert tool(settings, "status") == 0
    tried(
        "The machine",
        f"the disk is {state}, and `status` is asked",
        saw="the card, as always",
        lost="nothing; `status` tells that the bot runs and why it is not heard of",
    )


@pytest.mark.parametrize("in_a_file", [True, False])
def test_a_bot_that_runs_is_told_from_one_that_was_killed(
    tmp_path: Path, in_a_file: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    where = tmp_path / "lantern.sqlite3" if in_a_file else "postgresql://db/lantern"
    settings = Settings(database=where, state_folder=tmp_path, shards=1)
    lock = FileLock(settings.locked)
    assert lock.take()
    status.write(settings.heartbeat, WELL._replace(at="2026-01-01T00:00:00+00:00"))
    runs = f"it runs, and is just starting, or hangs, or cannot write {settings.heartbeat}."
    assert tool(settings, "status") == 1
    assert f"since 2026-01-01T00:00:00+00:00: {runs}" in capsys.readouterr().out
    settings.heartbeat.unlink()
    assert tool(settings, "status") == 1
    assert f"The bot has left no heartbeat that can be read: {runs}" in capsys.readouterr().out
    lock.release()
    assert tool(settings, "status") == 1
    assert cli.NOT_RUNNING in capsys.readouterr().out
    status.write(settings.heartbeat, WELL._replace(at="2026-01-01T00:00:00+00:00"))
    assert tool(settings, "status") == 1
    assert "it was killed, or it hangs." in capsys.readouterr().out


def test_without_a_bot_there_is_one_sentence() -> None:
    assert cli.in_words(None, NOW) == f"Lantern is not well.\n  {cli.NOT_RUNNING}"


def test_a_heartbeat_is_read_as_it_was_written_and_is_gone_when_the_bot_stops(tmp_path: Path) -> None:
    path = tmp_path / "lantern.sqlite3.status.json"
    status.write(path, WELL)
    status.write(path, WELL._replace(guilds=4))

    assert status.read(path) == WELL._replace(guilds=4)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    status.clear(path)
    status.clear(path)
    assert status.read(path) is None
    assert status.moment(NOW) == "2026-11-22T12:00:00+00:00"
    assert status.moment(None) is None


@pytest.mark.parametrize(
    "spoilt",
    [
        {"at": 5}, {"at": "x"}, {"at": "2026-01-01T00:00:00"}, {"latency_ms": "x"}, {"disk_free_percent": "x"},
        {"database_bytes": "x"}, {"connected": "yes"}, {"rows_waiting": None}, "[" * 100_000,
    ],
)  # fmt: skip
def test_a_heartbeat_with_wrong_types_is_none(
    settings: Settings, spoilt: dict[str, object] | str, capsys: pytest.CaptureFixture[str]
) -> None:
    written = spoilt if isinstance(spoilt, str) else json.dumps(WELL._asdict() | spoilt)
    settings.heartbeat.write_text(written)

    assert tool(settings, "status") == 1
    assert cli.NOT_RUNNING in capsys.readouterr().out
    assert tool(settings, "status", "--json") == 1
    assert not json.loads(capsys.readouterr().out)["healthy"]
