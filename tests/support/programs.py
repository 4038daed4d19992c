"""Lantern's program and Python itself, run to their end as an operator runs them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import bot
from lantern import PROJECT
from lantern.runtime.settings import Settings


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
    # By words alone: encoding the content takes seconds.
    return {**kept, "DISCORD_TOKEN": "", "LANTERN_SEMANTIC": "false", "PYTHONUTF8": "1", **environment}


def tool(settings: Settings, *arguments: str) -> int:
    """One command of ``bot.py``, in this process, on these settings."""
    chosen = bot.parsed(arguments)
    return bot.COMMANDS[chosen.command][0](settings, chosen)


class Preview:
    """``bot.py preview`` in a process of its own, and the lines it printed first."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "bot.py", "preview", *arguments],
            cwd=PROJECT,
            env=clean_environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.printed = ""
        # Read line by line up to the hints: what a buffer holds would be lost to communicate() later.
        for line in self.process.stdout:
            self.printed += line
            if "/help" in line:
                break
        match = re.search(r"http://127\.0\.0\.1:\d+/\S+", self.printed)
        assert match, self.printed + (self.process.stderr.read() if self.process.stderr else "")
        self.url = match[0]

    def line(self, start: str) -> str:
        """The next line that begins with ``start``, read as it comes."""
        assert self.process.stdout is not None
        return next(line for line in self.process.stdout if line.startswith(start))

    def stop(self) -> tuple[int, str, str]:
        """Press Ctrl-C; the exit status and what else was printed."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err
