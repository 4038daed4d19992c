"""Figures over the question log: what is asked about most, how that changes, what helped, and the week in short.

Nothing here knows Discord, and nothing here writes. Sums of any age come from the two daily roll-ups; what needs single
rows (distinct members, what one member asked again, reads) comes from `questions` and reaches back as far as those are
kept. A *day* is the guild's local one, written on each row at the moment of asking: a day of 23 or 25 hours needs no
care here, and a changed time zone applies from then on.

Members' asks are all asks but those of people who may manage messages.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from typing import Any, Literal, NamedTuple, Protocol

import orjson

from lantern.content.models import Content, Topic
from lantern.figures import queries
from lantern.store.times import as_date, as_number, date_text

By = Literal["topic", "article", "channel", "source"]

FEW = 5
"""Distinct members are told from this number up; fewer could be recognised."""
RISER_ASKS = 5
RISER_TIMES = 2
RISER_WEEKS = 8


class Reader(Protocol):
    """What answers a query: :class:`lantern.store.database.Database`, or what was opened only to be read."""

    async def fetch(self, query: str, parameters: Mapping[str, Any]) -> list[Any]:
        """All rows, each a :class:`lantern.store.engine.Row`, for values by their parameters' names.

        Raises :class:`DatabaseError`, or :class:`sqlite3.Error` where only a file is read.
        """
        ...


class Period(NamedTuple):
    """Whole local days, the last one included. ``everything``: as far back as anything was counted."""

    first: date
    last: date
    everything: bool = False

    @classmethod
    def until(cls, last: date, days: int) -> Period:
        """So many days, up to and including ``last``."""
        return cls(last - timedelta(days=days - 1), last)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Period:
        """As many days, just before."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    @property
    def numbers(self) -> dict[str, int]:
        """Its first and its last day, YYYYMMDD, as queries take them."""
        return {"first": as_number(self.first), "last": as_number(self.last)}

    def milliseconds(self, zone: tzinfo) -> tuple[int, int]:
        """From which moment to before which it lasts in ``zone``, UTC: days of 23 and 25 hours keep their length."""
        begins = datetime.combine(self.first, time.min, zone)
        ends = datetime.combine(self.last + timedelta(days=1), time.min, zone)
        return int(begins.timestamp() * 1000), int(ends.timestamp() * 1000)

    def __str__(self) -> str:
        if self.everything:
            return f"Since counting began on {date_text(self.first)}"
        return f"{self.days} day{'' if self.days == 1 else 's'} to {date_text(self.last)}"


class Members(NamedTuple):
    """How many different people asked. ``number`` is None where rows of that age may be gone: then nobody can know."""

    number: int | None
    more: bool = False
    """Some rows belong to members who had themselves forgotten, so that there may have been more."""

    def __str__(self) -> str:
        if self.number is None:
            return ""
        if self.number < FEW:
            return "fewer than five"
        return f"at least {self.number}" if self.more else str(self.number)


class Row(NamedTuple):
    """One line of a ranking. ``before`` and ``links`` are None where there is nothing to compare or to count."""

    key: tuple[Any, ...]
    now: int
    before: int | None = None
    shares: int = 0
    links: int | None = None


class Top(NamedTuple):
    """What is asked most, most asked first."""

    by: By
    period: Period
    rows: tuple[Row, ...]
    members: Members

    @property
    def total(self) -> int:
        """Members' asks in the period."""
        return sum(row.now for row in self.rows)

    @property
    def total_before(self) -> int | None:
        """Members' asks in the period before; None where there is none."""
        return None if self.period.everything else sum(row.before or 0 for row in self.rows)


class Trend(NamedTuple):
    """One topic over time. ``columns`` are the first days of each column; ``average`` is asks a day over seven days."""

    article: str
    topic: str
    by: Literal["day", "week"]
    period: Period
    columns: tuple[date, ...]
    asks: tuple[int, ...]
    average: tuple[float | None, ...]
    """At the last day of each column; None while seven days had not passed since counting began."""
    before: int | None
    members: Members

    @property
    def total(self) -> int:
        """Members' asks in the period."""
        return sum(self.asks)


