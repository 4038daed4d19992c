"""Some who type are in danger: whichever way words come in, the care message comes first, and nothing is kept."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
import simcord

from lantern.answers import ask_cards, care_cards
from lantern.answers.care_cards import QUIET_TEXT
from lantern.answers.link_cards import quiet_nonce
from lantern.content import models
from lantern.content.models import Content
from lantern.matching.matcher import Matcher
from lantern.preview import simcord_gaps
from lantern.ui.cards import Card, Component, text_of, topics_menu, walk
from tests.support.world import World, answer, buttons, components_of, options, press_id, read

SIGNS = {
    "self_harm": "i want to die",
    "violence": "he hits me and i am scared to go home",
    "harm_to_others": "i want to kill him",
    "minor": "i am 14 and he is 31 and wants pics",
    "sexual": "my healer says i must sleep with him to clear my karma",
    "health": "i stopped my meds so that the union can come",
}
CARE_KINDS = tuple(SIGNS)
TALK_NOW = "Talk to someone now (private)"
SHOW_ANYWAY = "I'm safe, show me the article"
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


def card_of(world: World, kind: str) -> str:
    """What somebody in that danger reads."""
    return text_of(care_cards.care_components(world.content, kind, "en"))


async def test_words_that_show_a_sign_are_answered_with_care_alone(world: World, kind: str) -> None:
    asked = await world.maya.slash(world.general, "ask", question=SIGNS[kind])

    care = kind_of(world, kind)
    shown = answer(asked)
    assert asked.ephemeral
    # What to do at once, numbers, then the sentences, and nothing else in words.
    assert read(shown) == card_of(world, kind)
    assert read(shown).startswith(f"**{care.now['en']}**\n- United States, Canada: **911**\n")
    assert read(shown).endswith(care.message["en"])
    assert link(shown) == [world.content.care.directory.url]
    assert buttons(shown) == [world.content.care.directory.label["en"], SHOW_ANYWAY]
    assert world.seen_by(world.lea) == []
    assert asked.followups == []
    assert await no_row(world)


@pytest.mark.parametrize("name", CARE_KINDS)
def test_the_message_is_what_the_issue_asks(world: World, name: str) -> None:
    care = kind_of(world, name)

    said = care.message["en"].lower()
    assert len([part for part in said.split(". ") if part.strip()]) <= 4
    assert "?" not in said + care.now["en"]
    assert "a program wrote this" in said
    assert "only you can see it" in said
    assert "nothing you typed was kept" in said
    assert "emergency number" in care.now["en"]
    if name == "violence":
        assert "someone who looks at your phone could see it" in said


async def test_a_guild_s_own_contacts_come_first_of_all(world: World) -> None:
    before = card_of(world, "self_harm")
    await world.services.guilds.change(world.guild.id, help_contacts="Write to our helpers in #quiet-room.")

    shown = answer(await world.maya.slash(world.general, "ask", question=SIGNS["self_harm"]))

    assert read(shown) == f"**In this server:** Write to our helpers in #quiet-room.\n{before}"


# ---------------------------------------------------------------------- whom to call, by country


async def in_country(world: World, shown: simcord.ResponseMessage, *chosen: str) -> str:
    """What stands on the card once a country is chosen, or first another page and then a country."""
    for value in chosen:
        await world.maya.select(shown, [value], custom_id=press_id(shown, "care-in:"))
    return read(shown)


async def test_a_country_is_chosen_and_the_card_says_its_numbers(world: World) -> None:
    shown = answer(await world.maya.slash(world.general, "ask", question=SIGNS["violence"]))

    in_britain = await in_country(world, shown, "gb")

    assert in_britain.startswith(
        "**If you are in danger now, call your emergency number:** **999**\n### United Kingdom\n"
    )
    for label in ("England: **0808", "Scotland: **0800", "Wales: **0808", "Northern Ireland: **0808"):
        assert f"- {label}" in in_britain
    assert "\n**To talk to a person**\n- **116\N{NO-BREAK SPACE}123**, call. Samaritans\n" in in_britain
    assert "988" not in in_britain
    assert link(shown) == ["https://findahelpline.com/countries/gb"]
    # The way to what they asked is still there, and so is the menu: it was the wrong country.
    assert buttons(shown)[-1] == SHOW_ANYWAY
    assert "988" in await in_country(world, shown, "us")
    await world.maya.click(shown, label=SHOW_ANYWAY)
    assert await no_row(world)


async def test_all_countries_can_be_chosen_page_by_page_and_after_a_restart(world: World) -> None:
    shown = answer(await world.maya.slash(world.general, "ask", question=SIGNS["self_harm"]))
    first = options(shown)
    assert len(first) == 24
    assert first[-1] == "1"
    await world.restart()

    await in_country(world, shown, "1")

    second = options(shown)
    assert second[0] == "0"
    codes = [country.country for country in world.content.helplines.countries]
    assert sorted([*first[:-1], *second[1:]]) == sorted(codes)
    await world.restart()
    last = second[-1]
    country = world.content.helplines.country(last)
    assert country is not None
    assert f"### {country.names['en']}\n" in await in_country(world, shown, last)
    assert options(shown) == second
    assert await in_country(world, shown, "0") == card_of(world, "self_harm")
    assert await no_row(world)


async def test_neither_a_choice_nor_a_page_is_kept_or_needs_the_database(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    shown = answer(await world.maya.slash(world.general, "ask", question=SIGNS["self_harm"]))
    caplog.set_level("DEBUG", "lantern")
    await world.services.database.close()

    in_germany = await in_country(world, shown, "de")

    assert "0800\N{NO-BREAK SPACE}1110111" in in_germany
    again = answer(await world.maya.slash(world.general, "ask", question=SIGNS["violence"]))
    assert read(again) == card_of(world, "violence")
    assert "care-in" not in caplog.text
    assert "de" not in [record.getMessage() for record in caplog.records]


async def test_a_kind_or_a_country_that_editors_took_out_still_gets_help(world: World) -> None:
    shown = answer(await world.maya.slash(world.general, "ask", question=SIGNS["violence"]))
    care, helplines = world.content.care, world.content.helplines
    left = tuple(each for each in helplines.countries if each.country != "gb")
    fewer = replace(
        world.content,
        care=replace(care, kinds=tuple(kind for kind in care.kinds if kind.kind != "violence")),
        helplines=replace(helplines, countries=left),
    )
    await world.restart(content=fewer)

    assert await in_country(world, shown, "gb") == card_of(world, "self_harm")
    assert "gb" not in options(shown)


@pytest.mark.parametrize(
    ("locale", "first", "last"),
    [
        (
            "es-419",
            "**Si sientes que podrías hacerte daño ahora, llama al número de emergencias:**",
            "No corro peligro, ver el artículo",
        ),
        ("hi", "**अगर अभी खुद को नुकसान", "मैं सुरक्षित हूँ, मुझे लेख दिखाएँ"),
        ("ja", "**If you might hurt yourself now,", SHOW_ANYWAY),
    ],
)
async def test_the_card_is_in_the_readers_language_where_there_is_one(
    world: World, locale: str, first: str, last: str
) -> None:
    simcord_gaps.everybody_reads(world.env, locale)

    shown = answer(await world.maya.slash(world.general, "ask", question=SIGNS["self_harm"]))

    message = kind_of(world, "self_harm").message
    assert read(shown).startswith(first)
    assert read(shown).endswith(message.get(locale.partition("-")[0], message["en"]))
    assert buttons(shown)[-1] == last
    assert (await in_country(world, shown, "de")).startswith(first)


def menu(components: list[Component]) -> list[str]:
    return [option["value"] for part in walk(components) if part["type"] == 3 for option in part["options"]]


@pytest.mark.parametrize(
    ("language", "first"),
    [
        ("en", ["us", "gb", "ca", "in"]),
        ("es", ["es", "mx", "ar", "cl", "us"]),
        ("pt", ["br", "pt"]),
        ("fr", ["fr", "ca", "ch"]),
        ("de", ["de", "at", "ch"]),
        ("hi", ["in"]),
        ("ja", ["jp"]),
        ("cs", []),
    ],
)
def test_the_language_orders_the_menu_and_decides_nothing(content: Content, language: str, first: list[str]) -> None:
    components = care_cards.care_components(content, "self_harm", language)

    listed = menu(components)
    assert listed[: len(first)] == first
    # Nothing is chosen for anybody, and what is shown before they choose names its country.
    assert not [option for part in walk(components) for option in part.get("options", ()) if option.get("default")]
    told = text_of(components).splitlines()
    said = language if language in {"es", "pt", "fr", "de", "hi"} else "en"
    heading = next(
        at for at, line in enumerate(told) if line == f"**{content.helplines.said_in(said).about['crisis']}**"
    )
    numbers = [line for line in told[heading:] if line.startswith("- ")]
    assert numbers
    for number, line in zip(first or ["us", "gb", "ca", "in"], numbers, strict=False):
        country = content.helplines.country(number)
        assert country is not None
        assert line.startswith(f"- {country.names[said]}: ")
    if language == "pt":  # the others by their names, in the reader's language and without accents
        assert [content.helplines.country(code).names["pt"] for code in listed[2:8]] == [  # type: ignore[union-attr]
            "África do Sul", "Alemanha", "Argentina", "Austrália", "Áustria", "Canadá",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "first"),
    [
        ("en", ["United States, Canada: **911**", "United Kingdom: **999**", "India: **112**", "Australia: **000**"]),
        (
            "es",
            [
                "España: **112**",
                "México, Estados Unidos: **911**",
                "Argentina: **911** (Buenos Aires y muchas provincias)",
                "Chile: **133** (policía), **131** (ambulancia)",
            ],
        ),
        ("pt", ["Brasil: **190** (polícia), **192** (ambulância)", "Portugal: **112**"]),
        ("fr", ["France, Suisse: **112**", "Canada: **911**"]),
        ("de", ["Deutschland, Österreich, Schweiz: **112**"]),
        ("hi", ["भारत: **112**"]),
        ("ja", ["Japan: **110** (police), **119** (ambulance)"]),
    ],
)
def test_emergency_numbers_are_those_of_the_readers_countries_until_one_is_chosen(
    content: Content, language: str, first: list[str]
) -> None:
    """Nobody reads five numbers of other people's countries first; what to do elsewhere stands last."""
    told = text_of(care_cards.care_components(content, "self_harm", language)).splitlines()

    assert told[1 : 2 + len(first)] == [f"- {line}" for line in [*first, content.helplines.said_in(language).emergency]]
    assert told[2 + len(first)].startswith("**")


