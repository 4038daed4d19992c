"""The page for moderators: each in their own language, where it is translated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lantern.answers import moderators_page
from lantern.languages.translation import LANGUAGES, _, speaking
from lantern.ui.cards import MESSAGE_TEXT, text_of

BUTTONS = ("Answer this", "See what they would read", "Post a quiet card", "What to say and do")
"""What the page names, as it is labelled."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for invented pages."""
    monkeypatch.setattr(moderators_page, "FILE", tmp_path / "moderators.md")
    moderators_page._pages.cache_clear()
    yield tmp_path
    moderators_page._pages.cache_clear()


def shape(text: str) -> list[str]:
    """What a translation has in common with the original: its headings' levels, its list items, and its commands."""
    return [found[0] for found in re.finditer(r"^#+ |^- |`/[a-z-]+`", text, re.MULTILINE)]


def differences(original: str, translated: str, language: str) -> list[str]:
    """What is missing in a translation of the page, or is there once too often."""
    with speaking(language):
        labels = [f"**{_(label)}**" for label in BUTTONS]
    found = [label for label in labels if label not in " ".join(translated.split())]
    if shape(original) != shape(translated):
        found.append("headings, list items and commands")
    return found


def test_the_page_is_read_in_the_language_in_use_and_in_english_where_it_has_none(folder: Path) -> None:
    (folder / "moderators.md").write_text("# In danger\n\nRead this.\n", encoding="utf-8")
    (folder / "moderators.de.md").write_text("# In Gefahr\n\nLies das.\n", encoding="utf-8")

    assert text_of(moderators_page.page(0).components) == "# In danger\nRead this."
    with speaking("de"):
        assert text_of(moderators_page.page(0).components) == "# In Gefahr\nLies das."
    with speaking("fr"):
        assert text_of(moderators_page.page(0).components) == "# In danger\nRead this."


@pytest.mark.parametrize(
    ("before", "after", "missing"),
    [
        ("## What to say", "### What to say", ["headings, list items and commands"]),
        ("- Listen more", "Listen more", ["headings, list items and commands"]),
        ("`/setup`", "`/start`", ["headings, list items and commands"]),
        ("**Post a quiet card**", "**Post a card**", ["**Post a quiet card**"]),
    ],
)
def test_what_a_translation_of_the_page_lacks_is_found(before: str, after: str, missing: list[str]) -> None:
    original = moderators_page.FILE.read_text(encoding="utf-8")
    assert differences(original, original, "en") == []
    assert differences(original, original.replace(before, after), "en") == missing


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_of_the_page_has_all_of_it_and_fits_into_messages(language: str) -> None:
    """A language without a page of its own has the original."""
    translated = moderators_page.file_in(language)
    spoken = language if translated != moderators_page.FILE else "en"
    assert differences(moderators_page.FILE.read_text("utf-8"), translated.read_text("utf-8"), spoken) == []
    with speaking(language):
        assert all(len(page) <= MESSAGE_TEXT for page in moderators_page._pages(language))


def test_every_page_beside_the_original_is_of_a_language_that_lantern_speaks() -> None:
    names = {file.name for file in moderators_page.FILE.parent.glob("moderators.*.md")}
    assert names <= {f"moderators.{language}.md" for language in LANGUAGES if language != "en"}
