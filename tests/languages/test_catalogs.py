"""The catalogs of each language: whole, in step with the code, and with the marks of the English."""

from __future__ import annotations

import gettext
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages import Catalog, Message

from lantern.languages.translation import FOLDER, LANGUAGES, ORIGINAL
from tests.languages.catalogs import found_in_code, key, mo_data, po_of, untranslated, updated, written

MADE = sorted(folder.name for folder in FOLDER.glob("*") if folder.is_dir()) if FOLDER.is_dir() else []
"""The languages that have a catalog."""
SAME = frozenset(
    {"Lantern", "Discord", "CSV", "JSON", "UTC", "Runner", "Chaser", "Ego", "Server", "Thread", "Threads", "OK"}
    | {"article", "questions", "Permissions"}
)
"""Words that may be the same in another language as in English; the last three are French, too."""
NEVER_NONE = frozenset({"In the week before: {number}.", "- {words}", "the week before", "this week"})
"""Sentences of one thing or more. Where a language says none as it says one, theirs need no number either."""

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
MARKS = {
    "commands": re.compile(r"(?<![\w/<])/[a-z][a-z-]+"),
    "bold": re.compile(r"\*\*"),
    "code": re.compile(r"`[^`]*`"),
    "mentions and times": re.compile(r"<[^<>\s]*>"),
    "headings": re.compile(r"^#{1,3} ", re.MULTILINE),
    "small lines": re.compile(r"^-# ", re.MULTILINE),
    "quotes": re.compile(r"^> ", re.MULTILINE),
    "entries of a list": re.compile(r"^- ", re.MULTILINE),
    "links": re.compile(r"\]\([^)]*\)"),
    "paragraphs": re.compile(r"\n\n"),
}
"""What has to be in a translation as often as in the English, and the same."""
LIMITS = {"button": 80, "option": 100, "choice": 100, "placeholder": 150, "title of a form": 45, "label of a form": 45}
LIMITS |= {"name in a menu": 32, "description": 100}
"""Characters that Discord takes of a text (its reference, Component Reference and Application Commands), by what the
comment for translators says of it.
"""


def faults(catalog: Catalog, code: Catalog) -> Iterator[str]:
    """All that is wrong in a language's catalog, compared with the sentences of the code."""
    ours, theirs = ({key(each): each for each in one if each.id} for one in (catalog, code))
    for_one = _form_for_one(catalog)
    yield from (f"not in the catalog: “{each}”" for each in theirs.keys() - ours.keys())
    yield from (f"not in the code any more: “{each}”" for each in ours.keys() - theirs.keys())
    yield from (f"not translated: “{key(each)}”" for each in untranslated(catalog))
    for name in ours.keys() & theirs.keys():
        if ours[name].id != theirs[name].id:
            yield f"another plural than in the code: “{name}”"
        if ours[name].fuzzy:
            yield f"guessed: “{name}”"
        for problem in wrong(ours[name], form_for_one=0 if name in NEVER_NONE else for_one):
            yield f"{problem}: “{name}”"


def _form_for_one(catalog: Catalog) -> int | None:
    """Which plural form is for 1 and no other number; None where the language has none, since 0 is said in it, too."""
    form = gettext.c2py(catalog.plural_expr)
    return form(1) if all(form(number) != form(1) for number in (0, *range(2, 200))) else None


def wrong(message: Message, *, form_for_one: int | None) -> Iterator[str]:
    """What is wrong in one translation. An untranslated one has nothing wrong in it."""
    english = [message.id] if isinstance(message.id, str) else [*message.id]
    strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
    forms = [(english[-1] if place else english[0], string) for place, string in enumerate(strings) if string]
    for place, (original, string) in enumerate(forms):
        wanted, has = (set(PLACEHOLDER.findall(text)) for text in (english[-1], string))
        # The form for one may have its number in words, where the English one has.
        in_words = wanted - set(PLACEHOLDER.findall(english[0])) if place == form_for_one else set()
        if has - wanted or wanted - has - in_words:
            yield f"placeholders {sorted(has)} for {sorted(wanted)}"
        for what, pattern in MARKS.items():
            if Counter(pattern.findall(original)) != Counter(pattern.findall(string)):
                yield f"other {what}"
        if (original[:1] == "\n", original[-1:] == "\n") != (string[:1] == "\n", string[-1:] == "\n"):
            yield "another beginning or end of a line"
        if string != string.strip() and original == original.strip():
            yield "blanks around it"
        if string == original and words_left(string):
            yield "still in English"
        comment = " ".join(message.auto_comments).casefold()
        for what, limit in LIMITS.items():
            if comment.startswith(what) and len(string) > limit:
                yield f"{len(string)} characters, and a {what} has {limit}"


def words_left(sentence: str) -> list[str]:
    """The words of a sentence that could be said in another language."""
    for pattern in (PLACEHOLDER, MARKS["code"], MARKS["commands"], MARKS["mentions and times"], MARKS["links"]):
        sentence = pattern.sub(" ", sentence)
    return [word for word in re.findall(r"[^\W\d_]{2,}", sentence) if word not in SAME]


