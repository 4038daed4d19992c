"""People of different languages in one server: each reads in their own, and all read the server's."""

from __future__ import annotations

import pytest
import simcord

from lantern.answers.care_cards import QUIET_TEXT
from lantern.content.models import Topic
from lantern.preview.simcord_gaps import reads
from lantern.ui.cards import walk
from tests.support.catalogs import Say
from tests.support.linking import ASKED, DANGER, choose, menu, public
from tests.support.world import Shown, World, answer, components_of, press_id, read

GERMAN = {
    "Read": "Lesen",
    "Post here": "Hier posten",
    "Share in channel": "Hier posten",
    "For {member}": "Für {member}",
}
SPANISH = {"Read": "Leer", QUIET_TEXT: "Aquí hay algo para ti."}
FRENCH = {"Read": "Lire"}


@pytest.fixture(autouse=True)
def _catalogs(say: Say) -> None:
    say("de", GERMAN)
    say("es", SPANISH)
    say("fr", FRENCH)


@pytest.fixture(autouse=True)
def _people(world: World) -> None:
    """Maya reads German and Lea French; Noor, who moderates, English; the server is Spanish."""
    reads(world.maya, "de")
    reads(world.lea, "fr")


async def settle(world: World, language: str) -> None:
    """The server chose a language."""
    await world.services.guilds.change(world.guild.id, language=language)


def topic(world: World, language: str, key: str = "runner") -> Topic:
    """A topic as readers of a language see it."""
    found = world.services.editions.original.in_language(language).content.find("twinflame", key)
    assert found is not None
    assert language == "en" or not found.untranslated
    return found


def labels(message: Shown) -> list[str]:
    return [part["label"] for part in walk(components_of(message)) if part["type"] == 2]


async def test_each_reads_a_private_answer_in_their_own_language(world: World) -> None:
    for person, language in ((world.maya, "de"), (world.lea, "fr"), (world.noor, "en")):
        shown = read(answer(await person.slash(world.general, "twinflame runner")))
        assert topic(world, language).answer.strip() in shown


async def test_what_all_see_is_in_the_servers_language(world: World) -> None:
    await settle(world, "es")

    await world.maya.slash(world.general, "twinflame runner", show="everyone")
    private = answer(await world.lea.slash(world.general, "twinflame hope"))
    await world.lea.click(private, custom_id=press_id(private, "share:"))

    shown = public(world)
    assert topic(world, "es").title in read(shown[0])
    assert topic(world, "es", "hope").title in read(shown[1])
    # Whoever shared it reads on in their own.
    assert topic(world, "fr", "hope").title in read(private)


async def test_a_press_on_what_all_see_answers_in_the_readers_language(world: World) -> None:
    await settle(world, "es")
    await world.noor.slash(world.general, "twinflame runner", show="everyone")
    card = public(world)[-1]
    press = press_id(card, "r:twinflame:runner:")
    asked = press.rpartition(":")[2]
    assert topic(world, "es", asked).question in labels(card)

    result = await world.lea.click(card, custom_id=press)

    assert result.ephemeral
    assert topic(world, "fr", asked).title in read(answer(result))


async def test_without_a_choice_the_server_speaks_as_its_discord_does(world: World) -> None:
    world.env.backend.edit_guild(world.guild.id, {"preferred_locale": "fr"})
    await world.env.settle()

    await world.maya.slash(world.general, "twinflame runner", show="everyone")

    assert topic(world, "fr").title in read(public(world)[-1])


async def test_a_linked_card_is_in_the_servers_language_and_read_in_the_readers(world: World) -> None:
    await settle(world, "es")
    shown = await menu(world, await world.maya.send(world.general, ASKED))
    assert [option["label"] for option in _languages(shown) if option.get("default")] == [
        "Language of the card: Español"
    ]
    await choose(world.noor, shown, "runner")

    card = public(world)[-1]
    assert topic(world, "es").summary in read(card)
    assert labels(card)[0] == "Leer"
    opened = await world.maya.click(card, label="Leer")
    assert topic(world, "de").answer.strip() in read(answer(opened))
    await world.noor.click(shown, label="Whole answer")
    assert topic(world, "es").answer.strip() in read(public(world)[-1])


def _languages(shown: Shown) -> list[dict[str, object]]:
    select = next(part for part in walk(components_of(shown)) if (part.get("custom_id") or "").startswith("li:"))
    options: list[dict[str, object]] = select["options"]
    return options


async def in_language(person: simcord.MemberActor, shown: simcord.ResponseMessage, code: str) -> None:
    await person.select(shown, [code], custom_id=press_id(shown, "li:"))


