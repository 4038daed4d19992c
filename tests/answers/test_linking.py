"""What moderators put under messages, what members and bystanders then see, and what is kept of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest
import simcord
from simcord.enums import MessageType

from lantern.answers import moderators_page
from lantern.answers.care_cards import care_components
from lantern.answers.edition import Edition
from lantern.store.database import DatabaseError
from lantern.store.links import Link
from lantern.ui import refusals
from lantern.ui.cards import text_of, walk
from tests.support.contents import changed, content_with, without
from tests.support.linking import ASKED, DANGER, choose, limit_bot, linked, links, menu, notified, public, said, sent
from tests.support.world import EVERYDAY, World, answer, buttons, components_of, options, press_id, read

# ---------------------------------------------------------------------- the private menu


async def test_the_moderator_sees_whose_message_it_is_and_what_could_answer_it(world: World) -> None:
    message = await world.maya.send(world.general, f"**{ASKED}** @everyone {world.lea.mention} " + "x" * 100)

    opened = await world.noor.context_menu(world.general, "Answer this", message)

    assert opened.ephemeral
    text = read(answer(opened))
    assert text.startswith(f"{world.maya.mention} wrote [this message]({message.jump_url}):\n> ")
    assert r"> \*\*he vanished after the best week of my life, is he the runner??\*\* " in text
    assert world.lea.mention not in text
    assert "@everyone" not in text
    assert "x" * 20 not in text
    suggested = buttons(answer(opened))
    assert suggested[0] == "Why does my twin flame run away from me?"
    assert len(suggested[:-1]) <= 3
    assert suggested[-1] == "Notify the author: on"
    assert options(answer(opened)) == [topic.key for topic in world.content.topics()]
    assert public(world) == []
    assert await links(world) == await world.rows() == []


async def test_a_message_without_words_can_be_answered(world: World) -> None:
    message = await world.maya.send(world.general, "?!")

    shown = await menu(world, message)

    assert buttons(shown) == ["Notify the author: on"]
    assert "Choose a question." in read(shown)


async def test_words_that_the_article_does_not_cover_are_not_shown_as_covered(world: World) -> None:
    message = await world.maya.send(
        world.general, "does mercury retrograde explain why marathons of a runner take longer in winter"
    )

    assert "No topic clearly fits the words" in read(await menu(world, message))


async def test_of_many_articles_one_is_chosen_first(world: World, tmp_path: Path) -> None:
    await world.restart(content=content_with(tmp_path, *(f"other{number}" for number in range(5))))
    shown = await menu(world, await world.maya.send(world.general, ASKED))
    assert options(shown) == ["other0", "other1", "other2", "other3", "other4", "twinflame"]

    await choose(world.noor, shown, "other3")
    assert options(shown)[6:] == ["breathing"]
    await choose(world.noor, shown, "twinflame")
    assert options(shown)[6:] == [topic.key for topic in world.content.articles[-1].topics]
    await world.noor.click(shown, label="Notify the author: on")
    (second,) = [part for part in walk(components_of(shown)) if (part.get("custom_id") or "").startswith("lt:")]
    await world.noor.select(shown, ["hope"], custom_id=second["custom_id"])

    (card,) = public(world)
    assert "### Will it ever work out" in read(card) or "hope" in read(card).lower()
    assert notified(world, card) == []


# ---------------------------------------------------------------------- the link card


async def test_a_suggestion_posts_a_link_card_under_the_message(world: World) -> None:
    message = await world.maya.send(world.general, ASKED)
    shown = await menu(world, message)

    await world.noor.click(shown, label="Why does my twin flame run away from me?")

    (card,) = public(world)
    topic = world.content.find("twinflame", "runner")
    assert topic is not None
    assert read(card) == (
        f"-# {topic.article.view}\n### {topic.title}\n{topic.summary}\n-# Posted by {world.noor.mention}"
    )
    assert buttons(card) == ["Read"]
    assert card.reference is not None
    assert card.reference.message_id == message.id
    assert read(shown) == f"**Posted:** {card.jump_url}"
    assert buttons(shown) == ["Undo", "Whole answer"]


async def test_only_the_author_is_notified(world: World) -> None:
    _, card = await linked(world)

    assert notified(world, card) == [world.maya.id]
    body = sent(world)
    assert card.reference is not None
    assert body["message_reference"]["message_id"] == card.reference.message_id
    assert body["allowed_mentions"] == {"parse": [], "replied_user": True}
    assert body["message_reference"]["fail_if_not_exists"] is True


async def test_the_author_is_not_notified_when_the_switch_is_off(world: World) -> None:
    shown = await menu(world, await world.maya.send(world.general, ASKED))
    await world.noor.click(shown, label="Notify the author: on")
    assert buttons(shown)[-1] == "Notify the author: off"
    before = read(shown)
    await world.noor.click(shown, label="Notify the author: off")
    await world.noor.click(shown, label="Notify the author: on")
    assert read(shown) == before

    await choose(world.noor, shown, "runner")

    (card,) = public(world)
    assert notified(world, card) == []
    assert sent(world)["allowed_mentions"] == {"parse": []}
    assert [row["notify"] for row in await links(world)] == [0]


async def test_content_that_names_people_notifies_none_of_them(world: World, tmp_path: Path) -> None:
    topic = world.content.find("twinflame", "runner")
    assert topic is not None
    title, pings = topic.title, f"@everyone {world.lea.mention} <@&{world.guild.id}>"
    content = changed(tmp_path, lambda text: text.replace(f"{title}\n", f"{title} {pings}\n", 1))
    await world.restart(content=content)

    shown, card = await linked(world)
    assert world.lea.mention in read(card)
    assert notified(world, card) == [world.maya.id]
    await world.noor.click(shown, label="Whole answer")

    (card,) = public(world)
    assert world.lea.mention in read(card)
    assert notified(world, card) == []
    assert not world.env.backend.get_message(card.channel.id, card.id).mention_everyone


async def test_a_link_is_a_row_of_links_and_no_question(world: World) -> None:
    shown, card = await linked(world)
    assert card.reference is not None

    (row,) = await links(world)
    assert (row["guild_id"], row["channel_id"], row["message_id"]) == (world.guild.id, world.general.id, card.id)
    assert card.reference.message_id not in row.values(), "whose message it answers is for Discord alone to tell"
    assert (row["article"], row["topic"], row["notify"], row["whole"], row["automatic"]) == (
        "twinflame",
        "runner",
        1,
        0,
        0,
    )
    assert row["member_key"] == world.services.member_keys.of(world.noor.id)
    assert row["linked_at"] == int(world.env.now().timestamp() * 1000)
    assert await world.rows() == []
    assert buttons(shown) == ["Undo", "Whole answer"]


async def test_read_opens_the_whole_answer_to_whoever_presses_it(world: World) -> None:
    _, card = await linked(world)

    for person in (world.maya, world.lea):
        pressed = await person.click(card, label="Read")
        assert pressed.ephemeral
        assert "## The runner" in read(answer(pressed))

    (link,) = await links(world)
    rows = await world.rows()
    assert [(row["source"], row["topic"], row["link_id"], row["public"]) for row in rows] == [
        ("read", "runner", link["id"], 0)
    ] * 2
    assert [row["member_key"] for row in rows] == [
        world.services.member_keys.of(each.id) for each in (world.maya, world.lea)
    ]


async def test_a_link_card_leads_to_the_topics_post_in_the_library(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        world.services.library_posts, "url", lambda _guild, address: f"https://discord.com/channels/1/{address}"
    )

    shown, card = await linked(world)
    assert buttons(card) == ["Read", "Open in the library"]
    await world.noor.click(shown, label="Whole answer")

    (card,) = public(world)
    assert "Open in the library" in buttons(card)


async def test_two_quick_presses_post_one_card(world: World) -> None:
    shown = await menu(world, await world.maya.send(world.general, ASKED))
    ids = [part.get("custom_id") or "" for part in walk(components_of(shown))]
    first, second = [each for each in ids if each.startswith("l:")][:2]

    async with world.all_at_once():
        await world.noor.click(shown, custom_id=first)
        await world.noor.click(shown, custom_id=second)

    assert len(public(world)) == 1
    assert len(await links(world)) == 1


async def test_a_press_while_an_earlier_one_is_under_way_does_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await menu(world, await world.maya.send(world.general, ASKED))
    both = asyncio.Event()
    deferred: list[object] = []
    defer, send = discord.InteractionResponse.defer, discord.TextChannel.send

    async def counted(response: Any, **options: Any) -> Any:
        done = await defer(response, **options)
        deferred.append(response)
        if len(deferred) == 2:
            both.set()
        return done

    async def late(channel: Any, *given: Any, **options: Any) -> Any:
        await both.wait()
        return await send(channel, *given, **options)

    monkeypatch.setattr(discord.InteractionResponse, "defer", counted)
    monkeypatch.setattr(discord.TextChannel, "send", late)
    select = next(part for part in walk(components_of(shown)) if part["type"] == 3)["custom_id"]

    async with world.all_at_once():
        await world.noor.select(shown, ["runner"], custom_id=select)
        await world.noor.select(shown, ["hope"], custom_id=select)

    (card,) = public(world)
    assert "### The runner" in read(card)
    assert [row["topic"] for row in await links(world)] == ["runner"]
    await world.noor.click(shown, label="Undo")
    assert public(world) == [], "the menu is free again"


# ---------------------------------------------------------------------- afterwards


async def test_undo_takes_the_card_and_its_link_back(world: World) -> None:
    shown, card = await linked(world)
    await world.lea.click(card, label="Read")

    await world.noor.click(shown, label="Undo")

    assert public(world) == []
    assert await links(world) == []
    assert [row["source"] for row in await world.rows()] == ["read"]
    assert read(shown) == "Removed, and not counted."


async def test_undo_of_a_card_that_somebody_deleted_takes_the_count_back(world: World) -> None:
    shown, card = await linked(world)
    world.env.backend.delete_message(world.general.id, card.id)

    await world.noor.click(shown, label="Undo")

    assert await links(world) == []
    assert read(shown) == "It was gone already, and is not counted."


async def test_the_whole_answer_replaces_the_card_and_counts_as_standing(world: World) -> None:
    shown, card = await linked(world)

    await world.noor.click(shown, label="Whole answer")

    (whole,) = public(world)
    assert whole.id == card.id
    assert "## The runner" in read(whole)
    assert read(whole).endswith(f"-# Posted by {world.noor.mention}")
    assert "Read" not in buttons(whole)
    assert buttons(shown) == ["Undo"]
    assert [(row["whole"], row["whole_at"]) for row in await links(world)] == [
        (1, int(world.env.now().timestamp() * 1000))
    ]
    for _ in range(2):
        again = await world.lea.slash(world.general, "twinflame runner", show="everyone")
        assert again.ephemeral
        assert card.jump_url in read(answer(again))
        await world.restart()
    await world.noor.click(shown, label="Undo")
    assert not (await world.lea.slash(world.general, "twinflame runner", show="everyone")).ephemeral


async def test_a_link_card_does_not_count_as_standing(world: World) -> None:
    await linked(world)

    assert not (await world.lea.slash(world.general, "twinflame runner", show="everyone")).ephemeral


async def test_every_button_works_after_a_restart(world: World) -> None:
    message = await world.maya.send(world.general, ASKED)
    shown = await menu(world, message)
    await world.restart()
    await world.noor.click(shown, label="Notify the author: on")
    await world.restart()
    await choose(world.noor, shown, "runner")
    await world.restart()
    (card,) = public(world)

    pressed = await world.maya.click(card, label="Read")
    assert "## The runner" in read(answer(pressed))
    assert [row["link_id"] for row in await world.rows()] == [row["id"] for row in await links(world)]
    await world.noor.click(shown, label="Whole answer")
    await world.restart()
    await world.noor.click(shown, label="Undo")

    assert public(world) == []
    assert await links(world) == []


async def test_a_topic_that_is_gone_is_told_kindly(world: World) -> None:
    shown, card = await linked(world)
    waiting = await menu(world, await world.maya.send(world.general, ASKED))
    await world.restart(content=without(world.content, "runner"))

    pressed = await world.maya.click(card, label="Read")
    assert pressed.ephemeral
    assert read(answer(pressed)).startswith("That question is no longer here.")
    assert "hope" in options(answer(pressed))
    assert "no longer here" in said(await choose(world.noor, waiting, "runner"))
    assert "no longer here" in said(await world.noor.click(shown, label="Whole answer"))

    assert public(world) == [card]
    assert await world.rows() == []
    await choose(world.noor, waiting, "hope")
    assert len(public(world)) == 2


@pytest.mark.parametrize("label", ["Notify the author: on", "Why does my twin flame run away from me?"])
async def test_a_menu_serves_only_who_opened_it(world: World, monkeypatch: pytest.MonkeyPatch, label: str) -> None:
    """Discord shows a private reply to one person; another's press, should it arrive, does nothing."""
    shown = await menu(world, await world.maya.send(world.general, ASKED))
    before = read(shown)
    with pytest.raises(simcord.SetupError):
        await world.asha.click(shown, label=label)
    monkeypatch.setattr("simcord.actors.can_access_message", lambda *_: True)

    pressed = await world.asha.click(shown, label=label)

    assert label in buttons(shown)
    assert "Somebody else opened this menu" in said(pressed)
    assert pressed.ephemeral
    assert read(shown) == before
    assert public(world) == []


