"""The log, while everything that a member can do is late, cut and refused: no id, no name, no word, no token in it."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any, Literal

import pytest

from lantern.admin.setup_cards import FORM, OPEN
from lantern.content.models import Content
from lantern.runtime import gateway, logs
from lantern.runtime.client import Lantern
from lantern.runtime.settings import Settings
from tests.discord.faults import Fault
from tests.discord.loopback import Loopback, outage
from tests.discord.payloads import ADMINISTRATOR, MEMBER, MODAL, MODERATOR, PEOPLE, TOKEN, Json, Person
from tests.discord.state import Asked
from tests.support import wire
from tests.support.reliability import tried
from tests.support.wire import Wired, connected, custom_id, hurried, rows, settled

WORDS = "my neighbour Xanthippe left me in Ouagadougou"
XANTHIPPE = replace(MEMBER, name="xanthippe_of_old")
LIBRARIES = ("discord", "aiohttp", "asyncio", "aiosqlite", "asyncpg")


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries come at once."""
    monkeypatch.setattr(wire, "HASTE", 0.0001)
    hurried(monkeypatch)


@pytest.fixture
async def bot(server: Loopback, settings: Settings, content: Content) -> AsyncIterator[Lantern]:
    async with connected(server, Wired(settings, content)) as bot:
        yield bot


