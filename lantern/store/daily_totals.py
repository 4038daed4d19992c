"""How often each topic was asked a day: two tables of totals that are kept for ever.

They follow an ask, its taking back and its sharing, and are written in the same transaction as the questions that they
count; forgetting a member and retention do not touch them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lantern.store.engine import Transaction
from lantern.store.rows import as_parameter, changed, delete, insert

COUNTED = ("interaction_id", "guild_id", "day", "channel_id", "article", "topic", "source", "by_moderator", "public")
"""The columns of a question by which it is counted, with the one that tells it from others."""

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


async def add(transaction: Transaction, questions: Iterable[Mapping[str, Any]]) -> None:
    """Count questions that were just added, given with the columns :data:`COUNTED`."""
    for statement, rows in _totals(questions, _asked, (ADD_TO_TOPICS, ADD_TO_CHANNELS)):
        await transaction.execute(statement, rows)


async def share(transaction: Transaction, questions: Iterable[Mapping[str, Any]]) -> None:
    """Count that the answers to these questions were shared."""
    for statement, rows in _totals(questions, _shared, (CHANGE_TOPICS, CHANGE_CHANNELS)):
        await transaction.execute(statement, rows)


async def take_back(transaction: Transaction, questions: Iterable[Mapping[str, Any]]) -> None:
    """Count no more what was just deleted."""
    taken = list(questions)
    for statement, rows in _totals(taken, _taken_back, (CHANGE_TOPICS, CHANGE_CHANNELS)):
        await transaction.execute(statement, rows)
    for statement, rows in _totals(taken, _taken_back, (EMPTY_TOPICS, EMPTY_CHANNELS)):
        await transaction.execute(statement, rows)


def _asked(question: Mapping[str, Any]) -> tuple[int, int, int]:
    return 1, question["by_moderator"], question["public"]


def _shared(_question: Mapping[str, Any]) -> tuple[int, int, int]:
    return 0, 0, 1


def _taken_back(question: Mapping[str, Any]) -> tuple[int, int, int]:
    return -1, -question["by_moderator"], -question["public"]


def _totals(
    questions: Iterable[Mapping[str, Any]],
    numbers_of: Callable[[Mapping[str, Any]], tuple[int, int, int]],
    statements: tuple[str, str],
) -> Iterable[tuple[str, dict[str, str]]]:
    """The two statements, each with one row a key: one row may be changed once in a statement."""
    for statement, key in zip(statements, (TOPIC_KEY, CHANNEL_KEY), strict=True):
        sums: dict[tuple[Any, ...], Counter[str]] = {}
        for question in questions:
            values = tuple(
                question[name] or 0 if name in ("guild_id", "channel_id") else question[name] for name in key
            )
            total = sums.setdefault(values, Counter())
            for name, number in zip(NUMBERS, numbers_of(question), strict=True):
                total[name] += number
        if sums:
            # In one order in every process, so that no two wait for each other's rows.
            rows = [dict(zip(key, values, strict=True)) | dict(sums[values]) for values in sorted(sums)]
            yield statement, as_parameter(rows)
