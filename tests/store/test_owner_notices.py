"""What the owner was told, kept by its cause."""

from __future__ import annotations

from lantern.store.database import Database
from lantern.store.owner_notices import Notice, OwnerNotices


async def test_a_trouble_is_one_row_that_changes(database: Database) -> None:
    notices = OwnerNotices(database)
    assert await notices.all() == []

    notices.keep("disk", 1, None)
    notices.keep("disk", 1, 2)
    notices.keep("backup", 3, 4)
    notices.keep("backup", None, 4)
    await database.flush()

    assert sorted(await notices.all(), key=lambda each: each.cause) == [Notice("backup", None, 4), Notice("disk", 1, 2)]