async def test_a_moderator_chooses_the_language_of_a_card_and_its_whole_answer_is_in_it(world: World) -> None:
    await settle(world, "es")
    shown = await menu(world, await world.maya.send(world.general, ASKED))

    await in_language(world.noor, shown, "de")
    await world.noor.click(shown, custom_id=press_id(shown, "ln:"))
    assert [option["value"] for option in _languages(shown) if option.get("default")] == ["de"]
    await choose(world.noor, shown, "runner")

    card = public(world)[-1]
    assert topic(world, "de").summary in read(card)
    assert labels(card)[0] == "Lesen"
    # It outlasts a restart, as every press does.
    await world.restart()
    await world.noor.click(shown, label="Whole answer")
    assert topic(world, "de").answer.strip() in read(public(world)[-1])


async def test_the_servers_language_can_be_chosen_again(world: World) -> None:
    await settle(world, "es")
    shown = await menu(world, await world.maya.send(world.general, ASKED))
    await in_language(world.noor, shown, "de")

    await in_language(world.noor, shown, "es")
    await choose(world.noor, shown, "runner")

    assert labels(public(world)[-1])[0] == "Leer"


@pytest.mark.parametrize("how", ["menu", "command"])
async def test_a_whole_answer_is_in_the_language_of_its_card_when_the_servers_changed(world: World, how: str) -> None:
    await settle(world, "de")
    if how == "menu":
        shown = await menu(world, await world.maya.send(world.general, ASKED))
        await choose(world.noor, shown, "union")
    else:
        shown = answer(await world.noor.slash(world.general, "answer", topic="twinflame/union", member=world.maya))
    assert topic(world, "de", "union").summary in read(public(world)[-1])

    await settle(world, "fr")
    await world.noor.click(shown, label="Whole answer")

    assert topic(world, "de", "union").answer.strip() in read(public(world)[-1])


@pytest.mark.parametrize("pressed", [False, True])
async def test_a_menu_posts_in_the_language_that_it_shows_as_chosen(world: World, pressed: bool) -> None:
    await settle(world, "fr")
    shown = await menu(world, await world.maya.send(world.general, ASKED))
    if pressed:
        await in_language(world.noor, shown, "de")
        await in_language(world.noor, shown, "fr")
    await settle(world, "es")

    assert [option["value"] for option in _languages(shown) if option.get("default")] == ["fr"]
    await choose(world.noor, shown, "union")

    assert topic(world, "fr", "union").summary in read(public(world)[-1])


async def test_a_quiet_card_is_in_the_language_that_its_menu_showed(world: World) -> None:
    await settle(world, "es")
    shown = await menu(world, await world.maya.send(world.general, DANGER))
    await settle(world, "fr")

    await world.noor.click(shown, custom_id=press_id(shown, "lq:"))

    assert "Aquí hay algo para ti." in read(public(world)[-1])


@pytest.mark.parametrize("names", ["title", "question"])
async def test_answer_takes_a_topics_name_in_the_servers_language_too(world: World, names: str) -> None:
    reads(world.noor, "de")
    await settle(world, "es")

    await world.noor.slash(world.general, "answer", topic=getattr(topic(world, "es", "union"), names))

    assert topic(world, "es", "union").summary in read(public(world)[-1])


async def test_answer_takes_a_language_too(world: World) -> None:
    await settle(world, "es")

    await world.noor.slash(world.general, "answer", topic="twinflame/runner", member=world.maya, language="de")

    assert topic(world, "de").summary in read(public(world)[-1])
    assert read(public(world)[-1]).startswith("Für <@")


async def test_a_quiet_card_is_in_the_servers_language_or_the_chosen_one(world: World) -> None:
    await settle(world, "es")
    for language, said in ((None, "Aquí hay algo para ti."), ("en", QUIET_TEXT)):
        shown = await menu(world, await world.maya.send(world.general, DANGER))
        if language is not None:
            await in_language(world.noor, shown, language)
        await world.noor.click(shown, custom_id=press_id(shown, "lq:"))
        assert said in read(public(world)[-1])


async def test_a_threads_card_is_in_the_servers_language(world: World, say: Say) -> None:
    say("es", {**SPANISH, "Not this": "Esto no"})
    await settle(world, "es")
    await world.services.guilds.change(world.guild.id, thread_answers=(world.general.id,))
    thread = world.thread(ASKED)

    await world.env.advance_time(121)

    (card,) = public(world, thread)
    assert topic(world, "es").summary in read(card)
    assert "Esto no" in labels(card)
