"""Reads and checks the ``content/`` folder; nothing else does.

``load_content(folder)`` gives the whole `Content`, or raises `ContentError` with *every* problem found in every file.
``check_files(paths)`` does the same for single files, as ``python bot.py check FILE…`` needs it.

A folder holds one YAML file per article, ``care.yml`` (the words for someone in danger), ``helplines.yml`` (whom they
can call) and, if wanted, ``shorthand.yml`` (chat shorthand), ``not_covered.yml`` (questions that no article answers),
a folder ``care`` with signs of danger in other languages, a file for each, and a folder for each language that articles
are translated into, with a file for each article; ``load_translations`` reads these later. `yaml_reader` reads the
text with the line of every value; `shapes` makes the dataclasses of `models` of it, and the rules between values
(duplicates, related topics) are checked on what the editor wrote, so that one faulty field does not hide the others.
Messages are for editors, who do not know Python.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from lantern.content.models import (
    ARTICLES_MAX,
    CARE_FILE,
    EMERGENCY,
    HELPLINES_FILE,
    LANGUAGES_FOLDER,
    NOT_COVERED_FILE,
    RESERVED_COMMANDS,
    SHORTHAND_FILE,
    TRANSLATED,
    Article,
    Care,
    CareKind,
    CareLanguage,
    CareWords,
    Checked,
    Content,
    Country,
    Helpline,
    Helplines,
    NotCovered,
    Shorthand,
    SignsOfKind,
    Topic,
    TopicTranslation,
    Translation,
    content_files,
    is_language_folder,
    language_folders,
)
from lantern.content.problems import ContentError, Problem, ValuePath, listed, normal_form, path_text, quoted
from lantern.content.shapes import shaped
from lantern.content.yaml_reader import Written, why_not
from lantern.languages.translation import ORIGINAL

# --- reading ----------------------------------------------------------------------------------------------------------

SPECIAL: Final[Mapping[str, type[Care] | type[Helplines] | type[Shorthand] | type[NotCovered]]] = {
    CARE_FILE: Care,
    HELPLINES_FILE: Helplines,
    SHORTHAND_FILE: Shorthand,
    NOT_COVERED_FILE: NotCovered,
}
"""The files that are no articles, by their names without ``.yml``."""

PHRASES: Final = frozenset({"signs", "not_signs", "examples", "not_examples"})
"""Fields of ``care.yml`` and of the files in ``care/`` that hold most of what is written there."""

Measure = Callable[[Checked], Iterable[tuple[ValuePath, str]]]
"""A further check of a file that has no mistake so far: gives each faulty value's place and what is wrong with it.

