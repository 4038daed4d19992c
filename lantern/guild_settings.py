"""What each guild chose for itself, in memory for the answers and in the database for the next start."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """One guild's choices. None means: as the operator set it."""

    answers_public: bool = False
    """Whether a slash command's answer is posted for all when the member does not say who may see it."""
    quiet_minutes: int | None = None
    time_zone: str = "UTC"
    """An IANA name, such as Europe/Berlin; it decides where a day ends in the figures."""
    ask_people_channel_id: int | None = None
    """Where members can ask people; shown when the article does not cover a question."""


DEFAULT = GuildSettings()
