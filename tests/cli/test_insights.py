"""``bot.py insights``: the figures in a terminal, as JSON, as CSV, as a picture and as an export."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

import bot as program
from lantern.content.models import Content
from lantern.preview import sample_questions
from lantern.store.database import Database
from tests.support.asks import NOON, Ask, Log


@pytest_asyncio.fixture
async def sample(tmp_path: Path, content: Content, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Path]:
    """A file with the invented half year, as the command line finds it."""
    path = tmp_path / "sample.sqlite3"
    database = Database(path)
    await database.open()
    await sample_questions.fill(database, content, guild_id=7, channels=[1, 2], until=datetime.now(UTC))
    await database.close()
    monkeypatch.setenv("LANTERN_DATABASE", str(path))
    yield path


def count(path: Path, query: str, *parameters: object) -> Any:
    """One number out of the file, by SQL of the test's own."""
    connection = sqlite3.connect(path)
    ((number,),) = connection.execute(query, parameters).fetchall()
    connection.close()
    return number


@pytest.mark.parametrize("figures", ["top", "trend", "gaps", "helped", "digest"])
def test_the_command_line_prints_tables(sample: Path, figures: str, capsys: pytest.CaptureFixture[str]) -> None:
    topic = ["--topic", "twinflame/runner"] if figures == "trend" else []

    assert program.main(["insights", figures, *topic]) == 0

    out = capsys.readouterr().out
    assert "──" in out
    assert len({len(line) for line in out.splitlines() if line.startswith("──")}) >= 1
    assert not any(line != line.rstrip() for line in out.splitlines())


def test_the_command_lines_json_is_what_the_file_holds(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["insights", "top", "--days", "all", "--guild", "7", "--json"]) == 0

    read_back = json.loads(capsys.readouterr().out)
    asked = count(sample, "SELECT count(*) FROM questions WHERE NOT by_moderator")
    assert sum(row["asks"] for row in read_back["topic"]) == read_back["about"]["asks"] == asked
    runner = count(sample, "SELECT count(*) FROM questions WHERE topic = 'runner' AND NOT by_moderator")
    assert next(row["asks"] for row in read_back["topic"] if row["topic"] == "runner") == runner


