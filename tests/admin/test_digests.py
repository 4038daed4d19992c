"""The weekly digest: when it is due, and that it is posted once."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import aiohttp
import discord
import pytest
from simcord.backend import serializers

from lantern.admin import digests
from lantern.admin.digests import NOT_YET_ON, nonce_of
from lantern.preview.simcord_gaps import reads
from lantern.store.database import DatabaseError
from lantern.store.digests import DigestWeeks
from lantern.store.guilds import GuildSettings
from lantern.store.times import as_number
from tests.support.reports import NEW_YEAR, Drawn, later, pictures_of, put_asks, put_miss
from tests.support.world import World, answer, bot_role, components_of, deny, read


@pytest.mark.parametrize(
    ("zone", "now", "week", "at"),
    [
        ("UTC", "2026-01-05T17:59", 20251229, "2025-12-29T18:00"),
        ("UTC", "2026-01-05T18:00", 20260105, "2026-01-05T18:00"),
        ("UTC", "2026-01-11T23:00", 20260105, "2026-01-05T18:00"),
        ("Europe/Berlin", "2026-01-05T17:00", 20260105, "2026-01-05T17:00"),
        ("Pacific/Kiritimati", "2026-01-05T03:59", 20251229, "2025-12-29T04:00"),
        ("Pacific/Kiritimati", "2026-01-05T04:00", 20260105, "2026-01-05T04:00"),
    ],
)
def test_when_a_digest_is_due(zone: str, now: str, week: int, at: str) -> None:
    chosen = GuildSettings(digest_channel_id=5, digest_weekday=0, digest_hour=18, time_zone=zone)

    due = digests.due(chosen, datetime.fromisoformat(now).replace(tzinfo=UTC))

    assert (due.week, due.at.astimezone(UTC)) == (week, datetime.fromisoformat(at).replace(tzinfo=UTC))


@pytest.mark.parametrize(("day", "hour"), [(date(2026, 3, 29), 2), (date(2026, 10, 25), 2)])
def test_a_digest_is_due_once_on_days_of_23_and_25_hours(day: date, hour: int) -> None:
    chosen = GuildSettings(
        digest_channel_id=5, digest_weekday=day.weekday(), digest_hour=hour, time_zone="Europe/Berlin"
    )
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=3)
    weeks = [digests.due(chosen, start + timedelta(minutes=15 * step)).week for step in range(120)]

    assert sorted(set(weeks)) == [as_number(day - timedelta(days=7)), as_number(day)]
    assert weeks == sorted(weeks)


def test_a_nonce_fits_discord_and_is_the_weeks_own() -> None:
    nonces = {digests.nonce_of(guild, week) for guild in (1, 2**63) for week in (20260105, 20260112)}
    assert len(nonces) == 4
    assert all(len(nonce) <= 25 for nonce in nonces)


async def switch_on(world: World, **more: Any) -> str:
    """Every Friday at nine: 33 hours after the clock starts."""
    given: dict[str, Any] = {"weekday": 4, "hour": 9, **more}
    return read((await world.asha.slash(world.general, "digest on", channel=world.general, **given)).response)


async def test_a_digest_is_posted_once_a_week(world: World, drawn: Drawn) -> None:
    await put_asks(world, *[("runner", 5)] * 6, ("hope", 40), ("chaser", 2))
    await put_miss(world, 1, "secret words", ago=5)
    said = await switch_on(world)
    assert f"posted in {world.general.mention}: Friday, 9:00 (UTC)" in said

    await later(world, 32)
    assert world.seen_by(world.maya) == []
    await later(world, 2)

    (seen,) = world.seen_by(world.maya)
    assert "## The week's questions\n1 week, 22–28 Dec 2025\nMembers asked 6 times." in read(seen)
    assert "### Asked far more than usual\n- **The runner** 6, usually 0 a week" in read(seen)
    assert "One question found no answer. Closest topics: Hope (1)." in read(seen)
    assert "### Nobody asked about\nThe chaser, " in read(seen)
    assert "secret" not in read(seen)
    assert pictures_of(seen) == ["week.png"]
    (row,) = [row for row in await world.rows("SELECT * FROM digests ORDER BY week") if row["message_id"]]
    assert (row["week"], row["message_id"]) == (20260102, seen.id)


async def test_what_was_missed_while_offline_is_posted_once_and_late(world: World, drawn: Drawn) -> None:
    await switch_on(world)
    world.env.backend.advance_clock(3 * 7 * 86_400)

    await world.restart()
    world.services.reports.charts = drawn
    await later(world, 0.2)
    await later(world, 0.2)

    (seen,) = world.seen_by(world.maya)
    assert "Late: this was due on Friday, 16 Jan 2026." in read(seen)


async def test_a_week_that_was_claimed_before_a_crash_is_not_posted_again(world: World, drawn: Drawn) -> None:
    await put_asks(world, ("runner", 2))
    await switch_on(world)
    await DigestWeeks(world.services.database).claim(world.guild.id, 20260102, at=0, channel_id=world.general.id)

    await later(world, 40)

    assert world.seen_by(world.maya) == []
    assert drawn.pictures == [], "nor counted and drawn every five minutes"
    assert "may be missing: Lantern was stopped while sending it" in read(
        (await world.asha.slash(world.general, "digest show")).response
    )


@pytest.mark.parametrize(("week", "posted"), [(20260104, 0), (20260105, 1), (20270101, 1)])
async def test_a_week_that_a_wrong_clock_claimed_ends_no_digest(
    world: World, drawn: Drawn, week: int, posted: int
) -> None:
    """Two days after today a claim may be right: a server can move its clock from the first zone to the last."""
    await put_asks(world, ("runner", 2))
    await switch_on(world)
    weeks = DigestWeeks(world.services.database)
    await weeks.claim(world.guild.id, week, at=0, channel_id=world.general.id)

    await later(world, 34)

    assert len(world.seen_by(world.maya)) == posted
    latest = await weeks.latest(world.guild.id)
    assert latest is not None
    assert latest.week == (20260102 if posted else week)


async def test_of_two_who_find_the_same_week_due_one_posts(world: World, drawn: Drawn) -> None:
    """As two processes do that have the same shard for a moment: both look before either claims."""
    await put_asks(world, ("runner", 5))
    await switch_on(world)
    world.env.backend.advance_clock(34 * 3600)
    digests_of_both = [world.services.digests.post_due(world.bot.guilds, discord.utils.utcnow()) for _ in range(2)]

    await asyncio.gather(*digests_of_both)

    assert len(drawn.pictures) == 2
    assert len(world.seen_by(world.maya)) == 1


async def test_the_message_carries_the_weeks_nonce(world: World, drawn: Drawn) -> None:
    await switch_on(world)
    await later(world, 34)

    bodies = [
        request.json
        for request in world.env.http_requests
        if request.method == "POST" and request.path == f"/channels/{world.general.id}/messages"
    ]
    assert [(body["nonce"], body["enforce_nonce"]) for body in bodies if body] == [
        (nonce_of(world.guild.id, 20260102), True)
    ]


@pytest.mark.parametrize(
    ("status", "says"), [(403, "is missing. Discord refused it: "), (500, "may be missing: Discord did not confirm")]
)
async def test_a_digest_that_discord_did_not_take_is_said_and_not_repeated(
    world: World, drawn: Drawn, status: int, says: str
) -> None:
    await switch_on(world)
    world.env.inject_error("POST", f"/channels/{world.general.id}/messages", status=status, code=50013)

    await later(world, 34)
    await later(world, 0.2)

    assert world.seen_by(world.maya) == []
    assert says in read((await world.asha.slash(world.general, "digest show")).response)


@pytest.mark.parametrize("error", [aiohttp.ClientOSError("broken"), TimeoutError(), ConnectionResetError()])
async def test_a_digest_that_may_have_been_lost_on_its_way_is_said_and_not_repeated(
    world: World, drawn: Drawn, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise error

    await switch_on(world)
    with monkeypatch.context() as broken:
        broken.setattr(discord.TextChannel, "send", fails)
        await later(world, 34)
    await later(world, 0.2)

    assert world.seen_by(world.maya) == []
    said = read((await world.asha.slash(world.general, "digest show")).response)
    assert "The last post, of 2 Jan 2026, may be missing: Discord did not confirm it" in said


@pytest.mark.parametrize(("minutes", "late"), [(55, False), (65, True)])
async def test_after_an_hour_a_digest_says_that_it_is_late(
    world: World, drawn: Drawn, minutes: int, late: bool
) -> None:
    await switch_on(world)
    world.env.backend.advance_clock((33 * 60 + minutes) * 60 - 1)
    await world.services.periodic.run("digests")

    (seen,) = world.seen_by(world.maya)
    assert ("Late: this was due on Friday, 2 Jan 2026." in read(seen)) == late


async def test_an_hour_is_not_late_and_a_second_more_is(world: World, drawn: Drawn) -> None:
    await switch_on(world)
    world.env.backend.advance_clock(34 * 3_600)
    await world.services.periodic.run("digests")
    world.env.backend.advance_clock(7 * 24 * 3_600 + 1)
    await world.services.periodic.run("digests")

    first, second = world.seen_by(world.maya)
    assert ["Late" in read(seen) for seen in (first, second)] == [False, True]


async def test_switching_on_waits_for_the_next_week(world: World, drawn: Drawn) -> None:
    said = await switch_on(world, weekday=3, hour=0)

    await later(world, 1)

    assert world.seen_by(world.maya) == []
    assert NOT_YET_ON not in said
    assert f"<t:{int((NEW_YEAR + timedelta(days=7)).timestamp())}:F>" in said


async def test_digest_off_posts_nothing(world: World, drawn: Drawn) -> None:
    await switch_on(world)
    await world.asha.slash(world.general, "digest off")

    await later(world, 40)

    assert world.seen_by(world.maya) == []
    assert "off" in read((await world.asha.slash(world.general, "digest show")).response)


async def test_a_digest_waits_until_its_week_is_decided(
    world: World, drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.maya.slash(world.general, "twinflame runner")
    await switch_on(world, weekday=0)

    async def fails(_: datetime) -> None:
        raise DatabaseError("locked")

    with monkeypatch.context() as locked:
        deciding = world.services.periodic.routines["weekly totals"]
        locked.setitem(world.services.periodic.routines, "weekly totals", deciding._replace(run=fails))
        world.env.backend.advance_clock(4 * 86_400 + 10 * 3_600)
        await world.services.periodic.run("digests")
        assert world.seen_by(world.lea) == []

    await world.services.periodic.run("digests")

    (seen,) = world.seen_by(world.lea)
    assert "1 week, 29 Dec 2025\u2009–\u20094 Jan 2026\nMembers asked once." in read(seen)


async def test_digest_now_says_when_the_first_figures_come(world: World, drawn: Drawn) -> None:
    await world.maya.slash(world.general, "twinflame runner")
    await switch_on(world)

    answered = await world.asha.slash(world.general, "digest now")

    assert "will be here on Monday, 5 Jan 2026" in read(answer(answered))
    assert world.seen_by(world.lea) == []


async def test_digest_now_posts_the_last_whole_week(world: World, drawn: Drawn) -> None:
    await put_asks(world, ("runner", 5), ("runner", 2))
    await switch_on(world)

    answered = await world.asha.slash(world.general, "digest now")

    (seen,) = world.seen_by(world.maya)
    assert "1 week, 22–28 Dec 2025\nMembers asked once." in read(seen)
    assert str(seen.id) in read(answered.response)


def deny_bot(world: World, permission: str) -> None:
    """Take a permission from the bot in #general."""
    state = world.env.backend.guilds[world.guild.id]
    state.roles[bot_role(world)].permissions &= ~discord.Permissions(administrator=True).value
    deny(world, world.general, **{permission: True})


