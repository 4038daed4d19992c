"""The SQL of the figures: one text, which SQLite and PostgreSQL both take."""

from __future__ import annotations

import re

import pytest

from lantern.cli.insights import ZONE_OF_GUILD
from lantern.figures import queries

STATEMENTS = {
    **{name: text for name, text in vars(queries).items() if re.match(r"\s*(SELECT|WITH) ", str(text))},
    **{f"asks_by {by}": queries.asks_by(by) for by in queries.KEYS},
    **{f"links_by {by}": queries.links_by(by) for by in queries.KEYS if by != "source"},
    **{f"asked_again {in_guild}": queries.asked_again(in_guild=in_guild) for in_guild in (True, False)},
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
    assert {"FIRST_DAY", "ALL_GUILDS", "MEMBERS", "EXPORT_MISSES", "CORRECTIONS", "ZONE_OF_GUILD"} <= set(STATEMENTS)
