"""Articles in other languages: what is wrong with a file, what is missing or stale, and the content in a language."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from shutil import rmtree

import pytest

from lantern.answers import edition
from lantern.content import loading
from lantern.content.models import TRANSLATED, Content, Topic
from lantern.content.problems import ContentError
from lantern.languages.translation import LANGUAGES
from lantern.ui import cards
from lantern.ui.cards import Cards, text_of


@pytest.fixture
def content_folder(content_folder: Path, content: Content) -> Path:
    """A copy of what is shipped, of which nothing is stale: whether that is so just now is no matter here."""
    for file in content_folder.glob("??/twinflame.yml"):
        text = file.read_text(encoding="utf-8")
        for topic in content.topics():
            text = re.sub(rf'(?m)^(  - key: {topic.key}\n    translates: )".*"', rf'\1"{topic.fingerprint}"', text)
        file.write_text(text, encoding="utf-8")
    return content_folder


def spanish(folder: Path) -> Path:
    return folder / "es" / "twinflame.yml"


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def warned(*paths: Path) -> list[str]:
    """What `check` says beyond one line a file of sound ones."""
    problems, lines = edition.check(paths)
    assert problems == []
    return [line for line in lines if "topic “" in line or "translat" in line]


# --- mistakes ---------------------------------------------------------------------------------------------------------

OF_CHASER = "soy la perseguidora en esta relación"
FIRST = "      - por qué mi llama gemela huye de mí\n"


@pytest.mark.parametrize(
    ("old", "new", "row", "field", "says"),
    [
        ("view: ", "views: ", "views:", "views", "Did you mean “view”?"),
        ('    translates: "', '    translates: "hola', "    translates: ", "topic “runner”, translates", "digits"),
        ("  - key: chaser", "  - key: runner", "  - key: runner", "topic “runner”, key", "already"),
        ("    summary: ", "    sumary: ", "    sumary: ", "topic “runner”, sumary", "Did you mean “summary”?"),
        ("    question: ", "    colour: ", "    colour: ", "topic “runner”, colour", "no field with this name"),
        ("title: Llamas gemelas", "title: [a]", "title: [a]", "title", "one text, not a list"),
        ("title: La llama que huye", "title: " + "x" * 81, "    title: x", "topic “runner”, title", "Shorten it by 1."),
        ("title: La llama que huye", "title: La llama que persigue", "    title: La llama que p", "title", "already"),
        (FIRST, FIRST * 2, FIRST, "topic “runner”, sample question 2", "already"),
        (FIRST, f"{FIRST}      - {OF_CHASER}\n", f"      - {OF_CHASER}", "topic “chaser”, sample question", "already"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_file_line_and_field(
    content_folder: Path, old: str, new: str, row: str, field: str, says: str
) -> None:
    file = spanish(content_folder)
    change(file, old, new)
    rows = file.read_text(encoding="utf-8").splitlines()

    told = edition.check([file])[0]

    (problem,) = [each for each in told if says in each.message]
    assert problem.file == str(file)
    assert problem.line is not None
    assert any(rows[number].startswith(row.rstrip("\n")) for number in range(problem.line - 1, len(rows)))
    assert field in problem.field
    with pytest.raises(ContentError):
        edition.load(content_folder)


def test_a_fingerprint_of_digits_needs_its_quotes(content_folder: Path) -> None:
    file = spanish(content_folder)
    text = file.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if "translates:" in line)
    change(file, line, "    translates: 12345678")

    (problem,) = edition.check([file])[0]

    assert (problem.line, problem.field) == (9, "topic “runner”, translates")
    assert 'Put it in quotes: "12345678".' in problem.message


@pytest.mark.parametrize(
    ("old", "new", "where", "says"),
    [
        (
            "  - key: runner",
            "  - key: runer",
            "line 8, topic “runer”, key",
            "“runer” is no topic of /twinflame, so nobody sees this translation. Did you mean “runner”? Correct the "
            "key, or take this translation out.",
        ),
        (
            "command: twinflame",
            "command: twinflames",
            "line 2, command",
            "“twinflames” is no article, so nobody sees this translation. Did you mean “twinflame”? Correct the "
            "command, or take this translation out.",
        ),
    ],
)  # fmt: skip
def test_a_translation_of_what_the_original_has_not_is_named_and_refuses_nothing(
    content_folder: Path, old: str, new: str, where: str, says: str
) -> None:
    file = spanish(content_folder)
    change(file, old, new)
    line = f"{file}, {where}: {says}"

    assert line in warned(content_folder)
    assert line in warned(file)
    found = edition.load(content_folder)
    assert [str(each) for each in found.left_out] == [line]
    assert next(found.in_language("es").topics()).untranslated
    assert not next(found.in_language("fr").topics()).untranslated
    assert edition.load_translations(content_folder, edition.load(content_folder, translations=False)).left_out


def test_a_topic_is_taken_out_of_the_original_alone(content_folder: Path) -> None:
    file = content_folder / "twinflame.yml"
    text = file.read_text(encoding="utf-8")
    start = text.index("  - key: viewpoint")
    file.write_text(re.sub(r"\n *related: .*", "", text[:start]), encoding="utf-8")

    left_out = [line for line in warned(content_folder) if "“viewpoint” is no topic of /twinflame" in line]

    assert len(left_out) == len(TRANSLATED)
    assert all("nobody sees this translation. Correct the key" in line for line in left_out), "nothing is like it"
    found = edition.load(content_folder)
    assert found.at("twinflame/viewpoint") is None
    assert found.in_language("es").articles[0].title == "Llamas gemelas"


def test_what_discord_would_refuse_is_told_of_the_translation_as_of_the_original(
    content_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = spanish(content_folder)
    change(file, "      Según este punto de vista, las llamas", f"      {'x' * 1_400}\n\n      Según, las llamas")
    assert edition.check([content_folder])[0] == []
    monkeypatch.setattr(cards, "MESSAGE_TEXT", 2_200)

    (problem,) = edition.check([content_folder])[0]

    assert (problem.file, problem.field) == (str(file), "topic “runner”, answer")
    assert "Discord allows 2200. Shorten the answer by " in problem.message
    with pytest.raises(ContentError, match="Shorten the answer"):
        edition.load_translations(content_folder, edition.load(content_folder, translations=False))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("es-ES", "Call it “es”."),
        ("pt_BR", "Call it “pt”."),
        ("DE", "Call it “de”."),
        ("en", "the articles beside it are the English ones"),
        ("xx", "Languages are es, pt, fr, de, hi."),
    ],
)
def test_a_folder_that_is_no_languages_is_told(content_folder: Path, name: str, says: str) -> None:
    spanish(content_folder).parent.rename(content_folder / name)

    (problem,) = edition.check([content_folder])[0]

    assert problem.file == str(content_folder / name / "twinflame.yml")
    assert f"“{name}”" in problem.message
    assert says in problem.message


def test_an_article_is_translated_once_into_each_language(content_folder: Path) -> None:
    again = spanish(content_folder).with_name("zwei.yml")
    again.write_bytes(spanish(content_folder).read_bytes())

    (problem,) = edition.check([content_folder])[0]

    assert (problem.file, problem.line, problem.field) == (str(again), 2, "command")
    assert f"{spanish(content_folder)} translates “twinflame” already" in problem.message


def test_an_original_with_a_mistake_is_told_of_and_its_translations_are_not(content_folder: Path) -> None:
    change(content_folder / "twinflame.yml", "colour:", "color:")

    (problem,) = edition.check([content_folder])[0]

    assert problem.file == str(content_folder / "twinflame.yml")


# --- missing and stale ------------------------------------------------------------------------------------------------


def test_a_topic_that_was_changed_is_stale_until_its_translations_say_so(content_folder: Path) -> None:
    change(content_folder / "twinflame.yml", "title: The runner", "title: The one who runs")
    runner = edition.load(content_folder).topics().__next__()
    line = f'translates: "{runner.fingerprint}"'

    stale = warned(content_folder)

    assert len(stale) == len(TRANSLATED)
    assert stale[0].startswith(f"{content_folder / 'de' / 'twinflame.yml'}, line 8, topic “runner”: ")
    assert all("topic “runner”: the original has changed since, so readers see it in English." in it for it in stale)
    assert all(each.endswith(f"write: {line}") for each in stale)
    assert warned(content_folder / "twinflame.yml") == stale, "whoever checks the original alone is told as well"
    assert warned(spanish(content_folder)) == [each for each in stale if str(spanish(content_folder)) in each]

    old = next(row for row in spanish(content_folder).read_text(encoding="utf-8").splitlines() if "translates" in row)
    change(spanish(content_folder), old.strip(), line)
    assert warned(spanish(content_folder)) == []
    assert edition.load(content_folder).in_language("es").at("twinflame/runner") is not None


def test_lines_and_spaces_are_no_change_of_wording(content: Content) -> None:
    topic = content.articles[0].topics[0]

    assert replace(topic, answer=topic.answer.replace(" ", "\n", 3) + "\n").fingerprint == topic.fingerprint
    for name in ("title", "question", "summary", "answer", "note"):
        assert replace(topic, **{name: getattr(topic, name) + "."}).fingerprint != topic.fingerprint
    assert replace(topic, keywords=(), related=(), sample_questions=("else",)).fingerprint == topic.fingerprint


def test_what_is_missing_is_named_and_refuses_nothing(content_folder: Path) -> None:
    file = spanish(content_folder)
    text = file.read_text(encoding="utf-8")
    fingerprint = next(line.strip() for line in text.splitlines() if "translates" in line)
    without_last = text[: text.index("  - key: viewpoint")].replace(f"    {fingerprint}\n", "", 1)
    file.write_text(without_last, encoding="utf-8")
    (content_folder / "fr" / "twinflame.yml").rename(content_folder / "fr" / "twinflame.off")
    (content_folder / "second.yml").write_text(
        (content_folder / "twinflame.yml").read_text(encoding="utf-8")
        .replace("command: twinflame", "command: second", 1)
        .replace("title: Twin flames", "title: Second", 1),
        encoding="utf-8",
    )  # fmt: skip

    told = edition.check([content_folder])[1]
    lines = [line for line in told if line.startswith(str(file)) and "translat" in line]

    assert lines[0].startswith(f"{file}, line 8, topic “runner”: it does not say which wording it translates, so ")
    assert lines[0].endswith(fingerprint)
    (missing,) = [line for line in lines if "line 7, topic “viewpoint”: it is not translated" in line]
    viewpoint = edition.load(content_folder).at("twinflame/viewpoint")
    assert viewpoint is not None
    assert missing.endswith(f'Write in its translation: translates: "{viewpoint.fingerprint}"')
    into = {line for line in told if line.startswith(str(content_folder)) and "is not translated into" in line}
    assert into == {
        *(f"{content_folder / code}: {untranslated('second', code)}" for code in TRANSLATED),
        f"{content_folder / 'fr'}: {untranslated('twinflame', 'fr')}",
    }


def untranslated(command: str, code: str) -> str:
    return f"/{command} is not translated into {LANGUAGES[code]}, so its readers see the original."


def test_a_language_without_a_folder_is_named_and_one_with_a_mistake_is_not(content_folder: Path) -> None:
    rmtree(content_folder / "hi")
    (content_folder / "de" / "twinflame.yml").unlink()
    (content_folder / "de" / "twinflame.yml").mkdir()
    change(spanish(content_folder), "command:", "comand:")

    problems, lines = edition.check([content_folder])

    assert {problem.file for problem in problems} >= {str(spanish(content_folder))}
    said = [line for line in lines if "is not translated into" in line]
    assert f"{content_folder / 'hi'}: {untranslated('twinflame', 'hi')}" in said
    assert not any(line.startswith((str(content_folder / "es"), str(content_folder / "pt"))) for line in said)
    alone = edition.check([content_folder / "twinflame.yml"])[1]
    assert [line for line in alone if "is not translated into" in line] == said


def test_a_note_that_a_translation_lacks_is_named(content_folder: Path) -> None:
    file = spanish(content_folder)
    text = file.read_text(encoding="utf-8")
    start = text.index("    note: >-\n")
    file.write_text(text[:start] + text[text.index("    sample_questions:", start) :], encoding="utf-8")

    (line,) = [each for each in warned(file) if "topic “runner”" in each]

    assert "line 8, topic “runner”: the original has a note, and this has none." in line


# --- the content in a language ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", TRANSLATED)
def test_in_a_language_texts_are_others_and_all_else_is_the_same(content: Content, language: str) -> None:
    """Of what is shipped, too, whichever topics are stale just now."""
    told = content.in_language(language)

    assert told is content.in_language(language)
    assert content.in_language("en") is content
    assert [topic.address for topic in told.topics()] == [topic.address for topic in content.topics()]
    assert (told.care, told.helplines, told.care_languages) == (content.care, content.helplines, content.care_languages)
    assert told.articles[0].title != content.articles[0].title
    for original, topic in zip(content.topics(), told.topics(), strict=True):
        same = ("key", "keywords", "sample_questions", "related", "reviewed")
        assert [getattr(topic, name) for name in same] == [getattr(original, name) for name in same]
        assert topic.other_languages == original.other_languages
        assert topic.article is told.articles[0]
        translated = original.translations.get(language)
        stale = translated is None or translated.translates != original.fingerprint
        assert topic.untranslated == stale
        assert (topic.answer == original.answer) == stale


def test_a_stale_topic_is_the_original_with_a_line_and_its_related_topics_are_not(content: Content) -> None:
    article = content.articles[0]
    first = replace(article.topics[0], answer="In this view, something else.")
    changed = replace(content, articles=(replace(article, topics=(first, *article.topics[1:])),)).in_language("es")

    def card(topic: Topic) -> str:
        return text_of(Cards(changed).answer(topic, shareable=False).components)

    stale, fresh = changed.articles[0].topics[:2]
    assert (stale.title, stale.answer) == (first.title, first.answer)
    assert cards.UNTRANSLATED in card(stale)
    assert card(stale).startswith(f"-# {changed.articles[0].view}\n-# ")
    assert cards.UNTRANSLATED not in card(fresh)
    (button, *_) = cards.related_buttons(stale)
    assert button.label == changed.articles[0].topics[1].question != article.topics[1].question


def test_the_line_fits_where_there_is_room_for_it() -> None:
    assert len(cards.small(cards.UNTRANSLATED)) + 1 <= cards.LONGEST_UNTRANSLATED


def test_translations_are_read_alone_as_with_the_rest(content_folder: Path) -> None:
    content = edition.load(content_folder)
    without = edition.load(content_folder, translations=False)

    assert without.translations is None
    assert without != content
    assert edition.load_translations(content_folder, without) == content
    assert not next(without.topics()).other_languages
    assert loading.load_content(content_folder, translations=False).digest != content.digest


def test_every_question_of_a_translation_counts_as_one_of_its_topic(content: Content) -> None:
    for topic in content.topics():
        lines = topic.other_languages
        assert len(lines) == sum(len(each.sample_questions) for each in topic.translations.values())
        assert set(topic.translations) <= set(TRANSLATED)
        assert len(lines) > 5
