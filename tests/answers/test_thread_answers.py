"""Threads whose title asks: who gets a card, who does not, and how it is sent away."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import discord
import pytest
import simcord

from lantern.answers import thread_answers
from lantern.answers.linking import Linking
from lantern.store.database import DatabaseError
from lantern.ui.cards import walk
from tests.support.world import World, answer, buttons, components_of, deny, hide, read

ASKS = "Why does my twin flame run away from me?"
NEAR = "My twin flame is a scorpio"
CARE = "I want to die since my twin flame ran away from me"


@pytest.fixture
async def on(world: World) -> World:
    """Threads in #general are answered."""
    await switch(world, "on")
    return world


async def switch(world: World, to: str, channel: simcord.ChannelHandle | None = None) -> str:
    """Switch it on or off in a channel, and what the administrator reads."""
    shown = await world.asha.slash(world.general, f"thread-answers {to}", channel=channel or world.general)
    return read(answer(shown))


async def open_thread(
    world: World,
    title: str = ASKS,
    owner: simcord.MemberActor | None = None,
    parent: simcord.ChannelHandle | None = None,
) -> simcord.ChannelHandle:
    """A thread, or a post in a forum without its first message yet."""
    opened = world.env.backend.create_thread((parent or world.general).id, title, (owner or world.maya).id)
    await world.env.settle()
    return simcord.ChannelHandle(world.env, world.guild, opened)


async def wait(world: World, seconds: float = 125) -> None:
    """Let time pass."""
    await world.env.advance_time(seconds)


async def test_two_minutes_after_a_title_that_asks_there_is_one_card_that_pings_nobody(on: World) -> None:
    thread = await open_thread(on)
    await wait(on, 110)
    assert on.seen_by(on.lea, thread) == []

    await wait(on, 15)

    (card,) = on.seen_by(on.lea, thread)
    assert read(card).startswith("While you wait for people to answer, this might help.")
    topic = on.bot.services.editions.current.content.find("twinflame", "runner")
    assert topic is not None
    assert topic.summary in read(card)
    assert buttons(card) == ["Read", "Not this"]
    assert not card.mentions
    assert "<@" not in read(card)
    await wait(on, 600)
    assert len(on.seen_by(on.lea, thread)) == 1


async def test_the_card_is_a_link_of_lanterns_own_and_reading_it_is_a_question(on: World) -> None:
    thread = await open_thread(on)
    await wait(on)
    (card,) = on.seen_by(on.lea, thread)

    pressed = await on.lea.click(card, label="Read")

    assert pressed.ephemeral
    (link,) = await on.rows("SELECT * FROM links")
    assert (link["channel_id"], link["message_id"], link["topic"]) == (thread.id, card.id, "runner")
    assert (link["automatic"], link["member_key"], link["notify"]) == (1, None, 0)
    assert [(row["source"], row["link_id"]) for row in await on.rows()] == [("read", link["id"])]


@pytest.mark.parametrize("title", [NEAR, CARE, "where are the rules", "hello"])
async def test_below_the_stricter_floor_and_on_a_sign_of_danger_nothing_is_posted(on: World, title: str) -> None:
    thread = await open_thread(on, title)
    await wait(on)

    assert on.seen_by(on.lea, thread) == []


# ---------------------------------------------------------------------- danger in a title, told to moderators


@pytest.fixture
async def told(on: World) -> simcord.ChannelHandle:
    """A channel that moderators alone see, chosen for notes."""
    channel = on.guild.create_text_channel("moderators")
    hide(on, channel)
    await on.services.guilds.change(on.guild.id, moderators_channel_id=channel.id)
    return channel


async def test_moderators_are_told_of_danger_in_a_title_with_a_link_and_no_words(
    on: World, told: simcord.ChannelHandle, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "lantern")

    thread = await open_thread(on, CARE)

    (note,) = on.seen_by(on.noor, told)
    assert read(note).startswith("Somebody may be in danger: the title of a new thread sounds like it.")
    (link,) = [part["url"] for part in walk(components_of(note)) if "url" in part]
    assert link == f"https://discord.com/channels/{on.guild.id}/{thread.id}"
    # No word of the title, no sign of which danger, no name, no ping; a link in the text would be shown with the title.
    shown = str(components_of(note)).lower()
    assert not any(word in shown for word in ("want to die", "self_harm", "twin flame", str(on.maya.id), "<@", "<#"))
    assert "discord.com" not in read(note)
    assert not note.mentions
    await wait(on)
    assert on.seen_by(on.lea, thread) == []
    assert len(on.seen_by(on.noor, told)) == 1
    assert await on.rows("SELECT * FROM links") == await on.rows("SELECT * FROM misses") == await on.rows() == []
    assert CARE not in caplog.text
    page = await on.noor.click(note, label="What to say and do")
    assert page.ephemeral
    assert read(answer(page)).startswith("# When somebody may be in danger")


