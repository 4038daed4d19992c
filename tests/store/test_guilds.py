"""A guild's own choices: kept over a restart, and refused in words."""

from __future__ import annotations

import asyncio

import pytest

from lantern.store.database import Database, DatabaseError
from lantern.store.guilds import DEFAULT, Guilds, SettingRefused
from tests.support.rows import found
from tests.support.world import World

GUILD = 2**62


@pytest.fixture
def guilds(database: Database) -> Guilds:
    return Guilds(database)


async def after_restart(database: Database) -> Guilds:
    """What a bot that starts on this file knows."""
    guilds = Guilds(database)
    await guilds.open()
    return guilds


async def test_choices_outlast_a_restart_and_are_each_guilds_own(database: Database, guilds: Guilds) -> None:
    await guilds.change(GUILD, answers_public=True, thread_answers=(1, 2))
    await guilds.change(GUILD, help_contacts=" Call Noor \n")

    for known in (guilds, await after_restart(database)):
        kept = known.of(GUILD)
        assert (kept.answers_public, kept.thread_answers, kept.help_contacts) == (True, (1, 2), "Call Noor")
        assert known.of(GUILD + 1) == DEFAULT
        assert known.of(None) == DEFAULT


async def test_two_choices_at_once_are_both_kept(database: Database, guilds: Guilds) -> None:
    await asyncio.gather(guilds.change(GUILD, answers_public=True), guilds.change(GUILD, digest_hour=7))

    for known in (guilds, await after_restart(database)):
        assert (known.of(GUILD).answers_public, known.of(GUILD).digest_hour) == (True, 7)
        assert known.of(GUILD).made == {"answers_public", "digest_hour"}


async def test_a_choice_that_cannot_be_kept_changes_nothing(database: Database, guilds: Guilds) -> None:
    await database.close()

    with pytest.raises(DatabaseError):
        await guilds.change(GUILD, answers_public=True)

    assert guilds.of(GUILD) == DEFAULT


async def test_the_longest_quiet_window_of_any_guild_counts(guilds: Guilds) -> None:
    assert guilds.longest_quiet_minutes() == 0
    await guilds.change(GUILD, answers_public=True)
    assert guilds.longest_quiet_minutes() == 0
    await guilds.change(GUILD + 1, quiet_minutes=7)
    await guilds.change(GUILD + 2, quiet_minutes=3)
    assert guilds.longest_quiet_minutes() == 7

    guilds.forget(GUILD + 1)

    assert guilds.longest_quiet_minutes() == 3
    assert guilds.of(GUILD + 1) == DEFAULT


