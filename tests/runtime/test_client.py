"""The way of every interaction: what is under way is known, and one that is done is let go."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.world import World, answer


async def test_what_was_answered_is_under_way_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answer(await world.maya.slash(world.general, "twinflame runner"))
    assert world.services.under_way == set()
    await world.maya.click(asked, label="Post here")
    assert world.services.under_way == set()

    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("unforeseen")

    world.env.check_errors = False
    monkeypatch.setattr(world.services.giving, "give", broken)
    await world.maya.slash(world.general, "twinflame runner")
    await world.maya.click(asked, label="Am I the chaser?")
    assert world.services.under_way == set()


def test_an_interaction_is_answered_once_however_often_it_is_delivered(world: World) -> None:
    def first(number: int) -> bool:
        interaction: Any = SimpleNamespace(id=number)
        return world.bot.is_to_be_answered(interaction)

    assert [first(-1), first(-1), first(-2)] == [True, False, True]
    for number in range(998):
        assert first(number)
    assert not first(-1), "a thousand are remembered"
    assert first(998)
    assert not first(-2)
    assert first(-1), "and the oldest are forgotten"
