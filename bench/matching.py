"""How well and how fast questions find their topic: ``python -m bench.matching [--encoders NAME …] [--json]``.

Quality is that of the bot as it is shipped, on words of its authors (tests/data/questions.yml, in two halves) and of
strangers (tests/data/strangers.jsonl, by language), and for danger on tests/data/care_phrases.yml. Floors and weights
were set on `tuning` and on strangers' words, so `held_out` tells more, and words that nobody here has seen tell most.
Times are of one uncached call, care check included.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from lantern.content.loading import load_content
from lantern.content.models import Content, Topic
from lantern.matching import encoders
from lantern.matching.encoders import KNOWN, NoEncoder
from lantern.matching.matcher import Match, Matcher
from lantern.matching.vectors import StoredVectors

ROOT: Final = Path(__file__).parent.parent
QUESTIONS: Final = ROOT / "tests" / "data" / "questions.yml"
STRANGERS: Final = ROOT / "tests" / "data" / "strangers.jsonl"
PHRASES: Final = ROOT / "tests" / "data" / "care_phrases.yml"
HALVES: Final = ("tuning", "held_out")
SIZES: Final = (14, 100, 1000)


class Question(NamedTuple):
    """What somebody may ask, with the keys of the topics that answer it; none where the article does not."""

    text: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares, 0 … 1: of covered questions those with a right topic first or among three, those called a miss, those
    answered at once; of the latter the right ones, whether covered or not; of uncovered ones those turned away.
    """

    questions: str
    first: float
    among_three: float
    missed: float
    turned_away: float
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


def authors(half: str) -> list[Question]:
    """One half of the questions that were written before the matching was."""
    data = read(QUESTIONS)
    entries = [entry for name in ("covered", "uncovered") for entry in data[name] if entry["half"] == half]
    return [Question(entry["question"], tuple(entry.get("topics", ()))) for entry in entries]


def told_by_strangers() -> list[dict[str, Any]]:
    """All that strangers wrote: ``q``, ``kind``, ``lang`` (a locale) and ``topics``.

    Kinds are questions that are covered (``in``) or not (``out``), titles of threads that ask (``title``) or do not
    (``chatter``), and one question in three wordings (``same``).
    """
    return [json.loads(line) for line in STRANGERS.read_text(encoding="utf-8").splitlines()]


def strangers(*languages: str, kinds: Sequence[str] = ("in", "out")) -> list[Question]:
    """What strangers wrote in some languages."""
    rows = [row for row in told_by_strangers() if row["lang"] in languages and row["kind"] in kinds]
    return [Question(row["q"], tuple(row["topics"])) for row in rows]


def all_questions() -> dict[str, list[Question]]:
    """Every set of questions by its name; ``titles`` are those of threads."""
    languages = dict.fromkeys(row["lang"] for row in told_by_strangers())
    return {
        **{f"authors {half}": authors(half) for half in HALVES},
        **{f"strangers {language}": strangers(language) for language in languages},
        "titles": strangers("en", kinds=("title", "chatter")),
    }


def quality(matcher: Matcher, name: str, questions: Sequence[Question]) -> Quality:
    """Ask all of some questions. Care signs are not looked for: none of them shows one."""
    found = [matcher.ordinary(question.text, strict=name == "titles") for question in questions]
    both = list(zip(questions, found, strict=True))
    covered = [each for each in both if each[0].topics]
    at_once = [each for each in both if each[1].outcome == "clear"]
    return Quality(
        questions=name,
        first=_share(_right(*each, 1) for each in covered),
        among_three=_share(_right(*each, 3) for each in covered),
        missed=_share(match.outcome == "miss" for _, match in covered),
        turned_away=_share(match.outcome == "miss" for question, match in both if not question.topics),
        shown_at_once=_share(match.outcome == "clear" for _, match in covered),
        shown_at_once_right=_share(_right(*each, 1) for each in at_once),
    )


def _share(of: Iterable[bool]) -> float:
    counted = list(of)
    return statistics.mean(counted) if counted else 1.0


