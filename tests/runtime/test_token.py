"""The bot's token is read once: no process that the bot starts has it, and a .env that others can read is named."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lantern import PROJECT
from lantern.figures.charts import Bars, Charts
from lantern.runtime import settings
from tests.discord.payloads import TOKEN
from tests.discord.state import PATIENCE
from tests.support.programs import Preview, clean_environment, run
from tests.support.rows import opened

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what a process has is read from /proc")

PASSWORD = "p4ssw0rd-of-the-database"


@pytest.fixture
def shows_its_environment(tmp_path: Path) -> tuple[Path, Path]:
    """A program that writes down all that it was started with, and the file with it."""
    program, seen = tmp_path / "bin" / "pg_dump", tmp_path / "seen"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ntr '\\0' '\\n' < /proc/$$/environ > {seen}.part\nmv {seen}.part {seen}\nexit 1\n")
    program.chmod(0o755)
    return program, seen


def test_a_browser_that_the_preview_opens_has_no_token(shows_its_environment: tuple[Path, Path]) -> None:
    program, seen = shows_its_environment
    preview = Preview(BROWSER=f"{program} %s", DISCORD_TOKEN=TOKEN, LANTERN_DATABASE=f"postgresql://l:{PASSWORD}@x/l")
    given_up = time.monotonic() + PATIENCE
    try:
        while not seen.exists():
            assert time.monotonic() < given_up
            time.sleep(0.01)
    finally:
        preview.stop()
    found = seen.read_text()
    assert "BROWSER=" in found
    assert TOKEN not in found
    assert PASSWORD not in found


async def test_programs_of_the_database_have_no_token(
    shows_its_environment: tuple[Path, Path], postgres_database: str
) -> None:
    program, seen = shows_its_environment
    for other in ("pg_restore", "psql"):
        shutil.copy(program, program.with_name(other))
    async with opened(postgres_database):
        pass
    ended = await asyncio.to_thread(
        run,
        "backup",
        str(program.parent / "backup.dump"),
        LANTERN_DATABASE=postgres_database,
        DISCORD_TOKEN=TOKEN,
        PATH=f"{program.parent}:{os.environ['PATH']}",
    )
    assert ended.returncode == 1
    assert "PATH=" in seen.read_text()
    assert TOKEN not in seen.read_text()


async def test_the_process_that_draws_has_neither_token_nor_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"

    class Shows(Charts):
        def command(self) -> list[str]:
            return ["/bin/sh", "-c", f"tr '\\0' '\\n' < /proc/$$/environ > {seen}"]

    for name, value in {
        "DISCORD_TOKEN": TOKEN,
        "LANTERN_DATABASE": f"postgresql://l:{PASSWORD}@x/l",
        "PGPASSWORD": PASSWORD,
    }.items():
        monkeypatch.setenv(name, value)
    assert await Shows().draw(Bars("title", "subtitle", ())) is None
    assert "PATH=" in seen.read_text()
    assert TOKEN not in seen.read_text()
    assert PASSWORD not in seen.read_text()


def test_a_dotenv_that_others_can_read_is_named_with_what_closes_it(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    assert settings.open_to_others(dotenv) is None
    dotenv.write_text("DISCORD_TOKEN=abc")
    for mode in (0o644, 0o640, 0o604, 0o660):
        dotenv.chmod(mode)
        said = settings.open_to_others(dotenv)
        assert said is not None
        assert f"`chmod 600 {dotenv}`" in said
    dotenv.chmod(0o600)
    assert settings.open_to_others(dotenv) is None


async def test_the_start_of_the_program_says_it(tmp_path: Path) -> None:
    """The whole program, with a .env beside it that anybody can read."""
    for name in ("bot.py", "lantern", "cogs", "content"):
        copy = shutil.copytree if (PROJECT / name).is_dir() else shutil.copyfile
        copy(PROJECT / name, tmp_path / name)
    dotenv = tmp_path / ".env"
    dotenv.write_text(f"DISCORD_TOKEN={TOKEN}\nLANTERN_DATABASE={tmp_path / 'l.sqlite3'}\n")
    dotenv.chmod(0o644)
    environment = clean_environment()
    del environment["DISCORD_TOKEN"]
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "bot.py", "run", cwd=tmp_path, env=environment, stderr=subprocess.PIPE
    )
    assert bot.stderr is not None
    try:
        said = await asyncio.wait_for(bot.stderr.readline(), PATIENCE)
    finally:
        bot.send_signal(signal.SIGKILL)
        await bot.wait()
    assert f"`chmod 600 {dotenv}`" in said.decode()
    assert TOKEN not in said.decode()
