"""Members' words made comparable, in the same way for topics and for care signs.

People type on phones, in a hurry, with curly apostrophes, emoji, stretched letters and invisible characters.
Whatever compares words calls `fold` first, for the content and for the question alike. Any string is safe, lone
surrogates included: nothing here raises.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping

# PyStemmer (Snowball in C) needs 0.5 µs a word and 1 MB; snowballstemmer (pure Python) needs 17.6 µs and 3 MB. With
# fifteen words that would be a quarter of the millisecond that a question may cost.
import Stemmer

from lantern.matching.english import IRREGULAR

MAX_CHARACTERS = 2_000
"""Characters of a text that are read; the rest is ignored. Discord's own limit for a member's message without Nitro."""


_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼʹ`´＇‛′"))

# Letters of other alphabets that look like Latin ones: typed by accident, or to avoid a filter.
_LOOK_ALIKES = str.maketrans("аеорсухіѕјԁоιοαν", "aeopcyxisjdoioav")

# Mentions, channels, custom emoji, slash command links and web addresses say nothing about what is asked.
_MARKUP = re.compile(r"<(?:@[!&]?|#|a?:\w{1,40}:|/[^<>\n]{1,100}:|t:)-?\d{1,20}(?::\w)?>|\bhttps?://\S+", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")

_stemmer = Stemmer.Stemmer("english")
_stemmer.maxCacheSize = 0  # its cache is shared state that grows; at 0.5 µs a word it saves nothing
_snowball: Callable[[str], str] = _stemmer.stemWord


def stem(word: str) -> str:
    """The stem of a folded word: Snowball's English one, of the base where the word is an irregular form."""
    return _snowball(IRREGULAR.get(word, word))


def fold(text: str) -> str:
    """The text in lower case without accents, apostrophes, mentions, links and invisible characters.

    Only the first `MAX_CHARACTERS` count. Characters are decomposed for compatibility (NFKD) and lose their combining
    marks: "é" becomes "e" and "ｋ" becomes "k". Apostrophes are taken out and do not split a word, since half of all
    members leave them out ("dont", "hes").
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


def expand(tokens: Iterable[str], table: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Each word replaced by what the table says; words that are not in it stay."""
    return [word for token in tokens for word in table.get(token, (token,))]


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
    i = 0
    while i < min(len(a), len(b)) and a[i] == b[i]:
        i += 1
    if len(a) == len(b):
        return a[i + 1 :] == b[i + 1 :] or (a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :])
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return longer[i + 1 :] == shorter[i:]


class Spelling:
    """Finds the known words that differ from a typed one by one slip (`one_slip`).

    A slip leaves a word's first two letters or its last two as they are. So only known words that share either are
    compared, which are few; an index of all misspelt forms would take ten times the memory.
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
        """Known words one slip from `word`, sorted. Only words with its first letter, or with its first two swapped."""
        if not self._shortest <= len(word) <= 24:
            return []
        first, second, last = word[0], word[1], word[-2:]
        near = {known for ends in (word[:2], first + last, second + last) for known in self._by_ends.get(ends, ())}
        return sorted(
            known for known in near if (known[0] == first or known[:2] == second + first) and one_slip(word, known)
        )
