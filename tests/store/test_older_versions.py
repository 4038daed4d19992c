"""A database of an older version, brought up to date: what led from words to a member is gone from it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lantern.store.addresses import is_address
from lantern.store.database import Database
from lantern.store.member_keys import MemberKeys
from lantern.store.sqlite_file import MIGRATIONS, migrations
from tests.support.rows import found, opened

AT = 1_795_345_200_000  # 22 November 2026, 11:00 UTC
SECRET = b"s" * 32

ROWS = (
    "INSERT INTO questions (asked_at, day, interaction_id, guild_id, message_id, article, topic, source, by_moderator,"
    " locale, member_key) VALUES (:at, 20261122, 77, 1, 5, 'twinflame', 'runner', 'ask', 0, 'en-US', 7)",
    "INSERT INTO misses (id, asked_at, guild_id, words, nearest, score, came_from)"
    " VALUES (9, :hour, 1, 'why me', '[[\"twinflame\",\"runner\",0.5]]', 0.5, 'not_it')",
    "INSERT INTO corrections (corrected_at, ask_id, guild_id, article, topic, came_from)"
    " VALUES (:at, 77, 1, 'twinflame', 'runner', 'ask')",
    "INSERT INTO links (id, linked_at, guild_id, channel_id, answered_message_id, message_id, article, topic,"
    " member_key, automatic, notify, whole) VALUES (3, :at, 1, 2, 424242424242424242, 4, 'twinflame', 'runner', 7, 0,"
    " 1, 0)",
)


@pytest.fixture
def steps(where: Path | str, tmp_path: Path) -> Path:
    """The migrations of the version before."""
    source = MIGRATIONS / "postgresql" if is_address(where) else MIGRATIONS
    folder = tmp_path / "steps"
    folder.mkdir()
    for number, script in migrations(source):
        if number < 10:
            shutil.copy(script, folder)
    return folder


async def test_words_lose_the_hour_and_corrections_the_question(where: Path | str, steps: Path, tmp_path: Path) -> None:
    if is_address(where):
        from lantern.store.postgres_server import PostgresServer

        server = PostgresServer(str(where), migrations_folder=steps)
        older = Database(where)
        older._engine = server
    else:
        older = Database(where, migrations_folder=steps)
    await older.open()
    for statement in ROWS:
        given = {name: value for name, value in {"at": AT + 5, "hour": AT}.items() if f":{name}" in statement}
        await older.execute(statement, given)
    await older.execute("INSERT INTO secrets (name, value) VALUES ('member_key', :key)", {"key": SECRET})
    await older.close()

    async with opened(where) as database:
        await MemberKeys(database, tmp_path / "lantern.key").open()

        assert await found(database, "SELECT id, day, words, came_from FROM misses") == [
            (9, 20261122, "why me", "not_it")
        ]
        ((correction, *rest),) = await found(database, "SELECT id, day, topic FROM corrections")
        assert (rest, correction > 0, correction not in (77, 1)) == ([20261122, "runner"], True, True)
        assert await found(database, "SELECT member_key FROM links") == [(7,)]
        columns = {column for table in (await database.tables()).values() for column in table.columns}
        assert {"ask_id", "corrected_at", "answered_message_id"}.isdisjoint(columns)
    if isinstance(where, Path):
        said = b"".join(path.read_bytes() for path in where.parent.glob(f"{where.name}*"))
        assert (424242424242424242).to_bytes(8, "big") not in said
        assert SECRET not in said