async def test_a_digest_is_not_switched_on_where_the_bot_may_not_write(world: World, drawn: Drawn) -> None:
    deny_bot(world, "send_messages")

    said = await switch_on(world)

    assert said == f"Lantern cannot post in {world.general.mention}. It needs the permission **Send Messages** there."
    assert world.services.guilds.of(world.guild.id).digest_channel_id is None


async def test_a_digest_waits_while_the_bot_may_not_write_and_comes_late(world: World, drawn: Drawn) -> None:
    await switch_on(world)
    deny_bot(world, "send_messages")
    await later(world, 40)
    assert "Lantern needs **Send Messages**" in read((await world.asha.slash(world.general, "digest show")).response)
    assert world.seen_by(world.maya) == []

    world.env.backend.edit_channel(world.general.id, {}, overwrites=[])
    await later(world, 1)

    (seen,) = world.seen_by(world.maya)
    assert "Late: this was due on Friday, 2 Jan 2026." in read(seen)


async def test_digest_now_says_what_it_lacks_and_posts_nothing(world: World, drawn: Drawn) -> None:
    off = answer(await world.asha.slash(world.general, "digest now"))
    assert read(off).startswith("The weekly figures are off. </digest on:")
    await switch_on(world)
    deny_bot(world, "send_messages")

    refused = answer(await world.asha.slash(world.general, "digest now"))

    assert (
        read(refused)
        == f"Lantern cannot post in {world.general.mention}. It needs the permission **Send Messages** there."
    )
    assert drawn.pictures == []
    assert world.seen_by(world.maya) == []


