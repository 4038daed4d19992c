"""For administrators: the first greeting, the checklist of a server's choices, and what they are now."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from lantern.admin import digests, welcome
from lantern.admin import setup as cards
from lantern.answers.threads import lacking as lacking_for_threads
from lantern.runtime.client import Lantern
from lantern.store.guilds import SettingRefused
from lantern.ui.custom_ids import OutdatedPress, all_chosen_numbers, chosen_number, is_number, press
from lantern.ui.forms import written

PLACES = {"people": "ask_people_channel_id", "digest": "digest_channel_id"}
WRITTEN = {"quiet": "quiet_minutes", "contacts": "help_contacts", "zone": "time_zone"}

NOT_SAVED = "**Not saved.** {why}"


def guild_of(interaction: discord.Interaction[Lantern]) -> discord.Guild:
    """The guild of a command or press that exists in guilds alone."""
    assert interaction.guild is not None
    return interaction.guild


class Setup(commands.Cog):
    """``/setup``, ``/settings`` and the greeting."""

    settings = app_commands.Group(
        name="settings",
        description="What this server has chosen",
        guild_only=True,
        default_permissions=discord.Permissions(manage_guild=True),
    )

    def __init__(self, bot: Lantern) -> None:
        self.bot = bot

    # ------------------------------------------------------------------ the greeting

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Invited, or so it seems; the greeting looks closer."""
        await welcome.greet(self.bot, guild)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """An outage ended, or Lantern has just been started: perhaps it was invited meanwhile."""
        await welcome.greet(self.bot, guild)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel that was chosen is gone: no member is sent there, and no menu shows it."""
        chosen_now = self.bot.guild_settings(channel.guild.id)
        changes: dict[str, Any] = {name: None for name in PLACES.values() if getattr(chosen_now, name) == channel.id}
        if channel.id in chosen_now.thread_answers:
            changes["thread_answers"] = tuple(each for each in chosen_now.thread_answers if each != channel.id)
        if changes:
            await self.bot.change_guild_setting(channel.guild.id, **changes)

    # ------------------------------------------------------------------ commands

    @app_commands.command(description="Go through this server's choices, one by one")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def setup(self, interaction: discord.Interaction[Lantern]) -> None:
        await interaction.response.send_message(view=cards.overview(self.bot, guild_of(interaction)), ephemeral=True)

    @settings.command(name="show", description="Every choice of this server, and who may use which command")
    async def show(self, interaction: discord.Interaction[Lantern]) -> None:
        await interaction.response.send_message(
            view=cards.settings_card(self.bot, guild_of(interaction)), ephemeral=True
        )

    # ------------------------------------------------------------------ presses

    @press(cards.OVERVIEW)
    async def overview(self, interaction: discord.Interaction[Lantern]) -> None:
        """Back to the checklist."""
        await self._show(interaction)

    @press(cards.OPEN)
    async def open(self, interaction: discord.Interaction[Lantern], name: str) -> None:
        """A button of the checklist."""
        guild = guild_of(interaction)
        now = self.bot.guild_settings(guild.id)
        form = cards.form(name, now)
        if form is not None:
            await interaction.response.send_modal(form)
            return
        if name == "permissions":
            card = cards.permissions_card(guild)
        elif name == "library":
            card = cards.library_card(self.bot, guild)
        elif name == "threads":
            card = cards.threads_card(now)
        elif name in PLACES:
            card = cards.place_card(name, now)
        else:
            raise OutdatedPress(name)
        await interaction.response.edit_message(view=card)

    @press(cards.ANSWERS)
    async def answers(self, interaction: discord.Interaction[Lantern], who: str) -> None:
        """Private or public by default. The button names the choice, so that two presses choose no other."""
        if who not in ("private", "public"):
            raise OutdatedPress(who)
        await self._change(interaction, answers_public=who == "public")

    @press(cards.FORM)
    async def form_sent(self, interaction: discord.Interaction[Lantern], name: str) -> None:
        """A form was sent."""
        text = written(interaction).get(name, "")
        if name not in WRITTEN:
            raise OutdatedPress(name)
        value: Any = text or None
        if name == "quiet" and text:
            # What is no number is left for the setting itself to refuse, in its own words.
            value = int(text) if is_number(text) else -1
        if name == "zone":
            value = text or "UTC"
        await self._change(interaction, **{WRITTEN[name]: value})

    @press(cards.CHANNEL)
    async def channel_chosen(self, interaction: discord.Interaction[Lantern], name: str) -> None:
        """A channel for asking people, or for the weekly figures."""
        guild = guild_of(interaction)
        channel = guild.get_channel(chosen_number(interaction))
        if name not in PLACES or channel is None:
            raise OutdatedPress(name)
        if name == "digest":
            if missing := digests.lacking(channel):
                why = f"I need {' and '.join(missing)} in {channel.mention}."
                card = cards.place_card(name, self.bot.guild_settings(guild.id), NOT_SAVED.format(why=why))
                await interaction.response.edit_message(view=card)
                return
            await self._change(interaction, stay="digest", digest_channel_id=channel.id)
            return
        await self._change(interaction, ask_people_channel_id=channel.id)

    @press(cards.NO_CHANNEL)
    async def no_channel(self, interaction: discord.Interaction[Lantern], name: str) -> None:
        """Nowhere, after all."""
        if name not in PLACES:
            raise OutdatedPress(name)
        await self._change(interaction, **{PLACES[name]: None})

    @press(cards.WEEKDAY)
    async def weekday(self, interaction: discord.Interaction[Lantern]) -> None:
        """The day of the weekly figures."""
        await self._change(interaction, stay="digest", digest_weekday=chosen_number(interaction))

    @press(cards.HOUR)
    async def hour(self, interaction: discord.Interaction[Lantern]) -> None:
        """The hour of the weekly figures."""
        await self._change(interaction, stay="digest", digest_hour=chosen_number(interaction))

    @press(cards.THREADS)
    async def threads(self, interaction: discord.Interaction[Lantern]) -> None:
        """The channels whose threads may be answered; choosing none switches it off."""
        guild = guild_of(interaction)
        values = all_chosen_numbers(interaction)
        channels = [channel for value in values if (channel := guild.get_channel(value)) is not None]
        if len(channels) < len(values):
            raise OutdatedPress("a channel that is not there")
        problems = [problem for each in channels if (problem := lacking_for_threads(each))]
        if problems:
            why = " ".join(problems)
            card = cards.threads_card(self.bot.guild_settings(guild.id), NOT_SAVED.format(why=why))
            await interaction.response.edit_message(view=card)
            return
        await self._change(interaction, thread_answers=tuple(each.id for each in channels))

    # ------------------------------------------------------------------ the same for all

    async def _change(
        self, interaction: discord.Interaction[Lantern], *, stay: str | None = None, **changes: Any
    ) -> None:
        guild = guild_of(interaction)
        try:
            await self.bot.change_guild_setting(guild.id, **changes)
        except SettingRefused as error:
            await self._show(interaction, NOT_SAVED.format(why=error))
            return
        if stay is not None:
            card = cards.place_card(stay, self.bot.guild_settings(guild.id))
            await interaction.response.edit_message(view=card)
        else:
            await self._show(interaction)

    async def _show(self, interaction: discord.Interaction[Lantern], above: str | None = None) -> None:
        await interaction.response.edit_message(view=cards.overview(self.bot, guild_of(interaction), above))


async def setup(bot: Lantern) -> None:
    await bot.add_cog(Setup(bot))