@pytest.mark.parametrize(
    "label", ["Show the topics", "Post a quiet card", "Notify the author: on", "Undo", "Whole answer"]
)
async def test_every_button_of_a_menu_is_its_openers_alone(
    world: World, monkeypatch: pytest.MonkeyPatch, label: str
) -> None:
    shown = await menu(world, await world.maya.send(world.general, DANGER))
    if label in ("Undo", "Whole answer"):
        shown, _ = await linked(world)
    before, posted = components_of(shown), public(world)
    monkeypatch.setattr("simcord.actors.can_access_message", lambda *_: True)

    pressed = await world.asha.click(shown, label=label)

    assert "Somebody else opened this menu" in said(pressed)
    assert components_of(shown) == before
    assert public(world) == posted


async def test_an_article_is_chosen_in_ones_own_menu_alone(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.restart(content=content_with(tmp_path, *(f"other{number}" for number in range(5))))
    shown = await menu(world, await world.maya.send(world.general, ASKED))
    before = components_of(shown)
    monkeypatch.setattr("simcord.actors.can_access_message", lambda *_: True)

    assert "Somebody else opened this menu" in said(await choose(world.asha, shown, "other3"))
    assert components_of(shown) == before


async def test_who_opened_a_menu_goes_on_in_it_for_a_quarter_of_an_hour(world: World) -> None:
    shown = await menu(world, await world.maya.send(world.general, ASKED))
    later = await menu(world, await world.maya.send(world.general, ASKED))
    world.env.backend.guilds[world.guild.id].members[world.noor.id].role_ids.clear()

    await world.env.advance_time(14 * 60)
    await world.noor.click(shown, label="Notify the author: on")
    await choose(world.noor, shown, "runner")
    assert len(public(world)) == 1
    await world.env.advance_time(61)

    remove = "To remove the answer, use **Remove this answer** on it."
    for told, helps in (
        (
            await choose(world.noor, later, "runner"),
            "You can open it again with **Answer this**, if this server lets you.",
        ),
        (await world.noor.click(shown, label="Undo"), remove),
        (await world.noor.click(shown, label="Whole answer"), remove),
    ):
        assert told.ephemeral
        assert "need **Manage Messages** here" in said(told)
        assert said(told).endswith(helps)
    assert len(public(world)) == 1
    assert len(await links(world)) == 1


async def test_undo_and_the_whole_answer_take_no_message_but_their_own(world: World) -> None:
    """Two moderators, each with a card and what it became: an id of the one does nothing in the hands of the other."""
    mine, _ = await linked(world)
    theirs = answer(await world.asha.slash(world.general, "answer", topic="twinflame/hope"))
    words = await world.lea.send(world.general, "words of a member's own")
    before = [read(card) for card in public(world)]
    requests = len(world.env.http_requests)
    stored = world.env.backend.get_message(mine.channel_id, mine.id)
    buttons_there = [part for part in walk(stored.components) if part["type"] == 2]
    _, _, seal, proof = press_id(mine, "undo:").split(":")

    for name in ("undo", "whole"):
        for forged in (
            f"{name}:{words.id}:{seal}:{proof}",
            f"{name}:{public(world)[-1].id}:{seal}",
            press_id(theirs, name),
            f"{name}:{words.id}",
        ):
            buttons_there[0]["custom_id"] = forged
            assert "older version" in said(await world.noor.click(mine, custom_id=forged)), forged

    assert [entry.method for entry in world.env.http_requests[requests:]] == ["POST"] * 8, "eight sentences"
    assert [read(card) for card in public(world)] == before
    assert words.id in [message.id for message in world.general.history(viewer=world.maya)]


# ---------------------------------------------------------------------- where it cannot be posted


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        (["send_messages"], "**Send Messages**"),
        (["read_message_history"], "**Read Message History**"),
        (["send_messages", "read_message_history"], "**Send Messages** and **Read Message History**"),
    ],
)
async def test_what_the_bot_may_not_do_is_named(world: World, missing: Sequence[str], named: str) -> None:
    message = await world.maya.send(world.general, ASKED)
    shown = await menu(world, message)
    limit_bot(world, *missing)

    assert named in said(await choose(world.noor, shown, "runner"))
    assert named in read(await menu(world, message))

    assert await links(world) == []
    assert public(world) == []
    limit_bot(world)
    await choose(world.noor, shown, "runner")
    assert len(public(world)) == 1


