"""Link cards: what they repeat of a message, and how long their custom ids are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lantern.answers import link_cards
from lantern.answers.link_cards import LINK, READ, Aim
from lantern.content.models import Content
from lantern.ui.cards import Card, walk
from lantern.ui.custom_ids import OutdatedPress, custom_id
from lantern.ui.safe_text import excerpt


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("plain", "plain"),
        ("a" * 100, "a" * 100),
        ("a" * 101, "a" * 100 + "…"),
        ("# big\n- list\n> quote", r"\# big - list > quote"),
        ("||hidden|| `code` [text](https://x.example)", r"\|\|hidden\|\| \`code\` \[text](https://x.example)"),
        ("turned \u202e round\u2066 \x00\x07", "turned round"),
        ("", ""),
    ],
)
def test_words_are_repeated_as_plain_text_on_one_line(words: str, shown: str) -> None:
    assert excerpt(words) == shown


def test_the_longest_names_fit_into_a_custom_id() -> None:
    longest = 2**64 - 1

    for name, *rest in ((LINK, longest, 3), (READ, 2**63 - 1), (LINK, longest, 1)):
        assert len(custom_id(name, "a" * 32, "b" * 32, *rest)) <= 100


# ---------------------------------------------------------------------- whom a card is for


@pytest.mark.parametrize(
    ("aim", "arguments", "mentions"),
    [
        (Aim(5, None, True), (5, 1), {"parse": [], "replied_user": True}),
        (Aim(5, None, False), (5, 0), {"parse": []}),
        (Aim(None, 7, True), (7, 3), {"parse": [], "users": [7]}),
        (Aim(None, 7, False), (7, 2), {"parse": []}),
        (Aim(None, None, False), (0, 2), {"parse": []}),
        (Aim(None, None, True), (0, 3), {"parse": []}),
    ],
)
def test_an_aim_travels_in_two_numbers_and_notifies_one_person_or_nobody(
    aim: Aim, arguments: tuple[int, int], mentions: dict[str, object]
) -> None:
    assert aim.arguments() == arguments
    assert Aim.of(*arguments) == aim
    assert aim.allowed_mentions().to_dict() == mentions


def test_a_reply_for_somebody_else_notifies_that_person_alone() -> None:
    mentions: object = Aim(5, 7, True).allowed_mentions().to_dict()
    assert mentions == {"parse": [], "users": [7]}
    with pytest.raises(OutdatedPress):
        Aim.of(5, 4)


# ---------------------------------------------------------------------- the moderator's menu


def shown(card: Card) -> tuple[list[int], list[str], list[str]]:
    """A menu's kinds of parts, its texts, and its buttons' labels."""
    (container,) = card.components
    parts = container["components"]
    labels = [part["label"] for part in walk(parts) if part["type"] == 2]
    return [part["type"] for part in parts], [part["content"] for part in parts if part["type"] == 10], labels


def test_a_menu_has_a_heading_what_is_here_already_three_suggestions_and_all_questions(content: Content) -> None:
    topics = content.articles[0].topics
    bare = shown(link_cards.topic_menu(content.articles, "heading", Aim(5, None, True)))
    full = shown(
        link_cards.topic_menu(content.articles, "heading", Aim(5), suggested=topics[:4], said=["- one", "- two"])
    )

    assert bare == (
        [10, 14, 10, 1, 1],
        ["heading", "Choose a question. The answer is posted right away."],
        ["Notify the author: on"],
    )
    assert full[0] == [10, 10, 14, 10, 1, 10, 1, 1]
    assert full[1][1] == "**Already answered here**\n- one\n- two"
    assert full[1][2].startswith("**These topics fit the words best**")
    assert full[2] == [*(topic.question for topic in topics[:3]), "Notify the author: off"]
    unsure = shown(link_cards.topic_menu(content.articles, "heading", Aim(5), suggested=topics[:1], sure=False))
    assert unsure[1][1].startswith("**No topic clearly fits the words.**")


@pytest.mark.parametrize(("articles", "menus"), [(4, ["lt"] * 4), (5, ["la"]), (26, ["la", "la"])])
def test_of_more_than_four_articles_a_moderator_chooses_one_first(
    content: Content, articles: int, menus: list[str]
) -> None:
    made = [replace(content.articles[0], command=f"a{number}", title="t" * 101) for number in range(articles)]

    card = link_cards.topic_menu(made, "heading", Aim(5, None, True))

    selects = [part for part in walk(card.components) if part["type"] == 3]
    assert [select["custom_id"].split(":")[0] for select in selects] == menus
    assert all(select["custom_id"].endswith(":5:1") for select in selects)
    if articles > 4:
        assert selects[0]["options"][0] == {"label": "t" * 99 + "…", "value": "a0", "default": False}
    else:
        assert selects[0]["placeholder"] == "t" * 99 + "…"


def test_the_questions_of_a_chosen_article_stand_below_the_choice_of_articles_once(content: Content) -> None:
    made = [replace(content.articles[0], command=f"a{number}") for number in range(30)]
    menu = link_cards.topic_menu(made, "heading", Aim(5))

    once = link_cards.with_topics_of(menu.components, made[3], Aim(5))
    twice = link_cards.with_topics_of(once.components, made[4], Aim(5))

    ids = [part["custom_id"] for part in walk(twice.components) if part.get("custom_id")]
    assert ids == ["la:0:5:0", "la:1:5:0", "lt:a4:5:0", "ln:5:0"]


def test_the_switch_changes_whom_every_button_of_a_menu_notifies(content: Content) -> None:
    topics = content.articles[0].topics
    menu = link_cards.topic_menu(content.articles, "heading", Aim(51, None, True), suggested=topics[:1])

    switched = link_cards.with_notify_switched(menu.components, Aim(51, None, True))

    ids = [part["custom_id"] for part in walk(switched.components) if part.get("custom_id")]
    assert len(ids) == 3
    assert all(each.endswith(":51:0") for each in ids)
    assert shown(switched)[2][-1] == "Notify the author: off"


def test_a_menu_that_is_shown_has_its_heading_in_its_last_container(content: Content) -> None:
    menu = link_cards.topic_menu(content.articles, "the heading", Aim(5))

    assert link_cards.heading_of([*link_cards.addressed(Aim(None, 7)), *menu.components]) == "the heading"
    with pytest.raises(OutdatedPress):
        link_cards.heading_of(link_cards.addressed(Aim(None, 7)))


def test_whose_message_it_is_and_how_it_begins() -> None:
    assert (
        link_cards.heading_for_message("<@7>", "https://x", "why\n*he*")
        == "<@7> wrote [this message](https://x):\n> why \\*he\\*"
    )
    assert link_cards.heading_for_message("<@7>", "https://x", " ").endswith(
        "posted [this message](https://x), without words."
    )


# ---------------------------------------------------------------------- what is posted


def test_a_link_card_names_whom_it_is_for_whose_view_it_is_and_who_linked_it(content: Content) -> None:
    topic = content.articles[0].topics[0]

    full = link_cards.link_card(topic, 9, Aim(None, 7), linked_by=8, library_url="https://discord.com/x", above="above")
    bare = link_cards.link_card(topic, 9, Aim(5), linked_by=None)

    assert [part["content"] for part in full.components[:2]] == ["For <@7>", "above"]
    assert full.components[2]["accent_color"] == topic.article.colour
    texts = [part["content"] for part in walk(full.components[2:]) if part["type"] == 10]
    assert texts == [f"-# {topic.article.view}", f"### {topic.title}\n{topic.summary}", "-# Posted by <@8>"]
    assert [part["label"] for part in walk(full.components) if part["type"] == 2] == ["Read", "Open in the library"]
    assert link_cards.linker_of(full.components) == 8
    assert link_cards.link_in(full.components) == (topic.article.command, topic.key)
    assert len(bare.components) == 1
    assert link_cards.linker_of(bare.components) is None
    assert link_cards.link_in(link_cards.posted_menu("url", 3, "seal", can_be_whole=True).components) is None


def test_what_a_menu_becomes_has_undo_and_the_whole_answer_while_there_is_more(content: Content) -> None:
    more = link_cards.posted_menu("https://x", 3, "seal", can_be_whole=True, remark="a remark")
    less = link_cards.posted_menu("https://x", 3, "seal", can_be_whole=False)

    assert shown(more)[1:] == (["**Posted:** https://x\na remark"], ["Undo", "Whole answer"])
    assert shown(less)[1:] == (["**Posted:** https://x"], ["Undo"])
    assert [part["custom_id"] for part in walk(more.components) if part["type"] == 2] == ["undo:3:seal", "whole:3:seal"]
