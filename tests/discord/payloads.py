"""What Discord's objects look like on the wire, as far as a bot that answers interactions ever sees them.

Plain dictionaries, made fresh by each call. The shapes follow Discord's reference: "Guild Create" under Gateway Events,
"Interaction Object" and "Interaction Callback Response" under Receiving and Responding, "Message Object" and "Channel
Object". Only the fields that discord.py reads are filled with care; the others hold what a young and quiet server
would have.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

DISCORD_EPOCH_MS = 1_420_070_400_000
APPLICATION_ID = 111_111_111_111_111_111
BOT_ID = APPLICATION_ID
OWNER_ID = 222_222_222_222_222_222
GUILD_INSTALL, USER_INSTALL = 0, 1

# Permission bits from the reference, "Bitwise Permission Flags".
SEND_MESSAGES = 1 << 11
MANAGE_MESSAGES = 1 << 13
MANAGE_GUILD = 1 << 5
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
        return {
            "id": str(self.id),
            "username": self.name,
            "global_name": self.name.title(),
            "discriminator": "0",
            "avatar": None,
            "public_flags": 0,
        }

    def member(self) -> Json:
        """Return this person as the member object of an interaction, permissions included."""
        return {
            "user": self.user(),
            "nick": None,
            "avatar": None,
            "roles": [],
            "joined_at": "2024-01-01T00:00:00+00:00",
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "flags": 0,
            "pending": False,
            "communication_disabled_until": None,
            "permissions": str(self.permissions),
        }


MEMBER = Person(333_333_333_333_333_331, "member")
MODERATOR = Person(333_333_333_333_333_332, "moderator", ORDINARY | MANAGE_MESSAGES | MANAGE_THREADS)
ADMINISTRATOR = Person(333_333_333_333_333_333, "administrator", EVERYTHING)


def bot_user() -> Json:
    """Return the bot's own user object."""
    return {
        "id": str(BOT_ID),
        "username": "Loopback",
        "global_name": None,
        "discriminator": "0000",
        "avatar": None,
        "bot": True,
        "mfa_enabled": False,
        "verified": True,
        "flags": 0,
    }


def application() -> Json:
    """Return the application object, as GET /oauth2/applications/@me does for a bot."""
    owner = Person(OWNER_ID, "operator").user()
    return {
        "id": str(APPLICATION_ID),
        "name": "Loopback",
        "icon": None,
        "description": "",
        "summary": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "owner": owner,
        "team": None,
        "rpc_origins": [],
        "hook": True,
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "approximate_guild_count": 1,
        "approximate_user_install_count": 0,
        "integration_types_config": {"0": {}, "1": {}},
    }


def channel(channel_id: int, guild_id: int | None, kind: int = TEXT, name: str = "general", **more: Any) -> Json:
    """Return a channel object of type `kind` (a number of the reference's "Channel Types"); `more` overrides fields."""
    data: Json = {"id": str(channel_id), "type": kind, "name": name, "last_message_id": None, "flags": 0}
    if guild_id is not None:
        data |= {"guild_id": str(guild_id), "position": 0, "permission_overwrites": [], "parent_id": None}
        data |= {"nsfw": False, "topic": None, "rate_limit_per_user": 0}
    if kind == FORUM:
        data |= {"available_tags": [], "default_reaction_emoji": None, "default_sort_order": None}
        data |= {"default_forum_layout": 0, "default_auto_archive_duration": 4320}
    return data | more


def thread(thread_id: int, parent: Mapping[str, Any], name: str, owner_id: int = MEMBER.id, **more: Any) -> Json:
    """Return a public thread under the channel object `parent`; `more` overrides fields of the thread."""
    guild_id = int(parent["guild_id"])
    data = channel(thread_id, guild_id, PUBLIC_THREAD, name, parent_id=parent["id"], owner_id=str(owner_id))
    data |= {"message_count": 0, "member_count": 1, "total_message_sent": 0, "applied_tags": []}
    data["thread_metadata"] = {
        "archived": False,
        "auto_archive_duration": 4320,
        "archive_timestamp": timestamp(),
        "locked": False,
        "create_timestamp": timestamp(),
    }
    return data | more


def guild(number: int, *, channels: int = 3) -> Json:
    """Return what GUILD_CREATE carries for the guild of that number: `channels` text channels, a forum and a thread.

    The ids differ by one in the bits that choose the shard, so consecutive guilds go to consecutive shards
    (`(guild_id >> 22) % num_shards`, "Sharding" in the reference).
    """
    guild_id = (100_000_000_000 + number) << 22
    texts = [channel(guild_id + 1 + i, guild_id, TEXT, f"general-{i}" if i else "general") for i in range(channels)]
    forum = channel(guild_id + channels + 1, guild_id, FORUM, "questions")
    everyone = {
        "id": str(guild_id),
        "name": "@everyone",
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": 0,
        "permissions": str(BOT_PERMISSIONS),
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
    bot_member = Person(BOT_ID).member() | {"user": bot_user()}
    del bot_member["permissions"]
    return {
        "id": str(guild_id),
        "name": f"Guild {number}",
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "owner_id": str(ADMINISTRATOR.id),
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 1,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "roles": [everyone],
        "emojis": [],
        "features": ["COMMUNITY"],
        "mfa_level": 0,
        "application_id": None,
        "system_channel_id": str(guild_id + 1),
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "joined_at": "2024-01-01T00:00:00+00:00",
        "large": False,
        "unavailable": False,
        "member_count": 42,
        "voice_states": [],
        "members": [bot_member],
        "channels": [*texts, forum],
        "threads": [thread(guild_id + channels + 2, texts[0], "is this a twin flame?")],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
        "max_members": 500_000,
        "vanity_url_code": None,
        "description": None,
        "banner": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "public_updates_channel_id": None,
        "nsfw_level": 0,
        "stickers": [],
        "premium_progress_bar_enabled": False,
        "incidents_data": None,
    }


def message(message_id: int, channel_id: int, author: Json, body: Mapping[str, Any], **more: Any) -> Json:
    """Return the message object that Discord makes of `body`, a Create Message or interaction callback data object."""
    data: Json = {
        "id": str(message_id),
        "channel_id": str(channel_id),
        "author": author,
        "content": body.get("content") or "",
        "timestamp": timestamp(),
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": body.get("embeds") or [],
        "components": numbered(body.get("components") or []),
        "pinned": False,
        "type": 0,
        "flags": body.get("flags") or 0,
    }
    return data | more


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