@cache
def code() -> Catalog:
    """The sentences in the code, which reading takes a second."""
    return found_in_code()


@pytest.mark.parametrize("language", MADE)
def test_a_catalog_says_every_sentence_of_the_code_with_its_marks(language: str) -> None:
    assert language in LANGUAGES
    assert language != ORIGINAL

    assert not sorted(faults(written(language), code()))


@pytest.mark.parametrize("language", MADE)
def test_what_the_bot_reads_is_what_translators_wrote(language: str) -> None:
    assert po_of(language).with_suffix(".mo").read_bytes() == mo_data(written(language)), "`make translations`"


def test_every_language_has_a_catalog_or_none_has() -> None:
    assert MADE in ([], sorted(language for language in LANGUAGES if language != ORIGINAL))


# ---------------------------------------------------------------------- that these tests find what is wrong

SENTENCES = {
    "Undo": "Rückgängig",
    "Shared in {channel}: **{title}**.": "In {channel} geteilt: **{title}**.",
    "Use `/help` or </topics:1>, then /setup.": "Nimm `/help` oder </topics:1>, dann /setup.",
    "## Setup\n-# Only you see this": "## Einrichtung\n-# Das siehst nur du",
}


def catalog_of(sentences: dict[str, str], plural: tuple[str, str] = ("Ein Thema", "{number} Themen")) -> Catalog:
    """A catalog of these sentences, and one with a plural."""
    catalog = Catalog(locale="de", fuzzy=False)
    for sentence, string in sentences.items():
        catalog.add(sentence, string, auto_comments=["button"] if sentence == "Undo" else [])
    catalog.add(("One topic", "{number} topics"), plural)
    return catalog


def test_a_catalog_that_is_right_has_no_fault() -> None:
    right = catalog_of(SENTENCES)

    assert not [*faults(right, right)]
    assert not [*faults(catalog_of(SENTENCES, ("{number} Thema", "{number} Themen")), right)]


@pytest.mark.parametrize(
    ("sentence", "string", "fault"),
    [
        ("Undo", "", "not translated"),
        ("Undo", "Undo", "still in English"),
        ("Undo", " Rückgängig", "blanks"),
        ("Undo", "Rückgängig " + "r" * 80, "characters, and a button has 80"),
        ("Undo", "Rückgängig {title}", "placeholders"),
        ("Shared in {channel}: **{title}**.", "In {kanal} geteilt: **{title}**.", "placeholders"),
        ("Shared in {channel}: **{title}**.", "Geteilt: **{title}**.", "placeholders"),
        ("Shared in {channel}: **{title}**.", "In {channel} geteilt: {title}.", "other bold"),
        ("Use `/help` or </topics:1>, then /setup.", "Nimm `/hilfe` oder </topics:1>, dann /setup.", "other code"),
        ("Use `/help` or </topics:1>, then /setup.", "Nimm `/help` oder </topics:1>.", "other commands"),
        ("Use `/help` or </topics:1>, then /setup.", "Nimm `/help`, dann /setup.", "other mentions"),
        ("## Setup\n-# Only you see this", "Einrichtung\n-# Das siehst nur du", "other headings"),
        ("## Setup\n-# Only you see this", "## Einrichtung\nDas siehst nur du", "other small lines"),
    ],
)
def test_each_fault_of_a_translation_is_found(sentence: str, string: str, fault: str) -> None:
    found = [*faults(catalog_of({**SENTENCES, sentence: string}), catalog_of(SENTENCES))]

    assert any(fault in each for each in found), found


@pytest.mark.parametrize("plural", [("Ein Thema", "Themen"), ("Ein Thema", "{zahl} Themen"), ("Ein Thema", "")])
def test_a_plural_without_its_number_is_found(plural: tuple[str, str]) -> None:
    assert [*faults(catalog_of(SENTENCES, plural), catalog_of(SENTENCES))]


def test_a_form_that_is_for_none_as_well_as_for_one_has_its_number() -> None:
    french = Catalog(locale="fr", fuzzy=False)
    french.add(("One topic", "{number} topics"), ("Un sujet", "{number} sujets"))

    assert [each.partition(":")[0] for each in faults(french, french)] == ["placeholders [] for ['number']"]


def test_what_is_missing_or_left_over_is_found() -> None:
    fewer = {sentence: string for sentence, string in SENTENCES.items() if sentence != "Undo"}

    assert [*faults(catalog_of(fewer), catalog_of(SENTENCES))] == ["not in the catalog: “Undo”"]
    assert [*faults(catalog_of(SENTENCES), catalog_of(fewer))] == ["not in the code any more: “Undo”"]


def test_a_catalog_of_the_code_without_a_translation_is_all_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.languages.catalogs.FOLDER", tmp_path)

    empty = updated("de", code())

    assert len([*faults(empty, code())]) == sum(bool(message.id) for message in code())