async def test_in_a_thread_another_permission_is_named(world: World) -> None:
    thread = world.thread("Is he the runner?")
    message = await world.maya.send(thread, ASKED)
    limit_bot(world, "send_messages_in_threads")

    assert "**Send Messages in Threads**" in read(await menu(world, message, thread))


async def test_a_channel_that_the_bot_cannot_see_is_named(world: World) -> None:
    message = await world.maya.send(world.general, ASKED)
    limit_bot(world, "view_channel")

    assert "**View Channel**" in read(await menu(world, message))


async def test_a_locked_thread_needs_manage_threads(world: World) -> None:
    thread = world.thread("Is he the runner?")
    message = await world.maya.send(thread, ASKED)
    shown = await menu(world, message, thread)
    world.env.backend.edit_channel(thread.id, {}, thread_metadata={"locked": True})
    limit_bot(world, "manage_threads")

    assert "**Manage Threads**" in said(await choose(world.noor, shown, "runner"))
    assert public(world, thread) == []
    limit_bot(world)
    await choose(world.noor, shown, "runner")
    assert len(public(world, thread)) == 1


async def test_in_an_archived_thread_posting_is_tried(world: World) -> None:
    thread = world.thread("Is he the runner?")
    shown = await menu(world, await world.maya.send(thread, ASKED), thread)
    world.env.backend.edit_channel(thread.id, {}, thread_metadata={"archived": True})
    limit_bot(world, "manage_threads")

    await choose(world.noor, shown, "runner")

    assert len(public(world, thread)) == 1
    assert [row["channel_id"] for row in await links(world)] == [thread.id]


