"""This machine's clock is wrong, at the start or for a moment: what goes by the date waits, and nothing is lost."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import discord
import orjson
import pytest

from lantern.cli import status as cli
from lantern.content.models import Content
from lantern.runtime import status
from lantern.runtime.client import Lantern
from lantern.runtime.settings import Settings
from lantern.store import backups, copies
from lantern.store.digests import DigestWeeks
from lantern.store.guilds import Guilds
from lantern.store.misses import INSERT_MISSES, Miss
from lantern.store.questions import add_questions
from lantern.store.retention import Retention
from lantern.store.times import DAY, local_day, milliseconds
from tests.discord.loopback import Loopback
from tests.discord.payloads import OWNER, Json
from tests.discord.process import BotProcess
from tests.discord.state import PATIENCE
from tests.support.clock import Clock
from tests.support.reliability import tried
from tests.support.reports import Drawn
from tests.support.rows import opened, question
from tests.support.wire import Wired, connected, private, public, rows, said, settled

YEAR = timedelta(days=365)
LEFT_LONG_AGO, LEFT_LATELY = 8, 9
"""Guilds that the bot is not in any more, for 31 days and for 5."""
BY_THE_DATE = ("retention", "weekly totals", "digests", "backups", "most asked")


@pytest.fixture
async def server() -> Any:
    async with Loopback(guilds=2) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    if request.param == "sqlite":
        return Settings(database=tmp_path / "lantern.sqlite3", backup_keep=1, shards=1)
    if shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not on PATH")
    address = request.getfixturevalue("postgres_database")
    return Settings(database=address, state_folder=tmp_path, backup_keep=1, shards=1)


async def filled(settings: Settings, server: Loopback) -> Path:
    """A community's rows, some of which have had their time, and what a wrong clock left there before.

    Returns the backup of a week ago. Everything is dated by the true clock.
    """
    now = datetime.now(UTC)
    guild_id, channel = next((guild, int(data["channels"][0]["id"])) for guild, data in server.guilds.items())
    async with opened(settings.database) as database:
        for number, (days, guild) in enumerate(
            [(200, guild_id), (10, guild_id), (40, LEFT_LONG_AGO), (10, LEFT_LATELY)], start=1
        ):
            moment = now - timedelta(days=days)
            row = question(number, asked_at=milliseconds(moment), day=local_day(moment), guild_id=guild)
            database.write(add_questions, row)
            row_of_words = Miss(number, local_day(moment), guild, f"words {number}", [], 0.0, "ask")
            database.write(INSERT_MISSES, row_of_words)
        retention = Retention(database, question_days=180, miss_days=90)
        retention.guild_left(LEFT_LONG_AGO, at=milliseconds(now) - 31 * DAY)
        retention.guild_left(LEFT_LATELY, at=milliseconds(now) - 5 * DAY)
        await Guilds(database).change(guild_id, digest_channel_id=channel)
        next_year = local_day(now + YEAR)
        assert await DigestWeeks(database).claim(guild_id, next_year, at=milliseconds(now), channel_id=channel)
        await database.flush()
    made = backups.backup_path(settings.backups, now - timedelta(days=7))
    await copies.back_up(settings.database, made)
    backups.backup_path(settings.backups, now.replace(year=2099)).write_bytes(b"x")
    waits = question(77, asked_at=milliseconds(now) - DAY, day=local_day(now), member_key=7)
    settings.waiting_rows.write_bytes(orjson.dumps(["question asked", waits._asdict()]) + b"\n")
    return made


async def run_all(bot: Lantern) -> None:
    for name in BY_THE_DATE:
        await bot.services.periodic.run(name)


async def kept(bot: Lantern) -> dict[str, list[tuple[Any, ...]]]:
    """What is there that a wrong clock could take, or add to."""
    questions = "SELECT interaction_id FROM questions WHERE interaction_id < 100 ORDER BY 1"
    return {
        "questions": await rows(bot, questions),
        "misses": await rows(bot, "SELECT words FROM misses ORDER BY 1"),
        "guilds": await rows(bot, "SELECT guild_id FROM known_guilds WHERE guild_id < 10 ORDER BY 1"),
        "digests": await rows(bot, "SELECT week FROM digests"),
        "turns": await rows(bot, "SELECT * FROM turns"),
    }


def told(server: Loopback) -> list[str]:
    """What the bot's owner read."""
    return [said(each) for each in server.messages.values() if each["channel_id"] == str(OWNER.id + 1)]


def posted(server: Loopback) -> list[Json]:
    """What stands in the servers' channels for all to see."""
    return [each for each in public(server) if each["channel_id"] != str(OWNER.id + 1)]


