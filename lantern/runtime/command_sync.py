"""Send the commands to Discord, only when they differ from what was sent last.

Discord allows 200 command creations a day and guild, and a restart must not spend them.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from typing import TYPE_CHECKING

import discord
import orjson

from lantern.store.questions import milliseconds
from lantern.ui.discord_errors import FAILED

if TYPE_CHECKING:
    from lantern.runtime.client import Lantern

log = logging.getLogger(__name__)

LAST_SENT = "SELECT payload_hash, command_ids FROM synced_commands WHERE application_id = ?"
REMEMBER = """
    INSERT OR REPLACE INTO synced_commands (application_id, payload_hash, command_ids, synced_at)
    VALUES (?, ?, ?, ?)
"""


def payload_hash(bot: Lantern) -> str:
    """SHA-256 over what would be sent, whatever the order in which cogs were loaded."""
    commands = [command.to_dict(bot.tree) for command in bot.tree.get_commands()]
    commands.sort(key=lambda command: (command["type"], command["name"]))
    return hashlib.sha256(orjson.dumps(commands, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def sync(bot: Lantern, *, force: bool = False) -> dict[str, int]:
    """Make Discord's commands ours and return their ids by name.

    A failure is said in the log and is no reason not to start: the commands of the last time still work, and
    ``bot.commands_due`` asks for another try.
    """
    assert bot.application_id is not None
    bot.commands_due = True
    current = payload_hash(bot)
    known: dict[str, int] = {}
    try:
        rows = await bot.database.fetch(LAST_SENT, (bot.application_id,))
        if rows:
            known = orjson.loads(rows[0][1])
            if rows[0][0] == current and not force:
                bot.commands_due = False
                return known
        sent = await bot.tree.sync()
        known = ids = {command.name: command.id for command in sent}
        now = milliseconds(discord.utils.utcnow())
        await bot.database.execute(REMEMBER, (bot.application_id, current, orjson.dumps(ids).decode(), now))
    except FAILED as error:
        log.error("Discord did not take the commands, so those sent before stay: %s", error)
        return known
    except sqlite3.Error as error:
        log.error("whether the commands changed could not be looked up or kept: %s", error)
        return known
    bot.commands_due = False
    log.info("%d commands sent to Discord", len(ids))
    return ids
