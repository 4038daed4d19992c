"""Content at start and while the bot runs: read in the bot's own process, in a thread once it answers members."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from lantern import PROJECT
from lantern.answers import edition
from lantern.content.models import TRANSLATED, Content
from lantern.content.problems import ContentError
from lantern.content.yaml_reader import Written
from lantern.runtime import content_watch
from lantern.runtime.client import Lantern
from lantern.runtime.content_sharing import content_at_start, texts
from lantern.runtime.settings import Settings
from lantern.store.shared_content import SharedContent
from lantern.ui import cards
from tests.support.programs import clean_environment, python, run
from tests.support.reliability import tried
from tests.support.world import World, answer, read

COLOUR_LINE = next(
    number
    for number, line in enumerate((PROJECT / "content" / "twinflame.yml").read_text().splitlines(), 1)
    if line.startswith("colour:")
)


@pytest.fixture
def settings(tmp_path: Path, content_folder: Path) -> Settings:
    return Settings(database=tmp_path / "lantern.sqlite3", content=content_folder, shards=1)


def test_signs_in_other_languages_are_watched_and_given_with_the_rest(content_folder: Path) -> None:
    before = content_watch.signature(content_folder)
    file = content_folder / "care" / "es.yml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("quiero vivir", "quiero ya vivir") + "\n", encoding="utf-8"
    )

    assert content_watch.signature(content_folder) != before
    given = edition.load_texts(texts(content_folder))
    assert given == edition.load(content_folder)
    assert given.care_languages


def test_what_is_given_is_written_nowhere_else(content_folder: Path) -> None:
    given = texts(content_folder)
    given["../../care/es.yml"] = given.pop("care/es.yml")

    assert len(edition.load_texts(given).care_languages) == len(edition.load(content_folder).care_languages)


# ---------------------------------------------------------------------- run


def test_run_tells_what_is_wrong_with_the_content(content_folder: Path, tmp_path: Path) -> None:
    file = content_folder / "twinflame.yml"
    file.write_text(file.read_text().replace("colour:", "color:", 1))

    started = subprocess.Popen(
        [sys.executable, "bot.py", "run"],
        cwd=PROJECT,
        env=clean_environment(
            DISCORD_TOKEN="not-asked-for",
            LANTERN_CONTENT=str(content_folder),
            LANTERN_DATABASE=str(tmp_path / "l.sqlite3"),
        ),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stderr is not None
    told, waits = started.stderr.readline(), started.stderr.readline()
    started.terminate()
    rest = started.communicate()[1]

    assert f"twinflame.yml, line {COLOUR_LINE}," in told
    assert "Did you mean “colour”?" in told
    assert "It is looked for again until there is." in waits
    assert (started.returncode, rest) == (0, "")


def test_run_tells_what_is_wrong_with_the_settings() -> None:
    ended = run("run", LANTERN_QUIET_MINUTES="-1", LANTERN_DATABSE="x")

    assert ended.returncode == 2
    assert sorted(ended.stderr.strip().splitlines()) == [
        "LANTERN_DATABSE is not a setting; did you mean LANTERN_DATABASE?",
        "LANTERN_QUIET_MINUTES is '-1'; allowed is a whole number from 0 to 1440.",
    ]


def test_content_that_discord_would_refuse_is_told_with_its_place(
    content_folder: Path, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert edition.load(content_folder) == content
    monkeypatch.setattr(cards, "BUTTON_LABEL", 80)
    monkeypatch.setattr(cards, "MESSAGE_TEXT", 1_000)

    with pytest.raises(ContentError) as caught:
        edition.load(content_folder)

    first = caught.value.problems[0]
    assert first.line is not None
    assert "Discord allows 1000" in first.message


# ---------------------------------------------------------------------- while the bot runs


@asynccontextmanager
async def started(settings: Settings, content: Content) -> AsyncIterator[Lantern]:
    """A bot with an open database that is not connected."""
    bot = Lantern(settings, content)
    await bot.services.open()
    try:
        yield bot
    finally:
        await bot.services.close()


def retitle(world: World) -> str:
    """Give the first topic another title in its file, and return the title that members see until it is read."""
    file = world.services.settings.content / "twinflame.yml"
    first = world.content.articles[0].topics[0]
    file.write_text(file.read_text().replace(f"title: {first.title}", "title: Another title", 1))
    return first.title


async def shown(world: World) -> str:
    """What a member reads who asks for the first topic."""
    return read(answer(await world.maya.slash(world.general, f"twinflame {world.content.articles[0].topics[0].key}")))


async def test_members_are_answered_while_the_disk_hangs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    title = retitle(world)
    reads, goes_on = threading.Event(), threading.Event()

    def hang(folder: Path) -> Content:
        reads.set()
        assert goes_on.wait(60)
        return load(folder)

    load = edition.load
    monkeypatch.setattr(edition, "load", hang)
    looking = asyncio.create_task(world.services.content_watch.look())
    try:
        assert await asyncio.to_thread(reads.wait, 60)
        assert title in await shown(world)
        assert not looking.done()
    finally:
        goes_on.set()
    await looking

    assert "## Another title" in await shown(world)
    tried(
        "Content",
        "the disk hangs while it is read",
        saw="the last good content, as always",
        lost="nothing; the change is taken once the disk goes on",
    )


async def test_a_reading_that_breaks_costs_nobody_an_answer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    title = retitle(world)
    with monkeypatch.context() as patch:

        def breaks(_folder: Path) -> Content:
            raise MemoryError

        patch.setattr(edition, "load", breaks)
        await world.env.advance_time(content_watch.EVERY.total_seconds())

        (problem,) = world.services.content_watch.problems
        assert "could not be read (MemoryError)" in problem.message
        assert title in await shown(world)

    (world.services.settings.content / "twinflame.yml").touch()
    await world.env.advance_time(content_watch.EVERY.total_seconds())

    assert world.services.content_watch.problems == ()
    assert "## Another title" in await shown(world)
    tried(
        "Content",
        "reading it fails in a way that nobody foresaw",
        saw="the last good content, as always",
        lost="nothing; it is read again with the next change, and the owner is told",
    )


# ---------------------------------------------------------------------- translations, which a start leaves out


async def test_a_start_reads_the_originals_and_the_rest_follows(
    settings: Settings, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_files = []
    read = Written.read

    def remembered(file: Written) -> bool:
        read_files.append(file.path)
        return read(file)

    monkeypatch.setattr(Written, "read", remembered)
    originals, own = await content_at_start(settings)
    assert own
    assert originals == replace(content, translations=None)
    assert not [path for path in read_files if path.parent.name in TRANSLATED]

    async with started(settings, originals) as bot:
        await bot.services.content_sharing.look()
        assert bot.services.editions.original.content is originals, "not before the bot answers"
        assert await SharedContent(bot.services.database, of_all=False).digest() is None, "nor is half of it kept"
        before = bot.services.editions.original.matcher
        read_files.clear()
        await bot.services.content_sharing.read_translations()

        assert bot.services.editions.original.content == content
        assert {path.parent.name for path in read_files} == set(TRANSLATED), "the originals are not read again"
        assert bot.services.editions.original.matcher._care is before._care
        await bot.services.content_sharing.look()
        assert await SharedContent(bot.services.database, of_all=False).digest() == content.digest


async def test_what_changed_since_the_start_comes_with_the_translations(settings: Settings) -> None:
    originals, _ = await content_at_start(settings)
    async with started(settings, originals) as bot:
        file = settings.content / "twinflame.yml"
        file.write_text(file.read_text(encoding="utf-8").replace("title: Twin flames", "title: Flames", 1))
        await bot.services.content_sharing.read_translations()

        found = bot.services.editions.original.content
        assert (found.articles[0].title, set(found.translations or ())) == ("Flames", set(TRANSLATED))


@pytest.mark.parametrize("kept", [True, False])
async def test_a_broken_translation_is_told_and_the_last_good_content_is_used(
    settings: Settings, content: Content, caplog: pytest.LogCaptureFixture, *, kept: bool
) -> None:
    if kept:
        async with started(settings, content) as bot:
            await bot.services.content_sharing.look()
    file = settings.content / "es" / "twinflame.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("view:", "views:", 1), encoding="utf-8")
    originals, own = await content_at_start(settings)
    assert own, "the originals are sound"

    async with started(settings, originals) as bot:
        await bot.services.content_sharing.read_translations()
        (problem,) = bot.services.content_watch.problems
        assert (problem.file, problem.line) == (str(file), 4)
        found = bot.services.editions.original.content
        sound = {language: of for language, of in (content.translations or {}).items() if language != "es"}
        assert found == (content if kept else replace(content, translations=sound)), "one language, where none was kept"
        assert ("no good content was kept" in caplog.text) != kept
        assert "stays in use" not in caplog.text
        await bot.services.content_sharing.look()
        assert bot.services.content_watch.problems, "until it is put right"

        file.write_text(file.read_text(encoding="utf-8").replace("views:", "view:", 1), encoding="utf-8")
        await bot.services.content_sharing.look()
        assert not bot.services.content_watch.problems
        assert bot.services.editions.original.content == content


# ---------------------------------------------------------------------- what is loaded


def test_the_bot_is_loaded_without_what_it_needs_seldom() -> None:
    cogs = ", ".join(f"cogs.{path.stem}" for path in sorted((PROJECT / "cogs").glob("[a-z]*.py")))
    seldom = {
        "matplotlib",
        "dotenv",
    }
    ended = python(
        "-c", f"import sys, lantern.runtime.running, {cogs}; print(*(n for n in {seldom} if n in sys.modules))"
    )

    assert (ended.stdout.strip(), ended.returncode) == ("", 0), ended.stderr


async def test_what_is_left_out_of_a_translation_is_in_the_log(
    settings: Settings, content: Content, caplog: pytest.LogCaptureFixture
) -> None:
    file = settings.content / "es" / "twinflame.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("key: runner", "key: runer", 1), encoding="utf-8")
    originals, _ = await content_at_start(settings)

    async with started(settings, originals) as bot:
        await bot.services.content_sharing.read_translations()

        assert not bot.services.content_watch.problems
        assert f"left out: {file}, line 8, topic “runer”, key: “runer” is no topic of /twinflame" in caplog.text
