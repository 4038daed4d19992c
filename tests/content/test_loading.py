"""What editors write is read as they meant it, or every mistake is told with its line in words they know."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lantern.answers import edition
from lantern.content import models as articles
from lantern.content import yaml_reader as written
from lantern.content.loading import check_files, load_content
from lantern.content.models import (
    ARTICLES_MAX,
    RESERVED_COMMANDS,
    TOPICS_MAX,
    Article,
    Care,
    Shorthand,
)
from lantern.content.problems import ContentError, Problem, normal_form
from lantern.content.yaml_reader import FILE_BYTES_MAX

BUNDLED = Path(__file__).parents[2] / "content"

ARTICLE = """\
command: twinflame
title: The twin flame idea
view: One view among several
source: An article of 2019
colour: "#7B5EA7"
topics:
  - key: runner
    title: The runner
    question: Why do they run?
    summary: In this view one of the two runs.
    answer: |
      In this view, one of the two runs.

      The other waits.
    note: This is about the idea.
    keywords:
      - runner
      - pulling away
    sample_questions:
      - why does he run
    related:
      - chaser
    reviewed: 2026-01-31
  - key: chaser
    title: The chaser
    question: Who goes after whom?
    summary: In this view the other goes after.
    answer: In this view, the other goes after.
    keywords: [chaser]
    sample_questions: [who chases whom]
    related: [runner]
    reviewed: "2026-01-31"
"""

CARE = """\
directory:
  label: {en: Find a helpline}
  url: https://example.org/helplines
kinds:
  - kind: self_harm
    now: {en: "Call the emergency number:"}
    message: {en: A program wrote this.}
    signs:
      - want to die
    not_signs:
      - dying to know
  - kind: violence
    now: {en: "Call the emergency number:"}
    message: {en: A program wrote this.}
    signs: [he hits me]
  - kind: harm_to_others
    now: {en: "Call the emergency number:"}
    message: {en: A program wrote this.}
    signs: [i will hurt her]
"""

HELPLINES = """\
words:
  - language: en
    server: In this server
    talk: Talk to someone
    emergency: 112 in the EU
    about: {crisis: To talk}
    call: call
    text: text
    call_or_text: call or text
    always: at any hour
    free: free
    paid: not free
    none: No number.
    choose: Choose
    more: More
    back: Back
    safe: I'm safe
countries:
  - country: "no"
    names: {en: Norway, de: Norwegen}
    languages: ["no"]
    helplines:
      - about: crisis
        number: "116 123"
        source: vindafjord.kommune.no
        source_date: "2023"
  - country: "ie"
    names: {en: Ireland}
    helplines:
      - about: emergency
        number: "112"
        covers: {en: from a mobile}
        hours: "08:00-24:00"
        source: a page
        source_date: "2026-09-04"
        checked: 2026-10-01
"""

SHORTHAND = """\
shorthand:
  tf: twin flame
  U: you
"""

ANSWER = "|\n      In this view, one of the two runs.\n\n      The other waits."
VIOLENCE = CARE[CARE.index("  - kind: violence") : CARE.index("    signs: [he")]
FILES = {"twinflame.yml": ARTICLE, "care.yml": CARE, "helplines.yml": HELPLINES, "shorthand.yml": SHORTHAND}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small content folder without a mistake."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def problems_of(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(ContentError) as caught:
        load_content(folder)
    assert str(caught.value) == "\n".join(map(str, caught.value.problems))
    return caught.value.problems


def a_topic(key: str) -> str:
    return (
        f"  - key: {key}\n    title: Title {key}\n    question: Question {key}?\n    summary: Summary.\n"
        f"    answer: Answer.\n    keywords: [word {key}]\n    sample_questions: [sample {key}]\n"
        "    reviewed: 2026-01-31\n"
    )


# --- content that is right --------------------------------------------------------------------------------------------


def test_an_article_is_read_as_it_was_written(folder: Path) -> None:
    content = load_content(folder)

    (article,) = content.articles
    assert (article.command, article.title, article.view, article.source, article.colour) == (
        "twinflame",
        "The twin flame idea",
        "One view among several",
        "An article of 2019",
        0x7B5EA7,
    )
    runner, chaser = content.topics()
    assert runner.answer == "In this view, one of the two runs.\n\nThe other waits."
    assert (runner.note, chaser.note) == ("This is about the idea.", None)
    assert runner.keywords == ("runner", "pulling away")
    assert runner.sample_questions == ("why does he run",)
    assert runner.related == ("chaser",)
    assert runner.reviewed == chaser.reviewed == date(2026, 1, 31)
    assert content.shorthand == {"tf": "twin flame", "u": "you"}
    assert [kind.kind for kind in content.care.kinds] == ["self_harm", "violence", "harm_to_others"]
    assert content.care.kinds[0].not_signs == ("dying to know",)
    assert content.care.directory.url == content.care.directory.address("no") == "https://example.org/helplines"
    assert (content.care.kinds[0].now, content.care.kinds[0].helplines) == ({"en": "Call the emergency number:"}, ())
    norway, ireland = content.helplines.countries
    assert (norway.country, norway.names, norway.languages) == ("no", {"en": "Norway", "de": "Norwegen"}, ("no",))
    (line,) = norway.helplines
    assert (line.about, line.number, line.by, line.source_date) == ("crisis", "116 123", "call", "2023")
    assert (line.covers, line.hours, line.cost, line.checked, line.known_on) == (
        None,
        None,
        None,
        None,
        date(2023, 1, 1),
    )
    (line,) = ireland.helplines
    assert (line.covers, line.hours, line.known_on) == ({"en": "from a mobile"}, "08:00-24:00", date(2026, 10, 1))
    assert content.helplines.country("ie") is ireland
    assert content.helplines.country("xx") is content.helplines.country(None) is None
    assert content.helplines.said_in("de") is content.helplines.said_in("en")


def test_topics_are_found_by_their_names_and_know_their_article(folder: Path) -> None:
    content = load_content(folder)

    runner = content.find("twinflame", "runner")
    assert runner is not None
    assert runner.article is content.article("twinflame") is content.articles[0]
    assert runner.address == "twinflame/runner"
    assert content.articles[0].topic("runner") is runner
    assert content.articles[0].topic("Runner") is None
    assert content.find("twinflame", "nobody") is None
    assert content.find("nobody", "runner") is None
    assert content.at("twinflame/runner") is runner
    assert [content.at(address) for address in ("twinflame/nobody", "twinflame", "runner", "/", "")] == [None] * 5
    assert content.article("nobody") is None
    violence = content.care.kind("violence")
    assert violence is not None
    assert violence.signs == ("he hits me",)
    assert content.care.kind("nobody") is None


def test_nothing_in_the_content_can_be_changed(folder: Path) -> None:
    content = load_content(folder)

    with pytest.raises(FrozenInstanceError):
        content.articles[0].topics[0].title = "Another"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        content.care = content.care  # type: ignore[misc]
    with pytest.raises(TypeError):
        content.shorthand["tf"] = "another"  # type: ignore[index]


def test_the_digest_changes_with_the_content_and_only_then(folder: Path) -> None:
    before = load_content(folder)

    path = folder / "twinflame.yml"
    path.write_text("# a comment\n" + ARTICLE.replace('"2026-01-31"', "2026-01-31"), encoding="utf-8")
    same = load_content(folder)
    assert (same, same.digest, hash(same)) == (before, before.digest, hash(before))
    assert {same: 1}[before] == 1

    for name, old, new in (
        ("twinflame.yml", "The other waits.", "The other rests."),
        ("care.yml", "dying to know", "dying to hear"),
        ("helplines.yml", "116 123", "116 124"),
        ("shorthand.yml", "you", "yourself"),
    ):
        (folder / name).write_text(FILES[name].replace(old, new), encoding="utf-8")
        after = load_content(folder)
        assert after != before
        assert after.digest != before.digest
        before = after


def test_topics_of_two_articles_are_never_equal(folder: Path) -> None:
    (folder / "other.yml").write_text(
        ARTICLE.replace("command: twinflame", "command: other").replace("The twin flame idea", "Another"),
        encoding="utf-8",
    )
    content = load_content(folder)

    assert [article.command for article in content.articles] == ["other", "twinflame"]
    one, other = content.find("other", "runner"), content.find("twinflame", "runner")
    assert one != other
    assert len({one, other}) == 2


def test_a_topic_without_an_article_says_so(folder: Path) -> None:
    topic = replace(load_content(folder).articles[0].topics[0])
    with pytest.raises(RuntimeError, match="belongs to no article"):
        _ = topic.address


# --- signs in other languages -----------------------------------------------------------------------------------------

SPANISH = """\
words:
  quiero: quiero quisiera
