"""Servers that Lantern joins and leaves: greeted once, and forgotten a month after it left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import discord
from discord.ext import commands

from lantern.admin.welcome import Welcome
from lantern.runtime.client import Lantern
from lantern.store.retention import Retention
from lantern.store.times import milliseconds


class GuildEvents(commands.Cog):
    """What Discord tells of servers."""

    def __init__(self, welcome: Welcome, retention: Retention, now: Callable[[], datetime]) -> None:
        self.welcome = welcome
        self.retention = retention
        self.now = now

    @commands.Cog.listener("on_guild_join")
    @commands.Cog.listener("on_guild_available")
    async def there(self, guild: discord.Guild) -> None:
        # Available: an outage ended, or Lantern was started; an invitation arrives as this, too, when Discord says
        # outright that the server is not having an outage.
        self.retention.guild_joined(guild.id)
        await self.welcome.greet(guild)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        self.retention.guild_left(guild.id, at=milliseconds(self.now()))


async def setup(bot: Lantern) -> None:
    await bot.add_cog(GuildEvents(bot.services.welcome, bot.services.retention, bot.services.discord_time.now))
