"""How the running bot is, for `python bot.py status`: the bot writes it down, another process reads it.

The heartbeat is a small JSON file in the state folder and not a row of the database: it must tell just when that cannot
be written.
"""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, get_type_hints

from lantern.store import private_files


class Status(NamedTuple):
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
    """Of all processes together."""
    shard_ids: str | None
    """Those of this process, such as 0-3; None for all."""
    waiting: str | None
    """Why it is a standby, not connected to Discord and well; None where it is not."""
    guilds: int
    articles: int
    topics: int
    content_since: str
    content_problems: int
    """Problems of content that was refused; what was loaded before is in use."""
    rows_waiting: int
    database_trouble: str | None
    """What is wrong with the file's place, a sentence."""
    database_failure: str | None
    database_bytes: int | None
    """None on a server while it is not known."""
    last_backup: str | None
    clock: str | None
    """Why nothing is done for its date, in words; None while this machine's clock and Discord's agree."""
    disk_free_percent: float | None


def write(path: Path, status: Status) -> None:
    """Put a heartbeat in the place of the one before. Raises :class:`OSError`."""
    # The folder is not made here: one that was moved away could not be moved back.
    private_files.write(path, json.dumps(status._asdict()).encode(), lasting=False)


def clear(path: Path) -> None:
    """Delete the heartbeat, because the bot stops. A file that cannot be deleted is left."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def read(path: Path) -> Status | None:
    """The last heartbeat; None where there is none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        status = Status(**{name: found[name] for name in Status._fields})
        sound = datetime.fromisoformat(status.at).tzinfo is not None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    kinds = get_type_hints(Status)
    return status if sound and all(isinstance(value, kinds[name]) for name, value in status._asdict().items()) else None


def moment(when: datetime | None) -> str | None:
    """A moment as it stands in a heartbeat."""
    return None if when is None else when.astimezone(UTC).isoformat(timespec="seconds")