async def test_a_public_default_makes_a_slash_answer_public(world: World) -> None:
    await world.services.guilds.change(world.guild.id, answers_public=True)

    asked = await world.maya.slash(world.general, "twinflame runner")

    assert not asked.ephemeral
    assert len(world.seen_by(world.lea)) == 1


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("quiet_minutes", 2_000, "from 0 to 1440"),
        ("time_zone", "Mars/Olympus", "such as Europe/London"),
        ("time_zone", "../etc/passwd", "such as Europe/London"),
        ("time_zone", 5, "such as Europe/London"),
        ("help_contacts", "x" * 801, "at most 800 characters"),
        ("help_contacts", "x" * 800 + " ", "at most 800 characters"),
        ("help_contacts", 5, "at most 800 characters"),
        ("thread_answers", "123", "at most 25 channels"),
        ("digest_weekday", 7, "0 (Monday) to 6"),
        ("quiet_minutes", 1_441, "from 0 to 1440"),
        ("quiet_minutes", -1, "from 0 to 1440"),
        ("quiet_minutes", True, "from 0 to 1440"),
        ("quiet_minutes", 1.0, "from 0 to 1440"),
        ("quiet_minutes", "soon", "from 0 to 1440"),
        ("thread_answers", list(range(26)), "at most 25 channels"),
        ("thread_answers", ["x"], "at most 25 channels"),
        ("thread_answers", None, "at most 25 channels"),
        ("digest_weekday", -1, "0 (Monday) to 6"),
        ("digest_weekday", None, "0 (Monday) to 6"),
        ("digest_hour", 24, "from 0 to 23"),
        ("digest_hour", -1, "from 0 to 23"),
        ("time_zone", None, "such as Europe/London"),
        ("answers_public", 1, "answers_public cannot be 1."),
        ("ask_people_channel_id", 2**64, "ask_people_channel_id cannot be"),
        ("library_forum_id", -1, "library_forum_id cannot be"),
        ("made", (), "made cannot be"),
        ("no_such_setting", 1, "no_such_setting"),
    ],
)
async def test_what_is_not_allowed_is_refused_in_words_and_changes_nothing(
    database: Database, guilds: Guilds, name: str, value: object, says: str
) -> None:
    with pytest.raises(SettingRefused, match=says.replace("(", r"\(").replace(")", r"\)")):
        await guilds.change(GUILD, **{"digest_channel_id": 5, name: value})

    assert guilds.of(GUILD) == DEFAULT
    assert await found(database, "SELECT * FROM guild_settings") == []


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("quiet_minutes", 0, 0),
        ("quiet_minutes", "1440", 1_440),
        ("quiet_minutes", None, None),
        ("thread_answers", list(range(25)), tuple(range(25))),
        ("digest_weekday", 6, 6),
        ("digest_hour", 23, 23),
        ("digest_hour", "0", 0),
        ("help_contacts", "x" * 800, "x" * 800),
        ("help_contacts", "  ", None),
        ("help_contacts", None, None),
        ("digest_channel_id", 2**64 - 1, 2**64 - 1),
        ("library_forum_id", None, None),
        ("time_zone", "Europe/Berlin", "Europe/Berlin"),
    ],
)
async def test_what_is_allowed_is_kept_and_counts_as_chosen(
    database: Database, guilds: Guilds, name: str, value: object, kept: object
) -> None:
    changed = await guilds.change(GUILD, **{name: value})

    assert changed == guilds.of(GUILD)
    for known in (guilds, await after_restart(database)):
        assert getattr(known.of(GUILD), name) == kept
        assert known.of(GUILD).made == {name}
    assert changed.zone.key == changed.time_zone


async def test_a_time_zone_is_understood_however_it_is_written(guilds: Guilds) -> None:
    await guilds.change(GUILD, time_zone=" america/new york ")

    assert guilds.of(GUILD).time_zone == "America/New_York"


async def test_a_time_zone_that_is_no_text_is_left_alone(database: Database, guilds: Guilds) -> None:
    await guilds.change(GUILD, quiet_minutes=3)
    await database.execute(
        "INSERT INTO guild_settings (guild_id, name, value) VALUES (:guild, 'time_zone', '[1]')", {"guild": GUILD}
    )

    kept = (await after_restart(database)).of(GUILD)

    assert (kept.quiet_minutes, kept.time_zone) == (3, "UTC")


async def test_names_and_values_of_another_version_are_left_alone(
    database: Database, guilds: Guilds, caplog: pytest.LogCaptureFixture
) -> None:
    await guilds.change(GUILD, quiet_minutes=3)
    for name, value in (("from_the_future", "7"), ("digest_hour", "99"), ("time_zone", '"Mars/Olympus"')):
        await database.execute(
            "INSERT INTO guild_settings (guild_id, name, value) VALUES (:guild, :name, :value)",
            {"guild": GUILD, "name": name, "value": value},
        )

    kept = (await after_restart(database)).of(GUILD)

    assert (kept.quiet_minutes, kept.digest_hour, kept.time_zone) == (3, 18, "UTC")
    assert kept.made == {"quiet_minutes"}
    assert [
        f"a value for {name} that" in line
        for name, line in zip(("digest_hour", "time_zone"), caplog.messages, strict=True)
    ] == [
        True,
        True,
    ], "of a name that is not known nothing is said"
    assert len(await database.fetch("SELECT * FROM guild_settings")) == 4
