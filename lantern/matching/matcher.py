"""Which topics answer what a member typed, and how sure that is. Everything that takes members' words asks here.

By words: BM25 over the stemmed words of each topic's fields (title, question, keywords, sample questions, summary,
answer), weighted, through an inverted index that is built once per content load. The score is the share of what the
question's words could have counted which this topic earned. A word that is nowhere in the content therefore counts
against every topic: a low score is a sign that the content does not cover the question. Each language that the content
is translated to has an index of its own. A text is looked for in that of the language which knows most of its words.

By meaning, once an encoder is loaded (`meanings.py`): words and meaning together order the topics. Together they tell
whether the content covers the question, too, meaning above all. So the same floors hold in every language but English,
however long the text is.

Nothing is random or remembered between questions: the same content gives the same answer to the same words. A `Matcher`
can be used from several threads.
"""

from __future__ import annotations

import heapq
import math
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol

from lantern.languages.translation import ORIGINAL, current
from lantern.matching.care_signs import CareSigns
from lantern.matching.dangers import DOUBT, FLOOR, Dangers
from lantern.matching.english import STOP_WORDS
from lantern.matching.languages import Language, language, letters
from lantern.matching.meanings import Meanings
from lantern.matching.slices import Work
from lantern.matching.vectors import StoredVectors
from lantern.matching.words import Spelling, expand, shorthand_table

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

KNOWN_ENOUGH: Final = 0.4
"""Share of known words from which slips are guessed in a text. Of strangers' questions in English one in sixty has
fewer."""

COMMON: Final = 0.6
"""Share of topics that have a word of a translation from which on it says little, as `STOP_WORDS` do in English: it
counts as what it is, a frequent one, but is no witness. So no language needs a list of such words."""
COMMON_LEAST: Final = 5
"""Topics that must have such a word, where there are few."""


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
SEMANTIC_FLOORS: Final = Floors(clear=0.36, lead=0.10, likely=0.15, thread=0.42)
TRANSLATED_LEXICAL_FLOORS: Final = Floors(clear=0.26, lead=0.16, likely=0.10, thread=0.30)
TRANSLATED_SEMANTIC_FLOORS: Final = Floors(clear=0.36, lead=0.10, likely=0.18, thread=0.42)
"""As the two above, for other languages than English, where frequent words count as well. Of 426 questions by strangers
in five languages, in two halves that agreed, 2 % of the covered ones are missed and 67 % of the others turned away by
words, and 3 % and 89 % with meaning."""

SAID: Final = 0.4
"""What a topic's words count, beside its meaning, where it is told whether it covers a question. Without them 6 % of
strangers' covered questions in other languages than English are missed, and 83 % of the others turned away."""


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


