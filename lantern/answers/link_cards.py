"""What a moderator chooses from, and what is then put under a message.

All that a press needs is in its custom id: where the card goes, whom it addresses, and whether that person is notified.
The private menu is changed in place from its own components, because the text of the message it is about cannot be read
a second time: Discord shows it with the message command alone.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import discord
from discord import ui

from lantern.answers.care_cards import READ_QUIET, SHOW
from lantern.answers.moderators_page import page_button
from lantern.content.models import Article, Topic
from lantern.languages.translation import LANGUAGES, N_, ORIGINAL, _
from lantern.store.member_keys import MemberKeys
from lantern.ui.cards import (
    ARTICLES_AT_ONCE,
    CONTAINER,
    OPTION_TEXT,
    TEXT_DISPLAY,
    Card,
    Cards,
    Component,
    article_selects,
    built,
    button,
    library_button,
    presses_in,
    rows,
    small,
    text_line,
    topic_select,
    view_of,
    walk,
    without,
)
from lantern.ui.custom_ids import SEPARATOR, OutdatedPress, custom_id
from lantern.ui.safe_text import excerpt, shortened
from lantern.ui.topic_tokens import token

READ: Final = "read"
LINK: Final = "l"
LINK_CHOSEN: Final = "lt"
LINK_ARTICLE: Final = "la"
NOTIFY: Final = "ln"
QUIET: Final = "lq"
TOPICS_AFTER_CARE: Final = "ls"
UNDO: Final = "undo"
WHOLE: Final = "whole"

IN_LANGUAGE: Final = "li"

AIMED = (LINK, LINK_CHOSEN, LINK_ARTICLE, NOTIFY, QUIET, TOPICS_AFTER_CARE, IN_LANGUAGE)
"""Presses whose last two arguments are an :class:`Aim`."""

SUGGESTIONS = 3

LAST_LINE_WITH_A_MENTION = re.compile(r"-# [^\n<]*<@(\d{1,20})>[^\n<]*")
"""What names the moderator on a card, whatever the language: its last text is one small line with one mention."""

NONCE_BYTES = 6
"""Of chance in a quiet card's nonce, before the seal of whoever posted it."""

CARE_ADVICE = N_(
    """\
**These words may show that somebody is in danger.** Lantern may be wrong; you decide.

**What helps**
- In danger right now: the emergency number where they are, called by them or by somebody near them.
- Write to them in private, kindly. Ask plainly whether they are safe.
- Give them one number for their country.
- Tell another moderator.

**What does not help**
- Promising secrecy, or that everything will be fine.
- Arguing, judging, or asking for details or an address.
- Telling somebody who is being hurt to leave, or to confront whoever hurts them.
- Removing their message or banning them without a word."""
)
SOUNDS_HURT = N_(
    "**They sound hurt**, though nothing here shows danger. A kind message from you in private helps more than a card. "
    "If a topic fits, you can post it as well."
)
QUIET_EXPLAINED = N_(
    "A quiet card only says that something is here for them. Whoever presses it sees the helplines; nobody else does."
)


class Aim(NamedTuple):
    """Where a card goes in its channel, and who is notified: one person or nobody.

    ``message_id`` is replied to, if any. ``user_id`` is named above the card, where it is no reply to that person.
    """

    message_id: int | None = None
    user_id: int | None = None
    notify: bool = False
    language: str | None = None
    """What the card is in: chosen, or the server's when the menu was shown. None for the server's when it is posted."""

    def allowed_mentions(self) -> discord.AllowedMentions:
        """Exactly the one person: nothing that the content says can notify anybody."""
        named = self.user_id if self.notify else None
        return discord.AllowedMentions(
            everyone=False,
            roles=False,
            users=[discord.Object(named)] if named is not None else False,
            replied_user=self.notify and self.message_id is not None and named is None,
        )

    def arguments(self) -> tuple[int, str]:
        """The two parts of a custom id that say it, such as ``51`` and ``1es``; one of message and person fits."""
        spoken = self.language or ""
        if self.message_id is None:
            return self.user_id or 0, f"{2 + self.notify}{spoken}"
        return self.message_id, f"{int(self.notify)}{spoken}"

    @classmethod
    def of(cls, target: int, mode: str) -> Aim:
        """Undo :meth:`arguments`. Raises :class:`OutdatedPress`."""
        number, language = mode[:1], mode[1:] or None
        if number not in "0123" or language not in (None, *LANGUAGES):
            raise OutdatedPress(f"an aim of mode {mode}")
        notify = bool(int(number) & 1)
        aim = cls(user_id=target or None) if int(number) & 2 else cls(message_id=target)
        return aim._replace(notify=notify, language=language)


