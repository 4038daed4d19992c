"""The README's tables, made from the code.

    python -m tests.docs.readme_tables

writes them into README.md; `docs/test_readme.py` fails when they part.
"""

from __future__ import annotations

import ast
import re
import tempfile
from pathlib import Path

import discord
import simcord
from discord import app_commands

from lantern.answers import edition as lantern_content
from lantern.runtime.client import Lantern
from lantern.runtime.settings import PROJECT, Settings, defined, variable
from lantern.ui.permissions import INVITED, PERMISSIONS, name_of

README = PROJECT / "README.md"


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
    """Each module of the bot and the first sentence of its docstring."""
    rows = []
    for folder in ("cogs", "lantern"):
        for path in sorted((PROJECT / folder).rglob("*.py")):
            if path.name == "__init__.py":
                continue
            said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            first = re.split(r"(?<=\.)\s", " ".join(said.split("\n\n")[0].split()), maxsplit=1)[0].rstrip(".")
            first = first.replace("``", "`").replace("|", "/")
            name = path.relative_to(PROJECT).with_suffix("").as_posix()
            rows.append(f"| [`{name}`]({name}.py) | {first} |")
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
    """Write the tables into README.md."""
    text = README.read_text(encoding="utf-8")
    README.write_text(rewritten(text, await tables()), encoding="utf-8")


if __name__ == "__main__":
    import asyncio

    discord.utils.setup_logging(level=40)
    asyncio.run(main())
