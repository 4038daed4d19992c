"""What may be told of each week: decided once, when the week is over, and kept for ever.

All figures of members' asks are sums of these numbers and of nothing else. So no two figures, however they are
subtracted from one another and whenever they were looked at, tell more than one of these numbers does:

- How often each topic was asked in a whole guild is always told.
- Whatever is finer is told from five asks by five different members on (:func:`few`), and only if what is left of its
  whole is none, or also five by five (:func:`told_apart`): that can be had by subtracting.
- Members who asked to be forgotten, and rows that lost their key, are nobody. Moderators' asks are not counted.

A row that is written after its week was decided is in no figure, and one that is taken back after it stays in.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final, Literal, NamedTuple, TypeVar

from lantern.store.database import Database, Transaction
from lantern.store.guilds import Guilds
from lantern.store.rows import as_parameter, insert
from lantern.store.times import DAY, as_date, as_number, milliseconds

log = logging.getLogger(__name__)

Kind = Literal[
    # Of all topics.
    "week",  # asks; there is one of each week that was decided
    "channel",  # asks in one, by its id; threads with theirs
    "source",  # asks by one way, see :data:`PRESSED`
    "members",  # how many different ones asked, rounded down to fives; its part says in how many weeks
    # Of one topic.
    "topic",  # asks
    "day",  # asks on one, YYYYMMDD
    "shared",  # asks whose answer all could see
    "again",  # asks by members who had asked the same within a day
    "related",  # asks that went on from another topic, by its key
    "helpful",  # members who said so, in this week and in those before of which it is not told, four at most
    "not_it",  # answers of which members said that it was not what they asked
    "wanted",  # the same, by `article/topic` of what they chose then
    "linked",  # answers that moderators or Lantern put under messages
]

FEW: Final = 5
"""So many asks, and so many different members: with fewer, one of them could be recognised."""
KEYS_KEPT: Final = timedelta(days=35)
"""How long a row certainly has its member's key."""
WEEK: Final = timedelta(days=7)
DAYS_BEFORE: Final = timedelta(days=3)
"""What a member does in a week is about asks of 24 hours before at most. In another time zone, from which a guild's
clock was moved since, that was three days before the first of the week at most."""
GATHERED: Final = 4
"""Over how many weeks is gathered what five members seldom do in one."""
SPANS: Final = (1, GATHERED)
"""Over how many weeks different members are counted: a number of them cannot be summed up from weeks."""
TYPED: Final = ("slash", "ask")
PRESSED: Final = "pressed"
"""All that was pressed or chosen (the list of topics, related questions, **Read**) is told as one way of asking: what
was never linked cannot have been read, and that is known, so that with each way by itself there is much to subtract."""
Part = TypeVar("Part", bound=Hashable)
Each = TypeVar("Each")
Topic = tuple[str, str]
"""The command of an article and the key of one of its topics."""
Flow = tuple[Topic, str]
"""A topic, and the key of the one from which members went on to it."""


class Total(NamedTuple):
    """One number that may be told of one week. ``week`` is its Monday, YYYYMMDD."""

    guild_id: int
    kind: Kind
    week: int
    article: str
    topic: str
    part: str
    number: int


class Asked(NamedTuple):
    """A member's ask, as far as it is counted. ``asked_at`` is UTC in milliseconds, ``channel_id`` is no thread."""

    asked_at: int
    day: int
    article: str
    topic: str
    source: str
    from_topic: str | None
    public: int
    channel_id: int
    member_key: int | None


