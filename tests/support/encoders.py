"""Encoders for tests: one that counts, and the real ones with what they encoded before."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy

from lantern import PROJECT
from lantern.matching import encoders
from lantern.matching.encoders import Vectors
from lantern.matching.vectors import StoredVectors


class Counting:
    """An encoder that tells what it was asked: the length of a text is its vector."""

    def __init__(self, name: str = "counting") -> None:
        self.name = name
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return numpy.array([[len(text), 1] for text in texts], dtype=numpy.float32).reshape(-1, 2)


class Everything(StoredVectors):
    """Vectors of several contents, of which none is forgotten."""

    def save(self) -> None:
        self._asked = set(self._kept)
        super().save()


@functools.cache
def vectors(name: str) -> StoredVectors:
    """The vectors of one of :data:`encoders.KNOWN`, kept for the next run: encoding the content takes a minute."""
    (PROJECT / "build").mkdir(exist_ok=True)
    return Everything(encoders.load([name]), PROJECT / "build" / f"tests.{name}.vectors.npz")
