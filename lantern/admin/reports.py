"""The figures as people see them on Discord: words, and a picture of the same.

The figures room counts and draws; here the two become cards. A picture that could not be drawn is left out, and nothing
is lost with it: the words beside it say the same, also to those who cannot see it.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import discord
from discord import ui

from lantern.answers.edition import Editions
from lantern.content.models import Content
from lantern.figures import gaps as gap_figures
from lantern.figures.charts import Bar, Bars, Charts, Picture
from lantern.figures.charts import Trend as TrendPicture
from lantern.figures.insights import (
    SOURCES,
    By,
    Digest,
    Flow,
    Helped,
    Insights,
    Members,
    Period,
    Row,
    Top,
    ToReview,
    Trend,
    as_zip,
    change_in_words,
    title_of,
)
from lantern.store.database import Database
from lantern.store.guilds import Guilds
from lantern.store.times import as_date, as_number, in_words
from lantern.ui.cards import (
    MESSAGE_TEXT,
    OPTION_TEXT,
    SELECT_OPTIONS,
    Card,
    Component,
    built,
    button,
    small,
)
from lantern.ui.custom_ids import custom_id
from lantern.ui.safe_text import plain, shortened

SHARE_TOP, SHARE_TREND, CHOOSE_GAP, SORT_GAPS = "in-top", "in-trend", "in-gap", "in-gaps"

BARS_LIMIT = 25
"""Bars of one picture; more could not be read on a phone, and the rest is told together."""
DESCRIPTION_LIMIT = 1_024
"""Characters that describe a picture to those who cannot see it (Discord's reference, Attachment Object)."""
ROOM = MESSAGE_TEXT - 200
"""Characters of text a card uses at most; the rest is for lines that are added later."""
TREND_LINES = 13
GAPS_SHOWN = 8
WORDINGS_SHOWN = 8
QUOTED = 110
"""Characters of a member's words in a list; whoever wants all of them chooses the group."""
BLURPLE = 0x5865F2

COUNTED = "Members' asks; those of moderators are not counted."
HELPED_WORDS = "Not it: “Not what I asked” was pressed. Again: the same member asked the same within a day."
HIDDEN = "Channels you cannot see"
HIDDEN_FROM_SOME = "Channels that not everyone here can see"
GONE = "Closed threads and deleted channels"
NOWHERE = "Outside any channel"


@dataclass(frozen=True, slots=True)
class Name:
    """What a row is called: in a picture, in text, and in which colour. Rows with the same ``together`` are one."""

    label: str
    text: str
    colour: int
    together: str | None = None


Namer = Callable[[Row], Name]


@dataclass(frozen=True, slots=True)
class Report:
    """A card with at most one picture. Cards and files are made anew for every message that carries them."""

    above: tuple[str, ...]
    below: tuple[str, ...]
    colour: int
    png: bytes | None = None
    file_name: str = "figures.png"
    description: str = ""
    rows: tuple[Component, ...] = ()

    def card(self, *, note: str | None = None, rows: bool = True) -> Card:
        """The message. ``note`` is a line below, ``rows`` its buttons."""
        items: list[ui.Item[Any]] = [ui.TextDisplay(text) for text in self.above]
        if self.png is not None:
            gallery: ui.MediaGallery[Any] = ui.MediaGallery()
            gallery.add_item(media=f"attachment://{self.file_name}", description=self.description)
            items.append(gallery)
        for text in filter(None, self.below):
            if not isinstance(items[-1], ui.MediaGallery):
                items.append(ui.Separator())
            items.append(ui.TextDisplay(text))
        parts = built(ui.Container(*items, accent_colour=self.colour))
        if note:
            parts += built(ui.TextDisplay(note))
        return Card([*parts, *(self.rows if rows else ())])

    def without_picture(self) -> Report:
        """The words alone."""
        return replace(self, png=None)

    def files(self) -> list[discord.File]:
        """The picture, if there is one."""
        if self.png is None:
            return []
        return [discord.File(io.BytesIO(self.png), self.file_name, description=self.description)]


def fitting(lines: Iterable[str], room: int, otherwise: str = "… and {count} more.") -> str:
    """As many lines as fit ``room`` characters, and how many did not."""
    kept: list[str] = []
    left = list(lines)
    used = 0
    while left and used + len(left[0]) + 1 <= room - (len(otherwise) + 6 if len(left) > 1 else 0):
        used += len(left[0]) + 1
        kept.append(left.pop(0))
    if left:
        kept.append(otherwise.format(count=len(left)))
    return "\n".join(kept)


def asks(count: int) -> str:
    """``1 ask``, ``12 asks``."""
    return f"{count:,} ask" if count == 1 else f"{count:,} asks"


def by_members(members: Members) -> str:
    """`` by 34 members``, or nothing where nobody can know."""
    if members.count is None:
        return ""
    return f" by {members} members"


# ---------------------------------------------------------------------- names


def names_of(content: Content, by: By) -> Namer:
    """Names of topics, articles and ways of asking; channels need a guild, see :func:`channel_names`."""

    def name(row: Row) -> Name:
        if by == "source":
            label = SOURCES.get(str(row.key[0]), str(row.key[0]))
            return Name(label[0].upper() + label[1:], plain(label[0].upper() + label[1:]), BLURPLE)
        article = content.article(str(row.key[0]))
        colour = article.colour if article else BLURPLE
        if by == "article":
            label = article.title if article else f"{row.key[0]} (no longer there)"
        else:
            label = title_of(content, str(row.key[0]), str(row.key[1]))
        return Name(label, plain(label), colour)

    return name


def channel_names(guild: discord.Guild, *, shown_in: object = None, viewer: discord.Member | None = None) -> Namer:
    """Names of channels, as far as they may be told.

    Parameters
    ----------
    shown_in:
        The channel in which the names will stand for all: one that not all of its members can see is not named.
    viewer:
        The one who alone will see them, when ``shown_in`` is not given.
    """

    def name(row: Row) -> Name:
        channel_id = int(row.key[0])
        if channel_id == 0:
            return Name(NOWHERE, NOWHERE, BLURPLE)
        channel = guild.get_channel_or_thread(channel_id)
        if channel is None:
            return Name(GONE, GONE, BLURPLE, GONE)
        if shown_in is not None and not all_can_see(channel, shown_in):
            return Name(HIDDEN_FROM_SOME, HIDDEN_FROM_SOME, BLURPLE, HIDDEN_FROM_SOME)
        if shown_in is None and (viewer is None or not _sees(viewer, channel)):
            return Name(HIDDEN, HIDDEN, BLURPLE, HIDDEN)
        label = channel.name if isinstance(channel, discord.Thread) else f"#{channel.name}"
        return Name(label, channel.mention, BLURPLE)

    return name


def _sees(member: discord.Member, channel: discord.abc.GuildChannel | discord.Thread) -> bool:
    permissions = channel.permissions_for(member)
    if isinstance(channel, discord.Thread) and channel.is_private():
        return permissions.view_channel and permissions.manage_threads
    return permissions.view_channel


def all_can_see(channel: discord.abc.GuildChannel | discord.Thread, shown_in: object) -> bool:
    """Whether everyone who sees ``shown_in`` certainly sees ``channel``; in doubt, no.

    Members are not known to the bot, so it is told from the rules: it is the same channel or a public thread of it,
    both have the same rules, or everyone may see it and no rule takes that from anybody.
    """
    if channel == shown_in:
        return True
    if isinstance(channel, discord.Thread):
        if channel.is_private() or channel.parent is None:
            return False
        channel = channel.parent
    target = shown_in.parent if isinstance(shown_in, discord.Thread) else shown_in
    if not isinstance(target, discord.abc.GuildChannel):
        return False
    if channel == target:
        return True
    everyone = channel.guild.default_role
    seeing = {who.id: rule.view_channel for who, rule in channel.overwrites.items() if rule.view_channel is not None}
    same = {who.id: rule.view_channel for who, rule in target.overwrites.items() if rule.view_channel is not None}
    if seeing == same:
        return True
    open_to_all = seeing.get(everyone.id, everyone.permissions.view_channel)
    return bool(open_to_all) and False not in seeing.values()


def put_together(rows: Sequence[Row], name: Namer) -> list[tuple[Row, Name]]:
    """Rows with their names; those that may not be told apart become one, in the place that their sum deserves."""
    apart: list[tuple[Row, Name]] = []
    sums: dict[str, tuple[Row, Name]] = {}
    for row in rows:
        called = name(row)
        if called.together is None:
            apart.append((row, called))
        elif called.together in sums:
            known = sums[called.together][0]
            before = None if known.before is None else known.before + (row.before or 0)
            links = None if known.links is None else known.links + (row.links or 0)
            merged = replace(
                known, now=known.now + row.now, before=before, shares=known.shares + row.shares, links=links
            )
            sums[called.together] = (merged, called)
        else:
            sums[called.together] = (row, called)
    return sorted([*apart, *sums.values()], key=lambda each: (-each[0].now, -(each[0].before or 0)))


# ---------------------------------------------------------------------- top


def _compared(now: int, before: int | None, days: int) -> str:
    if before is None:
        return ""
    return (
        f", {change_in_words(now, before)} than in the {days} days before"
        if now != before
        else (f", as many as in the {days} days before")
    )


def top_line(number: int, row: Row, name: str) -> str:
    """One line of the ranking."""
    parts = [f"{number}. **{name}** {row.now:,}"]
    if row.before is not None:
        parts.append(change_in_words(row.now, row.before))
    if row.shares:
        parts.append(f"shared {row.shares:,}")
    if row.links:
        parts.append(f"linked {row.links:,}")
    return " · ".join(parts)


def others_line(others: Sequence[tuple[Row, Name]]) -> str:
    """What is told of those that are too many to be told one by one."""
    return f"And {len(others):,} others, asked {sum(row.now for row, _ in others):,} times together."


def top_lines(rows: Sequence[tuple[Row, Name]], *, labels: bool = False) -> list[str]:
    """The ranking in words, as far as the picture shows it; ``labels`` as there, else as a message names things."""
    lines = [
        top_line(number, row, name.label if labels else name.text)
        for number, (row, name) in enumerate(rows[:BARS_LIMIT], 1)
    ]
    return [*lines, others_line(rows[BARS_LIMIT:])] if len(rows) > BARS_LIMIT else lines


def top_heading(top: Top) -> str:
    """What the ranking says as a whole."""
    if not top.total:
        return f"{top.period}: nobody asked anything."
    compared = _compared(top.total, top.total_before, top.period.days)
    return f"{top.period}: {asks(top.total)}{by_members(top.members)}{compared}."


def top_picture(content: Content, top: Top, rows: Sequence[tuple[Row, Name]], title: str) -> Bars:
    """The ranking as bars; rows beyond :data:`BARS_LIMIT` are told together."""
    shown, others = rows[:BARS_LIMIT], rows[BARS_LIMIT:]
    commands = {row.key[0] for row, _ in shown} if top.by == "topic" else set()
    legend = [(article.title, article.colour) for article in content.articles if article.command in commands]
    footer = f"{others_line(others)} {COUNTED}" if others else COUNTED
    return Bars(
        title,
        str(top.period),
        tuple(
            Bar(name.label, row.now, row.before, name.colour, change_in_words(row.now, row.before))
            for row, name in shown
        ),
        now_label="all of it" if top.period.everything else f"these {top.period.days} days",
        before_label=None if top.period.everything else f"the {top.period.days} days before",
        legend=tuple(legend) if len(legend) > 1 else (),
        footer=footer,
    )


def trend_picture(content: Content, trend: Trend) -> TrendPicture:
    """One topic over time, with the day on which its answer was last reviewed."""
    found = content.find(trend.article, trend.topic)
    marks: tuple[tuple[int, str], ...] = ()
    if found is not None and trend.columns[0] <= found.reviewed <= trend.period.last:
        marks = ((as_number(found.reviewed), f"reviewed {in_words(found.reviewed)}"),)
    # A column of a week is as tall as seven days, and so is the line over it.
    factor = 1 if trend.by == "day" else 7
    return TrendPicture(
        title_of(content, trend.article, trend.topic),
        str(trend.period),
        tuple(map(as_number, trend.columns)),
        trend.asks,
        tuple(None if value is None else value * factor for value in trend.average),
        found.article.colour if found else BLURPLE,
        "asks a day" if trend.by == "day" else "asks in seven days",
        "7-day average" if trend.by == "day" else "7-day average, times seven",
        marks,
        COUNTED,
    )


def _described(heading: str, lines: Iterable[str]) -> str:
    """The description of a picture: the same figures, as many as fit."""
    bare = (line.replace("**", "").replace("\\", "") for line in lines)
    return shortened(f"{heading}\n{fitting(bare, DESCRIPTION_LIMIT - len(heading) - 2)}", DESCRIPTION_LIMIT)


class Reports:
    """Makes reports for one bot."""

    def __init__(
        self,
        database: Database,
        editions: Editions,
        guilds: Guilds,
        *,
        retention_days: int,
        charts: Charts | None = None,
    ) -> None:
        self._database = database
        self._editions = editions
        self._guilds = guilds
        self._retention_days = retention_days
        self.charts = charts or Charts()

    def figures(self, guild_id: int, at: datetime) -> Insights:
        """The figures of one guild as of a moment."""
        zone = self._guilds.of(guild_id).zone
        return Insights(
            self._database,
            self._editions.current.content,
            (guild_id,),
            today=at.astimezone(zone).date(),
            zone=zone,
            retention_days=self._retention_days,
        )

    async def _drawn(self, picture: Picture | None) -> bytes | None:
        return None if picture is None else await self.charts.draw(picture)

    # ------------------------------------------------------------------ top and trend

    async def top(self, insights: Insights, period: Period, by: By, namer: Namer | None = None) -> Report:
        """What members ask about most. Raises :class:`sqlite3.Error`."""
        content = insights.content
        top = await insights.top(by, period)
        rows = put_together(top.rows, namer or names_of(content, by))
        title = "What members ask about" if by == "topic" else f"What members ask about, by {by}"
        heading = top_heading(top)
        lines, labels = top_lines(rows), top_lines(rows, labels=True)
        picture = top_picture(content, top, rows, title)
        share = self._share(SHARE_TOP, 0 if period.everything else period.days, by, as_number(period.last))
        room = ROOM - len(heading) - len(title) - len(COUNTED)
        return Report(
            (f"## {title}\n{heading}",),
            (fitting(lines, room), small(COUNTED)),
            content.articles[0].colour,
            await self._drawn(picture if rows else None),
            f"top-{by}.png",
            _described(f"{title}. {heading}", labels),
            (share,) if rows else (),
        )

    @staticmethod
    def _share(name: str, *arguments: str | int) -> Component:
        shared = button("Share in channel", custom_id(name, *arguments), discord.ButtonStyle.primary)
        return built(ui.ActionRow(shared))[0]

    async def trend(
        self, insights: Insights, article: str, topic: str, period: Period, by: Literal["day", "week"]
    ) -> Report:
        """One topic over time. Raises :class:`sqlite3.Error`."""
        trend = await insights.trend(article, topic, period, by)
        title = title_of(insights.content, article, topic)
        found = insights.content.find(article, topic)
        colour = found.article.colour if found else BLURPLE
        reviewed = found.reviewed if found else None
        compared = _compared(trend.total, trend.before, trend.period.days)
        heading = f"{trend.period}: {asks(trend.total)}{by_members(trend.members)}{compared}."
        facts = trend_facts(trend)
        if reviewed is not None:
            facts.append(f"The answer was last reviewed on {in_words(reviewed)}.")
        lines = trend_lines(trend)
        days = 0 if period.everything else period.days
        share = self._share(SHARE_TREND, article, topic, days, by, as_number(period.last))
        return Report(
            (f"## {plain(title)}\n{heading}",),
            ("\n".join([*facts, *lines]), small(COUNTED)),
            colour,
            await self._drawn(trend_picture(insights.content, trend)),
            "trend.png",
            _described(f"{title}. {heading}", [*facts, *lines]),
            (share,),
        )

    # ------------------------------------------------------------------ gaps

    async def gaps(self, insights: Insights, period: Period) -> gap_figures.Gaps:
        """What is not covered, grouped in a thread of its own. Raises :class:`sqlite3.Error`."""
        found = await gap_figures.fetch(insights, period)
        return await asyncio.to_thread(gap_figures.gaps_of, insights.content, period, found)

    def gaps_report(self, content: Content, found: gap_figures.Gaps, order: str = "newest") -> Report:
        """The list of gaps and corrections."""
        gaps = list(found.gaps)
        if order == "most":
            gaps.sort(key=lambda gap: -gap.count)
        if not found.total:
            heading = f"{found.period}: every question found an answer."
        else:
            many = "1 question" if found.total == 1 else f"{found.total:,} questions"
            heading = f"{found.period}: {many} found no answer"
            grouped = sum(gap.count for gap in gaps)
            heading += (
                f"; the newest {grouped:,} are in {len(gaps):,} groups."
                if grouped < found.total
                else (f", in {len(gaps):,} group{'' if len(gaps) == 1 else 's'} of similar ones.")
            )
        lines = [gap_line(content, gap) for gap in gaps[:GAPS_SHOWN]]
        if len(gaps) > GAPS_SHOWN:
            lines.append(small(f"{len(gaps) - GAPS_SHOWN:,} more groups are in the menu, up to {SELECT_OPTIONS}."))
        corrected = [correction_line(content, each) for each in found.corrections]
        below = ["\n".join(lines)]
        if corrected:
            room = ROOM - sum(map(len, below)) - len(heading) - 100
            below.append("### Was shown this, wanted that\n" + fitting(corrected[:10], room))
        return Report(
            (f"## What the article does not cover\n{heading}",),
            tuple(below),
            content.articles[0].colour,
            rows=tuple(self._gap_rows(gaps, order)),
        )

    @staticmethod
    def _gap_rows(gaps: Sequence[gap_figures.Gap], order: str) -> list[Component]:
        if not gaps:
            return []
        options = [
            discord.SelectOption(
                label=shortened(gap.newest.words, OPTION_TEXT), value=str(gap.newest.id), description=times(gap.count)
            )
            for gap in gaps[:SELECT_OPTIONS]
        ]
        menu: ui.Select[Any] = ui.Select(
            custom_id=custom_id(CHOOSE_GAP, order), placeholder="Choose a group: keywords to paste", options=options
        )
        other = "most" if order == "newest" else "newest"
        label = "Most asked first" if other == "most" else "Newest first"
        return built(ui.ActionRow(menu), ui.ActionRow(button(label, custom_id(SORT_GAPS, other))))

    async def gap_report(self, content: Content, gap: gap_figures.Gap) -> Report:
        """One group: how it was asked, and what would make it match."""
        remedy = await asyncio.to_thread(gap_figures.Grouping(content).remedy, content, gap)
        wordings = [
            f"- {plain(shortened(words, 300))}{f' ({times(count)})' if count > 1 else ''}"
            for words, count in gap.wordings
        ]
        if len(wordings) > WORDINGS_SHOWN:
            wordings[WORDINGS_SHOWN:] = [f"- … and {len(wordings) - WORDINGS_SHOWN:,} more ways"]
        near = (
            f"Nearest: {plain(title_of(content, *gap.nearest))}." if gap.nearest else "Nothing in the article is near."
        )
        above = f"## Asked {times(gap.count)}\n{near}\n{fitting(wordings, 2_600)}"
        if remedy is None:
            below = "They share no word that would tell them from others; this may want a topic of its own."
        else:
            below = (
                f"### For {plain(remedy.topic.title)}\n```yaml\n{remedy.yaml.replace('`', '')}\n```\n"
                f"With these keywords, {remedy.found:,} of {times(gap.count)} would lead there. Does the answer say "
                f"something to them? If not, this wants a topic of its own."
            )
        return Report((above,), (below,), content.articles[0].colour)

    # ------------------------------------------------------------------ helped

    async def helped(self, insights: Insights, period: Period) -> Report:
        """What helped, what to review, and where members went on to. Raises :class:`sqlite3.Error`."""
        content = insights.content
        figures = await insights.helped(period)
        if not figures.topics:
            return Report((f"## What helped\n{period}: nobody asked anything.",), (), content.articles[0].colour)
        topics = [helped_line(content, row) for row in figures.topics]
        review = [review_line(content, each) for each in figures.review[:5]]
        flows = [flow_line(content, flow) for flow in figures.flows[:8]]
        parts = [fitting(topics, 1_700), small(HELPED_WORDS)]
        if review:
            parts.append(
                "### Review first\n" + small("Asked often × reviewed long ago × little help") + "\n" + "\n".join(review)
            )
        if flows:
            parts.append("### Where members went on to\n" + fitting(flows, 600))
        return Report((f"## What helped\n{period}",), tuple(parts), content.articles[0].colour)

    # ------------------------------------------------------------------ the week

    async def digest(self, insights: Insights, last_day: int, *, late: str | None = None) -> Report:
        """The seven days up to ``last_day`` (YYYYMMDD). Raises :class:`sqlite3.Error`."""
        content = insights.content
        digest = await insights.digest(as_date(last_day))
        rows = put_together(digest.top.rows, names_of(content, "topic"))
        title = "This week's questions"
        heading = top_heading(digest.top)
        lines = top_lines(rows)
        picture = top_picture(content, digest.top, rows, title) if rows else None
        below = [fitting(lines, 1_600), *digest_parts(content, digest), small(late) if late else ""]
        return Report(
            (f"## {title}\n{heading}",),
            tuple(below),
            content.articles[0].colour,
            await self._drawn(picture),
            "week.png",
            _described(f"{title}. {heading}", lines),
        )

    # ------------------------------------------------------------------ export

    async def export(self, insights: Insights, period: Period) -> bytes:
        """The ZIP. Raises :class:`sqlite3.Error`."""
        tables = await insights.tables(period)
        about = {
            "guilds": [str(guild) for guild in insights.guilds],
            "first": str(period.first),
            "last": str(period.last),
        }
        return await asyncio.to_thread(as_zip, tables, about=about)


# ---------------------------------------------------------------------- lines


def times(count: int) -> str:
    """``once``, ``twice``, ``12 times``."""
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def trend_facts(trend: Trend) -> list[str]:
    """The busiest column and the 7-day average, in words."""
    facts = []
    if trend.total:
        busiest = max(range(len(trend.asks)), key=lambda at: trend.asks[at])
        what = "Busiest day" if trend.by == "day" else "Busiest seven days, from"
        facts.append(f"{what}: {in_words(trend.columns[busiest])} with {asks(trend.asks[busiest])}.")
    known = [value for value in trend.average if value is not None]
    if known:
        facts.append(f"7-day average: {known[-1]:.1f} asks a day now, {known[0]:.1f} at the beginning.")
    return facts


def trend_lines(trend: Trend) -> list[str]:
    """The columns in words, put together so that a card can hold them."""
    size = -(-len(trend.columns) // TREND_LINES)
    step = 1 if trend.by == "day" else 7
    lines = []
    for at in range(0, len(trend.columns), size):
        first = trend.columns[at]
        last = min(trend.period.last, first + timedelta(days=size * step - 1))
        counted = sum(trend.asks[at : at + size])
        lines.append(f"- {in_words(first)}{f' to {in_words(last)}' if last != first else ''}: {counted:,}")
    return lines


def gap_line(content: Content, gap: gap_figures.Gap) -> str:
    """One group in the list."""
    newest = discord.utils.format_dt(datetime.fromtimestamp(gap.newest.asked_at / 1000, UTC), "R")
    near = f"near {plain(title_of(content, *gap.nearest))}" if gap.nearest else "nothing near"
    return f"“{plain(shortened(gap.newest.words, QUOTED))}”\n{small(f'{times(gap.count)}, last {newest} · {near}')}"


def correction_line(content: Content, each: gap_figures.Correction) -> str:
    """One kind of correction."""
    shown = plain(title_of(content, *each.shown))
    wanted = f"wanted **{plain(title_of(content, *each.wanted))}**" if each.wanted else "found nothing else"
    return f"- {times(each.count)}: was shown **{shown}**, {wanted}"


def helped_line(content: Content, row: Helped) -> str:
    """One topic: only what was said or counted."""
    parts = [asks(row.asks)]
    if row.helpful or row.not_asked:
        parts.append(f"helpful {row.helpful:,}, not it {row.not_asked:,}")
    if row.links:
        parts.append(f"{row.reads / row.links:.1f} reads a link")
    if row.again:
        parts.append(f"again {row.again:,}")
    return f"**{plain(title_of(content, row.article, row.topic))}** {' · '.join(parts)}"


def review_line(content: Content, each: ToReview) -> str:
    """One topic of the review list, with the reasons."""
    row = each.helped
    reviewed = {0: "today", 1: "yesterday"}.get(max(each.days, 0), f"{each.days:,} days ago")
    return (
        f"- **{plain(title_of(content, row.article, row.topic))}**: {asks(row.asks)}, reviewed {reviewed}, "
        f"helpful {row.helpful:,} against {row.not_asked:,}"
    )


def flow_line(content: Content, flow: Flow) -> str:
    """From which topic to which."""
    origin, topic = (plain(title_of(content, flow.article, key)) for key in (flow.origin, flow.topic))
    return f"- {origin} → {topic}: {flow.count:,}"


def digest_parts(content: Content, digest: Digest) -> list[str]:
    """Risers, what found no answer, and what nobody asked for; never anyone's words."""
    parts = []
    if digest.risers:
        lines = [
            f"- **{plain(title_of(content, each.article, each.topic))}** {each.now:,}, usually {each.usual:g} a week"
            for each in digest.risers
        ]
        parts.append("### Asked far more than usual\n" + fitting(lines, 500))
    if digest.unanswered:
        many = "1 question" if digest.unanswered == 1 else f"{digest.unanswered:,} questions"
        near = ", ".join(f"{plain(title_of(content, a, t))} ({count:,})" for a, t, count in digest.nearest[:5])
        parts.append(f"### Without an answer\n{many}{f'; nearest: {near}' if near else ''}.")
    if digest.unasked and digest.top.total:
        names = [plain(topic.title) for topic in digest.unasked]
        more = f" and {len(names) - 10} more" if len(names) > 10 else ""
        parts.append(f"### Nobody asked for\n{', '.join(names[:10])}{more}.")
    return parts


def export_card(period: Period, file_name: str) -> Card:
    """The message that carries an export."""
    says = (
        f"## Export\n{period}. Daily totals by topic and source, daily totals by channel, questions without an answer, "
        f"and links, as CSV and as one JSON. Nothing in it tells who asked."
    )
    attached: ui.File[Any] = ui.File(f"attachment://{file_name}")
    return Card(built(ui.Container(ui.TextDisplay(says), attached)))