class Week(NamedTuple):
    """All that is decided upon. ``asked`` also has some days before, for what was asked again."""

    guild_id: int
    monday: date
    topics: Mapping[Topic, int]
    asked: Sequence[Asked]
    linked: Sequence[Topic]
    helpful: Mapping[Topic, Sequence[int | None]]
    """Keys of those who pressed since that was last told of the topic, in four weeks at most."""
    asked_since: Mapping[Topic, int]
    """How often the topic was asked in those weeks."""
    not_it: Mapping[Topic, Sequence[str]]
    """What was wanted instead, `article/topic`; empty where nothing was."""
    by_four: int
    """How many answers to ``/ask`` four members can have got that were said to be wrong in this week."""
    members: Mapping[tuple[str, str, int], int]
    """Different members by article, topic (both empty for all) and over how many weeks, as far as keys reach."""


KEEP_TOTALS = insert("weekly_totals", Total)

GUILDS_ASKED = """
    WITH RECURSIVE each_guild (guild_id) AS (
        SELECT min(guild_id) FROM daily_topics
     UNION ALL
        SELECT (SELECT min(guild_id) FROM daily_topics WHERE daily_topics.guild_id > each_guild.guild_id)
          FROM each_guild
         WHERE guild_id IS NOT NULL
    )
    SELECT guild_id FROM each_guild WHERE guild_id IS NOT NULL
     UNION
    SELECT coalesce(guild_id, 0) FROM misses
  ORDER BY guild_id
"""

FIRST_DAY = """
    SELECT min(day)
      FROM (SELECT day FROM daily_topics WHERE guild_id = :guild
             UNION ALL
            SELECT day FROM misses WHERE coalesce(guild_id, 0) = :guild) AS days
"""

LAST_WEEK = "SELECT max(week) FROM weekly_totals WHERE guild_id = :guild AND kind = 'week'"

TOPICS = """
    SELECT article, topic, CAST(sum(asks - by_moderators) AS BIGINT) AS asks
      FROM daily_topics
     WHERE guild_id = :guild AND day BETWEEN :first AND :last
  GROUP BY article, topic
    HAVING CAST(sum(asks - by_moderators) AS BIGINT) > 0
"""

# The weeks before, of which is known how often a topic was asked, and when it was last told that it helped.
WEEKS_BEFORE = """
    SELECT kind, week, article, topic, number
      FROM weekly_totals
     WHERE guild_id = :guild AND kind IN ('helpful', 'topic') AND week BETWEEN :earliest AND :last
  ORDER BY kind, week
"""

# Moderators' as well: who is one can have been none when they pressed.
ASKS_IN_WORDS = """
    SELECT coalesce(CAST(sum(asks) AS BIGINT), 0) AS asks
      FROM daily_topics
     WHERE guild_id = :guild AND day BETWEEN :before AND :last AND source = 'ask'
"""

LINKED = """
    SELECT article, topic
      FROM links
     WHERE guild_id = :guild AND linked_at >= :begins AND linked_at < :ends
"""


def _in_guild(guild_id: int) -> str:
    # No comparison that both databases know finds NULL as well.
    return "guild_id = :guild" if guild_id else "guild_id IS NULL"


def _asked_of(guild_id: int) -> str:
    return f"""
    SELECT asked_at, day, article, topic, source, from_topic, public, coalesce(parent_id, channel_id, 0) AS channel_id,
           member_key
      FROM questions
     WHERE {_in_guild(guild_id)} AND day BETWEEN :before AND :last AND by_moderator = 0
  ORDER BY asked_at
"""  # noqa: S608 - one of two constants


def _askers_of(guild_id: int) -> str:
    return f"""
    SELECT count(*) AS asks
      FROM questions
     WHERE {_in_guild(guild_id)} AND day BETWEEN :before AND :last AND source = 'ask' AND member_key IS NOT NULL
  GROUP BY member_key
"""  # noqa: S608


def _members_of(guild_id: int, *, by_topic: bool = False) -> str:
    return f"""
    SELECT {"article, topic" if by_topic else "'' AS article, '' AS topic"}, count(DISTINCT member_key) AS members
      FROM questions
     WHERE {_in_guild(guild_id)} AND day BETWEEN :first AND :last AND by_moderator = 0
  {"GROUP BY article, topic" if by_topic else ""}
"""  # noqa: S608


