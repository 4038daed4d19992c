"""Makes the dataclasses of `models` of what a file holds, or tells every mistake in it. Called by `loading`.

A value must be of its field's type and is never converted; only white space around a text is taken off. Written by hand
since cattrs, which converts silently ("5" to 5, a text to its letters), would need a hook for each type here and its
errors put into sentences, which is most of this file; with this content it took 10 ms and 1.5 MB more at each start.
"""

from __future__ import annotations

import re
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from lantern.content.models import Colour, EntryError
from lantern.content.problems import ValuePath, clean, listed, quoted
from lantern.content.yaml_reader import REPORTED, Unquoted, Written, day_in

NO_ENTRIES: Final = "There is nothing here. Write entries below it, each on a line that begins with a dash and a space."
NOTHING: Final = (
    "There is nothing here. Write something after the colon or dash, or take the line out; a text that begins with # "
    "needs quotes."
)


def shaped(file: Written, kind: Any, value: object, place: ValuePath = ()) -> Any:
    """The value at a place in a file's data, checked to be a ``kind``.

    ``kind`` is a type as fields of dataclasses have it: ``str``, ``date``, ``Colour``, a ``Literal`` of texts, a
    dataclass, ``tuple[kind, ...]``, ``dict[kind, kind]``, one of these ``| None`` (then the field may be missing), or
    ``Annotated`` with rules. Every mistake is added to the file's problems; the result must not be used then.
    """
    if value is REPORTED:
        return REPORTED
    base, arguments, rules = _taken_apart(kind)
    try:
        made = _without_rules(file, base, arguments, value, place)
        for rule in rules:
            made = rule(made)
    except ValueError as error:
        file.blame((*place, error.entry) if isinstance(error, EntryError) else place, str(error))
        return REPORTED
    return made


@cache
def _taken_apart(kind: Any) -> tuple[Any, tuple[Any, ...], tuple[Any, ...]]:
    """``Annotated[tuple[OneLine, ...], not_empty]`` -> ``tuple``, ``(OneLine, ...)``, ``(not_empty,)``."""
    if get_origin(kind) in {Union, UnionType}:  # with None: the field may be missing
        kind = get_args(kind)[0]
    rules: tuple[Any, ...] = ()
    if get_origin(kind) is Annotated:
        kind, *rest = get_args(kind)
        rules = tuple(rest)
    return get_origin(kind) or kind, get_args(kind), rules


def _without_rules(file: Written, base: Any, arguments: tuple[Any, ...], value: object, place: ValuePath) -> Any:
    if isinstance(value, Unquoted) and value.kind == "nothing":
        raise ValueError(NO_ENTRIES if base is tuple else NOTHING)
    if base is str:
        return _plain_text(value)
    if base is tuple:
        if not isinstance(value, list):
            raise ValueError(
                "This must be a list: each entry on a line of its own that begins with a dash and a space."
            )
        return tuple([shaped(file, arguments[0], one, (*place, number)) for number, one in enumerate(value)])
    if base is Literal:
        return _literal(file, arguments, _plain_text(value))
    if base is date:
        return _day(value)
    if base is Colour:
        return _colour(value)
    if not isinstance(value, dict):
        begin = "" if place else f" {file.begin}"
        raise ValueError(f"This must have fields, each on a line: its name, a colon, a space and the text.{begin}")
    if base is dict:
        names, texts = arguments
        return {
            shaped(file, names, name, (*place, name)): shaped(file, texts, one, (*place, name))
            for name, one in value.items()
        }
    assert is_dataclass(base), base
    return _record(file, base, value, place)


def _record(file: Written, model: Any, value: dict[str, object], place: ValuePath) -> Any:
    known = {each.name: each for each in fields(model)}
    missing = [name for name, each in known.items() if each.default is MISSING and name not in value]
    for name in (name for name in value if name not in known):
        # A misspelt name is one mistake: the field that it stands for is then not told as missing too.
        meant = file.nearest(name, missing) or file.nearest(name, known)
        message = f"There is no field with this name. Fields here are: {listed(known)}."
        if meant is not None:
            message = f"There is no field with this name. Did you mean {quoted(meant)}?"
            if meant in value:
                message += " That is there already: join the two, or take this out."
        if meant in missing:
            missing.remove(meant)
        file.blame((*place, name), message)
    for name in missing:
        where = f" to {file.place(place)}" if place else ""
        file.blame((*place, name), f"This field is missing. Add a line {quoted(f'{name}: …')}{where}.")
    parts = {name: shaped(file, known[name].type, one, (*place, name)) for name, one in value.items() if name in known}
    return REPORTED if file.problems else model(**parts)


def _plain_text(value: object) -> str:
    match value:
        case str():
            return value.strip()
        case Unquoted():
            raise ValueError(f'YAML takes this for {value.kind}, not for text. Put it in quotes: "{clean(value.raw)}".')
        case date():
            raise ValueError(f'This is taken for a date. If it is text, put it in quotes: "{value.isoformat()}".')
        case list():
            raise ValueError(
                "This must be one text, not a list. Take out the dashes or square brackets, or put quotes around it."
            )
    raise ValueError(
        "This is taken for a field of its own, because of the colon and space or the curly brackets in it. Put the "
        "whole text in double quotes."
    )


def _literal(file: Written, allowed: tuple[str, ...], text: str) -> str:
    if text in allowed:
        return text
    near = file.nearest(text, allowed)
    hint = f" Did you mean {quoted(near)}?" if near else ""
    raise ValueError(f"This must be one of {listed(allowed)}.{hint}")


def _day(value: object) -> date:
    if type(value) is date:  # not a datetime, which is a kind of date
        return value
    text = _raw(value)
    if day := day_in(text):
        return day
    what = quoted(text) if text else "This"
    raise ValueError(f"{what} is no date. Write the year, month and day of a day that exists: 2026-01-31.")


def _colour(value: object) -> Colour:
    text = _raw(value)
    if isinstance(value, str) and re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        return Colour(int(text[1:], 16))
    what = quoted(text) if text else "This"
    raise ValueError(f'{what} is no colour. Write # and six of 0–9 and A–F in quotes: "#7B5EA7".')


def _raw(value: object) -> str:
    """What an editor wrote, with or without quotes; empty for lists, fields and dates."""
    return value.strip() if isinstance(value, str) else value.raw if isinstance(value, Unquoted) else ""
