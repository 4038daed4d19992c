"""Moving house: everything from a file to a server and back, refused where it must be, interrupted, and compared."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from lantern import PROJECT
from lantern.store import moving
from lantern.store.database import Database, DatabaseError
from lantern.store.moving import MoveError
from lantern.store.rows import select
from tests.discord.state import PATIENCE
from tests.support.postgres import Postgres
from tests.support.reliability import tried
from tests.support.rows import ask, everything, fill_every_table, found, key_of, opened

QUESTIONS = "SELECT count(*) FROM questions"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lantern.sqlite3"


@pytest.fixture
async def full(file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with rows in every table, more than go over at once."""
    monkeypatch.setattr(moving, "BATCH_ROWS", 3)
    async with opened(file):
        pass
    fill_every_table(file, rows=7)
    return file


async def test_everything_moves_to_a_server_and_back(full: Path, tmp_path: Path, postgres_database: str) -> None:
    back = tmp_path / "back.sqlite3"
    told: list[tuple[str, int]] = []

    there = await moving.move(full, postgres_database, lambda table, rows: told.append((table, rows)))
    assert await moving.move(postgres_database, back) == there

    assert {each.rows for each in there} == {7}
    assert everything(back) == everything(full)
    assert [rows for table, rows in told if table == "questions"] == [0, 3, 6, 7]


async def test_rows_that_come_after_a_move_get_new_ids_and_the_same_members(file: Path, postgres_database: str) -> None:
    async with opened(file) as database:
        await ask(database, 0, 5)
        await database.execute("DELETE FROM questions WHERE id = 1")
        member_key = await key_of(database, file=file.with_suffix(".key"))
        ids = await found(database, "SELECT id, interaction_id FROM questions ORDER BY id")

    await moving.move(file, postgres_database)

    async with opened(postgres_database) as database:
        assert await found(database, "SELECT id, interaction_id FROM questions ORDER BY id") == ids
        await ask(database, 100, 1)
        assert await found(database, "SELECT id FROM questions WHERE interaction_id = 100") == [(6,)]
        assert await key_of(database, file=file.with_suffix(".key")) == member_key


@pytest.mark.parametrize("to_a_server", [True, False], ids=["to a server", "to a file"])
async def test_a_target_that_is_not_empty_is_refused(
    full: Path, tmp_path: Path, postgres_database: str, to_a_server: bool
) -> None:
    other = tmp_path / "other.sqlite3"
    source, target = (full, postgres_database) if to_a_server else (postgres_database, other)
    if not to_a_server:
        await moving.move(full, postgres_database)
    async with opened(target) as database:
        await ask(database, 0, 1)

    with pytest.raises(MoveError, match="is not empty: `daily_topics` has rows"):
        await moving.move(source, target)

    async with opened(target) as database:
        assert await found(database, QUESTIONS) == [(1,)]


async def test_a_source_that_is_not_there_or_has_nothing_is_refused(
    file: Path, tmp_path: Path, postgres_database: str
) -> None:
    with pytest.raises(MoveError, match="There is no database at"):
        await moving.move(file, postgres_database)
    assert not file.exists()
    with pytest.raises(MoveError, match="is empty: there is nothing to move"):
        await moving.move(postgres_database, file)
    file.write_text("no database", encoding="utf-8")
    for source, target in ((file, postgres_database), (postgres_database, file)):
        with pytest.raises(MoveError, match="is not a sound database"):
            await moving.move(source, target)
    assert file.read_text(encoding="utf-8") == "no database"


async def test_two_of_a_kind_are_refused(file: Path, tmp_path: Path) -> None:
    with pytest.raises(MoveError, match="One of the two has to be a file"):
        await moving.move(file, tmp_path / "other.sqlite3")
    with pytest.raises(MoveError, match="One of the two has to be a file"):
        await moving.move("postgresql://a/b", "postgresql://a/c")


@pytest.mark.parametrize("on", ["the file", "the server"])
async def test_nothing_moves_while_a_bot_runs_on_either(full: Path, postgres_database: str, on: str) -> None:
    bot = Database(full if on == "the file" else postgres_database)
    await bot.open(alone=True)

    with pytest.raises(DatabaseError, match=r"Another Lantern is running|A bot is running"):
        await moving.move(full, postgres_database)

    await bot.close()
    await moving.move(full, postgres_database)


async def test_no_bot_starts_on_a_server_while_it_is_moved(postgres_database: str) -> None:
    mover, *bots = (Database(postgres_database) for _ in range(3))
    await mover.open(exclusive=True)
    with pytest.raises(DatabaseError, match="is being moved or restored"):
        await bots[0].open(alone=True)
    await mover.close()

    for bot in bots:
        await bot.open(alone=True)
    with pytest.raises(DatabaseError, match="A bot is running on"):
        await mover.open(exclusive=True)
    for bot in bots:
        await bot.close()


async def test_a_bot_is_known_to_run_again_after_the_server_was_away(
    postgres: Postgres, postgres_database: str
) -> None:
    bot, mover = Database(postgres_database), Database(postgres_database)
    await bot.open(alone=True)
    postgres.kill()
    postgres.start()
    async with asyncio.timeout(PATIENCE):
        while not await bot.look_after():
            await asyncio.sleep(0)

    with pytest.raises(DatabaseError, match="A bot is running on"):
        await mover.open(exclusive=True)
    await bot.close()


