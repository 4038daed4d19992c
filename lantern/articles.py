"""What editors write, read and checked: the only reader of the ``content/`` folder.

``load(folder)`` gives the whole `Content`, or raises `ContentError` with *every* problem found in every file.
``check_files(paths)`` does the same for single files, as ``python bot.py check FILE…`` needs it.

A folder holds one YAML file per article, ``care.yml`` (the words for someone in danger) and, if wanted,
``shorthand.yml`` (chat shorthand). The text goes through PyYAML's safe parser event by event, so that every value
keeps its line; pydantic then checks shapes and lengths, and the rules between values (duplicates, related topics) are
checked on what the editor wrote, so that one faulty field does not hide the others. Messages are for editors, who
know neither Python nor pydantic.

Sources of the limits, all in Discord's reference: "Application Commands" (naming; 25 subcommands; 100 commands;
description of 1–100 characters) and "Component Reference" (button label 80, select option label and description 100,
4,000 characters of text in a Components V2 message).
"""

from __future__ import annotations

import bisect
import difflib
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    ValidationError,
)

# --- limits -----------------------------------------------------------------------------------------------------------

NAME_MAX: Final = 32
"""Characters in a command's or subcommand's name (Discord, Application Command Naming)."""
TOPICS_MAX: Final = 25
"""Topics in one article: subcommands in one command, and options in one select (Discord allows 25 of each)."""
DESCRIPTION_MAX: Final = 100
"""Characters in a command's description, and in a select option's label and description (Discord)."""
QUESTION_MAX: Final = 80
"""Characters in a topic's question: it is a button's label, and Discord allows 80 there."""
TITLE_MAX: Final = 80
"""Characters in a title, of an article or a topic: a select option's label takes 100, a button's 80."""
SUMMARY_MAX: Final = 300
"""Characters in a summary: our own limit, so that three of them with their questions read well on a phone."""
VIEW_MAX: Final = 200
"""Characters in an article's view: our own limit, for the small line above every card."""
SOURCE_MAX: Final = 300
"""Characters in an article's source: our own limit."""
ANSWER_MAX: Final = 2500
"""Characters in an answer. With the longest title, view, source and note that makes 3,580 of the 4,000 characters that
Discord allows in one message of components, which leaves 420 for Lantern's own lines; `cards` measures exactly."""
NOTE_MAX: Final = 500
"""Characters in a note: see `ANSWER_MAX`."""
KEYWORD_MAX: Final = 60
"""Characters in one keyword: our own limit; longer ones are sample questions."""
SAMPLE_QUESTION_MAX: Final = 200
"""Characters in one sample question: our own limit, about three lines on a phone."""
PHRASES_MAX: Final = 200
"""Keywords, or sample questions, of one topic: our own limit, far above what helps matching."""
RELATED_MAX: Final = 4
"""Related topics of one topic: one row takes five buttons (Discord), and one of them is Lantern's own."""
CONTACTS_MAX: Final = 2500
"""Characters in a care message's contacts: with `MESSAGE_MAX` below the 4,000 of one message."""
MESSAGE_MAX: Final = 1000
"""Characters in a care message's own sentences: see `CONTACTS_MAX`."""
SIGN_MAX: Final = 2000
"""Characters in one care sign, which may list many ways to say it: our own limit."""
SIGNS_MAX: Final = 1000
"""Signs, or phrases that are none, of one kind of care: our own limit."""
LABEL_MAX: Final = 80
"""Characters in a button's label (Discord)."""
URL_MAX: Final = 512
"""Characters in a link button's address (Discord)."""
SHORTHAND_KEY_MAX: Final = 32
"""Characters in one piece of chat shorthand: our own limit."""
SHORTHAND_VALUE_MAX: Final = 100
"""Characters in what a piece of shorthand stands for: our own limit."""
FILE_BYTES_MAX: Final = 1_000_000
"""Bytes in one file: our own limit. Twenty-five topics of the greatest length are a tenth of it."""
DEPTH_MAX: Final = 10
"""Levels of nesting in a file: our own limit. An article has four."""
VALUES_MAX: Final = 30_000
"""Values in one file, names of fields included: our own limit, three times what the greatest article holds. It bounds
the time that a file of rubbish can take."""
_HINTS_MAX: Final = 200

RESERVED_COMMANDS: Final = frozenset(
    {
        "topics",
        "help",
        "ask",
        "privacy",
        "answer",
        "library",
        "thread-answers",
        "setup",
        "settings",
        "insights",
        "digest",
    }
)
"""Names of Lantern's own commands, which no article may take."""
ARTICLES_MAX: Final = 100 - len(RESERVED_COMMANDS)
"""Articles in one folder: each is a slash command, and Discord allows 100, Lantern's included."""

CARE_FILE: Final = "care"
"""Name, without ``.yml``, of the file with the care messages; it must be there."""
SHORTHAND_FILE: Final = "shorthand"
"""Name, without ``.yml``, of the file with the chat shorthand; it may be missing."""
CARE_KINDS: Final = ("self_harm", "violence", "harm_to_others")
"""The kinds of danger; `Care` has exactly these."""

# A board without a battery starts in 1970. A clock that says a day before this line was written is wrong, and must not
# make every article one "from the future".
_CLOCK_FLOOR: Final = date(2026, 11, 22)


# --- problems ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in the content, told to whoever wrote it.

    ``file`` is the path as it was given, ``line`` counts from 1 and is None where the mistake is in no line (a missing
    folder), ``field`` says in words where it is (``topic “runner”, question``; empty for a whole file), and ``message``
    says what is wrong and what would be right, in one line.
    """

    file: str
    line: int | None
    field: str
    message: str

    def __str__(self) -> str:
        where = [self.file]
        if self.line is not None:
            where.append(f"line {self.line}")
        if self.field:
            where.append(self.field)
        return f"{', '.join(where)}: {self.message}"


class ContentError(Exception):
    """Content that cannot be used. ``problems`` has all of them, in the order of files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


# --- models -----------------------------------------------------------------------------------------------------------


