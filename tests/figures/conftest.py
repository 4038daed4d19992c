"""Fixtures: a log of questions for the figures. Every test that takes it runs on both kinds of database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lantern.content.models import Content
from tests.store.conftest import where
from tests.support.asks import Log
from tests.support.rows import opened

__all__ = ["log", "where"]


@pytest.fixture
async def log(where: Path | str, content: Content) -> AsyncIterator[Log]:
    """An empty log of questions."""
    async with opened(where) as database:
        yield Log(database, content)
