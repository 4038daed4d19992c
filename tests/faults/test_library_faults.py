"""The library on a Discord that discord.py really connects to: its rate limits, repeats, and a broken connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import discord
import pytest

from lantern.admin.library_panel import CHOOSE_FORUM
from lantern.content.models import Content
from lantern.runtime.client import Lantern
from lantern.runtime.settings import Settings
from tests.discord import payloads
from tests.discord.faults import Fault
from tests.discord.loopback import Loopback
from tests.discord.payloads import ADMINISTRATOR
from tests.discord.state import PATIENCE
from tests.support.contents import changed, retitled
from tests.support.reliability import tried
from tests.support.wire import Wired, connected

THREADS = "/channels/*/threads"


@pytest.fixture
async def bot(server: Loopback, settings: Settings, content: Content) -> AsyncIterator[Lantern]:
    """Lantern, connected."""
    async with connected(server, Wired(settings, content)) as bot:
        await server.until(bot.is_ready)
        yield bot


def forum_of(bot: Lantern) -> discord.ForumChannel:
    """The forum of the one guild."""
    (forum,) = bot.guilds[0].forums
    return forum


def titles(server: Loopback) -> list[str]:
    """The forum's posts, the newest on top."""
    (forum,) = [int(each["id"]) for each in server.channels.values() if each["type"] == payloads.FORUM]
    posts = [each for each in server.channels.values() if each.get("parent_id") == str(forum)]
    return [each["name"] for each in sorted(posts, key=lambda each: int(each["id"]), reverse=True)]


def all_titles(content: Content) -> list[str]:
    """What a whole library shows."""
    return ["All questions", *(topic.title for topic in content.topics())]


