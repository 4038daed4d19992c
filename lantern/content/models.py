"""What the bot answers from: articles with their topics, the words for someone in danger, and chat shorthand.

Plain dataclasses, not named tuples: some have an equality of their own, and `shapes`, which makes them, reads one kind
alone. Beside its type a field has rules: functions that return the value to keep, or raise ValueError with what is
wrong, in words for an editor. `shapes` applies every rule; a dataclass made by hand is not checked. `shapes` reads the
types at run time, so this module does without ``from __future__ import annotations``, which makes texts of them.

Sources of the limits, all in Discord's reference: "Application Commands" (naming; 25 subcommands; 100 commands;
description of 1–100 characters) and "Component Reference" (button label 80, select option label and description 100,
4,000 characters of text in a Components V2 message).
"""

import copy
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, ClassVar, Final, Literal, NewType
from urllib.parse import urlsplit

from lantern.content.problems import normal_form, quoted

# --- limits -----------------------------------------------------------------------------------------------------------

NAME_MAX: Final = 32
"""Characters in a command's or subcommand's name (Discord, Application Command Naming)."""
TOPICS_MAX: Final = 25
"""Topics in one article: subcommands in one command, and options in one select (Discord allows 25 of each)."""
TITLE_MAX: Final = 80
"""Characters in a title, of an article or a topic: a select option's label takes 100, a button's 80."""
ANSWER_MAX: Final = 2500
"""Characters in an answer. With the longest title, view, source and note that makes 3,580 of the 4,000 characters that
Discord allows in one message of components, which leaves 420 for Lantern's own lines; `cards` measures exactly."""
KEYWORD_MAX: Final = 60
"""Characters in one keyword: our own limit; longer ones are sample questions."""
CONTACTS_MAX: Final = 2500
"""Characters in a care message's contacts: with `MESSAGE_MAX` below the 4,000 of one message."""
MESSAGE_MAX: Final = 1000
"""Characters in a care message's own sentences: see `CONTACTS_MAX`."""
RESERVED_COMMANDS: Final = frozenset({
    "topics", "help", "ask", "privacy", "answer", "library", "thread-answers", "setup", "settings", "insights",
    "digest",
})  # fmt: skip
"""Names of Lantern's own commands, which no article may take."""
ARTICLES_MAX: Final = 100 - len(RESERVED_COMMANDS)
"""Articles in one folder: each is a slash command, and Discord allows 100, Lantern's included."""

CARE_FILE: Final = "care"
"""Name, without ``.yml``, of the file with the care messages; it must be there."""
LANGUAGES_FOLDER: Final = "care"
"""The folder, in the content folder, of the signs of danger in other languages; it may be missing."""
SHORTHAND_FILE: Final = "shorthand"
"""Name, without ``.yml``, of the file with the chat shorthand; it may be missing."""
NOT_COVERED_FILE: Final = "not_covered"
"""Name, without ``.yml``, of the file with questions that no article answers; it may be missing."""
KIND_MAX: Final = 32
"""Characters in the name of a kind of danger: it travels in custom ids and in a choice's value, each of 100."""
KINDS_MAX: Final = 20
"""Kinds of danger: our own limit. More than need different help do not help."""

# A computer without a clock battery starts in 1970. With a day before this one the clock is wrong, and without this
# limit every article would then be "from the future".
_CLOCK_FLOOR: Final = date(2026, 11, 22)


# --- rules for one value ----------------------------------------------------------------------------------------------


class EntryError(ValueError):
    """A rule is broken by one entry of a list; ``entry`` is its number, from 0."""

    def __init__(self, message: str, entry: int) -> None:
        super().__init__(message)
        self.entry = entry


def at_most(limit: int, why: str = "") -> Callable[[str], str]:
    """The rule that a text has at most so many characters; ``why`` says the reason, where it is Discord's."""

    def rule(text: str) -> str:
        if len(text) > limit:
            reason = f" ({why})" if why else ""
            raise ValueError(
                f"This has {len(text):,} characters; {limit:,} are allowed{reason}. Shorten it by "
                f"{len(text) - limit:,}."
            )
        return text

    return rule


def entries_at_most(limit: int, why: str) -> Callable[[Sequence[object]], Sequence[object]]:
    """The rule that a list has at most so many entries."""

    def rule(entries: Sequence[object]) -> Sequence[object]:
        if len(entries) > limit:
            raise EntryError(
                f"This is one too many: the list has {len(entries)}, and {limit} is the limit; {why}.", limit
            )
        return entries

    return rule


