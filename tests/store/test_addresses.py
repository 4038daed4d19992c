"""Where the database is, and what of it may be shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from lantern.runtime import settings
from lantern.runtime.settings import SettingsError
from lantern.store.addresses import shown, without_password

SECRET = "hunter2"


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://lantern:hunter2@db/lantern",
        "postgresql://lantern:hunter2%40db/lantern",
        "postgresql://lantern:hunter2db/lantern",
        "postgresql://db/lantern?user=lantern&password=hunter2",
        "postgresql:/lantern:hunter2@db/lantern",
        "Postgresql://lantern:hunter2@db/lantern",
        "postgresql+asyncpg://lantern:hunter2@db/lantern",
        "'postgresql://lantern:hunter2@db/lantern'",
        "host=db user=lantern password=hunter2",
    ],
)
def test_no_password_is_shown_however_the_address_is_misspelt(text: str) -> None:
    assert SECRET not in shown(text)


def test_a_password_of_a_key_is_not_shown_and_kept_for_the_programs() -> None:
    address = f"postgresql://l@db/x?sslpassword={SECRET}&port=5432"
    assert SECRET not in shown(address)
    assert without_password(address) == (address, None)


@pytest.mark.parametrize(
    "text", ["postgresql://lantern@db:5432/lantern", "postgresql://db:5432/lantern", "postgresql:///lantern?host=/run"]
)
def test_an_address_without_a_password_is_shown_whole(text: str) -> None:
    assert shown(text) == text


@pytest.mark.parametrize(
    "text", ["postgresql+asyncpg://lantern:hunter2@db/x", "postgresql:/l:hunter2@db/x", "host=db password=hunter2"]
)
def test_a_misspelt_address_is_no_path(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.load({"LANTERN_DATABASE": text}, tmp_path / "none")

    (problem,) = caught.value.problems
    assert problem.startswith("LANTERN_DATABASE cannot be read as an address; allowed is a path, or an address")
    assert SECRET not in problem
