"""What the application's owner is told, and how rarely."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import discord
import pytest

from lantern.runtime import content_watch, status
from lantern.runtime.client import Lantern
from lantern.runtime.settings import Settings
from lantern.store import backups, sqlite_file
from tests.support.rows import locked_file, scribble
from tests.support.world import World, read

HOUR, DAY = 3_600, 86_400


@pytest.fixture
def settings(tmp_path: Path, content_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(sqlite_file, "BUSY_SECONDS", 0.01)
    return Settings(database=tmp_path / "lantern.sqlite3", content=content_folder, shards=1)


class Owner:
    """Who owns the application. SimCord says it is the bot itself, which is nobody's owner."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.user = world.env.create_user("olive")
        self.is_team = False

        async def application_info(bot: Lantern) -> discord.AppInfo:
            made = await discord.Client.application_info(bot)
            owner = await bot.fetch_user(self.user.id)
            if self.is_team:
                made.team = discord.Team(bot._connection, team_of(owner))
            else:
                made.owner = owner
            return made

        monkeypatch.setattr(Lantern, "application_info", application_info)

    @property
    def read(self) -> list[str]:
        """The direct messages of the bot, oldest first."""
        return [read(message) for message in self.user.dm_channel.history() if message.author.bot]


def team_of(owner: discord.User) -> Any:
    """A team as Discord tells of it (Discord's reference, Team Object): one member, its owner."""
    user = {"id": str(owner.id), "username": owner.name, "discriminator": "0", "avatar": None}
    member = {"membership_state": 2, "team_id": "1", "user": user, "role": "admin", "permissions": ["*"]}
    return {"id": "1", "name": "Circle", "icon": None, "owner_user_id": str(owner.id), "members": [member]}


@pytest.fixture
def owner(world: World, monkeypatch: pytest.MonkeyPatch) -> Owner:
    return Owner(world, monkeypatch)


async def hours_later(world: World, number: float) -> None:
    """Time goes by without the bot living through each second of it."""
    world.env.backend.advance_clock(number * HOUR)
    await world.env.advance_time(70)


# ---------------------------------------------------------------------- causes


async def test_refused_content_is_told_once_a_day_and_when_it_is_over(world: World, owner: Owner) -> None:
    file = world.services.settings.content / "twinflame.yml"
    good = file.read_text()
    for attempt in range(4):
        file.write_text(f"command: [{attempt}")
        await world.env.advance_time(content_watch.EVERY.total_seconds())
    (told,) = owner.read
    assert "A change to the content was refused. Members see what was there before." in told
    assert "twinflame" in told

    await hours_later(world, 25)
    assert len(owner.read) == 2, "it is still not in order"

    file.write_text(good)
    await world.env.advance_time(content_watch.EVERY.total_seconds())
    assert [text.startswith("The content is accepted again") for text in owner.read] == [False, False, True]


@pytest.mark.parametrize(("number", "more"), [(10, []), (12, ["… and 2 more"])])
async def test_of_many_problems_the_owner_reads_ten_and_the_log_has_all(
    world: World, owner: Owner, caplog: pytest.LogCaptureFixture, number: int, more: list[str]
) -> None:
    file = world.services.settings.content / "twinflame.yml"
    file.write_text(file.read_text() + "".join(f"wrong{each}: 1\n" for each in range(number)))
    await world.env.advance_time(content_watch.EVERY.total_seconds())

    (told,) = owner.read
    lines = told.splitlines()[1:]
    assert ["wrong" in line for line in lines[:10]] == [True] * 10
    assert lines[10:] == more
    logged = [record.getMessage() for record in caplog.records if record.name == content_watch.__name__]
    assert [f", wrong{each}: " in line for each, line in enumerate(logged)] == [True] * number
    await world.env.advance_time(30)
    found = status.read(world.services.settings.heartbeat)
    assert found is not None
    assert found.content_problems == number


