"""``python bot.py ask``: what a question would find and why, a line at a time, for editors and for programs."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Final

from lantern.content.models import Content
from lantern.matching import encoders
from lantern.matching.encoders import NoEncoder
from lantern.matching.matcher import Match, Matcher
from lantern.matching.slices import at_once
from lantern.matching.vectors import StoredVectors
from lantern.runtime.settings import Settings
from lantern.store import private_files
from lantern.store.masking import one_line

SAYS: Final = {
    "clear": "clear: the first is shown at once",
    "likely": "likely: the first three are offered to choose from",
    "miss": "miss: not covered by the article",
    "gently": "gently: people to talk to stand first, privately, then the topics below; nothing is kept",
}
INDENT: Final = "    "


def matcher(content: Content, settings: Settings) -> Matcher:
    """A matcher as the bot's. By words alone where the settings say so or no encoder can be used, which is told."""
    made = Matcher(content)
    if not settings.semantic:
        return made
    # Beside the bot's own files, so not as root where they are another user's.
    path = settings.vectors if private_files.refusal_of_root(settings.vectors) is None else None
    try:
        if path is not None and not path.exists():
            print("Encoding the article, which takes a minute and is kept.", file=sys.stderr)
            with contextlib.suppress(OSError):
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made.learn(StoredVectors(encoders.load(), path))
    except NoEncoder as error:
        print(error, file=sys.stderr)
    return made


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


def found(matcher: Matcher, question: str) -> tuple[Match, str]:
    """What a question finds, and how ``/ask`` answers it: a key of `SAYS`, or ``care``."""
    match = matcher.match(question)
    # As :meth:`lantern.answers.asking.Asking.ask` decides.
    if match.outcome in {"likely", "miss"} and at_once(matcher.looking(question, gentle=True)) is not None:
        return match, "gently"
    return match, match.outcome


def as_json(question: str, match: Match, outcome: str) -> str:
    """One object: ``question``, ``outcome``, and ``topics`` with ``article``, ``topic`` and ``score``, best first."""
    # What a terminal passed in another encoding arrives as surrogates, which JSON readers refuse.
    readable = question.encode("utf-8", "replace").decode()
    topics = [
        {"article": one.topic.article.command, "topic": one.topic.key, "score": round(one.score, 4)}
        for one in match.candidates
    ]
    return json.dumps({"question": readable, "outcome": outcome, "topics": topics}, ensure_ascii=False)


def as_text(question: str, match: Match, outcome: str) -> str:
    """The outcome, and the topics with their scores and the words that counted, heaviest first."""
    lines = [one_line(question)]
    if outcome == "care":
        lines.append(f"{INDENT}care: the message for {match.care_kind} is shown privately, and nothing is kept")
    else:
        lines.append(INDENT + SAYS[outcome])
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
            print(as_json(question, *found(matcher, question)), flush=True)
        elif question.strip():
            print(as_text(question, *found(matcher, question)), flush=True)
