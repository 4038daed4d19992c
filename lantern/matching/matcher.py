"""Which topics answer what a member typed, and how sure that is. Everything that takes members' words asks here.

Lexical: BM25 over the stemmed words of each topic's fields (title, question, keywords, sample questions, summary,
answer), weighted, through an inverted index that is built once per content load. The score is the share of all that the
question's words could have counted which this topic earned. A word that is nowhere in the content therefore counts
against every topic: a low score is a sign that the content does not cover the question.

Nothing is random or remembered between questions: the same content gives the same answer to the same words. A `Matcher`
can be used from several threads.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from lantern.matching.care_signs import CareSigns
from lantern.matching.english import STOP_WORDS
from lantern.matching.meanings import Meanings
from lantern.matching.slices import Work
from lantern.matching.words import Spelling, expand, fold, shorthand_table, split_words, stem

if TYPE_CHECKING:
    from lantern.content.models import Content, Topic

Outcome = Literal["clear", "likely", "miss", "care"]

CANDIDATES_MAX: Final = 5
"""Candidates in a `Match`, at most."""
SHORTEST_GUESSED: Final = 5
"""Letters that an unknown word needs to be taken for a misspelt known one: shorter ones are often words themselves."""

GUESSED_MAX: Final = 60
"""Unknown words of a text that are tried as misspelt ones; no question that a person asks has so many."""

WITNESSES: Final = 3
"""Different words that a topic must share with a question for its full score; with one word it gets a third.

It tells covered from uncovered questions best: where 95 % of covered ones are kept, 82 % of uncovered ones are turned
away instead of 61 % (tuning half of the questions).
"""


class Floors(NamedTuple):
    """Scores (0 … 1) from which a match counts, set on the tuning half of tests/data/questions.yml (`bench.matching`).

    The card is shown at once when the best score is at least `clear` and the second is lower by at least `lead`, a
    share of the best. Below `likely` the content does not cover the question. `thread` takes the place of `clear` for
    the title of a thread, where nobody asked the bot.
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
    """What a text asks: up to `CANDIDATES_MAX` candidates, best first; none where the outcome is ``care``."""

    outcome: Outcome
    candidates: tuple[Candidate, ...] = ()
    care_kind: str | None = None


class Suggestions(NamedTuple):
    """What to offer while somebody is typing: topics, best first, or only the kind of danger that the words show."""

    topics: tuple[Topic, ...] = ()
    care_kind: str | None = None


