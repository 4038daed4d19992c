"""After **Forget me** and **Don't keep this** nothing is left on the disk: every byte of the files is read."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
import threading
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from lantern.answers import ask_cards, privacy, privacy_cards
from lantern.store import sqlite_file
from lantern.store.database import Database
from lantern.store.masking import Masked
from lantern.store.member_keys import MemberKeys
from lantern.store.members import Members
from lantern.store.misses import Misses, new_id
from lantern.store.questions import Questions
from lantern.store.rows import as_id, as_kept
from lantern.store.sqlite_file import SQLiteFile
from tests.discord.state import PATIENCE
from tests.support.reliability import tried
from tests.support.rows import opened, question, read_by_another
from tests.support.world import World, answer, read

pytestmark = pytest.mark.in_a_file
WORDS = "what colour is the bus to leeds at midnight"


def traces(path: Path, *sought: bytes) -> Mapping[str, int]:
    """How often any of these bytes stand in the file and in those beside it."""
    files = {end: path.with_name(path.name + end) for end in ("", "-wal", "-shm")}
    return {end: sum(file.read_bytes().count(each) for each in sought) for end, file in files.items() if file.exists()}


async def asked(world: World) -> tuple[bytes, bytes]:
    """Maya asked, and her words found no answer: her key and her words, as they stand in the file."""
    await world.maya.slash(world.general, "twinflame runner")
    key = as_kept(world.services.member_keys.of(world.maya.id))
    return key, WORDS.encode()


async def test_words_are_nowhere_once_it_is_said_that_they_are_deleted(world: World) -> None:
    _, words = await asked(world)
    shown = answer(await world.maya.slash(world.general, "ask", question=WORDS))
    await world.services.database.flush()
    file = world.services.settings.file
    assert sum(traces(file, words).values()) >= 1

    await world.maya.click(shown, label=ask_cards.DONT_KEEP)

    assert ask_cards.WORDS_DELETED in read(shown)
    assert sum(traces(file, words).values()) == 0
    tried(
        "Database",
        "all bytes of its files are read after Don't keep this and after Forget me",
        saw="that it is done, or that something reads the storage and it is done when that ends",
        lost="nothing else; of the words and of the member's key nothing is left",
    )


async def test_the_key_is_nowhere_once_it_is_said_that_they_are_forgotten(world: World) -> None:
    key, _ = await asked(world)
    await world.services.database.flush()
    file = world.services.settings.file
    assert sum(traces(file, key).values()) >= 1
    shown = answer(await world.maya.slash(world.general, "privacy"))
    await world.maya.click(shown, label="Forget me")

    await world.maya.click(shown, label="Yes, forget me")

    assert privacy_cards.FORGOTTEN in read(shown)
    assert sum(traces(file, key).values()) == 0


async def test_while_another_program_reads_the_file_it_is_said_and_done_when_that_ends(world: World) -> None:
    key, words = await asked(world)
    missed = answer(await world.maya.slash(world.general, "ask", question=WORDS))
    await world.services.database.flush()
    file = world.services.settings.file
    shown = answer(await world.maya.slash(world.general, "privacy"))
    await world.maya.click(shown, label="Forget me")
    with read_by_another(file):
        await world.maya.click(missed, label=ask_cards.DONT_KEEP)
        await world.maya.click(shown, label="Yes, forget me")
        assert ask_cards.WORDS_DELETED_SOON in read(missed)
        assert privacy_cards.FORGOTTEN_SOON in read(shown)
        await world.env.advance_time(6)
        assert sum(traces(file, key, words).values()) >= 1, "this test shows nothing unless it was held up"
        # In the rows it is done already.
        assert [row["member_key"] for row in await world.rows()] == [None]

    await world.env.advance_time(6)

    assert sum(traces(file, key, words).values()) == 0


async def test_who_deletes_words_is_told_in_time_however_long_it_takes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Discord gives three seconds for the first word, and then says that it failed."""
    missed = answer(await world.maya.slash(world.general, "ask", question=WORDS))
    monkeypatch.setattr(privacy, "ACKNOWLEDGED_AFTER", 0.0)
    database, before = world.services.database, len(world.env.http_requests)
    erase = database.erase

    async def when_told(*traces: bytes) -> bool:
        async with asyncio.timeout(PATIENCE):
            while len(world.env.http_requests) == before:
                await asyncio.sleep(0.01)
        return await erase(*traces)

    monkeypatch.setattr(database, "erase", when_told)
    await world.maya.click(missed, label=ask_cards.DONT_KEEP)

    first = world.env.http_requests[before].json
    assert first is not None
    assert first["type"] == 6, "that the answer comes later"
    assert ask_cards.WORDS_DELETED in read(missed)
    tried(
        "Database",
        "overwriting what was deleted takes long after Don't keep this",
        saw="that their words are deleted, as soon as they are",
        lost="nothing else",
    )


