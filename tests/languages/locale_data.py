"""``lantern/languages/formats.json``: how each language writes numbers, dates and lists, by what Babel has of CLDR.

`make translations` writes it. A pattern of CLDR, such as ``d MMM y``, is written as one of Python: ``{day} {short}
{year}``. It is simple because all of these languages use the digits 0 to 9 and part the first three from the rest.
"""

from __future__ import annotations

import re
from typing import Any

import orjson
from babel import Locale
from babel.numbers import get_decimal_symbol, get_group_symbol

from lantern.languages.formats import FILE
from lantern.languages.translation import LANGUAGES

LOCALES = {"en": "en_001", "pt": "pt_BR"}
"""The locale of a language, where it is not called as the language is."""
PARTS = {
    "d": "day",
    "dd": "day:02",
    "M": "number",
    "MM": "number:02",
    "MMM": "short",
    "LLL": "short",
    "MMMM": "month",
    "LLLL": "month",
    "y": "year",
}
"""Letters of a CLDR pattern (UTS 35, Date Field Symbol Table), and how we call what comes there."""


def locale_of(language: str) -> Locale:
    """The locale whose data a language has."""
    return Locale.parse(LOCALES.get(language, language))


def pattern_of(cldr: str, prefix: str = "") -> str:
    """A date pattern of CLDR as one of Python's. Raises :class:`KeyError` for a part that we have none for."""
    return re.sub(
        r"'([^']*)'|([A-Za-z])\2*",
        lambda found: found[1] if found[1] is not None else f"{{{prefix}{PARTS[found[0]]}}}",
        cldr,
    )


def patterns_of(language: str) -> dict[str, Any]:
    """All patterns of one language."""
    locale = locale_of(language)
    ranges = locale.interval_formats["yMMMd"]
    listing = {"and": locale.list_patterns["standard"], "or": locale.list_patterns["or"]}
    return {
        "between_groups": get_group_symbol(locale),
        "digits_together": locale.decimal_formats[None].grouping[1],
        "before_places": get_decimal_symbol(locale),
        "percent": locale.percent_formats[None].pattern.replace(locale.decimal_formats[None].pattern[:-4], "{number}"),
        "months": [locale.months["format"]["wide"][at] for at in range(1, 13)],
        "short_months": [locale.months["format"]["abbreviated"][at] for at in range(1, 13)],
        "weekdays": [locale.days["format"]["wide"][at] for at in range(7)],
        "date": pattern_of(locale.datetime_skeletons["yMMMd"].pattern),
        "day_and_month": pattern_of(locale.datetime_skeletons["MMMd"].pattern),
        "month_and_year": pattern_of(locale.datetime_skeletons["yMMMM"].pattern),
        **{
            f"range_of_{what}": pattern_of(ranges[letter][0]) + pattern_of(ranges[letter][1], "last_")
            for what, letter in (("days", "d"), ("months", "M"), ("years", "y"))
        },
        **{
            link: {"two": found["2"], **{part: found[part] for part in ("start", "middle", "end")}}
            for link, found in listing.items()
        },
    }


def file_data() -> bytes:
    """The whole file."""
    patterns = {language: patterns_of(language) for language in LANGUAGES}
    return orjson.dumps(patterns, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def main() -> None:
    """Write it."""
    FILE.write_bytes(file_data())
