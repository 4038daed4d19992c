"""``python bot.py insights``: the same figures in a terminal, as JSON, as CSV or as a picture.

The database is only ever read, so this may run beside the bot.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sqlite3
import sys
import unicodedata
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import orjson

from lantern.answers import edition
from lantern.content.models import Content
from lantern.figures import charts, gaps, wording
from lantern.figures.insights import OTHERS, By, Insights, Period, Reader, Row, as_csv, as_zip
from lantern.figures.wording import Wording, change_in_words, title_of
from lantern.matching import encoders
from lantern.matching.encoders import Encoder, NoEncoder
from lantern.runtime.settings import Settings
from lantern.store import backups, private_files, sqlite_dialect
from lantern.store.addresses import shown
from lantern.store.database import newest_version, without_extra
from lantern.store.engine import DatabaseError
from lantern.store.weekly_totals import GUILDS_ASKED

FOR_PROGRAMS = ("article", "topic", "from_topic")
"""Columns that the terminal's tables leave out."""
BY_WORDS_ALONE = "Grouped by words alone: no sentence encoder can be used here (`requirements/semantic.txt` has one)."
ZONE_OF_GUILD = "SELECT value FROM guild_settings WHERE guild_id = :guild AND name = 'time_zone'"


class CannotShow(Exception):
    """What was asked for cannot be shown; the text says why and what to do."""


def weeks_back(text: str) -> int | None:
    """The option ``--weeks``: a number of weeks, or ``all`` (None). Raises :class:`argparse.ArgumentTypeError`."""
    if text.casefold() == "all":
        return None
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 520):
        raise argparse.ArgumentTypeError(f"{text!r} is neither `all` nor a whole number from 1 to 520")
    return int(text)


def add_options(command: argparse.ArgumentParser) -> None:
    """Tell ``command`` what :func:`show` reads."""
    command.add_argument(
        "figures",
        nargs="?",
        choices=("top", "trend", "gaps", "helped", "digest", "export"),
        default="top",
        help="which figures (default: %(default)s)",
    )
    command.add_argument("--guild", type=int, help="one server's id (default: all, and direct messages)")
    command.add_argument(
        "--weeks", type=weeks_back, default=4, help="how many whole weeks, or `all` (default: %(default)s)"
    )
    command.add_argument(
        "--by",
        choices=("topic", "article", "channel", "source", "day", "week"),
        help="top: topic, article, channel or source; trend: day or week",
    )
    command.add_argument("--topic", metavar="ARTICLE/TOPIC", help="trend: which topic, such as twinflame/runner")
    command.add_argument("--group", type=int, metavar="N", help="gaps: one group, and keywords for it to paste")
    how = command.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="JSON, for programs")
    how.add_argument("--csv", action="store_true", help="CSV, for spreadsheets")
    how.add_argument("--png", type=Path, metavar="FILE", help="write the picture (top, trend, digest)")
    command.add_argument(
        "--out", type=Path, default=Path("lantern-export.zip"), metavar="FILE", help="export: the file to write"
    )


@dataclass
class Sheet:
    """What one call shows: a heading, tables by name, and a picture where there is one."""

    heading: str
    tables: dict[str, list[dict[str, Any]]]
    about: dict[str, Any] = field(default_factory=dict)
    picture: charts.Picture | None = None
    notes: list[str] = field(default_factory=list)


class OpenFile(sqlite3.Connection):
    """A database opened to be read, by the process that waits for it."""

    async def fetch(self, query: str, parameters: Mapping[str, Any]) -> list[sqlite3.Row]:
        """All rows of a query, for values by their parameters' names."""
        return self.execute(sqlite_dialect.statement(query), sqlite_dialect.parameters(parameters)).fetchall()


@contextlib.asynccontextmanager
async def opened(where: Path | str) -> AsyncIterator[Reader]:
    """The database. Raises :class:`CannotShow` when it is missing, locked away, or of another version."""
    if isinstance(where, Path):
        with contextlib.closing(opened_file(where)) as file:
            yield file
        return
    try:
        from lantern.store import postgres_server as server
    except ImportError as error:
        raise CannotShow(str(without_extra(where))) from error
    async with server.connected(where, default_transaction_read_only="on") as connection:
        version = await server.version_of(where, connection)
        if version is None:
            raise CannotShow(f"There is nothing in {shown(where)}: the bot makes its tables on its first run.")
        check_version(where, version)
        yield server.PostgresReader(connection)


