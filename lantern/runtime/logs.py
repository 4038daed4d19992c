"""One line an event, with time, level and logger, and nothing in it that must not be there.

No token, no password, no member's words and no member's id stand in the log at any level. What Lantern itself logs is
written without them; what a library logs, and the text of any error, goes through the one formatter here, which leaves
out what could hold them. Warnings that come again and again are told once and then counted.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import logging
import math
import os
import queue
import re
import sqlite3
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal

import aiohttp
import discord

from lantern.ui.discord_errors import UNREACHABLE, in_log
from lantern.ui.refusals import Refused

log = logging.getLogger(__name__)

UNPRINTABLE = {
    **{code: f"\\x{code:02x}" for code in [*range(0x20), *range(0x7F, 0xA0)]},
    **{
        code: f"\\u{code:04x}"
        for code in [0x061C, 0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
    },
}
"""Characters that could forge a second line or turn one around (Unicode UAX #9), and how they are written instead."""

SECRET = "(secret)"  # noqa: S105 - what is written in its place
ADDRESS = re.compile(r"(/(?:webhooks|interactions)/[^/\s]+/)[^/\s?'\"]+")
"""Addresses with an interaction's token in them (Discord's reference, Receiving and Responding to Interactions)."""
LOGIN = re.compile(r"(://[^\s/:@]*:)[^\s@]+@|(password=)('[^']*'|[^\s&'\"]+)")
"""A password in a database's address."""
TOKEN_SHAPED = re.compile(r"[\w-]{23,30}\.[\w-]{6,7}\.[\w-]{27,45}|\baW50ZXJhY3Rpb24[\w+/=:-]*")
"""What the tokens of bots and of interactions look like, whoever's they are."""
ID = re.compile(r"(?<!\d)\d{15,20}(?!\d)")
"""What Discord's ids look like, whether of a member or of something else."""

OURS = ("lantern", "cogs", "bot")
TELLING = (AssertionError, AttributeError, ImportError, MemoryError, NameError, OSError, RecursionError, TypeError)
"""Errors whose texts are about the program or the machine, never about what somebody typed."""
OUTAGE = (aiohttp.ClientError, discord.DiscordServerError, discord.GatewayNotFound, discord.ConnectionClosed)
"""What is raised while Discord is away. Where in a library it was raised tells nobody anything."""
WITHHELD = "(its text is not logged: it could quote a member)"

COUNTED_SECONDS = 600.0
"""How long a warning that was told is counted when it comes again."""
TOLD_SECONDS = 60.0
"""How long a count waits among warnings; before a line that is none, it is told at once."""


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in OURS


def _reason(error: BaseException) -> str:
    """An error in one line: its type, and its text where that cannot quote a member."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(error, (ValueError, Refused)):
        return f"{name} {WITHHELD}"
    if isinstance(error, discord.HTTPException):
        # Discord quotes what it refuses.
        return f"{name}: {in_log(error)}"
    ours = kind.__module__.startswith("lantern.") or kind.__module__ == "discord.errors"
    telling = ours or isinstance(error, (*TELLING, sqlite3.Error, aiohttp.ClientError))
    return f"{name}: {ID.sub('(id)', str(error))}" if telling else f"{name} {WITHHELD}"


def _trace(error: BaseException | None) -> list[str]:
    """A traceback, causes first, as lines."""
    lines: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = "".join(traceback.format_tb(error.__traceback__)).splitlines()
        lines = [*frames, _reason(error), *(["which led to:"] if lines else []), *lines]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return lines


def _plain(argument: object) -> object:
    """What a library's line says of an argument: an object may show a member's name or words, so its type alone."""
    if argument is None or isinstance(argument, (str, int, float)):
        return argument
    return _reason(argument) if isinstance(argument, BaseException) else f"<{type(argument).__qualname__}>"


def _said(record: logging.LogRecord) -> str:
    """A message; a library's is one line, has no ids, and shows no object but by its type."""
    said = str(record.msg)
    with contextlib.suppress(TypeError, ValueError):  # it wants more of an argument than there is
        if _is_ours(record):
            return record.getMessage()
        if isinstance(record.args, tuple) and record.args:
            said %= tuple(map(_plain, record.args))
    said = said.partition("\n")[0]
    if record.name == "asyncio":
        # It shows tasks and callbacks, with their arguments and errors in them.
        said = re.split(r"[<(]", said, maxsplit=1)[0].rstrip()
    return ID.sub("(id)", said)


class _Formatter(logging.Formatter):
    """What both forms have in common; ``secrets`` are left out wherever they come up."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        super().__init__(datefmt="%Y-%m-%dT%H:%M:%S%z")
        self._secrets = re.compile("|".join(rf"(?<!\w){re.escape(secret)}(?!\w)" for secret in secrets) or r"(?!)")

    def _without_secrets(self, text: str) -> str:
        text = LOGIN.sub(lambda found: f"{found[1]}{SECRET}@" if found[1] else f"{found[2]}{SECRET}", text)
        return self._secrets.sub(SECRET, TOKEN_SHAPED.sub(SECRET, ADDRESS.sub(rf"\1{SECRET}", text)))

    def parts(self, record: logging.LogRecord) -> tuple[str, BaseException | None, list[str]]:
        """What is said, the error, and its traceback as lines."""
        said = _said(record)
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        trace = _trace(error)
        if error is not None and isinstance(error, OUTAGE if _is_ours(record) else (*OUTAGE, *UNREACHABLE)):
            said, trace = f"{said} ({_reason(error)})", []
        if more := getattr(record, "more", 0):
            said = f"{said} (and {more} more like it)"
        return self._without_secrets(said), error, [self._without_secrets(line) for line in trace]


class LineFormatter(_Formatter):
    """``2026-11-22T15:00:00+0000 INFO lantern.store: text``; a traceback follows on lines of its own, indented."""

    def format(self, record: logging.LogRecord) -> str:
        said, _, trace = self.parts(record)
        head = f"{self.formatTime(record, self.datefmt)} {record.levelname} {record.name}: "
        first, *others = (line.translate(UNPRINTABLE) for line in (said, *trace))
        return "\n".join([head + first, *(f"    {line}" for line in others)])


class JsonFormatter(_Formatter):
    """One JSON object a line, a traceback within it: ``time``, ``level``, ``logger``, ``message``, ``traceback``."""

    def format(self, record: logging.LogRecord) -> str:
        said, error, trace = self.parts(record)
        event: dict[str, Any] = {
            "time": self.formatTime(record, self.datefmt),
            "level": record.levelname,
            "logger": record.name,
            "message": said,
        }
        if error is not None:
            event["error"] = self._without_secrets(_reason(error))
        if trace:
            event["traceback"] = "\n".join(trace)
        # ASCII alone, so that no control character and no override of direction reaches whoever reads it.
        return json.dumps(event, ensure_ascii=True)


@dataclass(slots=True)
class _Told:
    """A warning that was told, as a line that can be told again."""

    line: logging.LogRecord
    until: float
    count_at: float
    more: int = 0


class LogHandler(logging.StreamHandler[Any]):
    """Writes lines. A warning or an error that comes again within ten minutes is counted, and the count told before a
    later line. So an outage is a few lines and not three hundred.
    """

    def __init__(self, stream: Any, formatter: logging.Formatter) -> None:
        super().__init__(stream)
        self.setFormatter(formatter)
        self._told: dict[tuple[str, str, type | None], _Told] = {}

    def emit(self, record: logging.LogRecord) -> None:
        now = time.monotonic()
        if record.levelno >= logging.WARNING:
            error = record.exc_info[0] if isinstance(record.exc_info, tuple) else None
            said = _said(record)
            # Of a library's line the numbers do not matter: which shard, and how long it waits.
            kind = record.name, said if _is_ours(record) else re.sub(r"\d+", "", said), error
            told = self._told.get(kind)
            if told is not None and now < told.until:
                told.more += 1
                return
            self._tell_counts(now)
            # Without the error, whose frames would keep alive what they hold.
            line = logging.makeLogRecord({**vars(record), "msg": said, "args": (), "exc_info": None})
            self._told = {each: told for each, told in self._told.items() if now < told.until}
            self._told[kind] = _Told(line, now + COUNTED_SECONDS, now + TOLD_SECONDS)
        elif record.levelno >= logging.INFO:
            self._tell_counts(math.inf)
        elif not _is_ours(record):
            # A library's own level could be lower than what `set_up` asks for.
            return
        super().emit(record)

    def close(self) -> None:
        """Tell what was counted last."""
        self._tell_counts(math.inf)
        super().close()

    def _tell_counts(self, now: float) -> None:
        for told in self._told.values():
            if told.more and now >= min(told.count_at, told.until):
                told.line.created = time.time()
                super().emit(logging.makeLogRecord({**vars(told.line), "more": told.more}))
                told.more, told.count_at = 0, time.monotonic() + TOLD_SECONDS


UNREAD_MAX = 2_000
"""Texts that wait for whoever reads the log, a line or a traceback each: a megabyte at most, as a rule."""
LAST_SECONDS = 1.0
"""How long what waits may take at the end of the process."""
UNREAD = "%d lines of the log are missing here: whoever reads it did not keep up"


class StandardError(io.TextIOBase):
    """Standard error that never makes who writes to it wait, as a pipe does that nobody empties.

    A thread writes, to the file descriptor and with no lock of Python's: it may hang when the process ends. What is
    more than it can take is dropped and counted, and the count told when the rest is written. At the end of the process
    it has :data:`LAST_SECONDS`.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        # Not a Queue: what Python cleans up in the middle of a `put` may log, and would wait for a Queue's own lock.
        self._texts: queue.SimpleQueue[str | threading.Event] = queue.SimpleQueue()
        self._dropped = 0
        threading.Thread(target=self._write_all, name="log", daemon=True).start()

    def fileno(self) -> int:
        return self._descriptor

    def write(self, text: str) -> int:
        """Have it written soon."""
        if self._texts.qsize() < UNREAD_MAX:
            self._texts.put(text)
        else:
            self._dropped += 1
        return len(text)

    def wait(self, seconds: float) -> None:
        """Wait until all is written, so long at most."""
        reached = threading.Event()
        self._texts.put(reached)
        reached.wait(seconds)

    def _write_all(self) -> None:
        told = 0
        while True:
            next_one = self._texts.get()
            if isinstance(next_one, str):
                rest = next_one.encode(errors="backslashreplace")
                with contextlib.suppress(OSError):  # nobody reads it any more, or the disk is full
                    while rest:
                        rest = rest[os.write(self._descriptor, rest) :]
            missing = self._dropped - told
            if missing and self._texts.empty():
                told += missing
                log.warning(UNREAD, missing)
                if isinstance(next_one, threading.Event):
                    self._texts.put(next_one)  # who waits, waits for this line, too
            elif isinstance(next_one, threading.Event):
                next_one.set()


def wait_for_nobody() -> None:
    """Have all that this process says written by a thread; called once, by the program that runs the bot."""
    sys.stderr.flush()
    sys.stderr = said = StandardError(sys.stderr.fileno())

    def end() -> None:
        logging.shutdown()  # what was counted is told
        said.wait(LAST_SECONDS)

    atexit.register(end)


def set_up(level: str, form: Literal["text", "json"] = "text", secrets: Sequence[str] = ()) -> None:
    """Log to standard error at ``level``; ``secrets`` are the bot's token and the database's password.

    The libraries below never tell more than INFO: at DEBUG they print request bodies, which hold members' words, and
    addresses that hold tokens.
    """
    handler = LogHandler(sys.stderr, JsonFormatter(secrets) if form == "json" else LineFormatter(secrets))
    logging.basicConfig(level="INFO" if level == "DEBUG" else level, handlers=[handler], force=True)
    for room in OURS:
        logging.getLogger(room).setLevel(level)
    sys.excepthook = _ended
    threading.excepthook = _thread_ended
    sys.unraisablehook = _left_over


# What Python would print by itself, with every word of the error.


def _ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.critical("an error ends the program", exc_info=(kind, error, trace))


def _thread_ended(found: threading.ExceptHookArgs) -> None:
    if found.exc_value is not None and not isinstance(found.exc_value, SystemExit):
        log.error("an error ended a thread", exc_info=(found.exc_type, found.exc_value, found.exc_traceback))


def _left_over(found: sys.UnraisableHookArgs) -> None:
    error = found.exc_value or found.exc_type()
    log.error("an error that nobody could be told of", exc_info=(type(error), error, found.exc_traceback))
