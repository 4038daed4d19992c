"""``/language``: a member chooses the language in which Lantern answers them, in the place of their Discord's."""

from __future__ import annotations

from typing import Final

import discord

from lantern.answers.privacy import waited_for
from lantern.languages.translation import LANGUAGES, _, language_of, speak
from lantern.store.member_keys import MemberKeys
from lantern.store.member_languages import MemberLanguages
from lantern.ui.cards import notice
from lantern.ui.replies import send

AS_IN_DISCORD: Final = "discord"
"""The choice to have none."""


class OwnLanguage:
    """Keeps what members choose."""

    def __init__(self, languages: MemberLanguages, member_keys: MemberKeys) -> None:
        self._languages = languages
        self._member_keys = member_keys

    async def choose(self, interaction: discord.Interaction, chosen: str) -> None:
        """Answer ``/language``, in the language that was chosen: one of :data:`LANGUAGES` or :data:`AS_IN_DISCORD`.

        Raises :class:`lantern.ui.refusals.Refused` while the database cannot be used.
        """
        language = None if chosen == AS_IN_DISCORD else chosen
        await waited_for(interaction, self._languages.choose(self._member_keys.of(interaction.user.id), language))
        speak(language or language_of(interaction.locale.value))
        if language is None:
            said = _("From now on Lantern answers you in the language of your Discord.")
        else:
            said = _("From now on Lantern answers you in {language}.").format(language=LANGUAGES[language])
        await self._tell(interaction, said + "\n" + _("What everybody sees stays in the server's language."))

    @staticmethod
    async def _tell(interaction: discord.Interaction, said: str) -> None:
        if interaction.response.is_done():
            await interaction.edit_original_response(view=notice(said))
        else:
            await send(interaction, notice(said))
