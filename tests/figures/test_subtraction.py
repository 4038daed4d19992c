"""Nothing that any figure tells, and nothing that is had by subtracting figures, is of fewer than five members."""

from __future__ import annotations

import asyncio
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

import bot as program
from lantern.figures.insights import OTHERS, By, Insights, Period
from lantern.store import weekly_totals
from lantern.store.times import as_number, milliseconds
from lantern.store.weekly_totals import PRESSED, Asked, Topic, Total, Week, told_apart, totals
from tests.support.asks import GUILD, NOON, TODAY, Ask, Log
from tests.support.rows import IN_A_FILE
from tests.support.subtraction import Field, found_out

MONDAY = date(2025, 12, 22)
TOPICS = ("runner", "chaser", "hope", "union")
SOURCES = ("slash", "slash", "ask", "ask", "topics", "related", "read")
RELATED = {"runner": ("chaser", "hope"), "chaser": ("runner",), "hope": ("union", "runner"), "union": ()}
"""Which answers lead on to which, as everybody can see."""


def random_week(seed: int, *, members: int = 20) -> list[Asked]:
    """A week of a server of twenty: some topics and channels are liked, some hardly asked for."""
    dice = random.Random(seed)
    asks = []

    def a_topic() -> str:
        return TOPICS[int(len(TOPICS) * dice.random() ** 2)]

    def a_channel() -> int:
        return 50 + int(4 * dice.random() ** 2)

    links = [(a_topic(), a_channel()) for _ in range(seed % 4)]
    for _ in range(dice.randrange(5, 300)):
        day, hour = int(7 * dice.random() ** 2), dice.random()
        moment = datetime.combine(MONDAY + timedelta(days=day), time()) + timedelta(days=hour)
        source, origin, topic, channel = dice.choice(SOURCES), None, a_topic(), a_channel()
        if source == "read":
            topic, channel = dice.choice(links) if links else (topic, channel)
            source = source if links else "topics"
        elif source == "related":
            origin = dice.choice(TOPICS[:3])
            topic = dice.choice(RELATED[origin])
        ask = Asked(
            asked_at=milliseconds(moment.astimezone(NOON.tzinfo)),
            day=as_number(MONDAY + timedelta(days=day)),
            article="twinflame",
            topic=topic,
            source=source,
            from_topic=origin,
            public=int(dice.random() < 0.3),
            channel_id=channel,
            member_key=dice.choice([None, *range(members)]) if seed % 3 else dice.randrange(members),
        )
        asks.append(ask)
    asks.sort(key=lambda ask: ask.asked_at)
    return asks


def topics_of(asks: Sequence[Asked]) -> dict[Topic, int]:
    counted: dict[Topic, int] = defaultdict(int)
    for ask in asks:
        counted[ask.article, ask.topic] += 1
    return dict(counted)


def week_of(asks: Sequence[Asked], **more: Any) -> Week:
    values = {"linked": [], "helpful": {}, "asked_since": {}, "not_it": {}, "by_four": 0, "members": {}, **more}
    return Week(GUILD, MONDAY, topics_of(asks), asks, **values)


def column_of(kind: str, ask: Asked, again: set[Asked]) -> str:
    """In which column of a table an ask stands, of those that this kind of number tells of."""
    way = f"{ask.source} {ask.from_topic or ''}".strip()
    read = " read" if ask.source == "read" else ""
    columns = {
        "channel": f"{ask.channel_id}{read}",
        "source": way,
        "read": way,
        "related": way,
        "day": str(ask.day),
        "shared": f"{ask.public}{read}",
        "again": str(ask in again),
    }
    return columns[kind]


TABLES = (("channel",), ("source", "read", "related"), ("day",), ("shared",), ("again",))
"""Kinds of numbers that are about the same columns."""


def fields_of(total: Total, columns: Sequence[str]) -> list[Field]:
    """What a number is the sum of."""
    part = {"read": "read", "related": f"related {total.part}", "shared": "1", "again": "True"}.get(
        total.kind, total.part
    )
    ways = ("topics", "related", "read") if part == PRESSED else (part,)
    several = total.kind in ("channel", "source", "shared")
    like = [column for column in columns if column == part or (several and column.split()[0] in ways)]
    return [(topic, column) for topic in TOPICS if total.topic in ("", topic) for column in like]


def known_to_be_nought(columns: Sequence[str], asks: Sequence[Asked]) -> list[list[Field]]:
    """Fields of which everybody knows that nothing is in them: what no link stands for in that channel, or at all, has
    no reads, and from an answer one goes on only to those that stand under it.
    """
    links = {(ask.topic, str(ask.channel_id)) for ask in asks if ask.source == "read"}
    found: list[list[Field]] = []
    for topic in TOPICS:
        for column in columns:
            of, _, more = column.partition(" ")
            if of == "related":
                possible = topic in RELATED[more]
            elif column.endswith("read"):
                possible = any(topic == there and of in (where, "0", "1", "read") for there, where in links)
            else:
                possible = True
            if not possible:
                found.append([(topic, column)])
    return found


