"""Whether this machine's clock can be trusted: Discord's time as its answers tell it, and a clock that is set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import discord
import pytest

from lantern.runtime import discord_time
from lantern.runtime.discord_time import ASK_EVERY, DiscordTime
from lantern.store.times import AGREE_WITHIN
from tests.discord.faults import Fault
from tests.discord.launch import pointed_at
from tests.discord.loopback import Loopback
from tests.support.rows import NOON

SECOND, YEAR = timedelta(seconds=1), timedelta(days=365)


class Clocks:
    """This machine's two clocks: the one that is set, and the one that only goes on."""

    def __init__(self) -> None:
        self.own = NOON
        self.seconds = 1_000.0

    def go_on(self, seconds: float) -> None:
        self.own += timedelta(seconds=seconds)
        self.seconds += seconds


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks()
    monkeypatch.setattr(discord.utils, "utcnow", lambda: clocks.own)
    monkeypatch.setattr(discord_time, "monotonic", lambda: clocks.seconds)
    return clocks


async def answered(time: DiscordTime, date: str) -> None:
    """Discord answers with that header, if it is asked."""

    async def ask() -> str:
        return date

    time.ask = ask  # type: ignore[method-assign]
    await time.look()


def header(moment: datetime) -> str:
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")


def test_until_discords_time_was_seen_nothing_is_agreed(clocks: Clocks) -> None:
    time = DiscordTime()

    assert time.agreed() is None
    assert time.now() == NOON
    assert "has not told the time yet" in (time.doubt() or "")


@pytest.mark.parametrize("off", [-1, 1])
async def test_the_clocks_agree_within_five_minutes(clocks: Clocks, off: int) -> None:
    time = DiscordTime()
    await answered(time, header(NOON + off * (AGREE_WITHIN - SECOND)))
    assert (time.agreed(), time.now(), time.doubt()) == (NOON, NOON, None)

    time = DiscordTime()
    await answered(time, header(NOON + off * AGREE_WITHIN))
    assert time.agreed() is None
    assert time.now() == NOON + off * AGREE_WITHIN


@pytest.mark.parametrize(
    ("off", "said"),
    [
        (YEAR, "365 days ahead of"),
        (-YEAR, "365 days behind"),
        (timedelta(hours=47, minutes=59), "47 hours ahead of"),
        (timedelta(minutes=-119), "119 minutes behind"),
        (AGREE_WITHIN, "5 minutes ahead of"),
    ],
)
async def test_a_clock_that_is_set_is_noticed_at_once_and_so_is_one_that_is_put_right(
    clocks: Clocks, off: timedelta, said: str
) -> None:
    time = DiscordTime()
    await answered(time, header(NOON))
    clocks.go_on(3 * 86_400)
    assert time.agreed() == clocks.own

    clocks.own += off
    assert time.agreed() is None
    assert time.now() == clocks.own - off, "Discord's time goes on"
    assert time.doubt() == (
        f"This machine's clock is {said} Discord's. Nothing is deleted, backed up or posted for its date until they "
        f"differ by less than 5 minutes: set the clock."
    )

    clocks.own -= off
    assert time.agreed() == time.now() == clocks.own
    assert time.doubt() is None


async def test_a_machine_that_slept_takes_discords_next_word(clocks: Clocks) -> None:
    """The clock that only goes on stands still while a machine sleeps."""
    time = DiscordTime()
    await answered(time, header(NOON))
    clocks.own += timedelta(hours=8)
    assert time.agreed() is None

    await answered(time, header(clocks.own))

    assert time.agreed() == clocks.own


async def test_a_date_that_was_wrong_once_is_put_right_by_the_next(clocks: Clocks) -> None:
    time = DiscordTime()
    await answered(time, header(NOON + YEAR))
    assert time.agreed() is None

    await answered(time, header(NOON))

    assert time.agreed() == NOON


async def test_while_the_clocks_agree_discord_is_asked_once_an_hour(clocks: Clocks) -> None:
    time = DiscordTime()
    await answered(time, header(NOON))
    clocks.seconds += ASK_EVERY - 1
    clocks.own += timedelta(seconds=ASK_EVERY - 1)
    await answered(time, header(NOON + YEAR))
    assert time.agreed() is not None

    clocks.go_on(1)
    await answered(time, header(NOON + YEAR))
    assert time.agreed() is None


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Sun, 22 Nov 2026 12:00:00", "Sun, 99 Nov 2026 12:00:00 GMT", "\ud800", "0" * 5_000]
)
async def test_an_answer_that_tells_no_time_changes_nothing(clocks: Clocks, date: str) -> None:
    time = DiscordTime()
    await answered(time, date)
    assert time.agreed() is None

    await answered(time, header(NOON))
    clocks.go_on(2 * ASK_EVERY)
    await answered(time, date)
    assert time.agreed() == clocks.own


async def test_discord_is_asked_without_a_login() -> None:
    async with Loopback() as server:
        with pointed_at(server.base, server.gateway):
            asked = await DiscordTime().ask()
        assert abs(datetime.now(UTC) - parsedate_to_datetime(asked)) < AGREE_WITHIN
        server.fail("GET", "/gateway", Fault.cut(), times=2)  # aiohttp itself sends a GET once more
        with pointed_at(server.base, server.gateway):
            assert await DiscordTime().ask() == ""
    with pointed_at(server.base, server.gateway):
        assert await DiscordTime().ask() == "", "nobody is there"


def test_an_interaction_tells_the_time_and_one_that_was_late_does_not_turn_it_back(clocks: Clocks) -> None:
    time = DiscordTime()
    time.saw_made(NOON)
    assert time.agreed() == NOON

    time.saw_made(NOON - timedelta(hours=1))
    assert time.agreed() == NOON
    clocks.go_on(60)
    clocks.own += YEAR
    time.saw_made(NOON + timedelta(seconds=61))

    assert time.agreed() is None
    assert time.now() == NOON + timedelta(seconds=61)


async def test_one_interaction_with_an_absurd_id_does_not_move_the_time(clocks: Clocks) -> None:
    time = DiscordTime()
    await answered(time, header(NOON))
    time.saw_made(discord.utils.snowflake_time(2**63))
    assert (time.now(), time.doubt()) == (NOON, None)

    time.saw_made(NOON + AGREE_WITHIN - SECOND)
    assert time.agreed() == NOON, "one that agrees with what is known counts"


async def test_what_an_interaction_alone_told_is_asked_for(clocks: Clocks) -> None:
    time = DiscordTime()
    time.saw_made(NOON + SECOND)
    await answered(time, header(NOON + YEAR))
    assert time.agreed() is None


def test_discords_time_is_utc(clocks: Clocks) -> None:
    time = DiscordTime()
    time.saw(NOON.astimezone(UTC))
    assert time.now().utcoffset() == timedelta(0)
