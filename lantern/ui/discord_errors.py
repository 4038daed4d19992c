"""What is raised when Discord refuses something or cannot be reached, and the codes that it gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import aiohttp
import discord

UNREACHABLE = (aiohttp.ClientError, ConnectionError, TimeoutError)
"""A connection that breaks or cannot be made, and a time-out. Whether Discord did what was asked is not known."""

UNREADABLE = (AttributeError, LookupError, TypeError, ValueError)
"""What discord.py raises of an answer that is not what Discord's reference says, such as a page of HTML."""

FAILED = (discord.HTTPException, *UNREACHABLE)
"""A request that did not succeed, whatever the reason."""

UNKNOWN_MESSAGE = 10008
TOO_LATE = 10062
"""The three seconds in which an interaction must be answered are over."""
ALREADY_ANSWERED = 40060
"""The interaction has its answer."""
NO_FIRST_MESSAGE = 40058
"""A forum post's author has not written its first message yet."""
INVALID_FORM = 50035
ARCHIVED = 50083
"""Discord's reference, Opcodes and Status Codes: JSON error codes."""

FIELD = re.compile(r"[a-z0-9][a-z0-9_]{0,30}")
"""What a field or a place in a list is called in a refusal."""


def in_log(error: Exception) -> str:
    """Such an error for the log: status, code and the fields that Discord refused, or its type.

    Never its text, which may quote what a member wrote, or hold an address with a token.
    """
    if isinstance(error, discord.HTTPException):
        fields = "".join(f", in {field}" for field in _fields(getattr(error, "_errors", None)))
        return f"status {error.status}, code {error.code}{fields}"
    return type(error).__name__


def _fields(errors: Any, path: str = "") -> Iterator[str]:
    """Where in a request the refused fields are (Discord's reference, Error Messages), such as data.components.0."""
    if not isinstance(errors, dict):
        return
    if path and "_errors" in errors:
        yield path
    for name, inner in errors.items():
        if FIELD.fullmatch(name):
            yield from _fields(inner, f"{path}.{name}".removeprefix("."))
