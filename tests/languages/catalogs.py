"""The catalogs below ``lantern/languages/locale/``: every sentence of Lantern's in each language.

    make translations

finds all sentences in the code, puts new ones into each ``lantern.po``, takes out those that are gone, writes the
``lantern.mo`` that the bot reads, and says what is wrong or not translated. A translator writes the ``msgstr`` in a
``.po`` and runs it again. Nothing is guessed from a sentence that is alike: one that was changed has to be translated
anew. A ``.po`` that cannot be read whole stays as it is.

It writes ``formats.json``, too: see :mod:`tests.languages.locale_data`.
"""

from __future__ import annotations

import gettext
import io
import re
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from os.path import relpath
from pathlib import Path
from typing import Any

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, PoFileParser, write_po

from lantern import PROJECT
from lantern.languages.translation import DOMAIN, FOLDER, LANGUAGES, ORIGINAL, placeholders
from tests.languages import locale_data

SOURCES = ("cogs", "lantern")
FUNCTIONS = {"_": None, "N_": None, "ngettext": (1, 2)}
TO_TRANSLATORS = "Translators:"
"""A comment in the code that begins so, above a sentence, stands above it in the catalogs, too."""
UNTRANSLATED = "not translated"
SHOWN = 10
"""How many faults of a catalog are said one by one."""
LINE = re.compile(r'(#.*|((msg(ctxt|id|id_plural|str|str\[\d\])\s+)?"([^"\\]|\\.)*"))?')
"""A line of a ``.po``. Babel cuts off the last letter where the quote is missing, and skips what it does not know."""

SAME = frozenset(
    {"Lantern", "Discord", "CSV", "JSON", "UTC", "Runner", "Chaser", "Ego", "Server", "Thread", "Threads", "OK"}
    | {"article", "questions", "Permissions"}
)
"""Words that may be the same in another language as in English; the last three are French, too."""
NEVER_NONE = frozenset({"In the week before: {number}.", "- {words}", "the week before", "this week"})
"""Sentences of one thing or more. Where a language says none as it says one, theirs need no number either."""

MARKS = {
    "commands": re.compile(r"(?<![\w/<])/[a-z][a-z-]+"),
    "bold": re.compile(r"\*\*"),
    "code": re.compile(r"`[^`]*`"),
    "mentions and times": re.compile(r"<[^<>\s]*>"),
    "headings": re.compile(r"^#{1,3} ", re.MULTILINE),
    "small lines": re.compile(r"^-# ", re.MULTILINE),
    "quotes": re.compile(r"^> ", re.MULTILINE),
    "entries of a list": re.compile(r"^- ", re.MULTILINE),
    "links": re.compile(r"\]\([^)]*\)"),
    "paragraphs": re.compile(r"\n\n"),
}
"""What has to be in a translation as often as in the English, and the same."""
LIMITS = {"button": 80, "option": 100, "choice": 100, "placeholder": 150, "title of a form": 45, "label of a form": 45}
LIMITS |= {"name in a menu": 32, "description": 100}
"""Characters that Discord takes of a text (its reference, Component Reference and Application Commands), by what the
comment for translators says of it.
"""

MADE = sorted(folder.name for folder in FOLDER.glob("*") if folder.is_dir()) if FOLDER.is_dir() else []
"""The languages that have a catalog."""


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


class UnreadableError(Exception):
    """A ``.po`` that cannot be read whole; the text says where and why. It must not be written anew."""


class _Once(Catalog):
    """A catalog that takes no sentence twice, since one of its translations would be lost."""

    def __setitem__(self, id: Any, message: Message) -> None:
        if id and id in self:
            raise ValueError(f"“{key(message)}” stands in it twice. Keep one of them.")
        super().__setitem__(id, message)


def written(language: str) -> Catalog:
    """A language's catalog as it stands in its file; an empty one where there is none.

    Raises UnreadableError.
    """
    po = po_of(language)
    catalog = _Once(locale=language, fuzzy=False)
    if not po.exists():
        return catalog
    data = po.read_bytes()
    try:
        lines = data.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise UnreadableError(
            f"{relpath(po)}, line {number}: this is not UTF-8. Save the file in that encoding."
        ) from error
    for number, line in enumerate(lines, 1):
        if not LINE.fullmatch(line.strip()):
            raise UnreadableError(
                f"{relpath(po)}, line {number}: {line.strip()}\n  This is no line of a catalog. A text "
                'begins and ends with a straight quotation mark ("); one inside it is written \\".'
            )
    try:
        PoFileParser(catalog, abort_invalid=True).parse(lines)
    except PoFileError as error:
        raise UnreadableError(f"{relpath(po)}, line {error.lineno + 1}: {error}") from error
    except (ValueError, LookupError, AssertionError) as error:
        raise UnreadableError(f"{relpath(po)}: {error}") from error
    return catalog


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