fillers: ya muy
shorthand:
  kiero: quiero
kinds:
  - kind: self_harm
    signs:
      - "@quiero morir"
    not_signs: [morir de risa]
"""


def in_spanish(folder: Path, text: str = SPANISH) -> Path:
    (folder / "care").mkdir(exist_ok=True)
    path = folder / "care" / "es.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_signs_in_another_language_are_read_as_they_were_written(folder: Path) -> None:
    before = load_content(folder)
    in_spanish(folder)
    content = load_content(folder)

    (language,) = content.care_languages
    assert (language.words, language.fillers) == ({"quiero": "quiero quisiera"}, "ya muy")
    assert language.shorthand == {"kiero": "quiero"}
    (kind,) = language.kinds
    assert (kind.kind, kind.signs, kind.not_signs) == ("self_harm", ("@quiero morir",), ("morir de risa",))
    assert (before.care_languages, content.digest != before.digest) == ((), True)


def test_a_language_may_have_signs_alone(folder: Path) -> None:
    in_spanish(folder, "kinds: [{kind: violence, signs: [me pega]}]")
    (language,) = load_content(folder).care_languages
    assert (language.words, language.fillers, language.shorthand) == (None, None, None)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        pytest.param("self_harm", "self_ham", 7, "has no kind “self_ham”. Did you mean “self_harm”?", id="a kind"),
        pytest.param("not_signs", "not_sign", 10, "Did you mean “not_signs”?", id="a field"),
        pytest.param(
            '"@quiero morir"', '"@qiero morir"', 9, "no word family “@qiero”; there are @quiero", id="a family"
        ),
        pytest.param('"@quiero morir"', "quiero, morir", 9, "“quiero,” is not a word", id="a comma"),
        pytest.param("quiero quisiera", "quiero/quisiera", 2, "single words with spaces between them", id="a group"),
        pytest.param("morir de risa", '"@Quiero morir"', 10, "is on line 9 already", id="a phrase twice"),
    ],
)
def test_a_mistake_in_another_language_is_told_with_its_line(
    folder: Path, old: str, new: str, line: int, says: str
) -> None:
    assert old in SPANISH
    path = in_spanish(folder, SPANISH.replace(old, new))
    with pytest.raises(ContentError) as caught:
        edition.load(folder)

    # The small care.yml of these tests lacks what a real one must have.
    (problem,) = (problem for problem in caught.value.problems if problem.file != str(folder / "care.yml"))
    assert (problem.file, problem.line) == (str(path), line)
    assert says in problem.message


def test_a_language_is_checked_alone_too(folder: Path) -> None:
    path = in_spanish(folder)
    assert edition.check([path]) == ([], [f"{path}: care, 1 signs of self_harm"])


def test_questions_that_no_article_answers_may_stand_in_a_file_of_their_own(folder: Path) -> None:
    before = load_content(folder)
    assert before.not_covered == ()
    (folder / "not_covered.yml").write_text("questions:\n  - what is my sign\n  - how do i cook rice\n")
    content = load_content(folder)
    assert content.not_covered == ("what is my sign", "how do i cook rice")
    assert content.digest != before.digest


@pytest.mark.parametrize(
    ("written", "line", "words"),
    [
        ("questions:\n  - one\n  - One\n", 3, "already"),
        ("questions: []\n", 1, "empty"),
        ("question:\n  - one\n", 1, "questions"),
        ("questions:\n  - 5\n", 2, "number"),
        ("- one\n", 1, "begins with the field questions"),
    ],
)
def test_mistakes_among_questions_that_no_article_answers_are_told(
    folder: Path, written: str, line: int, words: str
) -> None:
    (folder / "not_covered.yml").write_text(written)
    with pytest.raises(ContentError) as told:
        load_content(folder)
    assert any(problem.line == line and words in str(problem) for problem in told.value.problems), told.value


def test_shorthand_may_be_missing(folder: Path) -> None:
    (folder / "shorthand.yml").unlink()
    assert load_content(folder).shorthand == {}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("command: twinflame", "command: café-двое-火-ไฟ_2", id="names in any script"),
        pytest.param("command: twinflame", f"command: {'a' * 32}", id="the longest name"),
        pytest.param("Why do they run?", "W" * 80, id="the longest question"),
        pytest.param("The other waits.", "a" * (2500 - 36), id="the longest answer"),
        pytest.param("    related:\n      - chaser\n", "", id="no related topics"),
        pytest.param("    related:\n      - chaser\n", "    related: []\n", id="an empty list of them"),
        pytest.param("    note: This is about the idea.\n", "", id="no note"),
        pytest.param("Why do they run?", "'Why won''t they stay: why?'", id="quotes"),
        pytest.param("Why do they run?", ">-\n      Why do\n      they run?", id="a folded line"),
        pytest.param("title: The runner", 'title: "  The runner "', id="spaces around"),
        pytest.param('"#7B5EA7"', "'#7b5ea7'", id="a colour in small letters"),
        pytest.param("command:", "---\ncommand:", id="three hyphens first"),
        pytest.param("title: The runner", "title: !!str 2026", id="a text by its tag"),
        pytest.param("\n", "\r\n", id="Windows line ends"),
        pytest.param(
            "The other waits.", "👋🏽 @everyone **bold** <@1>\n      \tשלום", id="whatever Discord makes of it"
        ),
    ],
)
def test_what_is_allowed_passes(folder: Path, old: str, new: str) -> None:
    assert old in ARTICLE
    (folder / "twinflame.yml").write_text(ARTICLE.replace(old, new), encoding="utf-8", newline="")
    content = load_content(folder)
    assert content.articles[0].topics[0].key == "runner"
    assert content.articles[0].topics[0].title == content.articles[0].topics[0].title.strip()


def test_a_byte_order_mark_does_no_harm(folder: Path) -> None:
    before = load_content(folder)
    (folder / "twinflame.yml").write_text(ARTICLE, encoding="utf-8-sig")
    assert load_content(folder) == before


def test_only_visible_yaml_files_of_the_folder_itself_count(folder: Path) -> None:
    for name in (".hidden.yml", "._twinflame.yml", "template.yml.example", "README.md", "twinflame.yml~"):
        (folder / name).write_text("rubbish", encoding="utf-8")
    (folder / "drafts.yml").mkdir()
    (folder / "other.YAML").write_text(
        ARTICLE.replace("command: twinflame", "command: other").replace("The twin flame idea", "Another"),
        encoding="utf-8",
    )
    assert {article.command for article in load_content(folder).articles} == {"twinflame", "other"}


def test_it_reads_without_libyaml_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = load_content(folder)
    monkeypatch.setattr(written, "_SafeLoader", yaml.SafeLoader)
    assert load_content(folder) == before
    (folder / "twinflame.yml").write_text(ARTICLE.replace("Why do they run?", "'Why"), encoding="utf-8")
    (problem,) = problems_of(folder)
    assert problem.line == 9
    assert "never closed" in problem.message


# --- one mistake, one message -----------------------------------------------------------------------------------------


class Mistake(NamedTuple):
    """A change to one file, and where and how it must be told. ``words`` are all in the message."""

    file: str
    old: str
    new: str
    line: int
    field: str
    words: tuple[str, ...]


def art(old: str, new: str, line: int, field: str, *words: str) -> Mistake:
    return Mistake("twinflame.yml", old, new, line, field, words)


def care(old: str, new: str, line: int, field: str, *words: str) -> Mistake:
    return Mistake("care.yml", old, new, line, field, words)


def lines(old: str, new: str, line: int, field: str, *words: str) -> Mistake:
    return Mistake("helplines.yml", old, new, line, field, words)


def short(old: str, new: str, line: int, field: str, *words: str) -> Mistake:
    return Mistake("shorthand.yml", old, new, line, field, words)


TOMORROW = datetime.now(UTC).date() + timedelta(days=1)
LATER = max(TOMORROW, date(2026, 11, 23)) + timedelta(days=1)

MISTAKES = {
    # fields
    "unknown field": art("source:", "origin: Here\nsource:", 4, "origin", "no field", "Fields here are", "source"),
    "unknown field of a topic": art("    note: ", "    colour: ", 15, "topic “runner”, colour", "no field", "summary"),
    "misspelt field": art("view:", "veiw:", 3, "veiw", "no field", "Did you mean “view”?"),
    "misspelt optional field": art("note:", "notes:", 15, "topic “runner”, notes", "Did you mean “note”?"),
    "field in capitals": art("command:", "Command:", 1, "Command", "Did you mean “command”?"),
    "field that is there already": art("    note:", "    titles:", 15, "topic “runner”, titles", "“title”", "already"),
    "missing field": art("view: One view among several\n", "", 1, "view", "missing", "“view: …”"),
    "missing field of a topic": art("    question: Why do they run?\n", "", 7, "topic “runner”, question", "missing"),
    "missing key": art("  - key: chaser\n    title", "  - title", 24, "topic 2, key", "missing", "“key: …”"),
    "field twice": art("source: An", "title: Again\nsource: An", 4, "title", "twice", "line 2"),
    "field of a topic twice": art(
        "    note:", "    key: other\n    note:", 15, "topic “runner”, key", "twice", "line 7"
    ),
    # types
    "text as a list": art("title: The runner", "title: [The, runner]", 8, "topic “runner”, title", "not a list"),
    "text as fields": art("title: The runner", "title: {The: runner}", 8, "topic “runner”, title", "double quotes"),
    "list as text": art("[chaser]", "chaser", 29, "topic “chaser”, keywords", "must be a list", "dash"),
    "list as a number": art("[chaser]", "5", 29, "topic “chaser”, keywords", "must be a list"),
    "entry as fields": art("- pulling away", "- pulling: away", 18, "topic “runner”, keyword 2", "colon", "quotes"),
    "topic as text": art(
        "  - key: chaser\n    title: The", "  - chaser\n  - key: chaser\n    title: The", 24, "topic 2", "fields"
    ),
    "topics without dashes": art(ARTICLE[ARTICLE.index("  - key") :], "  key: runner\n", 6, "topics", "must be a list"),
    "whole file as text": art(ARTICLE, "hello\n", 1, "", "must have fields", "command, title"),
    "whole file as a list": art(ARTICLE, "\n- hello\n", 2, "", "must have fields"),
    "yes": art("title: The runner", "title: yes", 8, "topic “runner”, title", "yes or no", 'quotes: "yes"'),
    "on": art("- pulling away", "- on", 18, "topic “runner”, keyword 2", "yes or no", '"on"'),
    "year": art("An article of 2019", "2019", 4, "source", "a number", '"2019"'),
    "decimal": art("title: The runner", "title: 1.5", 8, "topic “runner”, title", "a number", '"1.5"'),
    "date": art("title: The runner", "title: 2026-01-31", 8, "topic “runner”, title", "a date", '"2026-01-31"'),
    "time": art("title: The runner", "title: 11:11", 8, "topic “runner”, title", "a number", '"11:11"'),
    "number as a key": art("    note:", "    5:", 15, "topic “runner”", "quotes", '"5"'),
    "list as a key": art("    note:", "    [a, b]:", 15, "topic “runner”", "Before the colon"),
    "nothing": art("title: The runner", "title:", 8, "topic “runner”, title", "nothing here"),
    "nothing in a list": art("- pulling away", "-", 18, "topic “runner”, keyword 2", "nothing here"),
    "nothing where a list belongs": art(":\n      - chaser", ":", 21, "topic “runner”, related", "nothing", "dash"),
    "comment instead of a colour": art('"#7B5EA7"', "#7B5EA7", 5, "colour", "nothing here", "begins with #", "quotes"),
    "blank": art("title: The runner", 'title: "  "', 8, "topic “runner”, title", "empty"),
    "only what nobody sees": art("title: The runner", 'title: "\u200b\u3164"', 8, "topic “runner”, title", "empty"),
    "blank answer": art(ANSWER, '" "', 11, "topic “runner”, answer", "empty"),
    "two lines": art(
        "title: The runner", "title: |\n      The\n      runner", 8, "topic “runner”, title", "on one line"
    ),
    # names
    "capital letter": art("command: twinflame", "command: Twinflame", 1, "command", "lower case", "“twinflame”"),
    "space in a name": art("command: twinflame", "command: twin flame", 1, "command", "spaces", "“twin-flame”"),
    "name of a topic": art(
        "- chaser\n    reviewed: 2026-01-31\n  - key: chaser",
        "- Chaser\n    reviewed: 2026-01-31\n  - key: Chaser",
        24,
        "topic “Chaser”, key",
        "lower case",
        "“chaser”",
    ),
    "sign in a name": art("command: twinflame", "command: twin/flame!", 1, "command", "letters", "“twin-flame”"),
    "apostrophe in a name": art("command: twinflame", "command: twin's", 1, "command", "letters", "“twins”"),
    "emoji in a name": art("command: twinflame", "command: 🔥", 1, "command", "letters"),
    "name too long": art("command: twinflame", f"command: {'a' * 33}", 1, "command", "33 characters", "32"),
    "Lantern's own name": art("command: twinflame", "command: ask", 1, "command", "Lantern's own"),
    # values
    "colour without sign": art('"#7B5EA7"', '"7B5EA7"', 5, "colour", "no colour", '"#7B5EA7"'),
    "colour by name": art('"#7B5EA7"', "purple", 5, "colour", "“purple”", "no colour"),
    "colour as a number": art('"#7B5EA7"', "0x7B5EA7", 5, "colour", "“0x7B5EA7”", "no colour"),
    "colour as a list": art('"#7B5EA7"', "[1, 2, 3]", 5, "colour", "no colour"),
    "no day of that name": art(
        "2026-01-31\n  -", "2026-02-30\n  -", 23, "topic “runner”, reviewed", "“2026-02-30”", "exists"
    ),
    "date the other way round": art(
        "2026-01-31\n  -", "31.01.2026\n  -", 23, "topic “runner”, reviewed", "no date", "2026-01-31"
    ),
    "date in words": art('"2026-01-31"', "last May", 32, "topic “chaser”, reviewed", "“last May”", "no date"),
    "date with a time": art('"2026-01-31"', "2026-01-31 10:00:00", 32, "topic “chaser”, reviewed", "no date"),
    "year alone as date": art('"2026-01-31"', "2026", 32, "topic “chaser”, reviewed", "“2026”", "no date"),
    "date in the future": art('"2026-01-31"', LATER.isoformat(), 32, "topic “chaser”, reviewed", "in the future"),
    "date in the future, in quotes": art('"2026-01-31"', f'"{LATER}"', 32, "topic “chaser”, reviewed", "in the future"),
    # lengths
    "question": art(
        "Why do they run?", "W" * 81, 9, "topic “runner”, question", "81", "80", "button", "Shorten it by 1."
    ),
    "title": art("title: The runner", f"title: {'T' * 81}", 8, "topic “runner”, title", "81", "80"),
    "title of the article": art("The twin flame idea", "T" * 90, 2, "title", "90", "80", "by 10"),
    "view": art("One view among several", "v" * 201, 3, "view", "201", "200"),
    "source": art("An article of 2019", "s" * 301, 4, "source", "301", "300"),
    "summary": art("In this view one of the two runs.", "s" * 301, 10, "topic “runner”, summary", "301", "300"),
    "answer": art("The other waits.", "a" * 2500, 11, "topic “runner”, answer", "2,536", "2,500", "by 36"),
    "note": art("This is about the idea.", "n" * 501, 15, "topic “runner”, note", "501", "500"),
    "keyword": art("pulling away", "k" * 61, 18, "topic “runner”, keyword 2", "61", "60"),
    "sample question": art("why does he run", "q" * 201, 20, "topic “runner”, sample question 1", "201", "200"),
    "no sample questions": art("[who chases whom]", "[]", 30, "topic “chaser”, sample_questions", "list is empty"),
    "too many keywords": art(
        "[chaser]", str([f"word {n}" for n in range(201)]), 29, "topic “chaser”, keyword 201", "201", "200"
    ),
    "no topics": art(ARTICLE[ARTICLE.index("topics:") :], "topics: []\n", 6, "topics", "list is empty"),
    "too many topics": art(
        ARTICLE[ARTICLE.index("  - key: chaser") :],
        "".join(a_topic(f"t{n}") for n in range(TOPICS_MAX - 1)) + a_topic("chaser"),
        24 + 8 * (TOPICS_MAX - 1),
        "topic “chaser”",
        "26",
        "25 is the limit",
    ),
    # duplicates
    "key twice": art(
        ARTICLE[ARTICLE.index("    related:\n") :],
        f"    reviewed: 2026-01-31\n{a_topic('runner')}",
        22,
        "topic “runner”, key",
        "“runner”",
        "line 7",
        "already",
    ),
    "title twice": art(
        "title: The chaser",
        "title: THE  runner",
        25,
        "topic “chaser”, title",
        "capitals and spaces",
        "line 8",
        "“runner”",
    ),
    "question twice": art("Who goes after whom?", "why do they run?", 26, "topic “chaser”, question", "line 9"),
    "keyword twice": art("- pulling away", "- Runner", 18, "topic “runner”, keyword 2", "line 17", "already"),
    "keyword of another topic": art(
        "[chaser]", "[chaser, pulling  AWAY]", 29, "topic “chaser”, keyword 2", "line 18", "topic “runner”"
    ),
    "sample question twice": art(
        "who chases whom", "Why does he run", 30, "topic “chaser”, sample question 1", "line 20"
    ),
    # related topics
    "related to nobody": art(
        "- chaser", "- chasr", 22, "topic “runner”, related topic 1", "no topic", "Did you mean “chaser”?"
    ),
    "related to something else": art(
        "- chaser", "- weather", 22, "topic “runner”, related topic 1", "no topic", "key of a topic"
    ),
    "related to itself": art("- chaser", "- chaser\n      - runner", 23, "topic “runner”, related topic 2", "itself"),
    "related twice": art("- chaser", "- chaser\n      - chaser", 23, "topic “runner”, related topic 2", "already"),
    # characters
    "right-to-left override": art(
        "The other waits.", "The\u202e other waits.", 14, "topic “runner”, answer", "U+202E", "Delete"
    ),
    "direction mark": art(
        "- pulling away", "- pulling\u200f away", 18, "topic “runner”, keyword 2", "U+200F", "invisible"
    ),
    "isolate in a key": art("    note:", "    note\u2066:", 15, "topic “runner”", "U+2066"),
    "control character": art(
        "The other waits.", "The \x07other waits.", 14, "topic “runner”, answer", "U+0007", "control"
    ),
    "zero byte": art("title: The runner", "title: The\0runner", 8, "topic “runner”, title", "U+0000"),
    "control character written out": art(
        "title: The runner", 'title: "The\\e runner"', 8, "topic “runner”, title", "U+001B"
    ),
    "line separator": art("The runner", "The\u2028runner", 8, "topic “runner”, title", "U+2028"),
    "replacement character": art(
        "The runner", "The\ufffdrunner", 8, "topic “runner”, title", "could not read", "U+FFFD"
    ),
    # YAML
    "colon in a text": art("The runner", "The runner: why", 8, "topic “runner”, title", "colon", "double quotes"),
    "too much indentation": art(
        "    title: The runner", "      title: The runner", 8, "topic “runner title”, key", "indented"
    ),
    "too little indentation": art(
        "    title: The runner", "   title: The runner", 8, "topic “runner”, key", "indented equally"
    ),
    "tab": art("    title: The runner", "\ttitle: The runner", 8, "topic 1, key", "tab", "spaces"),
    "open quote": art("Why do they run?", "'Why", 9, "topic “runner”, question", "never closed"),
    "quote closed late": art("title: The runner", 'title: "The runner', 8, "topic “runner”, title", "line 32"),
    "apostrophe in quotes": art(
        "Why do they run?", "'Why won't they stay?'", 9, "topic “runner”, question", "apostrophe"
    ),
    "text after quotes": art("Why do they run?", '"Why" do they run?', 9, "topic “runner”, question", "closing quote"),
    "open bracket": art(
        "[who chases whom]", "[who chases whom", 30, "topic “chaser”, sample question 1", "bracket", "closed"
    ),
    "missing colon": art(
        "    summary: In this view one", "    summary In this view one", 10, "topic “runner”, question", "colon"
    ),
    "unknown backslash": art("title: The runner", r'title: "The \runner \q"', 8, "topic “runner”, title", "backslash"),
    "at sign first": art("title: The runner", "title: @everyone", 8, "topic “runner”, title", "“@”", "double quotes"),
    "backtick first": art("title: The runner", "title: `runner`", 8, "topic “runner”, title", "“`”", "double quotes"),
    "percent first": art("title: The runner", "title: %runner", 8, "topic “runner”, title", "“%”", "double quotes"),
    "dash forgotten": art("      - pulling away", "      pulling away", 18, "topic “runner”, keyword 1", "dash"),
    "star first": art(
        "title: The runner", "title: *The* runner", 8, "topic “runner”, title", "begins with *", "quotes"
    ),
    "two stars first": art(
        "title: The runner", "title: **The** runner", 8, "topic “runner”, title", "begins with *", "quotes"
    ),
    "alias": art("title: The runner", "title: *name", 8, "topic “runner”, title", "begins with *", "no references"),
    "anchor": art(
        "title: The runner", "title: &name The runner", 8, "topic “runner”, title", "begins with &", "no references"
    ),
    "merge": art(
        "    note: This is", "    <<: *x\n    note: This is", 15, "topic “runner”", "begins with <<", "no references"
    ),
    "exclamation mark first": art(
        "title: The runner", "title: !runner wow", 8, "topic “runner”, title", "begins with !"
    ),
    "lonely exclamation mark": art("title: The runner", "title: ! runner", 8, "topic “runner”, title", "begins with !"),
    "undefined tag": art("title: The runner", "title: !run!ner wow", 8, "topic “runner”, title", "begins with !"),
    "a Python object": art(
        "[chaser]", "!!python/object/apply:os.getcwd []", 29, "topic “chaser”, keywords", "begins with !"
    ),
    "second document": art(
        'related: [runner]\n    reviewed: "2026-01-31"\n',
        "reviewed: 2026-01-31\n---\nmore: text\n",
        32,
        "topic “chaser”, reviewed",
        "second document",
    ),
    "too deep": art("title: The runner", f"title: {'[' * 5000}", 8, "topic “runner”, title 1", "inside each other"),
    "empty file": art(ARTICLE, "", 1, "", "empty", "command, title"),
    "only a comment": art(ARTICLE, "# hello\n", 1, "", "empty"),
    "only three hyphens": art(ARTICLE, "---\n", 1, "", "empty"),
    # care
    "care: empty": care(CARE, "", 1, "", "empty", "directory and kinds"),
    "care: unknown field": care("  label:", "  name: x\n  label:", 2, "directory, name", "no field"),
    "care: misspelt field": care("  label:", "  lable:", 2, "directory, lable", "“label”"),
    "care: label": care("Find a helpline", "F" * 81, 2, "directory, label, en", "81", "80"),
    "care: address": care("https://example.org/helplines", "example.org", 3, "directory, url", "https://"),
    "care: unsafe address": care(
        "https://example.org/helplines", "http://example.org", 3, "directory, url", "https://"
    ),
    "care: address with a space": care("org/helplines", "org/help lines", 3, "directory, url", "no spaces"),
    "care: address too long": care("org/helplines", "org/" + "h" * 500, 3, "directory, url", "512"),
    "care: no address at all": care("https://example.org/helplines", "https://[", 3, "directory, url", "web address"),
    "care: name of a kind": care("kind: violence", "kind: At home", 12, "kind “At home”, kind", "small letters"),
    "care: no place for the country": care(
        "  url:", "  by_country: https://example.org\n  url:", 3, "directory, by_country", "{country}"
    ),
    "care: no english": care("{en: Find", "{de: Find", 2, "directory, label", "English", "en"),
    "care: no language": care(
        "{en: Find", "{english: x, en: Find", 2, "directory, label, english", "two small letters"
    ),
    "care: no kinds": care(CARE[CARE.index("kinds:") :], "kinds: []\n", 4, "kinds", "list is empty"),
    "care: how a kind is shown": care(
        "kind: violence\n", "kind: violence\n    shown: beside\n", 13, "kind “violence”, shown", "beside_topics"
    ),
    "care: kind twice": care(
        "  - kind: violence",
        CARE[CARE.index("  - kind: harm") :].replace("hurt her", "kill him") + "  - kind: violence",
        20,
        "kind “harm_to_others”, kind",
        "line 12",
    ),
    "care: sign twice": care(
        "[he hits me]", "[he hits me, Want to  die]", 15, "kind “violence”, sign 2", "line 9", "“self_harm”"
    ),
    "care: sign that is none": care(
        "- dying to know", "- want to die", 11, "kind “self_harm”, entry of not_signs 1", "line 9"
    ),
    "care: no signs": care("[he hits me]", "[]", 15, "kind “violence”, signs", "list is empty"),
    "care: sign too long": care("he hits me", "h" * 2001, 15, "kind “violence”, sign 1", "2,000"),
    "care: message missing": care(
        VIOLENCE,
        VIOLENCE.replace("    message: {en: A program wrote this.}\n", ""),
        12,
        "kind “violence”, message",
        "missing",
    ),
    "care: message too long": care(
        VIOLENCE, VIOLENCE.replace("A program wrote this.", "m" * 701), 14, "kind “violence”, message, en", "700"
    ),
    "care: a number": care(
        VIOLENCE,
        VIOLENCE.replace('"Call the emergency number:"', "112"),
        13,
        "kind “violence”, now, en",
        '"112"',
    ),
    "care: of an older version": care(
        VIOLENCE,
        VIOLENCE.replace("    now:", "    contacts: Call 112.\n    now:"),
        13,
        "kind “violence”, contacts",
        "no field",
    ),
    # helplines
    "helplines: empty": lines(HELPLINES, "", 1, "", "empty", "words and countries"),
    "helplines: no source": lines(
        "        source: a page\n", "", 30, "country “ie”, helpline 1, source", "missing", "source: …"
    ),
    "helplines: no date of the source": lines(
        '        source_date: "2023"\n', "", 23, "country “no”, helpline 1, source_date", "missing"
    ),
    "helplines: a year without quotes": lines('"2023"', "2023", 26, "country “no”, helpline 1, source_date", '"2023"'),
    "helplines: no such day": lines(
        '"2026-09-04"', '"2026-09-31"', 35, "country “ie”, helpline 1, source_date", "no date", '"2026-01"'
    ),
    "helplines: another way to date": lines(
        '"2023"', '"spring 2023"', 26, "country “no”, helpline 1, source_date", "no date"
    ),
    "helplines: checked in the future": lines(
        "2026-10-01", LATER.isoformat(), 36, "country “ie”, helpline 1, checked", "in the future"
    ),
    "helplines: hours": lines("08:00-24:00", "8-24", 33, "country “ie”, helpline 1, hours", "always", "08:00-24:00"),
    "helplines: norway without quotes": lines('country: "no"', "country: no", 19, "country 1, country", '"no"'),
    "helplines: a country in words": lines(
        'country: "ie"', "country: Ireland", 27, "country “Ireland”, country", "two small letters"
    ),
    "helplines: a country twice": lines('country: "ie"', 'country: "no"', 27, "country “no”, country", "line 19"),
    "helplines: about nothing there is": lines(
        "about: crisis", "about: crises", 23, "country “no”, helpline 1, about", "Did you mean “crisis”?"
    ),
    "helplines: no number in a country": lines(
        HELPLINES[HELPLINES.index("      - about: crisis") : HELPLINES.index('  - country: "ie"')],
        "",
        22,
        "country “no”, helplines",
        "nothing here",
    ),
    "helplines: a number too long": lines(
        "116 123", "1" * 31, 24, "country “no”, helpline 1, number", "31", "30 are allowed"
    ),
    "helplines: another language first": lines(
        "language: en", "language: de", 2, "words in “de”, language", "English words come first"
    ),
    # shorthand
    "shorthand: empty": short(SHORTHAND, "", 1, "", "empty", "tf: twin flame"),
    "shorthand: unknown field": short("shorthand:", "shorthand: {}\nslang:", 2, "slang", "no field"),
    "shorthand: twice": short("  U:", "  TF:", 3, "shorthand “TF”", "line 2", "capitals"),
    "shorthand: exactly twice": short("  U:", "  tf:", 3, "shorthand “tf”", "twice", "line 2"),
    "shorthand: number as a key": short("  U:", "  2:", 3, "shorthand", "quotes", '"2"'),
    "shorthand: no as a key": short("  U:", "  no:", 3, "shorthand", "quotes", '"no"'),
    "shorthand: yes as a value": short("twin flame", "yes", 2, "shorthand “tf”", "yes or no", '"yes"'),
    "shorthand: nothing": short("twin flame", "", 2, "shorthand “tf”", "nothing here"),
    "shorthand: list": short("\n  tf: twin flame\n  U: you", "\n  - tf", 1, "shorthand", "fields"),
    "shorthand: key too long": short("  U:", f"  {'u' * 33}:", 3, f"shorthand “{'u' * 33}”", "33", "32"),
    "shorthand: value too long": short("twin flame", "t" * 101, 2, "shorthand “tf”", "101", "100"),
    "shorthand: called like a field": short("  U: you", "  reviewed: 5", 3, "shorthand “reviewed”", "a number", '"5"'),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_once_with_its_line_and_what_would_be_right(folder: Path, name: str) -> None:
    mistake = MISTAKES[name]
    text = FILES[mistake.file]
    assert text.count(mistake.old) == 1
    path = folder / mistake.file
    path.write_text(text.replace(mistake.old, mistake.new), encoding="utf-8")

    (problem,) = problems_of(folder)

    assert (problem.file, problem.line, problem.field) == (str(path), mistake.line, mistake.field), problem
    for words in mistake.words:
        assert words in problem.message
    assert readable(problem)
    # The same, asked for this file alone.
    assert check_files([path]) == [(path, (problem,))]


def readable(problem: Problem) -> bool:
    """One line, nothing invisible, nothing that only a programmer knows, no library's own text."""
    assert problem.message.isprintable(), problem
    assert problem.message.rstrip("…").endswith((".", "?", ":", '"')) or "…" in problem.message, problem
    jargon = (
        r"pydantic|Traceback|scalar|mapping|sequence|NoneType|\b(str|int|dict|tuple|bool)\b|Input should|<class|token"
    )
    assert not re.search(jargon, problem.message), problem
    assert str(problem).startswith(problem.file)
    assert problem.line is None or f", line {problem.line}" in str(problem)
    return True


