"""What someone in danger is shown: what to do at once, whom to call, then a few quiet sentences.

Nothing of it is kept or counted, the choice of a country included: that travels in custom ids alone, so it outlasts a
restart and needs no database. A card that others see shows neither the sign of danger, nor its kind, nor a helpline.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final
from unicodedata import combining, normalize

import discord
from discord import app_commands, ui

from lantern.content.models import (
    EMERGENCY,
    Care,
    CareKind,
    CareWords,
    Content,
    Country,
    Helpline,
    Helplines,
    in_language,
)
from lantern.languages.translation import N_, _
from lantern.store.member_keys import MemberKeys
from lantern.ui.cards import MESSAGE_TEXT, SELECT_OPTIONS, Card, Component, built, button, link_button, presses_in
from lantern.ui.custom_ids import custom_id

SAFE: Final = "safe"
READ_QUIET: Final = "quiet"
COUNTRY: Final = "care-in"
SHOW: Final = "care"

# Translators: for all to see; it must not tell that somebody is in danger, or that this is about help.
QUIET_TEXT: Final = N_("Here is something for you to read, whenever you like.")

# Translators: a country, or several, and the numbers to call there
IN_A_COUNTRY: Final = N_("{place}: {numbers}")

VALUE_MAX: Final = 100
"""Characters of a choice's value (Discord's reference, Application Command Option Choice)."""
SHOWN_FIRST: Final = 8
"""Helplines that stand on the card before a country is chosen: as many as a phone's screen has room for."""
EMERGENCY_FIRST: Final = 5
"""Countries whose emergency number does. All others are one choice away."""
COUNTRIES_A_PAGE: Final = SELECT_OPTIONS - 2
"""The rest of a menu's options leads to the pages before and after."""


def care_components(
    content: Content,
    kind: str,
    language: str,
    *,
    guild_contacts: str | None = None,
    country: str | None = None,
    page: int = 0,
) -> list[Component]:
    """The message for a kind of danger, as one container; the first kind's where there is none with this name.

    The guild's own contacts, what to do at once, whom to call, a country to choose, the directory's button, then the
    sentences; where nobody is in danger, the sentences come before the numbers. ``country`` is the two letters of the
    one that was chosen, and ``page`` which page of the menu is shown.
    """
    care, words = content.care, content.helplines.said_in(language)
    found, chosen = care.kind(kind) or care.kinds[0], content.helplines.country(country)
    ordered = _ordered(content.helplines.countries, language)
    numbers = _lines_in(chosen, found, words, language) if chosen else _first_lines(ordered, found, words, language)
    message = in_language(found.message, language)
    texts = [*_at_once(found, chosen, ordered, words, language), numbers, message]
    if found.now is None:
        texts = [message, numbers]
    # An editor's words go whole before a guild's go at all.
    if guild_contacts and sum(map(len, (*texts, guild_contacts, words.server))) <= MESSAGE_TEXT - 100:
        texts.insert(0, f"**{words.server}:** {guild_contacts}")
    parts: list[ui.Item[Any]] = [ui.TextDisplay(text) for text in texts if text]
    directory = link_button(
        in_language(care.directory.label, language), care.directory.address(chosen.country if chosen else None)
    )
    choice = [
        ui.ActionRow[Any](_menu(ordered, found, words, language, chosen, page)),
        ui.ActionRow[Any](directory),
    ]
    if found.now is None:
        return built(ui.Container(*parts, *choice))
    return built(ui.Container(*parts[:-1], *choice, ui.Separator(), parts[-1]))


def care_card(
    content: Content, kind: str, language: str, *, guild_contacts: str | None = None, held_as: int | None = None
) -> Card:
    """The whole private message; with ``held_as``, the id a question is held under, the way to its ordinary result."""
    components = care_components(content, kind, language, guild_contacts=guild_contacts)
    if held_as is not None:
        safe = button(content.helplines.said_in(language).safe, custom_id(SAFE, held_as))
        components += built(ui.ActionRow(safe))
    return Card(components)


def with_another(components: Sequence[Component], container: Component) -> Card | None:
    """A message in which ``container`` stands in place of the one whose menu was used; None where it has none."""
    olds = [any(name == COUNTRY for name, *_ in presses_in([part])) for part in components]
    if not any(olds):
        return None
    return Card([container if is_old else part for part, is_old in zip(components, olds, strict=True)])


