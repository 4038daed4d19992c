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
import logging
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Final

log = logging.getLogger(__name__)

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


class _Sentences(gettext.GNUTranslations):
    """The sentences of one ``.mo``, but those that could not be filled in as the English can.

    Nobody is to go without an answer because a translator mistyped ``{url}``.
    """

    _catalog: dict[str | tuple[str, int], str]

    def _parse(self, fp: Any) -> None:
        super()._parse(fp)
        fp.seek(0)
        data = fp.read()
        # The manual of GNU gettext, The Format of GNU MO Files. Only there is the English of several things.
        count, table = struct.unpack_from("<2I", data, 8)
        english = (data[at : at + size].decode() for size, at in struct.iter_unpack("<2I", data[table:][: 8 * count]))
        original = dict(each.split("\0") if "\0" in each else (each, each) for each in english)
        for key, sentence in [*self._catalog.items()]:
            message = original[key[0] if isinstance(key, tuple) else key]
            wanted, has = placeholders(message), placeholders(sentence)
            # Of several forms one may say its number in words. The first message of all is the header.
            in_words = isinstance(key, tuple) and has is not None and wanted is not None and has <= wanted
            if has != wanted and key and wanted is not None and not in_words:
                del self._catalog[key]
                log.warning(
                    "“%s” is said in English, because what is in braces is another in its translation “%s”. "
                    "Correct it in %s and run `make translations`.",
                    message,
                    sentence,
                    Path(fp.name).with_suffix(".po"),
                )


def placeholders(sentence: str) -> set[str] | None:
    """What is filled in, as it is written: ``{number}``. None where ``str.format`` would refuse the sentence."""
    try:
        return {
            f"{{{name}{(conversion and f'!{conversion}') or ''}{form and f':{form}'}}}"
            for _text, name, form, conversion in Formatter().parse(sentence)
            if name is not None
        }
    except ValueError:
        return None


@cache
def catalog(language: str) -> gettext.NullTranslations:
    """All sentences in a language, read when it is first used. Where one is missing, or the file is, it is English."""
    if language == ORIGINAL:
        return gettext.NullTranslations()
    file = FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.mo"
    try:
        with file.open("rb") as opened:
            return _Sentences(opened)
    # The last three come of a damaged file.
    except (OSError, struct.error, ValueError, LookupError):
        log.error(
            "Lantern speaks English instead of %s: %s is missing or damaged. `make translations` writes it anew.",
            LANGUAGES.get(language, language),
            file,
        )
        return gettext.NullTranslations()


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
