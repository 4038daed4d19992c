"""A forum with one post for each topic: made, cut off, made again, kept current, and taken away."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import pytest
import simcord
from simcord.backend import serializers

from lantern.admin import library
from lantern.content.models import Content
from lantern.preview.simcord_gaps import reads
from lantern.store.database import DatabaseError
from lantern.ui.cards import walk
from tests.support.contents import changed, content_with, retitled
from tests.support.world import Shown, World, answer, bot_role, buttons, components_of, deny, press_id, read

ASKED_FOR = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    read_message_history=True,
    manage_threads=True,
)


@pytest.fixture
def forum(world: World) -> simcord.ChannelHandle:
    """An empty forum."""
    return world.guild.create_forum_channel("library")


def titles(forum: simcord.ChannelHandle) -> list[str]:
    """The forum as members see it: the newest post on top."""
    return [str(thread.name) for thread in sorted(forum.threads, key=lambda thread: thread.id, reverse=True)]


def all_titles(world: World) -> list[str]:
    """What a whole library's forum shows, from the top."""
    return ["All questions", *(topic.title for topic in world.content.topics())]


def post(forum: simcord.ChannelHandle, title: str) -> simcord.ChannelHandle:
    """The one post of that title."""
    (found,) = [thread for thread in forum.threads if thread.name == title]
    return found


def card(world: World, forum: simcord.ChannelHandle, title: str) -> discord.Message:
    """The one message of ours in a post, as a member sees it."""
    (message,) = world.seen_by(world.maya, post(forum, title))
    return message


def kept(world: World, channel: simcord.ChannelHandle) -> Any:
    """A channel as Discord keeps it."""
    return world.env.backend.channels[channel.id]


def links(message: Shown) -> dict[str, str]:
    """The link buttons of a message: label to address."""
    parts = walk(components_of(message))
    return {part["label"]: part["url"] for part in parts if part["type"] == 2 and part.get("url")}


def address(world: World, thread: simcord.ChannelHandle) -> str:
    """What moderators paste."""
    return f"https://discord.com/channels/{world.guild.id}/{thread.id}"


async def do(world: World, command: str, **options: Any) -> str:
    """What an administrator reads after a command."""
    return read(answer(await world.asha.slash(world.general, command, **options)))


async def publish(world: World, forum: simcord.ChannelHandle) -> str:
    """Publish the library, and what the administrator reads."""
    return await do(world, "library publish", forum=forum)


def without_hope(text: str) -> str:
    """The article without its topic `hope`, and nobody related to it."""
    start = text.index("  - key: hope\n")
    end = text.find("\n  - key: ", start + 1)
    rest = text[:start] + (text[end + 1 :] if end > 0 else "")
    return rest.replace("      - hope\n", "").replace("hope, ", "").replace(", hope]", "]")


def allow_only(world: World, permissions: discord.Permissions) -> None:
    """Give the bot these permissions and no other."""
    state = world.env.backend.guilds[world.guild.id]
    role = state.roles[bot_role(world)]
    role.permissions = permissions.value
    world.env.backend.emit(
        "GUILD_ROLE_UPDATE",
        {
            "guild_id": str(world.guild.id),
            "role": serializers.role_payload(role),
        },
    )


# ---------------------------------------------------------------------- publishing


async def test_publish_makes_one_silent_post_a_topic_with_the_first_on_top(
    world: World, forum: simcord.ChannelHandle
) -> None:
    said = await publish(world, forum)

    assert titles(forum) == all_titles(world)
    assert "15 posts made" in said
    assert "@everyone" in said
    assert all(
        message.flags.suppress_notifications for title in titles(forum) for message in [card(world, forum, title)]
    )
    assert len(await world.rows("SELECT * FROM library_posts")) == 15
    assert world.seen_by(world.maya) == []


async def test_a_post_holds_the_whole_card_with_links_that_work_when_it_is_archived(
    world: World, forum: simcord.ChannelHandle
) -> None:
    await publish(world, forum)

    shown = card(world, forum, "The runner")
    topic = world.content.find("twinflame", "runner")
    assert topic is not None
    assert topic.answer.strip() in read(shown)
    assert topic.note is not None
    assert topic.note.strip() in read(shown)
    related = [each for each in map(topic.article.topic, topic.related) if each is not None]
    assert links(shown) == {each.question: address(world, post(forum, each.title)) for each in related}
    assert set(buttons(shown)) == set(links(shown)), "an ordinary button would be dead in an archived post"
    assert kept(world, post(forum, "The runner")).applied_tags == [int(kept(world, forum).available_tags[0]["id"])]
    assert kept(world, forum).available_tags[0]["name"] == "Twin flames"


