"""Topics as they stand in custom ids."""

from __future__ import annotations

from lantern.content.models import Content
from lantern.ui.topic_tokens import TopicTokens, token, tokens


def test_a_token_stands_in_messages_for_years_and_names_one_topic(content: Content) -> None:
    runner = content.find("twinflame", "runner")
    assert runner is not None

    assert token(runner) == "d75rmgar"
    made = {token(topic) for topic in content.topics()}
    assert len(made) == sum(1 for _ in content.topics())
    assert {len(each) for each in made} == {8}


def test_five_topics_travel_in_their_order_and_those_that_are_gone_are_left_out(content: Content) -> None:
    topics = list(content.topics())
    known = TopicTokens(content)

    assert known.topics(tokens(topics)) == topics[:5]
    assert known.topics(tokens(reversed(topics[:3]))) == topics[2::-1]
    assert known.topics(f"{token(topics[3])}.abcdefgh.{token(topics[1])}") == [topics[3], topics[1]]
    assert known.topics(".".join(map(token, topics[:6]))) == topics[:5]
    assert known.topics("") == []
