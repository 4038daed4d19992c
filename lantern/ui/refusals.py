"""How Lantern says no: one exception, whose text is the sentence for whoever asked.

A service raises :class:`Refused`; `lantern.ui.replies` shows it, for commands, presses and forms alike.
"""

from __future__ import annotations

import math

from discord import app_commands

from lantern.ui.permissions import bold, names_of

CHANGED_COMMAND = "This command has just changed. Type `/` again and choose it anew, or use `/topics`."
SERVERS_ONLY = "This works in a server, not in direct messages."
NOT_FOR_YOU = "You cannot use this here. An administrator of this server decides who may."
NOT_UNDERSTOOD = "I could not read one of the values. Choose it from the list that appears while you type."


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
