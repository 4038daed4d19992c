"""The SQL of the figures: one text, which SQLite and PostgreSQL both take."""

from __future__ import annotations

import re
from functools import partial

import pytest

from lantern.cli.insights import ZONE_OF_GUILD
from lantern.figures import queries
from lantern.store import weekly_totals

STATEMENTS = {
    **{name: text for name, text in vars(queries).items() if re.match(r"\s*(SELECT|WITH) ", str(text))},
    **{name: text for name, text in vars(weekly_totals).items() if re.match(r"\s*(SELECT|WITH) ", str(text))},
    **{
        f"{name} {guild}": of(guild)
        for name, of in (
            ("asked_of", weekly_totals._asked_of),
            ("askers_of", weekly_totals._askers_of),
            ("members_of", weekly_totals._members_of),
            ("members_of topics", partial(weekly_totals._members_of, by_topic=True)),
            ("helpful_of", weekly_totals._helpful_of),
            ("not_it_of", weekly_totals._not_it_of),
        )
        for guild in (0, 1)
    },
    "ZONE_OF_GUILD": ZONE_OF_GUILD,
}

ONLY_SQLITE = {
    r"\?": "a parameter without a name",
    r":guilds\b|json_each": "guilds in other words than those that the store puts PostgreSQL's in place of",
    r"\bIS (?!NULL|NOT NULL)": "IS between values",
    r":\w+ IS\b": "a parameter of no type",
    r"\bNOT (by_moderator|public|automatic|notify|whole|taken_back)": "a number as a truth",
    r"(?<!CAST\()\bsum\(": "a sum that may be no integer",
    r"sum\(\s*(EXISTS|NOT)": "a sum of truths",
    r"'\$|json_extract|strftime|unixepoch|substr\(": "a function or a path that is SQLite's own",
}
"""What must not be in a statement, and what it is."""


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_has_nothing_that_only_sqlite_takes(name: str) -> None:
    text = STATEMENTS[name].replace("IN (SELECT value FROM json_each(:guilds))", "")

    assert [what for pattern, what in ONLY_SQLITE.items() if re.search(pattern, text)] == []


def test_all_statements_are_looked_at() -> None:
    assert {"FIRST_DAY", "GUILDS_ASKED", "MEMBERS", "EXPORT_MISSES", "CORRECTIONS", "ZONE_OF_GUILD"} <= set(STATEMENTS)
