"""What someone in danger is shown: contacts first and whole, then a few quiet sentences.

Nothing of it is kept or counted. A card that others see shows neither the sign of danger, nor its kind, nor a helpline.
"""

from __future__ import annotations

from typing import Any, Final

import discord
from discord import app_commands, ui

from lantern.content.models import Care
from lantern.store.member_keys import MemberKeys
from lantern.ui.cards import MESSAGE_TEXT, Card, Component, built, button, link_button
from lantern.ui.custom_ids import custom_id

SAFE: Final = "safe"
READ_QUIET: Final = "quiet"
SHOW: Final = "care"

TALK_NOW: Final = "Talk to someone now (private)"
"""The one entry that autocomplete offers while what is being typed shows a sign."""
SHOW_ANYWAY: Final = "I'm safe, show me the article"
QUIET_TEXT: Final = "There is something here for you, when you want it."

VALUE_MAX: Final = 100
"""Characters of a choice's value (Discord's reference, Application Command Option Choice)."""


def care_components(care: Care, kind: str, *, guild_contacts: str | None = None) -> list[Component]:
    """The message for a kind of danger: contacts, the guild's own, the directory's button, then the sentences.

    Raises :class:`ValueError` for a kind that ``care.yml`` does not have.
    """
    found = care.kind(kind)
    if found is None:
        raise ValueError(f"no such kind of danger: {kind}")
    parts: list[ui.Item[Any]] = [ui.TextDisplay(found.contacts)]
    # An editor's contacts go whole before a guild's go at all.
    if guild_contacts and len(found.contacts) + len(found.message) + len(guild_contacts) <= MESSAGE_TEXT - 100:
        parts.append(ui.TextDisplay(f"**In this server:** {guild_contacts}"))
    directory = link_button(care.directory.label, care.directory.url)
    parts += [ui.ActionRow(directory), ui.Separator(), ui.TextDisplay(found.message)]
    return built(ui.Container(*parts))


def care_card(care: Care, kind: str, *, guild_contacts: str | None = None, held_as: int | None = None) -> Card:
    """The whole private message; with ``held_as``, the id a question is held under, the way to its ordinary result."""
    components = care_components(care, kind, guild_contacts=guild_contacts)
    if held_as is not None:
        components += built(ui.ActionRow(button(SHOW_ANYWAY, custom_id(SAFE, held_as))))
    return Card(components)


def small_way(care: Care) -> list[Component]:
    """A button that opens the help for who is hurt, for a card that has no answer: nobody who asks is left alone."""
    return built(ui.ActionRow(button(TALK_NOW, custom_id(SHOW, care.gentle.kind))))


def care_choice(kind: str, typed: str) -> app_commands.Choice[str]:
    """The entry of an autocomplete list for words that show ``kind``.

    Its value is what was typed, so that whoever is safe gets to their question; where Discord has no room for that, it
    is the kind alone. Either is looked at again when it arrives.
    """
    value = typed if len(typed) <= VALUE_MAX else f"{TALK_NOW} {kind}"
    return app_commands.Choice(name=TALK_NOW, value=value)


def kind_chosen(care: Care, value: str) -> str | None:
    """The kind that :func:`care_choice` put into a value, also of its bare label; None for any other text."""
    if not value.startswith(TALK_NOW):
        return None
    named = value.removeprefix(TALK_NOW).strip()
    return (care.kind(named) or care.kinds[0]).kind


# ---------------------------------------------------------------------- for all to see


def quiet_components(member_keys: MemberKeys, kind: str, *, nonce: str) -> list[Component]:
    """A card that says nothing but that something is here, whose **Read** opens the care message privately.

    Everybody can see a message's custom ids, so the kind is in it as a seal that only this bot can tell apart.
    ``nonce`` is another for every card, see :func:`lantern.answers.link_cards.quiet_nonce`.
    """
    read = button(
        "Read", custom_id(READ_QUIET, nonce, member_keys.seal("care", nonce, kind)), discord.ButtonStyle.primary
    )
    return built(ui.Container(ui.TextDisplay(QUIET_TEXT), ui.ActionRow(read)))


def quiet_kind(care: Care, member_keys: MemberKeys, nonce: str, seal: str) -> str:
    """The kind that was sealed; the first one where none fits, such as in another database: help never fails."""
    kinds = [kind.kind for kind in care.kinds]
    return next((kind for kind in kinds if member_keys.seal("care", nonce, kind) == seal), kinds[0])