def opened_file(path: Path) -> OpenFile:
    """The database at ``path``. Raises :class:`CannotShow` when it is missing, locked away, or of another version."""
    if not path.is_file():
        raise CannotShow(f"There is no database at {path}: the bot makes it on its first run (LANTERN_DATABASE).")
    try:
        backups.make_readable(path)
        file = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, factory=OpenFile)
        file.row_factory = sqlite3.Row
        ((version,),) = file.execute("PRAGMA user_version").fetchall()
    except sqlite3.Error as error:
        raise CannotShow(f"{path} cannot be read ({error}).") from error
    try:
        check_version(path, version)
    except CannotShow:
        file.close()
        raise
    return file


def check_version(where: Path | str, version: int) -> None:
    """Raises :class:`CannotShow` unless a database is of the version that this program reads."""
    newest = newest_version()
    if version != newest:
        which = "a newer" if version > newest else "an older"
        what = "Run that one's `insights`" if version > newest else "Start the bot once, which brings it up to date"
        raise CannotShow(
            f"{shown(where)} is from {which} Lantern (version {version}; this one reads {newest}). {what}."
        )


def show(settings: Settings, arguments: argparse.Namespace) -> int:
    """Print what was asked for and return the exit status. Raises :class:`lantern.content.problems.ContentError`."""
    written = arguments.png or (arguments.out if arguments.figures == "export" and not arguments.json else None)
    refusal = private_files.refusal_of_root(settings.database, *([written.parent] if written else []))
    if refusal is not None:
        print(refusal, file=sys.stderr)
        return 1
    content = edition.load(settings.content)
    try:
        return asyncio.run(_show(content, settings, arguments))
    except (CannotShow, DatabaseError) as problem:
        print(problem, file=sys.stderr)
    except (sqlite3.Error, OSError) as error:
        print(f"The figures could not be read or written: {error}.", file=sys.stderr)
    return 1


async def _show(content: Content, settings: Settings, arguments: argparse.Namespace) -> int:
    async with opened(settings.database) as database:
        return await _show_from(database, content, settings, arguments)