def fold(text: str) -> str:
    """The form in which two names or keywords are the same: no case, single spaces, compatible characters equal."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _visible(text: str) -> str:
    # Spaces, format characters and the blank Hangul fillers show nothing, however many there are.
    if not any(unicodedata.category(char)[0] in "LNPS" and char not in "\u115f\u1160\u3164\uffa0" for char in text):
        raise ValueError("This is empty. Write the text after the colon.")
    return text


def _one_line(text: str) -> str:
    _visible(text)
    if "\n" in text or "\t" in text:
        raise ValueError("This must be on one line, without tabs. To spread it over several, begin with `>-`.")
    return text


# discord.py refuses the apostrophe, which Discord allows, and takes a part of the Thai and Devanagari marks; what both
# take is a name that works. (Discord: Application Command Naming; discord.py: app_commands.commands.validate_name.)
_NAME = re.compile(
    r"[-_\w\u0e31-\u0e3a\u0e47-\u0e4e\u0900-\u0903\u093a-\u093c\u093e-\u094f\u0955-\u0957\u0962\u0963]{1,32}"
)


def _discord_name(text: str) -> str:
    if _NAME.fullmatch(text) and text == text.lower():
        return text
    _visible(text)
    better = "".join(char for char in re.sub(r"[\s/.,:]+", "-", text.lower()) if _NAME.fullmatch(char)).strip("-_")
    hint = f" For instance {_quote(better[:NAME_MAX].rstrip('-_'))}." if better else ""
    if len(text) > NAME_MAX:
        raise ValueError(f"{_quote(text)} has {len(text)} characters; Discord allows {NAME_MAX} in a name.{hint}")
    raise ValueError(
        f"Discord refuses the name {_quote(text)}: it must be in lower case, with letters, digits, - and _ only, "
        f"and without spaces.{hint}"
    )


def _no_own_command(text: str) -> str:
    if fold(text) in RESERVED_COMMANDS:
        raise ValueError(f"{_quote(text)} is one of Lantern's own commands. Choose another name for the article.")
    return text


def _colour(value: object) -> object:
    if isinstance(value, str):
        if not re.fullmatch(r"#[0-9A-Fa-f]{6}", value.strip()):
            raise ValueError(f'{_quote(value)} is no colour. Write # and six of 0–9 and A–F in quotes: "#7B5EA7".')
        return int(value.strip()[1:], 16)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 0xFFFFFF:
        return value
    raise ValueError('This is no colour. Write # and six of 0–9 and A–F in quotes: "#7B5EA7".')


def _reviewed(value: object) -> date:
    """A date as year-month-day, in quotes or not.

    Raises ValueError for anything else, a day that no calendar has, and days later than tomorrow (UTC): an editor's
    own day may be ahead of UTC by one.
    """
    if isinstance(value, str):
        try:
            if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip()):
                raise ValueError
            value = date.fromisoformat(value.strip())
        except ValueError:
            raise ValueError(f"{_quote(str(value))} is no date. {_DATE_HINT}") from None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError(f"This is no date. {_DATE_HINT}")
    if value > max(datetime.now(UTC).date(), _CLOCK_FLOOR) + timedelta(days=1):
        raise ValueError(
            f"{value.isoformat()} is in the future. Write the day on which the answer was last read through."
        )
    return value


_DATE_HINT: Final = "Write the year, month and day of a day that exists: 2026-01-31."


def _https(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme.lower() == "https" and bool(parts.hostname) and not re.search(r"[\s<>\"]", text)
    except ValueError:
        good = False
    if not good:
        raise ValueError(f"{_quote(text)} is no web address. It must begin with https:// and have no spaces.")
    return text


_String = Annotated[str, StringConstraints(strip_whitespace=True, strict=True)]
Line = Annotated[_String, AfterValidator(_one_line)]
Text = Annotated[_String, AfterValidator(_visible)]
Name = Annotated[_String, AfterValidator(_discord_name)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Topic(_Model):
    """One question that members keep asking, and its answer. Strings are stripped and never empty."""

    key: Name
    title: Annotated[Line, Field(max_length=TITLE_MAX)]
    question: Annotated[Line, Field(max_length=QUESTION_MAX)]
    summary: Annotated[Line, Field(max_length=SUMMARY_MAX)]
    answer: Annotated[Text, Field(max_length=ANSWER_MAX)]
    note: Annotated[Text, Field(max_length=NOTE_MAX)] | None = None
    keywords: tuple[Annotated[Line, Field(max_length=KEYWORD_MAX)], ...] = Field(min_length=1)
    sample_questions: tuple[Annotated[Line, Field(max_length=SAMPLE_QUESTION_MAX)], ...] = Field(min_length=1)
    related: tuple[Line, ...] = ()
    reviewed: Annotated[date, BeforeValidator(_reviewed)]

    _article: Article | None = PrivateAttr(default=None)

    @property
    def article(self) -> Article:
        """The article that the topic stands in. Raises RuntimeError for a topic that was made without one."""
        if self._article is None:
            raise RuntimeError(f"the topic {self.key!r} belongs to no article")
        return self._article

    @property
    def address(self) -> str:
        """Command and key, which together name the topic among all: ``twinflame/runner``."""
        return f"{self.article.command}/{self.key}"

    # pydantic would compare and hash the article too, which compares and hashes its topics, and so on without end.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Topic) and _place(self) == _place(other) and _values(self) == _values(other)

    def __hash__(self) -> int:
        return hash(_place(self))


class Article(_Model):
    """One file of topics, which is one slash command. ``colour`` is 0xRRGGBB."""

    command: Annotated[Name, AfterValidator(_no_own_command)]
    title: Annotated[Line, Field(max_length=TITLE_MAX)]
    view: Annotated[Line, Field(max_length=VIEW_MAX)]
    source: Annotated[Line, Field(max_length=SOURCE_MAX)]
    colour: Annotated[int, BeforeValidator(_colour)]
    topics: tuple[Topic, ...] = Field(min_length=1)

    _by_key: dict[str, Topic] = PrivateAttr(default_factory=dict)

    def model_post_init(self, context: Any, /) -> None:
        """Tell each topic which article it stands in."""
        for topic in self.topics:
            topic._article = self
            self._by_key[topic.key] = topic

    def topic(self, key: str) -> Topic | None:
        """The topic with exactly this key, or None."""
        return self._by_key.get(key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Article) and _values(self) == _values(other)

    def __hash__(self) -> int:
        return hash(self.command)


def _values(model: BaseModel) -> list[object]:
    return [getattr(model, name) for name in type(model).model_fields]


def _place(topic: Topic) -> tuple[str | None, str]:
    return (topic._article.command if topic._article else None, topic.key)


class CareKind(_Model):
    """What is said to someone in one kind of danger, and the phrases that are signs of it or only look like it."""

    kind: Literal["self_harm", "violence", "harm_to_others"]
    contacts: Annotated[Text, Field(max_length=CONTACTS_MAX)]
    message: Annotated[Text, Field(max_length=MESSAGE_MAX)]
    signs: tuple[Annotated[Line, Field(max_length=SIGN_MAX)], ...] = Field(min_length=1)
    not_signs: tuple[Annotated[Line, Field(max_length=SIGN_MAX)], ...] = ()


class Directory(_Model):
    """A link button to an international directory of helplines."""

    label: Annotated[Line, Field(max_length=LABEL_MAX)]
    url: Annotated[Line, AfterValidator(_https), Field(max_length=URL_MAX)]


class Care(_Model):
    """``care.yml``: one `CareKind` for each of `CARE_KINDS`."""

    directory: Directory
    kinds: tuple[CareKind, ...]

    def kind(self, name: str) -> CareKind | None:
        """The kind with this name, or None."""
        return next((kind for kind in self.kinds if kind.kind == name), None)


class Shorthand(_Model):
    """``shorthand.yml``: what members abbreviate, folded as `fold` does, and what it stands for."""

    shorthand: dict[
        Annotated[Line, Field(max_length=SHORTHAND_KEY_MAX), AfterValidator(fold)],
        Annotated[Line, Field(max_length=SHORTHAND_VALUE_MAX)],
    ]


@dataclass(frozen=True)
class Content:
    """All that editors wrote, checked. Nothing in it can be changed; two are equal if they say the same."""

    articles: tuple[Article, ...]
    care: Care
    shorthand: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shorthand", MappingProxyType(dict(self.shorthand)))

    def __hash__(self) -> int:
        return hash(self.digest)

    def topics(self) -> Iterator[Topic]:
        """Every topic, in the order of the articles' file names and then as the editor ordered them."""
        for article in self.articles:
            yield from article.topics

    def article(self, command: str) -> Article | None:
        """The article with exactly this command name, or None."""
        return self._by_command.get(command)

    def find(self, command: str, key: str) -> Topic | None:
        """The topic with exactly this command name and key, or None."""
        article = self._by_command.get(command)
        return article.topic(key) if article else None

    @cached_property
    def digest(self) -> str:
        """32 hexadecimal digits that change when anything in the content does, and only then."""
        whole = [
            [article.model_dump(mode="json") for article in self.articles],
            self.care.model_dump(mode="json"),
            dict(self.shorthand),
        ]
        text = json.dumps(whole, ensure_ascii=False, sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    @cached_property
    def _by_command(self) -> dict[str, Article]:
        return {article.command: article for article in self.articles}


# --- reading ----------------------------------------------------------------------------------------------------------

Checked = Article | Care | Shorthand
"""What one file can be."""


def load(folder: Path) -> Content:
    """Read and check a whole content folder.

    Every ``.yml`` or ``.yaml`` file in it counts, in the order of their names, except hidden ones; folders inside it do
    not. Raises ContentError with all problems; nothing else is raised, whatever the files hold.
    """
    problems, found = _read_folder(folder)
    _compare(found)
    problems += [problem for one in found for problem in one.problems]
    if problems:
        raise ContentError(problems)
    care = next(one.value for one in found if isinstance(one.value, Care))
    return Content(
        articles=tuple(one.value for one in found if isinstance(one.value, Article)),
        care=care,
        shorthand=next((one.value.shorthand for one in found if isinstance(one.value, Shorthand)), {}),
    )


def check_files(paths: Iterable[Path]) -> list[tuple[Path, Checked | tuple[Problem, ...]]]:
    """Check single files, each told as what it is or as its problems, in the order given.

    A file called ``care.yml`` or ``shorthand.yml`` is checked as such, every other one as an article. Files that are
    passed together are compared with each other (two articles with one command). A folder counts as the files in it;
    what is wrong with the folder itself, such as a missing ``care.yml``, is told for the folder's path. Raises nothing.
    """
    # The folders' own problems wait in place, so that the result keeps the order of the paths.
    told: list[tuple[Path, tuple[Problem, ...]] | _File] = []
    for path in paths:
        if _is_folder(path):
            problems, files = _read_folder(path)
            if problems:
                told.append((path, tuple(problems)))
            told += files
        else:
            told.append(_read_file(path))
    _compare([one for one in told if isinstance(one, _File)])
    return [(one.path, one.result()) if isinstance(one, _File) else one for one in told]


def content_files(folder: Path) -> list[Path]:
    """The files of a content folder that `load` reads, sorted by name. Raises OSError if the folder cannot be read."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in {".yml", ".yaml"} and not path.name.startswith(".") and not path.is_dir()
    )


@dataclass
class _File:
    """One file on its way to being a model: what was written, where each value stands, and what is wrong with it."""

    path: Path
    problems: list[Problem] = field(default_factory=list)
    data: object = None
    lines: dict[_Path, int] = field(default_factory=dict)
    names: dict[_Path, str] = field(default_factory=dict)
    value: Checked | None = None
    hints: int = 0

    @property
    def model(self) -> type[Article] | type[Care] | type[Shorthand]:
        stem = self.path.stem.lower()
        return Care if stem == CARE_FILE else Shorthand if stem == SHORTHAND_FILE else Article

    def result(self) -> Checked | tuple[Problem, ...]:
        if self.problems or self.value is None:
            return tuple(self.problems)
        return self.value

    def add(self, line: int | None, words: str, message: str) -> None:
        self.problems.append(Problem(_show(self.path), line, words, message))

    def nearest(self, name: str, known: Iterable[str]) -> str | None:
        """The known name most like this one, or None. The first 200 times: to compare is slow, and that is enough."""
        self.hints += 1
        return _nearest(name, known) if self.hints <= _HINTS_MAX else None

    def blame(self, path: _Path, message: str) -> None:
        """Add a problem with the value at a place in the data."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        self.add(self.lines.get(known, 1), _in_words(path, self.names), message)


_Path = tuple[str | int, ...]
_ASIDE: Final = -1
"""Stands in a path for a mapping's key, or for a value that nobody will look up."""


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _read_folder(folder: Path) -> tuple[list[Problem], list[_File]]:
    """Problems of the folder itself, and each file in it, read and checked alone."""
    name = _show(folder)
    try:
        paths = content_files(folder)
    except (OSError, ValueError) as error:
        return [Problem(name, None, "", f"The content folder {_why_not(error)}.")], []
    files = [_read_file(path) for path in paths]
    problems = []
    articles = [one for one in files if one.model is Article]
    if not articles:
        problems.append(
            Problem(name, None, "", "The folder holds no article. Put one into it: a file whose name ends in .yml.")
        )
    if len(articles) > ARTICLES_MAX:
        problems.append(
            Problem(
                name,
                None,
                "",
                f"The folder holds {len(articles)} articles, and Discord allows 100 commands, of which Lantern needs "
                f"{len(RESERVED_COMMANDS)} itself. Take out {len(articles) - ARTICLES_MAX}.",
            )
        )
    if not any(one.model is Care for one in files):
        problems.append(
            Problem(
                name,
                None,
                "",
                f"{CARE_FILE}.yml is missing: the words for someone who is in danger. Put it back; Lantern does not "
                "run without it.",
            )
        )
    for model, stem in ((Care, CARE_FILE), (Shorthand, SHORTHAND_FILE)):
        twice = [one.path.name for one in files if one.model is model]
        if len(twice) > 1:
            problems.append(
                Problem(name, None, "", f"There are {len(twice)} files called {stem}: {_list(twice)}. Keep one.")
            )
    return problems, files


def _read_file(path: Path) -> _File:
    """Read and check one file alone. Raises nothing: what is wrong stands in its problems."""
    file = _File(path)
    text = _text_of(file)
    if text is not None and _Composer(file, text).compose():
        _rules(file)
        _shape(file)
    file.problems.sort(key=lambda problem: problem.line or 0)
    return file


def _text_of(file: _File) -> str | None:
    try:
        # A pipe would be waited for without end.
        if file.path.exists() and not file.path.is_file():
            file.add(None, "", "This is not a file that can be read. Give the path of a .yml file.")
            return None
        with file.path.open("rb") as stream:
            raw = stream.read(FILE_BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        file.add(None, "", f"The file {_why_not(error)}.")
        return None
    if len(raw) > FILE_BYTES_MAX:
        file.add(
            None,
            "",
            f"The file is larger than {FILE_BYTES_MAX:,} bytes, far more than an article needs. Is it the right file?",
        )
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        file.add(
            line,
            "",
            "The file is not saved as UTF-8. Save it again and choose the encoding UTF-8 (in Notepad: Save as, "
            "Encoding, UTF-8), then look whether special letters on this line are still right.",
        )
        return None


def _why_not(error: OSError | ValueError) -> str:
    match error:
        case FileNotFoundError():
            return "does not exist. Look for a typing mistake in the path"
        case PermissionError():
            return "may not be read by the user that Lantern runs as. Give that user the right to read it"
        case NotADirectoryError():
            return "is not a folder, or lies in something that is none"
        case OSError():
            return f"cannot be read ({_clean(error.strerror or 'unknown reason')})"
    return "cannot be read: no path looks like this"


# --- YAML to plain data, with lines -----------------------------------------------------------------------------------

_SafeLoader: Any
try:
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # PyYAML built without libyaml: the same, slower
    from yaml import SafeLoader as _SafeLoader


class _Reported:
    """Stands for a value about which a problem was told already, so that it is told once."""


_REPORTED: Final = _Reported()


@dataclass(frozen=True, slots=True)
class _Unquoted:
    """A value that YAML takes for something else than text or a date: a number, yes or no, or nothing."""

    raw: str
    kind: str


_TAGGED: Final = "A text that begins with ! means something else in YAML. Put quotes around the whole text."
# A line that begins with a field of ours.
_FIELD: Final = re.compile(
    rf"\s*(- )?({'|'.join(name for model in (Article, Topic, Care, CareKind) for name in model.model_fields)}):\s"
)
_TAGS: Final = {
    "tag:yaml.org,2002:null": "nothing",
    "tag:yaml.org,2002:bool": "yes or no",
    "tag:yaml.org,2002:int": "a number",
    "tag:yaml.org,2002:float": "a number",
    "tag:yaml.org,2002:timestamp": "a date",
}

# What YAML's reader refuses outright (all of Cc but tab, line feed and return), and three characters that it takes for
# ends of lines while editors do not, which would move every line number after them.
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
# Unicode's Bidi_Control property, the byte order mark inside a text, and what programs write in place of a character
# that they could not read.
_REFUSED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffd\ufffe\uffff]"
)


