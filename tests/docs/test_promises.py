"""Every promise names its test, and every table and column of the database is named to members."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.promises import Block, blocks, is_there
from tests.support.rows import opened

PRIVACY, SECURITY, README, TRIED = "docs/privacy.md", "SECURITY.md", "README.md", "docs/promises.md"
COLUMNS = "Every table and column"
"""The section of the privacy notice whose table is compared with the database."""
SOUNDS_LIKE_A_PROMISE = re.compile(
    r"\b(nobody|never|only you|privately|private|pinged|without (?:seeing|your|their|name|a name)|who asked|kept"
    r"|counted|forget|delete|token|sees?)\b",
    re.IGNORECASE,
)
"""Words with which README speaks of members' data, of who may do what, and of what others see."""


def must_be_marked() -> list[Block]:
    """What must name a test, or say that it promises nothing."""
    notice = [block for block in blocks(PRIVACY) if not (block.heading == COLUMNS and block.cells)]
    threats = [block for block in blocks(SECURITY) if not block.cells]  # rows have a column for it
    return notice + threats + [block for block in blocks(README) if SOUNDS_LIKE_A_PROMISE.search(block.words)]


@pytest.mark.parametrize("block", must_be_marked(), ids=lambda block: block.words[:60])
def test_what_promises_names_its_test(block: Block) -> None:
    assert block.is_marked, "put `<!-- test: file::test_name -->` behind it, or `<!-- no promise -->`"


@pytest.mark.parametrize("page", [PRIVACY, SECURITY, README])
def test_every_test_that_is_named_exists(page: str) -> None:
    named = [test for block in blocks(page) for test in block.tests]
    assert named
    assert not [test for test in named if not is_there(test)]


def test_every_line_of_what_was_tried_names_tests_that_exist() -> None:
    lines = [block for block in blocks(TRIED) if block.cells]
    assert lines
    for line in lines:
        named = re.findall(r"`([^`]+)`", line.cells[-1])
        assert named, line.words
        assert not [test for test in named if not is_there(test)]


async def test_every_table_and_column_is_named_to_members(where: Path | str) -> None:
    """On either kind of database; and nothing is named that is not there."""
    async with opened(where) as database:
        there = {name: set(table.columns) for name, table in (await database.tables()).items()}
    told = {row.cells[0].strip("`"): set(re.findall(r"`(\w+)`", row.cells[1])) for row in rows_of_columns()}

    for table, columns in there.items():
        assert told.get(table, set()) >= columns, f"docs/privacy.md, “{COLUMNS}”: {table} has {sorted(columns)}"
    assert told.keys() - there.keys() <= ({"lantern_version"} if isinstance(where, Path) else set())
    assert not [(table, told[table] - columns) for table, columns in there.items() if told[table] - columns]


def rows_of_columns() -> list[Block]:
    """The table of tables."""
    return [block for block in blocks(PRIVACY) if block.heading == COLUMNS and block.cells]
