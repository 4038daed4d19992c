"""Who may press what; tests/security/test_presses.py tries every press there is."""

from __future__ import annotations

import pytest

from lantern.ui.custom_ids import CUSTOM_ID_LIMIT, custom_id
from tests.support.world import World

PROOF = "1767225600-0123456789abcdef"
KEY, SNOWFLAKE, SEAL = "a" * 32, 2**63 - 1, "0" * 16


@pytest.mark.parametrize(
    ("command", "longest"),
    [
        ("answer", custom_id("lt", KEY, SNOWFLAKE, 3)),
        ("answer", custom_id("l", "b" * 8, SNOWFLAKE, 3)),
        ("answer", custom_id("lq", "sexual_violence_or_more", SNOWFLAKE, 3)),
        ("answer", custom_id("whole", SNOWFLAKE, SEAL)),
        ("insights", custom_id("in-trend", "b" * 8, 3660, "month", 20260101)),
        ("insights", custom_id("in-top", 3660, "channel", 20260101)),
        ("setup", custom_id("set-open", "permissions")),
    ],
)
async def test_the_longest_custom_ids_have_room_for_the_proof(world: World, command: str, longest: str) -> None:
    sealed = world.bot.presses.with_proof(longest, command, PROOF)

    assert sealed == f"{longest}:{PROOF}"
    assert len(sealed) <= CUSTOM_ID_LIMIT
    assert world.bot.presses.with_proof(sealed, command, PROOF) == sealed
    assert world.bot.presses.with_proof(sealed, "", "") == longest
    assert world.bot.presses.find(sealed).proof == PROOF
    assert world.bot.presses.find(longest).proof == ""


async def test_a_press_that_everyone_may_make_carries_no_proof(world: World) -> None:
    assert world.bot.presses.with_proof("topic:twinflame", "setup", PROOF) == "topic:twinflame"


async def test_a_proof_stands_only_where_its_command_gives_the_right(world: World) -> None:
    add = world.bot.presses.with_proof
    assert add("lib-show", "setup", PROOF) == f"lib-show:{PROOF}"
    assert add("set", "library", PROOF) == "set"
    assert add("lib-remove:delete", "library", PROOF) == "lib-remove:delete"
