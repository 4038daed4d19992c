"""One line an event, with time, level and logger, and nothing in it that must not be there.

No token, no member's words and no member's id stand in the log at any level. Ids and words are kept out where lines are
written; here is what code elsewhere could let slip: request addresses, which hold interaction tokens, and the texts of
errors, which may quote what somebody typed.
"""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import sys
import traceback
from typing import Any, Literal

UNPRINTABLE = {
    **{code: f"\\x{code:02x}" for code in [*range(0x20), *range(0x7F, 0xA0)]},
    **{
        code: f"\\u{code:04x}"
        for code in [0x061C, 0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
    },
}
"""Characters that could forge a second line or turn one around (Unicode UAX #9), and how they are written instead."""

TOKEN = "(token)"  # noqa: S105 - what is written in a token's place
ADDRESS = re.compile(r"(/(?:webhooks|interactions)/\d+/)[^/\s?'\"]+")
"""Addresses with an interaction's token in them (Discord's reference, Receiving and Responding to Interactions)."""
TOKEN_SHAPED = re.compile(r"[\w-]{23,30}\.[\w-]{6,7}\.[\w-]{27,45}")
"""What a bot's token looks like, whoever's it is."""

TELLING = (AssertionError, AttributeError, ImportError, MemoryError, NameError, OSError, RecursionError, TypeError)
"""Errors whose texts are about the program or the machine, never about what somebody typed."""
WITHHELD = "(its text is not logged: it could quote a member)"


def _reason(error: BaseException) -> str:
    """An error in one line: its type, and its text where that cannot quote a member."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    ours = kind.__module__.startswith("lantern.") and not isinstance(error, ValueError)
    telling = isinstance(error, (*TELLING, sqlite3.Error)) or ours or kind.__module__ == "discord.errors"
    return f"{name}: {error}" if telling else f"{name} {WITHHELD}"


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


class _Formatter(logging.Formatter):
    """What both forms have in common."""

    def __init__(self, token: str | None = None) -> None:
        super().__init__(datefmt="%Y-%m-%dT%H:%M:%S%z")
        self._token = token

    def _message(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if record.name == "asyncio":
            # Its further lines show a task's repr, with the text of the error in it.
            message = message.partition("\n")[0]
        return message

    def _without_tokens(self, text: str) -> str:
        if self._token:
            text = text.replace(self._token, TOKEN)
        return TOKEN_SHAPED.sub(TOKEN, ADDRESS.sub(rf"\1{TOKEN}", text))

    @staticmethod
    def _error(record: logging.LogRecord) -> BaseException | None:
        return record.exc_info[1] if isinstance(record.exc_info, tuple) else None


class LineFormatter(_Formatter):
    """``2026-11-22T15:00:00+0000 INFO lantern.store: text``; a traceback follows on lines of its own, indented."""

    def format(self, record: logging.LogRecord) -> str:
        lines = [
            f"{self.formatTime(record, self.datefmt)} {record.levelname} {record.name}: "
            + self._message(record).translate(UNPRINTABLE),
            *(f"    {line.translate(UNPRINTABLE)}" for line in _trace(self._error(record))),
        ]
        return self._without_tokens("\n".join(lines))


class JsonFormatter(_Formatter):
    """One JSON object a line, a traceback within it: ``time``, ``level``, ``logger``, ``message``, ``traceback``."""

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Any] = {
            "time": self.formatTime(record, self.datefmt),
            "level": record.levelname,
            "logger": record.name,
            "message": self._without_tokens(self._message(record)),
        }
        if (error := self._error(record)) is not None:
            event["error"] = self._without_tokens(_reason(error))
            event["traceback"] = self._without_tokens("\n".join(_trace(error)))
        # ASCII alone, so that no control character and no override of direction reaches whoever reads it.
        return json.dumps(event, ensure_ascii=True)


def set_up(level: str, form: Literal["text", "json"] = "text", token: str | None = None) -> None:
    """Log to standard error at ``level``; ``token`` is the bot's own, to be replaced wherever it should come up.

    The libraries below never tell more than INFO: at DEBUG they print request bodies, which hold members' words, and
    addresses that hold tokens.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(token) if form == "json" else LineFormatter(token))
    logging.basicConfig(level="INFO" if level == "DEBUG" else level, handlers=[handler], force=True)
    for room in ("lantern", "cogs", "bot"):
        logging.getLogger(room).setLevel(level)
