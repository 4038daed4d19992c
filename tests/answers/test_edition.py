"""What `check` says of sound content: lines that hold several, or that do not find their topic."""

from __future__ import annotations

from pathlib import Path

import pytest

from lantern import PROJECT
from lantern.answers import edition
from lantern.content.problems import ContentError

FIRST = "is my twin flame the runner"


def told(folder: Path, old: str, new: str) -> list[str]:
    """What is said beyond one line a file, once a text of the article is another."""
    article = folder / "twinflame.yml"
    text = article.read_text(encoding="utf-8")
    assert old in text
    article.write_text(text.replace(old, new, 1), encoding="utf-8")
    problems, lines = edition.check([folder])
    assert problems == []
    return [line for line in lines if "topic “" in line]


def test_nothing_is_said_of_the_content_that_is_shipped() -> None:
    problems, lines = edition.check([PROJECT / "content"])
    assert problems == []
    # An editor of the original does not wait for its translators.
    assert not [line for line in lines if "topic “" in line and "readers see" not in line]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (f"      - {FIRST}\n", "      - he left, he blocked me, no text back\n", "holds several"),
        (f"      - {FIRST}\n", "      - did he leave? is it over\n", "holds several"),
        ("      - ghosted\n", "      - ghosted, ditched\n", "holds several"),
        (f"      - {FIRST}\n", "      - i want to die\n", "shows a sign of danger (self_harm)"),
        ("      - reading\n", "      - what is a soul contract?\n", "finds “contract” first"),
    ],
)
def test_a_line_to_better_is_named(content_folder: Path, old: str, new: str, says: str) -> None:
    (line,) = told(content_folder, old, new)
    assert says in line
    assert new.strip().removeprefix("- ") in line


def test_an_article_alone_is_checked_too(content_folder: Path) -> None:
    problems, lines = edition.check([content_folder / "twinflame.yml"])
    assert problems == []
    assert len(lines) == 1


def test_a_topic_needs_no_keywords(content_folder: Path) -> None:
    article = content_folder / "twinflame.yml"
    start, keywords, rest = article.read_text(encoding="utf-8").partition("    keywords:\n")
    assert keywords
    article.write_text(start + rest[rest.index("    sample_questions:") :], encoding="utf-8")
    assert edition.load(content_folder).articles[0].topics[0].keywords == ()


@pytest.mark.parametrize("line", ["kill: hug", "die: sleep", '"i": "you"'])
def test_shorthand_that_hides_a_plain_phrase_of_danger_is_refused(content_folder: Path, line: str) -> None:
    """Signs are looked for in words as shorthand writes them out: so one line would take the plainest of them away."""
    file = content_folder / "shorthand.yml"
    file.write_text(file.read_text(encoding="utf-8") + f"  {line}\n", encoding="utf-8")

    (problem,) = edition.check([content_folder])[0]
    assert problem.file == str(file)
    assert "is what people in danger write" in problem.message
    with pytest.raises(ContentError):
        edition.load(content_folder)
