"""Each part of a content that is compared by meaning counts: without it other topics would win."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy
import pytest

from lantern.content.models import Content, TopicTranslation, Translation
from lantern.matching.encoders import Vectors
from lantern.matching.matcher import SEMANTIC_FLOORS, Matcher
from lantern.matching.vectors import StoredVectors

COLOURS = ("vermilion", "viridian", "ultramarine", "ochre", "umber", "sienna", "magenta", "indigo")


class Colours:
    """An encoder that knows colours alone: each is a direction, and what has none lies between all."""

    name = "colours"

    def encode(self, texts: Sequence[str]) -> Vectors:
        rows = [[text.lower().count(colour) for colour in COLOURS] for text in texts]
        found: Vectors = numpy.array(rows, dtype=numpy.float32).reshape(-1, len(COLOURS)) + numpy.float32(0.05)
        found /= numpy.linalg.norm(found, axis=1, keepdims=True)
        return found


def _content(content: Content, *, not_covered: tuple[str, ...] = ("ultramarine", "indigo")) -> Content:
    article = content.articles[0]
    topics = [
        replace(
            article.topics[0],
            key=f"topic{number}",
            title=f"Topic {number}",
            question=f"What of {number}?",
            summary=f"Nothing of {number}.",
            answer=f"Nothing at all of {number}.",
            keywords=(),
            sample_questions=(colour,),
            related=(),
            note=None,
        )
        for number, colour in enumerate(("vermilion", "viridian", "ochre"))
    ]
    topics[0] = replace(
        topics[0],
        summary="It is as plain as umber.",
        answer="What it says of sienna is long. And here it ends.",
    )
    translation = Translation(
        command=article.command,
        title="Temas",
        view="Una",
        source="Uno",
        topics=(
            TopicTranslation(
                key="topic0", title="T", question="P", summary="R", answer="R", sample_questions=("magenta",)
            ),
        ),
    )
    return replace(
        content,
        articles=(replace(article, topics=tuple(topics)),),
        not_covered=not_covered,
        translations={"es": (translation,)},
    )


def _matcher(content: Content) -> Matcher:
    matcher = Matcher(content)
    matcher.learn(StoredVectors(Colours()))
    return matcher


@pytest.mark.parametrize("colour", ["vermilion", "umber", "sienna", "magenta"])
def test_questions_summaries_sentences_of_answers_and_other_languages_are_compared(
    content: Content, colour: str
) -> None:
    meanings = _matcher(_content(content)).meanings
    assert meanings is not None
    first, *others = meanings.scores(f"{colour} {colour}")

    assert first > max(others) + 0.3


def test_what_is_nearer_to_a_question_that_nobody_answers_is_turned_away(content: Content) -> None:
    asked = "viridian and ultramarine ultramarine"

    assert _matcher(_content(content)).match(asked).outcome == "miss"
    assert _matcher(_content(content, not_covered=())).match(asked).outcome != "miss"


def test_a_line_in_another_language_is_found_word_for_word_by_words_alone(content: Content) -> None:
    found = Matcher(_content(content)).match("Magenta")

    assert (found.outcome, found.candidates[0].topic.key) == ("clear", "topic0")


def test_whether_a_question_is_covered_is_told_by_meaning_alone(content: Content) -> None:
    words = "long plain ends says"
    by_words, by_meaning = Matcher(_content(content)), _matcher(_content(content))

    assert by_words.match(words).outcome != "miss"
    assert by_meaning.match(f"{words} ultramarine").outcome == "miss"
    assert by_meaning.match(f"{words} ultramarine").candidates[0].covers < SEMANTIC_FLOORS.likely