`lantern.answers.edition` passes one that finds what Discord would refuse."""


def load_content(folder: Path, measure: Measure | None = None, *, translations: bool = True) -> Content:
    """Read and check a whole content folder, or all of it but the translations: `load_translations` adds them.

    Every ``.yml`` or ``.yaml`` file in it counts, in the order of their names, except hidden ones; of folders inside it
    only ``care`` and those of languages. Raises ContentError with all problems, those that ``measure`` finds among
    them; nothing else is raised, whatever the files hold.
    """
    problems, found = _read_folder(folder, measure, translations=translations)
    _compare(found)
    _compare_translations(found, _articles(found), measure)
    problems += [problem for one in found for problem in one.problems]
    if problems:
        raise ContentError(problems)
    care = next(one.value for one in found if isinstance(one.value, Care))
    return Content(
        articles=tuple(one.value for one in found if isinstance(one.value, Article)),
        care=care,
        helplines=next(one.value for one in found if isinstance(one.value, Helplines)),
        shorthand=next((one.value.shorthand for one in found if isinstance(one.value, Shorthand)), {}),
        care_languages=tuple(one.value for one in found if isinstance(one.value, CareLanguage)),
        not_covered=next((one.value.questions for one in found if isinstance(one.value, NotCovered)), ()),
        translations=_by_language(found) if translations else None,
    )


def load_translations(
    folder: Path, content: Content, measure: Measure | None = None, *, sound_alone: bool = False
) -> Content:
    """The content that `load_content` read without translations, and those of the same folder.

    Raises ContentError with what is wrong in them, or with ``sound_alone`` leaves out the languages with a mistake.
    """
    try:
        paths = content_files(folder)[len(content_files(folder, translations=False)) :]
    except (OSError, ValueError) as error:
        raise ContentError([_unreadable(folder, error)]) from None
    found = [_read_file(path, measure, is_translation=True) for path in paths]
    _compare_translations(found, {article.command: article for article in content.articles}, measure)
    problems = [problem for one in found for problem in one.problems]
    if problems and not sound_alone:
        raise ContentError(problems)
    faulty = {one.path.parent.name for one in found if one.problems}
    return replace(content, translations=_by_language(one for one in found if one.path.parent.name not in faulty))


def _by_language(files: Iterable[_File]) -> dict[str, tuple[Translation, ...]]:
    found: dict[str, tuple[Translation, ...]] = {}
    for one in files:
        if isinstance(one.value, Translation):
            language = one.path.parent.name
            found[language] = (*found.get(language, ()), one.value)
    return found


def check_files(
    paths: Iterable[Path], measure: Measure | None = None
) -> list[tuple[Path, Checked | tuple[Problem, ...]]]:
    """Check single files, for ``bot.py check``: each path with what the file holds or its problems, in the order given.

    A file called as one of :data:`SPECIAL`, in a folder called ``care``, or in a language's folder of a folder with a
    ``care.yml``, is checked as such, every other one as an article. A translation is compared with the articles of the
    folder around it. Files that are passed together are compared with each other (two articles with one command). A
    folder counts as the files in it; what is wrong with the folder itself, such as a missing ``care.yml``, is told for
    the folder's path. Raises nothing.
    """
    # Problems of the folders themselves stand between the files, so that the result has the order of the paths.
    told: list[tuple[Path, tuple[Problem, ...]] | _File] = []
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where it may not look
            problems, files = _read_folder(path, measure)
            if problems:
                told.append((path, tuple(problems)))
            told += files
        else:
            told.append(_read_file(path, measure, is_translation=_is_translation(path)))
    files = [one for one in told if isinstance(one, _File)]
    _compare(files)
    for folder in dict.fromkeys(one.path.absolute().parent.parent for one in files if one.model is Translation):
        beside = [one for one in files if one.path.absolute().parent == folder]
        read = {one.path.absolute() for one in beside}
        beside += [_read_file(path, measure) for path in articles_in(folder) if path not in read]
        own = [one for one in files if one.model is Translation and one.path.absolute().parent.parent == folder]
        _compare_translations(own, _articles(beside), measure)
    return [(one.path, one.result()) if isinstance(one, _File) else one for one in told]


def articles_in(folder: Path) -> list[Path]:
    """The files of a content folder that hold articles, or should; none where it cannot be read."""
    try:
        paths = content_files(folder, translations=False)
    except OSError:
        return []
    return [path for path in paths if path.parent == folder and path.stem.lower() not in SPECIAL]


def _is_translation(path: Path) -> bool:
    folder = path.absolute().parent
    care = [folder.parent / f"{CARE_FILE}{end}" for end in (".yml", ".yaml")]
    return is_language_folder(folder) and any(os.path.exists(each) for each in care)  # noqa: PTH110 - as isdir above


@dataclass
class _File(Written):
    """One file while it is read, and what it holds in the end: ``value``, None where there are problems."""

    value: Checked | None = None
    is_translation: bool = False
    left_out: list[Problem] = field(default_factory=list)
    """What nobody sees of a translation."""

    models = (
        Article, Topic, Translation, TopicTranslation,
        Care, CareKind, CareLanguage, SignsOfKind, Country, Helpline, CareWords, NotCovered,
    )  # fmt: skip
    field_names = tuple(each.name for model in models for each in fields(model))
    name_fields = ("key", "kind", "country", "language")
    open_fields = ("shorthand", "about", "words")
    entries = {  # noqa: RUF012  # declared as a ClassVar where it comes from
        "topics": "topic",
        "kinds": "kind",
        "keywords": "keyword",
        "sample_questions": "sample question",
        "related": "related topic",
        "signs": "sign",
        "not_signs": "entry of not_signs",
        "countries": "country",
        "words": "words in",
        "helplines": "helpline",
        "examples": "example",
        "not_examples": "entry of not_examples",
        "questions": "question",
    }

    @property
    def begin(self) -> str:
        return {
            Article: "An article begins with its fields, each on a line: command, title, view, source, colour, topics.",
            Care: "It begins with two fields: directory and kinds.",
            Helplines: "It begins with two fields: words and countries.",
            CareLanguage: "It has the field kinds, and under it, for each kind: kind, signs and, if wanted, not_signs.",
            Shorthand: "It begins with the field shorthand, and under it, indented, lines such as tf: twin flame.",
            NotCovered: "It begins with the field questions, and under it, indented, a list of questions.",
            Translation: "A translation begins with its fields, each on a line: command, title, view, source, topics.",
        }[self.model]

    @property
    def model(
        self,
    ) -> (
        type[Article]
        | type[Translation]
        | type[Care]
        | type[CareLanguage]
        | type[Helplines]
        | type[Shorthand]
        | type[NotCovered]
    ):
        if self.is_translation:
            return Translation
        if self.path.absolute().parent.name == LANGUAGES_FOLDER:
            return CareLanguage
        return SPECIAL.get(self.path.stem.lower(), Article)

    def result(self) -> Checked | tuple[Problem, ...]:
        if self.problems or self.value is None:
            return tuple(self.problems)
        return self.value


def _read_folder(
    folder: Path, measure: Measure | None, *, translations: bool = True
) -> tuple[list[Problem], list[_File]]:
    """Problems of the folder itself, and each file in it, read and checked alone."""
    name = path_text(folder)
    try:
        paths = content_files(folder, translations=translations)
        languages = set(language_folders(folder))
    except (OSError, ValueError) as error:
        return [_unreadable(folder, error)], []
    files = [_read_file(path, measure, is_translation=path.parent in languages) for path in paths]
    wrong = []
    articles = sum(one.model is Article for one in files)
    if not articles:
        wrong.append("The folder holds no article. Put one into it: a file whose name ends in .yml.")
    if articles > ARTICLES_MAX:
        wrong.append(
            f"The folder holds {articles} articles, and Discord allows 100 commands, of which Lantern needs "
            f"{len(RESERVED_COMMANDS)} itself. Take out {articles - ARTICLES_MAX}."
        )
    if not any(one.model is Care for one in files):
        wrong.append(
            f"{CARE_FILE}.yml is missing: the words for someone who is in danger. Put it back; Lantern does not run "
            "without it."
        )
    if not any(one.model is Helplines for one in files):
        wrong.append(
            f"{HELPLINES_FILE}.yml is missing: whom someone who is in danger can call. Put it back; Lantern does not "
            "run without it."
        )
    wrong += _unnoticed(files)
    for stem, model in SPECIAL.items():
        twice = [one.path.name for one in files if one.model is model]
        if len(twice) > 1:
            wrong.append(f"There are {len(twice)} files called {stem}: {listed(twice)}. Keep one.")
    return [Problem(name, None, "", message) for message in wrong], files


def _unreadable(folder: Path, error: OSError | ValueError) -> Problem:
    return Problem(path_text(folder), None, "", f"The content folder {why_not(error)}.")


def _unnoticed(files: Iterable[_File]) -> Iterator[str]:
    """A sentence for each language that the help is in, and in which danger would not be noticed.

    A language that editors take out on purpose goes from ``helplines.yml``, too: so a lost file is never taken for one.
    """
    noticed = {"en"}
    for one in files:
        # Of a file with mistakes those are told, and not that it is missing.
        if one.model is CareLanguage and (
            not isinstance(one.value, CareLanguage) or any(kind.signs for kind in one.value.kinds)
        ):
            noticed.add(one.path.stem.lower())
    for words in (words for one in files if isinstance(one.value, Helplines) for words in one.value.words):
        if words.language not in noticed:
            yield (
                f"{LANGUAGES_FOLDER}/{words.language}.yml is missing or has no signs: {HELPLINES_FILE}.yml has words "
                "in that language, but danger in it would not be noticed. Put the file back; if the language is to "
                f"go, take its words out of {HELPLINES_FILE}.yml, too."
            )


def _read_file(path: Path, measure: Measure | None, *, is_translation: bool = False) -> _File:
    """Read and check one file alone. Raises nothing: what is wrong stands in its problems."""
    file = _File(path, is_translation=is_translation)
    if file.read():
        _rules(file)
        value = shaped(file, file.model, file.data)
        file.value = None if file.problems else value
    if measure is not None and file.value is not None:
        for place, message in measure(file.value):
            file.blame(place, message)
    file.problems.sort(key=lambda problem: problem.line or 0)
    # Files are compared with each other by their fields and names, and phrases are thousands.
    file.lines = {place: line for place, line in file.lines.items() if PHRASES.isdisjoint(place)}
    return file


# --- rules between values, on what was written ------------------------------------------------------------------------


def _rules(file: _File) -> None:
    """Duplicates and related topics. Works on what was written; values of the wrong type are told by `shaped`."""
    if not isinstance(file.data, dict):
        return
    if file.model in {Article, Translation}:
        _topic_rules(file, file.data)
    elif file.model in {Care, CareLanguage}:
        _care_rules(file, file.data)
    elif file.model is Helplines:
        _helpline_rules(file, file.data)
    elif file.model is NotCovered:
        questions = enumerate(_items(file.data.get("questions")))
        _repeated(file, "question", ((("questions", number), value) for number, value in questions))
    for name in ("shorthand", "words") if file.model in {Shorthand, CareLanguage} else ():
        short = file.data.get(name)
        what = "shorthand" if name == "shorthand" else "name"
        _repeated(file, what, (((name, key), key) for key in short) if isinstance(short, dict) else ())


def _topic_rules(file: _File, data: Mapping[str, object]) -> None:
    topics = _entries(data, "topics")
    for name in ("key", "title", "question"):
        _repeated(file, name, (((*path, name), topic.get(name)) for path, topic in topics))
    for name, what in (("keywords", "keyword"), ("sample_questions", "sample question")):
        _repeated(file, what, _texts(topics, name))
    keys = [topic["key"].strip() for _, topic in topics if isinstance(topic.get("key"), str)]
    # Where a key is missing or no text, that is told already, and a related topic may mean the one without a key.
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
    kinds = _entries(data, "kinds")
    _repeated(file, "kind", (((*path, "kind"), kind.get("kind")) for path, kind in kinds))
    # The same phrase cannot be a sign of two kinds of danger, nor both a sign and not one.
    _repeated(file, "phrase", _texts(kinds, "signs", "not_signs"))
    _repeated(file, "example", _texts(kinds, "examples", "not_examples"))


def _helpline_rules(file: _File, data: Mapping[str, object]) -> None:
    words, countries = _entries(data, "words"), _entries(data, "countries")
    _repeated(file, "country", (((*path, "country"), country.get("country")) for path, country in countries))
    _repeated(file, "language", (((*path, "language"), each.get("language")) for path, each in words))
    if words and words[0][1].get("language") != "en":
        file.blame(
            ("words", 0, "language"), "The English words come first: they are for whoever reads none of the others."
        )


def _repeated(file: _File, what: str, values: Iterable[tuple[ValuePath, object]]) -> None:
    """Add a problem for every value that was there before, as `normal_form` sees it."""
    first: dict[str, tuple[ValuePath, str]] = {}
    for path, value in values:
        if not isinstance(value, str) or not (folded := normal_form(value)):
            continue
        before, text = first.setdefault(folded, (path, value))
        if before == path:
            continue
        where = f"line {file.lines[before]}"
        topic = before[:2]
        if what not in {"key", "kind"} and topic != path[:2] and len(topic) == 2 and isinstance(topic[1], int):
            where += f", in {file.place(topic)}"
        same = "" if text == value else " (capitals and spaces do not count)"
        file.blame(
            path,
            f"The {what} {quoted(value)} is on {where} already{same}. Each may stand once: change or take out one of "
            "them.",
        )


def _compare(files: Sequence[_File]) -> None:
    """Add a problem to the later of two articles with one command or title, and to kinds that ``care.yml`` has not."""
    for care in (file for file in files if file.model is Care):
        known = [name for _, name in _names_of_kinds(care)]
        for language in (file for file in files if file.model is CareLanguage):
            if language.path.parent.parent != care.path.parent:
                continue
            for place, name in _names_of_kinds(language):
                if name not in known:
                    near = language.nearest(name, known)
                    hint = f"Did you mean {quoted(near)}?" if near else f"It has {listed(known)}."
                    language.blame(place, f"{path_text(care.path)} has no kind {quoted(name)}. {hint}")
                    language.problems.sort(key=lambda problem: problem.line or 0)
    for name, what in (("command", "command name"), ("title", "title")):
        first: dict[str, tuple[_File, str]] = {}
        for file in files:
            value = file.data.get(name) if isinstance(file.data, dict) and file.model is Article else None
            if not isinstance(value, str) or not normal_form(value):
                continue
            other, _ = first.setdefault(normal_form(value), (file, value))
            if other.path != file.path:
                file.blame(
                    (name,),
                    f"The {what} {quoted(value)} is taken by {path_text(other.path)}, line {other.lines[(name,)]}. "
                    "Each article needs its own.",
                )
                file.problems.sort(key=lambda problem: problem.line or 0)
    _compare_helplines(files)


def _articles(files: Iterable[_File]) -> dict[str, Article | None]:
    """The articles by their commands; None for one that has mistakes."""
    found: dict[str, Article | None] = {}
    for file in files:
        command = file.data.get("command") if file.model is Article and isinstance(file.data, dict) else None
        if isinstance(command, str):
            found[command.strip()] = file.value if isinstance(file.value, Article) else None
    return found


def _compare_translations(
    files: Sequence[_File], articles: Mapping[str, Article | None], measure: Measure | None
) -> None:
    """Add a problem for each folder that is no language's and each text that Discord would refuse in its card.

    What the originals do not have is left out of a translation and told there: an editor may take out an article or a
    topic, and need not touch five other files.
    """
    first: dict[tuple[str, str], _File] = {}
    for file in (file for file in files if file.model is Translation):
        language = file.path.absolute().parent.name
        if language not in TRANSLATED:
            file.add(None, "", _no_language(file, language))
        command = file.data.get("command") if isinstance(file.data, dict) else None
        if not isinstance(command, str) or not command.strip():
            continue
        command = command.strip()
        other = first.setdefault((language, command), file)
        if other.path != file.path:
            file.blame(("command",), f"{path_text(other.path)} translates {quoted(command)} already. Keep one.")
        elif command not in articles:
            near = file.nearest(command, articles)
            _leave_out(file, ("command",), f"{quoted(command)} is no article", near, "command")
        elif (article := articles[command]) is not None:
            _compare_topics(file, article, measure)
        if file.problems:
            file.value = None
            file.problems.sort(key=lambda problem: problem.line or 0)
        elif file.value is not None:
            object.__setattr__(file.value, "lines", _lines_of_topics(file))
            object.__setattr__(file.value, "left_out", tuple(file.left_out))


def _leave_out(file: _File, place: ValuePath, what: str, near: str | None, name: str) -> None:
    hint = f" Did you mean {quoted(near)}?" if near else ""
    file.blame(
        place, f"{what}, so nobody sees this translation.{hint} Correct the {name}, or take this translation out."
    )
    file.left_out.append(file.problems.pop())


def _lines_of_topics(file: _File) -> dict[str, int]:
    assert isinstance(file.data, dict)
    lines = {topic["key"].strip(): file.lines[(*path, "key")] for path, topic in _entries(file.data, "topics")}
    return {"": file.lines[("topics",)], **lines}


def _no_language(file: _File, name: str) -> str:
    near = next((language for language in TRANSLATED if name.lower().startswith(language)), None)
    if name.lower().startswith(ORIGINAL):
        return f"The folder {quoted(name)} is not needed: the articles beside it are the English ones."
    hint = f"Call it {quoted(near)}." if near else f"Languages are {listed(TRANSLATED)}."
    return f"The folder {quoted(name)} is no language that Lantern speaks. {hint}"


def _compare_topics(file: _File, article: Article, measure: Measure | None) -> None:
    assert isinstance(file.data, dict)
    keys = [topic.key for topic in article.topics]
    number_of: dict[str, int] = {}
    for path, topic in _entries(file.data, "topics"):
        key = topic.get("key")
        if isinstance(key, str) and key.strip():
            number_of[key.strip()] = int(path[1])
    for key in number_of.keys() - set(keys):
        near = file.nearest(key, [each for each in keys if each not in number_of])
        what = f"{quoted(key)} is no topic of /{article.command}"
        _leave_out(file, ("topics", number_of[key], "key"), what, near, "key")
    file.left_out.sort(key=lambda problem: problem.line or 0)
    if not isinstance(file.value, Translation):
        return
    file.value = replace(file.value, topics=tuple(topic for topic in file.value.topics if topic.key in keys))
    if measure is None or file.problems:
        return
    # As it would be shown if all of it were up to date.
    fresh = tuple(
        replace(topic, translates=original.fingerprint)
        for topic in file.value.topics
        if (original := article.topic(topic.key)) is not None
    )
    shown = article.with_translations({"": replace(file.value, topics=fresh)}).in_language("")
    for place, message in measure(shown):
        key = shown.topics[int(place[1])].key if len(place) > 1 else ""
        if key in number_of:
            file.blame(("topics", number_of[key], *place[2:]), message)


def _compare_helplines(files: Sequence[_File]) -> None:
    """Add a problem for each helpline, and for each kind of danger, whose ``about`` there are no words for."""
    words = next((one.value.words for one in files if isinstance(one.value, Helplines)), ())
    if not words:
        return
    known = list(words[0].about)
    for file in files:
        places: list[tuple[ValuePath, str]] = []
        if isinstance(file.value, Helplines):
            places = [
                (("countries", number, "helplines", at, "about"), line.about)
                for number, country in enumerate(file.value.countries)
                for at, line in enumerate(country.helplines)
                if line.about != EMERGENCY
            ]
        elif isinstance(file.value, Care):
            places = [
                (("kinds", number, "helplines", at), about)
                for number, kind in enumerate(file.value.kinds)
                for at, about in enumerate(kind.helplines)
            ]
        for place, about in places:
            if about not in known:
                near = file.nearest(about, known)
                hint = f"Did you mean {quoted(near)}?" if near else f"There are {listed(known)}."
                file.blame(
                    place,
                    f"The English words in {HELPLINES_FILE}.yml have no line about {quoted(about)}. {hint}",
                )
        file.problems.sort(key=lambda problem: problem.line or 0)


def _names_of_kinds(file: _File) -> list[tuple[ValuePath, str]]:
    kinds = _entries(file.data, "kinds") if isinstance(file.data, dict) else []
    return [((*path, "kind"), name.strip()) for path, kind in kinds if isinstance(name := kind.get("kind"), str)]


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


_Entries = list[tuple[ValuePath, dict[str, Any]]]


def _entries(data: Mapping[str, object], name: str) -> _Entries:
    """The entries of a list that have fields, each with its place."""
    return [((name, number), one) for number, one in enumerate(_items(data.get(name))) if isinstance(one, dict)]


def _texts(entries: _Entries, *names: str) -> Iterator[tuple[ValuePath, object]]:
    """What stands in the lists with these names, entry by entry, each with its place."""
    for path, entry in entries:
        for name in names:
            yield from (((*path, name, number), value) for number, value in enumerate(_items(entry.get(name))))
