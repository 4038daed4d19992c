"""A guild's own choices: kept over a restart, and refused in words."""

from __future__ import annotations

import pytest

from lantern.store.guilds import DEFAULT, SettingRefused
from tests.support.world import World


async def test_choices_outlast_a_restart_and_are_each_guilds_own(world: World) -> None:
    await world.bot.change_guild_setting(world.guild.id, answers_public=True, thread_answers=(1, 2))
    await world.bot.change_guild_setting(world.guild.id, help_contacts=" Call Noor \n")

    await world.restart()

    kept = world.bot.guild_settings(world.guild.id)
    assert (kept.answers_public, kept.thread_answers, kept.help_contacts) == (True, (1, 2), "Call Noor")
    assert world.bot.guild_settings(world.guild.id + 1) == DEFAULT
    assert world.bot.guild_settings(None) == DEFAULT


async def test_a_public_default_makes_a_slash_answer_public(world: World) -> None:
    await world.bot.change_guild_setting(world.guild.id, answers_public=True)

    asked = await world.maya.slash(world.general, "twinflame runner")

    assert not asked.ephemeral
    assert len(world.seen_by(world.lea)) == 1


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("quiet_minutes", 2_000, "from 0 to 1440"),
        ("time_zone", "Mars/Olympus", "such as Europe/London"),
        ("time_zone", "../etc/passwd", "such as Europe/London"),
        ("help_contacts", "x" * 801, "at most 800 characters"),
        ("help_contacts", "x" * 800 + " ", "at most 800 characters"),
        ("help_contacts", 5, "at most 800 characters"),
        ("thread_answers", "123", "at most 25 channels"),
        ("digest_weekday", 7, "0 (Monday) to 6"),
        ("digest_hour", 24, "from 0 to 23"),
        ("no_such_setting", 1, "no_such_setting"),
    ],
)
async def test_what_is_not_allowed_is_refused_in_words_and_changes_nothing(
    world: World, name: str, value: object, says: str
) -> None:
    with pytest.raises(SettingRefused, match=says.replace("(", r"\(").replace(")", r"\)")):
        await world.bot.change_guild_setting(world.guild.id, answers_public=True, **{name: value})

    assert world.bot.guild_settings(world.guild.id) == DEFAULT
    assert await world.rows("SELECT * FROM guild_settings") == []


async def test_a_time_zone_is_understood_however_it_is_written(world: World) -> None:
    await world.bot.change_guild_setting(world.guild.id, time_zone=" america/new york ")

    assert world.bot.guild_settings(world.guild.id).time_zone == "America/New_York"


async def test_names_and_values_of_another_version_are_left_alone(world: World) -> None:
    await world.bot.change_guild_setting(world.guild.id, quiet_minutes=3)
    for name, value in (("from_the_future", "7"), ("digest_hour", "99"), ("time_zone", '"Mars/Olympus"')):
        await world.bot.database.execute(
            "INSERT INTO guild_settings (guild_id, name, value) VALUES (?, ?, ?)", (world.guild.id, name, value)
        )

    await world.restart()

    kept = world.bot.guild_settings(world.guild.id)
    assert (kept.quiet_minutes, kept.digest_hour, kept.time_zone) == (3, 18, "UTC")
    assert len(await world.rows("SELECT * FROM guild_settings")) == 4
