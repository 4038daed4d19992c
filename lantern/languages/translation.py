"""What Lantern says, in the language of whoever reads it: the standard library's gettext, and which language that is.

Whatever is said, is said in the language in use, :func:`current`. The client puts the reader's there for each
interaction; what all will see is made in their server's with :func:`speaking`. Everywhere else, such as in the log and
on the command line, it is English.

    _("Posted here, without your name: {url}").format(url=url)
    ngettext("One topic", "{number} topics", number).format(number=number)

A sentence stands whole in one call, with named placeholders, because another language orders its words otherwise. A
constant of a module is marked with :func:`N_` and translated where it is shown, since modules are imported once for
all languages. `make translations` finds all of them and brings the catalogs in ``locale/`` up to date.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Final

ORIGINAL: Final = "en"
"""The language in which every sentence is written first."""
LANGUAGES: Final = {
    "en": "English",
    "es": "Español",
    "pt": "Português do Brasil",
    "fr": "Français",
    "de": "Deutsch",
    "hi": "हिन्दी",
}
"""Each language by its code, with its own name. The codes name folders, catalogs and choices everywhere."""
DOMAIN: Final = "lantern"
FOLDER: Final = Path(__file__).parent / "locale"

_language: ContextVar[str] = ContextVar("language", default=ORIGINAL)


def current() -> str:
    """The code of the language in use."""
    return _language.get()


def speak(language: str) -> None:
    """Use a language until the end of this task. The client calls it for each interaction, with the reader's."""
    _language.set(language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Use a language inside the ``with``, such as a server's for what all there will see."""
    before = _language.set(language)
    try:
        yield
    finally:
        _language.reset(before)


def language_of(locale: str | None) -> str:
    """The language for one of Discord's locales (its reference, Locales): ``es`` for ``es-419``; English for others.

    Also for None: discord.py hands on whatever was sent.
    """
    language = (locale or "").partition("-")[0]
    return language if language in LANGUAGES else ORIGINAL


@cache
def catalog(language: str) -> gettext.NullTranslations:
    """All sentences in a language, read when it is first used; where one is missing, it is English."""
    return gettext.translation(DOMAIN, FOLDER, [language], fallback=True)


def _(message: str) -> str:
    """A sentence in the language in use."""
    return catalog(current()).gettext(message)


def in_all_languages(message: str) -> list[str]:
    """A sentence in every language, for what has to fit whichever is read."""
    return [catalog(language).gettext(message) for language in LANGUAGES]


def ngettext(one: str, many: str, number: int) -> str:
    """A sentence in the language in use, in the form for a number of things."""
    return catalog(current()).ngettext(one, many, number)


def N_(message: str) -> str:
    """A sentence that is translated later, with :func:`_`. It comes back as it is."""
    return message
