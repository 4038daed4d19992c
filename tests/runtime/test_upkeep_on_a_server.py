"""What the running bot does for itself on a PostgreSQL server: its daily backup, and the size that `status` shows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lantern.cli import status as cli
from lantern.runtime import status
from lantern.runtime.settings import Settings
from lantern.store import backups
from tests.support.rows import found
from tests.support.world import World


@pytest.fixture
def settings(tmp_path: Path, postgres_database: str) -> Settings:
    return Settings(database=postgres_database, state_folder=tmp_path / "state", shards=1)


@pytest.mark.skipif(shutil.which("pg_dump") is None, reason="pg_dump is not on PATH")
async def test_the_running_bot_dumps_its_database_and_tells_when_it_cannot(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await world.maya.slash(world.general, "twinflame runner")
    folder = world.services.settings.backups
    assert folder == tmp_path / "state" / "backups"
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        await world.services.periodic.run("backups")

    assert "pg_dump, pg_restore, psql cannot be found" in caplog.text
    assert "It is tried again in an hour." in caplog.text
    told = "SELECT since IS NOT NULL FROM notices WHERE cause = 'backup'"
    await world.services.database.flush()
    assert await found(world.services.database, told) == [(True,)]
    assert backups.all_in(folder) == []

    world.env.backend.advance_clock(2 * 3600)
    folder.mkdir(parents=True)
    for day in range(10, 20):
        backups.backup_path(folder, world.env.now().replace(year=2025, day=day)).write_bytes(b"")
    await world.services.periodic.run("backups")

    await world.services.database.flush()
    assert await found(world.services.database, told) == [(False,)]
    newest, *older = backups.all_in(folder)
    assert (newest.suffix, len(older)) == (".dump", 6)
    assert {each.suffix for each in older} == {".sqlite3"}, "those of before a move go with the days"


async def test_status_shows_how_large_the_database_on_the_server_is(world: World) -> None:
    await world.env.advance_time(70)
    found = status.read(world.services.settings.heartbeat)
    assert found is not None
    assert found.database_bytes is not None
    assert found.database_bytes > 1_000_000
    assert cli.problems(found, world.env.now()) == []
    assert f"database    {found.database_bytes / 1e6:.1f} MB" in cli.in_words(found, world.env.now())
    unknown = found._replace(database_bytes=None)
    assert "database    size not known" in cli.in_words(unknown, world.env.now())