async def test_a_digest_is_not_posted_in_a_server_that_is_unavailable_and_comes_late(
    world: World, drawn: Drawn
) -> None:
    await switch_on(world)
    world.env.backend.emit("GUILD_DELETE", {"id": str(world.guild.id), "unavailable": True})
    await world.env.settle()
    await later(world, 40)
    assert world.seen_by(world.maya) == []

    back = serializers.guild_create_payload(world.env.backend, world.env.backend.guilds[world.guild.id])
    world.env.backend.emit("GUILD_CREATE", back)
    await later(world, 1)

    (seen,) = world.seen_by(world.maya)
    assert "Late: this was due on Friday, 2 Jan 2026." in read(seen)


async def test_without_attach_files_the_words_are_posted(world: World, drawn: Drawn) -> None:
    await put_asks(world, ("runner", 5))
    said = await switch_on(world)
    assert "no picture" not in said
    deny_bot(world, "attach_files")
    assert "Lantern needs **Attach Files**" in read((await world.asha.slash(world.general, "digest show")).response)

    await later(world, 34)
    answered = await world.asha.slash(world.general, "insights top")
    await world.asha.click(answer(answered), label="Post here")

    posted, shared = world.seen_by(world.maya)
    assert "**The runner** 1" in read(posted)
    assert "**The runner** 1" in read(shared)
    assert pictures_of(posted) == pictures_of(shared) == []


