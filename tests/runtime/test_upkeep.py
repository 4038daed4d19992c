"""What the bot does for itself: its backups, its disk and its database."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any, cast

import pytest

from lantern.runtime.settings import Settings
from lantern.runtime.upkeep import Upkeep
from lantern.store import backups
from lantern.store.database import Database
from lantern.store.turns import Turns
from tests.support.rows import NOON, opened


class Told:
    """What the owner would be told, and of what it would be over."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    async def tell(self, cause: str, text: str) -> None:
        self.said.append((cause, text))

    async def over(self, cause: str, _text: str) -> None:
        self.said.append((cause, "over"))


async def nothing() -> None: ...


def upkeep(settings: Settings, database: Database, told: Told) -> Upkeep:
    """Upkeep by itself; it deletes nothing here."""
    unused: Any = None
    told_to = cast("Any", told)
    return Upkeep(settings, database, unused, unused, Turns(database), told_to, read_again=nothing, now=lambda: NOON)


@pytest.mark.parametrize(("keep", "made"), [(0, 0), (1, 1)])
async def test_no_backup_is_made_where_none_is_kept(tmp_path: Path, keep: int, made: int) -> None:
    settings = Settings(database=tmp_path / "l.sqlite3", backup_keep=keep)
    told = Told()
    async with opened(settings.database) as database:
        await upkeep(settings, database, told).look_at_backups(NOON)

    assert len(backups.all_in(settings.backups)) == made
    assert [cause for cause, _ in told.said] == ["backup date", "backup", "database"] * made


async def test_a_backup_with_a_date_in_the_future_is_told_and_is_the_first_to_go(tmp_path: Path) -> None:
    settings, told = Settings(database=tmp_path / "l.sqlite3", backup_keep=1), Told()
    ahead = backups.backup_path(settings.backups, NOON.replace(year=2099))
    ahead.parent.mkdir()
    ahead.write_bytes(b"x")
    async with opened(settings.database) as database:
        looking = upkeep(settings, database, told)
        await looking.look_at_backups(NOON)
        await looking.look_at_backups(NOON)

    assert backups.all_in(settings.backups) == [backups.backup_path(settings.backups, NOON)]
    assert [cause for cause, _ in told.said] == ["backup date", "backup", "database", "backup date"]
    assert ahead.name in told.said[0][1]
    assert told.said[-1] == ("backup date", "over")


@pytest.mark.parametrize(
    ("free", "says"),
    [(0, "0 %"), (99, "10 %"), (100, None), (120, None), (121, "over"), (500, "over")],
)
async def test_the_disk_is_told_below_ten_per_cent_and_over_above_twelve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, says: str | None
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(1_000, 1_000 - free, free))
    settings, told = Settings(database=tmp_path / "l.sqlite3"), Told()
    async with opened(settings.database) as database:
        looking = upkeep(settings, database, told)
        assert looking.disk_free is None
        await looking.look_at_disk()

    assert looking.disk_free == free / 10
    assert [cause for cause, _ in told.said] == ["disk"] * (says is not None)
    assert all(says in text for _, text in told.said if says)
