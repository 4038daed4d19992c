"""What a bot sent over REST, and the folder in which the tests leave it to be checked against Discord's document.

The loopback Discord writes there what it answered, ``tests/conftest.py`` what SimCord did;
:mod:`tests.discord.check_requests` reads it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lantern import PROJECT

FOLDER = PROJECT / "build" / "requests"


@dataclass(frozen=True)
class Request:
    """One request. `path` begins after /api/v10; `received` is `time.perf_counter()` once the body is read."""

    method: str
    path: str
    body: Any
    received: float
    status: int


def record(requests: Iterable[tuple[str, str, Any]]) -> None:
    """Write requests, each a method, a path and a body, to this process's own file; outside pytest write nothing."""
    if "PYTEST_VERSION" not in os.environ:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f"{os.getpid()}.jsonl").open("a", encoding="ascii") as file:
        for method, path, body in requests:
            file.write(json.dumps({"method": method, "path": path, "body": body}) + "\n")
