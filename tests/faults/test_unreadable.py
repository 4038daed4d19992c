"""What Discord sends and cannot be read: each event, each field of it, and each answer to a request of the start."""

from __future__ import annotations

import copy
import itertools
import json
import logging
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from lantern.content.models import Content
from lantern.runtime.settings import Settings
from tests.discord import payloads
from tests.discord.faults import Fault
from tests.discord.loopback import Loopback
from tests.discord.payloads import AUTOCOMPLETE, COMMAND, COMPONENT, MEMBER, MODAL, Json
from tests.support import wire
from tests.support.reliability import tried
from tests.support.spoiling import as_json, spoiled
from tests.support.wire import Wired, answered, connected, hurried, rows, settled


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    hurried(monkeypatch)
    monkeypatch.setattr("lantern.runtime.gateway.waits", lambda: itertools.repeat(0.0))
    caplog.set_level(logging.WARNING)


def events(server: Loopback) -> Iterator[tuple[str, Json]]:
    """One of each kind that a bot with the intent `guilds` is sent, about the first guild."""
    guild = copy.deepcopy(next(iter(server.guilds.values())))
    guild_id, channel, thread = guild["id"], guild["channels"][0], guild["threads"][0]
    role = guild["roles"][0] | {"id": "5", "name": "role", "color": 0, "hoist": False, "managed": False}
    stage = {"id": "6", "guild_id": guild_id, "channel_id": channel["id"], "topic": "t", "privacy_level": 2}
    yield "GUILD_CREATE", guild | {"channels": guild["channels"][:1] + guild["channels"][3:]}
    yield "GUILD_UPDATE", {name: guild[name] for name in guild if name not in ("channels", "threads", "members")}
    yield "GUILD_ROLE_CREATE", {"guild_id": guild_id, "role": role}
    yield "GUILD_ROLE_UPDATE", {"guild_id": guild_id, "role": role}
    yield "GUILD_ROLE_DELETE", {"guild_id": guild_id, "role_id": role["id"]}
    yield "CHANNEL_CREATE", channel | {"guild_id": guild_id, "id": "7"}
    yield "CHANNEL_UPDATE", channel | {"guild_id": guild_id}
    yield "CHANNEL_PINS_UPDATE", {"guild_id": guild_id, "channel_id": channel["id"], "last_pin_timestamp": None}
    yield "THREAD_CREATE", thread | {"guild_id": guild_id, "id": "8", "newly_created": True}
    yield "THREAD_UPDATE", thread | {"guild_id": guild_id}
    yield "THREAD_LIST_SYNC", {"guild_id": guild_id, "threads": [thread], "members": []}
    yield "THREAD_MEMBERS_UPDATE", {"guild_id": guild_id, "id": thread["id"], "member_count": 1, "added_members": []}
    yield "THREAD_DELETE", {"guild_id": guild_id, "id": "8", "parent_id": channel["id"], "type": 11}
    yield "CHANNEL_DELETE", channel | {"guild_id": guild_id, "id": "7"}
    yield "STAGE_INSTANCE_CREATE", stage
    yield "STAGE_INSTANCE_UPDATE", stage
    yield "STAGE_INSTANCE_DELETE", stage
    yield "USER_UPDATE", payloads.bot_user()
    yield "GUILD_DELETE", {"id": guild_id, "unavailable": True}


async def interactions(server: Loopback) -> list[Json]:
    """One of each kind, sound: they are sent, too, and answered."""
    asked = await server.slash("twinflame", "runner")
    await asked.answered()
    assert asked.original is not None
    typed = await server.autocomplete("ask", focused="question", typed="why")
    message = server.post(asked.channel_id, "why does he run")
    command = await server.message_command("Answer this", message, person=payloads.MODERATOR)
    pressed = await server.press(asked.original, "r:twinflame:runner:chaser")
    field = {"type": 18, "id": 1, "component": {"type": 4, "id": 2, "custom_id": "x", "value": "words"}}
    form = await server.interaction(MODAL, {"custom_id": "form", "components": [field]}, person=MEMBER)
    for one in (typed, command, pressed, form):
        await one.answered()
    kinds = [one.payload["type"] for one in (asked, typed, command, pressed, form)]
    assert kinds == [COMMAND, AUTOCOMPLETE, COMMAND, COMPONENT, MODAL]
    return [copy.deepcopy(one.payload) for one in (asked, typed, command, pressed, form)]


async def send(server: Loopback, name: Any, data: Any) -> None:
    (session,) = server.of_shard(0)
    await session.dispatch(name, as_json(data))