async def test_the_first_post_is_pinned_and_lists_every_topic(world: World, forum: simcord.ChannelHandle) -> None:
    await publish(world, forum)

    index = post(forum, "All questions")
    text = read(card(world, forum, "All questions"))
    assert kept(world, index).flags & discord.ChannelFlags(pinned=True).value
    for topic in world.content.topics():
        assert f"[{topic.title}]({address(world, post(forum, topic.title))})" in text
        assert topic.question in text
    assert "`/ask`" in text


async def test_publishing_again_changes_nothing(world: World, forum: simcord.ChannelHandle) -> None:
    await publish(world, forum)
    before = len(world.env.http_requests)

    said = await publish(world, forum)

    assert "Every post was up to date already" in said
    assert titles(forum) == all_titles(world)
    sent = [request for request in world.env.http_requests[before:] if "/webhooks/" not in request.path]
    assert {request.method for request in sent if "/interactions/" not in request.path} == {"GET"}


async def test_people_may_have_their_own_posts_in_the_forum(world: World, forum: simcord.ChannelHandle) -> None:
    world.env.backend.create_thread(forum.id, "The runner", world.maya.id)

    await publish(world, forum)
    await do(world, "library sync")

    assert Counter(titles(forum)) == Counter([*all_titles(world), "The runner"])


async def test_only_who_may_manage_the_server_has_the_commands(world: World) -> None:
    for person in (world.maya, world.noor):
        assert not [name for name in person.available_commands(world.general) if name.startswith("library")]
    assert [name for name in world.asha.available_commands(world.general) if name.startswith("library")]


# ---------------------------------------------------------------------- told before anything is made


@pytest.mark.parametrize(
    "lacks", ["view_channel", "manage_threads", "send_messages", "send_messages_in_threads", "read_message_history"]
)
async def test_a_missing_permission_is_told_before_anything_is_made(
    world: World, forum: simcord.ChannelHandle, lacks: str
) -> None:
    words = {
        # Who does not see a forum may do nothing in it.
        "view_channel": (
            "permissions **View Channel**, **Create Posts**, **Send Messages in Posts**, **Read Message History** and "
            "**Manage Posts**"
        ),
        "manage_threads": "permission **Manage Posts**",
        "send_messages": "permission **Create Posts**",
        "send_messages_in_threads": "permission **Send Messages in Posts**",
        "read_message_history": "permission **Read Message History**",
    }
    deny(world, forum, **{lacks: True})

    said = await publish(world, forum)

    assert said.startswith("Nothing was posted.")
    assert f"Lantern needs the {words[lacks]} in {forum.mention}." in said
    assert forum.threads == []
    assert world.services.guilds.of(world.guild.id).library_forum_id is None


async def test_what_it_asks_for_is_enough_and_no_tag_is_made_without_manage_channel(
    world: World, forum: simcord.ChannelHandle
) -> None:
    allow_only(world, ASKED_FOR)

    await publish(world, forum)

    assert titles(forum) == all_titles(world)
    assert kept(world, forum).available_tags == []


async def test_a_forum_that_wants_tags_gets_one_or_nothing_is_made(world: World, forum: simcord.ChannelHandle) -> None:
    kept(world, forum).flags = 1 << 4
    world.env.backend.announce_channel_update(forum.id)
    allow_only(world, ASKED_FOR)

    said = await publish(world, forum)
    assert "Make a tag named **Twin flames**" in said
    assert forum.threads == []

    kept(world, forum).available_tags = [
        {"id": "77", "name": "twin Flames", "moderated": False, "emoji_id": None, "emoji_name": None}
    ]
    world.env.backend.announce_channel_update(forum.id)
    await publish(world, forum)
    assert titles(forum) == all_titles(world)
    assert {tuple(kept(world, thread).applied_tags) for thread in forum.threads} == {(77,)}


def tag(number: int) -> dict[str, Any]:
    return {"id": str(number), "name": f"tag {number}", "moderated": False, "emoji_id": None, "emoji_name": None}


@pytest.mark.parametrize(("others", "tagged"), [(0, True), (4, True), (5, False)])
async def test_a_post_whose_tag_was_taken_away_has_it_again_where_there_is_room(
    world: World, forum: simcord.ChannelHandle, others: int, tagged: bool
) -> None:
    await publish(world, forum)
    (ours,) = kept(world, post(forum, "The runner")).applied_tags
    kept(world, forum).available_tags += [tag(number) for number in range(1, 6)]
    world.env.backend.announce_channel_update(forum.id)
    theirs = list(range(1, others + 1))
    world.env.backend.edit_channel(post(forum, "The runner").id, {"applied_tags": theirs})

    await do(world, "library sync")

    assert kept(world, post(forum, "The runner")).applied_tags == [*theirs, *([ours] if tagged else [])]


