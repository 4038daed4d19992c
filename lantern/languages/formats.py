"""How the language in use writes numbers, dates and lists: "1,234", "3 Nov 2026", "a, b and c".

Its patterns stand in ``formats.json``, which `make translations` writes from Unicode's CLDR, as Babel has it; the bot
needs Babel for nothing. English is that of the world (``en-001``), with the day before the month.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import orjson

from lantern.languages.translation import current

FILE: Final = Path(__file__).parent / "formats.json"


@cache
def all_patterns() -> dict[str, dict[str, Any]]:
    """The patterns of each language by their names, read when something is first written with one."""
    patterns: dict[str, dict[str, Any]] = orjson.loads(FILE.read_bytes())
    return patterns


def patterns() -> dict[str, Any]:
    """Those of the language in use."""
    return all_patterns()[current()]


def number(value: int) -> str:
    """A whole number, zero or more: ``1,234``, and ``1,23,456`` in Hindi."""
    digits, step = str(value), patterns()["digits_together"]
    groups = [digits[-3:]]
    digits = digits[:-3]
    while digits:
        groups.insert(0, digits[-step:])
        digits = digits[:-step]
    return str(patterns()["between_groups"]).join(groups)


def decimal(value: float, places: int = 1) -> str:
    """A number, zero or more, with so many places: ``12.5``."""
    whole, _, part = f"{value:.{places}f}".partition(".")
    return f"{number(int(whole))}{patterns()['before_places']}{part}" if part else number(int(whole))


def percent(share: float) -> str:
    """A share from 0 to 1 in whole percent: ``45%``."""
    return str(patterns()["percent"]).format(number=number(round(share * 100)))


def date_text(day: date) -> str:
    """``3 Nov 2026``, and ``3 Sept 2026``."""
    return _written("date", day)


def day_and_month(day: date) -> str:
    """``3 Nov``."""
    return _written("day_and_month", day)


def month_and_year(day: date) -> str:
    """``November 2026``."""
    return _written("month_and_year", day)


def weekday(which: int) -> str:
    """``Monday`` for 0, ``Sunday`` for 6: as it stands alone or in a sentence, and not at the beginning of one."""
    return str(patterns()["weekdays"][which])


def date_range(first: date, last: date) -> str:
    """Two days and those between, as short as it goes: ``2–8 Nov 2026``, ``26 Oct – 1 Nov 2026``."""
    if first == last:
        return date_text(first)
    same_month = (first.year, first.month) == (last.year, last.month)
    differs = "range_of_days" if same_month else "range_of_months" if first.year == last.year else "range_of_years"
    return _written(differs, first, last)


def _written(name: str, first: date, last: date | None = None) -> str:
    months, pattern = patterns()["months"], str(patterns()[name])
    parts: dict[str, int | str] = {}
    for prefix, day in (("", first), ("last_", last or first)):
        parts |= {f"{prefix}day": day.day, f"{prefix}year": day.year}
        parts |= {f"{prefix}number": day.month, f"{prefix}month": months[day.month - 1]}
        parts[f"{prefix}short"] = patterns()["short_months"][day.month - 1]
    return pattern.format(**parts)


def listed(items: Iterable[str], link: Literal["and", "or"] = "and") -> str:
    """Things in a row: ``a``, ``a and b``, ``a, b and c``; or with "or". Nothing for none."""
    *before, last = list(items) or [""]
    if not before:
        return last
    between = patterns()[link]
    if len(before) == 1:
        return str(between["two"]).format(before[0], last)
    row = before[0]
    for place, item in enumerate(before[1:]):
        row = str(between["middle" if place else "start"]).format(row, item)
    return str(between["end"]).format(row, last)