def test_the_command_lines_csv_can_be_read(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["insights", "top", "--by", "source", "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {"source", "asks", "before"} <= set(rows[0])
    assert len(rows) == 5


def test_the_command_line_writes_pictures_and_exports(sample: Path, tmp_path: Path) -> None:
    picture, export = tmp_path / "top.png", tmp_path / "export.zip"
    assert program.main(["insights", "top", "--png", str(picture)]) == 0
    assert program.main(["insights", "export", "--days", "all", "--out", str(export)]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    with zipfile.ZipFile(export) as archive:
        assert json.loads(archive.read("lantern.json"))["topics"]


def test_one_group_has_its_keywords_on_the_command_line(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["insights", "gaps", "--days", "90", "--group", "1"]) == 0
    assert "Asked" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["trend"], "--topic takes one of: twinflame/runner"),
        (["trend", "--topic", "twinflame/runner", "--by", "source"], "by day or week"),
        (["top", "--by", "week"], "are for `trend`"),
        (["top", "--guild", "8"], "Guilds in this database: 7."),
        (["gaps", "--group", "999"], "--group takes the number of one"),
        (["helped", "--png", "x.png"], "has no picture"),
    ],
)
def test_what_cannot_be_shown_is_said_in_a_line(
    sample: Path, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(["insights", *arguments]) == 1
    captured = capsys.readouterr()
    assert says in captured.err
    assert captured.out == ""


def test_a_file_that_is_missing_or_of_another_version_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "none.sqlite3"
    monkeypatch.setenv("LANTERN_DATABASE", str(path))
    assert program.main(["insights"]) == 1
    assert "no database" in capsys.readouterr().err

    for version, says in ((1, "an older Lantern"), (999, "a newer Lantern")):
        connection = sqlite3.connect(path)
        connection.execute(f"PRAGMA user_version = {version}")
        connection.close()
        assert program.main(["insights"]) == 1
        assert says in capsys.readouterr().err
    path.write_bytes(b"not a database at all, but long enough to be looked at as one" * 20)
    assert program.main(["insights"]) == 1
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("days", ["0", "-1", "3661", "x", "٣"])
def test_days_are_a_number_or_all(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        program.main(["insights", f"--days={days}"])
    assert "neither `all` nor a whole number" in capsys.readouterr().err


NAMES: dict[str, dict[str, list[str]]] = {
    "top": {"topic": ["title", "article", "topic", "asks", "before", "change", "shares", "links"]},
    "top --by article": {"article": ["title", "asks", "before", "change", "shares", "links"]},
    "top --by channel": {"channel": ["channel", "asks", "before", "change", "shares", "links"]},
    "top --by source": {"source": ["source", "asks", "before", "change", "shares", "links"]},
    "trend --topic twinflame/runner": {"by day": ["from", "asks", "average"]},
    "trend --topic twinflame/runner --days 180": {"by week": ["from", "asks", "average"]},
    "gaps": {"gaps": ["group", "times", "newest", "nearest", "words"], "corrections": ["times", "shown", "wanted"]},
    "gaps --group 1": {"words": ["words", "times"]},
    "helped": {
        "topics": [
            *("title", "article", "topic", "asks", "helpful", "not asked", "links", "reads", "per link", "again"),
        ],
        "review first": ["title", "article", "topic", "asks", "reviewed", "helpful", "not asked"],
        "went on to": ["from", "to", "article", "from_topic", "topic", "times"],
    },
    "digest": {
        "topics": ["title", "article", "topic", "asks", "before"],
        "far more than usual": ["title", "article", "topic", "asks", "usually"],
        "nearest to the unanswered": ["title", "article", "topic", "times"],
        "not asked for": ["title", "article", "topic"],
    },
    "export": {
        "topics": ["day", "guild", "article", "topic", "source", "asks", "by_moderators", "shares"],
        "channels": ["day", "guild", "channel", "asks", "by_moderators", "shares"],
        "gaps": ["time", "guild", "words", "nearest_article", "nearest_topic", "score", "came_from"],
        "links": ["time", "guild", "channel", "article", "topic", "automatic", "notify", "whole"],
    },
}
"""What programs find in the JSON, and in the CSV as its first lines: each table, with the names of its columns."""

ABOUT = {
    "top": ["guilds", "period", "asks", "before", "members"],
    "trend": ["guilds", "period", "asks", "before", "members"],
    "gaps": ["guilds", "period", "misses"],
    "gaps --group 1": ["keywords", "yaml"],
    "helped": ["guilds", "period"],
    "digest": ["guilds", "period", "asks", "unanswered"],
    "export": ["guilds", "period"],
}


class NewYearsDay(datetime):
    """A clock that stands still."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> NewYearsDay:
        return cls.fromtimestamp(NOON.timestamp(), tz)


@pytest_asyncio.fixture
async def asked(log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log with something for each table, as the command line finds it on the day when it was asked."""
    await log.ask(*(Ask("runner", ago) for ago in range(70)), *[Ask("chaser", 2)] * 9)
    await log.ask(Ask("hope", 3, source="related", origin="runner"), Ask("hope", 1, source="read", shared=True))
    await log.link("hope", ago=2)
    await log.helpful("runner", 1, ago=1)
    await log.correct("runner", "hope", ago=3)
    await log.miss("kundalini awakening", [("twinflame", "hope", 0.2)], ago=2)
    monkeypatch.setenv("LANTERN_DATABASE", str(tmp_path / "figures.sqlite3"))
    monkeypatch.setattr("lantern.cli.insights.datetime", NewYearsDay)


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("figures", NAMES)
def test_what_programs_read_keeps_its_names(figures: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["insights", *figures.split(), "--json"]) == 0
    whole = json.loads(capsys.readouterr().out)

    assert list(whole.pop("about")) == ABOUT.get(figures, ABOUT[figures.split()[0]])
    assert {table: list(rows[0]) for table, rows in whole.items()} == NAMES[figures]
    assert list(whole) == list(NAMES[figures])


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("figures", [name for name in NAMES if name != "export"])
def test_csv_begins_each_table_with_the_names_of_its_columns(figures: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["insights", *figures.split(), "--csv"]) == 0

    tables = capsys.readouterr().out.replace("\r\n", "\n").split("\n\n")

    assert [next(csv.reader(table.splitlines())) for table in tables] == list(NAMES[figures].values())


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(("days", "period"), [("all", 90), ("180", 90), ("30", 30)])
def test_gaps_go_back_no_further_than_words_are_kept(
    days: str, period: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(["insights", "gaps", "--days", days]) == 0
    assert f"\n{period} days to 1 Jan 2026: 1 without an answer.\n" in capsys.readouterr().out