@pytest.mark.parametrize(
    ("status", "code", "words", "told"),
    [
        (400, 50035, "Invalid Form Body\nIn message_reference: Unknown message", "That message is gone"),
        (400, 50035, "Invalid Form Body\nIn message_reference: Cannot reply to a system message", "Discord wrote that"),
        (404, 10008, "Unknown Message", "That message is gone"),
        (404, 10003, "Unknown Channel", "This channel is gone"),
        (403, 50001, "Missing Access", "**View Channel**"),
        (403, 50013, "Missing Permissions", "missing a permission"),
        (400, 50083, "Thread is archived", "This thread is archived"),
        (400, 160005, "Thread is locked", "This thread is locked"),
        (400, 160002, "Cannot reply without permission to read message history", "**Read Message History**"),
        (403, 40058, "Cannot message this thread yet", "before the post's author"),
        (400, 200000, "Message was blocked by automatic moderation", "AutoMod"),
        (400, 50035, "Invalid Form Body", "code 50035"),
        (500, 0, "Internal Server Error", "Check whether the message was posted"),
    ],
)
async def test_what_discord_refuses_is_told_and_nothing_is_half_done(
    world: World, status: int, code: int, words: str, told: str
) -> None:
    message = await world.maya.send(world.general, ASKED)
    shown = await menu(world, message)
    world.env.inject_error("POST", "/channels/*/messages", status=status, code=code, message=words, times=2)

    pressed = await choose(world.noor, shown, "runner")
    typed = await world.noor.slash(world.general, "answer", topic="twinflame/runner", message=message.jump_url)

    assert told in said(pressed)
    assert told in read(answer(typed))
    assert typed.ephemeral
    assert public(world) == []
    assert await links(world) == []
    assert "Posted" not in read(shown)
    await choose(world.noor, shown, "runner")
    assert len(public(world)) == 1


@pytest.mark.parametrize(
    ("reason", "words", "told"),
    [
        ("REPLIES_UNKNOWN_MESSAGE", "Unknown message", refusals.MESSAGE_GONE),
        ("REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", "Cannot reply to a system message", refusals.SYSTEM_MESSAGE),
    ],
)
def test_a_reply_that_discord_refuses_is_understood_from_its_own_words(reason: str, words: str, told: str) -> None:
    errors = {"message_reference": {"_errors": [{"code": reason, "message": words}]}}
    response = SimpleNamespace(status=400, reason="Bad Request")

    refused = discord.HTTPException(
        response,
        {"code": 50035, "message": "Invalid Form Body", "errors": errors},
    )

    assert refusals.meaning_of(refused) == told


