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
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, ClassVar, Final, Literal, NewType
from urllib.parse import urlsplit

from lantern.content.problems import Problem, normal_form, quoted
from lantern.languages.translation import LANGUAGES, ORIGINAL

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
NOW_MAX: Final = 250
"""Characters in the sentence of a care message that says what to do at once."""
MESSAGE_MAX: Final = 700
"""Characters in a care message's own sentences. With `NOW_MAX` and `HELPLINES_MAX` helplines it stays below the 4,000
of one message: `tests/answers/test_care_cards.py` fills them all."""
HELPLINES_MAX: Final = 8
"""Helplines of one country: the first that somebody sees are what they call."""
STALE_AFTER: Final = timedelta(days=183)
"""How long after it was last checked `check` warns of a helpline: half a year. Numbers change."""
RESERVED_COMMANDS: Final = frozenset({
    "topics", "help", "ask", "privacy", "answer", "library", "thread-answers", "setup", "settings", "insights",
    "digest", "language",
})  # fmt: skip
"""Names of Lantern's own commands, which no article may take."""
ARTICLES_MAX: Final = 100 - len(RESERVED_COMMANDS)
"""Articles in one folder: each is a slash command, and Discord allows 100, Lantern's included."""

CARE_FILE: Final = "care"
"""Name, without ``.yml``, of the file with the care messages; it must be there."""
HELPLINES_FILE: Final = "helplines"
"""Name, without ``.yml``, of the file with the helplines by country; it must be there."""
LANGUAGES_FOLDER: Final = "care"
"""The folder, in the content folder, of the signs of danger in other languages; it may be missing."""
TRANSLATED: Final = tuple(language for language in LANGUAGES if language != ORIGINAL)
"""The folders, in the content folder, of articles in other languages; each may be missing."""
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


_BLANK: Final = "\u115f\u1160\u3164\uffa0"


def visible(text: str) -> str:
    """The rule that a text has a character that can be seen."""
    if text[:1].isalnum() and text[0] not in _BLANK:  # nearly all of them
        return text
    # Spaces, format characters and the blank Hangul fillers show nothing, however many there are.
    if not any(unicodedata.category(char)[0] in "LNPS" and char not in _BLANK for char in text):
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


def fingerprint_text(text: str) -> str:
    """The rule that a text may be a `Topic.fingerprint`."""
    if not re.fullmatch("[0-9a-f]{8}", text):
        raise ValueError(
            f"{quoted(text)} cannot be right: here stand eight digits and small letters, a to f. Take the line out, "
            "and `check` says what to write."
        )
    return text


def not_in_future(day: date) -> date:
    """The rule that a day is tomorrow (UTC) at the latest: an editor's own day may be ahead of UTC by one."""
    if day > max(datetime.now(UTC).date(), _CLOCK_FLOOR) + timedelta(days=1):
        raise ValueError(f"{day.isoformat()} is in the future. Write the day on which it was last looked at.")
    return day


def kind_name(text: str) -> str:
    """The rule that a text is a name for a kind of danger, which buttons carry."""
    if not re.fullmatch(rf"[a-z][a-z0-9_]{{0,{KIND_MAX - 1}}}", text):
        raise ValueError(
            f"{quoted(text)} cannot be a kind's name: use small letters a to z, digits and _ only, a letter first, "
            f"{KIND_MAX} at most."
        )
    return text


def language_code(text: str) -> str:
    """The rule that a text is a language as Discord's locales begin: ``es`` of ``es-419``."""
    if not re.fullmatch("[a-z]{2}", text):
        raise ValueError(f"{quoted(text)} is no language: write its two small letters, such as en or es.")
    return text


def country_code(text: str) -> str:
    """The rule that a text is a country's two letters (ISO 3166-1)."""
    if not re.fullmatch("[a-z]{2}", text):
        raise ValueError(f"{quoted(text)} is no country: write its two small letters in quotes, such as “gb” or “no”.")
    return text


def in_english(texts: Mapping[str, str]) -> Mapping[str, str]:
    """The rule that texts by language have an English one, which is for whoever reads none of the others."""
    if "en" not in texts:
        raise ValueError("The English text is missing: add a line that begins with en and a colon.")
    return texts


