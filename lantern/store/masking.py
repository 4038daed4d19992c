"""Takes out of members' words what could identify them or others.

Only the result of :func:`masked` may be stored, which the type :data:`Masked` ensures.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NewType

Masked = NewType("Masked", str)
"""Words that may be stored. Empty where there is nothing to store."""

READ_MAX: Final = 2_000
"""Characters that are read; as many as matching reads."""
KEPT_MAX: Final = 500
"""Characters that are stored; an editor needs only the question."""
LONG_DIGITS: Final = 5
"""A number with this many digits may be an account or an id; years and angel numbers such as 1111 are shorter."""

_BOUND: Final = r"(?<![^\W_])"
# Texts, not compiled patterns: that would take a millisecond of every start, and `re` keeps them once they are used.
_REPLACEMENTS: Final = (
    # As Discord writes them: members, roles, channels; custom emoji and times carry long digits and no words.
    (r"<(?:@[!&]?|#)\d{1,20}>", " [mention] "),
    (r"<(?:a?:\w{1,40}:\d{1,20}|t:-?\d{1,20}(?::\w)?|/[^<>\n]{1,100}:\d{1,20}|id:\w{1,20})>", " "),
    # E-mail before links and handles, because it holds both. "at" and "dot" written out count too.
    (r"[^\s@<>()]{1,64}@[^\s@<>()]{1,255}\.[^\W\d_]{2,63}", "[e-mail]"),
    (
        r"[^\s@]{1,64}\s?(?:[\[({]\s?at\s?[\])}]|\sat\s)\s?[\w-]{1,63}"
        r"(?:\s?(?:[\[({]\s?dot\s?[\])}]|\sdot\s)\s?[\w-]{2,63}|\.(?:com|net|org|co\.\w\w))",
        "[e-mail]",
    ),
    (r"\b[a-z][a-z0-9+.-]{1,20}://\S+", "[link]"),
    (r"\b(?:www|m)\.\S+", "[link]"),
    # A bare address: a name, a dot and an ending; one that is also a word ("love.me") only with a path behind it.
    (
        r"\b[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.(?:(?:com|net|org|gg|io|app|info|link|ly|tv|xyz|co|uk|de|fr|eu|au|ca|nz"
        r"|za|ng|ie)\b(?:/\S*)?|[a-z]{2,12}/\S+)",
        "[link]",
    ),
    (rf"{_BOUND}@[^\s@]{{1,64}}", "[mention]"),
    (r"[^\s#]{2,32}#\d{4}\b", "[mention]"),
    # Seven digits or more with the signs people put between them: telephone numbers, dates of birth.
    (r"\+?\(?\d(?:[\s().\-/–]{0,3}\d){6,}", "[number]"),
    (rf"\d{{{LONG_DIGITS},}}", "[number]"),
)
_MASK: Final = re.compile(r"\[(?:mention|link|e-mail|number)\]")
_INVISIBLE_CATEGORIES: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})


def one_line(text: str) -> str:
    """``text`` on one line, without control, formatting and unassigned characters, with single spaces.

    Invisible characters could reverse a line, hide an address from the rules below, or be impossible in UTF-8.
    """
    visible = (char for char in text if char.isspace() or unicodedata.category(char) not in _INVISIBLE_CATEGORIES)
    return " ".join("".join(visible).split())


def masked(text: str) -> Masked:
    """``text`` as it may be stored: lower case, on one line, with what could identify someone replaced.

    Mentions and handles, links, e-mail addresses, telephone numbers and long digits become ``[mention]``, ``[link]``,
    ``[e-mail]`` and ``[number]``. Any string is safe. Empty where no letter or digit is left.
    """
    plain = one_line(unicodedata.normalize("NFKC", text[:READ_MAX])).lower()
    for pattern, mask in _REPLACEMENTS:
        plain = re.sub(pattern, mask, plain)
    plain = " ".join(plain.split())
    # Cut after masking: half a telephone number would not be found.
    if len(plain) > KEPT_MAX:
        plain = plain[: KEPT_MAX - 1].rsplit(" ", 1)[0] + "…"
    return Masked(plain if any(char.isalnum() for char in _MASK.sub("", plain)) else "")
