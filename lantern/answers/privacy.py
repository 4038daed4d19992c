"""/privacy: what is kept about a member, shown to them, handed over, forgotten, or not kept at all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

import discord

from lantern.answers import privacy_cards
from lantern.answers.edition import Editions
from lantern.answers.privacy_cards import KeptFor
from lantern.languages.translation import N_, _
from lantern.store.database import DatabaseError
from lantern.store.member_keys import MemberKeys
from lantern.store.members import Members
from lantern.store.times import milliseconds
from lantern.ui.cards import Card
from lantern.ui.custom_ids import press
from lantern.ui.refusals import Refused
from lantern.ui.replies import acknowledge, change_pressed, send

T = TypeVar("T")

log = logging.getLogger(__name__)

NOT_NOW = N_("This does not work right now. It is not your fault. Please try again in a few minutes.")


ACKNOWLEDGED_AFTER = 1.5
"""Seconds after which Discord is told that the answer comes later: it gives three for the first word, and 15 minutes
then (its reference, Receiving and Responding)."""


async def waited_for(interaction: discord.Interaction, work: Coroutine[Any, Any, T]) -> T:
    """Here, unlike everywhere else, the member waits for the database: raise :class:`Refused` when it fails."""
    working = asyncio.create_task(work)
    try:
        await asyncio.wait({working}, timeout=ACKNOWLEDGED_AFTER)
        if not working.done():
            await acknowledge(interaction, ephemeral=True)
        return await working
    except DatabaseError as error:
        log.warning("what is kept about a member could not be read or changed (%s)", error)
        raise Refused(_(NOT_NOW)) from error


async def change_when_done(interaction: discord.Interaction, card: Card) -> None:
    """Put another card in place of the one that was pressed, also after :func:`waited_for` had to acknowledge it."""
    if interaction.response.is_done():
        await interaction.edit_original_response(view=card)
    else:
        await change_pressed(interaction, card)


class Privacy:
    """What members may ask about themselves. Its methods raise :class:`Refused` while the database cannot be used."""

    def __init__(self, editions: Editions, members: Members, member_keys: MemberKeys, kept_for: KeptFor) -> None:
        self._editions = editions
        self._members = members
        self._member_keys = member_keys
        self._kept_for = kept_for

    async def show(self, interaction: discord.Interaction) -> None:
        """Answer ``/privacy``."""
        card = await self._card(interaction)
        if interaction.response.is_done():
            await interaction.edit_original_response(view=card)
        else:
            await send(interaction, card)

    @press(privacy_cards.DOWNLOAD)
    async def download(self, interaction: discord.Interaction) -> None:
        """Every row that has the member's key, as a file."""
        rows = await waited_for(interaction, self._members.rows(self._key(interaction)))
        file = await asyncio.to_thread(
            privacy_cards.file_of, rows, made_at=interaction.created_at, limit=interaction.filesize_limit
        )
        handed_over = privacy_cards.handed_over(file)
        if interaction.response.is_done():
            await interaction.followup.send(view=handed_over, file=file, ephemeral=True)
        else:
            await send(interaction, handed_over, file=file)

    @press(privacy_cards.FORGET_ME)
    async def ask_once_more(self, interaction: discord.Interaction) -> None:
        """**Forget me** was pressed; nothing is deleted yet."""
        kept = await waited_for(interaction, self._members.kept(self._key(interaction)))
        if kept.anything:
            await change_when_done(interaction, privacy_cards.second_question(kept, self._kept_for))
        else:
            await self._show_again(interaction, _(privacy_cards.ALREADY_NOTHING))

    @press(privacy_cards.FORGET_CONFIRMED)
    async def forget(self, interaction: discord.Interaction) -> None:
        """Take the member's key off every row."""
        at = milliseconds(interaction.created_at)
        done = await waited_for(interaction, self._members.forget(self._key(interaction), at))
        await self._show_again(interaction, _(privacy_cards.FORGOTTEN) if done else _(privacy_cards.FORGOTTEN_SOON))

    @press(privacy_cards.DONT_COUNT_ME)
    async def stop_counting(self, interaction: discord.Interaction) -> None:
        """From now on no row of this member."""
        at = milliseconds(interaction.created_at)
        await waited_for(interaction, self._members.stop_counting(self._key(interaction), at))
        await self._show_again(interaction, _(privacy_cards.STOPPED))

    @press(privacy_cards.COUNT_ME)
    async def count_again(self, interaction: discord.Interaction) -> None:
        """Undo :meth:`stop_counting`."""
        await waited_for(interaction, self._members.count_again(self._key(interaction)))
        await self._show_again(interaction, _(privacy_cards.COUNTED_AGAIN))

    @press(privacy_cards.BACK)
    async def go_back(self, interaction: discord.Interaction) -> None:
        """Nothing is forgotten after all."""
        await self._show_again(interaction)

    async def _show_again(self, interaction: discord.Interaction, above: str | None = None) -> None:
        await change_when_done(interaction, await self._card(interaction, above))

    async def _card(self, interaction: discord.Interaction, above: str | None = None) -> Card:
        kept = await waited_for(interaction, self._members.kept(self._key(interaction)))
        content = self._editions.current.content
        return privacy_cards.kept_card(content, kept, self._kept_for, guild_id=interaction.guild_id, above=above)

    def _key(self, interaction: discord.Interaction) -> int:
        return self._member_keys.of(interaction.user.id)
