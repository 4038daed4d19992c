"""Member keys: the same for one member with one key file, and with no other."""

from __future__ import annotations

from pathlib import Path

from lantern.store.database import Database
from lantern.store.member_keys import MemberKeys
from tests.support.rows import key_of, opened


async def test_a_member_has_the_same_key_after_a_restart_and_another_with_another_file(
    database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "lantern.key"
    key = await key_of(database, 42, file=file)
    await database.close()
    async with opened(database.where) as again, opened(tmp_path / "other.sqlite3") as elsewhere:
        assert await key_of(again, 42, file=file) == key != await key_of(elsewhere, 42)
        assert await key_of(again, 43, file=file) != key
    assert -(2**63) <= key < 2**63


async def test_a_seal_can_be_made_again_only_with_the_key_file(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "lantern.key"
    keys, again = MemberKeys(database, file), MemberKeys(database, file)
    await keys.open()
    assert again.seal("care", "1") != keys.seal("care", "1"), "a key for this run alone, until it is opened"
    await again.open()

    assert again.seal("care", "1") == keys.seal("care", "1")
    assert len({keys.seal(*parts) for parts in (("care", "1"), ("care", "2"), ("care1",), ("car", "e1"))}) == 4
    async with opened(tmp_path / "other.sqlite3") as other:
        elsewhere = MemberKeys(other, tmp_path / "other.key")
        await elsewhere.open()
        assert elsewhere.seal("care", "1") != keys.seal("care", "1")


def test_who_is_not_counted_is_told_by_key(member_keys: MemberKeys) -> None:
    member_keys.uncounted.add(5)
    assert member_keys.is_uncounted(5)
    assert not member_keys.is_uncounted(6)