def test_ten_mistakes_get_ten_messages_with_their_lines(folder: Path) -> None:
    text = ARTICLE
    for old, new in (
        ("command: twinflame", "command: Twinflame"),
        ("view:", "veiw:"),
        ('"#7B5EA7"', '"violet"'),
        ("title: The runner", "title: yes"),
        ("Why do they run?", "W" * 100),
        ("This is about the idea.", "This is\u202e about the idea."),
        ("- pulling away", "- RUNNER"),
        ("      - chaser\n", "      - chasr\n"),
        ("    answer: In this view, the other goes after.\n", ""),
        ('reviewed: "2026-01-31"', "reviewed: 2026-02-31"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    (folder / "twinflame.yml").write_text(text, encoding="utf-8")

    told = [(problem.line, problem.field) for problem in problems_of(folder)]

    assert told == [
        (1, "command"),
        (3, "veiw"),
        (5, "colour"),
        (8, "topic “runner”, title"),
        (9, "topic “runner”, question"),
        (15, "topic “runner”, note"),
        (18, "topic “runner”, keyword 2"),
        (22, "topic “runner”, related topic 1"),
        (24, "topic “chaser”, answer"),
        (31, "topic “chaser”, reviewed"),
    ]


def test_a_file_that_does_not_parse_tells_what_was_found_before(folder: Path) -> None:
    text = ARTICLE.replace("title: The runner", "title: Th\u202ee runner").replace("Who goes", '"Who" goes')
    (folder / "twinflame.yml").write_text(text, encoding="utf-8")
    assert [problem.line for problem in problems_of(folder)] == [8, 26]


def test_a_quote_forgotten_twice_is_told_where_it_opens(folder: Path) -> None:
    text = ARTICLE.replace("title: The runner", 'title: "The runner').replace(
        "summary: In this view one", 'summary: "In'
    )
    (folder / "twinflame.yml").write_text(text, encoding="utf-8")
    first, *_ = (problem for problem in problems_of(folder) if problem.line == 8)
    assert first.field == "topic “runner”, title"
    assert "closed on line 10 only" in first.message


def test_a_text_in_quotes_may_have_several_lines(folder: Path) -> None:
    text = ARTICLE.replace("In this view one of", '"In this view:\n      one of').replace(
        "two runs.\n    answer", 'two runs."\n    answer'
    )
    (folder / "twinflame.yml").write_text(text, encoding="utf-8")
    assert load_content(folder).articles[0].topics[0].summary == "In this view: one of the two runs."


def test_more_than_four_related_topics(folder: Path) -> None:
    keys = ["one", "two", "three", "four", "five"]
    text = ARTICLE.replace("[runner]", f"[{', '.join(keys)}]") + "".join(map(a_topic, keys))
    (folder / "twinflame.yml").write_text(text, encoding="utf-8")
    (problem,) = problems_of(folder)
    assert (problem.line, problem.field) == (31, "topic “chaser”, related topic 5")
    assert "the list has 5, and 4 is the limit" in problem.message


@pytest.mark.parametrize("name", sorted(RESERVED_COMMANDS))
def test_each_of_lanterns_own_names_is_refused(folder: Path, name: str) -> None:
    (folder / "twinflame.yml").write_text(ARTICLE.replace("command: twinflame", f"command: {name}"), encoding="utf-8")
    (problem,) = problems_of(folder)
    assert (problem.line, problem.field) == (1, "command")
    assert "Lantern's own commands" in problem.message


def test_a_review_may_be_dated_tomorrow_for_who_lives_ahead_of_utc(folder: Path) -> None:
    (folder / "twinflame.yml").write_text(ARTICLE.replace('"2026-01-31"', TOMORROW.isoformat()), encoding="utf-8")
    assert load_content(folder).articles[0].topics[1].reviewed == TOMORROW


def test_a_clock_without_a_battery_does_not_refuse_the_content(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> Clock:
            return cls(1970, 1, 1, tzinfo=UTC)

    monkeypatch.setattr(articles, "datetime", Clock)
    assert load_content(folder).articles


@settings(max_examples=300, deadline=None)
@given(st.text(min_size=1, max_size=40))
@example("a" * 32)
@example("ไฟ-ก็")
@example("हिन्दी")
@example("ǅ")
@example("²")
@example("a\n")
def test_every_name_that_passes_is_one_that_discord_py_sends(name: str) -> None:
    from discord.app_commands.commands import validate_name

    try:
        articles.discord_name(name)
    except ValueError:
        return
    assert validate_name(name) == name
    assert re.fullmatch(r"[-_\w\u0e00-\u0e7f\u0900-\u097f]{1,32}", name)


# --- files and folders ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "line", "words"),
    [
        pytest.param(ARTICLE.replace("The runner", "Läufer").encode("latin-1"), 8, ["UTF-8", "Notepad"], id="latin-1"),
        pytest.param(ARTICLE.encode("utf-16"), 1, ["UTF-8"], id="utf-16"),
        pytest.param(b"\n\n\xff\n", 3, ["UTF-8"], id="a wrong byte"),
        pytest.param(b"# " + b"x" * FILE_BYTES_MAX, None, ["larger than 1,000,000 bytes"], id="too large"),
        pytest.param(b"- a\n" * 40_000, 30_000, ["more than 30,000 entries"], id="too many entries"),
        pytest.param(b"", 1, ["empty"], id="empty"),
        pytest.param(b"\xef\xbb\xbf", 1, ["empty"], id="only a byte order mark"),
    ],
)
def test_a_file_that_is_no_article(folder: Path, raw: bytes, line: int | None, words: list[str]) -> None:
    path = folder / "twinflame.yml"
    path.write_bytes(raw)
    (problem,) = problems_of(folder)
    assert (problem.file, problem.line) == (str(path), line)
    for word in words:
        assert word in problem.message
    assert readable(problem)


def test_a_file_that_cannot_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "gone.yml").symlink_to(folder / "nowhere")
    opened = Path.open

    def refuse(self: Path, mode: str = "r") -> object:
        if self.name == "twinflame.yml":
            raise PermissionError(13, "Permission denied")
        return opened(self, mode)

    monkeypatch.setattr(Path, "open", refuse)
    gone, forbidden = problems_of(folder)
    assert (gone.file, gone.line) == (str(folder / "gone.yml"), None)
    assert "does not exist" in gone.message
    assert forbidden.file == str(folder / "twinflame.yml")
    assert "may not be read" in forbidden.message
    assert readable(gone)
    assert readable(forbidden)


def test_a_broken_disk_is_told_in_words(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Path, mode: str = "r") -> object:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "open", fail)
    assert all("cannot be read (Input/output error)" in problem.message for problem in problems_of(folder))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes among files")
