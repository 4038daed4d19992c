"""The README says what is so."""

from __future__ import annotations

import re

import discord
import pytest

from lantern.runtime.settings import PROJECT, defined, variable
from lantern.ui.permissions import INVITED, PERMISSIONS, invitation_url
from tests.docs import readme_tables

README = (PROJECT / "README.md").read_text(encoding="utf-8")


async def test_its_tables_are_those_of_the_code() -> None:
    made = await readme_tables.tables()

    assert readme_tables.rewritten(README, made) == README, "run: python -m tests.docs.readme_tables"
    assert all(row in README for rows in made.values() for row in rows)


def test_the_invitation_asks_for_what_the_code_needs_and_no_more() -> None:
    numbers = re.findall(r"permissions=(\d+)", README)
    assert numbers == [str(INVITED.value)]
    assert discord.Permissions(**dict.fromkeys(PERMISSIONS, True)) == INVITED
    assert f"permissions={INVITED.value}" in invitation_url(1)
    assert "scope=bot+applications.commands" in README


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(((?!http)[^)#]+)\)", README))))
def test_every_link_leads_somewhere(path: str) -> None:
    assert (PROJECT / path).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`?make ([a-z-]+)", README))))
def test_every_make_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_example_of_dotenv_names_real_settings() -> None:
    example = (PROJECT / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    assert named <= {variable(field) for field in defined()}
    assert "DISCORD_TOKEN" in named
