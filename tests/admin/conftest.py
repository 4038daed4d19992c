"""Fixtures for what administrators see."""

from __future__ import annotations

import pytest_asyncio

from tests.support.reports import Drawn
from tests.support.world import World


@pytest_asyncio.fixture
async def drawn(world: World) -> Drawn:
    """Pictures are kept here instead of being drawn."""
    kept = Drawn()
    world.services.reports.charts = kept
    return kept