def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    import os

    os.mkfifo(folder / "pipe.yml")
    (problem,) = problems_of(folder)
    assert problem.file == str(folder / "pipe.yml")
    assert "not a file" in problem.message


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path / "nowhere")
    assert (problem.file, problem.line, problem.field) == (str(tmp_path / "nowhere"), None, "")
    assert "does not exist" in problem.message
    assert str(problem) == f"{tmp_path / 'nowhere'}: {problem.message}"


def test_a_file_in_place_of_the_folder(folder: Path) -> None:
    (problem,) = problems_of(folder / "twinflame.yml")
    assert "is not a folder" in problem.message


def test_a_path_that_cannot_be(tmp_path: Path) -> None:
    impossible = tmp_path / "a\0b\u202e\n"
    result = check_files([impossible])[0][1]
    assert isinstance(result, tuple)
    for problem in (*problems_of(impossible), *result):
        assert readable(problem)
        assert problem.file.isprintable()


def test_an_empty_folder(tmp_path: Path) -> None:
    article, missing, helplines = problems_of(tmp_path)
    assert article.file == missing.file == helplines.file == str(tmp_path)
    assert "no article" in article.message
    assert "care.yml is missing" in missing.message
    assert "helplines.yml is missing" in helplines.message


@pytest.mark.parametrize("name", ["care.yml", "helplines.yml"])
def test_help_for_who_is_in_danger_must_be_there(folder: Path, name: str) -> None:
    (folder / name).unlink()
    (problem,) = problems_of(folder)
    assert (problem.file, problem.line) == (str(folder), None)
    assert f"{name} is missing" in problem.message


