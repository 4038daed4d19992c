"""What of a statement is said in another way to SQLite (3.38 or newer), and what its errors mean."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

OLDEST = (3, 38)
"""The first with the operator ``->>``, by which rows are read from JSON; an older one fails at the first question."""
BATCH_ROWS_MAX = 500
"""The most rows in one transaction, so that the file is never locked for long."""

TABLES = """
    SELECT tables.name, columns.name AS column_name, columns.pk AS key_part
      FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
     WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
  ORDER BY tables.name, columns.cid
"""

GIVEN_ROWS = re.compile(r"SELECT ([\w, ]+) FROM given_rows\(\w+\)")
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@lru_cache(maxsize=512)
def statement(text: str) -> str:
    """A statement in SQLite's words. ``given_rows`` is what :mod:`lantern.store.rows` writes."""
    return GIVEN_ROWS.sub(_from_json, text)


def _from_json(match: re.Match[str]) -> str:
    columns = ", ".join(f"value ->> '{name}' AS {name}" for name in match[1].split(", "))
    return f"SELECT {columns} FROM json_each(:rows)"  # noqa: S608


def parameters(given: Mapping[str, Any] | Sequence[Any]) -> Mapping[str, Any] | Sequence[Any]:
    """The values of a statement; a list of numbers is read by ``json_each``."""
    if not isinstance(given, Mapping):
        return given
    return {name: orjson.dumps(value).decode() if isinstance(value, list) else value for name, value in given.items()}


def is_damage(error: BaseException) -> bool:
    """Whether SQLite says that the file itself is damaged (result codes SQLITE_CORRUPT and SQLITE_NOTADB)."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in DAMAGE


def is_locked(error: BaseException) -> bool:
    """Whether another program has locked the file (result codes SQLITE_BUSY and SQLITE_LOCKED)."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_refusal(error: BaseException) -> bool:
    """Whether the row or its statement is wrong, so that trying again cannot help.

    SQLITE_ERROR means that a statement does not fit the schema. Other errors (locked, full, read-only, damaged) come
    from the state of the file, which may change.
    """
    if isinstance(error, sqlite3.IntegrityError | sqlite3.DataError):
        return True
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
