"""Matchers that know meanings."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest

from lantern import PROJECT
from lantern.content.models import Content
from lantern.matching import encoders
from lantern.matching.encoders import NoEncoder
from lantern.matching.matcher import Matcher
from lantern.matching.vectors import StoredVectors


class Everything(StoredVectors):
    """Vectors of several contents, of which none is forgotten."""

    def save(self) -> None:
        self._asked = set(self._kept)
        super().save()


@functools.cache
def vectors(name: str) -> StoredVectors:
    """The vectors of one of :data:`encoders.KNOWN`, kept for the next run: encoding the content takes ten seconds."""
    (PROJECT / "build").mkdir(exist_ok=True)
    return Everything(encoders.load([name]), PROJECT / "build" / f"tests.{name}.vectors.npz")


@pytest.fixture(scope="session")
def meaning(content: Content) -> Callable[[str], Matcher]:
    """A matcher of the content that is shipped, with one of :data:`encoders.KNOWN`; skips where that cannot be used."""

    @functools.cache
    def made(name: str) -> Matcher:
        try:
            kept = vectors(name)
        except NoEncoder as error:
            pytest.skip(str(error))
        matcher = Matcher(content)
        matcher.learn(kept)
        return matcher

    return made
