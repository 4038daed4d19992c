-- What each guild chose for itself, which invitation was greeted, and which forum post tells which topic.

CREATE TABLE guild_settings (
    guild_id INTEGER NOT NULL,
    name     TEXT NOT NULL,  -- a field of GuildSettings; names that no version knows any more are left alone
    value    TEXT NOT NULL,  -- JSON
    PRIMARY KEY (guild_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE guild_welcomes (
    guild_id  INTEGER PRIMARY KEY,
    joined_at INTEGER NOT NULL  -- UTC, milliseconds: which invitation was greeted, so that no reconnect repeats it
) STRICT;

CREATE TABLE library_posts (
    guild_id   INTEGER NOT NULL,
    article    TEXT NOT NULL,     -- '' with topic '': the pinned post that lists all topics
    topic      TEXT NOT NULL,
    forum_id   INTEGER NOT NULL,
    thread_id  INTEGER NOT NULL,
    message_id INTEGER NOT NULL,  -- the card; the thread's own id, unless its first message was deleted and sent anew
    shown      TEXT NOT NULL,     -- SHA-256 of what was last put there, so that only what changed is edited
    removed    INTEGER NOT NULL DEFAULT 0,  -- the topic is not in the content any more, and the post says so
    PRIMARY KEY (guild_id, article, topic)
) STRICT, WITHOUT ROWID;

CREATE INDEX library_posts_thread ON library_posts (thread_id);
