"""The cards that Discord shows, those of topics above all, and whether they fit into a message.

Everything is Components V2 (Discord's reference, Component Reference): a container in the article's colour, small text
above, buttons below. What depends on the content alone is built once per content load; an answer then costs a list and
a dictionary, and nothing is stored per message, because every press finds its way by its custom id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import discord
from discord import ui

from lantern.content.models import Article, Checked, Content, Topic
from lantern.content.problems import ValuePath
from lantern.languages.translation import N_, _, in_all_languages
from lantern.ui.custom_ids import CUSTOM_ID_LIMIT, SEPARATOR, custom_id
from lantern.ui.safe_text import shortened

MESSAGE_COMPONENTS = 40
"""Components a message, nested ones counted."""
MESSAGE_TEXT = 4_000
"""Characters of text a message, all text displays together."""
BUTTON_LABEL = 80
ROW_BUTTONS = 5
SELECT_OPTIONS = 25
OPTION_TEXT = 100
COMMAND_TEXT = 8_000
"""Characters of a command's names, descriptions and values together (Discord's reference, Application Commands)."""
ARTICLES_AT_ONCE = 4
"""Select menus that fit a phone's screen; with more articles a member chooses the article first."""

RELATED = "r"
SHARE = "share"
CHOOSE_TOPIC = "topic"
CHOOSE_ARTICLE = "article"

TEXT_DISPLAY: int = discord.ComponentType.text_display.value
CONTAINER: int = discord.ComponentType.container.value
ACTION_ROW: int = discord.ComponentType.action_row.value

Component = dict[str, Any]


class Card(ui.LayoutView):
    """A message that is ready to be sent, as often as one likes.

    discord.py's own views are built anew for each message and kept as long as their buttons may be pressed. A card is
    neither: it has no children, hands out the components it was given, and calls itself finished so that nothing is
    stored for it, while sending it keeps all the library does about retries and rate limits.
    """

    def __init__(self, components: Sequence[Component]) -> None:
        super().__init__(timeout=None)
        self.components = list(components)

    def to_components(self) -> list[Component]:
        return self.components

    def has_components_v2(self) -> bool:
        return True

    def is_finished(self) -> bool:
        return True


def built(*items: ui.Item[Any]) -> list[Component]:
    """The components of discord.py's own items."""
    return [item.to_component_dict() for item in items]


def walk(components: Iterable[Component]) -> Iterator[Component]:
    """Every component, nested ones too: what Discord counts."""
    for component in components:
        yield component
        yield from walk(component.get("components", ()))
        if accessory := component.get("accessory"):
            yield accessory


def components_of(message: discord.Message) -> list[Component]:
    """A message's components as they were sent; the ids that Discord gave each are left out."""
    components: list[Component] = [dict(component.to_dict()) for component in message.components]
    for part in walk(components):
        part.pop("id", None)
    return components


def components_pressed(interaction: discord.Interaction) -> list[Component]:
    """The components of the message in which something was pressed."""
    assert interaction.message is not None
    return components_of(interaction.message)


def without(components: Iterable[Component], dropped: Callable[[str], bool]) -> Iterator[Component]:
    """Components without those whose custom id is ``dropped``, and without the rows and lines this leaves empty."""
    for component in components:
        if "components" not in component:
            if not dropped(component.get("custom_id") or ""):
                yield component
            continue
        left = list(without(component["components"], dropped))
        while left and left[-1]["type"] == discord.ComponentType.separator.value:
            left.pop()
        if left:
            yield {**component, "components": left}


def presses_in(components: Iterable[Component]) -> Iterator[list[str]]:
    """The parts of every custom id of a message."""
    return ((part.get("custom_id") or "").split(SEPARATOR) for part in walk(components))


def text_of(components: Iterable[Component]) -> str:
    """All text of a message, a line a text display."""
    return "\n".join(part["content"] for part in walk(components) if part["type"] == TEXT_DISPLAY)


def button(label: str, press_id: str, style: discord.ButtonStyle = discord.ButtonStyle.secondary) -> ui.Button[Any]:
    """A button; a label that is too long ends in an ellipsis, and content that would need it is refused at load."""
    return ui.Button(label=shortened(label, BUTTON_LABEL), custom_id=press_id, style=style)


def small(text: str) -> str:
    """Discord's subtext: small and grey, line by line."""
    return "\n".join(f"-# {line}" for line in text.splitlines())


def moment(milliseconds: int, style: discord.utils.TimestampStyle) -> str:
    """A time that each reader sees in their own zone and language."""
    return discord.utils.format_dt(datetime.fromtimestamp(milliseconds / 1000, UTC), style)


def notice(text: str, colour: int | None = None) -> Card:
    """A card that only says something."""
    return Card(built(ui.Container(ui.TextDisplay(text), accent_colour=colour)))


