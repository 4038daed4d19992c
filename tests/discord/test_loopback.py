"""The loopback Discord, proven with a bare discord.py bot before anything is measured or broken on it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands

from bench.bare_bot import ANSWER, BareBot
from lantern import PROJECT
from tests.discord import payloads, rest
from tests.discord.faults import Fault
from tests.discord.launch import pointed_at
from tests.discord.loopback import Loopback, outage
from tests.discord.payloads import TOKEN
from tests.discord.state import PATIENCE, Event
from tests.support.wire import connected


class Probe(BareBot):
    """The bare bot with one command for each thing the server should be able to do."""

    def __init__(self, **options: float) -> None:
        super().__init__(**options)
        self.go_on = asyncio.Event()
        self.went_wrong: asyncio.Queue[BaseException] = asyncio.Queue()
        group = app_commands.Group(name="twinflame", description="One view")

        @group.command(description="Says what it was given")
        async def runner(interaction: discord.Interaction, show: str = "me", times: int = 1) -> None:
            await interaction.response.send_message(f"{show} {times}")

        @runner.autocomplete("show")
        async def shows(_interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=f"{typed}!", value=typed)]

        @self.tree.command(description="Defers, follows up, edits and deletes")
        async def later(interaction: discord.Interaction) -> None:
            await interaction.response.defer(ephemeral=True)
            second = await interaction.followup.send("first", wait=True)
            await interaction.edit_original_response(content="edited")
            await interaction.followup.send("another", ephemeral=True)
            await second.delete()

        @self.tree.command(description="Answers when it is let")
        async def wait(interaction: discord.Interaction) -> None:
            await self.go_on.wait()
            await interaction.response.send_message("at last")

        @self.tree.context_menu(name="Look")
        async def look(interaction: discord.Interaction, message: discord.Message) -> None:
            await interaction.response.send_message(f"saw {message.content}")

        self.tree.add_command(group)
        self.tree.error(self._keep_error)

    async def _keep_error(self, _interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        self.went_wrong.put_nowait(getattr(error, "original", error))

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Identify at once; discord.py would wait five seconds between two."""

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        if interaction.type is discord.InteractionType.component:
            assert interaction.data is not None
            await interaction.response.edit_message(content=f"pressed {interaction.data.get('custom_id')}")


@pytest.fixture
async def server() -> AsyncIterator[Loopback]:
    async with Loopback(guilds=2) as server:
        yield server


@pytest.fixture
async def bot(server: Loopback) -> AsyncIterator[Probe]:
    bot = Probe()
    async with connected(server, bot):
        yield bot


def first_channel(server: Loopback) -> int:
    return int(next(iter(server.guilds.values()))["channels"][0]["id"])


async def test_a_slash_command_is_answered_and_timed(server: Loopback, bot: Probe) -> None:
    asked = await server.slash("fixed")
    request = await asked.answered()
    assert request.body["data"]["embeds"][0]["description"] == ANSWER
    assert request.status == 200
    assert asked.delay > 0
    assert asked.original is not None
    assert asked.original["flags"] == payloads.EPHEMERAL
    assert {guild.name for guild in bot.guilds} == {"Guild 0", "Guild 1"}
    assert server.unknown == []


async def test_subcommands_carry_options_and_autocomplete_what_was_typed(server: Loopback, bot: Probe) -> None:
    asked = await server.slash("twinflame", "runner", options={"show": "everyone", "times": 2})
    assert (await asked.answered()).body["data"]["content"] == "everyone 2"
    typing = await server.autocomplete("twinflame", "runner", focused="show", typed="ev")
    assert (await typing.answered()).body == {"type": 8, "data": {"choices": [{"name": "ev!", "value": "ev"}]}}


async def test_a_message_command_brings_its_message_and_a_button_edits_its_own(server: Loopback, bot: Probe) -> None:
    message = server.post(first_channel(server), "will it work out?")
    asked = await server.message_command("Look", message, person=payloads.MODERATOR)
    assert (await asked.answered()).body["data"]["content"] == "saw will it work out?"
    assert asked.original is not None
    pressed = await server.press(asked.original, "share:1")
    await pressed.answered()
    assert server.messages[int(asked.original["id"])]["content"] == "pressed share:1"


