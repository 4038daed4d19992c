"""Library posts: known in memory, and after a restart."""

from __future__ import annotations

from lantern.store.database import Database
from lantern.store.library_posts import INDEX, LibraryPosts, Post
from tests.support.rows import found

POST = Post(
    guild_id=1, article="twinflame", topic="runner", forum_id=2, thread_id=3, message_id=4, shown="0f", removed=False
)


async def test_a_post_is_known_at_once_and_after_a_restart(database: Database) -> None:
    posts = LibraryPosts(database)
    posts.keep(POST)
    posts.keep(POST._replace(article="", topic="", thread_id=5))
    posts.keep(POST._replace(guild_id=9))
    moved = POST._replace(forum_id=6, thread_id=7, message_id=8, shown="1f", removed=True)
    posts.keep(moved)
    await database.flush()
    again = LibraryPosts(database)
    await again.open()

    for known in (posts, again):
        assert known.of(1)["twinflame/runner"] == moved
        assert known.of(1)[INDEX].thread_id == 5
        assert known.of(1)["twinflame/runner"].removed is True
        assert list(known.of(9)) == ["twinflame/runner"]
        assert known.of(10) == {}
        assert known.url(1, "twinflame/runner") == "https://discord.com/channels/1/7"
        assert known.url(1, "twinflame/hope") is known.url(10, "twinflame/runner") is known.url(None, INDEX) is None


async def test_a_post_that_is_forgotten_is_gone_and_the_list_of_before_stays(database: Database) -> None:
    posts = LibraryPosts(database)
    posts.keep(POST)
    posts.keep(POST._replace(topic="hope"))
    before = posts.of(1)

    posts.forget(POST)
    posts.forget(POST._replace(guild_id=10))
    await database.flush()

    assert list(posts.of(1)) == ["twinflame/hope"]
    assert len(before) == 2
    assert await found(database, "SELECT guild_id, topic FROM library_posts") == [(1, "hope")]
    await posts.open()
    assert list(posts.of(1)) == ["twinflame/hope"]
