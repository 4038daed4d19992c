"""Which language is in use, and what a sentence is in it."""

from __future__ import annotations

import ast
import asyncio
import logging
from collections.abc import Callable, Iterator
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


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the German catalog is looked for; there is no other."""
    mo = tmp_path / "de" / "LC_MESSAGES" / f"{DOMAIN}.mo"
    mo.parent.mkdir(parents=True)
    monkeypatch.setattr(translation, "FOLDER", tmp_path)
    translation.catalog.cache_clear()
    yield mo
    translation.catalog.cache_clear()


def test_a_sentence_is_said_as_the_catalog_says_it_and_in_english_where_it_does_not(german: Path) -> None:
    catalog = Catalog(locale="de")
    catalog.add("Remove", "Entfernen")
    catalog.add(("One topic", "{number} topics"), ("Ein Thema", "{number} Themen"))
    german.write_bytes(mo_data(catalog))

    with speaking("de"):
        assert [_("Remove"), _("Undo")] == ["Entfernen", "Undo"]
        assert ngettext("One topic", "{number} topics", 3).format(number=3) == "3 Themen"
    assert _("Remove") == "Remove"


@pytest.mark.parametrize(
    "string", ["{adresse}", "{url", "url}", "{}", "{url.x}", "{url!s}", "{url:d}", "", "{url}{url"]
)
def test_a_sentence_that_would_not_format_is_english_and_named_once(
    german: Path, caplog: pytest.LogCaptureFixture, string: str
) -> None:
    catalog = Catalog(locale="de")
    catalog.add("Posted: {url}", f"Gepostet: {string}")
    catalog.add("Remove", "Entfernen")
    catalog.add(("One topic", "{number} topics"), ("Ein Thema", "{zahl} Themen"))
    german.write_bytes(mo_data(catalog))

    with speaking("de"):
        for _time in range(2):
            assert _("Posted: {url}").format(url="https://a.test") == "Posted: https://a.test"
            assert ngettext("One topic", "{number} topics", 3).format(number=3) == "3 topics"
        assert ngettext("One topic", "{number} topics", 1).format(number=1) == "Ein Thema"
        assert _("Remove") == "Entfernen"

    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert [any(name in line for name in ("“Posted: {url}”", "“{number} topics”")) for line in said] == [True, True]
    assert all(str(german.with_suffix(".po")) in line and "make translations" in line for line in said)


DAMAGED: dict[str, Callable[[bytes], bytes | None]] = {
    "missing": lambda whole: None,
    "empty": lambda whole: b"",
    "cut off": lambda whole: whole[: len(whole) // 2],
    "cut off in its header": lambda whole: whole[:10],
    "something else": lambda whole: b"nothing that gettext reads" * 9,
    "no text": lambda whole: whole.replace(b"Entfernen", b"\xff\xfe\xfd123456"),
    "an unknown alphabet": lambda whole: whole.replace(b"charset=utf-8", b"charset=utf-x"),
    "no plural": lambda whole: whole.replace(b"plural=(n != 1)", b"plural=(n ?? 1)"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_language_whose_catalog_is_damaged_is_english_and_the_file_is_named_once(
    german: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    catalog = Catalog(locale="de")
    catalog.add("Remove", "Entfernen")
    whole = mo_data(catalog)
    data = DAMAGED[damage](whole)
    assert data != whole
    if data is not None:
        german.write_bytes(data)

    with speaking("de"):
        assert [_("Remove"), _("Remove")] == ["Remove", "Remove"]
        assert ngettext("One topic", "{number} topics", 2) == "{number} topics"

    (said,) = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert str(german) in said
    assert "make translations" in said


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
