"""Several processes of one bot on one database: what one changes the others know, and what one does no other does.

Two :class:`Database` objects on one server stand for two processes; what has a file alone is tried on one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lantern.store.database import Database, DatabaseError
from lantern.store.digests import ClaimedWeek, DigestWeeks
from lantern.store.guilds import Guilds
from lantern.store.library_posts import LibraryPosts, Post
from lantern.store.links import Link, Links
from lantern.store.member_keys import MemberKeys
from lantern.store.member_languages import MemberLanguages
from lantern.store.members import FORGOTTEN_DAYS, Members
from lantern.store.misses import Misses
from lantern.store.owner_notices import OwnerNotices
from lantern.store.questions import Questions, add_questions
from lantern.store.retention import Retention
from lantern.store.times import DAY
from lantern.store.turns import Turns
from lantern.store.welcomes import Welcomes
from tests.discord.state import PATIENCE
from tests.support.postgres import Postgres
from tests.support.rows import found, opened, question

MEMBER, OTHER = 7, 8
PRESSED = 1_767_225_700_000
"""When the member pressed **Forget me**."""


@pytest.fixture
async def another(where: Path | str, database: Database) -> AsyncIterator[Database]:
    """The database as another process has it. A file has one process: there it is the same one again."""
    if isinstance(where, Path):
        yield database
    else:
        async with opened(where) as another:
            yield another


class Heard(asyncio.Queue[tuple[str, int]]):
    """What a process heard."""

    async def next(self) -> tuple[str, int]:
        return await asyncio.wait_for(self.get(), PATIENCE)


@pytest.fixture
def heard(another: Database) -> Heard:
    """What the other process hears from now on."""
    made = Heard()
    another.listen(lambda subject, key: made.put_nowait((subject, key)))
    return made


def link(number: int, *, at: int, member_key: int = MEMBER) -> Link:
    return Link(number, at, 1, 2, number, "twinflame", "runner", member_key, False, False, False)


# ---------------------------------------------------------------------- forgetting a member


async def test_rows_that_wait_anywhere_are_written_without_a_member_who_was_forgotten(
    database: Database, another: Database
) -> None:
    another.gathering = 3600
    keys = MemberKeys(another)
    questions, links, misses = Questions(another, keys), Links(another), Misses(another)
    for number, member_key in ((1, MEMBER), (2, OTHER)):
        questions.record(question(number, asked_at=PRESSED - 1, member_key=member_key))
        links.record(link(number, at=PRESSED - 1, member_key=member_key))
        misses.helpful(at=PRESSED - 1, guild_id=1, article="twinflame", topic="hope", member_key=member_key)
    if another is database:
        # A file's own rows are written first; these come between that and the forgetting.
        another._rows, waiting = type(another._rows)(), another._rows
        await Members(database, MemberKeys(database)).forget(MEMBER, PRESSED)
        another._rows = waiting
    else:
        await Members(database, MemberKeys(database)).forget(MEMBER, PRESSED)
    questions.record(question(3, asked_at=PRESSED, member_key=MEMBER))

    await another.flush()

    assert await found(database, "SELECT interaction_id, member_key FROM questions ORDER BY 1") == [
        (1, None),
        (2, OTHER),
        (3, MEMBER),
    ], "what she asks after it is noted again"
    assert await found(database, "SELECT id, member_key FROM links ORDER BY 1") == [(1, None), (2, OTHER)]
    assert await found(database, "SELECT member_key FROM helpful ORDER BY id") == [(None,), (OTHER,)]
    assert await found(database, "SELECT sum(asks) FROM daily_topics") == [(3,)]


async def test_rows_queued_while_a_member_is_being_forgotten_lose_the_key(database: Database) -> None:
    database.gathering = 3600
    questions = Questions(database, MemberKeys(database))
    forgetting = asyncio.create_task(Members(database, MemberKeys(database)).forget(MEMBER, PRESSED))
    number = 0
    async with asyncio.timeout(PATIENCE):
        while not forgetting.done():
            # First at once, and again as soon as what waited was written.
            if not database.waiting:
                number += 1
                questions.record(question(number, asked_at=PRESSED - 1, member_key=MEMBER))
            await asyncio.sleep(0)
    await forgetting
    # Forgetting writes what waits before it, and once more before it looks for what is left of the code.
    assert (number, database.waiting) == (3, 1)
    await database.flush()

    assert await found(database, "SELECT count(*), count(member_key) FROM questions") == [(number, 0)]


@pytest.mark.parametrize("where", ["postgresql"], indirect=True)
async def test_forgetting_waits_for_rows_that_another_process_is_writing(database: Database, another: Database) -> None:
    async with another.transaction() as writing:
        forgetting = asyncio.create_task(Members(database, MemberKeys(database)).forget(MEMBER, PRESSED))
        await until(database, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        await writing.execute("INSERT INTO opt_outs (member_key, since) VALUES (:key, 0)", {"key": MEMBER})
        assert not forgetting.done()
    await forgetting


@pytest.mark.parametrize("where", ["postgresql"], indirect=True)
async def test_forgetting_sees_what_was_written_while_it_waited(where: str, postgres: Postgres) -> None:
    """Whatever isolation an administrator has chosen for the database."""
    name = where.removeprefix("postgresql:///").partition("?")[0]
    postgres.administer(f"ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'")
    async with opened(where) as database, opened(where) as another:
        async with another.transaction() as writing:
            forgetting = asyncio.create_task(Members(database, MemberKeys(database)).forget(MEMBER, PRESSED))
            await until(database, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            await add_questions(writing, [question(1, asked_at=PRESSED - 1, member_key=MEMBER)])
        await forgetting

        assert await found(database, "SELECT member_key FROM questions") == [(None,)]


async def until_read_again(database: Database) -> None:
    """Look after it, as every five seconds, until it says that what it holds is to be read again."""
    async with asyncio.timeout(PATIENCE):
        while not await database.look_after():
            pass


async def until(database: Database, query: str) -> None:
    """Look again and again until it gives a row."""
    async with asyncio.timeout(PATIENCE):
        while not await database.fetch(query):
            await asyncio.sleep(0)


async def test_who_was_forgotten_is_forgotten_in_its_turn(database: Database) -> None:
    members = Members(database, MemberKeys(database))
    await members.forget(MEMBER, PRESSED)
    await members.forget(OTHER, PRESSED + DAY)
    retention = Retention(database, question_days=180, miss_days=90)

    await retention.run([], now=PRESSED + FORGOTTEN_DAYS * DAY + 1)

    assert await found(database, "SELECT * FROM forgotten") == [(OTHER, PRESSED + DAY)]
    assert (await members.rows(OTHER))["forgotten"], "until then it is handed over with the rest"


# ---------------------------------------------------------------------- starting


@pytest.mark.parametrize("where", ["postgresql"], indirect=True)
async def test_processes_that_start_together_make_the_tables_once(where: str) -> None:
    async with contextlib.AsyncExitStack() as stack:
        several = [stack.enter_async_context(opened(where)) for _ in range(4)]
        for each in await asyncio.gather(*several):
            assert await found(each, "SELECT count(*) FROM lantern_version") == [(1,)]


# ---------------------------------------------------------------------- what every process knows


@pytest.mark.parametrize("where", ["postgresql"], indirect=True)
class TestAnnouncements:
    async def test_each_change_is_heard_and_read(self, database: Database, another: Database, heard: Heard) -> None:
        keys, others_keys = MemberKeys(database), MemberKeys(another)
        members, others = Members(database, keys), Members(another, others_keys)
        await members.stop_counting(MEMBER, 100)
        assert await heard.next() == ("wish", MEMBER)
        await others.read_wish(MEMBER)
        assert others_keys.is_uncounted(MEMBER)
        await members.count_again(MEMBER)
        assert await heard.next() == ("wish", MEMBER)
        await others.read_wish(MEMBER)
        assert not others_keys.is_uncounted(MEMBER)

        languages, their_languages = MemberLanguages(database), MemberLanguages(another)
        await languages.choose(MEMBER, "es")
        assert await heard.next() == ("language", MEMBER)
        await their_languages.read(MEMBER)
        assert their_languages.of(MEMBER) == "es"

        guilds, theirs = Guilds(database), Guilds(another)
        await guilds.change(5, quiet_minutes=3)
        assert await heard.next() == ("guild", 5)
        await theirs.read(5)
        assert theirs.of(5).quiet_minutes == 3

        posts, their_posts = LibraryPosts(database), LibraryPosts(another)
        post = Post(5, "twinflame", "runner", 6, 7, 8, "x")
        posts.keep(post)
        assert await heard.next() == ("library", 5)
        await their_posts.read(5)
        assert their_posts.url(5, "twinflame/runner") == post.url
        posts.forget(post)
        assert await heard.next() == ("library", 5)
        await their_posts.read(5)
        assert their_posts.of(5) == {}

        await members.forget(MEMBER, PRESSED)
        assert await heard.next() == ("forgotten", MEMBER)

    async def test_a_guild_that_is_deleted_is_gone_everywhere(
        self, database: Database, another: Database, heard: Heard
    ) -> None:
        await Guilds(database).change(5, quiet_minutes=3)
        theirs = Guilds(another)
        await theirs.open()
        retention = Retention(database, question_days=180, miss_days=90)
        retention.guild_left(5, at=0)
        assert await heard.next() == ("guild", 5)

        await retention.run([], now=100 * DAY)

        assert [await heard.next(), await heard.next()] == [("guild", 5), ("library", 5)]
        await theirs.read(5)
        assert theirs.of(5).quiet_minutes is None

    async def test_what_is_not_done_is_not_announced_nor_heard_by_who_said_it(
        self, database: Database, another: Database, heard: Heard
    ) -> None:
        own = Heard()
        database.listen(lambda subject, key: own.put_nowait((subject, key)))
        with contextlib.suppress(DatabaseError):
            async with database.transaction() as transaction:
                await transaction.announce("guild", 1)
                await transaction.execute("nonsense")
        async with database.transaction() as transaction:
            await transaction.announce("guild", 2)
            await transaction.announce("guild", 2)
        async with another.transaction() as transaction:
            await transaction.announce("guild", 3)

        assert await heard.next() == ("guild", 2)
        assert await own.next() == ("guild", 3)
        assert (heard.qsize(), own.qsize()) == (0, 0)

    async def test_after_a_lost_connection_everything_is_to_be_read_again(
        self, postgres: Postgres, database: Database, another: Database, heard: Heard
    ) -> None:
        postgres.cut()
        await until_read_again(another)
        assert not await another.look_after(), "once"
        await database.look_after()
        await database.look_after()

        await Guilds(database).change(5, quiet_minutes=3)

        assert await heard.next() == ("guild", 5)

    async def test_a_server_that_was_away_is_listened_to_again(
        self, postgres: Postgres, database: Database, another: Database, heard: Heard
    ) -> None:
        postgres.stop()
        assert not await another.look_after()
        assert another.failure
        postgres.start()
        await until_read_again(another)
        await until_read_again(database)

        await Guilds(database).change(5, quiet_minutes=3)

        assert await heard.next() == ("guild", 5)


async def test_choices_made_while_they_are_read_are_not_lost(database: Database) -> None:
    guilds, posts, keys = Guilds(database), LibraryPosts(database), MemberKeys(database)
    members = Members(database, keys)
    post = Post(5, "twinflame", "runner", 6, 7, 8, "x")
    for number in range(5):
        reading = asyncio.gather(guilds.read(5), guilds.open(), members.open(), members.read_wish(number))
        reading_posts = asyncio.create_task(posts.read(5))
        for _ in range(number):
            await asyncio.sleep(0)
        posts.keep(post._replace(topic=str(number)))
        await asyncio.gather(guilds.change(5, quiet_minutes=number), members.stop_counting(number, 1))
        await reading
        await reading_posts

        assert guilds.of(5).quiet_minutes == number
        assert keys.uncounted == set(range(number + 1))
        assert len(posts.of(5)) == number + 1


# ---------------------------------------------------------------------- one process at a time


@pytest.mark.parametrize("where", ["postgresql"], indirect=True)
async def test_work_is_one_processs_alone_until_it_ends_or_dies(
    postgres: Postgres, database: Database, another: Database
) -> None:
    async with database.lock("retention") as mine:
        async with another.lock("retention") as theirs, another.lock("commands") as other_work:
            assert (mine, theirs, other_work) == (True, False, True)
        postgres.cut()
        async with another.lock("retention") as theirs:
            assert theirs, "whoever loses its connection loses its work"
    async with database.lock("retention") as mine:
        assert mine


async def test_with_a_file_all_work_is_its_own(database: Database) -> None:
    async with database.lock("retention") as mine:
        assert mine


async def test_a_turn_is_taken_once_and_again_when_it_is_due(database: Database, another: Database) -> None:
    mine, theirs = Turns(database), Turns(another)
    done = []
    for turns, now in ((mine, 0), (theirs, 1), (mine, DAY - 1), (theirs, DAY), (mine, DAY)):
        async with turns.take("backup", every=DAY, now=now) as due:
            done.append(due)

    assert done == [True, False, False, True, False]


async def test_a_turn_that_fails_is_the_next_ones(database: Database, another: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with Turns(database).take("backup", every=DAY, now=0):
            1 / 0  # noqa: B018

    async with Turns(another).take("backup", every=DAY, now=1) as due:
        assert due


@pytest.mark.parametrize("where", ["postgresql"], indirect=True)
async def test_a_turn_is_nobody_elses_while_it_is_taken_unless_its_process_dies(
    postgres: Postgres, database: Database, another: Database
) -> None:
    async with Turns(database).take("backup", every=DAY, now=0) as due:
        assert due
        async with Turns(another).take("backup", every=DAY, now=0) as due:
            assert not due
        postgres.cut()
        async with Turns(another).take("backup", every=DAY, now=0) as due:
            assert due


# ---------------------------------------------------------------------- what people see is claimed


async def test_of_two_processes_one_claims(database: Database, another: Database) -> None:
    both = (database, another)
    weeks = await asyncio.gather(*(DigestWeeks(each).claim(1, 20260102, at=5, channel_id=7) for each in both))
    welcomes = await asyncio.gather(*(Welcomes(each).claim(1, 100) for each in both))

    assert sorted(weeks) == sorted(welcomes) == [False, True]
    # Its process died in the middle: nobody claims it again.
    assert not await DigestWeeks(another).claim(1, 20260102, at=6, channel_id=7)
    assert await DigestWeeks(another).latest(1) == ClaimedWeek(20260102, 7, None, None, 5)


async def test_one_process_tells_the_owner_and_one_that_it_is_over(database: Database, another: Database) -> None:
    mine, theirs = OwnerNotices(database), OwnerNotices(another)
    assert await mine.claim("backup", 10, 20, again=DAY) == 20
    assert await theirs.claim("backup", 15, 25, again=DAY) == 20
    assert await theirs.claim("backup", 15, 20, again=DAY) != 20, "a claim of the same moment is another's"
    assert await theirs.claim("backup", 15, 20 + DAY, again=DAY) == 20 + DAY
    (kept,) = await mine.all()
    assert kept == ("backup", 10, 20 + DAY)

    await theirs.give_back("backup", 20 + DAY, 20)
    assert await mine.claim("backup", 10, 30 + DAY, again=DAY) == 30 + DAY

    assert await theirs.claim_end("backup")
    assert not await mine.claim_end("backup")
    assert not await mine.claim_end("disk")