def small_way(content: Content, language: str) -> list[Component]:
    """A button that opens the help for who is hurt, for a card that has no answer: nobody who asks is left alone."""
    label = content.helplines.said_in(language).talk
    return built(ui.ActionRow(button(label, custom_id(SHOW, content.care.gentle.kind))))


# ---------------------------------------------------------------------- countries and their numbers


def _ordered(countries: Sequence[Country], language: str) -> list[Country]:
    """Those where the language is read, those where it comes first before the others; then the rest, as editors ordered
    them. The language decides no more than this.
    """
    read = [country for country in countries if language in country.languages]
    read.sort(key=lambda country: country.languages.index(language))
    return read + [country for country in countries if country not in read]


def _read_in(ordered: Sequence[Country], language: str) -> Sequence[Country]:
    """The countries where a language is read; where it is read in none, all, as editors ordered them."""
    return [country for country in ordered if language in country.languages] or ordered


def _about(kind: CareKind, words: CareWords) -> Sequence[str]:
    return kind.helplines or list(words.about)


def _at_once(
    kind: CareKind, chosen: Country | None, ordered: Sequence[Country], words: CareWords, language: str
) -> Iterator[str]:
    """What to do at once, with the emergency numbers of the country, or of the reader's where it is not known."""
    if kind.now is None:
        return
    if chosen:
        yield f"**{in_language(kind.now, language)}** {_emergency(chosen, language) or words.none}"
    else:
        lines = [f"**{in_language(kind.now, language)}**", *_first_emergency(ordered, language), words.emergency]
        yield "\n- ".join(lines)


def _emergency(country: Country, language: str) -> str:
    lines = [line for line in country.helplines if line.about == EMERGENCY]
    return ", ".join(f"**{_unbroken(line)}**{_covered(line, language)}" for line in lines)


def _first_emergency(ordered: Sequence[Country], language: str) -> Iterator[str]:
    """Emergency numbers before a country is chosen: of countries where the language is read, each number once."""
    countries = dict[str, list[str]]()
    for country in _read_in(ordered, language)[:EMERGENCY_FIRST]:
        if numbers := _emergency(country, language):
            countries.setdefault(numbers, []).append(in_language(country.names, language))
    return (_(IN_A_COUNTRY).format(place=", ".join(names), numbers=numbers) for numbers, names in countries.items())


def _unbroken(line: Helpline) -> str:
    """The number as Discord shows it whole: no end of a line breaks it, and a star in it is one."""
    return line.number.replace(" ", "\N{NO-BREAK SPACE}").replace("*", r"\*")


def _covered(line: Helpline, language: str) -> str:
    return f" ({in_language(line.covers, language)})" if line.covers else ""


def _first_lines(ordered: Sequence[Country], kind: CareKind, words: CareWords, language: str) -> str:
    """Numbers before a country is chosen: of each country where the language is read, for what this kind shows first.

    Where it is read in none, of those countries that editors put first.
    """
    groups, listed, numbers = [], set[str](), 0
    for about in _about(kind, words):
        texts = [f"**{words.about.get(about, about)}**"]
        for country in _read_in(ordered, language):
            lines = [line for line in country.helplines if line.about == about]
            numbers += len(lines) if country.country not in listed else 0
            if not lines or country.country in listed or numbers > SHOWN_FIRST:
                continue
            listed.add(country.country)
            told = [
                f"{_unbroken(line)}{f', {getattr(words, line.by)}' if line.by != 'call' else ''}"
                f"{_covered(line, language)}"
                for line in lines
            ]
            place = in_language(country.names, language)
            texts.append("- " + _(IN_A_COUNTRY).format(place=place, numbers="; ".join(told)))
        groups += ["\n".join(texts)] if len(texts) > 1 else []
    return "\n\n".join(groups)


