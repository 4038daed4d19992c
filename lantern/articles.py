"""What editors write, read and checked: the only reader of the ``content/`` folder.

``load(folder)`` gives the whole `Content`, or raises `ContentError` with *every* problem found in every file.
``check_files(paths)`` does the same for single files, as ``python bot.py check FILE…`` needs it.

A folder holds one YAML file per article, ``care.yml`` (the words for someone in danger) and, if wanted,
``shorthand.yml`` (chat shorthand). `written` reads the text with the line of every value; pydantic then checks shapes
and lengths, and the rules between values (duplicates, related topics) are checked on what the editor wrote, so that one
faulty field does not hide the others. Messages are for editors, who know neither Python nor pydantic.

Sources of the limits, all in Discord's reference: "Application Commands" (naming; 25 subcommands; 100 commands;
description of 1–100 characters) and "Component Reference" (button label 80, select option label and description 100,
4,000 characters of text in a Components V2 message).
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

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

from .written import REPORTED, Place, Problem, Unquoted, Written, clean, fold, listed, quoted, shown, why_not

__all__ = [
    "Article",
    "Care",
    "CareKind",
    "Checked",
    "Content",
    "ContentError",
    "Directory",
    "Measure",
    "Problem",
    "Shorthand",
    "Topic",
    "check_files",
    "content_files",
    "fold",
    "load",
]

# --- limits -----------------------------------------------------------------------------------------------------------

NAME_MAX: Final = 32
"""Characters in a command's or subcommand's name (Discord, Application Command Naming)."""
TOPICS_MAX: Final = 25
"""Topics in one article: subcommands in one command, and options in one select (Discord allows 25 of each)."""
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


class ContentError(Exception):
    """Content that cannot be used. ``problems`` has all of them, in the order of files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


# --- models -----------------------------------------------------------------------------------------------------------


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
    hint = f" For instance {quoted(better[:NAME_MAX].rstrip('-_'))}." if better else ""
    if len(text) > NAME_MAX:
        raise ValueError(f"{quoted(text)} has {len(text)} characters; Discord allows {NAME_MAX} in a name.{hint}")
    raise ValueError(
        f"Discord refuses the name {quoted(text)}: it must be in lower case, with letters, digits, - and _ only, "
        f"and without spaces.{hint}"
    )


def _no_own_command(text: str) -> str:
    if fold(text) in RESERVED_COMMANDS:
        raise ValueError(f"{quoted(text)} is one of Lantern's own commands. Choose another name for the article.")
    return text


def _colour(value: object) -> object:
    if isinstance(value, str):
        if not re.fullmatch(r"#[0-9A-Fa-f]{6}", value.strip()):
            raise ValueError(f'{quoted(value)} is no colour. Write # and six of 0–9 and A–F in quotes: "#7B5EA7".')
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
            raise ValueError(f"{quoted(str(value))} is no date. {_DATE_HINT}") from None
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
        raise ValueError(f"{quoted(text)} is no web address. It must begin with https:// and have no spaces.")
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
        # Every answer asks several times, and `self._article` goes through pydantic, a hundred times slower.
        article: Article | None = (self.__pydantic_private__ or {}).get("_article")
        if article is None:
            raise RuntimeError(f"the topic {self.key!r} belongs to no article")
        return article

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


Measure = Callable[[Checked], Iterable[tuple[Place, str]]]
"""What else a sound file is held against, such as what Discord can show: places in its data, and what is wrong."""


def load(folder: Path, measure: Measure | None = None) -> Content:
    """Read and check a whole content folder.

    Every ``.yml`` or ``.yaml`` file in it counts, in the order of their names, except hidden ones; folders inside it do
    not. Raises ContentError with all problems, those that ``measure`` finds among them; nothing else is raised,
    whatever the files hold.
    """
    problems, found = _read_folder(folder, measure)
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


