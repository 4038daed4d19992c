"""``bot.py move-database``, called as an operator calls it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lantern.runtime.settings import Settings
from lantern.store.database import Database
from tests.support.programs import run
from tests.support.rows import ask, everything, fill_every_table, opened

SECRET = "not-to-be-seen"


async def test_a_file_is_moved_to_a_server_and_back(tmp_path: Path, postgres_database: str) -> None:
    file, back = tmp_path / "lantern.sqlite3", tmp_path / "back.sqlite3"
    async with opened(file):
        pass
    fill_every_table(file, rows=7)

    there = run("move-database", str(file), postgres_database)
    assert (there.returncode, there.stderr) == (0, "")
    *tables, last, key = there.stdout.splitlines()
    assert {line.split()[0] for line in tables} == {"7"}
    assert last == (
        f"{7 * len(tables)} rows are in {postgres_database}, the same as in {file}, which was left as it is."
    )
    assert key.startswith("The key of members' codes is ")
    assert key.endswith("Without it the bot does not start.")
    assert run("move-database", postgres_database, str(back)).returncode == 0
    assert everything(back) == everything(file)

    again = run("move-database", str(file), postgres_database)
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.startswith(f"{postgres_database} is not empty: `corrections` has rows. Nothing was changed;")


async def test_a_running_bot_is_not_moved(tmp_path: Path, postgres_database: str) -> None:
    file = tmp_path / "lantern.sqlite3"
    bot = Database(file)
    await bot.open(alone=True)
    await ask(bot, 0, 1)

    refused = run("move-database", str(file), postgres_database)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"Another Lantern is running on {file}.")
    await bot.close()


async def test_rows_that_wait_for_the_next_start_are_not_left_behind(tmp_path: Path, postgres_database: str) -> None:
    file = tmp_path / "lantern.sqlite3"
    async with opened(file) as database:
        await ask(database, 0, 1)
    waiting = Settings(database=file).waiting_rows
    waiting.write_text("a row\n", encoding="utf-8")

    refused = run("move-database", str(file), postgres_database)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"Rows wait in {waiting} for the next start of the bot on {file}.")


@pytest.mark.parametrize(
    "address", [f"postgresql://lantern:{SECRET}@127.0.0.1:1/x", f"postgresql://127.0.0.1:1/x?password={SECRET}"]
)
def test_a_password_among_a_commands_words_is_refused(tmp_path: Path, address: str) -> None:
    refused = run("move-database", str(tmp_path / "lantern.sqlite3"), address)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert "Put it into PGPASSWORD or ~/.pgpass" in refused.stderr
    assert SECRET not in refused.stderr


def test_two_of_a_kind_are_one_sentence(tmp_path: Path) -> None:
    refused = run("move-database", str(tmp_path / "one.sqlite3"), str(tmp_path / "two.sqlite3"))

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("One of the two has to be a file and the other an address")
    assert list(tmp_path.iterdir()) == []
