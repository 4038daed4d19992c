"""How cards name commands, and who may use which."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from lantern.ui.command_list import CommandList
from lantern.ui.discord_errors import in_log


async def nothing(_interaction: discord.Interaction[Any]) -> None: ...


async def nothing_with(_interaction: discord.Interaction[Any], _message: discord.Message) -> None: ...


def command(name: str, **permissions: bool) -> app_commands.Command[Any, ..., None]:
    made: app_commands.Command[Any, ..., None] = app_commands.Command(name=name, description="…", callback=nothing)
    if permissions:
        made.default_permissions = discord.Permissions(**permissions)
    return made


def test_a_command_can_be_tapped_once_discord_has_told_its_id() -> None:
    commands = CommandList(tuple)
    assert commands.mention("twinflame runner") == "`/twinflame runner`"

    commands.ids = {"twinflame": 7}

    assert commands.mention("twinflame runner") == "</twinflame runner:7>"
    assert commands.mention("ask") == "`/ask`"


def test_commands_are_told_by_who_may_use_them_with_everyones_first() -> None:
    menu = app_commands.ContextMenu(name="Answer this", callback=nothing_with)
    menu.default_permissions = discord.Permissions(manage_messages=True)
    group = app_commands.Group(
        name="library", description="…", default_permissions=discord.Permissions(manage_guild=True)
    )
    commands = CommandList(
        lambda: [group, menu, command("topics"), command("ask"), command("b", manage_messages=True, ban_members=True)]
    )

    assert commands.names() == {"library", "Answer this", "topics", "ask", "b"}
    assert commands.by_permission() == [
        "Everyone: `/ask`, `/topics`",
        "Whoever has Ban Members and Manage Messages: `/b`",
        "Whoever has Manage Messages: **Answer this**",
        "Whoever has Manage Server: `/library`",
    ]


def test_in_the_log_an_error_has_no_text() -> None:
    class Response:
        status, reason = 403, "Forbidden"

    refused = discord.Forbidden(Response(), {"code": 50013, "message": "secret"})

    assert in_log(refused) == "status 403, code 50013"
    assert in_log(ConnectionResetError("secret")) == "ConnectionResetError"
