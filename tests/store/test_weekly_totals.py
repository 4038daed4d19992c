"""What may be told of a week is decided once: when it is over, by one process, also after a long pause."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lantern.store import members as stored
from lantern.store.database import Database, DatabaseError
from lantern.store.guilds import Guilds
from lantern.store.member_keys import MemberKeys
from lantern.store.questions import add_questions, take_back_answers
from lantern.store.times import as_number, local_day, milliseconds
from lantern.store.weekly_totals import WeeklyTotals, last_sunday, monday_of
from tests.support.reliability import tried
from tests.support.rows import found, opened, question

WEDNESDAY = datetime(2026, 1, 7, 12, tzinfo=UTC)
"""Of the week that begins on 5 Jan 2026; the one before has New Year's Day."""
TOLD = "SELECT kind, week, topic, part, number FROM weekly_totals ORDER BY kind, week, topic, part"
WEEK = timedelta(days=7)


async def ask(database: Database, moment: datetime, topic: str, members: range, **changes: Any) -> None:
    """A question of each of these members."""
    ((number,),) = await database.fetch("SELECT coalesce(max(interaction_id), 0) FROM questions")
    rows = []
    for at, member in enumerate(members, number + 1):
        row = question(
            at, topic=topic, asked_at=milliseconds(moment), day=local_day(moment), member_key=member, message_id=at
        )
        rows.append(row._replace(**changes))
    await database.change(add_questions, rows)


async def told(database: Database) -> list[tuple[Any, ...]]:
    return await found(database, TOLD)


def deciding(database: Database) -> WeeklyTotals:
    return WeeklyTotals(database, Guilds(database))


def test_weeks_are_from_monday_to_sunday() -> None:
    days = [date(2026, 1, 5) + timedelta(days=at) for at in range(7)]
    assert {monday_of(day) for day in days} == {date(2026, 1, 5)}
    assert {last_sunday(day) for day in days} == {date(2026, 1, 4)}


async def test_a_week_is_decided_when_it_is_over_and_not_before(where: Path | str) -> None:
    async with opened(where) as database:
        await ask(database, WEDNESDAY, "runner", range(6))
        for moment in (WEDNESDAY, datetime(2026, 1, 11, 23, 59, tzinfo=UTC)):
            await deciding(database).decide_due(moment)
            assert await told(database) == []

        await deciding(database).decide_due(datetime(2026, 1, 12, tzinfo=UTC))

        assert await told(database) == [
            ("channel", 20260105, "", "2", 6),
            ("day", 20260105, "runner", "20260107", 6),
            ("members", 20260105, "", "1", 5),
            ("members", 20260105, "", "4", 5),
            ("members", 20260105, "runner", "1", 5),
            ("members", 20260105, "runner", "4", 5),
            ("source", 20260105, "", "slash", 6),
            ("topic", 20260105, "runner", "", 6),
            ("week", 20260105, "", "", 6),
        ]


async def test_what_was_decided_stays_whatever_is_taken_back_or_forgotten(where: Path | str) -> None:
    async with opened(where) as database:
        await ask(database, WEDNESDAY, "runner", range(6))
        await deciding(database).decide_due(WEDNESDAY + WEEK)
        before = await told(database)

        await database.change(take_back_answers, [{"message_id": 1, "public_message_id": 1}])
        await stored.Members(database, MemberKeys(database)).forget(2, at=milliseconds(WEDNESDAY + WEEK))
        await ask(database, WEDNESDAY, "hope", range(9))
        for _ in range(2):
            await deciding(database).decide_due(WEDNESDAY + WEEK)

        assert await told(database) == before


async def test_weeks_without_a_question_are_decided_as_well(where: Path | str) -> None:
    async with opened(where) as database:
        await ask(database, WEDNESDAY, "runner", range(1))
        await ask(database, WEDNESDAY + 3 * WEEK, "runner", range(1))

        await deciding(database).decide_due(WEDNESDAY + 5 * WEEK)

        weeks = "SELECT week, number FROM weekly_totals WHERE kind = 'week' ORDER BY week"
        assert [number for _, number in await found(database, weeks)] == [1, 0, 0, 1, 0]


