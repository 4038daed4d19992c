"""Where each value of a file begins and ends, and what is wrong where YAML cannot be read, by either of two parsers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from lantern.content import yaml_reader
from lantern.content.problems import Problem, ValuePath
from lantern.content.yaml_reader import Mark, Written

BUNDLED = Path(__file__).parents[2] / "content"
STYLES = """\
plain: a plain text  # said
single: 'it''s'
double: "two\\nlines"
wide: a text
  on two lines
quoted: 'a text
  on two lines'
literal: |
  One.

  Two.


# a comment
folded: >-
  One
  two.

kept: |+
  One.

tagged: !!str 2026
day: 2026-01-31
nothing:
flow: [a, 'b', {c: d}]
block:
  - a
  - b: c
    # another comment
    d: e

last: end"""


def read(path: Path) -> Written:
    file = Written(path, with_spans=True)
    assert file.read(), file.problems
    return file


def piece(text: str, span: tuple[Mark, Mark]) -> tuple[str, str, str]:
    """What stands before, at and after two marks."""
    rows = re.split("(?<=\n)", text)
    start, end = (sum(map(len, rows[: line - 1])) + column for line, column in span)
    return text[:start], text[start:end], text[end:]


@pytest.mark.parametrize("loader", [yaml.CSafeLoader, yaml.SafeLoader])
@pytest.mark.parametrize(
    ("place", "written"),
    [
        (("plain",), "a plain text"),
        (("single",), "'it''s'"),
        (("double",), '"two\\nlines"'),
        (("wide",), "a text\n  on two lines"),
        (("quoted",), "'a text\n  on two lines'"),
        (("literal",), "|\n  One.\n\n  Two."),
        (("folded",), ">-\n  One\n  two."),
        (("kept",), "|+\n  One."),
        (("tagged",), "!!str 2026"),
        (("day",), "2026-01-31"),
        (("nothing",), ""),
        (("flow",), "[a, 'b', {c: d}]"),
        (("flow", 1), "'b'"),
        (("flow", 2), "{c: d}"),
        (("block",), "- a\n  - b: c\n    # another comment\n    d: e"),
        (("block", 1), "b: c\n    # another comment\n    d: e"),
        (("block", 1, "d"), "e"),
        (("last",), "end"),
        ((), STYLES),
    ],
)
def test_a_value_is_found_in_the_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loader: type, place: ValuePath, written: str
) -> None:
    monkeypatch.setattr(yaml_reader, "_SafeLoader", loader)
    path = tmp_path / "styles.yml"
    path.write_text(STYLES, encoding="utf-8")
    assert piece(STYLES, read(path).span(place))[1] == written


def test_a_place_without_a_value_has_no_span(tmp_path: Path) -> None:
    path = tmp_path / "styles.yml"
    path.write_text(STYLES, encoding="utf-8")
    with pytest.raises(KeyError):
        read(path).span(("flow", 7))


def scalars(data: object, place: ValuePath = ()) -> list[ValuePath]:
    if isinstance(data, dict):
        return [one for name, value in data.items() for one in scalars(value, (*place, name))]
    if isinstance(data, list):
        return [one for number, value in enumerate(data) for one in scalars(value, (*place, number))]
    return [place]


def at(data: object, place: ValuePath) -> object:
    for part in place:
        data = data[part]  # type: ignore[index]
    return data


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("name", "begins"),
    [
        pytest.param("twinflame.yml", r"[^'\"|>]", id="plain"),
        pytest.param("twinflame.yml", "['\"]", id="quoted"),
        pytest.param("twinflame.yml", r"\|", id="literal"),
        pytest.param("twinflame.yml", ">-", id="folded"),
        pytest.param("shorthand.yml", r"[^'\"|>]", id="shorthand"),
    ],
)
def test_one_value_of_the_bundled_content_is_written_anew_and_nothing_else(
    tmp_path: Path, name: str, begins: str, line_end: str
) -> None:
    text = (BUNDLED / name).read_text(encoding="utf-8").replace("\n", line_end)
    path = tmp_path / name
    path.write_text(text, encoding="utf-8", newline="")
    before = read(path)
    places = [one for one in scalars(before.data) if re.match(begins, piece(text, before.span(one))[1])]

    for place in (places[0], places[len(places) // 2], places[-1]):
        head, old, tail = piece(text, before.span(place))
        path.write_text(f'{head}"a new: text"{tail}', encoding="utf-8", newline="")
        after = read(path)

        assert old == old.strip()
        assert at(after.data, place) == "a new: text"
        assert scalars(after.data) == scalars(before.data)
        assert all(at(after.data, other) == at(before.data, other) for other in scalars(before.data) if other != place)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 'b\nc: d\n", 1, "never closed"),
        ('a: b\nc: "d\n---\n', 2, "never closed"),
        ('a: b\nc: "\\q"\n', 2, "backslash"),
        ('a: b\nc: "\\xzz"\n', 2, "backslash"),
        ('a: "b\n  \\q"\n', 2, "backslash"),
        ("a: b\nc: **d** e\n", 2, "begins with *"),
        ("a: & b\n", 1, "begins with &"),
        ("a: !b!c d\n", 1, "begins with !"),
        ("a: b\n\tc: d\n", 2, "a tab"),
        ("a: @b\n", 1, "cannot begin with “@”"),
        ("a: >b\n", 1, "cannot begin with “>”"),
        ("a: | b\n", 1, "cannot begin with “|”"),
        ("%a: b\n", 1, "cannot begin with “%”"),
        ("a: ]b\n", 1, "cannot begin with “]”"),
        ("a: ,b\n", 1, "cannot begin with “,”"),
        ("a: ? b\n", 1, "cannot begin with “?”"),
        ("a: b: c\n", 1, "a colon that"),
        ("a: [b\nc: d\n", 1, "bracket that opens here"),
        ("a: {b\nc: d\n", 1, "bracket that opens here"),
        ("a: - b\n", 1, "begin with a dash"),
        ("a:\n  - b\n  c: d\n", 3, "begin with a dash"),
        ("a:\n  - b\n c: d\n", 3, "indentation differs"),
        ("a: b\nc d\ne: f\n", 2, "colon is missing"),
        ("a: b\nc d  # e: f\ng: h\n", 2, "colon is missing"),
        ("a: b\n'c d'\ne: f\n", 2, "colon is missing"),
        ("a: 'b' c\n", 1, "closing quote"),
        ("'a': b\n c: d\n", 2, "a colon that"),
        ("'a': 'b'\n c: d\n", 2, "indentation differs"),
        ("  a: b\nc: d\n", 2, "does not belong to the lines above"),
    ],
)
@pytest.mark.parametrize("loader", [yaml.CSafeLoader, yaml.SafeLoader])
def test_what_stands_at_the_mark_tells_the_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loader: type, text: str, line: int, words: str
) -> None:
    monkeypatch.setattr(yaml_reader, "_SafeLoader", loader)
    path = tmp_path / "file.yml"
    path.write_text(text, encoding="utf-8")
    file = Written(path)

    assert not file.read()

    (problem,) = file.problems
    assert isinstance(problem, Problem)
    assert (problem.line, words in problem.message) == (line, True), problem


@pytest.mark.parametrize("text", ["", "# a comment\n", "---\n", "null\n"])
def test_an_empty_file_is_told_as_such(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file.yml"
    path.write_text(text, encoding="utf-8")
    file = Written(path)

    assert not file.read()

    assert [(each.line, each.field, each.message.strip()) for each in file.problems] == [(1, "", "The file is empty.")]


def test_a_similar_name_is_looked_for_two_hundred_times_in_one_file() -> None:
    file = Written(Path("file.yml"))

    found = [file.nearest("titel", ["question", "title"]) for _ in range(201)]

    assert found == ["title"] * 200 + [None]
    assert Written(Path("file.yml")).nearest("xyz", ["question", "title"]) is None