class _Texts(Protocol):
    """A topic, in the language that it is written in or in another."""

    @property
    def key(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def question(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def answer(self) -> str: ...
    @property
    def keywords(self) -> tuple[str, ...]: ...
    @property
    def sample_questions(self) -> tuple[str, ...]: ...


def _field_texts(topic: _Texts) -> dict[str, Sequence[str]]:
    return {
        "title": (topic.key.replace("-", " ").replace("_", " "), topic.title),
        "question": (topic.question,),
        "keywords": topic.keywords,
        "samples": topic.sample_questions,
        "summary": (topic.summary,),
        "answer": (topic.answer,),
    }


class _Terms:
    """For each term (a stem, or a pair of neighbouring stems) the topics that have it and what it is worth there.

    One array for all: a dictionary for each term would take four times the memory, in each language.
    """

    def __init__(self, postings: Mapping[str, Mapping[int, float]], topics: int) -> None:
        self._at = {term: at for at, term in enumerate(postings)}
        self._starts = array("I", [0])
        self._topics = array("I")
        self._values = array("f")
        for values in postings.values():
            self._topics.extend(values)
            self._values.extend(values.values())
            self._starts.append(len(self._topics))
        self._weights = [math.log(1 + (topics - held + 0.5) / (held + 0.5)) for held in range(topics + 1)]

    def __contains__(self, term: str) -> bool:
        return term in self._at

    def __iter__(self) -> Iterator[str]:
        return iter(self._at)

    def topics(self, term: str) -> int:
        """How many topics have a term."""
        at = self._at[term]
        return self._starts[at + 1] - self._starts[at]

    def weight(self, term: str) -> float:
        """Its inverse document frequency."""
        return self._weights[self.topics(term)]

    def worth(self, term: str) -> Iterable[tuple[int, float]]:
        """The topics that have it, as numbers in their order, and what it is worth there."""
        at = self._at[term]
        part = slice(self._starts[at], self._starts[at + 1])
        return zip(self._topics[part], self._values[part], strict=True)


class _Term(NamedTuple):
    """A term of a question, its weight, and the word that was typed."""

    term: str
    weight: float
    word: str


_Earned = tuple[Iterable[tuple[int, float]], float, bool]


class _Index:
    """The words of one language, and in which topics they are."""

    def __init__(
        self,
        language: Language,
        topics: Sequence[_Texts | None],
        shorthand: Mapping[str, tuple[str, ...]],
        subject: Iterable[str] = (),
    ) -> None:
        """`topics` are in `language`, None where one is not; the words of `subject` say something in however many."""
        self._language = language
        self.code = language.code
        self._english = self.code == ORIGINAL
        self._shorthand = shorthand
        self.surface: dict[str, str] = {}  # a word of the content -> its stem
        self._stems: dict[str, str] = {}  # each stem once
        told = [(at, topic) for at, topic in enumerate(topics) if topic is not None]
        counts = {at: {name: self._count(texts) for name, texts in _field_texts(topic).items()} for at, topic in told}
        self.terms = _Terms(self._weighed(counts), len(told))
        del self._stems
        self._spelling = Spelling(self.surface, shortest=SHORTEST_GUESSED)
        self._sorted = sorted(self.surface)
        self.rarest = math.log(1 + (len(told) - 0.5) / 1.5) if told else 1.0
        least = max(COMMON_LEAST, COMMON * len(told))
        about = {language.stem(word) for text in subject for word in language.words(text)}
        self.common = frozenset[str](
            () if self._english else (term for term in self.terms if self.terms.topics(term) >= least)
        ).difference(about)
        self.shown = [""] * len(topics)
        self._size = len(topics)
        self._lines: dict[int, tuple[int, ...]] = {}  # by the hash of each, since lines are long
        for at, topic in told:
            title, question = (self.split(letters(text)) for text in (topic.title, topic.question))
            self.shown[at] = " ".join(("", *title, "|", *question, ""))
            for line in (topic.key, topic.title, topic.question, *topic.keywords, *topic.sample_questions):
                said = self._hash(self.split(letters(line)))
                self._lines[said] = (*self._lines.get(said, ()), at)

    def split(self, plain: str) -> list[str]:
        """The words of a text that is `letters`."""
        return self._language.split(plain)

    def _hash(self, words: Iterable[str]) -> int:
        return hash(" ".join(expand(words, self._shorthand)))

    def owners(self, words: Iterable[str]) -> tuple[int, ...]:
        """The topics that have a line of just these words, shorthand written out."""
        return self._lines.get(self._hash(words), ())

    def share(self, words: Sequence[str], *, unfinished: bool = False) -> float:
        """The share of some words that are just so in the content, or small ones of the language.

        The last one may be `unfinished`.
        """
        there = sum(map(self.surface.__contains__, words))
        if self._english:
            there += sum(map(self.is_finished, words))
        if unfinished and words and words[-1] not in self.surface and not self.is_finished(words[-1]):
            there += bool(self.beginning_with(words[-1]))
        return there / max(1, len(words))

    def is_mine(self, words: Sequence[str]) -> bool:
        """Whether slips are guessed in some words: they are of this language, or so few that nobody can tell."""
        known = sum(self.is_finished(word) or self._language.stem(word) in self.terms for word in words)
        return len(words) < 4 or known >= KNOWN_ENOUGH * len(words)

    def forms(self, words: Iterable[str], *, guessing: bool) -> Iterator[tuple[str, str]]:
        """Each word with its stem; one that the content does not know, with that of the word it is one slip from, if
        ``guessing``.
        """
        guessed = 0 if guessing else GUESSED_MAX
        for word in words:
            form = self._language.stem(word)
            if form not in self.terms and word.isalpha() and guessed < GUESSED_MAX:
                guessed += 1
                # Of several, the one that most topics know: a slip is likelier in a common word.
                near = (self.surface[guess] for guess in self._spelling.guesses(word))
                form = min(near, key=lambda f: (self.terms.weight(f), f), default=form)
            yield word, form

    def beginning_with(self, start: str) -> list[str]:
        """Words of the content that begin with `start`, in alphabetical order, at most 50."""
        first = bisect_left(self._sorted, start)
        return [word for word in self._sorted[first : first + 50] if word.startswith(start)]

    def is_finished(self, word: str) -> bool:
        """Whether a word is whole as it stands, though a longer one of the content begins with it."""
        if self._english:
            return word in STOP_WORDS or word in self._shorthand
        return self.surface.get(word) in self.common

    def telling(self, words: Iterable[str]) -> list[str]:
        """Those of some words that say something, shorthand written out."""
        written_out = expand(words, self._shorthand)
        return [word for word in written_out if word not in STOP_WORDS] if self._english else written_out

    def is_witness(self, term: str) -> bool:
        """Whether a term tells that a topic which has it may be meant: a pair is no more than its words."""
        return " " not in term and term not in self.common

    def _count(self, texts: Sequence[str]) -> Counter[str]:
        """The terms of a field, whose words the index knows from then on."""
        found: Counter[str] = Counter()
        for text in texts:
            words = self.telling(self.split(letters(text)))
            terms = [self._stems.setdefault(form, form) for form in map(self._language.stem, words)]
            self.surface.update(zip(words, terms, strict=True))
            found.update((*terms, *self.pairs(terms)))
        return found

    @staticmethod
    def pairs(terms: Sequence[str]) -> list[str]:
        return [f"{a} {b}" for a, b in pairwise(terms) if a != b]

    @staticmethod
    def _weighed(counts: Mapping[int, Mapping[str, Counter[str]]]) -> Mapping[str, Mapping[int, float]]:
        postings: defaultdict[str, dict[int, float]] = defaultdict(dict)
        average = {
            name: (sum(fields[name].total() for fields in counts.values()) / max(1, len(counts))) or 1.0
            for name in FIELD_WEIGHTS
        }
        for at, fields in counts.items():
            tf: defaultdict[str, float] = defaultdict(float)
            for name, counter in fields.items():
                length = 1 - LENGTH_PENALTY + LENGTH_PENALTY * counter.total() / average[name]
                for term, n in counter.items():
                    tf[term] += FIELD_WEIGHTS[name] * n / length
            for term, value in tf.items():
                postings[term][at] = value / (value + SATURATION)
        return postings

    def query(self, typed: Sequence[str]) -> tuple[list[_Term], float]:
        """The terms of some words that the content holds, and the score of a topic with all of them."""
        terms: list[_Term] = []
        forms: list[str] = []
        counted: dict[str, float] = {}
        for word, form in self.forms(self.telling(typed), guessing=self.is_mine(typed)):
            if form not in counted:
                # A word that the content does not hold counts against every topic.
                counted[form] = self.terms.weight(form) if form in self.terms else self.rarest
                if form in self.terms:
                    terms.append(_Term(form, counted[form], word))
            forms.append(form)
        for pair in dict.fromkeys(self.pairs(forms)):
            if pair in self.terms:
                terms.append(_Term(pair, PAIR_WEIGHT * self.terms.weight(pair), pair))
        return terms, sum(heapq.nlargest(COUNTED, counted.values()))

    def earned(self, term: _Term) -> _Earned:
        """What a term is worth to topics, its weight, and whether it is a witness."""
        return self.terms.worth(term.term), term.weight, self.is_witness(term.term)

    def shares(self, terms: Iterable[_Earned], possible: float) -> list[float]:
        """The share of all that was `possible` which each topic earned."""
        scores = [0.0] * self._size
        witnesses = [0] * self._size
        for worth, weight, witness in terms:
            for at, value in worth:
                scores[at] += weight * value
                witnesses[at] += witness
        bound = possible + PRIOR * self.rarest
        return [score / bound * min(n, WITNESSES) / WITNESSES for score, n in zip(scores, witnesses, strict=True)]

    def why(self, terms: Iterable[_Term], topic: int) -> tuple[str, ...]:
        """The words that counted for a topic, heaviest first."""
        counted: defaultdict[str, float] = defaultdict(float)
        for term, weight, word in terms:
            if " " not in term and (value := dict(self.terms.worth(term)).get(topic)):
                counted[word] += weight * value
        return tuple(sorted(counted, key=lambda word: (-counted[word], word)))


class _Asked(NamedTuple):
    """A text, read in the language that it seems to be in."""

    own: _Index
    """That of the language."""
    words: list[str]
    owners: set[int]
    """The topics that it is a line of, in any language."""


def _translated(content: Content) -> Iterator[_Index]:
    """An index for each language that there are translations in, stale ones included: members ask as before."""
    topics = [topic.translations for topic in content.topics()]
    for code in dict.fromkeys(code for translations in topics for code in translations):
        titles = {article.title for article in content.articles}
        titles.update(article.translations[code].title for article in content.articles if code in article.translations)
        yield _Index(language(code), [translations.get(code) for translations in topics], {}, titles)


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
        english = _Index(language(ORIGINAL), self._topics, shorthand_table(content.shorthand))
        self._indexes = (english, *_translated(content))
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
        asked = self._asked(letters(text))
        if asked.own.code == ORIGINAL:
            floors = LEXICAL_FLOORS if meanings is None else SEMANTIC_FLOORS
        else:
            floors = TRANSLATED_LEXICAL_FLOORS if meanings is None else TRANSLATED_SEMANTIC_FLOORS
        floors = self._floors or floors
        candidates = self._ranked(text, asked, CANDIDATES_MAX, meanings)
        return Match(_outcome(candidates, floors, floors.thread if strict else floors.clear), candidates)

    def rank(self, text: str, limit: int = CANDIDATES_MAX, *, by_words: bool = False) -> tuple[Candidate, ...]:
        """The `limit` best topics for `text`, best first, whatever their score; equal scores in the content's order.

        Does not look for care signs: use `match` for what members type. `by_words` leaves meanings out, which take
        milliseconds.
        """
        return self._ranked(text, self._asked(letters(text)), limit, None if by_words else self.meanings)

    def _ranked(self, text: str, asked: _Asked, limit: int, meanings: Meanings | None) -> tuple[Candidate, ...]:
        index, words, owners = asked
        terms, possible = index.query(words)
        scores = covers = said = index.shares(map(index.earned, terms), possible)
        if meanings is not None:
            meant = meanings.scores(text)
            scores = [(share + near) / 2 for share, near in zip(said, meant, strict=True)]
            allowed = zip(meant, meanings.allowances, said, strict=True)
            covers = [near + few + SAID * share for near, few, share in allowed]
        # Whoever types a line of a topic word for word means that topic.
        if owners:
            scores = [1.0 if at in owners else score / 2 for at, score in enumerate(scores)]
            covers = [1.0 if at in owners else cover for at, cover in enumerate(covers)]
        order = sorted(range(len(scores)), key=lambda at: (-scores[at], at))[:limit]
        return tuple(
            Candidate(self._topics[at], min(1.0, max(0.0, scores[at])), covers[at], index.why(terms, at))
            for at in order
        )

    def _asked(self, plain: str, *, unfinished: bool = False) -> _Asked:
        """A text of `letters` in the language that has most of its words: of several the reader's, or else English."""
        words = self._indexes[0].split(plain)
        readings = [(index, index.split(plain) if "'" in plain else words) for index in self._indexes]
        index, words = max(
            readings,
            key=lambda reading: (
                reading[0].share(reading[1], unfinished=unfinished),
                reading[0].code == current(),
                reading[0].code == ORIGINAL,
            ),
        )
        return _Asked(index, words, {at for each, said in readings for at in each.owners(said)})

    def suggest(self, text: str, limit: int = 25) -> Suggestions:
        """Topics for a text that is still being typed: its last word may be unfinished. No topics for an empty text.

        `limit` is at least 0; Discord shows 25. Where the words so far show a sign of danger, `care_kind` is set and
        no topic is offered.
        """
        kind = self.care(text)
        return Suggestions((), kind) if kind is not None else self.offered(text, limit)

    def offered(self, text: str, limit: int = 25) -> Suggestions:
        """As `suggest`, without looking for signs of danger: ordered as `/ask` would by words alone."""
        plain = letters(text)
        index, typed, _ = self._asked(plain, unfinished=not plain[-1:].isspace())
        if not typed:
            return Suggestions()
        last = typed[-1]
        # A word that stands for itself is not the beginning of another: "he ghosted me" is not about meditation.
        unfinished = not (plain[-1].isspace() or index.is_finished(last))
        terms, possible = index.query(typed[:-1] if unfinished and last not in index.surface else typed)
        earned = list(map(index.earned, terms))
        if unfinished:
            best: dict[int, float] = {}
            begun = set(filter(index.is_witness, (index.surface[word] for word in index.beginning_with(last))))
            for form in begun.difference(term for term, _, _ in terms):
                for at, value in index.terms.worth(form):
                    best[at] = max(best.get(at, 0.0), index.terms.weight(form) * value)
            earned.append((best.items(), 1.0, True))
        scores = index.shares(earned, possible)
        # Members type what they see in the list.
        start = " ".join(("", *typed, "")) if plain[-1].isspace() else " ".join(("", *typed))
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