@pytest.mark.parametrize("label", ["Whole answer", "Undo"])
async def test_an_archived_thread_is_reopened_to_change_a_card(world: World, label: str) -> None:
    thread = world.thread("Is he the runner?")
    shown = await menu(world, await world.maya.send(thread, ASKED), thread)
    await choose(world.noor, shown, "runner")
    world.env.backend.edit_channel(thread.id, {}, thread_metadata={"archived": True})
    world.env.inject_error("PATCH", "/channels/*/messages/*", status=400, code=50083)
    world.env.inject_error("DELETE", "/channels/*/messages/*", status=400, code=50083)

    await world.noor.click(shown, label=label)

    metadata = world.env.backend.get_channel(thread.id).thread_metadata
    assert metadata is not None
    assert not metadata.archived
    assert [row["whole"] for row in await links(world)] == ([1] if label == "Whole answer" else [])


@pytest.mark.parametrize("label", ["Whole answer", "Undo"])
async def test_a_card_that_cannot_be_changed_stays_as_it_is(world: World, label: str) -> None:
    shown, card = await linked(world)
    world.env.inject_error("PATCH", "/channels/*/messages/*", status=403, code=50013, times=1)
    world.env.inject_error("DELETE", "/channels/*/messages/*", status=403, code=50013, times=1)

    pressed = await world.noor.click(shown, label=label)

    assert "Nothing was changed." in said(pressed)
    assert public(world) == [card]
    assert [row["whole"] for row in await links(world)] == [0]
    assert buttons(shown) == ["Undo", "Whole answer"]


async def test_to_be_made_whole_a_card_must_be_read(world: World) -> None:
    shown, card = await linked(world)
    limit_bot(world, "read_message_history")

    assert "**Read Message History**" in said(await world.noor.click(shown, label="Whole answer"))
    assert public(world) == [card]


async def test_a_card_that_is_gone_cannot_be_made_whole(world: World) -> None:
    shown, card = await linked(world)
    world.env.backend.delete_message(world.general.id, card.id)

    assert "not there any more" in said(await world.noor.click(shown, label="Whole answer"))


async def test_a_thread_starter_is_answered_in_the_thread_without_a_reply(world: World) -> None:
    message = await world.maya.send(world.general, ASKED)
    channel = world.env.backend.create_thread(
        world.general.id, "Is he the runner?", world.noor.id, message_id=message.id
    )
    thread = simcord.ChannelHandle(world.env, world.guild, channel)
    starter = world.env.backend.create_system_message(
        thread.id,
        MessageType.THREAD_STARTER_MESSAGE,
        world.maya.id,
        referenced_channel_id=world.general.id,
        referenced_message_id=message.id,
    )
    (seen,) = [each for each in thread.history(viewer=world.noor) if each.id == starter.id]

    shown = await menu(world, seen, thread)
    assert read(shown).startswith(f"{world.maya.mention} wrote [the message](")
    assert buttons(shown)[0] == "Why does my twin flame run away from me?"
    await choose(world.noor, shown, "runner")

    (card,) = public(world, thread)
    assert card.reference is None
    assert read(card).startswith(f"For {world.maya.mention}\n")
    assert notified(world, card) == [world.maya.id]
    assert sent(world)["allowed_mentions"] == {"parse": [], "users": [world.maya.id]}
    await world.noor.click(shown, label="Whole answer")
    (card,) = public(world, thread)
    assert read(card).startswith(f"For {world.maya.mention}\n")


async def test_other_system_messages_are_told_apart(world: World) -> None:
    world.thread("Is he the runner?")
    (notice,) = [each for each in world.general.history(viewer=world.noor) if each.type.value == 18]

    assert "Discord wrote that message itself" in read(await menu(world, notice))


async def test_the_bots_own_messages_are_not_answered(world: World) -> None:
    _, card = await linked(world)

    assert "Remove this answer" in read(await menu(world, card))


# ---------------------------------------------------------------------- what was said already


async def test_the_menu_tells_what_was_linked_here_already(world: World) -> None:
    _, card = await linked(world)
    elsewhere = world.guild.create_text_channel("elsewhere")
    other = await world.maya.send(elsewhere, ASKED)
    at = int(world.env.now().timestamp())
    await world.env.advance_time(60)
    again = await world.lea.send(world.general, ASKED)

    line = f"- **The runner**, posted by {world.noor.mention} <t:{at}:R>: [see it]({card.jump_url})"
    before = len(world.env.http_requests)
    assert line in read(await menu(world, again, by=world.asha))
    assert not [each for each in world.env.http_requests[before:] if each.method == "GET"], "who it was is known"
    assert "Already answered here" not in read(await menu(world, other, elsewhere))
    await world.restart()
    assert line in read(await menu(world, again, by=world.asha))


async def test_the_menu_tells_what_members_were_answered_for_all_to_see(world: World) -> None:
    await world.maya.slash(world.general, "twinflame hope", show="everyone")
    shared = await world.lea.slash(world.general, "twinflame union")
    await world.lea.click(answer(shared), label="Post here")
    await world.lea.slash(world.general, "twinflame mission")

    text = read(await menu(world, await world.maya.send(world.general, ASKED)))

    assert f"asked by {world.maya.mention}" in text
    assert "shared by a member" in text
    assert world.lea.mention not in text
    assert text.count("<t:") == 2


