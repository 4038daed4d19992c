"""Two processes of one bot on one database: what is one per application is done by one of them, and both know it.

Each is a bot that is not connected; what Discord would say is put in its place.
"""

from __future__ import annotations

import asyncio
import platform
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from lantern.answers.edition import Edition
from lantern.content.models import Content
from lantern.runtime import status
from lantern.runtime.client import Lantern
from lantern.runtime.content_sharing import NoContent, content_at_start
from lantern.runtime.settings import Settings
from lantern.store.backups import BackupError, FileLock
from lantern.store.database import DatabaseError
from lantern.store.library_posts import Post
from lantern.store.shared_content import Given, SharedContent
from lantern.store.times import DAY
from tests.discord.state import PATIENCE
from tests.support.postgres import Postgres
from tests.support.reliability import tried
from tests.support.rows import found, question

APPLICATION, GUILD, MEMBER, OWNER = 1, 5, 7, 9


async def until(condition: Callable[[], object]) -> None:
    """Let the others go on until it holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0)


class Discord:
    """What Discord would say to a bot, and what it was asked; ``held`` holds its answers up."""

    def __init__(self, bot: Lantern) -> None:
        self.asked: list[str] = []
        self.told: list[str] = []
        self.guilds = [GUILD]
        self.failure: Exception | None = None
        self.held = asyncio.Event()
        self.held.set()
        self._command = SimpleNamespace(name="topics", id=77)
        bot._connection.application_id = APPLICATION
        for part, names in ((bot, ("fetch_guilds", "application_info", "create_dm")), (bot.tree, ("sync",))):
            for name in names:
                setattr(part, name, getattr(self, name))

    async def _answer(self, what: str) -> None:
        self.asked.append(what)
        await self.held.wait()
        if self.failure:
            raise self.failure

    async def sync(self) -> list[Any]:
        await self._answer("commands")
        return [self._command]

    async def fetch_guilds(self, **_options: Any) -> AsyncIterator[Any]:
        await self._answer("guilds")
        for guild_id in self.guilds:
            yield SimpleNamespace(id=guild_id)

    async def application_info(self) -> Any:
        await self._answer("owner")
        return SimpleNamespace(team=None, owner=SimpleNamespace(id=OWNER))

    async def create_dm(self, _user: Any) -> Any:
        async def send(**_options: Any) -> None:
            self.told.append("told")

        return SimpleNamespace(send=send)


class Process:
    """One of the two."""

    def __init__(self, bot: Lantern) -> None:
        self.bot = bot
        self.discord = Discord(bot)
        self.services = bot.services


@pytest.fixture
def chosen(postgres_database: str, tmp_path: Path, content_folder: Path) -> list[Settings]:
    """The settings of both: the first gives its content, the second has no folder."""
    shares: list[dict[str, Any]] = [
        {"shard_ids": ((0,),), "share_content": "give", "content": content_folder},
        {"shard_ids": ((1,),), "share_content": "take", "content": tmp_path / "nowhere"},
    ]
    return [
        Settings(database=postgres_database, state_folder=tmp_path / name, key_file=tmp_path / "key", shards=2, **share)
        for name, share in zip(("one", "two"), shares, strict=True)
    ]


@pytest.fixture
async def processes(chosen: list[Settings], content: Content) -> AsyncIterator[list[Process]]:
    async with AsyncExitStack() as stack:
        made = []
        for settings in chosen:
            bot = Lantern(settings, content)
            await bot.services.open()
            stack.push_async_callback(bot.services.close)
            made.append(Process(bot))
        yield made


@pytest.fixture
def one(processes: list[Process]) -> Process:
    return processes[0]


@pytest.fixture
def two(processes: list[Process]) -> Process:
    return processes[1]


async def test_two_processes_do_not_share_a_state_folder(chosen: list[Settings], content: Content) -> None:
    first, second = chosen
    async with AsyncExitStack() as stack:
        bots = [Lantern(settings, content) for settings in (first, replace(second, state_folder=first.state_folder))]
        for bot in bots:
            stack.push_async_callback(bot.services.close)
        await bots[0].services.open()

        with pytest.raises(DatabaseError, match=f"^Another Lantern keeps what is its own in {first.state}"):
            await bots[1].services.open()

        await bots[0].services.close()
        assert await bots[1].services.open()


async def test_a_state_folder_that_is_deleted_is_made_again_and_nobody_elses(
    one: Process, chosen: list[Settings], content: Content
) -> None:
    shutil.rmtree(chosen[0].state)
    await one.services.periodic.run("state folder")
    await one.services.periodic.run("heartbeat")

    second = Lantern(replace(chosen[1], state_folder=chosen[0].state), content)
    second.services.heartbeat._started += timedelta(hours=1)  # both are in this one process here
    with pytest.raises(DatabaseError, match=r"^Another Lantern keeps what is its own in"):
        await second.services.open()
    await second.services.close()
    assert status.read(chosen[0].heartbeat) is not None, "the refused one leaves the other's heartbeat"


async def test_who_finds_its_state_folder_taken_says_so_once(
    one: Process, chosen: list[Settings], caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(chosen[0].state)
    chosen[0].state.mkdir()
    other = FileLock(chosen[0].heartbeat)
    assert other.take()

    for _ in range(2):
        await one.services.periodic.run("state folder")

    other.release()
    assert caplog.text.count("Another Lantern keeps what is its own in") == 1


async def test_a_standby_sees_what_became_of_the_tables_while_it_waited(
    one: Process, chosen: list[Settings], content: Content, tmp_path: Path
) -> None:
    standby = Lantern(replace(chosen[0], state_folder=tmp_path / "standby"), content)
    opening = asyncio.create_task(standby.services.open())
    await until(lambda: standby.services.shards.waiting)
    await one.services.database.execute("UPDATE lantern_version SET version = 9000")
    await one.services.close()

    with pytest.raises(DatabaseError, match="was written by a newer Lantern"):
        await opening
    await standby.services.close()


async def test_every_connection_has_the_settings_by_which_the_server_lets_go_of_it(one: Process, two: Process) -> None:
    """Those of TCP cannot be seen on a socket; they are set together with the name."""
    for each in (one, two):
        assert await each.services.database.fetch("SELECT 1")
    names = "SELECT application_name, count(*) FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1"

    ((name, connections),) = await found(one.services.database, names)

    assert name == "lantern"
    assert connections >= 8, "of each: its shards, that it is there, what it hears, and its rows"
    stopped = "SHOW idle_in_transaction_session_timeout"
    assert await found(one.services.database, stopped) == [("20s",)], "else whoever is to be forgotten waits for it"


def refused(status: int = 500) -> discord.HTTPException:
    """Discord's refusal."""
    return discord.HTTPException(SimpleNamespace(status=status, reason="no"), "no")