@pytest.mark.parametrize(("weeks_off", "channels"), [(3, 1), (8, 0)])
async def test_after_a_long_pause_all_weeks_are_decided_while_rows_have_their_keys(
    where: Path | str, weeks_off: int, channels: int
) -> None:
    async with opened(where) as database:
        await ask(database, WEDNESDAY, "runner", range(6))
        later = WEDNESDAY + weeks_off * WEEK
        # As retention does it: rows of that age have lost the key.
        await database.execute(
            "UPDATE questions SET member_key = NULL WHERE asked_at < :before",
            {"before": milliseconds(later - timedelta(days=35))},
        )

        await deciding(database).decide_due(later)

        counted = await found(database, "SELECT count(*) FROM weekly_totals WHERE kind = 'week'")
        assert counted == [(weeks_off,)]
        assert len(await found(database, "SELECT 1 FROM weekly_totals WHERE kind = 'channel'")) == channels
        assert await found(database, "SELECT number FROM weekly_totals WHERE kind = 'topic'") == [(6,)]


async def test_of_weeks_whose_rows_had_their_time_in_part_nothing_finer_is_told(where: Path | str) -> None:
    async with opened(where) as database:
        await ask(database, WEDNESDAY, "runner", range(8))
        await database.execute("DELETE FROM questions WHERE member_key = 3")

        await deciding(database).decide_due(WEDNESDAY + WEEK)

        finer = "SELECT kind FROM weekly_totals WHERE kind NOT IN ('members', 'topic', 'week')"
        assert await found(database, finer) == []
        assert await found(database, "SELECT number FROM weekly_totals WHERE kind = 'topic'") == [(8,)]


async def test_two_that_decide_at_once_decide_once(where: Path | str) -> None:
    """As two processes would whose lock was lost: nothing of the second is added to what the first decided."""
    async with opened(where) as database:
        await ask(database, WEDNESDAY, "runner", range(6))
        await asyncio.gather(*(deciding(database).decide_due(WEDNESDAY + WEEK) for _ in range(3)))
        before = await told(database)
    assert len(before) == 9
    tried(
        "Database",
        "several processes decide the same week's figures at once",
        saw="(no member in this test: the rows alone)",
        lost="nothing: decided once, by the first",
    )


async def test_a_decision_that_is_cut_off_leaves_nothing_and_is_made_by_the_next_run(
    where: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(where) as database:
        await ask(database, WEDNESDAY, "runner", range(6))

        def cut_off(_: object) -> None:
            raise DatabaseError("gone")

        with monkeypatch.context() as broken:
            broken.setattr("lantern.store.weekly_totals.totals", cut_off)
            with pytest.raises(DatabaseError):
                await deciding(database).decide_due(WEDNESDAY + WEEK)
        assert await told(database) == []

        await deciding(database).decide_due(WEDNESDAY + WEEK)
        assert len(await told(database)) == 9
    tried(
        "Database",
        "the deciding of a week's figures is cut off in the middle",
        saw="(no member in this test: the rows alone)",
        lost="nothing: no half of it is kept, and the next run decides it",
    )


async def test_questions_outside_guilds_are_decided_by_the_clock_of_utc(where: Path | str) -> None:
    async with opened(where) as database:
        await ask(database, WEDNESDAY, "runner", range(6), guild_id=None, channel_id=None)
        await deciding(database).decide_due(WEDNESDAY + WEEK)

        rows = await found(database, "SELECT kind, part, number FROM weekly_totals WHERE guild_id = 0")
        assert ("channel", "0", 6) in rows
        assert ("topic", "", 6) in rows


async def test_moderators_are_in_no_number(where: Path | str) -> None:
    async with opened(where) as database:
        await ask(database, WEDNESDAY, "runner", range(6))
        await ask(database, WEDNESDAY, "hope", range(9), by_moderator=True, channel_id=77, source="ask")
        await deciding(database).decide_due(WEDNESDAY + WEEK)
        assert len(await told(database)) == 9
        assert {row[2] for row in await told(database)} == {"", "runner"}
        assert as_number(date(2026, 1, 5)) == 20260105
