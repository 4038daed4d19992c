"""The figures in words, and what a picture of them says: shared by the cards on Discord and by the terminal.

Lines that only a card has are Markdown. Titles that editors wrote go through :attr:`Wording.plain` there, so that they
mean nothing to Discord; the terminal leaves them as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple

from lantern.content.models import Content
from lantern.figures.charts import Bar, Bars
from lantern.figures.charts import Trend as TrendPicture
from lantern.figures.gaps import Correction, Gap, Gaps, Remedy
from lantern.figures.insights import OTHERS, By, Digest, Flow, Helped, Insights, Members, Row, Top, ToReview, Trend
from lantern.store.times import as_number, date_text
from lantern.store.weekly_totals import PRESSED, WEEK

BARS_LIMIT = 25
"""Bars of one picture; more could not be read on a phone, and the rest is told together."""
TREND_LINES = 13
BLURPLE = 0x5865F2

COUNTED = "Members' asks in whole weeks, Monday to Sunday; those of moderators are not counted."
FIVE = "Told for weeks with five asks by five members or more; the rest stands together."
FIVE_A_DAY = "A day is told on which five members or more asked five times or more."
FIVE_DID = (
    "Not it and again are of weeks in which five members or more did so; helpful is told once five said so in "
    "four weeks."
)
FIVE_DID_WANT = "told for weeks in which that was certainly said by five members or more."
NO_WEEK_YET = (
    "There are no figures yet. They tell whole weeks, Monday to Sunday: those of this week come on Monday, {monday}."
)
NOTHING_SHARED = "Nothing that they share would lead them to a topic here"
NOWHERE = "Outside any channel"
OTHER_CHANNELS = "Other channels together"
OTHER_SOURCES = "Other ways together"

GAPS_TITLE = "What the article does not cover"
HELPED_TITLE = "What helped"
DIGEST_TITLE = "The week's questions"

SOURCES = {
    "slash": "A topic's own command",
    "ask": "/ask, in their own words",
    PRESSED: "Pressed, or chosen from a list",
}
"""How each source is called before people."""


class Name(NamedTuple):
    """What a row is called: in a picture, in text, and in which colour. Rows with the same ``together`` are one."""

    label: str
    text: str
    colour: int
    together: str | None = None


Namer = Callable[[Row], Name]
Named = Sequence[tuple[Row, Name]]


def asks(count: int) -> str:
    """``1 ask``, ``12 asks``."""
    return f"{count:,} ask" if count == 1 else f"{count:,} asks"


def questions(count: int) -> str:
    """``1 question``, ``12 questions``."""
    return f"{count:,} question" if count == 1 else f"{count:,} questions"


def times(count: int) -> str:
    """``once``, ``twice``, ``12 times``."""
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def by_members(members: Members) -> str:
    """`` by 34 members``, or nothing where nobody can know."""
    return "" if members.number is None else f" by {members} members"


def change_in_words(now: int, before: int | None) -> str:
    """``12 more``, ``3 fewer``, ``as many``; empty where there is nothing to compare."""
    if before is None:
        return ""
    if now == before:
        return "as many"
    return f"{abs(now - before):,} {'more' if now > before else 'fewer'}"


def compared(now: int, before: int | None, weeks: int) -> str:
    """``, 12 more than in the 4 weeks before``; empty where there is nothing to compare."""
    if before is None:
        return ""
    than = "as" if now == before else "than"
    return f", {change_in_words(now, before)} {than} in the {before_it(weeks)}"


def before_it(weeks: int) -> str:
    """``week before``, ``4 weeks before``: what a period of so many weeks is compared with."""
    return "week before" if weeks == 1 else f"{weeks} weeks before"


def fitting(lines: Iterable[str], room: int) -> str:
    """As many lines as fit ``room`` characters, and how many did not."""
    kept: list[str] = []
    left = list(lines)
    used = 0
    # 25 characters are for the line that says how many did not fit.
    while left and used + len(left[0]) + 1 <= room - (25 if len(left) > 1 else 0):
        used += len(left[0]) + 1
        kept.append(left.pop(0))
    if left:
        kept.append(f"… and {len(left)} more.")
    return "\n".join(kept)


def put_together(rows: Iterable[Row], name: Namer) -> list[tuple[Row, Name]]:
    """Rows with their names; those that may not be told apart become one, in the place that their sum deserves."""
    named: dict[object, tuple[Row, Name]] = {}
    for row in rows:
        called = name(row)
        one = called.together or row.key
        if one in named:
            known = named[one][0]
            before = None if known.before is None else known.before + (row.before or 0)
            links = None if known.links is None else known.links + (row.links or 0)
            row = Row(known.key, known.now + row.now, before, known.shares + row.shares, links)
        named[one] = (row, called)
    return sorted(named.values(), key=lambda each: (-each[0].now, -(each[0].before or 0), bool(each[1].together)))


def top_title(by: By) -> str:
    """What the ranking is called."""
    return "What members ask about" if by == "topic" else f"What members ask about, by {by}"


def top_heading(top: Top) -> str:
    """What the ranking says as a whole."""
    if not top.total:
        return f"{top.period}: nobody asked anything."
    change = compared(top.total, top.total_before, top.period.weeks)
    return f"{top.period}: {asks(top.total)}{by_members(top.members)}{change}."


def top_lines(rows: Named, *, labels: bool = False) -> list[str]:
    """The ranking in words, as far as the picture shows it; ``labels`` as there, else as a message names things."""
    lines = []
    for number, (row, name) in enumerate(rows[:BARS_LIMIT], 1):
        parts = [f"{number}. **{name.label if labels else name.text}** {row.now:,}"]
        if row.before is not None:
            parts.append(change_in_words(row.now, row.before))
        if row.shares:
            parts.append(f"shared {row.shares:,}")
        if row.links:
            parts.append(f"linked {row.links:,}")
        lines.append(" · ".join(parts))
    return [*lines, others_line(rows[BARS_LIMIT:])] if len(rows) > BARS_LIMIT else lines


def no_week_yet(insights: Insights) -> str:
    """What is said of a server before its first week is over."""
    return NO_WEEK_YET.format(monday=date_text(insights.next_sunday + timedelta(days=1)))


def counted(by: By) -> str:
    """What a ranking counts, and what of it is not told."""
    return COUNTED if by in ("topic", "article") else f"{COUNTED} {FIVE}"


def others_line(others: Named) -> str:
    """What is told of those that are too many to be told one by one."""
    return f"And {len(others):,} others, asked {sum(row.now for row, _ in others):,} times together."


def top_picture(content: Content, top: Top, rows: Named, title: str) -> Bars:
    """The ranking as bars; rows beyond :data:`BARS_LIMIT` are told together."""
    shown, others = rows[:BARS_LIMIT], rows[BARS_LIMIT:]
    commands = {row.key[0] for row, _ in shown} if top.by == "topic" else set()
    legend = [(article.title, article.colour) for article in content.articles if article.command in commands]
    everything, weeks = top.period.everything, top.period.weeks
    note = counted(top.by)
    return Bars(
        title,
        str(top.period),
        tuple(
            Bar(name.label, row.now, row.before, name.colour, change_in_words(row.now, row.before))
            for row, name in shown
        ),
        now_label="all of it" if everything else "that week" if weeks == 1 else f"these {weeks} weeks",
        before_label=None if everything or top.by in ("channel", "source") else f"the {before_it(weeks)}",
        legend=tuple(legend) if len(legend) > 1 else (),
        footer=f"{others_line(others)} {note}" if others else note,
    )


def trend_heading(trend: Trend) -> str:
    """What a trend says as a whole."""
    change = compared(trend.total, trend.before, trend.period.weeks)
    return f"{trend.period}: {asks(trend.total)}{by_members(trend.members)}{change}."


def trend_facts(trend: Trend) -> list[str]:
    """The busiest column, and how the mean changed."""
    facts = []
    told = [(asked, -at) for at, asked in enumerate(trend.asks) if asked]
    if told:
        most, place = max(told)
        what = "Busiest day:" if trend.by == "day" else "Busiest week: from"
        facts.append(f"{what} {date_text(trend.columns[-place])} with {asks(most)}.")
    if trend.by == "day" and trend.total:
        facts.append(f"{FIVE_A_DAY} That is so for {len(told):,} of {len(trend.columns):,} days.")
    known = [value for value in trend.average if value is not None]
    if trend.by == "week" and len(known) > 1:
        facts.append(f"Mean of four weeks: {known[-1]:.1f} asks a week now, {known[0]:.1f} at the beginning.")
    return facts


def trend_lines(trend: Trend) -> list[str]:
    """The weeks, put together so that a card can hold them; or the days that are told."""
    if trend.by == "day":
        told = [(day, asked) for day, asked in zip(trend.columns, trend.asks, strict=True) if asked]
        lines = [f"- {date_text(day)}: {asked:,}" for day, asked in told[-TREND_LINES:]]
        return [*lines, f"… and {len(told) - TREND_LINES:,} days before."] if len(told) > TREND_LINES else lines
    size = -(-len(trend.columns) // TREND_LINES)
    lines = []
    for at in range(0, len(trend.columns), size):
        first = trend.columns[at]
        last = min(trend.period.last, first + size * WEEK - timedelta(days=1))
        asked = sum(filter(None, trend.asks[at : at + size]))
        lines.append(f"- {date_text(first)} to {date_text(last)}: {asked:,}")
    return lines


def trend_picture(content: Content, trend: Trend) -> TrendPicture:
    """One topic over time, with the day on which its answer was last reviewed."""
    found = content.find(trend.article, trend.topic)
    marks: tuple[tuple[int, str], ...] = ()
    if found is not None and trend.columns[0] <= found.reviewed <= trend.period.last:
        marks = ((as_number(found.reviewed), f"reviewed {date_text(found.reviewed)}"),)
    return TrendPicture(
        title_of(content, trend.article, trend.topic),
        str(trend.period),
        tuple(map(as_number, trend.columns)),
        tuple(asked or 0 for asked in trend.asks),
        trend.average,
        found.article.colour if found else BLURPLE,
        "asks a day, where told" if trend.by == "day" else "asks a week",
        "the week's mean" if trend.by == "day" else "mean of four weeks",
        marks,
        f"{COUNTED} {FIVE_A_DAY}" if trend.by == "day" else COUNTED,
    )


def gaps_heading(found: Gaps) -> str:
    """How much found no answer, and in how many groups it is."""
    if not found.total:
        return f"{found.period}: every question found an answer."
    heading = f"{found.period}: {questions(found.total)} found no answer"
    grouped = sum(gap.times for gap in found.gaps)
    many = len(found.gaps)
    if grouped < found.total:
        return f"{heading}; the newest {grouped:,} are in {many:,} groups."
    return f"{heading}, in {many:,} group{'' if many == 1 else 's'} of similar ones."


def tried(remedy: Remedy, gap: Gap) -> str:
    """What keywords came to when they were tried on a gap's questions, or what helps in their place."""
    if not remedy.keywords:
        return "A plain sample question, as one of them would ask it, leads them there."
    newest = "the newest " if remedy.tried < gap.times else ""
    return f"With these keywords, {remedy.found:,} of {newest}{remedy.tried:,} would lead there."


