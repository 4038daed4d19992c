"""Reads a YAML file as plain data with the line of every value, or tells its mistakes in plain words.

Called by `loading`; it knows nothing of articles. The events of PyYAML's safe parser are read one by one: nothing in a
file makes an object or is expanded, and the time taken grows with the file's length alone.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

import yaml

from lantern.content.problems import Problem, ValuePath, clean, nearest, path_text, quoted

FILE_BYTES_MAX: Final = 1_000_000
"""Bytes in one file: our own limit. Of the greatest length, 25 answers, notes and summaries are a tenth of it."""
DEPTH_MAX: Final = 10
"""Levels of lists and fields inside each other: our own limit. An article has four."""
VALUES_MAX: Final = 30_000
"""Values in one file, names of fields included: our own limit, three times what the greatest article holds. It bounds
the time that a file can take."""
HINTS_MAX: Final = 200
"""Misspelt names in one file for which a similar one is looked for: our own limit, since that is slow."""

ASIDE: Final = -1
"""Part of the path of a field's name itself, or of a value that is not kept."""


Mark = tuple[int, int]
"""A place in a file's text: the line, counted from 1, and how many characters stand before it on that line."""


@dataclass
class Written:
    """One file: its plain data, where each value stands, and its problems.

    ``data`` holds lists, mappings with string keys, strings, dates, `Unquoted` and `REPORTED`; ``lines`` the line of
    every value by its place, which is that of its field's name where it has one; ``names`` what the entries of a list
    are called. ``rows`` is the text line by line, and ``marks`` is PyYAML's for `span`; both are kept only where
    `with_spans` was set before, since they take 2 MB.
    """

    path: Path
    problems: list[Problem] = field(default_factory=list)
    data: object = None
    lines: dict[ValuePath, int] = field(default_factory=dict)
    names: dict[ValuePath, str] = field(default_factory=dict)
    rows: list[str] = field(default_factory=list)
    marks: dict[ValuePath, tuple[Any, Any]] = field(default_factory=dict)
    hints: int = 0
    with_spans: bool = False

    # Set by a subclass for its kind of file, for the messages.
    field_names: ClassVar[Collection[str]] = ()
    """All names of fields."""
    name_fields: ClassVar[Collection[str]] = ()
    """Fields whose text is the name of the list entry that they stand in."""
    entries: ClassVar[Mapping[str, str]] = {}
    """Lists, and what one entry of each is called."""
    open_fields: ClassVar[Collection[str]] = ()
    """Fields under which the names are the editor's own."""

    @property
    def begin(self) -> str:
        """How such a file begins, in one sentence."""
        return ""

    def read(self) -> bool:
        """Read the file. False, and a problem is added, where it holds nothing that can be checked. Raises nothing."""
        try:
            text = self._text()
        except _Unreadable as error:
            line, message = error.args
            self.add(line, "", message)
            return False
        return _Composer(self, text).compose()

    def add(self, line: int | None, words: str, message: str) -> None:
        """Add a problem at a line, or at none; ``words`` are the result of `place`."""
        self.problems.append(Problem(path_text(self.path), line, words, message))

    def nearest(self, name: str, known: Iterable[str]) -> str | None:
        """The known name most like this one, or None; looked for `HINTS_MAX` times, then always None."""
        self.hints += 1
        return nearest(name, known) if self.hints <= HINTS_MAX else None

    def blame(self, path: ValuePath, message: str) -> None:
        """Add a problem with the value at a place in the data."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        self.add(self.lines.get(known, 1), self.place(path), message)

    def place(self, path: ValuePath) -> str:
        """Where something is, as an editor would say it: ``topic “runner”, keyword 3``. Empty for the whole file."""
        words: list[str] = []
        for number, part in enumerate(path):
            if isinstance(part, str):
                if number and path[number - 1] in self.open_fields:
                    words[-1] += f" {quoted(part)}"
                else:
                    words.append(clean(part)[:40])
            elif part != ASIDE and number and isinstance(path[number - 1], str):  # nothing is a list in a list
                name = self.names.get(path[: number + 1])
                before = words.pop()
                words.append(f"{self.entries.get(before, before)} {quoted(name) if name else part + 1}")
        return ", ".join(words)

    def span(self, path: ValuePath) -> tuple[Mark, Mark]:
        """Where the value at a place in the data begins and ends, so that it alone can be written anew.

        From its first character, a quote, bracket, ``|`` or ``>`` included, to behind its last one; blank lines and
        comments after it do not belong to it. A byte order mark at the file's beginning is not counted. Raises
        KeyError where the file has no such value.
        """
        start, end = self.marks[path]
        line, column = end.line, end.column
        while line > start.line and not self.rows[line][:column].strip():  # `|` and `>` take blank lines with them
            line -= 1
            column = len(self.rows[line])
        return (start.line + 1, start.column), (line + 1, column)

    def _text(self) -> str:
        """What stands in the file. Raises _Unreadable."""
        try:
            # Opening a pipe would wait for ever.
            if self.path.exists() and not self.path.is_file():
                raise _Unreadable(None, "This is not a file that can be read. Give the path of a .yml file.")
            with self.path.open("rb") as stream:
                raw = stream.read(FILE_BYTES_MAX + 1)
        except (OSError, ValueError) as error:
            raise _Unreadable(None, f"The file {why_not(error)}.") from error
        if len(raw) > FILE_BYTES_MAX:
            size = f"{FILE_BYTES_MAX:,} bytes"
            raise _Unreadable(
                None, f"The file is larger than {size}, far more than Lantern needs. Is it the right file?"
            )
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise _Unreadable(
                raw.count(b"\n", 0, error.start) + 1,
                "The file is not saved as UTF-8. Save it again and choose the encoding UTF-8 (in Notepad: Save as, "
                "Encoding, UTF-8), then look whether special letters on this line are still right.",
            ) from error


def why_not(error: OSError | ValueError) -> str:
    """Why a file or folder cannot be read: the rest of a sentence that begins with its name, without the full stop."""
    match error:
        case FileNotFoundError():
            return "does not exist. Look for a typing mistake in the path"
        case PermissionError():
            return "may not be read by the user that Lantern runs as. Give that user the right to read it"
        case NotADirectoryError():
            return "is not a folder, or lies in something that is none"
        case OSError():
            return f"cannot be read ({clean(error.strerror or 'unknown reason')})"
    return "cannot be read: no path looks like this"


# --- YAML to plain data, with lines -----------------------------------------------------------------------------------

_SafeLoader: Any
try:
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # PyYAML built without libyaml: the same, slower
    from yaml import SafeLoader as _SafeLoader


class _Reported:
    """Stands for a value whose problem was told, so that it is not told again."""


REPORTED: Final = _Reported()


class Unquoted(NamedTuple):
    """A value that is neither text nor a date in YAML: ``raw`` as written; ``kind``: a number, yes or no, nothing."""

    raw: str
    kind: str


def day_in(text: str) -> date | None:
    """The day that a text is, ``2026-01-31``; None where it is written otherwise, or no calendar has it."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


