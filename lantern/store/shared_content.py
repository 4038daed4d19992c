"""The last good content of a process's folder: for its next start, and where it gives it to all, for the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import orjson

from lantern.store.database import Database
from lantern.store.rows import as_parameter, upsert

OF_ALL, OWN = 1, 2
"""The ids of the rows: the content that one process gives to all, and that of those who share none, who all have the
same release or folder (docs/scale.md)."""

DIGEST = """
SELECT digest
  FROM shared_content
 WHERE id = :id
"""

GIVEN = """
SELECT digest, files
  FROM shared_content
 WHERE id = :id
"""

KEEP_CONTENT = upsert("shared_content", ("id", "digest", "files", "given_at"), key=("id",))


class Given(NamedTuple):
    """Content as it was given: the texts of its files by their names, and a digest that tells it from others."""

    digest: str
    files: Mapping[str, str]


class SharedContent:
    """The row with the content: ``of_all``, or of those who share none. Every method raises :class:`DatabaseError`."""

    def __init__(self, database: Database, *, of_all: bool = True) -> None:
        self._database = database
        self._row = {"id": OF_ALL if of_all else OWN}

    async def digest(self) -> str | None:
        """Which content was given last; None where none was."""
        rows = await self._database.fetch(DIGEST, self._row)
        return rows[0]["digest"] if rows else None

    async def given(self) -> Given | None:
        """The content that was given last; None where none was."""
        rows = await self._database.fetch(GIVEN, self._row)
        return Given(rows[0]["digest"], orjson.loads(rows[0]["files"])) if rows else None

    async def give(self, content: Given, at: int) -> None:
        """Keep content, and tell the other processes; ``at`` is UTC in milliseconds."""
        files = orjson.dumps(content.files).decode()
        row = {**self._row, "digest": content.digest, "files": files, "given_at": at}
        async with self._database.transaction() as transaction:
            await transaction.execute(KEEP_CONTENT, as_parameter([row]))
            await transaction.announce("content", self._row["id"])
