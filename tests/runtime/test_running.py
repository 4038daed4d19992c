"""The bot's run: what keeps it from beginning, and what is done once it is ready."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

import bot as program
from lantern import PROJECT
from lantern.answers.edition import Edition
from lantern.runtime import running
from lantern.runtime.settings import Settings
from lantern.store.database import Database
from tests.discord.launch import pointed_at
from tests.discord.loopback import Loopback
from tests.discord.payloads import TOKEN
from tests.discord.state import PATIENCE


@pytest.fixture(autouse=True)
def logs_kept(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What the log was set up with; it is the whole process's, so it is left as it is."""
    kept: list[tuple[object, ...]] = []
    monkeypatch.setattr("lantern.runtime.logs.set_up", lambda *given: kept.append(given))
    monkeypatch.setattr("lantern.runtime.logs.wait_for_nobody", lambda: None)
    return kept


def test_without_a_token_the_settings_are_wrong(logs_kept: list[object]) -> None:
    with pytest.raises(running.CannotRun, match="There is no DISCORD_TOKEN") as refused:
        running.run(Settings(), force_sync=False)

    assert refused.value.status == 2
    assert logs_kept == []


def test_what_a_start_imports_is_no_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    collections: list[str] = []
    monkeypatch.setattr(program, "gc", SimpleNamespace(disable=partial(collections.append, "disable")))
    monkeypatch.setattr(running, "run", lambda *_, **__: collections.append("run"))

    assert program.run(Settings(), argparse.Namespace(sync=False)) == 0
    assert collections == ["disable", "run"]


@contextmanager
def stopped_by(act: threading.Event) -> Iterator[Loopback]:
    """A Discord in a thread of its own. Once a bot is ready there and ``act`` is set, this process is told to stop."""
    servers: list[Loopback] = []
    there = threading.Event()

    @asynccontextmanager
    async def served() -> AsyncIterator[Loopback]:
        async with Loopback() as server:
            servers.append(server)
            there.set()
            yield server

    async def serve() -> None:
        async with served() as server:
            await server.ready()
            await asyncio.to_thread(act.wait, PATIENCE)
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.to_thread(over.wait, PATIENCE)

    over = threading.Event()
    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert there.wait(PATIENCE)
        yield servers[0]
    finally:
        over.set()
        thread.join(PATIENCE)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are Unix's")
def test_once_ready_the_matcher_is_made_and_what_is_there_is_left_out_of_collections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logs_kept: list[tuple[object, ...]]
) -> None:
    done: list[str] = []
    ready = threading.Event()
    gathering: list[float] = []

    def freeze() -> None:
        done.append("freeze")
        if done.count("freeze") == 2:
            ready.set()

    close = Database.close

    async def closed(database: Database, *last: Callable[[], Awaitable[None]]) -> None:
        gathering.append(database.gathering)
        await close(database, *last)

    others = {name: partial(done.append, name) for name in ("enable", "unfreeze", "collect")}
    monkeypatch.setattr(running, "gc", SimpleNamespace(freeze=freeze, **others))
    monkeypatch.setattr(Edition, "prepare", lambda _edition, _before=None: done.append("prepare"))
    monkeypatch.setattr(Database, "close", closed)
    monkeypatch.setattr(running, "_end", lambda *_: None)  # it would end the tests' process
    settings = Settings(
        discord_token=TOKEN, content=PROJECT / "content", database=tmp_path / "l.sqlite3", shards=1, log_level="ERROR"
    )

    with stopped_by(ready) as server, pointed_at(server.base, server.gateway):
        running.run(settings, force_sync=False)

    assert [each for each in done if each != "prepare"] == ["freeze", "enable", "unfreeze", "collect", "freeze"]
    assert "prepare" in done[2:-1]
    assert logs_kept == [("ERROR", settings.log_format, [TOKEN])]
    assert set(gathering) == {running.GATHERING_SECONDS}, "rows wait for others, unlike in a local Discord"
