"""What ``/ask`` shows: an answer with its way out, several likely topics, or plainly that there is none.

A press carries all it needs: the topics that are still to be offered travel in the custom id, see
`lantern.ui.topic_tokens`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import discord
from discord import ui

from lantern.content.models import Topic
from lantern.ui.cards import (
    ACTION_ROW,
    MESSAGE_COMPONENTS,
    MESSAGE_TEXT,
    RELATED,
    Card,
    Component,
    built,
    button,
    rows,
    small,
    text_line,
    text_of,
    walk,
    without,
)
from lantern.ui.custom_ids import SEPARATOR, custom_id
from lantern.ui.safe_text import repeated
from lantern.ui.topic_tokens import token, tokens

# The names of custom ids, short where topics travel in them.
PICK: Final = "p"
WANTED: Final = "w"
HELPFUL: Final = "h"
NOT_IT: Final = "n"
NONE_OF_THESE: Final = "none"
FORGET_MISS: Final = "forget"

NEXT_SHOWN: Final = 2
"""Further candidates under an answer, and nearest topics of a miss."""
LIKELY_SHOWN: Final = 3

NOT_KEPT: Final = 0
"""The ask id of a question that was asked behind a care message: nothing about it is kept."""

ANSWER_NEXT: Final = "If this is not it, perhaps:"
LIKELY: Final = "Is this what you mean?"
OR_ONE_OF: Final = "Or one of these:"
MISS: Final = "I couldn't find this in the article. It may still be a good question."
NEAR: Final = "Perhaps near"
WHAT_I_DO: Final = "What I can do here: `/help`"
NOT_IT_NEXT: Final = "I am sorry that this was not it. Perhaps one of these is."
NOT_IT_LAST: Final = "I am sorry that this was not it. I have nothing nearer; these are all the questions."
KEPT: Final = (
    "Your words, without your name, are kept {days} days so that editors can write an answer. {who} can read them."
)
IN_A_SERVER: Final = "This server's administrators, and whoever runs this bot,"
ELSEWHERE: Final = "Whoever runs this bot"
"""Who can read words that were typed in direct messages, or in a server that the bot is not in."""
DONT_KEEP: Final = "Don't keep this"
WORDS_DELETED: Final = "Your words are deleted."
WORDS_DELETED_SOON: Final = "Your words will be deleted for good as soon as the bot's storage is free again."
NOTHING_KEPT: Final = "Nothing you typed was kept."
NOTHING_KEPT_OF_MODERATORS: Final = "Nothing you typed was kept: what moderators ask is not."
ENOUGH_KEPT: Final = "What you typed was not kept: of one person, at most {most} questions a day are."
THANKS: Final = "Thank you. This tells us which answers help."
THANKS_UNCOUNTED: Final = "Thank you. As you wished, nothing is noted."
THANKS_MODERATOR: Final = "Thank you. What moderators press is not noted."
ASK_PEOPLE: Final = "You can ask people here: <#{channel_id}>"
NO_LONGER_HELD: Final = (
    "Your question is not held any more: it is forgotten after 15 minutes, or once it was shown. "
    "Ask it again with `/ask`, or choose one of these."
)


# ---------------------------------------------------------------------- an answer


def dressed(card: Card, topic: Topic, others: Sequence[Topic], ask_id: int) -> Card:
    """An answer's card with the next candidates and with **Helpful** and **Not what I asked** beside its own buttons.

    ``others`` are the candidates after ``topic``, best first. One that stands as a related question in the card already
    is taken from there: pressed below, it counts as part of the same question.
    """
    following = others[:NEXT_SHOWN]
    doubled = {custom_id(RELATED, topic.article.command, topic.key, other.key) for other in following}
    state = tokens([topic, *others])
    feedback = [button("Not what I asked", custom_id(NOT_IT, ask_id, state))]
    if ask_id != NOT_KEPT:
        feedback.insert(0, button("Helpful", custom_id(HELPFUL, ask_id, token(topic))))
    *before, last = without(card.components, doubled.__contains__)
    own = last["components"] if last["type"] == ACTION_ROW else []
    if last["type"] != ACTION_ROW:
        before.append(last)
    below = []
    if following:
        below = [text_line(small(ANSWER_NEXT)), *built(*rows(_picks(following, ask_id, state)))]
    return Card([*before, *below, {"type": ACTION_ROW, "components": [*own, *built(*feedback)]}])


def thanked(components: Iterable[Component], thanks: str) -> Card:
    """A message after **Helpful** was pressed: without the two buttons, and with a word of thanks."""
    mine = (HELPFUL + SEPARATOR, NOT_IT + SEPARATOR)
    return Card([*without(components, lambda press_id: press_id.startswith(mine)), text_line(small(thanks))])


def _picks(topics: Iterable[Topic], ask_id: int, state: str) -> list[ui.Button[Any]]:
    """A button a topic, labelled with its question."""
    return [button(topic.question, custom_id(PICK, ask_id, state, token(topic))) for topic in topics]


# ---------------------------------------------------------------------- several, or none


def likely(topics: Sequence[Topic], ask_id: int, words: str | None) -> Card:
    """The likeliest topic with what it says in one sentence, and a button for each of up to two others.

    No more stands in it, so that it is one screen of a phone.
    """
    state = tokens(topics)
    first, *others = topics[:LIKELY_SHOWN]
    parts: list[ui.Item[Any]] = [
        ui.TextDisplay(f"{small(LIKELY)}\n### {first.question}\n{first.summary}"),
        ui.ActionRow(_pick(first, "Read this", PICK, ask_id, state)),
    ]
    if others:
        parts += [ui.TextDisplay(small(OR_ONE_OF)), *rows(_picks(others, ask_id, state))]
    none = button("None of these", custom_id(NONE_OF_THESE, ask_id, state))
    return Card([*_you_asked(words), *built(ui.Container(*parts, ui.Separator(), ui.ActionRow(none)))])


def _pick(topic: Topic, label: str, press: str, ask_id: int, state: str) -> ui.Button[Any]:
    return button(label, custom_id(press, ask_id, state, token(topic)), discord.ButtonStyle.primary)


def _choices(press: str, topics: Sequence[Topic], ask_id: int, state: str) -> Iterator[ui.Item[Any]]:
    for topic in topics:
        yield ui.Separator()
        yield ui.TextDisplay(f"**{topic.question}**\n{topic.summary}")
        yield ui.ActionRow(_pick(topic, topic.title, press, ask_id, state))


def miss(
    near: Sequence[Topic], menu: Card, ask_id: int, *, words: str | None, people: int | None, kept: Sequence[Component]
) -> Card:
    """That there is no answer, what is ``near`` (best first, two are shown), and all questions there are.

    ``people`` is the channel in which members can ask people; ``kept`` says what becomes of their words, see
    :func:`kept_part` and :func:`said_part`.
    """
    parts: list[ui.Item[Any]] = [ui.TextDisplay(f"**{MISS}**")]
    if near:
        picks = _picks(near[:NEXT_SHOWN], ask_id, tokens(near))
        parts += [ui.TextDisplay(small(NEAR)), *rows(picks)]
    if people is not None:
        parts.append(ui.TextDisplay(ASK_PEOPLE.format(channel_id=people)))
    return Card([*_you_asked(words), *built(ui.Container(*parts)), *menu.components, *kept])


def gently(help_first: Sequence[Component], near: Sequence[Topic], menu: Card) -> Card:
    """Help above, then what is ``near`` and all questions, as far as Discord has room for them beside the help.

    Last the way to `/help`: who types "help" may have meant that.
    """
    picks = _picks(near[:LIKELY_SHOWN], NOT_KEPT, tokens(near))
    parts = [text_line(small(NEAR)), *built(*rows(picks))] if near else []
    whole = [*help_first, *parts, *menu.components, text_line(small(WHAT_I_DO))]
    fits = len(text_of(whole)) <= MESSAGE_TEXT and sum(1 for _ in walk(whole)) <= MESSAGE_COMPONENTS
    return Card(whole if fits else [*help_first, *parts])


def not_it(
    others: Sequence[Topic], menu: Card, ask_id: int, state: str, *, people: int | None, kept: Sequence[Component]
) -> Card:
    """The next candidates after **Not what I asked**, then all questions. ``state`` begins with what was shown."""
    parts: list[ui.Item[Any]] = [ui.TextDisplay(NOT_IT_NEXT if others else NOT_IT_LAST)]
    parts += _choices(WANTED, others[:NEXT_SHOWN], ask_id, state)
    if people is not None:
        parts += [ui.Separator(), ui.TextDisplay(ASK_PEOPLE.format(channel_id=people))]
    return Card([*built(ui.Container(*parts)), *menu.components, *kept])


def kept_part(miss_id: int, seal: str, days: int, *, in_a_server: bool) -> list[Component]:
    """The sentence about words that are kept, and the way to have them deleted for whom ``seal`` was made.

    ``in_a_server`` says whether they are kept with a server, whose administrators see them then.
    """
    dont = button(DONT_KEEP, custom_id(FORGET_MISS, miss_id, seal))
    sentence = KEPT.format(days=days, who=IN_A_SERVER if in_a_server else ELSEWHERE)
    return [text_line(small(sentence)), *built(ui.ActionRow(dont))]


def said_part(sentence: str) -> list[Component]:
    """A small sentence in the place of :func:`kept_part`."""
    return [text_line(small(sentence))]


def forgotten(components: Sequence[Component], sentence: str) -> Card:
    """A message after **Don't keep this** was pressed: the last two parts, sentence and button, say that it is done."""
    return Card([*components[:-2], *said_part(sentence)])


def _you_asked(words: str | None) -> list[Component]:
    shown = repeated(words or "")
    return [text_line(small(f"You asked: {shown}"))] if shown else []