async def test_five_cards_are_looked_at_to_tell_who_posted_them(world: World) -> None:
    for topic in list(world.content.topics())[:7]:
        person = world.guild.add_member(world.env.create_user(f"asks-{topic.key}"))
        await person.slash(world.general, f"twinflame {topic.key}", show="everyone")
    message = await world.maya.send(world.general, ASKED)
    await world.restart()
    before = len(world.env.http_requests)

    text = read(await menu(world, message))

    looked = [each for each in world.env.http_requests[before:] if each.method == "GET" and "/messages/" in each.path]
    assert len(looked) == 5
    assert (text.count("asked by <@"), text.count("asked by a member")) == (5, 2)


async def test_a_topic_is_told_once_with_its_latest_time(world: World) -> None:
    await linked(world)
    await world.env.advance_time(60)
    _, card = await linked(world)

    text = read(await menu(world, await world.lea.send(world.general, ASKED)))

    assert text.count("<t:") == 1
    assert card.jump_url in text


async def test_a_card_that_is_gone_is_not_told(world: World) -> None:
    _, card = await linked(world)
    world.env.backend.delete_message(world.general.id, card.id)
    await world.restart()

    assert card.jump_url not in read(await menu(world, await world.lea.send(world.general, ASKED), by=world.asha))


@pytest.mark.parametrize("error", [aiohttp.ClientOSError("broken"), TimeoutError(), ConnectionResetError()])
async def test_a_card_that_cannot_be_looked_at_is_told_without_a_name(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    async def fails(*_: object) -> None:
        raise error

    _, card = await linked(world)
    await world.restart()
    monkeypatch.setattr(discord.TextChannel, "fetch_message", fails)

    with caplog.at_level("INFO"):
        shown = await menu(world, await world.lea.send(world.general, ASKED), by=world.asha)

    assert re.search(rf"posted by a moderator <t:\d+:R>: \[see it\]\({re.escape(card.jump_url)}\)", read(shown))
    assert f"a card could not be looked at ({type(error).__name__})" in caplog.text


async def test_what_lantern_posted_by_itself_is_told_as_that(world: World) -> None:
    world.services.links.record(
        Link(1, 1_000, world.guild.id, world.general.id, 5, "twinflame", "hope", None, True, False, False)
    )
    await world.services.database.flush()

    assert "posted by Lantern" in read(await menu(world, await world.maya.send(world.general, ASKED)))


async def test_without_a_database_messages_are_answered_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: object) -> list[tuple[Any, ...]]:
        raise DatabaseError("disk I/O error")

    message = await world.maya.send(world.general, ASKED)
    monkeypatch.setattr(world.services.database, "fetch", gone)
    shown = await menu(world, message)
    await choose(world.noor, shown, "runner")

    (card,) = public(world)
    removed = await world.noor.context_menu(world.general, "Remove this answer", card)
    assert read(answer(removed)) == "Removed, and not counted."
    assert public(world) == []


# ---------------------------------------------------------------------- when the words show danger


async def test_a_sign_of_danger_shows_the_moderator_what_helps_and_what_does_not(world: World) -> None:
    shown = await menu(world, await world.maya.send(world.general, DANGER))

    told = read(shown)
    assert told.startswith("**These words may show that somebody is in danger.** Lantern may be wrong; you decide.")
    assert told.index("**What helps**") < told.index("**What does not help**") < told.index("wrote [this message](")
    # It is written to a moderator: nothing in it speaks to them as if they were in danger themselves.
    assert "you might be in danger" not in told
    assert options(shown) == []
    assert buttons(shown) == [
        "What to say and do",
        "See what they would read",
        "Post a quiet card",
        "Show the topics",
        "Notify the author: on",
    ]
    assert public(world) == []


async def test_the_page_for_moderators_is_read_where_they_are(world: World) -> None:
    shown = await menu(world, await world.maya.send(world.general, DANGER))
    await world.restart()

    pressed = await world.noor.click(shown, label="What to say and do")

    assert pressed.ephemeral
    opened = answer(pressed)
    told = read(opened)
    assert told.startswith("# When somebody may be in danger\n")
    while "Next →" in buttons(opened):
        await world.noor.click(opened, label="Next →")
        told += "\n" + read(opened)
    # All of it, in its order.
    headings = [line for line in moderators_page.FILE.read_text(encoding="utf-8").splitlines() if line[:1] == "#"]
    assert [line for line in told.splitlines() if line.startswith("#")] == headings
    # Discord shows neither tables nor links within a project, and each line's end.
    assert not re.search(r"^\||\]\(\.|[a-z]\n[a-z]", told, re.MULTILINE)
    await world.noor.click(opened, label="← Back")
    assert read(opened).startswith("# When somebody may be in danger\n")
    assert public(world) == []
    # What they were doing is still there.
    assert "Post a quiet card" in buttons(shown)


HURTING = [
    "😭💔",
    "i cant stop crying since he left",
    "no puedo dejar de llorar",
    "my heart is broken, is he the runner?",
]


@pytest.mark.parametrize("words", HURTING)
async def test_of_a_message_that_only_hurts_the_moderator_is_told_and_has_the_topics(world: World, words: str) -> None:
    shown = await menu(world, await world.maya.send(world.general, words))

    assert "**They sound hurt**, though nothing here shows danger." in read(shown)
    assert "in danger.**" not in read(shown)
    assert buttons(shown)[0] == "What to say and do"
    assert [topic.key for topic in world.content.topics()] == options(shown)
    # What is chosen is posted as ever.
    await choose(world.noor, shown, "runner")
    assert len(public(world)) == 1


