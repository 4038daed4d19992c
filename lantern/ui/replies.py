"""Answers to interactions, also where the connection breaks, and what somebody is told when something did not work."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import app_commands
from discord.utils import MISSING

from lantern.languages.translation import N_, _
from lantern.ui.cards import Card, notice
from lantern.ui.custom_ids import SEPARATOR, pressed
from lantern.ui.discord_errors import ALREADY_ANSWERED, FAILED, TOO_LATE, UNREACHABLE, UNREADABLE, in_log
from lantern.ui.forms import Form
from lantern.ui.refusals import sentence_for

log = logging.getLogger(__name__)

Said = discord.InteractionCallbackResponse[Any] | None

TRIES_AT = (0.0, 0.1, 1.0, 2.0)
"""When the tries of an answer begin where the one before broke, in seconds after the first. The second comes soon: of
connections kept open, one that is broken is noticed only when it is used. The others are spread over what Discord gives
for a first answer."""
TRY_SECONDS = 1.0
"""After which a try that hangs is given up and another begun."""
GIVEN_SECONDS = 2.9
"""How long an answer is tried: Discord takes a first answer within 3 s (its reference, Receiving and Responding)."""

OWN = secrets.randbelow(2**30)
"""A number of this process alone: see :func:`_mark`."""
CARRIED_OUT_OR_NOT = (discord.DiscordServerError, json.JSONDecodeError, *UNREACHABLE)
"""After which nobody knows whether Discord took an answer."""

DID_NOT_ARRIVE = N_(
    "Discord is having trouble right now, and this did not get through. It is not your fault. Please try again in a "
    "moment."
)
# Translators: {reference} is six letters and digits.
SOMETHING_WENT_WRONG = N_(
    "Sorry, something went wrong. It is not your fault. Please try again in a moment. If you tell the moderators, "
    "mention this reference: `{reference}`."
)


class GivenUp(TimeoutError):
    """No try of an answer got through, and the time for it is over: nothing can be said to whoever asked any more."""


async def send(
    interaction: discord.Interaction, card: Card, *, ephemeral: bool = True, file: discord.File = MISSING
) -> int | None:
    """Answer with a new message, and return its id where that is known. Fails as :func:`_first_word` does."""
    own = _marked(interaction, card)

    async def say() -> Said:
        if file is not MISSING:
            file.reset()  # an earlier try has read it
        return await interaction.response.send_message(view=own, ephemeral=ephemeral, file=file)

    return await _first_word(interaction, say, marked=True)


async def change_pressed(interaction: discord.Interaction, card: Card) -> None:
    """Answer a press with another card in place of the one that was pressed. Fails as :func:`_first_word` does."""
    own = _marked(interaction, card)
    await _first_word(interaction, lambda: interaction.response.edit_message(view=own), marked=True)


async def acknowledge(interaction: discord.Interaction, *, ephemeral: bool = False, thinking: bool = False) -> None:
    """Tell Discord that the answer comes later, at most 15 minutes. Fails as :func:`_first_word` does."""
    await _first_word(interaction, lambda: interaction.response.defer(ephemeral=ephemeral, thinking=thinking))


async def show_form(interaction: discord.Interaction, form: Form) -> None:
    """Answer a press with a form to fill in. Fails as :func:`_first_word` does."""
    await _first_word(interaction, lambda: interaction.response.send_modal(form))


async def _first_word(
    interaction: discord.Interaction, say: Callable[[], Awaitable[Said]], *, marked: bool = False
) -> int | None:
    """Say the first word to an interaction, also where the connection breaks; all of Lantern does it here.

    Trying again is safe: of one interaction Discord takes the first answer alone. If it says that there is one, either
    an earlier try arrived, and it was its confirmation that was lost; or another process was quicker, which has the
    same shard for a moment. The mark of a card tells which; without one, it was this process if it had tried before.
    Returns the id of the message that answers, where that is known. Raises :class:`GivenUp`, or
    :class:`discord.HTTPException` where it was refused, or answered by another process.
    """
    failure: Exception | None = None
    answered = False
    loop = asyncio.get_running_loop()
    started = loop.time()
    end = started + GIVEN_SECONDS
    for at in TRIES_AT:
        if at:
            await asyncio.sleep(started + at - loop.time())
        try:
            async with asyncio.timeout_at(min(loop.time() + TRY_SECONDS, end)):
                said = await say()
                return None if said is None else said.message_id
        except CARRIED_OUT_OR_NOT as error:
            failure = error
            log.debug("whether an answer arrived is not known (%s)", in_log(error))
        except discord.HTTPException as error:
            if error.code != ALREADY_ANSWERED or (failure is None and not marked):
                raise
            failure, answered = error, True
            break
        except UNREADABLE as error:
            if not interaction.response.is_done():
                raise
            failure, answered = error, not marked
        if interaction.response.is_done() or loop.time() >= end:
            break
    assert failure is not None
    standing: discord.InteractionMessage | None = None
    if marked or not answered:
        try:
            standing = await interaction.original_response()
        except (*FAILED, *UNREADABLE) as error:
            if not answered:
                # Discord knows of no answer, or cannot be asked.
                raise GivenUp from failure
            log.warning("an answer stands, and could not be looked up (%s)", in_log(error))
        else:
            if marked and not any(getattr(part, "id", None) == _mark(interaction) for part in standing.components):
                raise failure if answered else GivenUp from failure
    # discord.py knows only of an answer whose confirmation it has read.
    interaction.response._response_type = discord.InteractionResponseType.channel_message
    return None if standing is None else standing.id


def _mark(interaction: discord.Interaction) -> int:
    """The id of the first component of this process's answer to an interaction, by which it knows its own.

    Discord keeps it, and numbers only what has none (its reference, Anatomy of a Component).
    """
    return 2**30 + (OWN + interaction.id) % 2**30


def _marked(interaction: discord.Interaction, card: Card) -> Card:
    first, *others = card.components
    return Card([{**first, "id": _mark(interaction)}, *others])


async def change_reply(interaction: discord.Interaction, card: Card) -> None:
    """Change a private reply; what was posted stands, whether or not this can be shown. Raises nothing."""
    try:
        await interaction.edit_original_response(view=card)
    except (*FAILED, *UNREADABLE) as error:
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
        log.warning("an answer to %s did not get through (%s)", _asked(interaction), in_log(error.__cause__))
    elif isinstance(error, (discord.DiscordServerError, *UNREACHABLE)):
        log.warning("an answer to %s did not get through (%s)", _asked(interaction), in_log(error))
        await say_privately(interaction, _(DID_NOT_ARRIVE))
    else:
        reference = secrets.token_hex(3)
        log.error("unforeseen error, reference %s", reference, exc_info=error)
        await say_privately(interaction, _(SOMETHING_WENT_WRONG).format(reference=reference))


def _asked(interaction: discord.Interaction) -> str:
    """What was done, for the log: the command or the kind of press; not the topic, and no word of a member."""
    command = interaction.command
    if isinstance(command, app_commands.Command):
        return f"/{command.qualified_name.partition(' ')[0]}"
    if command is not None:
        return command.name
    return f"the press {pressed(interaction).partition(SEPARATOR)[0]}"