def not_empty(entries: Sequence[object]) -> Sequence[object]:
    """The rule that a list has an entry at least."""
    if not entries:
        raise ValueError(
            "This list is empty. Write at least one entry, each on a line that begins with a dash and a space."
        )
    return entries


def visible(text: str) -> str:
    """The rule that a text has a character that can be seen."""
    # Spaces, format characters and the blank Hangul fillers show nothing, however many there are.
    if not any(unicodedata.category(char)[0] in "LNPS" and char not in "\u115f\u1160\u3164\uffa0" for char in text):
        raise ValueError("This is empty. Write the text after the colon.")
    return text


def on_one_line(text: str) -> str:
    """The rule that a text has a character that can be seen and is on one line."""
    visible(text)
    if "\n" in text or "\t" in text:
        raise ValueError("This must be on one line, without tabs. To spread it over several, begin with `>-`.")
    return text


# What Discord and discord.py both take: discord.py refuses the apostrophe and some Thai and Devanagari marks.
# (Discord: Application Command Naming; discord.py: app_commands.commands.validate_name.)
_COMMAND_NAME = re.compile(
    r"[-_\w\u0e31-\u0e3a\u0e47-\u0e4e\u0900-\u0903\u093a-\u093c\u093e-\u094f\u0955-\u0957\u0962\u0963]{1,32}"
)


def discord_name(text: str) -> str:
    """The rule that a text is a name which Discord and discord.py take for a command."""
    if _COMMAND_NAME.fullmatch(text) and text == text.lower():
        return text
    visible(text)
    dashed = re.sub(r"[\s/.,:]+", "-", text.lower())
    better = "".join(char for char in dashed if _COMMAND_NAME.fullmatch(char)).strip("-_")
    hint = f" For instance {quoted(better[:NAME_MAX].rstrip('-_'))}." if better else ""
    if len(text) > NAME_MAX:
        raise ValueError(f"{quoted(text)} has {len(text)} characters; Discord allows {NAME_MAX} in a name.{hint}")
    raise ValueError(
        f"Discord refuses the name {quoted(text)}: it must be in lower case, with letters, digits, - and _ only, "
        f"and without spaces.{hint}"
    )


def not_reserved(text: str) -> str:
    """The rule that a name is not one of Lantern's own commands."""
    if normal_form(text) in RESERVED_COMMANDS:
        raise ValueError(f"{quoted(text)} is one of Lantern's own commands. Choose another name for the article.")
    return text


def not_in_future(day: date) -> date:
    """The rule that a day is tomorrow (UTC) at the latest: an editor's own day may be ahead of UTC by one."""
    if day > max(datetime.now(UTC).date(), _CLOCK_FLOOR) + timedelta(days=1):
        raise ValueError(
            f"{day.isoformat()} is in the future. Write the day on which the answer was last read through."
        )
    return day


def kind_name(text: str) -> str:
    """The rule that a text is a name for a kind of danger, which buttons carry."""
    if not re.fullmatch(rf"[a-z][a-z0-9_]{{0,{KIND_MAX - 1}}}", text):
        raise ValueError(
            f"{quoted(text)} cannot be a kind's name: use small letters a to z, digits and _ only, a letter first, "
            f"{KIND_MAX} at most."
        )
    return text


def https(text: str) -> str:
    """The rule that a text is a web address that begins with https."""
    try:
        parts = urlsplit(text)
        good = parts.scheme.lower() == "https" and bool(parts.hostname) and not re.search(r"[\s<>\"]", text)
    except ValueError:
        good = False
    if not good:
        raise ValueError(f"{quoted(text)} is no web address. It must begin with https:// and have no spaces.")
    return text


# --- models -----------------------------------------------------------------------------------------------------------

OneLine = Annotated[str, on_one_line]
VisibleText = Annotated[str, visible]
CommandName = Annotated[str, discord_name]
Sign = Annotated[OneLine, at_most(2000)]
"""One phrase of ``care.yml``, which may list many ways to say it."""
Example = Annotated[OneLine, at_most(200)]
"""What somebody in danger says, or somebody who only sounds like it, compared by meaning."""
Colour = NewType("Colour", int)
"""0xRRGGBB; editors write "#RRGGBB"."""

