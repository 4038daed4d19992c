"""The last good content of the process whose folder is the truth: for the other processes, and for its own start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import orjson

from lantern.store.database import Database
from lantern.store.rows import as_parameter, upsert

ONLY = 1
"""The id of the one row."""

DIGEST = "SELECT digest FROM shared_content"

GIVEN = "SELECT digest, files FROM shared_content"

KEEP_CONTENT = upsert("shared_content", ("id", "digest", "files", "given_at"), key=("id",))


class Given(NamedTuple):
    """Content as it was given: the texts of its files by their names, and a digest that tells it from others."""

    digest: str
    files: Mapping[str, str]


class SharedContent:
    """The row with the content. Every method raises :class:`DatabaseError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def digest(self) -> str | None:
        """Which content was given last; None where none was."""
        rows = await self._database.fetch(DIGEST)
        return rows[0]["digest"] if rows else None

    async def given(self) -> Given | None:
        """The content that was given last; None where none was."""
        rows = await self._database.fetch(GIVEN)
        return Given(rows[0]["digest"], orjson.loads(rows[0]["files"])) if rows else None

    async def give(self, content: Given, at: int) -> None:
        """Keep content for all processes, and tell them; ``at`` is UTC in milliseconds."""
        files = orjson.dumps(content.files).decode()
        row = {"id": ONLY, "digest": content.digest, "files": files, "given_at": at}
        async with self._database.transaction() as transaction:
            await transaction.execute(KEEP_CONTENT, as_parameter([row]))
            await transaction.announce("content", ONLY)
