"""Words that show danger are noticed, words that only look like it are not, and the notation means what it says."""

from __future__ import annotations

import gc
import json
import re
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from bench.matching import HALVES, PHRASES, QUESTIONS, care_quality, read
from lantern.content.models import CareKind, Content, SignsOfKind
from lantern.matching.care_signs import (
    PATTERNS_KEPT,
    PLAIN_PHRASES,
    CareSigns,
    SignError,
    care_pattern_problem,
    misfits,
)
from lantern.matching.english import FAMILIES
from lantern.matching.matcher import Matcher
from lantern.matching.slices import at_once

STRANGERS: Final = Path(__file__).parents[1] / "data" / "strangers_care.jsonl"


def _tuning(group: str) -> list[dict[str, Any]]:
    return [entry for entry in read(PHRASES)[group] if entry["half"] == "tuning"]


@pytest.mark.parametrize(("text", "kind"), [(entry["text"], entry["kind"]) for entry in _tuning("danger")])
def test_danger_is_noticed_and_told_apart(matcher: Matcher, text: str, kind: str) -> None:
    found = matcher.match(text)
    assert (found.outcome, found.care_kind, found.candidates) == ("care", kind, ())


@pytest.mark.parametrize("text", [entry["text"] for entry in _tuning("safe")])
def test_what_only_looks_like_danger_is_not(matcher: Matcher, text: str) -> None:
    assert matcher.care(text) is None


@pytest.mark.parametrize("half", HALVES)
def test_few_phrases_are_misjudged(matcher: Matcher, half: str) -> None:
    measured = care_quality(matcher.care, half)
    assert measured.missed <= 0.15, measured.missed_phrases
    assert measured.false_alarms <= 0.07, measured.false_phrases


def test_there_are_enough_phrases_of_both_sorts() -> None:
    assert len(_tuning("danger")) >= 60
    assert len(_tuning("safe")) >= 60


def test_no_question_and_no_topic_shows_a_sign(content: Content, matcher: Matcher) -> None:
    data = read(QUESTIONS)
    texts = [entry["question"] for entry in (*data["covered"], *data["uncovered"])]
    for topic in content.topics():
        texts += [topic.title, topic.question, topic.summary, *topic.sample_questions, *topic.keywords]
        texts += topic.other_languages
    assert [text for text in texts if matcher.care(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "this breakup is killing me and i want to die",
        "I'm dying to see him. I want to kill myself",
        "he never hit me but yesterday he strangled me",
        "I'd die for him, and honestly I want to die",
    ],
)
def test_a_look_alike_hides_only_its_own_words(matcher: Matcher, text: str) -> None:
    assert matcher.care(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "I WANT TO DIE",
        "i want to dieeee",
        "i want to d i e",
        "i wanna k.i.l.l myself",
        "i w a n t t o d i e",
        "i want to k*ll myself",
        "feeling su1cidal",
        "feeling suicidel",
        "dont wanna be alve anymroe",
        "i dont want to be alive",
        "i don’t want to be alive",
        "i want to k\u200bill myself",
        "ｉ ｗａｎｔ ｔｏ ｄｉｅ",
        "#iwanttodie",
        "killmyself",
        "i want to kill myslef",
        "want to **kill** myself 😭😭",
        "kms",
        "i want to... die",
        "i really just want to fucking die",
    ],
)
def test_however_it_is_spelled(matcher: Matcher, text: str) -> None:
    assert matcher.care(text) == "self_harm"


@pytest.mark.parametrize(
    "text",
    [
        "my cat is jumping on the bed at 3:33",
        "he left his razor in my bathroom",
        "may my grandma rest in peace",
        "should i pull the trigger and text him",
        "i am done for good with him",
        "not sure if i want to be with him",
        "when you read this i hope you smile",
        "chest pain when he thinks of me, is it the heart chakra",
        "the voices in the voice chat are laggy",
        "is my twin bipolar",
        "i went no contact cold turkey",
        "i see a faint blue light",
        "i burned 300 calories dancing",
        "lithium quartz or rose quartz",
        "we got beaten at volleyball",
        "he locked me in a gaze",
        "he follows me everywhere on instagram",
        "she broke my phone by accident",
        "i want to slap him with love",
        "i wish he was dead to me",
        "i hope i never wake up from this dream",
        "see you on the other side of this retrograde",
        "he has a gun license and hunts, is he my twin",
        "i bought a knife for cutting cords",
        "i scratched my arm on a rose bush",
        "my cat hits me in the face when she is hungry",
        "kill me now, i sent the message to the wrong person by mistake",
        "how do I stop being jealous",
        "please stop being rude in the chat",
        "which stage comes after the separation",
        "she waits for the union to happen",
        "where can I post my pictures",
        "i posted my pics in the intro channel",
        "he blocked me and it felt like he slapped me",
        "he reads my messages and does not answer",
        "everyone here is like 30 and i'm 17 is that ok",
        "it feels like a rope between our hearts",
        "i have no reason to stay with him",
        "tell me about the violet flame",
        "find me on social media",
        "goodbye everyone, talk to you tomorrow",
        "he beats me at chess",
        "i dont want this life path number",
    ],
)
def test_what_this_community_says_every_day_is_no_danger(matcher: Matcher, text: str) -> None:
    assert matcher.care(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "what is he so afraid of",
        "are runners afraid of commitment",
        "is astral travel dangerous",
        "he was acting so polite at the parties",
        "what did we agree on before birth, what was agreed",
        "whats more important, love or the purpose",
        "he would not open the door",
        "i need help choosing a deck",
        "i need help with my math homework",
        "i lost 5 kg at the gym",
        "my phone died again",
        "we hit it off right away",
    ],
)
def test_what_this_community_says_every_day_is_no_hurt(matcher: Matcher, text: str) -> None:
    assert at_once(matcher.looking(text, gentle=True)) is None


