"""The settings of each guild: in memory, since every answer needs them, and in the database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import orjson

from lantern.languages.translation import N_, _
from lantern.store.database import Database
from lantern.store.rows import as_parameter, upsert

log = logging.getLogger(__name__)

HELP_CONTACTS_LIMIT = 800
"""Characters in a guild's help contacts: with the care message they must fit in one card of 4,000."""
QUIET_MINUTES_LIMIT = 1_440
"""A day."""
THREAD_CHANNELS_LIMIT = 25
"""Discord allows 25 channels in a menu (its reference, Channel Select)."""

ALL_SETTINGS = "SELECT guild_id, name, value FROM guild_settings ORDER BY guild_id"

SETTINGS_OF_GUILD = "SELECT guild_id, name, value FROM guild_settings WHERE guild_id = :guild_id"

KEEP_SETTINGS = upsert("guild_settings", ("guild_id", "name", "value"), key=("guild_id", "name"))


class SettingRefused(ValueError):
    """The choice is not allowed. The text is a sentence for the administrator, in the language in use."""


class GuildSettings(NamedTuple):
    """One guild's choices, each checked by :class:`Guilds`. None means: as the operator set it, or nowhere."""

    answers_public: bool = False
    """Whether everybody sees the answer to a slash command when the member does not choose who may see it."""
    quiet_minutes: int | None = None
    """Minutes in which a topic is not posted in the same channel again."""
    time_zone: str = "UTC"
    """An IANA name, such as Europe/Berlin, by which the figures are counted in days."""
    ask_people_channel_id: int | None = None
    """Where members can ask people; shown when the article does not cover a question, and in /help."""
    help_contacts: str | None = None
    """The guild's own contacts, shown with a care message. Discord markdown."""
    thread_answers: tuple[int, ...] = ()
    """Channels and forums in which a new thread's title may be answered."""
    moderators_channel_id: int | None = None
    """Where moderators are told that the title of a new thread shows danger; None: nowhere."""
    library_forum_id: int | None = None
    """The forum that holds the library, from the first post until it is removed."""
    digest_channel_id: int | None = None
    """Where the weekly figures are posted; None: nowhere."""
    digest_weekday: int = 0
    """0 is Monday, in the guild's time zone."""
    digest_hour: int = 18
    made: frozenset[str] = frozenset()
    """Names of the choices that the guild made; the others are defaults."""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.time_zone)


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def rule(value: Any) -> int:
        # Forms send digits.
        number = int(value) if isinstance(value, str) else value
        if type(number) is not int or not low <= number <= high:
            raise ValueError(f"not from {low} to {high}")
        return number

    return rule


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("neither true nor false")
    return value


@cache
def all_zones() -> dict[str, str]:
    """Each time zone by its name in lower case. Listing them reads a folder, 15 ms, so a start does it once."""
    return {name.casefold(): name for name in available_timezones()}


def _known_zone(value: Any) -> str:
    if (zone := all_zones().get(value.strip().replace(" ", "_").casefold())) is None:
        raise ValueError("not a time zone")
    return zone


def _contacts(value: Any) -> str | None:
    if len(value) > HELP_CONTACTS_LIMIT:
        raise ValueError("too long")
    return value.strip() or None


def _channels(value: Any) -> tuple[int, ...]:
    if not isinstance(value, (list, tuple)) or len(value) > THREAD_CHANNELS_LIMIT:
        raise ValueError("no list, or too long a one")
    return tuple(map(_snowflake, value))


_snowflake = _whole(0, 2**64 - 1)

_VALUE_CHECKS: dict[str, Callable[[Any], Any]] = {
    "answers_public": _yes_or_no,
    "quiet_minutes": _whole(0, QUIET_MINUTES_LIMIT),
    "time_zone": _known_zone,
    "ask_people_channel_id": _snowflake,
    "help_contacts": _contacts,
    "thread_answers": _channels,
    "moderators_channel_id": _snowflake,
    "library_forum_id": _snowflake,
    "digest_channel_id": _snowflake,
    "digest_weekday": _whole(0, 6),
    "digest_hour": _whole(0, 23),
}
"""Checks the value of each choice and returns what is kept. None is allowed where it is the default."""