async def test_all_who_delete_at_once_wait_for_one_look_at_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While somebody reads it, each look takes a second."""
    monkeypatch.setattr(sqlite_file, "BUSY_SECONDS", 0.01)
    async with opened(tmp_path / "lantern.sqlite3") as database:
        misses = Misses(database)
        for miss in range(1, 9):
            misses.keep(miss, Masked(f"why me {miss}"), day=20260101, guild_id=1, nearest=[], came_from="ask")
        await database.flush()
        engine = cast("SQLiteFile", database._engine)
        looks = 0
        look = engine._empty_wal

        async def counted() -> bool:
            nonlocal looks
            looks += 1
            return await look()

        monkeypatch.setattr(engine, "_empty_wal", counted)
        with read_by_another(tmp_path / "lantern.sqlite3"):
            assert not any(await asyncio.gather(*(misses.forget(miss) for miss in range(1, 9))))
        assert 1 <= looks <= 3
        assert await database.erase()
        assert sum(traces(tmp_path / "lantern.sqlite3", b"why me").values()) == 0


async def test_what_is_deleted_during_the_search_is_sought_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path / "lantern.sqlite3") as database:
        engine = cast("SQLiteFile", database._engine)
        searched: list[frozenset[bytes]] = []
        second: list[asyncio.Task[bool]] = []
        loop = asyncio.get_running_loop()

        def search(sought: frozenset[bytes]) -> bool:
            searched.append(sought)
            if not second:
                begun = threading.Event()

                def begin() -> None:
                    second.append(loop.create_task(database.erase(b"b")))
                    loop.call_soon(begun.set)

                loop.call_soon_threadsafe(begin)
                begun.wait(PATIENCE)
            return False

        monkeypatch.setattr(engine, "_has", search)
        assert await database.erase(b"a")
        assert await second[0]

    assert searched == [{b"a"}, {b"b"}]


async def test_a_search_that_is_due_outlasts_a_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was sought is not known after it, so the file is written anew, once."""
    monkeypatch.setattr(sqlite_file, "BUSY_SECONDS", 0.01)
    killed, next_one = tmp_path / "lantern.sqlite3", tmp_path / "next" / "lantern.sqlite3"
    next_one.parent.mkdir()
    async with opened(killed) as database:
        with read_by_another(killed):
            assert not await database.erase(b"trace")
        for end in ("", "-wal"):
            shutil.copy(killed.with_name(killed.name + end), next_one.with_name(next_one.name + end))
    anew = 0
    write_anew = SQLiteFile._write_anew

    async def counted(self: SQLiteFile) -> bool:
        nonlocal anew
        anew += 1
        return await write_anew(self)

    monkeypatch.setattr(SQLiteFile, "_write_anew", counted)
    for _ in range(2):
        database = Database(next_one)
        await database.open(alone=True)
        await database.look_after()
        await database.close()
        assert anew == 1


async def test_copies_that_sqlite_leaves_behind_where_it_splits_a_page_go_too(tmp_path: Path) -> None:
    """Of these members the keys of some stand in the file once more, where nothing looks any more."""
    database = Database(tmp_path / "lantern.sqlite3")
    await database.open(alone=True)
    chance = random.Random(2)
    keys = [chance.getrandbits(64) - 2**63 for _ in range(300)]
    questions, misses = Questions(database, MemberKeys(database)), Misses(database)
    kept = {new_id(): f"words <{number}> {'x' * chance.randrange(200)}" for number in range(600)}
    for number, (miss, words) in enumerate(kept.items()):
        for each in range(5):
            questions.record(question(5 * number + each, member_key=chance.choice(keys)))
        misses.keep(miss, Masked(words), day=20260101, guild_id=1, nearest=[], came_from="ask")
        await database.flush()
    members = Members(database, MemberKeys(database))
    left = 0
    for key in keys:
        assert await members.forget(key, 2_000_000_000_000)
        left += sum(traces(tmp_path / "lantern.sqlite3", as_kept(key)).values())
    for miss, words in list(kept.items())[::6]:
        assert await misses.forget(miss)
        found = traces(tmp_path / "lantern.sqlite3", as_id(miss), as_kept(miss), words.partition(" x")[0].encode())
        left += sum(found.values())
    await database.close()

    assert left == 0


def test_numbers_stand_in_a_file_as_it_is_said(tmp_path: Path) -> None:
    """Against SQLite itself, in a table of two rows, read byte by byte."""
    numbers = [1, 200, 40_000, 2**24, 2**33, 2**50, 2**55 + 1, 2**61 + 12345]
    for number in numbers:
        path = tmp_path / f"{number}.sqlite3"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE one (id INTEGER PRIMARY KEY, n INTEGER) STRICT")
            connection.execute("INSERT INTO one VALUES (?, ?)", (number, -number))
            connection.commit()
        said = path.read_bytes()
        # A row: its length, its id, the length of its header, a NULL for the id, the type of the number, the number.
        types = {1: 1, 2: 2, 3: 3, 4: 4, 6: 5, 8: 6}
        row = as_id(number) + bytes([3, 0, types[len(as_kept(-number))]]) + as_kept(-number)
        assert row in said, number
