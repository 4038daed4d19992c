"""What Discord sends, spoiled: each of its fields left out, null, of another kind, or with half a character in it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import orjson

LONE_SURROGATE = "\ud83d"
"""Half of a character that JSON writes in two halves."""

Path = tuple[str | int, ...]


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where there is a value in it, itself included; of a list's entries the first."""
    yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*path, name))
    elif isinstance(value, list) and value:
        yield from places(value[0], (*path, 0))


def spoiled(whole: Any) -> Iterator[tuple[str, Any]]:
    """Each way in which it may be spoiled, in words, and what it is then."""
    for path in places(whole):
        where = ".".join(map(str, path)) or "all of it"
        value = _at(whole, path)
        other: Any = {"x": 1} if isinstance(value, str | list) else "x"
        ways: dict[str, Any] = {"null": None, "of another kind": other}
        if isinstance(value, str):
            ways["with half a character"] = value + LONE_SURROGATE
        for how, instead in ways.items():
            yield f"{where} {how}", _with(whole, path, instead)
        if path and isinstance(path[-1], str):
            left = copy.deepcopy(whole)
            del _at(left, path[:-1])[path[-1]]
            yield f"{where} missing", left


def as_json(value: Any) -> orjson.Fragment:
    """It as Discord would send it: orjson itself writes no half characters."""
    return orjson.Fragment(json.dumps(value).encode())


def _at(whole: Any, path: Path) -> Any:
    for part in path:
        whole = whole[part]
    return whole


def _with(whole: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(whole)
    _at(changed, path[:-1])[path[-1]] = value
    return changed
