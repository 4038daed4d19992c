"""What is raised when Discord refuses something or cannot be reached, and the codes that it gives."""

from __future__ import annotations

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


def in_log(error: Exception) -> str:
    """Such an error for the log: status and code, or its type. Its text may hold an address with a token."""
    if isinstance(error, discord.HTTPException):
        return f"status {error.status}, code {error.code}"
    return type(error).__name__
