"""``python bot.py status``: how the running bot is, from the heartbeat that it leaves beside its database."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lantern.runtime.settings import Settings
from lantern.runtime.status import Status, read
from lantern.store.backups import is_in_use, left_over

FRESH = timedelta(seconds=60)
"""A bot that has not written its heartbeat for so long is stuck or gone; it writes one every five seconds."""


NOT_RUNNING = (
    "No bot is running on this database; or one is starting, and waits for Discord or for content, which its log says."
)
KILLED = "it was killed, or it hangs"
FULL_BYTES = 64 * 1024
"""A disk with less room than this is called full; a heartbeat takes a block of it."""


def show(settings: Settings, *, machine: bool) -> int:
    """Print how the bot on this database is, ``machine`` as JSON; 1 when it is unhealthy or does not run."""
    now = datetime.now(UTC)
    status = read(settings.heartbeat)
    silence = why_silent(settings.heartbeat) if is_in_use(settings.locked.resolve()) else None
    print(json.dumps(as_json(status, now, silence)) if machine else in_words(status, now, silence))
    if not machine and (left := left_over(settings.backups, settings.backup_keep)) is not None:
        print(left)
    return 1 if problems(status, now, silence) else 0


def why_silent(heartbeat: Path) -> str:
    """Why a bot that runs leaves no heartbeat, as far as its disk tells."""
    unknown = f"it runs, and is just starting, or hangs, or cannot write {heartbeat}"
    try:
        disk = os.statvfs(heartbeat.parent)
    except (OSError, AttributeError):  # Windows has no such call
        return unknown
    if disk.f_flag & os.ST_RDONLY:
        return f"it runs, but cannot write {heartbeat}: the disk is read-only"
    if disk.f_bavail * disk.f_frsize < FULL_BYTES or (disk.f_files and not disk.f_favail):
        return f"it runs, but cannot write {heartbeat}: the disk is full"
    return unknown


def problems(status: Status | None, now: datetime, silence: str | None = None) -> list[str]:
    """Why a bot is unhealthy, a sentence each; empty when it is well.

    ``silence`` says of one that is known to run why there is no heartbeat, or none of late.
    """
    if status is None:
        return [NOT_RUNNING if silence is None else f"The bot has left no heartbeat that can be read: {silence}."]
    found = []
    age = now - datetime.fromisoformat(status.at)
    if abs(age) > FRESH:
        found.append(f"The bot has not been heard of since {status.at}: {silence or KILLED}.")
    if not status.connected and status.waiting is None:
        found.append("It is not connected to Discord.")
    if status.database_trouble is not None:
        found.append(status.database_trouble)
    if status.database_failure is not None:
        found.append(f"The database cannot be written ({status.database_failure}); {status.rows_waiting} rows wait.")
    if status.clock is not None:
        found.append(status.clock)
    return found


def as_json(status: Status | None, now: datetime, silence: str | None = None) -> dict[str, Any]:
    """For machines: whether it is healthy, why not, and the heartbeat."""
    found = problems(status, now, silence)
    return {"healthy": not found, "problems": found, "status": status._asdict() if status else None}


def in_words(status: Status | None, now: datetime, silence: str | None = None) -> str:
    """For people: a line each."""
    found = problems(status, now, silence)
    well = "Lantern is well." if status is None or status.waiting is None else "Lantern is well, as a standby."
    lines = [well if not found else "Lantern is not well."] + [f"  {problem}" for problem in found]
    if status is not None:
        latency = "" if status.latency_ms is None else f", latency {status.latency_ms:.0f} ms"
        shards = "" if status.shards == 1 else f" on {status.shards} shards"
        if status.shard_ids is not None:
            shards = f" on shards {status.shard_ids} of {status.shards}"
        waiting = "not connected" if status.waiting is None else f"waiting: {status.waiting}"
        refused = f"; a later change was refused ({status.content_problems} problems)" * bool(status.content_problems)
        free = "" if status.disk_free_percent is None else f", {status.disk_free_percent:.0f} % of the disk free"
        size = "size not known" if status.database_bytes is None else f"{status.database_bytes / 1e6:.1f} MB"
        lines += [
            f"version     {status.version}, process {status.process}, started {status.started}",
            f"Discord     {f'since {status.connected_since}' if status.connected else waiting}{latency}",
            f"guilds      {status.guilds}{shards}",
            f"content     {status.articles} articles, {status.topics} topics, since {status.content_since}{refused}",
            f"database    {size}{free}, {status.rows_waiting} rows waiting",
            f"backup      {status.last_backup or 'none yet'}",
        ]
    return "\n".join(lines)
