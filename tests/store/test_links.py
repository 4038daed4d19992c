"""Links: what was pointed at, and what a channel was told already."""

from __future__ import annotations

import pytest

from lantern.store.database import Database
from lantern.store.links import Link, Links, Said
from lantern.store.questions import Questions, StandingCard
from tests.support.rows import found, question

LINK = Link(
    id=1,
    linked_at=100,
    guild_id=1,
    channel_id=2,
    message_id=11,
    article="twinflame",
    topic="runner",
    member_key=7,
    automatic=False,
    notify=True,
    whole=False,
)


@pytest.fixture
def links(database: Database) -> Links:
    return Links(database)


async def test_a_link_is_found_by_its_card_until_it_is_taken_back(database: Database, links: Links) -> None:
    links.record(LINK)
    links.record(LINK)
    links.record(LINK._replace(id=2, message_id=12))
    await database.flush()
    assert await links.of_card(11) == LINK

    links.take_back(11)
    await database.flush()

    assert await links.of_card(11) is None
    assert await found(database, "SELECT id FROM links") == [(2,)]


async def test_a_whole_answer_stands_since_it_was_made_whole(database: Database, links: Links) -> None:
    links.record(LINK)
    links.record(LINK._replace(id=2, message_id=12, whole=True, whole_at=100))
    links.made_whole(11, at=200)
    await database.flush()

    assert await links.of_card(11) == LINK._replace(whole=True, whole_at=200)
    assert await links.standing_wholes(101) == [StandingCard(200, 1, 2, 11, "twinflame", "runner", None)]
    assert [card.message_id for card in await links.standing_wholes(100)] == [12, 11]


async def test_a_channel_was_told_each_topic_the_latest_time(
    database: Database, links: Links, questions: Questions
) -> None:
    links.record(LINK)
    links.record(LINK._replace(id=2, message_id=12, topic="hope", linked_at=300, automatic=True))
    questions.record(question(1, asked_at=200, message_id=13, public=True))
    questions.record(question(2, asked_at=50, message_id=14, topic="chaser"))
    questions.mark_shared(14, public_message_id=15, at=400)
    questions.record(question(3, message_id=16, topic="union"))
    questions.record(question(4, message_id=17, topic="union", public=True, channel_id=3))
    await database.flush()

    told = [
        Said(400, "twinflame", "chaser", 15, "shared", 7),
        Said(300, "twinflame", "hope", 12, "automatic", 7),
        Said(200, "twinflame", "runner", 13, "asked", 7),
    ]
    assert await links.said_in(2, limit=10) == told
    assert await links.said_in(2, limit=2) == told[:2]
    questions.take_back(13)
    await database.flush()
    assert (await links.said_in(2, limit=10))[-1] == Said(100, "twinflame", "runner", 11, "linked", 7)


async def test_of_a_moderator_who_is_not_counted_the_card_is_kept_and_not_the_key(
    database: Database, links: Links
) -> None:
    await database.execute("INSERT INTO opt_outs (member_key, since) VALUES (7, 100)")

    links.record(LINK)
    links.record(LINK._replace(id=2, message_id=12, linked_at=99))
    await database.flush()

    assert await found(database, "SELECT id, member_key FROM links ORDER BY id") == [(LINK.id, None), (2, 7)]
