"""The catalogs of each language: whole, in step with the code, and with the marks of the English."""

from __future__ import annotations

from functools import cache
from os.path import relpath
from pathlib import Path

import pytest
from babel.messages import Catalog

from lantern.languages.translation import LANGUAGES, ORIGINAL
from tests.languages import catalogs
from tests.languages.catalogs import MADE, faults, found_in_code, mo_data, po_of, updated, written


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
        ("Shared in {channel}: **{title}**.", "In {channel} geteilt: **{title**.", "brace"),
        ("Shared in {channel}: **{title}**.", "In {channel} geteilt: **{title}**}.", "brace"),
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

    assert [each.partition(":")[0] for each in faults(french, french)] == ["placeholders none instead of {number}"]


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


# ---------------------------------------------------------------------- what `make translations` does with a mistake

GOOD = 'msgid "Undo"\nmsgstr "Rückgängig"\n\nmsgid "Shared: {url}"\nmsgstr "Geteilt: {url}"\n'


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one catalog there is, of two sentences."""
    monkeypatch.setattr(catalogs, "FOLDER", tmp_path)
    monkeypatch.setattr(catalogs, "LANGUAGES", {"en": "English", "de": "Deutsch"})
    monkeypatch.setattr("tests.languages.locale_data.main", lambda: None)
    found = Catalog(fuzzy=False)
    for sentence in ("Undo", "Shared: {url}"):
        found.add(sentence, None, [("lantern/here.py", 0)])
    monkeypatch.setattr(catalogs, "found_in_code", lambda: found)
    po = po_of("de")
    po.parent.mkdir(parents=True)
    po.write_text(GOOD, encoding="utf-8")
    assert catalogs.main() == 0
    return po


def test_a_placeholder_that_is_mistyped_is_said_with_its_file_and_sentence(
    german: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    german.write_text(GOOD.replace("Geteilt: {url}", "Geteilt: {adresse}"), encoding="utf-8")

    assert catalogs.main() == 1

    said = capsys.readouterr().out
    assert f"{relpath(german)}: placeholders {{adresse}} instead of {{url}}: “Shared: {{url}}”" in said
    assert "0 not translated, 1 wrong" in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace('{url}"\n', '{url}\n').encode(), "line 4: msgid"),
        (GOOD.replace('Geteilt: {url}"', "Geteilt: {url}").encode(), "line 5: msgstr"),
        (GOOD.replace("Geteilt", 'Ge"teilt').encode(), "line 5: msgstr"),
        (GOOD.replace("\n\n", "\nwhatever\n").encode(), "line 3: whatever"),
        (GOOD.replace("\n\n", "\n<<<<<<< HEAD\n").encode(), "line 3: <<<<<<< HEAD"),
        (GOOD.encode("latin-1"), "line 2: this is not UTF-8"),
        (GOOD.replace('msgstr "Rückgängig"\n', "").encode(), "missing msgstr"),
        (f"{GOOD}\n{GOOD}".encode(), "“Undo” stands in it twice"),
        (b'"Undo"', "line 1"),
        (b"\x00\xff" * 99, "line 1: this is not UTF-8"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_whole_is_told_and_left_as_it_is(
    german: Path, capsys: pytest.CaptureFixture[str], text: bytes, says: str
) -> None:
    mo = german.with_suffix(".mo").read_bytes()
    german.write_bytes(text)

    assert catalogs.main() == 1

    assert german.read_bytes() == text
    assert german.with_suffix(".mo").read_bytes() == mo
    said = capsys.readouterr().out
    assert f"{relpath(german)}, line" in said or f"{relpath(german)}: " in said
    assert says in said


def test_of_many_sentences_without_a_translation_ten_are_said_and_the_number(
    german: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(catalogs, "found_in_code", lambda: catalog_of({f"A sentence {at}": "" for at in range(40)}))
    monkeypatch.setattr(catalogs, "updated", lambda language, found: found)

    assert catalogs.main() == 1

    said = capsys.readouterr().out
    assert said.count("not translated: “") == catalogs.SHOWN
    assert "and 30 more" in said
