"""Danger by meaning: a sentence that is nearer to an example of danger than to any safe one, whatever its words.

Beside the signs and only where they find nothing: these know what is said often, examples what it may be like. The
examples are the editors', in ``content/care/``; what members ask about the topics is safe as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from lantern.content.models import Content
from lantern.matching.encoders import READ_MAX
from lantern.matching.vectors import StoredVectors

FLOOR: Final = 0.6
"""By how much danger must be nearer than what is safe, in standard deviations of how near the two are to each other.

Of 575 phrases of danger by strangers signs and meaning notice 483, with 22 of 440 look-alikes and 19 of 1,030 ordinary
questions; with 1.0 it were 472, 19 and 14. It was set on these words, many of them read by who wrote the examples.
"""
LONGEST_READ: Final = 4_000
"""Characters of a text that are read: as much as a message has. Of more, which only a command's option holds, its
beginning and its end. Encoding them takes a second.
"""
APART: Final = 20
"""So many sentences are read one by one. Of more, short ones that follow one another are read together."""
TOGETHER: Final = 80
"""Characters of several sentences that are read together, at most."""

_SENTENCE: Final = re.compile(r"(?<=[.?!।\n])\s+")


class Dangers:
    """Made with the meanings of a content, in a thread; can be used from several threads."""

    def __init__(self, content: Content, vectors: StoredVectors) -> None:
        """Encode every example: 10 ms for each that is not among ``vectors``."""
        import numpy

        self._numpy = numpy
        self._encoder = vectors.encoder
        kinds = [kind for language in content.care_languages for kind in language.kinds]
        dangers = {kind.kind for kind in content.care.kinds if kind.shown == "alone"}
        examples = [(kind.kind, line) for kind in kinds if kind.kind in dangers for line in kind.examples]
        safe = [line for kind in kinds for line in kind.not_examples]
        safe += [line for kind in kinds if kind.kind not in dangers for line in kind.examples]
        safe += [line for topic in content.topics() for line in topic.sample_questions]
        safe += content.not_covered
        self._kinds = [name for name, _ in examples]
        self._danger = vectors.of([line for _, line in examples])
        self._safe = vectors.of(safe)
        self._none = not (examples and safe)
        # Encoders differ in how far cosines spread.
        self._spread = 1.0 if self._none else max(float((self._danger @ self._safe.T).std()), 1e-3)

    def kind(self, text: str) -> str | None:
        """The kind of the nearest example of danger, where a sentence of ``text`` is near enough to one; or None."""
        if self._none:
            return None
        read = self._encoder.encode(sentences(text))
        if not len(read):
            return None
        near = read @ self._danger.T
        ahead = near.max(axis=1) - (read @ self._safe.T).max(axis=1)
        first = int(ahead.argmax())
        return self._kinds[int(near[first].argmax())] if ahead[first] > FLOOR * self._spread else None


def sentences(text: str) -> list[str]:
    """What of a text is encoded: its sentences, too long ones in parts, and of too many the first and the last."""
    parts = [part for sentence in _SENTENCE.split(text) for part in _parts(sentence.strip())]
    if len(parts) > APART:
        parts = _together(parts)
    if sum(map(len, parts)) <= LONGEST_READ:
        return parts
    first = _within(parts, LONGEST_READ // 2)
    return [*first, *reversed(_within(reversed(parts[len(first) :]), LONGEST_READ // 2))]


def _parts(sentence: str) -> list[str]:
    return [sentence[start : start + READ_MAX] for start in range(0, len(sentence), READ_MAX)]


def _together(parts: Iterable[str]) -> list[str]:
    together: list[str] = []
    for part in parts:
        if together and len(together[-1]) + len(part) < TOGETHER:
            together[-1] += f" {part}"
        else:
            together.append(part)
    return together


def _within(parts: Iterable[str], limit: int) -> Sequence[str]:
    kept: list[str] = []
    for part in parts:
        limit -= len(part)
        if limit < 0:
            break
        kept.append(part)
    return kept
