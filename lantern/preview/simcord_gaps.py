"""What the local Discord (SimCord 3.2.1) does not know and a library needs.

- Pinned forum posts, and forums that want a tag: bits of a channel's flags (Discord's reference, Channel Flags), which
  SimCord refuses loudly.
- A forum post and its first message have one and the same id (Discord's reference, Start Thread in Forum), and that
  message is not one of the post's ``message_count`` (Channel Object).
- Everybody there reads American English; :func:`everybody_reads` and :func:`reads` let them read another language. A
  server's own language is not told with an interaction.
- Discord's time is asked for by a request of its own, which SimCord does not see; here it is that of SimCord's clock.
- A refusal that Lantern answered in a sentence (:class:`lantern.ui.refusals.Refused`) is no crash of the bot.

Imported by the preview and by the tests, never by the bot.
"""

from __future__ import annotations

import email.utils
import functools
from typing import Any

import discord
import simcord
from simcord import _dpy_internals, _runtime, interactions
from simcord.backend import serializers
from simcord.backend.ops.channels import ChannelMixin
from simcord.enums import ChannelType
from simcord.http import FakeHTTPClient
from simcord.http.router import RequestContext

from lantern.runtime import discord_time
from lantern.runtime.client import Lantern
from lantern.ui.refusals import Refused

KNOWN_VERSION = "3.2.1"


@functools.cache
def fill() -> None:
    """Teach SimCord a channel's flags, once a process. Raises :class:`RuntimeError` for a version never tried."""
    if simcord.__version__ != KNOWN_VERSION:
        raise RuntimeError(f"SimCord {simcord.__version__} is installed; Lantern's additions fit {KNOWN_VERSION}.")
    taken_fields = RequestContext.fields
    made_channel, made_thread = serializers.channel_payload, serializers.thread_payload

    def fields(self: RequestContext, *handled: str, ignore: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
        body = self.json if isinstance(self.json, dict) else {}
        if self.method == "PATCH" and set(self.args) == {"channel_id"} and "flags" in body and "archived" in ignore:
            self.backend.get_channel(self.int_arg("channel_id")).flags = int(body["flags"])  # type: ignore[attr-defined]
            ignore = (*ignore, "flags")
        return taken_fields(self, *handled, ignore=ignore, **more)

    def channel_payload(backend: Any, channel: Any) -> Any:
        return {**made_channel(backend, channel), "flags": getattr(channel, "flags", 0)}

    def thread_payload(backend: Any, thread: Any) -> Any:
        opening = backend.channels[thread.parent_id].type == ChannelType.FORUM
        count = max(0, thread.message_count - opening)
        return {**made_thread(backend, thread), "flags": getattr(thread, "flags", 0), "message_count": count}

    made_post = ChannelMixin.create_forum_post

    def create_forum_post(self: Any, forum_id: int, name: str, starter: Any, **more: Any) -> Any:
        self.create_thread = functools.partial(self.create_thread, message_id=starter.id)
        try:
            return made_post(self, forum_id, name, starter, **more)
        finally:
            del self.create_thread

    ChannelMixin.create_forum_post = create_forum_post  # type: ignore[method-assign]
    RequestContext.fields = fields  # type: ignore[method-assign]
    serializers.channel_payload = channel_payload
    serializers.thread_payload = thread_payload
    _tell_languages()
    _tell_the_time()


def _tell_languages() -> None:
    made = interactions.base_payload

    def base_payload(backend: Any, **more: Any) -> Any:
        record, payload = made(backend, **more)
        everybodys = getattr(backend, "everybodys_locale", payload["locale"])
        payload["locale"] = getattr(backend, "locales", {}).get(more["user_id"], everybodys)
        if more["guild_id"] is not None:
            payload["guild_locale"] = backend.get_guild(more["guild_id"]).preferred_locale
        return record, payload

    interactions.base_payload = base_payload


def _tell_the_time() -> None:
    set_up = Lantern.setup_hook

    async def told() -> str:
        return email.utils.format_datetime(discord.utils.utcnow(), usegmt=True)

    async def setup_hook(self: Lantern) -> None:
        if isinstance(self.http, FakeHTTPClient):
            self.services.discord_time.ask = told  # type: ignore[method-assign]
            await self.services.discord_time.look()
        await set_up(self)

    def monotonic() -> float:
        env = _runtime._selected_env()
        return _dpy_internals.real_monotonic() if env is None else float(env.backend.clock.elapsed)

    Lantern.setup_hook = setup_hook  # type: ignore[method-assign]
    discord_time.monotonic = monotonic  # type: ignore[attr-defined]


def reads(person: simcord.MemberActor, locale: str | None) -> None:
    """From now on one person's Discord is in ``locale``, such as ``es-ES``, or does not say in which."""
    backend: Any = person._env.backend
    backend.locales = {**getattr(backend, "locales", {}), person.id: locale}


def everybody_reads(env: simcord.Env, locale: str) -> None:
    """From now on the Discord of everybody is in ``locale``, such as ``es-ES``, but of those with one of their own."""
    backend: Any = env.backend
    backend.everybodys_locale = locale


def leave_refusals_out(env: simcord.Env) -> None:
    """Keep what Lantern refuses in a sentence out of the errors that ``env`` tells of: no red box, no failed test."""
    record = env._record_error

    def record_others(error: BaseException) -> None:
        if not isinstance(getattr(error, "original", error), Refused):
            record(error)

    env._record_error = record_others  # type: ignore[method-assign]