_ON_A_BUTTON: Final = "it is a button's label, and Discord allows no more there"
_NEXT_TO_BUTTONS: Final = "longer ones do not fit on buttons and in menus"
_NO_MORE_HELP: Final = "more do not help. Take out the least useful"
_TOPIC_PHRASES: Final = entries_at_most(200, _NO_MORE_HELP)
_MANY_PHRASES: Final = entries_at_most(1000, _NO_MORE_HELP)


@dataclass(frozen=True, eq=False, kw_only=True)
class Topic:
    """One question that members keep asking, and its answer. Strings are stripped and never empty.

    The limits of summary, note, keywords and sample questions are our own: so three summaries with their questions
    read well on a phone, and all keywords and sample questions are more than help matching.
    """

    key: CommandName
    title: Annotated[OneLine, at_most(TITLE_MAX, _NEXT_TO_BUTTONS)]
    question: Annotated[OneLine, at_most(80, _ON_A_BUTTON)]
    summary: Annotated[OneLine, at_most(300)]
    answer: Annotated[
        VisibleText, at_most(ANSWER_MAX, "with title, note and buttons, Discord takes no more in one message")
    ]
    note: Annotated[VisibleText, at_most(500)] | None = None
    keywords: Annotated[tuple[Annotated[OneLine, at_most(KEYWORD_MAX)], ...], _TOPIC_PHRASES] = ()
    sample_questions: Annotated[tuple[Annotated[OneLine, at_most(200)], ...], not_empty, _TOPIC_PHRASES]
    # One row takes five buttons (Discord), and one of them is Lantern's own.
    related: Annotated[
        tuple[OneLine, ...], entries_at_most(4, "no more fit on one row of buttons. Take out the least useful")
    ] = ()
    reviewed: Annotated[date, not_in_future]

    # Not a field: comparing or hashing the article would compare and hash its topics, and so on without end.
    _article: ClassVar["Article | None"] = None

    @property
    def article(self) -> "Article":
        """The article that the topic stands in. Raises RuntimeError for a topic that was made without one."""
        if self._article is None:
            raise RuntimeError(f"the topic {self.key!r} belongs to no article")
        return self._article

    @property
    def address(self) -> str:
        """Command and key, which together name the topic among all: ``twinflame/runner``."""
        return f"{self.article.command}/{self.key}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Topic) and self._compared == other._compared

    def __hash__(self) -> int:
        return hash(self._compared[:2])  # command and key

    @property
    def _compared(self) -> tuple[object, ...]:
        command = self._article.command if self._article else None
        return (command, *(getattr(self, each.name) for each in fields(self)))


@dataclass(frozen=True, kw_only=True)
class Article:
    """One file of topics, which is one slash command. ``view`` is the small line above every card."""

    command: Annotated[CommandName, not_reserved]
    title: Annotated[OneLine, at_most(TITLE_MAX, _NEXT_TO_BUTTONS)]
    view: Annotated[OneLine, at_most(200)]
    source: Annotated[OneLine, at_most(300)]
    colour: Colour
    topics: Annotated[
        tuple[Topic, ...],
        not_empty,
        entries_at_most(TOPICS_MAX, "Discord allows no more in one command. Move some to an article of their own"),
    ]

    def __post_init__(self) -> None:
        # Copies, since the topics given may belong to another article and would lose it.
        own = tuple(copy.copy(topic) for topic in self.topics)
        for topic in own:
            object.__setattr__(topic, "_article", self)
        object.__setattr__(self, "topics", own)

    @cached_property
    def _by_key(self) -> dict[str, Topic]:
        return {topic.key: topic for topic in self.topics}

    def topic(self, key: str) -> Topic | None:
        """The topic with exactly this key, or None."""
        return self._by_key.get(key)

    def __hash__(self) -> int:
        return hash(self.command)


@dataclass(frozen=True)
class CareKind:
    """What is said to someone in one kind of danger, and the phrases that are signs of it or only look like it."""

    kind: Annotated[OneLine, kind_name]
    contacts: Annotated[
        VisibleText, at_most(CONTACTS_MAX, "with the message below them, Discord takes no more in one message")
    ]
    message: Annotated[VisibleText, at_most(MESSAGE_MAX)]
    signs: Annotated[tuple[Sign, ...], not_empty, _MANY_PHRASES]
    not_signs: Annotated[tuple[Sign, ...], _MANY_PHRASES] = ()
    shown: Literal["alone", "beside_topics"] = "alone"
    """Whether it takes the place of an answer, or is for who is hurt without danger and stands beside the topics."""


