"""The invented half year: only what a real one could hold, and never in a database that is kept."""

from __future__ import annotations

from pathlib import Path

import discord
import pytest

import bot as program
from lantern.content.models import Content
from lantern.matching.matcher import Matcher
from lantern.preview import sample_questions
from lantern.store.database import Database
from tests.support.asks import NOON


def test_invented_questions_never_go_into_a_database_that_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kept.sqlite3"
    assert program.main(["preview", "--sample-questions", "--database", str(path)]) == 2
    assert not path.exists()
    assert "invented" in capsys.readouterr().err


async def test_what_is_said_to_be_unanswered_really_is(tmp_path: Path, content: Content, matcher: Matcher) -> None:
    database = Database(tmp_path / "invented.sqlite3")
    await database.open()

    filled = await sample_questions.fill(database, content, guild_id=7, channels=[50, 51], until=NOON)
    misses = [words for (words,) in await database.fetch("SELECT words FROM misses")]
    locales = {locale for (locale,) in await database.fetch("SELECT DISTINCT locale FROM questions")}
    await database.close()

    assert filled[1] == len(misses) > 0
    assert {matcher.match(words).outcome for words in misses} == {"miss"}
    assert locales <= {locale.value for locale in discord.Locale}
