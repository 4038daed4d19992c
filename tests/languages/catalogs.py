"""The catalogs below ``lantern/languages/locale/``: every sentence of Lantern's in each language.

    make translations

finds all sentences in the code, puts new ones into each ``lantern.po``, takes out those that are gone, writes the
``lantern.mo`` that the bot reads, and says what is not translated. A translator writes the ``msgstr`` in a ``.po`` and
runs it again. Nothing is guessed from a sentence that is alike: one that was changed has to be translated anew.

It writes ``formats.json``, too: see :mod:`tests.languages.locale_data`.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from lantern import PROJECT
from lantern.languages.translation import DOMAIN, FOLDER, LANGUAGES, ORIGINAL
from tests.languages import locale_data

SOURCES = ("cogs", "lantern")
FUNCTIONS = {"_": None, "N_": None, "ngettext": (1, 2)}
TO_TRANSLATORS = "Translators:"
"""A comment in the code that begins so, above a sentence, stands above it in the catalogs, too."""


def po_of(language: str) -> Path:
    """Where a language's sentences are written."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def found_in_code() -> Catalog:
    """Every sentence in the code, with the files that have it, sorted by file."""
    found = Catalog(fuzzy=False)
    for folder in SOURCES:
        for name, _line, message, comments, context in extract_from_dir(
            PROJECT / folder,
            method_map=[("**.py", "python")],
            keywords=FUNCTIONS,
            comment_tags=[TO_TRANSLATORS],
            strip_comment_tags=True,
        ):
            found.add(message, None, [(f"{folder}/{name}", 0)], auto_comments=comments, context=context)
    return found


def written(language: str) -> Catalog:
    """A language's catalog as it stands in its file; an empty one where there is none."""
    po = po_of(language)
    if not po.exists():
        return Catalog(locale=language, fuzzy=False)
    with po.open("rb") as file:
        return read_po(file, locale=language)


def updated(language: str, found: Catalog) -> Catalog:
    """A language's catalog with exactly the sentences of the code, and the translations that fit them."""
    before = written(language)
    catalog = Catalog(locale=language, fuzzy=False)
    for message in sorted((each for each in found if each.id), key=lambda each: (each.locations[0][0], key(each))):
        known = before.get(message.id)
        string = known.string if known and not known.fuzzy and known.id == message.id else None
        catalog.add(message.id, string, sorted(set(message.locations)), auto_comments=message.auto_comments)
    return catalog


def key(message: Message) -> str:
    """The English sentence of a message; of one with a plural, the first."""
    return message.id if isinstance(message.id, str) else message.id[0]


def po_text(catalog: Catalog) -> bytes:
    """A catalog as a ``.po``: without dates and line numbers, which would change with every commit."""
    catalog.header_comment = (
        f"# Lantern in {LANGUAGES[str(catalog.locale)]}. docs/translating.md says how to change it."
    )
    text = io.BytesIO()
    write_po(text, catalog, width=120, include_lineno=False, omit_header=False, sort_by_file=False)
    lines = text.getvalue().decode().splitlines(keepends=True)
    dated = ('"POT-Creation-Date', '"PO-Revision-Date', '"Generated-By', '"Last-Translator', '"Report-Msgid-Bugs-To')
    return "".join(line for line in lines if not line.startswith(dated)).encode()


def mo_data(catalog: Catalog) -> bytes:
    """A catalog as the ``.mo`` that gettext reads; of the same sentences always the same."""
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    data = io.BytesIO()
    write_mo(data, catalog)
    return data.getvalue()


def untranslated(catalog: Catalog) -> list[Message]:
    """The messages of a catalog that have no translation, or not in every plural form."""
    return [
        message
        for message in catalog
        if message.id and not (all(message.string) if isinstance(message.string, (tuple, list)) else message.string)
    ]


def main() -> int:
    """Bring all catalogs up to date and say what is missing. Returns 1 where something is, for `make`."""
    locale_data.main()
    found, missing = found_in_code(), 0
    for language in LANGUAGES:
        if language == ORIGINAL:
            continue
        po = po_of(language)
        gone = {key(each) for each in written(language) if each.id} - {key(each) for each in found if each.id}
        catalog = updated(language, found)
        po.parent.mkdir(parents=True, exist_ok=True)
        po.write_bytes(po_text(catalog))
        po.with_suffix(".mo").write_bytes(mo_data(written(language)))
        left = untranslated(catalog)
        missing += len(left)
        sys.stdout.write(
            f"{LANGUAGES[language]}: {len(catalog)} sentences, {len(left)} not translated, {len(gone)} taken out\n"
        )
        for message in left:
            sys.stdout.write(f"  {po.relative_to(PROJECT)}: “{key(message)}” ({message.locations[0][0]})\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
