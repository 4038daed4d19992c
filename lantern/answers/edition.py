"""An edition: the content, its cards and its matcher, made together and swapped whole.

Content, cards and matcher of one edition always belong together, also while an editor's change is being taken over.
An edition is in one language; those of one content have one matcher, whose topics are the original ones.
Content is read here and nowhere else: every command and every start checks it in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from lantern.content import loading
from lantern.content.models import (
    LANGUAGES_FOLDER,
    STALE_AFTER,
    TRANSLATED,
    Article,
    Care,
    CareLanguage,
    Checked,
    Content,
    Directory,
    Helplines,
    NotCovered,
    Shorthand,
    Topic,
    Translation,
    in_language,
)
from lantern.content.problems import Problem, ValuePath, path_text
from lantern.languages.translation import LANGUAGES, ORIGINAL, current, speaking
from lantern.matching import care_signs
from lantern.matching.matcher import Matcher
from lantern.ui import cards
from lantern.ui.cards import Cards
from lantern.ui.topic_tokens import TopicTokens

SEVERAL_KEYWORDS = re.compile(r"[,;]")
SEVERAL_QUESTIONS = re.compile(r",.*,|[.?!;] ")
"""What tells that an editor put several into one: matching then reads a text that nobody would ask."""
NO_CARE = Care(Directory({}, ""), ())
"""Where an article is checked alone."""


class Edition:
    """What the bot answers from: checked content. Never changed once made, but that its matcher learns meanings.

    ``original`` is the edition that this one is in another language.
    """

    def __init__(self, content: Content, original: Edition | None = None) -> None:
        self.content = content
        self.cards = Cards(content)
        self.tokens = TopicTokens(content)
        self._original = original
        self._in_languages: dict[str, Edition] = {}

    @cached_property
    def matcher(self) -> Matcher:
        """Which topics answer members' words. Made when it is first asked for, which takes 0.15 s."""
        return Matcher(self.content) if self._original is None else self._original.matcher

    def prepare(self, before: Edition | None = None) -> Edition:
        """Make the matcher now, in the thread that calls this, instead of at the first question.

        The signs of danger of the edition ``before``, most of the work, are taken over where they are the same.
        """
        if before is None:
            self.matcher  # noqa: B018 - it is made by being asked for
        else:
            self.matcher = Matcher(self.content, before=before.matcher)
        return self

    def in_language(self, language: str) -> Edition:
        """The edition in a language; made when it is first asked for, which takes a millisecond."""
        if self._original is not None:
            return self._original.in_language(language)
        if language == ORIGINAL:
            return self
        if language not in self._in_languages:
            with speaking(language):
                self._in_languages[language] = Edition(self.content.in_language(language), self)
        return self._in_languages[language]

    def topic(self, original: Topic) -> Topic:
        """A topic that the matcher found, as members read it."""
        return self.content.at(original.address) or original


class Editions:
    """The edition that is in use. Every service holds this one object and asks it once for each interaction."""

    def __init__(self, original: Edition) -> None:
        self.original = original
        """In English, which the content is written in first."""

    @property
    def current(self) -> Edition:
        """The edition in the language in use, :func:`lantern.languages.translation.current`."""
        return self.original.in_language(current())


def misfits(checked: Checked) -> Iterator[tuple[ValuePath, str]]:
    """What is wrong with a file whose fields are all right: too long for Discord, or signs of danger that find nothing.

    A :data:`lantern.content.loading.Measure`.
    """
    yield from cards.misfits(checked)
    yield from care_signs.misfits(checked)


def load(folder: Path, *, translations: bool = True) -> Content:
    """The content of a folder, or all but its translations. Raises
    :class:`lantern.content.problems.ContentError` with all problems.
    """
    return loading.load_content(folder, misfits, translations=translations)


def load_translations(folder: Path, content: Content, *, sound_alone: bool = False) -> Content:
    """Content that was loaded without translations, with those of its folder. Raises as :func:`load` does, or with
    ``sound_alone`` leaves out the languages with a mistake.
    """
    return loading.load_translations(folder, content, misfits, sound_alone=sound_alone)