def opening_hours(text: str) -> str:
    """The rule that a text says when somebody answers: ``always``, or such as ``08:00-24:00``."""
    if text != "always" and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-([01]\d:[0-5]\d|2[0-3]:[0-5]\d|24:00)", text):
        raise ValueError(f"{quoted(text)} is not understood. Write “always”, or hours such as “08:00-24:00”.")
    return text


def day_month_or_year(text: str) -> str:
    """The rule that a text is a day, a month or a year, as exactly as a source is dated."""
    _first_day(text)
    return text


def _first_day(text: str) -> date:
    """``2025-10`` -> 1 October 2025. Raises :class:`ValueError` for what is no day, month or year."""
    found = re.fullmatch(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", text)
    try:
        return date(*(int(part or 1) for part in found.groups())) if found else date(0, 0, 0)
    except ValueError:
        raise ValueError(
            f"{quoted(text)} is no date. Write a day, a month or a year in quotes, as exactly as the source has it: "
            '"2026-01-31", "2026-01" or "2026".'
        ) from None


def with_country(text: str) -> str:
    """The rule that an address has a place for a country's two letters."""
    if "{country}" not in text:
        raise ValueError("Write {country} where a country's two letters belong.")
    return https(text)


def dialled(text: str) -> str:
    """The rule that a text is a number as people dial it."""
    if not re.fullmatch(r"[\d +*#()/.-]*", text) or sum(map(str.isdigit, text)) < 3:
        raise ValueError(f"{quoted(text)} is not a number that can be dialled: write digits, with spaces between them.")
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
Language = Annotated[OneLine, language_code]
LineByLanguage = Annotated[dict[Language, Annotated[OneLine, at_most(60)]], in_english]
"""A few words in each language that there is; English must be there."""
Example = Annotated[OneLine, at_most(200)]
"""What somebody in danger says, or somebody who only sounds like it, compared by meaning."""
Colour = NewType("Colour", int)
"""0xRRGGBB; editors write "#RRGGBB"."""

_ON_A_BUTTON: Final = "it is a button's label, and Discord allows no more there"
_IN_AN_ADDRESS: Final = "Discord allows no more in a button's address"
_NEXT_TO_BUTTONS: Final = "longer ones do not fit on buttons and in menus"
_NO_MORE_HELP: Final = "more do not help. Take out the least useful"
_TOPIC_PHRASES: Final = entries_at_most(200, _NO_MORE_HELP)
_MANY_PHRASES: Final = entries_at_most(1000, _NO_MORE_HELP)

# A topic's and its translations'.
Title = Annotated[OneLine, at_most(TITLE_MAX, _NEXT_TO_BUTTONS)]
Question = Annotated[OneLine, at_most(80, _ON_A_BUTTON)]
Summary = Annotated[OneLine, at_most(300)]
Answer = Annotated[
    VisibleText, at_most(ANSWER_MAX, "with title, note and buttons, Discord takes no more in one message")
]
Note = Annotated[VisibleText, at_most(500)]
Keywords = Annotated[tuple[Annotated[OneLine, at_most(KEYWORD_MAX)], ...], _TOPIC_PHRASES]


@dataclass(frozen=True, eq=False, kw_only=True)
class Topic:
    """One question that members keep asking, and its answer. Strings are stripped and never empty.

    The limits of summary, note, keywords and sample questions are our own: so three summaries with their questions
    read well on a phone, and all keywords and sample questions are more than help matching.
    """

    key: CommandName
    title: Title
    question: Question
    summary: Summary
    answer: Answer
    note: Note | None = None
    keywords: Keywords = ()
    sample_questions: Annotated[tuple[Annotated[OneLine, at_most(200)], ...], not_empty, _TOPIC_PHRASES]
    # One row takes five buttons (Discord), and one of them is Lantern's own.
    related: Annotated[
        tuple[OneLine, ...], entries_at_most(4, "no more fit on one row of buttons. Take out the least useful")
    ] = ()
    reviewed: Annotated[date, not_in_future]

    # Not a field: comparing or hashing the article would compare and hash its topics, and so on without end.
    _article: ClassVar["Article | None"] = None
    untranslated: ClassVar[bool] = False
    """Whether it is the original where another language was asked for, see `Content.in_language`."""

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

    @property
    def translations(self) -> "dict[str, TopicTranslation]":
        """The topic in other languages, by language; those of an older wording too. Empty without an article."""
        translations = self._article.translations if self._article else {}
        return {
            language: topic
            for language, translation in translations.items()
            if (topic := translation.topic(self.key)) is not None
        }

    @property
    def other_languages(self) -> tuple[str, ...]:
        """Sample questions in other languages than English: compared by meaning, and found word for word."""
        return tuple(line for each in self.translations.values() for line in each.sample_questions)

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits of what a translation translates, whatever its lines and spaces."""
        texts = (self.title, self.question, self.summary, self.answer, self.note or "")
        whole = "\n".join(" ".join(text.split()) for text in texts)
        return hashlib.blake2b(whole.encode(), digest_size=4).hexdigest()

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

    # Not a field: it comes of other files, see `Content`.
    translations: ClassVar["Mapping[str, Translation]"] = MappingProxyType({})
    """The article in other languages, by language."""

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

    def with_translations(self, translations: "Mapping[str, Translation]") -> "Article":
        """The same article, of which these are the translations, by language."""
        article = replace(self)
        object.__setattr__(article, "translations", MappingProxyType(dict(translations)))
        return article

    def in_language(self, language: str) -> "Article":
        """The article as `Content.in_language` has it."""
        translation = self.translations.get(language)
        topics = tuple(topic_in_language(topic, translation) for topic in self.topics)
        own = {name: getattr(translation, name) for name in ARTICLE_TEXTS} if translation else {}
        return replace(self, topics=topics, **own)

    def __hash__(self) -> int:
        return hash(self.command)


@dataclass(frozen=True, kw_only=True)
class TopicTranslation:
    """One topic in another language. Its fields are a topic's, with the same limits."""

    key: OneLine
    translates: Annotated[OneLine, fingerprint_text] | None = None
    """The `Topic.fingerprint` of the original's wording that it translates; with another one, or none, it is stale."""
    title: Title
    question: Question
    summary: Summary
    answer: Answer
    note: Note | None = None
    keywords: Keywords = ()
    sample_questions: Annotated[tuple[Annotated[OneLine, at_most(200)], ...], _TOPIC_PHRASES] = ()


@dataclass(frozen=True, kw_only=True)
class Translation:
    """A file in a language's folder: an article in that language. It names the article by its command."""

    command: OneLine
    title: Annotated[OneLine, at_most(TITLE_MAX, _NEXT_TO_BUTTONS)]
    view: Annotated[OneLine, at_most(200)]
    source: Annotated[OneLine, at_most(300)]
    topics: Annotated[
        tuple[TopicTranslation, ...],
        not_empty,
        entries_at_most(TOPICS_MAX, "an article has no more topics"),
    ]

    # Not fields: where something stands in the file makes no difference to members.
    lines: ClassVar["Mapping[str, int]"] = MappingProxyType({})
    """The line of each topic, by its key, and at "" the line on which the topics begin."""
    left_out: ClassVar[tuple[Problem, ...]] = ()
    """What nobody sees of the file, since the original has no such topic, or there is no such article."""

    def topic(self, key: str) -> TopicTranslation | None:
        """The topic with exactly this key, or None."""
        return next((topic for topic in self.topics if topic.key == key), None)


ARTICLE_TEXTS: Final = ("title", "view", "source")
TOPIC_TEXTS: Final = ("title", "question", "summary", "answer", "note")
"""What is shown in the reader's language. `Topic.fingerprint` is of the topic's."""


def topic_in_language(topic: Topic, translation: Translation | None) -> Topic:
    """The topic in the language of a translation; itself, and ``untranslated``, where that is missing or stale."""
    own = translation.topic(topic.key) if translation else None
    if own is not None and own.translates == topic.fingerprint:
        return replace(topic, **{name: getattr(own, name) for name in TOPIC_TEXTS})
    topic = replace(topic)
    object.__setattr__(topic, "untranslated", True)
    return topic


@dataclass(frozen=True)
class CareKind:
    """What is said to someone in one kind of danger, and the phrases that are signs of it or only look like it."""

    kind: Annotated[OneLine, kind_name]
    message: Annotated[dict[Language, Annotated[VisibleText, at_most(MESSAGE_MAX)]], in_english]
    signs: Annotated[tuple[Sign, ...], not_empty, _MANY_PHRASES]
    not_signs: Annotated[tuple[Sign, ...], _MANY_PHRASES] = ()
    shown: Literal["alone", "beside_topics"] = "alone"
    """Whether it takes the place of an answer, or is for who is hurt without danger and stands beside the topics."""
    helplines: tuple[OneLine, ...] = ()
    """Which helplines it shows, by their ``about`` and in this order; all that a country has where it names none."""
    now: Annotated[dict[Language, Annotated[OneLine, at_most(NOW_MAX)]], in_english] | None = None
    """What to do at once, before the emergency numbers; None where nobody is in danger."""


@dataclass(frozen=True)
class Directory:
    """A link button to an international directory of helplines: in general, and to its page for one country."""

    label: Annotated[dict[Language, Annotated[OneLine, at_most(80, _ON_A_BUTTON)]], in_english]
    url: Annotated[OneLine, https, at_most(512, _IN_AN_ADDRESS)]
    by_country: Annotated[OneLine, with_country, at_most(500, _IN_AN_ADDRESS)] | None = None

    def address(self, country: str | None) -> str:
        """Where the button leads whoever chose a country, or none."""
        return self.by_country.replace("{country}", country) if country and self.by_country else self.url


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


EMERGENCY: Final = "emergency"
"""What the numbers to call in an emergency are ``about``."""


@dataclass(frozen=True)
class Helpline:
    """One number to call or to write to, and where it was found."""

    about: Annotated[OneLine, kind_name]
    number: Annotated[OneLine, at_most(30), dialled]
    source: Annotated[OneLine, at_most(300)]
    source_date: Annotated[OneLine, day_month_or_year]
    by: Literal["call", "text", "call_or_text"] = "call"
    name: Annotated[OneLine, at_most(40)] | None = None
    covers: LineByLanguage | None = None
    """Which part of the country, or which telephones; None where it is all of it."""
    hours: Annotated[OneLine, opening_hours] | None = None
    """None where the source does not say; nothing is said then."""
    cost: Literal["free", "paid"] | None = None
    """None where the source does not say; nothing is said then."""
    checked: Annotated[date, not_in_future] | None = None
    """When whoever runs the bot called it last; None where they have not."""

    @property
    def known_on(self) -> date:
        """The last day of which it is known that the number was right; of a month or year, its first."""
        return self.checked or _first_day(self.source_date)


@dataclass(frozen=True)
class Country:
    """The helplines of one country."""

    country: Annotated[OneLine, country_code]
    names: LineByLanguage
    helplines: Annotated[
        tuple[Helpline, ...], not_empty, entries_at_most(HELPLINES_MAX, "who needs help reads no more than the first")
    ]
    languages: tuple[Language, ...] = ()
    """Whoever reads one of these finds the country first in the menu."""


@dataclass(frozen=True)
class CareWords:
    """The words of the care card that are the same for all kinds of danger, in one language."""

    language: Language
    server: Annotated[OneLine, at_most(60)]
    talk: Annotated[OneLine, at_most(60)]
    """The way to help, on a button and as the one entry of a list while words show danger (there Discord allows 100,
    which the kind of danger has room in, too)."""
    emergency: Annotated[OneLine, at_most(120)]
    """What to dial where the country is none of those that are named before it."""
    about: dict[Annotated[OneLine, kind_name], Annotated[OneLine, at_most(60)]]
    """What helplines can be ``about``, and the line above those."""
    call: Annotated[OneLine, at_most(35)]
    text: Annotated[OneLine, at_most(35)]
    call_or_text: Annotated[OneLine, at_most(35)]
    always: Annotated[OneLine, at_most(35)]
    free: Annotated[OneLine, at_most(35)]
    paid: Annotated[OneLine, at_most(35)]
    none: Annotated[OneLine, at_most(200)]
    """Where a country has no such helpline, or no emergency number."""
    choose: Annotated[OneLine, at_most(100)]
    more: Annotated[OneLine, at_most(60)]
    back: Annotated[OneLine, at_most(60)]
    safe: Annotated[OneLine, at_most(80, _ON_A_BUTTON)]


@dataclass(frozen=True)
class Helplines:
    """``helplines.yml``: the words around helplines in each language, and the helplines by country."""

    words: Annotated[tuple[CareWords, ...], not_empty] = ()
    countries: Annotated[tuple[Country, ...], not_empty] = ()

    def said_in(self, language: str) -> CareWords:
        """The words in a language; the first ones, which are English, where it has none."""
        return next((words for words in self.words if words.language == language), self.words[0])

    def country(self, code: str | None) -> Country | None:
        """The country with these two letters, or None."""
        return next((each for each in self.countries if each.country == code), None)


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

    questions: Annotated[tuple[Annotated[OneLine, at_most(200)], ...], not_empty, entries_at_most(3000, _NO_MORE_HELP)]


@dataclass(frozen=True)
class Content:
    """All that editors wrote, checked. Nothing in it can be changed; two are equal if they say the same."""

    articles: tuple[Article, ...]
    care: Care
    shorthand: Mapping[str, str] = field(default_factory=dict)
    helplines: Helplines = Helplines()
    care_languages: tuple[CareLanguage, ...] = ()
    not_covered: tuple[str, ...] = ()
    translations: Mapping[str, tuple[Translation, ...]] | None = field(default_factory=dict)
    """The articles in other languages, by language; None where they were not read yet."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "shorthand", MappingProxyType(dict(self.shorthand)))
        if self.translations is None:
            return
        object.__setattr__(self, "translations", MappingProxyType(dict(self.translations)))
        of: dict[str, dict[str, Translation]] = {}
        for language, translations in self.translations.items():
            for translation in translations:
                of.setdefault(translation.command, {})[language] = translation
        articles = tuple(article.with_translations(of.get(article.command, {})) for article in self.articles)
        object.__setattr__(self, "articles", articles)

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

    def in_language(self, language: str) -> "Content":
        """The same content with the texts that members read in a language: addresses, order, danger and the questions
        that topics are found by stay. A topic whose translation is missing or stale is the original, `untranslated`.
        """
        if language == ORIGINAL:
            return self
        if language not in self._in_languages:
            articles = tuple(article.in_language(language) for article in self.articles)
            self._in_languages[language] = replace(self, articles=articles)
        return self._in_languages[language]

    @cached_property
    def _in_languages(self) -> "dict[str, Content]":
        return {}

    @property
    def left_out(self) -> tuple[Problem, ...]:
        """What nobody sees of the translations, see `Translation.left_out`."""
        translations = (each for of in (self.translations or {}).values() for each in of)
        return tuple(problem for translation in translations for problem in translation.left_out)

    @cached_property
    def digest(self) -> str:
        """32 hexadecimal digits that change when anything in the content does, and only then."""
        articles = [asdict(article) for article in self.articles]
        whole: list[object] = [
            articles,
            asdict(self.care),
            dict(self.shorthand),
            asdict(self.helplines),
            self.not_covered,
        ]
        whole += [asdict(language) for language in self.care_languages]
        if self.translations is not None:
            whole.append({language: [*map(asdict, each)] for language, each in self.translations.items()})
        text = json.dumps(whole, ensure_ascii=False, sort_keys=True, default=date.isoformat)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    @cached_property
    def _by_command(self) -> dict[str, Article]:
        return {article.command: article for article in self.articles}


def in_language(texts: Mapping[str, str], language: str) -> str:
    """The text in a language; the English one where there is none."""
    return texts.get(language, texts["en"])


Checked = Article | Translation | Care | CareLanguage | Helplines | Shorthand | NotCovered
"""What one content file can hold."""


def content_files(folder: Path, *, translations: bool = True) -> list[Path]:
    """The files of a content folder that count, then those of its folder ``care`` and of its languages' folders, each
    sorted by name.

    `loading` reads them, and `lantern.runtime.content_watch` looks whether they changed. Raises OSError if a folder
    cannot be read.
    """
    care = folder / LANGUAGES_FOLDER
    inner = [care, *(language_folders(folder) if translations else ())]
    return [*_content_files(folder), *(path for each in inner if each.is_dir() for path in _content_files(each))]


def language_folders(folder: Path) -> list[Path]:
    """The folders in a content folder whose names look like a language's, such as ``es`` or, by mistake, ``es-ES``."""
    return sorted(path for path in folder.iterdir() if is_language_folder(path) and path.is_dir())


def is_language_folder(path: Path) -> bool:
    """Whether a folder's name looks like a language's."""
    return re.fullmatch(r"[A-Za-z]{2}([-_][A-Za-z0-9]{2,4})?", path.name) is not None


def _content_files(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in {".yml", ".yaml"} and not path.name.startswith(".") and not path.is_dir()
    )
