"""Finds signs of danger in what members typed: the phrases that editors wrote into ``content/care.yml``, and those in
other languages in ``content/care/``, every one in every text.

The top of that file explains how `signs` and `not_signs` are written. Spelling is read tolerantly: case, apostrophes,
shorthand, stretched, spaced and starred letters, digits in the place of letters, words run together and one slip in a
longer word; of other languages case, accents, doubled letters, digits and their shorthand. A phrase then has to be
there with all its words in their order. A missed danger is worse than a false alarm: in doubt, the sign counts.

The same text always gives the same result. Can be used from several threads.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import groupby
from typing import Any, Final, NamedTuple, TypeVar

from lantern.content.models import Care, CareKind, CareLanguage, Checked, Shorthand
from lantern.content.problems import ValuePath, listed, quoted
from lantern.matching.english import CONTRACTIONS, FAMILIES, FILLERS, REAL_WORDS, SHORT_WORDS, STOP_WORDS, TEARS
from lantern.matching.slices import Work, at_once
from lantern.matching.words import (
    Spelling,
    expand,
    fold,
    folded_parts,
    shorthand_table,
    split_words,
    stem,
    words,
)

GAP_WORDS = 3
"""The most words that a ``*`` may stand for."""
WIDE_GAP_WORDS = 12
"""The most words that a ``**`` may stand for."""

FILLERS_SKIPPED = 2
"""The most filler words in a row that are passed over."""

COMMON = 100
"""For how many uses in phrases it counts that a word has under four letters: members type those all the time."""

ENGLISH = 0.3
"""Share of known words from which a text is taken for English: only there are stretched words and slips guessed."""

LONGEST_GUESSED = 60
"""Letters of the longest word that is taken for several run together or for a disguised one, and how many places of a
word are taken for stretched."""


class _Slot(NamedTuple):
    """What may stand at one place of a phrase. A gap (``*``) and an edge (``|``) have no words, stems and phrases."""

    words: Collection[str]
    stems: Collection[str]
    phrases: Collection[tuple[str, ...]]  # alternatives of several words
    sizes: tuple[int, ...]  # how many words those have, largest first
    optional: bool = False
    gap: int = 0  # the most words that it may stand for
    edge: bool = False  # where a sentence begins or ends


# Most places have no stems or phrases, and most words stand in many places: one object for all takes 1 MB less.
_NONE: tuple[Any, ...] = ()
_MARKS: Final = {
    "*": _Slot(_NONE, _NONE, _NONE, (), gap=GAP_WORDS),
    "**": _Slot(_NONE, _NONE, _NONE, (), gap=WIDE_GAP_WORDS),
    "|": _Slot(_NONE, _NONE, _NONE, (), edge=True),
}
_ALTERNATIVE = re.compile(r"@?[^\W_]+(?:_[^\W_]+)*~?")

Pattern = tuple[_Slot, ...]


PLAIN_PHRASES: Final = (
    "i want to die",
    "i want to kill myself",
    "i am going to end my life",
    "i do not want to live",
    "i am suicidal",
    "i cut myself",
    "i took too many pills",
    "he hits me",
    "he hits me what do i do",
    "she beats me",
    "my husband hit me",
    "he choked me",
    "he locks me in",
    "he threatened to kill me",
    "he is stalking me",
    "i am afraid of my husband",
    "he raped me",
    "he forced me to have sex",
    "i want to kill him",
    "i want to hurt her",
)
"""What somebody in danger says plainly. A ``care.yml`` whose signs do not notice each of these is refused."""


class SignError(ValueError):
    """A phrase of ``care.yml`` that cannot be read; the text says why, in one sentence for its editor."""


def care_pattern_problem(sign: str, families: Collection[str] = FAMILIES) -> str | None:
    """What is wrong with a phrase of ``care.yml`` and what would be right, in a sentence; None where nothing is.

    ``families`` are the names that may stand after an ``@``: those of English, or those of a language's own file.
    """
    try:
        _pieces(sign, families)
    except SignError as error:
        return str(error)
    return None


def misfits(checked: Checked) -> Iterator[tuple[ValuePath, str]]:
    """What is wrong in ``care.yml`` or a language's file: phrases that cannot be read, or `PLAIN_PHRASES` that nothing
    in ``care.yml`` notices; and shorthand that makes something else of their words.

    Nothing for other files.
    """
    if isinstance(checked, CareLanguage):
        yield from _misfits_in(checked)
    if isinstance(checked, Shorthand):
        plain = set(" ".join(PLAIN_PHRASES).split())
        for short in plain.intersection(checked.shorthand):
            yield (
                ("shorthand", short),
                f"“{short}” is what people in danger write, and would be read as something else: take it out.",
            )
    if not isinstance(checked, Care):
        return
    may_be_there = _may_be_plain()
    few, readable = [], True
    for number, kind in enumerate(checked.kinds):
        kept: dict[str, list[str]] = {"signs": [], "not_signs": []}
        for name, phrases in kept.items():
            for position, sign in enumerate(getattr(kind, name)):
                try:
                    pieces = _pieces(sign, FAMILIES)
                except SignError as error:
                    yield ("kinds", number, name, position), str(error)
                    readable = False
                else:
                    if may_be_there(pieces):
                        phrases.append(sign)
        few.append(replace(kind, signs=tuple(kept["signs"]), not_signs=tuple(kept["not_signs"])))
    if not readable:
        return
    # All signs would take five times as long, at each load.
    signs = CareSigns(few, {})
    if unnoticed := [quoted(phrase) for phrase in PLAIN_PHRASES if signs.kind(phrase) is None]:
        yield (
            ("kinds",),
            f"No sign notices {listed(unnoticed)}. Lantern does not run without that: put the sign back, or take out "
            "the entry of not_signs that hides it.",
        )


def _misfits_in(language: CareLanguage) -> Iterator[tuple[ValuePath, str]]:
    families = language.words or {}
    for name, members in families.items():
        for member in apart(members).split():
            if "/" in member or "@" in member or care_pattern_problem(member, ()):
                yield (
                    ("words", name),
                    f"“{member}” is not a word: write single words with spaces between them, “_” where two belong "
                    "together, “~” behind the beginning of a word.",
                )
    for number, kind in enumerate(language.kinds):
        for name in ("signs", "not_signs"):
            for position, sign in enumerate(getattr(kind, name)):
                if problem := care_pattern_problem(apart(sign), families):
                    yield ("kinds", number, name, position), problem


def _may_be_plain() -> Callable[[Sequence[_Piece]], bool]:
    """Whether the pieces of a phrase may all be in one of `PLAIN_PHRASES`."""
    plain = set(split_words(" ".join(PLAIN_PHRASES)))
    stems = set(map(stem, plain))

    @cache
    def alone(alternative: str) -> bool:
        if alternative.startswith("@"):
            return any(map(alone, FAMILIES[alternative[1:]]))
        if alternative.endswith("~"):
            return stem(alternative[:-1]) in stems
        return alternative in _MARKS or plain.issuperset(expand(alternative.split("_"), CONTRACTIONS))

    return lambda pieces: all(optional or any(map(alone, alternatives)) for alternatives, optional in pieces)


_Piece = tuple[tuple[str, ...], bool]
"""Alternatives, and whether the piece may be absent; a gap or an edge is its own only alternative."""


def _pieces(sign: str, families: Collection[str]) -> list[_Piece]:
    """The pieces of a phrase, as the editor wrote them. Raises `SignError`."""
    pieces = [_piece(text, families) for text in fold(sign).split()]
    needed = [alternatives[0] if alternatives[0] in _MARKS else "" for alternatives, optional in pieces if not optional]
    if "" not in needed:
        raise SignError("The phrase holds no word that must be there: add one that is not “*” and not in brackets.")
    if needed[0].startswith("*") or needed[-1].startswith("*"):
        raise SignError(
            "“*” stands between words: remove it from the beginning and the end of the phrase; words in brackets do "
            "not count."
        )
    if any(alternatives[0] == "|" for alternatives, _ in pieces[1:-1]):
        raise SignError("“|” is where a sentence begins or ends: write it first or last in the phrase.")
    return pieces


def _piece(text: str, families: Collection[str]) -> _Piece:
    if text in _MARKS:
        return (text,), False
    optional = text.startswith("(") and text.endswith(")")
    alternatives = tuple((text[1:-1] if optional else text).split("/"))
    if not all(map(_ALTERNATIVE.fullmatch, alternatives)):
        raise SignError(
            f"“{text}” is not a word: use words without commas or full stops, “a/b” for alternatives, "
            "“word~” for all forms of a word, “(word)” for one that may be absent, “*” alone for up to three words, "
            "“**” for up to twelve, and “|” for where a sentence begins or ends."
        )
    for alternative in alternatives:
        if alternative.startswith("@"):
            if alternative[1:] not in families:
                known = ", ".join("@" + name for name in families) or "none: write them under “words”"
                raise SignError(f"There is no word family “{alternative}”; there are {known}.")
        elif alternative.endswith("~") and "_" in alternative:
            raise SignError(f"“{alternative}”: “~” belongs to a single word.")
    return alternatives, optional


_Alternatives = tuple[frozenset[str], frozenset[str], frozenset[tuple[str, ...]]]
_T = TypeVar("_T")

FEW: Final = 8
"""So many alternatives are a tuple: a set of them would take ten times the memory, and there are thousands."""


def _union(sets: Sequence[frozenset[_T]]) -> Collection[_T]:
    """The union of some sets. Where the largest has all of it, that set itself, to save memory: families are long."""
    if len(sets) == 1:
        union = sets[0]
    elif not any(sets):
        return ()
    else:
        largest = max(sets, key=len)
        union = largest if all(one <= largest for one in sets) else largest.union(*sets)
    return tuple(union) if len(union) <= FEW else union


class _PatternReader:
    """Makes patterns of phrases. Families and equal places are made once and shared, since they are long."""

    def __init__(
        self,
        shorthand: Mapping[str, tuple[str, ...]],
        *,
        contractions: Mapping[str, tuple[str, ...]] = CONTRACTIONS,
        families: Mapping[str, Collection[str]] = FAMILIES,
        spelled: Callable[[str], str] = sys.intern,
        stems: Callable[[str], Collection[str]] = lambda word: (stem(word),),
    ) -> None:
        """``spelled`` gives a folded word as it is compared; ``stems`` the stems of all that ``word~`` stands for."""
        self._shorthand = shorthand
        self._contractions = contractions
        self._named = families
        self._spelling = spelled
        self._stems = stems
        self._alternatives: dict[str, _Alternatives] = {}
        self._places: dict[tuple[frozenset[str], bool], Pattern] = {}

    def pattern(self, sign: str) -> Pattern:
        """The pattern of a phrase. Raises `SignError`."""
        pieces = _pieces(sign, self._named)
        return tuple(slot for piece in pieces for slot in self._place(*piece))

    def _place(self, alternatives: Sequence[str], optional: bool) -> Pattern:
        """The slot for some alternatives; several slots where the only one is of several words ("don't" is two)."""
        if alternatives[0] in _MARKS:
            return (_MARKS[alternatives[0]],)
        key = frozenset(alternatives), optional
        if key not in self._places:
            self._places[key] = tuple(self._slots(alternatives, optional))
        return self._places[key]

    def _slots(self, alternatives: Sequence[str], optional: bool) -> Iterator[_Slot]:
        parts = [self._alternative(alternative) for alternative in alternatives]
        singles = _union([part[0] for part in parts])
        stems = _union([part[1] for part in parts])
        phrases = _union([part[2] for part in parts])
        if not singles and not stems and len(phrases) == 1 and not optional:
            yield from (_Slot((word,), _NONE, _NONE, ()) for word in next(iter(phrases)))
        else:
            yield _Slot(singles, stems, phrases, tuple(sorted({len(p) for p in phrases}, reverse=True)), optional)

    def _alternative(self, written: str) -> _Alternatives:
        if written not in self._alternatives:
            members = self._named[written[1:]] if written.startswith("@") else (written,)
            self._alternatives[written] = self._spelled(members)
        return self._alternatives[written]

    def _spelled(self, members: Collection[str]) -> _Alternatives:
        if len(members) == 1 and (only := next(iter(members))).isalnum():  # most of them: a word that stands for itself
            word = self._spelling(only)
            if word not in self._shorthand and word not in self._contractions:
                return frozenset((word,)), frozenset(), frozenset()
        written = (map(self._spelling, member.split("_")) for member in members if not member.endswith("~"))
        spelled = {tuple(expand(expand(words, self._shorthand), self._contractions)) for words in written}
        return (
            frozenset(words[0] for words in spelled if len(words) == 1),
            frozenset(form for member in members if member.endswith("~") for form in self._stems(member[:-1])),
            frozenset(words for words in spelled if len(words) > 1),
        )


class _TypedText(NamedTuple):
    words: Sequence[str]
    places: Mapping[str, Sequence[int]]  # where each word stands, as its numbers
    stems: Mapping[str, str]  # of each word that has one
    breaks: frozenset[int]  # numbers of the words before which a sentence ends; no gap goes on beyond its end
    fillers: frozenset[str] = FILLERS


class _Phrases:
    """Patterns, found by their rarest place: most texts have none of these words and cost a few lookups."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        use: Counter[str] = Counter()
        for pattern in patterns:
            for slot in pattern:
                use.update(slot.words)
                use.update(f"~{form}" for form in slot.stems)
        # Each with how many words before its key it may begin: it is not looked for anywhere else.
        self._by_word: dict[str, list[tuple[Pattern, int]]] = {}
        self._by_stem: dict[str, list[tuple[Pattern, int]]] = {}
        for pattern in patterns:
            at, key = min(
                ((at, slot) for at, slot in enumerate(pattern) if not (slot.gap or slot.edge or slot.optional)),
                key=lambda place: (
                    sum(use[word] + COMMON * (len(word) < 4) for word in place[1].words)
                    + sum(use[f"~{form}"] for form in place[1].stems)
                    + len(place[1].phrases)
                ),
            )
            found = pattern, sum(map(_longest, pattern[: at + 1])) - 1
            for word in {*key.words, *(phrase[-1] for phrase in key.phrases)}:
                self._by_word.setdefault(word, []).append(found)
            for form in key.stems:
                self._by_stem.setdefault(form, []).append(found)

    def spans(
        self, text: _TypedText, into: set[int], hidden: frozenset[int] = frozenset()
    ) -> Generator[None, None, None]:
        """Put the numbers of all words of phrases that are found ``into`` the set; words in `hidden` do not count."""
        if self._by_word.keys().isdisjoint(text.places) and self._by_stem.keys().isdisjoint(text.stems.values()):
            return
        keys: dict[int, tuple[tuple[Pattern, int], ...]] = {}
        for word, places in text.places.items():
            found = (*self._by_word.get(word, ()), *self._by_stem.get(text.stems.get(word, ""), ()))
            if found:
                keys.update(dict.fromkeys(places, found))
            yield
        tried: dict[int, int] = {}
        for at in sorted(keys):
            for pattern, before in keys[at]:
                first = pattern[0]
                for start in range(max(at - before, tried.get(id(pattern), 0)), at + 1):
                    word = text.words[start]
                    if not (word in first.words or first.stems or first.phrases or first.optional or first.edge):
                        continue
                    end = _match(pattern, 0, text, start, hidden)
                    if end > start:
                        into.update(range(start, end))
                    yield
                tried[id(pattern)] = at + 1
                yield