@pytest.fixture
def may_publish(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot has the one permission that a library needs beside the usual ones."""
    monkeypatch.setattr(payloads, "BOT_PERMISSIONS", payloads.BOT_PERMISSIONS | payloads.MANAGE_THREADS)


async def publish(server: Loopback, bot: Lantern) -> None:
    """An administrator chooses the forum in the panel."""
    shown = await server.slash("library", "show", person=ADMINISTRATOR)
    await shown.answered()
    assert shown.original is not None
    await server.press(shown.original, CHOOSE_FORUM, [str(forum_of(bot).id)], person=ADMINISTRATOR)


async def test_discords_rate_limits_are_kept_and_every_post_is_made_once(
    server: Loopback, bot: Lantern, content: Content
) -> None:
    server.limit("POST", THREADS, 5, 0.3)
    server.fail("POST", THREADS, Fault.rate_limited(0.1), times=2)
    server.fail("PATCH", "/channels/*/messages/*", Fault.rate_limited(0.1, everywhere=True))

    outcome = await bot.services.library.bring_up_to_date(forum_of(bot))

    assert outcome.stopped is None
    assert titles(server) == all_titles(content)
    refused = [request for request in server.sent("POST", THREADS) if request.status == 429]
    assert len(refused) == 2, "after the two refusals, the limits told in the answers are enough"
    index = next(each for each in server.channels.values() if each["name"] == "All questions")
    assert index["flags"] == discord.ChannelFlags(pinned=True).value
    tried(
        "Discord",
        "the library is published against rate limits, of the route and global",
        saw="every post once, in order",
        lost="nothing: 15 of 15 posts",
    )


async def test_a_post_that_was_made_although_discord_failed_is_not_there_twice(
    server: Loopback, bot: Lantern, content: Content
) -> None:
    server.fail("POST", THREADS, Fault.error(502, done=True))

    outcome = await bot.services.library.bring_up_to_date(forum_of(bot))

    assert titles(server) == all_titles(content)
    assert (outcome.created, outcome.doubles) == (15, 1)
    tried(
        "Discord",
        "the library is published: 502, though the post was made",
        saw="every post once: the double is deleted",
        lost="nothing: 15 of 15 posts",
    )


async def test_a_connection_that_breaks_stops_it_and_the_next_run_goes_on(
    server: Loopback, bot: Lantern, content: Content
) -> None:
    server.fail("POST", THREADS, Fault.slow(0), times=6)
    server.fail("POST", THREADS, Fault.cut(done=True))

    outcome = await bot.services.library.bring_up_to_date(forum_of(bot))
    assert outcome.stopped == "The connection to Discord broke. Try again in a few minutes."
    assert len(titles(server)) == 7

    outcome = await bot.services.library.bring_up_to_date(forum_of(bot))
    assert (outcome.stopped, outcome.adopted, outcome.created) == (None, 1, 8)
    assert titles(server) == all_titles(content)
    tried(
        "Discord",
        "the library is published: the connection is cut in the middle, though the post was made",
        saw="7 posts, then all 15: nothing twice",
        lost="nothing: 15 of 15 posts after the next run",
    )


@pytest.mark.usefixtures("may_publish")
@pytest.mark.parametrize("done", [True, False], ids=["though the post was made", "before the post was made"])
async def test_a_stop_while_posts_are_made_ends_and_the_next_start_goes_on(
    settings: Settings, content: Content, done: bool
) -> None:
    async with Loopback() as server:
        goes_on = asyncio.Event()
        async with connected(server, Wired(settings, content)) as bot:
            await server.until(bot.is_ready)
            server.fail("POST", THREADS, Fault.slow(0), times=6)
            server.fail("POST", THREADS, replace(Fault.cut(done=done), wait=goes_on))
            await publish(server, bot)
            await server.until(lambda: server.held)
            await bot.close()
            assert bot.services.library.working(forum_of(bot).guild.id) is None
        goes_on.set()
        await server.until(lambda: len(server.sent("POST", THREADS)) == 7)
        assert len(titles(server)) == 6 + done

        async with connected(server, Wired(settings, content)) as bot:
            await server.until(bot.is_ready)
            await server.until(lambda: titles(server) == all_titles(content))
            async with asyncio.timeout(PATIENCE):
                while bot.services.library.working(forum_of(bot).guild.id) is not None:
                    await asyncio.sleep(0)
            outcome = await bot.services.library.bring_up_to_date(forum_of(bot))
            assert outcome.in_words() == "Every post was up to date already."
        assert titles(server) == all_titles(content)
        assert len(server.sent("POST", THREADS)) == 7 + 15 - (6 + done), "none is made twice, and none deleted again"
    tried(
        "Discord",
        f"the bot is stopped while the library is published, {'though' if done else 'before'} the post was made",
        saw=f"{6 + done} posts, then all 15 after the next start: nothing twice",
        lost="nothing: 15 of 15 posts after the next start",
    )


@pytest.mark.usefixtures("may_publish")
async def test_a_stop_does_not_wait_for_a_rate_limit(settings: Settings, content: Content) -> None:
    async with Loopback() as server, connected(server, Wired(settings, content)) as bot:
        await server.until(bot.is_ready)
        server.fail("POST", THREADS, Fault.rate_limited(3_600))
        await publish(server, bot)
        await server.until(lambda: server.sent("POST", THREADS))
        await bot.close()
        assert bot.services.library.working(forum_of(bot).guild.id) is None


async def test_an_archived_post_is_reopened_before_anything_in_it_is_edited(
    server: Loopback, bot: Lantern, tmp_path: Path
) -> None:
    await bot.services.library.bring_up_to_date(forum_of(bot))
    runner = next(each for each in server.channels.values() if each["name"] == "The runner")
    runner["thread_metadata"]["archived"] = True
    bot.services.editions.original.content = changed(tmp_path / "content", retitled)

    outcome = await bot.services.library.bring_up_to_date(forum_of(bot))

    assert (outcome.stopped, outcome.reopened) == (None, 1)
    assert not runner["thread_metadata"]["archived"]
    assert runner["name"] == "Running away"
    assert "Running away" in str(server.messages[int(runner["id"])]["components"])
    assert not bot.services.library.is_stale(forum_of(bot).guild.id)


async def test_a_forum_that_takes_no_more_threads_is_told_in_words(server: Loopback, bot: Lantern) -> None:
    server.fail("POST", THREADS, Fault.refused(400, 160006, "Maximum number of active threads reached"))

    outcome = await bot.services.library.bring_up_to_date(forum_of(bot))

    assert outcome.stopped == "This server has as many active threads as Discord allows. Close some, then try again."
    assert titles(server) == []
