"""What members see of themselves, take with them and have forgotten, and what stays of others."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import discord
import pytest
import simcord
from hypothesis import given
from hypothesis import strategies as st

from cogs.privacy import PrivacyCommands
from lantern.answers import privacy, privacy_cards
from lantern.answers.privacy import NOT_NOW
from lantern.answers.privacy_cards import FILE_NAME, file_of
from lantern.store.members import _exact
from lantern.store.questions import add_questions
from lantern.ui.cards import walk
from tests.discord.state import PATIENCE
from tests.support.reliability import tried
from tests.support.rows import columns, fill, locked_file, question, rows_keep_coming, writer
from tests.support.world import World, answer, buttons, components_of, read

MISSED = "how do I bake sourdough bread on a rainy tuesday"
CLEAR = "why does he keep running away from me"

KEYS = "SELECT topic, member_key FROM questions ORDER BY id"
TOTALS = "SELECT * FROM daily_topics ORDER BY topic, source"


async def opened(world: World, person: simcord.MemberActor) -> simcord.ResponseMessage:
    """A person's /privacy."""
    asked = await person.slash(world.general, "privacy")
    assert asked.ephemeral
    return answer(asked)


async def pressed(
    world: World, person: simcord.MemberActor, *labels: str
) -> tuple[simcord.ResponseMessage, simcord.InteractionResult]:
    """A person opens /privacy and presses buttons one after another: the message, and the last press."""
    shown = await opened(world, person)
    for label in labels:
        result = await person.click(shown, label=label)
    return shown, result


async def count_of(world: World, table: str) -> int:
    """How many rows a table has."""
    (row,) = await world.rows(f"SELECT count(*) AS number FROM {table}")  # noqa: S608
    number: int = row["number"]
    return number


@asynccontextmanager
async def locked(world: World) -> AsyncIterator[None]:
    """Another program holds the file for writing, and the bot does not wait long for it."""
    await writer(world.services.database).execute("PRAGMA busy_timeout = 1")
    with locked_file(world.services.settings.file):
        yield


# ---------------------------------------------------------------------- what they see


async def test_privacy_tells_her_alone_what_is_kept_and_her_latest_five(world: World) -> None:
    topics = ["runner", "chaser", "hope", "mission", "contract", "lessons"]
    for topic in topics:
        await world.maya.slash(world.general, f"twinflame {topic}")
        await world.env.advance_time(60)
    await world.lea.slash(world.general, "twinflame soulmates")

    shown = await opened(world, world.maya)

    text = read(shown)
    assert "**6 of your questions are on record.** The latest:" in text
    listed = [line for line in text.splitlines() if line.startswith("- **")]
    titles = [world.content.find("twinflame", topic).title for topic in reversed(topics[1:])]  # type: ignore[union-attr]
    assert [line.split("**")[1] for line in listed] == titles
    assert all(f" · <#{world.general.id}> · " in line and "by command" in line for line in listed)
    assert "180 days" in text
    assert "90 days" in text
    assert buttons(shown) == ["Download", "Forget me", "Don't count me"]
    assert all("What Lantern keeps" not in read(message) for message in world.seen_by(world.lea))


async def test_privacy_tells_when_she_asked_and_since_when_she_is_not_counted(world: World) -> None:
    key, new_year = world.services.member_keys.of(world.maya.id), 1_767_225_600
    await fill(world, "questions", member_key=key, asked_at=new_year * 1000 + 999)
    await fill(world, "opt_outs", member_key=key, since=(new_year + 86_400) * 1000)

    text = read(await opened(world, world.maya))

    assert f" · <t:{new_year}:f>" in text
    assert f"<t:{new_year + 86_400}:D>" in text


async def test_who_never_asked_is_told_that_nothing_is_kept(world: World) -> None:
    await world.lea.slash(world.general, "twinflame runner")

    shown, _ = await pressed(world, world.maya, "Forget me")

    assert "None of your questions is on record." in read(shown)
    assert "There is nothing to forget" in read(shown)
    assert [row["member_key"] for row in await world.rows(KEYS)] == [world.services.member_keys.of(world.lea.id)]


