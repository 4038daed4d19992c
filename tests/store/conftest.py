"""Fixtures: a database by itself, with no bot around it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lantern.store.database import Database
from lantern.store.member_keys import MemberKeys
from lantern.store.questions import Questions
from tests.support.rows import opened


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A new database; a test may close it and open it again."""
    async with opened(tmp_path / "lantern.sqlite3") as database:
        yield database


@pytest.fixture
def member_keys(database: Database) -> MemberKeys:
    """The keys of that database, not opened yet."""
    return MemberKeys(database)


@pytest.fixture
def questions(database: Database, member_keys: MemberKeys) -> Questions:
    """The questions in that database."""
    return Questions(database, member_keys)
