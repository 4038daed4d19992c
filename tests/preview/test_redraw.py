"""The page beside the editor's file: cards that stand there get the new words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lantern.content.models import Content
from lantern.preview import simcord_gaps
from lantern.preview.redraw import redraw
from lantern.runtime import content_watch
from lantern.runtime.settings import Settings
from tests.support.world import World, answer, buttons, options, read


@pytest.fixture
def settings(tmp_path: Path, content_folder: Path) -> Settings:
    return Settings(database=tmp_path / "lantern.sqlite3", content=content_folder, shards=1)


async def test_cards_and_menus_that_stand_are_drawn_anew_private_ones_too(world: World) -> None:
    changed: list[Content] = []

    async def on_content_changed(before: Content) -> None:
        changed.append(before)

    world.bot.add_listener(on_content_changed)
    article = world.content.articles[0]
    hope = article.topic("hope")
    assert hope is not None
    await world.maya.slash(world.general, "twinflame hope", show="everyone")
    await world.maya.slash(world.general, "twinflame hope")
    await world.maya.slash(world.general, "topics")
    await world.maya.slash(world.general, "twinflame runner", show="everyone")
    file = world.services.settings.content / "twinflame.yml"
    text = file.read_text()
    assert text.count(f"title: {hope.title}") == 1
    file.write_text(text.replace(f"title: {hope.title}", "title: A word on hope"))

    await world.env.advance_time(content_watch.EVERY.total_seconds())
    (before,) = changed
    assert redraw(world.env, before, world.content) == 3
    assert redraw(world.env, before, world.content) == 0

    public, private, menu, runner = world.seen_by(world.maya)
    assert "## A word on hope" in read(public)
    assert "## A word on hope" in read(private)
    assert "Post here" in buttons(private)
    assert "hope" in options(menu)
    assert "## The runner" in read(runner)
    pressed = await world.lea.click(public, label=buttons(public)[0])
    assert "## " in read(answer(pressed))


async def test_a_card_in_another_language_is_drawn_anew_when_its_translation_changes(
    world: World,
) -> None:
    before = world.content
    file = world.services.settings.content / "es" / "twinflame.yml"
    text = file.read_text(encoding="utf-8")
    lessons = before.in_language("es").at("twinflame/lessons")
    assert lessons is not None
    assert not lessons.untranslated
    simcord_gaps.everybody_reads(world.env, "es-ES")
    await world.maya.slash(world.general, "twinflame lessons")
    file.write_text(text.replace(f"title: {lessons.title}", "title: Lo que se aprende", 1), encoding="utf-8")

    await world.env.advance_time(content_watch.EVERY.total_seconds())
    assert redraw(world.env, before, world.services.editions.original.content) == 1

    (card,) = world.seen_by(world.maya)
    assert "## Lo que se aprende" in read(card)


async def test_a_topic_that_is_gone_keeps_its_card(world: World) -> None:
    article = world.content.articles[0]
    await world.maya.slash(world.general, "twinflame hope", show="everyone")
    (card,) = world.seen_by(world.maya)
    rest = tuple(replace(topic, related=()) for topic in article.topics if topic.key != "hope")
    fewer = replace(article, topics=rest)
    after = Content((fewer,), world.content.care)

    assert redraw(world.env, world.content, after) == 0
    assert read(world.seen_by(world.maya)[0]) == read(card)
