"""Content, ready to be used: read, checked, and held against what Discord can show.

`articles` knows shapes and names and no Discord; `cards` knows what fits on a card; `care_signs` knows which phrases
can be understood. Whoever needs content asks here, so that no door lets in what another refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lantern.content import loading as article_files
from lantern.content.models import Article, Care, Checked, Content
from lantern.content.problems import Place, Problem
from lantern.matching import care_signs


def fits(checked: Checked) -> Iterator[tuple[Place, str]]:
    """Everything that the shapes alone do not show about one file; see :data:`lantern.content.loading.Measure`."""
    # Needs discord.py, whose import takes longer than all the rest.
    from lantern.ui import cards

    yield from cards.misfits(checked)
    yield from care_signs.misfits(checked)


def load(folder: Path, *, with_discord: bool = True) -> Content:
    """The content of a folder. Raises :class:`~lantern.content.problems.ContentError` with all problems.

    ``with_discord`` False leaves out what `cards` finds, for whoever asks `cards.fit` afterwards.
    """
    return article_files.load(folder, fits if with_discord else care_signs.misfits)


def check(paths: Iterable[Path]) -> tuple[list[Problem], list[str]]:
    """All problems of some files or folders, and a line for each file that has none."""
    problems: list[Problem] = []
    lines: list[str] = []
    for path, result in article_files.check_files(paths, fits):
        if isinstance(result, tuple):
            problems += result
        else:
            lines.append(f"{path}: {summary(result)}")
    return problems, lines


def summary(checked: Checked) -> str:
    """What a sound file holds, in one line."""
    if isinstance(checked, Article):
        words = sorted(len(topic.answer.split()) for topic in checked.topics)
        topics = "1 topic" if len(words) == 1 else f"{len(words)} topics"
        return f"/{checked.command}, {topics}, answers of {words[0]} to {words[-1]} words"
    if isinstance(checked, Care):
        return "care, " + ", ".join(f"{len(kind.signs)} signs of {kind.kind}" for kind in checked.kinds)
    return f"{len(checked.shorthand)} pieces of shorthand"


@dataclass(frozen=True, slots=True)
class Edition:
    """What the bot answers from."""

    content: Content


class Editions(Protocol):
    """Holds the edition that is in use."""

    @property
    def current(self) -> Edition:
        """That edition."""
        ...