def title_of(content: Content, article: str, topic: str) -> str:
    """A topic's title; with its article's where two topics share one; its key where the content has it no more."""
    found = content.find(article, topic)
    if found is None:
        return f"{article} {topic} (no longer there)"
    same = [other for other in content.topics() if other.title == found.title]
    return found.title if len(same) == 1 else f"{found.title} ({found.article.title})"


class Wording(NamedTuple):
    """Lines that name topics of some content; ``plain`` takes their meaning for Discord from the names."""

    content: Content
    plain: Callable[[str], str] = str

    def title(self, article: str, topic: str) -> str:
        """A topic's title, plain."""
        return self.plain(title_of(self.content, article, topic))

    def names(self, by: By) -> Namer:
        """Names of topics, articles and ways of asking; of channels only Discord knows them."""

        def name(row: Row) -> Name:
            if by == "source":
                label = OTHER_SOURCES if row.key[0] == OTHERS else SOURCES.get(row.key[0], row.key[0])
                return Name(label, self.plain(label), BLURPLE)
            article = self.content.article(row.key[0])
            if by == "article":
                label = article.title if article else f"{row.key[0]} (no longer there)"
            else:
                label = title_of(self.content, *row.key)
            return Name(label, self.plain(label), article.colour if article else BLURPLE)

        return name

    def gap(self, gap: Gap) -> str:
        """How often one group was asked, in which week at last, and what is near."""
        near = f"near {self.title(*gap.nearest)}" if gap.nearest else "nothing near"
        return f"{times(gap.times)}, last in the week of {date_text(gap.newest.week)} · {near}"

    def correction(self, each: Correction) -> str:
        """One kind of correction."""
        wanted = f"wanted **{self.title(*each.wanted)}**" if each.wanted else "found nothing else"
        return f"- {times(each.times)}: was shown **{self.title(*each.shown)}**, {wanted}"

    def helped(self, row: Helped) -> str:
        """One topic: only what was said or counted, and may be told."""
        parts = [asks(row.asks)]
        told = {"helpful": row.helpful, "not it": row.not_asked, "linked": row.links}
        parts += [f"{what} {number:,}" for what, number in {**told, "again": row.again}.items() if number]
        return f"**{self.title(row.article, row.topic)}** {' · '.join(parts)}"

    def review(self, each: ToReview) -> str:
        """One topic of the review list, with the reasons."""
        row = each.helped
        reviewed = {0: "today", 1: "yesterday"}.get(max(each.days, 0), f"{each.days:,} days ago")
        said = f", helpful {row.helpful:,} against {row.not_asked:,}" if row.helpful or row.not_asked else ""
        return f"- **{self.title(row.article, row.topic)}**: {asks(row.asks)}, reviewed {reviewed}{said}"

    def flow(self, flow: Flow) -> str:
        """From which topic to which."""
        return f"- {self.title(flow.article, flow.origin)} → {self.title(flow.article, flow.topic)}: {flow.times:,}"

    def digest(self, digest: Digest) -> list[str]:
        """Risers, what found no answer, and what nobody asked for; never anyone's words."""
        parts = []
        if digest.risers:
            lines = [
                f"- **{self.title(each.article, each.topic)}** {each.now:,}, usually {each.usual:g} a week"
                for each in digest.risers
            ]
            parts.append("### Asked far more than usual\n" + fitting(lines, 500))
        if digest.unanswered:
            near = ", ".join(f"{self.title(a, t)} ({count:,})" for a, t, count in digest.nearest[:5])
            nearest = f"; nearest: {near}" if near else ""
            parts.append(f"### Without an answer\n{questions(digest.unanswered)}{nearest}.")
        if digest.unasked and digest.top.total:
            names = [self.plain(topic.title) for topic in digest.unasked]
            more = f" and {len(names) - 10} more" if len(names) > 10 else ""
            parts.append(f"### Nobody asked for\n{', '.join(names[:10])}{more}.")
        return parts