async def test_of_a_flood_of_titles_moderators_get_six_notes_an_hour_and_are_told_so(
    on: World, told: simcord.ChannelHandle
) -> None:
    for _ in range(8):
        await open_thread(on, CARE)

    notes = on.seen_by(on.noor, told)
    assert len(notes) == 6
    assert [note for note in notes if "Please look at new threads yourselves" in read(note)] == notes[-1:]
    await on.env.advance_time(3600)
    await open_thread(on, CARE)
    assert len(on.seen_by(on.noor, told)) == 7


@pytest.mark.parametrize("title", [ASKS, NEAR, "hello"])
async def test_moderators_are_told_of_danger_alone(on: World, told: simcord.ChannelHandle, title: str) -> None:
    await open_thread(on, title)

    assert on.seen_by(on.noor, told) == []


async def test_moderators_are_told_where_thread_answers_are_on_and_nowhere_else(
    on: World, told: simcord.ChannelHandle
) -> None:
    await open_thread(on, CARE, parent=on.guild.create_text_channel("other"))
    assert on.seen_by(on.noor, told) == []

    await switch(on, "off")
    await open_thread(on, CARE)
    assert on.seen_by(on.noor, told) == []


async def test_without_a_channel_or_the_right_to_write_there_nobody_is_told(
    on: World, told: simcord.ChannelHandle, caplog: pytest.LogCaptureFixture
) -> None:
    deny(on, told, send_messages=True, view_channel=True)
    await open_thread(on, CARE)
    assert "moderators could not be told of a thread" in caplog.text
    assert CARE not in caplog.text

    on.env.backend.delete_channel(told.id)
    await on.env.settle()
    assert on.services.guilds.of(on.guild.id).moderators_channel_id is None
    await open_thread(on, CARE)


async def test_in_a_flood_of_threads_danger_is_still_told(
    on: World, told: simcord.ChannelHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread_answers, "THREADS_WAITING", 0)

    await open_thread(on, CARE)

    assert len(on.seen_by(on.noor, told)) == 1


async def test_it_is_off_until_switched_on_and_off_again_also_for_threads_that_wait(world: World) -> None:
    before = await open_thread(world)
    await wait(world)
    assert world.seen_by(world.lea, before) == []

    assert "From now on, Lantern answers new threads in" in await switch(world, "on")
    waiting = await open_thread(world)
    assert "Lantern does not answer threads in" in await switch(world, "off")
    await wait(world)
    assert world.seen_by(world.lea, waiting) == []


async def test_other_channels_are_left_alone(on: World) -> None:
    other = on.guild.create_text_channel("other")
    thread = await open_thread(on, parent=other)
    await wait(on)

    assert on.seen_by(on.lea, thread) == []


async def test_a_moderators_thread_is_left_alone(on: World) -> None:
    thread = await open_thread(on, owner=on.noor)
    await wait(on)

    assert on.seen_by(on.lea, thread) == []


async def test_a_bots_thread_is_left_alone(on: World) -> None:
    other_bot = on.guild.add_member(on.env.create_user("helper", bot=True))
    thread = await open_thread(on, owner=other_bot)
    await wait(on)

    assert on.seen_by(on.lea, thread) == []


async def test_the_thread_of_somebody_who_left_is_left_alone(on: World) -> None:
    thread = await open_thread(on)
    on.guild.remove_member(on.maya)
    await wait(on)

    assert on.seen_by(on.lea, thread) == []


async def test_where_a_person_answered_first_nothing_is_posted(on: World) -> None:
    thread = await open_thread(on)
    await on.maya.send(thread, "he was so sure about us")
    await on.lea.send(thread, "I know this")
    await wait(on)

    assert on.seen_by(on.lea, thread) == []


async def test_the_openers_own_words_do_not_keep_it_away(on: World) -> None:
    thread = await open_thread(on)
    await on.maya.send(thread, "he was so sure about us")
    await wait(on)

    assert len(on.seen_by(on.lea, thread)) == 1


@pytest.mark.parametrize(("own", "cards"), [(24, 0), (25, 1)])
async def test_an_answer_is_looked_for_among_the_latest_twenty_five_messages(on: World, own: int, cards: int) -> None:
    thread = await open_thread(on)
    await on.lea.send(thread, "I know this")
    for number in range(own):
        on.env.backend.create_message(thread.id, on.maya.id, f"more {number}")
    await wait(on)

    assert len(on.seen_by(on.lea, thread)) == cards


async def test_where_it_cannot_be_looked_up_whether_lantern_answered_the_card_is_posted(
    on: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_channel_id: int) -> bool:
        raise DatabaseError("disk I/O error")

    monkeypatch.setattr(on.services.questions, "asked_in", broken)
    thread = await open_thread(on)
    await wait(on)

    assert len(on.seen_by(on.lea, thread)) == 1


