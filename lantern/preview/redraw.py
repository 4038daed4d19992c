"""The preview's own: cards that stand on the page are drawn anew when their content changes.

At Discord a card that was posted keeps its words, as every message does. An editor who has the page beside the file
wants to see the new ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import simcord

from lantern.content.models import Content
from lantern.languages.translation import LANGUAGES, speaking
from lantern.ui.cards import Component, article_body, built, topic_body, walk

SEEN = ("type", "content", "label", "custom_id", "value", "description", "url")
"""What tells two components apart; the local Discord adds to the rest what was left out."""


def _look(component: Component) -> str:
    parts = [
        [{key: part.get(key) for key in SEEN}, [{key: one.get(key) for key in SEEN} for one in part.get("options", ())]]
        for part in walk([component])
    ]
    return json.dumps(parts)


def _bodies(content: Content) -> Iterator[tuple[tuple[str, str, str], Component]]:
    """Every card's body and every article's menu in every language, by what it is."""
    for language in LANGUAGES:
        with speaking(language):
            told = content.in_language(language)
            for topic in told.topics():
                yield (language, "topic", topic.address), built(topic_body(topic))[0]
            for article in told.articles:
                yield (language, "menu", article.command), built(article_body(article))[0]


def redraw(env: simcord.Env, before: Content, after: Content) -> int:
    """Put the new words into every message of the bot that shows a card of ``before``, and return how many did.

    A topic that is gone keeps its card, as it would at Discord.
    """
    new = dict(_bodies(after))
    replaced = {_look(body): new[what] for what, body in _bodies(before) if what in new and new[what] != body}
    count = 0
    for channel in env.backend.messages.values():
        for message in channel.values():
            if message.author_id != env.backend.bot_user.id:
                continue
            components: list[Any] = [replaced.get(_look(part), part) for part in message.components]
            if components != message.components:
                env.backend.edit_message(message.channel_id, message.id, {"components": components})
                count += 1
    return count
