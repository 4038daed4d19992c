"""Starts that would have ended: without sound content, without a network, without a gateway."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import re
import shutil
import signal
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import discord.http
import pytest

from lantern import PROJECT
from lantern.content.models import Content
from lantern.runtime import gateway, services
from lantern.runtime.settings import Settings
from lantern.store.database import DatabaseError
from tests.discord.faults import Fault
from tests.discord.loopback import Loopback, outage
from tests.discord.payloads import OWNER
from tests.discord.state import PATIENCE
from tests.support import wire
from tests.support.logged_bot import LoggedBot, Start
from tests.support.programs import run
from tests.support.reliability import tried
from tests.support.wire import Wired, answered, connected, hurried, said, settled


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """The settings of where the database is: a file, or on a server."""
    where = tmp_path / "l.sqlite3" if request.param == "sqlite" else request.getfixturevalue("postgres_database")
    return {"LANTERN_DATABASE": str(where), "LANTERN_STATE_FOLDER": str(tmp_path / "state")}


async def answers(server: Loopback) -> None:
    asked = await server.slash("twinflame", "runner")
    await asked.answered()
    assert "## " in answered(asked)


async def stopped(bot: LoggedBot) -> None:
    assert await bot.told(signal.SIGTERM) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="signals of this kind are Unix's")
async def test_content_that_is_not_sound_is_no_outage_at_a_start(
    server: Loopback, start: Start, place: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "content"
    shutil.copytree(PROJECT / "content", folder)
    chosen = place | {"LANTERN_CONTENT": str(folder)}
    article = folder / "twinflame.yml"
    sound = article.read_text(encoding="utf-8")

    bot = await start(**chosen)
    await bot.process.ready(server)
    await bot.says("this content is kept for the next start")
    await stopped(bot)
    article.write_text("command: [", encoding="utf-8")

    again = await start(**chosen)
    await again.process.ready(server)
    await answers(server)
    await again.says("content not taken, the last good one stays in use: ")
    await server.until(lambda: any("A change to the content was refused" in each for each in told(server)))
    async with asyncio.timeout(PATIENCE):
        while "a later change was refused" not in (await asyncio.to_thread(run, "status", **chosen)).stdout:
            pass
    article.write_text(sound, encoding="utf-8")
    await server.until(lambda: any("The content is accepted again" in each for each in told(server)))
    await stopped(again)
    tried(
        "Content",
        f"a file cannot be read when the bot starts, with {'SQLite' if 'sqlite' in str(place) else 'PostgreSQL'}",
        saw="the card, from the last good content",
        lost="nothing; the log, `status` and the owner are told",
    )


def told(server: Loopback) -> list[str]:
    """What the bot wrote to its owner."""
    mine = [each for each in server.channels.values() if str(OWNER.id) in str(each.get("recipients", ""))]
    return [said(each) for each in server.messages.values() if each["channel_id"] in [one["id"] for one in mine]]


@pytest.mark.skipif(sys.platform != "linux", reason="signals of this kind are Unix's")
async def test_a_first_start_waits_for_content(server: Loopback, start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "content"
    bot = await start(LANTERN_CONTENT=str(folder))
    await bot.says("There is no content to answer from")
    assert not (tmp_path / "l.sqlite3").exists()

    shutil.copytree(PROJECT / "content", tmp_path / "sound")
    (tmp_path / "sound").rename(folder)
    await bot.process.ready(server)
    await answers(server)
    await stopped(bot)
    assert bot.said.count("There is no content") == 1
    tried("Content", "there is no content folder when the bot starts", saw="the card, once it is there", lost="nothing")


@pytest.mark.skipif(sys.platform != "linux", reason="signals of this kind are Unix's")
async def test_a_locked_file_holds_no_start_up(server: Loopback, start: Start, tmp_path: Path) -> None:
    """Another program writes it; rows wait in their file from the last stop."""
    bot = await start()
    await bot.process.ready(server)
    with closing(sqlite3.connect(tmp_path / "l.sqlite3", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        await answers(server)
        await stopped(bot)
        again = await start()
        await again.process.ready(server)
        await answers(server)
        connection.execute("ROLLBACK")
        await stopped(again)
        assert connection.execute("SELECT count(*) FROM questions").fetchone() == (2,)
    tried("Database", "locked by another program at a start", saw="the card, at once", lost="nothing: 2 of 2 rows")


async def test_a_file_that_stays_locked_is_named(
    settings: Settings, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails() -> None:
        raise DatabaseError("database is locked")

    monkeypatch.setattr(services, "LOCKED_SECONDS", -1.0)
    bot = Wired(settings, content)
    monkeypatch.setattr(bot.services, "read_database", fails)
    with pytest.raises(
        DatabaseError, match=r"The database .* cannot be used \(database is locked\). If another program"
    ):
        await bot.services.open()
    await bot.services.close()


async def test_a_folder_that_cannot_be_made_is_told_with_the_setting_that_names_it(
    tmp_path: Path, content: Content
) -> None:
    (tmp_path / "file").touch()
    below = tmp_path / "file" / "folder"
    for settings, name in (
        (Settings(database=below / "l.sqlite3"), "LANTERN_DATABASE"),
        (Settings(database=tmp_path / "l.sqlite3", state_folder=below), "LANTERN_STATE_FOLDER"),
    ):
        bot = Wired(settings, content)
        with pytest.raises(DatabaseError, match=f"Check {name}"):
            await bot.services.open()
        await bot.services.close()


@pytest.mark.skipif(sys.platform != "linux", reason="signals of this kind are Unix's")
async def test_a_setting_that_names_another_file_ends_the_start_with_status_2(
    server: Loopback, start: Start, tmp_path: Path
) -> None:
    text = tmp_path / "other" / "hostname"
    text.parent.mkdir()
    text.write_text("my-machine")
    bot = await start(LANTERN_DATABASE=str(text))
    assert await asyncio.wait_for(bot.process.process.wait(), PATIENCE) == 2
    assert "hostname is no database. It was left untouched: set LANTERN_DATABASE" in bot.said
    assert list(text.parent.iterdir()) == [text]


@pytest.mark.skipif(sys.platform != "linux", reason="signals of this kind are Unix's")
async def test_a_start_without_the_key_of_the_database_ends_with_status_2(
    server: Loopback, start: Start, place: dict[str, str], tmp_path: Path
) -> None:
    bot = await start(**place)
    await bot.process.ready(server)
    await answers(server)
    assert "Copy it to another place than the backups" in bot.said
    await stopped(bot)
    (key,) = (tmp_path / "state").glob("*.key")
    assert key.stat().st_mode & 0o777 == 0o600
    right = key.read_bytes()
    for wrong, says in ((None, f"The key file {key} is not there"), (b"00" * 32, f"The key in {key} is not the one")):
        key.unlink()
        if wrong is not None:
            key.write_bytes(wrong)
        refused = await start(**place)
        assert await asyncio.wait_for(refused.process.process.wait(), PATIENCE) == 2
        assert says in refused.said
        assert "`python bot.py new-key` says what that means" in refused.said
        key.write_bytes(right)
    bot = await start(**place)
    await bot.process.ready(server)
    await answers(server)
    await stopped(bot)
    tried(
        "The machine",
        "the key file is gone, or another one, at a start",
        saw="no answer until the right one is there; the log says what to do, and the exit status is 2",
        lost="nothing",
    )


async def test_a_start_without_a_network_waits_for_it(
    server: Loopback, settings: Settings, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "waits", lambda: itertools.repeat(0.0))
    tries = 0
    login = discord.http.HTTPClient.static_login

    async def cut_off(http: discord.http.HTTPClient, token: str) -> object:
        nonlocal tries
        tries += 1
        nowhere = ("http://127.0.0.1:1", "http://no-such-host.invalid", server.base)
        monkeypatch.setattr(discord.http.Route, "BASE", nowhere[min(tries - 1, 2)])
        return await login(http, token)

    monkeypatch.setattr(discord.http.HTTPClient, "static_login", cut_off)
    async with connected(server, Wired(settings, content)):
        await answers(server)
    assert tries == 3
    tried(
        "The machine",
        "no network, and then no DNS, when the bot starts",
        saw="no answer until there is one; then the card",
        lost="nothing",
    )


async def test_a_gateway_that_refuses_for_long_at_the_start_is_tried_in_a_loop(
    server: Loopback,
    settings: Settings,
    content: Content,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    hurried(monkeypatch)
    monkeypatch.setattr(wire, "HASTE", 0)
    server.fail("GET", "/gateway", Fault.error(502), times=50)
    async with connected(server, Wired(settings, content)):
        await answers(server)
    assert server.refused_handshakes == 50
    last = [record.exc_info[1] for record in caplog.records if record.exc_info and "shard_id" in record.message][-1]
    depth = 0
    while last is not None:
        last, depth = last.__context__, depth + 1
    assert depth < 10, "each further try is no level deeper"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence of a second is long, and nothing is waited for before another try."""
    hurried(monkeypatch)
    monkeypatch.setattr(wire, "HASTE", 0)
    monkeypatch.setattr(gateway, "waits", lambda: itertools.repeat(0.0))
    monkeypatch.setattr(gateway, "SILENT_SECONDS", 1.0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("path", ["/users/@me", "/oauth2/applications/@me", "/gateway/bot"])
async def test_a_start_that_discord_leaves_without_an_answer_is_tried_again(
    server: Loopback, settings: Settings, content: Content, path: str
) -> None:
    server.fail("GET", path, Fault.slow(asyncio.Event()))
    async with connected(server, Wired(replace(settings, shards=None), content)):
        assert server.held == 1
        await answers(server)
    tried(
        "Discord",
        f"at the start it takes a request (`{path}`) and says nothing",
        saw="no answer for 20 seconds; then the card",
        lost="nothing",
    )


async def test_sending_the_commands_keeps_no_member_waiting(
    server: Loopback, settings: Settings, content: Content
) -> None:
    goes_on = asyncio.Event()
    server.fail("PUT", "/applications/*/commands", Fault.slow(goes_on))
    async with connected(server, Wired(settings, content), commands=False) as bot:
        await answers(server)
        await server.until(lambda: server.held)
        assert bot.services.command_sync.due
        goes_on.set()
        async with asyncio.timeout(PATIENCE):
            while bot.services.command_sync.due:
                await asyncio.sleep(0.01)
        assert bot.services.commands.ids
    tried("Discord", "at the start it takes the commands and says nothing", saw="the card, at once", lost="nothing")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("beginning", ["HELLO", "IDENTIFY"])
async def test_a_session_that_does_not_begin_at_the_start_is_begun_anew(
    server: Loopback, settings: Settings, content: Content, beginning: str
) -> None:
    server.silent = [beginning]
    async with connected(server, Wired(settings, content)):
        assert not server.silent
        await answers(server)
    tried(
        "Discord",
        f"at the start it takes the connection and leaves {silence(beginning)}",
        saw="no answer for 20 seconds; then the card",
        lost="nothing",
    )


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("beginning", ["handshake", "HELLO", "IDENTIFY", "RESUME"])
async def test_a_session_that_does_not_begin_again_is_begun_anew(
    server: Loopback, settings: Settings, content: Content, beginning: str
) -> None:
    async with connected(server, Wired(settings, content)):
        if beginning == "handshake":
            server.fail("GET", "/gateway", Fault.slow(asyncio.Event()))
            await server.drop_all()
            await server.until(lambda: server.held)
        else:
            server.silent = [beginning]
            await (server.invalidate() if beginning == "IDENTIFY" else server.drop_all())
            await server.until(lambda: not server.silent)
        await server.ready()
        await answers(server)
    tried(
        "Discord",
        f"it breaks the connection, takes a new one and leaves {silence(beginning)}",
        saw="no answer for less than a minute; then the card",
        lost="what is asked meanwhile, which never reaches the bot",
    )


def silence(beginning: str) -> str:
    """What Discord says nothing to."""
    return {"handshake": "the handshake without an answer", "HELLO": "it without a hello"}.get(
        beginning, f"{beginning} without an answer"
    )


@pytest.mark.parametrize("token", ["abc def", "abc\ndef"], ids=["space", "line break"])
def test_a_token_that_can_be_none_is_a_wrong_setting_and_is_not_shown(token: str) -> None:
    ended = run("run", DISCORD_TOKEN=token)
    assert ended.returncode == 2
    assert ended.stderr == (
        "DISCORD_TOKEN is no token; allowed is a text in one piece, without spaces, line breaks or accents: copy it "
        "again.\n"
    )


async def test_after_a_long_outage_members_wait_a_minute_at_most(
    server: Loopback,
    settings: Settings,
    content: Content,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """discord.py waits a random time below a limit that doubles with each try, from two seconds to 1,024."""
    hurried(monkeypatch)
    monkeypatch.setattr(wire, "HASTE", 0)
    caplog.set_level(logging.ERROR)
    async with connected(server, Wired(settings, content)):
        async with outage(server):
            await server.drop()
            await server.until(lambda: server.refused_handshakes >= 60)
        await server.until(lambda: len(server.happened("ready")) == 2)
        await answers(server)
        await settled()
    waited = [float(each) for each in re.findall(r"Attempting a reconnect for shard ID 0 in ([\d.]+)s", caplog.text)]
    assert len(waited) >= 60
    assert max(waited) <= gateway.LONGEST_WAIT
    assert gateway.LONGEST_WAIT + gateway.SILENT_SECONDS + gateway.CLOSING_SECONDS < 60
    tried(
        "Discord",
        "an outage of sixty tries, after which discord.py alone would wait up to 17 minutes",
        saw="the card, a minute at most after it is over",
        lost="what is asked during it, which never reaches the bot",
    )


@pytest.mark.skipif(sys.platform != "linux", reason="pipes and links are Unix's")
@pytest.mark.parametrize("kind", ["a link to nothing", "a pipe", "a device"])
async def test_what_is_no_key_file_is_a_sentence(start: Start, tmp_path: Path, kind: str) -> None:
    key = tmp_path / "key"
    if kind == "a pipe":
        os.mkfifo(key)
    else:
        key.symlink_to("/dev/full" if kind == "a device" else tmp_path / "nothing")
    bot = await start(LANTERN_KEY_FILE=str(key))
    assert await asyncio.wait_for(bot.process.process.wait(), PATIENCE) == 2
    assert f"The key file {key} cannot be read (it is no file, or a link to none). Check LANTERN_KEY_FILE" in bot.said
    assert "Traceback" not in bot.said
    tried(
        "The machine",
        f"the key file is {kind}",
        saw="(nobody is answered: the operator reads why)",
        lost="nothing",
    )


@pytest.mark.skipif(sys.platform != "linux", reason="signals of this kind are Unix's")
async def test_backups_from_before_are_named_where_none_are_made_any_more(
    server: Loopback, start: Start, tmp_path: Path
) -> None:
    """With LANTERN_BACKUP_KEEP=0, as all programs here run: what members deleted since is still in them."""
    left = tmp_path / "backups" / "lantern-20261120T120000Z.sqlite3"
    left.parent.mkdir()
    left.write_bytes(b"x")
    bot = await start()
    await bot.process.ready(server)
    sentence = f"1 from before are in {left.parent}, with all that members deleted since. Remove them"
    await bot.says(sentence)

    where = {"LANTERN_DATABASE": str(tmp_path / "l.sqlite3")}
    assert sentence in (await asyncio.to_thread(run, "status", **where, LANTERN_BACKUP_KEEP="0")).stdout
    assert sentence not in (await asyncio.to_thread(run, "status", **where)).stdout
    left.unlink()
    assert "from before" not in (await asyncio.to_thread(run, "status", **where, LANTERN_BACKUP_KEEP="0")).stdout
    await stopped(bot)