# ---------------------------------------------------------------------- commands


async def test_one_process_sends_the_commands_and_the_other_learns_their_ids(one: Process, two: Process) -> None:
    one.discord.held.clear()
    sending = asyncio.create_task(one.services.command_sync.send())
    await until(lambda: one.discord.asked)

    await two.services.command_sync.send()
    assert (two.discord.asked, two.services.command_sync.due) == ([], True)
    one.discord.held.set()
    await sending

    await until(lambda: two.services.commands.ids)
    assert two.services.commands.ids == {"topics": 77}
    assert not two.services.command_sync.due
    await two.services.command_sync.again()
    await two.services.command_sync.send()
    assert two.discord.asked == []


async def test_a_process_that_dies_while_it_sends_leaves_it_to_the_other(
    postgres: Postgres, one: Process, two: Process
) -> None:
    one.discord.held.clear()
    sending = asyncio.create_task(one.services.command_sync.send())
    await until(lambda: one.discord.asked)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)

    await two.services.command_sync.send()

    assert two.discord.asked == ["commands"]
    assert not two.services.command_sync.due


async def test_commands_that_were_sent_between_a_look_and_the_turn_are_not_sent_again(
    one: Process, two: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = two.services.database.lock

    @asynccontextmanager
    async def after_the_other(name: str) -> AsyncIterator[bool]:
        await one.services.command_sync.send()
        async with lock(name) as mine:
            yield mine

    monkeypatch.setattr(two.services.database, "lock", after_the_other)
    await two.services.command_sync.send()

    assert (one.discord.asked, two.discord.asked) == (["commands"], [])
    assert not two.services.command_sync.due


# ---------------------------------------------------------------------- retention


async def test_one_process_at_a_time_deletes(one: Process, two: Process) -> None:
    one.discord.held.clear()
    deleting = asyncio.create_task(one.services._delete_old(datetime.now(UTC)))
    await until(lambda: one.discord.asked)

    await two.services._delete_old(datetime.now(UTC))
    assert two.discord.asked == []

    one.discord.held.set()
    await deleting
    await two.services._delete_old(datetime.now(UTC))
    assert two.discord.asked == ["guilds"]


async def test_guilds_of_other_processes_are_not_taken_for_left(one: Process) -> None:
    database = one.services.database
    one.services.retention.guild_joined(GUILD)
    one.services.retention.guild_left(GUILD + 1, at=0)
    one.discord.failure = refused()
    left = "SELECT guild_id FROM known_guilds WHERE left_at IS NOT NULL ORDER BY 1"

    one.bot.shard_ids, one.bot.shard_count = [0], 2
    await one.services._delete_old(datetime.now(UTC))
    assert await found(database, left) == [(GUILD + 1,)], "neither left nor deleted while that is not known"

    one.bot.shard_ids, one.bot.shard_count = [0, 1], 2
    await one.services._delete_old(datetime.now(UTC))
    assert await found(database, left) == [(GUILD,)], "a process with all shards knows all guilds"


# ---------------------------------------------------------------------- backups


async def test_one_process_a_day_makes_the_backup(one: Process, two: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    failing = [True]
    made: list[str] = []
    monkeypatch.setattr(discord.utils, "utcnow", lambda: now)
    for name, process in (("one", one), ("two", two)):

        async def back_up(_now: datetime, name: str = name) -> None:
            made.append(name)
            if failing:
                raise BackupError("the disk is full")

        monkeypatch.setattr(process.services.upkeep, "_back_up", back_up)

    async def look() -> None:
        for each in (one, two):
            await each.services.upkeep.look_at_backups(now)

    await one.services.upkeep.look_at_backups(now)
    failing.clear()
    await look()
    assert made == ["one", "two"], "what one could not do the other did"
    now += timedelta(hours=2)
    await look()
    now += timedelta(hours=22)
    await look()
    assert made == ["one", "two", "one"]


# ---------------------------------------------------------------------- the owner


async def test_the_owner_is_told_once_of_what_both_see(one: Process, two: Process) -> None:
    await asyncio.gather(*(each.services.notices.tell("backup", "It failed.") for each in (one, two)))
    assert one.discord.told + two.discord.told == ["told"]

    await asyncio.gather(*(each.services.notices.over("backup", "It works.") for each in (one, two)))
    assert one.discord.told + two.discord.told == ["told", "told"]

    for each in (one, two):
        await each.services.notices.over("backup", "It works.")
        await each.services.notices.tell("backup", "It failed.")
    assert one.discord.told + two.discord.told == ["told", "told"], "one message a day"


async def test_that_it_is_over_is_told_once_of_what_both_had_for_long(
    one: Process, two: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    monkeypatch.setattr(discord.utils, "utcnow", lambda: now)
    two.discord.failure = aiohttp.ClientConnectionError("away")
    await two.services.notices.tell("backup", "It failed.")
    two.discord.failure = None
    now += timedelta(hours=1)
    for each in (one, two):
        await each.services.notices.tell("backup", "It failed.")
    assert (one.discord.told, two.discord.told) == (["told"], [])

    for each in (one, two):
        await each.services.notices.over("backup", "It works.")

    assert (one.discord.told, two.discord.told) == (["told", "told"], [])


async def test_each_machine_has_its_own_disk(one: Process, two: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    for machine, process in (("north", one), ("south", two)):
        monkeypatch.setattr(platform, "node", lambda machine=machine: machine)
        await process.services.notices.tell("disk", "Nearly full.")
    monkeypatch.setattr(platform, "node", lambda: "north")
    await two.services.notices.over("disk", "Room again.")

    assert (one.discord.told, two.discord.told) == (["told"], ["told"])


async def test_another_processs_trouble_is_not_ended_by_one_that_never_had_it(one: Process, two: Process) -> None:
    await one.services.notices.tell("content", "Refused.")
    await two.services.notices.open()
    await two.services.notices.over("content", "Accepted.")

    assert two.discord.told == []


async def test_a_message_that_did_not_go_may_be_sent_by_the_other(one: Process, two: Process) -> None:
    one.discord.failure = aiohttp.ClientConnectionError("away")
    await one.services.notices.tell("backup", "It failed.")
    await two.services.notices.tell("backup", "It failed.")

    assert (one.discord.told, two.discord.told) == ([], ["told"])


async def test_what_cannot_be_claimed_is_told_by_the_process_with_the_first_shard(
    postgres: Postgres, one: Process, two: Process
) -> None:
    one.bot.shard_ids, two.bot.shard_ids = [0, 1], [2, 3]
    postgres.stop()
    for each in (one, two):
        await each.services.database.look_after()
        await each.services.notices.tell("writing", "It cannot be written.")
    assert (one.discord.told, two.discord.told) == (["told"], [])
    await one.services.notices.tell("content", "Refused.")
    assert one.discord.told == ["told"], "another may be telling it, and this one cannot know"
    postgres.start()
    for each in (one, two):
        await until_usable(each)
        await each.services.notices.over("writing", "It can be written.")
    assert (one.discord.told, two.discord.told) == (["told", "told"], [])

    (row,) = await found(one.services.database, "SELECT since, told_at FROM notices WHERE cause = 'writing'")
    assert row[0] is None, "and so does the table say, with what was told while it could not be written"
    assert row[1]


async def until_usable(process: Process) -> None:
    """Look after the database until it is there again, as every five seconds, and read again what is to be read."""
    async with asyncio.timeout(PATIENCE):
        database = process.services.database
        while not await database.look_after() or database.failure:
            pass


async def test_rows_of_a_process_that_stops_while_the_server_is_away_are_there_after_its_next_start(
    postgres: Postgres, one: Process, content: Content
) -> None:
    postgres.stop()
    one.services.questions.record(question(1))
    await one.services.close()
    postgres.start()
    bot = Lantern(one.services.settings, content)
    await bot.services.open()

    assert await found(bot.services.database, "SELECT interaction_id FROM questions") == [(1,)]
    await one.services.close()
    await bot.services.close()
    assert not one.services.settings.waiting_rows.exists(), "closing twice leaves nothing behind"
    tried(
        "Database",
        "the PostgreSQL server is away, and the process is stopped",
        saw="(no member in this test: the rows alone)",
        lost="nothing: 1 of 1 row, written at the next start",
    )


# ---------------------------------------------------------------------- content


def retitle(folder: Path, title: str) -> None:
    """An editor changes the article's title."""
    file = folder / "twinflame.yml"
    lines = file.read_text(encoding="utf-8").splitlines()
    titles = [number for number, line in enumerate(lines) if line.startswith("title:")]
    file.write_text("\n".join([*lines[: titles[0]], f"title: {title}", *lines[titles[0] + 1 :]]), encoding="utf-8")


def title_of(process: Process) -> str:
    return process.services.editions.current.content.articles[0].title


async def test_content_that_is_sound_is_given_to_the_others(one: Process, two: Process, content_folder: Path) -> None:
    await one.services.content_sharing.look()
    assert one.discord.asked == two.discord.asked == [], "the same as both have"

    retitle(content_folder, "Two flames")
    await one.services.content_sharing.look()

    assert title_of(one) == "Two flames"
    await until(lambda: title_of(two) == "Two flames")


async def test_a_translation_is_given_to_the_others_with_the_rest(
    one: Process, two: Process, content_folder: Path
) -> None:
    file = content_folder / "es" / "twinflame.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("title: Llamas gemelas", "title: Dos llamas", 1), encoding="utf-8")
    await one.services.content_sharing.look()

    def spanish(process: Process) -> str:
        return process.services.editions.original.in_language("es").content.articles[0].title

    assert spanish(one) == "Dos llamas"
    await until(lambda: spanish(two) == "Dos llamas")


async def test_a_standby_that_is_not_logged_in_takes_content_and_sends_no_commands(
    one: Process, two: Process, content_folder: Path
) -> None:
    two.bot._connection.application_id = None
    retitle(content_folder, "Two flames")
    await one.services.content_sharing.look()

    await until(lambda: title_of(two) == "Two flames")
    await two.services.announcements.again()
    assert two.discord.asked == []


@pytest.mark.parametrize("saved", ["sound", "unsound"])
async def test_what_is_saved_after_the_look_is_not_given_before_the_next(
    one: Process, content_folder: Path, monkeypatch: pytest.MonkeyPatch, saved: str
) -> None:
    async def look() -> None:
        if saved == "sound":
            retitle(content_folder, "Two flames")
        else:
            (content_folder / "twinflame.yml").write_text("command: [")

    monkeypatch.setattr(one.services.content_watch, "look", look)
    await one.services.content_sharing.look()

    assert await SharedContent(one.services.database).given() is None


async def test_content_that_is_refused_is_not_given(one: Process, two: Process, content_folder: Path) -> None:
    retitle(content_folder, "Two flames")
    await one.services.content_sharing.look()
    (content_folder / "twinflame.yml").write_text("command: [")
    await one.services.content_sharing.look()

    assert one.services.content_watch.problems
    assert await two.services.content_sharing._shared.digest() == one.services.editions.current.content.digest
    await until(lambda: title_of(two) == "Two flames")


async def test_what_was_given_while_the_connection_was_lost_is_taken_with_the_next_look(
    postgres: Postgres, one: Process, two: Process, content_folder: Path
) -> None:
    await cut_off(postgres, two)
    retitle(content_folder, "Two flames")
    while title_of(two) != "Two flames":
        await one.services.content_sharing.look()
        await two.services.content_sharing.look()


async def test_content_of_another_version_is_left_alone(
    one: Process, two: Process, content: Content, caplog: pytest.LogCaptureFixture
) -> None:
    given = Given("another", {"twinflame.yml": "newer: yes"})
    await SharedContent(one.services.database).give(given, 0)
    await until(lambda: "cannot be used here" in caplog.text)
    await two.services.content_sharing.look()

    assert two.services.editions.current.content is content
    assert caplog.text.count("cannot be used here") == 1


async def test_a_process_starts_with_what_was_given_last(
    one: Process, chosen: list[Settings], content_folder: Path, content: Content
) -> None:
    giving, taking = chosen
    with pytest.raises(NoContent, match="no process has given"):
        await content_at_start(taking)
    await one.services.content_sharing.look()
    originals = replace(content, translations=None)
    assert await content_at_start(taking) == (originals, False)
    assert await content_at_start(giving) == (originals, True)

    (content_folder / "twinflame.yml").write_text("command: [")
    assert await content_at_start(giving) == (content, False), "the last good one"
    one.services.content_watch.look_anew()
    await one.services.content_sharing.look()
    assert one.services.content_watch.problems, "and the owner is told"
    with pytest.raises(NoContent, match="twinflame"):
        await content_at_start(replace(giving, share_content="no"))

    await SharedContent(one.services.database).give(Given("another", {"twinflame.yml": "newer: yes"}), 0)
    with pytest.raises(NoContent, match="cannot be used here"):
        await content_at_start(taking)


async def test_who_takes_content_starts_with_the_originals_and_takes_the_translations_once_it_answers(
    one: Process, two: Process, chosen: list[Settings], content: Content
) -> None:
    await one.services.content_sharing.look()
    originals, _ = await content_at_start(chosen[1])
    await two.services.announcements.again()
    two.services.editions.original, two.services.content_sharing._same = Edition(originals), None
    await two.services.content_sharing.look()
    assert two.services.editions.original.content is originals, "not before"
    await two.services.content_sharing.read_translations()
    assert two.services.editions.original.content == content


# ---------------------------------------------------------------------- what both know


async def test_what_one_changes_the_other_knows(one: Process, two: Process) -> None:
    mine, theirs = one.services, two.services
    theirs.links.moderators[MEMBER] = 70
    await mine.guilds.change(GUILD, quiet_minutes=3)
    await mine.members.stop_counting(MEMBER, 1)
    post = Post(GUILD, "twinflame", "runner", 6, 7, 8, "x")
    mine.library_posts.keep(post)
    await until(lambda: theirs.guilds.of(GUILD).quiet_minutes == 3)
    await until(lambda: theirs.member_keys.is_uncounted(MEMBER))
    await until(lambda: theirs.library_posts.url(GUILD, "twinflame/runner") == post.url)

    await mine.members.count_again(MEMBER)
    await mine.members.forget(MEMBER, DAY)
    await until(lambda: not theirs.member_keys.is_uncounted(MEMBER))
    await until(lambda: not theirs.links.moderators)


async def test_what_was_not_heard_is_read_after_the_connection_is_back(
    postgres: Postgres, one: Process, two: Process
) -> None:
    await one.services.members.stop_counting(MEMBER, 1)
    await until(lambda: two.services.member_keys.is_uncounted(MEMBER))
    await cut_off(postgres, two)
    async with asyncio.timeout(PATIENCE):
        while one.services.database.failure or await one.services.database.look_after():
            pass
    await one.services.members.count_again(MEMBER)
    await one.services.members.stop_counting(MEMBER + 1, 1)
    await one.services.guilds.change(GUILD, quiet_minutes=3)
    assert two.services.member_keys.uncounted == {MEMBER}, "nothing is heard"

    async with asyncio.timeout(PATIENCE):
        while two.services.guilds.of(GUILD).quiet_minutes is None:
            await two.services.upkeep.look_at_database()

    assert two.services.member_keys.uncounted == {MEMBER + 1}, "a wish that was taken back is not written again"
    await one.services.guilds.change(GUILD, quiet_minutes=4)
    await until(lambda: two.services.guilds.of(GUILD).quiet_minutes == 4)
    tried(
        "Database",
        "what a member or a server chose is announced while another process has lost its connection",
        saw="(no member in this test: the choices alone)",
        lost="nothing: the other process reads every choice as soon as it is connected again",
    )


async def test_what_could_not_be_read_after_the_connection_was_back_is_read_with_the_next_look(
    postgres: Postgres, one: Process, two: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing() -> None:
        raise DatabaseError("away again")

    async def looking() -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                await two.services.upkeep.look_at_database()

    await cut_off(postgres, two)
    while one.services.database.failure or await one.services.database.look_after():
        pass
    await one.services.guilds.change(GUILD, quiet_minutes=3)
    with monkeypatch.context() as patch:
        patch.setattr(two.services.guilds, "open", failing)
        with pytest.raises(DatabaseError, match="away again"):
            await looking()
    assert two.services.guilds.of(GUILD).quiet_minutes is None

    await two.services.upkeep.look_at_database()
    monkeypatch.setattr(two.services.guilds, "open", failing)
    await two.services.upkeep.look_at_database()

    assert two.services.guilds.of(GUILD).quiet_minutes == 3, "once"


async def cut_off(postgres: Postgres, process: Process) -> None:
    """End all connections, and wait until this process has noticed; nobody looks after it meanwhile."""
    postgres.cut()
    listener = process.services.database._engine._listener  # type: ignore[attr-defined]
    await until(listener._connection.is_closed)


async def test_what_could_not_be_read_is_read_with_the_next_look(one: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    failing = [True]

    async def read_guild(guild_id: int) -> None:
        if failing[0]:
            await one.services.database.fetch("nonsense")
        read.append(guild_id)

    monkeypatch.setitem(one.services.announcements._readers, "guild", read_guild)
    one.services.announcements.hear("guild", 1)
    one.services.announcements.hear("of a newer version", 1)
    await one.services.announcements.again()
    assert read == []
    failing[0] = False
    one.services.announcements.hear("guild", 2)
    await one.services.announcements.again()
    assert read == [1, 2]


async def test_what_is_wrong_in_one_reader_keeps_no_other_back(
    one: Process, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_guild_id: int) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(one.services.announcements._readers, "guild", broken)
    one.services.announcements.hear("guild", 1)
    one.services.announcements.hear("wish", MEMBER)
    await one.services.announcements.again()

    assert not one.services.announcements._heard
    assert "what another process changed (guild) could not be read" in caplog.text
