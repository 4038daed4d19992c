"""README.md and the other pages say what is so."""

from __future__ import annotations

import re
from pathlib import Path

import discord
import pytest

import bot
from lantern import PROJECT
from lantern.runtime.settings import defined, variable
from lantern.ui.permissions import INVITED, PERMISSIONS, invitation_url
from tests.docs import readme_tables

README = (PROJECT / "README.md").read_text(encoding="utf-8")
PAGES = {
    path.relative_to(PROJECT).as_posix(): path.read_text(encoding="utf-8")
    for path in (
        *sorted(PROJECT.glob("*.md")),
        *sorted((PROJECT / "docs").glob("*.md")),
        PROJECT / "bench" / "README.md",
        PROJECT / "content" / "README.md",
    )
}
LINK = re.compile(r"\[([^\]]*)\]\(((?!http)[^)\s]+)\)")
FILE_NAME = re.compile(r"`((?:[\w-]+/)*[\w-]+\.(?:py|yml|yaml|md|txt|toml|example|yml\.example))`")
TO_BE_MADE = {"divine-timing.yml"}
"""Files that a page tells its reader to make."""
COMMAND = re.compile(r"^\| (?:`(/[\w-]+)[^|]*`|([^`|]+)) \|", re.MULTILINE)
"""A row of the commands' table: a command or group that is typed, or one in a message's menu."""
STEPS = README.split("## The way of one question")[1].split("\n\n")[2]


def found(pattern: str | re.Pattern[str]) -> list[tuple[str, str]]:
    """What a pattern's last group finds, and on which page."""
    pairs = {(page, match[match.re.groups]) for page, text in PAGES.items() for match in re.finditer(pattern, text)}
    return sorted(pairs)


async def test_its_tables_are_those_of_the_code() -> None:
    made = await readme_tables.tables()
    tables = README + PAGES["docs/settings.md"]

    for page in (README, PAGES["docs/settings.md"]):
        assert readme_tables.rewritten(page, made) == page, "run: python -m tests.docs.readme_tables"
    assert all(row in tables for rows in made.values() for row in rows)


def test_it_is_read_in_one_sitting() -> None:
    assert len(README.splitlines()) <= 150


def test_the_invitation_asks_for_what_the_code_needs_and_no_more() -> None:
    numbers = re.findall(r"permissions=(\d+)", README)
    assert numbers == [str(INVITED.value)]
    assert discord.Permissions(**dict.fromkeys(PERMISSIONS, True)) == INVITED
    assert f"permissions={INVITED.value}" in invitation_url(1)
    assert "scope=bot+applications.commands" in README


def test_every_room_has_a_line_that_names_all_its_files() -> None:
    rows = readme_tables.room_rows()
    rooms = sorted((PROJECT / "lantern").glob("*/__init__.py"))

    assert len(rows) == len(rooms) == 11
    for row, room in zip(rows, rooms, strict=True):
        named = {name for name, _ in LINK.findall(row.rsplit(" | ", 1)[1])}
        assert named == {f"`{each.name}`" for each in room.parent.glob("*.py")} - {"`__init__.py`"}


async def test_every_command_has_its_file_in_a_room() -> None:
    rooms = "\n".join(readme_tables.room_rows())
    commands = "\n".join((await readme_tables.tables())["commands"])
    names = {
        match[1] or match[2] for match in re.finditer(r"^\| (?:`(/[\w-]+)[^|]*`|([^`|]+)) \|", commands, re.MULTILINE)
    }

    assert len(names) >= 12
    assert not {name for name in names if name not in rooms}


@pytest.mark.parametrize(("page", "link"), found(LINK))
def test_every_link_leads_somewhere(page: str, link: str) -> None:
    path, _, heading = link.partition("#")
    target = (PROJECT / page).parent / path if path else PROJECT / page
    assert target.exists()
    if heading:
        headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
        assert heading in {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize(("page", "file"), [each for each in found(FILE_NAME) if each[1] not in TO_BE_MADE])
def test_every_file_that_a_page_names_is_there(page: str, file: str) -> None:
    linked = {link.partition("#")[0] for text, link in LINK.findall(PAGES[page]) if text == f"`{file}`"}
    beside, tests = (PROJECT / page).parent, PROJECT / "tests"
    assert all(link.endswith(file) for link in linked)
    assert linked or any((folder / file).exists() for folder in (PROJECT, beside, tests, PROJECT / "content"))


def test_every_step_of_a_question_names_its_file() -> None:
    steps = re.split(r"^\d+\. ", STEPS, flags=re.MULTILINE)[1:]
    assert len(steps) > 5
    for step in steps:
        paths = [(text.strip("`"), link) for text, link in LINK.findall(step)]
        assert paths
        assert all(text == link and (PROJECT / link).is_file() for text, link in paths)


@pytest.mark.parametrize(("page", "target"), found(r"(?:`|\n)(?:\$ )?make ([a-z-]+)"))
def test_every_make_target_exists(page: str, target: str) -> None:
    assert re.search(rf"^{target}:", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize(("page", "command"), found(r"\bbot\.py ([a-z-]+)\b"))
def test_every_command_of_the_program_exists(page: str, command: str) -> None:
    with pytest.raises(SystemExit) as ended:
        bot.main([command, "--help"])
    assert ended.value.code == 0


@pytest.mark.parametrize(("page", "module"), found(r"python -m ((?:tests|bench|lantern)[\w.]*)"))
def test_every_module_that_is_run_exists(page: str, module: str) -> None:
    assert (PROJECT / Path(*module.split("."))).with_suffix(".py").exists()


@pytest.mark.parametrize(("page", "name"), found(r"\b(LANTERN_[A-Z_]+)\b"))
def test_every_setting_exists(page: str, name: str) -> None:
    assert name in {variable(field) for field in defined()}


def test_the_example_of_dotenv_names_real_settings() -> None:
    example = (PROJECT / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    assert named <= {variable(field) for field in defined()}
    assert "DISCORD_TOKEN" in named
