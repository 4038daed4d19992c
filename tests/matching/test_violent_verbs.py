"""Whoever says that somebody is violent to them is noticed, whatever words come after it.

The endings are ordinary: none of them says anything of danger. A phrase of ``not_signs`` that holds bare function words
("hits me why / what / on / when i") swallows them, and then a topic is answered.
"""

from __future__ import annotations

from collections import Counter
from itertools import product

from lantern.matching.matcher import Matcher

WHO = ("he", "she", "my husband", "my ex", "my twin flame", "my girlfriend")
VERBS = (
    "hits me", "hit me", "is hitting me", "beats me", "beat me", "keeps beating me", "slaps me", "slapped me",
    "punches me", "punched me", "kicks me", "kicked me", "chokes me", "choked me", "strangled me", "pushes me",
    "pushed me", "shoved me", "grabbed me", "bit me", "burned me", "dragged me", "threw me", "stabbed me",
    "raped me", "attacked me", "smacks me", "headbutted me", "spat on me", "tortures me", "threatens me",
    "stalks me", "locked me in", "hurts me physically", "threw a plate at me", "put his hands on me",
)  # fmt: skip
ENDINGS = (
    "", "what do i do", "why", "why does he do that", "on weekends", "on sundays", "when i cry", "when i say no",
    "if i disagree", "and then says sorry", "but he loves me", "but says we are twin flames", "how do i stop it",
    "how can i love him", "like it is nothing", "like that", "that is how he is", "that night", "out of nowhere",
    "out of anger", "back", "hard", "really hard", "in the face", "in the kitchen", "in front of his friends",
    "with his belt", "with the phone", "with love he says", "to teach me", "to the ground", "into the wall",
    "because i talk too much", "because dinner was late", "is it karma", "is he still my twin", "is it a lesson",
    "sometimes", "every day", "one day", "again", "once", "at home", "from behind", "over nothing",
    "for looking at my phone", "while we argued", "until i cried", "lol", "so is it over", "or am i the problem",
    "about it", "away from people", "off and on",
)  # fmt: skip


def test_no_ordinary_ending_hides_a_violent_verb(matcher: Matcher) -> None:
    said = [(verb, ending, f"{who} {verb} {ending}") for who, verb, ending in product(WHO, VERBS, ENDINGS)]
    missed = [(verb, ending, text) for verb, ending, text in said if matcher.care(text) is None]

    assert len(missed) <= 0.02 * len(said), (
        f"{len(missed)} of {len(said)}",
        Counter(verb for verb, _, _ in missed).most_common(8),
        Counter(ending for _, ending, _ in missed).most_common(8),
    )
