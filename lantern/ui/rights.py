"""Who may press what: one check in front of every handler, when the press comes.

Who may use a command is Discord's to decide, by the permission that the command asks for or by what a server has
set for it; so commands and what they suggest while somebody types are not checked again. A press shows Discord's
permissions alone. So whoever opened a panel by its command goes on for a quarter of an hour without them, and nobody
else: a proof of it stands in the panel's custom ids, sealed with the person and the server. Nothing is kept per panel.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import discord

from lantern.languages.translation import N_, _
from lantern.store.member_keys import MemberKeys
from lantern.ui.cards import Card, Component, components_pressed, walk
from lantern.ui.custom_ids import Presses, command_used, pressed
from lantern.ui.permissions import Need, bold, name_of
from lantern.ui.refusals import Refused

OPEN_FOR = timedelta(minutes=15)
"""How long whoever opened a panel needs no permission in it. A private answer can be changed for as long (Discord's
reference, Receiving and Responding)."""

PROOF = re.compile(r"\d{1,12}-[0-9a-f]{16}", re.ASCII)
"""When the command was used, in seconds since 1970, and the seal."""

MEMBERS_ONLY = N_("This only works in servers that have added Lantern.")
# Translators: {permission} is the name of one of Discord's permissions. A panel is a message with buttons.
OPEN_AGAIN = N_(
    "You need {permission} here for this, unless you opened this panel yourself in the last 15 minutes. Nothing was "
    "changed."
)
ITSELF = N_("You need {permission} in this server for this, even if you opened this panel. Nothing was changed.")


class Rights:
    """Checks presses, and seals panels for whoever opened them.

    ``get_guild`` gives a guild that the bot is a member of, and None for any other.
    """

    def __init__(
        self, presses: Presses, member_keys: MemberKeys, get_guild: Callable[[int], discord.Guild | None]
    ) -> None:
        self._presses = presses
        self._member_keys = member_keys
        self._get_guild = get_guild

    def check(self, interaction: discord.Interaction, need: Need, proof: str = "") -> None:
        """Raise :class:`Refused` unless whoever pressed has the permission now, or ``proof`` that they may go on."""
        if interaction.guild_id is None or self._get_guild(interaction.guild_id) is None:
            raise Refused(_(MEMBERS_ONLY))
        if getattr(interaction.permissions, need.permission):
            return
        permission = bold([name_of(need.permission)])
        if not need.commands:
            raise Refused(_(ITSELF).format(permission=permission))
        opened = self._opened_with(interaction, need, proof) is not None
        # Both moments are Discord's.
        if not opened or interaction.created_at.timestamp() - int(proof.partition("-")[0]) > OPEN_FOR.total_seconds():
            raise Refused(f"{_(OPEN_AGAIN).format(permission=permission)} {_(need.then)}")

    def sealed(self, interaction: discord.Interaction, card: Card) -> Card:
        """A panel's card for whoever opened it: their proof stands in all custom ids that need one, changed in place.

        Called for each card of a panel before it is sent.
        """
        self._prove(card.components, *self._opened(interaction))
        return card

    def unsealed(self, interaction: discord.Interaction) -> list[Component]:
        """The components of the panel that was pressed, as they were before they were sealed."""
        components = components_pressed(interaction)
        self._prove(components)
        return components

    def _prove(self, components: list[Component], command: str = "", proof: str = "") -> None:
        for part in walk(components):
            if "custom_id" in part:
                part["custom_id"] = self._presses.with_proof(part["custom_id"], command, proof)

    def sealed_id(self, interaction: discord.Interaction, custom_id: str) -> str:
        """The same for one custom id, that of a form."""
        return self._presses.with_proof(custom_id, *self._opened(interaction))

    def _opened(self, interaction: discord.Interaction) -> tuple[str, str]:
        """By which command this person opened this panel, and their proof; empty where they did not."""
        if interaction.type is discord.InteractionType.application_command:
            # A group's commands, such as `/library show`, are allowed and forbidden together, by the group's name.
            command, at = command_used(interaction), str(int(interaction.created_at.timestamp()))
            return command, f"{at}-{self._seal(interaction, command, at)}"
        found = self._presses.find(pressed(interaction))
        opened_with = None if found.need is None else self._opened_with(interaction, found.need, found.proof)
        return ("", "") if opened_with is None else (opened_with, found.proof)

    def _opened_with(self, interaction: discord.Interaction, need: Need, proof: str) -> str | None:
        """The command that a proof tells of; None where it is another person's, another server's, or nobody's."""
        if not PROOF.fullmatch(proof):
            return None
        at, _, seal = proof.partition("-")
        return next((command for command in need.commands if self._seal(interaction, command, at) == seal), None)

    def _seal(self, interaction: discord.Interaction, command: str, at: str) -> str:
        return self._member_keys.seal("panel", command, str(interaction.guild_id), str(interaction.user.id), at)