async def test_a_question_of_another_server_or_a_topic_that_is_gone_is_still_told(world: World) -> None:
    elsewhere = world.env.create_guild("Elsewhere")
    channel = elsewhere.create_text_channel("talk")
    await elsewhere.add_member(world.maya.user).slash(channel, "twinflame hope")
    await world.services.database.execute("UPDATE questions SET topic = 'a-topic-of-last-year'")
    await world.maya.user.slash("twinflame runner")

    text = read(await opened(world, world.maya))

    assert "- **a-topic-of-last-year** · by command · in another server · " in text
    assert "- **The runner** · by command · in direct messages, or where Lantern is not a member · " in text
    assert str(channel.id) not in text


async def test_moderators_links_and_helpful_presses_are_told(world: World) -> None:
    key = world.services.member_keys.of(world.noor.id)
    await fill(world, "links", member_key=key)
    await fill(world, "helpful", member_key=key, topic="runner")

    shown, _ = await pressed(world, world.noor, "Forget me")
    assert "- one press of **Helpful**\n- one answer that you posted under a message\n" in read(shown)
    await world.noor.click(shown, label="Yes, forget me")

    assert [row["member_key"] for row in await world.rows("SELECT member_key FROM links")] == [None]
    assert [row["member_key"] for row in await world.rows("SELECT member_key FROM helpful")] == [None]


async def test_help_names_privacy(world: World) -> None:
    assert "privacy" in read(answer(await world.maya.slash(world.general, "help")))


# ---------------------------------------------------------------------- what they take with them


async def test_download_is_every_row_of_theirs_and_none_of_others(world: World) -> None:
    await world.maya.slash(world.general, "twinflame runner", show="everyone")
    await world.maya.slash(world.general, "ask", question=CLEAR)
    await world.lea.slash(world.general, "twinflame hope")
    shown = await opened(world, world.maya)

    given = await world.maya.click(shown, label="Download")

    assert given.ephemeral
    (attachment,) = answer(given).attachments
    assert attachment.filename == FILE_NAME
    document = json.loads(await attachment.read())
    key = world.services.member_keys.of(world.maya.id)
    rows = await world.rows("SELECT * FROM questions WHERE member_key = :key ORDER BY id", key=key)
    assert len(document["questions"]) == len(rows) == 2
    for told, row in zip(document["questions"], rows, strict=True):
        assert told.keys() == row.keys()
        assert told["asked_at"] == datetime.fromtimestamp(row["asked_at"] / 1000, UTC).isoformat(
            timespec="milliseconds"
        )
        assert told["interaction_id"] == str(row["interaction_id"])
        assert told["member_key"] == str(key)
        assert (told["topic"], told["source"], told["public"]) == (row["topic"], row["source"], row["public"])
    assert "hope" not in json.dumps(document)
    assert "Download" in buttons(shown)


async def test_download_holds_helpful_links_and_the_wish_not_to_be_counted(world: World) -> None:
    key = world.services.member_keys.of(world.maya.id)
    asked = await world.maya.slash(world.general, "ask", question=CLEAR)
    await world.maya.click(answer(asked), label="Not what I asked")
    await fill(world, "helpful", member_key=key)
    await fill(world, "links", member_key=key)
    shown, _ = await pressed(world, world.maya, "Don't count me")

    given = await world.maya.click(shown, label="Download")

    document = json.loads(await answer(given).attachments[0].read())
    assert {name: len(rows) for name, rows in document.items() if isinstance(rows, list)} == {
        "questions": 1,
        "helpful": 1,
        "links": 1,
        "opt_outs": 1,
        "forgotten": 0,
    }
    assert CLEAR not in json.dumps(document)


async def test_every_table_that_holds_a_member_is_handed_over(world: World) -> None:
    key = world.services.member_keys.of(world.maya.id)
    holding = {row["table"] for row in await columns(world) if row["column"] == "member_key"}
    for table in holding - {"opt_outs"}:
        await fill(world, table, member_key=key)
    shown, _ = await pressed(world, world.maya, "Don't count me")

    document = json.loads(await answer(await world.maya.click(shown, label="Download")).attachments[0].read())

    assert {table for table in holding if len(document[table]) == 1} == holding


