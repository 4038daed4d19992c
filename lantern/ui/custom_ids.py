"""Buttons and menus that work for years: everything a press needs is in its custom id.

A custom id is ``name:argument:argument``, in panels with one part more, the proof of who opened it. Services declare
what answers it with :func:`press`; the bot asks :class:`Presses` for the handler of each component and modal that
Discord reports. Nothing is kept per message, so a restart forgets nothing, and an id that was forged, or that an older
Lantern wrote, is refused in one place.

What stands in a custom id gives no right: whoever presses may have forged it. An id that is to give one is sealed
together with the person's (:meth:`lantern.store.member_keys.MemberKeys.seal`).
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar, get_type_hints

import discord

from lantern.languages.translation import N_, _
from lantern.ui.permissions import Need
from lantern.ui.refusals import Refused

CUSTOM_ID_LIMIT = 100
"""Characters (Discord's reference, Component Object)."""
NUMBER_LIMIT = 2**63
"""The database takes no such number. Discord's snowflakes reach it in the year 2084 (its reference, Snowflakes)."""
SEPARATOR = ":"
PRESS_MARK = "__lantern_press__"
NEED_MARK = "__lantern_need__"

OUTDATED = N_(
    "This button is from an older version of Lantern and no longer works. Type `/topics` to see all questions."
)

Handler = Callable[..., Awaitable[None]]
_H = TypeVar("_H", bound=Callable[..., Awaitable[None]])


class OutdatedPress(Refused):
    """Nothing answers this custom id, or not with these arguments: an older Lantern wrote it, or somebody forged it."""

    def __init__(self, what: str) -> None:
        super().__init__(_(OUTDATED))
        self.what = what
        """What was wrong with it, for tests and for whoever reads the code."""


class Press(NamedTuple):
    """A press that was found."""

    handler: Handler
    arguments: list[str | int]
    need: Need | None
    """What `lantern.ui.rights` asks for before the handler is called; None where everyone may."""
    proof: str
    """Of who opened the panel, as it came; empty where there is none."""


def press(name: str, needs: Need | None = None) -> Callable[[_H], _H]:
    """Let a service's method answer the components whose custom id starts with ``name``.

    ``needs`` is asked for whatever changes a guild's choices, shows its figures, or posts as a moderator.

    The method takes the interaction and then one positional argument for each part of the id, ``str`` or ``int`` as
    annotated. Names are one or a few letters where a custom id must hold three topic names (3 x 32 characters).
    """

    def mark(method: _H) -> _H:
        setattr(method, PRESS_MARK, name)
        setattr(method, NEED_MARK, needs)
        return method

    return mark


def custom_id(name: str, *arguments: str | int) -> str:
    """The custom id that makes ``press(name)`` answer with these arguments.

    Raises :class:`ValueError` for one that Discord or :meth:`Presses.find` would refuse.
    """
    parts = [name, *map(str, arguments)]
    text = SEPARATOR.join(parts)
    if len(text) > CUSTOM_ID_LIMIT:
        raise ValueError(f"custom id of {len(text)} characters; Discord takes {CUSTOM_ID_LIMIT}: {text}")
    if any(SEPARATOR in part for part in parts):
        raise ValueError(f"a part of a custom id may not contain {SEPARATOR!r}: {parts}")
    return text


class Presses:
    """Which method answers which custom id."""

    def __init__(self) -> None:
        self._handlers: dict[str, tuple[Handler, list[type], Need | None]] = {}

    def add(self, owner: object) -> None:
        """Register every method of ``owner`` that :func:`press` marked."""
        # The class is gone through, not the object, whose properties would be asked for what nobody needs yet.
        for attribute, function in inspect.getmembers(type(owner), inspect.isfunction):
            name = getattr(function, PRESS_MARK, None)
            if name is None:
                continue
            method = getattr(owner, attribute)
            if name in self._handlers:
                raise ValueError(f"two methods answer the custom id {name!r}")
            hints = get_type_hints(method)
            arguments = list(inspect.signature(method).parameters)[1:]
            self._handlers[name] = (method, [hints[argument] for argument in arguments], getattr(method, NEED_MARK))

    def kinds(self) -> dict[str, list[type]]:
        """What each custom id takes after its name, by that name; without the proof."""
        return {name: kinds for name, (_, kinds, _) in self._handlers.items()}

    def needs(self) -> dict[str, Need | None]:
        """What each press needs of whoever presses, by its name."""
        return {name: need for name, (_, _, need) in self._handlers.items()}

    def find(self, text: str) -> Press:
        """What a custom id asks for; its arguments are the member's word, not ours: check what they name.

        Raises :class:`OutdatedPress` for an id that this Lantern does not write.
        """
        name, *parts = text.split(SEPARATOR)
        handler, kinds, need = self._handlers.get(name, (None, [], None))
        proof = parts.pop() if need is not None and len(parts) == len(kinds) + 1 else ""
        if handler is None or len(parts) != len(kinds):
            raise OutdatedPress(text)
        given = list(zip(parts, kinds, strict=True))
        if not all(is_number(part) if kind is int else part for part, kind in given):
            raise OutdatedPress(text)
        return Press(handler, [kind(part) for part, kind in given], need, proof)

    def with_proof(self, text: str, command: str, proof: str) -> str:
        """A custom id with the proof of having used ``command``, where that gives a right to this press.

        An earlier proof in it is taken out; an empty ``command`` does that alone.
        """
        name, *parts = text.split(SEPARATOR)
        _, kinds, need = self._handlers.get(name, (None, [], None))
        if need is None:
            return text
        return custom_id(name, *parts[: len(kinds)], *([proof] if command in need.commands else []))


def is_number(text: str) -> bool:
    """Whether a text from outside is a whole number that we might have written: ASCII digits, below the limit."""
    digits = len(str(NUMBER_LIMIT))
    return text.isascii() and text.isdecimal() and len(text) <= digits and int(text) < NUMBER_LIMIT


def _data(interaction: discord.Interaction) -> dict[str, Any]:
    # Discord's payload has another shape for every kind of interaction, and what arrives is not ours: taken as untyped.
    return dict(interaction.data or {})


def command_used(interaction: discord.Interaction) -> str:
    """The name of the command that was used; of a command in a group, the group's."""
    return str(_data(interaction).get("name", ""))


def pressed(interaction: discord.Interaction) -> str:
    """The custom id of the component that was pressed or the form that was sent; empty when there is none."""
    return str(_data(interaction).get("custom_id", ""))


def chosen(interaction: discord.Interaction) -> str:
    """The one value chosen in the select menu that was pressed. Raises :class:`OutdatedPress` when there is none."""
    values = all_chosen(interaction)
    if len(values) != 1:
        raise OutdatedPress("a menu without exactly one value")
    return values[0]


def all_chosen(interaction: discord.Interaction) -> list[str]:
    """All values chosen in a select menu, perhaps none. Raises :class:`OutdatedPress` for what is no menu."""
    values = _data(interaction).get("values")
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise OutdatedPress("not a menu")
    return values


def chosen_number(interaction: discord.Interaction) -> int:
    """The one value chosen in a menu of numbers or of channels. Raises :class:`OutdatedPress` when it is no number."""
    return _number(chosen(interaction))


def all_chosen_numbers(interaction: discord.Interaction) -> list[int]:
    """All values chosen in such a menu, perhaps none. Raises :class:`OutdatedPress` when one is no number."""
    return [_number(value) for value in all_chosen(interaction)]


def _number(text: str) -> int:
    if not is_number(text):
        raise OutdatedPress("not a number")
    return int(text)
