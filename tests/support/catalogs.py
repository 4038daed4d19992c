"""Catalogs of a few sentences, in the place of those that are shipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from babel.messages import Catalog

from lantern.languages import translation
from lantern.languages.translation import DOMAIN
from tests.languages.catalogs import mo_data

Say = Callable[[str, Mapping[str, str]], None]


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Say]:
    """Gives a language these sentences, by the English ones; what no language was given is English."""
    said: dict[str, Mapping[str, str]] = {}

    def put(language: str, sentences: Mapping[str, str]) -> None:
        said[language] = sentences
        for code, each in said.items():
            catalog = Catalog(locale=code)
            for sentence, translated in each.items():
                catalog.add(sentence, translated)
            mo = tmp_path / code / "LC_MESSAGES" / f"{DOMAIN}.mo"
            mo.parent.mkdir(parents=True, exist_ok=True)
            mo.write_bytes(mo_data(catalog))
        translation.catalog.cache_clear()

    monkeypatch.setattr(translation, "FOLDER", tmp_path)
    translation.catalog.cache_clear()
    yield put
    translation.catalog.cache_clear()