def load_texts(files: Mapping[str, str], *, translations: bool = True) -> Content:
    """The content of files that are no folder's here: their texts by their names. Raises as :func:`load` does."""
    with TemporaryDirectory(prefix="lantern-content-") as folder:
        for name, text in files.items():
            # Whoever gave it says no folder but these.
            inner = PurePosixPath(name).parent.name
            known = inner == LANGUAGES_FOLDER or inner in TRANSLATED
            place = Path(folder) / (inner if known else "") / Path(name).name
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(text.encode())
        return load(Path(folder), translations=translations)


def check(paths: Iterable[Path], *, helplines: bool = False) -> tuple[list[Problem], list[str]]:
    """All problems of some files or folders, a line for each file that has none, and what could be better in those.

    ``helplines`` names each helpline that nobody checked for long, which are only counted otherwise.
    """
    problems: list[Problem] = []
    sound: list[tuple[Path, Checked]] = []
    for path, result in loading.check_files(paths, misfits):
        if isinstance(result, tuple):
            problems += result
        else:
            sound.append((path, result))
    today = datetime.now(UTC).date()
    return problems, [
        *(f"{path}: {summary(checked)}" for path, checked in sound),
        *(
            line
            for _, checked in sound
            if isinstance(checked, Helplines)
            for line in stale(checked, today, named=helplines)
        ),
        *_without_examples(sound),
        *(str(each) for _, checked in sound if isinstance(checked, Translation) for each in checked.left_out),
        *_untranslated(sound),
        *_to_better(sound),
    ]


def _untranslated(sound: Iterable[tuple[Path, Checked]]) -> Iterator[str]:
    """A warning for each topic of which readers of another language see the original, and what its translator does.

    Whoever checks one file alone is told as well: of a translation what it lacks, of an article what became stale.
    """
    told = {path.absolute(): checked for path, checked in sound}
    # As it was given, and as mistakes are told.
    given = {path.absolute(): path for path, _ in sound}
    folders = [path.parent for path, checked in told.items() if isinstance(checked, Article)]
    folders += [path.parent.parent for path, checked in told.items() if isinstance(checked, Translation)]
    for folder in dict.fromkeys(folders):
        whole = dict(loading.check_files([folder]))
        for original, article in whole.items():
            if not isinstance(article, Article):
                continue
            translated = {
                path: each
                for path, each in whole.items()
                if isinstance(each, Translation) and each.command == article.command
            }
            for path, translation in translated.items():
                if path in told or original in told:
                    yield from map(str, _to_translate(path_text(given.get(path, path)), article, translation))
            if original in told:
                # A file with a mistake may be the translation.
                there = {
                    path.parent.name for path, each in whole.items() if path in translated or isinstance(each, tuple)
                }
                for language in TRANSLATED:
                    if language not in there:
                        yield (
                            f"{_shown(folder / language)}: /{article.command} is not translated into "
                            f"{LANGUAGES[language]}, so its readers see the original."
                        )


def _to_translate(file: str, article: Article, translation: Translation) -> Iterator[Problem]:
    for topic in article.topics:
        own = translation.topic(topic.key)
        line = f'translates: "{topic.fingerprint}"'
        if own is None:
            says = f"it is not translated, so readers see the original. Write in its translation: {line}"
        elif own.translates is None:
            says = (
                "it does not say which wording it translates, so readers see the original. If it translates today's "
                f"wording, write: {line}"
            )
        elif own.translates != topic.fingerprint:
            says = (
                "the original has changed since, so readers see it in English. When the translation says the same "
                f"again, write: {line}"
            )
        elif topic.note and not own.note:
            says = "the original has a note, and this has none. Lantern's own words are as needed here."
        else:
            continue
        at = translation.lines.get(topic.key, translation.lines.get(""))
        yield Problem(file, at, f"topic “{topic.key}”", says)


def _shown(path: Path) -> str:
    here = Path.cwd()
    return path_text(path.relative_to(here) if path.is_relative_to(here) else path)


