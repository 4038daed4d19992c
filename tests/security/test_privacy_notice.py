"""Sentences of docs/privacy.md that no other test holds: no id of a member anywhere, and nobody else is spoken to."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import pytest

from lantern.answers.ask_cards import DONT_KEEP
from tests.discord.loopback import Loopback
from tests.discord.process import BotProcess
from tests.discord.state import PATIENCE
from tests.support.rows import columns
from tests.support.world import World, answer

CLEAR, UNRELATED = "why does he keep running away from me", "how do I bake sourdough bread on a rainy tuesday"


async def test_no_table_holds_an_id_or_a_name_of_a_member(world: World) -> None:
    """After whatever people can do by which anything is kept, each table is read whole."""
    await world.maya.slash(world.general, "twinflame runner", show="everyone")
    shown = answer(await world.maya.slash(world.general, "ask", question=CLEAR))
    await world.maya.click(shown, label="Post here")
    wrong = answer(await world.lea.slash(world.general, "ask", question=CLEAR))
    await world.lea.click(wrong, label="Not what I asked")
    helped = answer(await world.lea.slash(world.general, "ask", question=CLEAR))
    await world.lea.click(helped, label="Helpful")
    await world.lea.slash(world.general, "ask", question=f"{UNRELATED} <@{world.maya.id}> {world.noor.id}")
    message = await world.maya.send(world.general, CLEAR)
    menu = answer(await world.noor.context_menu(world.general, "Answer this", message))
    await world.noor.click(menu, label=world.content.articles[0].topics[0].question)
    await world.noor.slash(world.general, "answer", topic="twinflame/chaser", member=world.maya.user)
    card = answer(await world.maya.slash(world.general, "privacy"))
    await world.maya.click(card, label="Don't count me")
    gone = answer(await world.lea.slash(world.general, "privacy"))
    await world.lea.click(gone, label="Forget me")
    await world.lea.click(gone, label="Yes, forget me")
    await world.lea.user.slash("ask", question=CLEAR)

    filled = {}
    for table in {row["table"] for row in await columns(world)}:
        filled[table] = await world.rows(f"SELECT * FROM {table}")  # noqa: S608
    assert {"questions", "misses", "corrections", "links", "opt_outs", "forgotten"} <= {
        table for table, rows in filled.items() if rows
    }
    values = [str(value) for rows in filled.values() for row in rows for value in row.values()]
    for person in (world.maya, world.lea, world.noor, world.asha):
        assert not [value for value in values if str(person.id) in value or person.user.name == value.lower()]


async def test_what_a_member_deletes_is_deleted_at_once_whatever_the_clock_shows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.services.discord_time, "doubt", lambda: "This machine's clock is wrong.")
    await world.maya.slash(world.general, "twinflame runner")
    missed = answer(await world.maya.slash(world.general, "ask", question=UNRELATED))

    await world.maya.click(missed, label=DONT_KEEP)
    card = answer(await world.maya.slash(world.general, "privacy"))
    await world.maya.click(card, label="Forget me")
    await world.maya.click(card, label="Yes, forget me")

    assert await world.rows("SELECT * FROM misses") == []
    assert [row["member_key"] for row in await world.rows()] == [None]


def spoken_to(process: int) -> set[int]:
    """The ports to which a process has a connection, and of which none may be on another machine."""
    sockets = {path.readlink().name for path in Path(f"/proc/{process}/fd").iterdir() if path.is_symlink()}
    ports = set()
    for kind in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{process}/net/{kind}").read_text().splitlines()[1:]:
            fields = line.split()
            if f"socket:[{fields[9]}]" in sockets:
                address, _, port = fields[2].partition(":")
                assert kind == "tcp"
                assert address == "0100007F", "127.0.0.1"
                ports.add(int(port, 16))
    return ports


@pytest.mark.skipif(sys.platform != "linux", reason="connections are read from /proc")
async def test_the_bot_speaks_to_discord_and_to_nobody_else(tmp_path: Path) -> None:
    """A whole process on a file: its only connections lead to the Discord that it was pointed at."""
    async with Loopback() as server:
        environment = {"LANTERN_DATABASE": str(tmp_path / "l.sqlite3")}
        bot = await BotProcess.start(server, ["bot.py", "run"], environment=environment, log=tmp_path / "log")
        try:
            await bot.ready(server)
            for topic in ("runner", "chaser"):
                await (await server.slash("twinflame", topic)).answered()
            discord = {int(port) for port in re.findall(r"//127\.0\.0\.1:(\d+)", f"{server.base} {server.gateway}")}
            async with asyncio.timeout(PATIENCE):
                while spoken_to(bot.process.pid) != discord:
                    await asyncio.sleep(0.01)
        finally:
            await bot.kill()
