"""`/help`: what it shows to whom."""

from __future__ import annotations

import pytest

from tests.support.world import World, answer, read


@pytest.mark.parametrize(
    ("person", "sees", "does_not_see"),
    [
        ("maya", ["topics", "ask", "privacy", "twinflame runner"], ["For moderators", "For administrators"]),
        ("noor", ["topics", "For moderators", "Answer this", "</answer:"], ["For administrators"]),
        ("asha", ["topics", "For moderators", "For administrators", "</setup:", "</insights top:"], []),
    ],
)
async def test_help_shows_each_what_they_may_use(
    world: World, person: str, sees: list[str], does_not_see: list[str]
) -> None:
    helped = await getattr(world, person).slash(world.general, "help")

    assert helped.ephemeral
    assert all(text in read(answer(helped)) for text in sees)
    assert not any(text in read(answer(helped)) for text in does_not_see)
    for line in read(answer(helped)).splitlines():
        assert line.count("</") <= 1, "two commands in one line"
        assert "**For" not in line or line in ("**For moderators**", "**For administrators**")
