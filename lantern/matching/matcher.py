"""Which topics answer what a member typed, and how sure that is. Everything that takes members' words asks here.

By words: BM25 over the stemmed words of each topic's fields (title, question, keywords, sample questions, summary,
answer), weighted, through an inverted index that is built once per content load. The score is the share of what the
question's words could have counted which this topic earned. A word that is nowhere in the content therefore counts
against every topic: a low score is a sign that the content does not cover the question.

By meaning, once an encoder is loaded (`meanings.py`): words and meaning together order the topics, and whether the
content covers the question is told by meaning alone. So one floor holds in every language, however long the text is.

Nothing is random or remembered between questions: the same content gives the same answer to the same words. A `Matcher`
can be used from several threads.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from lantern.matching.care_signs import CareSigns
from lantern.matching.dangers import DOUBT, FLOOR, Dangers
from lantern.matching.english import STOP_WORDS
from lantern.matching.meanings import Meanings
from lantern.matching.slices import Work
from lantern.matching.vectors import StoredVectors
from lantern.matching.words import Spelling, expand, fold, shorthand_table, split_words, stem

if TYPE_CHECKING:
    from lantern.content.models import CareKind, CareLanguage, Content, Topic

Outcome = Literal["clear", "likely", "miss", "care"]

CANDIDATES_MAX: Final = 5
"""Candidates in a `Match`, at most."""
SHORTEST_GUESSED: Final = 5
"""Letters that an unknown word needs to be taken for a misspelt known one: shorter ones are often words themselves."""

GUESSED_MAX: Final = 60
"""Unknown words of a text that are tried as misspelt ones; no question that a person asks has so many."""

WITNESSES: Final = 3
"""Different words that a topic must share with a question for its full score; with one word it gets a third. It tells
covered from uncovered questions best."""

COUNTED: Final = 6
"""Words of a question, the heaviest, that a score is a share of: what else a long text tells is not held against it."""

ENGLISH: Final = 0.4
"""Share of known words from which a text is taken for English, in which slips are guessed. Of strangers' questions in
English one in sixty has fewer, of those in Spanish, Portuguese, French and German all but one in twenty."""


class Floors(NamedTuple):
    """From what a match counts, set on strangers' questions (`bench.matching`).

    A topic covers the question from `likely` on; below it the content does not. The card is shown at once from `clear`
    on, or from `thread` for the title of a thread, where nobody asked the bot, if the next topic's score is lower by
    `lead` or more.
    """

    clear: float
    lead: float
    likely: float
    thread: float


LEXICAL_FLOORS: Final = Floors(clear=0.22, lead=0.12, likely=0.05, thread=0.25)
SEMANTIC_FLOORS: Final = Floors(clear=0.30, lead=0.10, likely=0.09, thread=0.35)


class Candidate(NamedTuple):
    """A topic that may answer the question.

    `score`, 0 … 1, orders them; `covers` tells how surely the topic answers the question at all, see `Floors`; `why`
    are the words that counted, heaviest first.
    """

    topic: Topic
    score: float
    covers: float
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
            " ".join(("", *split_words(fold(topic.title)), "|", *split_words(fold(topic.question)), ""))
            for topic in topics
        ]
        self.rarest = math.log(1 + (len(topics) - 0.5) / 1.5) if topics else 1.0
        self.literal: defaultdict[str, set[int]] = defaultdict(set)
        for at, topic in enumerate(topics):
            shown = [topic.key, topic.title, topic.question]
            for each in topic.translations.values():
                shown += (each.title, each.question, *each.keywords)
            for line in (*shown, *topic.keywords, *topic.sample_questions, *topic.other_languages):
                self.literal[self.written_out(split_words(fold(line)))].add(at)

    def written_out(self, words: Iterable[str]) -> str:
        """Folded words as one text, shorthand written out."""
        return " ".join(expand(words, self._shorthand))

    def is_english(self, words: Sequence[str]) -> bool:
        """Whether folded words are English, or so few that nobody can tell."""
        known = sum(word in STOP_WORDS or word in self._shorthand or stem(word) in self.idf for word in words)
        return len(words) < 4 or known >= ENGLISH * len(words)

    def forms(self, words: Iterable[str], *, guessing: bool) -> Iterator[tuple[str, str]]:
        """Each word with its stem; one that the content does not know, with that of the word it is one slip from, if
        ``guessing``.
        """
        guessed = 0 if guessing else GUESSED_MAX
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

    def is_finished(self, word: str) -> bool:
        """Whether a folded word is whole as it stands, though a longer one of the content begins with it."""
        return word in STOP_WORDS or word in self._shorthand

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


def _signs(content: Content) -> tuple[tuple[CareKind, ...], Mapping[str, str], tuple[CareLanguage, ...]]:
    return content.care.kinds, content.shorthand, content.care_languages


class Matcher:
    """Finds topics for texts. Made once per content load by `lantern.answers.edition`; the module says how it works."""

    def __init__(self, content: Content, *, floors: Floors | None = None, before: Matcher | None = None) -> None:
        """Index `content` (14 topics: 0.15 s, most of it the care signs, which are taken over of the matcher `before`
        where they are the same). It matches by words until `learn` was called.

        A care sign that cannot be read raises `lantern.matching.care_signs.SignError`; content that passed
        `bot.py check` has none.
        """
        self._floors = floors
        self._topics: tuple[Topic, ...] = tuple(content.topics())
        self._index = _Index(self._topics, shorthand_table(content.shorthand))
        self._content: Content = content
        if before is not None and _signs(before._content) == _signs(content):
            self._care: CareSigns = before._care
        else:
            self._care = CareSigns(*_signs(content))
        self.meanings: Meanings | None = None
        """Those of the same content, once there are any."""
        self._dangers: Dangers | None = None

    def learn(self, vectors: StoredVectors) -> None:
        """Match by meaning from now on; others may match meanwhile. Encodes the content, at 10 ms for each line that is
        not among `vectors`, so it is called in a thread.
        """
        meanings, dangers = Meanings(self._topics, self._content.not_covered, vectors), Dangers(self._content, vectors)
        vectors.save()
        self.meanings, self._dangers = meanings, dangers

    def care(self, text: str) -> str | None:
        """The kind of danger that `text` shows a sign of, as ``care.yml`` names it, or None."""
        return self._care.kind(text)

    def danger(self, text: str, *, doubt: bool = False, by_words: bool = False) -> str | None:
        """The kind of danger that `text` means without a sign of it, or with `doubt` may mean; or None.

        `by_words` looks for none. Takes some milliseconds, of a long text a second.
        """
        meanings = self.meanings
        if self._dangers is None or meanings is None or by_words:
            return None
        # What a topic covers is ordinary, however much it hurts: it must be more like danger by as much.
        return self._dangers.kind(
            text, floor=DOUBT if doubt else FLOOR, more=lambda: max([0.0, *meanings.scores(text)])
        )

    def looking(self, text: str, *, gentle: bool = False) -> Work[str | None]:
        """As `care`, as work that can be interrupted; with `gentle`, who is hurt and in no danger that shows."""
        return self._care.looking(text, gentle=gentle)

    def match(self, text: str, *, strict: bool = False) -> Match:
        """What `text` asks; any string is safe.

        Topics are looked for in its first `lantern.matching.words.MAX_CHARACTERS` characters, danger in all of it.

        `strict` is for the title of a thread, where nobody asked the bot: ``clear`` then needs `Floors.thread`.
        """
        kind = self.care(text) or self.danger(text)
        if kind is not None:
            return Match("care", (), kind)
        return self.ordinary(text, strict=strict)

    def ordinary(self, text: str, *, strict: bool = False, by_words: bool = False) -> Match:
        """As `match`, without looking for signs of danger: for members who say that they are safe."""
        meanings = None if by_words else self.meanings
        floors = self._floors or (LEXICAL_FLOORS if meanings is None else SEMANTIC_FLOORS)
        candidates = self._ranked(text, CANDIDATES_MAX, meanings)
        return Match(_outcome(candidates, floors, floors.thread if strict else floors.clear), candidates)

    def rank(self, text: str, limit: int = CANDIDATES_MAX, *, by_words: bool = False) -> tuple[Candidate, ...]:
        """The `limit` best topics for `text`, best first, whatever their score; equal scores in the content's order.

        Does not look for care signs: use `match` for what members type. `by_words` leaves meanings out, which take
        milliseconds.
        """
        return self._ranked(text, limit, None if by_words else self.meanings)

    def _ranked(self, text: str, limit: int, meanings: Meanings | None) -> tuple[Candidate, ...]:
        typed = split_words(fold(text))
        terms, possible = self._query(typed)
        scores = covers = self._by_words(map(self._earned, terms), possible)
        if meanings is not None:
            covers = meanings.scores(text)
            scores = [(share + near) / 2 for share, near in zip(scores, covers, strict=True)]
            covers = [near + few for near, few in zip(covers, meanings.allowances, strict=True)]
        # Whoever types a line of a topic word for word means that topic.
        if owners := self._index.literal.get(self._index.written_out(typed)):
            scores = [1.0 if at in owners else score / 2 for at, score in enumerate(scores)]
            covers = [1.0 if at in owners else cover for at, cover in enumerate(covers)]
        order = sorted(range(len(scores)), key=lambda at: (-scores[at], at))[:limit]
        return tuple(
            Candidate(self._topics[at], min(1.0, max(0.0, scores[at])), covers[at], self._why(terms, at))
            for at in order
        )

    def _earned(self, term: tuple[str, float, str]) -> tuple[Mapping[int, float], float, bool]:
        """What a term of `_query` is worth to topics, its weight, and whether it is a witness: a pair is none."""
        return self._index.postings[term[0]], term[1], " " not in term[0]

    def _by_words(self, terms: Iterable[tuple[Mapping[int, float], float, bool]], possible: float) -> list[float]:
        """The share of all that was `possible` which each topic earned."""
        scores = [0.0] * len(self._topics)
        witnesses = [0] * len(self._topics)
        for postings, weight, witness in terms:
            for at, value in postings.items():
                scores[at] += weight * value
                witnesses[at] += witness
        bound = possible + PRIOR * self._index.rarest
        return [score / bound * min(n, WITNESSES) / WITNESSES for score, n in zip(scores, witnesses, strict=True)]

    def _query(self, typed: Sequence[str]) -> tuple[list[tuple[str, float, str]], float]:
        """The terms of folded words as (term, weight, word typed), and the score of a topic with all of them."""
        index = self._index
        terms: list[tuple[str, float, str]] = []
        forms: list[str] = []
        counted: dict[str, float] = {}
        for word, form in index.forms(index.telling(typed), guessing=index.is_english(typed)):
            if form not in counted:
                # A word that the content does not hold counts against every topic.
                counted[form] = index.idf.get(form, index.rarest)
                if form in index.idf:
                    terms.append((form, counted[form], word))
            forms.append(form)
        for pair in dict.fromkeys(index.pairs(forms)):
            if pair in index.idf:
                terms.append((pair, PAIR_WEIGHT * index.idf[pair], pair))
        return terms, sum(heapq.nlargest(COUNTED, counted.values()))

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
        """As `suggest`, without looking for signs of danger: ordered as `/ask` would by words alone."""
        index = self._index
        folded = fold(text)
        typed = split_words(folded)
        if not typed:
            return Suggestions()
        last = typed[-1]
        # A word that stands for itself is not the beginning of another: "he ghosted me" is not about meditation.
        unfinished = not (folded[-1].isspace() or index.is_finished(last))
        terms, possible = self._query(typed[:-1] if unfinished and last not in index.surface else typed)
        earned = list(map(self._earned, terms))
        if unfinished:
            best: dict[int, float] = {}
            for form in {index.surface[word] for word in index.beginning_with(last)} - {term for term, _, _ in terms}:
                for at, value in index.postings[form].items():
                    best[at] = max(best.get(at, 0.0), index.idf[form] * value)
            earned.append((best, 1.0, True))
        scores = self._by_words(earned, possible)
        # Members type what they see in the list.
        start = " ".join(("", *typed)) if unfinished else " ".join(("", *typed, ""))
        for at, line in enumerate(index.shown):
            if start in line:
                scores[at] += index.rarest
        order = sorted((at for at, score in enumerate(scores) if score > 0), key=lambda at: (-scores[at], at))
        return Suggestions(tuple(self._topics[at] for at in order[:limit]))


def _outcome(candidates: Sequence[Candidate], floors: Floors, clear: float) -> Outcome:
    if not candidates or candidates[0].covers < floors.likely:
        return "miss"
    first = candidates[0]
    lead = first.score - candidates[1].score if len(candidates) > 1 else first.score
    return "clear" if first.covers >= clear and lead >= floors.lead else "likely"
