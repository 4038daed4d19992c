"""What is kept about a member, on a database by itself; what they see of it is tested with /privacy."""

from __future__ import annotations

import asyncio

import pytest

from lantern.store.database import Database, DatabaseError
from lantern.store.member_keys import MemberKeys
from lantern.store.members import AskedQuestion, Kept, Members
from lantern.store.misses import Misses
from lantern.store.questions import Questions
from tests.discord.state import PATIENCE
from tests.support.rows import found, question, rows_keep_coming

MEMBER, OTHER = 7, 8


@pytest.fixture
def members(database: Database, member_keys: MemberKeys) -> Members:
    return Members(database, member_keys)


async def test_what_is_kept_is_counted_and_the_latest_five_are_told(
    database: Database, questions: Questions, members: Members
) -> None:
    assert await members.kept(MEMBER) == Kept(0, 0, 0, None, ())
    for number in range(1, 8):
        questions.record(question(number, asked_at=number, member_key=MEMBER))
    questions.record(question(9, member_key=OTHER))
    Misses(database).helpful(at=5, guild_id=1, article="twinflame", topic="hope", member_key=MEMBER)
    await members.stop_counting(MEMBER, 100)

    kept = await members.kept(MEMBER)

    assert (kept.questions, kept.helpful, kept.links, kept.uncounted_since, kept.anything) == (7, 1, 0, 100, True)
    assert [each.asked_at for each in kept.latest] == [7, 6, 5, 4, 3]
    assert kept.latest[0] == AskedQuestion(7, 1, 2, "twinflame", "runner", "slash", False)


async def test_every_row_is_handed_over_by_name(questions: Questions, members: Members) -> None:
    questions.record(question(2**60, asked_at=0, member_key=MEMBER))
    questions.record(question(9, member_key=OTHER))

    rows = await members.rows(MEMBER)

    assert {table: len(found) for table, found in rows.items()} == {
        "questions": 1,
        "helpful": 0,
        "links": 0,
        "opt_outs": 0,
        "member_languages": 0,
        "forgotten": 0,
    }
    (row,) = rows["questions"]
    assert (row["asked_at"], row["interaction_id"]) == ("1970-01-01T00:00:00.000+00:00", str(2**60))


async def test_a_wish_outlasts_a_restart_and_another_file(
    database: Database, members: Members, member_keys: MemberKeys
) -> None:
    await members.stop_counting(MEMBER, 100)
    await members.stop_counting(MEMBER, 200)
    assert member_keys.is_uncounted(MEMBER)
    keys = MemberKeys(database)
    await Members(database, keys).open()
    assert keys.uncounted == {MEMBER}

    await database.execute("DELETE FROM opt_outs")
    await database.execute("INSERT INTO opt_outs (member_key, since) VALUES (8, 0)")
    await members.keep_wishes(300)

    assert member_keys.uncounted == {MEMBER, OTHER}
    assert await found(database, "SELECT * FROM opt_outs ORDER BY member_key") == [(MEMBER, 300), (OTHER, 0)]
    await members.count_again(MEMBER)
    assert not member_keys.is_uncounted(MEMBER)
    assert await found(database, "SELECT member_key FROM opt_outs") == [(OTHER,)]


@pytest.mark.parametrize(("number", "written"), [(2**53 - 1, 2**53 - 1), (2**53, str(2**53))])
async def test_numbers_that_json_readers_would_round_are_texts(
    questions: Questions, members: Members, number: int, written: object
) -> None:
    questions.record(question(number, asked_at=1_500, message_id=5, member_key=MEMBER))

    ((row,),) = [rows for rows in (await members.rows(MEMBER)).values() if rows]

    assert (row["interaction_id"], row["message_id"], row["asked_at"]) == (
        written,
        5,
        "1970-01-01T00:00:01.500+00:00",
    )
    assert (row["public_at"], row["topic"]) == (None, "runner")


async def test_since_when_a_member_is_not_counted_is_a_time(members: Members) -> None:
    await members.stop_counting(-MEMBER, 0)

    assert (await members.rows(-MEMBER))["opt_outs"] == [
        {"member_key": -MEMBER, "since": "1970-01-01T00:00:00.000+00:00"}
    ]


@pytest.mark.parametrize(
    ("counts", "anything"), [((0, 0, 0), False), ((1, 0, 0), True), ((0, 1, 0), True), ((0, 0, 1), True)]
)
def test_any_row_can_be_forgotten(counts: tuple[int, int, int], anything: bool) -> None:
    assert Kept(*counts, 100, ()).anything is anything
    assert Kept(*counts, 100, (), "es").anything


async def test_who_waits_for_rows_waits_for_those_that_were_queued_before(
    database: Database, questions: Questions, members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    over: list[bool] = []
    rows_keep_coming(database, monkeypatch, until=lambda: over)
    questions.record(question(1, member_key=MEMBER))

    async with asyncio.timeout(PATIENCE):
        assert (await members.kept(MEMBER)).questions == 1
        assert len((await members.rows(MEMBER))["questions"]) == 1
        await members.forget(MEMBER, 1_900_000_000_000)
        assert (await members.kept(MEMBER)).questions == 0
        await members.stop_counting(MEMBER, 1)

    assert database.waiting, "they still come"
    over.append(True)
    await database.flush()


async def test_a_failure_that_is_over_refuses_nobody_while_rows_keep_coming(
    database: Database, questions: Questions, members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise DatabaseError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(database, "_make", fail)
        questions.record(question(1, member_key=MEMBER))
        await database.flush()
    assert database.failure == "the disk is full"
    over: list[bool] = []
    rows_keep_coming(database, monkeypatch, until=lambda: over)

    async with asyncio.timeout(PATIENCE):
        await members.stop_counting(MEMBER, 1)

    assert database.failure is None
    assert database.waiting, "they still come"
    over.append(True)
    await database.flush()
