"""Which language is in use, and what a sentence is in it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from babel.messages import Catalog

from lantern.languages import translation
from lantern.languages.translation import DOMAIN, LANGUAGES, _, current, language_of, ngettext, speak, speaking
from tests.languages.catalogs import mo_data


@pytest.mark.parametrize(
    ("locale", "language"),
    [("es-419", "es"), ("es-ES", "es"), ("pt-BR", "pt"), ("fr", "fr"), ("hi", "hi"), ("en-GB", "en"), ("ja", "en")],
)
def test_each_of_discords_locales_has_a_language(locale: str, language: str) -> None:
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