def test_a_kind_of_danger_shows_helplines_that_there_are_words_for(folder: Path) -> None:
    text = CARE.replace("  - kind: violence\n", "  - kind: violence\n    helplines: [crisis, vilence]\n")
    (folder / "care.yml").write_text(text, encoding="utf-8")
    (problem,) = problems_of(folder)
    assert (problem.file, problem.line, problem.field) == (
        str(folder / "care.yml"),
        13,
        "kind “violence”, helpline 2",
    )
    assert "helplines.yml have no line about “vilence”" in problem.message


def test_old_helplines_are_warned_of_and_never_refused(folder: Path) -> None:
    fresh = edition.check([folder / "helplines.yml"])
    assert fresh[0] == []
    helplines = load_content(folder).helplines

    warned = edition.stale(helplines, date(2026, 11, 27), named=True)
    assert warned[0].startswith("  Warning: 1 of these numbers stand on pages of more than 183 days ago")
    assert warned[1:] == ["  Norway: 116 123 (2023)"]
    still = date(2026, 10, 1) + timedelta(days=183)
    assert edition.stale(helplines, still, named=True)[1:] == warned[1:]
    later = edition.stale(helplines, still + timedelta(days=1), named=True)
    assert later[2:] == ["  Ireland: 112 (2026-10-01)"]
    assert edition.stale(helplines, date(2023, 2, 1), named=True) == []
    # Many lines that always stand are not read.
    (counted,) = edition.stale(helplines, still + timedelta(days=1), named=False)
    assert counted.startswith("  Warning: 2 of these numbers")
    assert "`python bot.py check --helplines` names them." in counted


