"""Some who type are in danger: whichever way words come in, the care message comes first, and nothing is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import simcord

from lantern.answers import ask_cards, care_cards
from lantern.answers.care_cards import QUIET_TEXT, SHOW_ANYWAY, TALK_NOW
from lantern.answers.link_cards import quiet_nonce
from lantern.content.models import Content
from lantern.ui.cards import Card, Component, text_of, topics_menu, walk
from tests.support.world import World, answer, buttons, components_of, options, read

SIGNS = {
    "self_harm": "i want to die",
    "violence": "he hits me and i am scared to go home",
    "harm_to_others": "i want to kill him",
    "minor": "i am 14 and he is 31 and wants pics",
    "sexual": "my healer says i must sleep with him to clear my karma",
    "health": "i stopped my meds so that the union can come",
}
CARE_KINDS = tuple(SIGNS)
SAFE_AND_CLEAR = "is my twin flame the runner? i want to die"
TABLES = ("questions", "misses", "corrections", "helpful", "links", "daily_topics")


async def no_row(world: World) -> bool:
    """Nothing at all was written about anybody."""
    return not any([await world.rows(f"SELECT * FROM {table}") for table in TABLES])  # noqa: S608


def link(message: simcord.ResponseMessage) -> list[str]:
    """The addresses of a message's link buttons."""
    return [part["url"] for part in walk(components_of(message)) if "url" in part]


def kind_of(world: World, kind: str) -> Any:
    found = world.content.care.kind(kind)
    assert found is not None
    return found


def quiet(world: World, kind: str) -> list[Component]:
    """A quiet card that Noor posts."""
    keys = world.services.member_keys
    return care_cards.quiet_components(keys, kind, nonce=quiet_nonce(keys, world.noor.id))