async def test_a_digest_whose_channel_is_gone_says_so(world: World, drawn: Drawn) -> None:
    """Deleted while the bot was away, so that nothing told it."""
    await world.services.guilds.change(world.guild.id, digest_channel_id=1)

    shown = read((await world.asha.slash(world.general, "digest show")).response)

    assert shown.startswith("The channel for the weekly figures is gone. Choose another with </digest on:")


async def test_a_digest_is_in_the_servers_language_whoever_asks_for_it(world: World, drawn: Drawn) -> None:
    await world.maya.slash(world.general, "twinflame runner")
    await switch_on(world)
    reads(world.asha, "de")
    await world.services.guilds.change(world.guild.id, language="es")
    world.env.backend.advance_clock(4 * 86_400 + 10 * 3_600)
    await world.services.periodic.run("digests")

    await world.asha.slash(world.general, "digest now")

    by_itself, asked_for = map(read, world.seen_by(world.lea))
    assert "22–28 dic 2025" in by_itself
    assert "viernes" in by_itself, "that it is late, too"
    assert " dic 2025" in asked_for


async def test_a_digest_that_was_asked_for_names_topics_as_the_server_does(world: World, drawn: Drawn) -> None:
    await put_asks(world, *[("union", 5)] * 6, ("hope", 4))
    await switch_on(world)
    reads(world.asha, "de")
    await world.services.guilds.change(world.guild.id, language="es")

    await world.asha.slash(world.general, "digest now")

    (posted,) = world.seen_by(world.lea)
    editions = world.services.editions.original
    spanish, german = (editions.in_language(code).content.find("twinflame", "union") for code in ("es", "de"))
    assert spanish is not None
    assert german is not None
    shown = read(posted) + str(components_of(posted)) + str(drawn.pictures)
    assert spanish.title in shown
    assert german.title not in shown
