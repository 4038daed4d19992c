"""The figures in words, and what a picture of them says: shared by the cards on Discord and by the terminal.

Lines that only a card has are Markdown. Titles that editors wrote go through :attr:`Wording.plain` there, so that they
mean nothing to Discord; the terminal leaves them as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from lantern.content.models import Content
from lantern.figures.charts import Bar, Bars
from lantern.figures.charts import Trend as TrendPicture
from lantern.figures.gaps import Correction, Gap, Gaps, Remedy
from lantern.figures.insights import OTHERS, By, Digest, Flow, Helped, Insights, Members, Row, Top, ToReview, Trend
from lantern.languages.formats import date_range, date_text, decimal, listed, number
from lantern.languages.translation import N_, _, ngettext
from lantern.store.times import as_number
from lantern.store.weekly_totals import FEW, PRESSED, WEEK

BARS_LIMIT = 25
"""Bars of one picture; more could not be read on a phone, and the rest is told together."""
TREND_LINES = 13
NAMED = 10
"""Topics that a line names at most; beside a picture it is fewer."""
NAMED_BESIDE = 5
HELPED_LINES = 8
BLURPLE = 0x5865F2

COUNTED = N_("Whole weeks, Monday to Sunday. Questions from moderators are not counted.")
FIVE_IN_CHANNEL = N_("To protect members, a channel counts only in weeks in which five or more members asked there.")
FIVE_IN_SOURCE = N_("To protect members, a way of asking counts only in weeks in which five or more members used it.")
FIVE_A_DAY = N_("To protect members, a day is shown only when five or more of them asked.")
FIVE_DID = N_("To protect members, a number is shown only when five or more of them are behind it.")
NO_WEEK_YET = N_(
    "There are no figures yet. They cover whole weeks, Monday to Sunday, and this week's will be here on Monday, "
    "{monday}."
)
NOBODY = N_("Nobody asked in this time.")
ALL_ANSWERED = N_("Every question found an answer.")
NO_KEYWORDS = N_("No keywords would lead these questions to a topic. They may need a topic of their own.")
NOWHERE = N_("Outside any channel")
OTHER_CHANNELS = N_("All other channels")
OTHER_SOURCES = N_("All other ways")

# Translators: a line of a list: a day or days, and how many questions there were
TREND_LINE = N_("- {date}: {number}")
GAPS_TITLE = N_("What the article does not cover")
HELPED_TITLE = N_("What helped")
DIGEST_TITLE = N_("The week's questions")
RISERS_TITLE = N_("Asked far more than usual")
UNANSWERED_TITLE = N_("Without an answer")
# Translators: heading above a list of topics
UNASKED_TITLE = N_("Nobody asked about")
TOP_TITLES: Final[dict[By, str]] = {
    "topic": N_("What members ask about"),
    "article": N_("What members ask about, by article"),
    "channel": N_("Where members ask"),
    "source": N_("How members ask"),
}
"""What each ranking is called."""

SOURCES = {
    "slash": N_("A topic's own command"),
    "ask": N_("/ask, in their own words"),
    PRESSED: N_("A button or a list"),
}
"""How each way of asking is called before people."""


class Name(NamedTuple):
    """What a row is called: in a picture, in text, and in which colour. Rows with the same ``together`` are one."""

    label: str
    text: str
    colour: int
    together: str | None = None


Namer = Callable[[Row], Name]
Named = Sequence[tuple[Row, Name]]


def asked(count: int) -> str:
    """``asked once``, ``asked 12 times``: one fact among others."""
    # Translators: how often a topic was asked about, one of several facts with a dot between them
    return ngettext("asked once", "asked {number} times", count).format(number=number(count))


def change_in_words(now: int, before: int | None) -> str:
    """``12 more``, ``3 fewer``, ``no change``; empty where there is nothing to compare."""
    if before is None:
        return ""
    if now == before:
        # Translators: as many questions as in the time before
        return _("no change")
    changed = abs(now - before)
    if now > before:
        # Translators: so many questions more than in the time before
        return ngettext("{number} more", "{number} more", changed).format(number=number(changed))
    return ngettext("{number} fewer", "{number} fewer", changed).format(number=number(changed))


def in_all(total: int, before: int | None, weeks: int, members: Members) -> str:
    """How often members asked in so many weeks, how often in as many before, and how many they were: sentences."""
    said = [
        ngettext("Members asked once.", "Members asked {number} times.", total).format(number=number(total))
        if total
        else _(NOBODY)
    ]
    if before is not None and (before or total):
        # Translators: {number} is how often members asked in as many weeks before
        sentence = ngettext("In the week before: {number}.", "In the {weeks} weeks before: {number}.", weeks)
        said.append(sentence.format(number=number(before), weeks=number(weeks)))
    if total and members.number is not None:
        if members.number < FEW:
            said.append(_("Fewer than five members asked."))
        else:
            said.append(_("At least {number} different members asked.").format(number=number(members.number)))
    return " ".join(said)


def fitting(lines: Iterable[str], room: int) -> str:
    """As many lines as fit ``room`` characters, and how many did not."""

    def others(count: int) -> str:
        return ngettext("… and {number} more.", "… and {number} more.", count).format(number=number(count))

    kept: list[str] = []
    left = list(lines)
    used = 0
    for_others = len(others(len(left))) + 1
    while left and used + len(left[0]) + 1 <= room - (for_others if len(left) > 1 else 0):
        used += len(left[0]) + 1
        kept.append(left.pop(0))
    if left:
        kept.append(others(len(left)))
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
    return _(TOP_TITLES[by])


def top_heading(top: Top) -> str:
    """What the ranking says as a whole."""
    return f"{top.period}\n{in_all(top.total, top.total_before, top.period.weeks, top.members)}"


def top_lines(rows: Named, *, labels: bool = False) -> list[str]:
    """What the picture of a ranking shows; ``labels`` as there, else as a message names things."""
    lines = []
    for place, (row, name) in enumerate(rows[:BARS_LIMIT], 1):
        change = change_in_words(row.now, row.before)
        line = f"{place}. **{name.label if labels else name.text}** {number(row.now)}"
        lines.append(f"{line} · {change}" if change else line)
    return [*lines, others_line(rows[BARS_LIMIT:])] if len(rows) > BARS_LIMIT else lines


def beside_picture(rows: Named) -> list[str]:
    """What is told of a ranking and is not in its picture: the answers that others saw."""

    def named(counts: Iterable[tuple[str, int]]) -> str:
        most = sorted((each for each in counts if each[1]), key=lambda each: -each[1])
        return listed(f"{name} ({number(count)})" for name, count in most[:NAMED_BESIDE])

    lines = []
    if by_moderators := named((name.text, row.links or 0) for row, name in rows):
        # Translators: {topics} are names, each with a number: "Hope (3) and The runner (2)"
        lines.append(_("Most posted by moderators: {topics}.").format(topics=by_moderators))
    if by_members := named((name.text, row.shares) for row, name in rows):
        # Translators: {topics} are names, each with a number: "Hope (3) and The runner (2)"
        lines.append(_("Most shared by members: {topics}.").format(topics=by_members))
    return lines


def no_week_yet(insights: Insights) -> str:
    """What is said of a server before its first week is over."""
    return _(NO_WEEK_YET).format(monday=date_text(insights.next_sunday + timedelta(days=1)))


def counted(by: By) -> str:
    """What a ranking counts, and what of it is not told."""
    five = {"channel": FIVE_IN_CHANNEL, "source": FIVE_IN_SOURCE}.get(by)
    return f"{_(COUNTED)} {_(five)}" if five else _(COUNTED)


def others_line(others: Named) -> str:
    """What is told of those that are too many to be told one by one."""
    # Translators: so many topics that are not named, and how often members asked about all of them
    sentence = ngettext("And {number} other: {asked}.", "And {number} others together: {asked}.", len(others))
    return sentence.format(number=number(len(others)), asked=number(sum(row.now for row, _name in others)))


def top_picture(content: Content, top: Top, rows: Named, title: str) -> Bars:
    """The ranking as bars; rows beyond :data:`BARS_LIMIT` are told together."""
    shown, others = rows[:BARS_LIMIT], rows[BARS_LIMIT:]
    commands = {row.key[0] for row, _name in shown} if top.by == "topic" else set()
    legend = [(article.title, article.colour) for article in content.articles if article.command in commands]
    everything, weeks = top.period.everything, top.period.weeks
    these = _("all so far") if everything else ngettext("this week", "these {number} weeks", weeks)
    before = ngettext("the week before", "the {number} weeks before", weeks)
    note = counted(top.by)
    return Bars(
        title,
        str(top.period),
        tuple(
            Bar(name.label, row.now, row.before, name.colour, change_in_words(row.now, row.before))
            for row, name in shown
        ),
        now_label=these.format(number=number(weeks)),
        before_label=(None if everything or top.by in ("channel", "source") else before.format(number=number(weeks))),
        legend=tuple(legend) if len(legend) > 1 else (),
        footer=f"{others_line(others)} {note}" if others else note,
    )


def trend_heading(trend: Trend) -> str:
    """What a trend says as a whole."""
    return f"{trend.period}\n{in_all(trend.total, trend.before, trend.period.weeks, trend.members)}"


def trend_facts(trend: Trend) -> list[str]:
    """The busiest column, and how the mean changed; nothing where nobody asked."""
    facts: list[str] = []
    if not trend.total:
        return facts
    told = [(count, -at) for at, count in enumerate(trend.asks) if count]
    if told:
        most, place = max(told)
        begins = trend.columns[-place]
        if trend.by == "day":
            # Translators: {number} is how often members asked on that day
            fact = _("Busiest day: {date} ({number})").format(date=date_text(begins), number=number(most))
        else:
            week = date_range(begins, begins + WEEK - timedelta(days=1))
            # Translators: {number} is how often members asked in that week
            fact = _("Busiest week: {dates} ({number})").format(dates=week, number=number(most))
        facts.append(fact)
    known = [value for value in trend.average if value is not None]
    if trend.by == "week" and len(known) > 1:
        sentence = _("Average of four weeks: {now} a week now, {then} at the beginning")
        facts.append(sentence.format(now=decimal(known[-1]), then=decimal(known[0])))
    return facts


def trend_lines(trend: Trend) -> list[str]:
    """What the picture of a trend shows: its weeks, put together so that a card can hold them, or the days told."""
    if not trend.total:
        return []
    if trend.by == "day":
        told = [(day, count) for day, count in zip(trend.columns, trend.asks, strict=True) if count]
        lines = [_(TREND_LINE).format(date=date_text(day), number=number(count)) for day, count in told[-TREND_LINES:]]
        if (more := len(told) - TREND_LINES) > 0:
            earlier = ngettext("… and {number} earlier day.", "… and {number} earlier days.", more)
            lines.append(earlier.format(number=number(more)))
        return lines
    size = -(-len(trend.columns) // TREND_LINES)
    lines = []
    for at in range(0, len(trend.columns), size):
        first = trend.columns[at]
        last = min(trend.period.last, first + size * WEEK - timedelta(days=1))
        count = sum(filter(None, trend.asks[at : at + size]))
        lines.append(_(TREND_LINE).format(date=date_range(first, last), number=number(count)))
    return lines


def trend_counted(trend: Trend) -> str:
    """What a trend counts, and what of it is not told."""
    return f"{_(COUNTED)} {_(FIVE_A_DAY)}" if trend.by == "day" else _(COUNTED)


def trend_picture(content: Content, trend: Trend) -> TrendPicture:
    """One topic over time, with the day on which its answer was last reviewed."""
    found = content.find(trend.article, trend.topic)
    marks: tuple[tuple[int, str], ...] = ()
    if found is not None and trend.columns[0] <= found.reviewed <= trend.period.last:
        # Translators: the day on which somebody last checked the answer
        reviewed = _("reviewed {date}").format(date=date_text(found.reviewed))
        marks = ((as_number(found.reviewed), reviewed),)
    return TrendPicture(
        title_of(content, trend.article, trend.topic),
        str(trend.period),
        tuple(map(as_number, trend.columns)),
        tuple(count or 0 for count in trend.asks),
        trend.average,
        found.article.colour if found else BLURPLE,
        _("questions a day") if trend.by == "day" else _("questions a week"),
        _("average of the week") if trend.by == "day" else _("average of four weeks"),
        marks,
        trend_counted(trend),
    )


def gaps_heading(found: Gaps) -> str:
    """How much found no answer, and in how many groups it is."""
    if not found.total:
        return f"{found.period}\n{_(ALL_ANSWERED)}"
    said = [no_answer(found.total)]
    grouped = sum(gap.times for gap in found.gaps)
    if grouped < found.total:
        said.append(_("The newest {number} are grouped here.").format(number=number(grouped)))
    many = len(found.gaps)
    if many < grouped:
        # Translators: questions that ask the same are shown as one group
        groups = ngettext(
            "Similar ones are together in {number} group.", "Similar ones are together in {number} groups.", many
        )
        said.append(groups.format(number=number(many)))
    return f"{found.period}\n{' '.join(said)}"


def no_answer(count: int) -> str:
    """How many questions found no answer: a sentence."""
    return ngettext("One question found no answer.", "{number} questions found no answer.", count).format(
        number=number(count)
    )


def asked_title(gap: Gap) -> str:
    """What one group is called: how often it was asked."""
    return ngettext("Asked once", "Asked {number} times", gap.times).format(number=number(gap.times))


def tried(remedy: Remedy, gap: Gap) -> str:
    """What keywords came to when they were tried on a gap's questions, or what helps in their place."""
    if not remedy.keywords:
        return _("A plain sample question, as a member would ask it, leads them to this topic.")
    sentence = (
        _("With these keywords, {found} of the newest {number} would lead to this topic.")
        if remedy.tried < gap.times
        else _("With these keywords, {found} of {number} would lead to this topic.")
    )
    return sentence.format(found=number(remedy.found), number=number(remedy.tried))


