"""When a digest is due."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from lantern.admin import digests
from lantern.store.guilds import GuildSettings
from lantern.store.times import as_number


@pytest.mark.parametrize(
    ("zone", "now", "week", "at"),
    [
        ("UTC", "2026-01-05T17:59", 20251229, "2025-12-29T18:00"),
        ("UTC", "2026-01-05T18:00", 20260105, "2026-01-05T18:00"),
        ("UTC", "2026-01-11T23:00", 20260105, "2026-01-05T18:00"),
        ("Europe/Berlin", "2026-01-05T17:00", 20260105, "2026-01-05T17:00"),
        ("Pacific/Kiritimati", "2026-01-05T03:59", 20251229, "2025-12-29T04:00"),
        ("Pacific/Kiritimati", "2026-01-05T04:00", 20260105, "2026-01-05T04:00"),
    ],
)
def test_when_a_digest_is_due(zone: str, now: str, week: int, at: str) -> None:
    chosen = GuildSettings(digest_channel_id=5, digest_weekday=0, digest_hour=18, time_zone=zone)

    due = digests.due(chosen, datetime.fromisoformat(now).replace(tzinfo=UTC))

    assert (due.week, due.at.astimezone(UTC)) == (week, datetime.fromisoformat(at).replace(tzinfo=UTC))


@pytest.mark.parametrize(("day", "hour"), [(date(2026, 3, 29), 2), (date(2026, 10, 25), 2)])
def test_a_digest_is_due_once_on_days_of_23_and_25_hours(day: date, hour: int) -> None:
    chosen = GuildSettings(
        digest_channel_id=5, digest_weekday=day.weekday(), digest_hour=hour, time_zone="Europe/Berlin"
    )
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=3)
    weeks = [digests.due(chosen, start + timedelta(minutes=15 * step)).week for step in range(120)]

    assert sorted(set(weeks)) == [as_number(day - timedelta(days=7)), as_number(day)]
    assert weeks == sorted(weeks)


def test_a_nonce_fits_discord_and_is_the_weeks_own() -> None:
    nonces = {digests.nonce_of(guild, week) for guild in (1, 2**63) for week in (20260105, 20260112)}
    assert len(nonces) == 4
    assert all(len(nonce) <= 25 for nonce in nonces)
