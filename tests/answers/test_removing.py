"""**Remove this answer**: who may take an answer back, and what is counted then."""

from __future__ import annotations

import sqlite3

import discord
import pytest
import simcord

from lantern.answers.removing import MAY_NOT
from lantern.store.database import DatabaseError
from tests.support.linking import ASKED, DANGER, linked, links, menu, public
from tests.support.world import World, answer, read


async def remove(world: World, person: simcord.MemberActor, message: discord.Message) -> str:
    """What a person reads after **Remove this answer**."""
    result = await person.context_menu(world.general, "Remove this answer", message)
    assert result.ephemeral
    return read(answer(result))


async def public_answer(world: World, how: str) -> discord.Message:
    """An answer of Lantern's that stands in the channel, because of Maya."""
    if how == "asked":
        await world.maya.slash(world.general, "twinflame runner", show="everyone")
    else:
        asked = await world.maya.slash(world.general, "twinflame runner")
        await world.maya.click(answer(asked), label="Post here")
    return public(world)[-1]


@pytest.mark.parametrize("how", ["asked", "shared"])
@pytest.mark.parametrize("who", ["maya", "noor"])
async def test_who_asked_and_who_moderates_may_take_an_answer_back(world: World, how: str, who: str) -> None:
    card = await public_answer(world, how)
    assert len(await world.rows()) == 1

    assert await remove(world, getattr(world, who), card) == "Removed, and not counted."

    assert public(world) == []
    assert await world.rows() == []
    assert await world.rows("SELECT * FROM daily_topics") == []
    assert not (await world.lea.slash(world.general, "twinflame runner", show="everyone")).ephemeral


@pytest.mark.parametrize("how", ["asked", "shared", "linked"])
async def test_nobody_else_may(world: World, how: str) -> None:
    card = (await linked(world))[1] if how == "linked" else await public_answer(world, how)

    assert (await remove(world, world.lea, card)).startswith("Only the member who asked")

    assert public(world) == [card]
    assert len(await world.rows() + await links(world)) == 1


@pytest.mark.parametrize("whole", [False, True])
async def test_who_linked_it_may_without_managing_messages(world: World, whole: bool) -> None:
    typed = await world.noor.slash(world.general, "answer", topic="twinflame/runner", whole=whole)
    assert typed.ephemeral
    world.env.backend.guilds[world.guild.id].members[world.noor.id].role_ids.clear()
    (card,) = public(world)

    assert await remove(world, world.noor, card) == "Removed, and not counted."

    assert public(world) == []
    assert await links(world) == []


async def test_who_posted_a_quiet_card_may_take_it_back(world: World) -> None:
    shown = await menu(world, await world.maya.send(world.general, DANGER))
    await world.noor.click(shown, label="Post a quiet card")
    world.env.backend.guilds[world.guild.id].members[world.noor.id].role_ids.clear()
    (card,) = public(world)

    assert (await remove(world, world.lea, card)).startswith("Only the member who asked")
    assert await remove(world, world.noor, card) == "Removed, and not counted."


@pytest.mark.parametrize(("how", "who"), [("asked", "maya"), ("shared", "noor"), ("linked", "noor")])
async def test_past_retention_only_the_message_goes(world: World, how: str, who: str) -> None:
    card = (await linked(world))[1] if how == "linked" else await public_answer(world, how)
    totals = await world.rows("SELECT * FROM daily_topics")
    await world.services.database.execute("DELETE FROM questions")
    await world.services.database.execute("DELETE FROM links")

    assert await remove(world, getattr(world, who), card) == "Removed, and not counted."

    assert public(world) == []
    assert await world.rows("SELECT * FROM daily_topics") == totals


async def test_what_is_no_answer_is_not_removed(world: World) -> None:
    assert world.bot.user is not None
    theirs = await world.maya.send(world.general, ASKED)
    world.env.backend.create_message(world.general.id, world.bot.user.id, "Welcome.")
    (mine,) = public(world)

    assert "Lantern did not write that message." in await remove(world, world.noor, theirs)
    assert "is not an answer" in await remove(world, world.noor, mine)

    assert public(world) == [mine]


async def test_an_answer_that_cannot_be_removed_is_still_counted(world: World) -> None:
    card = await public_answer(world, "asked")
    world.env.inject_error("DELETE", "/channels/*/messages/*", status=403, code=50001)

    assert "**View Channel**" in await remove(world, world.maya, card)

    assert len(await world.rows()) == 1


async def test_while_nobody_can_look_up_who_asked_only_others_are_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: object) -> list[sqlite3.Row]:
        raise DatabaseError("disk I/O error")

    card = await public_answer(world, "asked")
    monkeypatch.setattr(world.services.database, "fetch", gone)

    assert await remove(world, world.lea, card) == MAY_NOT
    assert public(world) == [card]
    assert await remove(world, world.maya, card) == "Removed, and not counted."


async def test_an_answer_that_is_gone_is_not_counted(world: World) -> None:
    card = await public_answer(world, "asked")
    world.env.inject_error("DELETE", "/channels/*/messages/*", status=404, code=10008)

    assert await remove(world, world.maya, card) == "It was gone already, and is not counted."

    assert await world.rows() == []


async def test_who_asked_a_moment_ago_takes_the_answer_back_before_its_row_is_written(world: World) -> None:
    world.services.database.gathering = 3600
    card = await public_answer(world, "shared")

    assert await remove(world, world.maya, card) == "Removed, and not counted."
    assert public(world) == []
    assert await world.rows() == []
