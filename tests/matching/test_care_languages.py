"""Danger is noticed in every language that has a file in content/care/, in every text, whatever else stands in it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from lantern import PROJECT
from lantern.content.models import CareKind, CareLanguage, Content, SignsOfKind
from lantern.matching.care_signs import CareSigns
from lantern.matching.matcher import Matcher
from lantern.matching.slices import at_once

PHRASES: dict[str, dict[str, list[str]]] = yaml.safe_load(
    (PROJECT / "tests" / "data" / "care_languages.yml").read_text(encoding="utf-8")
)
NOTICED = 0.95
"""Share of the dangerous phrases that must be noticed; nearly all are today, so that some may be lost."""
UNSEEN = 0.45
"""Share of the danger that no sign was written for which must be noticed; half of it is today, over all languages."""
FALSE_ALARMS = 0.05
"""Share of look-alikes and ordinary questions that may be taken for danger; two in a hundred are today."""


@pytest.mark.parametrize("language", PHRASES)
def test_danger_is_noticed_in_each_language(matcher: Matcher, language: str) -> None:
    phrases = PHRASES[language]["danger"]
    missed = [phrase for phrase in phrases if matcher.care(phrase) is None]

    assert len(phrases) >= 35
    assert len(missed) <= (1 - NOTICED) * len(phrases), missed


def test_danger_that_no_sign_was_written_for_is_often_noticed(matcher: Matcher) -> None:
    phrases = [phrase for of_language in PHRASES.values() for phrase in of_language.get("unseen", ())]
    missed = [phrase for phrase in phrases if matcher.care(phrase) is None]

    assert len(phrases) >= 40
    assert len(missed) <= (1 - UNSEEN) * len(phrases), missed


@pytest.mark.parametrize("language", PHRASES)
def test_look_alikes_in_each_language_are_ordinary(matcher: Matcher, language: str) -> None:
    phrases = PHRASES[language]["safe"]
    false = [phrase for phrase in phrases if matcher.care(phrase) is not None]

    assert len(phrases) >= 18
    assert len(false) <= FALSE_ALARMS * len(phrases), false


@pytest.mark.parametrize("language", PHRASES)
def test_who_is_hurt_in_any_language_gets_people_to_talk_to(matcher: Matcher, language: str) -> None:
    for phrase in PHRASES[language]["hurt"]:
        assert matcher.care(phrase) is None, phrase
        assert at_once(matcher.looking(phrase, gentle=True)) == "distress", phrase


@pytest.mark.parametrize("language", PHRASES)
def test_ordinary_words_are_neither_danger_nor_hurt_in_any_language(matcher: Matcher, language: str) -> None:
    phrases = PHRASES[language]["ordinary"]
    danger = [phrase for phrase in phrases if matcher.care(phrase) is not None]
    hurt = [phrase for phrase in phrases if at_once(matcher.looking(phrase, gentle=True)) is not None]

    assert danger == []
    assert hurt == []


@pytest.mark.parametrize("language", PHRASES)
def test_every_language_is_read_behind_english_words(matcher: Matcher, language: str) -> None:
    before = "hello everybody, my twin flame has left me and i do not know what to do. "
    missed = [phrase for phrase in PHRASES[language]["danger"] if matcher.care(before + phrase) is None]
    assert len(missed) <= (1 - NOTICED) * len(PHRASES[language]["danger"]), missed


@pytest.mark.parametrize(
    "text",
    [
        "QUIERO MORIR",
        "quierooo morirrr",
        "quiero m0rir",
        "kiero morir",
        "je veux mourir",
        "jveux mourir",
        "j’ai envie de mourir",
        "j'ai envie de mourir",
        "jai envie de mourir",
        "ich möchte sterben",
        "ich moechte sterben",
        "मुझे मर जाना है",
        "मुझे नहीं जीना",
        "mujhe nhi jeena",
        "mujhe nahi jina",
        "quero **morrer** 😭",
    ],
)
def test_however_it_is_spelled(matcher: Matcher, text: str) -> None:
    assert matcher.care(text) == "self_harm"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("tengo 11 años y mi alma gemela tiene 33", "minor"),
        ("je suis en 4e et il a 32 ans", "minor"),
        ("main 8th me hu aur wo 32 ka", "minor"),
        ("ich bin 11 und er ist 33", "minor"),
        ("i lost 22kg since he ghosted me and cannot let myself eat", "health"),
        ("i keep seeing 11:11 and 33 since i met him", None),
        ("tengo 44 y ella tiene 33", None),
    ],
)
def test_numbers_keep_their_digits(matcher: Matcher, text: str, kind: str | None) -> None:
    assert matcher.care(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "die Frage ist, wann die Trennung endet",  # "die" in English
        "me mata de risa",
        "mdr mort de rire",
        "morro de rir",
        "ich sterbe vor Lachen",
        "he kills me with his jokes lol",
        "je tue le temps",
        "dans mon roman le héros se suicide",  # the English sign is one word, which a look-alike in French has
        "was it a gift or a curse",  # poison in German
        "has he ever been a mate to you",
    ],
)
def test_a_word_of_one_language_is_no_sign_in_another(matcher: Matcher, text: str) -> None:
    assert matcher.care(text) is None


# --- the notation, where it differs from English ----------------------------------------------------------------------


def _language(*signs: str, not_signs: tuple[str, ...] = (), **fields: Any) -> CareLanguage:
    return CareLanguage(kinds=(SignsOfKind("self_harm", signs, not_signs),), **fields)


def _finds(language: CareLanguage, text: str) -> bool:
    return CareSigns([], {}, [language]).kind(text) == "self_harm"


@pytest.mark.parametrize(
    ("sign", "text", "found"),
    [
        ("suicid~", "se suicidaría", True),  # what begins so, not forms of an English word
        ("suicid~", "suizid", False),
        ("matar~/matarm~ yo", "matarme yo", True),  # one beginning within another
        ("j'ai mal", "j'ai mal", True),
        ("j'ai mal", "j ai mal", True),
        ("a/j'ai mal", "j’ai mal", True),
        ("@veux mourir", "je voudrais mourir", True),
        ("@veux mourir", "je peux mourir", False),
        ("quiero morir", "quiero ya morir", True),  # a filler
        ("quiero morir", "quiero hoy morir", False),
        ("quiero morir", "kiero morir", True),  # shorthand
        ("quiero * morir", "quiero una dos tres morir", True),
        ("quiero * morir", "quiero. Una morir", False),
        ("मर जाना", "मर जाना", True),
        ("जीना नहीं", "जिना नही", True),  # short and long vowels, nasal signs
    ],
)
def test_the_notation_of_other_languages(sign: str, text: str, found: bool) -> None:
    language = _language(sign, words={"veux": "veux voudrais"}, fillers="ya", shorthand={"kiero": "quiero"})
    assert _finds(language, text) is found


def test_a_look_alike_hides_only_its_own_words() -> None:
    language = _language("morir", not_signs=("morir de risa",))

    assert not _finds(language, "me voy a morir de risa")
    assert _finds(language, "me voy a morir de risa y quiero morir")


def test_signs_of_a_gentle_kind_are_no_danger() -> None:
    gentle = CareKind("distress", {"en": "Message."}, ("help me",), shown="beside_topics")
    signs = CareSigns([gentle], {}, [CareLanguage(kinds=(SignsOfKind("distress", ("ayudame",)),))])

    assert signs.kind("ayúdame") is None
    assert at_once(signs.looking("ayúdame", gentle=True)) == "distress"


def test_each_kind_of_the_shipped_languages_is_one_that_has_help(content: Content) -> None:
    assert len(content.care_languages) >= 5
    for language in content.care_languages:
        assert {kind.kind for kind in language.kinds} >= {"self_harm", "violence", "harm_to_others"}
        assert all(content.care.kind(kind.kind) for kind in language.kinds)
