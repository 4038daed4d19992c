"""A day as the log keeps it, and as people read it."""

from __future__ import annotations

from datetime import date


def as_number(day: date) -> int:
    """A date as the log keeps it: YYYYMMDD."""
    return day.year * 10_000 + day.month * 100 + day.day


def as_date(number: int) -> date:
    """The date of a YYYYMMDD."""
    return date(number // 10_000, number // 100 % 100, number % 100)


def in_words(day: date) -> str:
    """``3 Nov 2026``, in English whatever the machine's locale."""
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{day.day} {months[day.month - 1]} {day.year}"
