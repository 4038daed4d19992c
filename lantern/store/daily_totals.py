"""How often each topic was asked a day: a table of totals that is kept for ever.

It follows an ask, its taking back and its sharing, and is written in the same transaction as the questions that it
counts; forgetting a member and retention do not touch it. What of it may be told is decided in `weekly_totals.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from lantern.store.engine import Transaction
from lantern.store.rows import as_parameter, changed, delete, insert

COUNTED = {
    "guild_id": "coalesce(guild_id, 0)",  # 0 stands for no guild
    "day": "day",
    "article": "article",
    "topic": "topic",
    "source": "source",
    "by_moderator": "by_moderator",
    "public": "public",
}
"""What a statement that changes questions gives back of them, so that they are counted, in this order."""

KEY = ("guild_id", "day", "article", "topic", "source")
NUMBERS = ("asks", "by_moderators", "shares")

_SUMS = ", ".join(f"{name} = daily_topics.{name} + excluded.{name}" for name in NUMBERS)
ADD = insert("daily_topics", (*KEY, *NUMBERS), on_conflict=f"({', '.join(KEY)}) DO UPDATE SET {_SUMS}")

_CHANGES = ", ".join(f"{name} = daily_topics.{name} + given.{name}" for name in NUMBERS)
CHANGE = changed("daily_topics", _CHANGES, NUMBERS, by=KEY)

# A total that has come to nothing goes: its day would otherwise tell that somebody asked and took it back.
REMOVE_EMPTY = delete("daily_topics", by=KEY) + " AND asks = 0"


async def add(transaction: Transaction, questions: Sequence[Any]) -> None:
    """Count questions that were just added; the rows that such a statement gave (:data:`COUNTED`)."""
    await _count(transaction, questions, (1, 1, 1), ADD)


async def share(transaction: Transaction, questions: Sequence[Any]) -> None:
    """Count that the answers to these questions were shared, which they are by now."""
    await _count(transaction, questions, (0, 0, 1), CHANGE)


async def take_back(transaction: Transaction, questions: Sequence[Any]) -> None:
    """Count no more what was just deleted."""
    await _count(transaction, questions, (-1, -1, -1), CHANGE)
    await _count(transaction, questions, (-1, -1, -1), REMOVE_EMPTY)


async def _count(
    transaction: Transaction, questions: Sequence[Any], numbers: tuple[int, int, int], statement: str
) -> None:
    """Run a statement with one row a key: one row may be changed once in a statement.

    ``numbers``: what is added for a question, for one by a moderator, and for one whose answer is public.
    """
    # A flush has many questions of few keys, so they are counted by what is read of them before they are summed.
    sums: dict[tuple[Any, ...], list[int]] = {}
    for (*place, by_moderator, public), times in Counter(map(_read, map(tuple, questions))).items():
        total = sums.setdefault(tuple(place), [0, 0, 0])
        for at, number in enumerate((1, by_moderator, public)):
            total[at] += number * numbers[at] * times
    if sums:
        # In one order in every process, so that no two wait for each other's rows.
        added = [dict(zip((*KEY, *NUMBERS), (*place, *sums[place]), strict=True)) for place in sorted(sums)]
        await transaction.execute(statement, as_parameter(added))


_read = itemgetter(*map(list(COUNTED).index, (*KEY, "by_moderator", "public")))
"""What reads these columns from a row of :data:`COUNTED`; by name, each row would be searched for each of them."""
