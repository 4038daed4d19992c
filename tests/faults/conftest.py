"""Fixtures: Discord with its bad days."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.discord.loopback import Loopback


@pytest.fixture
async def server() -> AsyncIterator[Loopback]:
    """A Discord with one guild, in which there is an empty forum."""
    async with Loopback() as server:
        yield server
