"""Numbers, dates and lists in each language, as Babel writes them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from babel.dates import format_interval, format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from lantern.languages.formats import (
    FILE,
    date_range,
    date_text,
    day_and_month,
    decimal,
    listed,
    month_and_year,
    number,
    percent,
    weekday,
)
from lantern.languages.translation import LANGUAGES, speaking
from tests.languages.locale_data import file_data, locale_of, pattern_of

in_each_language = pytest.mark.parametrize("language", LANGUAGES)


def test_the_patterns_are_those_of_babel() -> None:
    assert FILE.read_bytes() == file_data(), "`make translations` writes them"


def test_a_day_or_month_of_two_digits_has_its_zero() -> None:
    """Italian has such days, and none of the languages so far."""
    assert pattern_of("dd.MM.y").format(day=2, number=3, year=2026) == "02.03.2026"


def test_english_has_the_day_first_and_no_comma_before_and() -> None:
    assert date_text(date(2026, 11, 3)) == "3 Nov 2026"
    assert date_range(date(2026, 11, 2), date(2026, 11, 8)) == "2–8 Nov 2026"
    assert [weekday(at) for at in (0, 6)] == ["Monday", "Sunday"]
    assert [number(7), number(1234), decimal(0.25), percent(0.455)] == ["7", "1,234", "0.2", "46%"]
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a", "b"], "or") == "a or b"
    assert [listed(["a"]), listed([])] == ["a", ""]


@in_each_language
def test_numbers_are_written_as_babel_writes_them(language: str) -> None:
    locale = locale_of(language)
    with speaking(language):
        for value in (0, 9, 999, 1_000, 12_345, 1_234_567, 123_456_789):
            assert number(value) == format_decimal(value, locale=locale)
        assert [decimal(1234.5), decimal(2.0), decimal(3.0, 0)] == [
            format_decimal(1234.5, locale=locale),
            format_decimal(2, "0.0", locale=locale),
            format_decimal(3, locale=locale),
        ]
        for share in (0.0, 0.45, 1.0):
            assert percent(share) == format_percent(share, locale=locale)


@in_each_language
def test_dates_are_written_as_babel_writes_them(language: str) -> None:
    locale = locale_of(language)
    with speaking(language):
        for day in (date(2026, month, month * 2) for month in range(1, 13)):
            assert date_text(day) == format_skeleton("yMMMd", day, locale=locale)
            assert day_and_month(day) == format_skeleton("MMMd", day, locale=locale)
            assert month_and_year(day) == format_skeleton("yMMMM", day, locale=locale)
        for first in (date(2026, 11, 2), date(2026, 10, 26), date(2026, 12, 28)):
            last = first + timedelta(days=6)
            assert date_range(first, last) == format_interval(first, last, "yMMMd", locale=locale)
        assert date_range(last, last) == date_text(last)
        assert weekday(3) == locale.days["stand-alone"]["wide"][3]


@in_each_language
def test_lists_are_written_as_babel_writes_them(language: str) -> None:
    locale = locale_of(language)
    with speaking(language):
        for length in range(1, 6):
            items = [f"{{{at}}}" for at in range(length)]
            assert listed(items) == format_list(items, "standard", locale=locale)
            assert listed(items, "or") == format_list(items, "or", locale=locale)
