"""What Discord would refuse of an article is told by its place in the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from discord import ui

from lantern.content.models import Content
from lantern.ui import cards


def test_a_topic_whose_button_discord_would_refuse_is_told_and_the_others_are_measured(content: Content) -> None:
    article = content.articles[0]
    first, second, *_ = article.topics
    article = replace(article, topics=(replace(first, answer="x" * 4_000), replace(second, key="k" * 100), first))

    told = list(cards.misfits(article))

    assert [place for place, _ in told] == [("topics", 0, "answer"), ("topics", 1, "key")]
    assert told[1][1].startswith("Discord would refuse a button of this topic: ")


def text(length: int) -> cards.Component:
    return cards.text_line("x" * length)


def buttons(number: int) -> list[cards.Component]:
    """So many rows of five, each six components."""
    return cards.built(*cards.rows([cards.button("label", f"press:{at}") for at in range(5 * number)]))


@pytest.mark.parametrize(
    ("card", "fields"),
    [
        ([text(1)] * 4 + buttons(4), []),
        ([text(1)] * 5 + buttons(4), ["related"]),
        ([text(2_000), text(2_000)], []),
        ([text(2_000), text(2_001)], ["answer"]),
        ([{"type": 2, "custom_id": "x" * 100}], []),
        ([{"type": 2, "custom_id": "x" * 101}], ["key"]),
        ([text(4_001), *[text(0)] * 40, {"type": 2, "custom_id": "x" * 101}], ["related", "answer", "key"]),
    ],
)
def test_what_is_too_much_for_discord_is_told_by_the_field_that_makes_it_so(
    card: Sequence[cards.Component], fields: list[str]
) -> None:
    # Below a card come up to twelve components more; Discord takes forty, and 4,000 characters.
    assert [field for field, _ in cards.excess(card)] == fields


def test_by_how_much_an_answer_is_too_long_is_told() -> None:
    ((_, message),) = cards.excess([text(4_017)])

    assert "has 4017 characters" in message
    assert message.endswith("by 17.")


def with_command_of(content: Content, length: int) -> Content:
    """The article with questions so long that its command has this many characters."""
    article = content.articles[0]
    first = article.topics[0]
    more = length - cards.command_length(article)
    longer = replace(first, question=first.question + "x" * more)
    return replace(content, articles=(replace(article, topics=(longer, *article.topics[1:])),))


def test_a_command_has_its_names_questions_and_choices_and_no_more_than_discord_takes(content: Content) -> None:
    fits, long = (with_command_of(content, length).articles[0] for length in (8_000, 8_001))

    # Of each topic: its key, its question, and the option that says who sees the answer, with two choices' values.
    option = len("show") + len("Who sees the answer") + 2 * len("only me" + "everyone")
    expected = len("twinflame" + "Twin flames") + sum(
        len(topic.key + topic.question) + option for topic in content.articles[0].topics
    )
    assert cards.command_length(content.articles[0]) == expected
    assert not [place for place, _ in cards.misfits(fits) if place == ("topics",)]
    ((_, message),) = [told for told in cards.misfits(long) if told[0] == ("topics",)]
    assert "by 1, " in message


def test_what_is_no_article_is_not_measured(content: Content) -> None:
    assert list(cards.misfits(content.care)) == []


def test_the_parts_of_a_message_are_walked_with_what_stands_beside_them() -> None:
    section = {"type": 9, "components": [text(1)], "accessory": {"type": 2, "custom_id": "press:1:2"}}

    assert [part["type"] for part in cards.walk([section])] == [9, 10, 2]
    assert list(cards.presses_in([section])) == [[""], [""], ["press", "1", "2"]]


def test_what_is_dropped_leaves_no_empty_row_and_no_line_at_the_end() -> None:
    container = ui.Container[ui.LayoutView](
        ui.TextDisplay("above"),
        ui.Separator(),
        ui.ActionRow(cards.button("a", "a:1"), cards.button("b", "b:1")),
        ui.Separator(),
        ui.ActionRow(cards.button("c", "c:1")),
    )

    def kinds(*dropped: str) -> list[int]:
        left = cards.without(cards.built(container), lambda press_id: press_id[:1] in dropped and press_id != "")
        return [part["type"] for part in cards.walk(left)]

    assert kinds() == [17, 10, 14, 1, 2, 2, 14, 1, 2]
    assert kinds("b") == [17, 10, 14, 1, 2, 14, 1, 2]
    assert kinds("c") == [17, 10, 14, 1, 2, 2]
    assert kinds("a", "b", "c") == [17, 10]


def test_the_row_below_an_answer_has_share_and_the_way_to_the_library(content: Content) -> None:
    topic = content.articles[0].topics[0]
    made = cards.Cards(content)

    def row(**given: object) -> list[str]:
        parts = cards.walk(made.answer(topic, **given).components[1:])  # type: ignore[arg-type]
        return [part["label"] for part in parts if part["type"] == 2]

    assert row(shareable=False) == []
    assert row(shareable=True) == ["Post here"]
    assert row(shareable=True, post_url="https://discord.com/x") == ["Post here", "Open in the library"]
    assert row(shareable=False, post_url="https://discord.com/x") == ["Open in the library"]
    above = made.answer(topic, shareable=False, above="first").components
    assert [part["type"] for part in above] == [10, 17]


@pytest.mark.parametrize(("articles", "menus"), [(4, 4), (5, 1), (25, 1), (26, 2), (51, 3)])
def test_of_more_than_four_articles_one_is_chosen_first(content: Content, articles: int, menus: int) -> None:
    made = [replace(content.articles[0], command=f"a{number}") for number in range(articles)]

    selects = [part for part in cards.walk(cards.topics_menu(made)) if part["type"] == 3]

    assert len(selects) == menus
    values = [option["value"] for select in selects for option in select["options"]]
    if articles > 4:
        assert values == [article.command for article in made]
        assert [select["custom_id"] for select in selects] == [f"article:{number}" for number in range(menus)]
    else:
        assert values == [topic.key for topic in content.articles[0].topics] * articles


def test_a_topics_card_says_whose_view_it_is_then_the_answer_a_note_apart_and_buttons(content: Content) -> None:
    article = content.articles[0]
    topic = next(topic for topic in article.topics if topic.note and topic.related)
    (plain,) = replace(article, topics=(replace(topic, note=None, related=()),)).topics

    def body(topic: object, **more: object) -> tuple[list[int], list[str]]:
        (container,) = cards.built(cards.topic_body(topic, **more))  # type: ignore[arg-type]
        assert container["accent_color"] == article.colour
        parts = container["components"]
        return [part["type"] for part in parts], [part["content"] for part in parts if part["type"] == 10]

    kinds, texts = body(plain)
    assert kinds == [10, 10]
    assert texts == [f"-# {article.view}", f"## {topic.title}\n{topic.answer}"]
    kinds, texts = body(topic)
    assert kinds == [10, 10, 14, 10, 14, 1]
    assert texts[2].startswith("-# A note")
    assert texts[2].endswith(f"\n{topic.note}")
    assert body(topic, related=[])[0] == [10, 10, 14, 10]
    assert body(plain, related=[cards.link_button("x", "https://discord.com")])[0] == [10, 10, 14, 1]
    kinds, texts = body(plain, below="the end")
    assert (kinds, texts[-1]) == ([10, 10, 10], "the end")


def test_a_card_is_sent_as_it_was_given_and_nothing_is_kept_for_it() -> None:
    given = [text(1)]
    card = cards.Card(given)

    assert (card.to_components(), card.has_components_v2(), card.is_finished()) == (given, True, True)
    assert card.timeout is None


def test_texts_are_a_line_a_part_and_small_ones_small_line_by_line() -> None:
    assert cards.text_of([text(1), cards.notice("b").components[0]]) == "x\nb"
    assert cards.small("a\nb") == "-# a\n-# b"
    assert cards.notice("b", 0x123456).components[0]["accent_color"] == 0x123456
    assert cards.moment(1_767_225_600_000, "R") == "<t:1767225600:R>"


def test_buttons_are_in_rows_of_five_with_labels_that_discord_takes() -> None:
    made = cards.rows([cards.button("x" * 81, f"a:{at}") for at in range(6)])

    assert [len(row.children) for row in made] == [5, 1]
    first = cards.built(made[0])[0]["components"][0]
    assert (first["label"], first["custom_id"], first["style"]) == ("x" * 79 + "…", "a:0", 2)
    link = cards.built(cards.link_button("y" * 81, "https://discord.com"))[0]
    assert (link["label"], link["url"], link["style"]) == ("y" * 79 + "…", "https://discord.com", 5)


def test_an_article_among_many_is_offered_with_its_view(content: Content) -> None:
    article = content.articles[0]
    made = [replace(article, command=f"a{number}", view="v" * 101, title="t" * 101) for number in range(5)]

    (select,) = [part for part in cards.walk(cards.topics_menu(made)) if part["type"] == 3]

    assert (select["options"][0]["label"], select["options"][0]["description"]) == ("t" * 99 + "…", "v" * 99 + "…")
    (shown,) = cards.topics_menu([article])
    assert shown["accent_color"] == article.colour
    assert cards.text_of([shown]) == f"## {article.title}\n-# {article.view}"
    (select,) = [part for part in cards.walk([shown]) if part["type"] == 3]
    options = [(each["label"], each["value"], each["description"]) for each in select["options"]]
    assert options == [(topic.question, topic.key, topic.title) for topic in article.topics]
    assert select["custom_id"] == f"topic:{article.command}"