async def test_a_deferral_is_filled_edited_and_followed_up(server: Loopback, bot: Probe) -> None:
    asked = await server.slash("later")
    await server.until(lambda: server.sent("DELETE", "/webhooks/*"))
    assert bot.went_wrong.empty()
    assert [request.body.get("content") for request in server.sent("POST", "/webhooks/*")] == ["first", "another"]
    assert server.sent("PATCH", "/webhooks/*/messages/@original")[0].body["content"] == "edited"
    assert asked.original is not None
    assert int(asked.original["id"]) not in server.messages


async def test_an_interaction_delivered_twice_is_acknowledged_once(server: Loopback, bot: Probe) -> None:
    asked = await server.slash("fixed")
    await server.deliver(asked)
    error = await bot.went_wrong.get()
    assert sorted(request.status for request in asked.callbacks) == [200, 400]
    assert isinstance(error, discord.HTTPException)
    assert error.code == 40060


async def test_an_answer_after_three_seconds_finds_no_interaction(server: Loopback, bot: Probe) -> None:
    asked = await server.slash("wait")
    asked.sent[0] -= rest.ANSWER_WITHIN + 0.1  # as if it had been sent that much earlier
    bot.go_on.set()
    await server.until(lambda: asked.callbacks)
    assert asked.callbacks[0].status == 404
    assert not asked.first.done()


async def _events_after(server: Loopback, kind: str, act: Callable[[], Any]) -> list[Event]:
    before = len(server.events)
    await act()
    await server.until(lambda: any(event.kind == kind for event in list(server.events)[before:]))
    return list(server.events)[before:]


@pytest.mark.parametrize(
    ("fault", "comes_back_with"),
    [
        (lambda server: server.drop(), "resumed"),
        (lambda server: server.drop(code=4000), "resumed"),
        (lambda server: server.drop(code=1001), "resumed"),
        (lambda server: server.ask_to_reconnect(), "resumed"),
        (lambda server: server.invalidate(resumable=True), "resumed"),
        (lambda server: server.invalidate(resumable=False), "ready"),
    ],
    ids=["cut", "close 4000", "close 1001", "reconnect asked", "session invalid, resumable", "session invalid"],
)
async def test_the_gateway_fails_and_the_bot_comes_back(
    server: Loopback, bot: Probe, fault: Callable[[Loopback], Any], comes_back_with: str
) -> None:
    events = await _events_after(server, comes_back_with, lambda: fault(server))
    assert [event.kind for event in events if event.kind in ("identify", "resume")] == [
        "identify" if comes_back_with == "ready" else "resume"
    ]
    await (await server.slash("fixed")).answered()


async def test_what_was_asked_while_the_gateway_was_down_comes_with_the_resume(server: Loopback, bot: Probe) -> None:
    await server.drop()
    asked = [await server.slash("fixed") for _ in range(5)]
    for one in asked:
        await one.answered()
    assert len(server.happened("resumed")) == 1
    assert [len(one.callbacks) for one in asked] == [1] * 5


async def test_a_session_that_discord_forgot_is_started_anew(server: Loopback, bot: Probe) -> None:
    server.sessions.clear()
    await server.drop_all()
    await server.until(lambda: server.happened("refused") and len(server.happened("ready")) == 2)
    await (await server.slash("fixed")).answered()


async def test_unanswered_heartbeats_make_the_bot_reconnect() -> None:
    async with Loopback(heartbeat=0.05) as server, connected(server, Probe(heartbeat_timeout=0.3)):
        server.acknowledging = False
        await server.until(lambda: server.happened("resume"))
        server.heal()
        await (await server.slash("fixed")).answered()