def _to_better(sound: Sequence[tuple[Path, Checked]]) -> Iterator[str]:
    """A line for each keyword and sample question that holds several, or does not find its topic first."""
    held = [checked for _, checked in sound]
    care = next((each for each in held if isinstance(each, Care)), NO_CARE)
    shorthand = next((each.shorthand for each in held if isinstance(each, Shorthand)), {})
    translations = {path: each for path, each in sound if isinstance(each, Translation)}
    content = Content(
        tuple(each for each in held if isinstance(each, Article)),
        care,
        shorthand,
        care_languages=tuple(each for each in held if isinstance(each, CareLanguage)),
        translations={str(path): (each,) for path, each in translations.items()},
    )
    matcher = Matcher(content)
    for path, checked in sound:
        if not isinstance(checked, Article | Translation):
            continue
        for topic in checked.topics:
            # None where a translation is checked alone.
            original = content.find(checked.command, topic.key)
            for what, lines, several in (
                ("keyword", topic.keywords, SEVERAL_KEYWORDS),
                ("sample question", topic.sample_questions, SEVERAL_QUESTIONS),
            ):
                for line in lines:
                    if original and (why := _what_to_better(matcher, original, line, several)):
                        yield f"{path}, topic “{topic.key}”: the {what} “{line}” {why}"


def _what_to_better(matcher: Matcher, topic: Topic, line: str, several: re.Pattern[str]) -> str | None:
    if several.search(line):
        return "holds several: write each on a line of its own, in plain words."
    if (kind := matcher.care(line)) is not None:
        return f"shows a sign of danger ({kind}), so whoever asks it is shown help and never a topic: take it out."
    first = matcher.rank(line, 1)[0].topic
    if first.address != topic.address:
        return f"finds “{first.key}” first, which has the same line: take it out of one of them."
    return None


def summary(checked: Checked) -> str:
    """What a sound file holds, in one line."""
    if isinstance(checked, Article):
        words = sorted(len(topic.answer.split()) for topic in checked.topics)
        topics = "1 topic" if len(words) == 1 else f"{len(words)} topics"
        return f"/{checked.command}, {topics}, answers of {words[0]} to {words[-1]} words"
    if isinstance(checked, Translation):
        return f"/{checked.command} in another language, {len(checked.topics)} topics"
    if isinstance(checked, Care):
        return "care, " + ", ".join(f"{len(kind.signs)} signs of {kind.kind}" for kind in checked.kinds)
    if isinstance(checked, Helplines):
        numbers = sum(len(country.helplines) for country in checked.countries)
        return f"{numbers} helplines in {len(checked.countries)} countries, in {len(checked.words)} languages"
    if isinstance(checked, CareLanguage):
        told = [
            f"{len(entries)} {name} of {kind.kind}"
            for kind in checked.kinds
            for name, entries in (("signs", kind.signs), ("examples", kind.examples))
            if entries
        ]
        return "care, " + ", ".join(told)
    if isinstance(checked, NotCovered):
        return f"{len(checked.questions)} questions that no article answers"
    return f"{len(checked.shorthand)} pieces of shorthand"


def stale(helplines: Helplines, today: date, *, named: bool) -> list[str]:
    """A warning of helplines that nobody has checked for half a year: how many, or with ``named`` each, by country.

    Nothing where all are fresh.
    """
    old = [
        (country, [line for line in country.helplines if today - line.known_on > STALE_AFTER])
        for country in helplines.countries
    ]
    number = sum(len(lines) for _, lines in old)
    if not number:
        return []
    which = "" if named else " `python bot.py check --helplines` names them."
    return [
        f"  Warning: {number} of these numbers stand on pages of more than {STALE_AFTER.days} days ago, and you have "
        f"not checked them since. Call each, or look at its own page, and write the day as `checked`.{which}",
        *(
            f"  {in_language(country.names, 'en')}: "
            + ", ".join(f"{line.number} ({line.checked or line.source_date})" for line in lines)
            for country, lines in old
            if named and lines
        ),
    ]


def _without_examples(sound: Iterable[tuple[Path, Checked]]) -> Iterator[str]:
    """A warning where a whole folder has no examples of danger: one of two ways to notice it is gone then."""
    held = [checked for _, checked in sound]
    whole = any(isinstance(each, Care) for each in held) and any(isinstance(each, CareLanguage) for each in held)
    if whole and not any(kind.examples for each in held if isinstance(each, CareLanguage) for kind in each.kinds):
        yield (
            f"  Warning: no file in {LANGUAGES_FOLDER}/ has examples, so danger is noticed by its signs alone and not "
            "by its meaning. Put examples.yml back."
        )
