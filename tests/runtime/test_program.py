"""The program as an operator and an editor meet it: what it says, and with which exit status it ends."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

import bot as program
from lantern import PROJECT
from lantern.cli.status import FRESH
from lantern.runtime import running as running_bot
from lantern.runtime import status
from tests.discord.faults import Fault
from tests.discord.loopback import Loopback
from tests.discord.payloads import TOKEN
from tests.discord.state import PATIENCE
from tests.support.programs import clean_environment, python, run


async def launched(server: Loopback, database: Path, token: str = TOKEN) -> asyncio.subprocess.Process:
    """``bot.py run`` as a process of its own, pointed at the loopback Discord."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.discord.launch",
        "bot.py",
        "run",
        cwd=PROJECT,
        env=clean_environment(
            DISCORD_TOKEN=token,
            LANTERN_DATABASE=str(database),
            LOOPBACK_BASE=server.base,
            LOOPBACK_GATEWAY=server.gateway,
        ),
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def running(server: Loopback, database: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The same, ready, until the block ends."""
    process = await launched(server, database)
    try:
        await server.ready()
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


# ---------------------------------------------------------------------- run


def test_the_faster_event_loop_is_taken_where_there_is_one() -> None:
    uvloop = pytest.importorskip("uvloop")

    assert running_bot.event_loop_factory() is uvloop.new_event_loop


def test_without_a_token_one_sentence_names_the_readme_and_the_preview() -> None:
    ended = run("run")

    assert ended.returncode == 2
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "README, section “Put it in a server”" in ended.stderr
    assert "bot.py preview" in ended.stderr
    assert "## Put it in a server" in (PROJECT / "README.md").read_text(encoding="utf-8")


async def test_a_token_that_discord_refuses_is_one_sentence_and_status_3(tmp_path: Path) -> None:
    async with Loopback() as server:
        server.fail("GET", "/users/@me", Fault.refused(401, 0, "401: Unauthorized"), times=10)
        server.fail("GET", "/oauth2/applications/@me", Fault.refused(401, 0, "401: Unauthorized"), times=10)
        process = await launched(server, tmp_path / "l.sqlite3", token="refused-and-secret")
        _, said = await asyncio.wait_for(process.communicate(), PATIENCE)

    assert process.returncode == 3
    assert said.decode().strip().splitlines()[-1].startswith("Discord refused DISCORD_TOKEN")
    assert b"Traceback" not in said
    assert b"refused-and-secret" not in said


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are Unix's")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_finishes_answers_writes_rows_and_ends_well(tmp_path: Path, number: signal.Signals) -> None:
    database = tmp_path / "l.sqlite3"
    async with Loopback() as server, running(server, database) as process:
        asked = [await server.slash("twinflame", "runner") for _ in range(50)]
        process.send_signal(number)
        await asyncio.wait_for(process.wait(), PATIENCE)
        answered = [one for one in asked if one.first.done()]

    assert process.returncode == 0
    with sqlite3.connect(database) as connection:
        (rows,) = connection.execute("SELECT count(*) FROM questions").fetchone()
        assert rows == len(answered)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are Unix's")
async def test_kill_in_the_middle_of_a_load_leaves_a_sound_file_with_all_but_the_last_moment(tmp_path: Path) -> None:
    database = tmp_path / "l.sqlite3"
    async with Loopback() as server, running(server, database) as process:
        for _ in range(20):
            await (await server.slash("twinflame", "runner")).answered()
        await asyncio.to_thread(wait_for_rows, database, 20)
        for _ in range(200):
            await server.slash("twinflame", "hope")
        process.kill()
        await process.wait()

    with sqlite3.connect(database) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM questions").fetchone()[0] >= 20


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are Unix's")
async def test_status_tells_a_bot_that_was_stopped_from_one_that_was_killed(tmp_path: Path) -> None:
    database = tmp_path / "l.sqlite3"
    heartbeat = database.with_name("l.sqlite3.status.json")
    async with Loopback() as server, running(server, database) as process:
        await asyncio.to_thread(wait_for_file, heartbeat)
        process.kill()
        await process.wait()
    left = json.loads(heartbeat.read_text())
    assert left["process"] == process.pid
    long_ago = datetime.now(UTC) - 2 * FRESH
    heartbeat.write_text(json.dumps(left | {"at": status.moment(long_ago), "connected": True}))
    ended = run("status", LANTERN_DATABASE=str(database))
    assert ended.returncode == 1
    assert f"has not been heard of since {status.moment(long_ago)}: it was killed, or it hangs." in ended.stdout

    async with Loopback() as server, running(server, database) as process:
        await asyncio.to_thread(wait_for_file, heartbeat, process.pid)
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), PATIENCE)
    assert not heartbeat.exists()
    ended = run("status", LANTERN_DATABASE=str(database))
    assert ended.returncode == 1
    assert "No bot is running on this database" in ended.stdout


def wait_for_file(heartbeat: Path, process: int | None = None) -> None:
    """Return once another process, that of the number if one is given, has written its heartbeat."""
    given_up = time.monotonic() + PATIENCE
    while (found := status.read(heartbeat)) is None or (process is not None and found.process != process):
        assert time.monotonic() < given_up


def wait_for_rows(database: Path, expected: int) -> None:
    """Return once another process reads so many rows."""
    given_up = time.monotonic() + PATIENCE
    with closing(sqlite3.connect(database)) as connection:
        while connection.execute("SELECT count(*) FROM questions").fetchone()[0] < expected:
            assert time.monotonic() < given_up


def test_a_row_is_on_its_way_to_the_disk_within_a_quarter_of_a_second() -> None:
    assert running_bot.GATHERING_SECONDS <= 0.25


def test_importing_any_module_starts_nothing() -> None:
    modules = [
        ".".join(path.relative_to(PROJECT).with_suffix("").parts)
        for folder in ("lantern", "cogs")
        for path in sorted((PROJECT / folder).rglob("*.py"))
        if path.name not in ("__init__.py", "__main__.py")
    ]
    program = (
        "import sys, threading, asyncio\n"
        f"import bot, {', '.join(modules)}\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
        "print('quiet')\n"
    )
    ended = python("-c", program)
    assert (ended.stdout, ended.returncode) == ("quiet\n", 0), ended.stderr


# ---------------------------------------------------------------------- check


def test_check_tells_each_article_in_one_line() -> None:
    ended = run("check")

    assert ended.returncode == 0, ended.stderr
    assert any("/twinflame, 14 topics" in line for line in ended.stdout.splitlines())


def test_ten_mistakes_get_ten_messages_with_their_lines(tmp_path: Path) -> None:
    lines = (PROJECT / "content" / "twinflame.yml").read_text(encoding="utf-8").splitlines()
    mistakes: dict[int, str] = {}

    def first(start: str, after: int = 0) -> int:
        return next(number for number, line in enumerate(lines) if number >= after and line.strip().startswith(start))

    def break_line(start: str, becomes: str, after: int = 0) -> int:
        number = first(start, after)
        indent = lines[number][: len(lines[number]) - len(lines[number].lstrip())]
        lines[number] = indent + becomes
        mistakes[number + 1] = becomes
        return number

    break_line("command:", "command: Twin Flame")
    break_line("title:", "title: ''")
    break_line("colour:", "colour: purple")
    here = break_line("question:", f"question: {'why ' * 30}", first("- key: runner"))
    here = break_line("reviewed:", "reviewed: 2026-13-45", here)
    here = break_line("title:", "titel: One letter is in the wrong place", first("- key: chaser", here))
    here = break_line("reviewed:", "reviewed: yes", here)
    here = break_line("related:", "related: [conection]", first("- key: difference", here))
    here = break_line("reviewed:", "reviewed: 2099-01-01", here)
    here = break_line("related:", "related: [soulmates]", first("- key: soulmates", here))
    file = tmp_path / "broken.yml"
    file.write_text("\n".join(lines), encoding="utf-8")

    ended = run("check", str(file))

    assert ended.returncode == 1
    told = ended.stderr.strip().splitlines()
    for number, becomes in mistakes.items():
        assert any(f"line {number}," in line for line in told), (number, becomes, told)
    assert "Traceback" not in ended.stderr


# ---------------------------------------------------------------------- preview and help


def test_a_busy_port_is_one_plain_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run("preview", "--port", str(port))

    assert ended.returncode == 1
    assert ended.stderr.strip() == (
        f"Port {port} is in use: choose another with --port, or leave --port out to get a free one."
    )


def test_a_missing_extra_is_one_plain_line() -> None:
    # A process of its own: in this one the preview may have been imported by another test.
    ended = python("-c", "import sys; sys.modules['simcord'] = None; import bot; sys.exit(bot.main(['preview']))")

    assert ended.returncode == 1
    assert "needs the extra `preview`" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_help_reads_well() -> None:
    ended = run("--help")

    assert ended.returncode == 0
    assert ended.stdout.startswith("usage: bot.py ")
    for command in ("run", "preview", "check"):
        assert f"    {command} " in ended.stdout


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("run", ["--sync"]),
        ("preview", ["--in {general,thread,forum}", "--port PORT", "--database FILE", "--no-browser"]),
        ("check", ["[FILE ...]", "(default: all content)"]),
        ("ask", ["--json", "[QUESTION ...]"]),
        (
            "insights",
            [
                "{top,trend,gaps,helped,digest,export}",
                "{topic,article,channel,source,day,week}",
                "(default: top)",
                "(default: 4)",
                "--topic ARTICLE/TOPIC",
                "--group N",
                "--png FILE",
                "--out FILE",
            ],
        ),
        ("status", ["--json"]),
        ("backup", ["FILE"]),
        ("restore", ["FILE"]),
    ],
)
def test_the_help_of_a_command_names_what_it_takes(
    command: str, says: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main([command, "--help"])

    assert ended.value.code == 0
    told = " ".join(capsys.readouterr().out.split())
    assert told.startswith(f"usage: bot.py {command} ")
    assert [each for each in says if each not in told] == []
