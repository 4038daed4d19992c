"""Custom ids: what we write is found again, and what we did not write is refused in one place."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantern.ui.cards import walk
from lantern.ui.custom_ids import CUSTOM_ID_LIMIT, OutdatedPress, Presses, custom_id, press
from tests.support.reports import Drawn, put_asks
from tests.support.world import World, answer, press_id, read


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
    assert made.find("y").handler.__name__ == "nothing"


@pytest.fixture(scope="module")
def presses() -> Presses:
    made = Presses()
    made.add(Example())
    return made


@given(
    article=st.text(st.characters(exclude_characters=":"), min_size=1, max_size=40), message=st.integers(0, 2**63 - 1)
)
def test_what_is_written_is_found(presses: Presses, article: str, message: int) -> None:
    found = presses.find(custom_id("x", article, message))
    assert found.handler.__name__ == "topic"
    assert found.arguments == [article, message]
    assert (found.need, found.proof) == (None, "")


@given(st.text(max_size=CUSTOM_ID_LIMIT))
def test_whatever_else_comes_is_outdated_and_nothing_worse(presses: Presses, forged: str) -> None:
    try:
        found = presses.find(forged)
    except OutdatedPress:
        return
    name = {"topic": "x", "nothing": "y"}[found.handler.__name__]
    assert custom_id(name, *found.arguments).replace("x:", "") in forged


@pytest.mark.parametrize(
    "forged",
    ["", "z", "x", "x:a", "x:a:b", "x:a:-1", "x:a:١", "x::1", "x:a:1:2", "y:", "x:a:" + "9" * 21, f"x:a:{2**63}"],
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


RUNNER = "d75rmgar"
"""The token of twinflame/runner."""

STANDING = """
    article:n care-in:tn care:t forget:nt h:nt in-gap:t in-gaps:t in-top:ntn in-trend:tntn l:tnn la:nnn
    lib-ask-remove: lib-forum: lib-remove:t lib-show: lib-sync: ln:nn lq:tnn ls:nn lt:tnn mod-page: mod-turn:n
    n:nt
    none:nt not-this:ttn p:ntt privacy-back:
    privacy-count: privacy-download: privacy-forget: privacy-forget-yes: privacy-stop: quiet:tt r:ttt read:ttn safe:n
    set: set-answers:t set-channel:t set-contacts: set-form:t set-hour: set-none:t set-open-contacts:
    set-open:t set-threads: set-weekday:
    share:tt topic:t undo:nt w:ntt whole:nt
"""
"""What stands in messages that were posted years ago, with a letter for each argument: a text, or a number.

What stands in private messages alone, which nobody sees for long, may change: `forget`, `in-trend`, `l`, `undo` and
`whole` were others once.
"""


async def test_buttons_of_messages_that_stand_already_are_still_answered(world: World) -> None:
    kinds = {
        name: "".join("n" if kind is int else "t" for kind in kept) for name, kept in world.bot.presses.kinds().items()
    }

    assert {each: kinds[each.partition(":")[0]] for each in STANDING.split()} == {
        each: each.partition(":")[2] for each in STANDING.split()
    }
    assert len(kinds) == len(STANDING.split()), "a new one is added here, and none is taken away"


@pytest.mark.parametrize(
    "forged",
    [
        "in-top:4:nonsense:20251228",
        "in-top:4:topic:20260199",
        "in-top:4:topic:20251227",
        "in-top:4:topic:20260104",
        "in-top:521:topic:20251228",
        f"in-trend:{RUNNER}:4:month:20251228",
        f"in-trend:{RUNNER}:4:day:20260104",
        "set-open:nothing",
        "set-answers:nobody",
        "set-none:nothing",
        "set-none:quiet",
        "set-form:nothing",
        "set-form:contacts",
        "lib-remove:cancel",
        "lq:nonsense:1:1",
        f"l:{RUNNER}:1:4",
        f"read:twinflame:runner:{2**63}",
        *(f"{name}:{2**63}:{RUNNER}:{RUNNER}" for name in ("p", "w")),
        *(f"{name}:{2**64 - 1}:{RUNNER}" for name in ("h", "n", "none")),
    ],
)
async def test_a_press_that_names_what_there_is_not_does_nothing(world: World, forged: str) -> None:
    checklist = answer(await world.asha.slash(world.general, "setup"))
    before = world.services.guilds.of(world.guild.id)
    stored = world.env.backend.get_message(checklist.channel_id, checklist.id)
    stored.components[0]["components"][1]["accessory"]["custom_id"] = forged
    requests = len(world.env.http_requests)

    told = await world.asha.click(checklist, custom_id=forged)

    assert told.ephemeral
    assert read(answer(told)).startswith("This button is from an older version of Lantern")
    assert len(world.env.http_requests) == requests + 1, "one answer, and nothing posted"
    assert world.services.guilds.of(world.guild.id) == before
    assert await world.rows() == []


@pytest.mark.parametrize(("name", "forged"), [("people", "set-channel:nothing"), ("library", "lib-forum")])
async def test_a_channel_that_was_not_asked_for_is_not_taken(world: World, name: str, forged: str) -> None:
    forum = world.guild.create_forum_channel("forum")
    checklist = answer(await world.asha.slash(world.general, "setup"))
    before = world.services.guilds.of(world.guild.id)
    await world.asha.click(checklist, custom_id=press_id(checklist, f"set-open:{name}"))
    stored = world.env.backend.get_message(checklist.channel_id, checklist.id)
    (menu,) = [part for part in walk(stored.components) if part["type"] == 8]
    menu.update(custom_id=forged, channel_types=[0, 15])

    told = await world.asha.select(checklist, [world.general], custom_id=forged)

    assert read(answer(told)).startswith("This button is from an older version of Lantern")
    assert world.services.guilds.of(world.guild.id) == before
    assert forum.threads == []


async def test_the_longest_period_that_is_offered_is_shared(world: World) -> None:
    await put_asks(world, ("hope", 5))
    world.services.reports.charts = Drawn()
    shown = answer(await world.asha.slash(world.general, "insights trend", topic="twinflame/runner"))
    stored = world.env.backend.get_message(shown.channel_id, shown.id)
    forged = f"in-trend:{RUNNER}:520:week:20251228"
    stored.components[-1]["components"][0]["custom_id"] = forged

    await world.asha.click(shown, custom_id=forged)

    (seen,) = world.seen_by(world.maya)
    assert "520 weeks, " in read(seen)


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

    assert "no longer here" in read(answer(told))
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