def _longest(slot: _Slot) -> int:
    """How many words one place of a pattern can take, with the fillers before it."""
    return 0 if slot.edge else slot.gap or max((1, *slot.sizes)) + FILLERS_SKIPPED


def _match(pattern: Pattern, place: int, text: _TypedText, at: int, hidden: frozenset[int], fillers: int = 0) -> int:
    """Where a match of `pattern` from `place` on with the words from `at` on ends (exclusive), or -1 for no match."""
    if place == len(pattern):
        return at
    slot = pattern[place]
    if slot.edge:
        at_edge = at in (0, len(text.words)) or at in text.breaks
        return _match(pattern, place + 1, text, at, hidden) if at_edge else -1
    if slot.gap:
        for skipped in range(slot.gap + 1):
            if skipped and not text.breaks.isdisjoint((at + skipped - 1, at + skipped)):
                return -1
            end = _match(pattern, place + 1, text, at + skipped, hidden)
            if end >= 0:
                return end
        return -1
    if at < len(text.words):
        for size in slot.sizes:
            past = at + size
            if past > len(text.words):
                continue
            if tuple(text.words[at:past]) in slot.phrases and hidden.isdisjoint(range(at, past)):
                end = _match(pattern, place + 1, text, past, hidden)
                if end >= 0:
                    return end
        if at not in hidden and (text.words[at] in slot.words or text.stems.get(text.words[at]) in slot.stems):
            end = _match(pattern, place + 1, text, at + 1, hidden)
            if end >= 0:
                return end
        if fillers < FILLERS_SKIPPED and place and text.words[at] in text.fillers:
            end = _match(pattern, place, text, at + 1, hidden, fillers + 1)
            if end >= 0:
                return end
    return _match(pattern, place + 1, text, at, hidden) if slot.optional else -1


