"""Which topics answer what a member typed, and how sure that is. One function decides, and every way in uses it.

Lexical: BM25 over the stemmed words of each topic's fields (title, question, keywords, sample questions, summary,
answer), weighted, through an inverted index that is built once per content load. The score is a share: of all that the
question's words could have counted, how much did this topic earn? A word that the content has never seen therefore
counts against every topic, which is what makes the score a sign of "not covered".

Nothing here knows Discord; nothing is random or remembered between questions, so the same content gives the same answer
to the same words. A `Matcher` is safe to read from threads.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from lantern.matching.care_signs import CareSigns, care_pattern_problem
from lantern.matching.english import STOP_WORDS
from lantern.matching.meanings import Meanings, SemanticUnavailable
from lantern.matching.words import Spelling, expand, fold, shorthand_table, split_words, stem

if TYPE_CHECKING:
    from lantern.content.models import Content, Topic

__all__ = [
    "LEXICAL_FLOORS",
    "SEMANTIC_FLOORS",
    "Candidate",
    "Floors",
    "Match",
    "Matcher",
    "Outcome",
    "SemanticUnavailable",
    "Suggestions",
    "Weights",
    "care_pattern_problem",
]

Outcome = Literal["clear", "likely", "miss", "care"]

CANDIDATES_MAX: Final = 5
"""Candidates in a `Match`, at most."""
SHORTEST_GUESSED: Final = 5
"""Letters from which an unknown word is taken for a slip in a known one: shorter ones are often words of their own."""

WITNESSES: Final = 3
"""Different words that a topic must share with a question to be believed in full; with one it counts a third.