_TAGGED: Final = "A text that begins with ! means something else in YAML. Put quotes around the whole text."
_YAML: Final = "tag:yaml.org,2002:"
_TAGS: Final = {
    f"{_YAML}null": "nothing",
    f"{_YAML}bool": "yes or no",
    f"{_YAML}int": "a number",
    f"{_YAML}float": "a number",
    f"{_YAML}timestamp": "a date",
}

# What YAML does not allow (all of Unicode's Cc but tab, line feed and return), and three characters that end a line in
# YAML but not in an editor, so that all line numbers after them would be wrong.
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
# Not allowed in texts: control characters, Unicode's Bidi_Control property, the byte order mark, and what programs
# write in place of a character that they could not read.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffd\ufffe\uffff]"
)


class _Unreadable(Exception):
    """What follows in the file cannot be read. Arguments: the line, None for the whole file, and the message."""


class _Composer:
    """Makes lists, mappings and texts of PyYAML's events, and keeps where each stands.

    Of events, not of nodes: an alias is refused where it stands, nothing is expanded, and the rest of the file is still
    checked. Values are texts, dates and `Unquoted` only, whatever type a file asks YAML for.
    """

    def __init__(self, file: Written, text: str) -> None:
        self.file = file
        self.notes: list[tuple[int, ValuePath, str]] = []
        self.reference_lines: set[int] = set()
        self.values = 0
        self.end: Any = None  # PyYAML's mark of it: of the last text, or list or mapping in brackets
        self.long_quote: tuple[int, int] | None = None  # first and last line of the last quoted text of several lines
        self.rows = file.rows = re.split("\r\n|\r|\n", text)
        readable = _UNREADABLE.sub(" ", text)
        if readable != text:
            found = ((number, bad[0]) for number, row in enumerate(self.rows, 1) if (bad := _UNREADABLE.search(row)))
            # The first hundred lines of a picture or a program are enough to tell that it is one.
            self.notes += [(number, (), _forbidden(char)) for number, char in itertools.islice(found, 100)]
        self.loader = _SafeLoader(readable)

    def compose(self) -> bool:
        """Fill the file's data, lines and marks. False, and a problem is added, where nothing can be checked."""
        good = False
        try:
            good = self._document()
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            # ValueError and OverflowError come from PyYAML without libyaml, for an escape of no character.
            line, message = _plain_words(error, self.rows)
            if self.long_quote and self.long_quote[1] == line:
                line, end = self.long_quote
                message = _closed_late(end)
            if (line, message) not in {(one[0], one[2]) for one in self.notes}:
                self._note(line, (), message)
        except _Unreadable as error:
            line, message = error.args
            self._note(line, (), message)
        finally:
            self.loader.dispose()
            if not self.file.with_spans:
                self.file.rows = []
        if self.notes:
            # What has a line and no path belongs to the last value that begins on that line or before it.
            begins = sorted((line, at) for at, (path, line) in enumerate(self.file.lines.items()) if ASIDE not in path)
            paths = list(self.file.lines)
            for line, path, message in self.notes:
                if not path and begins:
                    path = paths[begins[max(bisect.bisect_left(begins, (line + 1, 0)) - 1, 0)][1]]
                self.file.add(line, self.file.place(path), message)
        return good

    def _document(self) -> bool:
        next_event = self.loader.get_event
        next_event()  # the stream's start
        if isinstance(next_event(), yaml.StreamEndEvent):  # or the document's start
            self._note(1, (), f"The file is empty. {self.file.begin}")
            return False
        data = self.file.data = self._value(next_event(), ())
        next_event()  # the document's end
        if not isinstance(event := next_event(), yaml.StreamEndEvent):
            self._note(
                event.start_mark.line + 1,
                (),
                "A second document begins here. One file holds one: take out the line with three hyphens, or put what "
                "follows into a file of its own.",
            )
        if isinstance(data, Unquoted) and data.kind == "nothing":
            self._note(1, (), f"The file is empty. {self.file.begin}")
            return False
        return data is not REPORTED

    def _value(self, event: Any, path: ValuePath, line: int | None = None) -> object:
        """The value that begins with this event; ``line`` is that of its field's name, where it has one."""
        here = event.start_mark.line + 1
        self.file.lines[path] = line or here
        if len(path) > DEPTH_MAX:
            raise _Unreadable(
                here,
                f"Here are more than {DEPTH_MAX} lists or fields inside each other. Take out the extra brackets or "
                "spaces, or put the text in quotes.",
            )
        self.values += 1
        if self.values > VALUES_MAX:
            raise _Unreadable(
                here,
                f"The file holds more than {VALUES_MAX:,} entries, far more than Lantern needs. Is it the right file?",
            )
        self.end = event.end_mark
        if isinstance(event, yaml.AliasEvent):
            self._reference(here, path, "*")
            return REPORTED
        if event.anchor is not None:
            self._reference(here, path, "&")
        if isinstance(event, yaml.ScalarEvent):
            if self.file.with_spans:
                self.file.marks[path] = event.start_mark, event.end_mark
            return self._scalar(event, path)
        value = self._list(path) if isinstance(event, yaml.SequenceStartEvent) else self._mapping(path)
        if self.file.with_spans:
            self.file.marks[path] = event.start_mark, self.end
        if event.tag in {None, f"{_YAML}seq", f"{_YAML}map"}:
            return value
        self._note(here, path, _TAGGED)
        return REPORTED

    def _list(self, path: ValuePath) -> list[object]:
        items: list[object] = []
        while not isinstance(event := self.loader.get_event(), yaml.SequenceEndEvent):
            items.append(self._value(event, (*path, len(items))))
        self._bracket(event)
        return items

    def _mapping(self, path: ValuePath) -> dict[str, object]:
        data: dict[str, object] = {}
        first: dict[str, int] = {}
        while not isinstance(event := self.loader.get_event(), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            key = self._key(event, path)
            if key is None:
                self._value(self.loader.get_event(), (*path, ASIDE), line)
            elif key in first:
                self._value(self.loader.get_event(), (*path, ASIDE), line)
                self._note(
                    line, (*path, key), f"This is written twice; the first is on line {first[key]}. Keep one of them."
                )
            else:
                first[key] = self.file.lines[(*path, key)] = line
                value = data[key] = self._value(self.loader.get_event(), (*path, key), line)
                if key in self.file.name_fields and isinstance(value, str) and value.strip():
                    self.file.names[path] = value.strip()
        self._bracket(event)
        return data

    def _bracket(self, event: Any) -> None:
        """Set the end of a list or mapping to its bracket; one without brackets ends with its last entry."""
        if event.start_mark.index < event.end_mark.index:
            self.end = event.end_mark

    def _key(self, event: Any, path: ValuePath) -> str | None:
        before = len(self.notes)
        key = self._value(event, (*path, ASIDE))
        line = self.file.lines[(*path, ASIDE)]
        if isinstance(key, str):
            return key
        if isinstance(key, Unquoted) and key.raw == "<<":
            self._reference(line, path, "<<")
        elif isinstance(key, Unquoted) and key.raw:
            self._note(line, path, f'Put quotes around what is before the colon: "{clean(key.raw)}": …')
        elif len(self.notes) == before:
            self._note(line, path, "Before the colon must be one word or text. If this line is text, put it in quotes.")
        return None

    def _scalar(self, event: Any, path: ValuePath) -> object:
        tag = event.tag
        if event.style in {"'", '"'} and event.start_mark.line < event.end_mark.line:
            start, end = self.long_quote = event.start_mark.line + 1, event.end_mark.line + 1
            # With two quotes forgotten the file can still be read, but the text contains the fields below it.
            field_names = "|".join(self.file.field_names)
            if any(re.match(rf"\s*(- )?({field_names}):\s", row) for row in self.rows[start:end]):
                self._note(start, path, _closed_late(end))
                return REPORTED
        if tag is None:
            tag = self.loader.resolve(yaml.ScalarNode, event.value, event.implicit)
        elif tag not in _TAGS and tag != f"{_YAML}str":
            self._note(event.start_mark.line + 1, path, _TAGGED)
            return REPORTED
        if tag == f"{_YAML}str":
            return self._characters(event, path)
        if tag == f"{_YAML}timestamp" and (day := day_in(event.value)):
            return day
        return Unquoted(event.value, _TAGS.get(tag, "something else"))

    def _characters(self, event: Any, path: ValuePath) -> object:
        """The text without the characters that are not allowed; the first of them is told with its line."""
        text: str = event.value
        bad = _FORBIDDEN.search(text)
        if bad is None:
            return text
        start, end = event.start_mark.line, event.end_mark.line
        line = next((n for n in range(start, min(end + 1, len(self.rows))) if bad[0] in self.rows[n]), start)
        self._note(line + 1, path, _forbidden(bad[0]))
        rest = _FORBIDDEN.sub("", text)
        return rest if rest.strip() else REPORTED

    def _note(self, line: int, path: ValuePath, message: str) -> None:
        self.notes.append((line, path, message))

    def _reference(self, line: int, path: ValuePath, sign: str) -> None:
        # Once a line: what looks like an attack has thousands.
        if line not in self.reference_lines:
            self.reference_lines.add(line)
            self._note(
                line,
                path,
                f"A text that begins with {sign} means something else in YAML (a reference to another value), and "
                "Lantern takes no references. If it is text, put quotes around it; otherwise write the value out.",
            )


def _closed_late(line: int) -> str:
    return f"The quotes that open here are closed on line {line} only. Put the same quote at the text's end."


_QUOTE: Final = "Put the whole text in double quotes, or begin it with >- and write it, indented, on the next lines."
_QUOTED_TEXT: Final = r'(?:"(?:[^"\\]|\\.)*+"|' + r"'(?:[^']|'')*+')"
# A name and a colon, or a text in quotes after which something comes; in a comment there is no colon.
_FIELD: Final = rf"{_QUOTED_TEXT}\s*\S|[^\"'](?:(?!\s#).)*?:(?:\s|$)"


def _plain_words(error: Exception, rows: Sequence[str]) -> tuple[int, str]:
    """The line and the explanation of a YAML error, for somebody who does not know YAML.

    PyYAML tells where it stopped and mostly where the value began that it was reading. The characters at these two
    places show the mistake; PyYAML's own words are not used, since they may change.
    """
    stopped = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if stopped is None:
        return 1, "YAML cannot read this file. Put quotes around every text with special characters."
    began = getattr(error, "context_mark", None) or stopped
    inside = (began.line, began.column) < (stopped.line, stopped.column)
    rows = [*rows, ""]  # the parser may end a file's last line itself
    begun, rest = rows[began.line][began.column :], rows[stopped.line][stopped.column :]
    first, char = begun[:1], rest[:1]
    at_end = rest.startswith(("---", "...")) or not any([rest, *rows[stopped.line + 1 :]])
    where = began
    if inside and at_end and first in {"'", '"'} and not re.match(_QUOTED_TEXT, begun):
        message = "The quotes that open here are never closed. Put the same quote at the end of the text."
    elif inside and first == '"' and "\\" in rows[stopped.line][max(stopped.column - 2, 0) : stopped.column + 1]:
        where = stopped
        message = (
            "In double quotes a backslash \\ begins a special character, and this one is unknown. Write two "
            "backslashes, or use single quotes."
        )
    elif first in {"*", "&", "!"}:
        message = f"A text that begins with {first} means something else in YAML. {_QUOTE}"
    elif char == "\t":
        where = stopped
        message = "There is a tab here. Indent with spaces only: two for each level."
    elif first in {"@", "`", "%", "|", ">"} or (not inside and char in {"]", "}", ",", "?"}):
        message = f"A text cannot begin with {quoted(first)} here. {_QUOTE}"
    elif inside and first in {"[", "{"}:
        message = (
            "The bracket that opens here is never closed, or a comma is missing between its entries. If it is text, "
            "put it in double quotes."
        )
    elif char == ":" and began.line == stopped.line:
        where = stopped
        message = (
            "Here is a colon that YAML does not expect. Either the text itself holds a colon and a space: put the "
            "whole text in double quotes. Or the line is indented further than its neighbours: make them equal."
        )
    elif (not inside and char == "-") or re.match(r"-(\s|$)", begun):
        where = stopped
        message = (
            "This line does not fit the lines above. Every entry of a list must begin with a dash and a space, all of "
            "them indented equally."
        )
    elif not inside:
        message = "Here something begins that does not belong to the lines above. Compare the indentation with theirs."
    elif not re.match(_FIELD, begun):
        message = (
            "A colon is missing on this line. A field is its name, a colon, a space and the text; an entry of a list "
            "begins with a dash; lines that belong to the text above must be indented further than its name."
        )
    else:
        where = stopped
        message = (
            "This line does not fit the lines above. Either its indentation differs from theirs: make it equal. Or a "
            "text in quotes goes on after the closing quote, often because it holds an apostrophe: use double quotes."
        )
    return min(where.line + 1, len(rows) - 1), message


# --- words ------------------------------------------------------------------------------------------------------------


def _forbidden(char: str) -> str:
    name = f"U+{ord(char):04X}"
    if char == "\ufffd":
        return (
            f"Here is a character that some program could not read and replaced ({name}). Write the right one instead."
        )
    return (
        f"Here is an invisible control character ({name}), which Lantern does not let into messages. Delete it: often "
        "it came with pasted text, and typing the words anew removes it."
    )
