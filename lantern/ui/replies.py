"""What somebody is told when something did not work: the one place for commands, presses and forms."""

from __future__ import annotations

import logging
import secrets

import discord
from discord import app_commands

from lantern.ui.cards import notice
from lantern.ui.discord_errors import ALREADY_ANSWERED, FAILED, TOO_LATE, UNREACHABLE, in_log
from lantern.ui.refusals import sentence_for

log = logging.getLogger(__name__)

DID_NOT_ARRIVE = (
    "Discord has trouble just now, and this did not get through. It is not your fault. Please try again in a moment."
)
SOMETHING_WENT_WRONG = (
    "Something went wrong on our side, and it is not your fault. Please try again in a moment. "
    "If you tell the moderators, mention this reference: `{reference}`."
)


async def say_privately(interaction: discord.Interaction, sentence: str) -> None:
    """One private sentence, whether or not the interaction was answered before. Raises nothing."""
    try:
        if interaction.response.is_done():
            await interaction.followup.send(view=notice(sentence), ephemeral=True)
        else:
            await interaction.response.send_message(view=notice(sentence), ephemeral=True)
    except FAILED as error:
        log.warning("a member could not be told (%s)", in_log(error))


async def explain(interaction: discord.Interaction, error: Exception) -> None:
    """Tell whoever asked why it was not done. Called for every error of a command, a press or a form. Raises nothing.

    What nobody foresaw gets a reference that the log has, too.
    """
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    if (sentence := sentence_for(error)) is not None:
        await say_privately(interaction, sentence)
    elif isinstance(error, discord.HTTPException) and error.code in (TOO_LATE, ALREADY_ANSWERED):
        log.warning("an answer was not taken (%s): it came too late, or there is one", in_log(error))
    elif isinstance(error, (discord.DiscordServerError, *UNREACHABLE)):
        log.warning("an answer did not get through (%s)", in_log(error))
        await say_privately(interaction, DID_NOT_ARRIVE)
    else:
        reference = secrets.token_hex(3)
        log.error("unforeseen error, reference %s", reference, exc_info=error)
        await say_privately(interaction, SOMETHING_WENT_WRONG.format(reference=reference))
