"""Lantern, connected to Discord until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import discord

from lantern.runtime import logs
from lantern.runtime.client import Lantern
from lantern.runtime.content_sharing import wait_for_content
from lantern.runtime.settings import Settings, open_to_others
from lantern.store import private_files
from lantern.store.database import DatabaseError, NotLanternsError
from lantern.store.guilds import all_zones
from lantern.store.key_file import WrongKeyError
from lantern.store.masking import masked

log = logging.getLogger(__name__)

BAD_SETTINGS = 2
BAD_TOKEN = 3
"""Exit statuses; whatever else keeps the bot from running is 1."""

STOP_SECONDS = 5.0
"""How long a stop may take from the signal on. All that it waits for takes less together."""
THREADS_SECONDS = 0.3
"""How long threads may go on once all rows are written: none of them does what the next start does not do again."""

GATHERING_SECONDS = 0.1
"""How long a row of bookkeeping waits for others. A transaction for each answer took a fifth of its processor time."""
READING_PAUSE = 0.001
"""Between two slices of a long text: all long texts together take a fifth of the event loop at most."""
FIGURES_REST = 3.0
"""Between two of one server's reports, where somebody asks for them without end: see ``lantern.admin.guild_queue``."""
THREAD_SECONDS = 0.0005
"""How long a thread computes before the event loop has its turn; Python's own five milliseconds are five answers."""

MMAP_THRESHOLD, ARENA_MAX = -3, -8
"""Numbers of parameters of glibc's ``mallopt`` (its malloc.h)."""
LARGE = 128 * 1024
"""Bytes from which a block is given back to the system as soon as it is free: what glibc begins with."""

MISSING = (
    "There is no DISCORD_TOKEN in the environment or in .env: README, section “Put it in a server”, tells how to get "
    "one; `python bot.py preview` shows the bot without it."
)
REFUSED = (
    "Discord refused DISCORD_TOKEN: copy it again from the developer portal (README, section “Put it in a server”)."
)

TOKEN_REFUSED = 4004
MORE_SHARDS = 4011
ENDED = {
    4010: "Discord knows no such shard as this process asked for. Check LANTERN_SHARDS and LANTERN_SHARD_IDS, or leave "
    "them empty.",
    MORE_SHARDS: "Discord wants more shards for so many servers. Raise LANTERN_SHARDS, or leave it empty.",
    4012: "Discord does not speak the version of its gateway any more that this Lantern speaks. Upgrade Lantern.",
    4013: "Discord does not know the events (intents) that this Lantern asks for. Upgrade Lantern.",
    4014: "Discord does not allow this bot the events (intents) that it asks for. Look at the bot's page in the "
    "developer portal, and upgrade Lantern.",
}
"""Why Discord ended the connection for good. Discord's reference, Gateway Close Event Codes."""
ENDED_OTHERWISE = "Discord ended the connection for good (see “Gateway Close Event Codes” in its reference)."
HANGS = "the stop took more than %.0f s: a disk or a file system does not answer. The process ends without it."
CUT_OFF = "all rows are written; what a thread still does, such as a backup or waiting for a disk, is cut off"
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
    _give_memory_back()
    logs.set_up(settings.log_level, settings.log_format, settings.secrets)
    if (others := open_to_others()) is not None:
        log.warning("%s", others)
    places = (settings.database, settings.state, settings.key, settings.backups)
    # No refusal: in a container root may be the only user.
    if (astray := private_files.refusal_of_root(*places, sentence=private_files.RUNS_AS_ROOT)) is not None:
        log.warning("%s", astray)
    with asyncio.Runner(loop_factory=event_loop_factory()) as runner:
        runner.run(_run_until_told(settings, settings.discord_token, force_sync))
        end_soon(0, CUT_OFF)