class Helped(NamedTuple):
    """How well one topic answers."""

    article: str
    topic: str
    asks: int
    helpful: int
    not_asked: int
    links: int
    reads: int
    again: int
    """Of the asks that still can be looked at one by one: the same member had asked the same within 24 hours before."""

    @property
    def read_per_link(self) -> float | None:
        """Reads for each link; None without links."""
        return self.reads / self.links if self.links else None

    @property
    def doubt(self) -> float:
        """From 0 (all found it helpful) to 1; one half where nobody said anything."""
        return (self.not_asked + 1) / (self.helpful + self.not_asked + 2)


class ToReview(NamedTuple):
    """A topic to look at again, and why: asked often, reviewed long ago, of little help."""

    helped: Helped
    reviewed: date
    days: int
    weight: float


class Flow(NamedTuple):
    """How often members went on from one topic to another by a related question."""

    article: str
    origin: str
    topic: str
    times: int


class HelpedFigures(NamedTuple):
    """What helped and what did not, in one period."""

    period: Period
    topics: tuple[Helped, ...]
    review: tuple[ToReview, ...]
    flows: tuple[Flow, ...]


class Riser(NamedTuple):
    """A topic asked more than twice as often as is usual for it."""

    article: str
    topic: str
    now: int
    usual: float
    """The median of the weeks before."""


class Digest(NamedTuple):
    """One week, in short."""

    top: Top
    risers: tuple[Riser, ...]
    unanswered: int
    nearest: tuple[tuple[str, str, int], ...]
    """Topics that unanswered questions came nearest to, with how many of them."""
    unasked: tuple[Topic, ...]


