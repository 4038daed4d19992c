"""The invented half year: only what a real one could hold."""

from __future__ import annotations

from pathlib import Path

import discord

from lantern.content.models import Content
from lantern.matching.matcher import Matcher
from lantern.preview import sample_questions
from lantern.store.database import Database
from tests.support.asks import NOON


async def test_what_is_said_to_be_unanswered_really_is(tmp_path: Path, content: Content, matcher: Matcher) -> None:
    database = Database(tmp_path / "invented.sqlite3")
    await database.open()

    filled = await sample_questions.fill(database, content, guild_id=7, channels=[50, 51], until=NOON)
    misses = [words for (words,) in await database.fetch("SELECT words FROM misses")]
    locales = {locale for (locale,) in await database.fetch("SELECT DISTINCT locale FROM questions")}
    await database.close()

    assert filled.misses == len(misses) > 0
    assert {matcher.match(words).outcome for words in misses} == {"miss"}
    assert locales <= {locale.value for locale in discord.Locale}