# How fields and evidence are weighed: found by a random search over the tuning half; the held-out half agreed.
FIELD_WEIGHTS: Final = {"title": 4.0, "question": 4.0, "keywords": 2.0, "samples": 1.5, "summary": 1.0, "answer": 0.4}
SATURATION: Final = 5.0
"""BM25's k1: how slowly a word that a topic repeats stops adding."""
LENGTH_PENALTY: Final = 0.6
"""BM25's b: how far a topic with many words is held back, from 0 to 1."""
PAIR_WEIGHT: Final = 0.8
"""What two neighbouring words count together, besides what each counts alone."""
PRIOR: Final = 0.2
"""Added to what a question could earn, as a share of the rarest word's weight: the fewer words, the less sure."""


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
    """For each term (a stem, or a pair of neighbouring stems) the topics that have it and what it is worth there."""

    def __init__(self, topics: Sequence[Topic], shorthand: Mapping[str, tuple[str, ...]]) -> None:
        self._shorthand = shorthand
        self.surface: dict[str, str] = {}  # a word of the content -> its stem
        self.postings: defaultdict[str, dict[int, float]] = defaultdict(dict)
        self.idf: dict[str, float] = {}
        self._weigh([{name: self._count(texts) for name, texts in _field_texts(topic).items()} for topic in topics])
        self._spelling = Spelling(self.surface, shortest=SHORTEST_GUESSED)
        self._sorted = sorted(self.surface)
        self.shown = [
            " ".join(("", *split_words(fold(topic.title)), "|", *split_words(fold(topic.question)))) for topic in topics
        ]
        self.rarest = math.log(1 + (len(topics) - 0.5) / 1.5) if topics else 1.0
        self.literal: defaultdict[str, set[int]] = defaultdict(set)
        for at, topic in enumerate(topics):
            for line in (topic.key, topic.title, topic.question, *topic.sample_questions):
                self.literal[" ".join(split_words(fold(line)))].add(at)

    def forms(self, words: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Each word with its stem; one that the content does not know, with that of the word it is one slip from."""
        guessed = 0
        for word in words:
            form = stem(word)
            if form not in self.idf and word.isalpha() and guessed < GUESSED_MAX:
                guessed += 1
                # Of several, the one that most topics know: a slip is likelier in a common word.
                near = (self.surface[guess] for guess in self._spelling.guesses(word))
                form = min(near, key=lambda f: (self.idf[f], f), default=form)
            yield word, form

    def beginning_with(self, start: str) -> list[str]:
        """Words of the content that begin with `start`, in alphabetical order, at most 50."""
        first = bisect_left(self._sorted, start)
        return [word for word in self._sorted[first : first + 50] if word.startswith(start)]

    def telling(self, words: Iterable[str]) -> list[str]:
        """Those of some folded words that say something, shorthand written out."""
        return [word for word in expand(words, self._shorthand) if word not in STOP_WORDS]

    def _count(self, texts: Sequence[str]) -> Counter[str]:
        """The terms of a field, whose words the index knows from then on."""
        found: Counter[str] = Counter()
        for text in texts:
            words = self.telling(split_words(fold(text)))
            terms = [stem(word) for word in words]
            self.surface.update(zip(words, terms, strict=True))
            found.update((*terms, *self.pairs(terms)))
        return found

    @staticmethod
    def pairs(terms: Sequence[str]) -> list[str]:
        return [f"{a} {b}" for a, b in pairwise(terms) if a != b]

    def _weigh(self, counts: Sequence[Mapping[str, Counter[str]]]) -> None:
        average = {
            name: (sum(fields[name].total() for fields in counts) / max(1, len(counts))) or 1.0
            for name in FIELD_WEIGHTS
        }
        for at, fields in enumerate(counts):
            tf: defaultdict[str, float] = defaultdict(float)
            for name, counter in fields.items():
                length = 1 - LENGTH_PENALTY + LENGTH_PENALTY * counter.total() / average[name]
                for term, n in counter.items():
                    tf[term] += FIELD_WEIGHTS[name] * n / length
            for term, value in tf.items():
                self.postings[term][at] = value / (value + SATURATION)
        for term, topics in self.postings.items():
            self.idf[term] = math.log(1 + (len(counts) - len(topics) + 0.5) / (len(topics) + 0.5))


class Matcher:
    """Finds topics for texts. Made once per content load by `lantern.answers.edition`; the module says how it works."""

    def __init__(self, content: Content, *, semantic: bool = False, floors: Floors | None = None) -> None:
        """Index `content` (14 topics: 0.05 s, most of it the care signs; with `semantic` 1 s and some 150 MB).

        With `semantic`, raises `SemanticUnavailable` where that extra is not installed. A care sign that cannot be
        read raises `lantern.matching.care_signs.SignError`; content that passed `bot.py check` has none.
        """
        self.floors = floors or (SEMANTIC_FLOORS if semantic else LEXICAL_FLOORS)
        self._topics: tuple[Topic, ...] = tuple(content.topics())
        self._index = _Index(self._topics, shorthand_table(content.shorthand))
        self._care = CareSigns(content.care.kinds, content.shorthand, content.care_languages)
        self._meanings = Meanings(self._topics) if semantic else None

    def care(self, text: str) -> str | None:
        """The kind of danger that `text` shows a sign of, as ``care.yml`` names it, or None."""
        return self._care.kind(text)

    def looking(self, text: str, *, gentle: bool = False) -> Work[str | None]:
        """As `care`, as work that can be interrupted; with `gentle`, who is hurt and in no danger that shows."""
        return self._care.looking(text, gentle=gentle)

    @property
    def semantic(self) -> bool:
        """Whether meanings are compared, which takes milliseconds."""
        return self._meanings is not None

    def match(self, text: str, *, strict: bool = False) -> Match:
        """What `text` asks; any string is safe.

        Topics are looked for in its first `lantern.matching.words.MAX_CHARACTERS` characters, danger in all of it.

        `strict` is for the title of a thread, where nobody asked the bot: ``clear`` then needs `Floors.thread`.
        """
        kind = self.care(text)
        if kind is not None:
            return Match("care", (), kind)
        return self.ordinary(text, strict=strict)

    def ordinary(self, text: str, *, strict: bool = False) -> Match:
        """As `match`, without looking for signs of danger: for members who say that they are safe."""
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

        Does not look for care signs: use `match` for what members type.
        """
        typed = split_words(fold(text))
        terms, possible = self._query(typed)
        scores = [0.0] * len(self._topics)
        witnesses = [0] * len(self._topics)
        for term, weight, _ in terms:
            single = " " not in term
            for at, value in self._index.postings[term].items():
                scores[at] += weight * value
                witnesses[at] += single
        bound = possible + PRIOR * self._index.rarest
        shares = [score / bound * min(n, WITNESSES) / WITNESSES for score, n in zip(scores, witnesses, strict=True)]
        if self._meanings is not None:
            shares = [(share + near) / 2 for share, near in zip(shares, self._meanings.scores(text), strict=True)]
        # Whoever types a topic's title, question or sample question word for word means that topic.
        if owners := self._index.literal.get(" ".join(typed)):
            shares = [1.0 if at in owners else share / 2 for at, share in enumerate(shares)]
        order = sorted(range(len(shares)), key=lambda at: (-shares[at], at))[:limit]
        return tuple(Candidate(self._topics[at], min(1.0, max(0.0, shares[at])), self._why(terms, at)) for at in order)

    def _query(self, typed: Iterable[str]) -> tuple[list[tuple[str, float, str]], float]:
        """The terms of folded words as (term, weight, word typed), and the score of a topic with all of them."""
        index = self._index
        terms: list[tuple[str, float, str]] = []
        forms: list[str] = []
        known: set[str] = set()
        possible = 0.0
        for word, form in index.forms(index.telling(typed)):
            if form not in known:
                known.add(form)
                idf = index.idf.get(form)
                if idf is None:
                    possible += index.rarest  # a word that the content does not hold counts against every topic
                else:
                    terms.append((form, idf, word))
                    possible += idf
            forms.append(form)
        for pair in dict.fromkeys(index.pairs(forms)):
            if pair in index.idf:
                terms.append((pair, PAIR_WEIGHT * index.idf[pair], pair))
        return terms, possible

    def _why(self, terms: Iterable[tuple[str, float, str]], at: int) -> tuple[str, ...]:
        """The question's words that counted for the topic, heaviest first."""
        counted: defaultdict[str, float] = defaultdict(float)
        for term, weight, word in terms:
            if " " not in term and (value := self._index.postings[term].get(at)):
                counted[word] += weight * value
        return tuple(sorted(counted, key=lambda word: (-counted[word], word)))

    def suggest(self, text: str, limit: int = 25) -> Suggestions:
        """Topics for a text that is still being typed: its last word may be unfinished. No topics for an empty text.

        `limit` is at least 0; Discord shows 25. Where the words so far show a sign of danger, `care_kind` is set and
        no topic is offered.
        """
        kind = self.care(text)
        return Suggestions((), kind) if kind is not None else self.offered(text, limit)

    def offered(self, text: str, limit: int = 25) -> Suggestions:
        """As `suggest`, without looking for signs of danger."""
        index = self._index
        folded = fold(text)
        typed = split_words(folded)
        if not typed:
            return Suggestions()
        scores = [0.0] * len(self._topics)
        terms, _ = self._query(typed)
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
        # Members type what they see in the list.
        start = " " + " ".join(typed)
        for at, line in enumerate(index.shown):
            if start in line:
                scores[at] += index.rarest
        order = sorted((at for at, score in enumerate(scores) if score > 0), key=lambda at: (-scores[at], at))
        return Suggestions(tuple(self._topics[at] for at in order[:limit]))
