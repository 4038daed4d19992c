"""Fixtures: the content that is shipped, a bot on a Discord in memory, and the usual world of people around it."""

from __future__ import annotations

import faulthandler
import functools
import os
import shutil
import threading
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import pytest_timeout  # type: ignore[import-untyped]
import simcord
from discord.http import Route
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from lantern import PROJECT
from lantern.answers import edition as lantern_content
from lantern.content import models as articles
from lantern.matching.matcher import Matcher
from lantern.preview import simcord_gaps
from lantern.runtime.client import Lantern
from lantern.runtime.discord_time import DiscordTime
from lantern.runtime.meaning_loading import MeaningLoader
from lantern.runtime.settings import Settings
from lantern.runtime.shards import Shards
from lantern.store.database import Database
from tests.discord import requests
from tests.discord.state import PATIENCE
from tests.support.asks import Log
from tests.support.world import ADMINISTERS, MODERATES, World, unforeseen_errors_told

pytest_plugins = ["tests.support.catalogs", "tests.support.postgres"]

# Both would fail a test on a slow machine, and on no other.
hypothesis_settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("any machine")


@pytest.fixture(scope="session")
def content() -> articles.Content:
    """The content that is shipped."""
    return lantern_content.load(PROJECT / "content")


@pytest.fixture
def content_folder(tmp_path: Path) -> Path:
    """A copy of the content that is shipped, for editors to change."""
    return Path(shutil.copytree(PROJECT / "content", tmp_path / "content"))


@pytest.fixture(scope="session")
def matcher(content: articles.Content) -> Matcher:
    """The matcher of the content that is shipped."""
    return Matcher(content)


@pytest.fixture(scope="session", autouse=True)
def _one_matcher_a_content() -> Iterator[None]:
    """Building a matcher takes a third of a second, and most tests have the same content. So that nothing changes one,
    none learns meanings.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lantern.answers.edition.Matcher", functools.lru_cache(maxsize=8)(Matcher))
        patch.setattr(MeaningLoader, "start", lambda _loader: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _patience() -> Iterator[None]:
    """Time-outs of the two Discords that a slow machine could reach are taken out.

    The loopback takes an answer after its three seconds, so a test that means a late one makes it late; and SimCord
    gives a bot more than five seconds to start.
    """
    settle = simcord.Env._settle_internal

    async def settle_patiently(env: simcord.Env, **options: Any) -> None:
        await settle(env, **options | {"timeout": PATIENCE})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.discord.rest.ANSWER_WITHIN", 10 * PATIENCE)
        patch.setattr(simcord.Env, "_settle_internal", settle_patiently)
        yield


@pytest.fixture(scope="session", autouse=True)
def _nobody_is_asked_for_the_time() -> Iterator[None]:
    """A bot that is made without any Discord would ask the real one."""
    ask = DiscordTime.ask

    async def ask_on_this_machine(time: DiscordTime) -> str:
        return await ask(time) if "//127.0.0.1:" in Route.BASE else ""

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DiscordTime, "ask", ask_on_this_machine)
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--database=postgresql``: the bot of every test keeps its rows on a server."""
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite", help="what the bot's rows go to")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """SimCord gives a bot five seconds to settle after each thing that a person does; more here."""
    for item in items:
        item.add_marker(pytest.mark.simcord(settle_timeout=PATIENCE))


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of one test, with a database of its own: a file, or with ``--database=postgresql`` on a server."""
    if request.config.getoption("--database") == "sqlite":
        return Settings(database=tmp_path / "lantern.sqlite3", shards=1)
    if request.node.get_closest_marker("in_a_file"):
        pytest.skip("about the file of SQLite")
    return Settings(database=request.getfixturevalue("postgres_database"), state_folder=tmp_path, shards=1)


@pytest_asyncio.fixture
async def simcord_bot(settings: Settings, content: articles.Content, monkeypatch: pytest.MonkeyPatch) -> Lantern:
    """What the SimCord plugin runs."""

    async def taken(_shards: Shards) -> bool:
        return True

    # SimCord waits for every task of the bot, and the one that looks after the locks has no end.
    monkeypatch.setattr(Shards, "take", taken)
    return Lantern(settings, content)


@pytest_asyncio.fixture
async def log(tmp_path: Path, content: articles.Content) -> AsyncIterator[Log]:
    """An empty log of questions, for the figures."""
    database = Database(tmp_path / "figures.sqlite3")
    await database.open()
    yield Log(database, content)
    await database.close()


@pytest_asyncio.fixture
async def world(simcord_env: simcord.Env, simcord_bot: Lantern) -> AsyncIterator[World]:
    """The usual world; see :class:`World`."""
    simcord_gaps.leave_refusals_out(simcord_env)
    guild = simcord_env.create_guild("Twin Flame Circle")
    moderators = guild.create_role("Moderators", permissions=MODERATES)
    administrators = guild.create_role("Administrators", permissions=ADMINISTERS)
    made = World(
        env=simcord_env,
        bot=simcord_bot,
        guild=guild,
        general=guild.create_text_channel("general"),
        maya=guild.add_member(simcord_env.create_user("maya")),
        lea=guild.add_member(simcord_env.create_user("lea")),
        noor=guild.add_member(simcord_env.create_user("noor"), roles=[moderators]),
        asha=guild.add_member(simcord_env.create_user("asha"), roles=[administrators]),
    )
    try:
        with unforeseen_errors_told(simcord_env):
            yield made
    finally:
        requests.record((sent.method, sent.path, sent.json) for sent in simcord_env.http_requests)
        await made.bot.close()
        # SimCord never closes a bot, and a database's thread would keep the process alive.
        await simcord_bot.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """Give what comes after a test its own time limits, since a test that failed has switched both off."""
    item.ihook.pytest_timeout_set_timer(item=item, settings=pytest_timeout.get_env_settings(item.config))
    watch(item.config, float(item.config.getini("faulthandler_timeout")))
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
    fail_for_open_databases(item, last_of_its_file=nextitem is None or nextitem.path != item.path)


FIRST_SEEN: dict[threading.Thread, str] = {}


def fail_for_open_databases(item: pytest.Item, *, last_of_its_file: bool) -> None:
    """Fail the last test of a file that leaves a connection to a database open, whose thread would never end."""
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            opened_by = FIRST_SEEN.setdefault(thread, item.nodeid)
            if last_of_its_file and opened_by.startswith(item.nodeid.split("::")[0]):
                thread.join(10)
                assert not thread.is_alive(), f"{opened_by} did not close a connection to a database"


STDERR = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    """Keep the way to the terminal, which is another one while a test's output is captured."""
    config.stash[STDERR] = os.dup(2)


def watch(config: pytest.Config, seconds: float) -> None:
    """End this process with status 1 after so many seconds, saying where it stood."""
    faulthandler.dump_traceback_later(seconds, exit=True, file=config.stash[STDERR])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Nothing that is still going on when all tests are over keeps the process alive.

    A worker that is done waits for the others, however long they take, and is ended with the controller.
    """
    if not hasattr(config, "workerinput"):
        watch(config, PATIENCE)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Forget the requests of the run before; the controller does, its workers start later."""
    if not hasattr(session.config, "workerinput"):
        shutil.rmtree(requests.FOLDER, ignore_errors=True)
