"""Members' text made comparable: one folding for topics and care signs alike.

People type on phones, in a hurry, with curly apostrophes, emoji, stretched letters and invisible characters.
Everything that compares words goes through `fold` first, so that content and question always meet in the same form.
Any string is safe input: nothing here raises for a value of type `str`, lone surrogates included.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping

# PyStemmer (the C Snowball) needs 0.5 µs a word where the pure-Python snowballstemmer needs 17.6 µs, and 1 MB where
# that takes 3 MB: with fifteen words a question the latter alone would spend a quarter of the millisecond a question
# may cost.
import Stemmer

from lantern.matching.english import IRREGULAR

MAX_CHARACTERS = 2_000
"""Characters of a text that are read; the rest is ignored. Discord's own limit for a member's message without Nitro."""


_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼʹ`´＇‛′"))

# Letters of other alphabets that look like Latin ones: typed by accident, or to slip past a filter.
_LOOK_ALIKES = str.maketrans("аеорсухіѕјԁоιοαν", "aeopcyxisjdoioav")

# Mentions, channels, custom emoji, slash command links and web addresses say nothing about what is asked.
_MARKUP = re.compile(r"<(?:@[!&]?|#|a?:\w{1,40}:|/[^<>\n]{1,100}:|t:)-?\d{1,20}(?::\w)?>|\bhttps?://\S+", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")

_stemmer = Stemmer.Stemmer("english")
_stemmer.maxCacheSize = 0  # its cache is shared state that grows; at 0.5 µs a word there is nothing to save
_snowball: Callable[[str], str] = _stemmer.stemWord


def stem(word: str) -> str:
    """What the forms of one folded word have in common: Snowball's English stem, after common irregular verbs."""
    return _snowball(IRREGULAR.get(word, word))


def fold(text: str) -> str:
    """Case, width, accents, apostrophes and invisible characters made equal; at most `MAX_CHARACTERS` are kept.

    Compatibility decomposition (NFKD) with the combining marks dropped, so that "é" and "e", "ｋ" and "k" meet.
    Apostrophes vanish instead of splitting a word, since half of all members leave them out ("dont", "hes").
    """
    text = _MARKUP.sub(" ", text[:MAX_CHARACTERS])
    if text.isascii():
        return text.translate(_APOSTROPHES).casefold()
    text = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES))
    kept = "".join(char for char in text if unicodedata.category(char) not in ("Mn", "Cf"))
    return kept.casefold().translate(_LOOK_ALIKES)[:MAX_CHARACTERS]


def words(text: str) -> list[str]:
    """The words of a text in order, folded: runs of letters and digits."""
    return _WORD.findall(fold(text))


def split_words(folded: str) -> list[str]:
    """The words of a text that is folded already."""
    return _WORD.findall(folded)


def expand(tokens: Iterable[str], *tables: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Replace each word by what the first table that knows it says; the others stay as they are."""
    out: list[str] = []
    for token in tokens:
        for table in tables:
            if (meaning := table.get(token)) is not None:
                out.extend(meaning)
                break
        else:
            out.append(token)
    return out


def shorthand_table(shorthand: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The editors' shorthand ("tf: twin flame") with both sides folded; an entry that folds to nothing is left out."""
    table: dict[str, tuple[str, ...]] = {}
    for short, meaning in shorthand.items():
        key, value = words(str(short)), tuple(words(str(meaning)))
        if len(key) == 1 and value:
            table[key[0]] = value
    return table


def one_slip(a: str, b: str) -> bool:
    """Whether one letter added, left out, changed, or swapped with its neighbour turns `a` into `b`."""
    if a == b:
        return True
    if abs(len(a) - len(b)) > 1:
        return False
    i = 0
    while i < min(len(a), len(b)) and a[i] == b[i]:
        i += 1
    if len(a) == len(b):
        return a[i + 1 :] == b[i + 1 :] or (a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :])
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return longer[i + 1 :] == shorter[i:]


class Spelling:
    """Known words reachable by one slip of the thumb.

    One slip leaves the first two letters of a word as they are, or its last two: the words to compare with are those
    that share either, a handful. That is a tenth of the memory of an index of all forms with a letter left out.
    """

    def __init__(self, known: Iterable[str], *, shortest: int) -> None:
        """Index `known`; words and typed words shorter than `shortest` letters, at least 5, are never guessed at."""
        self._shortest = shortest
        self._by_ends: dict[str, list[str]] = {}
        for word in known:
            if len(word) >= shortest and not word.isdecimal():
                for ends in (word[:2], word[0] + word[-2:]):
                    self._by_ends.setdefault(ends, []).append(word)

    def guesses(self, word: str) -> list[str]:
        """Known words one slip from `word` that share its first letter or swap its first two, in alphabetical order."""
        if not self._shortest <= len(word) <= 24:
            return []
        first, second, last = word[0], word[1], word[-2:]
        near = {known for ends in (word[:2], first + last, second + last) for known in self._by_ends.get(ends, ())}
        return sorted(
            known for known in near if (known[0] == first or known[:2] == second + first) and one_slip(word, known)
        )
