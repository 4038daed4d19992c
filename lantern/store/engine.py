"""What :class:`lantern.store.database.Database` asks of each kind of database, and the errors that they raise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, NamedTuple, Protocol


class DatabaseError(Exception):
    """The database cannot be used, or did not do what was asked. The text says why, and what to do where that helps."""


class NotLanternsError(DatabaseError):
    """What the setting names is no database of Lantern's. It was left untouched."""


class RowRefusedError(DatabaseError):
    """The row or its statement is wrong, so that trying again cannot help."""


NOT_OPEN = "the database is not open"

Parameters = Mapping[str, Any] | Sequence[Any]
"""Values for a statement, by name for ``:name``. SQLite alone also takes them in order for ``?``."""


class Row(Protocol):
    """A row that was read: its columns by name, ``row["topic"]`` or ``Question(**row)``, and in order, like a tuple."""

    def __getitem__(self, key: Any, /) -> Any: ...
    def __iter__(self) -> Any: ...
    def __len__(self) -> int: ...
    def keys(self) -> Any: ...


class Table(NamedTuple):
    """A table as a database has it."""

    columns: tuple[str, ...]
    key: tuple[str, ...]
    """The columns by which its rows are told apart and put in order."""


Subject = Literal["guild", "library", "wish", "language", "forgotten", "commands", "content"]
"""What other processes have to read again: a guild's choices, its library's posts, whether a member is counted and
which language they chose, that a member was forgotten, which commands Discord has, the content of all."""


class Transaction(Protocol):
    """Statements that are done together or not at all."""

    async def execute(self, statement: str, parameters: Parameters = ()) -> int:
        """Run one and return how many rows it changed. Raises :class:`DatabaseError`."""

    async def fetch(self, statement: str, parameters: Parameters = ()) -> list[Any]:
        """Run one and return the rows that it gives. Raises :class:`DatabaseError`."""

    async def copy_in(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Add rows as they are, each a value a column, the quickest way there is. Raises :class:`DatabaseError`.

        The next row that has no ``id`` gets one beyond those of these rows.
        """

    async def announce(self, subject: Subject, key: int) -> None:
        """Tell the other processes, when this is done, what they have to read again: whose it is says ``key``."""


class Engine(Protocol):
    """One database: a file of SQLite, or a database on a PostgreSQL server."""

    news: list[str]
    """Sentences for the owner. `lantern.runtime.upkeep` sends and removes them."""
    trouble: str | None
    """A sentence for the owner while a file is not where it belongs: it is open all the same, or stays closed until
    they decide. None on a server."""
    batch_rows_max: int
    """The most rows in one transaction."""
    tables_query: str
    """Gives each column of each table as ``name``, ``column_name`` and ``key_part``, its place in the key, in order."""
    hear: Callable[[str, int], None]
    """Called with what another process announced, see :meth:`Transaction.announce`; it must return at once."""

    @property
    def is_open(self) -> bool:
        """Whether there is a connection. One that broke a moment ago may still be said to be there."""

    async def open(self, *, alone: bool, exclusive: bool) -> None:
        """Connect and bring the tables up to date.

        ``alone`` is for a bot, and ``exclusive`` for what may not be done while one runs, see
        :meth:`lantern.store.database.Database.open`.
        """

    @property
    def is_saving(self) -> bool:
        """Whether it writes what has no other place than this process, so that nobody may cut it off."""

    async def close(self) -> None:
        """Let go of the database. Twice does nothing more."""

    def transaction(self, *, before_all_rows: bool = False) -> AbstractAsyncContextManager[Transaction]:
        """Everything inside is done when it ends, or nothing where it raises; one at a time, others wait.

        ``before_all_rows``: what other processes write at the same time is written before it or after it.
        """

    def lock(self, name: str) -> AbstractAsyncContextManager[bool]:
        """Whether the work of this name is this process's alone while the block runs; waits for nobody.

        Another process may have it as soon as this one, or its connection, is gone: only for what may be done twice.
        """

    async def execute(self, statement: str, parameters: Parameters) -> int:
        """A transaction of one statement; returns how many rows it changed."""

    async def fetch(self, statement: str, parameters: Parameters) -> list[Any]:
        """All rows of a query, not waiting for a transaction."""

    async def erase(self, *traces: bytes) -> bool:
        """Overwrite what was deleted until now, wherever ``traces`` of it are left on the disk, and return whether that
        is done; where another program reads the database, :meth:`look_after` does it as soon as that ends.

        A server does it by itself, in its own time.
        """

    async def refuse(self, why: str) -> None:
        """Let go of a database that must not be used, for this reason. A file is looked at again, a server is not."""

    async def look_after(self) -> bool:
        """Notice what became of the database; to be called every few seconds. Returns whether it was opened again."""