The one thing that told covered from uncovered best: turned away went from 61 to 82 % (tuning half) at the same floor
of 95 %.
"""


class Floors(NamedTuple):
    """Scores (0 … 1) from which a match counts, set on the tuning half of tests/data/questions.yml (`bench.matching`).

    `clear` and `lead`: the card is shown at once when the best score reaches `clear` and the second stays behind it
    by the share `lead` of it. `likely`: below it the article is taken not to cover the question. `thread`: stands in
    for `clear` where the bot speaks unasked, on a thread's title.
    """

    clear: float
    lead: float
    likely: float
    thread: float


LEXICAL_FLOORS: Final = Floors(
    # with both, 44 % of covered questions are shown at once, 95 % of those right; 1 of 56 uncovered ones is among them
    clear=0.30,
    lead=0.30,
    likely=0.08,  # keeps 95 % of covered questions and turns 86 % of uncovered ones away
    thread=0.45,  # 29 % of covered questions, 97 % of those right, none uncovered
)
SEMANTIC_FLOORS: Final = Floors(
    # with both, 42 % of covered questions are shown at once, 94 % of those right; 1 of 56 uncovered ones is among them
    clear=0.35,
    lead=0.30,
    likely=0.25,  # keeps 95 % of covered questions and turns 88 % of uncovered ones away
    thread=0.50,  # 27 % of covered questions, 97 % of those right, none uncovered
)


class Candidate(NamedTuple):
    """A topic that may answer the question. `score` is 0 … 1; `why` are the words that counted, heaviest first."""

    topic: Topic
    score: float
    why: tuple[str, ...]


class Match(NamedTuple):
    """What a text asks: up to `CANDIDATES_MAX` candidates, best first, whatever the outcome, but none for ``care``."""

    outcome: Outcome
    candidates: tuple[Candidate, ...] = ()
    care_kind: str | None = None


class Suggestions(NamedTuple):
    """What to offer while somebody is typing: topics, best first, or nothing but the kind of danger the words show."""

    topics: tuple[Topic, ...] = ()
    care_kind: str | None = None


class Weights(NamedTuple):
    """How fields and evidence are weighed. Found by a random search over the tuning half; the held-out half agreed."""

    title: float = 4.0
    question: float = 4.0
    keywords: float = 2.0
    samples: float = 1.5
    summary: float = 1.0
    answer: float = 0.4
    k1: float = 5.0  # how slowly a word that a topic repeats stops adding
    b: float = 0.6  # how far a topic with many words is held back
    unknown: float = 1.0  # what a word that the content does not hold counts against a topic, against the rarest
    pair: float = 0.8  # two words next to each other in question and topic, beside what each counts alone
    prior: float = 0.2  # added to what a question could earn, as a share of the rarest: who says little is less sure


_FIELDS: Final = ("title", "question", "keywords", "samples", "summary", "answer")


def _field_texts(topic: Topic) -> dict[str, Sequence[str]]:
    return {
        "title": (topic.key.replace("-", " ").replace("_", " "), topic.title),
        "question": (topic.question,),
        "keywords": topic.keywords,
        "samples": topic.sample_questions,
        "summary": (topic.summary,),
        "answer": (topic.answer,),
    }


class _Index:
    """Terms (stems, and pairs of neighbouring stems) to topics, with what each is worth there."""

    def __init__(self, topics: Sequence[Topic], shorthand: Mapping[str, tuple[str, ...]], weights: Weights) -> None:
        self._shorthand = shorthand
        self._weights = weights
        self.surface: dict[str, str] = {}  # a word of the content -> its stem
        counts: list[dict[str, Counter[str]]] = []
        for topic in topics:
            fields: dict[str, Counter[str]] = {}
            for name, texts in _field_texts(topic).items():
                counter: Counter[str] = Counter()
                for text in texts:
                    terms = self.terms(text, learn=True)
                    counter.update(terms)
                    counter.update(self.pairs(terms))
                fields[name] = counter
            counts.append(fields)
        self.postings: dict[str, dict[int, float]] = {}
        self.idf: dict[str, float] = {}
        self._weigh(counts)
        self._spelling = Spelling(self.surface, shortest=SHORTEST_GUESSED)
        self._sorted = sorted(self.surface)
        self.shown = [
            " ".join(("", *split_words(fold(topic.title)), "|", *split_words(fold(topic.question)))) for topic in topics
        ]
        self.rarest = math.log(1 + (len(topics) - 0.5) / 1.5) if topics else 1.0
        self.literal: dict[str, list[int]] = {}
        for at, topic in enumerate(topics):
            for line in (topic.key, topic.title, topic.question, *topic.sample_questions):
                owners = self.literal.setdefault(" ".join(split_words(fold(line))), [])
                if at not in owners:
                    owners.append(at)

    def form(self, word: str) -> str:
        """The stem of a word; for one that the content does not know, of the known word that it is one slip from."""
        form = stem(word)
        if form in self.idf or not word.isalpha():
            return form
        guesses = self._spelling.guesses(word)
        # Of several, the one that most topics know: a slip is likelier in a common word.
        return min((self.surface[guess] for guess in guesses), key=lambda f: (self.idf[f], f), default=form)

    def beginning_with(self, start: str) -> list[str]:
        """Words of the content that begin with `start`, in alphabetical order, at most 50."""
        first = bisect_left(self._sorted, start)
        return [word for word in self._sorted[first : first + 50] if word.startswith(start)]

    def words(self, text: str) -> list[str]:
        """The words of a text, folded and shorthand written out."""
        return expand(split_words(fold(text)), self._shorthand)

    def terms(self, text: str, *, learn: bool = False) -> list[str]:
        out: list[str] = []
        for word in self.words(text):
            if word in STOP_WORDS:
                continue
            form = stem(word)
            if learn:
                self.surface[word] = form
            out.append(form)
        return out

    @staticmethod
    def pairs(terms: Sequence[str]) -> list[str]:
        return [f"{a} {b}" for a, b in pairwise(terms) if a != b]

    def _weigh(self, counts: Sequence[Mapping[str, Counter[str]]]) -> None:
        w = self._weights
        field_weight = {name: getattr(w, name) for name in _FIELDS}
        average = {
            name: (sum(fields[name].total() for fields in counts) / max(1, len(counts))) or 1.0 for name in _FIELDS
        }
        per_topic: list[dict[str, float]] = []
        document_frequency: Counter[str] = Counter()
        for fields in counts:
            tf: dict[str, float] = {}
            for name, counter in fields.items():
                length = 1 - w.b + w.b * counter.total() / average[name]
                for term, n in counter.items():
                    tf[term] = tf.get(term, 0.0) + field_weight[name] * n / length
            per_topic.append(tf)
            document_frequency.update(tf.keys())
        total = len(counts)
        for term, df in document_frequency.items():
            self.idf[term] = math.log(1 + (total - df + 0.5) / (df + 0.5))
        for at, tf in enumerate(per_topic):
            for term, value in tf.items():
                self.postings.setdefault(term, {})[at] = value * (w.k1 + 1) / (value + w.k1) / (w.k1 + 1)


class Matcher:
    """Built once per content load; see the module for what it does."""

    def __init__(
        self,
        content: Content,
        *,
        semantic: bool = False,
        floors: Floors | None = None,
        weights: Weights | None = None,
    ) -> None:
        """Index `content` (14 topics: 0.1 s, most of it the care signs; with `semantic` 1 s and some 150 MB).

        With `semantic`, raises `SemanticUnavailable` where that extra is not installed. A care sign that cannot be
        read raises `lantern.matching.care_signs.SignError`; content that passed `bot.py check` has none.
        """
        self.floors = floors or (SEMANTIC_FLOORS if semantic else LEXICAL_FLOORS)
        self._weights = weights or Weights()
        self._topics: tuple[Topic, ...] = tuple(content.topics())
        self._index = _Index(self._topics, shorthand_table(content.shorthand), self._weights)
        self._care = CareSigns(content.care.kinds, content.shorthand)
        self._meanings = Meanings(self._topics) if semantic else None

    def care(self, text: str) -> str | None:
        """The kind of danger (``self_harm``, ``violence``, ``harm_to_others``) that `text` shows a sign of, or None."""
        return self._care.kind(text)

    def match(self, text: str, *, strict: bool = False) -> Match:
        """What `text` asks; any string is safe, its first `lantern.matching.words.MAX_CHARACTERS` characters are read.

        `strict` is for a thread's title, on which the bot speaks unasked: ``clear`` then needs `Floors.thread`.
        """
        kind = self.care(text)
        if kind is not None:
            return Match("care", (), kind)
        return self.ordinary(text, strict=strict)

    def ordinary(self, text: str, *, strict: bool = False) -> Match:
        """As `match`, without looking for signs of danger: for somebody who has seen the care message and is safe."""
        candidates = self.rank(text)
        return Match(self._outcome(candidates, self.floors.thread if strict else self.floors.clear), candidates)

    def _outcome(self, candidates: Sequence[Candidate], clear: float) -> Outcome:
        best = candidates[0].score if candidates else 0.0
        if best < self.floors.likely:
            return "miss"
        second = candidates[1].score if len(candidates) > 1 else 0.0
        return "clear" if best >= clear and best - second >= self.floors.lead * best else "likely"

    def rank(self, text: str, limit: int = CANDIDATES_MAX) -> tuple[Candidate, ...]:
        """The `limit` best topics for `text`, best first, whatever their score; equal scores in the content's order.

        Does not look for care signs: `match` does, and every way in that a member's words come by uses that.
        """
        terms, possible = self._query(text)
        scores = [0.0] * len(self._topics)
        witnesses = [0] * len(self._topics)
        for term, weight, _ in terms:
            single = " " not in term
            for at, value in self._index.postings[term].items():
                scores[at] += weight * value
                witnesses[at] += single
        bound = possible + self._weights.prior * self._index.rarest
        shares = [score / bound * min(n, WITNESSES) / WITNESSES for score, n in zip(scores, witnesses, strict=True)]
        if self._meanings is not None:
            shares = [(share + near) / 2 for share, near in zip(shares, self._meanings.scores(text), strict=True)]
        # A topic's own line, word for word, leaves no doubt, however near the others are.
        if owners := self._index.literal.get(" ".join(split_words(fold(text)))):
            shares = [1.0 if at in owners else share / 2 for at, share in enumerate(shares)]
        order = sorted(range(len(shares)), key=lambda at: (-shares[at], at))[:limit]
        return tuple(Candidate(self._topics[at], min(1.0, max(0.0, shares[at])), self._why(terms, at)) for at in order)

    def _query(self, text: str) -> tuple[list[tuple[str, float, str]], float]:
        """Terms of a question with their weights and the words they came from, and all that they could have earned."""
        index, weights = self._index, self._weights
        terms: list[tuple[str, float, str]] = []
        forms: list[str] = []
        possible = 0.0
        for word in index.words(text):
            if word in STOP_WORDS:
                continue
            form = index.form(word)
            if form not in forms:
                idf = index.idf.get(form)
                if idf is None:
                    possible += weights.unknown * index.rarest
                else:
                    terms.append((form, idf, word))
                    possible += idf
            forms.append(form)
        for pair in dict.fromkeys(index.pairs(forms)):
            if pair in index.idf:
                terms.append((pair, weights.pair * index.idf[pair], pair))
        return terms, possible

    def _why(self, terms: Iterable[tuple[str, float, str]], at: int) -> tuple[str, ...]:
        """The question's words that counted for the topic, heaviest first."""
        counted: dict[str, float] = {}
        for term, weight, word in terms:
            if " " not in term and (value := self._index.postings[term].get(at)):
                counted[word] = counted.get(word, 0.0) + weight * value
        return tuple(word for word, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0])))

    def suggest(self, text: str, limit: int = 25) -> Suggestions:
        """Topics for a text that is still being typed: its last word may be the beginning of one. Nothing for
        nothing.

        `limit` is at least 0; Discord shows 25. Where the words so far show a sign of danger, `care_kind` is set and
        no topic is offered.
        """
        kind = self.care(text)
        if kind is not None:
            return Suggestions((), kind)
        index = self._index
        folded = fold(text)
        typed = split_words(folded)
        if not typed:
            return Suggestions()
        scores = [0.0] * len(self._topics)
        terms, _ = self._query(text)
        for term, weight, _ in terms:
            for at, value in index.postings[term].items():
                scores[at] += weight * value
        if not folded[-1].isspace():
            best: dict[int, float] = {}
            known = {term for term, _, _ in terms}
            for form in {index.surface[word] for word in index.beginning_with(typed[-1])} - known:
                for at, value in index.postings[form].items():
                    best[at] = max(best.get(at, 0.0), index.idf[form] * value)
            for at, value in best.items():
                scores[at] += value
        # Whoever types what stands in the list is looking for just that line.
        start = " " + " ".join(typed)
        for at, line in enumerate(index.shown):
            if start in line:
                scores[at] += index.rarest
        order = sorted((at for at, score in enumerate(scores) if score > 0), key=lambda at: (-scores[at], at))
        return Suggestions(tuple(self._topics[at] for at in order[:limit]))
