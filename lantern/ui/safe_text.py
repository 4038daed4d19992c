"""Words of members, editors and servers, made so that nothing in them means anything to Discord."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import discord

from lantern.store.masking import one_line

REPEATED_MAX: Final = 200
"""Characters of a member's question that are shown back to them."""
EXCERPT_MAX: Final = 100
"""Characters of somebody's message that a moderator's menu repeats."""
READ_MAX: Final = 1_000
"""Characters that are looked at for either."""

_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that turn the direction of what follows them (Unicode, UAX 9)."""
_ESCAPED: Final = str.maketrans({char: f"\\{char}" for char in r"\`*_~|[]()<>:@"})


def shortened(text: str, limit: int) -> str:
    """``text``, or its beginning and an ellipsis, in at most ``limit`` characters."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def plain(text: str) -> str:
    """Text that means itself: no markdown, no mention, no command."""
    return discord.utils.escape_mentions(discord.utils.escape_markdown(text)).replace("<", "\\<")


def repeated(words: str) -> str:
    """A member's words to be shown back: one line, shortened, and nothing in them means anything to Discord."""
    return shortened(one_line(words[:READ_MAX]), REPEATED_MAX).translate(_ESCAPED)


def excerpt(words: str) -> str:
    """The beginning of somebody's message as plain text on one line: no markdown, no mention, no turned direction."""
    printable = "".join(
        " " if unicodedata.category(char) == "Cc" else char for char in _TURNING.sub("", words[:READ_MAX])
    )
    line = " ".join(printable.split())
    beginning = line if len(line) <= EXCERPT_MAX else line[:EXCERPT_MAX].rstrip() + "…"
    return discord.utils.escape_mentions(discord.utils.escape_markdown(beginning, ignore_links=False))