@given(
    st.integers(min_value=-(2**63), max_value=2**63 - 1),
    st.text(),
    st.integers(min_value=0, max_value=4_000_000_000_000),
)
def test_the_file_is_exact_for_any_reader(number: int, text: str, moment: int) -> None:
    row = {"id": _exact("id", number), "topic": _exact("topic", text), "asked_at": _exact("asked_at", moment)}
    rows = {"questions": [row]}
    made = file_of(rows, made_at=datetime(2026, 1, 1, tzinfo=UTC), limit=10_000_000)

    # Every reader of JSON keeps what fits a double; that is all it may be asked to keep.
    (told,) = json.loads(made.fp.read(), parse_int=lambda digits: int(float(digits)))["questions"]
    assert int(told["id"]) == number
    assert told["topic"] == text
    assert round(datetime.fromisoformat(told["asked_at"]).timestamp() * 1000) == moment


def test_a_file_too_large_for_discord_is_zipped() -> None:
    rows: dict[str, list[dict[str, Any]]] = {"questions": [{"topic": "runner"}] * 10_000}
    moment = datetime(2026, 1, 1, tzinfo=UTC)

    packed = file_of(rows, made_at=moment, limit=100_000)

    assert packed.filename == "lantern-privacy.json.zip"
    content = packed.fp.read()
    assert len(content) < 100_000
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert json.loads(archive.read(FILE_NAME)) == {"made_at": "2026-01-01T00:00:00+00:00", **rows}


# ---------------------------------------------------------------------- forgetting


async def test_forget_me_asks_once_more_and_back_changes_nothing(world: World) -> None:
    await world.maya.slash(world.general, "twinflame runner")
    before = await world.rows()

    shown, _ = await pressed(world, world.maya, "Forget me")
    assert "cannot be undone" in read(shown)
    assert "What stays" in read(shown)
    assert "Backups from before, for 7 days" in read(shown)
    assert buttons(shown) == ["Yes, forget me", "Back"]
    await world.maya.click(shown, label="Back")

    assert await world.rows() == before
    assert "One of your questions is on record." in read(shown)


async def test_forgetting_one_leaves_the_other_and_every_total_alone(world: World) -> None:
    for person in (world.maya, world.lea):
        await person.slash(world.general, "twinflame runner")
        await person.slash(world.general, "twinflame hope", show="everyone")
        await person.slash(world.general, "ask", question=CLEAR)
    before = await world.rows()
    totals = await world.rows(TOTALS)

    shown, _ = await pressed(world, world.maya, "Forget me", "Yes, forget me")

    assert "No record leads to you any more." in read(shown)
    assert "None of your questions is on record." in read(shown)
    maya = world.services.member_keys.of(world.maya.id)
    expected = [{**row, "member_key": None if row["member_key"] == maya else row["member_key"]} for row in before]
    assert await world.rows() == expected
    assert await world.rows(TOTALS) == totals
    assert "3 of your questions are on record." in read(await opened(world, world.lea))
    # What they ask from now on is recorded again, as they were told.
    await world.maya.slash(world.general, "twinflame runner")
    assert "One of your questions is on record." in read(await opened(world, world.maya))


async def test_a_forgotten_member_takes_back_what_she_posted_and_shares_what_she_asked(world: World) -> None:
    asked = await world.maya.slash(world.general, "twinflame runner")
    await pressed(world, world.maya, "Forget me", "Yes, forget me")

    await world.maya.click(answer(asked), label="Post here")

    (row,) = await world.rows()
    assert (row["public"], row["member_key"]) == (1, None)
    assert [row["shares"] for row in await world.rows(TOTALS)] == [1]


async def test_every_column_with_a_members_key_is_emptied_at_once(world: World) -> None:
    every = await columns(world)
    # Under another name a key would be overlooked by everything that this test and /privacy do.
    assert {row["column"] for row in every if "key" in row["column"]} == {"member_key"}
    holding = {row["table"] for row in every if row["column"] == "member_key"} - {"opt_outs", "forgotten"}
    assert {"questions", "links", "helpful"} <= holding
    mayas, another = (world.services.member_keys.of(person.id) for person in (world.maya, world.lea))
    for table in holding:
        await fill(world, table, member_key=mayas)
        await fill(world, table, member_key=another, number=2)

    await pressed(world, world.maya, "Forget me", "Yes, forget me")

    for table in holding:
        kept = await world.rows(f"SELECT member_key FROM {table} ORDER BY member_key IS NOT NULL")  # noqa: S608
        assert [row["member_key"] for row in kept] == [None, another], table