def _helpful_of(guild_id: int) -> str:
    return f"""
    SELECT helped_at, article, topic, member_key
      FROM helpful
     WHERE {_in_guild(guild_id)} AND helped_at >= :since AND helped_at < :ends
"""  # noqa: S608


def _not_it_of(guild_id: int) -> str:
    # Of an answer under a thread's title it is not known who said so, nor of how many threads.
    return f"""
    SELECT article, topic, wanted_article, wanted_topic
      FROM corrections
     WHERE {_in_guild(guild_id)} AND day BETWEEN :first AND :last AND came_from = 'ask'
"""  # noqa: S608


# ---------------------------------------------------------------------- the rule


def few(asked: Sequence[Asked]) -> bool:
    """Whether these are too few to be told: fewer than five, or by fewer than five different members."""
    return len(asked) < FEW or len({ask.member_key for ask in asked} - {None}) < FEW


def told_apart(
    parts: Mapping[Part, Sequence[Each]], are_few: Callable[[Sequence[Each]], bool]
) -> dict[Part, Sequence[Each]]:
    """The parts of a whole that may be told beside it: none of them few, nor what is left when they are subtracted.

    What is left is none, or several parts together, of which the smallest that could be told is one where the others
    would be few.
    """
    told = {part: each for part, each in parts.items() if not are_few(each)}
    left = [one for part, each in parts.items() if part not in told for one in each]
    if told and left and are_few(left):
        del told[min(told, key=lambda part: (len(told[part]), str(part)))]
    return told


def _way(ask: Asked) -> str:
    """The way of asking by which an ask is told."""
    return ask.source if ask.source in TYPED else PRESSED


def _flow(ask: Asked) -> Flow | None:
    return ((ask.article, ask.topic), ask.from_topic) if ask.source == "related" and ask.from_topic else None


def _flows_told(wholes: Iterable[Sequence[Asked]]) -> dict[Flow, list[Asked]]:
    """How often members went on from one topic to another, as far as it is none of the few in any of these wholes, nor
    what is left of one when all flows in it are subtracted. Each flow is in at least one of them, and whole.
    """
    each_whole = [_grouped(whole, _flow) for whole in wholes]
    told = {flow: asks for flows in each_whole for flow, asks in flows.items() if flow is not None and not few(asks)}
    for flows in each_whole:
        within = [flow for flow in flows if flow in told]
        left = [ask for flow, asks in flows.items() if flow not in told for ask in asks]
        if within and left and few(left):
            del told[min(within, key=lambda flow: (len(told[flow]), flow))]
    return told


def _grouped(each: Iterable[Each], key: Callable[[Each], Part]) -> dict[Part, list[Each]]:
    groups: dict[Part, list[Each]] = defaultdict(list)
    for one in each:
        groups[key(one)].append(one)
    return groups


def _asked_again(asked: Sequence[Asked]) -> set[Asked]:
    """Those of these, in the order of time, which the same member had asked within a day before."""
    last: dict[tuple[int, Topic], int] = {}
    again = set()
    for ask in asked:
        if ask.member_key is not None:
            same = ask.member_key, (ask.article, ask.topic)
            if 0 < ask.asked_at - last.get(same, 0) <= DAY:
                again.add(ask)
            last[same] = ask.asked_at
    return again


