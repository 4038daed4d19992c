"""What Discord's objects look like on the wire, as far as a bot that answers interactions ever sees them.

Plain dictionaries, made fresh by each call. The shapes follow Discord's reference: "Guild Create" under Gateway Events,
"Interaction Object" and "Interaction Callback Response" under Receiving and Responding, "Message Object" and "Channel
Object". Fields that discord.py does not need, and that a young and quiet server leaves empty, are left out.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

JOINED = "2024-01-01T00:00:00+00:00"
DISCORD_EPOCH_MS = 1_420_070_400_000
APPLICATION_ID = 111_111_111_111_111_111
BOT_ID = APPLICATION_ID
TOKEN = "not-a-token"  # the bot's

# Permission bits from the reference, "Bitwise Permission Flags".
SEND_MESSAGES = 1 << 11
MANAGE_MESSAGES = 1 << 13
VIEW_CHANNEL = 1 << 10
EMBED_LINKS = 1 << 14
READ_MESSAGE_HISTORY = 1 << 16
USE_APPLICATION_COMMANDS = 1 << 31
MANAGE_THREADS = 1 << 34
CREATE_PUBLIC_THREADS = 1 << 35
SEND_MESSAGES_IN_THREADS = 1 << 38
EVERYTHING = (1 << 50) - 1
ORDINARY = VIEW_CHANNEL | SEND_MESSAGES | READ_MESSAGE_HISTORY | USE_APPLICATION_COMMANDS | SEND_MESSAGES_IN_THREADS
BOT_PERMISSIONS = ORDINARY | EMBED_LINKS | CREATE_PUBLIC_THREADS

TEXT, DIRECT_MESSAGE, PUBLIC_THREAD, FORUM = 0, 1, 11, 15
THREADS = frozenset({10, PUBLIC_THREAD, 12})
EPHEMERAL, LOADING = 1 << 6, 1 << 7  # flags of a message
COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5  # kinds of interaction


def snowflakes() -> Iterator[int]:
    """Yield ids that grow without end and carry the present time, as Discord's do ("Snowflakes" in the reference)."""
    for number in itertools.count():
        yield ((int(time.time() * 1000) - DISCORD_EPOCH_MS) << 22) | (number & 0x3FFFFF)


def timestamp() -> str:
    """Return the present time as Discord writes it in a message."""
    return datetime.now(UTC).isoformat()


@dataclass(frozen=True)
class Person:
    """Somebody who types and clicks.

    `permissions` are what Discord resolved for them in the channel and sends with each interaction.
    """

    id: int
    name: str = "member"
    permissions: int = ORDINARY
    locale: str = "en-US"

    def user(self) -> Json:
        """Return this person as a user object."""
        name = {"username": self.name, "global_name": self.name.title(), "discriminator": "0"}
        return {"id": str(self.id), **name, "avatar": None}

    def member(self) -> Json:
        """Return this person as a member object, without the permissions that only interactions carry."""
        return {"user": self.user(), "nick": None, "roles": [], "joined_at": JOINED, "flags": 0}


MEMBER = Person(333_333_333_333_333_331, "member")
MODERATOR = Person(333_333_333_333_333_332, "moderator", ORDINARY | MANAGE_MESSAGES | MANAGE_THREADS)
ADMINISTRATOR = Person(333_333_333_333_333_333, "administrator", EVERYTHING)
OWNER = Person(222_222_222_222_222_222, "operator")  # of the application
PEOPLE = {person.id: person for person in (MEMBER, MODERATOR, ADMINISTRATOR, OWNER)}  # all that Discord can look up


def bot_user() -> Json:
    """Return the bot's own user object."""
    return Person(BOT_ID, "Loopback").user() | {"discriminator": "0000", "bot": True, "verified": True}


def application(guilds: int) -> Json:
    """Return the application object, as GET /oauth2/applications/@me does for a bot in so many guilds."""
    return {
        "id": str(APPLICATION_ID),
        "name": "Loopback",
        "icon": None,
        "description": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "owner": OWNER.user(),
        "team": None,
        "approximate_guild_count": guilds,
        "integration_types_config": {"0": {}, "1": {}},
    }