async def test_an_event_that_cannot_be_read_is_skipped(
    settings: Settings, content: Content, caplog: pytest.LogCaptureFixture
) -> None:
    async with Loopback(guilds=2) as server, connected(server, Wired(settings, content)) as bot:
        sent = 0
        every: list[tuple[str, Any]] = list(events(server))
        every += [("INTERACTION_CREATE", payload) for payload in await interactions(server)]
        for name, sound in every:
            for _how, data in spoiled(sound):
                await send(server, name, data)
                sent += 1
            await send(server, name, sound)
        frames = [b"", b"{", b"[]", b"null", b'"x"', b'{"op": "x"}', b'{"op": 0, "t": [], "d": 1}', b"{}"]
        frames += [
            b'{"op": 0, "t": "CHANNEL_UPDATE", "d": ' + b"[" * deep + b"]" * deep + b"}" for deep in (1_100, 10**5)
        ]
        frames += [b"[" * 10**5, b'{"d":' * 10**5]
        (session,) = server.of_shard(0)
        assert session.link is not None
        for frame in frames:
            await session.link.send(frame)
        await settled()

        asked = await server.slash("twinflame", "hope", guild=list(server.guilds)[1])
        await asked.answered()
        await settled()
        assert "## " in answered(asked)
        assert [row[0] for row in await rows(bot, "SELECT topic FROM questions WHERE topic = 'hope'")] == ["hope"]
        assert len(server.happened("identify")) == 1, "the connection stayed"
        skipped = [line for line in caplog.messages if "cannot be read, and is skipped" in line]
        assert len(skipped) > 100
        assert {line.split(": ")[1].split(" (")[0] for line in skipped} >= {"INTERACTION_CREATE", "CHANNEL_UPDATE"}
    tried(
        "Discord",
        f"{sent} events, each with one field missing, null, of another kind, or with half a character in it",
        saw="the card, for whatever is asked after them",
        lost="what those events said; nothing else: the connection stays, and the process",
    )


async def begun_anew(server: Loopback, times: int) -> None:
    await server.until(lambda: len(server.happened("ready")) >= times and not any(server.instead.values()))
    await server.ready()


def identified_again(server: Loopback, before: int) -> bool:
    return len(server.happened("identify")) > before


async def test_a_session_whose_beginning_cannot_be_read_is_begun_anew(
    settings: Settings, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "HASTE", 0)
    async with Loopback() as server:
        # At the start discord.py waits five seconds for the next try, a tenth here.
        hellos: list[Any] = [None, {}, {"heartbeat_interval": "x"}]
        server.instead["HELLO"] = deque(map(as_json, hellos))
        async with connected(server, Wired(settings, content)) as bot:
            assert not server.instead["HELLO"]
            (ready,) = [json.loads(frame)["d"] for _, frame in next(iter(server.sessions.values())).kept][:1]
            wrong = [data for how, data in spoiled(ready) if how.split(".")[0].split(" ")[0] not in SELDOM_READ]
            server.instead["READY"] = deque(map(as_json, wrong))
            for _ in (*wrong, "and one that can be read"):
                # Of those that discord.py takes all the same, the next is begun by hand.
                begun = partial(identified_again, server, len(server.happened("identify")))
                server.sessions.clear()
                await server.drop_all()
                await server.until(begun)
            assert not server.instead["READY"]
            await server.ready()

            resumed: list[Any] = [None, "x", []]
            for data in resumed:
                before = len(server.happened("ready"))
                await send(server, "RESUMED", data)
                await begun_anew(server, before + 1)
            (session,) = server.of_shard(0)
            assert session.link is not None
            before = len(server.happened("ready"))
            await session.link.ws.send_bytes(b"\x00 not packed \x00\x00\xff\xff")
            await begun_anew(server, before + 1)

            asked = await server.slash("twinflame", "runner")
            await asked.answered()
            await settled()
            assert "## " in answered(asked)
            assert len(await rows(bot)) == 1
    tried(
        "Discord",
        f"{len(wrong)} sessions whose beginning cannot be read, and a stream that cannot be unpacked",
        saw="no answer until a session that can be read has begun; then the card",
        lost="nothing: 1 of 1 row",
    )


SELDOM_READ = ("v", "application", "guilds")
"""Fields of READY without which discord.py begins all the same."""