_IN_WORDS = {
    "quiet_minutes": N_("The quiet window is a whole number of minutes from 0 to {minutes}."),
    "time_zone": N_("That is not a time zone. Write one such as Europe/London, America/New_York, Asia/Kolkata or UTC."),
    "help_contacts": N_("The help contacts can have at most {characters} characters."),
    "thread_answers": N_("Threads can be answered in at most {channels} channels."),
    "digest_weekday": N_("The weekday is a number from 0 (Monday) to 6 (Sunday)."),
    "digest_hour": N_("The hour is a whole number from 0 to 23."),
}
_LIMITS = {
    "minutes": QUIET_MINUTES_LIMIT,
    "characters": HELP_CONTACTS_LIMIT,
    "channels": THREAD_CHANNELS_LIMIT,
}

DEFAULT = GuildSettings()


def _changed(settings: GuildSettings, changes: dict[str, Any]) -> GuildSettings:
    held: dict[str, Any] = {}
    for name, value in changes.items():
        try:
            allowed_none = value is None and getattr(DEFAULT, name) is None
            held[name] = None if allowed_none else _VALUE_CHECKS[name](value)
        except (KeyError, AttributeError, TypeError, ValueError) as error:
            if name not in _IN_WORDS:
                raise SettingRefused(f"{name} cannot be {value!r}.") from error
            raise SettingRefused(_(_IN_WORDS[name]).format(**_LIMITS)) from error
    return settings._replace(**held, made=settings.made | held.keys())


def _settings_of(rows: Iterable[Any]) -> dict[int, GuildSettings]:
    """The settings of each guild that has rows."""
    found: dict[int, GuildSettings] = {}
    for guild_id, name, value in rows:
        if name not in _VALUE_CHECKS:
            continue
        try:
            found[guild_id] = _changed(found.get(guild_id, DEFAULT), {name: orjson.loads(value)})
        except ValueError:
            log.warning("guild %d has a value for %s that is not allowed; the default applies", guild_id, name)
    return found


class Guilds:
    """The settings of all guilds. Made by `lantern.runtime.services`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._settings: dict[int, GuildSettings] = {}
        # What was read must not overwrite what was chosen during the reading.
        self._one_at_a_time = asyncio.Lock()

    async def open(self) -> None:
        """Read the choices of all guilds. Raises :class:`DatabaseError`.

        A name that this version does not know, or a value that it does not allow, stays in the file and is ignored: it
        may come from an older or newer Lantern.
        """
        async with self._one_at_a_time:
            self._settings = _settings_of(await self._database.fetch(ALL_SETTINGS))

    async def read(self, guild_id: int) -> None:
        """Read a guild's choices, because they were made in another process. Raises :class:`DatabaseError`."""
        async with self._one_at_a_time:
            found = _settings_of(await self._database.fetch(SETTINGS_OF_GUILD, {"guild_id": guild_id}))
            self._settings.pop(guild_id, None)
            self._settings |= found

    def of(self, guild_id: int | None) -> GuildSettings:
        """A guild's own choices, or the defaults where it made none and outside guilds."""
        return self._settings.get(guild_id, DEFAULT) if guild_id is not None else DEFAULT

    async def change(self, guild_id: int, **changes: Any) -> GuildSettings:
        """Change and store a guild's choices, named like the fields of :class:`GuildSettings`: all of them or none.

        Raises :class:`SettingRefused` where a value is not allowed; its text says what is. Raises
        :class:`DatabaseError` where they could not be stored, and nothing was changed.
        """
        wanted = _changed(self.of(guild_id), changes)
        rows = [
            {"guild_id": guild_id, "name": name, "value": orjson.dumps(getattr(wanted, name)).decode()}
            for name in changes
        ]
        async with self._one_at_a_time:
            async with self._database.transaction() as transaction:
                await transaction.execute(KEEP_SETTINGS, as_parameter(rows))
                await transaction.announce("guild", guild_id)
            # Applied to the present settings: another one may have changed during the write.
            self._settings[guild_id] = _changed(self.of(guild_id), changes)
            return self._settings[guild_id]

    def forget(self, guild_id: int) -> None:
        """Remove a guild from memory after its rows were deleted."""
        self._settings.pop(guild_id, None)

    def longest_quiet_minutes(self) -> int:
        """The largest ``quiet_minutes`` that any guild chose; 0 where none did."""
        return max((each.quiet_minutes or 0 for each in self._settings.values()), default=0)
