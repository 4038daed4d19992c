"""How mistakes are told, and names that are like one another."""

from __future__ import annotations

from pathlib import Path

import pytest

from lantern.content.problems import (
    ContentError,
    Problem,
    clean,
    listed,
    nearest,
    normal_form,
    path_text,
    quoted,
)


@pytest.mark.parametrize(
    ("line", "field", "says"),
    [
        (None, "", "a.yml: wrong"),
        (3, "", "a.yml, line 3: wrong"),
        (3, "title", "a.yml, line 3, title: wrong"),
        (None, "title", "a.yml, title: wrong"),
        (0, "", "a.yml, line 0: wrong"),
    ],
)
def test_a_mistake_says_where_it_is(line: int | None, field: str, says: str) -> None:
    problem = Problem("a.yml", line, field, "wrong")

    assert str(problem) == says
    assert str(ContentError(iter([problem, problem]))) == f"{says}\n{says}"
    assert ContentError([problem]).problems == (problem,)


@pytest.mark.parametrize(
    ("text", "says"), [("a\tb\nc", "a b c"), ("a\x07b\u202ec", "a?b?c"), ("Ünï 雑", "Ünï 雑"), ("", "")]
)
def test_what_cannot_be_seen_is_a_question_mark(text: str, says: str) -> None:
    assert clean(text) == says
    assert path_text(Path(text or ".")) == (says or ".")


def test_words_of_editors_are_quoted_on_one_line_in_sixty_characters() -> None:
    assert quoted(" a \n\n b ") == "“a b”"
    assert quoted("x" * 60) == f"“{'x' * 60}”"
    assert quoted("x" * 61) == f"“{'x' * 59}…”"
    assert listed(["a\nb", "c"]) == "a b, c"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("titel", "title"),
        ("TITLE", "title"),
        ("Title ", "title"),
        ("summery", "Summary"),
        ("xyz", None),
        ("", None),
        ("title" + "x" * 300, None),
    ],
)
def test_the_known_name_that_is_most_like_one(name: str, found: str | None) -> None:
    assert nearest(name, ["question", "title", "Summary", "related"]) == found


def test_names_are_the_same_whatever_their_capitals_spaces_and_forms() -> None:
    assert normal_form("  Twin\u00a0\tFLAME ｋ ") == normal_form("twin flame k") == "twin flame k"
