"""Lantern, connected to Discord until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import discord

from lantern.matching.meanings import SemanticUnavailable
from lantern.runtime import logs
from lantern.runtime.client import Lantern
from lantern.runtime.content_sharing import wait_for_content
from lantern.runtime.settings import Settings
from lantern.store.database import DatabaseError, NotLanternsError

log = logging.getLogger(__name__)

BAD_SETTINGS = 2
BAD_TOKEN = 3
"""Exit statuses; whatever else keeps the bot from running is 1."""

STOP_SECONDS = 5.0
"""How long a stop may take from the signal on. All that it waits for takes less together; what is left then is a thread
that waits for a disk that does not answer."""

GATHERING_SECONDS = 0.1
"""How long a row of bookkeeping waits for others. A transaction for each answer took a fifth of its processor time."""

MISSING = (
    "There is no DISCORD_TOKEN in the environment or in .env: README, section “Put it in a server”, tells how to get "
    "one; `python bot.py preview` shows the bot without it."
)
REFUSED = (
    "Discord refused DISCORD_TOKEN: copy it again from the developer portal (README, section “Put it in a server”)."
)

TOKEN_REFUSED = 4004
"""Discord's reference, Gateway Close Event Codes."""
ENDED = (
    "Discord ended the connection for good (code {code}, see “Gateway Close Event Codes” in its reference). Check "
    "LANTERN_SHARDS and LANTERN_SHARD_IDS, or leave them empty."
)
HANGS = "the stop took more than %.0f s: a disk or a file system does not answer. The process ends without it."
LOST = "{count} rows are lost: neither the database nor a file took them. The log says why."
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

    What may come by itself is waited for, however long it takes: Discord, the network, sound content. Raises
    :class:`CannotRun` where something must be put right first.

    ``force_sync`` sends the commands to Discord even if they did not change.
    """
    if settings.discord_token is None:
        raise CannotRun(MISSING, BAD_SETTINGS)
    logs.set_up(settings.log_level, settings.log_format, settings.secrets)
    with asyncio.Runner(loop_factory=event_loop_factory()) as runner:
        runner.run(_run_until_told(settings, settings.discord_token, force_sync))


def event_loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, where it is installed (not on Windows): a fifth off the time an answer takes."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


async def _run_until_told(settings: Settings, token: str, force_sync: bool) -> None:
    told = _asyncio_event_on_signals()
    loading = await _first(wait_for_content(settings), told)
    if told.is_set():
        return
    content, own = loading.result()
    gc.freeze()  # what was imported and read stays for good
    gc.enable()
    try:
        bot = Lantern(settings, content, force_sync=force_sync)
    except (SemanticUnavailable, DatabaseError) as error:
        raise CannotRun(str(error)) from None
    if not own:
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
    taken_over = bot.services.shards.taken_over
    running = await _first(bot.start(token), told, taken_over)
    await bot.close()
    if lost := bot.services.waiting_rows.lost:
        raise CannotRun(LOST.format(count=lost))
    if taken_over.is_set():
        raise CannotRun(TAKEN_OVER)
    if told.is_set():
        return
    try:
        running.result()
    except discord.LoginFailure:
        raise CannotRun(REFUSED, BAD_TOKEN) from None
    except discord.ConnectionClosed as error:
        if error.code == TOKEN_REFUSED:
            raise CannotRun(REFUSED, BAD_TOKEN) from None
        raise CannotRun(ENDED.format(code=error.code)) from None
    except NotLanternsError as error:
        raise CannotRun(str(error), BAD_SETTINGS) from None
    except DatabaseError as error:
        raise CannotRun(str(error)) from None


async def _first(work: Coroutine[Any, Any, Any], *events: asyncio.Event) -> asyncio.Task[Any]:
    """Do some work until it is done or an event is set; then it is cut off, whatever it waits for."""
    task = asyncio.create_task(work)
    waiting = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait({task, *waiting}, return_when=asyncio.FIRST_COMPLETED)
    for each in (task, *waiting):
        each.cancel()
    return task


def _asyncio_event_on_signals() -> asyncio.Event:
    """Set on SIGTERM and SIGINT; a second one while stopping changes nothing."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if not told.is_set():
            told.set()
            end = threading.Timer(STOP_SECONDS, _end)
            end.daemon = True
            end.start()

    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows' loops have no such method
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
    return told


def _end() -> None:
    """End this process, whatever its threads wait for."""
    log.error(HANGS, STOP_SECONDS)
    if isinstance(sys.stderr, logs.StandardError):
        sys.stderr.wait(0.5)
    os._exit(1)