@dataclass(frozen=True)
class Directory:
    """A link button to an international directory of helplines."""

    label: Annotated[OneLine, at_most(80, _ON_A_BUTTON)]
    url: Annotated[OneLine, https, at_most(512, "Discord allows no more in a button's address")]


@dataclass(frozen=True)
class Care:
    """``care.yml``: help for each kind of danger, the first one being what is shown where a kind is not known."""

    directory: Directory
    kinds: Annotated[
        tuple[CareKind, ...], not_empty, entries_at_most(KINDS_MAX, "kinds that need the same help belong together")
    ]

    @property
    def gentle(self) -> CareKind:
        """The kind for who is hurt and in no danger that shows; the first one where editors wrote none."""
        return next((kind for kind in self.kinds if kind.shown == "beside_topics"), self.kinds[0])

    def kind(self, name: str) -> CareKind | None:
        """The kind with this name, or None."""
        return next((kind for kind in self.kinds if kind.kind == name), None)


@dataclass(frozen=True)
class SignsOfKind:
    """What shows one kind of danger, and what only looks like it: phrases in one language, and example sentences."""

    kind: OneLine
    signs: Annotated[tuple[Sign, ...], _MANY_PHRASES] = ()
    not_signs: Annotated[tuple[Sign, ...], _MANY_PHRASES] = ()
    examples: Annotated[tuple[Example, ...], _MANY_PHRASES] = ()
    not_examples: Annotated[tuple[Example, ...], _MANY_PHRASES] = ()


@dataclass(frozen=True, kw_only=True)
class CareLanguage:
    """A file in ``care/``: signs of danger in another language than English, for kinds that ``care.yml`` has.

    ``words`` are the families that its phrases name with ``@``, each a line of words; ``fillers`` a line of words that
    may stand between any two; ``shorthand`` is as that of `Shorthand`, for this language alone.
    """

    kinds: Annotated[tuple[SignsOfKind, ...], not_empty]
    words: dict[Annotated[OneLine, at_most(32), normal_form], Annotated[OneLine, at_most(5000)]] | None = None
    fillers: Annotated[OneLine, at_most(2000)] | None = None
    shorthand: dict[Annotated[OneLine, at_most(32), normal_form], Annotated[OneLine, at_most(100)]] | None = None


@dataclass(frozen=True)
class Shorthand:
    """``shorthand.yml``: abbreviations in their `normal_form`, and what each stands for."""

    shorthand: dict[Annotated[OneLine, at_most(32), normal_form], Annotated[OneLine, at_most(100)]]


@dataclass(frozen=True)
class NotCovered:
    """``not_covered.yml``: questions that no article answers, in members' words."""

    questions: Annotated[tuple[Annotated[OneLine, at_most(200)], ...], not_empty, _MANY_PHRASES]


@dataclass(frozen=True)
class Content:
    """All that editors wrote, checked. Nothing in it can be changed; two are equal if they say the same."""

    articles: tuple[Article, ...]
    care: Care
    shorthand: Mapping[str, str] = field(default_factory=dict)
    care_languages: tuple[CareLanguage, ...] = ()
    not_covered: tuple[str, ...] = ()

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

    def at(self, address: str) -> Topic | None:
        """The topic with exactly this `Topic.address`, or None."""
        command, _, key = address.partition("/")
        return self.find(command, key)

    @cached_property
    def digest(self) -> str:
        """32 hexadecimal digits that change when anything in the content does, and only then."""
        articles = [asdict(article) for article in self.articles]
        whole = [articles, asdict(self.care), dict(self.shorthand), self.not_covered]
        whole += [asdict(language) for language in self.care_languages]
        text = json.dumps(whole, ensure_ascii=False, sort_keys=True, default=date.isoformat)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    @cached_property
    def _by_command(self) -> dict[str, Article]:
        return {article.command: article for article in self.articles}


Checked = Article | Care | CareLanguage | Shorthand | NotCovered
"""What one content file can hold."""


def content_files(folder: Path) -> list[Path]:
    """The files of a content folder that count, and behind them those of its folder ``care``, each sorted by name.

    `loading` reads them, and `lantern.runtime.content_watch` looks whether they changed. Raises OSError if a folder
    cannot be read.
    """
    languages = folder / LANGUAGES_FOLDER
    return [*_content_files(folder), *(_content_files(languages) if languages.is_dir() else ())]


def _content_files(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in {".yml", ".yaml"} and not path.name.startswith(".") and not path.is_dir()
    )