async def test_buttons_work_after_a_restart(world: World) -> None:
    await world.maya.slash(world.general, "twinflame runner")
    shown = await opened(world, world.maya)
    await world.restart()

    await world.maya.click(shown, label="Forget me")
    await world.restart()
    await world.maya.click(shown, label="Yes, forget me")

    assert [row["member_key"] for row in await world.rows(KEYS)] == [None]


async def test_in_direct_messages_the_same_rows_are_shown_and_forgotten(world: World) -> None:
    await world.maya.slash(world.general, "twinflame runner")
    await world.maya.user.slash("twinflame hope")

    asked = await world.maya.user.slash("privacy")
    assert asked.ephemeral
    assert "2 of your questions are on record." in read(answer(asked))
    assert "in another server" in read(answer(asked))
    await world.maya.user.click(answer(asked), label="Forget me")
    await world.maya.user.click(answer(asked), label="Yes, forget me")

    assert [row["member_key"] for row in await world.rows(KEYS)] == [None, None]


async def test_where_the_bot_is_not_a_member_it_works_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user install: the interaction names a guild that is none of the bot's."""
    monkeypatch.setattr(world.bot, "get_guild", lambda _id: None)
    await world.maya.slash(world.general, "twinflame runner")

    shown, _ = await pressed(world, world.maya, "Don't count me")

    assert "in direct messages, or where Lantern is not a member" in read(shown)
    await world.maya.slash(world.general, "twinflame hope")
    assert len(await world.rows()) == 1


def test_everyone_has_it_everywhere() -> None:
    command = PrivacyCommands.privacy
    assert command.default_permissions is None
    assert command.allowed_installs is not None
    assert (command.allowed_installs.guild, command.allowed_installs.user) == (True, True)
    assert command.allowed_contexts is not None
    contexts = command.allowed_contexts
    assert (contexts.guild, contexts.dm_channel, contexts.private_channel) == (True, True, True)


# ---------------------------------------------------------------------- not being counted


async def everything_kept(world: World) -> dict[str, int]:
    """How many rows each table has."""
    tables = {row["table"] for row in await columns(world)}
    return {table: await count_of(world, table) for table in tables}


async def test_who_is_not_counted_leaves_no_row_of_any_kind_and_is_answered_all_the_same(world: World) -> None:
    await world.maya.slash(world.general, "twinflame runner")
    shown, _ = await pressed(world, world.maya, "Don't count me")
    assert "From now on Lantern makes no record of you." in read(shown)
    assert buttons(shown) == ["Download", "Forget me", "Count me"]
    before = await everything_kept(world)

    named = await world.maya.slash(world.general, "twinflame hope", show="everyone")
    assert not named.ephemeral
    (card,) = world.seen_by(world.lea)
    await world.maya.click(card, custom_id=related_of(card))
    listed = await world.maya.slash(world.general, "topics")
    await world.maya.select(answer(listed), ["chaser"], custom_id="topic:twinflame")
    clear = await world.maya.slash(world.general, "ask", question=CLEAR)
    assert "## The runner" in read(answer(clear))
    await world.maya.click(answer(clear), label="Helpful")
    again = await world.maya.slash(world.general, "ask", question=CLEAR)
    await world.maya.click(answer(again), label="Not what I asked")
    missed = await world.maya.slash(world.general, "ask", question=MISSED)
    assert "without your name" not in read(answer(missed))
    private = await world.maya.slash(world.general, "twinflame mission")
    await world.maya.click(answer(private), label="Post here")

    assert await everything_kept(world) == before
    assert "One of your questions is on record." in read(await opened(world, world.maya))
    # The same from another member is kept, so the same would have been kept of them.
    await world.lea.slash(world.general, "ask", question=MISSED)
    await world.lea.slash(world.general, "ask", question=CLEAR)
    after = await everything_kept(world)
    assert (after["misses"], after["questions"]) == (before["misses"] + 1, before["questions"] + 1)