async def test_a_wrong_token_is_refused(server: Loopback) -> None:
    bot = Probe()
    with pointed_at(server.base, server.gateway):
        async with bot:
            with pytest.raises(discord.LoginFailure):
                await bot.login("another")


async def test_shards_get_their_own_guilds_and_interactions() -> None:
    class Sharded(discord.AutoShardedClient):
        async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
            pass

        async def on_interaction(self, interaction: discord.Interaction) -> None:
            assert interaction.guild is not None
            await interaction.response.send_message(f"shard {interaction.guild.shard_id}")

    bot = Sharded(intents=discord.Intents(guilds=True))
    async with Loopback(guilds=4, shards=2) as server, connected(server, bot):
        assert [(event.shard, event.data) for event in server.happened("ready")] == [(0, 2), (1, 2)]
        answers = [(await (await server.slash("x", guild=guild)).answered()).body for guild in server.guilds]
        assert [answer["data"]["content"] for answer in answers] == ["shard 0", "shard 1"] * 2
        await server.drop(shard=1)
        await server.until(lambda: server.happened("resumed"))
        assert server.happened("resumed")[0].shard == 1


@pytest.mark.parametrize("everywhere", [False, True], ids=["of the route", "global"])
async def test_a_rate_limit_is_waited_out(server: Loopback, bot: Probe, everywhere: bool) -> None:
    channel = bot.get_partial_messageable(first_channel(server))
    server.fail("POST", "/channels/*/messages", Fault.rate_limited(0.15, everywhere=everywhere))
    await channel.send("hello")
    late, good = server.sent("POST", "/channels/*/messages")
    assert (late.status, good.status) == (429, 200)
    assert good.received - late.received >= 0.15


async def test_a_callback_survives_a_rate_limit_and_a_server_error(server: Loopback, bot: Probe) -> None:
    server.fail("POST", "/interactions/*", Fault.error(502))
    server.fail("POST", "/interactions/*", Fault.rate_limited(0.05))
    asked = await server.slash("fixed")
    await asked.answered()
    assert [request.status for request in asked.callbacks] == [502, 429, 200]


async def test_a_message_posted_but_not_confirmed_is_sent_again_and_its_nonce_keeps_it_one(
    server: Loopback, bot: Probe
) -> None:
    server.fail("POST", "/channels/*/messages", Fault.error(500, done=True))
    channel = bot.get_partial_messageable(first_channel(server))
    await channel.send("once")
    assert len(server.sent("POST", "/channels/*/messages")) == 2
    assert [message["content"] for message in server.messages.values()] == ["once"]
    await channel.send("once")
    assert len(server.messages) == 2


async def test_a_refusal_a_cut_and_a_slow_answer(server: Loopback, bot: Probe) -> None:
    channel = bot.get_partial_messageable(first_channel(server))
    server.fail("POST", "/channels/*/messages", Fault.refused(403, 50013, "Missing Permissions"))
    with pytest.raises(discord.Forbidden) as refused:
        await channel.send("no")
    assert refused.value.code == 50013
    server.fail("POST", "/channels/*/messages", Fault.cut())
    with pytest.raises((OSError, aiohttp.ClientError)):
        await channel.send("cut")
    assert len(server.messages) == 0
    release = asyncio.Event()
    server.fail("POST", "/channels/*/messages", Fault.slow(release))
    sending = asyncio.create_task(channel.send("slow"))
    await channel.typing()  # another route is served meanwhile
    assert not sending.done()
    release.set()
    assert (await sending).content == "slow"


async def test_a_kept_limit_slows_the_library_down_before_it_is_hit(server: Loopback, bot: Probe) -> None:
    server.limit("POST", "/channels/*/messages", 2, per=0.2)
    channel = bot.get_partial_messageable(first_channel(server))
    for number in range(5):
        await channel.send(str(number))
    posted = server.sent("POST", "/channels/*/messages")
    assert [request.status for request in posted] == [200] * 5
    assert posted[-1].received - posted[0].received >= 0.3


