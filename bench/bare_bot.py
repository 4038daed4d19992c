"""The least a discord.py bot can be: one command, answered with an embed that was built once.

Lantern is measured beside it. It keeps nothing, knows no content and imports nothing but discord.py. Like any bot in
production it does not send its commands to Discord at each start; the loopback server needs no registration.
"""

from __future__ import annotations

import os

import discord
from discord import app_commands

# As long as one of Lantern's own answers, so that both send about as many bytes.
ANSWER = (
    "In this view the runner is the one of the two who withdraws when the connection becomes too much. "
    "The article describes fear of being seen, old hurt and a life that is not ready as the usual reasons, and says "
    "that running is neither a verdict on the other nor a promise to return. It can last weeks or years, and some "
    "never stop. Meanwhile, it says, the one who stays behind does best to turn to their own life: to rest, friends, "
    "work and whatever was put off. That is not waiting in disguise. It is the only part of the story that one person "
    "can write alone."
)


class BareBot(discord.Client):
    """A client with a command tree and the `guilds` intent alone, as Lantern has."""

    def __init__(self, **options: float) -> None:
        super().__init__(intents=discord.Intents(guilds=True), **options)  # type: ignore[arg-type]  # a TypedDict
        self.tree = app_commands.CommandTree(self)
        embed = discord.Embed(title="The runner", description=ANSWER, colour=0x7B5EA7)

        @self.tree.command(description="The fixed answer")
        async def fixed(interaction: discord.Interaction) -> None:
            await interaction.response.send_message(embed=embed, ephemeral=True)


if __name__ == "__main__":
    BareBot().run(os.environ["DISCORD_TOKEN"])
