"""Danger by meaning: a text, or a sentence of it, that is like the examples of danger and unlike the safe ones.

Beside the signs and only where they find nothing: these know what is said often, examples what it may be like. The
examples are the editors', in ``content/care/``; what members ask about the topics is safe as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from lantern.content.models import Content
from lantern.matching.encoders import READ_MAX
from lantern.matching.meanings import separation
from lantern.matching.vectors import StoredVectors

FLOOR: Final = 0.7
"""How much a text must be like danger: 1 is an example of danger and 0 a safe one, before nearness is added.

With the signs, on that half of 345 phrases and 306 questions by strangers which nobody had seen who wrote signs and
examples: English danger noticed 84 % and look-alikes 12 %, other languages 93 and 18, questions 6. With 0.75 it was 78
and 12, 84 and 11, 4. What was wrong there has taught examples since.
"""
ALONE: Final = 0.1
"""By how much more a sentence must be like danger that stands among others: without them it may mean anything."""
NEAREST: Final = 0.3
"""What one standard deviation of nearness counts beside the separation."""
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
        if not self._none:
            # Encoders differ in how far cosines spread.
            self._spread = max(float((self._danger @ self._safe.T).std()), 1e-3)
            both = numpy.concatenate([self._danger, self._safe])
            self._separation = separation(both, [0, len(self._danger)])[:, 0]

    def kind(self, text: str) -> str | None:
        """The kind of the nearest example of danger, where ``text`` or a sentence of it is like danger; or None."""
        parts = [] if self._none else sentences(text)
        if not parts:
            return None
        floors = [FLOOR] if len(parts) == 1 else [FLOOR + ALONE] * len(parts)
        if len(parts) > 1 and len(whole := text.strip()) <= READ_MAX:
            parts, floors = [*parts, whole], [*floors, FLOOR]
        read = self._encoder.encode(parts)
        near = read @ self._danger.T
        ahead = near.max(axis=1) - (read @ self._safe.T).max(axis=1)
        over = read @ self._separation[:-1] + self._separation[-1] + NEAREST * ahead / self._spread - floors
        first = int(over.argmax())
        return self._kinds[int(near[first].argmax())] if over[first] > 0 else None


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
