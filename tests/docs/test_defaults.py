"""Where a default is written out in words, the words say what the default is."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from cogs.insights import InsightsCommands
from lantern import PROJECT
from lantern.admin.digests import WEEKDAYS
from lantern.answers.thread_answers import WAIT
from lantern.runtime.settings import Settings
from lantern.store.guilds import GuildSettings
from lantern.store.members import FORGOTTEN_DAYS, KEY_DAYS
from tests.docs.promises import COMMENT

PRIVACY = " ".join(COMMENT.sub("", (PROJECT / "docs" / "privacy.md").read_text(encoding="utf-8")).split())
SAY_THE_WAIT = ["cogs/thread_answers.py", "lantern/admin/setup_cards.py", "lantern/admin/thread_answers.py"]


def test_the_digests_day_and_hour() -> None:
    on = InsightsCommands.digest.get_command("on")
    described = {parameter.name: parameter.description for parameter in on.parameters}  # type: ignore[union-attr]
    usual = GuildSettings()

    assert described["weekday"] == f"On which day; {WEEKDAYS[usual.digest_weekday]} if left out"
    assert described["hour"] == f"At which hour, 0 to 23; {usual.digest_hour} if left out"


@pytest.mark.parametrize("file", SAY_THE_WAIT)
def test_how_long_a_thread_waits(file: str) -> None:
    assert timedelta(minutes=2) == WAIT, f"{SAY_THE_WAIT} say two minutes"
    assert "two minutes" in (PROJECT / file).read_text(encoding="utf-8")


def test_how_long_anything_is_kept(tmp_path: Path) -> None:
    settings = Settings(database=tmp_path / "any.sqlite3")
    kept = re.findall(r"\| (\d+) days \|", PRIVACY)

    assert kept == [*map(str, [*3 * [settings.retention_days], settings.miss_days, FORGOTTEN_DAYS])]
    assert f"under your code for {FORGOTTEN_DAYS} days" in PRIVACY
    assert f"After {KEY_DAYS} days your code is taken off" in PRIVACY
    assert f"those of the last {KEY_DAYS} days" in PRIVACY
    assert f"keeps the newest {settings.backup_keep}." in PRIVACY
    assert f"after {settings.backup_keep} days of running" in PRIVACY