# The end of a sentence is tried where its signs begin and not at each of them: thousands would be quadratic.
_RAW = re.compile(
    r"[^\W_]+(?:[*@!$|#+]+[^\W_]+){0,20}|[@$][^\W_]+(?:[*@!$|#+]+[^\W_]+){0,20}|(?<![.!?;\n])[.!?;\n]+(?=\s|$)"
)
_LEET = str.maketrans("01345789@$!|+", "oieastbgasilt")
_COUNTED = re.compile(r"(\d+)([^\W\d_]{1,3})")
"""A number and what it counts, typed together: "22kg", "14yo", "4e", "9th"."""
_SPACED = re.compile(r"(?<![^\W_])[^\W_](?:[ .,\-_*+~|/]{1,3}[^\W_](?![^\W_])){2,}")
_STRETCHED = re.compile(r"(.)\1{2,}")
_DOUBLED = re.compile(r"(.)\1+")


class _Shapes:
    """Finds the first known word, in alphabetical order, that a starred one may be: "k*ll" is "kill".

    For each length, letter and place: which words have it there, as the bits of a number.
    """

    def __init__(self, known: Collection[str]) -> None:
        self._words: dict[int, list[str]] = {}
        self._having: dict[tuple[int, int, str], int] = {}
        for word in sorted(known):
            alike = self._words.setdefault(len(word), [])
            for at, char in enumerate(word):
                key = len(word), at, char
                self._having[key] = self._having.get(key, 0) | 1 << len(alike)
            alike.append(word)

    def first_like(self, shape: str) -> str | None:
        """The word, or None; ``*`` and ``#`` in ``shape`` are any letter."""
        size = len(shape)
        alike = self._words.get(size)
        if alike is None:
            return None
        left = (1 << len(alike)) - 1
        for at, char in enumerate(shape):
            if char not in "*#":
                left &= self._having.get((size, at, char), 0)
        return alike[(left & -left).bit_length() - 1] if left else None