def rows(buttons: Sequence[ui.Button[Any]]) -> list[ui.ActionRow[Any]]:
    """Buttons in rows of five, Discord's limit."""
    return [ui.ActionRow(*buttons[start : start + ROW_BUTTONS]) for start in range(0, len(buttons), ROW_BUTTONS)]


def link_button(label: str, url: str) -> ui.Button[Any]:
    """A button that opens an address; it works where others are dead, in archived and locked posts."""
    return ui.Button(label=shortened(label, BUTTON_LABEL), url=url)


def library_button(url: str) -> ui.Button[Any]:
    """The way to a topic's post in the guild's library."""
    return link_button(_("Open in the library"), url)


def topic_body(
    topic: Topic, related: Sequence[ui.Button[Any]] | None = None, below: str | None = None
) -> ui.Container[Any]:
    """A topic's card: whose view it is, title, answer, Lantern's note apart from it, and buttons for related topics.

    ``related`` are buttons other than the usual ones for its related topics; ``below`` is a last line.
    """
    article = topic.article
    further = related_buttons(topic) if related is None else related
    parts: list[ui.Item[Any]] = [
        ui.TextDisplay(view_of(topic)),
        ui.TextDisplay(f"## {topic.title}\n{topic.answer}"),
    ]
    if topic.note:
        heading = small(_("A note from Lantern"))
        parts += [ui.Separator(), ui.TextDisplay(f"{heading}\n{topic.note}")]
    if further:
        parts += [ui.Separator(), *rows(further)]
    if below:
        parts.append(ui.TextDisplay(below))
    return ui.Container(*parts, accent_colour=article.colour)


def view_of(topic: Topic) -> str:
    """The small lines above a topic: whose view it is, and where it is not in the reader's language yet, that."""
    return small(f"{topic.article.view}\n{_(UNTRANSLATED)}" if topic.untranslated else topic.article.view)


def related_buttons(topic: Topic) -> list[ui.Button[Any]]:
    """One button for each related topic, labelled with its question."""
    related = (topic.article.topic(key) for key in topic.related)
    return [
        button(other.question, custom_id(RELATED, topic.article.command, topic.key, other.key))
        for other in related
        if other is not None
    ]


def share_row(topic: Topic) -> Component:
    """The row under a private answer in a guild."""
    press_id = custom_id(SHARE, topic.article.command, topic.key)
    return built(ui.ActionRow(button(_("Post here"), press_id, discord.ButtonStyle.primary)))[0]


def library_row(post_url: str, before: Component | None = None) -> Component:
    """A row with :func:`library_button`, beside the buttons of another row where there is one."""
    link = library_button(post_url).to_component_dict()
    return {**(before or {"type": ACTION_ROW}), "components": [*(before or {}).get("components", ()), link]}


def text_line(content: str) -> Component:
    """A line above or below a card."""
    return built(ui.TextDisplay(content))[0]


class Cards:
    """The cards of one content load."""

    def __init__(self, content: Content) -> None:
        self._bodies = {topic.address: built(topic_body(topic))[0] for topic in content.topics()}
        self._share_rows = {topic.address: share_row(topic) for topic in content.topics()}
        self.menu = Card(topics_menu(content.articles))

    def answer(self, topic: Topic, *, shareable: bool, above: str | None = None, post_url: str | None = None) -> Card:
        """The answer to a question; ``shareable``, with **Post here**, where it is private and can be posted.

        ``above`` is a line before it; ``post_url`` is where the topic stands in the guild's library, if it has one.
        """
        row = [self._share_rows[topic.address]] if shareable else []
        if post_url is not None:
            row = [library_row(post_url, *row)]
        return Card([*([text_line(above)] if above else []), self._bodies[topic.address], *row])


def topics_menu(articles: Sequence[Article]) -> list[Component]:
    """Every topic of a few articles, one select menu each; of many, the articles to choose from first."""
    if len(articles) > ARTICLES_AT_ONCE:
        options = [
            discord.SelectOption(
                label=shortened(article.title, OPTION_TEXT),
                value=article.command,
                description=shortened(article.view, OPTION_TEXT),
            )
            for article in articles
        ]
        menus = article_selects(options, lambda number: custom_id(CHOOSE_ARTICLE, number))
        return built(ui.Container(ui.TextDisplay(_("## Articles\nChoose one to see its questions.")), *menus))
    return [body for article in articles for body in built(article_body(article))]


def article_selects(options: Sequence[discord.SelectOption], press_id: Callable[[int], str]) -> list[ui.ActionRow[Any]]:
    """Articles to choose from, 25 a menu; ``press_id`` gives the custom id of each menu by its number."""
    chunks = [options[start : start + SELECT_OPTIONS] for start in range(0, len(options), SELECT_OPTIONS)]
    return [
        ui.ActionRow(ui.Select(custom_id=press_id(number), placeholder=_("Choose an article"), options=list(chunk)))
        for number, chunk in enumerate(chunks)
    ]


