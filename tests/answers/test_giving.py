"""What members type and press, what they and the others see, and what is counted."""

from __future__ import annotations

import pytest
import simcord

from lantern.answers.giving import NOT_WITHOUT_NAME
from lantern.content.models import Content
from lantern.runtime.settings import Settings
from lantern.ui.cards import walk
from tests.discord import payloads
from tests.discord.loopback import Loopback
from tests.support.wire import Wired, answered, connected, private, public, rows, said, settled
from tests.support.world import World, answer, buttons, deny, options, read


async def test_a_slash_command_answers_its_asker_alone(world: World) -> None:
    asked = await world.maya.slash(world.general, "twinflame runner")

    assert asked.ephemeral
    assert read(answer(asked)).startswith("-# One view among several")
    assert "## The runner" in read(answer(asked))
    assert "Post here" in buttons(answer(asked))
    assert len(world.seen_by(world.maya)) == 1
    assert world.seen_by(world.lea) == []


async def test_an_answer_is_one_row_without_name_or_words(world: World) -> None:
    asked = await world.maya.slash(world.general, "twinflame runner")

    (row,) = await world.rows()
    assert (row["guild_id"], row["channel_id"], row["message_id"]) == (
        world.guild.id,
        world.general.id,
        answer(asked).id,
    )
    assert (row["article"], row["topic"], row["source"], row["public"]) == ("twinflame", "runner", "slash", 0)
    assert row["by_moderator"] == 0
    assert row["day"] == 20260101
    assert row["member_key"] == world.services.member_keys.of(world.maya.id) != world.maya.id


async def test_who_may_manage_messages_is_counted_apart(world: World) -> None:
    await world.noor.slash(world.general, "twinflame runner")

    assert [row["by_moderator"] for row in await world.rows()] == [1]


async def test_show_everyone_posts_the_card_at_once(world: World) -> None:
    asked = await world.maya.slash(world.general, "twinflame hope", show="everyone")

    assert not asked.ephemeral
    (seen,) = world.seen_by(world.lea)
    assert "Post here" not in buttons(seen)
    (row,) = await world.rows()
    assert (row["public"], row["public_message_id"]) == (1, seen.id)


async def test_share_posts_the_card_without_a_name_and_is_no_second_question(world: World) -> None:
    asked = await world.maya.slash(world.general, "twinflame runner")
    await world.maya.click(answer(asked), label="Post here")

    (seen,) = world.seen_by(world.lea)
    assert "## The runner" in read(seen)
    assert "maya" not in read(seen)
    assert seen.interaction_metadata is None
    assert "Posted here, without your name" in read(answer(asked))
    assert "Post here" not in buttons(answer(asked))
    (row,) = await world.rows()
    assert (row["public"], row["public_message_id"], row["message_id"]) == (1, seen.id, answer(asked).id)


async def forge_share(world: World, card: simcord.ResponseMessage) -> simcord.InteractionResult:
    """Press **Post here** in an answer that has no such button."""
    forged = "share:twinflame:runner"
    pressable = [
        part for part in walk(world.env.backend.get_message(card.channel_id, card.id).components) if "label" in part
    ]
    pressable[-1]["custom_id"] = forged
    return await world.maya.click(card, custom_id=forged)


@pytest.mark.parametrize("denied", ["view_channel", "send_messages", "not in the server"])
async def test_share_is_not_offered_where_discord_would_name_the_member(
    world: World, monkeypatch: pytest.MonkeyPatch, denied: str
) -> None:
    offered = answer(await world.maya.slash(world.general, "twinflame runner"))
    if denied == "not in the server":
        monkeypatch.setattr(world.bot, "get_guild", lambda _id: None)
    else:
        deny(world, world.general, **{denied: True})

    asked = answer(await world.maya.slash(world.general, "twinflame runner"))
    assert "Post here" not in buttons(asked)
    for told in (await forge_share(world, asked), await world.maya.click(offered, label="Post here")):
        assert told.ephemeral
        assert read(answer(told)) == NOT_WITHOUT_NAME

    assert world.seen_by(world.lea) == []
    assert [row["public"] for row in await world.rows()] == [0, 0]
    if denied == "not in the server":
        assert [row["guild_id"] for row in await world.rows()] == [world.guild.id, None]


async def test_share_is_not_offered_in_a_locked_thread_that_lantern_may_not_write_in(world: World) -> None:
    thread = world.thread("Is he the runner?")
    assert "Post here" in buttons(answer(await world.noor.slash(thread, "twinflame runner")))
    deny(world, world.general, manage_threads=True)
    world.env.backend.edit_channel(thread.id, {}, thread_metadata={"locked": True})
    await world.env.settle()

    assert "Post here" not in buttons(answer(await world.noor.slash(thread, "twinflame hope")))


async def test_on_the_wire_nothing_of_a_user_install_is_shown_to_all(settings: Settings, content: Content) -> None:
    """A server that the bot is no member of: only answers to the interaction itself could be posted there."""
    async with Loopback() as server, connected(server, Wired(settings, content)) as bot:
        server.channels[77] = payloads.channel(77, 999 << 22)
        asked = await server.slash("twinflame", "runner", channel=77, installed=False)
        await asked.answered()
        assert asked.original is not None
        assert "share:" not in str(asked.original)

        pressed = await server.press(asked.original, "share:twinflame:runner", installed=False)
        await pressed.answered()
        await settled()

        assert answered(pressed) == said(private(server)[-1]) == NOT_WITHOUT_NAME
        assert public(server) == []
        assert await rows(bot, "SELECT guild_id, public FROM questions") == [(None, 0)]


async def test_a_related_question_answers_whoever_presses_it(world: World) -> None:
    await world.maya.slash(world.general, "twinflame runner", show="everyone")
    (card,) = world.seen_by(world.lea)

    pressed = await world.lea.click(card, label="Am I the chaser?")

    assert pressed.ephemeral
    assert "## The chaser" in read(answer(pressed))
    row = (await world.rows())[-1]
    assert (row["topic"], row["source"], row["from_topic"]) == ("chaser", "related", "runner")
    assert row["member_key"] == world.services.member_keys.of(world.lea.id)


async def test_topics_lists_every_question_and_choosing_one_answers_privately(world: World) -> None:
    listed = await world.maya.slash(world.general, "topics")
    assert listed.ephemeral
    assert options(answer(listed)) == [topic.key for topic in world.content.topics()]

    chosen = await world.maya.select(answer(listed), ["hope"], custom_id="topic:twinflame")

    assert chosen.ephemeral
    assert "## " in read(answer(chosen))
    assert [(row["topic"], row["source"]) for row in await world.rows()] == [("hope", "topics")]
