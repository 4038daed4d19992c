"""What of a statement is said in another way to PostgreSQL, and what its errors mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

OLDEST = 15
"""The oldest server that this is tested with."""
BATCH_ROWS_MAX = 500
"""The most rows in one transaction: what is lost to the queue when the connection dies in the middle is sent again."""

TABLES = """
    SELECT relname AS name, attname AS column_name, array_position(indkey::smallint[], attnum) + 1 AS key_part
      FROM pg_class
      JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
 LEFT JOIN pg_index ON indrelid = pg_class.oid AND indisprimary
     WHERE relkind = 'r' AND relnamespace = to_regnamespace(current_schema()::text)
  ORDER BY relname, attnum
"""

GIVEN_ROWS = re.compile(r"given_rows\((\w+)\)")
IN_LIST = re.compile(r"IN \(SELECT value FROM json_each\(:(\w+)\)\)")
NAMED = re.compile(r"(?<![:\w]):([a-z_]+)")

REFUSALS = ("21", "22", "23", "42")
"""Classes of SQLSTATE in which the row or its statement is wrong: cardinality, data, constraints, syntax and names
(PostgreSQL's documentation, appendix A)."""
CURABLE = ("42501", "42P01")
"""Of the class of names, but somebody may put it right: rights that are missing, and tables."""


@lru_cache(maxsize=512)
def statement(text: str) -> tuple[str, tuple[str, ...]]:
    """A statement in PostgreSQL's words, ``$1`` and on, and the names of the values in that order."""
    names: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        return f"${names.setdefault(match[1], len(names) + 1)}"

    said = GIVEN_ROWS.sub(r"json_populate_recordset(NULL::\1, :rows::json)", text)
    said = IN_LIST.sub(r"= ANY(:\1::bigint[])", said)
    return NAMED.sub(number, said), tuple(names)


def parameters(names: tuple[str, ...], given: Mapping[str, Any]) -> list[Any]:
    """The values in the order of the numbers."""
    return [given[name] for name in names]


def is_refusal(sqlstate: str | None) -> bool:
    """Whether the row or its statement is wrong, so that trying again cannot help."""
    return sqlstate is not None and sqlstate.startswith(REFUSALS) and sqlstate not in CURABLE
