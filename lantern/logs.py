"""One line an event, with time, level and logger, and nothing in it that must not be there."""

from __future__ import annotations

import logging
import sys
from typing import Any

UNPRINTABLE = {
    **{code: f"\\x{code:02x}" for code in [*range(0x20), *range(0x7F, 0xA0)]},
    **{
        code: f"\\u{code:04x}"
        for code in [0x061C, 0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
    },
}
"""Characters that could forge a second line or turn one around (Unicode UAX #9), and how they are written instead."""


class LineFormatter(logging.Formatter):
    """``2026-11-22T15:00:00+0000 INFO lantern.client: text``; a traceback follows on lines of its own, indented."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = record.message.translate(UNPRINTABLE)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:
        text = super().formatException(ei)
        return "\n".join(f"    {line.translate(UNPRINTABLE)}" for line in text.splitlines())


def set_up(level: str) -> None:
    """Log to standard error at ``level``.

    The libraries below never tell more than INFO: at DEBUG they print request bodies, which hold members' words, and
    addresses that hold tokens.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter())
    logging.basicConfig(level="INFO" if level == "DEBUG" else level, handlers=[handler], force=True)
    for room in ("lantern", "cogs", "bot"):
        logging.getLogger(room).setLevel(level)