@pytest.mark.parametrize("error", [KeyError("unforeseen"), discord.DiscordException("no"), OSError("broken pipe")])
async def test_one_threads_trouble_does_not_keep_the_others_waiting(
    on: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    first, second = await open_thread(on), await open_thread(on)
    post = Linking.post_link

    async def broken_once(self: Linking, channel: Any, *given: Any, **named: Any) -> Any:
        if channel.id == first.id:
            raise error
        return await post(self, channel, *given, **named)

    monkeypatch.setattr(Linking, "post_link", broken_once)
    await wait(on)

    assert (len(on.seen_by(on.lea, first)), len(on.seen_by(on.lea, second))) == (0, 1)
    assert f"thread {first.id}" in caplog.text


ELSEWHERE = 77
"""A guild that the bot is asked for when a thread's time has come, and knows nothing of."""


async def told_of(world: World, **changes: Any) -> None:
    """Discord tells of a new thread, in a guild whose channel 5 is answered."""
    guild = SimpleNamespace(id=ELSEWHERE, me=SimpleNamespace(id=1))
    thread: Any = {"id": 9, "name": ASKS, "parent_id": 5, "guild": guild, "owner_id": 6, "is_private": lambda: False}
    await world.services.thread_answers.opened(SimpleNamespace(**thread | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "waits"),
    [
        ({}, 1),
        ({"parent_id": 4}, 0),
        ({"is_private": lambda: True}, 0),
        ({"owner_id": 1}, 0),
        ({"name": "hello"}, 0),
    ],
    ids=["one that asks", "another channel", "a private one", "Lantern's own", "no question"],
)
async def test_which_threads_wait(
    on: World, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], waits: int
) -> None:
    await on.services.guilds.change(ELSEWHERE, thread_answers=(5,))
    await told_of(on, **changes)
    await told_of(on, **changes)
    looked_for: list[int] = []
    monkeypatch.setattr(on.bot, "get_guild", looked_for.append)

    await wait(on)

    assert looked_for.count(ELSEWHERE) == waits


