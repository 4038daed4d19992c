"""One YAML file is one article is one command: a second article needs no code."""

from __future__ import annotations

from pathlib import Path

import pytest

from lantern.answers import edition as lantern_content
from lantern.content import models as articles
from lantern.runtime.settings import PROJECT
from tests.support.world import World, answer, options, read

SECOND = """
command: {command}
title: {title}
view: The view of one teacher
source: A talk in spring
colour: "#2E8B57"
topics:
  - key: breathing
    title: Breathing
    question: How do I begin to breathe calmly?
    summary: One teacher says to begin by breathing out.
    answer: In this view one begins by breathing out, slowly, and waits for the next breath to come by itself.
    keywords: [breath {command}]
    sample_questions: [how to breathe {command}]
    reviewed: 2026-11-22
"""


def content_with(folder: Path, *commands: str) -> articles.Content:
    """The shipped content and an article for each command."""
    for file in (PROJECT / "content").glob("*.yml"):
        (folder / file.name).write_bytes(file.read_bytes())
    for command in commands:
        text = SECOND.format(command=command, title=f"On {command}")
        (folder / f"{command}.yml").write_text(text, encoding="utf-8")
    return lantern_content.load(folder)


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
    assert read(answer(told)).startswith("That question is not in the article any more.")
    assert "runner" in options(answer(told))