def _lines_in(country: Country, kind: CareKind, words: CareWords, language: str) -> str:
    """All numbers of a country that this kind shows, under what they are about."""
    groups = []
    for about in _about(kind, words):
        if lines := [line for line in country.helplines if line.about == about]:
            listed = "\n".join(f"- {_in_words(line, words, language)}" for line in lines)
            groups.append(f"**{words.about.get(about, about)}**\n{listed}")
    # With an empty line between, or the next group's heading would belong to the last number.
    return f"### {in_language(country.names, language)}\n" + ("\n\n".join(groups) or words.none)


def _in_words(line: Helpline, words: CareWords, language: str) -> str:
    """One helpline as its data say it, and nothing that they do not: ``England: **0808 2000 247**, call``."""
    covered = f"{in_language(line.covers, language)}: " if line.covers else ""
    hours = words.always if line.hours == "always" else (line.hours or "").replace("-", "–")
    cost = {"free": words.free, "paid": words.paid, None: ""}[line.cost]
    facts = ", ".join(filter(None, [f"**{_unbroken(line)}**", getattr(words, line.by), hours, cost]))
    return covered[:1].upper() + covered[1:] + facts + (f". {line.name}" if line.name else "")


def _as_sorted(name: str) -> str:
    """A name without its accents: "États-Unis" stands among the E."""
    return "".join(letter for letter in normalize("NFKD", name) if not combining(letter))


def _menu(
    ordered: Sequence[Country], kind: CareKind, words: CareWords, language: str, chosen: Country | None, page: int
) -> ui.Select[Any]:
    """The countries to choose from, a page of them: the reader's first, then the others by their names.

    A page's own options lead to the others, by their numbers.
    """
    read = [country for country in ordered if language in country.languages]
    others = sorted(ordered[len(read) :], key=lambda each: _as_sorted(in_language(each.names, language)))
    listed = read + others
    pages = range(0, len(listed), COUNTRIES_A_PAGE)
    page = min(page, len(pages) - 1)
    menu: ui.Select[Any] = ui.Select(custom_id=custom_id(COUNTRY, kind.kind, page), placeholder=words.choose)
    if page:
        menu.add_option(label=f"← {words.back}", value=str(page - 1))
    for each in listed[pages[page] :][:COUNTRIES_A_PAGE]:
        menu.add_option(label=in_language(each.names, language), value=each.country, default=each is chosen)
    if page < len(pages) - 1:
        menu.add_option(label=f"{words.more} →", value=str(page + 1))
    return menu


# ---------------------------------------------------------------------- while typing


def care_choice(helplines: Helplines, kind: str, typed: str, language: str) -> app_commands.Choice[str]:
    """The entry of an autocomplete list for words that show ``kind``, in the reader's language.

    Its value is what was typed, so that whoever is safe gets to their question; where Discord has no room for that, it
    is the kind alone. Either is looked at again when it arrives.
    """
    label = helplines.said_in(language).talk
    return app_commands.Choice(name=label, value=typed if len(typed) <= VALUE_MAX else f"{label} {kind}")


def kind_chosen(content: Content, value: str) -> str | None:
    """The kind that :func:`care_choice` put into a value, in any language, or its bare label; None for other text."""
    label = next((words.talk for words in content.helplines.words if value.startswith(words.talk)), None)
    if label is None:
        return None
    return (content.care.kind(value.removeprefix(label).strip()) or content.care.kinds[0]).kind


# ---------------------------------------------------------------------- for all to see


def quiet_components(member_keys: MemberKeys, kind: str, *, nonce: str) -> list[Component]:
    """A card that says nothing but that something is here, whose **Read** opens the care message privately.

    Everybody can see a message's custom ids, so the kind is in it as a seal that only this bot can tell apart.
    ``nonce`` is another for every card, see :func:`lantern.answers.link_cards.quiet_nonce`.
    """
    read = button(
        _("Read"), custom_id(READ_QUIET, nonce, member_keys.seal("care", nonce, kind)), discord.ButtonStyle.primary
    )
    return built(ui.Container(ui.TextDisplay(_(QUIET_TEXT)), ui.ActionRow(read)))


def quiet_kind(care: Care, member_keys: MemberKeys, nonce: str, seal: str) -> str:
    """The kind that was sealed; the first one where none fits, such as in another database: help never fails."""
    kinds = [kind.kind for kind in care.kinds]
    return next((kind for kind in kinds if member_keys.seal("care", nonce, kind) == seal), kinds[0])
