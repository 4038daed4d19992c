"""What members asked and the article does not cover: similar questions together, and the keywords that would help.

A member's text is shown to those who may read it and goes nowhere else: what is offered for the content is single
words, or pairs of words that several members used, never a question.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from textwrap import indent
from typing import Final, NamedTuple

import orjson
import yaml

from lantern.content.models import KEYWORD_MAX, Content, Topic
from lantern.figures import queries
from lantern.figures.insights import Insights, Period
from lantern.languages.translation import N_, ORIGINAL, _
from lantern.matching.encoders import Encoder, Vectors
from lantern.matching.english import STOP_WORDS
from lantern.matching.languages import language
from lantern.matching.matcher import Matcher
from lantern.matching.words import expand, shorthand_table, stem
from lantern.store.times import as_date
from lantern.store.weekly_totals import monday_of

MISSES_LIMIT: Final = 3_000
"""Newest misses that are grouped at once; older ones are only counted."""
TEXT_READ: Final = 300
"""Characters of a question that are looked at."""
TERMS_READ: Final = 25
"""Words of a question that are looked at: the first, without those that carry no subject."""
LOOKED_UP: Final = 6
"""Words of a question, the rarest, by which groups like it are looked for."""
REMEMBERED: Final = 40
"""Groups that are remembered for a word: those that had a question with it last."""
COMPARED: Final = 8
"""Groups that a question is compared with in full. With these four, what one question takes has an end, whatever the
others are: 3,000 of the worst take less than a second, where some took 75."""
TRIED: Final = 200
"""Newest questions of a group that keywords are made from and tried on."""
ALIKE: Final = 0.32
"""Cosine from which two questions are taken to ask the same: 1 is word for word, 0 shares no word. A third is one rare
word of three, which is as much as two short questions about the same often share."""
FEW: Final = 50
"""Among so few different questions, how many hold a word says little about how rare it is."""
SAME_WORDS: Final = 0.7
"""The same cosine where meanings are compared: what shares fewer words is left to its meaning, unless there are more
groups than can be encoded."""
KEYWORDS_LIMIT: Final = 6
NEAR_ENOUGH: Final = 0.05
"""Score of the nearest topic, when a question was asked and found no answer, from which that topic may answer it: half
of what would have been an answer."""
ENCODED: Final = 250
"""Groups, the newest, that are put together by meaning: one question of each is encoded, at 10 ms."""
LINES: Final = 100
"""Lines of the content, or some more, that tell in what way lines about the same differ: encoded, at 10 ms each."""
OF_A_LANGUAGE: Final = 10
"""Of these, a topic's in one other language: where most were in others, questions of one subject came together more."""
SMOOTHING: Final = 2.0
"""How even that way is taken to be, where 1 is as much as the lines tell."""
SAID: Final = 0.2
"""What the words that two groups share count, where 1 is all and meaning nothing."""
PAIRED: Final = 0.33
"""Likeness of two questions, of their words and their meaning, from which they ask the same."""
MEANT_ALIKE: Final = 0.18
"""Likeness from which a group of such takes in another question or group: to be like several is seldom chance. Of 27
questions that strangers asked in three wordings each, among 251 others in seven languages, 9 are one group whole (1 by
words alone), and of their 81 pairs 37 are together. One question in six stands beside others that ask something else,
most often of the same subject, such as somebody's ex."""
COMMON: Final = 0.25
"""A word that so large a share of all misses holds is no reason to look whether two are alike."""
NEGATIONS: Final = frozenset({"no", "not", "without", "never"})
ASKED_ONCE: Final = N_("asked once: leave out what could name a person")
OWN_WORDS: Final = N_("write the question in your own words")
MASKS: Final = frozenset({"mention", "link", "mail", "number", "address"})
"""What is left of a mask when a text is taken apart into words."""

words = language(ORIGINAL).words
"""Those of a text, in the letters of its own alphabet, and as English has them where a word ends."""

ArticleAndTopic = tuple[str, str]
"""The command of an article and the key of one of its topics."""


class Miss(NamedTuple):
    """One question that was not answered. ``nearest`` are topics with their scores, best first.

    ``id`` is random, and ``week`` the Monday of the week in which it was asked: nothing tells a finer time.
    """

    id: int
    week: date
    words: str
    nearest: tuple[tuple[str, str, float], ...]


