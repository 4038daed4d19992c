"""The command line with its database on a PostgreSQL server: the same figures, and every mistake in one sentence."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from lantern.content.models import Content
from lantern.preview import sample_questions
from lantern.store import copies, moving, postgres_dialect
from lantern.store.backups import BackupError
from lantern.store.database import Database, DatabaseError
from lantern.store.guilds import Guilds
from lantern.store.weekly_totals import WeeklyTotals
from tests.support.postgres import Postgres
from tests.support.programs import run
from tests.support.rows import opened

SECRET = "not-to-be-seen"
UNREACHABLE = f"postgresql://lantern:{SECRET}@127.0.0.1:1/lantern"
FIGURES = ["top", "top --by channel", "trend --topic twinflame/runner", "gaps", "helped", "digest", "export"]


async def test_the_figures_are_those_of_the_file_that_was_moved(
    tmp_path: Path, content: Content, postgres_database: str
) -> None:
    file = tmp_path / "sample.sqlite3"
    async with opened(file) as database:
        await sample_questions.fill(database, content, guild_id=7, channels=[1, 2], until=datetime.now(UTC))
        await WeeklyTotals(database, Guilds(database)).decide_due(datetime.now(UTC))
    await moving.move(file, postgres_database)
    running = Database(postgres_database)
    await running.open(alone=True)

    for figures in FIGURES:
        words = ("insights", *figures.split(), "--guild", "7", "--json")
        of_the_file = run(*words, LANTERN_DATABASE=str(file))
        of_the_server = run(*words, LANTERN_DATABASE=postgres_database)
        assert (of_the_server.returncode, of_the_server.stderr) == (0, "")
        assert json.loads(of_the_server.stdout) == json.loads(of_the_file.stdout), figures

    unknown = run("insights", "--guild", "8", LANTERN_DATABASE=postgres_database)
    assert unknown.stderr == "Nothing was asked in guild 8. Guilds in this database: 7.\n"
    await running.close()


def one_sentence(address: str, command: str, **environment: str) -> str:
    """What a command says on standard error where it cannot use the database: one line, and no password."""
    words = {"insights": ["insights"], "backup": ["backup"], "move-database": ["move-database", "x.sqlite3", address]}
    ended = run(*words[command], LANTERN_DATABASE=address, **environment)
    assert (ended.returncode, ended.stdout) == (1, ""), ended.stderr
    assert ended.stderr.endswith(".\n")
    assert ended.stderr.count("\n") == 1
    assert SECRET not in ended.stderr
    return ended.stderr


MISSING_EXTRA = (
    "For postgresql://lantern@127.0.0.1:1/lantern the extra `postgres` is needed: "
    "`python -m pip install --require-hashes -r requirements/postgres.txt`.\n"
)


@pytest.fixture
def without_extra(tmp_path: Path) -> str:
    """A folder for PYTHONPATH in which the extra is not installed."""
    (tmp_path / "asyncpg.py").write_text("raise ImportError('not installed')", encoding="utf-8")
    return str(tmp_path)


@pytest.mark.parametrize("command", ["insights", "backup"])
def test_the_missing_extra(command: str, without_extra: str) -> None:
    assert one_sentence(UNREACHABLE, command, PYTHONPATH=without_extra) == MISSING_EXTRA


@pytest.mark.parametrize("words", [["run"], ["move-database", "postgresql://lantern@127.0.0.1:1/lantern", "x.sqlite3"]])
def test_without_the_extra_no_bot_starts_and_nothing_moves(words: list[str], without_extra: str) -> None:
    ended = run(*words, LANTERN_DATABASE=UNREACHABLE, DISCORD_TOKEN="a-token", PYTHONPATH=without_extra)
    assert (ended.returncode, ended.stdout) == (1, "")
    # A bot's log begins before, with what discord.py has to say.
    assert ended.stderr.endswith(MISSING_EXTRA)
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("command", ["insights", "backup"])
@pytest.mark.parametrize(
    ("address", "said"),
    [
        (UNREACHABLE, "postgresql://lantern@127.0.0.1:1/lantern cannot be used"),
        (f"postgresql://lantern:{SECRET}@host.invalid/lantern", "postgresql://lantern@host.invalid/lantern cannot be"),
        (
            f"postgresql://lantern:{SECRET}@127.0.0.1:port/x",
            "postgresql://lantern@127.0.0.1:port/x has an address",
        ),
        (f"postgresql://lantern:{SECRET}@127.0.0.1:99999/x", "postgresql://lantern@127.0.0.1:99999/x has an address"),
        (f"postgresql://lantern:{SECRET}/x@127.0.0.1/x", "postgresql://lantern@127.0.0.1/x has an address that cannot"),
        (f"postgresql://lantern:{SECRET}#x@127.0.0.1/x", "postgresql://lantern@127.0.0.1/x has an address that cannot"),
        ("postgresql://127.0.0.1:1/lantern?sslmode=never", "postgresql://127.0.0.1:1/lantern?sslmode=never cannot be"),
    ],
)
def test_a_server_that_is_not_there_and_an_address_that_is_none(command: str, address: str, said: str) -> None:
    assert one_sentence(address, command).startswith(f"The database {said}")


def test_an_address_without_a_place_is_refused_as_a_setting() -> None:
    ended = run("insights", LANTERN_DATABASE="postgresql://")
    assert ended.returncode == 2
    assert "allowed is a path, or an address such as postgresql://" in ended.stderr


@pytest.mark.parametrize("command", ["insights", "backup"])
def test_a_login_or_a_name_that_the_server_does_not_know(
    postgres: Postgres, postgres_database: str, command: str
) -> None:
    login = one_sentence(postgres_database.replace("user=lantern", "user=nobody"), command)
    assert "refused the login" in login
    assert "or ~/.pgpass" in login
    name = one_sentence(postgres.address("not_there"), command)
    assert "is not there" in name
    assert "createdb" in name


async def test_rights_that_are_missing(postgres_database: str) -> None:
    async with opened(postgres_database) as database:
        await database.execute("REVOKE ALL ON lantern_version FROM CURRENT_USER")
    for command in ("insights", "backup"):
        said = one_sentence(postgres_database, command)
        assert "does not let its user do what is needed (permission denied for table lantern_version)" in said


async def test_what_is_in_the_database_may_be_another_programs_or_a_newer_lanterns(
    tmp_path: Path, postgres: Postgres
) -> None:
    file = tmp_path / "lantern.sqlite3"
    async with opened(file):
        pass
    empty, newer, others = (postgres.new_database() for _ in range(3))
    async with opened(newer):
        pass
    for address, statement in (
        (newer, "UPDATE lantern_version SET version = 9000"),
        (others, "CREATE TABLE invoices (number int)"),
    ):
        connection = await asyncpg.connect(address)
        await connection.execute(statement)
        await connection.close()

    assert one_sentence(empty, "insights").startswith(f"There is nothing in {empty}")
    assert "is from a newer Lantern (version 9000" in one_sentence(newer, "insights")
    for command in ("insights", "backup"):
        assert "is a database of another program. It was left untouched" in one_sentence(others, command)
    for address, said in ((newer, "was written by a newer Lantern"), (others, "is a database of another program")):
        ended = run("move-database", str(file), address)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert said in ended.stderr


async def test_a_server_that_is_too_old(
    postgres_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_dialect, "OLDEST", 99)
    with pytest.raises(
        DatabaseError, match=r"^The server of postgresql.* is PostgreSQL \d+; Lantern needs 99 or newer"
    ):
        await Database(postgres_database).open(alone=True)
    with pytest.raises(BackupError, match="Lantern needs 99 or newer"):
        await copies.back_up(postgres_database, tmp_path / "x.dump")


@pytest.mark.parametrize("address", [UNREACHABLE, "postgres://host/x"])
def test_the_preview_takes_no_database_on_a_server(address: str) -> None:
    ended = run("preview", "--no-browser", "--database", address)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "The preview keeps what it shows in a file: it has people and servers of its own, who are not to be among "
        "those of a real database. Name a file, or leave --database out.\n"
    )