MOVE_HALF_AND_WAIT = """
import asyncio, sys
from pathlib import Path
from lantern.store import moving

def progress(table, rows):
    if (table, rows) == ("questions", 6):
        print("in the middle", flush=True)
        sys.stdin.read()

moving.BATCH_ROWS = 3
source, target = (Path(each) if each.startswith("/") else each for each in sys.argv[1:])
asyncio.run(moving.move(source, target, progress))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
async def test_a_move_that_was_killed_leaves_nothing_and_is_begun_again(
    full: Path, tmp_path: Path, postgres: Postgres, postgres_database: str
) -> None:
    back = tmp_path / "back.sqlite3"
    for source, target in ((full, postgres_database), (postgres_database, back)):
        with subprocess.Popen(
            [sys.executable, "-c", MOVE_HALF_AND_WAIT, str(source), str(target)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "in the middle\n"
            process.kill()
        postgres.cut()
        async with opened(target) as database:
            assert await found(database, QUESTIONS) == [(0,)]

        await moving.move(source, target)

    assert everything(back) == everything(full)
    tried(
        "The machine",
        "a move to PostgreSQL, or back, is killed (kill -9) in the middle",
        saw="(no member in this test: the rows alone)",
        lost="nothing: the new database is still empty, the old one as it was, and the same command moves all of it",
    )


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ("questions", r"^`secrets` could not be copied \(.*Nothing was changed"),
        ("weekly_totals", "^Whether everything is in"),
    ],
)
async def test_a_server_that_is_lost_is_said(
    file: Path,
    postgres: Postgres,
    postgres_database: str,
    monkeypatch: pytest.MonkeyPatch,
    after: str,
    said: str,
) -> None:
    """In the middle, or when all is copied: nobody knows then whether it still heard the COMMIT."""
    async with opened(file) as database:
        await ask(database, 0, 1)
        assert max(await database.tables()) == "weekly_totals"
    copy = moving._copy

    async def copy_and_lose(*arguments: Any) -> int:
        rows = await copy(*arguments)
        if arguments[2] == after:
            postgres.kill()
        return rows

    monkeypatch.setattr(moving, "_copy", copy_and_lose)
    with pytest.raises(MoveError, match=said):
        await moving.move(file, postgres_database)
    postgres.start()
    monkeypatch.undo()

    await moving.move(file, postgres_database)


async def change_a_row_in(target: Path | str) -> None:
    """From now on one question is written otherwise than it is given."""
    async with opened(target):
        pass
    if isinstance(target, Path):
        with closing(sqlite3.connect(target)) as connection:
            connection.execute(
                "CREATE TRIGGER damaged AFTER INSERT ON questions WHEN NEW.id = 5"
                " BEGIN UPDATE questions SET locale = 'xx' WHERE id = 5; END"
            )
    else:
        connection = await asyncpg.connect(target)
        await connection.execute(
            "CREATE FUNCTION damaged() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN IF NEW.id = 5 THEN NEW.locale = 'xx'; END IF; RETURN NEW; END $$;"
            "CREATE TRIGGER damaged BEFORE INSERT ON questions FOR EACH ROW EXECUTE FUNCTION damaged()"
        )
        await connection.close()


async def test_a_row_that_differs_is_noticed_and_nothing_is_moved(
    full: Path, tmp_path: Path, postgres: Postgres
) -> None:
    whole, other, back = postgres.new_database(), postgres.new_database(), tmp_path / "back.sqlite3"
    await moving.move(full, whole)

    for source, target in ((full, other), (whole, back)):
        await change_a_row_in(target)
        with pytest.raises(
            MoveError, match=r"^`questions` could not be copied \(it is not the same on both sides: 7 rows and 7\)"
        ):
            await moving.move(source, target)
        async with opened(target) as database:
            for table in await database.tables():
                if table not in moving.OF_ONE_KIND:
                    assert await found(database, select(table, ("count(*)",))) == [(0,)], table


def digest_of(*rows: Any) -> bytes:
    digest = moving.Digest()
    digest.add(rows)
    return digest.value


def test_a_digest_tells_every_value_and_the_order_of_rows() -> None:
    row = (1, "a", None, 0.1, b"\0")
    others = [(2, *row[1:]), (1, "A", *row[2:]), (1, "a", "", *row[3:]), (*row[:4], b"\1"), (*row[:3], 0.2, b"\0")]

    assert len({digest_of(each) for each in [row, *others]}) == 6
    assert digest_of(row, others[0]) != digest_of(others[0], row)


async def test_every_table_has_a_key_and_is_the_same_in_both_kinds(file: Path, postgres_database: str) -> None:
    async with opened(file) as one, opened(postgres_database) as other:
        here, there = await one.tables(), await other.tables()
    assert {name: (each.key, set(each.columns)) for name, each in here.items()} == {
        name: (each.key, set(each.columns)) for name, each in there.items() if name not in moving.OF_ONE_KIND
    }
    assert all(each.key for each in here.values())


async def test_a_number_that_a_server_has_no_room_for_is_said(full: Path, postgres_database: str) -> None:
    with closing(sqlite3.connect(full)) as connection:
        connection.execute(
            "UPDATE digests SET week = 3000000000 WHERE claimed_at = (SELECT max(claimed_at) FROM digests)"
        )
        connection.commit()

    with pytest.raises(MoveError, match=r"^`digests` could not be copied \(value out of int32 range\). Nothing was"):
        await moving.move(full, postgres_database)
