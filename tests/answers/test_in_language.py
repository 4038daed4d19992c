"""A member reads in their own language, and the original where a topic is not translated yet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lantern.answers.edition import Edition, Editions
from lantern.answers.reading import Reading
from lantern.content.models import Content
from lantern.languages.translation import _, speaking
from lantern.preview import simcord_gaps
from lantern.runtime import content_watch
from lantern.runtime.settings import Settings
from lantern.ui import cards
from tests.support.world import World, answer, components_of, read


@pytest.fixture
def settings(tmp_path: Path, content_folder: Path) -> Settings:
    return Settings(database=tmp_path / "lantern.sqlite3", content=content_folder, shards=1)


@pytest.fixture(autouse=True)
def in_spanish(world: World) -> None:
    """Everybody's Discord is in Spanish."""
    simcord_gaps.everybody_reads(world.env, "es-419")


def labels(message: object) -> list[str]:
    return [part["label"] for part in cards.walk(components_of(message)) if part["type"] == 2]  # type: ignore[arg-type]


async def test_answers_related_topics_and_the_menu_are_in_the_readers_language(world: World) -> None:
    told = world.content.in_language("es")
    runner = told.find("twinflame", "runner")
    assert runner is not None

    shown = answer(await world.maya.slash(world.general, "twinflame runner"))
    assert runner.answer in read(shown)
    assert runner.article.view in read(shown)
    related = told.find("twinflame", runner.related[0])
    assert related is not None
    assert related.question in labels(shown)
    pressed = answer(await world.maya.click(shown, label=related.question))
    assert f"## {related.title}" in read(pressed)

    menu = answer(await world.maya.slash(world.general, "topics"))
    assert f"## {told.articles[0].title}" in read(menu)
    selects = [part for part in cards.walk(components_of(menu)) if part["type"] == 3]
    assert [option["label"] for option in selects[0]["options"]] == [topic.question for topic in told.topics()]


async def test_who_asks_in_their_language_is_answered_in_it(world: World) -> None:
    told = world.content.in_language("es")
    line = next(world.content.topics()).translations["es"].sample_questions[0]

    shown = answer(await world.maya.slash(world.general, "ask", question=line))

    assert next(told.topics()).answer in read(shown)


async def test_a_topic_that_became_stale_is_the_original_and_says_so(world: World) -> None:
    file = world.services.settings.content / "twinflame.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("title: The runner", "title: The one who runs", 1), encoding="utf-8")
    await world.env.advance_time(content_watch.EVERY.total_seconds())

    shown = read(answer(await world.maya.slash(world.general, "twinflame runner")))
    assert "## The one who runs" in shown
    with speaking("es"):
        in_english = _(cards.UNTRANSLATED)
    assert in_english in shown
    assert in_english not in read(answer(await world.maya.slash(world.general, "twinflame chaser")))


async def test_a_translation_that_is_changed_or_has_a_mistake_is_watched_as_all_content(world: World) -> None:
    file = world.services.settings.content / "es" / "twinflame.yml"
    text = file.read_text(encoding="utf-8")
    assert "title: La llama que huye" in text
    file.write_text(text.replace("title: La llama que huye", "title: Otro título", 1), encoding="utf-8")
    await world.env.advance_time(content_watch.EVERY.total_seconds())
    assert "## Otro título" in read(answer(await world.maya.slash(world.general, "twinflame runner")))

    file.write_text(text.replace("view: ", "views: ", 1), encoding="utf-8")
    await world.env.advance_time(content_watch.EVERY.total_seconds())
    assert {problem.file for problem in world.services.content_watch.problems} == {str(file)}
    assert "## Otro título" in read(answer(await world.maya.slash(world.general, "twinflame runner")))


async def test_what_the_start_left_out_is_read_once_the_bot_answers(world: World) -> None:
    whole = world.content

    await world.restart(content=replace(whole, translations=None))

    assert world.services.editions.original.content == whole
    told = whole.in_language("es")
    shown = read(answer(await world.maya.slash(world.general, "twinflame runner")))
    assert next(told.topics()).answer in shown


async def test_one_matcher_finds_the_topics_of_each_language(content: Content) -> None:
    editions = Editions(Edition(content))
    reading = Reading(editions)
    assert editions.current is editions.original
    line = next(content.topics()).translations["de"].sample_questions[0]

    with speaking("de"):
        german = editions.current
        match = await reading.match(line, None)
        offered = (await reading.suggest("runner", None, 3)).topics
        ranked = await reading.rank(line)

    assert german is editions.original.in_language("de")
    assert german.matcher is editions.original.matcher
    first = next(german.content.topics())
    assert match.candidates[0].topic is ranked[0].topic is first
    assert first in offered
    assert next(iter(await reading.rank(line))).topic is next(editions.original.content.topics())


async def test_a_moderator_may_name_a_topic_in_their_language_or_in_english(world: World) -> None:
    asked = await world.maya.send(world.general, "why does he run")
    for name in ("La llama que huye", "the runner", "runner"):
        shown = answer(await world.noor.slash(world.general, "answer", topic=name, message=asked.jump_url))
        assert "no topic" not in read(shown)
