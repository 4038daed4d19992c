"""No value is silently turned into another: what stands in a file is what its field says, or is told as a mistake."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest

from lantern.content.models import Colour, entries_at_most, not_empty
from lantern.content.shapes import shaped
from lantern.content.yaml_reader import REPORTED, Unquoted, Written

FIVE = Unquoted("5", "a number")
YES = Unquoted("yes", "yes or no")
NULL = Unquoted("", "nothing")
DAY = date(2026, 1, 31)
Kind = Literal["self_harm", "violence"]


@dataclass(frozen=True)
class Inner:
    text: str


@dataclass(frozen=True)
class Outer:
    text: str
    inner: Inner
    many: tuple[Inner, ...]
    maybe: str | None = None


@pytest.mark.parametrize(
    ("kind", "value", "made"),
    [
        (str, "5", "5"),
        (str, " no ", "no"),
        (str | None, "text", "text"),
        (date, DAY, DAY),
        (date, "2026-01-31", DAY),
        (Colour, "#7B5EA7", 0x7B5EA7),
        (Kind, "violence", "violence"),
        (tuple[str, ...], ["a", "b"], ("a", "b")),
        (tuple[str, ...], [], ()),
        (dict[str, str], {"a": "b"}, {"a": "b"}),
        (Inner, {"text": "a"}, Inner("a")),
        (
            Outer,
            {"text": "a", "inner": {"text": "b"}, "many": [{"text": "c"}]},
            Outer("a", Inner("b"), (Inner("c"),), None),
        ),
    ],
)
def test_what_belongs_there_is_taken(kind: Any, value: object, made: object) -> None:
    file = Written(Path("file.yml"))
    assert shaped(file, kind, value) == made
    assert file.problems == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *((str, value) for value in (FIVE, YES, NULL, DAY, ["t", "e"], {"a": "b"}, 5, 1.0, True, None, b"text")),
        *((str | None, value) for value in (FIVE, YES, NULL, DAY, ["t"], {"a": "b"}, None)),
        *((tuple[str, ...], value) for value in ("text", FIVE, NULL, {"a": "b"}, {"a"}, ("a",), None)),
        *((date, value) for value in (FIVE, YES, NULL, "31.01.2026", "20260131", "2026-1-31", 0, ["2026-01-31"])),
        (date, datetime(2026, 1, 31)),  # noqa: DTZ001
        *((Colour, value) for value in (FIVE, YES, NULL, "5", "7B5EA7", "#7B5EA", 0x7B5EA7, True, 1.0, [1, 2, 3])),
        (Colour, Unquoted("#7B5EA7", "a number")),
        *((Kind, value) for value in ("no", "Violence", YES, FIVE, NULL, True, 0, ["violence"])),
        *((dict[str, str], value) for value in ("text", ["a", "b"], [["a", "b"]], FIVE, NULL, None)),
        (dict[str, str], {"a": FIVE}),
        *((Inner, value) for value in ("text", ["text"], FIVE, NULL, None, Inner("a"), {"text": FIVE})),
        (Inner, {}),
        (Inner, {"text": "a", "more": "b"}),
        (Outer, {"text": "a", "inner": "b", "many": []}),
        (Annotated[tuple[str, ...], not_empty], []),
        (Annotated[tuple[str, ...], entries_at_most(1, "why")], ["a", "b"]),
    ],
)
def test_nothing_else_is_made_into_it(kind: Any, value: object) -> None:
    file = Written(Path("file.yml"))
    assert shaped(file, kind, value) is REPORTED or file.problems
    assert len(file.problems) == 1


def test_all_mistakes_are_told_at_once_each_at_its_place() -> None:
    file = Written(Path("file.yml"))
    wrong = {"text": FIVE, "inner": {"txt": "a"}, "many": [{"text": "a"}, {"text": YES}, "b"], "maybe": ["c"]}

    assert shaped(file, Outer, wrong) is REPORTED

    assert [problem.field for problem in file.problems] == [
        "text",
        "inner, txt",
        "many 2, text",
        "many 3",
        "maybe",
    ]


def test_what_was_told_already_is_not_told_again() -> None:
    file = Written(Path("file.yml"))
    assert shaped(file, tuple[str, ...], REPORTED) is REPORTED
    assert file.problems == []