def totals(week: Week) -> list[Total]:
    """All that may be told of a week but its row 'week'. Takes some milliseconds for ten thousand asks."""
    monday = as_number(week.monday)
    found: list[Total] = []

    def tell(kind: Kind, number: int, topic: Topic = ("", ""), part: object = "") -> None:
        found.append(Total(week.guild_id, kind, monday, *topic, str(part), number))

    again = _asked_again(week.asked)
    asked = [ask for ask in week.asked if ask.day >= monday]
    by_topic = _grouped(asked, lambda ask: (ask.article, ask.topic))
    if {topic: len(those) for topic, those in by_topic.items()} != week.topics:
        # Some rows had their time before this was decided: what is left of a whole is not known.
        asked, by_topic = [], {}

    for (article, topic, weeks), number in week.members.items():
        tell("members", number - number % FEW, (article, topic), weeks)
    for channel, those in told_apart(_grouped(asked, lambda ask: ask.channel_id), few).items():
        tell("channel", len(those), part=channel)
    sources = told_apart(_grouped(asked, _way), few)
    for source, those in sources.items():
        tell("source", len(those), part=source)
    for where, number in week.topics.items():
        tell("topic", number, where)
    for where, number in Counter(week.linked).items():
        tell("linked", number, where)
    for where, those in by_topic.items():
        for day, of_day in told_apart(_grouped(those, lambda ask: ask.day), few).items():
            tell("day", len(of_day), where, day)
        for public, shown in told_apart(_grouped(those, lambda ask: ask.public), few).items():
            if public:
                tell("shared", len(shown), where)
        for repeated, asks in told_apart(_grouped(those, lambda ask: ask in again), few).items():
            if repeated:
                tell("again", len(asks), where)
    # Where the pressed ones are not told by themselves, they are with others that are not.
    ways = {PRESSED} if PRESSED in sources else {*TYPED, PRESSED} - set(sources)
    for (where, origin), those in _flows_told(
        [*by_topic.values(), [ask for ask in asked if _way(ask) in ways]]
    ).items():
        tell("related", len(those), where, origin)
    for where, keys in week.helpful.items():
        if len(set(keys) - {None}) >= FEW and _leaves_none_or_five(week.asked_since.get(where, 0), len(keys)):
            tell("helpful", len(keys), where)
    # These presses have no member. Of one ask a topic is said to be wrong once, so that more presses than four members
    # can have made are of five at least.
    by_four = max(FEW - 1, week.by_four)
    for where, wanted in week.not_it.items():
        if len(wanted) > by_four and _leaves_none_or_five(week.topics.get(where, 0), len(wanted)):
            tell("not_it", len(wanted), where)
            for instead, said in told_apart(_grouped(wanted, str), lambda each: len(each) <= by_four).items():
                tell("wanted", len(said), where, instead)
    return found


def asked_by_four(asks: int, by_member: Sequence[int]) -> int:
    """How many of ``asks`` four members can have asked: those of the four who asked most, and all of nobody's.

    ``by_member`` are the asks of which it is known that they are of the same member, one number for each.
    """
    return sum(sorted(by_member)[-FEW + 1 :]) + max(0, asks - sum(by_member))


def _leaves_none_or_five(whole: int, part: int) -> bool:
    return not 0 < whole - part < FEW


# ---------------------------------------------------------------------- deciding


def last_sunday(today: date) -> date:
    """The last day of the last week that is over."""
    return today - timedelta(days=today.isoweekday())


def monday_of(day: date) -> date:
    """The first day of a day's week."""
    return day - timedelta(days=day.weekday())


