"""A seventh language that nobody speaks: each letter with an accent, each sentence a third longer and in brackets.

What is left in English, cut off or too long for Discord shows by itself. Its code is that of a language that Lantern
does not speak, and that Discord and Babel know.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from math import ceil
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from babel.messages import Catalog

from lantern import PROJECT
from lantern.answers import edition, moderators_page
from lantern.content import models
from lantern.languages import formats, translation
from lantern.languages.translation import DOMAIN, LANGUAGES, ORIGINAL
from tests.languages.catalogs import found_in_code, mo_data

PSEUDO: Final = "nl"
LONGER: Final = 0.35
"""How much longer a translation is than the English, at most, as a rule of thumb among translators has it."""
BEGIN, END = "⟦", "⟧"

LETTERS: Final = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "åƀçðéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýžÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽ",
)
KEPT: Final = re.compile(r"\{[^{}]*\}|`[^`]*`|<[^<>]*>|https?://[^\s)]+|(?<!\w)/[a-z][a-z-]*(?: [a-z]+\b(?=`))?")
"""Parts of a sentence that are the same in each language: placeholders, code, mentions, addresses, commands."""
MARKS: Final = re.compile(r"(?:#{1,3} |-# |> |- |\n)*")
"""What begins a line and is no text: heading, small text, quote, list."""


def accented(text: str, *, more: int = 0) -> str:
    """A text with accents on all letters, of which so many are doubled, spread evenly. What is no text stays."""
    pieces: list[str] = []
    at = 0
    for found in KEPT.finditer(text):
        pieces += [text[at : found.start()], found[0]]
        at = found.end()
    pieces.append(text[at:])
    own = pieces[::2]
    letters = sum(letter.isalpha() for piece in own for letter in piece)
    share, due = (more / letters if letters else 0), 0.0
    for number, piece in enumerate(own):
        made = []
        for letter in piece:
            due += share if letter.isalpha() else 0
            made.append(letter.translate(LETTERS) * (1 + int(due)))
            due -= int(due)
        pieces[2 * number] = "".join(made)
    return "".join(pieces)


def extra(text: str) -> int:
    """By how many characters a translation is longer."""
    return ceil(LONGER * len(text))


def pseudo(sentence: str) -> str:
    """A sentence of the interface in the language. Its brackets show where it begins and ends."""
    marks = MARKS.match(sentence)
    before = marks[0] if marks else ""
    own = sentence[len(before) :]
    return f"{before}{BEGIN}{accented(own, more=max(0, extra(own) - len(BEGIN + END)))}{END}"


def pseudo_catalog() -> Catalog:
    """All sentences of the code in the language."""
    catalog = Catalog(locale=PSEUDO)
    for message in found_in_code():
        if message.id:
            said = pseudo(message.id) if isinstance(message.id, str) else tuple(map(pseudo, message.id))
            catalog.add(message.id, said)
    return catalog


def pseudo_formats() -> dict[str, Any]:
    """English numbers and dates with months and days of the language."""

    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: named(each) for name, each in value.items()}
        return [*map(named, value)] if isinstance(value, list) else accented(value) if isinstance(value, str) else value

    patterns: dict[str, Any] = named(formats.all_patterns()[ORIGINAL])
    return patterns


def translated_topic(topic: models.Topic) -> dict[str, Any]:
    """A topic as a translator writes it: longer where there is room, which they see to, too."""
    limits = {"title": models.TITLE_MAX, "question": 80, "summary": 300, "answer": models.ANSWER_MAX, "note": 500}
    texts = {name: text for name in limits if (text := getattr(topic, name))}
    return {
        "key": topic.key,
        "translates": topic.fingerprint,
        **{
            name: accented(text, more=max(0, min(extra(text), limits[name] - len(text))))
            for name, text in texts.items()
        },
        "sample_questions": [*map(accented, topic.sample_questions)],
    }


def pseudo_content(folder: Path) -> models.Content:
    """The shipped content with each article in the language, read from ``folder``, as an editor would have put it."""
    shutil.copytree(PROJECT / "content", folder)
    (folder / PSEUDO).mkdir()
    for article in edition.load(folder).articles:
        translation = {
            "command": article.command,
            **{name: accented(getattr(article, name)) for name in ("title", "view", "source")},
            "topics": [*map(translated_topic, article.topics)],
        }
        text = yaml.safe_dump(translation, allow_unicode=True, sort_keys=False)
        (folder / PSEUDO / f"{article.command}.yml").write_text(text, encoding="utf-8")
    return edition.load(folder)


def moderators_file(folder: Path) -> Path:
    """A copy of what moderators read in Discord, with its translation beside it."""
    original = Path(shutil.copy(moderators_page.FILE, folder))
    text = original.read_text(encoding="utf-8")
    original.with_suffix(f".{PSEUDO}.md").write_text(accented(text, more=extra(text)), encoding="utf-8")
    return original


@contextmanager
def seventh_language(folder: Path) -> Iterator[models.Content]:
    """Lantern speaks it, until the end of the block; gives the content that has it. ``folder`` is empty."""
    mo = folder / "locale" / PSEUDO / "LC_MESSAGES" / f"{DOMAIN}.mo"
    shutil.copytree(translation.FOLDER, folder / "locale")
    mo.parent.mkdir(parents=True)
    mo.write_bytes(mo_data(pseudo_catalog()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(LANGUAGES, PSEUDO, accented("Accents"))
        patch.setattr(translation, "FOLDER", folder / "locale")
        patch.setitem(formats.all_patterns(), PSEUDO, pseudo_formats())
        # Made of it once, at import.
        translated = (*models.TRANSLATED, PSEUDO)
        for module in ("content.models", "content.loading", "answers.edition"):
            patch.setattr(f"lantern.{module}.TRANSLATED", translated)
        patch.setattr(moderators_page, "FILE", moderators_file(folder))
        translation.catalog.cache_clear()
        moderators_page._pages.cache_clear()
        try:
            yield pseudo_content(folder / "content")
        finally:
            translation.catalog.cache_clear()
            moderators_page._pages.cache_clear()


def texts_of(value: Any) -> Iterator[str]:
    """All texts in dataclasses, dictionaries and lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts_of(each)
    elif hasattr(value, "__dataclass_fields__"):
        for each in fields(value):
            yield from texts_of(getattr(value, each.name))
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        for each in value:
            yield from texts_of(each)
