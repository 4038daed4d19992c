"""Everything that the bot says, in a language that was added for this, and in those that it has.

The language shows what is not translated, cut off or too long, and that a seventh one can be added: as
docs/translating.md says, with a catalog, numbers and dates, and articles in its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands
from simcord import interactions

from lantern import PROJECT
from lantern.answers import edition
from lantern.content import models
from lantern.languages import translation
from lantern.languages.translation import LANGUAGES
from tests.languages.catalogs import MADE, found_in_code, key, written
from tests.support.discord_limits import command_length, described
from tests.support.presses import MAY
from tests.support.pseudo import BEGIN, END, PSEUDO, pseudo, seventh_language, texts_of
from tests.support.tour import Tour, everything, locale_of
from tests.support.world import World


@pytest.fixture
def language() -> str:
    """The language that everybody reads."""
    return PSEUDO


@pytest.fixture
def content(language: str, tmp_path: Path) -> Iterator[models.Content]:
    """The shipped content, with that language where nobody speaks it."""
    if language != PSEUDO:
        yield edition.load(PROJECT / "content")
        return
    with seventh_language(tmp_path / "seventh") as content:
        yield content


def in_language(world: World, language: str, monkeypatch: pytest.MonkeyPatch) -> Tour:
    """The tour where everybody, and the server, reads a language."""
    locale, made = locale_of(language), interactions.base_payload

    def base_payload(*arguments: Any, **more: Any) -> Any:
        record, payload = made(*arguments, **more)
        told = {"guild_locale": locale} if payload.get("guild_id") else {}
        return record, {**payload, "locale": locale, **told}

    monkeypatch.setattr(interactions, "base_payload", base_payload)
    world.env.backend.guilds[world.guild.id].preferred_locale = locale
    guild = world.bot.get_guild(world.guild.id)
    assert guild is not None
    guild.preferred_locale = discord.Locale(locale)
    return Tour(world, language)


# ---------------------------------------------------------------------- what is left in English

NO_WORDS = re.compile(
    r"```.*?```|`[^`]*`|<[^<>]*>|\]\([^)]*\)|\b[\w-]+\.(?:json|zip|png|csv)\b|(?<!\w)/[a-z][a-z-]*",
    re.DOTALL,
)
"""Code, mentions, files and commands."""
URL = re.compile(r"https?://[^\s)]+")
ENGLISH = re.compile(r"[A-Za-z]{2,}")
"""In that language every letter has an accent."""
SAME = {"Lantern", "UTC", "CSV", "JSON", "Asia", "Kolkata", "London", "Europe", "ID"}


def words_left(text: str, own: set[str]) -> list[str]:
    """The English words in a text, besides what people wrote themselves, longest first, and names."""
    text = URL.sub(" ", text)
    for known in sorted((URL.sub(" ", each) for each in own if len(each) > 2), key=len, reverse=True):
        text = text.replace(known, " ")
    return [word for word in ENGLISH.findall(NO_WORDS.sub(" ", text)) if word not in SAME]


def care_texts(content: models.Content) -> set[str]:
    """What is said in danger: editors translate it in files of its own, and nobody has into that language."""
    return {text for text in texts_of([content.care, content.helplines]) if len(text) > 3}


# ---------------------------------------------------------------------- the tour


UNSAID = 0.25
"""Share of all sentences that the tour need not meet: faults, and what takes hours or hundreds of channels."""


def patterns() -> dict[str, re.Pattern[str]]:
    """What every press in `MAY` looks like, but those that are forged or somebody else's."""
    forged = ("set-open:contacts", "forget:{stolen}", "undo:{stolen_card}", "undo:{message}", "whole:{stolen_card}")
    any_of = {"hope", "runner", "x", "y"}
    return {
        pattern: re.compile(
            ":".join(
                "[^:]+" if "{" in part or part.isdigit() or part in any_of else part for part in pattern.split(":")
            )
            + "(?::.*)?"
        )
        for pattern, people in MAY.items()
        if people and not pattern.startswith(forged)
    }


