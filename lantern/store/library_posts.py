"""The forum post of each topic in a guild's library: in memory, since answers link to it, and in the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from lantern.store.database import Database, Transaction
from lantern.store.rows import TableRow, as_mapping, as_parameter, delete, select, upsert

INDEX = "/"
"""The address of the pinned post that lists all topics; a topic's own is ``article/key``."""


class Post(NamedTuple):
    """A forum post of ours. Ids are snowflakes; ``shown`` is the SHA-256 of its content."""

    guild_id: int
    article: str
    topic: str
    forum_id: int
    thread_id: int
    message_id: int
    shown: str
    removed: bool = False
    """The topic is not in the content any more, and the post says so."""

    @property
    def address(self) -> str:
        """``article/key``, or :data:`INDEX`."""
        return f"{self.article}/{self.topic}"

    @property
    def url(self) -> str:
        """The link to the post (Discord's reference, Message Formatting)."""
        return f"https://discord.com/channels/{self.guild_id}/{self.thread_id}"


KEY = ("guild_id", "article", "topic")

ALL_POSTS = select("library_posts", Post)

KEEP_POSTS = upsert("library_posts", Post, key=KEY)

FORGET_POSTS = delete("library_posts", by=KEY)

POSTS_OF_GUILD = select("library_posts", Post, "WHERE guild_id = :guild_id")


async def keep_posts(transaction: Transaction, rows: Sequence[TableRow]) -> None:
    """Store posts, and tell the other processes, whose answers link to them."""
    await _change(transaction, KEEP_POSTS, rows)


async def forget_posts(transaction: Transaction, rows: Sequence[TableRow]) -> None:
    """Delete posts, and tell the other processes."""
    await _change(transaction, FORGET_POSTS, rows)


async def _change(transaction: Transaction, statement: str, rows: Sequence[TableRow]) -> None:
    await transaction.execute(statement, as_parameter(rows))
    for guild_id in {as_mapping(row)["guild_id"] for row in rows}:
        await transaction.announce("library", guild_id)


def _by_guild(rows: Iterable[Any]) -> dict[int, dict[str, Post]]:
    found: dict[int, dict[str, Post]] = {}
    for row in rows:
        post = Post(**row)
        found.setdefault(post.guild_id, {})[post.address] = post._replace(removed=bool(post.removed))
    return found


class LibraryPosts:
    """The library posts of all guilds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._posts: dict[int, dict[str, Post]] = {}
        self._kept = 0
        """How often :meth:`keep` or :meth:`forget` was called."""

    async def open(self) -> None:
        """Read all posts. Raises :class:`DatabaseError`."""
        self._posts = _by_guild(await self._database.fetch(ALL_POSTS))

    async def read(self, guild_id: int) -> None:
        """Read a guild's posts, because another process changed them. Raises :class:`DatabaseError`."""
        before = None
        while before != self._kept:
            # Once more where one was kept meanwhile: what was read may be without it.
            before = self._kept
            await self._database.flush()
            found = _by_guild(await self._database.fetch(POSTS_OF_GUILD, {"guild_id": guild_id}))
        self._posts.pop(guild_id, None)
        self._posts |= found

    def of(self, guild_id: int) -> dict[str, Post]:
        """A copy of a guild's posts by address; the index is under :data:`INDEX`."""
        return dict(self._posts.get(guild_id, {}))

    def url(self, guild_id: int | None, address: str) -> str | None:
        """The link to a topic's post; None where there is none. Called for every answer."""
        post = self._posts.get(guild_id or 0, {}).get(address)
        return post.url if post else None

    def keep(self, post: Post) -> None:
        """Store a post that was made or changed. Never raises: the row is queued."""
        self._posts.setdefault(post.guild_id, {})[post.address] = post
        self._kept += 1
        self._database.write(keep_posts, post)

    def forget(self, post: Post) -> None:
        """Delete a post that is gone. Never raises: the deletion is queued."""
        self._posts.get(post.guild_id, {}).pop(post.address, None)
        self._kept += 1
        self._database.write(forget_posts, post)