@pytest.mark.parametrize(
    "text",
    [
        "i want to stop being here",
        "he waits for me outside my work every day",
        "my ex threatened to post my pics",
        "i feel like he hit me on purpose",
        "he reads my messages and gets angry",
        "he reads my messages and beats me if i do not answer",
        "goodbye everyone, you will not see me tomorrow",
        "il lit mes messages et me frappe si je réponds pas",
        "me segue na rua, no trabalho e no insta",
        "adiós a todos, mañana ya no estaré",
        "ouço vozes mandando eu me cortar até em sonhos",
        "alvida dosto, agle janam me milenge",
        "i am 15 and he is 30 and everyone here says it is fine",
        "i bought a rope",
        "ele me trancou no quarto",
        "ele abusou de mim",
        "quero me enforcar",
        "minha vida acabou",
        "voy a acabar conmigo",
        "no llego al domingo",
        "si yo no existiera todos serían felices",
        "ma mère me bat",
        "je veux en finir avec la vie",
        "je n'ai plus la force de continuer cette vie",
        "il me prend mon téléphone",
        "er liest heimlich meine nachrichten",
        "ich darf niemandem davon erzählen",
        "shaadi ke liye mana kiya to maara",
        "mujhe mere pati se darr lagta hai",
        "is duniya me nahi rehna",
        "uske haath pair tod dunga",
    ],
)
def test_the_same_words_are_danger_where_danger_is_meant(matcher: Matcher, text: str) -> None:
    assert matcher.care(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "what would a therapist say",
        "my best friend backstabbed me",
        "I was stalled by him",
        "how do I invest my savings",
        "rising sign if born 4:40 am in manila",
        "manda uma mensagem",
        "there was a noise at 3:33",
    ],
)
def test_a_word_is_not_torn_apart_to_find_a_sign(matcher: Matcher, text: str) -> None:
    assert matcher.care(text) is None


def _kind(sign: str, not_signs: tuple[str, ...] = ()) -> CareKind:
    return CareKind("self_harm", {"en": "Message."}, (sign,), not_signs)


def _finds(sign: str, text: str, not_signs: tuple[str, ...] = ()) -> bool:
    return CareSigns([_kind(sign, not_signs)], {"wanna": "want to"}).kind(text) == "self_harm"


@pytest.mark.parametrize(
    ("sign", "text", "found"),
    [
        ("want to die", "i want to die", True),
        ("want to die", "i wanna die", True),
        ("want to die", "i want to not die", False),
        ("want to die", "i want to so badly die", True),
        ("want * die", "i want him and me die", True),
        ("want * die", "i want all five old flowers die", False),
        ("want * die", "what i want. Old flowers die", False),
        ("want * die", "i want old. Flowers die", False),
        ("want * die", "what i want. Flowers die", False),
        ("get_rid/get rid of", "get rid of it", True),
        ("want (to) to die", "i want to die", True),
        ("want (to) really die", "i want really die", True),
        ("want * die", "i want old flowers. Die", False),
        ("want * die", "Wait. i want old flowers die. Now", True),
        ("want * die", "i want one two three die", True),
        ("want * (so) die", "i want old flowers die", True),
        ("want ** die", "i want one two three four five six seven eight nine ten old flowers die", True),
        ("want ** die", "i want one two three four five six seven eight nine ten eleven old flowers die", False),
        ("want ** die", "i want one two three four. Old flowers die", False),
        ("| help me |", "Help me!! 😭", True),
        ("| help me |", "I am lost. Help me. Thanks", True),
        ("| help me |", "help me with this", False),
        ("| help me |", "can you help me", False),
        ("his wife and @them", "his wife and the", False),
        ("hit~ me", "he was hitting me", True),
        ("hit me", "he was hitting me", False),
        ("hits/slaps me", "she slaps me", True),
        ("hits (at) me", "he hits me", True),
        ("hits (at) me", "he hits at me", True),
        ("end/get_rid_of it", "i will get rid of it", True),
        ("can't live", "i cannot live", True),
        ("hurt @them", "i will hurt his new girlfriend", True),
        ("hurt @them", "i will hurt my knee", False),
        ("hits @me", "he hits my kids", True),
    ],
)
def test_the_notation(sign: str, text: str, found: bool) -> None:
    assert _finds(sign, text) is found


