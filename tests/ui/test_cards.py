"""What Discord would refuse of an article is told by its place in the file."""

from __future__ import annotations

from dataclasses import replace

from lantern.content.models import Content
from lantern.ui import cards


def test_a_topic_whose_button_discord_would_refuse_is_told_and_the_others_are_measured(content: Content) -> None:
    article = content.articles[0]
    first, second, *_ = article.topics
    article = replace(article, topics=(replace(first, answer="x" * 4_000), replace(second, key="k" * 100), first))

    told = list(cards.misfits(article))

    assert [place for place, _ in told] == [("topics", 0, "answer"), ("topics", 1, "key")]
    assert told[1][1].startswith("Discord would refuse a button of this topic: ")
