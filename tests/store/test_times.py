"""Moments and days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from lantern.store.times import DAY, HOUR, MINUTE, as_date, as_number, local_day, milliseconds


def test_units_are_milliseconds() -> None:
    assert (MINUTE, HOUR, DAY) == (60_000, 3_600_000, 86_400_000)
    assert milliseconds(datetime(1970, 1, 2, 0, 0, 1, 500_000, tzinfo=UTC)) == DAY + 1_500


@pytest.mark.parametrize(
    ("zone", "day"), [("UTC", 20251231), ("Pacific/Kiritimati", 20260101), ("America/New_York", 20251231)]
)
def test_a_day_is_where_the_guild_is(zone: str, day: int) -> None:
    assert local_day(datetime(2025, 12, 31, 23, 30, tzinfo=UTC), ZoneInfo(zone)) == day
    assert local_day(datetime(2025, 12, 31, 23, 30, tzinfo=UTC)) == 20251231


def test_a_day_as_a_number() -> None:
    assert as_number(date(2026, 11, 3)) == 20261103
    assert as_date(20261103) == date(2026, 11, 3)
    with pytest.raises(ValueError):
        as_date(20260230)
