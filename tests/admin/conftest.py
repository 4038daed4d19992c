"""Fixtures for what administrators see."""

from __future__ import annotations

import pytest_asyncio

from tests.support.reports import Drawn, InThisProcess
from tests.support.world import World


@pytest_asyncio.fixture
async def drawn(world: World) -> Drawn:
    """Pictures are kept here instead of being drawn, and gaps grouped in this process."""
    kept = Drawn()
    world.services.reports.charts = kept
    world.services.reports.grouping = InThisProcess()
    return kept
