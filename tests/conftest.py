"""Fixtures: the content that is shipped, a bot on a Discord in memory, and the usual world of people around it."""

from __future__ import annotations

import functools
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import simcord

from lantern import PROJECT
from lantern.answers import edition as lantern_content
from lantern.content import models as articles
from lantern.matching.matcher import Matcher
from lantern.runtime.client import Lantern
from lantern.runtime.settings import Settings
from lantern.store.database import Database
from tests.support.asks import Log
from tests.support.world import ADMINISTERS, MODERATES, REQUESTS, World, keep_requests


@pytest.fixture(scope="session")
def content() -> articles.Content:
    """The content that is shipped."""
    return lantern_content.load(PROJECT / "content")


@pytest.fixture(scope="session")
def matcher(content: articles.Content) -> Matcher:
    """The matcher of the content that is shipped."""
    return Matcher(content)


@pytest.fixture(scope="session", autouse=True)
def _one_matcher_a_content() -> Iterator[None]:
    """Building a matcher takes a tenth of a second, nothing changes one, and most tests have the same content."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lantern.runtime.client.Matcher", functools.lru_cache(maxsize=8)(Matcher))
        yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of one test, with a database of its own."""
    return Settings(database=tmp_path / "lantern.sqlite3", shards=1)


@pytest_asyncio.fixture
async def simcord_bot(settings: Settings, content: articles.Content) -> Lantern:
    """What the SimCord plugin runs."""
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
        yield made
    finally:
        keep_requests(simcord_env.http_requests)
        await made.bot.close()
        # SimCord never closes a bot, and a database's thread would keep the process alive.
        await simcord_bot.close()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Forget the requests of the run before; the controller does, its workers start later."""
    if not hasattr(session.config, "workerinput"):
        shutil.rmtree(REQUESTS, ignore_errors=True)
