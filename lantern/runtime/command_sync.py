"""Send the commands to Discord, only when they differ from what was sent last.

Discord allows 200 command creations a day and guild, and a restart must not spend them.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from typing import Any

import discord
import orjson
from discord import app_commands

from lantern.store.database import DatabaseError
from lantern.store.sent_commands import SentCommands
from lantern.store.times import milliseconds
from lantern.ui.command_list import CommandList
from lantern.ui.discord_errors import FAILED, UNREADABLE, in_log

log = logging.getLogger(__name__)


class CommandSync:
    """Makes Discord's commands those of the command tree, and tells the command list their ids.

    ``are_complete`` says whether all their texts were read: a start reads the content's translations last, and must not
    send the commands twice, without them and with them.
    """

    def __init__(
        self,
        tree: app_commands.CommandTree[Any],
        sent_commands: SentCommands,
        commands: CommandList,
        *,
        are_complete: Callable[[], bool],
    ) -> None:
        self._tree = tree
        self._are_complete = are_complete
        self._sent_commands = sent_commands
        self._commands = commands
        self.due = True
        """Whether Discord has yet to take the newest commands."""
        self.force = False
        """Whether they are sent the next time although they did not change."""

    async def payload_hash(self) -> str:
        """SHA-256 over what would be sent, in all languages, whatever the order in which cogs were loaded."""
        translator = self._tree.translator
        commands = [
            await command.get_translated_payload(self._tree, translator) if translator else command.to_dict(self._tree)
            for command in self._tree.get_commands()
        ]
        commands.sort(key=lambda command: (command["type"], command["name"]))
        return hashlib.sha256(orjson.dumps(commands, option=orjson.OPT_SORT_KEYS)).hexdigest()

    async def again(self) -> None:
        """Send what Discord did not take yet, if there is any: at the start, beside the connecting, and each minute."""
        if self.due:
            await self.send()

    async def send(self) -> None:
        """Make Discord's commands ours, if they changed.

        A failure is said in the log and is no reason not to start: the commands of the last time still work, and
        :attr:`due` asks for another try.
        """
        self.due = True
        try:
            await self.read()
            if not self._are_complete() or (not self.due and not self.force):
                return
            async with self._sent_commands.lock() as mine:
                if not mine:
                    log.info("another process is sending the commands")
                    return
                # It may have sent the very same a moment ago.
                await self.read()
                if not self.due and not self.force:
                    return
                await self._send()
        except FAILED as error:
            log.error("Discord did not take the commands, so those sent before stay: %s", in_log(error))
            return
        except UNREADABLE as error:
            log.error("Discord's answer to the commands cannot be read (%s); they are sent again", in_log(error))
            return
        except DatabaseError as error:
            log.error("whether the commands changed could not be looked up or kept: %s", error)
            return
        self.force = False
        log.info("%d commands sent to Discord", len(self._commands.ids))

    async def read(self) -> None:
        """Take over what was sent last, by whichever process, and whether ours are due."""
        if self._tree.client.application_id is None:
            return  # not logged in yet: `send` reads it then
        last = await self._sent_commands.last(self._application_id)
        if last is not None:
            self._commands.ids = last.command_ids
            if last.payload_hash == await self.payload_hash():
                self.due = False

    async def _send(self) -> None:
        self.due = True
        current = await self.payload_hash()
        sent = await self._tree.sync()
        self._commands.ids = {command.name: command.id for command in sent}
        now = milliseconds(discord.utils.utcnow())
        await self._sent_commands.keep(self._application_id, current, self._commands.ids, now)
        # There may be newer ones by now.
        self.due = await self.payload_hash() != current

    @property
    def _application_id(self) -> int:
        application_id: int | None = self._tree.client.application_id
        assert application_id is not None
        return application_id