def test_a_country_without_an_emergency_number_says_so(content: Content) -> None:
    lines = tuple(line for line in content.helplines.country("in").helplines if line.about == "crisis")  # type: ignore[union-attr]
    without = replace(
        content,
        helplines=replace(content.helplines, countries=(models.Country("in", {"en": "India"}, lines, ("en",)),)),
    )

    chosen = text_of(care_cards.care_components(without, "self_harm", "en", country="in"))
    assert f":** {content.helplines.said_in('en').none}\n### India" in chosen
    first = text_of(care_cards.care_components(without, "self_harm", "en"))
    assert f":**\n- {content.helplines.said_in('en').emergency}\n" in first


def test_every_country_has_its_emergency_number_and_every_number_a_page_to_look_at(content: Content) -> None:
    for country in content.helplines.countries:
        assert [line.number for line in country.helplines if line.about == models.EMERGENCY], country.country
        for line in country.helplines:
            assert re.search(r"\w\.[a-z]{2,}\b", line.source), (country.country, line.number, line.source)


def test_before_a_country_is_chosen_each_of_the_readers_has_the_first_of_what_it_has(content: Content) -> None:
    """A country without a line for violence at home has one to talk to a person."""
    told = text_of(care_cards.care_components(content, "violence", "fr")).splitlines()
    told = told[told.index("**Si quelqu'un te fait du mal, te menace ou te suit**") :]

    assert [line.partition(":")[0] for line in told if line.startswith(("**", "- "))] == [
        "**Si quelqu'un te fait du mal, te menace ou te suit**",
        "- France",
        "**Pour parler à quelqu'un**",
        "- Canada",
        "- Suisse",
    ]