_WORDS = HELPLINES[len("words:\n") : HELPLINES.index("countries:")]
IN_SPANISH = HELPLINES.replace("countries:", _WORDS.replace("language: en", "language: es") + "countries:", 1)
SPANISH_SIGNS = "kinds:\n  - kind: self_harm\n    signs: [quiero morir]\n"


@pytest.mark.parametrize(
    ("file", "text", "missing"),
    [
        pytest.param(None, "", True, id="no folder"),
        pytest.param("pt.yml", SPANISH_SIGNS, True, id="another language's"),
        pytest.param("es.yml", SPANISH_SIGNS.replace("    signs", "    examples"), True, id="no signs in it"),
        pytest.param("es.yml", SPANISH_SIGNS, False, id="there"),
        pytest.param("ES.YAML", SPANISH_SIGNS, False, id="there, in capitals"),
    ],
)
def test_a_language_of_the_help_whose_signs_are_missing_is_refused(
    folder: Path, file: str | None, text: str, missing: bool
) -> None:
    """Danger in it would go unnoticed; who means it takes the language out of helplines.yml, too."""
    (folder / "helplines.yml").write_text(IN_SPANISH, encoding="utf-8")
    if file is not None:
        (folder / "care").mkdir()
        (folder / "care" / file).write_text(text, encoding="utf-8")

    if missing:
        (problem,) = problems_of(folder)
        assert problem.file == str(folder)
        assert problem.message.startswith(
            "care/es.yml is missing or has no signs: helplines.yml has words in that language"
        )
        (folder / "helplines.yml").write_text(HELPLINES, encoding="utf-8")
    assert load_content(folder).care


