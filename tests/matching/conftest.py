"""Matchers that know meanings."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest

from lantern.content.models import Content
from lantern.matching.encoders import NoEncoder
from lantern.matching.matcher import Matcher
from tests.support.encoders import vectors


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
