"""Welcomes: one for each invitation."""

from __future__ import annotations

from lantern.store.database import Database
from lantern.store.welcomes import Welcomes


async def test_an_invitation_is_claimed_once_and_only_a_later_one_is_another(database: Database) -> None:
    welcomes = Welcomes(database)

    assert await welcomes.claim(1, 100)
    assert not await welcomes.claim(1, 100)
    assert not await welcomes.claim(1, 99)
    assert await welcomes.claim(2, 100)
    assert await welcomes.claim(1, 101)
    assert not await welcomes.claim(1, 101)
