"""Fixtures: a database by itself, with no bot around it. Every test that takes one runs on both kinds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lantern.store.database import Database
from lantern.store.member_keys import MemberKeys
from lantern.store.questions import Questions
from tests.support.rows import opened


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
def member_keys(database: Database) -> MemberKeys:
    """The keys of that database, not opened yet."""
    return MemberKeys(database)


@pytest.fixture
def questions(database: Database, member_keys: MemberKeys) -> Questions:
    """The questions in that database."""
    return Questions(database, member_keys)