async def test_of_an_ordinary_message_nothing_is_said_of_hurt(world: World) -> None:
    shown = await menu(world, await world.maya.send(world.general, "what is a soul contract?"))

    assert "hurt" not in read(shown)
    assert "What to say and do" not in buttons(shown)


async def test_a_moderator_sees_what_a_quiet_card_would_open_and_passes_a_number_on(world: World) -> None:
    shown = await menu(world, await world.maya.send(world.general, DANGER))
    await world.restart()

    seen = await world.noor.click(shown, label="See what they would read")

    assert seen.ephemeral
    assert read(answer(seen)) == text_of(care_components(world.content, "self_harm", "en"))
    await world.noor.select(answer(seen), values=["gb"])
    assert "Samaritans" in read(answer(seen))
    assert buttons(shown)[2:] == ["Post a quiet card", "Show the topics", "Notify the author: on"]
    assert public(world) == []
    assert await links(world) == await world.rows() == []


async def test_a_quiet_card_says_nothing_in_public_and_nothing_is_kept(world: World) -> None:
    message = await world.maya.send(world.general, DANGER)
    shown = await menu(world, message)
    await world.restart()

    await world.noor.click(shown, label="Post a quiet card")

    (card,) = public(world)
    assert read(card) == "Here is something for you to read, whenever you like."
    assert buttons(card) == ["Read"]
    assert card.reference is not None
    assert card.reference.message_id == message.id
    assert notified(world, card) == [world.maya.id]
    shown_to_all = str(components_of(card))
    assert not any(word in shown_to_all for word in ("self_harm", "violence", "harm", str(world.noor.id)))
    # In the text alone: a custom id is random, and holds these three digits now and then.
    assert "988" not in read(card)
    await world.restart()
    opened = await world.maya.click(card, label="Read")
    assert opened.ephemeral
    assert read(answer(opened)) == text_of(care_components(world.content, "self_harm", "en"))
    assert await links(world) == await world.rows() == []
    assert buttons(shown) == ["Undo"]
    await world.noor.click(shown, label="Undo")
    assert public(world) == []


async def test_the_moderator_may_show_the_topics_all_the_same(world: World) -> None:
    message = await world.maya.send(world.general, DANGER)
    shown = await menu(world, message)
    await world.noor.click(shown, label="Notify the author: on")

    await world.noor.click(shown, label="Show the topics")

    assert read(shown).startswith(f"{world.maya.mention} wrote [this message](")
    assert options(shown) == [topic.key for topic in world.content.topics()]
    await choose(world.noor, shown, "hope")
    (card,) = public(world)
    assert card.reference is not None
    assert card.reference.message_id == message.id
    assert notified(world, card) == []


# ---------------------------------------------------------------------- /answer


async def test_answer_posts_into_the_channel(world: World) -> None:
    typed = await world.noor.slash(world.general, "answer", topic="twinflame/runner")

    assert typed.ephemeral
    (card,) = public(world)
    assert card.reference is None
    assert notified(world, card) == []
    assert read(answer(typed)) == f"**Posted:** {card.jump_url}"
    assert buttons(answer(typed)) == ["Undo", "Whole answer"]
    (row,) = await links(world)
    assert (row["notify"], row["topic"]) == (0, "runner")
    pressed = await world.lea.click(card, label="Read")
    assert "## The runner" in read(answer(pressed))
    await world.noor.click(answer(typed), label="Undo")
    assert public(world) == []


async def test_answer_addresses_a_member(world: World) -> None:
    typed = await world.noor.slash(world.general, "answer", topic="twinflame/runner", member=world.maya)

    (card,) = public(world)
    assert read(card).startswith(f"For {world.maya.mention}\n")
    assert notified(world, card) == [world.maya.id]
    await world.noor.click(answer(typed), label="Whole answer")
    (card,) = public(world)
    assert read(card).startswith(f"For {world.maya.mention}\n-# One view")


async def test_answer_replies_to_a_message_in_the_same_place(world: World) -> None:
    thread = world.thread("Is he the runner?")
    message = await world.maya.send(thread, ASKED)

    await world.noor.slash(thread, "answer", topic="twinflame/runner", message=f" <{message.jump_url}> ")

    (card,) = public(world, thread)
    assert card.reference is not None
    assert card.reference.message_id == message.id
    assert notified(world, card) == [world.maya.id]
    assert not any(entry.method == "GET" and "/messages/" in entry.path for entry in world.env.http_requests)


async def test_answer_to_a_message_for_another_member_notifies_that_one_alone(world: World) -> None:
    message = await world.maya.send(world.general, ASKED)

    await world.noor.slash(
        world.general, "answer", topic="twinflame/runner", message=message.jump_url, member=world.lea
    )

    (card,) = public(world)
    assert card.reference is not None
    assert notified(world, card) == [world.lea.id]