async def test_a_forum_with_all_tags_that_it_may_have_gets_no_other(world: World, forum: simcord.ChannelHandle) -> None:
    kept(world, forum).available_tags = [tag(number) for number in range(1, 21)]
    world.env.backend.announce_channel_update(forum.id)

    await publish(world, forum)

    assert titles(forum) == all_titles(world)
    assert len(kept(world, forum).available_tags) == 20
    assert {tuple(kept(world, thread).applied_tags) for thread in forum.threads} == {()}


@pytest.mark.parametrize(("title", "left"), [("short", 0), ("long", 25)])
async def test_the_list_of_many_questions_has_their_titles_alone_and_then_as_many_as_fit(
    world: World, forum: simcord.ChannelHandle, title: str, left: int
) -> None:
    article = world.content.articles[0]
    topics = tuple(
        replace(
            article.topics[0],
            key=f"t{number}",
            title=f"{title} {number} ".ljust(30 if title == "short" else 80, "x"),
            question=f"What is {number}? ".ljust(80, "y"),
            related=(),
        )
        for number in range(25)
    )
    await world.restart(content=replace(world.content, articles=(replace(article, topics=topics),)))

    await publish(world, forum)

    text = read(card(world, forum, "All questions"))
    assert "yyy" not in text
    told = [topic for topic in topics if f"- **[{topic.title}]({address(world, post(forum, topic.title))})**" in text]
    rest = len(topics) - len(told)
    assert told == list(topics[: len(told)])
    assert (rest > 0) == (left > 0)
    assert (f"and {rest} more in this forum" in text) == (rest > 0)


async def test_the_list_of_two_articles_has_a_heading_for_each(
    world: World, forum: simcord.ChannelHandle, tmp_path: Path
) -> None:
    await publish(world, forum)
    assert "### " not in read(card(world, forum, "All questions"))

    await world.restart(content=content_with(tmp_path / "content", "breath"))
    await world.env.settle()

    text = read(card(world, forum, "All questions"))
    first, second = world.content.articles
    assert text.index(f"### {first.title}") < text.index(first.topics[-1].question) < text.index(f"### {second.title}")
    assert len(forum.threads) == 16
    names = {each["name"]: int(each["id"]) for each in kept(world, forum).available_tags}
    assert kept(world, post(forum, "Breathing")).applied_tags == [names["On breath"]]


async def test_a_second_library_is_refused(world: World, forum: simcord.ChannelHandle) -> None:
    await publish(world, forum)
    # discord.py knows no archived threads; of the others it tells that they are gone, too.
    world.env.backend.edit_channel(post(forum, "The runner").id, {}, thread_metadata={"archived": True})
    other = world.guild.create_forum_channel("other")

    said = await publish(world, other)

    assert "Nothing was posted." in said
    assert forum.mention in said
    assert other.threads == []


# ---------------------------------------------------------------------- cut off


