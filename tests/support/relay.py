"""A way to a PostgreSQL server for one process alone, which can be cut while the others reach the server."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Self
from urllib.parse import parse_qs, urlsplit


class Relay:
    """Listens on 127.0.0.1 and passes everything on to a server's socket. An asynchronous context manager.

    `address` is that of the database with this way in it.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        query = parse_qs(parts.query)
        self._socket = f"{query['host'][0]}/.s.PGSQL.5432"
        self._login = f"{query['user'][0]}@127.0.0.1"
        self._database = parts.path
        self._cut = False
        self._going = asyncio.Event()
        self._going.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._passing: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.go_on()
        self.cut()
        await asyncio.gather(*self._passing, return_exceptions=True)

    @property
    def address(self) -> str:
        """Where a process finds the database through here."""
        return f"postgresql://{self._login}:{self._server.sockets[0].getsockname()[1]}{self._database}"

    def cut(self) -> None:
        """End all connections on both sides, and take no new ones."""
        self._cut = True
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        """Take connections again."""
        self._cut = False

    def hold(self) -> None:
        """Pass nothing on from now on, as of a server that hangs: connections stay, and are taken."""
        self._going.clear()

    def go_on(self) -> None:
        """Pass on again, what came meanwhile first."""
        self._going.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            writer.transport.abort()
            return
        there, back = await asyncio.open_unix_connection(self._socket)
        ways = [asyncio.create_task(self._pass(reader, back)), asyncio.create_task(self._pass(there, writer))]
        self._writers |= {writer, back}
        self._passing |= set(ways)
        await asyncio.wait(ways)
        self._writers -= {writer, back}
        self._passing -= set(ways)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(2**16):
                await self._going.wait()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()
