"""The languages that members chose to be answered in, in the place of their Discord's: in memory, too."""

from __future__ import annotations

import asyncio

from lantern.languages.translation import LANGUAGES
from lantern.store.database import Database
from lantern.store.rows import as_parameter, upsert

ALL_LANGUAGES = "SELECT member_key, language FROM member_languages"

LANGUAGE = "SELECT member_key, language FROM member_languages WHERE member_key = :member_key"

KEEP_LANGUAGE = upsert("member_languages", ("member_key", "language"), key=("member_key",))

DELETE_LANGUAGE = "DELETE FROM member_languages WHERE member_key = :member_key"


class MemberLanguages:
    """Each choice by its member's key. Methods that wait raise :class:`DatabaseError`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._languages: dict[int, str] = {}
        # What was read must not overwrite what was chosen during the reading.
        self._one_at_a_time = asyncio.Lock()

    def of(self, member_key: int) -> str | None:
        """The language that a member chose; None for that of their Discord."""
        return self._languages.get(member_key)

    async def open(self) -> None:
        """Read all choices. A language of a newer Lantern stays in the database and is as if it were not chosen."""
        async with self._one_at_a_time:
            rows = await self._database.fetch(ALL_LANGUAGES)
            self._languages = {row["member_key"]: row["language"] for row in rows if row["language"] in LANGUAGES}

    async def read(self, member_key: int) -> None:
        """Read a member's choice, because it was made in another process or they were forgotten."""
        async with self._one_at_a_time:
            self._languages.pop(member_key, None)
            for row in await self._database.fetch(LANGUAGE, {"member_key": member_key}):
                if row["language"] in LANGUAGES:
                    self._languages[member_key] = row["language"]

    async def choose(self, member_key: int, language: str | None) -> None:
        """Keep a member's choice; None deletes it."""
        async with self._one_at_a_time:
            async with self._database.transaction() as transaction:
                row = {"member_key": member_key, "language": language}
                if language is None:
                    await transaction.execute(DELETE_LANGUAGE, {"member_key": member_key})
                else:
                    await transaction.execute(KEEP_LANGUAGE, as_parameter([row]))
                await transaction.announce("language", member_key)
            if language is None:
                self._languages.pop(member_key, None)
            else:
                self._languages[member_key] = language

    async def keep_choices(self) -> None:
        """Write the choices in memory into a file that took the database's place; :meth:`open` reads those it has."""
        for member_key, language in list(self._languages.items()):
            await self.choose(member_key, language)
