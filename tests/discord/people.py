"""What people do on the loopback Discord: they use commands, press buttons, choose in menus and write messages.

Each becomes the gateway event that Discord makes of it ("Receiving and Responding" in its reference).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import orjson

from tests.discord import payloads
from tests.discord.gateway import Gateway
from tests.discord.payloads import APPLICATION_ID, AUTOCOMPLETE, COMMAND, COMPONENT, MEMBER, Json, Person
from tests.discord.state import Asked


class People(Gateway):
    """The gateway, and what people make it say."""

    async def slash(self, *names: str, options: Mapping[str, Any] | None = None, **where: Any) -> Asked:
        """Somebody uses /names… with these options; for `where` see `interaction`."""
        data = payloads.slash_data(names, options or {}, self._command_id(names[0], 1))
        return await self.interaction(COMMAND, data, **where)

    async def autocomplete(self, *names: str, focused: str, typed: str, **where: Any) -> Asked:
        """Somebody has typed so far into the option named `focused`; the answer's body holds the choices."""
        data = payloads.slash_data(names, {focused: typed}, self._command_id(names[0], 1))
        innermost = data["options"]
        while "options" in innermost[0]:
            innermost = innermost[0]["options"]
        innermost[0]["focused"] = True
        return await self.interaction(AUTOCOMPLETE, data, **where)

    async def message_command(self, name: str, message: Json, **where: Any) -> Asked:
        """Somebody uses a message command on that message object."""
        data: Json = {"id": str(self._command_id(name, 3)), "name": name, "type": 3, "target_id": message["id"]}
        data["resolved"] = {"messages": {message["id"]: message}}
        return await self.interaction(COMMAND, data, **({"channel": int(message["channel_id"])} | where))

    async def press(self, message: Json, custom_id: str, values: list[str] | None = None, **where: Any) -> Asked:
        """Somebody presses a button of the message or, with `values`, chooses in its select menu."""
        data: Json = {"custom_id": custom_id, "component_type": 2}
        if values is not None:
            data |= {"component_type": 3, "values": values}
        where = {"channel": int(message["channel_id"])} | where
        return await self.interaction(COMPONENT, data, message=message, **where)

    async def interaction(
        self,
        kind: int,
        data: Json,
        *,
        person: Person = MEMBER,
        channel: int | None = None,
        guild: int | None = None,
        message: Json | None = None,
        installed: bool = True,
    ) -> Asked:
        """Send an INTERACTION_CREATE of that kind and return it at once.

        channel -- a channel's or thread's id; by default the first channel of `guild`, by default of the first guild
        message -- the message object that a component is on
        installed -- False: as in a guild that the bot was never invited to, used through a user install
        """
        if channel is None:
            guild_id = guild if guild is not None else next(iter(self.guilds))
            channel = int(self.guilds[guild_id]["channels"][0]["id"])
        place = self.channels[channel]
        payload: Json = {
            "id": str(next(self.ids)),
            "application_id": str(APPLICATION_ID),
            "type": kind,
            "data": data,
            "token": f"interaction-{next(self.ids)}",
            "version": 1,
            "channel_id": str(channel),
            "channel": place,
            "locale": person.locale,
            "app_permissions": str(payloads.BOT_PERMISSIONS),
            "entitlements": [],
            "attachment_size_limit": 10 * 2**20,
        }
        if "guild_id" in place:
            payload["guild_id"] = place["guild_id"]
            payload["guild"] = {"id": place["guild_id"], "features": [], "locale": "en-US"}
            payload["guild_locale"] = "en-US"
            payload["member"] = person.member() | {"permissions": str(person.permissions)}
            payload["context"] = 0
            owner = {"0": place["guild_id"]} if installed else {"1": str(person.id)}
        else:
            payload["user"] = person.user()
            payload["context"] = 1
            owner = {"0": "0"}
        payload["authorizing_integration_owners"] = owner
        if message is not None:
            payload["message"] = message
        asked = Asked(payload, self.shard_of(int(place.get("guild_id", 0))), channel)
        self.interactions[asked.token] = asked
        await self.deliver(asked)
        return asked

    async def deliver(self, asked: Asked) -> None:
        """Send an interaction's frame, once more if it has been sent; Discord does that now and then.

        Each process that has the shard gets it.
        """
        sessions = self.of_shard(asked.shard)
        if not sessions:
            raise LookupError(f"shard {asked.shard} has no session")
        data = orjson.Fragment(orjson.dumps(asked.payload))
        asked.sent.append(time.perf_counter())
        for session in sessions:
            await session.dispatch("INTERACTION_CREATE", data)

    def post(self, channel: int, content: str, person: Person = MEMBER) -> Json:
        """Somebody writes a message; return its object. No event is sent: a bot with `guilds` alone gets none."""
        data = payloads.message(next(self.ids), channel, person.user(), {"content": content})
        self.messages[int(data["id"])] = data
        return data

    def _command_id(self, name: str, kind: int) -> int:
        for commands in self.commands.values():
            for command in commands:
                if command["name"] == name and command.get("type", 1) == kind:
                    return int(command["id"])
        return 0