class WeeklyTotals:
    """Decides what may be told, for all guilds. Made by `lantern.runtime.services`."""

    def __init__(self, database: Database, guilds: Guilds) -> None:
        self._database = database
        self._guilds = guilds
        self._decided: dict[int, date] = {}
        """The Sunday up to which a guild's weeks certainly are decided, so that the database is not asked again."""

    async def decide_due(self, now: datetime) -> None:
        """Decide all weeks that are over and were not decided yet. Called every five minutes, and begun again at will.

        One process does it at a time. Raises :class:`DatabaseError`; what was decided until then stays so.
        """
        async with self._database.lock("weekly totals") as mine:
            if not mine:
                return
            for (guild_id,) in await self._database.fetch(GUILDS_ASKED):
                zone = self._guilds.of(guild_id).zone
                sunday = last_sunday(now.astimezone(zone).date())
                if self._decided.get(guild_id) != sunday:
                    await self._decide(guild_id, sunday, zone, now.astimezone(zone).date())
                    self._decided[guild_id] = sunday

    async def _decide(self, guild_id: int, sunday: date, zone: tzinfo, today: date) -> None:
        """All weeks of one guild up to ``sunday`` that are not decided."""
        ((last,),) = await self._database.fetch(LAST_WEEK, {"guild": guild_id})
        if last is None:
            ((first,),) = await self._database.fetch(FIRST_DAY, {"guild": guild_id})
            monday = monday_of(as_date(first)) if first is not None else sunday + timedelta(days=1)
        else:
            monday = as_date(last) + WEEK
        while monday < sunday:
            async with self._database.transaction() as transaction:
                await self._decide_week(transaction, guild_id, monday, zone, today)
            monday += WEEK

    @staticmethod
    async def _decide_week(transaction: Transaction, guild_id: int, monday: date, zone: tzinfo, today: date) -> None:
        def moment(day: date) -> int:
            return milliseconds(datetime.combine(day, time(), zone))

        these = {
            "guild": guild_id,
            "earliest": as_number(monday - (GATHERED - 1) * WEEK),
            "before": as_number(monday - DAYS_BEFORE),
            "first": as_number(monday),
            "last": as_number(monday + WEEK - timedelta(days=1)),
            "since": moment(monday - (GATHERED - 1) * WEEK),
            "begins": moment(monday),
            "ends": moment(monday + WEEK),
        }
        topics = {(article, topic): asks for article, topic, asks in await transaction.fetch(TOPICS, these)}
        week = Total(guild_id, "week", as_number(monday), "", "", "", sum(topics.values()))
        # First of all, so that of two processes that were told to do this at once the second finds it done.
        if not await transaction.execute(KEEP_TOTALS, as_parameter([week])):
            return
        members = {}
        for weeks in SPANS:
            since = monday - (weeks - 1) * WEEK
            if today - since <= KEYS_KEPT:
                for query in (_members_of(guild_id), _members_of(guild_id, by_topic=True)):
                    for article, topic, number in await transaction.fetch(query, these | {"first": as_number(since)}):
                        members[article, topic, weeks] = number
        asked = await transaction.fetch(_asked_of(guild_id), these)
        ((in_words,),) = await transaction.fetch(ASKS_IN_WORDS, these)
        by_four = asked_by_four(in_words, [row[0] for row in await transaction.fetch(_askers_of(guild_id), these)])
        linked = [(article, topic) for article, topic in await transaction.fetch(LINKED, these)]
        not_it: dict[Topic, list[str]] = defaultdict(list)
        for article, topic, *wanted in await transaction.fetch(_not_it_of(guild_id), these):
            not_it[article, topic].append("/".join(wanted) if wanted[1] else "")
        last_told: dict[Topic, int] = {}
        asked_since = Counter(topics)
        for kind, earlier, article, topic, number in await transaction.fetch(WEEKS_BEFORE, these):
            if kind == "helpful":
                last_told[article, topic] = earlier
            elif earlier > last_told.get((article, topic), 0):
                asked_since[article, topic] += number
        helpful: dict[Topic, list[int | None]] = defaultdict(list)
        for at, article, topic, key in await transaction.fetch(_helpful_of(guild_id), these):
            in_week = as_number(monday_of(datetime.fromtimestamp(at / 1000, zone).date()))
            if in_week > last_told.get((article, topic), 0):
                helpful[article, topic].append(key)

        def decided() -> dict[str, str]:
            rows = list(map(Asked._make, asked))
            found = Week(guild_id, monday, topics, rows, linked, helpful, asked_since, not_it, by_four, members)
            return as_parameter(totals(found))

        await transaction.execute(KEEP_TOTALS, await asyncio.to_thread(decided))