class Gap(NamedTuple):
    """Questions that ask about the same, those of the newest week first."""

    misses: tuple[Miss, ...]
    nearest: ArticleAndTopic | None
    """The topic that most of them came nearest to; None when nothing was near any of them."""

    @property
    def times(self) -> int:
        """How often it was asked."""
        return len(self.misses)

    @property
    def newest(self) -> Miss:
        """One that was asked in the newest week."""
        return self.misses[0]

    @property
    def wordings(self) -> tuple[tuple[str, int], ...]:
        """Each way it was asked, with how often, newest first."""
        return tuple(Counter(miss.words for miss in self.misses).items())


class Correction(NamedTuple):
    """Was shown this, wanted that: told for weeks in which five members or more said so.

    ``wanted`` is None where they chose nothing else.
    """

    shown: ArticleAndTopic
    wanted: ArticleAndTopic | None
    times: int


class Gaps(NamedTuple):
    """All gaps of a period, the one that was asked most first."""

    period: Period
    gaps: tuple[Gap, ...]
    corrections: tuple[Correction, ...]
    total: int
    """Misses in the period, those too many to be grouped included."""

    def holding(self, miss_id: int) -> Gap | None:
        """The gap that one miss is in."""
        return next((gap for gap in self.gaps if any(miss.id == miss_id for miss in gap.misses)), None)


class Remedy(NamedTuple):
    """What would make the nearest topic answer a gap's questions."""

    topic: Topic
    keywords: tuple[str, ...]
    """None where meanings are compared: a sample question is what helps."""
    found: int
    """Of the questions that were tried, how many would then lead to the topic first."""
    tried: int
    """The newest of the gap's questions, all where they are few."""
    yaml: str


class Found(NamedTuple):
    """What there is to group, as it was read."""

    misses: list[tuple[int, int, str, str]]
    """Id, day, words, and the nearest topics as JSON."""
    corrections: list[tuple[str, str, str, int]]
    """Article and topic that were shown, `article/topic` that was wanted, and how often."""
    total: int


async def fetch(insights: Insights, period: Period) -> Found:
    """Read what there is to group. Raises what the reader of ``insights`` does."""
    misses = await insights.fetch_words(queries.MISSES, period, most=MISSES_LIMIT)
    misses = heapq.nlargest(MISSES_LIMIT, misses, key=lambda miss: (miss["day"], miss["id"]))
    total = len(misses)
    if total == MISSES_LIMIT:
        total = sum(count for (count,) in await insights.fetch_words(queries.MISSES_COUNT, period))
    corrections = await insights.fetch(queries.CORRECTIONS, **period.numbers)
    # Rows of a database are nothing that another process could be given.
    return Found(list(map(tuple, misses)), list(map(tuple, corrections)), total)


