"""Periodic work: when each routine runs, what a failure does, and that it ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from lantern.runtime.periodic import Periodic, Routine, in_words
from tests.support.rows import NOON
from tests.support.world import World

SOON, LATER = timedelta(milliseconds=1), timedelta(hours=1)


class Work:
    """A routine's work that tells of each run, and lasts as long as the test wants."""

    def __init__(self) -> None:
        self.begun: asyncio.Queue[int] = asyncio.Queue()
        self.count = 0
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.ended = 0
        self.fails = False

    async def __call__(self) -> None:
        self.count += 1
        self.begun.put_nowait(self.count)
        if self.fails:
            raise RuntimeError("the disk is on fire")
        await self.may_end.wait()
        self.ended += 1


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def made() -> Iterator[Callable[..., Periodic]]:
    """Makes periodic work of routines; all of it is stopped at the end."""
    all_made = []

    def make(*routines: Routine, **more: Any) -> Periodic:
        all_made.append(Periodic(routines, **more))
        return all_made[-1]

    yield make
    for periodic in all_made:
        periodic.stop()


@pytest.mark.parametrize(
    ("every", "said"),
    [({"days": 1}, "1 day"), ({"hours": 12}, "12 hours"), ({"minutes": 5}, "5 minutes"), ({"seconds": 1}, "1 second")],
)
def test_how_long_until_the_next_try_is_told_in_words(every: dict[str, int], said: str) -> None:
    assert in_words(timedelta(**every)) == said


async def turns(periodic: Periodic, name: str, number: int = 5) -> None:
    """Let another routine run so many times: whatever was to run at once has run by then."""
    for _ in range(number):
        await periodic.run(name)
        await asyncio.sleep(0)


async def nothing() -> None:
    """A routine's work."""


async def test_what_a_routine_raises_is_logged_and_tried_again(
    made: Callable[..., Periodic], work: Work, caplog: pytest.LogCaptureFixture
) -> None:
    work.fails = True
    made(Routine("fire", SOON, work)).start()

    assert [await work.begun.get() for _ in range(3)] == [1, 2, 3]

    (first, *_) = [record for record in caplog.records if record.name == "lantern.runtime.periodic"]
    assert first.levelno == logging.ERROR
    assert first.getMessage() == "fire failed; it is tried again in 0.001 seconds"
    assert first.exc_info is not None
    assert "the disk is on fire" in str(first.exc_info[1])


async def test_a_routine_that_fails_keeps_no_other_waiting(made: Callable[..., Periodic], work: Work) -> None:
    broken, stuck = Work(), Work()
    broken.fails = True
    stuck.may_end.clear()
    made(Routine("broken", SOON, broken), Routine("stuck", SOON, stuck), Routine("sound", SOON, work)).start()

    await stuck.begun.get()
    assert [await work.begun.get() for _ in range(3)] == [1, 2, 3]


async def test_what_does_not_run_at_the_start_waits_for_its_time(made: Callable[..., Periodic], work: Work) -> None:
    periodic = made(Routine("late", LATER, work, at_start=False), Routine("other", LATER, nothing))
    periodic.start()
    await turns(periodic, "other")
    assert work.count == 0

    soon = made(Routine("soon", SOON, work, at_start=False))
    soon.start()
    assert await work.begun.get() == 1


async def test_what_needs_the_guilds_begins_when_discord_has_told_and_only_once(
    made: Callable[..., Periodic], work: Work
) -> None:
    periodic = made(Routine("guilds", LATER, work, when_ready=True), Routine("other", LATER, nothing))
    periodic.start()
    periodic.run_soon("guilds")
    await turns(periodic, "other")
    assert work.count == 0

    periodic.ready()
    assert await work.begun.get() == 1
    periodic.ready()
    await turns(periodic, "other")
    assert work.count == 1

    periodic.run_soon("guilds")
    assert await work.begun.get() == 2


