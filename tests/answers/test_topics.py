"""What members type and press, what they and the others see, and what is counted."""

from __future__ import annotations

import pytest

from tests.support.world import World, answer, buttons, options, read


async def test_a_slash_command_answers_its_asker_alone(world: World) -> None:
    asked = await world.maya.slash(world.general, "twinflame runner")

    assert asked.ephemeral
    assert read(answer(asked)).startswith("-# One view among several")
    assert "## The runner" in read(answer(asked))
    assert "Share in channel" in buttons(answer(asked))
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
    assert "Share in channel" not in buttons(seen)
    (row,) = await world.rows()
    assert (row["public"], row["public_message_id"]) == (1, seen.id)


async def test_share_posts_the_card_without_a_name_and_is_no_second_question(world: World) -> None:
    asked = await world.maya.slash(world.general, "twinflame runner")
    await world.maya.click(answer(asked), label="Share in channel")

    (seen,) = world.seen_by(world.lea)
    assert "## The runner" in read(seen)
    assert "maya" not in read(seen)
    assert seen.interaction_metadata is None
    assert "Shared in this channel, without your name" in read(answer(asked))
    assert "Share in channel" not in buttons(answer(asked))
    (row,) = await world.rows()
    assert (row["public"], row["public_message_id"], row["message_id"]) == (1, seen.id, answer(asked).id)


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


@pytest.mark.parametrize(
    ("person", "sees", "does_not_see"),
    [
        ("maya", ["topics", "ask", "privacy", "twinflame runner"], ["For moderators", "For administrators"]),
        ("noor", ["topics", "For moderators", "Answer this", "</answer:"], ["For administrators"]),
        ("asha", ["topics", "For moderators", "For administrators", "</setup:", "</insights top:"], []),
    ],
)
async def test_help_shows_each_what_they_may_use(
    world: World, person: str, sees: list[str], does_not_see: list[str]
) -> None:
    helped = await getattr(world, person).slash(world.general, "help")

    assert helped.ephemeral
    assert all(text in read(answer(helped)) for text in sees)
    assert not any(text in read(answer(helped)) for text in does_not_see)
    for line in read(answer(helped)).splitlines():
        assert line.count("</") <= 1, "two commands in one line"
        assert "**For" not in line or line in ("**For moderators**", "**For administrators**")
