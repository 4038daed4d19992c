"""Danger by meaning: a text, or a sentence of it, that is like the examples of danger and unlike the safe ones.

Beside the signs and only where they find nothing: these know what is said often, examples what it may be like. The
examples are the editors', in ``content/care/``; what members ask about the topics is safe as well.

Meaning never tells that a text with a sign is safe: in one sentence with ordinary words ("she used to be so sweet, now
she hits me") it took a sixth of what was plain for safe.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from lantern.content.models import Content
from lantern.matching.encoders import READ_MAX
from lantern.matching.kernel_ridge import NAME, KernelRidge
from lantern.matching.vectors import StoredVectors

FLOOR: Final = 0.1
"""How much a text must be like danger, where 1 is an example of danger and -1 a safe one.

Of 225 phrases of danger by a stranger, in six languages, signs notice 179 and meaning 30 more. Of 162 look-alikes
signs take 32 for danger and meaning one more, of 406 ordinary questions three and five more.
"""
ALONE: Final = 0.2
"""By how much more a sentence must be like danger that stands among others: without them it may mean anything."""
DOUBT: Final = -0.2
"""The same for words that may be danger, too weakly to answer with help: those of a miss are not kept then.

Of the same stranger's questions without an answer 10 of 141 are above it, and 3 of 4 dangers that nothing had noticed.
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

        self._encoder = vectors.encoder
        kinds = [kind for language in content.care_languages for kind in language.kinds]
        dangers = {kind.kind for kind in content.care.kinds if kind.shown == "alone"}
        examples = [(kind.kind, line) for kind in kinds if kind.kind in dangers for line in kind.examples]
        safe = [line for kind in kinds for line in kind.not_examples]
        safe += [line for kind in kinds if kind.kind not in dangers for line in kind.examples]
        safe += [line for topic in content.topics() for line in topic.sample_questions]
        self._kinds = sorted({kind for kind, _ in examples})
        self._ridge: KernelRidge | None = None
        if examples and safe:
            lines = [*(line for _, line in examples), *safe]
            of = [*(kind for kind, _ in examples), *([""] * len(safe))]
            targets = numpy.full((len(lines), 1 + len(self._kinds)), -1, dtype=numpy.float32)
            targets[: len(examples), 0] = 1
            for column, kind in enumerate(self._kinds, start=1):
                targets[[each == kind for each in of], column] = 1
            ridge = KernelRidge(vectors.of(lines))
            ridge.weights = vectors.computed(NAME, [*of, *lines], lambda: ridge.solved(targets))
            self._ridge = ridge

    def kind(self, text: str, *, floor: float = FLOOR, more: Callable[[], float] = lambda: 0.0) -> str | None:
        """The kind of danger that ``text``, or a sentence of it, is like by ``floor``; or None.

        ``more`` is added to ``floor``, and asked only for what is above that.
        """
        parts = [] if self._ridge is None else sentences(text)
        if self._ridge is None or not parts:
            return None
        floors = [floor] if len(parts) == 1 else [floor + ALONE] * len(parts)
        if len(parts) > 1 and len(whole := text.strip()) <= READ_MAX:
            parts, floors = [*parts, whole], [*floors, floor]
        like = self._ridge(self._encoder.encode(parts))
        over = like[:, 0] - floors
        first = int(over.argmax())
        return self._kinds[int(like[first, 1:].argmax())] if over[first] > 0 and over[first] > more() else None


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
