"""How the running bot is, for `python bot.py status`: the bot writes it down, another process reads it.

The heartbeat is a small JSON file beside the database and not a row in it: it must tell just when the database cannot
be written.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

FRESH = timedelta(seconds=60)
"""A bot that has not written its heartbeat for so long is stuck or gone; it writes one every five seconds."""


@dataclass(frozen=True, slots=True)
class Status:
    """One heartbeat. Moments are ISO 8601 in UTC, or None for never."""

    version: str
    process: int
    at: str
    started: str
    connected: bool
    connected_since: str | None
    latency_ms: float | None
    """Of the gateway, mean of all shards."""
    shards: int
    guilds: int
    articles: int
    topics: int
    content_since: str
    content_problems: int
    """Problems of content that was refused; what was loaded before is in use."""
    rows_waiting: int
    database_failure: str | None
    database_bytes: int
    last_backup: str | None
    disk_free_percent: float | None


def path_for(database: Path) -> Path:
    """Where the heartbeat of the bot on this database is."""
    return database.with_name(f"{database.name}.status.json")


def write(path: Path, status: Status) -> None:
    """Put a heartbeat in the place of the one before. Raises :class:`OSError`."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(asdict(status)), encoding="utf-8")
    part.replace(path)


def clear(path: Path) -> None:
    """The bot stops: no heartbeat is no bot."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def read(path: Path) -> Status | None:
    """The last heartbeat; None where there is none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Status(**{field.name: found[field.name] for field in fields(Status)})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def problems(status: Status | None, now: datetime) -> list[str]:
    """Why a bot is unhealthy, a sentence each; empty when it is well."""
    if status is None:
        return ["No bot is running on this database."]
    found = []
    age = now - datetime.fromisoformat(status.at)
    if abs(age) > FRESH:
        found.append(f"The bot has not been heard of since {status.at}: it was killed, or it hangs.")
    if not status.connected:
        found.append("It is not connected to Discord.")
    if status.database_failure is not None:
        found.append(f"The database cannot be written ({status.database_failure}); {status.rows_waiting} rows wait.")
    return found


def as_json(status: Status | None, now: datetime) -> dict[str, Any]:
    """For machines: whether it is healthy, why not, and the heartbeat."""
    found = problems(status, now)
    return {"healthy": not found, "problems": found, "status": asdict(status) if status else None}


def in_words(status: Status | None, now: datetime) -> str:
    """For people: a line each."""
    found = problems(status, now)
    lines = ["Lantern is well." if not found else "Lantern is not well."] + [f"  {problem}" for problem in found]
    if status is not None:
        latency = "" if status.latency_ms is None else f", latency {status.latency_ms:.0f} ms"
        shards = "" if status.shards == 1 else f" on {status.shards} shards"
        refused = f"; a later change was refused ({status.content_problems} problems)" * bool(status.content_problems)
        free = "" if status.disk_free_percent is None else f", {status.disk_free_percent:.0f} % of the disk free"
        lines += [
            f"version     {status.version}, process {status.process}, started {status.started}",
            f"Discord     {f'since {status.connected_since}' if status.connected else 'not connected'}{latency}",
            f"guilds      {status.guilds}{shards}",
            f"content     {status.articles} articles, {status.topics} topics, since {status.content_since}{refused}",
            f"database    {status.database_bytes / 1e6:.1f} MB{free}, {status.rows_waiting} rows waiting",
            f"backup      {status.last_backup or 'none yet'}",
        ]
    return "\n".join(lines)


def moment(when: datetime | None) -> str | None:
    """A moment as it stands in a heartbeat."""
    return None if when is None else when.astimezone(UTC).isoformat(timespec="seconds")