def answer_lost(after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Discord make the post of that number and its answer be lost: we have a post and do not know it."""
    made = 0
    create = discord.ForumChannel.create_thread

    async def cut(self: discord.ForumChannel, **options: Any) -> Any:
        nonlocal made
        thread = await create(self, **options)
        made += 1
        if made == after:
            raise discord.DiscordServerError(SimpleNamespace(status=502, reason="Bad Gateway"), "")
        return thread

    monkeypatch.setattr(discord.ForumChannel, "create_thread", cut)


@pytest.mark.parametrize("after", range(1, 16))
async def test_cut_off_after_any_post_and_repeated_there_is_one_post_a_topic(
    world: World, forum: simcord.ChannelHandle, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    answer_lost(after, monkeypatch)
    said = await publish(world, forum)
    assert "status 502" in said
    assert len(forum.threads) == after
    assert len(await world.rows("SELECT * FROM library_posts")) == after - 1

    said = await publish(world, forum)

    assert titles(forum) == all_titles(world)
    assert "1 post found and kept" in said
    for title in all_titles(world)[1:]:
        assert all(url.startswith("https://discord.com/channels/") for url in links(card(world, forum, title)).values())
    assert "Every post was up to date already" in await publish(world, forum)


@pytest.mark.parametrize("after", [1, 7, 14, 15])
@pytest.mark.parametrize("forgotten", [False, True], ids=["remembered", "from an older backup"])
async def test_cut_off_by_a_restart_it_goes_on_by_itself(
    world: World, forum: simcord.ChannelHandle, monkeypatch: pytest.MonkeyPatch, after: int, forgotten: bool
) -> None:
    answer_lost(after, monkeypatch)
    await publish(world, forum)
    if forgotten:
        await world.services.database.execute("DELETE FROM library_posts")

    await world.restart()
    await world.env.settle()

    assert titles(forum) == all_titles(world)
    assert "Every post was up to date already" in await publish(world, forum)
    assert titles(forum) == all_titles(world)


@pytest.mark.parametrize("edits", [0, 4, 8])
async def test_cut_off_between_edits_and_synced_every_link_is_there(
    world: World, forum: simcord.ChannelHandle, monkeypatch: pytest.MonkeyPatch, edits: int
) -> None:
    edited = 0
    edit = discord.PartialMessage.edit

    async def cut(self: discord.PartialMessage, **options: Any) -> Any:
        nonlocal edited
        edited += 1
        if edited == edits + 1:
            raise discord.DiscordServerError(SimpleNamespace(status=503, reason="Unavailable"), "")
        return await edit(self, **options)

    monkeypatch.setattr(discord.PartialMessage, "edit", cut)
    assert "status 503" in await publish(world, forum)

    await do(world, "library sync")

    for topic in world.content.topics():
        assert len(links(card(world, forum, topic.title))) == len(topic.related)
    assert titles(forum) == all_titles(world)


async def test_a_post_that_discord_made_twice_is_taken_away_again(
    world: World, forum: simcord.ChannelHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = discord.ForumChannel.create_thread

    async def twice(self: discord.ForumChannel, **options: Any) -> Any:
        if options["name"] == "The runner":
            await create(self, **options)
        return await create(self, **options)

    monkeypatch.setattr(discord.ForumChannel, "create_thread", twice)

    said = await publish(world, forum)

    assert titles(forum) == all_titles(world)
    assert "1 double post removed" in said


async def test_a_run_under_way_is_not_joined_by_another(
    world: World, forum: simcord.ChannelHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = discord.ForumChannel.create_thread
    second: list[str] = []

    async def meanwhile(self: discord.ForumChannel, **options: Any) -> Any:
        if not second:
            second.append("")
            try:
                await world.services.library.bring_up_to_date(self)
            except Exception as error:
                second[0] = type(error).__name__
        return await create(self, **options)

    monkeypatch.setattr(discord.ForumChannel, "create_thread", meanwhile)
    await publish(world, forum)

    assert second == ["Refused"]
    assert titles(forum) == all_titles(world)


# ---------------------------------------------------------------------- staying current


async def test_a_changed_topic_is_edited_in_its_post_after_a_restart(
    world: World, forum: simcord.ChannelHandle, tmp_path: Path
) -> None:
    await publish(world, forum)
    before = post(forum, "The runner").id

    await world.restart(content=changed(tmp_path / "content", retitled))
    await world.env.settle()

    assert post(forum, "Running away").id == before
    assert "## Running away" in read(card(world, forum, "Running away"))
    assert "[Running away]" in read(card(world, forum, "All questions"))
    assert titles(forum) == all_titles(world)


async def test_a_removed_topic_is_marked_and_told_again_when_it_returns(
    world: World, forum: simcord.ChannelHandle, tmp_path: Path
) -> None:
    await publish(world, forum)
    content = world.content
    hope = content.find("twinflame", "hope")
    assert hope is not None
    thread = post(forum, hope.title).id

    await world.restart(content=changed(tmp_path / "content", without_hope))
    await world.env.settle()
    gone = card(world, forum, f"✕ {hope.title}")
    assert "does not answer this question any more" in read(gone)
    assert links(gone) == {"All questions": address(world, post(forum, "All questions"))}
    assert hope.question not in read(card(world, forum, "All questions"))
    assert "Every post was up to date already" in await do(world, "library sync")

    await world.restart(content=content)
    await world.env.settle()
    assert post(forum, hope.title).id == thread
    assert len(forum.threads) == 15


async def test_sync_reopens_what_was_archived_and_puts_back_what_was_deleted(
    world: World, forum: simcord.ChannelHandle
) -> None:
    await publish(world, forum)
    backend = world.env.backend
    runner, chaser = post(forum, "The runner"), post(forum, "The chaser")
    backend.edit_channel(runner.id, {}, thread_metadata={"archived": True})
    backend.delete_channel(chaser.id)

    said = await do(world, "library sync")

    assert "1 post reopened" in said
    assert "1 post made" in said
    assert kept(world, runner).thread_metadata is not None
    assert not kept(world, runner).thread_metadata.archived
    assert Counter(titles(forum)) == Counter(all_titles(world))
    assert address(world, post(forum, "The chaser")) in links(card(world, forum, "The runner")).values()


async def test_a_deleted_first_message_is_sent_again_and_what_members_wrote_stays(
    world: World, forum: simcord.ChannelHandle
) -> None:
    await publish(world, forum)
    runner = post(forum, "The runner")
    await world.maya.send(runner, "This helped me.")
    (told,) = world.seen_by(world.maya, runner)
    world.env.backend.delete_message(runner.id, told.id)

    said = await do(world, "library sync")
    again = await do(world, "library sync")

    assert "1 post put back" in said
    assert "Every post was up to date already" in again
    assert "## The runner" in read(card(world, forum, "The runner"))
    assert next(message.content for message in runner.history()) == "This helped me."


async def test_a_message_sent_again_before_a_crash_is_shown_and_not_sent_a_third_time(
    world: World, forum: simcord.ChannelHandle, tmp_path: Path
) -> None:
    await publish(world, forum)
    runner = post(forum, "The runner")
    (told,) = world.seen_by(world.maya, runner)
    world.env.backend.delete_message(runner.id, told.id)
    await do(world, "library sync")
    (again,) = world.seen_by(world.maya, runner)
    # As though it had been sent, and the bot had stopped before it wrote that down.
    await world.services.database.execute(
        "UPDATE library_posts SET message_id = :told WHERE thread_id = :runner", {"told": told.id, "runner": runner.id}
    )
    await world.restart(content=changed(tmp_path / "content", retitled))

    await do(world, "library sync")

    (shown,) = world.seen_by(world.maya, runner)
    assert shown.id == again.id
    assert "## Running away" in read(shown)


async def test_a_post_that_is_not_remembered_is_known_by_its_title_where_its_message_is_gone(
    world: World, forum: simcord.ChannelHandle
) -> None:
    await publish(world, forum)
    runner = post(forum, "The runner")
    (told,) = world.seen_by(world.maya, runner)
    world.env.backend.delete_message(runner.id, told.id)
    await world.services.database.execute("DELETE FROM library_posts WHERE thread_id = :id", {"id": runner.id})
    await world.restart()

    await do(world, "library sync")

    assert post(forum, "The runner").id == runner.id
    assert len(forum.threads) == 15
    assert "## The runner" in read(card(world, forum, "The runner"))


async def test_posts_that_were_archived_are_found_however_many_others_are_archived_too(
    world: World, forum: simcord.ChannelHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    archived_threads = discord.ForumChannel.archived_threads

    async def newest_first(channel: discord.ForumChannel, *, limit: int | None = 100) -> AsyncIterator[discord.Thread]:
        """As discord.py does it; SimCord gives all at once, whatever is asked for."""
        found = [thread async for thread in archived_threads(channel, limit=None)]
        for thread in sorted(found, key=lambda each: each.id, reverse=True)[:limit]:
            yield thread

    monkeypatch.setattr(discord.ForumChannel, "archived_threads", newest_first)
    await publish(world, forum)
    backend = world.env.backend
    for thread in forum.threads:
        backend.edit_channel(thread.id, {}, thread_metadata={"archived": True})
    for number in range(120):
        theirs = backend.create_thread(forum.id, f"other {number}", world.maya.id)
        backend.edit_channel(theirs.id, {}, thread_metadata={"archived": True})
    await world.services.database.execute("DELETE FROM library_posts")

    await world.restart()
    await world.env.settle()

    assert len(forum.threads) == 15 + 120
    assert len(await world.rows("SELECT * FROM library_posts")) == 15
    archived = [kept(world, thread).thread_metadata.archived for thread in forum.threads]
    assert archived.count(False) == 15


async def test_a_post_that_stood_in_neither_list_is_asked_for_by_itself(
    world: World, forum: simcord.ChannelHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was archived or reopened between the two."""
    await publish(world, forum)
    active = discord.Guild.active_threads
    runner = post(forum, "The runner").id

    async def without_runner(guild: discord.Guild) -> list[discord.Thread]:
        return [thread for thread in await active(guild) if thread.id != runner]

    monkeypatch.setattr(discord.Guild, "active_threads", without_runner)

    assert "Every post was up to date already" in await do(world, "library sync")
    assert titles(forum) == all_titles(world)


async def test_a_library_whose_choice_is_kept_already_is_synced_while_nothing_can_be_kept(
    world: World, forum: simcord.ChannelHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(world, forum)

    async def locked(*_: object, **__: object) -> None:
        raise DatabaseError("database is locked")

    monkeypatch.setattr(world.services.guilds, "change", locked)

    assert "Every post was up to date already" in await do(world, "library sync")


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (400, 160006, "as many active threads as Discord allows"),
        (403, 50013, "a permission was taken away in the meantime"),
        (404, 10003, "The forum or a post was removed in the meantime"),
        (400, 50035, "(status 400, code 50035)"),
        (500, 0, "(status 500, code 0)"),
    ],
)
async def test_why_discord_stopped_a_run_is_told_and_what_is_done_stays(
    world: World, forum: simcord.ChannelHandle, status: int, code: int, says: str
) -> None:
    world.env.inject_error("POST", f"/channels/{forum.id}/threads", status=status, code=code, message="no")

    said = await publish(world, forum)

    assert says in said
    assert said.endswith("What is done stays, and nothing is posted twice.")
    assert world.services.library.working(world.guild.id) is None
    assert "15 posts made" in await publish(world, forum)