def test_words_run_together_are_the_longest_ones_that_leave_no_rest() -> None:
    other = CareKind("violence", {"en": "Message."}, ("my self",), ())
    signs = CareSigns([other, _kind("kill myself")], {})

    assert signs.kind("killmyself") == "self_harm"
    assert signs.kind("killmyselfx") is None
    assert signs.kind("my self") == "violence"


def test_a_look_alike_in_the_notation() -> None:
    assert not _finds("die", "die laughing", ("die laughing",))
    assert _finds("die", "die laughing, then die", ("die laughing",))


@pytest.mark.parametrize(
    ("sign", "says"),
    [
        ("*", "no word"),
        ("(maybe)", "no word"),
        ("* die", "beginning"),
        ("want *", "end"),
        ("want ** (so)", "brackets"),
        ("want | die", "first or last"),
        ("want, die", "commas"),
        ("hit @nobody", "@nobody"),
        ("a//b", "not a word"),
        ("get_rid~ of", "single word"),
    ],
)
def test_a_phrase_that_cannot_be_read_is_told_in_a_sentence(sign: str, says: str) -> None:
    problem = care_pattern_problem(sign)
    assert problem is not None
    assert says in problem
    with pytest.raises(SignError):
        CareSigns([_kind(sign)], {})


def test_what_somebody_in_danger_says_plainly_must_be_noticed(content: Content) -> None:
    care = content.care
    first, *others = care.kinds
    hiding = replace(first, not_signs=(*first.not_signs, "want to die"))
    beside = [replace(kind, shown="beside_topics") for kind in care.kinds]

    assert list(misfits(care)) == []
    ((place, says),) = misfits(replace(care, kinds=(hiding, *others)))
    assert place == ("kinds",)
    assert "“i want to die”" in says
    assert "he hits me" not in says
    ((_, says),) = misfits(replace(care, kinds=tuple(beside)))
    assert all(phrase in says for phrase in PLAIN_PHRASES)


def test_every_bundled_phrase_can_be_read_and_every_family_is_used_or_explained(content: Content) -> None:
    phrases = [sign for kind in content.care.kinds for sign in (*kind.signs, *kind.not_signs)]
    assert [sign for sign in phrases if care_pattern_problem(sign)] == []
    assert [name for name in FAMILIES if not any(f"@{name}" in sign for sign in phrases)] == []


def test_a_kind_that_an_editor_adds_is_found_and_a_gentle_one_is_no_danger() -> None:
    fire = CareKind("fire", {"en": "Message."}, ("my house burns",))
    gentle = CareKind("distress", {"en": "Message."}, ("help me",), shown="beside_topics")
    signs = CareSigns([gentle, fire], {})

    assert signs.kind("help me my house burns") == "fire"
    assert signs.kind("help me") is None
    assert at_once(signs.looking("help me", gentle=True)) == "distress"
    assert at_once(signs.looking("my house burns", gentle=True)) is None


def _by_strangers(lang: str) -> tuple[list[str], list[str]]:
    """What people who never saw a sign wrote in a language: danger, and what only looks like it."""
    lines = map(json.loads, STRANGERS.read_text(encoding="utf-8").splitlines())
    here = [line for line in lines if line["lang"] == lang]
    return [line["q"] for line in here if line["care"]], [line["q"] for line in here if not line["care"]]


def test_what_strangers_wrote_is_noticed_and_what_looks_like_it_is_not(matcher: Matcher) -> None:
    danger, look_alikes = _by_strangers("en")

    missed = [text for text in danger if matcher.care(text) is None]
    alarms = [text for text in look_alikes if matcher.care(text) is not None]
    assert len(danger) >= 100
    assert len(missed) <= 0.05 * len(danger), missed
    assert len(alarms) <= 0.05 * len(look_alikes), alarms


def test_hardly_an_ordinary_question_of_a_stranger_shows_a_sign(matcher: Matcher) -> None:
    asked = [json.loads(line) for line in (STRANGERS.parent / "strangers.jsonl").read_text("utf-8").splitlines()]
    texts = [text for each in asked for text in ([each["q"]] if isinstance(each["q"], str) else each["q"])]

    alarms = [text for text in texts if matcher.care(text) is not None]
    assert len(texts) >= 500
    assert len(alarms) <= 0.01 * len(texts), alarms


def test_phrases_take_little_memory_however_many_have_been_read(content: Content) -> None:
    kinds: list[CareKind | SignsOfKind] = [*content.care.kinds]
    kinds += [kind for language in content.care_languages for kind in language.kinds]
    phrases = [phrase for kind in kinds for phrase in (*kind.signs, *kind.not_signs)]
    said = re.sub(r"[@()|*~]", "", ". ".join(phrases[::40])).replace("_", " ").replace("/", " ")

    tracemalloc.start()
    signs = CareSigns(content.care.kinds, content.shorthand, content.care_languages)
    gc.collect()
    made, most = tracemalloc.get_traced_memory()
    signs.kind(said)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert made / len(phrases) < 800, "bytes for each; with all of them as patterns it were 1,640"
    assert most / len(phrases) < 1_100
    assert (after - made) / PATTERNS_KEPT < 5_000