async def test_of_a_moderator_who_is_not_counted_the_card_is_noted_without_them(world: World) -> None:
    await pressed(world, world.noor, "Don't count me")
    before = await everything_kept(world)

    await world.noor.slash(world.general, "answer", topic="twinflame/runner")
    await world.noor.slash(world.general, "twinflame hope")

    after = await everything_kept(world)
    assert {table for table in after if after[table] != before[table]} == {"links"}
    (link,) = await world.rows("SELECT * FROM links")
    (card,) = world.seen_by(world.lea)
    assert (link["message_id"], link["member_key"]) == (card.id, None)
    assert f"<@{world.noor.id}>" in read(card), "the card itself names them, for all to see"
    telling = {str(world.noor.id), str(world.services.member_keys.of(world.noor.id))}
    assert telling.isdisjoint(map(str, link.values()))


async def test_the_rules_against_flooding_hold_for_who_is_not_counted(world: World) -> None:
    await pressed(world, world.maya, "Don't count me")

    first = await world.maya.slash(world.general, "twinflame hope", show="everyone")
    second = await world.maya.slash(world.general, "twinflame hope", show="everyone")

    assert (first.ephemeral, second.ephemeral) == (False, True)
    assert "already in this channel" in read(answer(second))
    topics = [topic.key for topic in world.content.topics() if topic.key != "hope"]
    shown = [await world.maya.slash(world.general, f"twinflame {topic}", show="everyone") for topic in topics[:5]]
    assert [each.ephemeral for each in shown] == [False] * 4 + [True]
    assert await world.rows() == []


async def test_the_wish_outlives_a_restart_and_forgetting_until_it_is_taken_back(world: World) -> None:
    await world.maya.slash(world.general, "twinflame runner")
    shown, _ = await pressed(world, world.maya, "Don't count me", "Forget me")
    assert "Your wish not to be counted" in read(shown)
    await world.maya.click(shown, label="Yes, forget me")
    await world.restart()

    await world.maya.slash(world.general, "twinflame hope")
    await world.lea.slash(world.general, "twinflame hope")
    assert [row["topic"] for row in await world.rows(KEYS)] == ["runner", "hope"]
    assert "**You are not counted**" in read(await opened(world, world.maya))

    shown, _ = await pressed(world, world.maya, "Count me")
    assert "you are counted again" in read(shown)
    await world.maya.slash(world.general, "twinflame hope")
    assert [row["topic"] for row in await world.rows(KEYS)] == ["runner", "hope", "hope"]
    assert await count_of(world, "opt_outs") == 0
    await world.restart()
    await world.maya.slash(world.general, "twinflame chaser")
    assert len(await world.rows()) == 4


async def test_saying_it_twice_changes_nothing(world: World) -> None:
    first = await opened(world, world.maya)
    second = await opened(world, world.maya)
    await world.maya.click(first, label="Don't count me")
    (row,) = await world.rows("SELECT * FROM opt_outs")
    await world.env.advance_time(10)

    await world.maya.click(second, label="Don't count me")

    assert await world.rows("SELECT * FROM opt_outs") == [row]


# ---------------------------------------------------------------------- when the file cannot be written


@pytest.mark.parametrize(
    ("before", "label"),
    [([], "Don't count me"), (["Don't count me"], "Count me"), (["Forget me"], "Yes, forget me")],
)
@pytest.mark.in_a_file
async def test_what_could_not_be_done_is_said_and_can_be_done_later(
    world: World, before: list[str], label: str
) -> None:
    await world.maya.slash(world.general, "twinflame runner")
    shown = await opened(world, world.maya)
    for each in before:
        await world.maya.click(shown, label=each)
    counted = world.services.member_keys.uncounted.copy()
    rows = await world.rows()

    async with locked(world):
        refused = await world.maya.click(shown, label=label)

    assert refused.ephemeral
    assert read(answer(refused)) == NOT_NOW
    assert world.services.member_keys.uncounted == counted
    assert await world.rows() == rows
    await world.maya.click(shown, label=label)
    assert "**Done.**" in read(shown)


