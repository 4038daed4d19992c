"""How well and how fast questions find their topic: ``python -m bench.matching [--no-semantic] [--json]``.

Quality is measured on tests/data/questions.yml and tests/data/care_phrases.yml, whose halves are kept apart: everything
was tuned on `tuning`, so only `held_out` tells what to expect of members. "Turned away" is the share of uncovered
questions below the score that keeps 95 % of the covered ones. Times are of one uncached call, care check included.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import yaml

from lantern.content.loading import load_content
from lantern.content.models import Content, Topic
from lantern.matching.matcher import Candidate, Matcher
from lantern.matching.meanings import SemanticUnavailable

ROOT: Final = Path(__file__).parent.parent
QUESTIONS: Final = ROOT / "tests" / "data" / "questions.yml"
PHRASES: Final = ROOT / "tests" / "data" / "care_phrases.yml"
HALVES: Final = ("tuning", "held_out")
KEPT: Final = 0.95
SIZES: Final = (14, 100, 1000)


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares, 0 … 1. `floor` is the score that keeps `KEPT` of the covered questions."""

    half: str
    first: float
    among_three: float
    turned_away: float
    floor: float
    shown_at_once: float
    shown_at_once_right: float


@dataclass(frozen=True, slots=True)
class CareQuality:
    """Shares, 0 … 1, with the phrases that went wrong."""

    half: str
    missed: float
    false_alarms: float
    wrong_kind: float
    missed_phrases: tuple[str, ...]
    false_phrases: tuple[str, ...]


