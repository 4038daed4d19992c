"""``/setup`` and ``/settings``: an administrator goes through the server's choices, one by one."""

from __future__ import annotations

from typing import Any

import discord

from lantern.admin import setup_cards as cards
from lantern.admin.digests import Digests
from lantern.admin.library import Library
from lantern.admin.library_panel import LibraryPanel
from lantern.admin.panels import CHANNEL_GONE, OVERVIEW, change_settings, guild_of, refuse_unwritable, show_panel
from lantern.admin.thread_answers import ThreadAnswersPanel
from lantern.answers.edition import Editions
from lantern.languages.translation import N_, _
from lantern.store.guilds import Guilds
from lantern.ui.command_list import CommandList
from lantern.ui.custom_ids import OutdatedPress, all_chosen_numbers, chosen_number, is_number, press
from lantern.ui.forms import written
from lantern.ui.permissions import CANNOT_BE_UNDONE, SET_UP
from lantern.ui.refusals import Refused
from lantern.ui.replies import change_pressed, show_form
from lantern.ui.rights import Rights

CHANNEL_SETTINGS = {
    "people": "ask_people_channel_id",
    "digest": "digest_channel_id",
    "moderators": "moderators_channel_id",
}

SEEN_BY_ALL = N_(
    "Everyone can see {channel}, and a note there says which thread it is about. Nothing was changed. Please choose a "
    "channel that only moderators can see."
)