class _TooMuch(Exception):
    """More than DEPTH_MAX or VALUES_MAX allow: line and message."""


class _Composer:
    """Puts PyYAML's events together into lists, mappings and strings, keeping the line of each.

    Events rather than nodes: an alias can be refused where it stands and the rest of the file still be checked, and
    nothing is ever expanded. Only text, dates and `_Unquoted` come out of it, whatever a file asks YAML to make.
    """

    def __init__(self, file: _File, text: str) -> None:
        self.file = file
        self.notes: list[tuple[int, _Path, str]] = []
        self.reference_lines: set[int] = set()
        self.values = 0
        self.quoted: tuple[int, int] | None = None  # first and last line of the last text in quotes that has several
        self.rows = re.split("\r\n|\r|\n", text)
        for number, row in enumerate(self.rows, 1):
            # The first hundred lines of a picture or a program are enough to tell that it is one.
            if len(self.notes) < 100 and (bad := _UNREADABLE.search(row)):
                self.notes.append((number, (), _refused(bad[0])))
        self.loader = _SafeLoader(_UNREADABLE.sub(" ", text))

    def compose(self) -> bool:
        """Fill the file's data and lines. False if there is nothing to go on with; the problem is told."""
        good = False
        try:
            good = self._document()
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            # The last two: PyYAML without libyaml, on an escape for a character that does not exist.
            line, message = _plain_words(error, self.rows)
            if self.quoted and self.quoted[1] == line:
                line, end = self.quoted
                message = _closed_late(end)
            if (line, message) not in {(one[0], one[2]) for one in self.notes}:
                self.notes.append((line, (), message))
        except _TooMuch as error:
            line, message = error.args
            self.notes.append((line, (), message))
        finally:
            self.loader.dispose()
        # What has a line and no path belongs to the last value that begins on that line or before it.
        begins = sorted(
            ((line, place), path) for place, (path, line) in enumerate(self.file.lines.items()) if _ASIDE not in path
        )
        for line, path, message in self.notes:
            if not path and begins:
                path = begins[max(bisect.bisect_left(begins, ((line + 1, 0),)) - 1, 0)][1]
            self.file.add(line, _in_words(path, self.file.names), message)
        return good

    def _document(self) -> bool:
        loader = self.loader
        loader.get_event()  # the stream's start
        if loader.check_event(yaml.StreamEndEvent):
            self.notes.append((1, (), f"The file is empty. {_BEGIN[self.file.model]}"))
            return False
        loader.get_event()  # the document's start
        data = self._value((), None)
        loader.get_event()  # the document's end
        self.file.data = data
        if not loader.check_event(yaml.StreamEndEvent):
            line = loader.peek_event().start_mark.line + 1
            self.notes.append(
                (
                    line,
                    (),
                    "A second document begins here. One file holds one: take out the line with three hyphens, or put "
                    "what follows into a file of its own.",
                )
            )
        if isinstance(data, _Unquoted) and data.kind == "nothing":
            self.notes.append((1, (), f"The file is empty. {_BEGIN[self.file.model]}"))
            return False
        return data is not _REPORTED

    def _value(self, path: _Path, line: int | None) -> object:
        """The next value, recorded at ``line`` or else at its own."""
        event = self.loader.get_event()
        here = event.start_mark.line + 1
        self.file.lines[path] = line or here
        self.values += 1
        if len(path) > DEPTH_MAX:
            raise _TooMuch(
                here,
                f"Here are more than {DEPTH_MAX} lists or fields inside each other. Take out the extra brackets or "
                "spaces, or put the text in quotes.",
            )
        if self.values > VALUES_MAX:
            raise _TooMuch(
                here,
                f"The file holds more than {VALUES_MAX:,} entries, far more than Lantern needs. Is it the right file?",
            )
        if isinstance(event, yaml.AliasEvent):
            self._reference(here, path, "*")
            return _REPORTED
        if event.anchor is not None:
            self._reference(here, path, "&")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        value = self._list(path) if isinstance(event, yaml.SequenceStartEvent) else self._mapping(path)
        if event.tag in {None, "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"}:
            return value
        self.notes.append((here, path, _TAGGED))
        return _REPORTED

    def _list(self, path: _Path) -> list[object]:
        items: list[object] = []
        while not self.loader.check_event(yaml.SequenceEndEvent):
            items.append(self._value((*path, len(items)), None))
        self.loader.get_event()
        return items

    def _mapping(self, path: _Path) -> dict[str, object]:
        data: dict[str, object] = {}
        first: dict[str, int] = {}
        while not self.loader.check_event(yaml.MappingEndEvent):
            line = self.loader.peek_event().start_mark.line + 1
            key = self._key(path)
            if key is None:
                self._value((*path, _ASIDE), line)
            elif key in first:
                self._value((*path, _ASIDE), line)
                self.notes.append(
                    (line, (*path, key), f"This is written twice; the first is on line {first[key]}. Keep one of them.")
                )
            else:
                first[key] = self.file.lines[(*path, key)] = line
                value = data[key] = self._value((*path, key), line)
                if key in {"key", "kind"} and isinstance(value, str) and value.strip():
                    self.file.names[path] = value.strip()
        self.loader.get_event()
        return data

    def _key(self, path: _Path) -> str | None:
        before = len(self.notes)
        key = self._value((*path, _ASIDE), None)
        line = self.file.lines[(*path, _ASIDE)]
        if isinstance(key, str):
            return key
        if isinstance(key, _Unquoted) and key.raw == "<<":
            self._reference(line, path, "<<")
        elif isinstance(key, _Unquoted) and key.raw:
            self.notes.append((line, path, f'Put quotes around what is before the colon: "{_clean(key.raw)}": …'))
        elif len(self.notes) == before:
            self.notes.append(
                (line, path, "Before the colon must be one word or text. If this line is text, put it in quotes.")
            )
        return None

    def _scalar(self, event: Any, path: _Path) -> object:
        tag = event.tag
        if event.style in {"'", '"'} and event.start_mark.line < event.end_mark.line:
            start, end = self.quoted = event.start_mark.line + 1, event.end_mark.line + 1
            # With an even number of quotes forgotten the file parses, and the text has swallowed the fields below it.
            if any(_FIELD.match(row) for row in self.rows[start:end]):
                self.notes.append((start, path, _closed_late(end)))
                return _REPORTED
        if tag is None:
            tag = self.loader.resolve(yaml.ScalarNode, event.value, event.implicit)
        elif tag not in _TAGS and tag != "tag:yaml.org,2002:str":
            self.notes.append((event.start_mark.line + 1, path, _TAGGED))
            return _REPORTED
        if tag == "tag:yaml.org,2002:str":
            return self._characters(event, path)
        if tag == "tag:yaml.org,2002:timestamp" and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", event.value):
            try:
                return date.fromisoformat(event.value)
            except ValueError:
                pass
        return _Unquoted(event.value, _TAGS.get(tag, "something else"))

    def _characters(self, event: Any, path: _Path) -> object:
        """The text without what no text may have in it, which is told with the line on which it stands."""
        text: str = event.value
        bad = _REFUSED.search(text)
        if bad is None:
            return text
        start, end = event.start_mark.line, event.end_mark.line
        line = next((n for n in range(start, min(end + 1, len(self.rows))) if bad[0] in self.rows[n]), start)
        self.notes.append((line + 1, path, _refused(bad[0])))
        clean = _REFUSED.sub("", text)
        return clean if clean.strip() else _REPORTED

    def _reference(self, line: int, path: _Path, sign: str) -> None:
        # Once a line: what looks like an attack has thousands.
        if line not in self.reference_lines:
            self.reference_lines.add(line)
            self.notes.append(
                (
                    line,
                    path,
                    f"A text that begins with {sign} means something else in YAML (a reference to another value), and "
                    "Lantern takes no references. If it is text, put quotes around it; otherwise write the value out.",
                )
            )