async def test_neither_a_restart_nor_coming_and_going_tells_it_again_on_the_same_day(
    world: World, owner: Owner
) -> None:
    file = world.services.settings.content / "twinflame.yml"
    good = file.read_text()
    for _ in range(2):
        file.write_text("rubbish")
        await world.env.advance_time(content_watch.EVERY.total_seconds())
        file.write_text(good)
        await world.env.advance_time(content_watch.EVERY.total_seconds())
        await world.restart()
    assert [text.split(".")[0] for text in owner.read] == [
        "A change to the content was refused",
        "The content is accepted again, and members see it",
    ]


async def test_a_failing_backup_is_told_and_that_it_works_again(world: World, owner: Owner) -> None:
    world.services.settings.backups.write_text("a file where the folder should be")
    await world.env.advance_time(70)
    await hours_later(world, 2)
    (told,) = owner.read
    assert "The daily backup failed" in told

    world.services.settings.backups.unlink()
    await hours_later(world, 2)
    assert "works again" in owner.read[1]
    assert len(owner.read) == 2


async def test_a_backup_that_failed_is_tried_again_in_an_hour_and_not_before(world: World, owner: Owner) -> None:
    folder = world.services.settings.backups
    folder.write_text("a file where the folder should be")
    await world.env.advance_time(70)
    folder.unlink()

    await world.env.advance_time(130)
    assert backups.all_in(folder) == []
    assert len(owner.read) == 1

    await hours_later(world, 1)
    assert len(backups.all_in(folder)) == 1
    assert "works again" in owner.read[-1]


async def test_a_disk_that_is_nearly_full_is_told(world: World, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    free = 9
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(100, 100 - free, free))
    await world.env.advance_time(130)
    (told,) = owner.read
    assert "nearly full: 9 %" in told

    free = 11
    await world.env.advance_time(130)
    assert len(owner.read) == 1, "at the border it is neither told nor over"
    free = 30
    await world.env.advance_time(130)
    assert "room again" in owner.read[1]


async def test_a_damaged_database_is_told_until_a_backup_of_the_new_one_succeeded(world: World, owner: Owner) -> None:
    path = world.services.settings.file
    await world.services.database.close()
    scribble(path, spare=0)
    await world.restart()
    await world.env.advance_time(10)

    told = owner.read[0]
    assert "The database was damaged" in told
    assert "ARE LOST" in told
    await world.env.advance_time(70)
    assert backups.all_in(world.services.settings.backups)
    assert "is sound, and is backed up" in owner.read[1]
    assert len(owner.read) == 2


async def test_a_start_without_a_database_beside_its_content_is_told_with_what_to_do(
    world: World, owner: Owner
) -> None:
    path = world.services.settings.file
    await world.bot.close()
    left = path.rename(path.with_name(f"{path.name}.replaced-20261122T120000Z"))
    await world.restart()
    await world.env.advance_time(130)

    (told,) = owner.read
    assert f"There is no database at {path}, but beside it: {left.name}." in told
    assert "`python bot.py restore FILE`" in told
    assert not world.services.settings.backups.exists()
    left.rename(path)
    await world.env.advance_time(130)
    assert owner.read == [told, "The database is in its place again, and in use."]


async def test_each_thing_that_happens_to_the_file_is_told_and_what_follows_soon_in_one_message(
    world: World, owner: Owner
) -> None:
    path = world.services.settings.file
    await world.env.advance_time(70)
    away = path.rename(path.with_name("away"))
    await world.env.advance_time(10)
    (told,) = owner.read
    assert told.endswith("It was written again under the same name, and nothing is lost.")

    away.rename(path)
    await world.env.advance_time(10)
    path.unlink()
    await world.env.advance_time(10)
    assert owner.read == [told]
    world.env.inject_error("POST", f"/channels/{owner.user.dm_channel.id}/messages", status=500, code=0)
    for _ in range(2):
        world.env.backend.advance_clock(10 * 60)
        await world.env.advance_time(10)

    first, second = owner.read[1].splitlines()
    assert first.startswith(f"The database {path} was replaced")
    assert f"is kept as {path}.replaced-" in first
    assert second.startswith(f"The database {path} was deleted")
    assert len(owner.read) == 2
    assert world.services.database.news == []