async def test_how_far_a_run_is_is_told_after_every_post(world: World, forum: simcord.ChannelHandle) -> None:
    told: list[tuple[int, int]] = []

    async def report(run: library.Run) -> None:
        told.append((run.done, run.total))

    channel = world.bot.get_channel(forum.id)
    assert isinstance(channel, discord.ForumChannel)

    await world.services.library.bring_up_to_date(channel, report)
    assert told == [(done, 30) for done in range(1, 31)], "each is made, and then has its links"
    told.clear()
    await world.services.library.bring_up_to_date(channel, report)
    assert told == [(done, 15) for done in range(1, 16)]
    told.clear()
    removed = await world.services.library.remove(channel.guild, delete=False, report=report)
    assert told == [(done, 15) for done in range(1, 16)]
    assert (removed.deleted, len(forum.threads)) == (0, 15)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("created", "posts made"),
        ("adopted", "posts found and kept"),
        ("put_back", "posts put back"),
        ("reopened", "posts reopened"),
        ("edited", "posts updated"),
        ("marked", "posts marked as outdated"),
        ("doubles", "double posts removed"),
        ("deleted", "posts removed"),
    ],
)
def test_what_a_run_did_is_said_in_a_sentence(field: str, words: str) -> None:
    run = library.Run(library.silent)
    assert run.in_words() == "Every post was up to date already."
    assert (run.done, run.total, run.stopped, run.notes) == (0, 0, None, [])

    setattr(run, field, 2)

    assert run.in_words() == f"Done: 2 {words}."


