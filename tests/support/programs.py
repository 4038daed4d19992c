"""Lantern's program and Python itself, run to their end as an operator runs them."""

from __future__ import annotations

import os
import subprocess
import sys

import bot
from lantern.runtime.settings import PROJECT, Settings


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``bot.py`` to its end, without this machine's own settings."""
    return python("bot.py", *arguments, **environment)


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the project's folder to its end, without this machine's own settings."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=PROJECT,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def clean_environment(**environment: str) -> dict[str, str]:
    """This process's environment without settings; an empty token also hides one that stands in ``.env``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LANTERN_")}
    return {**kept, "DISCORD_TOKEN": "", "PYTHONUTF8": "1", **environment}


def tool(settings: Settings, *arguments: str) -> int:
    """One command of ``bot.py``, in this process, on these settings."""
    chosen = bot.parser().parse_args(arguments)
    status: int = chosen.does(settings, chosen)
    return status
