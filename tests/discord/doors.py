"""Every way in which what somebody writes reaches the bot, on the loopback Discord: one function for each.

Each sends the text and returns what the bot is asked; `turns` tells how much the event loop did in one go meanwhile.
Discord itself lets nobody write as much in some of them as is sent here.
"""

from __future__ import annotations

import asyncio
import sys
import time
from asyncio import events
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.discord.loopback import Loopback
from tests.discord.payloads import ADMINISTRATOR, MODAL, MODERATOR, Json
from tests.discord.state import Asked

Door = Callable[[Loopback, str], Awaitable[Asked]]


async def ask(server: Loopback, text: str) -> Asked:
    return await server.slash("ask", options={"question": text})


async def ask_key_stroke(server: Loopback, text: str) -> Asked:
    return await server.autocomplete("ask", focused="question", typed=text)


async def answer_topic(server: Loopback, text: str) -> Asked:
    return await server.slash("answer", options={"topic": text}, person=MODERATOR)


async def answer_link(server: Loopback, text: str) -> Asked:
    return await server.slash("answer", options={"topic": "twinflame/runner", "message": text}, person=MODERATOR)


async def answer_key_stroke(server: Loopback, text: str) -> Asked:
    return await server.autocomplete("answer", focused="topic", typed=text, person=MODERATOR)


async def trend(server: Loopback, text: str) -> Asked:
    return await server.slash("insights", "trend", options={"topic": text}, person=ADMINISTRATOR)


async def trend_key_stroke(server: Loopback, text: str) -> Asked:
    return await server.autocomplete("insights", "trend", focused="topic", typed=text, person=ADMINISTRATOR)


def _posted(server: Loopback, text: str) -> Json:
    channel = int(next(iter(server.guilds.values()))["channels"][0]["id"])
    return server.post(channel, text)


async def message(server: Loopback, text: str) -> Asked:
    return await server.message_command("Answer this", _posted(server, text), person=MODERATOR)


def _form(name: str) -> Door:
    async def send(server: Loopback, text: str) -> Asked:
        box = {"type": 18, "component": {"type": 4, "custom_id": name, "value": text}}
        data = {"custom_id": f"set-form:{name}", "components": [box]}
        return await server.interaction(MODAL, data, person=ADMINISTRATOR, message=_posted(server, "the form's"))

    return send


DOORS: dict[str, Door] = {
    "/ask": ask,
    "a key stroke of /ask": ask_key_stroke,
    "/answer": answer_topic,
    "/answer, the message": answer_link,
    "a key stroke of /answer": answer_key_stroke,
    "/insights trend": trend,
    "a key stroke of /insights trend": trend_key_stroke,
    "Answer this": message,
    "the form of the contacts": _form("contacts"),
    "the form of the time zone": _form("zone"),
    "the form of the quiet minutes": _form("quiet"),
}


class Turns:
    """What single turns of the event loop came to: the most of it."""

    def __init__(self) -> None:
        self.most = 0.0


@contextmanager
def turns(*, calls: bool) -> Iterator[Turns]:
    """Watch every turn of asyncio's event loop: how many ``calls`` it makes, or how many seconds it takes."""
    found, count, run = Turns(), 0, events.Handle._run

    def called(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    def counted(handle: asyncio.Handle) -> None:
        nonlocal count
        count = 0
        sys.setprofile(called)
        try:
            run(handle)
        finally:
            sys.setprofile(None)
            found.most = max(found.most, count)

    def timed(handle: asyncio.Handle) -> None:
        began = time.perf_counter()
        try:
            run(handle)
        finally:
            found.most = max(found.most, time.perf_counter() - began)

    events.Handle._run = counted if calls else timed  # type: ignore[method-assign, assignment]
    try:
        yield found
    finally:
        events.Handle._run = run  # type: ignore[method-assign]