_BEGIN: Final = {
    Article: "An article begins with its fields, each on a line: command, title, view, source, colour, topics.",
    Care: "It begins with two fields: directory and kinds.",
    Shorthand: "It begins with the field shorthand, and under it, indented, lines such as tf: twin flame.",
}


def _closed_late(line: int) -> str:
    return f"The quotes that open here are closed on line {line} only. Put the same quote at the text's end."


def _plain_words(error: Exception, rows: Sequence[str]) -> tuple[int, str]:
    """Line and explanation of a YAML error, for someone who has never heard of a scalar."""
    context = str(getattr(error, "context", None) or "")
    problem = str(getattr(error, "problem", None) or "")
    start, end = getattr(error, "context_mark", None), getattr(error, "problem_mark", None)
    mark = end or start
    char = ""
    if mark is not None and mark.line < len(rows):
        char = rows[mark.line][mark.column : mark.column + 1]
    quote = "Put the whole text in double quotes, or begin it with >- and write it, indented, on the next lines."
    if "quoted scalar" in context:
        mark = start or mark
        if "escape" in problem or "hexdecimal" in problem or "Unicode" in problem:
            mark = end or mark
            message = (
                "In double quotes a backslash \\ begins a special character, and this one is unknown. Write two "
                "backslashes, or use single quotes."
            )
        else:
            message = "The quotes that open here are never closed. Put the same quote at the end of the text."
    elif "alias" in context or "anchor" in context or "alias" in problem:
        message = f"A text that begins with * or & means something else in YAML. {quote}"
    elif "tag" in context or "tag" in problem:
        message = f"A text that begins with ! means something else in YAML. {quote}"
    elif char == "\t" and "mapping values" not in problem:
        message = "There is a tab here. Indent with spaces only: two for each level."
    elif "mapping values" in problem:
        message = (
            "Here is a colon that YAML does not expect. Either the text itself holds a colon and a space: put the "
            "whole text in double quotes. Or the line is indented further than its neighbours: make them equal."
        )
    elif "cannot start any token" in problem:
        message = f"A text cannot begin with {_quote(char)} here. {quote}"
    elif "could not find expected ':'" in problem:
        mark = start or mark
        message = (
            "A colon is missing on this line. A field is its name, a colon, a space and the text; an entry of a list "
            "begins with a dash; lines that belong to the text above must be indented further than its name."
        )
    elif "flow" in context or "flow" in problem:
        mark = start or mark
        message = (
            "The bracket that opens here is never closed, or a comma is missing between its entries. If it is text, "
            "put it in double quotes."
        )
    elif "'-'" in problem or "block sequence" in problem or "block collection" in context:
        message = (
            "This line does not fit the lines above. Every entry of a list must begin with a dash and a space, all of "
            "them indented equally."
        )
    elif "block mapping" in context or "block end" in problem:
        message = (
            "This line does not fit the lines above. Either its indentation differs from theirs: make it equal. Or a "
            "text in quotes goes on after the closing quote, often because it holds an apostrophe: use double quotes."
        )
    elif "directive" in problem or "directive" in context:
        message = f"A line cannot begin with % here. {quote}"
    elif "document" in problem:
        message = "Here something begins that does not belong to the lines above. Compare the indentation with theirs."
    else:
        message = (
            "YAML cannot read this line. Compare it with the lines above: indentation in spaces, a space after each "
            "colon and dash, and quotes around a text with special characters."
        )
    last = max(len(rows), 1)
    return (min(mark.line + 1, last) if mark is not None else 1), message


