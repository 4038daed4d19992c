"""The REST routes of the loopback Discord: what a bot that answers interactions calls, and what Discord says to it.

Each handler takes the gateway with its state, the request and its body as JSON, and returns what Discord would answer
with: an object or a list (200), or None (204); or it raises a `Refusal` with Discord's own code. Shapes and codes are
from its reference: "Receiving and Responding", "Channel Resource", "Message Resource", "Opcodes and Status Codes".
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.discord import payloads
from tests.discord.gateway import Gateway
from tests.discord.payloads import APPLICATION_ID, BOT_ID, EPHEMERAL, LOADING, Json, Person
from tests.discord.state import Asked

API = "/api/v10"
ANSWER_WITHIN = 3.0  # seconds for the first answer to an interaction
MESSAGE_CONTENT = 1 << 15  # the privileged intent without which fetched messages come empty
SEND, DEFER, DEFER_UPDATE, UPDATE = 4, 5, 6, 7  # kinds of answer to an interaction

Handler = Callable[[Gateway, web.Request, Any], Any]
ROUTES: list[tuple[str, str, Handler]] = []  # method, path after /api/v10, handler; filled below


class Refusal(Exception):
    """Discord says no: `status` and the JSON error code of "Opcodes and Status Codes"."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"message": message, "code": code}


