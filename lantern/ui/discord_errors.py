"""What is raised when the connection to Discord fails, which discord.py hands on as it is."""

from __future__ import annotations

import aiohttp
import discord

UNREACHABLE = (aiohttp.ClientError, ConnectionError, TimeoutError)
"""A connection that breaks or cannot be made, and a time-out. Whether Discord did what was asked is not known."""

FAILED = (discord.HTTPException, *UNREACHABLE)
"""A request that did not succeed, whatever the reason."""


def in_log(error: Exception) -> str:
    """Such an error for the log: status and code, or its type. Its text may hold an address with a token."""
    if isinstance(error, discord.HTTPException):
        return f"status {error.status}, code {error.code}"
    return type(error).__name__
