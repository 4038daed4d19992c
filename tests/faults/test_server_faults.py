"""Bad days of a PostgreSQL server as members meet them: it fails one way or the other while they ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from lantern.cli.status import in_words
from lantern.runtime import status, upkeep
from lantern.runtime.settings import Settings
from tests.support.postgres import Postgres
from tests.support.reliability import tried
from tests.support.world import World, read

QUESTIONS = 5

# A disk cannot be filled here; the server says of every row what it says then.
FULL = """
    SET ROLE lantern;
    CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
    END $$;
    CREATE TRIGGER full_disk BEFORE INSERT ON questions EXECUTE FUNCTION full_disk();
"""
ROOM_AGAIN = "DROP TRIGGER full_disk ON questions"

# A number once taken from a sequence stays taken, whatever becomes of the transaction.
DYING = """
    SET ROLE lantern;
    CREATE SEQUENCE deaths;
    CREATE FUNCTION dies() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('deaths') <= 2 THEN
            PERFORM pg_terminate_backend(pg_backend_pid());
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER dies AFTER INSERT ON questions EXECUTE FUNCTION dies();
"""


@pytest.fixture
def settings(postgres_database: str, tmp_path: Path) -> Settings:
    """The bot's rows are on a server, whatever the command line says."""
    return Settings(database=postgres_database, state_folder=tmp_path, shards=1)


def away(postgres: Postgres, _database: str) -> Callable[[], object]:
    postgres.kill()
    return postgres.start


def read_only(postgres: Postgres, _database: str) -> Callable[[], object]:
    postgres.read_only()
    return lambda: postgres.read_only(False)


def full(postgres: Postgres, database: str) -> Callable[[], object]:
    postgres.administer(FULL, database=database)
    return lambda: postgres.administer(ROOM_AGAIN, database=database)


@pytest.mark.parametrize(
    ("fault", "spoil", "why"),
    [
        ("the PostgreSQL server is away for a minute and more while members ask", away, "Connection refused"),
        ("the PostgreSQL server is read-only while members ask", read_only, "read-only transaction"),
        ("the PostgreSQL server's disk is full (it says so of every row) while members ask", full, "No space left"),
    ],
)
async def test_a_server_that_takes_no_rows_keeps_nobody_from_an_answer(
    world: World,
    settings: Settings,
    postgres: Postgres,
    fault: str,
    spoil: Callable[[Postgres, str], Callable[[], object]],
    why: str,
) -> None:
    database = world.services.database
    over = spoil(postgres, postgres.name(str(settings.database)))

    for _ in range(QUESTIONS):
        assert "runner" in read((await world.maya.slash(world.general, "twinflame runner")).response).lower()
        await world.env.advance_time(20)

    assert database.failure
    assert why in database.failure
    said = status.read(settings.heartbeat)
    assert said is not None
    assert said.rows_waiting == database.waiting >= QUESTIONS
    assert "The database cannot be written" in in_words(said, datetime.fromisoformat(said.at))
    over()
    await world.env.advance_time(upkeep.UNWRITABLE_FOR.total_seconds())
    assert database.failure is None
    assert len(await world.rows()) == QUESTIONS
    assert await world.rows("SELECT sum(asks) AS asks FROM daily_topics") == [{"asks": QUESTIONS}]
    tried("Database", fault, saw="the card, as always", lost=f"nothing: {QUESTIONS} of {QUESTIONS} rows, each once")


async def test_rows_of_a_connection_that_dies_in_a_transaction_are_written_once(
    world: World, settings: Settings, postgres: Postgres
) -> None:
    postgres.administer(DYING, database=postgres.name(str(settings.database)))

    for _ in range(QUESTIONS):
        assert "runner" in read((await world.maya.slash(world.general, "twinflame runner")).response).lower()
        await world.env.advance_time(20)

    assert len(await world.rows()) == QUESTIONS
    assert await world.rows("SELECT sum(asks) AS asks FROM daily_topics") == [{"asks": QUESTIONS}]
    assert await world.rows("SELECT last_value AS deaths FROM deaths") == [{"deaths": QUESTIONS + 2}]
    tried(
        "Database",
        "connections to the PostgreSQL server die in the middle of a transaction",
        saw="the card, as always",
        lost=f"nothing: {QUESTIONS} of {QUESTIONS} rows, each once",
    )
