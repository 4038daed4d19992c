"""Commands in a message's **Apps** menu, declared on a cog's methods.

discord.py has a decorator for such commands outside cogs alone.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from discord import app_commands

_MARK = "__lantern_message_command__"
_Method = TypeVar("_Method", bound=Callable[..., Any])


def message_command(name: str) -> Callable[[_Method], _Method]:
    """Make a cog's method, which takes the interaction and the message, a message command."""

    def mark(method: _Method) -> _Method:
        setattr(method, _MARK, name)
        return method

    return mark


def message_commands_of(cog: object) -> list[app_commands.ContextMenu]:
    """The commands that the methods of ``cog`` were declared to be; the client adds them with the cog."""
    return [
        app_commands.ContextMenu(name=getattr(function, _MARK), callback=getattr(cog, attribute))
        for attribute, function in inspect.getmembers(type(cog), inspect.isfunction)
        if hasattr(function, _MARK)
    ]