def test_names_are_as_long_as_discord_takes(content: Content) -> None:
    article = content.articles[0]
    topic = article.topics[0]

    assert library.tag_name(replace(article, title="x" * 20)) == "x" * 20
    assert library.tag_name(replace(article, title="x" * 21)) == "x" * 19 + "…"
    assert library.post_name(replace(topic, title="x" * 100)) == "x" * 100
    assert library.post_name(replace(topic, title="x" * 101)) == "x" * 99 + "…"


async def test_a_media_channel_takes_no_library(world: World) -> None:
    """Discord lets one be chosen where a forum is asked for: to discord.py both are forums."""
    media = world.guild.create_forum_channel("pictures")
    channel = world.bot.get_channel(media.id)
    assert isinstance(channel, discord.ForumChannel)
    channel._type = discord.ChannelType.media.value  # SimCord has no media channels

    assert world.services.library.obstacles(channel) == [f"<#{media.id}> is a media channel. Please choose a forum."]


@pytest.mark.parametrize(
    ("code", "says"), [(30047, "Another post is already pinned in this forum"), (50035, "(status 400, code 50035)")]
)
async def test_a_pin_that_discord_refuses_is_told_and_every_post_is_there(
    world: World, forum: simcord.ChannelHandle, monkeypatch: pytest.MonkeyPatch, code: int, says: str
) -> None:
    edit = discord.Thread.edit

    async def refuse(self: discord.Thread, **options: Any) -> Any:
        if "pinned" in options:
            response = SimpleNamespace(status=400, reason="Bad Request")
            message = "Maximum number of pinned threads in a forum channel has been reached (1)"
            raise discord.HTTPException(response, {"code": code, "message": message})
        return await edit(self, **options)

    monkeypatch.setattr(discord.Thread, "edit", refuse)

    said = await publish(world, forum)

    assert says in said
    assert titles(forum) == all_titles(world)


async def test_too_many_threads_are_told_in_words(world: World, forum: simcord.ChannelHandle) -> None:
    world.env.inject_error(
        "POST",
        f"/channels/{forum.id}/threads",
        status=400,
        code=160006,
        message="Maximum number of active threads reached",
    )

    said = await publish(world, forum)

    assert "as many active threads as Discord allows" in said
    assert "What is done stays" in said


