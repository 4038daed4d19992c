"""Members' words made comparable, in the same way for topics and for care signs.

People type on phones, in a hurry, with curly apostrophes, emoji, stretched letters and invisible characters.
Whatever compares words calls `fold` first, for the content and for the question alike. Any string is safe, lone
surrogates included: nothing here raises.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

# PyStemmer (Snowball in C) needs 0.5 µs a word and 1 MB; snowballstemmer (pure Python) needs 17.6 µs and 3 MB. With
# fifteen words that would be a quarter of the millisecond that a question may cost.
import Stemmer

from lantern.matching.english import IRREGULAR

MAX_CHARACTERS = 2_000
"""Characters in which topics are looked for; the rest is ignored. Discord's own limit for a message without Nitro."""
LONGEST_TEXT = 6_000
"""Characters of the longest text that Discord lets a member type, in an option of a command. Danger is looked for in
all of any text."""
PART = 150
"""Characters that are folded in one go."""
LONGEST_DECOMPOSITION = 4
"""Characters that one may become. Of those that are a whole phrase (ﷺ, ㌀), a short text would become a long one."""


_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼʹ`´＇‛′"))

# Letters of other alphabets that look like Latin ones: typed by accident, or to avoid a filter.
LOOK_ALIKES = str.maketrans("аеорсухіѕјԁоιοαν", "aeopcyxisjdoioav")

# Hindi's vowel signs are marks to Unicode; as the vowels that they stand for, the letters of a word stay together. Long
# and short vowels are taken for each other, and signs left out, by everybody who types in a hurry.
_DEVANAGARI = dict(zip(map(ord, "ािीुूृेैोौॅॉईऊ"), "आइइउउरएऐओऔएओइउ", strict=True))

# Mentions, channels, custom emoji, slash command links and web addresses say nothing about what is asked.
_MARKUP = re.compile(r"<(?:@[!&]?|#|a?:\w{1,40}:|/[^<>\n]{1,100}:|t:)-?\d{1,20}(?::\w)?>|\bhttps?://\S+", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")

_stemmer = Stemmer.Stemmer("english")
_stemmer.maxCacheSize = 0  # its cache is shared state that grows; at 0.5 µs a word it saves nothing
_snowball: Callable[[str], str] = _stemmer.stemWord


def stem(word: str) -> str:
    """The stem of a folded word: Snowball's English one, of the base where the word is an irregular form."""
    return _snowball(IRREGULAR.get(word, word))


class Folding(dict[int, str]):
    """What becomes of each character, worked out when it first comes up: one look-up a character.

    Characters are decomposed for compatibility (NFKD) and lose their combining marks: "é" becomes "e" and "ｋ" becomes
    "k".
    """

    def __init__(
        self, signs: Mapping[int, str], *, apostrophe: str, look_alikes: Mapping[int, int] | None = None
    ) -> None:
        """``signs`` stand for what they say, whatever they are to Unicode; an apostrophe becomes ``apostrophe``."""
        self._apostrophes = dict.fromkeys(_APOSTROPHES, apostrophe)
        self._look_alikes = look_alikes or {}
        super().__init__({code: sign.casefold() for code, sign in signs.items()} | self._apostrophes)

    def __missing__(self, code: int) -> str:
        char = chr(code)
        # Korean syllables are left whole: eleven thousand that would be worked out one by one.
        parts = char if "가" <= char <= "힣" else unicodedata.normalize("NFKD", char)
        if parts == char or len(parts) > LONGEST_DECOMPOSITION:
            kept = "" if unicodedata.category(char) in ("Mn", "Mc", "Cf") else char
            # A million characters are like this, and somebody could send them all; the others are six thousand.
            remembered = len(self) < CHARACTERS_REMEMBERED
        else:
            # A list: of each letter with an accent, a generator would be asked three times.
            kept = "".join([part for part in parts if unicodedata.category(part) not in ("Mn", "Cf")])
            remembered = True
        folded = kept.casefold().translate(self._look_alikes)
        if remembered:
            self[code] = folded
        return folded

    def folded(self, text: str, limit: int) -> str:
        """The first `limit` characters of a text, without mentions and links; no longer than that, either."""
        return "".join(self.parts(text, limit))[:limit]

    def parts(self, text: str, limit: int) -> Iterator[str]:
        """The same piece by piece, for who must not take too long over one: it is as long as it becomes."""
        text = text[:limit]
        if "<" in text or "://" in text:  # in few texts, and the search takes as long as all the rest
            text = _MARKUP.sub(" ", text)
        if text.isascii():
            yield text.translate(self._apostrophes).casefold()
        else:
            for start in range(0, len(text), PART):
                yield text[start : start + PART].translate(self)


CHARACTERS_REMEMBERED = 5_000
"""After so many no further one is remembered that stands for itself."""
_FOLDED = Folding(_DEVANAGARI, apostrophe="", look_alikes=LOOK_ALIKES)


def fold(text: str, limit: int = MAX_CHARACTERS) -> str:
    """The text in lower case without accents, apostrophes, mentions, links and invisible characters.

    Only the first `limit` characters count. Letters that look alike become the same, whatever alphabet they are of.
    Apostrophes are taken out and do not split a word, since half of all members leave them out ("dont", "hes").
    """
    return _FOLDED.folded(text, limit)


def folded_parts(text: str, limit: int) -> Iterator[str]:
    """The same piece by piece, see `Folding.parts`."""
    return _FOLDED.parts(text, limit)


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

    A slip leaves a word's first half or its last half as it is. So only known words that share either, and are at most
    a letter longer or shorter, are compared: a few, whatever is typed. They are found in sorted lists: an index of the
    halves would take four times the memory, one of all misspelt forms a hundred times.
    """

    def __init__(self, known: Iterable[str], *, shortest: int) -> None:
        """Index `known`; words and typed words shorter than `shortest` letters, at least 5, are never guessed at."""
        self._shortest = shortest
        self._by_front: dict[int, list[str]] = {}
        self._by_back: dict[int, list[str]] = {}  # each word's first letter, and then the word backwards
        for word in sorted(known):
            if len(word) >= shortest and not word.isdecimal():
                self._by_front.setdefault(len(word), []).append(word)
                self._by_back.setdefault(len(word), []).append(word[0] + word[::-1])
        for backwards in self._by_back.values():
            backwards.sort()

    def guesses(self, word: str) -> list[str]:
        """Known words one slip from `word`, sorted. Only words with its first letter, or with its first two swapped."""
        size = len(word)
        if not self._shortest <= size <= 24:
            return []
        first, swapped, backwards = word[0], word[1::-1], word[::-1]
        near: set[str] = set()
        for other in (size - 1, size, size + 1):
            half = (min(size, other) - 1) // 2
            near.update(beginning_with(word[:half], self._by_front.get(other, ())))
            for letter in {first, word[1]}:
                found = beginning_with(letter + backwards[:half], self._by_back.get(other, ()))
                near.update(one[:0:-1] for one in found)
        return sorted(
            known for known in near if (known[0] == first or known.startswith(swapped)) and one_slip(word, known)
        )


def beginning_with(start: str, words: Sequence[str]) -> Sequence[str]:
    """Those of some sorted words that begin with `start`."""
    # No letter comes after the last character that there is.
    return words[bisect_left(words, start) : bisect_left(words, start + "\U0010ffff")]