def _right(question: Question, match: Match, among: int) -> bool:
    return any(candidate.topic.key in question.topics for candidate in match.candidates[:among])


def with_meanings(content: Content, encoder: str) -> Matcher:
    """A matcher that knows meanings, by one of :data:`KNOWN`. Raises :class:`NoEncoder`."""
    matcher = Matcher(content)
    matcher.learn(StoredVectors(encoders.load([encoder])))
    return matcher


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
    return replace(content, articles=tuple(articles))


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


def added_kilobytes(encoder: str | None, size: int) -> int:
    """Resident memory added by building one matcher and answering one question, in kB, in a process of its own.

    Read from /proc, since a child's ``ru_maxrss`` begins at its parent's; 0 on systems without it.
    """
    if not Path("/proc/self/statm").exists():
        return 0
    made = "Matcher(content)" if encoder is None else f"with_meanings(content, {encoder!r})"
    code = (
        "from pathlib import Path\n"
        "from resource import getpagesize\n"
        "from bench.matching import ROOT, Matcher, enlarged, with_meanings\n"
        "from lantern.content.loading import load_content\n"
        "def resident():\n"
        "    return int(Path('/proc/self/statm').read_text().split()[1]) * getpagesize() // 1024\n"
        f"content = enlarged(load_content(ROOT / 'content'), {size})\n"
        "before = resident()\n"
        f"matcher = {made}\n"
        "matcher.match('is my tf the runner')\n"
        "print(resident() - before)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return int(run.stdout)


def rows(content: Content, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Every figure, as one mapping a line: by words alone, and with each of some encoders."""
    for encoder in (None, *names):
        matching = encoder or "words"
        start = time.perf_counter()
        matcher = Matcher(content) if encoder is None else with_meanings(content, encoder)
        built = time.perf_counter() - start
        for name, questions in all_questions().items():
            yield {"what": "quality", "matching": matching, **asdict(quality(matcher, name, questions))}
        # More topics are more of the same, and encoding takes 10 ms a line.
        for size in SIZES if encoder is None else SIZES[:1]:
            if size > SIZES[0]:
                start = time.perf_counter()
                matcher = Matcher(enlarged(content, size))
                built = time.perf_counter() - start
            median, worst = microseconds(matcher, matcher.match, rounds=3 if encoder is None else 1)
            typing, typing_worst = microseconds(matcher, matcher.suggest, rounds=1)
            yield {
                "what": "time",
                "matching": matching,
                "topics": size,
                "match_us": median,
                "match_p99_us": worst,
                "suggest_us": typing,
                "suggest_p99_us": typing_worst,
                "build_ms": built * 1000,
                "added_kb": added_kilobytes(encoder, size),
            }
    by_words = Matcher(content)
    for half in HALVES:
        yield {"what": "care", **asdict(care_quality(by_words.care, half))}


def _line(row: dict[str, Any]) -> str:
    if row["what"] == "quality":
        return (
            f"{row['matching']:7} {row['questions']:18} first {row['first']:6.1%}  "
            f"among three {row['among_three']:6.1%}  missed {row['missed']:6.1%}  "
            f"turned away {row['turned_away']:6.1%}  "
            f"shown at once {row['shown_at_once']:6.1%}, right {row['shown_at_once_right']:6.1%}"
        )
    if row["what"] == "time":
        return (
            f"{row['matching']:7} {row['topics']:5} topics: match {row['match_us'] / 1000:.2f} ms "
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
    parser.add_argument(
        "--encoders", nargs="*", choices=KNOWN, default=[*KNOWN], help="default: all that are installed"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args(arguments)
    names = []
    for name in options.encoders:
        try:
            encoders.load([name])
            names.append(name)
        except NoEncoder as error:
            print(error, file=sys.stderr)
    for row in rows(load_content(ROOT / "content"), names):
        print(json.dumps(row, ensure_ascii=False) if options.json else _line(row), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