# ---------------------------------------------------------------------- the private menu


def heading_for_message(who: str, url: str, words: str) -> str:
    """Whose message it is, where it stands, and how it begins."""
    quoted = excerpt(words)
    if quoted:
        return _("{member} wrote [this message]({url}):\n> {words}").format(member=who, url=url, words=quoted)
    return _("{member} posted [this message]({url}), without words.").format(member=who, url=url)


def heading_for_thread(who: str, url: str) -> str:
    """The same for the message that a thread was opened from."""
    return _("{member} wrote [the message]({url}) that this thread was opened from.").format(member=who, url=url)


def topic_menu(
    articles: Sequence[Article],
    heading: str,
    aim: Aim,
    *,
    suggested: Sequence[Topic] = (),
    sure: bool = True,
    hurt: bool = False,
    said: Sequence[str] = (),
    server: str = ORIGINAL,
) -> Card:
    """What a moderator chooses from: the best topics, then all of them, and whether the author is notified.

    ``suggested`` are topics for the message's words, of which three are shown, and ``sure`` says whether the article
    covers them at all; ``hurt``, that they say somebody is hurt; ``said`` are lines on what was answered or linked in
    this channel already; ``server`` is the server's language.
    """
    parts: list[ui.Item[Any]] = [ui.TextDisplay(heading)]
    if hurt:
        parts += [ui.TextDisplay(_(SOUNDS_HURT)), ui.ActionRow(page_button())]
    if said:
        parts.append(ui.TextDisplay("\n".join([_("**Already answered here**"), *said])))
    parts.append(ui.Separator())
    if suggested:
        label = (
            _("**These topics fit the words best**")
            if sure
            else _("**No topic clearly fits the words.** These may come close:")
        )
        buttons = [
            button(topic.question, custom_id(LINK, token(topic), *aim.arguments())) for topic in suggested[:SUGGESTIONS]
        ]
        parts += [ui.TextDisplay(label), *rows(buttons)]
    choose = (
        _("Or choose any question. The answer is posted right away.")
        if suggested
        else _("Choose a question. The answer is posted right away.")
    )
    parts.append(ui.TextDisplay(choose))
    parts += _topic_choice(articles, aim)
    parts += [ui.ActionRow(_language_select(aim, server)), ui.ActionRow(_notify_button(aim))]
    return Card(built(ui.Container(*parts)))


def _topic_choice(articles: Sequence[Article], aim: Aim) -> list[ui.ActionRow[Any]]:
    if len(articles) <= ARTICLES_AT_ONCE:
        return [_topics_row(article, aim) for article in articles]
    options = [
        discord.SelectOption(label=shortened(article.title, OPTION_TEXT), value=article.command) for article in articles
    ]
    return article_selects(options, lambda number: custom_id(LINK_ARTICLE, number, *aim.arguments()))


def _topics_row(article: Article, aim: Aim) -> ui.ActionRow[Any]:
    press_id = custom_id(LINK_CHOSEN, article.command, *aim.arguments())
    return ui.ActionRow(topic_select(article, press_id, placeholder=shortened(article.title, OPTION_TEXT)))


def _notify_button(aim: Aim) -> ui.Button[Any]:
    press_id = custom_id(NOTIFY, *aim.arguments())
    if aim.notify:
        # Translators: button that switches: whoever wrote the message is notified of the answer.
        return button(_("Notify the author: on"), press_id, discord.ButtonStyle.success)
    # Translators: button that switches: whoever wrote the message is not notified of the answer.
    return button(_("Notify the author: off"), press_id)


