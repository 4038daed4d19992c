"""Which topics are near a question in meaning, whatever words and language it is in.

Two readings of the same vectors are added: what the nearest line of a topic says, and a linear separation of all topics
and of the questions that no article answers (ridge regression, solved once per content load in some milliseconds). The
first knows single situations, the second what a topic's lines have in common.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from lantern.matching.encoders import Encoder, Vectors
from lantern.matching.vectors import StoredVectors

if TYPE_CHECKING:
    from lantern.content.models import Topic

NEAREST: Final = 0.15
"""What one standard deviation of nearness counts beside the separation, where 1 is a line of the topic itself."""
SMOOTHING: Final = 1 / 600
"""Ridge regression's lambda for each line: with as many lines as here it is 1, and with fewer it falls."""
MANY: Final = 64
"""Questions that a topic needs, in all languages, to be found as surely as it can be."""
FEW: Final = 0.1
"""What a topic with fewer is allowed, for each time that :data:`MANY` is e times as many. With three questions a topic
47 % of strangers' covered questions were called a miss without it, and 5 % are with it; of uncovered ones 85 % are
turned away."""
COMPARED: Final = 1_000
"""Lines, at most some more, whose cosines to one another tell what is high."""

_SENTENCE: Final = re.compile(r"(?<=[.?!])\s+")
_SHORTEST: Final = 20
"""Letters below which a sentence of an answer says too little alone, such as "From what?"."""


def _lines(topic: Topic) -> list[str]:
    """What is encoded of a topic. Keywords make results worse: single words lie near everything."""
    sentences = _SENTENCE.split(topic.answer.replace("*", ""))
    told = [sentence for sentence in sentences if len(sentence) > _SHORTEST]
    return [topic.title, topic.question, *topic.sample_questions, *topic.other_languages, topic.summary, *told]


class Meanings:
    """The topics' lines as vectors. Made by `Matcher.learn`; can be used from several threads."""

    def __init__(self, topics: Sequence[Topic], not_covered: Sequence[str], vectors: StoredVectors) -> None:
        """Encode every line: 10 ms for each that is not among ``vectors``."""
        import numpy

        self._numpy = numpy
        self._encoder: Encoder = vectors.encoder
        asked = [len(topic.sample_questions) + len(topic.other_languages) for topic in topics]
        self.allowances = [FEW * max(0.0, math.log(MANY / count)) for count in asked]
        """For each topic, what is added to its score where it is told whether a question is covered."""
        lines = [_lines(topic) for topic in topics]
        self._starts = numpy.cumsum([0, *(len(each) for each in lines)])[:-1]
        self._vectors = vectors.of([line for each in lines for line in each])
        self._against = vectors.of(list(not_covered))
        if topics:
            every = numpy.concatenate([self._vectors, self._against])
            # Encoders differ in which cosines are high: of one all lie between 0.75 and 0.95.
            some = every[:: 1 + len(every) // COMPARED]
            cosines = some @ some.T
            self._middle, self._spread = float(cosines.mean()), max(float(cosines.std()), 1e-3)
            self._separation = self._separated(every)

    def _separated(self, rows: Vectors) -> Vectors:
        """Weights whose product with a vector is near 1 for its topic and near 0 for the others; each counts alike.

        ``rows`` are all lines, topic by topic, and at the end those that no article answers.
        """
        numpy = self._numpy
        starts = [*self._starts, len(self._vectors)] if len(self._against) else [*self._starts]
        sizes = numpy.diff([*starts, len(rows)])
        rows = numpy.column_stack([rows, numpy.ones(len(rows))])
        weighed = rows * numpy.repeat(len(rows) / (len(sizes) * sizes), sizes)[:, None]
        squares = weighed.T @ rows + SMOOTHING * len(rows) * numpy.eye(rows.shape[1])
        separation: Vectors = numpy.linalg.solve(squares, numpy.add.reduceat(weighed, starts).T)
        return separation.astype(numpy.float32)

    def scores(self, text: str) -> list[float]:
        """For each topic, in their order, how near ``text`` is to it: from some -1 to 2, below 0 nearer to none.

        The beginning of a long text counts, see :data:`lantern.matching.encoders.READ_MAX`.
        """
        numpy = self._numpy
        if not len(self._starts):
            return []
        vector = self._encoder.encode([text])[0]
        nearest = numpy.maximum.reduceat(self._vectors @ vector, self._starts)
        elsewhere = (self._against @ vector).max() if len(self._against) else self._middle
        separate = numpy.append(vector, 1) @ self._separation
        against = separate[-1] if len(self._against) else 0.0
        scores = separate[: len(self._starts)] - against + NEAREST * (nearest - elsewhere) / self._spread
        return [float(score) for score in scores]
