"""SQL statements that write and read rows by the names of their columns.

A table's columns are listed once: as the fields of a named tuple, or as a tuple of names. The statements made here take
any number of rows at once, so that :class:`lantern.store.database.Database` writes all that is queued for one of them
in a single execution. Rows are passed as one JSON text, which only this module writes and reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

import orjson

TableRow: TypeAlias = "Mapping[str, Any] | NamedTuple"
"""A row to write, by its columns' names. Values are text, numbers (integers of 64 bits), booleans or None."""

Columns = type[NamedTuple] | Iterable[str]
"""A named tuple, whose fields are the columns, or the columns' names."""


def as_parameter(rows: Iterable[TableRow]) -> dict[str, str]:
    """The parameter for a statement made by :func:`insert`, :func:`upsert`, :func:`update` or :func:`delete`.

    A column that a row does not name is NULL, and a name that the statement does not use is left out. Raises
    :class:`TypeError` for a value that JSON cannot carry.
    """
    # orjson refuses named tuples.
    named = [row._asdict() if isinstance(row, tuple) else row for row in rows]
    return {"rows": orjson.dumps(named).decode()}


def insert(table: str, columns: Columns, *, on_conflict: str = "DO NOTHING") -> str:
    """The statement that adds rows to a table.

    ``on_conflict`` is the end of SQL's ON CONFLICT clause, for a row whose key is taken; by default the row that is
    there stays.
    """
    names = _names(columns)
    return f"INSERT INTO {table} ({', '.join(names)}) {_taken(names)} WHERE TRUE ON CONFLICT {on_conflict}"


def upsert(table: str, columns: Columns, *, key: Iterable[str]) -> str:
    """The statement that adds rows, or changes those that are there under the same ``key`` columns."""
    names, unique = _names(columns), tuple(key)
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in unique)
    return insert(table, names, on_conflict=f"({', '.join(unique)}) DO UPDATE SET {changes}")


def update(table: str, columns: Columns, *, by: str) -> str:
    """The statement that sets ``columns`` of those rows whose column ``by`` has the value given."""
    names = _names(columns)
    changes = ", ".join(f"{name} = given.{name}" for name in names)
    return f"UPDATE {table} SET {changes} FROM ({_taken((*names, by))}) AS given WHERE {table}.{by} = given.{by}"  # noqa: S608


def delete(table: str, *, by: Iterable[str]) -> str:
    """The statement that deletes those rows whose columns ``by`` have the values given."""
    names = tuple(by)
    return f"DELETE FROM {table} WHERE ({', '.join(names)}) IN ({_taken(names)})"  # noqa: S608


def select(table: str, columns: Columns, rest: str = "") -> str:
    """The query for ``columns`` of a table, read into a named tuple: ``Post(**row)``. ``rest``: WHERE and on."""
    return f"SELECT {', '.join(_names(columns))} FROM {table} {rest}"  # noqa: S608


def _names(columns: Columns) -> tuple[str, ...]:
    return columns._fields if isinstance(columns, type) else tuple(columns)


def _taken(names: tuple[str, ...]) -> str:
    """The query that reads the rows from the JSON text of :func:`as_parameter`."""
    taken = ", ".join(f"value ->> '{name}' AS {name}" for name in names)
    return f"SELECT {taken} FROM json_each(:rows)"  # noqa: S608
