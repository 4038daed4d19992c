"""``bot.py insights``: the figures in a terminal, as JSON, as CSV, as a picture and as an export."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import sqlite3
import zipfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import numpy
import pytest
import pytest_asyncio

import bot as program
from lantern.cli import insights as cli
from lantern.content.models import Content
from lantern.matching import encoders
from lantern.matching.encoders import Encoder, NoEncoder, Vectors
from lantern.preview import sample_questions
from lantern.store.database import Database
from lantern.store.guilds import Guilds
from lantern.store.times import as_number
from lantern.store.weekly_totals import WeeklyTotals, last_sunday
from tests.support.asks import NOON, Ask, Log


@pytest.fixture(autouse=True)
def by_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gaps are grouped by words, unless a test says otherwise."""
    monkeypatch.setenv("LANTERN_SEMANTIC", "false")


@pytest_asyncio.fixture
async def sample(tmp_path: Path, content: Content, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Path]:
    """A file with the invented half year, as the command line finds it."""
    path = tmp_path / "sample.sqlite3"
    database = Database(path)
    await database.open()
    await sample_questions.fill(database, content, guild_id=7, channels=[1, 2], until=datetime.now(UTC))
    await WeeklyTotals(database, Guilds(database)).decide_due(datetime.now(UTC))
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
    assert program.main(["insights", "top", "--weeks", "all", "--guild", "7", "--json"]) == 0

    read_back = json.loads(capsys.readouterr().out)
    sunday = as_number(last_sunday(datetime.now(UTC).date()))
    asks = "SELECT count(*) FROM questions WHERE NOT by_moderator AND day <= ?"
    asked = count(sample, asks, sunday)
    assert sum(row["asks"] for row in read_back["topic"]) == read_back["about"]["asks"] == asked
    runner = count(
        sample, "SELECT count(*) FROM questions WHERE topic = 'runner' AND NOT by_moderator AND day <= ?", sunday
    )
    assert next(row["asks"] for row in read_back["topic"] if row["topic"] == "runner") == runner


