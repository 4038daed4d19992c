"""A stop, whatever the bot is doing: real processes and real signals.

That the way out takes less than five seconds is the sum of what it waits for, see
:func:`test_what_a_stop_waits_for_is_less_than_five_seconds`; here it is really gone, with what waited kept.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sqlite3
import stat
import sys
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import asyncpg
import discord
import pytest

from lantern.answers import ask_cards
from lantern.content.models import Content
from lantern.runtime import client, running
from lantern.runtime.settings import Settings
from lantern.store import database, shard_locks
from lantern.store.database import DatabaseError
from lantern.ui import replies
from tests.discord import payloads
from tests.discord.faults import Fault
from tests.discord.loopback import Loopback
from tests.discord.state import PATIENCE, Asked
from tests.support.logged_bot import LoggedBot, Start, until
from tests.support.relay import Relay
from tests.support.reliability import tried
from tests.support.rows import locked_file, read_by_another
from tests.support.wire import Wired, connected, custom_id, said

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="signals of this kind are Unix's")

FOR_EVER = 10**9


async def refused(server: Loopback, start: Start) -> LoggedBot:
    server.fail("GET", "/gateway", Fault.error(502), times=FOR_EVER)
    bot = await start()
    await server.until(lambda: server.refused_handshakes)
    return bot


async def limited(server: Loopback, start: Start) -> LoggedBot:
    server.fail("GET", "/users/@me", Fault.rate_limited(3600))
    bot = await start()
    await bot.says("Retrying in 3600.00 seconds")
    return bot


async def unreachable(server: Loopback, start: Start) -> LoggedBot:
    server.fail("GET", "/users/@me", Fault.cut(), times=FOR_EVER)
    bot = await start()
    await bot.says("The login is tried again")
    return bot


async def hanging(server: Loopback, start: Start) -> LoggedBot:
    bot = await start()
    await bot.process.ready(server)
    server.fail("POST", "/interactions/*", Fault.slow(asyncio.Event()), times=FOR_EVER)
    for _ in range(20):
        await server.slash("twinflame", "runner")
    await server.until(lambda: server.held == 20)
    return bot


async def outage(server: Loopback, start: Start) -> LoggedBot:
    bot = await start()
    await bot.process.ready(server)
    server.fail("*", "*", Fault.error(502), times=FOR_EVER)
    await server.drop_all()
    await server.until(lambda: server.refused_handshakes >= 2)
    return bot


async def no_content(_server: Loopback, start: Start) -> LoggedBot:
    bot = await start(LANTERN_CONTENT="no-such-folder")
    await bot.says("There is no content to answer from")
    return bot


async def answering(server: Loopback, start: Start) -> LoggedBot:
    bot = await start()
    await bot.process.ready(server)
    return bot


WAYS = {
    "the gateway refuses it at the start": (refused, signal.SIGTERM),
    "Discord told it at the login to wait an hour": (limited, signal.SIGINT),
    "Discord cannot be reached": (unreachable, signal.SIGTERM),
    "twenty answers hang": (hanging, signal.SIGINT),
    "it waits for an outage to end": (outage, signal.SIGTERM),
    "it waits for content": (no_content, signal.SIGINT),
    "it answers, and its terminal is closed": (answering, signal.SIGHUP),
}


@pytest.mark.parametrize("doing", WAYS)
async def test_a_stop_ends_it_whatever_it_does(server: Loopback, start: Start, doing: str) -> None:
    begin, number = WAYS[doing]
    bot = await begin(server, start)

    assert await bot.told(number) == 0
    assert "the stop took more than" not in bot.said
    assert not (bot.folder / "l.sqlite3.status.json").exists()
    tried(
        "The process",
        f"told to stop ({number.name}) while {doing}",
        saw="(nobody is answered then)" if doing != "twenty answers hang" else "Discord's own “did not respond”",
        lost="nothing",
    )


async def test_under_nohup_a_closed_terminal_is_no_reason_to_stop(server: Loopback, start: Start) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        bot = await start()
    finally:
        signal.signal(signal.SIGHUP, before)
    await bot.process.ready(server)
    bot.process.process.send_signal(signal.SIGHUP)
    await (await server.slash("twinflame", "runner")).answered()
    assert await bot.told(signal.SIGTERM) == 0


ENDS: dict[str, tuple[int, str, dict[str, str]]] = {
    "no such shard": (4010, "LANTERN_SHARDS", {}),
    "too few shards": (4011, "Raise LANTERN_SHARDS", {"LANTERN_SHARDS": "1"}),
    "an intent that is not allowed": (4014, "developer portal", {}),
}


@pytest.mark.parametrize("end", ENDS)
async def test_a_connection_that_discord_ends_for_good_is_a_sentence_and_no_further_try(
    server: Loopback, start: Start, end: str
) -> None:
    code, advice, settings = ENDS[end]
    bot = await start(**settings)
    await bot.process.ready(server)
    # Until it has heard all, the code may be lost between what is sent and what is written; then it would ask again.
    await (await server.slash("twinflame", "runner")).answered()
    await server.drop(code=code)
    assert await asyncio.wait_for(bot.process.process.wait(), PATIENCE) == running.BAD_SETTINGS
    last = bot.said.splitlines()[-1]
    assert advice in last
    assert last.endswith(f"(close code {code})")
    assert "Traceback" not in bot.said
    tried(
        "Discord",
        f"it ends the connection for good: {end} (close code {code})",
        saw="no answer until the operator, who reads why, has seen to it",
        lost="nothing",
    )


def test_more_shards_than_there_were_are_asked_for_at_the_next_start(settings: Settings) -> None:
    assert running._ended(4011, replace(settings, shards=None)).status == 1
    assert [running._ended(code, settings).status for code in (4004, 4011, 4012, 4013, 4999)] == [3, 2, 2, 2, 1]


def left(path: Path, words: str) -> int:
    """How often words stand in a file and in those that SQLite keeps beside it."""
    files = [path.with_name(path.name + end) for end in ("", "-wal", "-shm")]
    return sum(file.read_bytes().count(words.encode()) for file in files if file.exists())


async def until_said(server: Loopback, asked: Asked, sentence: str) -> None:
    """Wait until that stands where the person asked."""
    await server.until(lambda: sentence in said(asked.original))


def kept(path: Path, expected: int) -> None:
    """So many rows are in the file, which is its owner's alone."""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [name for name, _ in rows].count("question asked") == expected