def test_a_helpline_is_said_as_its_data_say_it_and_nothing_more(content: Content) -> None:
    def line(number: str, **said: Any) -> models.Helpline:
        return models.Helpline(
            **{"about": "crisis", "number": number, "source": "a.page", "source_date": "2026"} | said
        )

    lines = (
        line("110", about="emergency", covers={"en": "police"}),
        line("111 222"),
        line("333", by="text", hours="always", cost="free", name="Somebody"),
        line("444", by="call_or_text", hours="08:00-24:00", cost="paid", covers={"en": "from a landline"}),
        line("555", about="violence"),
    )
    only = models.Helplines(content.helplines.words[:1], (models.Country("xx", {"en": "Land"}, lines, ("en",)),))
    shown = [
        text_of(care_cards.care_components(replace(content, helplines=only), "self_harm", "en", country=country))
        for country in (None, "xx")
    ]

    first, chosen = (text.partition(":**")[2].partition("\nA program")[0] for text in shown)
    space = "\N{NO-BREAK SPACE}"
    assert first == (
        f"\n- Land: **110** (police)\n- {only.words[0].emergency}\n**To talk to a person**\n"
        f"- Land: 111{space}222; 333, text; 444, call or text (from a landline)"
    )
    assert chosen == (
        f" **110** (police)\n### Land\n**To talk to a person**\n- **111{space}222**, call\n"
        "- **333**, text, at any hour, free. Somebody\n"
        "- From a landline: **444**, call or text, 08:00–24:00, not free"
    )


