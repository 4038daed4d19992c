"""What commands are called and described as in each language of Discord's clients.

Slash commands and their options keep their English names, so that moderators can tell each other what to type.
"""

from __future__ import annotations

from typing import Final

from discord import Locale, app_commands
from discord.app_commands import TranslationContextLocation, locale_str

from lantern.answers.edition import Editions
from lantern.languages.formats import weekday
from lantern.languages.translation import ORIGINAL, catalog, language_of, speaking

TYPED: Final = (
    TranslationContextLocation.command_name,
    TranslationContextLocation.group_name,
    TranslationContextLocation.parameter_name,
)
"""Names that stay as they are, but for those in a message's **Apps** menu, which nobody types."""


def of_content(text: str, article: str, key: str = "") -> locale_str:
    """A text of the content that describes a command: a topic's question, or without a ``key`` the article's title."""
    return locale_str(text, article=article, key=key)


class CommandTranslator(app_commands.Translator):
    """Asked by discord.py for every text of the commands in every language, when they are sent.

    English is not sent a second time: all that has no text of its own falls back to it. Spanish is sent as es-ES and as
    es-419, since Discord falls back from the second to the first alone (its reference, Locales).
    """

    def __init__(self, editions: Editions) -> None:
        self._editions = editions

    async def translate(
        self, string: locale_str, locale: Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """The text in a language; None where it is the English one."""
        language = language_of(locale.value)
        if language == ORIGINAL:
            return None
        if context.location in TYPED and not isinstance(context.data, app_commands.ContextMenu):
            return None
        said = self._said(string, language)
        return said if said != string.message else None

    def _said(self, string: locale_str, language: str) -> str | None:
        if "weekday" in string.extras:
            with speaking(language):
                return weekday(string.extras["weekday"])
        if "article" not in string.extras:
            return catalog(language).gettext(string.message)
        article = self._editions.original.in_language(language).content.article(string.extras["article"])
        if article is None or not string.extras["key"]:
            return article.title if article else None
        topic = article.topic(string.extras["key"])
        return topic.question if topic else None
