"""Mistakes in what editors wrote, and the text helpers for telling them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ValuePath = tuple[str | int, ...]
"""The field names and list indexes (from 0) that lead to a value in its file: ``("topics", 3, "answer")``."""


class Problem(NamedTuple):
    """One mistake in the content, for its editor.

    ``file`` is the path as it was given, ``line`` counts from 1 and is None where the mistake is in no line (a missing
    folder), ``field`` says in words where it is (``topic “runner”, question``; empty for a whole file), and ``message``
    says what is wrong and what would be right, in one line.
    """

    file: str
    line: int | None
    field: str
    message: str

    def __str__(self) -> str:
        where = [self.file]
        if self.line is not None:
            where.append(f"line {self.line}")
        if self.field:
            where.append(self.field)
        return f"{', '.join(where)}: {self.message}"


class ContentError(Exception):
    """The content cannot be used. ``problems`` has every mistake, in the order of files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like this one, whatever the case of its letters, or None if none is like it."""
    folded = {normal_form(one): one for one in known}
    import difflib  # a fifth of a megabyte that no content without mistakes needs

    # 200 characters: difflib's time grows with the square of the length.
    near = difflib.get_close_matches(normal_form(name[:200]), folded, 1, 0.6)
    return folded[near[0]] if near else None


def clean(text: str) -> str:
    """The text made safe for a terminal and a log: on one line, with ``?`` for characters that cannot be seen."""
    return "".join(char if char.isprintable() else " " if char.isspace() else "?" for char in text)


def quoted(text: str) -> str:
    """An editor's words for a message: in quotes, made safe by `clean`, at most sixty characters."""
    text = " ".join(clean(text).split())
    return f"“{text if len(text) <= 60 else text[:59] + '…'}”"


def listed(names: Iterable[str]) -> str:
    """Names with commas between them, made safe by `clean`."""
    return ", ".join(map(clean, names))


def path_text(path: Path) -> str:
    """A path for a message, made safe by `clean`."""
    return clean(str(path))


def normal_form(text: str) -> str:
    """Two names or keywords with the same normal form count as the same: lower case, single spaces, Unicode's NFKC."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
