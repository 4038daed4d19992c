"""SQL statements that write and read rows by the names of their columns.

A table's columns are listed once: as the fields of a named tuple, or as a tuple of names. The statements made here take
any number of rows at once, so that :class:`lantern.store.database.Database` writes all that is queued for one of them
in a single execution. Rows are passed as one JSON text, :func:`as_parameter`; ``given_rows(table)`` in a statement
stands for them, and each database's dialect says how it reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

import orjson

TableRow: TypeAlias = "Mapping[str, Any] | NamedTuple"
"""A row to write, by its columns' names. Values are text, numbers (integers of 64 bits), booleans or None;
a list goes into a column with JSON."""

Columns = type[NamedTuple] | Iterable[str]
"""A named tuple, whose fields are the columns, or the columns' names."""


def as_parameter(rows: Iterable[TableRow]) -> dict[str, str]:
    """The parameter for a statement made by :func:`insert`, :func:`upsert`, :func:`update` or :func:`delete`.

    A column that a row does not name is NULL, and a name that the statement does not use is left out. Yes and no become
    1 and 0, as the columns are. Raises :class:`TypeError` for a value that JSON cannot carry.
    """
    # orjson refuses named tuples.
    named = [as_mapping(row) for row in rows]
    numbers = [{name: int(value) if isinstance(value, bool) else value for name, value in row.items()} for row in named]
    return {"rows": orjson.dumps(numbers).decode()}


def as_mapping(row: TableRow) -> Mapping[str, Any]:
    """A row with its columns' names."""
    return row._asdict() if isinstance(row, tuple) else row


def as_kept(number: int) -> bytes:
    """The bytes of a whole number in a row of SQLite (its file format, 2.1): of 1, 2, 3, 4, 6 or 8 the fewest."""
    size = next(size for size in (1, 2, 3, 4, 6, 8) if -(1 << (8 * size - 1)) <= number < 1 << (8 * size - 1))
    return number.to_bytes(size, "big", signed=True)


def as_id(number: int) -> bytes:
    """The bytes of a positive number as the id of a row of SQLite: a "varint" (its file format, 1.6)."""
    if number >= 1 << 56:
        high = number >> 8
        return bytes(0x80 | (high >> 7 * at) & 0x7F for at in range(7, -1, -1)) + bytes([number & 0xFF])
    parts = [number & 0x7F]
    while number := number >> 7:
        parts.append(0x80 | number & 0x7F)
    return bytes(reversed(parts))


def insert(
    table: str,
    columns: Columns,
    *,
    on_conflict: str = "DO NOTHING",
    returned: Columns = (),
    happened: str = "",
    of_uncounted: bool = False,
) -> str:
    """The statement that adds rows to a table.

    ``on_conflict`` is the end of SQL's ON CONFLICT clause, for a row whose key is taken; by default the row that is
    there stays. ``returned``: the columns that it gives of each row that was added. ``happened``: for rows with a
    member key, the column that says when; the row of a member who was forgotten since then is added without it, and
    that of a member who did not want to be counted then is not added, or with ``of_uncounted`` without the key.
    """
    names = _names(columns)
    rows = _as_wished(table, names, happened, of_uncounted) if happened else f"{given(table, names)} WHERE TRUE"
    added = f"INSERT INTO {table} ({', '.join(names)}) {rows} ON CONFLICT {on_conflict}"
    return added + returning(returned)


def upsert(table: str, columns: Columns, *, key: Iterable[str]) -> str:
    """The statement that adds rows, or changes those that are there under the same ``key`` columns."""
    names, unique = _names(columns), tuple(key)
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in unique)
    return insert(table, names, on_conflict=f"({', '.join(unique)}) DO UPDATE SET {changes}")


def update(table: str, columns: Columns, *, by: Columns) -> str:
    """The statement that sets ``columns`` of those rows whose columns ``by`` have the values given."""
    changes = ", ".join(f"{name} = given.{name}" for name in _names(columns))
    return changed(table, changes, columns, by=by)


def changed(table: str, changes: str, columns: Columns, *, by: Columns) -> str:
    """The statement that changes those rows whose columns ``by`` have the values given.

    ``changes`` is what follows SET, in which ``given.x`` is the value given for one of ``columns``.
    """
    key = _names(by)
    same = " AND ".join(f"{table}.{name} = given.{name}" for name in key)
    return f"UPDATE {table} SET {changes} FROM ({given(table, (*key, *_names(columns)))}) AS given WHERE {same}"  # noqa: S608


def delete(table: str, *, by: Columns, returned: Columns = ()) -> str:
    """The statement that deletes those rows whose columns ``by`` have the values given.

    ``returned``: the columns that it gives of each row that is gone.
    """
    names = _names(by)
    gone = f"DELETE FROM {table} WHERE ({', '.join(names)}) IN ({given(table, names)})"  # noqa: S608
    return gone + returning(returned)


def select(table: str, columns: Columns, rest: str = "") -> str:
    """The query for ``columns`` of a table, read into a named tuple: ``Post(**row)``. ``rest``: WHERE and on."""
    return f"SELECT {', '.join(_names(columns))} FROM {table} {rest}"  # noqa: S608


def given(table: str, names: Iterable[str]) -> str:
    """The query that gives the rows of :func:`as_parameter`; their values are of the types that the table's have."""
    return f"SELECT {', '.join(names)} FROM given_rows({table})"  # noqa: S608


def _as_wished(table: str, names: tuple[str, ...], happened: str, of_uncounted: bool) -> str:
    # Looked up here and not before: another process may have heard the wish, and this one not yet.
    same = "member_key = given.member_key AND"
    forgotten = f"EXISTS (SELECT 1 FROM forgotten WHERE forgotten.{same} forgotten_at > given.{happened})"  # noqa: S608
    uncounted = f"EXISTS (SELECT 1 FROM opt_outs WHERE opt_outs.{same} since <= given.{happened})"  # noqa: S608
    unknown = f"{forgotten} OR {uncounted}" if of_uncounted else forgotten
    key = f"CASE WHEN {unknown} THEN NULL ELSE member_key END"
    values = ", ".join(key if name == "member_key" else name for name in names)
    kept = "TRUE" if of_uncounted else f"NOT {uncounted}"
    return f"SELECT {values} FROM ({given(table, names)}) AS given WHERE {kept}"  # noqa: S608


def _names(columns: Columns) -> tuple[str, ...]:
    return columns._fields if isinstance(columns, type) else tuple(columns)


def returning(columns: Columns) -> str:
    """The end of a statement that gives these columns of each row that it changed."""
    names = _names(columns)
    return f" RETURNING {', '.join(names)}" if names else ""
