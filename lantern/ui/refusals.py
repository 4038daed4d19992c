"""How Lantern says no: one exception, whose text is the sentence for whoever asked; and what Discord's own no means.

A service raises :class:`Refused`; `lantern.ui.replies` shows it, for commands, presses and forms alike.
"""

from __future__ import annotations

import math

import discord
from discord import app_commands

from lantern.languages.translation import N_, _, ngettext
from lantern.ui.discord_errors import ARCHIVED, INVALID_FORM, NO_FIRST_MESSAGE, UNKNOWN_MESSAGE
from lantern.ui.permissions import bold, names_of

CHANGED_COMMAND = N_("This command has just changed. Type `/` and choose it again, or use `/topics`.")
SERVERS_ONLY = N_("This works in a server, not in direct messages.")
NOT_FOR_YOU = N_("You cannot use this here. This server's administrators decide who can.")
NOT_UNDERSTOOD = N_("Lantern could not read one of the values. Choose it from the list that appears while you type.")

LOCKED = N_("This thread is locked. To write in it, Lantern needs the permission **Manage Threads**.")
MESSAGE_GONE = N_("That message is gone.")
SYSTEM_MESSAGE = N_("Discord wrote that message itself, and nobody can reply to it.")

REFUSALS = {
    10003: N_("This channel is gone."),
    UNKNOWN_MESSAGE: MESSAGE_GONE,
    NO_FIRST_MESSAGE: N_("Nobody can write here before the post's author has. Try again in a moment."),
    50001: N_(
        "Lantern cannot see this channel: it needs the permission **View Channel**. In a private thread, mention it "
        "once so that it is added."
    ),
    50013: N_(
        "Lantern is missing a permission here, and Discord does not say which. Perhaps its permissions have just "
        "changed."
    ),
    ARCHIVED: N_("This thread is archived and could not be reopened. Write something in it, then try again."),
    160002: N_("To reply to a message, Lantern needs the permission **Read Message History** here."),
    160005: LOCKED,
    200000: N_("This server's AutoMod did not let the message through."),
}
"""Discord's reference, Opcodes and Status Codes: JSON error codes, and what each means to whoever posts a card."""
OVERLOADED = N_("Discord is having trouble right now. Check whether the message was posted. If it was not, try again.")
# Translators: {code} is a number by which whoever runs Lantern can look up the reason.
NOT_TAKEN = N_("Discord refused this (code {code}).")


class Refused(app_commands.AppCommandError):
    """What was asked for is not done. The text is a sentence for whoever asked; it says why, and what helps.

    An error of discord.py's own kind, because discord.py drops any other that the check of a command raises.
    """


def sentence_for(error: BaseException) -> str | None:
    """What an error says to whoever asked; None for one that nobody foresaw.

    Besides :class:`Refused` it knows the refusals of discord.py itself (its documentation, app_commands, Exceptions).
    """
    match error:
        case Refused():
            return str(error)
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return _(CHANGED_COMMAND)
        case app_commands.CommandOnCooldown():
            seconds = math.ceil(error.retry_after)
            return ngettext(
                "You have just used this very often. Please try again in one second.",
                "You have just used this very often. Please try again in {seconds} seconds.",
                seconds,
            ).format(seconds=seconds)
        case app_commands.NoPrivateMessage():
            return _(SERVERS_ONLY)
        case app_commands.MissingPermissions():
            # Translators: {permissions} is one or more names of Discord's permissions.
            sentence = _("You need {permissions} in this server for this.")
            return sentence.format(permissions=bold(names_of(error.missing_permissions)))
        case app_commands.BotMissingPermissions():
            sentence = _("Lantern needs {permissions} here for this. An administrator can allow it.")
            return sentence.format(permissions=bold(names_of(error.missing_permissions)))
        case app_commands.TransformerError():
            return _(NOT_UNDERSTOOD)
        case app_commands.CheckFailure():
            return _(NOT_FOR_YOU)
    return None


def meaning_of(error: discord.HTTPException) -> str:
    """What Discord's refusal means, as a sentence; what came of it is for the caller to say."""
    if error.code == INVALID_FORM and "system message" in error.text:
        return _(SYSTEM_MESSAGE)
    if error.code == INVALID_FORM and "message_reference" in error.text:
        return _(MESSAGE_GONE)
    return _(REFUSALS.get(error.code, NOT_TAKEN)).format(code=error.code)


def refused_by_discord(error: discord.HTTPException, result: str) -> Refused:
    """The same to be raised; ``result`` says what therefore was not done."""
    return Refused(_(OVERLOADED) if error.status >= 500 else f"{meaning_of(error)} {result}")