def _give_memory_back() -> None:
    """Let glibc give large blocks back when they are free, and take those of all threads from one heap.

    Otherwise it raises the size from which it does so with each large block, and has a heap for each thread that does
    not shrink: 13 MB of a first start, which keeps the content for the next. Elsewhere nothing is done.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(MMAP_THRESHOLD, LARGE)
        mallopt(ARENA_MAX, 1)


def event_loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, where it is installed (not on Windows): a fifth off the time an answer takes."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


async def _run_until_told(settings: Settings, token: str, force_sync: bool) -> None:
    bot: Lantern | None = None
    told = _asyncio_event_on_signals(lambda: bot is not None and bot.services.database.is_saving)
    loading = await _first(wait_for_content(settings), told)
    if told.is_set():
        return
    content, own = loading.result()
    gc.freeze()  # what was imported and read stays for good
    gc.enable()
    try:
        bot = started = Lantern(settings, content, force_sync=force_sync)
    except DatabaseError as error:
        raise CannotRun(str(error)) from None
    if not own:
        bot.services.content_watch.look_anew()
    # Only here: in a local Discord, whose clock moves when it is told to, nothing waits.
    bot.services.database.gathering = GATHERING_SECONDS
    bot.services.reading.slices.pause = READING_PAUSE
    bot.services.reports.queue.rest = FIGURES_REST
    # What computes in a thread (the files of an export, new content) gives way to the event loop so soon.
    sys.setswitchinterval(THREAD_SECONDS)

    # While Discord is connected to: the signs of danger of six languages take 0.13 s.
    preparing = asyncio.create_task(asyncio.to_thread(bot.services.editions.original.prepare))

    async def on_ready() -> None:
        await preparing
        await started.services.content_sharing.read_translations()
        # What is there now stays for good; leaving it out of later collections cuts the worst answer's time from 25 ms
        # to 5 ms. What was garbage by now makes room for what the first question or form would have to wait for.
        gc.unfreeze()
        gc.collect()
        masked("")
        all_zones()
        gc.freeze()
        if settings.semantic:
            started.services.meaning.start()

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
        raise _ended(error.code, settings) from None
    except discord.PrivilegedIntentsRequired:
        raise _ended(4014, settings) from None
    except (NotLanternsError, WrongKeyError) as error:
        raise CannotRun(str(error), BAD_SETTINGS) from None
    except DatabaseError as error:
        raise CannotRun(str(error)) from None


def _ended(code: int, settings: Settings) -> CannotRun:
    """Why Discord ended the connection. Of what would not help the unit makes no further try: each one is an identify,
    of which Discord allows a thousand a day.
    """
    if code == TOKEN_REFUSED:
        return CannotRun(REFUSED, BAD_TOKEN)
    # Where Discord is asked how many shards there are, a new start asks anew.
    helps = code not in ENDED or (code == MORE_SHARDS and settings.shards is None)
    return CannotRun(f"{ENDED.get(code, ENDED_OTHERWISE)} (close code {code})", 1 if helps else BAD_SETTINGS)


async def _first(work: Coroutine[Any, Any, Any], *events: asyncio.Event) -> asyncio.Task[Any]:
    """Do some work until it is done or an event is set; then it is cut off, whatever it waits for."""
    task = asyncio.create_task(work)
    waiting = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait({task, *waiting}, return_when=asyncio.FIRST_COMPLETED)
    for each in (task, *waiting):
        each.cancel()
    return task


def _asyncio_event_on_signals(is_saving: Callable[[], bool]) -> asyncio.Event:
    """Set on SIGTERM, SIGINT and SIGHUP (the terminal is closed); a second one while stopping changes nothing.

    For ``is_saving`` see :func:`_end_later`.
    """
    told = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if not told.is_set():
            told.set()
            _end_later(is_saving)

    numbers = [signal.SIGTERM, signal.SIGINT]
    # Windows has none, and `nohup` asks that it be ignored.
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    for number in numbers:
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows' loops have no such method
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
    return told


def end_soon(status: int, why: str | None = None) -> None:
    """End this process with ``status`` though threads go on; called when all is done and said.

    Python waits for all of them: a copy takes as long as it takes, and a connection that hangs never ends.
    """
    timer = threading.Timer(THREADS_SECONDS, _end, [why, status])
    timer.daemon = True
    timer.start()


def _end_later(is_saving: Callable[[], bool]) -> None:
    """End this process when a stop has had its time, or once more so long after what would be lost is saved."""
    timer = threading.Timer(STOP_SECONDS, _end_unless, [is_saving, partial(_end, HANGS % STOP_SECONDS, 1)])
    timer.daemon = True
    timer.start()


def _end_unless(is_saving: Callable[[], bool], end: Callable[[], None]) -> None:
    if is_saving():
        _end_later(is_saving)
    else:
        end()


def _end(why: str | None, status: int) -> None:
    """End this process, whatever its threads wait for."""
    if why is not None:
        log.log(logging.ERROR if status else logging.WARNING, "%s", why)
    if isinstance(sys.stderr, logs.StandardError):
        sys.stderr.wait(0.5)
    os._exit(status)
