"""How often each topic was asked a day: two tables of totals that are kept for ever.

They follow an ask, its taking back and its sharing, and are written in the same transaction as the questions that they
count; forgetting a member and retention do not touch them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from lantern.store.engine import Transaction
from lantern.store.rows import as_parameter, changed, delete, insert

COUNTED = {
    "guild_id": "coalesce(guild_id, 0)",  # 0 stands for no guild, and for a channel that is not known
    "day": "day",
    "channel_id": "coalesce(channel_id, 0)",
    "article": "article",
    "topic": "topic",
    "source": "source",
    "by_moderator": "by_moderator",
    "public": "public",
}
"""What a statement that changes questions gives back of them, so that they are counted, in this order."""

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
    await _count(transaction, questions, (1, 1, 1), ADD_TO_TOPICS, ADD_TO_CHANNELS)


async def share(transaction: Transaction, questions: Sequence[Any]) -> None:
    """Count that the answers to these questions were shared, which they are by now."""
    await _count(transaction, questions, (0, 0, 1), CHANGE_TOPICS, CHANGE_CHANNELS)


async def take_back(transaction: Transaction, questions: Sequence[Any]) -> None:
    """Count no more what was just deleted."""
    await _count(transaction, questions, (-1, -1, -1), CHANGE_TOPICS, CHANGE_CHANNELS)
    await _count(transaction, questions, (-1, -1, -1), EMPTY_TOPICS, EMPTY_CHANNELS)


async def _count(
    transaction: Transaction,
    questions: Sequence[Any],
    numbers: tuple[int, int, int],
    of_topics: str,
    of_channels: str,
) -> None:
    """Run both statements, each with one row a key: one row may be changed once in a statement.

    ``numbers``: what is added for a question, for one by a moderator, and for one whose answer is public.
    """
    # A flush has many questions of few keys, so they are counted by what is read of them before they are summed.
    rows = list(map(tuple, questions))
    for statement, key in ((of_topics, TOPIC_KEY), (of_channels, CHANNEL_KEY)):
        sums: dict[tuple[Any, ...], list[int]] = {}
        for (*place, by_moderator, public), times in Counter(map(_read(*key, "by_moderator", "public"), rows)).items():
            total = sums.setdefault(tuple(place), [0, 0, 0])
            for at, number in enumerate((1, by_moderator, public)):
                total[at] += number * numbers[at] * times
        if sums:
            # In one order in every process, so that no two wait for each other's rows.
            added = [dict(zip((*key, *NUMBERS), (*place, *sums[place]), strict=True)) for place in sorted(sums)]
            await transaction.execute(statement, as_parameter(added))


@cache
def _read(*names: str) -> itemgetter[Any]:
    """What reads these columns from a row of :data:`COUNTED`; by name, each row would be searched for each of them."""
    return itemgetter(*map(list(COUNTED).index, names))