async def test_at_most_a_thousand_threads_wait(on: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await on.services.guilds.change(ELSEWHERE, thread_answers=(5,))
    for number in range(1_005):
        await told_of(on, id=number)
    looked_for: list[int] = []
    monkeypatch.setattr(on.bot, "get_guild", looked_for.append)

    await wait(on)

    assert looked_for.count(ELSEWHERE) == 1_000


@pytest.mark.parametrize("show", ["only me", "everyone"])
async def test_where_lantern_has_answered_already_nothing_is_posted(on: World, show: str) -> None:
    thread = await open_thread(on)
    await on.maya.slash(thread, "twinflame hope", show=show)
    before = len(on.seen_by(on.maya, thread))
    await wait(on)

    assert len(on.seen_by(on.maya, thread)) == before == 1


async def test_a_title_that_was_changed_meanwhile_is_what_counts(on: World) -> None:
    thread = await open_thread(on)
    on.env.backend.edit_channel(thread.id, {"name": NEAR})
    await on.env.settle()
    await wait(on)

    assert on.seen_by(on.lea, thread) == []


@pytest.mark.parametrize("state", ["locked", "archived", "deleted"])
async def test_a_thread_that_was_closed_meanwhile_is_left_alone(on: World, state: str) -> None:
    thread = await open_thread(on)
    if state == "deleted":
        on.env.backend.delete_channel(thread.id)
    else:
        on.env.backend.edit_channel(thread.id, {}, thread_metadata={state: True})
    await on.env.settle()
    before = len(on.env.http_requests)
    await wait(on)

    assert [each for each in on.env.http_requests[before:] if each.method == "POST"] == []


async def test_two_threads_each_get_their_card_when_their_time_comes(on: World) -> None:
    first = await open_thread(on)
    await wait(on, 60)
    second = await open_thread(on)
    await wait(on, 65)
    assert (len(on.seen_by(on.lea, first)), len(on.seen_by(on.lea, second))) == (1, 0)

    await wait(on, 60)
    assert (len(on.seen_by(on.lea, first)), len(on.seen_by(on.lea, second))) == (1, 1)
    third = await open_thread(on)
    await wait(on)
    assert len(on.seen_by(on.lea, third)) == 1


# ---------------------------------------------------------------------- forums


@pytest.mark.parametrize(("refused", "cards"), [(1, 1), (3, 1), (4, 0)])
async def test_before_a_posts_first_message_it_is_tried_again_three_times(
    world: World, refused: int, cards: int
) -> None:
    forum = world.guild.create_forum_channel("help-forum")
    await switch(world, "on", forum)
    thread = await open_thread(world, parent=forum)
    message = "Cannot send a message in this thread until the post author has sent an initial message"
    path = f"/channels/{thread.id}/messages"
    world.env.inject_error("POST", path, status=400, code=40058, message=message, times=refused)

    await wait(world, 121)
    assert world.seen_by(world.lea, thread) == []
    await wait(world, 3)
    assert len(world.seen_by(world.lea, thread)) == (refused == 1)
    await wait(world, 30)

    assert len(world.seen_by(world.lea, thread)) == cards
    tries = [each for each in world.env.http_requests if each.method == "POST" and each.path == path]
    assert len(tries) == min(refused + 1, 4)


async def test_another_refusal_is_not_tried_again(on: World) -> None:
    thread = await open_thread(on)
    path = f"/channels/{thread.id}/messages"
    on.env.inject_error("POST", path, status=403, code=50013, message="Missing Permissions")
    await wait(on, 160)

    assert len([each for each in on.env.http_requests if each.method == "POST" and each.path == path]) == 1
    other = await open_thread(on)
    await wait(on)
    assert len(on.seen_by(on.lea, other)) == 1


# ---------------------------------------------------------------------- not this


async def test_of_an_opener_who_is_not_counted_no_correction_is_kept(on: World) -> None:
    on.services.member_keys.uncounted.add(on.services.member_keys.of(on.maya.id))
    thread = await open_thread(on)
    await wait(on)
    (card,) = on.seen_by(on.lea, thread)

    await on.maya.click(card, label="Not this")

    assert on.seen_by(on.lea, thread) == []
    assert await on.rows("SELECT * FROM corrections") == []


async def test_the_opener_sends_it_away_and_that_is_a_correction(on: World) -> None:
    thread = await open_thread(on)
    await wait(on)
    (card,) = on.seen_by(on.lea, thread)
    await on.restart()

    await on.maya.click(card, label="Not this")

    assert on.seen_by(on.lea, thread) == []
    assert await on.rows("SELECT * FROM links") == []
    (correction,) = await on.rows("SELECT * FROM corrections")
    assert (correction["article"], correction["topic"], correction["came_from"]) == ("twinflame", "runner", "thread")
    assert (correction["guild_id"], correction["day"]) == (on.guild.id, 20260101)
    assert correction["wanted_topic"] is None
    assert card.id not in correction.values()
    await wait(on, 300)
    assert on.seen_by(on.lea, thread) == [], "a card that was sent away does not come back"


async def test_nobody_else_can_send_it_away(on: World) -> None:
    thread = await open_thread(on)
    await wait(on)
    (card,) = on.seen_by(on.lea, thread)

    for person in (on.lea, on.noor):
        pressed = await person.click(card, label="Not this")
        assert pressed.ephemeral
        assert "Only the member who opened this thread" in read(answer(pressed))

    assert len(on.seen_by(on.maya, thread)) == 1
    assert await on.rows("SELECT * FROM corrections") == []


async def test_who_did_not_open_the_thread_cannot_forge_that_they_did(on: World) -> None:
    thread = await open_thread(on)
    await wait(on)
    (card,) = on.seen_by(on.lea, thread)
    forged = f"not-this:twinflame:runner:{on.lea.id}"
    stored = on.env.backend.get_message(card.channel.id, card.id)
    (part,) = [each for each in walk(stored.components) if str(each.get("custom_id")).startswith("not-this:")]
    part["custom_id"] = forged

    pressed = await on.lea.click(card, custom_id=forged)

    assert "Only the member who opened this thread" in read(answer(pressed))
    assert len(on.seen_by(on.maya, thread)) == 1
    assert await on.rows("SELECT * FROM corrections") == []


# ---------------------------------------------------------------------- the commands


async def test_only_who_may_manage_the_server_has_the_commands(world: World) -> None:
    for person in (world.maya, world.noor):
        assert not [name for name in person.available_commands(world.general) if name.startswith("thread-answers")]


async def test_show_lists_where_and_what_is_missing(world: World) -> None:
    async def shown() -> str:
        return read(answer(await world.asha.slash(world.general, "thread-answers show")))

    assert "Lantern answers no threads here" in await shown()
    await switch(world, "on")
    assert await shown() == f"Lantern answers new threads in:\n- {world.general.mention}"
    await world.restart()
    deny(world, world.general, read_message_history=True)
    assert f"Lantern needs the permission **Read Message History** in {world.general.mention}" in await shown()


async def test_on_refuses_where_a_permission_is_missing(world: World) -> None:
    deny(world, world.general, send_messages_in_threads=True)

    said = await switch(world, "on")

    assert said.startswith("Nothing was changed. Lantern needs the permission **Send Messages in Threads**")
    assert world.services.guilds.of(world.guild.id).thread_answers == ()