def attacked(told: Sequence[Total], asks: Sequence[Asked]) -> list[object]:
    """What follows of a few from all that is told of a week; how often each topic was asked is always known."""
    again = weekly_totals._asked_again(asks)
    found: list[object] = []
    for kinds in TABLES:
        table: dict[Field, list[int | None]] = defaultdict(list)
        for ask in asks:
            table[ask.topic, column_of(kinds[0], ask, again)].append(ask.member_key)
        columns = sorted({column for _, column in table})
        known = [fields_of(total, columns) for total in told if total.kind in kinds]
        for total, fields in zip((each for each in told if each.kind in kinds), known, strict=True):
            assert total.number == sum(len(table[field]) for field in fields), total
        known += [[(topic, column) for column in columns] for topic in TOPICS]
        known += known_to_be_nought(columns, asks)
        found += [(kinds[0], *fields) for fields in found_out(known, table, TOPICS, columns)]
    return found


KINDS = ("channel", "source", "day", "shared", "again", "related")


@pytest.mark.parametrize("seeds", [range(at, at + 50) for at in range(0, 200, 50)], ids=str)
def test_whatever_is_subtracted_from_what_is_told_of_a_week_no_few_are_left(seeds: range) -> None:
    kinds = set()
    for seed in seeds:
        asks = random_week(seed)
        told = totals(week_of(asks))

        assert attacked(told, asks) == [], f"seed {seed}"
        kinds |= {total.kind for total in told}
    assert kinds - {"topic"} == set(KINDS), "so much is told that there is something to attack"


def told_without_a_thought(asks: Sequence[Asked], kind: Any, least: int) -> list[Total]:
    """Each number by itself, if it is of so many asks by so many members; as they were all told before, from one on."""
    counted: dict[tuple[str, str], list[int | None]] = defaultdict(list)
    again = weekly_totals._asked_again(asks)
    for ask in asks:
        topic = "" if kind in ("channel", "source") else ask.topic
        part = {"read": "", "shared": "", "again": "", "source": ask.source, "related": ask.from_topic or ""}
        right = {"read": ask.source == "read", "related": ask.source == "related"}
        right |= {"shared": bool(ask.public), "again": ask in again}
        if right.get(kind, True):
            counted[topic, part.get(kind, column_of(kind, ask, again).removesuffix(" read"))].append(ask.member_key)
    return [
        Total(GUILD, kind, as_number(MONDAY), "twinflame" if topic else "", topic, part, len(keys))
        for (topic, part), keys in counted.items()
        if len(keys) >= least and len({*keys} - {None}) >= least
    ]


BY_ITSELF = [((kind,), 0) for kind in (*KINDS, "read")] + [
    ((kind,), 5) for kind in ("channel", "source", "day", "shared")
]


@pytest.mark.parametrize(("kinds", "least"), [*BY_ITSELF, (("source", "read", "related"), 5)])
def test_the_attack_finds_what_is_told_without_a_thought(kinds: tuple[str, ...], least: int) -> None:
    """As all of it was told before; and by a rule that looks at each number alone, and forgets subtracting."""
    weeks = map(random_week, range(200))

    assert any(
        attacked([total for kind in kinds for total in told_without_a_thought(asks, kind, least)], asks)
        for asks in weeks
    )


def test_the_attack_finds_what_follows_where_each_way_is_told_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was never linked was not read, and what stands under no answer was not gone on to: everybody knows that."""
    monkeypatch.setattr(weekly_totals, "_way", lambda ask: ask.source)

    assert any(attacked(totals(week_of(asks)), asks) for asks in map(random_week, range(200)))


def test_a_smaller_part_is_told_with_the_others_where_they_could_be_had_by_subtracting() -> None:
    def parts(**members: int) -> dict[str, list[int]]:
        return {name: list(range(many)) for name, many in members.items()}

    def told(parts: dict[str, list[int]]) -> list[str]:
        return sorted(told_apart(parts, lambda keys: len(keys) < 5))

    assert told(parts(a=9, b=6)) == ["a", "b"], "nothing is left"
    assert told(parts(a=9, b=6, c=1)) == ["a"], "the one that is left would follow"
    assert told(parts(a=9, b=6, c=4, d=1)) == ["a", "b"], "five are left"
    assert told(parts(a=9, b=1)) == []
    assert told(parts(a=4)) == told({}) == []


# ---------------------------------------------------------------------- every view is a sum of what is told


def months_in_a_server_of_twenty(seed: int = 1) -> list[Ask]:
    """Asks up to New Year's Day and the two weeks after it, some in threads, some by a moderator."""
    dice = random.Random(seed)
    return [
        Ask(
            TOPICS[int(len(TOPICS) * dice.random() ** 2)],
            dice.uniform(-14, 60),
            dice.randrange(20),
            source := dice.choice(SOURCES),
            moderator=dice.random() < 0.1,
            shared=dice.random() < 0.4,
            channel=dice.choice([50, 50, 50, 51, 52, 999]),
            origin="runner" if source == "related" else None,
        )
        for _ in range(2_000)
    ]


async def everything_told(log: Log) -> list[Total]:
    rows = await log.database.fetch("SELECT * FROM weekly_totals ORDER BY kind, week, article, topic, part")
    return [Total(**row) for row in rows]