def test_a_star_in_a_number_is_shown_and_makes_nothing_bold(content: Content) -> None:
    assert r"- **\*4141**, call" in text_of(care_cards.care_components(content, "self_harm", "en", country="cl"))
    assert r": \*4141" in text_of(care_cards.care_components(content, "self_harm", "es"))


def test_who_is_hurt_by_somebody_is_shown_whom_that_is_the_work_of(content: Content) -> None:
    """Where a country has such a line, in each of the six languages: once these cards promised what no number did."""
    for language, country in (("en", "us"), ("es", "es"), ("pt", "br"), ("fr", "fr"), ("de", "de"), ("hi", "in")):
        words = content.helplines.said_in(language)
        told = text_of(care_cards.care_components(content, "violence", language)).splitlines()
        named = content.helplines.country(country)
        assert named is not None
        assert told[told.index(f"**{words.about['violence']}**") + 1].startswith(f"- {named.names[language]}: ")


@pytest.mark.parametrize("language", ["en", "es", "pt", "fr", "de", "hi"])
def test_every_card_fits_and_has_its_countrys_numbers(content: Content, kind: str, language: str) -> None:
    for country in (None, *content.helplines.countries):
        code = country.country if country else None
        (card,) = care_cards.care_components(content, kind, language, guild_contacts="g" * 800, country=code, page=9)
        told = text_of([card])
        assert told.startswith("**")
        assert f":** {'g' * 800}" in told
        assert len(told) <= 4_000
        if country is not None:
            wanted = content.care.kind(kind)
            assert wanted is not None
            shown = [line for line in country.helplines if line.about in (*wanted.helplines, "emergency")]
            assert not [
                line.number
                for line in shown
                if line.number.replace(" ", "\N{NO-BREAK SPACE}") not in told.replace("\\", "")
            ]
            if not [line for line in shown if line.about != "emergency"]:
                assert content.helplines.said_in(language).none in told


def test_the_longest_that_editors_may_write_goes_whole_before_a_guilds_contacts(content: Content) -> None:
    line = models.Helpline(
        about="crisis",
        number="1" * 30,
        source="s",
        source_date="2026",
        by="call_or_text",
        name="n" * 40,
        covers={"en": "c" * 60},
        hours="always",
        cost="free",
    )
    words = replace(
        content.helplines.words[0],
        about={"crisis": "a" * 60},
        **dict.fromkeys(("call_or_text", "always", "free"), "w" * 35),
        talk="t" * 60,
        emergency="e" * 120,
    )
    country = models.Country("xx", {"en": "N" * 60}, (line,) * models.HELPLINES_MAX)
    full = replace(content, helplines=models.Helplines((words,), (country,)))
    kinds = [replace(kind, now={"en": "t" * 250}, message={"en": "m" * 700}) for kind in content.care.kinds]
    full = replace(full, care=replace(content.care, kinds=tuple(kinds)))

    for code in (None, "xx"):
        components = care_cards.care_components(full, "self_harm", "en", guild_contacts="g" * 800, country=code)
        told = text_of(components)
        assert len(told) <= 4_000
        assert told.count("1" * 30) == models.HELPLINES_MAX
        assert told.endswith("m" * 700)


# ---------------------------------------------------------------------- while typing


async def test_while_a_sign_is_typed_one_entry_is_offered(world: World, kind: str) -> None:
    offered = await world.maya.autocomplete(world.general, "ask", "question", SIGNS[kind])

    assert [choice["name"] for choice in offered] == ["Talk to someone now (private)"]
    chosen = await world.maya.slash(world.general, "ask", question=offered[0]["value"])
    assert read(answer(chosen)).startswith(card_of(world, kind))
    assert await no_row(world)