_Kinds = list[tuple[str, _Phrases, _Phrases]]
"""The name of each kind, its signs, and what only looks like one."""


def _by_gentleness(
    parsed: Iterable[tuple[str, Sequence[Pattern], Sequence[Pattern]]], gentle: Collection[str]
) -> tuple[_Kinds, _Kinds]:
    """The kinds of danger, and those that stand beside the topics."""
    kinds = [(name, _Phrases(signs), _Phrases(not_signs)) for name, signs, not_signs in parsed]
    return [kind for kind in kinds if kind[0] not in gentle], [kind for kind in kinds if kind[0] in gentle]


def _folded(text: str) -> Work[str]:
    parts = []
    for part in folded_parts(text, len(text)):
        parts.append(part)
        yield
    return "".join(parts)


class _Found(NamedTuple):
    """The kind whose signs cover most words of a text in one language, of two alike the earlier, and which those are.

    ``hidden`` are the words of phrases that only look like a sign.
    """

    kind: str | None = None
    size: int = 0
    words: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()


def _most_covered(kinds: _Kinds, text: _TypedText) -> Work[_Found]:
    best, hidden_words = _Found(), set[str]()
    for name, signs, not_signs in kinds:
        covered: set[int] = set()
        yield from signs.spans(text, covered)
        if covered:
            hidden: set[int] = set()
            yield from not_signs.spans(text, hidden)
            if hidden:
                hidden_words.update(text.words[at] for at in hidden)
                covered.clear()
                yield from signs.spans(text, covered, frozenset(hidden))
        if len(covered) > best.size:
            best = _Found(name, len(covered), frozenset(text.words[at] for at in covered))
    return best._replace(hidden=frozenset(hidden_words))