def test_the_command_lines_csv_can_be_read(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["insights", "top", "--by", "source", "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {"source", "asks", "before"} <= set(rows[0])
    assert {row["source"] for row in rows} >= {"A topic's own command", "A button or a list"}


def test_the_command_line_writes_pictures_and_exports(sample: Path, tmp_path: Path) -> None:
    picture, export = tmp_path / "top.png", tmp_path / "export.zip"
    assert program.main(["insights", "top", "--png", str(picture)]) == 0
    assert program.main(["insights", "export", "--weeks", "all", "--out", str(export)]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    with zipfile.ZipFile(export) as archive:
        assert json.loads(archive.read("lantern.json"))["topics"]


def test_one_group_has_its_keywords_on_the_command_line(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["insights", "gaps", "--weeks", "12", "--group", "1"]) == 0
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


@pytest.mark.parametrize("weeks", ["0", "-1", "521", "x", "٣"])
def test_weeks_are_a_number_or_all(weeks: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        program.main(["insights", f"--weeks={weeks}"])
    assert "neither `all` nor a whole number" in capsys.readouterr().err


NAMES: dict[str, dict[str, list[str]]] = {
    "top": {"topic": ["title", "article", "topic", "asks", "before", "change", "shares", "links"]},
    "top --by article": {"article": ["title", "asks", "before", "change", "shares", "links"]},
    "top --by channel": {"channel": ["channel", "asks", "before", "change", "shares", "links"]},
    "top --by source": {"source": ["source", "asks", "before", "change", "shares", "links"]},
    "trend --topic twinflame/runner": {"by week": ["from", "asks", "average"]},
    "trend --topic twinflame/runner --by day": {"by day": ["from", "asks", "average"]},
    "gaps": {"gaps": ["group", "times", "newest", "nearest", "words"], "corrections": ["times", "shown", "wanted"]},
    "gaps --group 1": {"words": ["words", "times"]},
    "helped": {
        "topics": ["title", "article", "topic", "asks", "helpful", "not asked", "links", "again"],
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
        "topics": ["week", "guild", "article", "topic", "asks"],
        "days": ["week", "guild", "article", "topic", "day", "asks"],
        "sources": ["week", "guild", "source", "asks"],
        "channels": ["week", "guild", "channel", "asks"],
        "details": ["week", "guild", "article", "topic", "what", "of", "number"],
        "gaps": ["week", "guild", "words", "nearest_article", "nearest_topic"],
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
    await log.ask(*(Ask("runner", ago, ago) for ago in range(70)), *(Ask("chaser", 5, member) for member in range(9)))
    await log.ask(*(Ask("hope", 6, member, source="related", origin="runner") for member in range(6)))
    await log.ask(*(Ask("hope", 6, member, shared=True) for member in range(5)))
    await log.link("hope", ago=5)
    for member in range(7):
        await log.helpful("runner", member, ago=6)
        await log.correct("runner", "hope", ago=6)
    await log.miss("kundalini awakening", [("twinflame", "hope", 0.2)], ago=5)
    await log.decide()
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
@pytest.mark.parametrize(("weeks", "period"), [("all", 12), ("26", 12), ("4", 4)])
def test_gaps_go_back_no_further_than_words_are_kept(
    weeks: str, period: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(["insights", "gaps", "--weeks", weeks]) == 0
    out = capsys.readouterr().out
    assert f"\n{period} weeks, " in out
    assert "\nOne question found no answer.\n" in out


class OneMeaning:
    """An encoder for which everything means the same."""

    name = "one meaning"

    def encode(self, texts: Sequence[str]) -> Vectors:
        return numpy.array([[1.0, not text.islower()] for text in texts], dtype=numpy.float32)


def none_installed() -> Encoder:
    raise NoEncoder("none is installed")


@pytest.mark.parametrize(
    ("semantic", "load", "times", "told"),
    [
        ("true", OneMeaning, [2], ""),
        ("false", OneMeaning, [1, 1], ""),
        ("true", none_installed, [1, 1], f"{cli.BY_WORDS_ALONE}\n"),
    ],
)
async def test_gaps_are_grouped_by_meaning_where_an_encoder_is_installed(
    log: Log,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    semantic: str,
    load: Callable[[], Encoder],
    times: list[int],
    told: str,
) -> None:
    for words in ("kundalini awakening", "which crystal helps"):
        await log.miss(words, [("twinflame", "hope", 0.2)], ago=5)
    await log.decide()
    monkeypatch.setenv("LANTERN_DATABASE", str(tmp_path / "figures.sqlite3"))
    monkeypatch.setattr("lantern.cli.insights.datetime", NewYearsDay)
    monkeypatch.setenv("LANTERN_SEMANTIC", semantic)
    monkeypatch.setattr(encoders, "load", load)

    assert await asyncio.to_thread(program.main, ["insights", "gaps", "--json"]) == 0
    printed = capsys.readouterr()
    assert [row["times"] for row in json.loads(printed.out)["gaps"]] == times
    assert printed.err == told

    assert await asyncio.to_thread(program.main, ["insights", "gaps", "--group", "1"]) == 0
    assert ("A plain sample question" in capsys.readouterr().out) == (times == [2])


def first_rows(capsys: pytest.CaptureFixture[str], figures: str) -> tuple[dict[str, Any], dict[str, list[list[Any]]]]:
    """What the JSON says of the figures, and each table's first rows without names."""
    assert program.main(["insights", *figures.split(), "--json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    about = whole.pop("about")
    return about, {table: [list(row.values()) for row in rows[:2]] for table, rows in whole.items()}


RUNNER, CHASER, HOPE = (
    ["The runner", "twinflame", "runner"],
    ["The chaser", "twinflame", "chaser"],
    ["Hope", "twinflame", "hope"],
)


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    ("figures", "about", "tables"),
    [
        (
            "top",
            {
                "guilds": ["7"],
                "period": "4 weeks, 1–28 Dec 2025",
                "asks": 48,
                "before": 28,
                "members": "at least 30",
            },
            {"topic": [[*RUNNER, 28, 28, "no change", 0, 0], [*HOPE, 11, 0, "11 more", 5, 1]]},
        ),
        (
            "top --by article --weeks all",
            {"period": "All so far: 10 weeks, 20 Oct\u2009–\u200928 Dec 2025", "asks": 86, "before": None},
            {"article": [["Twin flames", 86, None, "", 5, 1]]},
        ),
        (
            "top --by channel",
            {"asks": 48, "before": 28},
            {"channel": [["50", 48, None, "", 0, None]]},
        ),
        (
            "top --by source --weeks 1",
            {"asks": 27, "before": 7, "members": "at least 10"},
            {
                "source": [
                    ["A topic's own command", 21, None, "", 0, None],
                    ["A button or a list", 6, None, "", 0, None],
                ]
            },
        ),
        (
            "trend --topic twinflame/runner --weeks 2",
            {"asks": 14, "before": 14},
            {"by week": [["2025-12-15", 7, 7.0], ["2025-12-22", 7, 7.0]]},
        ),
        (
            "trend --topic twinflame/chaser --by day --weeks 1",
            {"asks": 9, "before": 0},
            {"by day": [["2025-12-22", None, 1.29], ["2025-12-23", None, 1.29]]},
        ),
        (
            "gaps",
            {"misses": 1},
            {
                "gaps": [[1, 1, "2025-12-22", "Hope", "kundalini awakening"]],
                "corrections": [[7, "The runner", "Hope"]],
            },
        ),
        ("gaps --group 1", {"keywords": ["awakening", "kundalini"]}, {"words": [["kundalini awakening", 1]]}),
        (
            "helped",
            {"period": "4 weeks, 1–28 Dec 2025"},
            {
                "topics": [[*RUNNER, 28, 7, 7, 0, 0], [*HOPE, 11, 0, 0, 1, 0]],
                "review first": None,
                "went on to": [["The runner", "Hope", "twinflame", "runner", "hope", 6]],
            },
        ),
        (
            "digest",
            {"period": "1 week, 22–28 Dec 2025", "asks": 27, "unanswered": 1},
            {
                "topics": [[*HOPE, 11, 0], [*CHASER, 9, 0]],
                "far more than usual": [[*HOPE, 11, 0.0], [*CHASER, 9, 0.0]],
                "nearest to the unanswered": [[*HOPE, 1]],
                "not asked for": None,
            },
        ),
    ],
)
def test_what_programs_read_is_what_was_asked(
    figures: str, about: dict[str, Any], tables: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    told, found = first_rows(capsys, figures)

    assert {name: told[name] for name in about} == about
    assert {name: rows for name, rows in found.items() if tables.get(name) is not None} == {
        name: rows for name, rows in tables.items() if rows is not None
    }


@pytest.mark.usefixtures("asked")
def test_weeks_reach_from_one_to_ten_years(capsys: pytest.CaptureFixture[str]) -> None:
    for weeks, period in (("1", "1 week, "), ("520", "520 weeks, "), ("ALL", "All so far: 10 weeks, ")):
        assert first_rows(capsys, f"top --weeks {weeks}")[0]["period"].startswith(period)


def test_before_the_first_week_is_over_it_says_when_figures_come(
    sample: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(sample)) as connection, connection:
        connection.execute("DELETE FROM weekly_totals")
    for figures in ("top", "helped", "digest", "export"):
        assert program.main(["insights", figures]) == 1
        assert "There are no figures yet. They cover whole weeks" in capsys.readouterr().err


@pytest.mark.usefixtures("asked")
def test_an_export_is_said_with_its_period_and_its_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export = tmp_path / "export.zip"
    assert program.main(["insights", "export", "--weeks", "1", "--out", str(export)]) == 0

    assert capsys.readouterr().out == (
        f"{export} written: 1 week, 22–28 Dec 2025; 3 topics, 2 days, 2 sources, 1 channels, 6 details, 1 gaps.\n"
    )
    with zipfile.ZipFile(export) as archive:
        about = json.loads(archive.read("lantern.json"))["about"]
    assert about == {"guilds": ["7"], "first": "2025-12-22", "last": "2025-12-28"}


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    ("figures", "titles", "note"),
    [
        ("top", [], "moderators are not counted"),
        ("trend --topic twinflame/runner", [], "the four weeks that end there"),
        ("gaps", ["Gaps", "Corrections"], "--group NUMBER"),
        ("gaps --group 1", [], "With these keywords, 1 of 1 would lead to this topic."),
        ("helped", ["Topics", "Review first", "Went on to"], "within a day"),
        (
            "digest",
            ["Topics", "Far more than usual", "Nearest to the unanswered", "Not asked for"],
            "moderators are not counted",
        ),
    ],
)
def test_a_person_reads_a_heading_tables_and_notes(
    figures: str, titles: list[str], note: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(["insights", *figures.split()]) == 0

    heading, *parts = capsys.readouterr().out.rstrip().split("\n\n")
    tables = [part.splitlines() for part in parts if "──" in part]
    assert len(heading.splitlines()) >= (1 if "--group" in figures else 2)
    assert note in parts[-1] or note in parts[-2]
    if titles:
        assert [table[0] for table in tables] == titles
        assert all(table[2].startswith("──") for table in tables)
    else:
        (table,) = tables
        assert table[1].startswith("──"), "one table needs no title"


def test_a_table_has_words_to_the_left_and_numbers_to_the_right() -> None:
    rows = [
        {"title": "Ünï 雑", "article": "a", "topic": "t", "asks": 1_200, "before": None, "per link": 0.5},
        {"title": "e\u0301\x1b[31m", "article": "a", "topic": "t", "asks": 7, "before": 3, "per link": 12.25},
    ]

    assert cli.as_table(rows).splitlines() == [
        "title    asks  before  per link",
        "──────  ─────  ──────  ────────",
        "Ünï 雑  1,200               0.5",
        "e\u0301 [31m      7       3     12.25",
    ]


def test_a_table_of_topics_alone_names_them() -> None:
    assert cli.as_table([{"topic": "runner"}]).splitlines() == ["topic", "──────", "runner"]


def test_a_sheet_without_rows_or_notes_is_its_heading() -> None:
    assert cli.as_text(cli.Sheet("A heading", {"gaps": []})) == "A heading"
    assert cli.as_text(cli.Sheet("A", {"gaps": [], "words": [{"n": 1}]}, notes=["b", "c"])) == "A\n\nn\n─\n1\n\nb\nc"
