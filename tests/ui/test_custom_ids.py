"""Custom ids: what we write is found again, and what we did not write is refused in one place."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantern.ui.custom_ids import CUSTOM_ID_LIMIT, OutdatedPress, Presses, custom_id, press
from tests.support.world import World, answer, read


class Example:
    """A cog with two presses."""

    @press("x")
    async def topic(self, interaction: discord.Interaction[Any], article: str, message: int) -> None: ...

    @press("y")
    async def nothing(self, interaction: discord.Interaction[Any]) -> None: ...


class Late(Example):
    """A cog that loads something large when it is first asked for it."""

    @property
    def figures(self) -> object:
        raise AssertionError("nobody asked for it")


def test_what_a_cog_loads_late_is_not_touched() -> None:
    made = Presses()
    made.add(Late())
    assert made.find("y")[0].__name__ == "nothing"


@pytest.fixture(scope="module")
def presses() -> Presses:
    made = Presses()
    made.add(Example())
    return made


@given(article=st.text(st.characters(exclude_characters=":"), min_size=1, max_size=40), message=st.integers(0, 2**63))
def test_what_is_written_is_found(presses: Presses, article: str, message: int) -> None:
    handler, arguments = presses.find(custom_id("x", article, message))
    assert handler.__name__ == "topic"
    assert arguments == [article, message]


@given(st.text(max_size=CUSTOM_ID_LIMIT))
def test_whatever_else_comes_is_outdated_and_nothing_worse(presses: Presses, forged: str) -> None:
    try:
        handler, arguments = presses.find(forged)
    except OutdatedPress:
        return
    assert custom_id({"topic": "x", "nothing": "y"}[handler.__name__], *arguments).replace("x:", "") in forged


@pytest.mark.parametrize(
    "forged", ["", "z", "x", "x:a", "x:a:b", "x:a:-1", "x:a:١", "x::1", "x:a:1:2", "y:", "x:a:" + "9" * 21]
)
def test_a_wrong_name_number_or_count_is_refused(presses: Presses, forged: str) -> None:
    with pytest.raises(OutdatedPress):
        presses.find(forged)


def test_two_methods_cannot_answer_the_same_press(presses: Presses) -> None:
    with pytest.raises(ValueError, match="two methods"):
        presses.add(Example())


def test_what_discord_would_refuse_is_not_written() -> None:
    longest = custom_id("r", "a" * 32, "b" * 32, "c" * 32)
    assert len(longest) == CUSTOM_ID_LIMIT
    with pytest.raises(ValueError, match="101 characters"):
        custom_id("rr", "a" * 32, "b" * 32, "c" * 32)
    with pytest.raises(ValueError, match="may not contain"):
        custom_id("r", "a:b")


@pytest.mark.parametrize("forged", ["unknown", "share:twinflame", "topic:"])
async def test_a_forged_or_outdated_button_gets_a_kind_sentence(world: World, forged: str) -> None:
    card = answer(await world.maya.slash(world.general, "twinflame runner"))
    world.env.backend.get_message(card.channel_id, card.id).components[-1]["components"][0]["custom_id"] = forged

    told = await world.maya.click(card, custom_id=forged)

    assert told.ephemeral
    assert read(answer(told)).startswith("This button is from an older version of Lantern")


async def test_a_menus_value_is_checked_again(world: World) -> None:
    listed = answer(await world.maya.slash(world.general, "topics"))
    stored = world.env.backend.get_message(listed.channel_id, listed.id)
    stored.components[0]["components"][1]["components"][0]["options"][0]["value"] = "invented"

    told = await world.maya.select(listed, ["invented"], custom_id="topic:twinflame")

    assert "not in the article any more" in read(answer(told))
    assert await world.rows() == []


async def test_an_unforeseen_error_gives_a_reference_that_the_log_has_too(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(world.services.giving, "give", broken)
    asked = await world.maya.slash(world.general, "twinflame runner")
    listed = answer(await world.maya.slash(world.general, "topics"))
    chosen = await world.maya.select(listed, ["hope"], custom_id="topic:twinflame")

    for told in (asked, chosen):
        assert told.ephemeral
        reference = read(answer(told)).split("`")[1]
        assert f"reference {reference}" in caplog.text
    assert "nobody foresaw this" in caplog.text
    assert len(world.env.errors) == 2
