"""Moments and days as the database keeps them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Final

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
"""Milliseconds."""

FIRST_ZONE: Final = timezone(timedelta(hours=14))
"""Where each day begins first (Kiritimati): a day that is over anywhere is over there."""

AGREE_WITHIN: Final = timedelta(minutes=5)
"""Clocks that differ by less say the same: they are set by a little, and those of two machines differ."""


def milliseconds(moment: datetime) -> int:
    """UTC milliseconds of an aware datetime."""
    return int(moment.timestamp() * 1000)


def local_day(moment: datetime, zone: tzinfo = UTC) -> int:
    """The calendar day of an aware datetime in ``zone``, as YYYYMMDD."""
    return as_number(moment.astimezone(zone))


def day_of(moment: int) -> int:
    """The day of a moment in UTC milliseconds, in UTC, as YYYYMMDD."""
    return as_number(datetime.fromtimestamp(moment / 1000, UTC))


def as_number(day: date) -> int:
    """A date as the database keeps it: YYYYMMDD."""
    return day.year * 10_000 + day.month * 100 + day.day


def as_date(number: int) -> date:
    """The date of a YYYYMMDD. Raises :class:`ValueError` where there is no such day."""
    return date(number // 10_000, number // 100 % 100, number % 100)
