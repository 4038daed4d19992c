"""What Discord takes of texts and parts, and what people read, in a request as the bot sent it.

Figures: Discord's reference, Component Reference, Interactions (Application Commands, Receiving and Responding),
Channel Object, Forum Tag Object.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from lantern.ui.cards import walk

PARTS, TEXT, CONTENT = 40, 4_000, 2_000
"""Components of a message, nested ones counted; characters of all its text displays; of a message without any."""
CUSTOM_ID = 100
BUTTON, PLACEHOLDER, OPTION = 80, 150, 100
MODAL_TITLE, MODAL_LABEL, MODAL_DESCRIPTION, MODAL_PLACEHOLDER, MODAL_VALUE = 45, 45, 100, 100, 4_000
ALT_TEXT = 1_024
CHOICES, CHOICE = 25, 100
COMMAND_NAME, COMMAND_DESCRIPTION, COMMAND_TEXT = 32, 100, 8_000
THREAD_NAME, TAG_NAME = 100, 20

ACTION_ROW, BUTTON_TYPE, STRING_SELECT, TEXT_INPUT, TEXT_DISPLAY, GALLERY, LABEL = 1, 2, 3, 4, 10, 12, 18
MODAL, AUTOCOMPLETE = 9, 8
"""Types of components, and of answers to an interaction."""


class Read(NamedTuple):
    """One text that somebody reads, where it stands, and how long Discord lets it be there."""

    where: str
    text: str
    limit: int


def texts(method: str, path: str, body: Any) -> Iterator[Read]:
    """Every text in a request that somebody reads, but what they wrote themselves and commands' descriptions."""
    if path.endswith("/commands"):
        return
    if path.endswith("/callback"):
        data = body.get("data") or {}
        if body["type"] == AUTOCOMPLETE:
            yield from (Read("choice", choice["name"], CHOICE) for choice in data["choices"])
            return
        if body["type"] == MODAL:
            yield Read("title of a form", data["title"], MODAL_TITLE)
            yield from _form(data["components"])
            return
        body = data
    if not isinstance(body, dict):
        return
    if (method, "/threads") == ("POST", path[-8:]) or (
        method == "PATCH" and "/messages" not in path and "name" in body
    ):
        yield Read("name of a thread", body["name"], THREAD_NAME)
    yield from (Read("tag", tag["name"], TAG_NAME) for tag in body.get("available_tags", ()))
    message = body.get("message", body)
    if message.get("content"):
        yield Read("message", message["content"], CONTENT)
    yield from _card(message.get("components") or ())


def _card(components: Any) -> Iterator[Read]:
    for part in walk(components):
        match part["type"]:
            case 2:
                yield Read("button", part.get("label") or "", BUTTON)
            case 3 | 5 | 6 | 7 | 8:
                if part.get("placeholder"):
                    yield Read("placeholder of a menu", part["placeholder"], PLACEHOLDER)
                for option in part.get("options", ()):
                    yield Read("option", option["label"], OPTION)
                    if option.get("description"):
                        yield Read("description of an option", option["description"], OPTION)
            case 10:
                yield Read("text", part["content"], TEXT)
            case 12:
                for item in part["items"]:
                    if item.get("description"):
                        yield Read("text of a picture", item["description"], ALT_TEXT)


def _form(components: Any) -> Iterator[Read]:
    for part in components:
        if part["type"] == LABEL:
            yield Read("label of a form", part["label"], MODAL_LABEL)
            if part.get("description"):
                yield Read("description in a form", part["description"], MODAL_DESCRIPTION)
            field = part["component"]
            if field.get("placeholder"):
                yield Read("placeholder of a form", field["placeholder"], MODAL_PLACEHOLDER)
        elif part["type"] == TEXT_DISPLAY:
            yield Read("text", part["content"], TEXT)


def described(commands: Any, locale: str) -> Iterator[Read]:
    """All names and descriptions of registered commands that stand there for one of Discord's locales.

    What has none is told with an empty text.
    """
    for command in commands:
        # What stands in a message's menu has a name alone; the names of others are typed and stay.
        field, limit = ("description", COMMAND_DESCRIPTION) if command.get("description") else ("name", COMMAND_NAME)
        yield Read(
            f"{field} of {command['name']}", (command.get(f"{field}_localizations") or {}).get(locale, ""), limit
        )
        for choice in command.get("choices", ()):
            yield Read(f"choice {choice['name']}", (choice.get("name_localizations") or {}).get(locale, ""), CHOICE)
        yield from described(command.get("options", ()), locale)


def command_length(command: Any) -> int:
    """Characters of a command's names, descriptions and values, of each the longest of all languages."""

    def longest(of: Any, name: str) -> int:
        return max(map(len, [of.get(name) or "", *(of.get(f"{name}_localizations") or {}).values()]))

    own = longest(command, "name") + longest(command, "description")
    choices = sum(longest(each, "name") + len(str(each["value"])) for each in command.get("choices", ()))
    return own + choices + sum(map(command_length, command.get("options", ())))


def broken(method: str, path: str, body: Any) -> Iterator[str]:
    """What Discord would refuse of a request, a sentence each."""
    if path.endswith("/commands"):
        for command in body if isinstance(body, list) else [body]:
            if (length := command_length(command)) > COMMAND_TEXT:
                yield f"command {command['name']} has {length} characters"
            for locale in {
                *(command.get("description_localizations") or ()),
                *(command.get("name_localizations") or ()),
            }:
                yield from _too_long(described([command], locale))
        return
    yield from _too_long(texts(method, path, body))
    data: Final = (body or {}).get("data", body) if isinstance(body, dict) else {}
    if not isinstance(data, dict):
        return
    if len(data.get("choices", ())) > CHOICES:
        yield f"{len(data['choices'])} choices"
    yield from (f"value “{each['value']}”" for each in data.get("choices", ()) if len(str(each["value"])) > CHOICE)
    components = data.get("message", data).get("components") or ()
    parts = list(walk(components))
    if len(parts) > PARTS:
        yield f"{len(parts)} components"
    if (length := sum(len(part["content"]) for part in parts if part["type"] == TEXT_DISPLAY)) > TEXT:
        yield f"{length} characters of text"
    for part in [*parts, *(part["component"] for part in parts if part["type"] == LABEL)]:
        if len(part.get("custom_id") or "") > CUSTOM_ID:
            yield f"custom id “{part['custom_id']}”"
        if len(part.get("value") or "") > MODAL_VALUE:
            yield "the value of a field"
        if part["type"] == ACTION_ROW and len(part["components"]) > 5:
            yield f"{len(part['components'])} buttons in a row"
        if len(part.get("options", ())) > 25:
            yield f"{len(part['options'])} options"


def _too_long(found: Iterator[Read]) -> Iterator[str]:
    for where, text, limit in found:
        if len(text) > limit:
            yield f"{where} of {len(text)} characters, and Discord takes {limit}: “{text}”"
        elif not text.strip() and where == "text":
            yield f"{where} without a text"
