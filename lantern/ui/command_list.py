"""The commands that the application has: how to mention one, and who may use which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from discord import app_commands

from lantern.languages.formats import listed
from lantern.languages.translation import _
from lantern.ui.permissions import names_of

AnyCommand = app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu


class CommandList:
    """What cards say about commands. ``registered`` gives those there are now, without subcommands."""

    def __init__(self, registered: Callable[[], Sequence[AnyCommand]]) -> None:
        self._registered = registered
        self.ids: dict[str, int] = {}
        """Snowflakes by name, as Discord gave them; `lantern.runtime.command_sync` keeps them up to date."""

    def mention(self, command: str) -> str:
        """A command one can tap, such as ``/twinflame runner``; plain text until Discord has told its id."""
        command_id = self.ids.get(command.split()[0])
        return f"</{command}:{command_id}>" if command_id else f"`/{command}`"

    def names(self) -> set[str]:
        """The names of all commands, those in a message's menu among them."""
        return {command.name for command in self._registered()}

    def by_permission(self) -> list[str]:
        """A line for each permission with the commands that ask for it, those for everyone first."""
        commands: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for command in self._registered():
            menu = isinstance(command, app_commands.ContextMenu)
            commands[_needed(command)].append(f"**{_(command.name)}**" if menu else f"`/{command.name}`")
        return [_line(needed, sorted(names)) for needed, names in sorted(commands.items())]


def _needed(command: AnyCommand) -> tuple[str, ...]:
    """The permissions that a command asks for; none where everyone may."""
    needed = command.default_permissions
    return () if needed is None else tuple(names_of(flag for flag, wanted in needed if wanted))


def _line(needed: tuple[str, ...], names: list[str]) -> str:
    if not needed:
        return _("Everyone: {commands}").format(commands=", ".join(names))
    # Translators: {permissions} is one or more names of Discord's permissions.
    return _("Whoever has {permissions}: {commands}").format(permissions=listed(needed), commands=", ".join(names))
