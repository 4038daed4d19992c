"""`/help`: what it shows to whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.contents import content_with
from tests.support.world import World, answer, read


@pytest.mark.parametrize(
    ("person", "sees", "does_not_see"),
    [
        (
            "maya",
            ["topics", "ask", "</language:", "privacy", "twinflame runner", "**Remove this answer**"],
            ["For moderators", "For administrators"],
        ),
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


async def test_help_names_the_other_articles_and_where_people_are_asked(world: World, tmp_path: Path) -> None:
    alone = read(answer(await world.maya.slash(world.general, "help")))
    assert "Other articles" not in alone
    assert "To ask people" not in alone

    await world.restart(content=content_with(tmp_path / "content", "breath", "calm", "dawn", "east"))
    await world.services.guilds.change(world.guild.id, ask_people_channel_id=world.general.id)
    several = read(answer(await world.maya.slash(world.general, "help")))

    first, *others = world.content.articles
    assert f"</{first.command} {first.topics[0].key}:" in several
    second, third, fourth = (f"`/{article.command}`" for article in others[:3])
    assert f"Other articles: {second}, {third} and {fourth}." in several
    assert f"To ask people instead: {world.general.mention}" in several


async def test_where_the_bot_is_not_nobody_reads_of_commands_that_are_not_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.bot, "get_guild", lambda _id: None)
    helped = read(answer(await world.asha.slash(world.general, "help")))
    assert "**For" not in helped
    assert "/privacy" in helped


async def test_in_direct_messages_nobody_reads_of_what_moderators_do(world: World) -> None:
    helped = read(answer(await world.asha.user.slash("help")))

    assert "</topics:" in helped
    assert "Remove this answer" not in helped, "nothing can be shared there"
    assert "For moderators" not in helped
    assert "For administrators" not in helped


async def test_commands_that_are_not_there_are_not_named(world: World) -> None:
    for name in ("setup", "library", "thread-answers", "digest", "insights"):
        world.bot.tree.remove_command(name)

    helped = read(answer(await world.asha.slash(world.general, "help")))

    assert "For moderators" in helped
    assert "For administrators" not in helped
