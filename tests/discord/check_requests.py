"""Check every REST request that the tests sent against Discord's own description of its API.

    python -m tests.discord.check_requests

The description and the checker lie beside the project where it is developed, in ``../shared``; where they are missing
this says so and is content.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from lantern import PROJECT
from tests.discord import requests

CHECKER = PROJECT.parent / "shared" / "tools" / "check_bodies.py"

# The object that a field stands in, and the field; "" is the body itself.
NUMBERS = {
    ("message_reference", "message_id"),
    ("message_reference", "channel_id"),
    ("message_reference", "guild_id"),
    ("allowed_mentions", "users"),
    ("attachments", "id"),
    ("default_values", "id"),
    ("", "recipient_id"),
}


def as_documented(value: Any, inside: str = "") -> Any:
    """Return a body with the ids as text that discord.py writes as numbers, in these places and no others.

    Discord takes both; its document has text alone. `inside` is the name of the field that holds `value`.
    """
    if isinstance(value, list):
        return [as_documented(each, inside) for each in value]
    if isinstance(value, dict):
        return {
            name: _as_text(each) if (inside, name) in NUMBERS else as_documented(each, name)
            for name, each in value.items()
        }
    return value


def _as_text(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_text(each) for each in value]
    return str(value) if type(value) is int else value


def main() -> int:
    """Return 0 when Discord's document allows every body, 1 when not or when the tests left no request."""
    if not CHECKER.exists():
        print("skipped: Discord's API document is not beside the project")
        return 0
    files = sorted(requests.FOLDER.glob("*.jsonl"))
    lines = list(dict.fromkeys(line for file in files for line in file.read_text(encoding="ascii").splitlines()))
    if not lines:
        print("the tests left no request to check", file=sys.stderr)
        return 1
    everything = requests.FOLDER / "all.txt"
    with everything.open("w", encoding="ascii") as file:
        for request in map(json.loads, lines):
            request["body"] = as_documented(request["body"])
            file.write(json.dumps(request) + "\n")
    return subprocess.run([sys.executable, CHECKER, everything], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