async def _show_from(database: Reader, content: Content, settings: Settings, arguments: argparse.Namespace) -> int:
    guilds = [row[0] for row in await database.fetch(GUILDS_ASKED, {})]
    zone = ZoneInfo("UTC")
    if arguments.guild is not None:
        if arguments.guild not in guilds:
            known = ", ".join(map(str, guilds)) or "none yet"
            raise CannotShow(f"Nothing was asked in guild {arguments.guild}. Guilds in this database: {known}.")
        guilds = [arguments.guild]
        found = await database.fetch(ZONE_OF_GUILD, {"guild": arguments.guild})
        zone = ZoneInfo(orjson.loads(found[0][0])) if found else zone
    today = datetime.now(zone).date()
    insights = Insights(database, content, guilds, today)
    if arguments.figures == "export":
        return await _export(insights, arguments)
    if arguments.figures == "gaps":
        longest = max(1, settings.miss_days // 7)
        arguments.weeks = min(arguments.weeks or longest, longest)
        sheet = await _gaps(insights, arguments, _encoder(settings))
    else:
        sheet = await SHEETS[arguments.figures](insights, arguments)
    if arguments.png is not None:
        if sheet.picture is None:
            raise CannotShow(f"`{arguments.figures}` has no picture: top, trend and digest have one.")
        # Not at the top: Matplotlib takes half a second.
        from lantern.figures.drawing import render

        private_files.write(arguments.png, render(sheet.picture))
        print(f"{arguments.png} written.")
    elif arguments.json:
        whole = {"about": sheet.about, **sheet.tables}
        print(orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode())
    elif arguments.csv:
        print("\n".join(as_csv(rows) for rows in sheet.tables.values() if rows), end="")
    else:
        print(as_text(sheet))
    return 0


async def _period(insights: Insights, arguments: argparse.Namespace) -> Period:
    period = await insights.period(arguments.weeks)
    if period is None:
        raise CannotShow(wording.no_week_yet(insights))
    return period


def _about(insights: Insights, period: object, **more: Any) -> dict[str, Any]:
    return {"guilds": [str(guild) for guild in insights.guilds], "period": str(period), **more}


def _topic(content: Content, article: str, topic: str) -> dict[str, Any]:
    return {"title": title_of(content, article, topic), "article": article, "topic": topic}


async def _top(insights: Insights, arguments: argparse.Namespace) -> Sheet:
    if arguments.by in ("day", "week"):
        raise CannotShow("`top` counts by topic, article, channel or source; day and week are for `trend`.")
    by: By = arguments.by or "topic"
    content = insights.content
    top = await insights.top(by, await _period(insights, arguments))

    def channel(row: Row) -> wording.Name:
        # Only Discord knows the names.
        label = {OTHERS: wording.OTHER_CHANNELS, "0": wording.NOWHERE}.get(row.key[0], row.key[0])
        return wording.Name(label, "", wording.BLURPLE)

    rows = wording.put_together(top.rows, channel if by == "channel" else Wording(content).names(by))
    table = [
        {
            by if by in ("channel", "source") else "title": name.label,
            **({"article": row.key[0], "topic": row.key[1]} if by == "topic" else {}),
            "asks": row.now,
            "before": row.before,
            "change": change_in_words(row.now, row.before),
            "shares": row.shares,
            "links": row.links,
        }
        for row, name in rows
    ]
    title = wording.top_title(by)
    return Sheet(
        f"{title}\n{wording.top_heading(top)}",
        {by: table},
        _about(insights, top.period, asks=top.total, before=top.total_before, members=str(top.members) or None),
        wording.top_picture(content, top, rows, title),
        [wording.counted(by)],
    )


async def _trend(insights: Insights, arguments: argparse.Namespace) -> Sheet:
    article, _, topic = (arguments.topic or "").partition("/")
    content = insights.content
    if content.find(article, topic) is None:
        known = ", ".join(each.address for each in content.topics())
        raise CannotShow(f"Which topic? --topic takes one of: {known}.")
    if arguments.by in ("topic", "article", "channel", "source"):
        raise CannotShow("`trend` counts by day or week.")
    period = await _period(insights, arguments)
    by: Literal["day", "week"] = arguments.by or "week"
    trend = await insights.trend(article, topic, period, by)
    table = [
        {"from": day.isoformat(), "asks": asks, "average": None if average is None else round(average, 2)}
        for day, asks, average in zip(trend.columns, trend.asks, trend.average, strict=True)
    ]
    heading = [title_of(content, article, topic), wording.trend_heading(trend)]
    return Sheet(
        "\n".join([*heading, *wording.trend_facts(trend)]),
        {f"by {by}": table},
        _about(insights, trend.period, asks=trend.total, before=trend.before, members=str(trend.members) or None),
        wording.trend_picture(content, trend),
        [
            "average: asks a week over the four weeks that end there."
            if by == "week"
            else "average: its week's asks a day.",
            wording.trend_counted(trend),
        ],
    )


def _encoder(settings: Settings) -> Encoder | None:
    """As the bot's. None where the settings say so, or where none can be used, which is told."""
    if not settings.semantic:
        return None
    try:
        return encoders.load()
    except NoEncoder:
        print(BY_WORDS_ALONE, file=sys.stderr)
        return None


async def _gaps(insights: Insights, arguments: argparse.Namespace, encoder: Encoder | None) -> Sheet:
    """Groups as ``/insights gaps`` has them: by meaning, which takes some seconds, where there is an ``encoder``."""
    content = insights.content
    period = await _period(insights, arguments)
    found = gaps.gaps_of(content, period, await gaps.fetch(insights, period), encoder)
    if arguments.group is not None:
        if not 1 <= arguments.group <= len(found.gaps):
            raise CannotShow(f"There are {len(found.gaps)} groups; --group takes the number of one.")
        return _one_gap(content, found.gaps[arguments.group - 1], encoder)
    table = [
        {
            "group": number,
            "times": gap.times,
            "newest": gap.newest.week.isoformat(),
            "nearest": title_of(content, *gap.nearest) if gap.nearest else "",
            "words": gap.newest.words,
        }
        for number, gap in enumerate(found.gaps, 1)
    ]
    corrected = [
        {"times": times, "shown": title_of(content, *shown), "wanted": title_of(content, *wanted) if wanted else ""}
        for shown, wanted, times in found.corrections
    ]
    return Sheet(
        f"{wording.GAPS_TITLE}\n{wording.gaps_heading(found)}",
        {"gaps": table, "corrections": corrected},
        _about(insights, period, misses=found.total),
        notes=[
            *(["--group NUMBER shows how a group was asked, and what to paste."] if table else []),
            f"newest: the Monday of the week. {wording.FIVE_DID}",
        ],
    )


def _one_gap(content: Content, gap: gaps.Gap, encoder: Encoder | None) -> Sheet:
    remedy = gaps.Grouping(content, encoder).remedy(content, gap)
    nearest = f"; nearest: {title_of(content, *gap.nearest)}" if gap.nearest else ""
    notes = [wording.NO_KEYWORDS]
    if remedy is not None:
        notes = [remedy.yaml, "", wording.tried(remedy, gap)]
    return Sheet(
        f"{wording.asked_title(gap)}{nearest}",
        {"words": [{"words": words, "times": count} for words, count in gap.wordings]},
        {"keywords": list(remedy.keywords) if remedy else [], "yaml": remedy.yaml if remedy else None},
        notes=notes,
    )


async def _helped(insights: Insights, arguments: argparse.Namespace) -> Sheet:
    content = insights.content
    figures = await insights.helped(await _period(insights, arguments))
    topics = [
        {
            **_topic(content, row.article, row.topic),
            "asks": row.asks,
            "helpful": row.helpful,
            "not asked": row.not_asked,
            "links": row.links,
            "again": row.again,
        }
        for row in figures.topics
    ]
    review = [
        {
            **_topic(content, each.helped.article, each.helped.topic),
            "asks": each.helped.asks,
            "reviewed": each.reviewed.isoformat(),
            "helpful": each.helped.helpful,
            "not asked": each.helped.not_asked,
        }
        for each in figures.review
    ]
    flows = []
    for article, origin, topic, times in figures.flows:
        titles = {"from": title_of(content, article, origin), "to": title_of(content, article, topic)}
        flows.append({**titles, "article": article, "from_topic": origin, "topic": topic, "times": times})
    return Sheet(
        f"{wording.HELPED_TITLE}\n{figures.period}",
        {"topics": topics, "review first": review, "went on to": flows},
        _about(insights, figures.period),
        notes=[f"again: the same member asked the same within a day. {wording.FIVE_DID}"],
    )


async def _digest(insights: Insights, arguments: argparse.Namespace) -> Sheet:
    content = insights.content
    digest = await insights.digest((await _period(insights, arguments)).last)
    rows = wording.put_together(digest.top.rows, Wording(content).names("topic"))
    table = [{**_topic(content, *row.key), "asks": row.now, "before": row.before} for row, _ in rows]
    risers = [
        {**_topic(content, each.article, each.topic), "asks": each.now, "usually": each.usual} for each in digest.risers
    ]
    nearest = [{**_topic(content, article, topic), "times": count} for article, topic, count in digest.nearest]
    unasked = [_topic(content, topic.article.command, topic.key) for topic in digest.unasked]
    return Sheet(
        f"{wording.DIGEST_TITLE}\n{wording.top_heading(digest.top)}\n{wording.no_answer(digest.unanswered)}",
        {
            "topics": table,
            "far more than usual": risers,
            "nearest to the unanswered": nearest,
            "not asked for": unasked,
        },
        _about(insights, digest.top.period, asks=digest.top.total, unanswered=digest.unanswered),
        wording.top_picture(content, digest.top, rows, wording.DIGEST_TITLE),
        [wording.COUNTED],
    )


SHEETS = {"top": _top, "trend": _trend, "helped": _helped, "digest": _digest}


async def _export(insights: Insights, arguments: argparse.Namespace) -> int:
    period = await _period(insights, arguments)
    tables = await insights.tables(period)
    if arguments.json:
        print(orjson.dumps({"about": _about(insights, period), **tables}, option=orjson.OPT_INDENT_2).decode())
        return 0
    about = {"guilds": [str(guild) for guild in insights.guilds], "first": str(period.first), "last": str(period.last)}
    private_files.write(arguments.out, as_zip(tables, about=about))
    rows = ", ".join(f"{len(rows):,} {name}" for name, rows in tables.items())
    print(f"{arguments.out} written: {period}; {rows}.")
    return 0


def width_of(text: str) -> int:
    """How many columns a terminal gives a text: wide characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def as_text(sheet: Sheet) -> str:
    """A sheet as a person reads it."""
    parts = [sheet.heading]
    shown = {name: rows for name, rows in sheet.tables.items() if rows}
    for name, rows in shown.items():
        title = "" if len(shown) == 1 else f"{name[0].upper()}{name[1:]}\n"
        parts.append(title + as_table(rows))
    if sheet.notes:
        parts.append("\n".join(sheet.notes))
    return "\n\n".join(parts)


def as_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as a table: text to the left, numbers to the right, nothing cut."""
    names = [name for name in rows[0] if name not in FOR_PROGRAMS or len(rows[0]) == 1]
    numeric = {name for name in names if all(isinstance(row[name], int | float | None) for row in rows)}
    cells = [list(names), *([_cell(row[name]) for name in names] for row in rows)]
    widths = [max(width_of(line[at]) for line in cells) for at in range(len(names))]

    def line(values: Sequence[str]) -> str:
        padded = []
        for name, value, width in zip(names, values, widths, strict=True):
            room = " " * (width - width_of(value))
            padded.append(room + value if name in numeric else value + room)
        return "  ".join(padded).rstrip()

    return "\n".join([line(cells[0]), line(["─" * width for width in widths]), *map(line, cells[1:])])


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        return f"{value:,}"
    # A member's words must not move the cursor or colour the terminal.
    return "".join(char if char.isprintable() else " " for char in str(value))