async def test_rows_that_a_locked_file_does_not_take_are_there_after_the_next_start(
    server: Loopback, start: Start, tmp_path: Path
) -> None:
    bot = await start()
    await bot.process.ready(server)
    with locked_file(tmp_path / "l.sqlite3"):
        for _ in range(10):
            await (await server.slash("twinflame", "runner")).answered()
        assert await bot.told(signal.SIGTERM) == 0
    waiting = tmp_path / "l.sqlite3.waiting.jsonl"
    kept(waiting, 10)

    again = await start()
    await again.says("rows that waited for this start are written")
    assert await again.told(signal.SIGINT) == 0
    assert not waiting.exists()
    with closing(sqlite3.connect(tmp_path / "l.sqlite3")) as connection:
        assert connection.execute("SELECT count(*) FROM questions").fetchone() == (10,)
    tried("The process", "told to stop while the SQLite file is locked", saw="the card", lost="nothing: 10 of 10 rows")


async def test_words_that_were_taken_back_are_not_written_at_a_stop(
    server: Loopback, start: Start, tmp_path: Path
) -> None:
    bot = await start()
    await bot.process.ready(server)
    file, waiting = tmp_path / "l.sqlite3", tmp_path / "l.sqlite3.waiting.jsonl"
    words = "what colour is the bus to leeds at midnight"
    kept_before = await server.slash("ask", options={"question": f"{words} before"})
    await kept_before.answered()
    await until(lambda: left(file, f"{words} before"))
    with locked_file(file):
        kept_late = await server.slash("ask", options={"question": f"{words} late"})
        await kept_late.answered()
        for asked in (kept_before, kept_late):
            assert asked.original is not None
            pressed = await server.press(asked.original, custom_id(asked.original, "forget:"))
            await pressed.answered()
            await until_said(server, asked, ask_cards.WORDS_DELETED_SOON)
        assert await bot.told(signal.SIGTERM) == 0
    assert left(waiting, words) == left(file, f"{words} late") == 0
    assert [name for name, _ in map(json.loads, waiting.read_bytes().splitlines())] == ["words taken back"] * 2

    await server.hang_up()
    again = await start()
    await again.says("rows that waited for this start are written")
    await again.process.ready(server)
    await until(lambda: not left(file, words))
    assert await again.told(signal.SIGTERM) == 0
    assert left(file, words) == 0
    tried(
        "The process",
        "Don't keep this is pressed while the SQLite file is locked, then told to stop",
        saw="that their words will be deleted as soon as the storage is free again",
        lost="nothing else; of words that were not written yet nothing comes to the disk",
    )


