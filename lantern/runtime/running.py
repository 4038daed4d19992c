"""Lantern, connected to Discord until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable

import aiohttp
import discord

from lantern.content.models import Content
from lantern.matching.meanings import SemanticUnavailable
from lantern.runtime import logs
from lantern.runtime.client import Lantern
from lantern.runtime.connections import Connections
from lantern.runtime.content_sharing import NoContent, content_at_start
from lantern.runtime.settings import Settings
from lantern.store.database import DatabaseError

BAD_SETTINGS = 2
BAD_TOKEN = 3
"""Exit statuses; whatever else keeps the bot from running is 1."""

GATHERING_SECONDS = 0.1
"""How long a row of bookkeeping waits for others. A transaction for each answer took a fifth of its processor time."""

MISSING = (
    "There is no DISCORD_TOKEN in the environment or in .env: README, section “Put it in a server”, tells how to get "
    "one; `python bot.py preview` shows the bot without it."
)
REFUSED = (
    "Discord refused DISCORD_TOKEN: copy it again from the developer portal (README, section “Put it in a server”)."
)


TAKEN_OVER = (
    "While the database could not be reached, another process took this one's shards. It leaves Discord, so that "
    "nobody is answered twice; started again, it is a standby."
)


class CannotRun(Exception):
    """The bot cannot run; the text tells the operator why, and ``status`` is the program's exit status."""

    def __init__(self, why: str, status: int = 1) -> None:
        super().__init__(why)
        self.status = status


def run(settings: Settings, *, force_sync: bool) -> None:
    """Connect, and stay until told to stop.

    Raises :class:`CannotRun` where something must be put right first, and
    :class:`lantern.content.problems.ContentError` for content that cannot be used.

    ``force_sync`` sends the commands to Discord even if they did not change.
    """
    if settings.discord_token is None:
        raise CannotRun(MISSING, BAD_SETTINGS)
    logs.set_up(settings.log_level, settings.log_format, settings.secrets)
    with asyncio.Runner(loop_factory=event_loop_factory()) as runner:
        try:
            content, own = runner.run(content_at_start(settings))
        except (NoContent, DatabaseError) as error:
            raise CannotRun(str(error)) from None
        gc.freeze()  # what was imported and read stays for good
        gc.enable()
        runner.run(_run_until_told(settings, content, settings.discord_token, force_sync, own_content=own))


def event_loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, where it is installed (not on Windows): a fifth off the time an answer takes."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


async def _run_until_told(
    settings: Settings, content: Content, token: str, force_sync: bool, *, own_content: bool
) -> None:
    try:
        bot = Lantern(settings, content, connector=Connections(), force_sync=force_sync)
    except (SemanticUnavailable, DatabaseError) as error:
        raise CannotRun(str(error)) from None
    if not own_content:
        bot.services.content_watch.look_anew()
    # Only here: in a local Discord, whose clock moves when it is told to, rows are written at once.
    bot.services.database.gathering = GATHERING_SECONDS

    async def on_ready() -> None:
        # What is there now stays for good; leaving it out of later collections cuts the worst answer's time from 25 ms
        # to 5 ms. What was garbage by now makes room for the matcher.
        gc.unfreeze()
        gc.collect()
        bot.services.editions.current.prepare()
        gc.freeze()

    bot.add_listener(on_ready)
    told = _asyncio_event_on_signals()
    running = asyncio.create_task(bot.start(token))
    taken_over = bot.services.shards.taken_over
    waiting = [asyncio.create_task(event.wait()) for event in (told, taken_over)]
    await asyncio.wait({running, *waiting}, return_when=asyncio.FIRST_COMPLETED)
    for each in waiting:
        each.cancel()
    await bot.close()
    try:
        await running
    except discord.LoginFailure:
        raise CannotRun(REFUSED, BAD_TOKEN) from None
    except DatabaseError as error:
        raise CannotRun(str(error)) from None
    except (aiohttp.ClientConnectionError, discord.GatewayNotFound) as error:
        why = f"Discord could not be reached ({error}). Check this machine's network and start again."
        raise CannotRun(why) from None
    if taken_over.is_set():
        raise CannotRun(TAKEN_OVER)


def _asyncio_event_on_signals() -> asyncio.Event:
    """Set on SIGTERM and SIGINT; a second one while stopping changes nothing."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, told.set)
        except NotImplementedError:  # Windows' loops have no such method
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(told.set))
    return told