class Insights:
    """Figures of some guilds; the id 0 stands for direct messages and user installs.

    ``zone`` is the guilds' time zone, ``today`` its day, and ``retention_days`` how long single rows are kept.
    What reads raises what the reader does.
    """

    def __init__(
        self,
        reader: Reader,
        content: Content,
        guilds: Sequence[int],
        today: date,
        *,
        zone: tzinfo = UTC,
        retention_days: int = 180,
    ) -> None:
        self.reader = reader
        self.content = content
        self.guilds = guilds
        self.today = today
        self.zone = zone
        self.retention_days = retention_days

    async def period(self, days: int | None, last: date | None = None) -> Period:
        """So many days up to ``last`` (today), or everything when ``days`` is None."""
        last = last or self.today
        if days is not None:
            return Period.until(last, days)
        found = [await self.reader.fetch(queries.FIRST_DAY, {"guild": guild}) for guild in self.guilds]
        firsts = [day for ((day,),) in found if day is not None]
        begins = min(as_date(min(firsts)), last) if firsts else last
        return Period(begins, last, everything=True)

    async def top(self, by: By, period: Period, *, members: bool = True) -> Top:
        """The ranking of topics, articles, channels or sources.

        Counting ``members`` reads single rows, which takes longer than all the rest.
        """
        since = period.first if period.everything else period.before.first
        found = await self.fetch(queries.asks_by(by), before=as_number(since), **period.numbers)
        counted = {row[:-3]: row[-3:] for row in found}
        links: dict[tuple[Any, ...], int] = {}
        if by != "source":
            linked = await self.fetch(queries.links_by(by), **self.moments(period))
            links = {row[:-1]: row[-1] for row in linked}
        rows = []
        for key in {**counted, **links}:
            now, before, shares = counted.get(key, (0, 0, 0))
            if now or before or shares or key in links:
                was = None if period.everything else before
                rows.append(Row(key, now, was, shares, None if by == "source" else links.get(key, 0)))
        rows.sort(key=lambda row: (-row.now, -(row.before or 0), -(row.links or 0), tuple(map(str, row.key))))
        return Top(by, period, tuple(rows), await self.members(period) if members else Members(None))

    async def members(self, period: Period, article: str | None = None, topic: str | None = None) -> Members:
        """How many different members asked, of all topics or of one; unknown for days past retention."""
        if period.first < self.today - timedelta(days=self.retention_days - 1):
            return Members(None)
        found = await self.fetch(queries.MEMBERS, **period.numbers, article=article, topic=topic)
        ((count, forgotten),) = found
        return Members(count, forgotten > 0)

    async def trend(
        self, article: str, topic: str, period: Period, by: Literal["day", "week"] = "day", *, members: bool = True
    ) -> Trend:
        """One topic's asks by day, or by seven days, counted back from the period's end."""
        step = 7 if by == "week" else 1
        columns = -(-period.days // step)
        first = period.last - timedelta(days=columns * step - 1)
        earliest = (await self.period(None, period.last)).first
        shown = Period(first, period.last, period.everything)
        since = shown.before.first if not period.everything else first
        since = min(since, first - timedelta(days=6))
        days = Period(since, period.last).numbers
        found = await self.fetch(queries.DAYS_OF_TOPIC, **days, article=article, topic=topic)
        asks = {as_date(day): count for day, count in found}
        starts = [first + timedelta(days=step * at) for at in range(columns)]

        def asked(since: date, days: int) -> int:
            return sum(asks.get(since + timedelta(days=at), 0) for at in range(days))

        sums = tuple(asked(start, step) for start in starts)
        weeks = [start + timedelta(days=step - 7) for start in starts]
        average = tuple(asked(week, 7) / 7 if week >= earliest else None for week in weeks)
        before = None if period.everything else asked(shown.before.first, shown.days)
        asked_by = await self.members(shown, article, topic) if members else Members(None)
        return Trend(article, topic, by, shown, tuple(starts), sums, average, before, asked_by)

    async def helped(self, period: Period) -> HelpedFigures:
        """How well each topic answered, which to review first, and where members went on to."""
        days, moments = period.numbers, self.moments(period)
        top = await self.top("topic", period, members=False)
        links = {row.key: row.links or 0 for row in top.rows}
        asks = {row.key: row.now for row in top.rows}
        reads = {(a, t): count for a, t, count in await self.fetch(queries.READS_BY_TOPIC, **days)}
        again: Counter[tuple[Any, ...]] = Counter()
        for guild in self.guilds:
            query = queries.asked_again(in_guild=guild != 0)
            for article, topic, twice in await self.reader.fetch(query, {"guild": guild, **days}):
                again[article, topic] += twice
        said = {(a, t): (yes, no) for a, t, yes, no in await self.fetch(queries.FEEDBACK_BY_TOPIC, **days, **moments)}
        topics = []
        for key in {*asks, *reads, *again, *said}:
            yes, no = said.get(key, (0, 0))
            linked, read = links.get(key, 0), reads.get(key, 0)
            topics.append(Helped(key[0], key[1], asks.get(key, 0), yes, no, linked, read, again[key]))
        topics.sort(key=lambda row: (-row.asks, row.article, row.topic))
        flows = [Flow(*row) for row in await self.fetch(queries.FLOWS, **days)]
        flows.sort(key=lambda flow: (-flow.times, flow.article, flow.origin, flow.topic))
        return HelpedFigures(period, tuple(topics), self._review(topics), tuple(flows))

    def moments(self, period: Period) -> dict[str, int]:
        """From when to when a period lasts for these guilds, as queries take it."""
        begins, ends = period.milliseconds(self.zone)
        return {"begins": begins, "ends": ends}

    async def fetch(self, query: str, **parameters: object) -> list[Any]:
        """All rows of a query over these guilds."""
        return await self.reader.fetch(query, {"guilds": list(self.guilds), **parameters})

    def _review(self, topics: Sequence[Helped]) -> tuple[ToReview, ...]:
        found = []
        for row in topics:
            topic = self.content.find(row.article, row.topic)
            if topic is not None and row.asks:
                days = max(0, (self.today - topic.reviewed).days)
                # One day more, so that topics reviewed today are still told apart by the rest.
                found.append(ToReview(row, topic.reviewed, days, row.asks * (days + 1) * row.doubt))
        found.sort(key=lambda each: (-each.weight, -each.helped.asks, each.helped.article, each.helped.topic))
        return tuple(found)

    async def digest(self, last: date) -> Digest:
        """The seven days up to and including ``last``."""
        week = Period.until(last, 7)
        top = await self.top("topic", week)
        misses = await self.fetch(queries.NEAREST_OF_MISSES, **week.numbers)
        unanswered = sum(count for *_, count in misses)
        nearest = [(article, topic, count) for article, topic, count in misses if article is not None]
        nearest.sort(key=lambda each: (-each[2], each[:2]))
        asked = {row.key for row in top.rows if row.now}
        unasked = tuple(topic for topic in self.content.topics() if (topic.article.command, topic.key) not in asked)
        return Digest(top, await self._risers(week), unanswered, tuple(nearest), unasked)

    async def _risers(self, week: Period) -> tuple[Riser, ...]:
        # Not at the top: it takes 3 ms of a start.
        from statistics import median

        first = week.first - timedelta(days=7 * RISER_WEEKS)
        earliest = (await self.period(None, week.last)).first
        found = await self.fetch(queries.DAYS_OF_ALL_TOPICS, **Period(first, week.last).numbers)
        weeks: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * (RISER_WEEKS + 1))
        for day, article, topic, asks in found:
            weeks[article, topic][(as_date(day) - first).days // 7] += asks
        # Weeks that began before anything was counted say nothing about what is usual.
        unknown = sum(first + timedelta(days=7 * at) < earliest for at in range(RISER_WEEKS))
        if unknown == RISER_WEEKS:
            return ()
        risers = []
        for (article, topic), counts in weeks.items():
            usual = median(counts[unknown:RISER_WEEKS])
            if counts[-1] >= RISER_ASKS and counts[-1] > RISER_TIMES * usual:
                risers.append(Riser(article, topic, counts[-1], usual))
        risers.sort(key=lambda riser: (-riser.now, riser.article, riser.topic))
        return tuple(risers)

    async def tables(self, period: Period) -> dict[str, list[dict[str, Any]]]:
        """What an export holds: rows of ``topics``, ``channels``, ``gaps`` and ``links``; no member keys."""
        days, moments = period.numbers, self.moments(period)
        return {
            "topics": _written_out(await self.fetch(queries.EXPORT_TOPICS, **days), "day", _day),
            "channels": _written_out(await self.fetch(queries.EXPORT_CHANNELS, **days), "day", _day),
            "gaps": _written_out(await self.fetch(queries.EXPORT_MISSES, **days), "day", _day),
            "links": _written_out(await self.fetch(queries.EXPORT_LINKS, **moments), "time", _time),
        }


def _day(number: int) -> str:
    return as_date(number).isoformat()


def _time(moment: int) -> str:
    """A moment in milliseconds to the second, UTC."""
    return datetime.fromtimestamp(moment // 1000, UTC).isoformat()


def _written_out(rows: Iterable[Any], column: str, text: Callable[[int], str]) -> list[dict[str, Any]]:
    """Rows of which ``column`` is text for people. Each of its values stands in many rows."""
    text = cache(text)
    exported = []
    for row in rows:
        named = dict(row)
        named[column] = text(named[column])
        exported.append(named)
    return exported


_SIGNS = "=+\\-@\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
"""What a formula begins with; the wide ones where the spreadsheet is Chinese, Japanese or Korean."""
_MAY_BEGIN_A_FORMULA = rf"(?<![\w'{_SIGNS}])(?!(?<=\w )[-+] )[{_SIGNS}]"
"""Such a sign that stands behind no letter or digit: which signs part cells is what whoever opens the file tells their
spreadsheet, so any other may. A dash alone between two words is none, in whatever way the line is parted."""


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV with a header; no rows give an empty text.

    What a spreadsheet could run as a formula gets a ' before it, whichever separator it is told or guesses: comma,
    semicolon, tab, line, space or another.
    """
    if not rows:
        return ""
    into = io.StringIO(newline="")
    writer = csv.DictWriter(into, fieldnames=list(rows[0]))
    writer.writeheader()
    harmless = cache(_harmless)
    writer.writerows(
        {name: harmless(value) if isinstance(value, str) else value for name, value in row.items()} for row in rows
    )
    return into.getvalue()


def _harmless(text: str) -> str:
    return re.sub(_MAY_BEGIN_A_FORMULA, r"'\g<0>", text)


def as_zip(tables: Mapping[str, Sequence[Mapping[str, Any]]], *, about: Mapping[str, Any]) -> bytes:
    """A ZIP with one CSV a table and `lantern.json` with the same. Takes about a second for a million rows."""
    into = io.BytesIO()
    import zipfile  # half a megabyte that most bots never need

    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in tables.items():
            archive.writestr(f"{name}.csv", as_csv(rows))
        whole = {"about": dict(about), **{name: list(rows) for name, rows in tables.items()}}
        archive.writestr("lantern.json", orjson.dumps(whole, option=orjson.OPT_INDENT_2))
    return into.getvalue()
