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
from lantern.languages.translation import N_, _, ngettext
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

# Translators: other topics follow, as buttons, below an answer.
ANSWER_NEXT: Final = N_("Not quite what you asked? Maybe one of these:")
# Translators: a topic follows.
LIKELY: Final = N_("Is this what you mean?")
# Translators: other topics follow, as buttons.
OR_ONE_OF: Final = N_("Or one of these:")
MISS: Final = N_("Sorry, Lantern found no answer to that.")
# Translators: topics follow, as buttons, below a question that has no answer.
NEAR: Final = N_("Maybe one of these is close:")
WHAT_LANTERN_DOES: Final = N_("`/help` shows what Lantern can do here.")
# Translators: other topics follow.
NOT_IT_NEXT: Final = N_("Sorry, that was not it. Maybe one of these is.")
# Translators: the list of all questions follows.
NOT_IT_LAST: Final = N_("Sorry, that was not it. Lantern has nothing closer, but here is every question it can answer.")
DONT_KEEP: Final = N_("Don't keep this")
WORDS_DELETED: Final = N_("Your words are deleted.")
WORDS_DELETED_SOON: Final = N_("Lantern is busy right now. It will delete your words for good as soon as it can.")
NOTHING_KEPT: Final = N_("Nothing you typed was kept.")
NOTHING_KEPT_OF_MODERATORS: Final = N_("Nothing you typed was kept. Lantern never keeps what moderators type.")
# Translators: {most} is a number, such as 20.
ENOUGH_KEPT: Final = N_("What you typed was not kept: Lantern keeps at most {most} questions a day from one person.")
THANKS: Final = N_("Thank you. This shows which answers help.")
THANKS_UNCOUNTED: Final = N_("Thank you. As you wished, nothing was recorded.")
THANKS_MODERATOR: Final = N_("Thank you. Moderators' presses are not counted.")
# Translators: {channel} is a channel's name, which one can tap.
ASK_PEOPLE: Final = N_("You can also ask people, in {channel}.")
NO_LONGER_HELD: Final = N_(
    "Lantern no longer has your question: it is forgotten after 15 minutes, or once it was answered. Ask again with "
    "`/ask`, or choose one of these:"
)
# Translators: what was typed follows.
YOU_ASKED: Final = N_("You asked: {question}")


# ---------------------------------------------------------------------- an answer


def dressed(card: Card, topic: Topic, others: Sequence[Topic], ask_id: int) -> Card:
    """An answer's card with the next candidates and with **Helpful** and **Not what I asked** beside its own buttons.

    ``others`` are the candidates after ``topic``, best first. One that stands as a related question in the card already
    is taken from there: pressed below, it counts as part of the same question.
    """
    following = others[:NEXT_SHOWN]
    doubled = {custom_id(RELATED, topic.article.command, topic.key, other.key) for other in following}
    state = tokens([topic, *others])
    feedback = [button(_("Not what I asked"), custom_id(NOT_IT, ask_id, state))]
    if ask_id != NOT_KEPT:
        feedback.insert(0, button(_("Helpful"), custom_id(HELPFUL, ask_id, token(topic))))
    *before, last = without(card.components, doubled.__contains__)
    own = last["components"] if last["type"] == ACTION_ROW else []
    if last["type"] != ACTION_ROW:
        before.append(last)
    below = []
    if following:
        below = [text_line(small(_(ANSWER_NEXT))), *built(*rows(_picks(following, ask_id, state)))]
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
        ui.TextDisplay(f"{small(_(LIKELY))}\n### {first.question}\n{first.summary}"),
        ui.ActionRow(_pick(first, _("Read this"), PICK, ask_id, state)),
    ]
    if others:
        parts += [ui.TextDisplay(small(_(OR_ONE_OF))), *rows(_picks(others, ask_id, state))]
    none = button(_("None of these"), custom_id(NONE_OF_THESE, ask_id, state))
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
    parts: list[ui.Item[Any]] = [ui.TextDisplay(f"**{_(MISS)}**")]
    if near:
        picks = _picks(near[:NEXT_SHOWN], ask_id, tokens(near))
        parts += [ui.TextDisplay(small(_(NEAR))), *rows(picks)]
    if people is not None:
        parts.append(ui.TextDisplay(_(ASK_PEOPLE).format(channel=f"<#{people}>")))
    return Card([*_you_asked(words), *built(ui.Container(*parts)), *menu.components, *kept])


def gently(help_first: Sequence[Component], near: Sequence[Topic], menu: Card) -> Card:
    """Help above, then what is ``near`` and all questions, as far as Discord has room for them beside the help.

    Last the way to `/help`: who types "help" may have meant that.
    """
    picks = _picks(near[:LIKELY_SHOWN], NOT_KEPT, tokens(near))
    parts = [text_line(small(_(NEAR))), *built(*rows(picks))] if near else []
    whole = [*help_first, *parts, *menu.components, text_line(small(_(WHAT_LANTERN_DOES)))]
    fits = len(text_of(whole)) <= MESSAGE_TEXT and sum(1 for _ in walk(whole)) <= MESSAGE_COMPONENTS
    return Card(whole if fits else [*help_first, *parts])


def not_it(
    others: Sequence[Topic], menu: Card, ask_id: int, state: str, *, people: int | None, kept: Sequence[Component]
) -> Card:
    """The next candidates after **Not what I asked**, then all questions. ``state`` begins with what was shown."""
    parts: list[ui.Item[Any]] = [ui.TextDisplay(_(NOT_IT_NEXT) if others else _(NOT_IT_LAST))]
    parts += _choices(WANTED, others[:NEXT_SHOWN], ask_id, state)
    if people is not None:
        parts += [ui.Separator(), ui.TextDisplay(_(ASK_PEOPLE).format(channel=f"<#{people}>"))]
    return Card([*built(ui.Container(*parts)), *menu.components, *kept])


def kept_part(miss_id: int, seal: str, days: int, *, in_a_server: bool) -> list[Component]:
    """The sentence about words that are kept, and the way to have them deleted for whom ``seal`` was made.

    ``in_a_server`` says whether they are kept with a server, whose administrators see them then.
    """
    if in_a_server:
        sentence = ngettext(
            "Your words are kept for one day, without your name, so that editors can write an answer. This "
            "server's administrators and whoever runs Lantern can read them.",
            "Your words are kept for {days} days, without your name, so that editors can write an answer. This "
            "server's administrators and whoever runs Lantern can read them.",
            days,
        )
    else:
        sentence = ngettext(
            "Your words are kept for one day, without your name, so that editors can write an answer. Only whoever "
            "runs Lantern can read them.",
            "Your words are kept for {days} days, without your name, so that editors can write an answer. Only whoever "
            "runs Lantern can read them.",
            days,
        )
    dont = button(_(DONT_KEEP), custom_id(FORGET_MISS, miss_id, seal))
    return [text_line(small(sentence.format(days=days))), *built(ui.ActionRow(dont))]


def said_part(sentence: str) -> list[Component]:
    """A small sentence in the place of :func:`kept_part`."""
    return [text_line(small(sentence))]


def forgotten(components: Sequence[Component], sentence: str) -> Card:
    """A message after **Don't keep this** was pressed: the last two parts, sentence and button, say that it is done."""
    return Card([*components[:-2], *said_part(sentence)])


def _you_asked(words: str | None) -> list[Component]:
    shown = repeated(words or "")
    return [text_line(small(_(YOU_ASKED).format(question=shown)))] if shown else []