# --- other languages than English -------------------------------------------------------------------------------------

_PLAIN = re.compile(r"[^\W_]+|(?<![.!?;\n])[.!?;\n]+(?=\s|$)")
# English leaves apostrophes out and its words together ("dont"); elsewhere they stand between two words ("j'ai").
_APOSTROPHE = re.compile("['’‘ʼ`´]")
_JOINED = re.compile(rf"(?<=[^\W_]){_APOSTROPHE.pattern}(?=[^\W_])")


def apart(sign: str) -> str:
    """A phrase of another language than English, in which "j'ai" is two words that belong together."""
    return _JOINED.sub("_", sign)


def _once_each(word: str) -> str:
    """A folded word as other languages compare it: doubled letters count as one ("quierooo", "kommen", "maarna")."""
    if word.isdigit() or not _DOUBLED.search(word):
        return sys.intern(word)
    return sys.intern("".join([letter for letter, _ in groupby(word)]))


def _plain_words(folded: str) -> Work[_TypedText]:
    """The words of a text as other languages compare them."""
    words: list[str] = []
    breaks: set[int] = set()
    places: dict[str, list[int]] = {}
    meant: dict[str, list[str]] = {}
    for found in _PLAIN.finditer(folded):
        raw = found.group()
        if not raw[-1].isalnum():
            if len(raw) == 1 or not set(raw) <= {"."}:
                breaks.add(len(words))
        else:
            if raw not in meant:
                digits = not raw.isalpha() and len(raw) <= LONGEST_GUESSED and any(map(str.isalpha, raw))
                counted = _COUNTED.fullmatch(raw) if digits else None
                parts = counted.groups() if counted else (raw.translate(_LEET) if digits else raw,)
                meant[raw] = [_once_each(part) for part in parts]
            for word in meant[raw]:
                places.setdefault(word, []).append(len(words))
                words.append(word)
        yield
    return _TypedText(words, places, {}, frozenset(breaks))