async def test_an_erasing_that_is_due_outlasts_a_kill(server: Loopback, start: Start, tmp_path: Path) -> None:
    bot = await start()
    await bot.process.ready(server)
    file, words = tmp_path / "l.sqlite3", "what colour is the bus to leeds at midnight"
    asked = await server.slash("ask", options={"question": words})
    await asked.answered()
    await until(lambda: left(file, words))
    with read_by_another(file):
        assert asked.original is not None
        await server.press(asked.original, custom_id(asked.original, "forget:"))
        await until_said(server, asked, ask_cards.WORDS_DELETED_SOON)
        await bot.process.kill()
        await server.hang_up()
        again = await start()
        await again.process.ready(server)
        assert left(file, words), "this test shows nothing unless it was held up"

    await until(lambda: not left(file, words))
    assert again.process.running
    tried(
        "The process",
        "killed while another program reads the SQLite file, after Don't keep this",
        saw="that their words will be deleted for good as soon as the storage is free again",
        lost="nothing else; the next start overwrites what the killed one had to leave",
    )


@pytest.mark.parametrize("how", ["stopped", "killed"])
async def test_words_stand_in_no_order_after_a_stop_and_after_the_next_start(
    server: Loopback, start: Start, tmp_path: Path, how: str
) -> None:
    bot = await start()
    await bot.process.ready(server)
    file = tmp_path / "l.sqlite3"
    words = [f"what colour is the bus {number:02} to leeds" for number in range(16)]

    def in_order() -> bool | None:
        """Whether they stand in the file as they came; None where they are not in it."""
        content = file.read_bytes()
        places = [content.find(each.encode()) for each in words]
        return None if min(places) < 0 else places in (sorted(places), sorted(places, reverse=True))

    for number, each in enumerate(words):
        person = replace(payloads.MEMBER, id=payloads.MEMBER.id + 1000 + number)
        await (await server.slash("ask", options={"question": each}, person=person)).answered()
        await until(partial(left, file, each))
    if how == "stopped":
        assert await bot.told(signal.SIGTERM) == 0
        assert in_order() is False
    else:
        await bot.process.kill()
        await server.hang_up()
        await (await start()).process.ready(server)
        await until(lambda: in_order() is False)


async def test_rows_that_a_server_that_hangs_does_not_take_are_there_after_the_next_start(
    server: Loopback, start: Start, postgres_database: str, tmp_path: Path
) -> None:
    folder = {"LANTERN_STATE_FOLDER": str(tmp_path / "state")}
    async with Relay(postgres_database) as relay:
        bot = await start(LANTERN_DATABASE=relay.address, **folder)
        await bot.process.ready(server)
        relay.hold()
        for _ in range(10):
            await (await server.slash("twinflame", "runner")).answered()
        assert await bot.told(signal.SIGTERM) == 0
        assert "the database does not answer" in bot.said
        kept(tmp_path / "state" / "lantern.waiting.jsonl", 10)

        relay.go_on()
        again = await start(LANTERN_DATABASE=relay.address, **folder)
        await again.says("rows that waited for this start are written")
        assert await again.told(signal.SIGINT) == 0
    connection = await asyncpg.connect(postgres_database)
    try:
        assert await connection.fetchval("SELECT count(*) FROM questions") == 10
    finally:
        await connection.close()
    tried(
        "The process",
        "told to stop while the PostgreSQL server hangs",
        saw="the card",
        lost="nothing: 10 of 10 rows, each once",
    )


async def test_a_disk_that_does_not_answer_does_not_keep_it(server: Loopback, start: Start, tmp_path: Path) -> None:
    bot = await start("tests/support/hanging_heartbeat_bot.py")
    await bot.process.ready(server)
    await (await server.slash("twinflame", "runner")).answered()

    assert await bot.told(signal.SIGTERM) == 0
    assert "all rows are written; what a thread still does" in bot.said
    assert "the stop took more than" not in bot.said
    with closing(sqlite3.connect(tmp_path / "l.sqlite3")) as connection:
        assert connection.execute("SELECT count(*) FROM questions").fetchone() == (1,)
    tried(
        "The process",
        "told to stop while a disk does not answer, and a thread waits for it",
        saw="the card",
        lost="nothing: 1 of 1 row",
    )


async def test_a_disk_that_does_not_take_what_waits_does_not_keep_it(
    server: Loopback, start: Start, tmp_path: Path
) -> None:
    bot = await start("tests/support/hanging_disk_bot.py")
    await bot.process.ready(server)
    await (await server.slash("twinflame", "runner")).answered()

    assert await bot.told(signal.SIGTERM) == 1
    assert "the stop took more than 5 s" in bot.said
    with closing(sqlite3.connect(tmp_path / "l.sqlite3")) as connection:
        assert connection.execute("SELECT count(*) FROM questions").fetchone() == (1,)
    tried(
        "The process",
        "told to stop while a disk does not answer, and the stop itself waits for it",
        saw="the card",
        lost="nothing: 1 of 1 row; what waited for the disk would be",
    )