@contextlib.contextmanager
def log_at(level: str, form: Literal["text", "json"]) -> Iterator[io.StringIO]:
    """Log as `bot.py run` does, and let libraries tell all they have."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    rooms = [logging.getLogger(name) for name in (*logs.OURS, *LIBRARIES)]
    levels = [room.level for room in rooms]
    written = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", written)
        root.handlers = []
        logs.set_up(level, form, [TOKEN])
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(level)
    try:
        yield written
    finally:
        root.handlers, root.level = before
        for room, was in zip(rooms, levels, strict=True):
            room.setLevel(was)


Door = Callable[[Loopback, Json], Awaitable[Asked]]


async def sent_form(server: Loopback, _card: Json) -> Asked:
    field = {"type": 18, "component": {"type": 4, "custom_id": "contacts", "value": WORDS}}
    data = {"custom_id": f"{FORM}:contacts", "components": [field]}
    return await server.interaction(MODAL, data, person=ADMINISTRATOR)


def person(who: Person) -> Person:
    return replace(who, name=XANTHIPPE.name)


DOORS: dict[str, Door] = {
    "a slash command": lambda server, _: server.slash("ask", options={"question": WORDS}, person=XANTHIPPE),
    "one that says no": lambda server, _: server.slash("answer", options={"topic": WORDS}, person=person(MODERATOR)),
    "autocomplete": lambda server, _: server.autocomplete("ask", focused="question", typed=WORDS, person=XANTHIPPE),
    "a press": lambda server, card: server.press(card, custom_id(card, "share:"), person=XANTHIPPE),
    "a press that is unknown": lambda server, card: server.press(card, WORDS, person=XANTHIPPE),
    "a menu": lambda server, card: server.press(card, "topic:twinflame", [WORDS], person=XANTHIPPE),
    "a message command": lambda server, card: server.message_command(
        "Answer this", server.post(int(card["channel_id"]), WORDS, XANTHIPPE), person=person(MODERATOR)
    ),
    "a form to open": lambda server, card: server.press(card, f"{OPEN}:contacts", person=person(ADMINISTRATOR)),
    "a form that was sent": sent_form,
    "/privacy": lambda server, _: server.slash("privacy", person=XANTHIPPE),
}
QUOTED = f'Invalid Form Body\nIn data.content: Value "{WORDS} {MEMBER.id}" is not allowed.'
FAULTS = {
    "too late": Fault.refused(404, 10062, "Unknown interaction"),
    "cut": Fault.cut(),
    "refused, and what was sent is quoted": Fault.refused(400, 50035, QUOTED),
    "forbidden": Fault.refused(403, 50013, "Missing Permissions"),
    "500": Fault.error(500),
    "429": Fault.rate_limited(0.1),
    "taken": None,
}


async def use(server: Loopback, door: Door, card: Json, tokens: list[str]) -> None:
    """Go through a door, and wait until all is done about it; its token is added."""
    used = await door(server, card)
    tokens.append(used.token)
    await server.until(lambda: used.callbacks)
    await settled()


@pytest.mark.parametrize(
    ("level", "form"), [("DEBUG", "text"), ("INFO", "json"), ("WARNING", "text"), ("ERROR", "json")]
)
async def test_no_door_lets_a_member_into_the_log(
    server: Loopback, bot: Lantern, level: str, form: Literal["text", "json"]
) -> None:
    asked = await server.slash("twinflame", "runner", person=XANTHIPPE)
    await asked.answered()
    await settled()
    assert asked.original is not None
    tokens = [asked.token]
    with log_at(level, form) as written:
        for fault in FAULTS.values():
            for door in DOORS.values():
                if fault is not None:
                    for where in ("/interactions/*", "/webhooks/*", "/channels/*"):
                        server.fail("*", where, fault, times=100)
                await use(server, door, asked.original, tokens)
                server.heal()
        log = written.getvalue()

    for secret in (WORDS, "Xanthippe", "Ouagadougou", "xanthippe_of_old", *map(str, PEOPLE), TOKEN, *tokens):
        assert secret not in log, secret
    assert "Ignoring exception in autocomplete for 'ask'" in log
    assert "User: (id)" in log
    assert await rows(bot) != []
    tried(
        "Discord",
        f"ten things that members do, each late, cut and refused in six ways, at log level {level}",
        saw="what the other lines of this table say",
        lost="nothing; no id, no name, no word and no token in the log",
    )


async def test_what_nobody_foresaw_is_told_without_its_words(
    server: Loopback, bot: Lantern, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any, **__: Any) -> None:
        try:
            raise RuntimeError(f"{WORDS} {MEMBER.id}")
        except RuntimeError as error:
            raise ValueError(WORDS) from error

    def suggests(*_: Any) -> list[Any]:
        raise KeyError(WORDS)

    monkeypatch.setattr(bot.services.giving, "give", fails)
    monkeypatch.setattr(bot.services.asking, "suggest", suggests)
    with log_at("DEBUG", "text") as written:
        await server.autocomplete("ask", focused="question", typed=WORDS, person=XANTHIPPE)
        await (await server.slash("twinflame", "runner", person=XANTHIPPE)).answered()
        await settled()
        loop = asyncio.get_running_loop()
        loop.call_exception_handler({"message": f"Exception in callback show({WORDS!r})", "exception": KeyError(WORDS)})
        log = written.getvalue()

    assert "unforeseen error, reference" in log
    assert "Ignoring exception in autocomplete" in log
    assert "Exception in callback" in log
    for secret in ("Xanthippe", str(MEMBER.id)):
        assert secret not in log


async def test_an_outage_is_a_few_lines(server: Loopback, bot: Lantern) -> None:
    with log_at("INFO", "text") as written:
        async with outage(server):
            await server.drop()
            await server.until(lambda: server.refused_handshakes >= 12)
        await server.until(lambda: len(server.happened("ready")) == 2)
        server.fail("POST", "/interactions/*", Fault.cut(), times=10_000)
        for _ in range(60):
            asked = await server.slash("twinflame", "runner")
            await server.until(lambda asked=asked: asked.callbacks)  # type: ignore[misc]
        await settled()
        log = [line for line in written.getvalue().splitlines() if " INFO lantern." not in line]

    assert len(log) <= 6, log
    assert any("Attempting a reconnect for shard ID 0" in line and "more like it)" in line for line in log)
    tried(
        "Discord",
        "an outage of a dozen connections that are refused, then sixty answers that are cut",
        saw="Discord's own “did not respond” during it",
        lost="nothing of the log: a line for each kind of trouble, and how often it came again",
    )


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        ('{"t": "MESSAGE_CREATE"}', "MESSAGE_CREATE"),
        ('{"t": {"user": {"id": "987654321098765432"}}}', "no event"),
        (f'{{"t": "{WORDS}"}}', "no event"),
        ('{"t": null}', "no event"),
        ("[]", "no event"),
    ],
)
def test_of_a_frame_that_cannot_be_read_the_event_alone_is_named(frame: str, name: str) -> None:
    assert gateway._event_of(frame) == name