class _Language:
    """The signs of one language, as its file in ``content/care/`` has them."""

    def __init__(self, language: CareLanguage, gentle: Collection[str]) -> None:
        """``gentle`` are the names of kinds that stand beside the topics."""
        table = shorthand_table(
            {short: _APOSTROPHE.sub(" ", meaning) for short, meaning in (language.shorthand or {}).items()}
        )
        self._shorthand = {
            _once_each(short): tuple(_once_each(word) for word in meaning) for short, meaning in table.items()
        }
        self._fillers = frozenset(_once_each(word) for word in words(language.fillers or ""))
        families = {
            fold(name): fold(apart(members), sys.maxsize).split() for name, members in (language.words or {}).items()
        }
        kinds = [(kind.kind, [*map(apart, kind.signs)], [*map(apart, kind.not_signs)]) for kind in language.kinds]
        written = (*(line for _, *lists in kinds for each in lists for line in each), *(language.words or {}).values())
        begun = re.findall(r"([^\W_]+)~", fold(" ".join(written), sys.maxsize))
        beginnings = {_once_each(beginning) for beginning in begun}
        self._beginnings: dict[str, list[str]] = {}  # by their first two letters, longest first
        for one in sorted(beginnings, key=len, reverse=True):
            self._beginnings.setdefault(one[:2], []).append(one)

        def stems(beginning: str) -> list[str]:
            # Of a typed word only its longest beginning is kept: "suicid~" has to find what has "suicida~", too.
            own = _once_each(beginning)
            return [one for one in beginnings if one.startswith(own)]

        reader = _PatternReader(self._shorthand, contractions={}, families=families, spelled=_once_each, stems=stems)
        self._kinds = _by_gentleness(
            (
                (name, [*map(reader.pattern, signs)], [*map(reader.pattern, not_signs)])
                for name, signs, not_signs in kinds
            ),
            gentle,
        )

    def looking(self, plain: _TypedText, gentle: bool) -> Work[_Found]:
        """As `_most_covered`, for a text that `_plain_words` has read."""
        text = plain if self._shorthand.keys().isdisjoint(plain.places) else (yield from self._expanded(plain))
        stems: dict[str, str] = {}
        for word in text.places:
            if beginning := self._beginning(word):
                stems[word] = beginning
            yield
        return (yield from _most_covered(self._kinds[gentle], text._replace(stems=stems, fillers=self._fillers)))

    def _expanded(self, plain: _TypedText) -> Work[_TypedText]:
        words: list[str] = []
        breaks: set[int] = set()
        places: dict[str, list[int]] = {}
        for at, typed in enumerate(plain.words):
            if at in plain.breaks:
                breaks.add(len(words))
            for word in self._shorthand.get(typed, (typed,)):
                places.setdefault(word, []).append(len(words))
                words.append(word)
            yield
        return _TypedText(words, places, {}, frozenset(breaks))

    def _beginning(self, word: str) -> str:
        """The longest known beginning of a word; empty where it has none."""
        return next((one for one in self._beginnings.get(word[:2], ()) if word.startswith(one)), "")


