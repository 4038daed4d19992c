"""Digest weeks: claimed once, and what became of the last one."""

from __future__ import annotations

from lantern.store.database import Database
from lantern.store.digests import ClaimedWeek, DigestWeeks


async def test_claims_of_a_guilds_weeks_to_come_are_forgotten(database: Database) -> None:
    weeks = DigestWeeks(database)
    for guild_id, week in ((1, 20260102), (1, 20260104), (1, 20270101), (2, 20270101)):
        assert await weeks.claim(guild_id, week, at=5, channel_id=7)

    await weeks.forget_after(1, 20260104)

    assert [(await weeks.latest(guild_id)) for guild_id in (1, 2)] == [
        ClaimedWeek(20260104, 7, None, None, 5),
        ClaimedWeek(20270101, 7, None, None, 5),
    ]


async def test_a_week_is_claimed_once_and_the_latest_is_told(database: Database) -> None:
    weeks = DigestWeeks(database)
    assert await weeks.latest(1) is None

    assert await weeks.claim(1, 20260102, at=5, channel_id=7)
    assert not await weeks.claim(1, 20260102, at=6, channel_id=8, failure="late")
    assert await weeks.latest(1) == ClaimedWeek(20260102, 7, None, None, 5)
    assert await weeks.claim(1, 20260109, at=7, channel_id=7, failure="not yet on")
    assert await weeks.claim(2, 20260102, at=8, channel_id=9)

    assert await weeks.latest(1) == ClaimedWeek(20260109, 7, None, "not yet on", 7)
    await weeks.posted(1, 20260109, 77)
    assert await weeks.latest(1) == ClaimedWeek(20260109, 7, 77, None, 7)
    await weeks.failed(2, 20260102, "refused")
    assert await weeks.latest(2) == ClaimedWeek(20260102, 9, None, "refused", 8)
    assert await weeks.latest(1) == ClaimedWeek(20260109, 7, 77, None, 7)