def title_of(content: Content, article: str, topic: str) -> str:
    """A topic's title; with its article's where two topics share one; its key where the content has it no more."""
    found = content.find(article, topic)
    if found is None:
        return gone(f"{article} {topic}")
    same = [other for other in content.topics() if other.title == found.title]
    return found.title if len(same) == 1 else f"{found.title} ({found.article.title})"


def gone(name: str) -> str:
    """What is said of a topic or an article that the content has no more."""
    return _("{topic} (no longer there)").format(topic=name)


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
                known = OTHER_SOURCES if row.key[0] == OTHERS else SOURCES.get(row.key[0])
                label = _(known) if known else row.key[0]
                return Name(label, self.plain(label), BLURPLE)
            article = self.content.article(row.key[0])
            if by == "article":
                label = article.title if article else gone(row.key[0])
            else:
                label = title_of(self.content, *row.key)
            return Name(label, self.plain(label), article.colour if article else BLURPLE)

        return name

    def gap(self, gap: Gap) -> str:
        """How often one group was asked, in which week at last, and what is near."""
        near = _("no topic is close")
        if gap.nearest:
            # Translators: the topic that comes nearest to a question without an answer
            near = _("closest: {topic}").format(topic=self.title(*gap.nearest))
        last = _("last in the week of {date}").format(date=date_text(gap.newest.week))
        return f"{asked(gap.times)} · {last} · {near}"

    def correction(self, each: Correction) -> str:
        """One kind of correction."""
        if each.wanted:
            line = ngettext(
                "- Once, members got **{shown}** but wanted **{wanted}**.",
                "- {number} times, members got **{shown}** but wanted **{wanted}**.",
                each.times,
            )
            return line.format(
                number=number(each.times), shown=self.title(*each.shown), wanted=self.title(*each.wanted)
            )
        line = ngettext(
            "- Once, members got **{shown}** and found nothing better.",
            "- {number} times, members got **{shown}** and found nothing better.",
            each.times,
        )
        return line.format(number=number(each.times), shown=self.title(*each.shown))

    def helped(self, topics: Sequence[Helped]) -> list[str]:
        """What members said of answers: the topics of which something may be told, those with most first."""
        lines = []
        for row in topics:
            parts = self._said(row)
            if row.again:
                # Translators: how many members asked the same once more on the same day
                parts.append(_("asked again: {number}").format(number=number(row.again)))
            if parts:
                lines.append(f"- **{self.title(row.article, row.topic)}** · {' · '.join(parts)}")
        if (more := len(lines) - HELPED_LINES) > 0:
            rest = ngettext("… and {number} more topic.", "… and {number} more topics.", more)
            lines[HELPED_LINES:] = [rest.format(number=number(more))]
        return lines

    @staticmethod
    def _said(row: Helped) -> list[str]:
        """What may be told of members' presses. Nothing of a number that is 0: it may be one under five."""
        said = {
            # Translators: how many members pressed the button Helpful
            _("helpful: {number}"): row.helpful,
            # Translators: how many members pressed the button Not what I asked
            _("not what they asked: {number}"): row.not_asked,
        }
        return [says.format(number=number(count)) for says, count in said.items() if count]

    def review(self, each: ToReview) -> str:
        """One topic of the review list, with the reasons."""
        row, days = each.helped, max(each.days, 0)
        reviewed = {0: _("reviewed today"), 1: _("reviewed yesterday")}.get(days)
        if reviewed is None:
            reviewed = ngettext("reviewed {number} day ago", "reviewed {number} days ago", days)
        parts = [asked(row.asks), reviewed.format(number=number(days)), *self._said(row)]
        return f"- **{self.title(row.article, row.topic)}** · {' · '.join(parts)}"

    def flow(self, flow: Flow) -> str:
        """From which topic to which."""
        origin, topic = self.title(flow.article, flow.origin), self.title(flow.article, flow.topic)
        # Translators: a line of a list: two topics, and how often the second was read after the first
        return _("- {first} → {then}: {number}").format(first=origin, then=topic, number=number(flow.times))

    def digest(self, digest: Digest) -> list[str]:
        """Risers, what found no answer, and what nobody asked for; never anyone's words."""
        parts = []
        if digest.risers:
            line = _("- **{topic}** {number}, usually {usual} a week")
            lines = [
                line.format(
                    topic=self.title(each.article, each.topic),
                    number=number(each.now),
                    usual=decimal(each.usual, 0 if each.usual == int(each.usual) else 1),
                )
                for each in digest.risers
            ]
            parts.append(f"### {_(RISERS_TITLE)}\n{fitting(lines, 500)}")
        if digest.unanswered:
            said = no_answer(digest.unanswered)
            if near := listed(f"{self.title(a, t)} ({number(count)})" for a, t, count in digest.nearest[:5]):
                # Translators: the topics that come nearest to questions without an answer, each with a number
                said += " " + _("Closest topics: {topics}.").format(topics=near)
            parts.append(f"### {_(UNANSWERED_TITLE)}\n{said}")
        if digest.unasked and digest.top.total:
            names = [self.plain(topic.title) for topic in digest.unasked]
            if (more := len(names) - NAMED) > 0:
                # Translators: the end of a list of topics: "Hope, The runner and 3 more topics"
                rest = ngettext("{number} more topic", "{number} more topics", more)
                names[NAMED:] = [rest.format(number=number(more))]
            parts.append(f"### {_(UNASKED_TITLE)}\n{listed(names)}.")
        return parts