class CareSigns:
    """Looks for the phrases of ``care.yml`` in texts. Made by `lantern.matching.matcher.Matcher`."""

    def __init__(
        self, kinds: Sequence[CareKind], shorthand: Mapping[str, str], languages: Sequence[CareLanguage] = ()
    ) -> None:
        """Read every phrase. Raises `SignError` for one that `care_pattern_problem` would have refused."""
        self._shorthand = shorthand_table(shorthand)
        reader = _PatternReader(self._shorthand)
        parsed = [
            (kind.kind, [*map(reader.pattern, kind.signs)], [*map(reader.pattern, kind.not_signs)]) for kind in kinds
        ]
        gentle = {kind.kind for kind in kinds if kind.shown == "beside_topics"}
        self._kinds = _by_gentleness(parsed, gentle)
        self._languages = [_Language(language, gentle) for language in languages]
        slots = [slot for _, signs, not_signs in parsed for pattern in (*signs, *not_signs) for slot in pattern]
        phrases = {slot.phrases for slot in slots}  # a set of sets: places share those of a family
        self._words = frozenset(
            {w for slot in slots for w in slot.words} | {w for some in phrases for phrase in some for w in phrase}
        )
        self._stems = frozenset(s for slot in slots for s in slot.stems)
        # A stem is not always a word ("suicid"); its guessable spellings are the words editors wrote before the "~".
        written = {
            split_words(alternative)[0]
            for kind in kinds
            for sign in (*kind.signs, *kind.not_signs)
            for alternative in re.split(r"[\s/()]+", fold(sign))
            if alternative.endswith("~")
        }
        guessable = self._words | written
        self._spelling = Spelling(guessable | {f"{w}ing" for w in written}, shortest=5)
        self._shapes = _Shapes(guessable)

    def kind(self, text: str) -> str | None:
        """The kind whose signs cover most words of `text` (of two alike, the earlier in ``care.yml``), or None.

        Kinds that stand beside the topics are no danger and left out.

        Any string is safe, and all of it is read, however long it is.
        """
        return at_once(self.looking(text))

    def looking(self, text: str, *, gentle: bool = False) -> Work[str | None]:
        """The same, as work that can be interrupted; with `gentle`, among the kinds that stand beside the topics.

        Those are found by emoji, too: 😭 is "crying", see `TEARS`.
        """
        folded = yield from _folded(text)
        said = folded.translate(TEARS) if gentle else folded
        found = [(yield from self._in_english(said, gentle))]
        if not found[0].size and _SPACED.search(said):
            joined = _SPACED.sub(lambda run: "".join(split_words(run.group())), said)
            yield
            found = [(yield from self._in_english(joined, gentle))]
        if self._languages:
            apart = _APOSTROPHE.sub(" ", text)
            plain = yield from _plain_words(folded if apart == text else (yield from _folded(apart)))
            for language in self._languages:
                found.append((yield from language.looking(plain, gentle)))
        best = _Found()
        for each in found:
            # Languages share words: what another one knows for a look-alike ("le héros se suicide") is one here, too.
            elsewhere = frozenset[str]().union(*(other.hidden for other in found if other is not each))
            if each.size > best.size and not each.words <= elsewhere:
                best = each
        return best.kind

    def _in_english(self, folded: str, gentle: bool) -> Work[_Found]:
        return (yield from _most_covered(self._kinds[gentle], (yield from self._read(folded))))

    def _read(self, folded: str) -> Work[_TypedText]:
        """The words of a text in the spelling of phrases, their stems, and where sentences end."""
        out: list[str] = []
        breaks: set[int] = set()
        places: dict[str, list[int]] = {}
        meant: dict[str, list[str]] = {}
        guessing = yield from self._is_english(split_words(folded))
        for found in _RAW.finditer(folded):
            raw = found.group()
            if not raw[-1].isalnum():
                if len(raw) == 1 or not set(raw) <= {"."}:  # "i want to... die" goes on
                    breaks.add(len(out))
            else:
                if raw not in meant:
                    meant[raw] = expand(expand(self._spelled(raw, guessing), self._shorthand), CONTRACTIONS)
                for word in meant[raw]:
                    places.setdefault(word, []).append(len(out))
                    out.append(word)
            yield
        return _TypedText(out, places, {word: stem(word) for word in places}, frozenset(breaks))

    def _known(self, word: str) -> bool:
        return word in self._words or stem(word) in self._stems

    def _is_english(self, typed: Sequence[str]) -> Work[bool]:
        """Whether words are English, or so few that nobody can tell."""
        known = 0
        for word in typed:
            known += word in STOP_WORDS or word in CONTRACTIONS or word in self._words
            yield
        return len(typed) < 4 or known >= ENGLISH * len(typed)

    def _spelled(self, raw: str, guessing: bool) -> Sequence[str]:
        """The words that one typed word was meant to be; the word itself where there is nothing to guess."""
        if raw in self._shorthand or raw in CONTRACTIONS or self._known(raw):
            return (raw,)
        if not raw.isalpha():
            return self._disguised(raw)
        if not guessing or raw in REAL_WORDS:
            return (raw,)
        # "dieee", "killlll": first the stretched letters as two, then as one.
        for word in (_STRETCHED.sub(r"\1\1", raw, LONGEST_GUESSED), _DOUBLED.sub(r"\1", raw, LONGEST_GUESSED)):
            if word != raw and (self._known(word) or word in self._shorthand or word in CONTRACTIONS):
                return (word,)
        if guesses := self._spelling.guesses(raw):
            return (guesses[0],)
        if 7 <= len(raw) <= LONGEST_GUESSED and (parts := self._parts(raw)):
            return parts
        return (raw,)

    def _disguised(self, raw: str) -> Sequence[str]:
        """A word with digits or signs among its letters: "su1cide", "k*ll"; split at the signs if it is none."""
        if len(raw) <= LONGEST_GUESSED and any(char.isalpha() for char in raw):
            plain = raw.translate(_LEET)
            if plain.isalpha() and self._known(plain):
                return (plain,)
            if counted := _COUNTED.fullmatch(raw):
                return counted.groups()
            if ("*" in raw or "#" in raw) and (word := self._shapes.first_like(plain)):
                return (word,)
            if plain.isalpha() and len(plain) > 4 and (guesses := self._spelling.guesses(plain)):
                return (guesses[0],)
        return split_words(raw)

    def _parts(self, raw: str) -> Sequence[str]:
        """Words of phrases run together ("killmyself"), or nothing if that leaves a rest."""
        best: list[tuple[str, ...] | None] = [()] + [None] * len(raw)
        for end in range(1, len(raw) + 1):
            for size in range(min(end, 12), 0, -1):
                before = best[end - size]
                if before is None:
                    continue
                word = raw[end - size : end]
                if word in SHORT_WORDS if size < 3 else self._known(word) or word in CONTRACTIONS:
                    best[end] = (*before, word)
                    break
        return best[-1] or ()