def channel(channel_id: int, guild_id: int | None, kind: int = TEXT, name: str = "general", **more: Any) -> Json:
    """Return a channel object of type `kind` (a number of the reference's "Channel Types"); `more` overrides fields."""
    data: Json = {"id": str(channel_id), "type": kind, "name": name, "last_message_id": None, "flags": 0}
    if guild_id is not None:
        data |= {"guild_id": str(guild_id), "position": 0, "permission_overwrites": [], "parent_id": None}
    if kind == FORUM:
        data |= {"available_tags": [], "default_auto_archive_duration": 4320}
    return data | more


def thread(thread_id: int, parent: Mapping[str, Any], name: str, owner_id: int = MEMBER.id, **more: Any) -> Json:
    """Return a public thread under the channel object `parent`; `more` overrides fields of the thread."""
    guild_id = int(parent["guild_id"])
    data = channel(thread_id, guild_id, PUBLIC_THREAD, name, parent_id=parent["id"], owner_id=str(owner_id))
    data |= {"message_count": 0, "member_count": 1, "total_message_sent": 0, "applied_tags": []}
    times = {"archive_timestamp": timestamp(), "create_timestamp": timestamp(), "auto_archive_duration": 4320}
    data["thread_metadata"] = {"archived": False, "locked": False, **times}
    return data | more


def guild(number: int) -> Json:
    """Return what GUILD_CREATE carries for the guild of that number: three text channels, a forum and a thread.

    The ids differ by one in the bits that choose the shard, so consecutive guilds go to consecutive shards
    (`(guild_id >> 22) % num_shards`, "Sharding" in the reference).
    """
    guild_id = (100_000_000_000 + number) << 22
    texts = [channel(guild_id + 1 + i, guild_id, TEXT, f"general-{i}" if i else "general") for i in range(3)]
    forum = channel(guild_id + 4, guild_id, FORUM, "questions")
    everyone = {"id": str(guild_id), "name": "@everyone", "permissions": str(BOT_PERMISSIONS), "position": 0}
    return {
        "id": str(guild_id),
        "name": f"Guild {number}",
        "icon": None,
        "owner_id": str(ADMINISTRATOR.id),
        "verification_level": 1,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "roles": [everyone],
        "features": ["COMMUNITY"],
        "system_channel_id": str(guild_id + 1),
        "joined_at": JOINED,
        "unavailable": False,
        "member_count": 42,
        "members": [Person(BOT_ID).member() | {"user": bot_user()}],
        "channels": [*texts, forum],
        "threads": [thread(guild_id + 5, texts[0], "is this a twin flame?")],
        "preferred_locale": "en-US",
    }


def message(message_id: int, channel_id: int, author: Json, body: Mapping[str, Any], **more: Any) -> Json:
    """Return the message object that Discord makes of `body`, a Create Message or interaction callback data object."""
    return {
        "id": str(message_id),
        "type": 0,
        "channel_id": str(channel_id),
        "author": author,
        "content": body.get("content") or "",
        "embeds": body.get("embeds") or [],
        "components": numbered(body.get("components") or []),
        "attachments": [],
        "flags": body.get("flags") or 0,
        "timestamp": timestamp(),
        "edited_timestamp": None,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "pinned": False,
        "tts": False,
        **more,
    }


def numbered(components: list[Json]) -> list[Json]:
    """Return a copy of the components, with the ids that Discord adds ("Anatomy of a Component" in the reference)."""
    ids = itertools.count(1)

    def copy(component: Json) -> Json:
        new: Json = {"id": next(ids)} | component
        for field in ("components", "items"):
            if field in new and component.get("type") != 12:  # the items of a media gallery are no components
                new[field] = [copy(child) for child in new[field]]
        if isinstance(new.get("accessory"), dict):
            new["accessory"] = copy(new["accessory"])
        return new

    return [copy(component) for component in components]


def slash_data(names: tuple[str, ...], options: Mapping[str, Any], command_id: int) -> Json:
    """Return an interaction's `data` for `/names...` with the given options ("Application Command Data Structure").

    `names` is the command alone, or the group, an optional subgroup, and the subcommand.
    """
    inner: list[Json] = [{"name": name, "type": _option_type(value), "value": value} for name, value in options.items()]
    for depth, name in reversed(list(enumerate(names[1:], start=1))):
        inner = [{"name": name, "type": 1 if depth == len(names) - 1 else 2, "options": inner}]
    return {"id": str(command_id), "name": names[0], "type": 1, "options": inner}


def _option_type(value: object) -> int:
    """Return the option type number for a value: 5 BOOLEAN, 4 INTEGER, 10 NUMBER, 3 STRING."""
    return {bool: 5, int: 4, float: 10}.get(type(value), 3)