@pytest.mark.parametrize("whole", [True, False])
async def test_a_whole_run_goes_on_when_the_loop_starts_again(
    made: Callable[..., Periodic], work: Work, whole: bool
) -> None:
    """As it does when this machine's clock was set."""
    work.may_end.clear()
    periodic = made(Routine("work", LATER, work, whole=whole), Routine("other", LATER, nothing))
    periodic.start()
    await work.begun.get()

    periodic.run_soon("work")
    await turns(periodic, "other")
    assert work.count == (1 if whole else 2)
    work.may_end.set()
    await turns(periodic, "other")

    assert work.ended == 1


@pytest.mark.parametrize(
    "begin",
    [
        lambda periodic: periodic.start(),
        lambda periodic: periodic.ready(),
        lambda periodic: periodic.run_soon("work"),
    ],
    ids=["start", "ready", "run soon"],
)
async def test_nothing_begins_after_the_stop(
    made: Callable[..., Periodic], work: Work, begin: Callable[[Periodic], None]
) -> None:
    """The bot may be told to stop while it still starts."""
    early, late = Routine("work", LATER, work), Routine("guilds", LATER, work, when_ready=True)
    periodic = made(early, late)
    periodic.stop()

    begin(periodic)
    for _ in range(5):
        await asyncio.sleep(0)

    assert work.count == 0
    assert not any(loop.is_running() for loop in periodic.loops.values())


@pytest.mark.parametrize("whole", [True, False])
async def test_a_stop_cuts_off_what_is_under_way(made: Callable[..., Periodic], work: Work, whole: bool) -> None:
    work.may_end.clear()
    periodic = made(Routine("work", SOON, work, whole=whole))
    periodic.start()
    await work.begun.get()

    periodic.stop()
    work.may_end.set()
    for _ in range(5):
        await asyncio.sleep(0)

    assert (work.count, work.ended) == (1, 0)
    assert not periodic.loops["work"].is_running()


class Date:
    """What says whether the date is beyond doubt."""

    def __init__(self) -> None:
        self.now: datetime | None = None

    def __call__(self) -> datetime | None:
        return self.now


async def test_what_goes_by_the_date_is_put_off_until_that_is_beyond_doubt(
    made: Callable[..., Periodic], work: Work
) -> None:
    handed: asyncio.Queue[datetime] = asyncio.Queue()

    async def take(now: datetime) -> None:
        handed.put_nowait(now)

    date = Date()
    daily = Routine("daily", LATER, take, by_the_date=True)
    periodic = made(daily, Routine("other", LATER, work), date=date)
    periodic.start()
    await periodic.run("daily")
    await turns(periodic, "other")
    periodic.catch_up()
    await turns(periodic, "other")
    assert handed.empty()
    assert work.count == 11, "what does not go by the date is done"

    date.now = NOON
    periodic.catch_up()
    assert await handed.get() == NOON
    periodic.catch_up()
    await turns(periodic, "other")
    assert handed.empty(), "once"
    await periodic.run("daily")
    assert await handed.get() == NOON


async def test_without_a_judge_nothing_goes_by_the_date(made: Callable[..., Periodic], work: Work) -> None:
    periodic = made(Routine("daily", LATER, work, by_the_date=True))
    await periodic.run("daily")
    assert work.count == 0


async def test_what_deletes_chooses_or_posts_for_its_date_goes_by_it(world: World) -> None:
    routines = world.services.periodic.routines
    by_the_date = {name for name, routine in routines.items() if routine.by_the_date}
    assert by_the_date == {"backups", "digests", "most asked", "retention", "weekly totals"}


async def test_runs_that_leave_something_half_done_are_whole(world: World) -> None:
    """A week that is claimed is posted, a backup that is copied is checked and takes the place of an old one, and for a
    week that is being decided its digest waits."""
    routines = world.services.periodic.routines
    assert {name for name, routine in routines.items() if routine.whole} == {"backups", "digests", "weekly totals"}
