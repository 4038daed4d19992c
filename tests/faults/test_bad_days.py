"""Bad days as members meet them: the file, the content folder or the clock is at fault, and somebody asks."""

from __future__ import annotations

import asyncio
import datetime as real_datetime
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import discord
import pytest

from lantern import PROJECT
from lantern.runtime import content_watch, services
from lantern.runtime.client import Lantern
from lantern.runtime.periodic import Periodic, Routine
from lantern.runtime.settings import Settings
from lantern.store import backups, database, sqlite_file
from lantern.store.database import DatabaseError
from lantern.store.member_keys import MemberKeys
from tests.support.clock import Clock
from tests.support.reliability import tried
from tests.support.rows import count, everything, is_sound, locked_file, reader, scribble, writer
from tests.support.world import World, answer, buttons, options, read

CARD = "the card, as always"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite gives up on a lock after ten milliseconds: what is tried is what comes after, not the waiting."""
    monkeypatch.setattr(sqlite_file, "BUSY_SECONDS", 0.01)


async def asks(world: World, topic: str = "runner") -> str:
    """A member asks, and reads the answer; so does what stands in it."""
    asked = await world.maya.slash(world.general, f"twinflame {topic}")
    assert asked.ephemeral
    text = read(answer(asked))
    assert "## " in text
    return text


async def asked_ids(world: World) -> int:
    return len(await world.rows("SELECT id FROM questions"))


# ---------------------------------------------------------------------- the database


@pytest.mark.in_a_file
async def test_a_locked_database_delays_no_answer_and_loses_no_row(world: World) -> None:
    await world.services.database.flush()
    with locked_file(world.services.settings.file):
        for _ in range(6):
            await asks(world)
            await world.env.advance_time(5)
        assert world.services.database.waiting >= 6
    await world.env.advance_time(5)

    assert world.services.database.waiting == 0
    assert await asked_ids(world) == 6
    tried("Database", "locked for 30 s while members ask", saw=CARD, lost="nothing: 6 of 6 rows on disk")


@pytest.mark.in_a_file
async def test_a_deleted_database_is_noticed_within_a_minute(world: World) -> None:
    await asks(world)
    world.services.settings.file.unlink()
    await asks(world)
    await world.env.advance_time(60)
    await asks(world)

    assert await asked_ids(world) == 3
    assert count(world.services.settings.file) == 3
    tried("Database", "deleted while members ask", saw=CARD, lost="nothing: 3 of 3 rows on disk")


@pytest.mark.in_a_file
@pytest.mark.parametrize(
    ("state", "fault", "over"),
    [
        ("query_only = ON", "read-only while members ask", "query_only = OFF"),
        ("max_page_count = 1", "the disk is full while members ask", "max_page_count = 1000000"),
    ],
)
async def test_a_database_that_cannot_be_written_keeps_nobody_from_an_answer(
    world: World, state: str, fault: str, over: str
) -> None:
    await world.services.database.flush()
    # As many pages as it has is the least SQLite accepts, so a full file takes rows until its last page is full.
    await writer(world.services.database).execute_fetchall(f"PRAGMA {state}")
    asked = 0
    while world.services.database.failure is None:
        await asks(world)
        asked += 1
        assert asked < 500
    await asks(world)
    await world.env.advance_time(10)
    assert world.services.database.waiting >= 2
    await writer(world.services.database).execute_fetchall(f"PRAGMA {over}")
    await world.env.advance_time(10)

    assert world.services.database.waiting == 0
    assert await asked_ids(world) == asked + 1
    tried("Database", fault, saw=CARD, lost="nothing: every row on disk once it can be written")


@pytest.mark.in_a_file
async def test_what_is_in_memory_is_read_anew_from_a_file_that_took_its_place(world: World, tmp_path: Path) -> None:
    key = world.services.member_keys.of(world.maya.id)
    other = tmp_path / "other.sqlite3"
    fresh = database.Database(other)
    await fresh.open()
    await fresh.execute(
        "INSERT INTO guild_settings (guild_id, name, value) VALUES (?, 'answers_public', 'true')", (world.guild.id,)
    )
    await fresh.close()
    other.replace(world.services.settings.file)

    await world.env.advance_time(60)
    await world.maya.slash(world.general, "twinflame runner")

    assert world.services.guilds.of(world.guild.id).answers_public
    (row,) = await world.rows()
    assert row["public"] == 1
    assert row["member_key"] == world.services.member_keys.of(world.maya.id) == key
    lost = "nothing of the new file: 1 of 1 row"
    tried(
        "Database", "replaced while the bot runs, then a member asks", saw="the card, as the new file says", lost=lost
    )


@pytest.mark.in_a_file
async def test_a_file_of_another_key_that_takes_its_place_is_left_alone_until_it_is_the_right_one(
    world: World, tmp_path: Path
) -> None:
    await world.maya.slash(world.general, "twinflame runner")
    await world.services.members.stop_counting(world.services.member_keys.of(world.lea.id), 1)
    file, other = world.services.settings.file, tmp_path / "other" / "lantern.sqlite3"
    strangers = database.Database(other)
    await strangers.open()
    await MemberKeys(strangers, other.with_suffix(".key")).open()
    await strangers.close()
    before = everything(other)
    file.rename(tmp_path / "away.sqlite3")
    other.replace(file)

    await world.env.advance_time(30)
    shown = await world.maya.slash(world.general, "twinflame hope")

    assert "## " in read(answer(shown)), "members are answered"
    assert world.services.database.keeps_nothing
    assert "is not the one that" in (world.services.database.trouble or "")
    assert everything(file) == before, "nothing was written into it"
    (kept,) = tmp_path.glob("lantern.sqlite3.replaced-*")
    file.unlink()
    kept.rename(file)
    await world.env.advance_time(10)
    await world.maya.slash(world.general, "twinflame hope")
    assert [row["topic"] for row in await world.rows()] == ["runner", "hope"]
    tried(
        "Database",
        "a database of another key is put in its place while the bot runs",
        saw=CARD,
        lost="what was asked until the right one was there; nothing is written into the other one",
    )


@pytest.mark.in_a_file
async def test_a_damaged_database_does_not_keep_the_bot_from_answering(world: World) -> None:
    await asks(world)
    await world.services.database.flush()
    path = world.services.settings.file
    backups.back_up(path, backups.backup_path(world.services.settings.backups, discord.utils.utcnow()))
    await world.services.database.close()
    scribble(path, spare=0)

    fresh = Lantern(world.services.settings, world.content)
    await world.env.restart_bot(fresh)
    world.bot = fresh
    await asks(world, "hope")

    assert await asked_ids(world) == 2
    assert is_sound(path)
    tried("Database", "damaged at start, then a member asks", saw=CARD, lost="nothing: a backup had all, 2 of 2 rows")


@pytest.mark.in_a_file
async def test_whoever_is_not_counted_stays_so_when_the_file_is_lost_under_the_running_bot(world: World) -> None:
    kept = world.services.member_keys
    await world.services.database.execute(
        "INSERT INTO opt_outs (member_key, since) VALUES (?, 0)", (kept.of(world.maya.id),)
    )
    await world.restart()
    kept = world.services.member_keys
    await world.services.database.flush()
    for connection in (writer(world.services.database), reader(world.services.database)):
        await connection.execute_fetchall("PRAGMA cache_size = 1")
    with closing(sqlite3.connect(world.services.settings.file)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    scribble(world.services.settings.file, spare=0)
    with pytest.raises(DatabaseError):
        await world.services.database.fetch("SELECT count(*) FROM questions")
    await world.env.advance_time(10)

    await asks(world)
    await world.lea.slash(world.general, "twinflame runner")

    assert [row["member_key"] for row in await world.rows()] == [kept.of(world.lea.id)]
    assert len(await world.rows("SELECT * FROM opt_outs")) == 1
    await world.restart()
    await asks(world)
    assert await asked_ids(world) == 1
    lost = "what was asked since the newest backup; opt-outs: none, the running bot knows them and writes them again"
    tried("Database", "damaged beyond reading while running, no backup", saw=CARD, lost=lost)


# ---------------------------------------------------------------------- the content


class TestContent:
    """With a content folder of one's own."""

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        folder = tmp_path / "content"
        shutil.copytree(PROJECT / "content", folder)
        return Settings(database=tmp_path / "lantern.sqlite3", content=folder, shards=1)

    @pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.soak)])
    async def test_rubbish_again_and_again_changes_nothing_for_members(
        self, world: World, caplog: pytest.LogCaptureFixture, times: int
    ) -> None:
        file = world.services.settings.content / "twinflame.yml"
        good = file.read_bytes()
        listed = options(answer(await world.maya.slash(world.general, "topics")))
        rubbish = [b"", b"\xff\xfe\x00", b"{", os.urandom(500), good[: len(good) // 2], b"topics: []", b"- [" * 5_000]
        for each in [*rubbish, good] * times:
            file.write_bytes(each)
            await world.env.advance_time(content_watch.EVERY.total_seconds())
            await asks(world)
            assert options(answer(await world.maya.slash(world.general, "topics"))) == listed
        file.unlink()
        await world.env.advance_time(content_watch.EVERY.total_seconds())
        await asks(world)
        shutil.rmtree(world.services.settings.content)
        await world.env.advance_time(content_watch.EVERY.total_seconds())
        await asks(world)

        assert "content not taken" in caplog.text
        assert len(world.services.content_watch.problems) == 1
        tried(
            "Content",
            "swapped for rubbish, again and again, then the folder is deleted",
            saw="the last good content, as always",
            lost="nothing; why it was refused is in the log, once a change",
        )

    async def test_a_change_is_in_use_within_seconds_and_what_was_posted_keeps_working(self, world: World) -> None:
        await world.maya.slash(world.general, "twinflame runner", show="everyone")
        (card,) = world.seen_by(world.lea)
        file = world.services.settings.content / "twinflame.yml"
        text = file.read_text()
        first = world.content.articles[0].topics[0]
        file.write_text(text.replace(f"title: {first.title}", "title: Another title", 1))
        syncs = len([each for each in world.env.http_requests if each.method == "PUT"])

        await world.env.advance_time(content_watch.EVERY.total_seconds())

        assert "## Another title" in await asks(world, first.key)
        assert buttons(card)
        pressed = await world.lea.click(card, label=buttons(card)[0])
        assert "## " in read(answer(pressed))
        # A title is no part of a command. But its translations are of the wording before: its question is English now.
        assert len([each for each in world.env.http_requests if each.method == "PUT"]) == syncs + 1

    async def test_a_new_article_brings_its_commands(self, world: World) -> None:
        folder = world.services.settings.content
        text = (folder / "twinflame.yml").read_text()
        assert "/karma" not in str(world.maya.available_commands(world.general))
        article = text.replace("command: twinflame", "command: karma", 1).replace(
            f"title: {world.content.articles[0].title}", "title: Karma", 1
        )
        (folder / "karma.yml").write_text(article)

        await world.env.advance_time(content_watch.EVERY.total_seconds())
        asked = await world.maya.slash(world.general, "karma runner")

        assert "## " in read(answer(asked))
        assert world.services.commands.mention("karma runner").startswith("</karma runner:")

        (folder / "karma.yml").unlink()
        await world.env.advance_time(content_watch.EVERY.total_seconds())
        assert world.content.article("karma") is None
        assert "karma" not in {command.name for command in world.bot.tree.get_commands()}

    async def test_a_question_that_is_gone_gets_a_kind_list(self, world: World) -> None:
        asked = await world.maya.slash(world.general, "twinflame runner")
        content = world.content
        article = content.articles[0]
        hope = next(topic for topic in article.topics if topic.key == "hope")
        fewer = replace(article, topics=(replace(hope, related=()),))
        await world.services.use_content(replace(content, articles=(fewer,)))

        pressed = await world.maya.click(answer(asked), label=buttons(answer(asked))[0])

        assert "no longer here" in read(answer(pressed))

    async def test_commands_that_discord_did_not_take_are_sent_again(self, world: World) -> None:
        folder = world.services.settings.content
        text = (folder / "twinflame.yml").read_text()
        question = world.content.articles[0].topics[0].question
        application = world.bot.application_id
        world.env.inject_error("PUT", f"/applications/{application}/commands", status=500, code=0)
        (folder / "twinflame.yml").write_text(text.replace(f"question: {question}", "question: What is it now?", 1))

        await world.env.advance_time(content_watch.EVERY.total_seconds())
        assert world.services.command_sync.due
        await asks(world)
        await world.env.advance_time(60)

        assert not world.services.command_sync.due


# ---------------------------------------------------------------------- the clock


@pytest.mark.parametrize("jump", [-1, 1, 365 * 56], ids=["a day back", "a day ahead", "from 1970 to today"])
async def test_the_loops_go_on_in_step_after_the_clock_was_set(jump: int, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    rounds: asyncio.Queue[None] = asyncio.Queue()

    async def round_of_it() -> None:
        rounds.put_nowait(None)
        periodic.mind_the_clock("it")

    periodic = Periodic([Routine("it", real_datetime.timedelta(milliseconds=1), round_of_it)])
    periodic.start()
    await rounds.get()
    clock.turned = real_datetime.timedelta(days=jump)
    for _ in range(20):
        await rounds.get()

    following = periodic.loops["it"].next_iteration
    periodic.stop()
    assert following is not None
    # Not years ahead, and no years to catch up with; a busy machine may be late itself.
    late = discord.utils.utcnow() - following
    assert -real_datetime.timedelta(seconds=2) < late < real_datetime.timedelta(hours=1)
    if jump == 365 * 56:
        tried(
            "The machine",
            "the clock is set back or ahead, by a day or by decades",
            saw="(no member in this test: the loops alone)",
            lost="nothing; the bot's own loops start again within five seconds",
        )


async def test_a_clock_set_ahead_does_not_make_the_bot_live_through_the_time_between(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0

    async def look() -> None:
        nonlocal looks
        looks += 1

    routines = world.services.periodic.routines
    monkeypatch.setitem(routines, "database", routines["database"]._replace(run=look))
    world.env.backend.advance_clock(86_400 * 30)
    await world.env.advance_time(60)
    await asks(world)

    assert 10 <= looks <= 20
    lost = "nothing; no loop of the bot runs for the days between"
    tried("The machine", "the clock is set ahead by 30 days", saw=CARD, lost=lost)


# ---------------------------------------------------------------------- two shards


class TestTwoShards:
    """One process, one file, two connections to the gateway."""

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        return Settings(database=tmp_path / "lantern.sqlite3", shards=2)

    async def test_guilds_of_both_shards_are_answered_and_counted_in_one_file(self, world: World) -> None:
        # A guild's shard comes from its id, and its id from the moment (Discord's reference, Sharding and Snowflakes).
        other = world.env.create_guild("Second Circle")
        for _ in range(20):
            if (other.id >> 22) % 2 != (world.guild.id >> 22) % 2:
                break
            world.env.backend.advance_clock(0.001)
            other = world.env.create_guild("Second Circle")
        channel = other.create_text_channel("general")
        dana = other.add_member(world.env.create_user("dana"))
        shards = {world.bot.get_guild(guild.id).shard_id for guild in (world.guild, other)}  # type: ignore[union-attr]
        assert shards == {0, 1}

        await asks(world)
        asked = await dana.slash(channel, "twinflame hope")

        assert "## " in read(answer(asked))
        assert {row["guild_id"] for row in await world.rows()} == {world.guild.id, other.id}
        await world.env.advance_time(15)
        state = world.services.heartbeat.state()
        assert (state["shards"], state["connected"]) == (2, True)

    async def test_one_shard_without_connection_is_told(self, world: World) -> None:
        world.bot.dispatch("shard_disconnect", 1)
        await world.env.settle()
        assert not world.services.heartbeat.state()["connected"]
        world.bot.dispatch("shard_resumed", 1)
        await world.env.settle()
        assert world.services.heartbeat.state()["connected"]


def test_the_bot_looks_often_enough() -> None:
    assert services.UPKEEP.total_seconds() <= 60, "a file that is gone is noticed within a minute"
    assert content_watch.EVERY.total_seconds() <= 5
