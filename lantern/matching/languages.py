"""How words are compared where topics are looked for: which letters are the same, where words end, and their stems.

Letters stay those of their own alphabet, with what phones and hurry leave out taken off: capitals, accents ("corazón",
"corazon"), Hindi's dots. `lantern.matching.words.fold` goes further, for danger: there, what looks alike is the same.

Nothing here is a list of words: a language needs only its two letters, and has stems if Snowball knows it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

import Stemmer

from lantern.languages.translation import ORIGINAL
from lantern.matching import words
from lantern.matching.words import LOOK_ALIKES, MAX_CHARACTERS, Folding

ELIDING: Final = frozenset({"ca", "fr", "it"})
"""Languages in which an apostrophe ends a word ("l'âme"); in others it belongs to it ("don't", "geht's")."""

# The signs of Devanagari's vowels are letters as much as others are. Its dot below says that a word was borrowed and is
# left out; its moon above is typed as a dot. Russian's "й" is no "и" with an accent; the dots of "ё" and the ligature
# of "sœur" are left out by most.
_SIGNS: Final = {
    **{code: chr(code) for code in (*range(0x900, 0x904), *range(0x93A, 0x950), *range(0x955, 0x958), 0x962, 0x963)},
    ord("\N{DEVANAGARI SIGN NUKTA}"): "",
    ord("\N{DEVANAGARI SIGN CANDRABINDU}"): "\N{DEVANAGARI SIGN ANUSVARA}",
    **{code: chr(code) for code in range(0x400, 0x460)},
    **dict.fromkeys(map(ord, "ёЁ"), "е"),
    **dict.fromkeys(map(ord, "œŒ"), "oe"),
    **dict.fromkeys(map(ord, "æÆ"), "ae"),
}
_SIGN = r"\u0900-\u0903\u093a-\u094f\u0955-\u0957\u0962\u0963"
_WORD: Final = re.compile(rf"[^\W_]++(?:[{_SIGN}]++[^\W_]*+)*+")
_LATIN: Final = re.compile("[a-z]")
_LETTERS: Final = Folding(_SIGNS, apostrophe="'")

# Before a consonant both spellings are usual: संबंध, सम्बन्ध.
_NASAL: Final = re.compile("[नमङञण]\N{DEVANAGARI SIGN VIRAMA}(?=[क-ह])")
_SHORT: Final = str.maketrans("\u0940\u0942\u0949\u0945", "\u093f\u0941\u093e\u0947")
"""Hindi's long vowels, as signs, and the short ones for which they are taken: की and कि, बहुत and बहूत."""


def letters(text: str, limit: int = MAX_CHARACTERS) -> str:
    """The text in lower case without accents, mentions, links and invisible characters; each apostrophe is ``'``.

    Only the first `limit` characters count. Any string is safe.
    """
    return _LETTERS.folded(text, limit)


def _of_one_alphabet(word: str) -> str:
    """The word; in Latin letters if only some are others that look like those ("runnеr" with a Cyrillic letter)."""
    if not word.isascii() and _LATIN.search(word) and (latin := word.translate(LOOK_ALIKES)).isascii():
        return latin
    return word


class Language(NamedTuple):
    """One language's words. Made by `language`."""

    code: str
    stem: Callable[[str], str]
    """The stem of a word that `split` gave."""

    def split(self, plain: str) -> list[str]:
        """The words, in order, of a text that is `letters` already: runs of letters and digits."""
        if "'" in plain:
            plain = plain.replace("'", " " if self.code in ELIDING else "")
        found = _WORD.findall(plain)
        return found if plain.isascii() else [*map(_of_one_alphabet, found)]

    def words(self, text: str) -> list[str]:
        """The words of a text, in order, as they are compared."""
        return self.split(letters(text))


@cache
def language(code: str) -> Language:
    """The language of these two letters; its words are their own stems if Snowball has none for it."""
    if code == ORIGINAL:
        return Language(code, words.stem)
    try:
        stemmer = Stemmer.Stemmer(code)
    except KeyError:
        return Language(code, str)
    stemmer.maxCacheSize = 0  # as that of English
    snowball: Callable[[str], str] = stemmer.stemWord
    return Language(code, _hindi(snowball) if code == "hi" else snowball)


def _hindi(snowball: Callable[[str], str]) -> Callable[[str], str]:
    """Its stems, the same for both spellings of a word; words in Latin letters are their own."""

    def stem(word: str) -> str:
        if word.isascii():
            return word
        return snowball(_NASAL.sub("\N{DEVANAGARI SIGN ANUSVARA}", word)).translate(_SHORT)

    return stem