def test_a_language_file_with_a_mistake_is_told_of_its_mistake_alone(folder: Path) -> None:
    (folder / "helplines.yml").write_text(IN_SPANISH, encoding="utf-8")
    (folder / "care").mkdir()
    (folder / "care" / "es.yml").write_text(SPANISH_SIGNS + "more: text\n", encoding="utf-8")

    (problem,) = problems_of(folder)
    assert problem.field == "more"


@pytest.mark.parametrize("gone", ["es.yml", "examples.yml", ""])
def test_of_the_content_that_is_shipped_no_file_of_signs_goes_unsaid(content_folder: Path, gone: str) -> None:
    """Once the whole folder could go, and every check was content."""
    if gone:
        (content_folder / "care" / gone).unlink()
    else:
        shutil.rmtree(content_folder / "care")

    problems, lines = edition.check([content_folder])

    if gone == "examples.yml":
        assert problems == []
        assert [line for line in lines if "no file in care/ has examples" in line]
    else:
        assert [problem.message.partition(" ")[0] for problem in problems] == (
            ["care/es.yml"] if gone else [f"care/{language}.yml" for language in ("es", "pt", "fr", "de", "hi")]
        )
        with pytest.raises(ContentError):
            edition.load(content_folder)


def test_one_care_file_is_enough(folder: Path) -> None:
    (folder / "care.yaml").write_text(CARE, encoding="utf-8")
    (problem,) = problems_of(folder)
    assert problem.file == str(folder)
    assert "care.yaml, care.yml" in problem.message


def test_no_more_articles_than_discord_has_commands_for(folder: Path) -> None:
    for number in range(ARTICLES_MAX):
        text = ARTICLE.replace("command: twinflame", f"command: other{number}")
        text = text.replace("The twin flame idea", f"Another {number}")
        (folder / f"other{number}.yml").write_text(text, encoding="utf-8")
    (problem,) = problems_of(folder)
    assert problem.file == str(folder)
    assert f"holds {ARTICLES_MAX + 1} articles" in problem.message
    assert "Take out 1." in problem.message


def test_two_articles_need_two_names(folder: Path) -> None:
    (folder / "zwei.yml").write_text("# a copy\n" + ARTICLE.replace("The twin", "THE  twin"), encoding="utf-8")
    command, title = problems_of(folder)
    assert (command.file, command.line, command.field) == (str(folder / "zwei.yml"), 2, "command")
    assert f"taken by {folder / 'twinflame.yml'}, line 1" in command.message
    assert (title.line, title.field) == (3, "title")


def test_problems_of_several_files_come_in_order(folder: Path) -> None:
    for name, text in FILES.items():
        (folder / name).write_text(text + "more: text\n", encoding="utf-8")
    told = [(Path(problem.file).name, problem.line, problem.field) for problem in problems_of(folder)]
    assert told == [
        ("care.yml", 20, "more"),
        ("helplines.yml", 37, "more"),
        ("shorthand.yml", 4, "more"),
        ("twinflame.yml", 33, "more"),
    ]


def test_single_files_are_told_as_what_they_are(folder: Path) -> None:
    good, wrong = folder / "twinflame.yml", folder / "wrong.yml"
    wrong.write_text("", encoding="utf-8")
    paths = [good, folder / "care.yml", wrong, folder / "shorthand.yml", folder / "nowhere.yml"]

    result = check_files(paths)

    assert [path for path, _ in result] == paths
    article, its_care, problems, its_shorthand, nowhere = (what for _, what in result)
    assert isinstance(article, Article)
    assert isinstance(its_care, Care)
    assert isinstance(its_shorthand, Shorthand)
    assert isinstance(problems, tuple)
    assert isinstance(nowhere, tuple)
    assert "empty" in problems[0].message
    assert "does not exist" in nowhere[0].message


