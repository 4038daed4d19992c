"""The question log: rows that nobody waits for, and that are not lost."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest

from lantern.store.database import Database
from lantern.store.member_keys import MemberKeys
from lantern.store.questions import Questions, StandingCard, add_questions
from tests.support.rows import IN_A_FILE, file_of, found, opened, question, writer
from tests.support.world import World, answer


async def test_a_thousand_questions_at_once_are_a_thousand_rows(world: World) -> None:
    topics = [topic.key for topic in world.content.topics()]

    async with world.all_at_once():
        for number in range(1_000):
            await world.maya.slash(world.general, f"twinflame {topics[number % len(topics)]}")

    rows = await world.rows()
    assert len(rows) == len({row["interaction_id"] for row in rows}) == 1_000
    assert world.services.database.waiting == 0


@IN_A_FILE
async def test_rows_that_come_within_a_moment_are_written_in_one_transaction(
    database: Database, questions: Questions
) -> None:
    statements: set[str] = set()  # SQLite names the same one again for each row's triggers
    await writer(database).set_trace_callback(statements.add)
    database.gathering = 0.01
    for number in range(50):
        questions.record(question(number))
    while database.waiting:
        await asyncio.sleep(0)  # lets the loop go on; the hundredth of a second passes by itself

    assert await found(database, "SELECT count(*) FROM questions") == [(50,)]
    assert sum("INSERT INTO questions" in statement for statement in statements) == 1


async def test_rows_that_come_after_others_were_written_do_not_wait_for_long_either(
    database: Database, questions: Questions
) -> None:
    database.gathering = 0.01
    for number in range(3):
        questions.record(question(number))
        while database.waiting:
            await asyncio.sleep(0)

    assert await found(database, "SELECT count(*) FROM questions") == [(3,)]


async def test_rows_that_wait_for_others_are_written_at_once_when_asked_and_when_closing(
    database: Database, questions: Questions
) -> None:
    database.gathering = 3600
    questions.record(question(1))
    assert database.waiting == 1
    await database.flush()
    assert await found(database, "SELECT count(*) FROM questions") == [(1,)]

    questions.record(question(2))
    # What a person waits for comes after what was queued before it.
    assert await database.execute("UPDATE questions SET locale = 'fr'") == 2

    questions.record(question(3))
    await database.close()
    await database.open()
    assert await found(database, "SELECT count(*) FROM questions") == [(3,)]


async def test_an_interaction_delivered_twice_is_one_row(database: Database, questions: Questions) -> None:
    questions.record(question(7))
    questions.record(question(7))
    questions.record(question(8))
    await database.flush()

    assert await found(database, "SELECT interaction_id FROM questions") == [(7,), (8,)]


async def test_snowflakes_and_keys_of_64_bits_come_back_whole(database: Database, questions: Questions) -> None:
    questions.record(question(2**63 - 1, asked_at=0, message_id=4, guild_id=2**62, member_key=-(2**63)))
    await database.flush()

    (row,) = await found(database, "SELECT interaction_id, guild_id, member_key, from_topic FROM questions")
    assert row == (2**63 - 1, 2**62, -(2**63), None)


@IN_A_FILE
async def test_closing_writes_what_waits(database: Database, questions: Questions) -> None:
    for number in range(1_200):
        questions.record(question(number))
    await database.close()

    with sqlite3.connect(file_of(database)) as connection:
        assert connection.execute("SELECT count(*) FROM questions").fetchone() == (1_200,)


async def test_a_row_that_the_schema_refuses_does_not_keep_the_others(database: Database, questions: Questions) -> None:
    questions.record(question(1))
    questions.record(question(2, topic=None))
    questions.record(question(3))
    await database.flush()

    assert await found(database, "SELECT interaction_id FROM questions") == [(1,), (3,)]


@pytest.mark.parametrize("where", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("away", "back"),
    [
        ("ALTER TABLE questions RENAME TO aside", "ALTER TABLE aside RENAME TO questions"),
        ("REVOKE INSERT ON questions FROM CURRENT_USER", "GRANT INSERT ON questions TO CURRENT_USER"),
    ],
)
async def test_rows_wait_for_what_somebody_may_put_right_on_a_server(
    database: Database, where: str, questions: Questions, away: str, back: str
) -> None:
    await database.execute(away)
    questions.record(question(1))
    await database.flush()
    assert database.waiting == 1

    async with opened(where) as administrators:
        await administrators.execute(back)
    await database.flush()

    assert not database.waiting
    assert await found(database, "SELECT interaction_id FROM questions") == [(1,)]


async def test_nothing_is_recorded_of_who_is_not_counted(
    database: Database, questions: Questions, member_keys: MemberKeys
) -> None:
    member_keys.uncounted.add(7)
    questions.record(question(1, member_key=7))
    questions.record(question(2, member_key=8))
    await database.flush()

    assert await found(database, "SELECT member_key FROM questions") == [(8,)]


async def test_a_public_answer_stands_since_it_was_asked_and_a_shared_one_since_then(
    database: Database, questions: Questions
) -> None:
    questions.record(question(1, asked_at=1_000, message_id=11, public=True))
    questions.record(question(2, asked_at=2_000, message_id=12))
    questions.mark_shared(12, public_message_id=13, at=3_000)
    questions.record(question(3, asked_at=4_000, message_id=14))
    await database.flush()

    assert await questions.standing_cards(1_001) == [StandingCard(3_000, 1, 2, 13, "twinflame", "runner", 7)]
    assert [card.message_id for card in await questions.standing_cards(1_000)] == [11, 13]
    assert await found(database, "SELECT shares FROM daily_topics") == [(2,)]


async def test_a_question_is_taken_back_by_its_answer_and_by_the_card_it_was_shared_as(
    database: Database, questions: Questions
) -> None:
    for number in (1, 2, 3):
        questions.record(question(number, message_id=number))
        questions.mark_shared(number, public_message_id=10 + number, at=0)
    questions.take_back(1)
    questions.take_back(12)
    await database.flush()

    assert await found(database, "SELECT message_id FROM questions") == [(3,)]
    assert await found(database, "SELECT asks, shares FROM daily_topics") == [(1, 1)]
    assert await questions.askers_of(3) == await questions.askers_of(13) == [7]
    assert await questions.askers_of(2) == []


async def test_who_asks_in_a_channel_is_looked_for_among_the_latest_questions(
    database: Database, questions: Questions
) -> None:
    assert not await questions.asked_in(5)
    questions.record(question(0, channel_id=5))
    for number in range(1, 2_000):
        questions.record(question(number))
    await database.flush()
    assert await questions.asked_in(5)

    questions.record(question(2_000))
    await database.flush()

    assert not await questions.asked_in(5)


async def test_a_lost_answer_is_not_recorded(world: World) -> None:
    world.env.inject_error("POST", "/interactions/*/callback", status=404, code=10062)
    await world.maya.slash(world.general, "twinflame runner")
    assert world.env.errors

    assert await world.rows() == []


@pytest.mark.in_a_file
async def test_answers_go_on_while_the_database_is_locked_and_the_rows_follow(world: World) -> None:
    await world.services.database.flush()
    locked = sqlite3.connect(world.services.settings.file, isolation_level=None)
    locked.execute("BEGIN EXCLUSIVE")
    await writer(world.services.database).execute_fetchall("PRAGMA busy_timeout = 0")
    for key in ("runner", "chaser", "hope"):
        assert answer(await world.maya.slash(world.general, f"twinflame {key}")).ephemeral
    # What the bot notes of its guilds may wait there too.
    assert world.services.database.waiting >= 3
    locked.execute("ROLLBACK")
    locked.close()

    await world.env.advance_time(5)

    assert [row["topic"] for row in await world.rows()] == ["runner", "chaser", "hope"]
    assert world.services.database.waiting == 0


async def test_who_is_not_counted_is_not_though_this_process_has_not_heard_of_it(database: Database) -> None:
    await database.execute("INSERT INTO opt_outs (member_key, since) VALUES (7, 100)")

    for number, at in ((1, 99), (2, 100), (3, 200)):
        database.write(add_questions, question(number, asked_at=at, member_key=7))
    database.write(add_questions, question(4, asked_at=200, member_key=8))
    await database.flush()

    assert await found(database, "SELECT interaction_id FROM questions ORDER BY 1") == [(1,), (4,)]
    assert await found(database, "SELECT asks FROM daily_topics") == [(2,)]
