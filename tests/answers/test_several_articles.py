"""One YAML file is one article is one command: a second article needs no code."""

from __future__ import annotations

from pathlib import Path

import pytest

from lantern.content import models as articles
from tests.support.contents import content_with
from tests.support.world import World, answer, options, read


async def test_a_second_article_is_a_second_command(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "content"
    folder.mkdir()
    await world.restart(content=content_with(folder, "calm"))

    asked = await world.maya.slash(world.general, "calm breathing")

    assert read(answer(asked)).startswith("-# The view of one teacher\n## Breathing\n")
    assert answer(asked).components[0]["accent_color"] == 0x2E8B57
    assert [(row["article"], row["topic"]) for row in await world.rows()] == [("calm", "breathing")]
    listed = answer(await world.maya.slash(world.general, "topics"))
    assert "breathing" in options(listed)
    assert "runner" in options(listed)


async def test_with_more_than_four_articles_one_chooses_the_article_first(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "content"
    folder.mkdir()
    await world.restart(content=content_with(folder, "calm", "rest", "sleep", "walk"))

    listed = answer(await world.maya.slash(world.general, "topics"))
    assert options(listed) == ["calm", "rest", "sleep", "twinflame", "walk"]
    article = answer(await world.maya.select(listed, ["walk"], custom_id="article:0"))
    assert options(article) == ["breathing"]
    topic = await world.maya.select(article, ["breathing"], custom_id="topic:walk")

    assert "## Breathing" in read(answer(topic))
    assert [(row["article"], row["source"]) for row in await world.rows()] == [("walk", "topics")]


@pytest.mark.parametrize("pressed", ["share:calm:breathing", "r:calm:breathing:breathing"])
async def test_buttons_of_a_topic_that_is_gone_get_a_kind_sentence_and_the_list(
    world: World, tmp_path: Path, pressed: str, content: articles.Content
) -> None:
    folder = tmp_path / "content"
    folder.mkdir()
    two = content_with(folder, "calm")
    await world.restart(content=two)
    card = answer(await world.maya.slash(world.general, "calm breathing"))
    await world.restart(content=content)
    if pressed.startswith("r:"):
        # The article relates nothing to itself, so the button is put under the stored card by hand.
        stored = world.env.backend.get_message(card.channel_id, card.id)
        stored.components[-1]["components"][0]["custom_id"] = pressed

    told = await world.maya.click(card, custom_id=pressed)

    assert told.ephemeral
    assert read(answer(told)).startswith("That question is no longer here.")
    assert "runner" in options(answer(told))