async def test_what_is_answered_while_it_stops_is_kept(
    server: Loopback, settings: Settings, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Members go on asking; who is answered is counted."""
    for module, name in ((replies, "TRY_SECONDS"), (replies, "GIVEN_SECONDS"), (client, "FINISHING_SECONDS")):
        monkeypatch.setattr(module, name, PATIENCE)
    confirmed = asyncio.Event()
    async with connected(server, Wired(settings, content)) as bot:
        server.fail("POST", "/interactions/*", Fault.slow(confirmed))
        before = await server.slash("twinflame", "runner")
        await server.until(lambda: server.held == 1)
        stopping = asyncio.create_task(bot.close())
        await asyncio.sleep(0)
        after = await server.slash("twinflame", "hope")
        # Events come in their order: when these are offered, the question before them was read.
        await (await server.autocomplete("ask", focused="question", typed="does it")).answered()
        confirmed.set()
        await stopping

    assert before.acknowledged
    assert not after.acknowledged
    with closing(sqlite3.connect(settings.database)) as connection:
        assert connection.execute("SELECT topic FROM questions").fetchall() == [("runner",)]
    tried(
        "The process",
        "members go on asking while it stops",
        saw="who asked before the stop: the card; after it: Discord's own “did not respond”",
        lost="what is asked after it; else nothing: 1 of 1 row",
    )


async def test_a_discord_that_does_not_confirm_keeps_no_row_from_the_disk(
    settings: Settings, content: Content, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def hang(_client: discord.Client) -> None:
        await asyncio.Event().wait()

    bot = Wired(settings, content)
    await bot.services.open()
    monkeypatch.setattr(client, "LEAVING_SECONDS", 0.0)
    monkeypatch.setattr(discord.AutoShardedClient, "close", hang)

    await bot.close()

    assert "Discord did not confirm" in caplog.text
    with pytest.raises(DatabaseError):
        await bot.services.database.fetch("SELECT 1")


async def test_rows_that_nothing_takes_are_counted_and_the_status_tells(
    server: Loopback, start: Start, tmp_path: Path
) -> None:
    bot = await start()
    await bot.process.ready(server)
    with locked_file(tmp_path / "l.sqlite3"):
        await (await server.slash("twinflame", "runner")).answered()
        (tmp_path / "l.sqlite3.waiting.jsonl").mkdir()
        assert await bot.told(signal.SIGTERM) == 1
    assert re.search(r"ERROR lantern\S+: [1-9]\d* rows are lost: they could not be kept in", bot.said)
    assert re.search(r"^[1-9]\d* rows are lost: neither the database nor a file took them", bot.said, re.MULTILINE)
    assert "(None)" not in bot.said
    assert "answers go on" not in bot.said.partition("before the stop")[2]


async def test_a_log_that_nobody_reads_holds_up_nobody(server: Loopback, start: Start, tmp_path: Path) -> None:
    """Its pipe is full, as of a collector that hangs."""
    os.mkfifo(tmp_path / "log")
    reader = os.open(tmp_path / "log", os.O_RDONLY | os.O_NONBLOCK)
    bot = await start("bot.py")
    await bot.process.ready(server)
    writer = os.open(tmp_path / "log", os.O_WRONLY | os.O_NONBLOCK)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, b"x")
    await server.of_shard(0)[-1].dispatch("GUILD_CREATE", None)  # one that cannot be read is logged
    for _ in range(5):
        await (await server.slash("twinflame", "runner")).answered()

    assert await bot.told(signal.SIGTERM) == 0
    os.close(writer)
    os.close(reader)
    with closing(sqlite3.connect(tmp_path / "l.sqlite3")) as connection:
        assert connection.execute("SELECT count(*) FROM questions").fetchone() == (5,)
    tried(
        "The process",
        "nobody reads its log, whose pipe is full; then it is told to stop",
        saw="the card",
        lost="no row: 5 of 5; the lines that nobody reads",
    )


def test_what_a_stop_waits_for_is_less_than_five_seconds() -> None:
    waits = client.FINISHING_SECONDS, client.LEAVING_SECONDS, database.CLOSE_SECONDS, shard_locks.CLOSE_SECONDS
    assert sum(waits) < running.STOP_SECONDS - 0.4
    assert running.STOP_SECONDS <= 5