# --- rules between values, on what was written ------------------------------------------------------------------------

_COUNTS: Final = {
    "topics": (TOPICS_MAX, "Discord allows no more in one command. Move some to an article of their own"),
    "related": (RELATED_MAX, "no more fit on one row of buttons. Take out the least useful"),
    "keywords": (PHRASES_MAX, "more do not help. Take out the least useful"),
    "sample_questions": (PHRASES_MAX, "more do not help. Take out the least useful"),
    "signs": (SIGNS_MAX, "more do not help. Take out the least useful"),
    "not_signs": (SIGNS_MAX, "more do not help. Take out the least useful"),
}


def _rules(file: _File) -> None:
    """Duplicates, related topics and counts. Works on raw data: whatever has the wrong shape is told by `_shape`."""
    if not isinstance(file.data, dict):
        return
    for path, value in _walk(file.data):
        name = path[-1] if path else None
        if isinstance(value, list) and isinstance(name, str) and name in _COUNTS and len(value) > _COUNTS[name][0]:
            limit, why = _COUNTS[name]
            file.blame(
                (*path, limit), f"This is one too many: the list has {len(value)}, and {limit} is the limit; {why}."
            )
    if file.model is Article:
        _topic_rules(file, file.data)
    elif file.model is Care:
        _care_rules(file, file.data)
    else:
        _Seen(file, "shorthand").all((("shorthand", key), key) for key in _fields(file.data.get("shorthand")))


