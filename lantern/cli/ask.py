"""``python bot.py ask``: what a question would find and why, a line at a time, for editors and for programs."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Final

from lantern.matching.matcher import Match, Matcher
from lantern.store.masking import one_line

SAYS: Final = {
    "clear": "clear: the first is shown at once",
    "likely": "likely: the first three are offered to choose from",
    "miss": "miss: not covered by the article",
}
INDENT: Final = "    "


def questions(words: list[str]) -> Iterator[str]:
    """The question of the command line, or those of standard input, one a line, as they come."""
    if words:
        yield " ".join(words)
        return
    if sys.stdin.isatty():
        print("Type one question a line; Ctrl-D ends.", file=sys.stderr)
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    for line in sys.stdin:
        yield line.rstrip("\n")


def as_json(question: str, match: Match) -> str:
    """One object: ``question``, ``outcome``, and ``topics`` with ``article``, ``topic`` and ``score``, best first."""
    # What a terminal passed in another encoding arrives as surrogates, which JSON readers refuse.
    readable = question.encode("utf-8", "replace").decode()
    found = [
        {"article": one.topic.article.command, "topic": one.topic.key, "score": round(one.score, 4)}
        for one in match.candidates
    ]
    return json.dumps({"question": readable, "outcome": match.outcome, "topics": found}, ensure_ascii=False)


def as_text(question: str, match: Match) -> str:
    """The outcome, and the topics with their scores and the words that counted, heaviest first."""
    lines = [one_line(question)]
    if match.outcome == "care":
        lines.append(f"{INDENT}care: the message for {match.care_kind} is shown privately, and nothing is kept")
    else:
        lines.append(INDENT + SAYS[match.outcome])
    for one in match.candidates:
        words = ", ".join(one.why) or "no word in common"
        lines.append(f"{INDENT}{one.score:.2f}  {one.topic.address:<24}  {words}")
    return "\n".join(lines)


def answer(matcher: Matcher, asked: Iterable[str], *, machine: bool) -> None:
    """Print what each question finds, at once: whoever types wants to see it, and so does a program at a pipe's end."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A program reads UTF-8; a terminal that cannot show a character shows a question mark.
        sys.stdout.reconfigure(encoding="utf-8" if machine else None, errors="replace")
    for question in asked:
        if machine:
            print(as_json(question, matcher.match(question)), flush=True)
        elif question.strip():
            print(as_text(question, matcher.match(question)), flush=True)
