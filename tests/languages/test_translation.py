"""Which language is in use, and what a sentence is in it."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path

import pytest
from babel.messages import Catalog

from lantern import PROJECT
from lantern.languages import translation
from lantern.languages.translation import DOMAIN, LANGUAGES, _, current, language_of, ngettext, speak, speaking
from tests.languages.catalogs import FUNCTIONS, SOURCES, found_in_code, key, mo_data


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("es-419", "es"),
        ("es-ES", "es"),
        ("pt-BR", "pt"),
        ("fr", "fr"),
        ("hi", "hi"),
        ("en-GB", "en"),
        ("ja", "en"),
        (None, "en"),
    ],
)
def test_each_of_discords_locales_has_a_language(locale: str | None, language: str) -> None:
    assert language_of(locale) == language
    assert language in LANGUAGES


def test_a_language_is_spoken_until_the_end_of_its_block_and_also_after_an_error() -> None:
    with speaking("de"), speaking("fr"):
        assert current() == "fr"
    with pytest.raises(ZeroDivisionError), speaking("es"):
        raise ZeroDivisionError
    assert current() == "en"


async def test_two_tasks_speak_each_their_own() -> None:
    heard = []

    async def say(language: str) -> None:
        speak(language)
        await asyncio.sleep(0)
        heard.append(current())

    await asyncio.gather(say("es"), say("hi"))
    assert heard == ["es", "hi"]
    assert current() == "en"


def test_a_sentence_is_said_as_the_catalog_says_it_and_in_english_where_it_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = Catalog(locale="de")
    catalog.add("Remove", "Entfernen")
    catalog.add(("One topic", "{number} topics"), ("Ein Thema", "{number} Themen"))
    mo = tmp_path / "de" / "LC_MESSAGES" / f"{DOMAIN}.mo"
    mo.parent.mkdir(parents=True)
    mo.write_bytes(mo_data(catalog))
    monkeypatch.setattr(translation, "FOLDER", tmp_path)
    translation.catalog.cache_clear()
    try:
        with speaking("de"):
            assert [_("Remove"), _("Undo")] == ["Entfernen", "Undo"]
            assert ngettext("One topic", "{number} topics", 3).format(number=3) == "3 Themen"
        assert _("Remove") == "Remove"
    finally:
        translation.catalog.cache_clear()


def test_every_sentence_of_the_code_is_found_also_where_it_would_be_hidden() -> None:
    """Babel finds none that stands in an f-string, in two pieces that are added, or in a variable."""
    found = {key(message) for message in found_in_code() if message.id}
    for path in (file for folder in SOURCES for file in sorted((PROJECT / folder).rglob("*.py"))):
        for call in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in FUNCTIONS):
                continue
            match call.args[0]:
                case ast.Constant(value=sentence):
                    assert sentence in found, f"{path}:{call.lineno}"
                case ast.JoinedStr() | ast.BinOp():
                    pytest.fail(f"{path}:{call.lineno}: a sentence has to be whole")
