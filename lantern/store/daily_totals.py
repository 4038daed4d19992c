"""How often each topic was asked a day: two tables of totals that are kept for ever.

They follow an ask, its taking back and its sharing, and are written in the same transaction as the questions that they
count; forgetting a member and retention do not touch them.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from lantern.store.engine import Transaction
from lantern.store.rows import as_parameter, changed, delete, insert

COUNTED = (
    # 0 stands for no guild, and for a channel that is not known.
    "coalesce(guild_id, 0) AS guild_id",
    "day",
    "coalesce(channel_id, 0) AS channel_id",
    "article",
    "topic",
    "source",
    "by_moderator",
    "public",
)
"""What a statement that changes questions gives back of them, so that they are counted."""

TOPIC_KEY = ("guild_id", "day", "article", "topic", "source")
CHANNEL_KEY = ("guild_id", "day", "channel_id")
NUMBERS = ("asks", "by_moderators", "shares")


def _add(table: str, key: tuple[str, ...]) -> str:
    sums = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in NUMBERS)
    return insert(table, (*key, *NUMBERS), on_conflict=f"({', '.join(key)}) DO UPDATE SET {sums}")


def _change(table: str, key: tuple[str, ...]) -> str:
    return changed(table, ", ".join(f"{name} = {table}.{name} + given.{name}" for name in NUMBERS), NUMBERS, by=key)


ADD_TO_TOPICS, ADD_TO_CHANNELS = _add("daily_topics", TOPIC_KEY), _add("daily_channels", CHANNEL_KEY)
CHANGE_TOPICS, CHANGE_CHANNELS = _change("daily_topics", TOPIC_KEY), _change("daily_channels", CHANNEL_KEY)

# A total that has come to nothing goes: its day and channel would otherwise tell that somebody asked and took it back.
EMPTY_TOPICS = delete("daily_topics", by=TOPIC_KEY) + " AND asks = 0"
EMPTY_CHANNELS = delete("daily_channels", by=CHANNEL_KEY) + " AND asks = 0"


async def add(transaction: Transaction, questions: Sequence[Any]) -> None:
    """Count questions that were just added; the rows that such a statement gave (:data:`COUNTED`)."""
    asked = [(1, question["by_moderator"], question["public"]) for question in questions]
    await _count(transaction, questions, asked, ADD_TO_TOPICS, ADD_TO_CHANNELS)


async def share(transaction: Transaction, questions: Sequence[Any]) -> None:
    """Count that the answers to these questions were shared."""
    await _count(transaction, questions, [(0, 0, 1)] * len(questions), CHANGE_TOPICS, CHANGE_CHANNELS)


async def take_back(transaction: Transaction, questions: Sequence[Any]) -> None:
    """Count no more what was just deleted."""
    taken = [(-1, -question["by_moderator"], -question["public"]) for question in questions]
    await _count(transaction, questions, taken, CHANGE_TOPICS, CHANGE_CHANNELS)
    await _count(transaction, questions, taken, EMPTY_TOPICS, EMPTY_CHANNELS)


async def _count(
    transaction: Transaction,
    questions: Sequence[Any],
    numbers: Sequence[tuple[int, int, int]],
    of_topics: str,
    of_channels: str,
) -> None:
    """Run both statements, each with one row a key: one row may be changed once in a statement."""
    for statement, key in ((of_topics, TOPIC_KEY), (of_channels, CHANNEL_KEY)):
        sums: dict[tuple[Any, ...], list[int]] = {}
        for place, each in zip(map(itemgetter(*key), questions), numbers, strict=True):
            total = sums.setdefault(place, [0, 0, 0])
            for at, number in enumerate(each):
                total[at] += number
        if sums:
            # In one order in every process, so that no two wait for each other's rows.
            rows = [dict(zip((*key, *NUMBERS), (*place, *sums[place]), strict=True)) for place in sorted(sums)]
            await transaction.execute(statement, as_parameter(rows))
