"""Whoever has the whole database, and not the key, does not learn whose words are whose: every join there is, tried.

Sixteen members ask in one server on one day, each in words of their own, say that the answer was not it, and choose
another. Their words are the only thing that tells a test which row is whose.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import orjson
import pytest

from lantern.runtime.settings import Settings
from lantern.store.times import HOUR, MINUTE
from tests.support.world import World, answer, buttons

MEMBERS = 16
FEW = 5
"""A value that fewer rows than this have points to one of them."""
HITS = 12
"""So many of the sixteen in the right order are no chance: that happens once in 500 million times."""

SNOWFLAKE = 2**57
"""Discord's ids are larger, and have the moment they were made at in their upper bits (its reference, Snowflakes)."""
EPOCH = 1_420_070_400_000

HIDDEN = {"sqlite": ("rowid",), "postgresql": ("ctid", "xmin")}
"""Columns that tables have besides those they were made with."""
WITHOUT_ROWID = {
    "daily_topics", "digests", "guild_settings", "library_posts", "notices", "secrets", "turns", "weekly_totals",
}  # fmt: skip

KNOWN = WITHOUT_ROWID | {
    "corrections", "forgotten", "guild_welcomes", "helpful", "known_guilds", "lantern_version", "links",
    "member_languages", "misses",
    "opt_outs", "questions", "shared_content", "synced_commands",
}  # fmt: skip
"""Every table. Whoever adds one decides whether it has words or members, and what in it could lead from one to the
other; then names it here, and this test tries it."""

Row = dict[str, Any]
Tables = dict[str, list[Row]]


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A bot on a file, and one on a server."""
    if request.param == "sqlite":
        return Settings(database=tmp_path / "lantern.sqlite3", shards=1)
    return Settings(database=request.getfixturevalue("postgres_database"), state_folder=tmp_path, shards=1)


async def everything(world: World) -> Tables:
    """All rows of all tables, in the order in which the database gives them, with what it keeps of its own."""
    tables: Tables = {}
    on_a_server = world.services.settings.on_a_server
    for table in await world.services.database.tables():
        hidden = HIDDEN["postgresql" if on_a_server else "sqlite"]
        if table in WITHOUT_ROWID and not on_a_server:
            hidden = ()
        extra = "".join(f', CAST(CAST({name} AS TEXT) AS TEXT) AS "{name}"' for name in hidden)
        rows = await world.rows(f"SELECT *{extra} FROM {table}")  # noqa: S608
        tables[table] = [{**row, "(order)": number} for number, row in enumerate(rows)]
    return tables


def values(row: Row) -> Iterator[tuple[str, Hashable]]:
    """All that a row can be compared by: its columns, what is in them, and their time, more or less exact."""
    for name, value in row.items():
        if value is None:
            continue
        if isinstance(value, str) and value.startswith("[["):
            for place, near in enumerate(orjson.loads(value)):
                yield from ((f"{name}[{place}][{at}]", part) for at, part in enumerate(near))
            continue
        if isinstance(value, str) and re.fullmatch(r"-?\d+", value):
            value = int(value)
        if isinstance(value, bytes):
            value = value.hex()
        yield name, value
        if isinstance(value, int) and not isinstance(value, bool):
            moment = (value >> 22) + EPOCH if value > SNOWFLAKE else value
            if 1_700_000_000_000 < moment < 2_100_000_000_000:
                for unit in (1, 1_000, MINUTE, HOUR):
                    yield f"{name} by {unit} ms", ("moment", unit, moment // unit)
                day = datetime.fromtimestamp(moment / 1000, UTC)
                yield f"{name} by day", day.year * 10_000 + day.month * 100 + day.day


def persons_reached(tables: Tables, table: str, number: int) -> set[int]:
    """The member keys that one row leads to, from row to row, by whatever value few rows of a table have."""
    holding: dict[Hashable, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for name, rows in tables.items():
        for place, row in enumerate(rows):
            for column, value in values(row):
                if column != "(order)":
                    holding[value][name].add(place)
    reached, due, keys = {(table, number)}, [(table, number)], set()
    while due:
        name, place = due.pop()
        row = tables[name][place]
        if row.get("member_key") is not None:
            keys.add(row["member_key"])
            continue
        for column, value in values(row):
            if column == "(order)" or len(holding[value][name]) >= FEW:
                continue
            for other, places in holding[value].items():
                if len(places) < FEW:
                    due += {(other, each) for each in places} - reached
                    reached |= {(other, each) for each in places}
    return keys


def orders(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Rows sorted by each of their columns."""
    compared = [{name: value for name, value in values(row) if isinstance(value, int | float)} for row in rows]
    for column in {name for row in compared for name in row}:
        if all(column in row for row in compared):
            yield column, [row for _, row in sorted(zip(compared, rows, strict=True), key=lambda both: both[0][column])]


def told_by_order(words: Sequence[Row], persons: Sequence[Row], whose: Mapping[str, int]) -> list[str]:
    """Pairs of columns by whose order the words of most members stand beside their keys."""
    found = []
    for (one, first), (other, second) in product(orders(words), orders(persons)):
        for way in (second, second[::-1]):
            both = zip(first, way, strict=True)
            hits = sum(whose[left["words"]] == right["member_key"] for left, right in both)
            if hits >= HITS:
                found.append(f"{one} and {other}: {hits} of {len(first)}")
    return found


@pytest.fixture
async def asked(world: World) -> Mapping[str, int]:
    """The sixteen have asked, corrected and chosen; the key of each by their words."""
    whose: dict[str, int] = {}
    for number in range(MEMBERS):
        member = world.guild.add_member(world.env.create_user(f"member{number}"))
        words = f"is my tf the runner{'?' * (number + 1)}"
        shown = answer(await member.slash(world.general, "ask", question=words))
        await member.click(shown, label="Not what I asked")
        await member.click(shown, label=buttons(shown)[0])
        whose[words] = world.services.member_keys.of(member.id)
        # Discord's clock alone: the bot's own work need not be done for each second of the day.
        world.env.backend.clock.advance(timedelta(minutes=40).total_seconds())
    return whose


async def test_no_join_over_any_table_leads_from_words_to_a_member(world: World, asked: Mapping[str, int]) -> None:
    await world.services.misses.mix(world.env.now())
    tables = await everything(world)
    assert set(tables) <= KNOWN, f"{set(tables) - KNOWN}: say in this test whether it has words or members"
    words = [row for row in tables["misses"] if row["words"] in asked]
    assert len(words) == MEMBERS
    assert {row["member_key"] for row in tables["questions"]} >= set(asked.values())

    for number, row in enumerate(tables["misses"]):
        assert persons_reached(tables, "misses", number) == set(), f"by a value: {row}"
    for table, rows in tables.items():
        persons = [row for row in rows if row.get("member_key") in set(asked.values())]
        if len(persons) == MEMBERS:
            assert told_by_order(words, persons, asked) == [], table