def read(path: Path) -> dict[str, list[dict[str, Any]]]:
    """One of the two data files, as written."""
    data: dict[str, list[dict[str, Any]]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data


def quality(matcher: Matcher, half: str) -> Quality:
    """Rank all questions of one half. Care signs are not looked for: no question in the file shows one."""
    data = read(QUESTIONS)
    covered = [entry for entry in data["covered"] if entry["half"] == half]
    uncovered = [entry for entry in data["uncovered"] if entry["half"] == half]
    ranked = [matcher.rank(entry["question"]) for entry in covered]
    right = [_right(candidates[:1], entry) for candidates, entry in zip(ranked, covered, strict=True)]
    three = [_right(candidates[:3], entry) for candidates, entry in zip(ranked, covered, strict=True)]
    floor = sorted(candidates[0].score for candidates in ranked)[int(len(ranked) * (1 - KEPT))]
    away = [matcher.rank(entry["question"])[0].score < floor for entry in uncovered]
    clear = [matcher.match(entry["question"]).outcome == "clear" for entry in (*covered, *uncovered)]
    clear_right = [ok for ok, shown in zip((*right, *(False for _ in uncovered)), clear, strict=True) if shown]
    return Quality(
        half=half,
        first=statistics.mean(right),
        among_three=statistics.mean(three),
        turned_away=statistics.mean(away),
        floor=floor,
        shown_at_once=statistics.mean(clear[: len(covered)]),
        shown_at_once_right=statistics.mean(clear_right) if clear_right else 1.0,
    )


def _right(candidates: Sequence[Candidate], entry: dict[str, Any]) -> bool:
    return any(candidate.topic.key in entry["topics"] for candidate in candidates)


def care_quality(care: Callable[[str], str | None], half: str) -> CareQuality:
    """Ask `care` about all phrases of one half."""
    data = read(PHRASES)
    danger = [entry for entry in data["danger"] if entry["half"] == half]
    safe = [entry for entry in data["safe"] if entry["half"] == half]
    found = [care(entry["text"]) for entry in danger]
    missed = [entry["text"] for entry, kind in zip(danger, found, strict=True) if kind is None]
    wrong = [kind for entry, kind in zip(danger, found, strict=True) if kind not in (None, entry["kind"])]
    alarms = [entry["text"] for entry in safe if care(entry["text"]) is not None]
    return CareQuality(
        half=half,
        missed=len(missed) / len(danger),
        false_alarms=len(alarms) / len(safe),
        wrong_kind=len(wrong) / len(danger),
        missed_phrases=tuple(missed),
        false_phrases=tuple(alarms),
    )


_SYLLABLES: Final = "ba ko mi tu ser lan dor vel nim ras pol gen tha quo fil zer".split()  # noqa: SIM905


def _strange(number: int) -> str:
    """A word that no other number has, so that more topics do not merely repeat the same few words."""
    word = ""
    for _ in range(4):
        number, at = divmod(number, len(_SYLLABLES))
        word += _SYLLABLES[at]
    return word


def enlarged(content: Content, size: int) -> Content:
    """`content` repeated to `size` topics, every second word of a copy made one of its own; always the same."""
    originals = list(content.topics())
    topics: list[Topic] = []
    while len(topics) < size:
        copy, at = divmod(len(topics), len(originals))
        topics.append(originals[at] if copy == 0 else _varied(originals[at], copy))
    articles = []
    for start in range(0, size, 25):
        part = topics[start : start + 25]
        command = content.articles[0].command if start == 0 else f"copy{start // 25}"
        articles.append(replace(content.articles[0], command=command, topics=tuple(part)))
    return Content(articles=tuple(articles), care=content.care, shorthand=content.shorthand)


def _varied(topic: Topic, copy: int) -> Topic:
    def vary(text: str) -> str:
        words = text.split()
        return " ".join(_strange(copy * 977 + hash_of(word)) if n % 2 else word for n, word in enumerate(words))

    return replace(
        topic,
        key=f"{topic.key}{copy}",
        title=vary(topic.title),
        question=vary(topic.question),
        summary=vary(topic.summary),
        answer=vary(topic.answer),
        keywords=tuple(vary(text) for text in topic.keywords),
        sample_questions=tuple(vary(text) for text in topic.sample_questions),
    )


def hash_of(word: str) -> int:
    """A number from a word, the same in every process (Python's own hash is not)."""
    return zlib.crc32(word.encode()) % 61_001


def microseconds(matcher: Matcher, call: Callable[[str], object], rounds: int = 5) -> tuple[float, float]:
    """Median and 99th percentile of one call, in µs, over all questions of the file, each asked `rounds` times."""
    data = read(QUESTIONS)
    texts = [entry["question"] for entry in (*data["covered"], *data["uncovered"])]
    taken: list[float] = []
    for _ in range(rounds):
        for text in texts:
            start = time.perf_counter_ns()
            call(text)
            taken.append((time.perf_counter_ns() - start) / 1000)
    taken.sort()
    return statistics.median(taken), taken[int(len(taken) * 0.99)]


def added_kilobytes(semantic: bool, size: int) -> int:
    """Resident memory added by building one matcher and answering one question, in kB, in a process of its own.

    Read from /proc, since a child's ``ru_maxrss`` begins at its parent's; 0 on systems without it.
    """
    if not Path("/proc/self/statm").exists():
        return 0
    code = (
        "from pathlib import Path\n"
        "from resource import getpagesize\n"
        "from bench.matching import ROOT, enlarged\n"
        "from lantern.content.loading import load_content\n"
        "from lantern.matching.matcher import Matcher\n"
        "def resident():\n"
        "    return int(Path('/proc/self/statm').read_text().split()[1]) * getpagesize() // 1024\n"
        f"content = enlarged(load_content(ROOT / 'content'), {size})\n"
        "before = resident()\n"
        f"matcher = Matcher(content, semantic={semantic})\n"
        "matcher.match('is my tf the runner')\n"
        "print(resident() - before)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return int(run.stdout)


def rows(content: Content, *, semantic: bool) -> Iterator[dict[str, Any]]:
    """Every figure, as one mapping a line."""
    kinds = [False, True] if semantic else [False]
    for meaning in kinds:
        name = "semantic" if meaning else "lexical"
        matcher = Matcher(content, semantic=meaning)
        for half in HALVES:
            yield {"what": "quality", "matching": name, **asdict(quality(matcher, half))}
        for size in SIZES if not meaning else SIZES[:1]:
            start = time.perf_counter()
            large = Matcher(enlarged(content, size), semantic=meaning)
            built = time.perf_counter() - start
            median, worst = microseconds(large, large.match, rounds=1 if meaning else 3)
            typing, typing_worst = microseconds(large, large.suggest, rounds=1)
            yield {
                "what": "time",
                "matching": name,
                "topics": size,
                "match_us": median,
                "match_p99_us": worst,
                "suggest_us": typing,
                "suggest_p99_us": typing_worst,
                "build_ms": built * 1000,
                "added_kb": added_kilobytes(meaning, size),
            }
    lexical = Matcher(content)
    for half in HALVES:
        yield {"what": "care", **asdict(care_quality(lexical.care, half))}


def _line(row: dict[str, Any]) -> str:
    if row["what"] == "quality":
        return (
            f"{row['matching']:9} {row['half']:9} first {row['first']:6.1%}  among three {row['among_three']:6.1%}  "
            f"turned away {row['turned_away']:6.1%} (below {row['floor']:.3f})  "
            f"shown at once {row['shown_at_once']:6.1%}, right {row['shown_at_once_right']:6.1%}"
        )
    if row["what"] == "time":
        return (
            f"{row['matching']:9} {row['topics']:5} topics: match {row['match_us'] / 1000:.2f} ms "
            f"(p99 {row['match_p99_us'] / 1000:.2f}), suggest {row['suggest_us'] / 1000:.2f} ms "
            f"(p99 {row['suggest_p99_us'] / 1000:.2f}), built in {row['build_ms']:.0f} ms, "
            f"{row['added_kb'] / 1024:.1f} MB"
        )
    return (
        f"care      {row['half']:9} danger missed {row['missed']:6.1%}  false alarms {row['false_alarms']:6.1%}  "
        f"other kind {row['wrong_kind']:6.1%}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; exit status 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.matching", description=__doc__)
    parser.add_argument("--no-semantic", action="store_true", help="leave sentence embeddings out")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args(arguments)
    content = load_content(ROOT / "content")
    semantic = not options.no_semantic
    if semantic:
        try:
            Matcher(content, semantic=True)
        except SemanticUnavailable as missing:
            print(f"semantic: left out. {missing}", file=sys.stderr)
            semantic = False
    for row in rows(content, semantic=semantic):
        print(json.dumps(row, ensure_ascii=False) if options.json else _line(row), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
