"""What a running bot does for itself on a PostgreSQL server: its daily backup, and the size that `status` shows."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from lantern.cli import status as cli
from lantern.runtime import status, upkeep
from lantern.runtime.notices import Notices
from lantern.runtime.settings import Settings
from lantern.runtime.upkeep import Upkeep
from lantern.store import backups
from lantern.store.database import Database
from lantern.store.guilds import Guilds
from lantern.store.retention import Retention
from lantern.store.turns import Turns
from tests.support.rows import ask

DAY = timedelta(days=1)


def now() -> datetime:
    return datetime.now(UTC)


class Told:
    """What the owner would be told."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def tell(self, _cause: str, text: str) -> None:
        self.texts.append(text)

    async def over(self, _cause: str, text: str) -> None:
        self.texts.append(text)


@pytest.fixture
async def database(postgres_database: str) -> AsyncIterator[Database]:
    database = Database(postgres_database)
    await database.open(alone=True)
    await ask(database, 0, 3)
    yield database
    await database.close()


def upkeep_of(database: Database, state: Path, told: Told, **changes: Any) -> Upkeep:
    """The upkeep of one process of several, with a state folder of its own."""
    settings = Settings(database=database.where, state_folder=state, **changes)
    settings.state.mkdir(exist_ok=True)
    retention = Retention(database, question_days=180, miss_days=90)

    async def read_again() -> None:
        """There is nothing in memory."""

    return Upkeep(
        settings,
        database,
        Guilds(database),
        retention,
        Turns(database),
        cast("Notices", told),
        read_again=read_again,
        now=now,
    )


def left_from(folder: Path, *days: int) -> list[Path]:
    """Backups of so many days ago."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [backups.backup_path(folder, now() - number * DAY) for number in days]
    for path in made:
        path.write_bytes(b"x")
    return made


@pytest.mark.skipif(shutil.which("pg_dump") is None, reason="pg_dump is not on PATH")
async def test_the_daily_backup_is_a_dump_and_the_owner_is_told_when_it_cannot_be_made(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told()
    mine = upkeep_of(database, tmp_path / "mine", told)
    folder = tmp_path / "mine" / "backups"
    monkeypatch.setattr(upkeep, "BACKUP_RETRY", timedelta(0))
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        await mine.look_at_backups(now())
    assert [
        text.startswith("The daily backup failed. pg_dump, pg_restore, psql cannot be found") for text in told.texts
    ]
    assert backups.all_in(folder) == []

    left_from(folder, *range(1, 10))
    await mine.look_at_backups(now())

    newest, *older = backups.all_in(folder)
    assert f"The daily backup works again: {newest.name}." in told.texts
    assert (newest.suffix, len(older)) == (".dump", 6)
    assert {each.suffix for each in older} == {".sqlite3"}, "those of before a move go with the days"
    assert (folder.stat().st_mode | newest.stat().st_mode) & 0o077 == folder.stat().st_mode & 0o077


@pytest.mark.skipif(shutil.which("pg_dump") is None, reason="pg_dump is not on PATH")
async def test_of_several_processes_one_backs_up_and_none_keeps_a_backup_longer_than_it_is_said(
    database: Database, tmp_path: Path
) -> None:
    others = tmp_path / "other" / "backups"
    kept, _, _ = left_from(others, 6, 8, 30)

    await upkeep_of(database, tmp_path / "mine", Told()).look_at_backups(now())
    await upkeep_of(database, tmp_path / "other", Told()).look_at_backups(now())

    assert len(backups.all_in(tmp_path / "mine" / "backups")) == 1
    assert backups.all_in(others) == [kept]


async def test_how_large_the_database_on_the_server_is(database: Database, tmp_path: Path) -> None:
    mine = upkeep_of(database, tmp_path / "mine", Told())
    assert mine.database_bytes is None
    await mine.look_at_disk()
    assert mine.database_bytes is not None
    assert mine.database_bytes > 1_000_000


def test_status_tells_a_size_that_is_known_and_one_that_is_not() -> None:
    moment = now()
    values = dict.fromkeys(status.Status._fields) | {"at": moment.isoformat(), "connected": True, "rows_waiting": 0}
    found = status.Status(**cast("dict[str, Any]", values))
    assert "database    size not known, 0 rows waiting" in cli.in_words(found, moment)
    assert "database    7.3 MB, 0 rows waiting" in cli.in_words(found._replace(database_bytes=7_300_000), moment)
