"""One greeting when Lantern is invited, and none when a connection comes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
import pytest
import simcord
from simcord.backend import serializers

from lantern.runtime.client import Lantern
from lantern.store.database import DatabaseError
from tests.support.catalogs import Say
from tests.support.world import World, deny, read


async def invited(
    world: World,
    *,
    system_channel: bool = True,
    member_since: timedelta = timedelta(0),
    denied: dict[str, bool] | None = None,
) -> simcord.ChannelHandle:
    """Invite the bot anew: Discord tells of the guild without saying that it was unavailable."""
    backend = world.env.backend
    state = backend.guilds[world.guild.id]
    state.system_channel_id = world.general.id if system_channel else None
    if denied:
        deny(world, world.general, **denied)
    assert world.bot.user is not None
    state.members[world.bot.user.id].joined_at = (world.env.now() - member_since).isoformat()
    await world.services.database.execute("DELETE FROM guild_welcomes")
    backend.emit("GUILD_DELETE", {"id": str(world.guild.id)})
    tell(world)
    await world.env.settle()
    return world.general


def tell(world: World, **more: Any) -> None:
    """Let Discord tell of the guild, as after an invitation or, with ``unavailable=False``, after an outage."""
    payload: dict[str, Any] = dict(
        serializers.guild_create_payload(world.env.backend, world.env.backend.guilds[world.guild.id])
    )
    del payload["unavailable"]
    world.env.backend.emit("GUILD_CREATE", payload | more)


async def test_an_invitation_is_greeted_once_in_public_without_a_ping(world: World) -> None:
    channel = await invited(world)

    (greeting,) = world.seen_by(world.lea, channel)
    text = read(greeting)
    assert "It tells one view" in text
    assert all(command in text for command in ("ask", "topics", "setup"))
    assert greeting.flags.suppress_notifications
    assert not greeting.mentions
    assert not greeting.role_mentions
    assert not greeting.mention_everyone


async def test_neither_an_outage_nor_a_reconnect_nor_a_restart_repeats_it(world: World) -> None:
    channel = await invited(world)

    world.env.backend.emit("GUILD_DELETE", {"id": str(world.guild.id), "unavailable": True})
    tell(world, unavailable=False)
    tell(world)
    await world.env.settle()
    await world.restart()
    tell(world)
    await world.env.settle()

    assert len(world.seen_by(world.lea, channel)) == 1


async def test_a_guild_that_lantern_has_long_been_in_is_not_greeted_after_an_outage(world: World) -> None:
    channel = await invited(world, member_since=timedelta(days=3))

    assert world.seen_by(world.lea, channel) == []


async def test_one_who_invites_it_again_is_greeted_again(world: World) -> None:
    channel = await invited(world)
    await world.env.advance_time(600)

    assert world.bot.user is not None
    world.env.backend.guilds[world.guild.id].members[world.bot.user.id].joined_at = world.env.now().isoformat()
    world.env.backend.emit("GUILD_DELETE", {"id": str(world.guild.id)})
    tell(world)
    await world.env.settle()

    assert len(world.seen_by(world.lea, channel)) == 2


@pytest.mark.parametrize(
    "obstacle",
    [None, {"send_messages": True}, {"view_channel": True}],
    ids=["no system channel", "may not write", "may not see"],
)
async def test_where_it_may_not_write_it_says_nothing_anywhere(world: World, obstacle: dict[str, bool] | None) -> None:
    before = len(world.env.http_requests)

    await invited(world, system_channel=obstacle is not None, denied=obstacle)

    assert [request for request in world.env.http_requests[before:] if request.method == "POST"] == []


async def test_a_greeting_that_cannot_be_kept_is_not_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> int:
        raise DatabaseError("database or disk is full")

    await world.services.database.execute("DELETE FROM guild_welcomes")
    monkeypatch.setattr(world.services.database, "execute", refuse)
    world.env.backend.guilds[world.guild.id].system_channel_id = world.general.id
    tell(world)
    await world.env.settle()

    assert world.seen_by(world.lea) == []


async def test_a_greeting_that_discord_refuses_stops_nothing(world: World) -> None:
    world.env.inject_error("POST", f"/channels/{world.general.id}/messages", status=403, code=50013)

    await invited(world)

    assert world.seen_by(world.lea) == []
    assert isinstance(world.bot, Lantern)
    assert (await world.maya.slash(world.general, "help")).ephemeral


async def test_a_greeting_over_a_broken_connection_is_not_sent_a_second_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(discord.TextChannel, "send", broken)
        await invited(world)
    tell(world)
    await world.env.settle()

    assert world.seen_by(world.lea) == [], "whether it arrived is not known, and one too many is worse than none"
    world.env.raise_errors()


async def test_the_greeting_is_in_the_servers_language(world: World, say: Say) -> None:
    say("fr", {"Administrators: `/setup` goes through what you can choose for this server.": "Pour vous : `/setup`."})
    world.env.backend.guilds[world.guild.id].preferred_locale = "fr"

    channel = await invited(world)

    assert "Pour vous : `/setup`." in read(world.seen_by(world.lea, channel)[0])