def faults(catalog: Catalog, code: Catalog) -> Iterator[str]:
    """All that is wrong in a language's catalog, compared with the sentences of the code."""
    ours, theirs = ({key(each): each for each in one if each.id} for one in (catalog, code))
    for_one = _form_for_one(catalog)
    yield from (f"not in the catalog: “{each}”" for each in theirs.keys() - ours.keys())
    yield from (f"not in the code any more: “{each}”" for each in ours.keys() - theirs.keys())
    yield from (f"{UNTRANSLATED}: “{key(each)}”" for each in untranslated(catalog))
    for name in (each for each in ours if each in theirs):
        if ours[name].id != theirs[name].id:
            yield f"another plural than in the code: “{name}”"
        if ours[name].fuzzy:
            yield f"guessed: “{name}”"
        for problem in wrong(ours[name], form_for_one=0 if name in NEVER_NONE else for_one):
            yield f"{problem}: “{name}”"


def _form_for_one(catalog: Catalog) -> int | None:
    """Which plural form is for 1 and no other number; None where the language has none, since 0 is said in it, too."""
    form = gettext.c2py(catalog.plural_expr)
    return form(1) if all(form(number) != form(1) for number in (0, *range(2, 200))) else None


def wrong(message: Message, *, form_for_one: int | None) -> Iterator[str]:
    """What is wrong in one translation. An untranslated one has nothing wrong in it."""
    english = [message.id] if isinstance(message.id, str) else [*message.id]
    strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
    forms = [(english[-1] if place else english[0], string) for place, string in enumerate(strings) if string]
    for place, (original, string) in enumerate(forms):
        first, wanted, has = (placeholders(text) for text in (english[0], english[-1], string))
        if first is None or wanted is None or has is None:
            yield "a brace too few or too many"
        # The form for one may have its number in words, where the English one has.
        elif has - wanted or wanted - has - (wanted - first if place == form_for_one else set()):
            yield f"placeholders {' '.join(sorted(has)) or 'none'} instead of {' '.join(sorted(wanted)) or 'none'}"
        for what, pattern in MARKS.items():
            if Counter(pattern.findall(original)) != Counter(pattern.findall(string)):
                yield f"other {what}"
        if (original[:1] == "\n", original[-1:] == "\n") != (string[:1] == "\n", string[-1:] == "\n"):
            yield "another beginning or end of a line"
        if string != string.strip() and original == original.strip():
            yield "blanks around it"
        if string == original and words_left(string):
            yield "still in English"
        comment = " ".join(message.auto_comments).casefold()
        for what, limit in LIMITS.items():
            if comment.startswith(what) and len(string) > limit:
                yield f"{len(string)} characters, and a {what} has {limit}"


def words_left(sentence: str) -> list[str]:
    """The words of a sentence that could be said in another language."""
    for pattern in (
        re.compile(r"\{[^{}]*\}"),
        MARKS["code"],
        MARKS["commands"],
        MARKS["mentions and times"],
        MARKS["links"],
    ):
        sentence = pattern.sub(" ", sentence)
    return [word for word in re.findall(r"[^\W\d_]{2,}", sentence) if word not in SAME]


def main() -> int:
    """Bring all catalogs up to date and say what is missing or wrong. Returns 1 where something is, for `make`."""
    locale_data.main()
    found, all_well = found_in_code(), True
    for language in LANGUAGES:
        if language == ORIGINAL:
            continue
        po = po_of(language)
        try:
            before = written(language)
        except UnreadableError as error:
            all_well = False
            sys.stdout.write(f"{LANGUAGES[language]}: nothing was written.\n  {error}\n")
            continue
        gone = {key(each) for each in before if each.id} - {key(each) for each in found if each.id}
        catalog = updated(language, found)
        po.parent.mkdir(parents=True, exist_ok=True)
        po.write_bytes(po_text(catalog))
        po.with_suffix(".mo").write_bytes(mo_data(written(language)))
        left = len(untranslated(catalog))
        wrongs = sorted(faults(catalog, found), key=lambda fault: fault.startswith(UNTRANSLATED))
        all_well = all_well and not wrongs
        sys.stdout.write(
            f"{LANGUAGES[language]}: {len(catalog)} sentences, {left} not translated, {len(wrongs) - left} wrong, "
            f"{len(gone)} taken out\n"
        )
        for fault in wrongs[:SHOWN]:
            sys.stdout.write(f"  {relpath(po)}: {fault}\n")
        if len(wrongs) > SHOWN:
            sys.stdout.write(f"  and {len(wrongs) - SHOWN} more\n")
    return 0 if all_well else 1


if __name__ == "__main__":
    sys.exit(main())