def article_body(article: Article) -> ui.Container[Any]:
    """An article's name, whose view it is, and its questions in a menu."""
    return ui.Container(
        ui.TextDisplay(f"## {article.title}\n{small(article.view)}"),
        ui.ActionRow(topic_select(article, custom_id(CHOOSE_TOPIC, article.command))),
        accent_colour=article.colour,
    )


def topic_select(article: Article, press_id: str, placeholder: str | None = None) -> ui.Select[Any]:
    """The topics of an article to choose from; the value is the topic's key."""
    options = [
        discord.SelectOption(
            label=shortened(topic.question, OPTION_TEXT),
            value=topic.key,
            description=shortened(topic.title, OPTION_TEXT),
        )
        for topic in article.topics
    ]
    return ui.Select(custom_id=press_id, placeholder=placeholder or _("Choose a question"), options=options)


UNTRANSLATED = N_("This answer is in English for now.")
LONGEST_UNTRANSLATED = 100
"""Characters that this line may take in any language, with what makes it small."""
LONGEST_LINE_ABOVE = 300
"""Characters that a line above a card may take: where the same answer stands, with the longest jump URL."""
LONGEST_ROWS_BELOW = 12
"""Components that may come below a card, as `/ask` puts them there: two rows of five buttons."""


def misfits(checked: Checked) -> Iterator[tuple[ValuePath, str]]:
    """What Discord would refuse of an article: the place in its file, and by how much it is too long.

    Each topic is measured in its fullest variant: the line above it, the one that says that it is not in the reader's
    language, note, related buttons, Share, and rows below.
    """
    if not isinstance(checked, Article):
        return
    for number, topic in enumerate(checked.topics):
        try:
            last = library_row("https://discord.com", share_row(topic))
            above = "x" * (LONGEST_LINE_ABOVE + LONGEST_UNTRANSLATED)
            card = [text_line(above), *built(topic_body(topic)), last]
        except ValueError as error:
            yield ("topics", number, "key"), f"Discord would refuse a button of this topic: {error}."
            continue
        for field, message in excess(card):
            yield ("topics", number, field), message
    if (length := command_length(checked)) > COMMAND_TEXT:
        yield (
            ("topics",),
            f"The slash command made of this article has {length} characters of names and questions; Discord allows "
            f"{COMMAND_TEXT}. Shorten the questions by {length - COMMAND_TEXT}, or move topics to another article.",
        )


def excess(card: Sequence[Component]) -> Iterator[tuple[str, str]]:
    """Which field of a topic makes its card too long for Discord, and by how much."""
    parts = list(walk(card))
    components = len(parts) + LONGEST_ROWS_BELOW
    if components > MESSAGE_COMPONENTS:
        yield (
            "related",
            f"The card has {components} parts; Discord allows {MESSAGE_COMPONENTS}. Take out related topics.",
        )
    length = sum(len(part["content"]) for part in parts if part["type"] == TEXT_DISPLAY)
    if length > MESSAGE_TEXT:
        yield (
            "answer",
            f"The card has {length} characters with its title, view and note; Discord allows {MESSAGE_TEXT}. "
            f"Shorten the answer by {length - MESSAGE_TEXT}.",
        )
    if any(len(part.get("custom_id") or "") > CUSTOM_ID_LIMIT for part in parts):
        yield (
            "key",
            f"A button would need more than the {CUSTOM_ID_LIMIT} characters that Discord allows. Shorten the keys.",
        )


SHOW_NAME = "show"
SHOW_DESCRIPTION = N_("Who sees the answer")
# Translators: choices of a command: who sees the answer.
SHOW_CHOICES = (N_("only me"), N_("everyone"))
"""The option of every topic's command; its texts count for each topic again."""


def command_length(article: Article) -> int:
    """Characters of an article's slash command, counted as Discord does: names, descriptions and choices' values.

    Of a text in several languages the longest counts (its reference, Application Commands).
    """
    translations = list(article.translations.values())
    texts = [(article.title, *(each.title for each in translations))]
    for topic in article.topics:
        own = (each.topic(topic.key) for each in translations)
        texts.append((topic.question, *(each.question for each in own if each is not None)))
    option = len(SHOW_NAME) + sum(map(len, SHOW_CHOICES))
    option += sum(max(map(len, in_all_languages(text))) for text in (SHOW_DESCRIPTION, *SHOW_CHOICES))
    names = len(article.command) + sum(len(topic.key) + option for topic in article.topics)
    return names + sum(max(map(len, each)) for each in texts)
