"""What is kept about a member, on a database by itself; what they see of it is tested with /privacy."""

from __future__ import annotations

import pytest

from lantern.store.database import Database
from lantern.store.member_keys import MemberKeys
from lantern.store.members import AskedQuestion, Kept, Members
from lantern.store.misses import Misses
from lantern.store.questions import Questions
from tests.support.rows import found, question

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
        "corrections": 0,
        "helpful": 0,
        "links": 0,
        "opt_outs": 0,
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