GATEWAY: Json = {"shards": 1, "session_start_limit": {}}
ANSWERS: dict[str, tuple[str, Any]] = {
    "who it is": ("/users/@me", payloads.bot_user()),
    "what it is": ("/oauth2/applications/@me", payloads.application(1)),
    "how many shards there are": ("/gateway/bot", {"url": "", "shards": 1, "session_start_limit": {}}),
}
REFUSALS = {
    "403": Fault.error(403),
    "401 and a page of HTML": Fault(401, "<html></html>"),
    "429 without an end": Fault.error(429),
    "503": Fault.error(503),
    "502, five times": Fault.error(502),
    "200 and a page of HTML": Fault(200, "<html></html>"),
    "HTML that is called JSON": Fault(200, "<html></html>", {"Content-Type": "application/json"}),
    "a cut connection": Fault.cut(),
}
TIMES = {"502, five times": 10, "a cut connection": 4}
"""Requests that fail until two tries have: discord.py sends the one five times, and aiohttp the other twice."""


@pytest.mark.parametrize("asked_for", ANSWERS)
@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_start_that_discord_refuses_or_does_not_understand_is_tried_again(
    settings: Settings, content: Content, caplog: pytest.LogCaptureFixture, asked_for: str, refusal: str
) -> None:
    path, _ = ANSWERS[asked_for]
    async with Loopback() as server:
        server.fail("GET", path, REFUSALS[refusal], times=TIMES.get(refusal, 2))
        await started(server, settings, content)
    sentences = [line for line in caplog.messages if line.endswith(("is tried again in 0 s.", "asked again in 0 s."))]
    assert len(sentences) == 2, caplog.messages
    tried(
        "Discord",
        f"at the start, asked {asked_for}, Discord answers twice with {refusal}",
        saw="no answer until Discord lets it in; then the card",
        lost="nothing: 1 of 1 row",
    )


@pytest.mark.parametrize("asked_for", ANSWERS)
async def test_a_start_whose_answers_cannot_be_read_is_tried_again(
    settings: Settings, content: Content, asked_for: str
) -> None:
    path, sound = ANSWERS[asked_for]
    async with Loopback() as server:
        wrong = [data for _, data in spoiled(sound | {"url": server.gateway} if "url" in sound else sound)]
        for data in wrong:
            server.fail("GET", path, Fault(200, json.dumps(data), {"Content-Type": "application/json"}))
        await started(server, settings, content)


@pytest.mark.parametrize("shards", [0, -3])
async def test_how_many_shards_there_are_is_asked_again_where_it_is_none(
    settings: Settings, content: Content, caplog: pytest.LogCaptureFixture, shards: int
) -> None:
    async with Loopback() as server:
        server.fail("GET", "/gateway/bot", Fault(200, GATEWAY | {"url": server.gateway, "shards": shards}))
        await started(server, settings, content)
    assert "cannot be read (ValueError). How many shards there are is asked again" in caplog.text
    tried(
        "Discord",
        f"at the start it says once that there are {shards} shards",
        saw="no answer until it says how many; then the card",
        lost="nothing: 1 of 1 row",
    )


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1/", "<html>"])
async def test_a_wrong_address_of_the_gateway_is_tried_once(settings: Settings, content: Content, url: str) -> None:
    async with Loopback() as server:
        server.fail("GET", "/gateway/bot", Fault(200, GATEWAY | {"url": url}))
        await started(server, settings, content)
    tried(
        "Discord",
        "at the start it tells once a wrong address of its gateway",
        saw="the card, five seconds later",
        lost="nothing: 1 of 1 row",
    )


async def started(server: Loopback, settings: Settings, content: Content) -> None:
    """It gets in in the end, and answers."""
    async with connected(server, Wired(replace(settings, shards=None), content)) as bot:
        asked = await server.slash("twinflame", "runner")
        await asked.answered()
        await settled()
        assert "## " in answered(asked)
        assert len(await rows(bot)) == 1


@pytest.mark.parametrize("answer", [None, {"x": 1}, [1], [{}], "<html>", [{"id": None}]], ids=str)
async def test_a_command_list_that_is_none_is_asked_for_again(
    settings: Settings, content: Content, caplog: pytest.LogCaptureFixture, answer: Any
) -> None:
    async with Loopback() as server:
        server.fail("PUT", "/applications/*/commands", Fault(200, answer if answer is not None else "null"))
        async with connected(server, Wired(settings, content)) as bot:
            assert bot.services.command_sync.due
            assert "Discord's answer to the commands cannot be read" in caplog.text
            await bot.services.command_sync.again()
            assert not bot.services.command_sync.due
            assert bot.services.commands.ids
    tried(
        "Discord",
        "the answer to the commands at the start is no list of commands",
        saw="the card",
        lost="nothing; the commands are sent again within a minute",
    )