async def test_the_entry_of_a_long_text_is_chosen_as_well(world: World, kind: str) -> None:
    typed = "we met in spring and everything was light and easy for a while and then it all went wrong. " * 3
    offered = await world.maya.autocomplete(world.general, "ask", "question", typed + SIGNS[kind])

    (choice,) = offered
    assert choice["name"] == TALK_NOW
    assert len(choice["value"]) <= 100
    shown = answer(await world.maya.slash(world.general, "ask", question=choice["value"]))
    assert read(shown).startswith(card_of(world, kind))
    # There was no room for the question in the choice, so there is none to show.
    assert SHOW_ANYWAY not in buttons(shown)
    assert await no_row(world)


@pytest.mark.parametrize(
    ("locale", "talk"),
    [("es-419", "Hablar ahora con alguien (en privado)"), ("hi", "अभी किसी से बात करें (निजी तौर पर)"), ("ja", TALK_NOW)],
)
async def test_the_entry_and_the_small_button_are_in_the_readers_language(world: World, locale: str, talk: str) -> None:
    simcord_gaps.everybody_reads(world.env, locale)

    for door, option in (("ask", "question"), ("answer", "topic")):
        (offered,) = await world.noor.autocomplete(world.general, door, option, "quiero morir " * 20)
        assert offered["name"] == talk
        chosen = answer(await world.noor.slash(world.general, "ask", question=offered["value"]))
        assert link(chosen) == [world.content.care.directory.url]
    missed = answer(await world.maya.slash(world.general, "ask", question="what colour is the bus to Leeds"))
    assert talk in buttons(missed)


async def test_the_entry_s_own_words_typed_by_hand_open_it(world: World) -> None:
    shown = answer(await world.maya.slash(world.general, "ask", question="Talk to someone now (private)"))

    assert read(shown).startswith(card_of(world, CARE_KINDS[0]))


# ---------------------------------------------------------------------- "I'm safe"


async def test_whoever_is_safe_gets_the_ordinary_answer_and_no_row(world: World) -> None:
    shown = answer(await world.maya.slash(world.general, "ask", question=SAFE_AND_CLEAR))
    pressed = await world.maya.click(shown, label=SHOW_ANYWAY)
    result = answer(pressed)

    first, second, *_ = [found.topic for found in world.edition.matcher.ordinary(SAFE_AND_CLEAR).candidates]
    assert pressed.ephemeral
    assert first.question in read(result) or first.answer in read(result)
    # The message with the contacts stays where it was.
    assert read(shown).startswith(card_of(world, "self_harm"))
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
    assert "Sorry, Lantern found no answer to that." in read(result)
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
    assert "Lantern no longer has your question" in read(answer(pressed))
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
    assert read(seen) == QUIET_TEXT == "Here is something for you to read, whenever you like."
    assert buttons(seen) == ["Read"]
    # What anybody can look up in Discord's own data does not tell the kind either.
    assert not any(word in str(components_of(seen)) for word in (*CARE_KINDS, "harm", "violence", "care"))
    await world.restart()
    opened = await world.maya.click(posted, label="Read")

    assert opened.ephemeral
    assert read(answer(opened)).startswith(card_of(world, kind))
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
    (alone,) = care_cards.care_components(content, kind, "en")
    (with_guilds,) = care_cards.care_components(content, kind, "en", guild_contacts="Noor")

    assert [part["type"] for part in alone["components"]] == [10, 10, 1, 1, 14, 10]
    assert [part["type"] for part in with_guilds["components"]] == [10, 10, 10, 1, 1, 14, 10]
    assert with_guilds["components"][0]["content"] == "**In this server:** Noor"
    (button,) = alone["components"][3]["components"]
    assert (button["label"], button["url"]) == ("Find a helpline where you live", content.care.directory.url)


def test_a_kind_without_danger_says_nothing_of_an_emergency(content: Content) -> None:
    gentle = content.care.gentle
    assert gentle.now is None

    components = care_cards.care_components(content, gentle.kind, "en")

    assert text_of(components).startswith(f"{gentle.message['en']}\n**To talk to a person**\n- United States: 988")
    assert "112" not in text_of(components)