def _topic_rules(file: _File, data: Mapping[str, object]) -> None:
    topics = [
        (("topics", number), topic)
        for number, topic in enumerate(_items(data.get("topics")))
        if isinstance(topic, dict)
    ]
    for name, what in (("key", "key"), ("title", "title"), ("question", "question")):
        _Seen(file, what).all(((*path, name), topic.get(name)) for path, topic in topics)
    for name, what in (("keywords", "keyword"), ("sample_questions", "sample question")):
        _Seen(file, what).all(
            ((*path, name, number), value)
            for path, topic in topics
            for number, value in enumerate(_items(topic.get(name)))
        )
    keys = [topic["key"].strip() for _, topic in topics if isinstance(topic.get("key"), str)]
    # Where a key is missing or no text, that is told; who may be meant by it is not known then.
    sure = len(keys) == len(_items(data.get("topics")))
    for path, topic in topics:
        own = topic.get("key")
        seen: set[str] = set()
        for number, other in enumerate(_items(topic.get("related"))):
            if not isinstance(other, str) or not other.strip():
                continue
            other = other.strip()
            place = (*path, "related", number)
            if isinstance(own, str) and other == own.strip():
                file.blame(place, "A topic cannot be related to itself. Take this line out, or name another topic.")
            elif other not in keys:
                if not sure:
                    continue
                near = file.nearest(other, keys)
                hint = f"Did you mean {_quote(near)}?" if near else "Write the key of a topic in this file."
                file.blame(place, f"There is no topic with the key {_quote(other)} in this article. {hint}")
            elif other in seen:
                file.blame(place, f"{_quote(other)} is in this list already. Take one of them out.")
            seen.add(other)