async def test_a_folder_that_is_away_is_told(world: World, owner: Owner) -> None:
    folder = world.services.settings.file.parent
    away = folder.rename(folder.with_name("away"))
    await world.env.advance_time(70)
    away.rename(folder)

    await world.env.advance_time(10)

    told, over = [text for text in owner.read if "The database" in text]
    assert over == "The database is in its place again, and in use."
    assert told.startswith(f"The database {world.services.settings.file} cannot be seen")
    assert told.endswith("Put its folder back as it was.")


async def test_a_database_that_cannot_be_written_for_a_minute_is_told(world: World, owner: Owner) -> None:
    world.services.settings.backups.mkdir()
    backups.backup_path(world.services.settings.backups, discord.utils.utcnow()).write_bytes(b"x")
    with locked_file(world.services.settings.file):
        await world.maya.slash(world.general, "twinflame runner")
        await world.env.advance_time(40)
        assert owner.read == [], "locked for a moment is nothing to tell"
        await world.env.advance_time(60)
        (told,) = owner.read
        assert "cannot be written (database is locked). Members are answered;" in told
    await world.env.advance_time(10)
    assert owner.read[1] == "The database can be written again."


# ---------------------------------------------------------------------- delivery


async def test_a_teams_owner_is_told(world: World, owner: Owner) -> None:
    owner.is_team = True
    await world.services.notices.tell("disk", "The disk is full.")
    assert owner.read == ["The disk is full."]


async def test_what_discord_did_not_take_is_tried_again_later(world: World, owner: Owner) -> None:
    world.env.inject_error("POST", f"/channels/{owner.user.dm_channel.id}/messages", status=500, code=0)
    await world.services.notices.tell("disk", "The disk is full.")
    await world.services.notices.tell("disk", "The disk is full.")
    assert owner.read == []
    world.env.backend.advance_clock(10 * 60 - 1)
    await world.services.notices.tell("disk", "The disk is full.")
    assert owner.read == []
    world.env.backend.advance_clock(1)
    await world.services.notices.tell("disk", "The disk is full.")
    assert owner.read == ["The disk is full."]


async def test_it_is_told_again_when_a_day_is_over_and_each_cause_by_itself(world: World, owner: Owner) -> None:
    for seconds, told in ((0, 1), (DAY - 1, 1), (1, 2), (DAY - 1, 2)):
        world.env.backend.advance_clock(seconds)
        await world.services.notices.tell("disk", "The disk is full.")
        assert owner.read == ["The disk is full."] * told

    await world.services.notices.tell("backup", "The backup failed.")
    assert owner.read[-1] == "The backup failed."


async def test_that_it_is_over_is_told_once_and_only_where_this_time_was_told(world: World, owner: Owner) -> None:
    notices = world.services.notices
    await notices.tell("disk", "The disk is full.")
    await notices.over("disk", "There is room again.")
    await notices.over("disk", "There is room again.")
    assert owner.read == ["The disk is full.", "There is room again."]

    world.env.backend.advance_clock(HOUR)
    await notices.tell("disk", "The disk is full.")
    await notices.over("disk", "There is room again.")
    assert len(owner.read) == 2, "coming and going within a day is told once"
    (row,) = await world.rows("SELECT * FROM notices WHERE cause = 'disk'")
    assert row["since"] is None


async def test_a_team_without_an_owner_is_told_member_by_member(
    world: World, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner.is_team = True
    monkeypatch.setattr(discord.Team, "owner", None)

    await world.services.notices.tell("disk", "x" * 5_000)

    (told,) = owner.read
    assert told == "x" * 3_999 + "…"


async def test_an_owner_who_takes_no_messages_is_left_alone(
    world: World, owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    world.env.inject_error("POST", f"/channels/{owner.user.dm_channel.id}/messages", status=403, code=50007)
    for _ in range(3):
        await world.services.notices.tell("disk", "The disk is full.")
        world.env.backend.advance_clock(15 * 60)
    assert caplog.text.count("takes no direct messages") == 1
    assert owner.read == []


async def test_what_was_never_told_is_not_told_to_be_over(world: World, owner: Owner) -> None:
    await world.services.notices.over("disk", "The disk has room again.")
    assert owner.read == []