def _route(method: str, path: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        ROUTES.append((method, path, handler))
        return handler

    return register


# --- who the bot is ---------------------------------------------------------------------------------------


@_route("GET", "/gateway")
def _get_gateway_address(server: Gateway, _request: web.Request, _body: Any) -> Json:
    return {"url": server.gateway}


@_route("GET", "/gateway/bot")
def _get_gateway(server: Gateway, _request: web.Request, _body: Any) -> Json:
    limit = {"total": 1000, "remaining": 999, "reset_after": 3_600_000, "max_concurrency": server.max_concurrency}
    return {"url": server.gateway, "shards": server.shards, "session_start_limit": limit}


@_route("GET", "/users/@me")
def _get_me(server: Gateway, _request: web.Request, _body: Any) -> Json:
    return payloads.bot_user()


@_route("GET", "/applications/@me")
@_route("GET", "/oauth2/applications/@me")
def _get_application(server: Gateway, _request: web.Request, _body: Any) -> Json:
    return payloads.application(len(server.guilds))


@_route("GET", "/users/{user}")
def _get_user(server: Gateway, request: web.Request, _body: Any) -> Json:
    return _person(int(request.match_info["user"])).user()


@_route("GET", "/guilds/{guild}/members/{user}")
def _get_member(server: Gateway, request: web.Request, _body: Any) -> Json:
    return _person(int(request.match_info["user"])).member()


@_route("POST", "/users/@me/channels")
def _open_direct_messages(server: Gateway, _request: web.Request, body: Any) -> Json:
    person = _person(int(body["recipient_id"]))
    data = payloads.channel(person.id + 1, None, payloads.DIRECT_MESSAGE, "", recipients=[person.user()])
    return server.channels.setdefault(int(data["id"]), data)


def _person(user_id: int) -> Person:
    try:
        return payloads.PEOPLE[user_id]
    except KeyError:
        raise Refusal(404, 10013, "Unknown User") from None


# --- commands ---------------------------------------------------------------------------------------------


@_route("GET", "/applications/{app}/commands")
@_route("GET", "/applications/{app}/guilds/{guild}/commands")
def _get_commands(server: Gateway, request: web.Request, _body: Any) -> list[Json]:
    return server.commands.get(request.path.removeprefix(API), [])


@_route("PUT", "/applications/{app}/commands")
@_route("PUT", "/applications/{app}/guilds/{guild}/commands")
def _put_commands(server: Gateway, request: web.Request, body: Any) -> list[Json]:
    guild = request.match_info.get("guild")
    fixed: Json = {"application_id": str(APPLICATION_ID), "version": str(next(server.ids))}
    fixed |= {"guild_id": guild} if guild is not None else {}
    loose: Json = {"type": 1, "description": "", "default_member_permissions": None, "nsfw": False}
    made = [loose | command | fixed | {"id": str(next(server.ids))} for command in body]
    server.commands[request.path.removeprefix(API)] = made
    return made


# --- answers to interactions ------------------------------------------------------------------------------


@_route("POST", "/interactions/{interaction}/{token}/callback")
async def _callback(server: Gateway, request: web.Request, body: Any) -> Json:
    """Take the answer to an interaction. discord.py always asks for the message that it becomes (``with_response``)."""
    asked = server.interactions.get(request.match_info["token"])
    if asked is None or time.perf_counter() - asked.sent[0] > ANSWER_WITHIN:
        raise Refusal(404, 10062, "Unknown interaction")
    if asked.acknowledged:
        raise Refusal(400, 40060, "Interaction has already been acknowledged.")
    asked.acknowledged = True
    kind, data = body["type"], body.get("data") or {}
    if kind == SEND:
        asked.original = _answer_message(server, asked, data)
    elif kind == DEFER:
        asked.original = _answer_message(server, asked, {"flags": data.get("flags", 0) | LOADING})
    elif kind == UPDATE:
        asked.original = _edited(asked.payload["message"], data)
    elif kind == DEFER_UPDATE:
        asked.original = asked.payload["message"]
    response: Json = {"interaction": {"id": str(asked.id), "type": asked.payload["type"]}}
    if asked.original is not None:
        flags = asked.original["flags"]
        response["interaction"] |= {
            "response_message_id": asked.original["id"],
            "response_message_loading": bool(flags & LOADING),
            "response_message_ephemeral": bool(flags & EPHEMERAL),
        }
        response["resource"] = {"type": kind, "message": asked.original}
    return response


def _answer_message(server: Gateway, asked: Asked, body: Json) -> Json:
    who = asked.payload.get("user") or asked.payload["member"]["user"]
    metadata = {
        "id": str(asked.id),
        "type": asked.payload["type"],
        "user": who,
        "authorizing_integration_owners": asked.payload["authorizing_integration_owners"],
    }
    kind = 20 if asked.payload["type"] == payloads.COMMAND else 19
    made = payloads.message(next(server.ids), asked.channel_id, payloads.bot_user(), body, type=kind)
    made |= {
        "application_id": str(APPLICATION_ID),
        "webhook_id": str(APPLICATION_ID),
        "interaction_metadata": metadata,
    }
    server.messages[int(made["id"])] = made
    return made


def _followed_up(server: Gateway, request: web.Request) -> Asked:
    asked = server.interactions.get(request.match_info["token"])
    if asked is None or not asked.acknowledged:
        raise Refusal(404, 10015, "Unknown Webhook")
    return asked


def _followed_up_message(server: Gateway, request: web.Request) -> Json:
    asked, wanted = _followed_up(server, request), request.match_info["message"]
    found = asked.original if wanted == "@original" else server.messages.get(int(wanted))
    if found is None or int(found["id"]) not in server.messages:
        raise Refusal(404, 10008, "Unknown Message")
    return found


@_route("POST", "/webhooks/{app}/{token}")
def _follow_up(server: Gateway, request: web.Request, body: Any) -> Json:
    asked = _followed_up(server, request)
    if asked.original is not None and asked.original["flags"] & LOADING:  # the first follow-up fills the deferral
        ephemeral = asked.original["flags"] & EPHEMERAL
        asked.original["flags"] = ephemeral
        return _edited(asked.original, body | {"flags": body.get("flags", 0) | ephemeral})
    return _answer_message(server, asked, body)


@_route("GET", "/webhooks/{app}/{token}/messages/{message}")
def _get_follow_up(server: Gateway, request: web.Request, _body: Any) -> Json:
    return _followed_up_message(server, request)


@_route("PATCH", "/webhooks/{app}/{token}/messages/{message}")
def _edit_follow_up(server: Gateway, request: web.Request, body: Any) -> Json:
    found = _followed_up_message(server, request)
    found["flags"] &= ~LOADING
    return _edited(found, body)


@_route("DELETE", "/webhooks/{app}/{token}/messages/{message}")
def _delete_follow_up(server: Gateway, request: web.Request, _body: Any) -> None:
    del server.messages[int(_followed_up_message(server, request)["id"])]


# --- channels, threads and messages -----------------------------------------------------------------------


def _channel(server: Gateway, request: web.Request) -> Json:
    try:
        return server.channels[int(request.match_info["channel"])]
    except KeyError:
        raise Refusal(404, 10003, "Unknown Channel") from None


def _message(server: Gateway, request: web.Request) -> Json:
    channel = _channel(server, request)
    found = server.messages.get(int(request.match_info["message"]))
    if found is None or found["channel_id"] != channel["id"]:
        raise Refusal(404, 10008, "Unknown Message")
    return found


def _edited(message: Json, body: Json) -> Json:
    for name in ("content", "embeds"):
        if body.get(name) is not None:
            message[name] = body[name]
    if body.get("flags") is not None:  # who sees a message cannot be changed
        message["flags"] = body["flags"] & ~EPHEMERAL | message["flags"] & EPHEMERAL
    if body.get("components") is not None:
        message["components"] = payloads.numbered(body["components"])
    message["edited_timestamp"] = payloads.timestamp()
    return message


def _readable(server: Gateway, message: Json) -> Json:
    """Return the message as this bot may read it: other people's words need the message content intent."""
    intents = next((session.intents for session in server.sessions.values()), 0)
    if intents & MESSAGE_CONTENT or message["author"]["id"] == str(BOT_ID):
        return message
    return message | {"content": "", "embeds": [], "components": [], "attachments": []}


def _create_message(server: Gateway, channel: Json, body: Json) -> Json:
    nonce = body.get("nonce")
    if nonce is not None and body.get("enforce_nonce"):
        # "that message will be returned and no new message will be created" (Create Message)
        for message in reversed(server.messages.values()):
            if message["channel_id"] == channel["id"] and message.get("nonce") == nonce:
                return message
    reference = body.get("message_reference")
    more: Json = {}
    if reference is not None:
        replied = server.messages.get(int(reference["message_id"]))
        if replied is not None and replied["channel_id"] == channel["id"]:
            more = {"type": 19, "message_reference": reference, "referenced_message": replied}
        elif reference.get("fail_if_not_exists", True):
            raise Refusal(400, 50035, "Invalid Form Body")
    made = payloads.message(next(server.ids), int(channel["id"]), payloads.bot_user(), body, **more)
    if nonce is not None:
        made["nonce"] = nonce
    server.messages[int(made["id"])] = made
    channel["last_message_id"] = made["id"]
    return made


@_route("POST", "/channels/{channel}/messages")
def _post_message(server: Gateway, request: web.Request, body: Any) -> Json:
    return _create_message(server, _channel(server, request), body)


@_route("GET", "/channels/{channel}/messages")
def _get_messages(server: Gateway, request: web.Request, _body: Any) -> list[Json]:
    wanted = _channel(server, request)["id"]
    limit, before = int(request.query.get("limit", 50)), int(request.query.get("before", 2**63))
    found = [m for m in reversed(server.messages.values()) if m["channel_id"] == wanted and int(m["id"]) < before]
    return [_readable(server, message) for message in found[:limit]]


@_route("GET", "/channels/{channel}/messages/{message}")
def _get_message(server: Gateway, request: web.Request, _body: Any) -> Json:
    return _readable(server, _message(server, request))


@_route("PATCH", "/channels/{channel}/messages/{message}")
def _edit_message(server: Gateway, request: web.Request, body: Any) -> Json:
    if _channel(server, request).get("thread_metadata", {}).get("archived"):
        raise Refusal(400, 50083, "Thread is archived")
    return _edited(_message(server, request), body)


@_route("DELETE", "/channels/{channel}/messages/{message}")
def _delete_message(server: Gateway, request: web.Request, _body: Any) -> None:
    del server.messages[int(_message(server, request)["id"])]


@_route("POST", "/channels/{channel}/typing")
def _type(server: Gateway, request: web.Request, _body: Any) -> None:
    _channel(server, request)


@_route("GET", "/channels/{channel}")
def _get_channel(server: Gateway, request: web.Request, _body: Any) -> Json:
    return _channel(server, request)


@_route("PATCH", "/channels/{channel}")
async def _edit_channel(server: Gateway, request: web.Request, body: Any) -> Json:
    channel = _channel(server, request)
    metadata = channel.get("thread_metadata", {})
    metadata.update({name: body[name] for name in ("archived", "locked", "auto_archive_duration") if name in body})
    channel.update({name: value for name, value in body.items() if name not in metadata})
    name = "THREAD_UPDATE" if channel["type"] in payloads.THREADS else "CHANNEL_UPDATE"
    await server.event(name, channel, int(channel["guild_id"]))
    return channel


@_route("DELETE", "/channels/{channel}")
async def _delete_channel(server: Gateway, request: web.Request, _body: Any) -> Json:
    channel = _channel(server, request)
    del server.channels[int(channel["id"])]
    name = "THREAD_DELETE" if channel["type"] in payloads.THREADS else "CHANNEL_DELETE"
    await server.event(name, channel, int(channel["guild_id"]))
    return channel


@_route("POST", "/channels/{channel}/threads")
@_route("POST", "/channels/{channel}/messages/{message}/threads")
async def _create_thread(server: Gateway, request: web.Request, body: Any) -> Json:
    """A thread in a text channel or on a message, or a forum post, whose first message has the thread's own id."""
    parent = _channel(server, request)
    on = request.match_info.get("message")
    made = payloads.thread(int(on) if on else next(server.ids), parent, body["name"], BOT_ID)
    made["applied_tags"] = body.get("applied_tags", [])
    server.channels[int(made["id"])] = made
    await server.event("THREAD_CREATE", made | {"newly_created": True}, int(made["guild_id"]))
    if parent["type"] == payloads.FORUM:
        first = _create_message(server, made, body["message"])
        del server.messages[int(first["id"])]
        first["id"] = made["id"]
        server.messages[int(made["id"])] = first
        return made | {"message": first}
    return made


@_route("GET", "/users/@me/guilds")
def _get_guilds(server: Gateway, request: web.Request, _body: Any) -> list[Json]:
    limit, after = int(request.query.get("limit", 200)), int(request.query.get("after", 0))
    found = [guild for guild_id, guild in sorted(server.guilds.items()) if guild_id > after][:limit]
    told = ("id", "name", "icon", "features")
    return [{name: guild[name] for name in told} | {"owner": False, "permissions": "0"} for guild in found]


@_route("GET", "/guilds/{guild}/threads/active")
def _get_threads(server: Gateway, request: web.Request, _body: Any) -> Json:
    guild = request.match_info["guild"]
    threads = [c for c in server.channels.values() if c.get("guild_id") == guild and c["type"] in payloads.THREADS]
    return {
        "threads": [t for t in threads if not t["thread_metadata"]["archived"]],
        "members": [],
        "has_more": False,
    }


@_route("GET", "/channels/{channel}/threads/archived/public")
def _get_archived_threads(server: Gateway, request: web.Request, _body: Any) -> Json:
    parent = _channel(server, request)["id"]
    threads = [c for c in server.channels.values() if c["type"] in payloads.THREADS and c["parent_id"] == parent]
    return {"threads": [t for t in threads if t["thread_metadata"]["archived"]], "members": [], "has_more": False}