def _language_select(aim: Aim, server: str) -> ui.Select[Any]:
    menu: ui.Select[Any] = ui.Select(custom_id=custom_id(IN_LANGUAGE, *aim.arguments()))
    for code, name in LANGUAGES.items():
        # Translators: one of a menu's options: the language of the answer that a moderator posts for somebody.
        label = _("Language of the card: {language}").format(language=name)
        # Translators: below one of a menu's options, a language.
        about = _("This server's language") if code == server else None
        menu.add_option(label=label, value=code, description=about, default=code == (aim.language or server))
    return menu


def care_menu(kind: str, heading: str, aim: Aim, server: str = ORIGINAL) -> Card:
    """What a moderator sees first when the words show a sign of danger: what helps and what not, then what to do."""
    # Translators: button: shows the moderator the helplines that the member would read.
    see = button(_("See what they would read"), custom_id(SHOW, kind))
    advice = [ui.TextDisplay[Any](_(CARE_ADVICE)), ui.ActionRow[Any](page_button(), see)]
    choice = ui.ActionRow[Any](
        button(_("Post a quiet card"), custom_id(QUIET, kind, *aim.arguments()), discord.ButtonStyle.primary),
        button(_("Show the topics"), custom_id(TOPICS_AFTER_CARE, *aim.arguments())),
    )
    parts = [ui.TextDisplay[Any](heading), ui.TextDisplay[Any](small(_(QUIET_EXPLAINED))), choice]
    last = [ui.ActionRow[Any](_language_select(aim, server)), ui.ActionRow[Any](_notify_button(aim))]
    return Card(built(ui.Container(*advice), ui.Container(*parts, *last)))


def heading_of(components: Sequence[Component]) -> str:
    """The heading of a menu that is shown. Raises :class:`OutdatedPress` for a message that is none."""
    containers = [part for part in components if part["type"] == CONTAINER]
    texts = [part["content"] for part in walk(containers[-1:]) if part["type"] == TEXT_DISPLAY]
    if not texts:
        raise OutdatedPress("a menu without a heading")
    return str(texts[0])


def with_notify_switched(components: list[Component], aim: Aim) -> Card:
    """The same menu for the other choice of notifying."""
    return _with_aim(components, aim, aim._replace(notify=not aim.notify))


def with_language(components: list[Component], aim: Aim, language: str) -> Card:
    """The same menu for a card in another language."""
    for part in walk(components):
        if (part.get("custom_id") or "").partition(SEPARATOR)[0] == IN_LANGUAGE:
            part["options"] = [{**option, "default": option["value"] == language} for option in part["options"]]
    return _with_aim(components, aim, aim._replace(language=language))


def _with_aim(components: list[Component], aim: Aim, changed: Aim) -> Card:
    before, after = (SEPARATOR.join(map(str, each.arguments())) for each in (aim, changed))
    for part in walk(components):
        name, _, _ = (part.get("custom_id") or "").partition(SEPARATOR)
        if name in AIMED:
            part["custom_id"] = part["custom_id"].removesuffix(before) + after
        if name == NOTIFY:
            part |= _notify_button(changed).to_component_dict()
    return Card(components)


def with_topics_of(components: list[Component], article: Article, aim: Aim) -> Card:
    """The same menu with the questions of ``article`` below the choice of articles."""
    container = next(part for part in components if part["type"] == CONTAINER)
    parts = list(without(container["components"], lambda press_id: press_id.startswith(LINK_CHOSEN + SEPARATOR)))
    menus = [
        number for number, part in enumerate(parts) if any(name == LINK_ARTICLE for name, *_ in presses_in([part]))
    ]
    last = max(menus, default=len(parts) - 1)
    container["components"] = [*parts[: last + 1], *built(_topics_row(article, aim)), *parts[last + 1 :]]
    return Card(components)


