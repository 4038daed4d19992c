"""Messages that a moderator answers: the menu, the cards, and the rows of links."""

from __future__ import annotations

from typing import Any

import discord
import simcord
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from lantern.ui.cards import walk
from tests.support.world import Shown, World, answer, components_of, read

DANGER = "he left and i just want to die"
ASKED = "he vanished after the best week of my life, is he the runner??"


async def links(world: World) -> list[dict[str, Any]]:
    """All rows of links."""
    return await world.rows("SELECT * FROM links ORDER BY id")


async def menu(
    world: World,
    message: discord.Message,
    channel: simcord.ChannelHandle | None = None,
    *,
    by: simcord.MemberActor | None = None,
) -> simcord.ResponseMessage:
    """What a moderator sees after **Answer this**."""
    return answer(await (by or world.noor).context_menu(channel or world.general, "Answer this", message))


async def linked(
    world: World, text: str = ASKED, key: str = "runner"
) -> tuple[simcord.ResponseMessage, discord.Message]:
    """Maya wrote, Noor linked a topic: Noor's private reply, and the card as a bystander sees it."""
    message = await world.maya.send(world.general, text)
    shown = await menu(world, message)
    await choose(world.noor, shown, key)
    return shown, public(world)[-1]


async def choose(person: simcord.MemberActor, shown: Shown, key: str) -> simcord.InteractionResult:
    """Choose a topic in the menu of all topics."""
    select = next(part for part in walk(components_of(shown)) if part["type"] == 3)
    return await person.select(shown, [key], custom_id=select["custom_id"])


def public(world: World, channel: simcord.ChannelHandle | None = None) -> list[discord.Message]:
    """The bot's messages that all see, as a bystander sees them, oldest first."""
    return [message for message in world.seen_by(world.lea, channel) if not message.flags.ephemeral]


def notified(world: World, card: discord.Message) -> list[int]:
    """Who is pinged by a message."""
    return list(world.env.backend.get_message(card.channel.id, card.id).ping_user_ids)


def sent(world: World) -> dict[str, Any]:
    """The body of the last message that the bot posted."""
    bodies = [entry.json for entry in world.env.http_requests if entry.method == "POST" and "/messages" in entry.path]
    assert isinstance(bodies[-1], dict)
    return bodies[-1]


def said(result: simcord.InteractionResult) -> str:
    """The last private sentence after a press, whether it answered or followed."""
    return read(result.followups[-1] if result.followups else answer(result))


def limit_bot(world: World, *missing: str) -> None:
    """Take permissions away from the bot in #general."""
    assert world.bot.user is not None
    deny = discord.Permissions(**dict.fromkeys(missing, True))
    taken = Overwrite(world.bot.user.id, OverwriteType.MEMBER, 0, deny.value)
    world.env.backend.edit_channel(world.general.id, {}, overwrites=[taken])