def check_files(
    paths: Iterable[Path], measure: Measure | None = None
) -> list[tuple[Path, Checked | tuple[Problem, ...]]]:
    """Check single files, each told as what it is or as its problems, in the order given.

    A file called ``care.yml`` or ``shorthand.yml`` is checked as such, every other one as an article. Files that are
    passed together are compared with each other (two articles with one command). A folder counts as the files in it;
    what is wrong with the folder itself, such as a missing ``care.yml``, is told for the folder's path. Raises nothing.
    """
    # The folders' own problems wait in place, so that the result keeps the order of the paths.
    told: list[tuple[Path, tuple[Problem, ...]] | _File] = []
    for path in paths:
        if _is_folder(path):
            problems, files = _read_folder(path, measure)
            if problems:
                told.append((path, tuple(problems)))
            told += files
        else:
            told.append(_read_file(path, measure))
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
class _File(Written):
    """One file on its way to being a model."""

    value: Checked | None = None

    field_names = tuple(name for model in (Article, Topic, Care, CareKind) for name in model.model_fields)
    name_fields = ("key", "kind")
    open_fields = ("shorthand",)
    entries = {  # noqa: RUF012  # declared as a ClassVar where it comes from
        "topics": "topic",
        "kinds": "kind",
        "keywords": "keyword",
        "sample_questions": "sample question",
        "related": "related topic",
        "signs": "sign",
        "not_signs": "entry of not_signs",
    }

    @property
    def begin(self) -> str:
        return {
            Article: "An article begins with its fields, each on a line: command, title, view, source, colour, topics.",
            Care: "It begins with two fields: directory and kinds.",
            Shorthand: "It begins with the field shorthand, and under it, indented, lines such as tf: twin flame.",
        }[self.model]

    @property
    def model(self) -> type[Article] | type[Care] | type[Shorthand]:
        stem = self.path.stem.lower()
        return Care if stem == CARE_FILE else Shorthand if stem == SHORTHAND_FILE else Article

    def result(self) -> Checked | tuple[Problem, ...]:
        if self.problems or self.value is None:
            return tuple(self.problems)
        return self.value


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _read_folder(folder: Path, measure: Measure | None) -> tuple[list[Problem], list[_File]]:
    """Problems of the folder itself, and each file in it, read and checked alone."""
    name = shown(folder)
    try:
        paths = content_files(folder)
    except (OSError, ValueError) as error:
        return [Problem(name, None, "", f"The content folder {why_not(error)}.")], []
    files = [_read_file(path, measure) for path in paths]
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
                Problem(name, None, "", f"There are {len(twice)} files called {stem}: {listed(twice)}. Keep one.")
            )
    return problems, files


def _read_file(path: Path, measure: Measure | None) -> _File:
    """Read and check one file alone. Raises nothing: what is wrong stands in its problems."""
    file = _File(path)
    if file.read():
        _rules(file)
        _shape(file)
    if measure is not None and file.value is not None and not file.problems:
        for place, message in measure(file.value):
            file.blame(place, message)
    file.problems.sort(key=lambda problem: problem.line or 0)
    return file


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
                hint = f"Did you mean {quoted(near)}?" if near else "Write the key of a topic in this file."
                file.blame(place, f"There is no topic with the key {quoted(other)} in this article. {hint}")
            elif other in seen:
                file.blame(place, f"{quoted(other)} is in this list already. Take one of them out.")
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
        file.blame(
            ("kinds",), f"No entry has the kind {listed(missing)}. All three must be there: {listed(CARE_KINDS)}."
        )


class _Seen:
    """Tells what stands for the second time, the first being what `fold` makes equal."""

    def __init__(self, file: _File, what: str) -> None:
        self.file = file
        self.what = what
        self.first: dict[str, tuple[Place, str]] = {}

    def all(self, values: Iterable[tuple[Place, object]]) -> None:
        for path, value in values:
            if not isinstance(value, str) or not fold(value):
                continue
            before = self.first.setdefault(fold(value), (path, value))
            if before[0] == path:
                continue
            where = f"line {self.file.lines[before[0]]}"
            topic = before[0][:2]
            if self.what not in {"key", "kind"} and topic != path[:2] and len(topic) == 2 and isinstance(topic[1], int):
                where += f", in {self.file.place(topic)}"
            same = "" if before[1] == value else " (capitals and spaces do not count)"
            self.file.blame(
                path,
                f"The {self.what} {quoted(value)} is on {where} already{same}. Each may stand once: change or take out "
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
                    f"The {what} {quoted(value)} is taken by {shown(other.path)}, line {other.lines[(name,)]}. Each "
                    "article needs its own.",
                )
                file.problems.sort(key=lambda problem: problem.line or 0)