def names(commands: Any, before: str = "") -> Iterator[str]:
    """The names of all commands, as they are typed."""
    for command in commands:
        if isinstance(command, app_commands.Group):
            yield from names(command.commands, f"{command.name} ")
        else:
            yield f"{before}{command.name}"


async def test_everything_that_is_said_is_in_the_readers_language_and_fits_discord(
    world: World, content: models.Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    sentences = Said(monkeypatch)
    tour = in_language(world, PSEUDO, monkeypatch)

    await everything(tour)

    # Nothing was left out.
    pressed = {name for name, pattern in patterns().items() if any(map(pattern.fullmatch, tour.pressed))}
    assert patterns().keys() - pressed == set()
    topics = {f"{topic.article.command} {topic.key}" for topic in content.topics()}
    assert set(names(world.bot.tree.get_commands())) - tour.commands - topics <= set()
    menus = {command.name for command in world.bot.tree.get_commands(type=MESSAGE)}
    assert menus <= tour.commands
    left = sentences.left()
    assert len(left) < UNSAID * len(sentences.all), "\n".join(sorted(left))

    # What Discord takes, and what people read.
    assert not tour.broken()
    own = tour.typed | care_texts(content)
    read = dict.fromkeys((text.where, text.text) for _step, text in tour.read())
    assert len(read) > 300
    assert not [f"{where}: {words}: {text}" for where, text in read if (words := words_left(text, own))]
    assert not [f"{where} is cut: {text}" for where, text in read if text.count(BEGIN) != text.count(END)]

    # The same places have room for the languages that there are.
    room = room_for(tour)
    assert len(room) > 50
    assert not [
        f"{language}: {string} for {room[key(message)]}"
        for language in MADE
        for message in written(language)
        if message.id and key(message) in room
        for string in ([message.string] if isinstance(message.string, str) else message.string or ())
        if len(string) > room[key(message)]
    ]


def room_for(tour: Tour) -> dict[str, int]:
    """How many characters Discord takes of a sentence that stands alone somewhere, by the English one."""
    sentences = {pseudo(key(message)): key(message) for message in found_in_code() if message.id}
    room: dict[str, int] = {}
    for _step, text in tour.read():
        if (sentence := sentences.get(text.text)) is not None:
            room[sentence] = min(text.limit, room.get(sentence, text.limit))
    return room


def longest() -> list[str]:
    """The language whose sentences are the longest, in a list; none while there are no catalogs."""
    lengths = {language: sum(len(str(message.string)) for message in written(language)) for language in MADE}
    return [max(lengths, key=lambda language: lengths[language])] if lengths else []


@pytest.mark.parametrize("language", longest())
async def test_everything_fits_discord_in_the_longest_of_the_languages(
    world: World, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tour = in_language(world, language, monkeypatch)

    await everything(tour)

    assert not tour.broken()


MESSAGE = discord.AppCommandType.message


class Said:
    """Which sentences of the code were said in the language."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # Descriptions of commands have a test of their own.
        self.all = {
            key(message)
            for message in found_in_code()
            if message.id and not all(file.startswith("cogs/") for file, _line in message.locations)
        }
        self.said: set[str] = set()
        catalog = translation.catalog(PSEUDO)
        one, several = catalog.gettext, catalog.ngettext

        def gettext(message: str) -> str:
            self.said.add(message)
            return one(message)

        def ngettext(message: str, many: str, number: int) -> str:
            self.said.add(message)
            return several(message, many, number)

        monkeypatch.setattr(catalog, "gettext", gettext)
        monkeypatch.setattr(catalog, "ngettext", ngettext)

    def left(self) -> set[str]:
        return self.all - self.said


async def test_commands_are_described_in_the_readers_language(world: World, content: models.Content) -> None:
    registered = list(world.env.backend.commands[None].values())

    found = list(described(registered, locale_of(PSEUDO)))

    assert len(found) > 60
    in_itself = {f"choice {name}" for name in LANGUAGES.values()}
    assert not [
        where
        for where, text, limit in found
        if where not in in_itself and (not 0 < len(text) <= limit or words_left(text, set(LANGUAGES.values())))
    ]
    assert not [command["name"] for command in registered if command_length(command) > 8_000]