def _care_rules(file: _File, data: Mapping[str, object]) -> None:
    kinds = [
        (("kinds", number), kind) for number, kind in enumerate(_items(data.get("kinds"))) if isinstance(kind, dict)
    ]
    _Seen(file, "kind").all(((*path, "kind"), kind.get("kind")) for path, kind in kinds)
    # One phrase cannot be a sign and none, nor a sign of two kinds of danger.
    _Seen(file, "phrase").all(
        ((*path, name, number), value)
        for path, kind in kinds
        for name in ("signs", "not_signs")
        for number, value in enumerate(_items(kind.get(name)))
    )
    named = {kind["kind"].strip() for _, kind in kinds if isinstance(kind.get("kind"), str)}
    missing = [kind for kind in CARE_KINDS if kind not in named]
    # A kind with a misspelt name is told where it stands; then its right name is not missing too.
    unknown = sum(name not in CARE_KINDS for name in named)
    if isinstance(data.get("kinds"), list) and len(missing) > unknown:
        file.blame(("kinds",), f"No entry has the kind {_list(missing)}. All three must be there: {_list(CARE_KINDS)}.")


class _Seen:
    """Tells what stands for the second time, the first being what `fold` makes equal."""

    def __init__(self, file: _File, what: str) -> None:
        self.file = file
        self.what = what
        self.first: dict[str, tuple[_Path, str]] = {}

    def all(self, values: Iterable[tuple[_Path, object]]) -> None:
        for path, value in values:
            if not isinstance(value, str) or not fold(value):
                continue
            before = self.first.setdefault(fold(value), (path, value))
            if before[0] == path:
                continue
            where = f"line {self.file.lines[before[0]]}"
            topic = before[0][:2]
            if self.what not in {"key", "kind"} and topic != path[:2] and len(topic) == 2 and isinstance(topic[1], int):
                where += f", in {_in_words(topic, self.file.names)}"
            same = "" if before[1] == value else " (capitals and spaces do not count)"
            self.file.blame(
                path,
                f"The {self.what} {_quote(value)} is on {where} already{same}. Each may stand once: change or take out "
                "one of them.",
            )


def _compare(files: Sequence[_File]) -> None:
    """Command names and titles that two articles share, told in the later file."""
    for name, what in (("command", "command name"), ("title", "title")):
        first: dict[str, tuple[_File, str]] = {}
        for file in files:
            value = file.data.get(name) if isinstance(file.data, dict) and file.model is Article else None
            if not isinstance(value, str) or not fold(value):
                continue
            other, _ = first.setdefault(fold(value), (file, value))
            if other.path != file.path:
                file.blame(
                    (name,),
                    f"The {what} {_quote(value)} is taken by {_show(other.path)}, line {other.lines[(name,)]}. Each "
                    "article needs its own.",
                )
                file.problems.sort(key=lambda problem: problem.line or 0)


