"""The figures as cards on Discord: their words, and a picture of the same.

A picture that could not be drawn is left out, and nothing is lost with it: the words beside it say the same, also to
those who cannot see it.
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
from lantern.figures.wording import BLURPLE, NOWHERE, OTHER_CHANNELS, Name, Namer, Wording, fitting, times
from lantern.store.database import Database
from lantern.store.guilds import Guilds
from lantern.store.times import as_date, as_number, date_text
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
QUOTED = 110
"""Characters of a member's words in a list; whoever wants all of them chooses the group."""

HELPED_WORDS = (
    f"Not it: “Not what I asked” was pressed. Again: the same member asked the same within a day. {wording.FIVE_DID}"
)
GAPS_WORDS = "Of whole weeks, Monday to Sunday."
CORRECTED_WORDS = f"That is {wording.FIVE_DID_WANT}"
HIDDEN = "Channels you cannot see"
HIDDEN_FROM_SOME = "Channels that not everyone here can see"
NOT_GROUPED = "The gaps could not be grouped just now. Please try again in a moment."
GONE = "Channels that are deleted"


class Report(NamedTuple):
    """A card with at most one picture. Cards and files are made anew for every message that carries them."""

    above: str
    below: tuple[str, ...]
    colour: int
    png: bytes | None = None
    file_name: str = "figures.png"
    description: str = ""
    rows: tuple[Component, ...] = ()

    def card(self, *, note: str | None = None, rows: bool = True) -> Card:
        """The message. ``note`` is a line below, ``rows`` its buttons."""
        items: list[ui.Item[Any]] = [ui.TextDisplay(self.above)]
        if self.png is not None:
            picture = discord.MediaGalleryItem(f"attachment://{self.file_name}", description=self.description)
            items.append(ui.MediaGallery(picture))
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
            return Name(OTHER_CHANNELS, OTHER_CHANNELS, BLURPLE)
        channel_id = int(row.key[0])
        if channel_id == 0:
            return Name(NOWHERE, NOWHERE, BLURPLE)
        channel = channel_of(guild, channel_id)
        if channel is None:
            return Name(GONE, GONE, BLURPLE, GONE)
        if shown_in is not None and not all_can_see(channel, shown_in):
            return Name(HIDDEN_FROM_SOME, HIDDEN_FROM_SOME, BLURPLE, HIDDEN_FROM_SOME)
        if shown_in is None and (viewer is None or not channel.permissions_for(viewer).view_channel):
            return Name(HIDDEN, HIDDEN, BLURPLE, HIDDEN)
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


