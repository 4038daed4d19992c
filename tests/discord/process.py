"""A bot as a whole process of its own, started from outside against the loopback server, and what it uses.

Figures are read from /proc, so this needs Linux.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from lantern import PROJECT
from tests.discord.loopback import Loopback
from tests.discord.payloads import TOKEN
from tests.discord.state import PATIENCE

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class BotProcess:
    """One running bot. Start it with `start`, and end it with `stop` or `kill` whatever happens."""

    def __init__(self, process: asyncio.subprocess.Process, started: float) -> None:
        self.process = process
        self.started = started  # time.perf_counter() just before the process was made

    @classmethod
    async def start(
        cls,
        server: Loopback,
        program: Sequence[str],
        *,
        python: Path | str = sys.executable,
        environment: Mapping[str, str] | None = None,
        log: Path,
        cores: int | None = None,
    ) -> Self:
        """Start `program` (a file of this project and its arguments) with that Python, its output going to `log`.

        Of this process's environment only what any program needs is passed on, so that no setting of Lantern slips in.
        `cores` binds it, with all that it starts, to so many of the machine's cores.
        """
        plain = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ", "TMPDIR") if name in os.environ}
        pointed = {"DISCORD_TOKEN": TOKEN, "LOOPBACK_BASE": server.base, "LOOPBACK_GATEWAY": server.gateway}
        # By words alone unless a test says otherwise: encoding the content takes seconds.
        pointed["LANTERN_SEMANTIC"] = "false"
        started = time.perf_counter()
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                python,
                *("-m", "tests.discord.launch", *program),
                cwd=PROJECT,
                env=plain | pointed | dict(environment or {}),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        if cores is not None:
            os.sched_setaffinity(process.pid, sorted(os.sched_getaffinity(0))[:cores])
        return cls(process, started)

    async def ready(self, server: Loopback, timeout: float = PATIENCE) -> None:
        """Wait until it is connected with all its shards and guilds.

        Raises ChildProcessError if it ends before, and TimeoutError after `timeout` seconds.
        """
        ready = asyncio.ensure_future(server.ready(timeout))
        ended = asyncio.ensure_future(self.process.wait())
        try:
            await asyncio.wait({ready, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not ready.done():
                raise ChildProcessError(f"it ended with status {self.process.returncode} before it was connected")
            ready.result()
        finally:
            ready.cancel()
            ended.cancel()

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self.process.returncode is None

    def memory(self) -> float:
        """Return the resident memory in MB (2**20 bytes)."""
        for line in self._proc("status").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise ProcessLookupError(f"process {self.process.pid} has ended")

    def processor(self) -> float:
        """Return the processor time used so far, all threads, user and system, in seconds; it is counted in 10 ms."""
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    def _proc(self, name: str) -> str:
        return Path(f"/proc/{self.process.pid}/{name}").read_text(encoding="utf-8")

    async def stop(self, timeout: float = PATIENCE) -> int:
        """Ask it to stop (SIGTERM) and return its exit status; killed and TimeoutError if it takes longer."""
        if self.running:
            self.process.send_signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self.process.wait(), timeout)
        except TimeoutError:
            await self.kill()
            raise

    async def kill(self) -> None:
        """End it at once (SIGKILL)."""
        if self.running:
            self.process.kill()
        await self.process.wait()