def _walk(value: object, path: _Path = ()) -> Iterator[tuple[_Path, object]]:
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _walk(inner, (*path, number))


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _fields(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


# --- shapes, by pydantic ----------------------------------------------------------------------------------------------

_WHY: Final = {
    "question": "it is a button's label, and Discord allows no more there",
    "label": "it is a button's label, and Discord allows no more there",
    "url": "Discord allows no more in a button's address",
    "title": "longer ones do not fit on buttons and in menus",
    "answer": "with title, note and buttons, Discord takes no more in one message",
    "contacts": "with the message below them, Discord takes no more in one message",
}


def _shape(file: _File) -> None:
    """Make the file's model of its data; what pydantic finds is told in plain words."""
    try:
        file.value = file.model.model_validate(file.data)
    except ValidationError as error:
        errors = [(_loc(one["loc"]), one) for one in error.errors(include_url=False)]
        missing: dict[_Path, list[str]] = {}
        for loc, one in errors:
            if one["type"] == "missing":
                missing.setdefault(loc[:-1], []).append(str(loc[-1]))
        # A misspelt name is one mistake: the field that it stands for is then not told as missing too.
        excused: set[_Path] = set()
        for loc, one in errors:
            if one["type"] == "extra_forbidden":
                lacking = missing.get(loc[:-1], [])
                meant, message = _unknown(file, loc, lacking)
                if meant in lacking:
                    lacking.remove(meant)
                    excused.add((*loc[:-1], meant))
                file.blame(loc, message)
        for loc, one in errors:
            if one["type"] == "missing" and loc not in excused:
                where = f" to {_in_words(loc[:-1], file.names)}" if len(loc) > 1 else ""
                file.blame(loc, f"This field is missing. Add a line {_quote(f'{loc[-1]}: …')}{where}.")
            elif one["type"] == "too_short" and one["input"]:
                continue  # pydantic counts only the entries that are right; the others are told themselves
            elif one["type"] not in {"missing", "extra_forbidden"} and one["input"] is not _REPORTED:
                file.blame(loc, _message(file, loc, one))


def _loc(loc: tuple[int | str, ...]) -> _Path:
    # pydantic marks a problem with a mapping's key so.
    return tuple(part for part in loc if part != "[key]")


def _unknown(file: _File, loc: _Path, lacking: Sequence[str]) -> tuple[str | None, str]:
    """For a field that nobody knows: the field that is meant, rather one that is lacking, and what to say."""
    *parent, name = loc
    model: type[BaseModel] = file.model
    if parent:
        parts: dict[str, type[BaseModel]] = {"topics": Topic, "kinds": CareKind, "directory": Directory}
        model = parts[str(parent[0])]
    near = file.nearest(str(name), lacking) or file.nearest(str(name), model.model_fields)
    wrong = "There is no field with this name."
    if near is None:
        return None, f"{wrong} Fields here are: {_list(model.model_fields)}."
    if near in _fields(_at(file.data, tuple(parent))):
        return near, f"{wrong} Did you mean {_quote(near)}? That is there already: join the two, or take this out."
    return near, f"{wrong} Did you mean {_quote(near)}?"


def _message(file: _File, loc: _Path, error: Any) -> str:
    """What is wrong and what would be right, for one of pydantic's errors."""
    value, kind, context = error["input"], error["type"], error.get("ctx", {})
    # The field's name; not for an entry of a list, nor for shorthand, whose names are the editor's.
    name = str(loc[-1]) if loc and isinstance(loc[-1], str) and loc[:1] != ("shorthand",) else ""
    if isinstance(value, _Unquoted) and (
        value.kind == "nothing" or kind in {"string_type", "value_error", "literal_error"}
    ):
        return _unquoted(name, value)
    if isinstance(value, date) and kind == "string_type":
        return f'This is taken for a date. If it is text, put it in quotes: "{value.isoformat()}".'
    if kind == "value_error":
        return str(context["error"])
    if kind in {"string_too_long", "too_long"} and isinstance(value, str):
        limit, length = context["max_length"], len(value.strip())
        why = f" ({_WHY[name]})" if name in _WHY else ""
        return f"This has {length:,} characters; {limit:,} are allowed{why}. Shorten it by {length - limit:,}."
    if kind == "too_short":
        return "This list is empty. Write at least one entry, each on a line that begins with a dash and a space."
    if kind == "literal_error":
        near = file.nearest(value, CARE_KINDS) if isinstance(value, str) else None
        hint = f" Did you mean {_quote(near)}?" if near else ""
        return f"This must be one of {_list(CARE_KINDS)}.{hint}"
    if kind == "string_type" and isinstance(value, list):
        return "This must be one text, not a list. Take out the dashes or square brackets, or put quotes around it."
    if kind == "string_type" and isinstance(value, dict):
        return (
            "This is taken for a field of its own, because of the colon and space or the curly brackets in it. Put "
            "the whole text in double quotes."
        )
    if kind == "tuple_type":
        return "This must be a list: each entry on a line of its own that begins with a dash and a space."
    if kind in {"model_type", "model_attributes_type", "dict_type"}:
        begin = "" if loc else f" {_BEGIN[file.model]}"
        return f"This must have fields, each on a line: its name, a colon, a space and the text.{begin}"
    return "This is not what belongs here. Compare it with content/template.yml.example."


def _unquoted(name: str, value: _Unquoted) -> str:
    if value.kind == "nothing":
        if name in {"topics", "keywords", "sample_questions", "related", "kinds", "signs", "not_signs"}:
            return "There is nothing here. Write entries below it, each on a line that begins with a dash and a space."
        return (
            "There is nothing here. Write something after the colon or dash, or take the line out; a text that begins "
            "with # needs quotes."
        )
    if name == "reviewed":
        return f"{_quote(value.raw)} is no date. {_DATE_HINT}"
    if name == "colour":
        return f'{_quote(value.raw)} is no colour. Write # and six of 0–9 and A–F in quotes: "#7B5EA7".'
    return f'YAML takes this for {value.kind}, not for text. Put it in quotes: "{_clean(value.raw)}".'


# --- words ------------------------------------------------------------------------------------------------------------

_SINGULAR: Final = {
    "topics": "topic",
    "kinds": "kind",
    "keywords": "keyword",
    "sample_questions": "sample question",
    "related": "related topic",
    "signs": "sign",
    "not_signs": "entry of not_signs",
}


def _in_words(path: _Path, names: Mapping[_Path, str]) -> str:
    """Where something is, as an editor would say it: ``topic “runner”, keyword 3``. Empty for the whole file."""
    words: list[str] = []
    for place, part in enumerate(path):
        if isinstance(part, str):
            in_shorthand = place and path[0] == "shorthand"
            words.append(f"shorthand {_quote(part)}" if in_shorthand else _clean(part)[:40])
        elif part != _ASIDE:
            if place and not isinstance(path[place - 1], str):
                continue  # a list in a list, which nothing here is
            before = words.pop() if words else "entry"
            name = names.get(path[: place + 1])
            words.append(f"{_SINGULAR.get(before, before)} {_quote(name) if name else part + 1}")
    if len(words) > 1 and path[0] == "shorthand":
        del words[0]
    return ", ".join(words)


def _refused(char: str) -> str:
    name = f"U+{ord(char):04X}"
    if char == "\ufffd":
        return (
            f"Here is a character that some program could not read and replaced ({name}). Write the right one instead."
        )
    return (
        f"Here is an invisible control character ({name}), which Lantern does not let into messages. Delete it: often "
        "it came with pasted text, and typing the words anew removes it."
    )


def _nearest(name: str, known: Iterable[str]) -> str | None:
    folded = {fold(one): one for one in known}
    # 200 characters: difflib's time grows with the square of the length.
    near = difflib.get_close_matches(fold(name[:200]), folded, 1, 0.6)
    return folded[near[0]] if near else None


def _at(data: object, path: _Path) -> object:
    for part in path:
        data = data[part]  # type: ignore[index]  # pydantic has just walked there
    return data


def _clean(text: str) -> str:
    """Safe in a terminal and in a log line: one line, nothing invisible."""
    return "".join(char if char.isprintable() else " " if char.isspace() else "?" for char in text)


def _quote(text: str) -> str:
    text = " ".join(_clean(text).split())
    return f"“{text if len(text) <= 60 else text[:59] + '…'}”"


def _list(names: Iterable[str]) -> str:
    return ", ".join(map(_clean, names))


def _show(path: Path) -> str:
    return _clean(str(path))
