"""What commands are called and described as in other languages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lantern.preview.simcord_gaps import reads
from tests.support.catalogs import Say
from tests.support.linking import ASKED, choose, linked, links, menu
from tests.support.world import World, answer, read

SPANISH = {
    "Ask in your own words. Only you see the answer.": "Pregunta con tus palabras. Solo tú ves la respuesta.",
    "What you want to know, as you would ask a friend": "Lo que quieres saber",
    "Who sees the answer": "Quién ve la respuesta",
    "everyone": "todos",
    "Answer this": "Responder a esto",
    "ask": "preguntar",
    "question": "pregunta",
    "settings": "ajustes",
}


async def sent(world: World) -> dict[str, Any]:
    """The commands as Discord has them after a start, by their names."""
    await world.restart()
    return {command["name"]: command for command in world.env.backend.commands[None].values()}


async def test_descriptions_are_sent_in_both_kinds_of_spanish_and_names_that_are_typed_stay(
    world: World, say: Say
) -> None:
    say("es", SPANISH)
    say("pt", {"What you want to know, as you would ask a friend": "O que você quer saber"})

    ask = (await sent(world))["ask"]

    described = "Pregunta con tus palabras. Solo tú ves la respuesta."
    assert ask["description_localizations"] == {"es-ES": described, "es-419": described}
    assert not ask["name_localizations"]
    (option,) = ask["options"]
    spanish = SPANISH[option["description"]]
    assert option["description_localizations"] == {
        "es-ES": spanish,
        "es-419": spanish,
        "pt-BR": "O que você quer saber",
    }
    assert not option.get("name_localizations")


async def test_choices_have_other_names_and_the_same_values(world: World, say: Say) -> None:
    say("es", SPANISH)

    (runner,) = (each for each in (await sent(world))["twinflame"]["options"] if each["name"] == "runner")
    (show,) = runner["options"]
    assert show["description_localizations"]["es-419"] == "Quién ve la respuesta"
    assert [choice["value"] for choice in show["choices"]] == ["only me", "everyone"]
    assert show["choices"][1]["name_localizations"] == {"es-ES": "todos", "es-419": "todos"}
    assert "name_localizations" not in show["choices"][0], "what has no translation is English"

    given = await world.maya.slash(world.general, "twinflame runner", show="everyone")
    assert not given.ephemeral


async def test_a_menu_entry_has_another_name_and_works_by_it(world: World, say: Say) -> None:
    say("es", SPANISH)

    entry = (await sent(world))["Answer this"]

    assert entry["name_localizations"] == {"es-ES": "Responder a esto", "es-419": "Responder a esto"}
    reads(world.noor, "es-419")
    await linked(world)
    assert [row["topic"] for row in await links(world)] == ["runner"]
    reads(world.asha, "es-ES")
    assert "**Responder a esto**" in read(answer(await world.asha.slash(world.general, "settings show")))


async def test_whoever_opened_a_menu_by_its_other_name_goes_on_without_the_permission(world: World, say: Say) -> None:
    say("es", SPANISH)
    reads(world.noor, "es-419")
    shown = await menu(world, await world.maya.send(world.general, ASKED))
    world.env.backend.guilds[world.guild.id].members[world.noor.id].role_ids.clear()

    await choose(world.noor, shown, "runner")

    assert [row["topic"] for row in await links(world)] == ["runner"]


async def test_a_topics_question_and_an_articles_title_describe_the_command(world: World) -> None:
    (spanish,) = (world.content.translations or {})["es"]
    first = spanish.topics[0]
    fewer = replace(world.content, translations={"es": (replace(spanish, topics=spanish.topics[1:]),)})
    await world.restart(content=fewer)

    group = (await sent(world))["twinflame"]

    assert group["description_localizations"] == dict.fromkeys(("es-ES", "es-419"), spanish.title)
    described = {each["name"]: each["description_localizations"] for each in group["options"]}
    assert not described.pop(first.key), "a topic that is not translated falls back to English"
    assert described == {
        topic.key: dict.fromkeys(("es-ES", "es-419"), topic.question) for topic in spanish.topics if topic is not first
    }
