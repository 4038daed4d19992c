"""A mistake in what an editor wrote, and the words that tell it."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ValuePath = tuple[str | int, ...]
"""Where a value stands in its file's data: ``("topics", 3, "answer")``."""


class Problem(NamedTuple):
    """One mistake in the content, told to whoever wrote it.

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
    """Content that cannot be used. ``problems`` has all of them, in the order of files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like this one, whatever the case of its letters, or None if none is like it."""
    folded = {normal_form(one): one for one in known}
    # 200 characters: difflib's time grows with the square of the length.
    near = difflib.get_close_matches(normal_form(name[:200]), folded, 1, 0.6)
    return folded[near[0]] if near else None


def clean(text: str) -> str:
    """Safe in a terminal and in a log line: one line, nothing invisible."""
    return "".join(char if char.isprintable() else " " if char.isspace() else "?" for char in text)


def quoted(text: str) -> str:
    """An editor's words within a message: in quotes, safe, and of sixty characters at most."""
    text = " ".join(clean(text).split())
    return f"“{text if len(text) <= 60 else text[:59] + '…'}”"


def listed(names: Iterable[str]) -> str:
    """Names with commas between them, safe."""
    return ", ".join(map(clean, names))


def path_text(path: Path) -> str:
    """A path within a message, safe."""
    return clean(str(path))


def normal_form(text: str) -> str:
    """The form in which two names or keywords are the same: no case, single spaces, compatible characters equal."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
