"""The figures as cards on Discord: their words, and a picture of the same.

A picture that could not be drawn is left out, and nothing is lost with it: the same stands there in words, which are
also its description for those who cannot see it.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import discord
from discord import ui

from lantern.admin.guild_queue import GuildQueue
from lantern.answers.edition import Editions
from lantern.content.models import Content
from lantern.figures import gaps as gap_figures
from lantern.figures import wording
from lantern.figures.charts import Charts, Picture
from lantern.figures.grouping import GapGrouping, NotGrouped
from lantern.figures.insights import OTHERS, By, Insights, Period, Row, as_zip
from lantern.figures.wording import BLURPLE, NOWHERE, OTHER_CHANNELS, Name, Namer, Wording, asked, fitting
from lantern.languages.formats import date_text, number
from lantern.languages.translation import N_, _, ngettext
from lantern.store.database import Database
from lantern.store.guilds import Guilds
from lantern.store.times import as_date, as_number
from lantern.ui.cards import MESSAGE_TEXT, OPTION_TEXT, SELECT_OPTIONS, Card, Component, built, button, small
from lantern.ui.custom_ids import custom_id
from lantern.ui.refusals import Refused
from lantern.ui.safe_text import plain, shortened
from lantern.ui.topic_tokens import token

SHARE_TOP, SHARE_TREND, CHOOSE_GAP, SORT_GAPS = "in-top", "in-trend", "in-gap", "in-gaps"

DESCRIPTION_LIMIT = 1_024
"""Characters that describe a picture to those who cannot see it (Discord's reference, Attachment Object)."""
ROOM = MESSAGE_TEXT - 200
"""Characters of text a card uses at most; the rest is for lines that are added later."""
GAPS_SHOWN = 8
WORDINGS_SHOWN = 8
REVIEWED = 5
FLOWS = 5
QUOTED = 110
"""Characters of a member's words in a list; whoever wants all of them chooses the group."""

NOBODY_SAID = N_("No answer was called helpful or wrong often enough to tell.")
AGAIN = N_("“Asked again”: the same member asked the same within a day.")
HIDDEN = N_("Channels you cannot see")
HIDDEN_FROM_SOME = N_("Channels that not everyone here can see")
# Translators: heading: answers that somebody should read again and better
REVIEW_TITLE = N_("Review first")
# Translators: heading: which topic members chose after another
FLOWS_TITLE = N_("Read next")
# Translators: heading above a file with the figures
EXPORT_TITLE = N_("Export")
NOT_GROUPED = N_("The questions could not be grouped just now. Please try again in a moment.")
GONE = N_("Deleted channels")


class Report(NamedTuple):
    """A card with at most one picture. Cards and files are made anew for every message that carries them."""

    above: str
    below: tuple[str, ...]
    colour: int
    png: bytes | None = None
    in_words: tuple[str, ...] = ()
    """What the picture says: shown where there is none, above what is below."""
    file_name: str = "figures.png"
    description: str = ""
    rows: tuple[Component, ...] = ()

    def card(self, *, note: str | None = None, rows: bool = True) -> Card:
        """The message. ``note`` is a line below, ``rows`` its buttons."""
        items: list[ui.Item[Any]] = [ui.TextDisplay(self.above)]
        if self.png is not None:
            picture = discord.MediaGalleryItem(f"attachment://{self.file_name}", description=self.description)
            items.append(ui.MediaGallery(picture))
        for text in filter(None, self.below if self.png is not None else (*self.in_words, *self.below)):
            if not isinstance(items[-1], ui.MediaGallery):
                items.append(ui.Separator())
            items.append(ui.TextDisplay(text))
        parts = built(ui.Container(*items, accent_colour=self.colour))
        if note:
            parts += built(ui.TextDisplay(note))
        return Card([*parts, *(self.rows if rows else ())])

    def without_picture(self) -> Report:
        """The words alone."""
        return self._replace(png=None)

    def files(self) -> list[discord.File]:
        """The picture, if there is one."""
        pictures = [] if self.png is None else [io.BytesIO(self.png)]
        return [discord.File(picture, self.file_name, description=self.description) for picture in pictures]


def channel_names(guild: discord.Guild, *, shown_in: object = None, viewer: discord.Member | None = None) -> Namer:
    """Names of channels, as far as they may be told.

    ``shown_in`` is the channel in which they will stand for all: what not all of its members can see is not named.
    Where it is not given, ``viewer`` alone will see them.
    """

    def name(row: Row) -> Name:
        if row.key[0] == OTHERS:
            return Name(_(OTHER_CHANNELS), _(OTHER_CHANNELS), BLURPLE)
        channel_id = int(row.key[0])
        if channel_id == 0:
            return Name(_(NOWHERE), _(NOWHERE), BLURPLE)
        channel = channel_of(guild, channel_id)
        if channel is None:
            return Name(_(GONE), _(GONE), BLURPLE, GONE)
        if shown_in is not None and not all_can_see(channel, shown_in):
            return Name(_(HIDDEN_FROM_SOME), _(HIDDEN_FROM_SOME), BLURPLE, HIDDEN_FROM_SOME)
        if shown_in is None and (viewer is None or not channel.permissions_for(viewer).view_channel):
            return Name(_(HIDDEN), _(HIDDEN), BLURPLE, HIDDEN)
        return Name(f"#{channel.name}", channel.mention, BLURPLE, str(channel.id))

    return name


def channel_of(guild: discord.Guild, channel_id: int) -> discord.abc.GuildChannel | None:
    """A channel, or the one that a thread is in; None where it is not there any more. No thread is ever named."""
    found = guild.get_channel_or_thread(channel_id)
    return found.parent if isinstance(found, discord.Thread) else found


def all_can_see(channel: discord.abc.GuildChannel, shown_in: object) -> bool:
    """Whether everyone who sees ``shown_in`` certainly sees ``channel``; in doubt, no.

    Members are not known to the bot, so it is told from the rules: it is the same channel or the one that this
    thread is in, both have the same rules, or everyone may see it and no rule takes that from anybody.
    """
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


def _described(title: str, heading: str, lines: Iterable[str]) -> str:
    """The description of a picture: the same figures, as many as fit."""
    # Translators: how the description of a picture begins
    heading = _("{title}. {heading}").format(title=title, heading=heading)
    bare = (line.replace("**", "").replace("\\", "") for line in lines)
    return shortened(f"{heading}\n{fitting(bare, DESCRIPTION_LIMIT - len(heading) - 2)}", DESCRIPTION_LIMIT)


class Reports:
    """Makes the reports."""

    def __init__(self, database: Database, editions: Editions, guilds: Guilds) -> None:
        self._database = database
        self._editions = editions
        self._guilds = guilds
        self.charts = Charts()
        self.grouping = GapGrouping(by_meaning=lambda: editions.current.matcher.meanings is not None)
        self.queue = GuildQueue()
        """Whoever asks for a report takes their server's turn in it before."""

    def figures(self, guild_id: int, at: datetime) -> Insights:
        """The figures of one guild as of a moment, with the topics as they are called in the language in use."""
        zone = self._guilds.of(guild_id).zone
        return Insights(
            self._database,
            self._editions.current.content,
            (guild_id,),
            today=at.astimezone(zone).date(),
        )

    async def _drawn(self, picture: Picture | None) -> bytes | None:
        return None if picture is None else await self.charts.draw(picture)

    async def top(self, insights: Insights, period: Period, by: By, namer: Namer | None = None) -> Report:
        """What members ask about most. Raises :class:`DatabaseError`."""
        content = insights.content
        top = await insights.top(by, period)
        rows = wording.put_together(top.rows, namer or Wording(content, plain).names(by))
        title, heading = wording.top_title(by), wording.top_heading(top)
        colour = content.articles[0].colour
        if not top.total:
            return Report(f"## {title}\n{heading}", (), colour)
        counted, beside = small(wording.counted(by)), "\n".join(wording.beside_picture(rows))
        room = ROOM - len(heading) - len(title) - len(counted) - len(beside)
        return Report(
            f"## {title}\n{heading}",
            (beside,),
            colour,
            await self._drawn(wording.top_picture(content, top, rows, title)),
            (fitting(wording.top_lines(rows), room), counted),
            f"top-{by}.png",
            _described(title, heading, wording.top_lines(rows, labels=True)),
            (self._share(SHARE_TOP, 0 if period.everything else period.weeks, by, as_number(period.last)),),
        )

    @staticmethod
    def _share(name: str, *arguments: str | int) -> Component:
        # Translators: button; shows these figures to everyone in the channel
        shared = button(_("Post here"), custom_id(name, *arguments), discord.ButtonStyle.primary)
        return built(ui.ActionRow(shared))[0]

    async def trend(
        self, insights: Insights, article: str, topic: str, period: Period, by: Literal["day", "week"]
    ) -> Report:
        """One topic over time. Raises :class:`DatabaseError`."""
        content = insights.content
        trend = await insights.trend(article, topic, period, by)
        found = content.find(article, topic)
        title, heading = wording.title_of(content, article, topic), wording.trend_heading(trend)
        facts, lines = wording.trend_facts(trend), wording.trend_lines(trend)
        if found is not None:
            facts.append(_("The answer was last reviewed on {date}.").format(date=date_text(found.reviewed)))
        weeks = 0 if period.everything else period.weeks
        return Report(
            f"## {plain(title)}\n{heading}",
            ("\n".join(facts),),
            found.article.colour if found else BLURPLE,
            await self._drawn(wording.trend_picture(content, trend) if trend.total else None),
            ("\n".join(lines), small(wording.trend_counted(trend))) if trend.total else (),
            "trend.png",
            _described(title, heading, lines),
            (self._share(SHARE_TREND, token(found), weeks, by, as_number(period.last)),) if found else (),
        )

    async def gaps(self, insights: Insights, period: Period) -> gap_figures.Gaps:
        """What is not covered, grouped. Raises :class:`DatabaseError`, and :class:`Refused` where it fails."""
        found = await gap_figures.fetch(insights, period)
        try:
            return await self.grouping.group(insights.content, period, found)
        except NotGrouped as error:
            raise Refused(_(NOT_GROUPED)) from error

    def gaps_report(self, content: Content, found: gap_figures.Gaps, order: str = "most") -> Report:
        """The list of gaps and corrections; ``order`` is "newest" or "most"."""
        words = Wording(content, plain)
        heading = wording.gaps_heading(found)
        gaps = list(found.gaps)
        gaps.sort(key=lambda gap: -gap.times if order == "most" else -gap.newest.week.toordinal())
        lines = []
        for gap in gaps[:GAPS_SHOWN]:
            # Translators: what a member asked, in the quotation marks of your language
            quoted = _("“{words}”").format(words=plain(shortened(gap.newest.words, QUOTED)))
            lines.append(f"{quoted}\n{small(words.gap(gap))}")
        if len(gaps) > GAPS_SHOWN:
            # Translators: how many groups of questions a menu below has, and how many there are
            more = _("The menu below has {number} of all {all} groups.")
            lines.append(small(more.format(number=number(min(len(gaps), SELECT_OPTIONS)), all=number(len(gaps)))))
        below = ["\n".join(lines)]
        if found.corrections:
            # Translators: heading: members pressed "Not what I asked" and chose another topic
            title, note = _("Not what they asked"), small(_(wording.FIVE_DID))
            room = ROOM - len(below[0]) - len(heading) - len(title) - len(note) - 50
            below.append(f"### {title}\n{fitting(map(words.correction, found.corrections[:10]), room)}\n{note}")
        return Report(
            f"## {_(wording.GAPS_TITLE)}\n{heading}",
            tuple(below),
            content.articles[0].colour,
            rows=tuple(self._gap_rows(gaps, order)),
        )

    @staticmethod
    def _gap_rows(gaps: Sequence[gap_figures.Gap], order: str) -> list[Component]:
        if not gaps:
            return []
        press_id = custom_id(CHOOSE_GAP, order)
        # Translators: menu of groups of questions that have no answer
        menu: ui.Select[Any] = ui.Select(custom_id=press_id, placeholder=_("See a group and what would help"))
        for gap in gaps[:SELECT_OPTIONS]:
            words = shortened(gap.newest.words, OPTION_TEXT)
            menu.add_option(label=words, value=str(gap.newest.id), description=asked(gap.times))
        # Translators: buttons; the order of a list
        other, label = ("most", _("Most asked first")) if order == "newest" else ("newest", _("Newest first"))
        return built(ui.ActionRow(menu), ui.ActionRow(button(label, custom_id(SORT_GAPS, other))))

    async def gap_report(self, content: Content, gap: gap_figures.Gap) -> Report:
        """One group: how it was asked, and what would make it match. Raises :class:`Refused` where it fails."""
        words = Wording(content, plain)
        try:
            remedy = await self.grouping.remedy(content, gap)
        except NotGrouped as error:
            raise Refused(_(NOT_GROUPED)) from error
        # Translators: one way of asking, and how often it was asked so
        wordings = [
            ngettext("- {words}", "- {words} ({number} times)", count).format(
                words=plain(shortened(said, 300)), number=number(count)
            )
            for said, count in gap.wordings
        ]
        if (more := len(wordings) - WORDINGS_SHOWN) > 0:
            # Translators: other ways of asking the same
            rest = ngettext("- … and {number} other way", "- … and {number} other ways", more)
            wordings[WORDINGS_SHOWN:] = [rest.format(number=number(more))]
        near = _("No topic of the article is close.")
        if gap.nearest:
            near = _("Closest topic: {topic}.").format(topic=words.title(*gap.nearest))
        above = f"## {wording.asked_title(gap)}\n{near}\n{fitting(wordings, 2_600)}"
        if remedy is None:
            return Report(above, (_(wording.NO_KEYWORDS),), content.articles[0].colour)
        # Translators: heading above lines to paste into the article's file, for a topic
        heading = _("To add to “{topic}”").format(topic=plain(remedy.topic.title))
        does_it = _("Would its answer help them? If not, these members need a topic of their own.")
        below = f"### {heading}\n```yaml\n{remedy.yaml.replace('`', '')}\n```\n{wording.tried(remedy, gap)} {does_it}"
        return Report(above, (below,), content.articles[0].colour)

    async def helped(self, insights: Insights, period: Period) -> Report:
        """What helped, what to review, and where members went on to. Raises :class:`DatabaseError`."""
        words = Wording(insights.content, plain)
        colour = insights.content.articles[0].colour
        figures = await insights.helped(period)
        above = f"## {_(wording.HELPED_TITLE)}\n{period}"
        if not figures.topics:
            return Report(f"{above}\n{_(wording.NOBODY)}", (), colour)
        lines = words.helped(figures.topics) or [_(NOBODY_SAID)]
        if any(row.again for row in figures.topics):
            lines.append(small(_(AGAIN)))
        parts = ["\n".join([*lines, small(_(wording.FIVE_DID))])]
        if figures.review:
            reasons = small(_("Asked often, reviewed long ago, or of little help"))
            review = map(words.review, figures.review[:REVIEWED])
            parts.append("\n".join([f"### {_(REVIEW_TITLE)}", reasons, *review]))
        if figures.flows:
            parts.append("\n".join([f"### {_(FLOWS_TITLE)}", *map(words.flow, figures.flows[:FLOWS])]))
        return Report(above, tuple(parts), colour)

    async def digest(self, insights: Insights, last_day: int, *, late: str | None = None) -> Report:
        """The week up to the Sunday ``last_day`` (YYYYMMDD). Raises :class:`DatabaseError`."""
        content = insights.content
        words = Wording(content, plain)
        digest = await insights.digest(as_date(last_day))
        # Topics that nobody asked about have a line of their own.
        asked_about = [row for row in digest.top.rows if row.now]
        rows = wording.put_together(asked_about, words.names("topic"))
        title, heading = _(wording.DIGEST_TITLE), wording.top_heading(digest.top)
        lines = wording.top_lines(rows)
        below = ("\n".join(wording.beside_picture(rows)), *words.digest(digest), small(late) if late else "")
        counted = small(_(wording.COUNTED))
        room = ROOM - sum(map(len, (title, heading, counted, *below)))
        return Report(
            f"## {title}\n{heading}",
            below,
            content.articles[0].colour,
            await self._drawn(wording.top_picture(content, digest.top, rows, title) if rows else None),
            (fitting(lines, room), counted) if rows else (),
            "week.png",
            _described(title, heading, lines),
        )

    async def export(self, insights: Insights, period: Period, told_as: Callable[[int], int | None]) -> bytes:
        """The ZIP; ``told_as`` as in :meth:`Insights.tables`. Raises :class:`DatabaseError`."""
        tables = await insights.tables(period, told_as=told_as)
        guilds = [str(guild) for guild in insights.guilds]
        about = {"guilds": guilds, "first": str(period.first), "last": str(period.last)}
        return await asyncio.to_thread(as_zip, tables, about=about)


def export_card(period: Period, file_name: str) -> Card:
    """The message that carries an export."""
    says = _(
        "How often members asked about each topic, week by week; by day, channel and way of asking where five or more "
        "members did so; and questions without an answer. As CSV files and as one JSON file. Nothing in it tells who "
        "asked."
    )
    attached: ui.File[Any] = ui.File(f"attachment://{file_name}")
    return Card(built(ui.Container(ui.TextDisplay(f"## {_(EXPORT_TITLE)}\n{period}\n{says}"), attached)))
