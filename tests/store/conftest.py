"""Fixtures: a database by itself, with no bot around it. Every test that takes one runs on both kinds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lantern.store import sqlite_file
from lantern.store.database import Database
from lantern.store.member_keys import MemberKeys
from lantern.store.questions import Questions
from tests.support.rows import NOON, opened


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a new database is: a file, or the address of one on a server."""
    if request.param == "sqlite":
        return tmp_path / "lantern.sqlite3"
    address: str = request.getfixturevalue("postgres_database")
    return address


@pytest.fixture
async def database(where: Path | str) -> AsyncIterator[Database]:
    """A new database; a test may close it and open it again."""
    async with opened(where) as database:
        yield database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a file is, or will be."""
    return tmp_path / "lantern.sqlite3"


@pytest.fixture(name="opened")
async def opened_by_a_bot(path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """A file that a bot has, at noon."""
    # Ten milliseconds for SQLite's own patience: what is tried is what happens after it, not the waiting.
    monkeypatch.setattr(sqlite_file, "BUSY_SECONDS", 0.01)
    database = Database(path, now=lambda: NOON)
    await database.open(alone=True)
    yield database
    await database.close()


@pytest.fixture
def member_keys(database: Database) -> MemberKeys:
    """The keys of that database, not opened yet."""
    return MemberKeys(database)


@pytest.fixture
def questions(database: Database, member_keys: MemberKeys) -> Questions:
    """The questions in that database."""
    return Questions(database, member_keys)