@pytest.mark.in_a_file
async def test_a_question_that_waits_for_a_locked_file_is_not_called_forgotten(world: World) -> None:
    await world.maya.slash(world.general, "twinflame runner")
    shown, _ = await pressed(world, world.maya, "Forget me")
    async with locked(world):
        await world.maya.slash(world.general, "twinflame hope")
        refused = await world.maya.click(shown, label="Yes, forget me")
        assert read(answer(refused)) == NOT_NOW

    await world.maya.click(shown, label="Yes, forget me")

    assert [(row["topic"], row["member_key"]) for row in await world.rows(KEYS)] == [("runner", None), ("hope", None)]


@pytest.mark.in_a_file
async def test_what_is_kept_can_be_read_while_the_file_cannot_be_written(world: World) -> None:
    await world.maya.slash(world.general, "twinflame runner")
    async with locked(world):
        assert "One of your questions is on record." in read(await opened(world, world.maya))


# ---------------------------------------------------------------------- means


async def test_privacy_is_answered_while_rows_keep_coming_to_a_slow_disk(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.maya.slash(world.general, "twinflame runner")
    await world.rows()
    shown = answer(await world.maya.slash(world.general, "privacy"))

    async def busy_while(act: Callable[[], Awaitable[simcord.InteractionResult]]) -> simcord.InteractionResult:
        before = len(world.env.http_requests)
        with monkeypatch.context() as patch:
            rows_keep_coming(world.services.database, patch, until=lambda: len(world.env.http_requests) > before)
            # There is always one that waits when they come.
            world.services.database.write(add_questions, question(1_000, member_key=None))
            result = await act()
            await world.rows()
        return result

    for _ in range(12):
        asked = await busy_while(lambda: world.maya.slash(world.general, "privacy"))
        assert "One of your questions is on record." in read(answer(asked))
    shown = answer(await busy_while(lambda: world.maya.click(shown, label="Forget me")))
    forgotten = await busy_while(lambda: world.maya.click(shown, label="Yes, forget me"))

    assert privacy_cards.FORGOTTEN in read(answer(forgotten))
    assert (await world.rows(KEYS))[0] == {"topic": "runner", "member_key": None}
    tried(
        "Database",
        "rows keep coming to a slow disk, and members look at what is kept and have it forgotten",
        saw="/privacy and Forget me answered, 14 of 14",
        lost="nothing; each waits for the rows that were queued before it",
    )


@pytest.mark.parametrize("press", [None, "Download", "Forget me", "Don't count me"])
async def test_who_waits_for_the_database_is_told_that_the_answer_comes(
    world: World, monkeypatch: pytest.MonkeyPatch, press: str | None
) -> None:
    await world.maya.slash(world.general, "twinflame runner")
    await world.rows()
    shown = answer(await world.maya.slash(world.general, "privacy"))
    at_once = read(shown)
    members, told = world.services.members, asyncio.Event()
    before = len(world.env.http_requests)

    def slowly(work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def until_told(*arguments: Any) -> Any:
            async with asyncio.timeout(PATIENCE):
                while len(world.env.http_requests) == before:
                    await asyncio.sleep(0.01)
            told.set()
            return await work(*arguments)

        return until_told

    for name in ("kept", "rows", "stop_counting"):
        monkeypatch.setattr(members, name, slowly(getattr(members, name)))
    monkeypatch.setattr(privacy, "ACKNOWLEDGED_AFTER", 0.0)

    if press is None:
        result = await world.maya.slash(world.general, "privacy")
    else:
        result = await world.maya.click(shown, label=press)

    assert told.is_set()
    acknowledged = world.env.http_requests[before].json
    assert acknowledged is not None
    assert acknowledged["type"] == (5 if press is None else 6)
    if press == "Download":
        (message,) = result.followups
        assert message.attachments
    elif press is None:
        assert read(answer(result)) == at_once
    else:
        assert read(answer(result)) != at_once


def related_of(card: discord.Message) -> str:
    """The custom id of the first related question on a card."""
    ids: list[str] = [part.get("custom_id", "") for part in walk(components_of(card))]
    return next(press for press in ids if press.startswith("r:"))
