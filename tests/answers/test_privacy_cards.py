"""What members read about themselves, card by card."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from lantern.answers import privacy_cards
from lantern.answers.privacy_cards import KeptFor
from lantern.content.models import Content
from lantern.store.members import AskedQuestion, Kept
from lantern.ui.cards import Card, walk

FOR = KeptFor(questions=180, misses=90, backups=7)
NOTHING = Kept(0, 0, 0, None, ())
SINCE = 1_767_225_600_000
ASKED = AskedQuestion(SINCE, 1, 2, "twinflame", "runner", "slash", False)


def texts(card: Card) -> list[str]:
    return [part["content"] for part in walk(card.components) if part["type"] == 10]


def labels(card: Card) -> list[str]:
    return [part["label"] for part in walk(card.components) if part["type"] == 2]


def kinds(card: Card) -> list[int]:
    return [part["type"] for part in card.components[0]["components"]]


def test_who_is_counted_reads_how_long_what_is_kept(content: Content) -> None:
    card = privacy_cards.kept_card(content, NOTHING, FOR, guild_id=1)

    assert kinds(card) == [10, 14, 10, 1]
    assert "for 90 days" in texts(card)[0]
    assert "**After 180 days** the record is deleted" in texts(card)[0]
    assert texts(card)[1] == "**None of your questions is on record.**"
    assert labels(card) == ["Download", "Forget me", "Don't count me"]
    done = privacy_cards.kept_card(content, NOTHING, FOR, guild_id=1, above="Done.")
    assert kinds(done) == [10, 14, 10, 14, 10, 1]
    assert texts(done)[0] == "Done."


def test_who_is_not_counted_reads_since_when_and_of_records_from_before(content: Content) -> None:
    bare = privacy_cards.kept_card(content, NOTHING._replace(uncounted_since=SINCE), FOR, guild_id=1)
    before = privacy_cards.kept_card(content, NOTHING._replace(uncounted_since=SINCE, links=1), FOR, guild_id=1)

    assert f"since <t:{SINCE // 1000}:D>" in texts(bare)[0]
    assert "A language that you choose with `/language` is kept under that code, too." in texts(bare)[0]
    assert labels(bare) == ["Download", "Forget me", "Count me"]
    assert (kinds(bare), kinds(before)) == ([10, 14, 10, 1], [10, 14, 10, 14, 10, 1])
    assert "**After 180 days** the record is deleted" in texts(before)[1]


def test_of_a_choice_it_is_said_how_long_it_is_kept(content: Content) -> None:
    known = privacy_cards.kept_card(content, NOTHING._replace(language="de"), FOR, guild_id=1)
    newer = privacy_cards.kept_card(content, NOTHING._replace(language="ja"), FOR, guild_id=1)

    kept = "It is kept under your code until you choose **As in Discord** with `/language`, or press **Forget me**."
    assert texts(known)[-1] == f"You chose to be answered in Deutsch. {kept}"
    assert texts(newer)[-1] == f"You chose a language that this Lantern does not know yet. {kept}"


def test_a_choice_of_a_language_is_told_by_itself_and_is_no_record_from_before(content: Content) -> None:
    uncounted = NOTHING._replace(uncounted_since=SINCE, language="en")
    shown = privacy_cards.kept_card(content, uncounted, FOR, guild_id=1)

    assert kinds(shown) == [10, 14, 10, 10, 1]
    assert not any("From before" in text or "In a record" in text for text in texts(shown))
    assert texts(shown)[-2] == "**None of your questions is on record.**"
    assert texts(shown)[-1].startswith("You chose to be answered in English.")

    (alone,) = texts(privacy_cards.second_question(uncounted, FOR))
    assert "Your choice of a language is deleted." in alone
    assert not any(word in alone for word in ("these records", "records without you", "until they are"))
    assert "**What stays**\n- Answers that you posted" in alone

    (both,) = texts(privacy_cards.second_question(uncounted._replace(links=1), FOR))
    assert "\n- one answer that you posted under a message\n\nYour choice of a language is deleted.\n\n" in both
    assert "**What stays**\n- The records without you" in both


@pytest.mark.parametrize(
    ("kept", "says"),
    [
        (
            NOTHING._replace(helpful=1),
            "**None of your questions is on record.** You pressed **Helpful** once.",
        ),
        (
            NOTHING._replace(helpful=2, links=3),
            "**None of your questions is on record.** You pressed **Helpful** 2 times. You posted 3 answers under "
            "messages.",
        ),
        (NOTHING._replace(questions=1, latest=(ASKED,)), "**One of your questions is on record.**"),
        (NOTHING._replace(questions=2, latest=(ASKED, ASKED)), "**2 of your questions are on record.**"),
        (NOTHING._replace(questions=3, latest=(ASKED, ASKED)), "**3 of your questions are on record.** The latest:"),
        (
            NOTHING._replace(questions=3, links=1, latest=(ASKED,)),
            "**3 of your questions are on record.** You posted one answer under a message. The latest:",
        ),
    ],
)
def test_what_is_kept_now_is_counted_in_words(content: Content, kept: Kept, says: str) -> None:
    first, *lines = texts(privacy_cards.kept_card(content, kept, FOR, guild_id=1))[-1].splitlines()

    assert first == says
    assert len(lines) == len(kept.latest)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "**The runner** · by command · <#2> · "),
        ({"source": "read", "public": True}, "**The runner** · under a posted answer · <#2> · shown to everyone · "),
        ({"source": "new", "topic": "gone"}, "**gone** · new · <#2> · "),
        ({"guild_id": 9}, "**The runner** · by command · in another server · "),
        ({"guild_id": None}, "**The runner** · by command · in direct messages, or where Lantern is not a member · "),
    ],
)
def test_a_question_is_told_by_topic_way_place_and_time(
    content: Content, changes: dict[str, object], says: str
) -> None:
    kept = NOTHING._replace(questions=1, latest=(ASKED._replace(**changes),))  # type: ignore[arg-type]

    line = texts(privacy_cards.kept_card(content, kept, FOR, guild_id=1))[-1].splitlines()[1]

    assert line == f"- {says}<t:{SINCE // 1000}:f>"


@pytest.mark.parametrize(
    ("kept", "what"),
    [
        (NOTHING._replace(questions=1), "one question"),
        (NOTHING._replace(questions=12, helpful=1), "12 questions\n- one press of **Helpful**"),
        (
            NOTHING._replace(questions=2, helpful=2, links=2),
            "2 questions\n- 2 presses of **Helpful**\n- 2 answers that you posted under messages",
        ),
        (NOTHING._replace(links=1), "one answer that you posted under a message"),
    ],
)
def test_before_forgetting_it_is_said_what_goes_and_what_stays(kept: Kept, what: str) -> None:
    (text,) = texts(privacy_cards.second_question(kept, FOR))

    assert f"off them at once:\n- {what}\n\n**What stays**\n" in text
    assert "until they are 180 days old" in text
    assert "for 7 days" in text
    assert "recorded again" in text
    assert labels(privacy_cards.second_question(kept, FOR)) == ["Yes, forget me", "Back"]
    (other,) = texts(privacy_cards.second_question(kept._replace(uncounted_since=SINCE), FOR._replace(backups=0)))
    assert "recorded again" not in other
    assert "until you press **Count me**" in other
    assert "if whoever runs Lantern makes any" in other


def test_the_file_is_json_and_zipped_where_it_would_be_too_large() -> None:
    rows = {"questions": [{"topic": "runner"}]}
    made_at = datetime(2026, 1, 1, 1, 2, 3, 999, tzinfo=ZoneInfo("Europe/Berlin"))
    plain = privacy_cards.file_of(rows, made_at=made_at, limit=10_000)
    data = plain.fp.read()
    assert (plain.filename, json.loads(data)) == (
        "lantern-privacy.json",
        {"made_at": "2026-01-01T00:02:03+00:00", **rows},
    )

    assert b'\n  "questions": [\n' in data, "people can read it, too"
    assert privacy_cards.file_of(rows, made_at=made_at, limit=len(data)).filename == plain.filename
    packed = privacy_cards.file_of(rows, made_at=made_at, limit=len(data) - 1)

    assert packed.filename == "lantern-privacy.json.zip"
    with zipfile.ZipFile(io.BytesIO(packed.fp.read())) as archive:
        assert archive.read("lantern-privacy.json") == data
        assert archive.infolist()[0].compress_type == zipfile.ZIP_DEFLATED
    assert "in one file" in texts(privacy_cards.handed_over(plain))[0]
    assert privacy_cards.handed_over(plain).components[1]["file"]["url"] == "attachment://lantern-privacy.json"
