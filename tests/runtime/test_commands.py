"""What Discord is told of the commands: who has them, where they can be used, and what they take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.world import World

EVERYWHERE = ([0, 1], [0, 1, 2])
"""Installed in servers and by members; in servers, direct messages with the bot and with others."""
IN_SERVERS = ([0], [0])
MODERATES, MANAGES = 1 << 13, 1 << 5
"""Manage Messages and Manage Server (Discord's reference, Permissions)."""

COMMANDS: dict[str, tuple[tuple[list[int], list[int]], int | None]] = {
    "Answer this": (IN_SERVERS, MODERATES),
    "Remove this answer": (IN_SERVERS, None),
    "answer": (IN_SERVERS, MODERATES),
    "ask": (EVERYWHERE, None),
    "digest": (IN_SERVERS, MANAGES),
    "help": (EVERYWHERE, None),
    "insights": (IN_SERVERS, MANAGES),
    "library": (IN_SERVERS, MANAGES),
    "privacy": (EVERYWHERE, None),
    "settings": (IN_SERVERS, MANAGES),
    "setup": (IN_SERVERS, MANAGES),
    "thread-answers": (IN_SERVERS, MANAGES),
    "topics": (EVERYWHERE, None),
    "twinflame": (EVERYWHERE, None),
}

OPTIONS = {
    "answer": ["topic: text, needed, completed", "member: user", "message: text", "whole: yes or no"],
    "ask": ["question: text, needed, completed"],
    "digest on": ["channel: channel of [0, 5], needed", "weekday: one of 0 … 6", "hour: number from 0 to 23"],
    "insights top": ["period: one of 1 4 13 0", "by: one of topic article channel source"],
    "insights trend": ["topic: text, needed, completed", "period: one of 1 4 13 0", "by: one of day week"],
    "insights helped": ["period: one of 1 4 13"],
    "insights export": ["period: one of 1 4 13 0"],
    "library publish": ["forum: channel of [15, 16], needed"],
    "thread-answers on": ["channel: channel of [0, 5, 15, 16], needed"],
    "thread-answers off": ["channel: channel of [0, 5, 15, 16], needed"],
}
"""Of those that take any, without the articles' own."""

KINDS = {3: "text", 4: "number", 5: "yes or no", 6: "user", 7: "channel"}
"""Discord's reference, Application Command Option Type."""


@pytest.fixture
def payloads(world: World) -> dict[str, dict[str, Any]]:
    """What is sent of each command, by its name."""
    return {command.name: command.to_dict(world.bot.tree) for command in world.bot.tree.get_commands()}


def leaves(payload: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A command, or what is below it, by the whole name."""
    below = [each for each in payload.get("options", []) if each["type"] in (1, 2)]
    if not below:
        yield name, payload
    for each in below:
        yield from leaves(each, f"{name} {each['name']}")


def in_words(option: dict[str, Any]) -> str:
    kind = KINDS[option["type"]]
    if choices := [str(choice["value"]) for choice in option.get("choices") or []]:
        kind = f"one of {' '.join(choices)}" if len(choices) < 7 else f"one of {choices[0]} … {choices[-1]}"
    if "min_value" in option:
        kind += f" from {option['min_value']} to {option['max_value']}"
    if "channel_types" in option:
        kind += f" of {sorted(option['channel_types'])}"
    needed = ", needed" * bool(option.get("required"))
    return f"{option['name']}: {kind}{needed}{', completed' * bool(option.get('autocomplete'))}"


def test_each_command_is_had_by_whom_and_where_it_is_of_use(payloads: dict[str, dict[str, Any]]) -> None:
    assert {
        name: ((payload["integration_types"], payload["contexts"]), payload["default_member_permissions"])
        for name, payload in payloads.items()
    } == COMMANDS


def test_each_command_takes_what_it_needs(payloads: dict[str, dict[str, Any]]) -> None:
    found = {
        name: [in_words(option) for option in leaf.get("options", [])]
        for payload in payloads.values()
        for name, leaf in leaves(payload, payload["name"])
    }

    assert {name: options for name, options in found.items() if options and not name.startswith("twinflame")} == OPTIONS
    assert {tuple(found[name]) for name in found if name.startswith("twinflame ")} == {
        ("show: one of only me everyone",)
    }


def test_every_command_and_every_option_says_what_it_is(payloads: dict[str, dict[str, Any]]) -> None:
    for payload in payloads.values():
        for name, leaf in leaves(payload, payload["name"]):
            if payload["type"] == 1:
                assert len(leaf["description"]) > 3, name
                assert len(payload["description"]) > 3, name
            for option in leaf.get("options", []):
                assert len(option["description"]) > 3, f"{name} {option['name']}"


def test_an_articles_commands_are_its_topics_in_order(payloads: dict[str, dict[str, Any]], world: World) -> None:
    (article,) = world.content.articles

    assert payloads["twinflame"]["description"] == article.title
    assert [(each["name"], each["description"]) for each in payloads["twinflame"]["options"]] == [
        (topic.key, topic.question) for topic in article.topics
    ]


def test_nothing_that_lantern_says_notifies_anybody_and_it_hears_of_servers_alone(world: World) -> None:
    assert world.bot.allowed_mentions is not None
    mentions: object = world.bot.allowed_mentions.to_dict()
    assert mentions == {"parse": []}
    assert world.bot.intents.value == 1, "Guilds (Discord's reference, Gateway Intents)"
    assert list(world.bot.cached_messages) == []
