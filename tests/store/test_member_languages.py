"""The languages that members chose, on a database by itself."""

from __future__ import annotations

from lantern.store.database import Database
from lantern.store.member_languages import MemberLanguages
from tests.support.rows import found

MEMBER, OTHER = -7, 8


async def test_a_choice_outlasts_a_restart_and_is_deleted_with_the_last_word(database: Database) -> None:
    languages = MemberLanguages(database)
    await languages.choose(MEMBER, "es")
    await languages.choose(MEMBER, "de")
    await languages.choose(OTHER, "fr")

    again = MemberLanguages(database)
    await again.open()
    assert (again.of(MEMBER), again.of(OTHER), again.of(9)) == ("de", "fr", None)

    await languages.choose(MEMBER, None)
    assert languages.of(MEMBER) is None
    assert await found(database, "SELECT * FROM member_languages") == [(OTHER, "fr")]


async def test_what_another_process_changed_is_read_again(database: Database) -> None:
    languages, others = MemberLanguages(database), MemberLanguages(database)
    await others.choose(MEMBER, "hi")
    await languages.read(MEMBER)
    assert languages.of(MEMBER) == "hi"

    await others.choose(MEMBER, None)
    await languages.read(MEMBER)
    assert languages.of(MEMBER) is None


async def test_a_language_of_a_newer_lantern_stays_and_is_not_spoken(database: Database) -> None:
    await database.execute("INSERT INTO member_languages (member_key, language) VALUES (7, 'ja')")
    languages = MemberLanguages(database)
    await languages.open()
    await languages.read(7)

    assert languages.of(7) is None
    assert await found(database, "SELECT language FROM member_languages") == [("ja",)]


async def test_choices_are_written_into_a_file_that_took_the_place_of_theirs(database: Database) -> None:
    languages = MemberLanguages(database)
    await languages.choose(MEMBER, "es")
    await database.execute("DELETE FROM member_languages")
    await database.execute("INSERT INTO member_languages (member_key, language) VALUES (8, 'fr')")

    await languages.keep_choices()
    await languages.open()

    assert (languages.of(MEMBER), languages.of(OTHER)) == ("es", "fr")