class Setup:
    """The checklist, what its buttons open, and what is chosen there.

    Its methods raise :class:`lantern.ui.refusals.Refused`; the panel then stays as it was. ``quiet_minutes`` is what
    the operator set, which applies where a guild chose nothing.
    """

    def __init__(
        self,
        editions: Editions,
        guilds: Guilds,
        library: Library,
        digests: Digests,
        library_panel: LibraryPanel,
        thread_answers: ThreadAnswersPanel,
        rights: Rights,
        commands: CommandList,
        *,
        quiet_minutes: int,
    ) -> None:
        self._editions = editions
        self._guilds = guilds
        self._library = library
        self._library_panel = library_panel
        self._digests = digests
        self._thread_answers = thread_answers
        self._rights = rights
        self._commands = commands
        self._quiet_minutes = quiet_minutes

    @press(OVERVIEW, SET_UP)
    async def show(self, interaction: discord.Interaction) -> None:
        """The checklist, typed or come back to."""
        listed = self._choices(guild_of(interaction))
        await show_panel(interaction, self._rights.sealed(interaction, cards.overview(listed, self._colour())))

    async def show_settings(self, interaction: discord.Interaction) -> None:
        """Every choice as a line, and who may use which command."""
        guild = guild_of(interaction)
        contacts = self._guilds.of(guild.id).help_contacts
        who = self._commands.by_permission()
        await show_panel(interaction, cards.settings_card(self._choices(guild), contacts, who, self._colour()))

    def _choices(self, guild: discord.Guild) -> list[cards.Choice]:
        return cards.choices(
            guild,
            self._guilds.of(guild.id),
            quiet_minutes=self._quiet_minutes,
            forum=self._library.forum(guild),
            posts=self._library.questions_told(guild.id),
        )

    def _colour(self) -> int:
        return self._editions.current.content.articles[0].colour

    @press(cards.OPEN, SET_UP)
    async def open(self, interaction: discord.Interaction, name: str) -> None:
        """A button of the checklist was pressed."""
        if name == "contacts":
            raise OutdatedPress("the contacts have a press of their own")
        await self._open(interaction, name)

    @press(cards.OPEN_CONTACTS, CANNOT_BE_UNDONE)
    async def open_contacts(self, interaction: discord.Interaction) -> None:
        """The same for whom members in danger are shown: refused before they write it, not only when they send it."""
        await self._open(interaction, "contacts")

    async def _open(self, interaction: discord.Interaction, name: str) -> None:
        guild = guild_of(interaction)
        chosen = self._guilds.of(guild.id)
        form = cards.form(name, chosen)
        if form is not None:
            form.custom_id = self._rights.sealed_id(interaction, form.custom_id)
            await show_form(interaction, form)
            return
        if name == "permissions":
            card = cards.permissions_card(guild)
        elif name == "library":
            card = self._library_panel.panel(guild, back=cards.back())
        elif name == "threads":
            card = cards.threads_card(chosen)
        elif name in CHANNEL_SETTINGS:
            card = cards.channel_card(name, chosen)
        else:
            raise OutdatedPress(name)
        await change_pressed(interaction, self._rights.sealed(interaction, card))

    @press(cards.ANSWERS, SET_UP)
    async def choose_answers(self, interaction: discord.Interaction, who: str) -> None:
        """Private or public by default. The button names the choice, so that two presses choose no other."""
        if who not in ("private", "public"):
            raise OutdatedPress(who)
        await change_settings(self._guilds, guild_of(interaction).id, answers_public=who == "public")
        await self.show(interaction)

    @press(cards.CONTACTS, CANNOT_BE_UNDONE)
    async def write_contacts(self, interaction: discord.Interaction) -> None:
        """The form with whom members in danger are shown was sent."""
        contacts = _written(interaction, "contacts")
        await change_settings(self._guilds, guild_of(interaction).id, help_contacts=contacts or None)
        await self.show(interaction)

    @press(cards.FORM, SET_UP)
    async def write(self, interaction: discord.Interaction, name: str) -> None:
        """Another form was sent."""
        text = _written(interaction, name)
        if name == "zone":
            await self._digests.choose(interaction, time_zone=text or "UTC")
        elif name == "quiet":
            # What is no number is left for the setting itself to refuse, in its own words.
            minutes = None if not text else int(text) if is_number(text) else -1
            await change_settings(self._guilds, guild_of(interaction).id, quiet_minutes=minutes)
        else:
            raise OutdatedPress(name)
        await self.show(interaction)

    @press(cards.CHANNEL, SET_UP)
    async def choose_channel(self, interaction: discord.Interaction, name: str) -> None:
        """A channel for asking people, for the weekly figures, or for moderators."""
        guild = guild_of(interaction)
        channel = guild.get_channel(chosen_number(interaction))
        if name not in CHANNEL_SETTINGS:
            raise OutdatedPress(name)
        if channel is None:
            raise Refused(_(CHANNEL_GONE))
        if name == "digest":
            await self._choose_digest(interaction, channel=channel)
            return
        if name == "moderators":
            refuse_unwritable(channel)
            if channel.permissions_for(guild.default_role).view_channel:
                raise Refused(_(SEEN_BY_ALL).format(channel=channel.mention))
        await change_settings(self._guilds, guild.id, **{CHANNEL_SETTINGS[name]: channel.id})
        await self.show(interaction)

    @press(cards.NO_CHANNEL, SET_UP)
    async def choose_no_channel(self, interaction: discord.Interaction, name: str) -> None:
        """No channel, after all."""
        if name not in CHANNEL_SETTINGS:
            raise OutdatedPress(name)
        await change_settings(self._guilds, guild_of(interaction).id, **{CHANNEL_SETTINGS[name]: None})
        await self.show(interaction)

    @press(cards.WEEKDAY, SET_UP)
    async def choose_weekday(self, interaction: discord.Interaction) -> None:
        """The day of the weekly figures, 0 is Monday."""
        await self._choose_digest(interaction, digest_weekday=chosen_number(interaction))

    @press(cards.HOUR, SET_UP)
    async def choose_hour(self, interaction: discord.Interaction) -> None:
        """The hour of the weekly figures, 0 to 23."""
        await self._choose_digest(interaction, digest_hour=chosen_number(interaction))

    async def _choose_digest(self, interaction: discord.Interaction, **choice: Any) -> None:
        """Where or when the weekly figures come, in the words of :meth:`lantern.admin.digests.Digests.choose`."""
        await self._digests.choose(interaction, **choice)
        chosen = self._guilds.of(guild_of(interaction).id)
        await change_pressed(interaction, self._rights.sealed(interaction, cards.channel_card("digest", chosen)))

    @press(cards.THREADS, SET_UP)
    async def choose_threads(self, interaction: discord.Interaction) -> None:
        """The channels whose threads may be answered; choosing none switches it off."""
        guild = guild_of(interaction)
        channel_ids = all_chosen_numbers(interaction)
        channels = [channel for each in channel_ids if (channel := guild.get_channel(each)) is not None]
        if len(channels) < len(channel_ids):
            raise Refused(_(CHANNEL_GONE))
        await self._thread_answers.choose(guild.id, channels)
        await self.show(interaction)

    async def forget_channel(self, channel: discord.abc.GuildChannel) -> None:
        """A channel was deleted: where it was chosen no member is sent there any more, and no menu shows it."""
        chosen = self._guilds.of(channel.guild.id)
        changes: dict[str, Any] = {
            name: None for name in CHANNEL_SETTINGS.values() if getattr(chosen, name) == channel.id
        }
        if channel.id in chosen.thread_answers:
            changes["thread_answers"] = tuple(each for each in chosen.thread_answers if each != channel.id)
        if changes:
            await self._guilds.change(channel.guild.id, **changes)


def _written(interaction: discord.Interaction, name: str) -> str:
    """What was written in the one field of a form; left empty, it is empty. What is no such form is outdated."""
    text = written(interaction).get(name)
    if text is None:
        raise OutdatedPress("a form without this field")
    return text