def _walk(value: object, path: Place = ()) -> Iterator[tuple[Place, object]]:
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
        missing: dict[Place, list[str]] = {}
        for loc, one in errors:
            if one["type"] == "missing":
                missing.setdefault(loc[:-1], []).append(str(loc[-1]))
        # A misspelt name is one mistake: the field that it stands for is then not told as missing too.
        excused: set[Place] = set()
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
                where = f" to {file.place(loc[:-1])}" if len(loc) > 1 else ""
                file.blame(loc, f"This field is missing. Add a line {quoted(f'{loc[-1]}: …')}{where}.")
            elif one["type"] == "too_short" and one["input"]:
                continue  # pydantic counts only the entries that are right; the others are told themselves
            elif one["type"] not in {"missing", "extra_forbidden"} and one["input"] is not REPORTED:
                file.blame(loc, _message(file, loc, one))


def _loc(loc: tuple[int | str, ...]) -> Place:
    # pydantic marks a problem with a mapping's key so.
    return tuple(part for part in loc if part != "[key]")


def _unknown(file: _File, loc: Place, lacking: Sequence[str]) -> tuple[str | None, str]:
    """For a field that nobody knows: the field that is meant, rather one that is lacking, and what to say."""
    *parent, name = loc
    model: type[BaseModel] = file.model
    if parent:
        parts: dict[str, type[BaseModel]] = {"topics": Topic, "kinds": CareKind, "directory": Directory}
        model = parts[str(parent[0])]
    near = file.nearest(str(name), lacking) or file.nearest(str(name), model.model_fields)
    wrong = "There is no field with this name."
    if near is None:
        return None, f"{wrong} Fields here are: {listed(model.model_fields)}."
    if near in _fields(_at(file.data, tuple(parent))):
        return near, f"{wrong} Did you mean {quoted(near)}? That is there already: join the two, or take this out."
    return near, f"{wrong} Did you mean {quoted(near)}?"


def _message(file: _File, loc: Place, error: Any) -> str:
    """What is wrong and what would be right, for one of pydantic's errors."""
    value, kind, context = error["input"], error["type"], error.get("ctx", {})
    # The field's name; not for an entry of a list, nor for shorthand, whose names are the editor's.
    name = str(loc[-1]) if loc and isinstance(loc[-1], str) and loc[:1] != ("shorthand",) else ""
    if isinstance(value, Unquoted) and (
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
        hint = f" Did you mean {quoted(near)}?" if near else ""
        return f"This must be one of {listed(CARE_KINDS)}.{hint}"
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
        begin = "" if loc else f" {file.begin}"
        return f"This must have fields, each on a line: its name, a colon, a space and the text.{begin}"
    return "This is not what belongs here. Compare it with content/template.yml.example."


def _unquoted(name: str, value: Unquoted) -> str:
    if value.kind == "nothing":
        if name in {"topics", "keywords", "sample_questions", "related", "kinds", "signs", "not_signs"}:
            return "There is nothing here. Write entries below it, each on a line that begins with a dash and a space."
        return (
            "There is nothing here. Write something after the colon or dash, or take the line out; a text that begins "
            "with # needs quotes."
        )
    if name == "reviewed":
        return f"{quoted(value.raw)} is no date. {_DATE_HINT}"
    if name == "colour":
        return f'{quoted(value.raw)} is no colour. Write # and six of 0–9 and A–F in quotes: "#7B5EA7".'
    return f'YAML takes this for {value.kind}, not for text. Put it in quotes: "{clean(value.raw)}".'


def _at(data: object, path: Place) -> object:
    for part in path:
        data = data[part]  # type: ignore[index]  # pydantic has just walked there
    return data
