"""The tables of README.md and docs/settings.md, made from the code.

    python -m tests.docs.readme_tables

writes them; `docs/test_readme.py` fails when they part.
"""

from __future__ import annotations

import ast
import re
import tempfile
from pathlib import Path

import discord
import simcord
from discord import app_commands

from lantern import PROJECT
from lantern.answers import edition as lantern_content
from lantern.runtime.client import Lantern
from lantern.runtime.settings import Settings, defined, variable
from lantern.ui.permissions import INVITED, PERMISSIONS, name_of

README = PROJECT / "README.md"
SETTINGS = PROJECT / "docs" / "settings.md"


def permission_rows() -> list[str]:
    """Each permission of the invitation, by its name in Discord, and why."""
    return [f"   | {permission.name} | {permission.why} |" for permission in PERMISSIONS.values()]


def setting_rows() -> list[str]:
    """Each setting: variable, default, description."""
    return [
        f"| `{variable(name)}` | {_default(field.default)} | {field.metadata['description']} |"
        for name, field in defined().items()
    ]


def _default(value: object) -> str:
    if value is None:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


async def command_rows() -> list[str]:
    """Each command as Discord lists it: who sees it, and what it says of itself."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database=Path(folder) / "lantern.sqlite3", shards=1)
        bot = Lantern(settings, lantern_content.load(PROJECT / "content"))
        async with simcord.run(bot):
            rows = _rows(bot)
        await bot.close()
    return rows


def _rows(bot: Lantern) -> list[str]:
    articles = {article.command for article in bot.services.editions.current.content.articles}
    commands = sorted(bot.tree.get_commands(), key=lambda command: (_who(command) != "everyone", command.name))
    rows = []
    for command in commands:
        if isinstance(command, app_commands.ContextMenu):
            rows.append(f"| {command.name} | {_who(command)} | in a message's **Apps** menu |")
        elif command.name in articles:
            rows.append(f"| `/{command.name} …` | everyone | one command for each topic: {command.description} |")
        elif isinstance(command, app_commands.Group):
            rows += [
                f"| `/{each.qualified_name}` | {_who(command)} | {each.description} |" for each in command.commands
            ]
        else:
            rows.append(f"| `/{command.name}` | {_who(command)} | {command.description} |")
    return rows


def _who(
    command: app_commands.Command[object, ..., object] | app_commands.Group | app_commands.ContextMenu,  # type: ignore[type-var]
) -> str:
    needed = command.default_permissions
    if needed is None:
        return "everyone"
    return ", ".join(name_of(flag) for flag, on in needed if on)


def room_rows() -> list[str]:
    """Each room of the bot: what its `__init__` says, and its files, each as a link."""
    rows = []
    for path in sorted((PROJECT / "lantern").glob("*/__init__.py")):
        said, first = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n\n")
        room = path.parent.relative_to(PROJECT).as_posix()
        files = " ".join(first.split()).removeprefix("Its files: ").rstrip(".")
        linked = re.sub(r"`(\w+\.py)`", lambda file, room=room: f"[{file[0]}]({room}/{file[1]})", files)  # type: ignore[misc]
        rows.append(f"| [`{room}/`]({room}) | {' '.join(said.split())} | {linked} |")
    return rows


async def tables() -> dict[str, list[str]]:
    """All tables by the name in their markers."""
    return {
        "permissions": permission_rows(),
        "settings": setting_rows(),
        "commands": await command_rows(),
        "rooms": room_rows(),
    }


def rewritten(text: str, made: dict[str, list[str]]) -> str:
    """``text`` with every table between its markers replaced by the one made from the code."""
    for name, rows in made.items():
        body = "\n".join(rows)
        text = re.sub(
            rf"(<!-- {name} -->\n(?:[^\n]*\n){{2}})(?:[^\n]*\n)*?( *<!-- end -->)",
            lambda match, body=body: f"{match[1]}{body}\n{match[2]}",  # type: ignore[misc]
            text,
        )
    return re.sub(r"permissions=\d+", f"permissions={INVITED.value}", text)


async def main() -> None:
    """Write the tables into the pages that have them."""
    made = await tables()
    for page in (README, SETTINGS):
        page.write_text(rewritten(page.read_text(encoding="utf-8"), made), encoding="utf-8")


if __name__ == "__main__":
    import asyncio

    discord.utils.setup_logging(level=40)
    asyncio.run(main())
