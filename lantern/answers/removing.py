"""**Remove this answer**: moderators, and whoever asked for it or linked it, take an answer back."""

from __future__ import annotations

import logging

import discord

from lantern.answers import link_cards
from lantern.answers.care_cards import READ_QUIET
from lantern.answers.giving import GetOwnId
from lantern.answers.link_menu import GONE_BEFORE, TAKEN_BACK
from lantern.answers.linking import NO_MESSAGES, Linking, MessageChannel
from lantern.languages.translation import N_, _
from lantern.store.database import Database, DatabaseError
from lantern.store.links import Links
from lantern.store.member_keys import MemberKeys
from lantern.store.questions import Questions
from lantern.ui.cards import RELATED, components_of, notice, presses_in
from lantern.ui.refusals import Refused
from lantern.ui.replies import acknowledge, change_reply

log = logging.getLogger(__name__)

PRIVATE = N_("Only one person can see that message, and they can dismiss it themselves.")
NOT_LANTERNS = N_("Lantern did not write that message. Whoever wrote it or a moderator can delete it.")
NO_ANSWER = N_(
    "That message is not an answer, so there is nothing to remove. A moderator can delete it like any other message."
)
MAY_NOT = N_(
    "Only the member who asked for this answer, the moderator who posted it, and people who can manage messages here "
    "may remove it."
)


class Removing:
    """Takes answers back: deletes the message and counts it no more."""

    def __init__(
        self,
        database: Database,
        linking: Linking,
        questions: Questions,
        links: Links,
        member_keys: MemberKeys,
        get_own_id: GetOwnId,
    ) -> None:
        self._database = database
        self._linking = linking
        self._questions = questions
        self._links = links
        self._member_keys = member_keys
        self._get_own_id = get_own_id

    async def remove(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """Take back ``message``, if it is an answer and this person may. Raises :class:`Refused`."""
        if message.author.id != self._get_own_id():
            raise Refused(_(NOT_LANTERNS))
        if message.flags.ephemeral:
            raise Refused(_(PRIVATE))
        # A database that is held up, and a rate limit, may take longer than a command may go unanswered.
        await acknowledge(interaction, ephemeral=True, thinking=True)
        if not await self._is_answer(message):
            raise Refused(_(NO_ANSWER))
        if not (interaction.permissions.manage_messages or await self._is_of(interaction.user, message)):
            raise Refused(_(MAY_NOT))
        if not isinstance(interaction.channel, MessageChannel):
            raise Refused(_(NO_MESSAGES))
        there = await self._linking.take_back(interaction.channel, message.id)
        await change_reply(interaction, notice(_(TAKEN_BACK) if there else _(GONE_BEFORE)))

    async def _is_answer(self, message: discord.Message) -> bool:
        """Whether a message of ours answers somebody; the rows of old ones are gone, so the message itself is asked."""
        if message.interaction_metadata is not None:
            return True
        components = components_of(message)
        if {name for name, *_ in presses_in(components)} & {RELATED, link_cards.READ, READ_QUIET}:
            return True
        return link_cards.linker_of(components) is not None or bool(await self._keys_behind(message))

    async def _is_of(self, user: discord.abc.User, message: discord.Message) -> bool:
        """Whether this person asked for the answer or linked it."""
        metadata = message.interaction_metadata
        components = components_of(message)
        return (
            (metadata is not None and metadata.user.id == user.id)
            or link_cards.linker_of(components) == user.id
            or link_cards.is_quiet_of(self._member_keys, components, user.id)
            or self._member_keys.of(user.id) in await self._keys_behind(message)
        )

    async def _keys_behind(self, message: discord.Message) -> list[int | None]:
        """Member keys of those who asked or linked; none while the database cannot be read."""
        try:
            # What was asked a moment ago may not be written yet.
            await self._database.flush()
            link = await self._links.of_card(message.id)
            askers = await self._questions.askers_of(message.id)
        except DatabaseError as error:
            log.warning("who asked for an answer could not be looked up (%s)", error)
            return []
        return [*askers, *([link.member_key] if link is not None else [])]