async def test_after_fourteen_minutes_it_says_that_it_goes_on_and_then_shows_how_far(
    world: World, forum: simcord.ChannelHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = discord.ForumChannel.create_thread

    async def slow(self: discord.ForumChannel, **options: Any) -> Any:
        await asyncio.sleep(120)
        return await create(self, **options)

    monkeypatch.setattr(discord.ForumChannel, "create_thread", slow)
    asking = asyncio.create_task(world.asha.slash(world.general, "library publish", forum=forum))
    asked = await asking
    seen = [read(answer(asked))]
    for _ in range(30):
        await world.env.advance_time(65)
        seen.append(read(answer(asked)))

    assert any("of 15" in text or "of 30" in text for text in seen[:12])
    assert "library show" in seen[-1]
    assert titles(forum) == all_titles(world)


# ---------------------------------------------------------------------- links, show, remove


async def test_answers_lead_to_the_post_while_it_stands(world: World, forum: simcord.ChannelHandle) -> None:
    asked = answer(await world.maya.slash(world.general, "twinflame runner"))
    assert links(asked) == {}

    await publish(world, forum)
    runner = post(forum, "The runner")
    for show in ("only me", "everyone"):
        asked = answer(await world.maya.slash(world.general, "twinflame runner", show=show))
        assert links(asked) == {"Open in the library": address(world, runner)}
    assert "Post here" in buttons(answer(await world.maya.slash(world.general, "twinflame hope")))

    world.env.backend.delete_channel(runner.id)
    await world.env.settle()
    assert links(answer(await world.maya.slash(world.general, "twinflame runner"))) == {}


async def test_a_shared_answer_leads_to_the_post_too(world: World, forum: simcord.ChannelHandle) -> None:
    await publish(world, forum)
    asked = answer(await world.maya.slash(world.general, "twinflame runner"))

    await world.maya.click(asked, label="Post here")

    (seen,) = world.seen_by(world.lea)
    assert links(seen) == {"Open in the library": address(world, post(forum, "The runner"))}


async def test_show_offers_a_forum_to_choose_and_choosing_publishes(world: World, forum: simcord.ChannelHandle) -> None:
    shown = answer(await world.asha.slash(world.general, "library show"))
    assert shown.ephemeral
    assert "There is no library on this server" in read(shown)

    await world.asha.select(shown, [forum], custom_id=press_id(shown, "lib-forum"))

    assert titles(forum) == all_titles(world)
    text = await do(world, "library show")
    assert "14 of 14 topics have a post" in text
    assert address(world, post(forum, "All questions")) in text
    assert "Every post is up to date" in text


@pytest.mark.parametrize(
    ("label", "left", "says"),
    [("Remove the posts", 0, "15 posts removed"), ("Keep, stop updating", 15, "does not update them any more")],
)
async def test_remove_asks_once_more_and_deletes_or_keeps(
    world: World, forum: simcord.ChannelHandle, label: str, left: int, says: str
) -> None:
    await publish(world, forum)
    asked = answer(await world.asha.slash(world.general, "library remove"))
    assert len(forum.threads) == 15

    await world.restart()
    await world.asha.click(asked, label=label)

    assert says in read(asked)
    assert len(forum.threads) == left
    assert await world.rows("SELECT * FROM library_posts") == []
    assert links(answer(await world.maya.slash(world.general, "twinflame runner"))) == {}
    await world.restart()
    await world.env.settle()
    assert len(forum.threads) == left, "what was removed must not come back by itself"
    await publish(world, forum)
    assert Counter(titles(forum)) == Counter(all_titles(world))


async def test_who_has_lost_the_permission_removes_nothing_though_they_opened_the_panel(
    world: World, forum: simcord.ChannelHandle
) -> None:
    await publish(world, forum)
    panel = answer(await world.asha.slash(world.general, "library show"))
    asked = answer(await world.asha.slash(world.general, "library remove"))
    world.env.backend.guilds[world.guild.id].members[world.asha.id].role_ids.clear()

    told = await world.asha.click(panel, label="Remove …")
    assert "even if you opened this panel" in read(answer(told)), "said before they choose"
    for label in ("Remove the posts", "Keep, stop updating"):
        told = await world.asha.click(asked, label=label)
        assert told.ephemeral
        assert "need **Manage Server** in this server for this, even if you opened" in read(answer(told))
    await world.asha.click(asked, label="Cancel")
    await world.asha.click(asked, label="Update now")

    assert "Every post was up to date already." in read(asked)
    assert buttons(asked) == ["Show the library", "All choices"]
    assert len(forum.threads) == 15
    told = await world.asha.click(asked, label="All choices")
    assert "again with `/setup`" in read(answer(told)), "that is another command, which they did not use"


async def test_cancel_removes_nothing(world: World, forum: simcord.ChannelHandle) -> None:
    await publish(world, forum)
    asked = answer(await world.asha.slash(world.general, "library remove"))

    await world.asha.click(asked, label="Cancel")

    assert "14 of 14" in read(asked)
    assert len(forum.threads) == 15


async def test_a_forum_whose_deletion_is_told_alone_takes_its_posts_along(
    world: World, forum: simcord.ChannelHandle
) -> None:
    """Discord tells of the channel, and of none of the threads in it (its reference, Channel Delete)."""
    await publish(world, forum)
    # discord.py knows no archived threads; of the others it tells that they are gone, too.
    world.env.backend.edit_channel(post(forum, "The runner").id, {}, thread_metadata={"archived": True})
    other = world.guild.create_forum_channel("other")

    for channel, posts in ((other, 15), (forum, 0)):
        told = serializers.channel_payload(world.env.backend, world.env.backend.channels[channel.id])
        world.env.backend.emit("CHANNEL_DELETE", told)
        await world.env.settle()
        assert len(await world.rows("SELECT * FROM library_posts")) == posts

    assert world.services.guilds.of(world.guild.id).library_forum_id is None
    assert not world.services.library.is_stale(world.guild.id)
    assert links(answer(await world.maya.slash(world.general, "twinflame runner"))) == {}


async def test_with_the_forum_deleted_the_library_is_over(world: World, forum: simcord.ChannelHandle) -> None:
    await publish(world, forum)

    world.env.backend.delete_channel(forum.id)
    await world.env.settle()

    assert await world.rows("SELECT * FROM library_posts") == []
    assert "There is no library on this server" in await do(world, "library sync")
    assert links(answer(await world.maya.slash(world.general, "twinflame runner"))) == {}


async def test_the_posts_follow_the_language_that_the_server_chooses(
    world: World, forum: simcord.ChannelHandle
) -> None:
    await publish(world, forum)
    before = {thread.id for thread in forum.threads}
    (old,) = kept(world, forum).available_tags

    await world.services.guilds.change(world.guild.id, language="es")
    assert world.services.library.is_stale(world.guild.id)
    await world.services.library.keep_current(list(world.bot.guilds))

    spanish = world.services.editions.original.in_language("es").content
    assert {thread.id for thread in forum.threads} == before, "the same posts, edited"
    assert sorted(titles(forum)) == sorted(["Todas las preguntas", *(topic.title for topic in spanish.topics())])
    runner = spanish.find("twinflame", "runner")
    assert runner is not None
    assert runner.answer.strip() in read(card(world, forum, runner.title))
    (after,) = kept(world, forum).available_tags
    assert after == {**old, "name": library.tag_name(spanish.articles[0])}, "the same tag, no second one"
    assert kept(world, post(forum, runner.title)).applied_tags == [int(old["id"])]
    assert not world.services.library.is_stale(world.guild.id)
    # An administrator who reads another language changes nothing of it.
    assert "0 posts" not in await do(world, "library sync")
    assert runner.answer.strip() in read(card(world, forum, runner.title))


async def test_a_library_that_an_administrator_of_another_language_publishes_is_in_the_servers(
    world: World, forum: simcord.ChannelHandle
) -> None:
    reads(world.asha, "de")
    await world.services.guilds.change(world.guild.id, language="es")

    await publish(world, forum)

    spanish = world.services.editions.original.in_language("es").content
    assert {topic.title for topic in spanish.topics()} < set(titles(forum))
    assert [tag["name"] for tag in kept(world, forum).available_tags] in ([], [spanish.articles[0].title])


@pytest.mark.parametrize("why", ["written otherwise", "one is there already", "Lantern may not"])
async def test_a_tag_that_is_not_lanterns_to_rename_keeps_its_name(
    world: World, forum: simcord.ChannelHandle, why: str
) -> None:
    spanish = world.services.editions.original.in_language("es").content
    names = {
        "written otherwise": ["TWIN FLAMES"],
        "one is there already": ["Twin flames", library.tag_name(spanish.articles[0])],
        "Lantern may not": ["Twin flames"],
    }[why]
    kept(world, forum).available_tags = [{**tag(70 + at), "name": name} for at, name in enumerate(names)]
    world.env.backend.announce_channel_update(forum.id)
    if why == "Lantern may not":
        allow_only(world, ASKED_FOR)
    await world.services.guilds.change(world.guild.id, language="es")

    await publish(world, forum)

    assert [each["name"] for each in kept(world, forum).available_tags] == names
    assert {tuple(kept(world, thread).applied_tags) for thread in forum.threads} == {(69 + len(names),)}