async def test_the_message_a_thread_was_opened_from_is_answered_in_the_thread(world: World) -> None:
    message = await world.maya.send(world.general, ASKED)
    channel = world.env.backend.create_thread(
        world.general.id, "Is he the runner?", world.noor.id, message_id=message.id
    )
    thread = simcord.ChannelHandle(world.env, world.guild, channel)

    await world.noor.slash(thread, "answer", topic="twinflame/runner", message=message.jump_url)

    (card,) = public(world, thread)
    assert card.reference is None


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("here", "“here” is not a link to a message"),
        ("https://example.com/channels/1/2/3", "is not a link to a message"),
        ("https://discord.com/channels/{guild}/{general}", "is not a link to a message"),
        ("https://discord.com/channels/1/{general}/3", "in another server"),
        ("https://ptb.discord.com/channels/{guild}/77/3", "That message is in <#77>"),
    ],
)
async def test_a_message_that_cannot_be_replied_to_is_told(world: World, written: str, told: str) -> None:
    link = written.format(guild=world.guild.id, general=world.general.id)

    typed = await world.noor.slash(world.general, "answer", topic="twinflame/runner", message=link)

    assert typed.ephemeral
    assert told in read(answer(typed))
    assert public(world) == []


async def test_answer_posts_the_whole_at_once(world: World) -> None:
    typed = await world.noor.slash(world.general, "answer", topic="twinflame/runner", whole=True)

    (card,) = public(world)
    assert "## The runner" in read(card)
    assert buttons(answer(typed)) == ["Undo"]
    assert [(row["whole"], row["whole_at"]) for row in await links(world)] == [
        (1, int(world.env.now().timestamp() * 1000))
    ]
    assert (await world.lea.slash(world.general, "twinflame runner", show="everyone")).ephemeral


@pytest.mark.parametrize("whole", [True, False])
async def test_a_topic_that_goes_between_the_look_up_and_the_card_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    defer = discord.InteractionResponse.defer

    async def swapped(response: Any, **options: Any) -> None:
        await defer(response, **options)
        world.services.editions.original = Edition(without(world.content, "runner"))

    monkeypatch.setattr(discord.InteractionResponse, "defer", swapped)
    typed = await world.noor.slash(world.general, "answer", topic="twinflame/runner", whole=whole)

    assert "That question is no longer here. Nothing was posted." in read(answer(typed))
    assert public(world) == [] == await links(world)


@pytest.mark.parametrize(
    "written", ["runner", "The Runner", "why does my twin flame run away from me?", "twinflame/runner"]
)
async def test_a_topic_may_be_written_without_choosing_it(world: World, written: str) -> None:
    await world.noor.slash(world.general, "answer", topic=written)

    assert "### The runner" in read(public(world)[0])


async def test_a_topic_that_is_none_is_told_with_those_near(world: World) -> None:
    typed = await world.noor.slash(world.general, "answer", topic="is he running @everyone")

    assert "Lantern knows no topic called “is he running @\u200beveryone”" in read(answer(typed))
    assert "**The runner**" in read(answer(typed))
    assert public(world) == []


async def test_autocomplete_offers_what_the_threads_title_asks_first(world: World) -> None:
    thread = world.thread("Is he the runner?")

    in_thread = await world.noor.autocomplete(thread, "answer", "topic", "")
    in_channel = await world.noor.autocomplete(world.general, "answer", "topic", "")
    typed = await world.noor.autocomplete(thread, "answer", "topic", "sou")

    addresses = [topic.address for topic in world.content.topics()]
    assert in_thread[0]["value"] == "twinflame/runner"
    assert sorted(each["value"] for each in in_thread) == sorted(addresses)
    assert [each["value"] for each in in_channel] == addresses
    assert typed[0]["value"] == "twinflame/soulmates"


async def test_danger_that_is_typed_is_answered_with_care(world: World) -> None:
    (only,) = await world.noor.autocomplete(world.general, "answer", "topic", DANGER)
    assert only["name"] == "Talk to someone now (private)"

    typed = await world.noor.slash(world.general, "answer", topic=only["value"])

    assert typed.ephemeral
    assert read(answer(typed)) == text_of(care_components(world.content, "self_harm", "en"))
    assert await links(world) == await world.rows() == []


async def test_who_types_of_danger_and_is_safe_gets_to_the_article(world: World) -> None:
    typed = await world.noor.slash(world.general, "answer", topic=DANGER)
    assert buttons(answer(typed))[-1] == "I'm safe, show me the article"
    assert typed.followups == [], "and no word of what was not found"

    shown = await world.noor.click(answer(typed), label="I'm safe, show me the article")

    assert shown.ephemeral
    assert DANGER not in read(answer(shown)), "somebody may look over their shoulder"
    assert await links(world) == await world.rows() == []


async def test_danger_in_a_threads_title_is_pointed_out(world: World) -> None:
    thread = world.thread("I want to die")

    typed = await world.noor.slash(thread, "answer", topic="twinflame/hope")

    assert "shows a sign of danger" in read(answer(typed))


# ---------------------------------------------------------------------- who has which command


async def test_help_names_them_to_moderators_alone(world: World) -> None:
    theirs = read(answer(await world.noor.slash(world.general, "help")))
    members = read(answer(await world.maya.slash(world.general, "help")))

    for name in ("**Answer this**", "</answer:"):
        assert name in theirs
        assert name not in members


async def test_who_has_which_command(world: World) -> None:
    payload = {command.name: command.to_dict(world.bot.tree) for command in world.bot.tree.get_commands()}

    for name, default in (
        ("Answer this", discord.Permissions(manage_messages=True).value),
        ("answer", discord.Permissions(manage_messages=True).value),
        ("Remove this answer", None),
    ):
        assert payload[name]["default_member_permissions"] == default
        assert payload[name]["integration_types"] == [0]
        assert payload[name]["contexts"] == [0]
    assert EVERYDAY.manage_messages is False
    with pytest.raises(simcord.SetupError):
        await world.maya.slash(world.general, "answer", topic="twinflame/runner")