class Grouping:
    """Puts similar questions together. Takes up to a second, so :mod:`lantern.figures.grouping` does it."""

    def __init__(self, content: Content, encoder: Encoder | None = None) -> None:
        self._shorthand = shorthand_table(content.shorthand)
        self._encoder = encoder
        self._lines = [
            [
                topic.question,
                *topic.sample_questions,
                *(line for each in topic.translations.values() for line in each.sample_questions[:OF_A_LANGUAGE]),
            ]
            for topic in content.topics()
        ]
        told = [
            {stem(word) for line in (topic.title, topic.summary, topic.answer, *topic.sample_questions) for word in
             self.bare_words(line)}
            for topic in content.topics()
        ]  # fmt: skip
        held = Counter(term for terms in told for term in terms)
        self._everywhere = {term for term, count in held.items() if count > max(1, len(told) / 2)}
        """What most topics tell of, such as twin flames: two questions are not alike because both do."""

    def bare_words(self, text: str) -> list[str]:
        """The words of a text that carry a subject, in order, shorthand written out."""
        return [word for word in expand(words(text), self._shorthand) if word not in STOP_WORDS and word not in MASKS]

    def _stems(self, text: str) -> frozenset[str]:
        bare = self.bare_words(text[:TEXT_READ])
        stems = frozenset(map(stem, bare[:TERMS_READ]))
        return stems - self._everywhere or stems

    def group(self, misses: Sequence[Miss]) -> tuple[Gap, ...]:
        """Gaps, the one that was asked most first. ``misses`` are of the newest week first."""
        same: dict[frozenset[str], list[Miss]] = {}
        for miss in misses:
            same.setdefault(self._stems(miss.words), []).append(miss)
        held_by = Counter(term for terms in same for term in terms)
        worth = {term: math.log(1 + max(FEW, len(same)) / count) ** 2 for term, count in held_by.items()}
        members = self._sharing_words(same, held_by, worth, ALIKE if self._encoder is None else SAME_WORDS)
        if self._encoder is not None:
            if len(members) > ENCODED:
                members = self._sharing_words(same, held_by, worth, ALIKE)
            members = self._meant_alike(members, worth, self._encoder)
        gaps = [self._gap(found) for found in members]
        gaps.sort(key=lambda gap: (-gap.times, -gap.newest.week.toordinal(), gap.newest.id))
        return tuple(gaps)

    def _sharing_words(
        self,
        same: Mapping[frozenset[str], list[Miss]],
        held_by: Mapping[str, int],
        worth: Mapping[str, float],
        alike: float,
    ) -> list[list[Miss]]:
        """Groups of misses whose words are as like as ``alike`` to those of their group, the newest first."""
        rare = {term for term, count in held_by.items() if count <= max(3, COMMON * len(same))}
        totals: list[Counter[str]] = []
        sizes: list[float] = []
        members: list[list[Miss]] = []
        having: dict[str, dict[int, None]] = defaultdict(dict)
        for terms, found in same.items():
            # Of words that are as rare, the order must not hang on how Python hashes them.
            telling = sorted(terms & rare or terms, key=lambda term: (held_by[term], term))
            length = sum(worth[term] for term in terms)
            home = self._most_like(terms, telling[:LOOKED_UP], length, worth, totals, sizes, having, alike)
            if home is None:
                home = len(totals)
                totals.append(Counter())
                sizes.append(0)
                members.append([])
            members[home] += found
            total = totals[home]
            for term in terms:
                sizes[home] += worth[term] * (2 * total[term] + 1)
                total[term] += 1
            for term in telling:
                groups = having[term]
                groups.pop(home, None)
                groups[home] = None
                if len(groups) > REMEMBERED:
                    del groups[next(iter(groups))]
        return members

    def _meant_alike(self, members: list[list[Miss]], worth: Mapping[str, float], encoder: Encoder) -> list[list[Miss]]:
        """Groups, the newest of them put together where they ask the same in other words.

        The two that are most alike come together first, and a group is as like another as its parts are on average.
        """
        import numpy

        compared, rest = members[:ENCODED], members[ENCODED:]
        if len(compared) < 2:
            return members
        texts = [found[0].words for found in compared]
        terms = sorted(worth)
        places = {term: at for at, term in enumerate(terms)}
        said = numpy.zeros((len(texts), len(terms)), dtype=numpy.float32)
        for at, text in enumerate(texts):
            for term in self._stems(text):
                said[at, places[term]] = math.sqrt(worth[term])
        said /= numpy.maximum(numpy.linalg.norm(said, axis=1, keepdims=True), 1e-9)
        alike = (1 - SAID) * self._likeness(texts, encoder) + SAID * said @ said.T
        numpy.fill_diagonal(alike, -1)
        sizes = numpy.ones(len(texts))
        while True:
            likest = numpy.where(numpy.outer(sizes == 1, sizes == 1), alike - (PAIRED - MEANT_ALIKE), alike)
            one, other = sorted(divmod(int(likest.argmax()), len(texts)))
            if likest[one, other] < MEANT_ALIKE:
                return [found for found in compared if found] + rest
            joined = (alike[one] * sizes[one] + alike[other] * sizes[other]) / (sizes[one] + sizes[other])
            alike[one], alike[:, one] = joined, joined
            alike[other], alike[:, other], alike[one, one] = -1, -1, -1
            sizes[one] += sizes[other]
            compared[one] = sorted(compared[one] + compared[other], key=lambda miss: (-miss.week.toordinal(), miss.id))
            compared[other] = []

    def _likeness(self, texts: Sequence[str], encoder: Encoder) -> Vectors:
        """How alike texts are in meaning, each to each: 1 for the same, 0 for two that have nothing in common.

        The way in which the content's lines about one topic differ, such as their language and tone, counts the less
        the more they differ in it (a within-class covariance, by whose inverse cosines are taken).
        """
        import numpy

        step = -(-sum(map(len, self._lines)) // LINES)
        told = [encoder.encode(lines[::step]) for lines in self._lines]
        apart = numpy.concatenate([rows - rows.mean(axis=0) for rows in told])
        spread = apart.T @ apart / len(apart)
        even = max(float(spread.trace()) / len(spread), 1e-6)
        spread += SMOOTHING * even * numpy.eye(len(spread), dtype=numpy.float32)
        vectors = encoder.encode([self._written_out(text) for text in texts]) - numpy.concatenate(told).mean(axis=0)
        alike = vectors @ numpy.linalg.solve(spread, vectors.T)
        sizes = numpy.sqrt(numpy.maximum(alike.diagonal(), 1e-9))
        likeness: Vectors = alike / sizes / sizes[:, None]
        return likeness

    def _written_out(self, text: str) -> str:
        """A text without shorthand: who writes "tf" asks as who writes "twin flame". As it is where it has none."""
        said = words(text)
        full = expand(said, self._shorthand)
        return text if full == said else " ".join(full)

    @staticmethod
    def _most_like(
        terms: frozenset[str],
        telling: Sequence[str],
        length: float,
        worth: Mapping[str, float],
        totals: Sequence[Counter[str]],
        sizes: Sequence[float],
        having: Mapping[str, Collection[int]],
        alike: float,
    ) -> int | None:
        """The group most like these terms, None if no one is as like as ``alike``: by the cosine to the sum of its
        questions.

        ``length`` and ``sizes`` are the squares of lengths. Where many groups share a word, those are compared that
        are most like the rarest.
        """
        near: dict[int, float] = defaultdict(float)
        for term in telling:
            for other in having[term]:
                near[other] += worth[term] * totals[other][term]
        best, home = alike, None
        for other in sorted(heapq.nlargest(COMPARED, near, key=lambda each: (near[each] ** 2 / sizes[each], -each))):
            total = totals[other]
            shared = sum(worth[term] * total[term] for term in terms if term in total)
            whole = math.sqrt(length * sizes[other])
            if shared and shared >= best * whole:
                best, home = shared / whole, other
        return home

    @staticmethod
    def _gap(found: list[Miss]) -> Gap:
        found.sort(key=lambda miss: (-miss.week.toordinal(), miss.id))
        votes = Counter(miss.nearest[0][:2] for miss in found if miss.nearest and miss.nearest[0][2] > 0)
        best = min(votes.items(), key=lambda vote: (-vote[1], vote[0])) if votes else None
        return Gap(tuple(found), best[0] if best else None)

    def _keywords(self, gap: Gap, topic: Topic, *, new: bool, taken: Collection[str]) -> tuple[str, ...]:
        """Words that the gap's questions share, the most shared first; ``new``: only those that the topic has not.

        ``taken`` are `words` that cannot be keywords any more. Pairs of words only where two members or more
        wrote them, so that nobody's sentence is put together again.
        """
        known = set(map(stem, self.bare_words(" ".join([topic.title, *topic.keywords])))) if new else set()
        singles: Counter[str] = Counter()
        pairs: Counter[str] = Counter()
        written: dict[str, Counter[str]] = defaultdict(Counter)
        for miss in gap.misses[:TRIED]:
            said = expand(words(miss.words), self._shorthand)
            pairs.update({f"{one} {two}" for one, two in pairwise(said) if self._pair(one, two)})
            bare = self.bare_words(miss.words)
            singles.update({stem(word) for word in bare})
            for word in bare:
                written[stem(word)][word] += 1
        chosen: list[str] = []
        covered: set[str] = set()
        for pair, count in sorted(pairs.items(), key=lambda item: (-item[1], item[0])):
            stems = set(map(stem, pair.split())) - NEGATIONS
            if pair in taken or len(pair) > KEYWORD_MAX:
                continue
            if (
                count >= max(2, min(gap.times, TRIED) / 3)
                and not stems <= known | covered
                and len(chosen) < KEYWORDS_LIMIT // 2
            ):
                chosen.append(pair)
                covered |= stems
        least = 1 if gap.times == 1 else 2
        for form, count in sorted(singles.items(), key=lambda item: (-item[1], item[0])):
            # Angel numbers are asked about; longer digits were masked before they were kept.
            usable = len(form) > 2 - form.isdecimal() and form not in known | covered
            word = min(written[form].items(), key=lambda item: (-item[1], item[0]))[0]
            usable = usable and word not in taken and len(word) <= KEYWORD_MAX
            if count >= least and usable and len(chosen) < KEYWORDS_LIMIT:
                chosen.append(word)
        return tuple(chosen)

    @staticmethod
    def _pair(one: str, two: str) -> bool:
        """Whether two neighbouring words mean something together; "no contact" is not "contact"."""
        bare = {one, two}.isdisjoint(MASKS) and two not in STOP_WORDS and one != two
        return bare and (one not in STOP_WORDS or one in NEGATIONS)

    def remedy(self, content: Content, gap: Gap) -> Remedy | None:
        """What to paste into the nearest topic, tried: None where nothing is near or no word is shared.

        Words that the topic has already are offered again, in these questions' own pairs, where new ones alone lead
        fewer of them there. Where meanings are compared, a keyword leads nobody there, and a sample question does: that
        is all that is offered, to a topic that is near enough to answer it.
        """
        topic = content.find(*gap.nearest) if gap.nearest else None
        if topic is None:
            return None
        if self._encoder is not None:
            near = [score for miss in gap.misses for *address, score in miss.nearest if (*address,) == gap.nearest]
            if not near or sum(near) / len(near) < NEAR_ENOUGH:
                return None
            return Remedy(topic, (), 0, 0, as_yaml(topic, ()))
        best: Remedy | None = None
        # A keyword stands once in all the content, and has its longest; `check` would refuse what is pasted otherwise.
        taken = {" ".join(words(word)) for each in content.topics() for word in each.keywords}
        for new in (True, False):
            keywords = self._keywords(gap, topic, new=new, taken=taken)
            if not keywords:
                continue
            # Words that showed a sign of danger were never kept, so that no signs are needed.
            without_signs = replace(content, care=replace(content.care, kinds=()), care_languages=())
            matcher = Matcher(_with_keywords(without_signs, topic, keywords))
            matches = [matcher.ordinary(miss.words) for miss in gap.misses[:TRIED]]
            first = [match.candidates[0].topic.address for match in matches if match.outcome in ("clear", "likely")]
            found = first.count(topic.address)
            # A keyword that leads nobody there is none.
            if found and (best is None or found > best.found):
                best = Remedy(topic, keywords, found, len(matches), as_yaml(topic, keywords, once=gap.times == 1))
        return best


def _with_keywords(content: Content, topic: Topic, keywords: Sequence[str]) -> Content:
    more = replace(topic, keywords=(*topic.keywords, *keywords))
    article = replace(topic.article, topics=tuple(more if each == topic else each for each in topic.article.topics))
    articles = tuple(article if each.command == article.command else each for each in content.articles)
    return replace(content, articles=articles)


def as_yaml(topic: Topic, keywords: Sequence[str], *, once: bool = False) -> str:
    """Lines for the article's file, indented as there. Words are quoted where YAML would read them otherwise."""
    own_words = _(OWN_WORDS)
    if not keywords:
        # Translators: `sample_questions` is a name in a file and stays as it is
        head = _("{topic}: add under sample_questions").format(topic=topic.address)
        return f"# {head}\n      # {own_words}"
    listed = yaml.safe_dump(list(keywords), allow_unicode=True, width=1_000)
    warning = ""
    if once:
        warning = f"# {_(ASKED_ONCE)}\n"
    # Translators: `keywords` and `sample_questions` are names in a file and stay as they are
    head = _("{topic}: add under keywords").format(topic=topic.address)
    # Translators: `sample_questions` is a name in a file and stays as it is
    then = _("and under sample_questions")
    return f"# {head}\n{indent(warning + listed, ' ' * 6)}# {then}\n      # {own_words}"


def gaps_of(content: Content, period: Period, found: Found, encoder: Encoder | None = None) -> Gaps:
    """Group what :func:`fetch` read. Not for the event loop, as :class:`Grouping` says."""
    misses = [
        Miss(miss_id, monday_of(as_date(day)), text, tuple((a, t, score) for a, t, score in orjson.loads(nearest)))
        for miss_id, day, text, nearest in found.misses
    ]
    # In no order that tells which of a week came first.
    misses.sort(key=lambda miss: (-miss.week.toordinal(), miss.id))
    corrections = []
    for article, topic, wanted, count in found.corrections:
        wanted_article, _slash, wanted_topic = wanted.partition("/")
        corrections.append(Correction((article, topic), (wanted_article, wanted_topic) if wanted else None, count))
    return Gaps(period, Grouping(content, encoder).group(misses), tuple(corrections), found.total)