def test_files_given_together_are_compared_and_one_given_twice_is_not(folder: Path) -> None:
    first, second = folder / "twinflame.yml", folder / "zwei.yml"
    second.write_text(ARTICLE, encoding="utf-8")

    assert all(isinstance(what, Article) for _, what in check_files([first, first]))
    (_, one), (_, other) = check_files([first, second])
    assert isinstance(one, Article)
    assert isinstance(other, tuple)
    assert [problem.field for problem in other] == ["command", "title"]


def test_a_folder_given_to_check_is_checked_whole(folder: Path) -> None:
    result = check_files([folder])
    assert [path.name for path, _ in result] == ["care.yml", "helplines.yml", "shorthand.yml", "twinflame.yml"]
    (folder / "care.yml").unlink()
    (path, problems), *others = check_files([folder])
    assert path == folder
    assert isinstance(problems, tuple)
    assert "care.yml is missing" in problems[0].message
    assert len(others) == 3


# --- rubbish, and the cost --------------------------------------------------------------------------------------------


def test_an_alias_bomb_is_refused_at_once(folder: Path) -> None:
    bomb = "a: &a [" + ", ".join(["lol"] * 9) + "]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        bomb += f"{name}: &{name} [" + ", ".join([f"*{before}"] * 9) + "]\n"
    (folder / "twinflame.yml").write_text(bomb, encoding="utf-8")

    began = time.process_time()
    problems = problems_of(folder)

    assert time.process_time() - began < 1
    references = [problem.line for problem in problems if "takes no references" in problem.message]
    assert references == list(range(1, 10))


@pytest.mark.parametrize(
    "rubbish",
    [
        pytest.param("[" * 900_000, id="brackets"),
        pytest.param("a: {" * 200_000, id="braces"),
        pytest.param("\0\n" * 400_000, id="zero bytes"),
        pytest.param("topics:\n" + "- x: y\n" * 3_000, id="topics without fields"),
        pytest.param("topics:\n- key: a\n  related: [" + "b" * 50 + ("," + "c" * 50) * 15_000 + "]", id="related"),
        pytest.param("".join(f"veiw{n}: x\n" for n in range(14_000)), id="unknown fields"),
        pytest.param("colour: " + "9" * 900_000, id="digits"),
        pytest.param("command: " + "ﷺ" * 300_000, id="a character that folds into many"),
        pytest.param("? " * 400_000, id="question marks"),
        pytest.param("- " * 400_000, id="dashes"),
        pytest.param("&a " * 300_000, id="anchors"),
    ],
)
def test_rubbish_is_refused_in_reasonable_time(folder: Path, rubbish: str) -> None:
    (folder / "twinflame.yml").write_text(rubbish, encoding="utf-8")
    began = time.process_time()
    problems = problems_of(folder)
    assert time.process_time() - began < 5
    assert all(readable(problem) for problem in problems[:50])


FAULTY = st.one_of(
    st.text(),
    st.text(alphabet="\n\t -:#[]{}&*!|>'\"%@`,?.=<~0123456789abcyesno"),
    # An article, with pieces cut out and rubbish put in.
    st.builds(
        lambda text, start, length, rubbish: text[:start] + rubbish + text[start + length :],
        st.sampled_from([ARTICLE, CARE, SHORTHAND]),
        st.integers(0, len(ARTICLE)),
        st.integers(0, 40),
        st.text(max_size=8),
    ),
).map(lambda text: text.encode("utf-8", "surrogatepass"))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary() | FAULTY, name=st.sampled_from(sorted(FILES)), plain=st.booleans())
@example(raw=b'command: "\\U00110000"', name="twinflame.yml", plain=True)
@example(raw=b'command: "\\ud800"', name="twinflame.yml", plain=True)
@example(raw=b"? [a, {b: c}]\n: x", name="shorthand.yml", plain=False)
@example(raw=b"=: =\n<<: <<\n", name="shorthand.yml", plain=False)
def test_nothing_but_problems_comes_of_any_file(folder: Path, raw: bytes, name: str, plain: bool) -> None:
    for other, text in FILES.items():
        (folder / other).write_text(text, encoding="utf-8")
    (folder / name).write_bytes(raw)
    with pytest.MonkeyPatch.context() as patch:
        if plain:
            patch.setattr(written, "_SafeLoader", yaml.SafeLoader)
        try:
            assert load_content(folder).digest
            problems: tuple[Problem, ...] = ()
        except ContentError as error:
            problems = error.problems or (Problem("", None, "", "\n"),)
    lines = raw.count(b"\n") + raw.count(b"\r") + 1
    for problem in problems:
        assert readable(problem)
        assert problem.line is None or 1 <= problem.line <= lines


def test_twenty_five_topics_in_fourteen_articles_load_within_a_second(folder: Path) -> None:
    for number in range(14):
        head = ARTICLE[: ARTICLE.index("  - key")].replace("command: twinflame", f"command: article{number}")
        head = head.replace("The twin flame idea", f"Article {number}")
        topics = "".join(
            a_topic(f"t{topic}").replace("Answer.", "words " * 150).replace("[word", "[a, b, c, d, e, f, word", 1)
            if topic == 0
            else a_topic(f"t{topic}").replace("Answer.", "words " * 150)
            for topic in range(25)
        )
        (folder / f"article{number}.yml").write_text(head + topics, encoding="utf-8")
    (folder / "twinflame.yml").unlink()

    began = time.process_time()
    content = load_content(folder)

    assert time.process_time() - began < 1
    assert len(list(content.topics())) == 14 * 25


def test_reading_content_needs_no_discord() -> None:
    code = "import sys, lantern.content.models; sys.exit('discord' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=BUNDLED.parent, check=False).returncode == 0


# --- the content that Lantern comes with ------------------------------------------------------------------------------


def test_the_bundled_content_is_right() -> None:
    content = load_content(BUNDLED)

    article = content.article("twinflame")
    assert article is not None
    assert len(article.topics) == 14
    for topic in content.topics():
        assert content.find(*topic.address.split("/")) is topic
        assert all(topic.article.topic(key) for key in topic.related)
        assert normal_form(topic.key) == topic.key
        words = len(topic.answer.split())
        assert 40 <= words <= 200, f"{topic.address} has {words} words"
    languages = {"en", "es", "pt", "fr", "de", "hi"}
    assert {words.language for words in content.helplines.words} == set(content.care.directory.label) == languages
    for kind in content.care.kinds:
        assert kind.message.keys() == languages
        assert kind.now is None or kind.now.keys() == languages
        for message in kind.message.values():
            assert "?" not in message
            assert len(re.findall(r"[.!।]+(?:\s|$)", message.strip())) <= 4
    assert content.shorthand["tf"] == "twin flame"


def test_the_bundled_helplines_say_no_more_than_their_sources() -> None:
    helplines = load_content(BUNDLED).helplines
    assert len(helplines.countries) >= 25
    for country in helplines.countries:
        assert country.names.keys() == {words.language for words in helplines.words}
        for line in country.helplines:
            assert line.covers is None or line.covers.keys() == country.names.keys(), line
            assert line.checked is None, "whoever runs the bot writes this"
    by_code = {country.country: country for country in helplines.countries}
    # What was wrong once: a line for calls taken for texts, England's line for all of the United Kingdom, "free".
    violence = {
        code: [
            (line.number, line.by, (line.covers or {}).get("en"))
            for line in country.helplines
            if line.about == "violence"
        ]
        for code, country in by_code.items()
    }
    assert violence["au"] == [("1800 737 732", "call", None), ("0458 737 732", "text", None)]
    assert [covers for *_, covers in violence["gb"]] == ["England", "Scotland", "Wales", "Northern Ireland"]
    free = {country.country for country in helplines.countries for line in country.helplines if line.cost == "free"}
    assert free == {"in", "de", "fr", "br", "jp", "kr", "nz", "mx", "ar", "nl", "es", "cl", "pt", "at"}
