"""The longest texts that Discord lets a member type, each the worst for something that reads it."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence

from lantern.matching.english import FILLERS, SHORT_WORDS
from lantern.matching.words import LONGEST_TEXT

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def misspelt(known: Sequence[str], dice: random.Random) -> str:
    """Words that are one slip from known ones, each another."""
    long = [word for word in known if 5 <= len(word) <= 24]
    typed = []
    for word in dice.choices(long, k=1_200):
        at = dice.randrange(2, len(word))
        typed.append(word[:at] + dice.choice("qxzj") + word[at + 1 :])
    return " ".join(typed)


def run_together(dice: random.Random) -> str:
    """Words of sixty letters, each of short words that fit and an end that does not."""
    return " ".join(
        "".join(dice.choices(sorted(SHORT_WORDS), k=40))[:57] + "".join(dice.choices("qxz", k=3)) for _ in range(100)
    )


def long_texts(known: Sequence[str], seed: int = 1) -> dict[str, str]:
    """The texts by what they are. ``known`` are words that care signs or the content know."""
    dice = random.Random(seed)
    texts = {
        "known words": " ".join(dice.choices(known, k=1_500)),
        "misspelt words": misspelt(known, dice),
        "words run together": run_together(dice),
        "known words run together": "".join(dice.choices(known, k=2_000)),
        "short words": " ".join(one + two for one in LETTERS for two in LETTERS + "0123456789"),
        "random words": " ".join("".join(dice.choices(LETTERS, k=8)) for _ in range(700)),
        "signs of danger": "i want to kill myself he hit me " * 190,
        "almost signs of danger": "i want to kill my ego and end my life lesson " * 140,
        "gaps of many words": "i was 15 he is the guide of sex and god tells me to " * 120,
        "fillers": " ".join(["want", *sorted(FILLERS)] * 20),
        "one letter": "a" * LONGEST_TEXT,
        "one letter and spaces": "a " * (LONGEST_TEXT // 2),
        "spaced letters": "k i l l " * 750,
        "starred letters": " ".join("k" + "*" * (number % 9) + LETTERS[number % 26] for number in range(1_000)),
        "digits for letters": " ".join(f"k1l{number}" for number in range(1_000)),
        "digits": "1 " * (LONGEST_TEXT // 2),
        "full stops": "." * (LONGEST_TEXT - 1) + "a",
        "lines": ".\n" * (LONGEST_TEXT // 2),
        "dots between letters": "a." * (LONGEST_TEXT // 2),
        "hyphens between letters": "a-" * (LONGEST_TEXT // 2),
        "underscores": "_" * LONGEST_TEXT,
        "at signs": "a@" * (LONGEST_TEXT // 2),
        "a long name before an at sign": "a" * (LONGEST_TEXT - 1) + "@",
        "at, written out": "a at " * 1_200,
        "half mentions": "<" * LONGEST_TEXT,
        "half commands": "</a:1" * 1_200,
        "half addresses": "http://" * 850,
        "streets without a name": "1 st " * 1_200,
        "accounts without a name": "my insta is " * 500,
        "numbers in words": "one two no " * 545,
        "stretched letters": "aaabbb" * 1_000,
        "apostrophes": "'" * LONGEST_TEXT,
        "characters that become eighteen": "\ufdfa" * LONGEST_TEXT,
        "characters that become five": "㌀" * LONGEST_TEXT,
        "combining characters": ("e" + "\u0301" * 5) * 1_000,
        "emoji": "\U0001f600" * LONGEST_TEXT,
        "invisible characters": "\u200b" * LONGEST_TEXT,
        "turned lines": "\u202e" * LONGEST_TEXT,
        "arabic": "مرحبا " * 1_000,
        "devanagari": "नमस्ते दुनिया " * 430,
        "chinese, each another": "".join(map(chr, range(0x4E00, 0x4E00 + LONGEST_TEXT))),
        "korean, each another": "".join(map(chr, range(0xAC00, 0xAC00 + LONGEST_TEXT))),
        "characters that decompose, each another": "".join(
            char for char in map(chr, range(0x20, 0x2FFFF)) if unicodedata.decomposition(char)
        ),
    }
    return {name: text[:LONGEST_TEXT] for name, text in texts.items()}


PIECES = list("a1.-_@*#!+|/<>[]():'’éß\ufdfa㌀न्ام中한😀\u0301\u200b\u202e \n")
PIECES += [
    "kill",
    "me",
    "i",
    "want",
    "to",
    "die",
    "hit",
    "st",
    "rue",
    "calle",
    "at",
    "dot",
    "insta",
    "snap",
    "one",
    "null",
]
PIECES += ["<@1>", "</a:1>", "http://", ".com"]


def thrown_together(known: Sequence[str], dice: random.Random) -> str:
    """A longest text of pieces, a few of them again and again or many of them at random."""
    several = [dice.choice(PIECES) if dice.random() < 0.6 else dice.choice(known) for _ in range(dice.randrange(1, 6))]
    if dice.random() < 0.5:
        return ("".join(several) * LONGEST_TEXT)[:LONGEST_TEXT]
    glue = dice.choice(["", " ", ".", "*"])
    return glue.join(dice.choice([*several, *PIECES, dice.choice(known)]) for _ in range(3_000))[:LONGEST_TEXT]