BYS: tuple[By, ...] = ("topic", "article", "channel", "source")


async def looked_at(insights: Insights, told: Sequence[Total], *, last: date | None = None) -> None:
    """Hold each figure that there is against sums of what is told, and of nothing else."""

    def summed(period: Period, *kinds: str, **like: str) -> int:
        return sum(
            total.number
            for total in told
            if total.kind in kinds
            and as_number(period.first) <= total.week <= as_number(period.last)
            and all(getattr(total, name) == value for name, value in like.items())
        )

    for weeks in (1, 2, 4, 13, None):
        period = await insights.period(weeks, last)
        assert period is not None
        assert period.first.weekday() == 0
        assert period.last.weekday() == 6
        before = period.before
        for by in BYS:
            top = await insights.top(by, period)
            assert top.total == summed(period, "topic")
            assert top.total_before == (None if weeks is None else summed(before, "topic"))
            assert top.members.number is None or top.members.number % 5 == 0
            for row in top.rows:
                if by in ("topic", "article"):
                    like = dict(zip(("article", "topic"), row.key, strict=False))
                    assert (row.now, row.shares) == (summed(period, "topic", **like), summed(period, "shared", **like))
                    assert row.before is None or row.before == summed(before, "topic", **like)
                    assert row.links == summed(period, "linked", **like)
                elif row.key == (OTHERS,):
                    assert row.now == summed(period, "topic") - summed(period, by)
                else:
                    assert row.now == summed(period, by, part=row.key[0])
                    assert row.before is row.links is None
        for topic in TOPICS:
            for step in ("week", "day"):
                trend = await insights.trend("twinflame", topic, period, step)
                assert trend.total == summed(period, "topic", topic=topic)
                for column, asked in zip(trend.columns, trend.asks, strict=True):
                    if step == "week":
                        assert asked == summed(Period(column, column), "topic", topic=topic)
                    else:
                        assert (asked or 0) == summed(period, "day", topic=topic, part=str(as_number(column)))
        helped = await insights.helped(period)
        for each in helped.topics:
            kinds = {"topic": each.asks, "helpful": each.helpful, "not_it": each.not_asked, "linked": each.links}
            for kind, number in {**kinds, "again": each.again}.items():
                assert number == summed(period, kind, topic=each.topic)
        for flow in helped.flows:
            assert flow.times == summed(period, "related", topic=flow.topic, part=flow.origin)
        tables = await insights.tables(period)
        exported = {
            name: sum(row["asks"] for row in tables[name]) for name in ("topics", "channels", "sources", "days")
        }
        assert exported == {
            **dict.fromkeys(("topics", "channels", "sources"), summed(period, "topic")),
            "days": summed(period, "day"),
        }
        assert sum(row["number"] for row in tables["details"]) == summed(
            period, "shared", "again", "related", "helpful", "not_it", "wanted", "linked"
        )
        digest = await insights.digest(period.last)
        assert digest.top.total == summed(Period.until(period.last, 1), "topic")


async def test_each_figure_is_a_sum_of_what_is_told_whenever_one_looks(log: Log) -> None:
    asks = months_in_a_server_of_twenty()
    for day in range(-60, 15):
        await log.ask(*(ask for ask in asks if day - 1 < -ask.ago <= day))
        if day < -7:
            continue
        today = TODAY + timedelta(days=day)
        before = {total[:-1]: total.number for total in await everything_told(log)}
        insights = await log.insights(today=today)
        told = await everything_told(log)

        assert before.items() <= {total[:-1]: total.number for total in told}.items(), "what was told stays"
        assert max(total.week for total in told) == as_number(today - timedelta(days=today.weekday() + 7))
        if today.weekday() in (0, 3):
            await looked_at(insights, told)
    assert {total.kind for total in told} >= {*KINDS, "members"} - {"again", "related"}
    # Shared figures are of the weeks that were shown then.
    await looked_at(await log.insights(today=today), told, last=TODAY - timedelta(days=4))


@IN_A_FILE
async def test_the_command_line_tells_the_same(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    await log.ask(*months_in_a_server_of_twenty())
    await log.decide(NOON)
    told = await everything_told(log)
    assert isinstance(log.database.where, Path)

    async def shown(*arguments: str) -> dict[str, Any]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LANTERN_DATABASE", str(log.database.where))
            assert await asyncio.to_thread(program.main, ["insights", *arguments, "--json"]) == 0
        return dict(json.loads(capsys.readouterr().out))

    for by in ("topic", "channel", "source"):
        rows = (await shown("top", "--by", by, "--weeks", "all"))[by]
        numbers = {row.get(by, "") for row in rows}
        assert len(numbers) == len(rows)
        assert sum(row["asks"] for row in rows) == sum(each.number for each in told if each.kind == "topic")
    days = (await shown("trend", "--topic", "twinflame/runner", "--by", "day", "--weeks", "all"))["by day"]
    assert sorted(row["asks"] for row in days if row["asks"]) == sorted(
        each.number for each in told if each.kind == "day" and each.topic == "runner"
    )