async def test_an_outage_ends_and_the_bot_is_back(server: Loopback, bot: Probe) -> None:
    async with outage(server):
        await server.drop()
        await server.until(lambda: server.refused_handshakes)
    await server.until(lambda: server.happened("resumed"))
    await (await server.slash("fixed")).answered()


async def test_messages_threads_and_forum_posts(server: Loopback, bot: Probe) -> None:
    text = bot.get_channel(first_channel(server))
    assert isinstance(text, discord.TextChannel)
    sent = await text.send("one")
    await sent.edit(content="two")
    assert (await text.fetch_message(sent.id)).content == "two"
    asked = server.post(text.id, "someone else's words")
    assert (await text.fetch_message(int(asked["id"]))).content == ""  # no message content intent
    reply = await text.send(
        "reply", reference=discord.MessageReference(message_id=int(asked["id"]), channel_id=text.id)
    )
    assert reply.type is discord.MessageType.reply
    with pytest.raises(discord.HTTPException) as gone:
        await text.send("reply", reference=discord.MessageReference(message_id=1, channel_id=text.id))
    assert gone.value.code == 50035
    thread = await sent.create_thread(name="about it")
    in_thread = await thread.send("inside")
    await thread.edit(archived=True)
    with pytest.raises(discord.HTTPException) as archived:
        await in_thread.edit(content="no")
    assert archived.value.code == 50083
    forum = discord.utils.get(text.guild.channels, name="questions")
    assert isinstance(forum, discord.ForumChannel)
    post = await forum.create_thread(name="library", content="first")
    assert post.message.id == post.thread.id
    await sent.delete()
    with pytest.raises(discord.NotFound):
        await text.fetch_message(sent.id)
    assert server.unknown == []


async def test_people_and_direct_messages(server: Loopback, bot: Probe) -> None:
    guild = bot.guilds[0]
    assert (await guild.fetch_member(payloads.MEMBER.id)).name == "member"
    with pytest.raises(discord.NotFound):
        await guild.fetch_member(5)
    user = await bot.fetch_user(payloads.MEMBER.id)
    await user.send("hello")
    (posted,) = server.sent("POST", "/channels/*/messages")
    asked = await server.slash("fixed", channel=int(posted.path.split("/")[2]))
    await asked.answered()
    assert "member" not in asked.payload


async def test_commands_are_kept_as_put(server: Loopback, bot: Probe) -> None:
    put = await bot.tree.sync()
    assert {command.name for command in put} == {"fixed", "twinflame", "later", "wait", "Look"}
    assert {command.id for command in await bot.tree.fetch_commands()} == {command.id for command in put}
    asked = await server.slash("fixed")
    assert int(asked.payload["data"]["id"]) in {command.id for command in put}


async def test_a_bot_of_many_guilds_is_sent_them_all() -> None:
    async with Loopback(guilds=300) as server:
        bot = Probe(guild_ready_timeout=0.1)
        async with connected(server, bot):
            await (await server.slash("fixed", guild=list(server.guilds)[-1])).answered()
            assert len(bot.guilds) == 300
            assert not any(guild.unavailable for guild in bot.guilds)
            assert [guild.id async for guild in bot.fetch_guilds(limit=None)] == sorted(server.guilds)


def test_only_the_loopback_is_pointed_at() -> None:
    with (
        pytest.raises(ValueError, match="is not on 127"),
        pointed_at("http://discord.example/api", "ws://127.0.0.1/"),
    ):
        pass


async def test_a_program_is_started_from_outside_and_stopped(server: Loopback) -> None:
    environment = os.environ | {
        "LOOPBACK_BASE": server.base,
        "LOOPBACK_GATEWAY": server.gateway,
        "DISCORD_TOKEN": TOKEN,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.discord.launch", "bench/bare_bot.py", cwd=PROJECT, env=environment
    )
    try:
        await server.ready()
        await (await server.slash("fixed")).answered()
    finally:
        process.terminate()  # not SIGINT, which a program started in the background does not hear
        await asyncio.wait_for(process.wait(), PATIENCE)
