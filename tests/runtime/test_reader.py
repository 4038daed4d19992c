"""Settings and content as the running bot gets them: from another process, which may also fail."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lantern.answers import edition as lantern_content
from lantern.content.models import Content
from lantern.content.problems import ContentError
from lantern.runtime import content_watch, reader, running
from lantern.runtime.settings import PROJECT, Settings, SettingsError
from lantern.ui import cards
from tests.support.programs import python, run
from tests.support.reliability import tried
from tests.support.world import World, answer, read

Instead = Callable[[str], None]

COLOUR_LINE = next(
    number
    for number, line in enumerate((PROJECT / "content" / "twinflame.yml").read_text().splitlines(), 1)
    if line.startswith("colour:")
)

HANGS = "import threading; threading.Event().wait()"
DIES = "import os; os.abort()"
BABBLES = "print('what is this')"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROJECT / "content", tmp_path / "content"))


@pytest.fixture
def settings(tmp_path: Path, folder: Path) -> Settings:
    return Settings(database=tmp_path / "lantern.sqlite3", content=folder, shards=1)


@pytest.fixture
def instead(monkeypatch: pytest.MonkeyPatch) -> Instead:
    """Lets another program run in the place of the one that reads; one that hangs is not waited for long."""

    def put(program: str) -> None:
        monkeypatch.setattr(reader, "_command", lambda *_arguments: [sys.executable, "-c", program])
        if program == HANGS:
            monkeypatch.setattr(reader, "READING_SECONDS", 0.3)

    return put


# ---------------------------------------------------------------------- what is read


async def test_it_reads_what_this_process_would_read(content: Content) -> None:
    found = await reader.content_of(PROJECT / "content")

    assert found == content
    assert [topic.article for topic in found.topics()] == [topic.article for topic in content.topics()]
    assert found.digest == content.digest


def test_settings_and_content_come_together(content: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTERN_QUIET_MINUTES", "7")

    settings, found = reader.finish(reader.begin())

    assert settings.quiet_minutes == 7
    assert found == content


async def test_all_problems_come_with_their_places(folder: Path) -> None:
    file = folder / "twinflame.yml"
    file.write_text(file.read_text().replace("colour:", "color:", 1))
    with pytest.raises(ContentError) as here:
        lantern_content.load(folder)

    with pytest.raises(ContentError) as there:
        await reader.content_of(folder)

    assert there.value.problems == here.value.problems
    assert there.value.problems[0].line == COLOUR_LINE


# ---------------------------------------------------------------------- run


def test_run_tells_what_is_wrong_with_the_content(folder: Path) -> None:
    file = folder / "twinflame.yml"
    file.write_text(file.read_text().replace("colour:", "color:", 1))

    ended = run("run", DISCORD_TOKEN="not-asked-for", LANTERN_CONTENT=str(folder))

    assert ended.returncode == 1
    (told,) = ended.stderr.strip().splitlines()
    assert f"twinflame.yml, line {COLOUR_LINE}," in told
    assert "Did you mean “colour”?" in told


def test_run_tells_what_is_wrong_with_the_settings() -> None:
    ended = run("run", LANTERN_QUIET_MINUTES="-1", LANTERN_DATABSE="x")

    assert ended.returncode == 2
    assert sorted(ended.stderr.strip().splitlines()) == [
        "LANTERN_DATABSE is not a setting; did you mean LANTERN_DATABASE?",
        "LANTERN_QUIET_MINUTES is '-1'; allowed is a whole number from 0 to 1440.",
    ]


@pytest.mark.parametrize(
    ("program", "says"), [(HANGS, "within 0 seconds"), (DIES, "status -6"), ("raise SystemExit(4)", "status 4")]
)
def test_run_says_when_nothing_could_be_read(instead: Instead, program: str, says: str) -> None:
    instead(program)
    with pytest.raises(SettingsError, match=says):
        reader.finish(reader.begin())


def test_content_that_discord_would_refuse_is_told_with_its_place(
    settings: Settings, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert running.usable(settings, content) is content
    monkeypatch.setattr(cards, "BUTTON_LABEL", 80)
    monkeypatch.setattr(cards, "MESSAGE_TEXT", 1_000)

    with pytest.raises(ContentError) as caught:
        running.usable(settings, content)

    first = caught.value.problems[0]
    assert first.line is not None
    assert "Discord allows 1000" in first.message


# ---------------------------------------------------------------------- while the bot runs


async def test_a_process_that_hangs_is_given_up(instead: Instead, folder: Path) -> None:
    # Without a bot: the clock of a local Discord moves only when it is told to, and this time-out is the real one's.
    instead(HANGS)

    with pytest.raises(ContentError) as caught:
        await reader.content_of(folder)

    assert "longer than 0 seconds" in caught.value.problems[0].message
    tried(
        "Content",
        "the process that reads it hangs",
        saw="the last good content, as always",
        lost="nothing; after a minute it is given up, and the owner is told",
    )


@pytest.mark.parametrize(("program", "says"), [(DIES, "status -6"), (BABBLES, "could not be read")])
async def test_a_process_that_dies_or_babbles_costs_nobody_an_answer(
    world: World, instead: Instead, monkeypatch: pytest.MonkeyPatch, program: str, says: str
) -> None:
    file = world.services.settings.content / "twinflame.yml"
    first = world.content.articles[0].topics[0]
    with monkeypatch.context():
        instead(program)
        file.write_text(file.read_text().replace(f"title: {first.title}", "title: Another title", 1))

        await world.env.advance_time(content_watch.EVERY.total_seconds())

        (problem,) = world.services.content_watch.problems
        assert says in problem.message
        assert first.title in read(answer(await world.maya.slash(world.general, f"twinflame {first.key}")))

    monkeypatch.undo()
    file.touch()
    await world.env.advance_time(content_watch.EVERY.total_seconds())

    assert world.services.content_watch.problems == ()
    assert "## Another title" in read(answer(await world.maya.slash(world.general, f"twinflame {first.key}")))
    tried(
        "Content",
        "the process that reads it dies, or writes nonsense",
        saw="the last good content, as always",
        lost="nothing; it is read again with the next change, and the owner is told",
    )


# ---------------------------------------------------------------------- what it is for


def test_the_bot_is_loaded_without_what_it_needs_seldom() -> None:
    cogs = ", ".join(f"cogs.{path.stem}" for path in sorted((PROJECT / "cogs").glob("[a-z]*.py")))
    seldom = {
        "pydantic",
        "yaml",
        "matplotlib",
        "dotenv",
    }
    ended = python(
        "-c", f"import sys, lantern.runtime.running, {cogs}; print(*(n for n in {seldom} if n in sys.modules))"
    )

    assert (ended.stdout.strip(), ended.returncode) == ("", 0), ended.stderr