async def until(condition: Callable[[], object]) -> None:
    """Wait for what comes without a word on the wire."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("off", [YEAR, -YEAR, timedelta(minutes=6)], ids=["a year ahead", "a year back", "by minutes"])
async def test_while_the_clock_is_wrong_nothing_goes_by_the_date_and_then_all_of_it(
    server: Loopback,
    settings: Settings,
    content: Content,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    off: timedelta,
) -> None:
    old_backup = await filled(settings, server)
    clock = Clock(monkeypatch)
    clock.turned = off
    left = list(server.guilds)[1]
    async with connected(server, Wired(settings, content)) as bot:
        bot.services.reports.charts = Drawn()
        before = await kept(bot)
        files = sorted(settings.backups.iterdir())

        # Wrong: members are answered, and a guild is left.
        await run_all(bot)
        asked = await server.slash("twinflame", "runner")
        await asked.answered()
        del server.guilds[left]
        await server.event("GUILD_DELETE", {"id": str(left)}, left)
        await settled()
        await bot.services.periodic.run("old entries")
        await run_all(bot)

        assert await kept(bot) == before
        assert len(before["questions"]) == 5
        assert sorted(settings.backups.iterdir()) == files
        assert posted(server) == []
        assert "runner" in said(asked.original).lower()
        (day, asked_at) = (await rows(bot, "SELECT day, asked_at FROM questions ORDER BY interaction_id"))[-1]
        truly = datetime.now(UTC)
        assert abs(milliseconds(truly) - asked_at) < DAY / 2
        assert day in (local_day(truly), local_day(truly - timedelta(hours=1)))
        assert await rows(bot, "SELECT member_key FROM questions WHERE interaction_id = 77") == [(7,)]

        await bot.services.periodic.run("discord time")
        await bot.services.heartbeat.beat()
        beat = status.read(settings.heartbeat)
        (notice,) = told(server)
        for text in (notice, cli.in_words(beat, discord.utils.utcnow())):
            assert "This machine's clock is" in text
            assert "Nothing is deleted, backed up or posted for its date until" in text
        assert caplog.text.count("Nothing is deleted") == 1, "the log says it once"
        assert cli.as_json(beat, discord.utils.utcnow())["healthy"] is False

        # Right: all of it is done, without a restart.
        clock.turned = timedelta()
        await bot.services.periodic.run("clock")
        await server.until(lambda: len(posted(server)) == 1)
        await until(lambda: not bot.services.periodic._put_off)
        await run_all(bot)
        await bot.services.periodic.run("discord time")
        await bot.services.heartbeat.beat()

        after = await kept(bot)
        assert after["questions"] == [(2,), (4,), (77,)]
        assert after["misses"] == [("words 2",), ("words 4",)]
        assert after["guilds"] == [(LEFT_LATELY,)]
        (digest,) = posted(server)
        assert "The week's questions" in said(digest)
        assert [week for (week,) in after["digests"] if week > local_day(datetime.now(UTC))] == []
        (made,) = backups.all_in(settings.backups)
        assert made != old_backup
        moment = backups.made_at(made)
        assert moment is not None
        assert abs(datetime.now(UTC) - moment) < timedelta(hours=1)
        ((left_at,),) = await rows(bot, "SELECT left_at FROM known_guilds WHERE left_at IS NOT NULL AND guild_id > 10")
        assert abs(milliseconds(datetime.now(UTC)) - left_at) < DAY
        assert any("agree again" in text for text in told(server))
        assert any("2099" in text for text in told(server))
        beat = status.read(settings.heartbeat)
        assert beat is not None
        assert beat.clock is None

        # Wrong again for a moment, as a clock without a battery is: a second time nothing is lost.
        clock.turned = off
        await run_all(bot)
        assert await kept(bot) == after
        clock.turned = timedelta()
        await run_all(bot)
        assert await kept(bot) == after
        assert backups.all_in(settings.backups) == [made]
        assert len(posted(server)) == 1
    tried(
        "The machine",
        "the clock is a year ahead, a year back, or six minutes wrong, and then right",
        saw="the card; the owner and `status` read that what goes by the date waits",
        lost="nothing before its time: 3 of 3 rows; what was due was done when the clock was right",
    )


async def test_a_whole_process_with_a_wrong_clock(server: Loopback, tmp_path: Path) -> None:
    """Its clock is a year ahead from its first breath, and put right while it runs; Discord's ``Date`` is true."""
    settings = Settings(database=tmp_path / "lantern.sqlite3", backup_keep=1, shards=1)
    await filled(settings, server)
    clock = tmp_path / "clock"
    clock.write_text(str(YEAR.total_seconds()))
    environment = {
        "LANTERN_DATABASE": str(settings.database),
        "LANTERN_BACKUP_KEEP": "0",
        "LOOPBACK_CLOCK": str(clock),
    }
    numbers = "SELECT interaction_id FROM questions WHERE interaction_id < 100 ORDER BY 1"
    bot = await BotProcess.start(server, ["bot.py", "run"], environment=environment, log=tmp_path / "log")
    try:
        await bot.ready(server)
        await (await server.slash("twinflame", "runner")).answered()
        await server.until(lambda: told(server))
        assert "365 days ahead of Discord's" in told(server)[0]
        heartbeat = json.loads(settings.heartbeat.read_text())
        assert "365 days ahead of Discord's" in heartbeat["clock"]

        part = clock.with_suffix(".part")
        part.write_text("0")
        part.replace(clock)

        # The digest is the last of what waited.
        await server.until(lambda: posted(server))
        await server.until(lambda: any("agree again" in text for text in told(server)))
        await until(lambda: json.loads(settings.heartbeat.read_text())["clock"] is None)
    finally:
        await bot.stop()
    async with opened(settings.database) as database:
        assert [row[0] for row in await database.fetch(numbers)] == [2, 4, 77]
    assert len(private(server)) == 1
    tried(
        "The machine",
        "a whole process starts with a clock a year ahead, which is put right while it runs",
        saw="the card; the owner is told, and told when it is over",
        lost="nothing before its time: 3 of 3 rows are there, and what was due was done within seconds",
    )
