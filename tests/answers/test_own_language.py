"""A member chooses the language in which Lantern answers them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import simcord

from lantern.answers.own_language import AS_IN_DISCORD
from lantern.answers.privacy import NOT_NOW
from lantern.preview.simcord_gaps import reads
from lantern.store.database import DatabaseError
from lantern.store.member_languages import MemberLanguages
from tests.support.catalogs import Say
from tests.support.world import World, answer, read

IN_SPANISH = {
    "From now on Lantern answers you in {language}.": "Desde ahora Lantern te responde en {language}.",
    "You chose to be answered in {language}.": "Elegiste {language}.",
    "Your choice of a language is deleted.": "Tu idioma se borra.",
}
IN_FRENCH = {
    "From now on Lantern answers you in the language of your Discord.": "Désormais, la langue de votre Discord.",
    "You chose to be answered in {language}.": "Choisi : {language}.",
}


@pytest.fixture(autouse=True)
def _catalogs(say: Say) -> None:
    say("es", IN_SPANISH)
    say("fr", IN_FRENCH)


async def chosen(person: simcord.MemberActor, world: World, language: str) -> str:
    """What a person reads after ``/language``, alone."""
    result = await person.slash(world.general, "language", language=language)
    assert result.ephemeral
    return read(answer(result))


async def privacy(person: simcord.MemberActor, world: World) -> simcord.ResponseMessage:
    return answer(await person.slash(world.general, "privacy"))


async def kept(world: World) -> list[dict[str, Any]]:
    return await world.rows("SELECT * FROM member_languages ORDER BY member_key")


async def test_whoever_chooses_a_language_is_answered_in_it_from_then_on(world: World) -> None:
    reads(world.maya, "fr")

    assert "Desde ahora Lantern te responde en Español." in await chosen(world.maya, world, "es")

    assert await kept(world) == [{"member_key": world.services.member_keys.of(world.maya.id), "language": "es"}]
    shown = await privacy(world.maya, world)
    assert "Elegiste Español." in read(shown)
    # Presses, too, and not only commands; and after a restart.
    await world.restart()
    await world.maya.click(shown, label="Forget me")
    assert "Tu idioma se borra." in read(shown)


async def test_others_are_answered_in_the_language_of_their_discord(world: World) -> None:
    await chosen(world.maya, world, "es")
    reads(world.lea, "fr")

    # Chosen once and taken back: in between it is told in what was chosen, and then in Lea's own.
    assert "Desde ahora" in await chosen(world.lea, world, "es")
    assert "Désormais, la langue de votre Discord." in await chosen(world.lea, world, AS_IN_DISCORD)

    assert [row["member_key"] for row in await kept(world)] == [world.services.member_keys.of(world.maya.id)]
    assert "Choisi" not in read(await privacy(world.lea, world))
    await chosen(world.lea, world, "fr")
    assert "Choisi : Français." in read(await privacy(world.lea, world))


async def test_whoever_comes_without_a_language_is_answered_in_english_and_counted(world: World) -> None:
    reads(world.maya, None)

    shown = answer(await world.maya.slash(world.general, "twinflame runner"))

    assert "## The runner" in read(shown)
    assert await world.rows("SELECT locale FROM questions") == [{"locale": ""}]


async def test_the_choice_holds_in_direct_messages_and_for_whoever_is_not_counted(world: World) -> None:
    await world.maya.click(await privacy(world.maya, world), label="Don't count me")
    await chosen(world.maya, world, "es")

    assert "Elegiste Español." in read(answer(await world.maya.user.slash("privacy")))


async def test_forget_me_tells_of_the_choice_and_deletes_it(world: World) -> None:
    await chosen(world.maya, world, "en")
    await chosen(world.lea, world, "es")
    shown = await privacy(world.maya, world)

    await world.maya.click(shown, label="Forget me")
    assert "Your choice of a language is deleted." in read(shown)
    await world.maya.click(shown, label="Yes, forget me")

    assert [row["member_key"] for row in await kept(world)] == [world.services.member_keys.of(world.lea.id)]
    reads(world.maya, "es")
    assert "Desde ahora" not in await chosen(world.maya, world, "en")
    assert "Elegiste Español." in read(await privacy(world.lea, world))


async def test_after_forgetting_the_language_of_ones_discord_is_spoken_again(world: World) -> None:
    await chosen(world.maya, world, "es")
    shown = await privacy(world.maya, world)
    await world.maya.click(shown, label="Forget me")

    await world.maya.click(shown, label="Yes, forget me")

    assert world.services.member_languages.of(world.services.member_keys.of(world.maya.id)) is None


async def test_a_choice_after_forgetting_in_another_process_is_spoken(world: World) -> None:
    languages, key = world.services.member_languages, world.services.member_keys.of(world.maya.id)
    await languages.choose(key, "es")

    # What is heard of another process may be older than the choice.
    await world.services.members.hear_forgotten(key)

    assert languages.of(key) == "es"


async def test_a_choice_in_another_process_just_after_forgetting_is_spoken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    services, key = world.services, world.services.member_keys.of(world.maya.id)
    begin = services.database.transaction

    @asynccontextmanager
    async def chosen_after(**options: Any) -> AsyncIterator[Any]:
        async with begin(**options) as transaction:
            yield transaction
        monkeypatch.undo()
        elsewhere = MemberLanguages(services.database)
        await elsewhere.choose(key, "fr")

    monkeypatch.setattr(services.database, "transaction", chosen_after)
    await services.members.forget(key, 1)

    assert [row["language"] for row in await kept(world)] == ["fr"]
    assert services.member_languages.of(key) == "fr"


async def test_the_choice_is_in_the_file_to_download(world: World) -> None:
    await chosen(world.maya, world, "hi")

    given = await world.maya.click(await privacy(world.maya, world), label="Download")

    document = json.loads(await answer(given).attachments[0].read())
    assert [row["language"] for row in document["member_languages"]] == ["hi"]


async def test_while_the_database_fails_it_is_said_and_nothing_is_chosen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise DatabaseError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(world.services.database, "transaction", fail)
        assert NOT_NOW in await chosen(world.maya, world, "es")

    assert "Elegiste" not in read(await privacy(world.maya, world))
    assert await kept(world) == []
