"""Figures shown in a server: what was asked there, the pictures, and time that goes by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from lantern.figures import charts, grouping
from lantern.figures.grouping import GapGrouping
from lantern.store.misses import INSERT_MISSES, Miss
from lantern.store.questions import add_questions
from lantern.store.rows import as_parameter
from lantern.store.times import local_day, milliseconds
from tests.support.rows import question
from tests.support.world import World

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
"""When SimCord's clock starts; a Thursday."""

PICTURE = b"\x89PNG drawn"


class Drawn(charts.Charts):
    """Keeps what was to be drawn instead of drawing it; drawing itself has its own tests."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[charts.Picture] = []
        self.fails = False

    async def draw(self, picture: charts.Picture) -> bytes | None:
        self.pictures.append(picture)
        return None if self.fails else PICTURE


class InThisProcess(GapGrouping):
    """Groups gaps without another process, which has its own tests."""

    async def _done(self, task: grouping.Task) -> Any:
        return grouping.done(task)


async def put_asks(world: World, *asks: tuple[str, float], channel: int | None = None, members: int = 3) -> None:
    """Questions of members, as (topic, days before New Year); the weeks that are over are decided then."""
    rows = []
    for number, (topic, ago) in enumerate(asks, 1):
        moment = NEW_YEAR - timedelta(days=ago)
        row = question(
            10_000 + number + 1_000 * len(world.bot.guilds),
            asked_at=milliseconds(moment),
            day=local_day(moment),
            guild_id=world.guild.id,
            channel_id=channel or world.general.id,
            message_id=number,
            topic=topic,
            member_key=number % members,
        )
        rows.append(row)
    await world.services.database.change(add_questions, rows)
    await decided(world)


async def decided(world: World) -> None:
    """The weeks that are over are decided, of all that was asked until now."""
    await world.services.database.execute("DELETE FROM weekly_totals")
    world.services.weekly_totals._decided.clear()
    await world.services.periodic.run("weekly totals")


async def put_miss(world: World, number: int, words: str, topic: str = "hope", ago: float = 1) -> None:
    miss = Miss(
        id=number,
        day=local_day(NEW_YEAR - timedelta(days=ago)),
        guild_id=world.guild.id,
        words=words,
        nearest=[("twinflame", topic, 0.1)],
        score=0.1,
        came_from="ask",
    )
    await world.services.database.execute(INSERT_MISSES, as_parameter([miss]))


async def later(world: World, hours: float) -> None:
    """Time passes: at once up to the last minutes, which the bot's loops then live through."""
    world.env.backend.advance_clock(hours * 3_600 - 360)
    await world.env.advance_time(360)


def pictures_of(message: Any) -> list[str]:
    """The file names of a message's pictures."""
    return [attachment.filename for attachment in message.attachments]