def test_whoever_is_safe_has_a_button_where_their_question_is_held(content: Content) -> None:
    held = care_cards.care_card(content, "violence", "en", held_as=7)

    assert [part["custom_id"] for part in walk(held.components) if part.get("custom_id")] == [
        "care-in:violence:0",
        "safe:7",
    ]
    bare = care_cards.care_card(content, "violence", "en")
    assert [part["custom_id"] for part in walk(bare.components) if part.get("custom_id")] == ["care-in:violence:0"]


@pytest.mark.parametrize(("length", "whole"), [(100, True), (101, False)])
def test_an_entry_holds_what_was_typed_where_discord_has_room_for_it(
    content: Content, length: int, whole: bool
) -> None:
    typed = "x" * length
    for language in ("en", "es", "pt", "fr", "de", "hi"):
        choice = care_cards.care_choice(content.helplines, "violence", typed, language)

        assert (choice.name == TALK_NOW) is (language == "en")
        assert (choice.value == typed) is whole
        # Whoever reads it: a choice may be sent by a Discord in another language than it was made in.
        assert care_cards.kind_chosen(content, choice.value) == (None if whole else "violence")


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
    assert care_cards.kind_chosen(content, value) == chosen


# ---------------------------------------------------------------------- who is hurt, and in no danger that shows


FAR = "i cried on the bus to Leeds, where is the mechanic and the hope of tyres"
"""Hurt, and a little nearer to one topic than to the others, which is none that answers it."""


@pytest.mark.parametrize("words", ["help", "Help me!!", "pls help me 😭", "😭💔", "why does everything hurt 💔", FAR])
async def test_who_asks_for_help_or_is_only_hurt_reads_of_people_and_of_topics(world: World, words: str) -> None:
    asked = await world.maya.slash(world.general, "ask", question=words)

    gentle, shown = kind_of(world, "distress"), answer(asked)
    assert asked.ephemeral
    assert read(shown).startswith(card_of(world, "distress"))
    assert read(shown).startswith(gentle.message["en"])
    topics = [topic.key for topic in world.content.topics()]
    assert options(shown)[-len(topics) :] == topics
    assert "You asked" not in read(shown)
    # They may have meant what Lantern can do. Where no topic is likely, none is better than a cold one.
    assert read(shown).endswith("`/help` shows what Lantern can do here.")
    likely = world.edition.matcher.match(words).outcome == "likely"
    assert ("Maybe one of these is close:" in read(shown)) is likely
    assert await no_row(world)


async def test_a_country_is_chosen_beside_the_topics_and_they_stay(world: World) -> None:
    shown = answer(await world.maya.slash(world.general, "ask", question="help me"))
    before = buttons(shown)

    told = await in_country(world, shown, "gb")

    assert "Samaritans" in told
    assert buttons(shown) == before
    assert options(shown)[-1] == [topic.key for topic in world.content.topics()][-1]


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
    long = tuple(replace(kind, message={"en": "m" * 700}) for kind in content.care.kinds)
    full = replace(content, care=replace(content.care, kinds=long))
    help_first = care_cards.care_components(full, "distress", "en", guild_contacts="g" * 800)
    near = list(content.topics())[:5]

    card = ask_cards.gently(help_first, near, Card(topics_menu(content.articles * 4)))

    assert text_of(card.components).startswith(f"**In this server:** {'g' * 800}\n{'m' * 700}\n**To talk to a person**")
    assert len(text_of(card.components)) <= 4_000
    assert sum(1 for _ in walk(card.components)) <= 40
    assert near[0].question in str(card.components)


async def test_every_miss_has_the_way_to_help_on_it(world: World) -> None:
    missed = answer(await world.maya.slash(world.general, "ask", question="what colour is the bus to Leeds"))
    opened = await world.maya.click(missed, label=TALK_NOW)

    assert opened.ephemeral
    assert read(answer(opened)) == card_of(world, "distress")
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


async def test_a_miss_that_may_mean_danger_is_not_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below what is answered with help, and above what every question is: counted nowhere, kept nowhere."""

    def danger(_matcher: Matcher, text: str, *, doubt: bool = False, by_words: bool = False) -> str | None:
        return "self_harm" if doubt and "xylophone" in text else None

    monkeypatch.setattr(Matcher, "danger", danger)
    for words, kept in (("quark xylophone", False), ("quark trombone", True)):
        shown = answer(await world.maya.slash(world.general, "ask", question=words))
        assert read(shown).endswith("Nothing you typed was kept.") is not kept
    await world.services.database.flush()
    assert [row["words"] for row in await world.rows("SELECT words FROM misses")] == ["quark trombone"]
