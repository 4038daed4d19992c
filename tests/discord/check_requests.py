"""Check every REST request that the tests sent against Discord's own description of its API.

    python -m tests.discord.check_requests

The description and the checker lie beside the project where it is developed, in ``../shared``; where they are missing
this says so and is content.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from lantern.runtime.settings import PROJECT

CHECKER = PROJECT.parent / "shared" / "tools" / "check_bodies.py"
REQUESTS = PROJECT / "build" / "requests"


def main() -> int:
    """Return 0 when Discord's document allows every body, 1 when not or when the tests left no request."""
    if not CHECKER.exists():
        print("skipped: Discord's API document is not beside the project")
        return 0
    files = sorted(REQUESTS.glob("*.jsonl"))
    lines = list(dict.fromkeys(line for file in files for line in file.read_text(encoding="utf-8").splitlines()))
    if not lines:
        print("the tests left no request to check", file=sys.stderr)
        return 1
    everything = REQUESTS / "all.txt"
    everything.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return subprocess.run([sys.executable, CHECKER, everything], cwd=Path.cwd(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