def posted_menu(
    url: str,
    message_id: int,
    seal: str,
    *,
    can_be_whole: bool,
    remark: str | None = None,
    language: str | None = None,
) -> Card:
    """What the private menu becomes; ``seal`` is of the message and of whoever it was posted for.

    ``language`` is the card's: **Whole answer** has it behind the seal, because the server may choose another.
    """
    buttons = [button(_("Undo"), custom_id(UNDO, message_id, seal))]
    if can_be_whole:
        # Translators: button: the whole answer is posted in the place of its summary.
        buttons.append(button(_("Whole answer"), custom_id(WHOLE, message_id, f"{seal}{language or ''}")))
    lines = [_("**Posted:** {url}").format(url=url), *([remark] if remark else [])]
    return Card(built(ui.Container(ui.TextDisplay("\n".join(lines)), *rows(buttons))))


# ---------------------------------------------------------------------- what is posted


def addressed(aim: Aim) -> list[Component]:
    """The line that names whom a card is for, where it is no reply to that person."""
    if aim.user_id is None:
        return []
    # Translators: stands above an answer; member is the name of whom it is for.
    return [text_line(_("For {member}").format(member=f"<@{aim.user_id}>"))]


def link_card(
    topic: Topic,
    link_id: int,
    aim: Aim,
    *,
    linked_by: int | None,
    library_url: str | None = None,
    above: str | None = None,
    more_buttons: Sequence[ui.Button[Any]] = (),
) -> Card:
    """The topic in one sentence, and **Read** for the rest, whose press names the :class:`lantern.store.links.Link`.

    ``linked_by`` is the moderator's id, named below; None when Lantern posts by itself. ``above`` is a line before it.
    """
    article = topic.article
    # Translators: button: opens the whole answer for whoever presses it.
    read = button(_("Read"), custom_id(READ, article.command, topic.key, link_id), discord.ButtonStyle.primary)
    library = [library_button(library_url)] if library_url else []
    parts: list[ui.Item[Any]] = [
        ui.TextDisplay(view_of(topic)),
        ui.TextDisplay(f"### {topic.title}\n{topic.summary}"),
        *rows([read, *more_buttons, *library]),
    ]
    if linked_by is not None:
        parts.append(ui.TextDisplay(_linked_by(linked_by)))
    card = built(ui.Container(*parts, accent_colour=article.colour))
    return Card([*addressed(aim), *([text_line(above)] if above else []), *card])


def whole_card(
    cards: Cards, topic: Topic, above: Sequence[Component], *, linked_by: int | None, library_url: str | None = None
) -> Card:
    """The whole answer in a link card's place, below the same first lines."""
    below = [text_line(_linked_by(linked_by))] if linked_by is not None else []
    return Card([*above, *cards.answer(topic, shareable=False, post_url=library_url).components, *below])


def _linked_by(user_id: int) -> str:
    # Translators: the last line of an answer that a moderator posted for somebody. One line, the name in it once.
    return small(_("Posted by {moderator}").format(moderator=f"<@{user_id}>"))


def linker_of(components: Sequence[Component]) -> int | None:
    """The id of the moderator whom a card names, by the mention in its last line, as the one who linked it."""
    texts = [part["content"] for part in walk(components) if part["type"] == TEXT_DISPLAY]
    found = LAST_LINE_WITH_A_MENTION.fullmatch(texts[-1]) if texts else None
    return int(found[1]) if found else None


def link_in(components: Sequence[Component]) -> tuple[str, str] | None:
    """Article and topic key of a link card; None for any other card."""
    return next(((rest[0], rest[1]) for name, *rest in presses_in(components) if name == READ and len(rest) == 3), None)


# ---------------------------------------------------------------------- the quiet card


def quiet_nonce(member_keys: MemberKeys, posted_by: int) -> str:
    """What makes each quiet card's custom id another, and lets its poster be recognised without any row."""
    once = secrets.token_hex(NONCE_BYTES)
    return once + member_keys.seal("quiet", once, str(posted_by))


def is_quiet_of(member_keys: MemberKeys, components: Sequence[Component], user_id: int) -> bool:
    """Whether this is a quiet card that this moderator posted; nothing is kept that would say so."""
    nonce = next((rest[0] for name, *rest in presses_in(components) if name == READ_QUIET and rest), "")
    once, sealed = nonce[: 2 * NONCE_BYTES], nonce[2 * NONCE_BYTES :]
    return secrets.compare_digest(member_keys.seal("quiet", once, str(user_id)).encode(), sealed.encode())
