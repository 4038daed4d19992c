"""A PostgreSQL server of the tests' own, with faults to order: in a temporary folder, on a socket, gone when they end.

    async def test_something(postgres: Postgres) -> None:
        address = postgres.new_database()
        postgres.kill()
        postgres.start()

`postgres` takes every fault back after the test and empties the databases; `postgres_database` is the address of one.
`test_postgres.py` has an example of everything.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.discord.state import PATIENCE

DEBIAN = Path("/usr/lib/postgresql")
PROGRAMS = ("initdb", "postgres", "pg_ctl", "psql")
ADMINISTRATOR = "postgres"
OWNER = "lantern"
"""Owns the databases and may do nothing else, like the role that an operator makes for the bot."""

# What is committed outlives the server, but not the machine: nothing waits for the disk.
OPTIONS = ("-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "autovacuum=off")

DEFAULTS = ("-c", "listen_addresses=")
"""Of a server whose speed is measured: what PostgreSQL does by itself, on a socket alone."""

TERMINATED = """
    SELECT count(pg_terminate_backend(pid, 60000)) FROM pg_stat_activity
     WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
"""Ends the others' connections, and waits until they are gone; after as many milliseconds it gives up."""


class Postgres:
    """One server, running once it is made. A method comes back when all that it does is done."""

    def __init__(self, programs: Path, options: Sequence[str] = OPTIONS) -> None:
        self._programs = programs
        self._options = options
        self._account = _account()
        # A socket's path has 107 bytes at most, and pytest's folder is closed to the account that the server runs as.
        self.folder = Path(tempfile.mkdtemp(prefix="lantern-pg-", dir="/tmp"))
        if self._account:
            os.chown(self.folder, self._account["user"], self._account["group"])
        self._data = self.folder / "data"
        self._log = self.folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._read_only = False
        self._used: list[str] = []
        self._empty: list[str] = []
        self._guard = self._guarded()
        self._called(
            *("initdb", "--pgdata", str(self._data), "--username", ADMINISTRATOR, "--auth", "trust"),
            *("--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"),
        )
        self.start()
        self.administer(f"CREATE ROLE {OWNER} LOGIN")

    def address(self, database: str, user: str = OWNER) -> str:
        """Where clients find a database."""
        return f"postgresql:///{database}?host={self.folder}&user={user}"

    def new_database(self) -> str:
        """The address of an empty database that sorts as C does: a new one, or one that `restore` has emptied."""
        if self._empty:
            name = self._empty.pop()
        else:
            name = f"test_{len(self._used) + 1}"
            self.administer(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE template0")
        self._used.append(name)
        return self.address(name)

    @staticmethod
    def name(address: str) -> str:
        """The name of a database that has this address."""
        return address.removeprefix("postgresql:///").partition("?")[0]

    def administer(self, *statements: str, database: str = ADMINISTRATOR) -> str:
        """What statements return, as text. Each is a transaction by itself, of somebody who may do everything."""
        each = [part for statement in statements for part in ("--command", statement)]
        address = self.address(database, ADMINISTRATOR)
        return self._called("psql", "--no-psqlrc", "-qAt", "--set", "ON_ERROR_STOP=1", *each, address)

    def start(self) -> None:
        """Start it again, however it ended."""
        assert self._process is None, "it runs already"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, "-k", self.folder, *self._options],
                stdout=subprocess.PIPE,  # nothing is written there; `_end` waits for its end
                stderr=log,
                **self._surroundings,
            )
        _until(self._is_ready)

    def stop(self, mode: Literal["fast", "immediate"] = "immediate") -> None:
        """Stop it and end all connections; ``immediate`` leaves it to the next start to put the data in order."""
        self._end(signal.SIGINT if mode == "fast" else signal.SIGQUIT)

    def kill(self) -> None:
        """Let it die on the spot; clients are told nothing."""
        self._end(signal.SIGKILL)

    def cut(self) -> int:
        """End all connections; how many there were."""
        return int(self.administer(TERMINATED))

    def read_only(self, on: bool = True) -> None:
        """Refuse writing from the next transaction on, also to those connected; with False, allow it again."""
        wanted = "on" if on else "off"
        self._read_only = True
        self.administer(f"ALTER SYSTEM SET default_transaction_read_only = {wanted}", "SELECT pg_reload_conf()")
        # Those connected are told before anybody new is let in, and look before they begin what they are asked next.
        _until(lambda: self.administer("SHOW default_transaction_read_only") == wanted)
        self._read_only = on

    def restore(self) -> None:
        """Take back every fault, and empty all databases of what their owner put there.

        That takes a tenth of the time that making a database takes.
        """
        if self._process is None:
            self.start()
        if self._read_only:
            self.read_only(False)
        if self._used:
            # What a database is set to holds from the next connection on.
            self.administer(TERMINATED, *(f"ALTER DATABASE {name} RESET ALL" for name in self._used))
        while self._used:
            self.administer(f"DROP OWNED BY {OWNER} CASCADE", database=self._used[-1])
            self._empty.append(self._used.pop())

    def close(self) -> None:
        """Stop it and remove everything."""
        self._guard.communicate(b"\n", timeout=PATIENCE)
        if self._process:
            self._process.communicate(timeout=PATIENCE)

    def processor(self) -> float:
        """Return the processor time that it has used since it started, all its processes, in seconds; needs Linux."""
        assert self._process, "it does not run"
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(FileNotFoundError, ProcessLookupError):
                pid, fields = int(stat.parent.name), stat.read_text(encoding="utf-8").rpartition(")")[2].split()
                if self._process.pid == pid:
                    ticks += sum(map(int, fields[11:15]))  # its own, and that of its children that have ended
                elif self._process.pid == int(fields[1]):
                    ticks += sum(map(int, fields[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    @property
    def _surroundings(self) -> dict[str, Any]:
        """Where and as whom a program runs, for `subprocess`; a Ctrl-C at the tests does not reach it."""
        return {"cwd": self.folder, "start_new_session": True, **self._account}

    def _guarded(self) -> subprocess.Popen[bytes]:
        """A process that stops the server and removes the folder when it is told so, or when this process is gone.

        Tests that hang are ended where they stand, and then nothing here runs any more.
        """
        script = 'read -r _; "$0" stop --pgdata "$1/data" --mode immediate --wait; rm -rf "$1"'
        return subprocess.Popen(
            ["/bin/sh", "-c", script, self._programs / "pg_ctl", self.folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self._surroundings,
        )

    def _called(self, program: str, *arguments: str) -> str:
        """What one of the programs prints; RuntimeError with what went wrong."""
        called: subprocess.CompletedProcess[str] = subprocess.run(
            [self._programs / program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            **self._surroundings,
        )
        if called.returncode:
            raise RuntimeError(f"{program}: {called.stderr.strip()}")
        return called.stdout.strip()

    def _is_ready(self) -> bool:
        """Whether it says that it takes connections; what one says that was killed stays, with another number."""
        assert self._process
        if self._process.poll() is not None:
            self._process.communicate()
            self._process = None
            raise RuntimeError(f"PostgreSQL does not start: {self._log.read_text()[-2000:]}")
        said: list[str] = []
        with suppress(FileNotFoundError):
            said = (self._data / "postmaster.pid").read_text().split()
        return said[:1] == [str(self._process.pid)] and said[-1] == "ready"

    def _end(self, how: signal.Signals) -> None:
        """Send it a signal, and wait until its children are gone, too: they share its output."""
        assert self._process, "it does not run"
        self._process.send_signal(how)
        self._process.communicate(timeout=PATIENCE)
        self._process = None


def _account() -> dict[str, Any]:
    """As whom the server runs, for `subprocess`: it refuses to be root, and in a container the tests are."""
    if os.geteuid() != 0:
        return {}
    import pwd  # here, since Windows has none

    known = {each.pw_name: each for each in pwd.getpwall()}
    chosen = known.get("postgres") or known["nobody"]
    return {"user": chosen.pw_uid, "group": chosen.pw_gid, "extra_groups": []}


def _until(condition: Callable[[], bool]) -> None:
    """Look again and again until it holds; TimeoutError after `PATIENCE`."""
    given_up = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > given_up:
            raise TimeoutError
        time.sleep(0.005)


def _version(folder: Path) -> list[int]:
    """What a folder's name says, for sorting: 9.6 comes before 15."""
    return [int(number) for number in re.findall(r"\d+", folder.parent.name)]


def installed() -> Path | None:
    """The folder of the server's programs: by PATH, or the newest of Debian's, which are not on it."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(DEBIAN.glob("*/bin"), key=_version, reverse=True)
    return next((each for each in folders if all(shutil.which(name, path=str(each)) for name in PROGRAMS)), None)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """The server of this process, made for the first test that wants it; tests take `postgres`."""
    programs = installed()
    if programs is None:
        pytest.skip(f"no PostgreSQL server on this machine (looked for initdb on PATH and in {DEBIAN}/*/bin)")
    server = Postgres(programs)
    yield server
    server.close()


@pytest.fixture
def postgres(postgres_server: Postgres) -> Iterator[Postgres]:
    """The server; whatever a test does to it is undone."""
    yield postgres_server
    postgres_server.restore()


@pytest.fixture
def postgres_database(postgres: Postgres) -> str:
    """The address of an empty database on that server."""
    return postgres.new_database()
