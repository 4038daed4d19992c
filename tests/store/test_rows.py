"""Rows written and read by their columns' names."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import re
from typing import NamedTuple

import pytest

from lantern import store
from lantern.store.database import Database, DatabaseError, RowRefusedError
from lantern.store.questions import add_questions
from lantern.store.rows import as_parameter, delete, insert, select, update, upsert
from tests.support.rows import found, question

UNKNOWN_COLUMN = "no column named told|no such column: told|column .*told.* does not exist"
NOTICES = "SELECT cause, since, told_at FROM notices ORDER BY cause"


class Notice(NamedTuple):
    """The table's columns, in another order than the table has them."""

    told_at: int | None
    cause: str
    since: int | None = None


async def put(database: Database, *rows: Notice) -> int:
    return await database.execute(insert("notices", Notice), as_parameter(rows))


async def test_the_order_of_the_fields_does_not_matter(database: Database) -> None:
    assert await put(database, Notice(cause="disk", since=1, told_at=2), Notice(None, "backup")) == 2

    assert await found(database, NOTICES) == [("backup", None, None), ("disk", 1, 2)]
    (row,) = await database.fetch(select("notices", Notice, "WHERE cause = :cause"), {"cause": "disk"})
    assert Notice(**row) == Notice(2, "disk", 1)


async def test_a_name_that_the_table_does_not_have_is_refused(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    row = {"cause": "disk", "told": 5}
    with pytest.raises(DatabaseError, match=UNKNOWN_COLUMN):
        await database.execute(insert("notices", row), as_parameter([row]))
    with pytest.raises(DatabaseError, match=UNKNOWN_COLUMN):
        await database.execute(update("notices", ("told",), by=("cause",)), as_parameter([row]))
    with pytest.raises(DatabaseError, match=UNKNOWN_COLUMN):
        await database.execute(delete("notices", by=("told",)), as_parameter([row]))

    database.write(insert("notices", row), row)
    database.write(add_questions, question(1))
    await database.flush()

    assert "one row was not kept" in caplog.text
    assert await found(database, NOTICES) == []
    assert await found(database, "SELECT interaction_id FROM questions") == [(1,)]


async def test_a_row_that_is_refused_does_not_put_its_words_into_the_log(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """A lone surrogate is a character that neither database takes; asyncpg quotes what it cannot send."""
    row = {"cause": "my neighbour Xanthippe \ud800", "since": 1}
    database.write(insert("notices", row), row)
    database.write(add_questions, question(1))
    await database.flush()

    assert "one row was not kept" in caplog.text
    assert "Xanthippe" not in "".join(record.getMessage() for record in caplog.records)
    assert await found(database, "SELECT interaction_id FROM questions") == [(1,)]


async def test_rows_are_kept_whenever_a_transaction_before_them_is_cut_off(database: Database) -> None:
    """Routines are cut off at a stop, wherever they are; the rows that wait are written after that."""

    async def change() -> None:
        async with database.transaction() as transaction:
            await transaction.execute("DELETE FROM notices")
            await transaction.execute("DELETE FROM notices")

    for moment in range(1, 31):
        changing = asyncio.create_task(change())
        for _ in range(moment):
            await asyncio.sleep(0)
        changing.cancel()
        await asyncio.wait({changing})
        database.write(add_questions, question(moment))
        await database.flush()

        assert await found(database, "SELECT count(*) FROM questions") == [(moment,)]


async def test_what_a_row_does_not_name_is_null_and_a_needed_value_is_asked_for(database: Database) -> None:
    statement = insert("notices", Notice)
    await database.execute(statement, as_parameter([{"cause": "disk", "since": 1}]))
    assert await found(database, NOTICES) == [("disk", 1, None)]

    with pytest.raises(RowRefusedError, match="cause"):
        await database.execute(statement, as_parameter([{"since": 1}]))


async def test_a_row_whose_key_is_taken_stays_or_is_changed(database: Database) -> None:
    await put(database, Notice(1, "disk"))

    assert await put(database, Notice(2, "disk")) == 0
    assert await found(database, NOTICES) == [("disk", None, 1)]
    changed = as_parameter([Notice(3, "disk", 7), Notice(4, "backup")])
    assert await database.execute(upsert("notices", Notice, key=("cause",)), changed) == 2
    assert await found(database, NOTICES) == [("backup", None, 4), ("disk", 7, 3)]


async def test_many_rows_are_changed_and_deleted_each_by_its_own_value(database: Database) -> None:
    await put(database, *(Notice(None, cause) for cause in ("backup", "content", "disk")))

    told = as_parameter([{"cause": "disk", "told_at": 1}, {"cause": "backup", "told_at": 2}, {"cause": "no such"}])
    assert await database.execute(update("notices", ("told_at",), by=("cause",)), told) == 2
    assert await found(database, NOTICES) == [("backup", None, 2), ("content", None, None), ("disk", None, 1)]

    both = as_parameter([{"cause": "backup", "told_at": 2}, {"cause": "disk", "told_at": 9}])
    assert await database.execute(delete("notices", by=("cause", "told_at")), both) == 1
    assert await found(database, "SELECT cause FROM notices ORDER BY cause") == [("content",), ("disk",)]


async def test_no_row_is_nothing_to_do(database: Database) -> None:
    assert await put(database) == 0


STATEMENT = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE)\b")
SERVERS_OWN = ("postgres_dialect", "shard_locks")
"""Modules that speak to PostgreSQL alone."""
STATEMENTS = {
    f"{module.name}.{name}": text
    for module in pkgutil.iter_modules(store.__path__)
    if module.name not in SERVERS_OWN
    if not module.name.endswith("_dialect")
    for name, text in vars(importlib.import_module(f"lantern.store.{module.name}")).items()
    if isinstance(text, str) and STATEMENT.match(text)
}


@pytest.mark.parametrize("name", STATEMENTS)
async def test_every_statement_of_the_room_fits_the_schema(database: Database, name: str) -> None:
    text = STATEMENTS[name]
    named = dict.fromkeys(re.findall(r":(\w+)", text))
    await database.fetch(f"EXPLAIN {text}", {**named, **as_parameter([])})