@pytest.fixture(params=CARE_KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# ---------------------------------------------------------------------- sending


async def test_words_that_show_a_sign_are_answered_with_care_alone(world: World, kind: str) -> None:
    asked = await world.maya.slash(world.general, "ask", question=SIGNS[kind])

    care = kind_of(world, kind)
    shown = answer(asked)
    assert asked.ephemeral
    # Contacts first and whole, then the sentences, and nothing else in words.
    assert read(shown) == f"{care.contacts}\n{care.message}"
    assert link(shown) == [world.content.care.directory.url]
    assert buttons(shown) == [world.content.care.directory.label, SHOW_ANYWAY]
    assert world.seen_by(world.lea) == []
    assert asked.followups == []
    assert await no_row(world)


@pytest.mark.parametrize("name", CARE_KINDS)
def test_the_message_is_what_the_issue_asks(world: World, name: str) -> None:
    care = kind_of(world, name)

    sentences = [part for part in care.message.replace("\n", " ").split(". ") if part.strip()]
    assert len(sentences) <= 4
    assert "?" not in care.contacts + care.message
    said = care.message.lower()
    assert "a program wrote this" in said
    assert "only you can see it" in said
    assert "nothing you typed was kept" in said
    assert "emergency number" in care.contacts
    if name == "violence":
        assert "someone who looks at your phone could see it" in said


async def test_a_guild_s_own_contacts_stand_after_the_editors(world: World) -> None:
    await world.services.guilds.change(world.guild.id, help_contacts="Write to our helpers in #quiet-room.")

    shown = answer(await world.maya.slash(world.general, "ask", question=SIGNS["self_harm"]))

    care = kind_of(world, "self_harm")
    assert read(shown) == "\n".join(
        [care.contacts, "**In this server:** Write to our helpers in #quiet-room.", care.message]
    )


def test_contacts_are_never_cut_for_those_of_a_guild(world: World) -> None:
    card = world.content.care
    kinds = tuple(replace(kind, contacts="c" * 2500, message="m" * 1000) for kind in card.kinds)
    full = replace(card, kinds=kinds)

    components = care_cards.care_components(full, "violence", guild_contacts="g" * 800)

    assert text_of(components) == f"{'c' * 2500}\n{'m' * 1000}"


# ---------------------------------------------------------------------- while typing


async def test_while_a_sign_is_typed_one_entry_is_offered(world: World, kind: str) -> None:
    offered = await world.maya.autocomplete(world.general, "ask", "question", SIGNS[kind])

    assert [choice["name"] for choice in offered] == ["Talk to someone now (private)"]
    chosen = await world.maya.slash(world.general, "ask", question=offered[0]["value"])
    assert read(answer(chosen)).startswith(kind_of(world, kind).contacts)
    assert await no_row(world)


async def test_the_entry_of_a_long_text_is_chosen_as_well(world: World, kind: str) -> None:
    typed = "we met in spring and everything was light and easy for a while and then it all went wrong. " * 3
    offered = await world.maya.autocomplete(world.general, "ask", "question", typed + SIGNS[kind])

    (choice,) = offered
    assert choice["name"] == TALK_NOW
    assert len(choice["value"]) <= 100
    shown = answer(await world.maya.slash(world.general, "ask", question=choice["value"]))
    assert read(shown).startswith(kind_of(world, kind).contacts)
    # There was no room for the question in the choice, so there is none to show.
    assert SHOW_ANYWAY not in buttons(shown)
    assert await no_row(world)


async def test_the_entry_s_own_words_typed_by_hand_open_it(world: World) -> None:
    shown = answer(await world.maya.slash(world.general, "ask", question="Talk to someone now (private)"))

    assert read(shown).startswith(kind_of(world, CARE_KINDS[0]).contacts)


# ---------------------------------------------------------------------- "I'm safe"


async def test_whoever_is_safe_gets_the_ordinary_answer_and_no_row(world: World) -> None:
    shown = answer(await world.maya.slash(world.general, "ask", question=SAFE_AND_CLEAR))
    pressed = await world.maya.click(shown, label=SHOW_ANYWAY)
    result = answer(pressed)

    first, second, *_ = [found.topic for found in world.edition.matcher.ordinary(SAFE_AND_CLEAR).candidates]
    assert pressed.ephemeral
    assert first.question in read(result) or first.answer in read(result)
    # The message with the contacts stays where it was.
    assert read(shown).startswith(kind_of(world, "self_harm").contacts)
    while label := next((name for name in buttons(result) if name in (first.title, second.question)), None):
        result = answer(await world.maya.click(result, label=label))
        if "Not what I asked" in buttons(result):
            break
    assert "Helpful" not in buttons(result)
    await world.maya.click(result, label="Not what I asked")
    assert "Nothing you typed was kept." in read(result)
    assert await no_row(world)


async def test_a_miss_behind_the_care_message_is_not_kept(world: World) -> None:
    words = "what colour is the bus to Leeds, i want to die"
    shown = answer(await world.maya.slash(world.general, "ask", question=words))
    result = answer(await world.maya.click(shown, label=SHOW_ANYWAY))

    if "None of these" in buttons(result):
        await world.maya.click(result, label="None of these")
    assert "I couldn't find this in the article." in read(result)
    assert "Nothing you typed was kept." in read(result)
    assert "are kept" not in read(result)
    assert "want to die" not in read(result)
    assert await no_row(world)


@pytest.mark.parametrize("gone_by", ["time", "press", "restart"])
async def test_the_question_is_held_for_a_quarter_of_an_hour_at_most(world: World, gone_by: str) -> None:
    shown = answer(await world.maya.slash(world.general, "ask", question=SAFE_AND_CLEAR))
    if gone_by == "time":
        await world.env.advance_time(15 * 60)
        assert len(world.services.asking._careful) == 0
    elif gone_by == "press":
        await world.maya.click(shown, label=SHOW_ANYWAY)
    else:
        await world.restart()

    pressed = await world.maya.click(shown, label=SHOW_ANYWAY)

    assert pressed.ephemeral
    assert "Your question is not held any more" in read(answer(pressed))
    assert options(answer(pressed)) == [topic.key for topic in world.content.topics()]
    assert await no_row(world)


@pytest.mark.in_a_file
async def test_what_showed_a_sign_is_nowhere_in_the_file(world: World) -> None:
    shown = answer(await world.maya.slash(world.general, "ask", question=f"{SIGNS['violence']} xylophonist"))
    await world.maya.click(shown, label=SHOW_ANYWAY)
    await world.maya.autocomplete(world.general, "ask", "question", f"{SIGNS['violence']} xylophonist")
    await world.services.database.flush()

    path = world.services.settings.file
    for file in path.parent.glob(f"{path.name}*"):
        assert b"xylophonist" not in file.read_bytes()


# ---------------------------------------------------------------------- the quiet card, for every other door


async def test_a_quiet_card_opens_the_message_for_whoever_presses_it(world: World, kind: str) -> None:
    channel = world.bot.get_channel(world.general.id)
    assert channel is not None
    posted = await channel.send(view=Card(quiet(world, kind)))  # type: ignore[union-attr]
    await world.env.settle()

    (seen,) = world.seen_by(world.lea)
    assert read(seen) == QUIET_TEXT == "There is something here for you, when you want it."
    assert buttons(seen) == ["Read"]
    # What anybody can look up in Discord's own data does not tell the kind either.
    assert not any(word in str(components_of(seen)) for word in (*CARE_KINDS, "harm", "violence", "care"))
    await world.restart()
    opened = await world.maya.click(posted, label="Read")

    assert opened.ephemeral
    assert read(answer(opened)).startswith(kind_of(world, kind).contacts)
    assert SHOW_ANYWAY not in buttons(answer(opened))
    assert await no_row(world)


async def test_a_seal_of_another_database_still_opens_a_care_message(world: World) -> None:
    assert (
        care_cards.quiet_kind(world.content.care, world.services.member_keys, "00ff", "0123456789abcdef")
        == CARE_KINDS[0]
    )


def test_two_quiet_cards_cannot_be_told_apart_by_kind(world: World) -> None:
    made = [
        next(part["custom_id"] for part in walk(quiet(world, kind)) if "custom_id" in part)
        for kind in ("violence", "violence", "self_harm")
    ]

    assert len(set(made)) == 3
    assert len({len(one) for one in made}) == 1


# ---------------------------------------------------------------------- the cards by themselves


def test_the_parts_of_the_message_stand_in_their_order(content: Content, kind: str) -> None:
    care = content.care
    (alone,) = care_cards.care_components(care, kind)
    (with_guilds,) = care_cards.care_components(care, kind, guild_contacts="Noor")

    assert [part["type"] for part in alone["components"]] == [10, 1, 14, 10]
    assert [part["type"] for part in with_guilds["components"]] == [10, 10, 1, 14, 10]
    assert with_guilds["components"][1]["content"] == "**In this server:** Noor"
    (button,) = alone["components"][1]["components"]
    assert (button["label"], button["url"]) == (care.directory.label, care.directory.url)
    with pytest.raises(ValueError, match="no such kind of danger: joy"):
        care_cards.care_components(care, "joy")


@pytest.mark.parametrize(("left", "shown"), [(0, True), (-1, False)])
def test_a_guilds_contacts_are_shown_where_the_message_has_room_for_them(
    content: Content, left: int, shown: bool
) -> None:
    found = content.care.kind("violence")
    assert found is not None
    room = 3_900 - len(found.contacts) - len(found.message)

    (card,) = care_cards.care_components(content.care, "violence", guild_contacts="x" * (room - left))

    assert ("xxx" in text_of([card])) is shown


def test_whoever_is_safe_has_a_button_where_their_question_is_held(content: Content) -> None:
    held = care_cards.care_card(content.care, "violence", held_as=7)

    assert [part["custom_id"] for part in walk(held.components) if part.get("custom_id")] == ["safe:7"]
    bare = care_cards.care_card(content.care, "violence")
    assert not [part for part in walk(bare.components) if part.get("custom_id")]


@pytest.mark.parametrize(("length", "whole"), [(100, True), (101, False)])
def test_an_entry_holds_what_was_typed_where_discord_has_room_for_it(
    content: Content, length: int, whole: bool
) -> None:
    typed = "x" * length
    choice = care_cards.care_choice("violence", typed)

    assert choice.name == TALK_NOW
    assert (choice.value == typed) is whole
    assert care_cards.kind_chosen(content.care, choice.value) == (None if whole else "violence")


@pytest.mark.parametrize(
    ("value", "chosen"),
    [
        (TALK_NOW, CARE_KINDS[0]),
        (f"{TALK_NOW} harm_to_others", "harm_to_others"),
        (f"{TALK_NOW} joy", CARE_KINDS[0]),
        ("violence", None),
        ("", None),
    ],
)
def test_the_kind_is_read_from_an_entry_and_from_no_other_words(
    content: Content, value: str, chosen: str | None
) -> None:
    assert care_cards.kind_chosen(content.care, value) == chosen


# ---------------------------------------------------------------------- who is hurt, and in no danger that shows


@pytest.mark.parametrize("words", ["help", "Help me!!", "pls help me 😭", "😭💔", "why does everything hurt 💔"])
async def test_who_asks_for_help_or_is_only_hurt_reads_of_people_and_of_topics(world: World, words: str) -> None:
    asked = await world.maya.slash(world.general, "ask", question=words)

    gentle, shown = kind_of(world, "distress"), answer(asked)
    assert asked.ephemeral
    assert read(shown).startswith(f"{gentle.contacts}\n{gentle.message}")
    assert options(shown) == [topic.key for topic in world.content.topics()]
    assert "You asked" not in read(shown)
    assert await no_row(world)


async def test_a_question_that_an_answer_is_certain_for_gets_it_though_it_hurts(world: World) -> None:
    shown = answer(await world.maya.slash(world.general, "ask", question="is my tf the runner?? 😭"))

    assert "Helpful" in buttons(shown)


async def test_topics_below_help_are_given_and_not_counted(world: World) -> None:
    words = "he pulls away and i cry and cry, what is a soul contract"
    asked = answer(await world.maya.slash(world.general, "ask", question=words))
    near = next(topic for topic in world.content.topics() if topic.question in buttons(asked))

    shown = answer(await world.maya.click(asked, label=near.question))

    assert near.answer in read(shown)
    assert await no_row(world)


def test_help_is_whole_however_much_stands_below_it(content: Content) -> None:
    long = tuple(replace(kind, contacts="c" * 2500, message="m" * 1000) for kind in content.care.kinds)
    help_first = care_cards.care_components(replace(content.care, kinds=long), "distress")
    near = list(content.topics())[:5]

    card = ask_cards.gently(help_first, near, Card(topics_menu(content.articles * 4)))

    assert text_of(card.components).startswith(f"{'c' * 2500}\n{'m' * 1000}")
    assert len(text_of(card.components)) <= 4_000
    assert sum(1 for _ in walk(card.components)) <= 40
    assert near[0].question in str(card.components)


async def test_every_miss_has_the_way_to_help_on_it(world: World) -> None:
    missed = answer(await world.maya.slash(world.general, "ask", question="what colour is the bus to Leeds"))
    opened = await world.maya.click(missed, label=TALK_NOW)

    gentle = kind_of(world, "distress")
    assert opened.ephemeral
    assert read(answer(opened)) == f"{gentle.contacts}\n{gentle.message}"
    await world.maya.click(missed, label="Don't keep this")
    assert "Your words are deleted." in read(missed)
    assert TALK_NOW in buttons(missed)


async def test_so_has_an_answer_that_was_not_it(world: World) -> None:
    shown = answer(await world.maya.slash(world.general, "ask", question="is my tf the runner??"))
    await world.maya.click(shown, label="Not what I asked")

    assert TALK_NOW in buttons(shown)


async def test_a_miss_that_says_somebody_is_hurt_is_not_kept(world: World) -> None:
    words = "is my tf the runner?? 💔"
    shown = answer(await world.maya.slash(world.general, "ask", question=words))
    await world.maya.click(shown, label="Not what I asked")

    assert "Nothing you typed was kept." in read(shown)
    await world.services.database.flush()
    assert await world.rows("SELECT * FROM misses") == []
