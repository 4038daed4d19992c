"""The commands sent last, by application."""

from __future__ import annotations

from lantern.store.database import Database
from lantern.store.sent_commands import Sent, SentCommands


async def test_what_was_sent_last_is_kept_by_application(database: Database) -> None:
    sent = SentCommands(database)
    assert await sent.last(1) is None

    await sent.keep(1, "aa", {"ask": 2**60}, 5)
    await sent.keep(2, "bb", {}, 6)
    await sent.keep(1, "cc", {"ask": 2**60, "topics": 3}, 7)

    assert await sent.last(1) == Sent("cc", {"ask": 2**60, "topics": 3})
    assert await sent.last(2) == Sent("bb", {})