def _described(heading: str, lines: Iterable[str]) -> str:
    """The description of a picture: the same figures, as many as fit."""
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
        """The figures of one guild as of a moment."""
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
        share = self._share(SHARE_TOP, 0 if period.everything else period.weeks, by, as_number(period.last))
        counted = wording.counted(by)
        room = ROOM - len(heading) - len(title) - len(counted)
        return Report(
            f"## {title}\n{heading}",
            (fitting(wording.top_lines(rows), room), small(counted)),
            content.articles[0].colour,
            await self._drawn(wording.top_picture(content, top, rows, title) if rows else None),
            f"top-{by}.png",
            _described(f"{title}. {heading}", wording.top_lines(rows, labels=True)),
            (share,) if rows else (),
        )

    @staticmethod
    def _share(name: str, *arguments: str | int) -> Component:
        shared = button("Share in channel", custom_id(name, *arguments), discord.ButtonStyle.primary)
        return built(ui.ActionRow(shared))[0]

    async def trend(
        self, insights: Insights, article: str, topic: str, period: Period, by: Literal["day", "week"]
    ) -> Report:
        """One topic over time. Raises :class:`DatabaseError`."""
        content = insights.content
        trend = await insights.trend(article, topic, period, by)
        found = content.find(article, topic)
        title, heading = wording.title_of(content, article, topic), wording.trend_heading(trend)
        lines = wording.trend_facts(trend)
        if found is not None:
            lines.append(f"The answer was last reviewed on {date_text(found.reviewed)}.")
        lines += wording.trend_lines(trend)
        weeks = 0 if period.everything else period.weeks
        return Report(
            f"## {plain(title)}\n{heading}",
            ("\n".join(lines), small(wording.COUNTED)),
            found.article.colour if found else BLURPLE,
            await self._drawn(wording.trend_picture(content, trend)),
            "trend.png",
            _described(f"{title}. {heading}", lines),
            (self._share(SHARE_TREND, token(found), weeks, by, as_number(period.last)),) if found else (),
        )

    async def gaps(self, insights: Insights, period: Period) -> gap_figures.Gaps:
        """What is not covered, grouped. Raises :class:`DatabaseError`, and :class:`Refused` where it fails."""
        found = await gap_figures.fetch(insights, period)
        try:
            return await self.grouping.group(insights.content, period, found)
        except NotGrouped as error:
            raise Refused(NOT_GROUPED) from error

    def gaps_report(self, content: Content, found: gap_figures.Gaps, order: str = "most") -> Report:
        """The list of gaps and corrections; ``order`` is "newest" or "most"."""
        words = Wording(content, plain)
        heading = wording.gaps_heading(found)
        gaps = list(found.gaps)
        gaps.sort(key=lambda gap: -gap.times if order == "most" else -gap.newest.week.toordinal())
        lines = []
        for gap in gaps[:GAPS_SHOWN]:
            quoted = plain(shortened(gap.newest.words, QUOTED))
            lines.append(f"“{quoted}”\n{small(words.gap(gap))}")
        if len(gaps) > GAPS_SHOWN:
            lines.append(small(f"{len(gaps) - GAPS_SHOWN:,} more groups are in the menu, up to {SELECT_OPTIONS}."))
        below = ["\n".join([*lines, small(GAPS_WORDS)])]
        if found.corrections:
            room = ROOM - len(below[0]) - len(heading) - 100 - len(CORRECTED_WORDS)
            corrected = map(words.correction, found.corrections[:10])
            below.append(f"### Was shown this, wanted that\n{fitting(corrected, room)}\n{small(CORRECTED_WORDS)}")
        return Report(
            f"## {wording.GAPS_TITLE}\n{heading}",
            tuple(below),
            content.articles[0].colour,
            rows=tuple(self._gap_rows(gaps, order)),
        )

    @staticmethod
    def _gap_rows(gaps: Sequence[gap_figures.Gap], order: str) -> list[Component]:
        if not gaps:
            return []
        press_id = custom_id(CHOOSE_GAP, order)
        menu: ui.Select[Any] = ui.Select(custom_id=press_id, placeholder="Choose a group: what would help")
        for gap in gaps[:SELECT_OPTIONS]:
            words = shortened(gap.newest.words, OPTION_TEXT)
            menu.add_option(label=words, value=str(gap.newest.id), description=times(gap.times))
        other, label = ("most", "Most asked first") if order == "newest" else ("newest", "Newest first")
        return built(ui.ActionRow(menu), ui.ActionRow(button(label, custom_id(SORT_GAPS, other))))

    async def gap_report(self, content: Content, gap: gap_figures.Gap) -> Report:
        """One group: how it was asked, and what would make it match. Raises :class:`Refused` where it fails."""
        words = Wording(content, plain)
        try:
            remedy = await self.grouping.remedy(content, gap)
        except NotGrouped as error:
            raise Refused(NOT_GROUPED) from error
        wordings = [
            f"- {plain(shortened(asked, 300))}" + (f" ({times(count)})" if count > 1 else "")
            for asked, count in gap.wordings
        ]
        if len(wordings) > WORDINGS_SHOWN:
            wordings[WORDINGS_SHOWN:] = [f"- … and {len(wordings) - WORDINGS_SHOWN:,} more ways"]
        near = f"Nearest: {words.title(*gap.nearest)}." if gap.nearest else "Nothing in the article is near."
        above = f"## Asked {times(gap.times)}\n{near}\n{fitting(wordings, 2_600)}"
        if remedy is None:
            below = f"{wording.NOTHING_SHARED}; this may want a topic of its own."
        else:
            below = (
                f"### For {plain(remedy.topic.title)}\n```yaml\n{remedy.yaml.replace('`', '')}\n```\n"
                f"{wording.tried(remedy, gap)} Does the answer say something to them? If not, this wants a topic of "
                f"its own."
            )
        return Report(above, (below,), content.articles[0].colour)

    async def helped(self, insights: Insights, period: Period) -> Report:
        """What helped, what to review, and where members went on to. Raises :class:`DatabaseError`."""
        words = Wording(insights.content, plain)
        colour = insights.content.articles[0].colour
        figures = await insights.helped(period)
        if not figures.topics:
            return Report(f"## {wording.HELPED_TITLE}\n{period}: nobody asked anything.", (), colour)
        parts = [fitting(map(words.helped, figures.topics), 1_700), small(HELPED_WORDS)]
        if figures.review:
            reasons = small("Asked often × reviewed long ago × little help")
            parts.append("\n".join(["### Review first", reasons, *map(words.review, figures.review[:5])]))
        if figures.flows:
            parts.append("### Where members went on to\n" + fitting(map(words.flow, figures.flows[:8]), 600))
        return Report(f"## {wording.HELPED_TITLE}\n{period}", tuple(parts), colour)

    async def digest(self, insights: Insights, last_day: int, *, late: str | None = None) -> Report:
        """The week up to the Sunday ``last_day`` (YYYYMMDD). Raises :class:`DatabaseError`."""
        content = insights.content
        words = Wording(content, plain)
        digest = await insights.digest(as_date(last_day))
        rows = wording.put_together(digest.top.rows, words.names("topic"))
        title, heading = wording.DIGEST_TITLE, wording.top_heading(digest.top)
        lines = wording.top_lines(rows)
        return Report(
            f"## {title}\n{heading}",
            (fitting(lines, 1_600), *words.digest(digest), small(wording.COUNTED), small(late) if late else ""),
            content.articles[0].colour,
            await self._drawn(wording.top_picture(content, digest.top, rows, title) if rows else None),
            "week.png",
            _described(f"{title}. {heading}", lines),
        )

    async def export(self, insights: Insights, period: Period, told_as: Callable[[int], int | None]) -> bytes:
        """The ZIP; ``told_as`` as in :meth:`Insights.tables`. Raises :class:`DatabaseError`."""
        tables = await insights.tables(period, told_as=told_as)
        guilds = [str(guild) for guild in insights.guilds]
        about = {"guilds": guilds, "first": str(period.first), "last": str(period.last)}
        return await asyncio.to_thread(as_zip, tables, about=about)


def export_card(period: Period, file_name: str) -> Card:
    """The message that carries an export."""
    says = (
        f"## Export\n{period}. Each week's asks by topic, and by day, channel and way of asking where five members "
        f"asked, five times or more; what else may be told of a topic's week; questions without an answer. As CSV and "
        f"as one JSON. Nothing in it tells who asked."
    )
    attached: ui.File[Any] = ui.File(f"attachment://{file_name}")
    return Card(built(ui.Container(ui.TextDisplay(says), attached)))
