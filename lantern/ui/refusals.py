"""How Lantern says no: one exception, whose text is the sentence for whoever asked; and what Discord's own no means.

A service raises :class:`Refused`; `lantern.ui.replies` shows it, for commands, presses and forms alike.
"""

from __future__ import annotations

import math

import discord
from discord import app_commands

from lantern.ui.discord_errors import ARCHIVED, INVALID_FORM, NO_FIRST_MESSAGE, UNKNOWN_MESSAGE
from lantern.ui.permissions import bold, names_of

CHANGED_COMMAND = "This command has just changed. Type `/` again and choose it anew, or use `/topics`."
SERVERS_ONLY = "This works in a server, not in direct messages."
NOT_FOR_YOU = "You cannot use this here. An administrator of this server decides who may."
NOT_UNDERSTOOD = "I could not read one of the values. Choose it from the list that appears while you type."

LOCKED = "This thread is locked. To write in it I need the permission **Manage Threads**."
MESSAGE_GONE = "That message is gone."
SYSTEM_MESSAGE = "Discord wrote that message itself, and such messages cannot be replied to."

REFUSALS = {
    10003: "This channel is gone.",
    UNKNOWN_MESSAGE: MESSAGE_GONE,
    NO_FIRST_MESSAGE: "Discord takes no message here before the post's author has written one. Try again in a moment.",
    50001: (
        "I cannot see this channel: I need the permission **View Channel**. In a private thread I must also be a "
        "member: mention me in it once."
    ),
    50013: "I am missing a permission here, and Discord does not say which. Perhaps my permissions have just changed.",
    ARCHIVED: "This thread is archived and could not be reopened. Write something in it, and try again.",
    160002: "To reply to a message I need the permission **Read Message History** here.",
    160005: LOCKED,
    200000: "This server's AutoMod did not let the card through.",
}
"""Discord's reference, Opcodes and Status Codes: JSON error codes, and what each means to whoever posts a card."""
OVERLOADED = "Discord has trouble just now. Look whether the card is there, and if it is not, try again."
NOT_TAKEN = "Discord did not take it (its code {code})."


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
            return CHANGED_COMMAND
        case app_commands.CommandOnCooldown():
            seconds = math.ceil(error.retry_after)
            wait = "1 second" if seconds == 1 else f"{seconds} seconds"
            return f"You have used this very often just now. Please try again in {wait}."
        case app_commands.NoPrivateMessage():
            return SERVERS_ONLY
        case app_commands.MissingPermissions():
            needed = bold(names_of(error.missing_permissions))
            return f"For this you need {needed} in this server."
        case app_commands.BotMissingPermissions():
            return (
                f"For this I need {bold(names_of(error.missing_permissions))} here. An administrator can give it to me."
            )
        case app_commands.TransformerError():
            return NOT_UNDERSTOOD
        case app_commands.CheckFailure():
            return NOT_FOR_YOU
    return None


def meaning_of(error: discord.HTTPException) -> str:
    """What Discord's refusal means, as a sentence; what came of it is for the caller to say."""
    if error.code == INVALID_FORM and "system message" in error.text:
        return SYSTEM_MESSAGE
    if error.code == INVALID_FORM and "message_reference" in error.text:
        return MESSAGE_GONE
    return REFUSALS.get(error.code, NOT_TAKEN.format(code=error.code))


def refused_by_discord(error: discord.HTTPException, result: str) -> Refused:
    """The same to be raised; ``result`` says what therefore was not done."""
    return Refused(OVERLOADED if error.status >= 500 else f"{meaning_of(error)} {result}")
