"""Members ask while the database's files are taken away or deleted, and after a start that finds none of them."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from lantern.answers.privacy import NOT_NOW
from lantern.cli import status as cli
from lantern.content.models import Content
from lantern.runtime import status
from lantern.runtime.client import Lantern
from lantern.runtime.settings import Settings
from lantern.store.database import DatabaseError
from tests.discord.loopback import Loopback
from tests.discord.process import BotProcess
from tests.discord.state import PATIENCE
from tests.support.folders import AWAY
from tests.support.logged_bot import until
from tests.support.reliability import tried
from tests.support.rows import count, is_sound
from tests.support.world import World, answer, read

pytestmark = [
    pytest.mark.in_a_file,
    pytest.mark.skipif(sys.platform == "win32", reason="there, files that are open stay where they are"),
]

CARD = "the card, as always"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(database=tmp_path / "data" / "lantern.sqlite3", shards=1)


async def asks(world: World, times: int = 1) -> None:
    """A member asks, and reads the answer."""
    for _ in range(times):
        assert "## " in read(answer(await world.maya.slash(world.general, "twinflame runner")))


def sentences(world: World) -> list[str]:
    """What ``bot.py status`` finds wrong."""
    return cli.problems(status.read(world.services.settings.heartbeat), world.env.now())


# ---------------------------------------------------------------------- the folder


@pytest.mark.parametrize("take_away", AWAY)
async def test_a_data_folder_that_is_away_for_a_while_costs_no_row(
    world: World, take_away: Callable[[Path], Callable[[], object]]
) -> None:
    folder = world.services.settings.file.parent
    await asks(world, 5)
    await world.env.advance_time(5)
    bring_back = take_away(folder)
    for _ in range(3):
        await asks(world, 2)
        await world.env.advance_time(5)
    assert "cannot be seen" in (world.services.heartbeat.state()["database_trouble"] or "")
    bring_back()
    await asks(world, 3)
    await world.env.advance_time(10)

    assert len(await world.rows()) == count(world.services.settings.file) == 14
    assert sentences(world) == []
    await world.restart()
    assert len(await world.rows()) == 14
    assert not list(folder.glob("*.replaced-*"))
    what = {"moved": "moved away", "a_file_in_its_place": "replaced by a file", "unreadable": "made unreadable"}
    fault = f"the data folder {what[take_away.__name__]} for 15 s and put back while members ask"
    tried("Database", fault, saw=CARD, lost="nothing: 14 of 14 rows in the file")


async def test_a_data_folder_that_is_deleted_is_made_again_with_its_lock(world: World) -> None:
    await asks(world, 5)
    shutil.rmtree(world.services.settings.file.parent)
    await asks(world, 2)
    await world.env.advance_time(5)
    await asks(world)

    assert len(await world.rows()) == 8
    second = Lantern(world.services.settings, world.content)
    with pytest.raises(Exception, match="Another Lantern is running on"):
        await second.services.open()
    await second.services.close()
    await world.env.advance_time(5)
    assert sentences(world) == []
    tried(
        "Database",
        "the data folder deleted while members ask, then a second bot is started",
        saw=f"{CARD}; nothing of the second, which is refused",
        lost="nothing: 8 of 8 rows in a new folder",
    )


# ---------------------------------------------------------------------- a start without a database


async def test_a_start_beside_a_half_done_restore_answers_and_keeps_nothing(world: World) -> None:
    settings = world.services.settings
    await asks(world, 5)
    await world.bot.close()
    left = settings.file.rename(settings.file.with_name(f"{settings.file.name}.replaced-20261122T120000Z"))
    before = {path.name for path in settings.file.parent.iterdir()} | {settings.heartbeat.name}
    bot = Lantern(settings, world.content)
    await world.env.restart_bot(bot)
    world.bot = bot

    await asks(world, 3)
    await world.env.advance_time(70)
    refused = await world.maya.slash(world.general, "privacy")

    assert read(answer(refused)) == NOT_NOW
    (sentence,) = sentences(world)
    assert left.name in sentence
    assert "`python bot.py restore FILE`" in sentence
    assert {path.name for path in settings.file.parent.iterdir()} == before
    left.rename(settings.file)
    await world.env.advance_time(5)
    await asks(world)
    assert len(await world.rows()) == 6
    await world.env.advance_time(5)
    assert sentences(world) == []
    tried(
        "Database",
        "a restore was interrupted between its two renames, and the bot is started",
        saw=f"{CARD}; /privacy says that it cannot tell now",
        lost="what is asked until the operator decides; nothing of before: 5 of 5 rows",
    )


async def test_a_link_that_leads_nowhere_is_told_with_the_setting_to_check(tmp_path: Path, content: Content) -> None:
    (tmp_path / "data").symlink_to("nowhere")
    bot = Lantern(Settings(database=tmp_path / "data" / "lantern.sqlite3", shards=1), content)

    with pytest.raises(DatabaseError, match=r"a link that leads nowhere\)\. Check LANTERN_DATABASE\."):
        await bot.services.open()
    await bot.services.close()


async def test_a_stop_before_the_operator_decides_leaves_nothing_either(world: World) -> None:
    settings = world.services.settings
    await asks(world, 5)
    await world.bot.close()
    settings.file.rename(settings.file.with_name(f"{settings.file.name}.replaced-20261122T120000Z"))
    before = {path.name for path in settings.file.parent.iterdir()}
    bot = Lantern(settings, world.content)
    await world.env.restart_bot(bot)
    world.bot = bot
    await asks(world, 3)

    await world.bot.close()

    assert {path.name for path in settings.file.parent.iterdir()} == before


# ---------------------------------------------------------------------- whole processes


@asynccontextmanager
async def running(server: Loopback, database: Path, log: Path, program: str = "bot.py") -> AsyncIterator[BotProcess]:
    """``bot.py run`` as a process, connected, until the block ends."""
    environment = {"LANTERN_DATABASE": str(database), "LANTERN_BACKUP_KEEP": "0"}
    process = await BotProcess.start(server, [program, "run"], environment=environment, log=log)
    try:
        await process.ready(server)
        yield process
    finally:
        await process.kill()


def rows_of(database: Path) -> int:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)) as connection:
        return int(connection.execute("SELECT count(*) FROM questions").fetchone()[0])


async def test_a_wal_deleted_under_the_bot_and_then_a_kill_cost_no_row(tmp_path: Path) -> None:
    database = tmp_path / "lantern.sqlite3"
    wal = database.with_name(f"{database.name}-wal")
    async with Loopback() as server, running(server, database, tmp_path / "log") as process:
        for _ in range(20):
            await (await server.slash("twinflame", "runner")).answered()
        await until(lambda: rows_of(database) == 20)
        wal.unlink()
        await (await server.slash("twinflame", "runner")).answered()
        await until(wal.exists)
        await process.kill()

    assert count(database) == 21
    assert is_sound(database)
    tried(
        "Database",
        "its -wal deleted under the whole program, which is killed (kill -9) once it noticed",
        saw=CARD,
        lost="nothing: 21 of 21 rows; a kill within the five seconds before would lose what is not in the file",
    )


async def test_a_stop_just_after_the_file_was_deleted_ends_when_all_is_on_the_disk(tmp_path: Path) -> None:
    """Saving takes longer than the five seconds of a stop, as of a large file or on a slow disk."""
    database, log = tmp_path / "data" / "lantern.sqlite3", tmp_path / "log"
    program = "tests/support/slow_saving_bot.py"
    async with Loopback() as server, running(server, database, log, program) as process:
        for _ in range(20):
            await (await server.slash("twinflame", "runner")).answered()
        await until(lambda: rows_of(database) == 20)
        shutil.rmtree(database.parent)
        for _ in range(5):
            await (await server.slash("twinflame", "runner")).answered()
        assert await process.stop() == 0

    assert count(database) == 25
    assert is_sound(database)
    said = log.read_text(encoding="utf-8")
    assert said.count("the stop takes longer") == 1
    assert "the stop took more than" not in said
    tried(
        "Database",
        "the data folder deleted and the bot told to stop at once; writing it again takes longer than the five seconds",
        saw=CARD,
        lost="nothing: 25 of 25 rows; the log says why the stop takes longer",
    )


async def test_a_second_bot_is_refused_by_every_path_and_leaves_the_firsts_heartbeat(tmp_path: Path) -> None:
    database, link = tmp_path / "lantern.sqlite3", tmp_path / "link.sqlite3"
    heartbeat = database.with_name(f"{database.name}.status.json")
    async with Loopback() as server, running(server, database, tmp_path / "log") as first:
        await until(heartbeat.exists)
        link.symlink_to(database)
        for path in (database, link):
            second = await BotProcess.start(
                server, ["bot.py", "run"], environment={"LANTERN_DATABASE": str(path)}, log=tmp_path / "second"
            )
            assert await asyncio.wait_for(second.process.wait(), PATIENCE) == 1
            found = status.read(heartbeat)
            assert found is not None
            assert found.process == first.process.pid
        said = (tmp_path / "second").read_text(encoding="utf-8")
        assert said.count(f"Another Lantern is running on {os.path.realpath(database)}.") == 2
        assert await first.stop() == 0
    assert not heartbeat.exists()
    tried(
        "The process",
        "a second bot is started on the same file, also through a link",
        saw="(no member in this test: the processes alone)",
        lost="nothing: it is refused, and `status` goes on telling of the first",
    )
