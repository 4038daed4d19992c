"""docs/moderators.md, read in Discord: a moderator on a phone can open no file of whoever runs Lantern.

Its translations stand beside it, each by its language's code: ``docs/moderators.de.md``. Where there is none, the page
is English.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Final

from discord import ui

from lantern import PROJECT
from lantern.languages.translation import N_, _, current
from lantern.ui.cards import Card, built, button
from lantern.ui.custom_ids import custom_id

OPEN: Final = "mod-page"
TURN: Final = "mod-turn"

LABEL: Final = N_("What to say and do")
"""Of the button that opens it."""
PAGE_MAX: Final = 3_800
"""Characters of a page, of the 4,000 of one message."""
FILE: Final = PROJECT / "docs" / "moderators.md"


def page_button() -> ui.Button[Any]:
    """The way to the page, for every card that is for moderators."""
    return button(_(LABEL), custom_id(OPEN))


def page(number: int) -> Card:
    """One page, with the way to the others; the last one where there are not so many."""
    texts = _pages(current())
    number = min(number, len(texts) - 1)
    ways = [(number - 1, _("← Back")), (number + 1, _("Next →"))]
    turns = [button(label, custom_id(TURN, to)) for to, label in ways if 0 <= to < len(texts)]
    return Card(built(ui.Container(ui.TextDisplay(texts[number]), *([ui.ActionRow(*turns)] if turns else []))))


def file_in(language: str) -> Path:
    """Where the page stands in a language; the original where it is not translated."""
    translated = FILE.with_suffix(f".{language}.md")
    return translated if translated.exists() else FILE


@cache
def _pages(language: str) -> list[str]:
    """The file's parts, as many on each page as there is room for."""
    pages: list[str] = []
    for part in re.split(r"\n(?=## )", as_shown(file_in(language).read_text(encoding="utf-8"))):
        if pages and len(pages[-1]) + len(part) < PAGE_MAX:
            pages[-1] += f"\n{part}"
        else:
            pages.append(part)
    return pages


def as_shown(text: str) -> str:
    """Markdown as Discord shows it: there a line's end is one, and a heading has room below it of its own."""
    joined = re.sub(r"(?<!\n)\n(?=[^\n#-]) *", " ", text.strip())
    return re.sub(r"^(#.*)\n\n", r"\1\n", joined, flags=re.MULTILINE)
