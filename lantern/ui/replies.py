"""Answers to interactions, also where the connection breaks, and what somebody is told when something did not work."""

from __future__ import annotations

import asyncio
import logging
import secrets

import discord
from discord import app_commands

from lantern.ui.cards import Card, notice
from lantern.ui.discord_errors import ALREADY_ANSWERED, FAILED, TOO_LATE, UNREACHABLE, in_log
from lantern.ui.refusals import sentence_for

log = logging.getLogger(__name__)

TRIES_AT = (0.0, 0.1, 1.0, 2.0)
"""When the tries of an answer begin where the one before broke, in seconds after the first. The second comes soon: of
connections kept open, one that is broken is noticed only when it is used. The others are spread over what Discord gives
for a first answer."""
TRY_SECONDS = 1.0
"""After which a try that hangs is given up and another begun."""
GIVEN_SECONDS = 2.9
"""How long an answer is tried: Discord takes a first answer within 3 s (its reference, Receiving and Responding)."""

OWN = 2**30 + secrets.randbelow(2**30)
"""The id of the first component of each answer of this process, by which it knows its own: Discord keeps it, and
numbers only what has none (its reference, Anatomy of a Component)."""

DID_NOT_ARRIVE = (
    "Discord has trouble just now, and this did not get through. It is not your fault. Please try again in a moment."
)
SOMETHING_WENT_WRONG = (
    "Something went wrong on our side, and it is not your fault. Please try again in a moment. "
    "If you tell the moderators, mention this reference: `{reference}`."
)


class GivenUp(TimeoutError):
    """No try of an answer got through, and the time for it is over: nothing can be said to whoever asked any more."""


async def send(interaction: discord.Interaction, card: Card, *, ephemeral: bool = True) -> int | None:
    """Answer an interaction and return the message's id, also where the connection breaks.

    Trying again is safe: of one interaction Discord takes the first answer alone. If it says that there is one, either
    an earlier try arrived, and it was its confirmation that was lost; or another process was quicker, which has the
    same shard for a moment. Raises :class:`GivenUp`, or :class:`discord.HTTPException` where it was refused.
    """
    first, *others = card.components
    own = Card([{**first, "id": OWN}, *others])
    failure: Exception | None = None
    loop = asyncio.get_running_loop()
    started = loop.time()
    end = started + GIVEN_SECONDS
    for at in TRIES_AT:
        if at:
            await asyncio.sleep(started + at - loop.time())
        try:
            async with asyncio.timeout_at(min(loop.time() + TRY_SECONDS, end)):
                return (await interaction.response.send_message(view=own, ephemeral=ephemeral)).message_id
        except (discord.DiscordServerError, *UNREACHABLE) as error:
            failure = error
            log.debug("whether an answer arrived is not known (%s)", in_log(error))
        except discord.HTTPException as error:
            failure = error
            if error.code != ALREADY_ANSWERED:
                raise
            break
        if loop.time() >= end:
            break
    assert failure is not None
    try:
        standing = await interaction.original_response()
    except FAILED as error:
        if isinstance(failure, (discord.DiscordServerError, *UNREACHABLE)):
            # Discord knows of no answer, or cannot be asked.
            raise GivenUp from failure
        log.warning("an answer stands, and could not be looked up (%s)", in_log(error))
        return None
    if not any(getattr(component, "id", None) == OWN for component in standing.components):
        raise failure
    return standing.id


async def change_reply(interaction: discord.Interaction, card: Card) -> None:
    """Change a private reply; what was posted stands, whether or not this can be shown. Raises nothing."""
    try:
        await interaction.edit_original_response(view=card)
    except FAILED as error:
        log.warning("a private reply could not be changed (%s)", in_log(error))


async def say_privately(interaction: discord.Interaction, sentence: str) -> None:
    """One private sentence, whether or not the interaction was answered before. Raises nothing."""
    try:
        if interaction.response.is_done():
            await interaction.followup.send(view=notice(sentence), ephemeral=True)
        else:
            await send(interaction, notice(sentence))
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
    elif isinstance(error, GivenUp):
        assert isinstance(error.__cause__, Exception)
        log.warning("an answer did not get through (%s)", in_log(error.__cause__))
    elif isinstance(error, (discord.DiscordServerError, *UNREACHABLE)):
        log.warning("an answer did not get through (%s)", in_log(error))
        await say_privately(interaction, DID_NOT_ARRIVE)
    else:
        reference = secrets.token_hex(3)
        log.error("unforeseen error, reference %s", reference, exc_info=error)
        await say_privately(interaction, SOMETHING_WENT_WRONG.format(reference=reference))
