-- What the article did not answer, and what members said of what it did. No row here names a member's question in
-- `questions`: by its time alone (a whole hour) nobody can tell whose words they were.

CREATE TABLE misses (
    id        INTEGER PRIMARY KEY,  -- random: the button "Don't keep this" names it, and nothing else points here
    asked_at  INTEGER NOT NULL,     -- UTC, milliseconds, the beginning of the hour
    guild_id  INTEGER,              -- NULL in direct messages and where the bot is not in the guild
    words     TEXT NOT NULL,        -- lower case, with names, addresses and numbers masked
    nearest   TEXT NOT NULL,        -- JSON: [[article, topic, score], …], best first
    score     REAL NOT NULL,        -- of the best; 0 when nothing was near
    came_from TEXT NOT NULL         -- 'ask': no answer found; 'none_of_these', 'not_it': a member said so
) STRICT;

CREATE INDEX misses_guild ON misses (guild_id, asked_at);
CREATE INDEX misses_age ON misses (asked_at);

CREATE TABLE corrections (
    id             INTEGER PRIMARY KEY,
    corrected_at   INTEGER NOT NULL,  -- UTC, milliseconds
    ask_id         INTEGER NOT NULL,  -- the interaction that asked; of an automatic answer in a thread, its message
    guild_id       INTEGER,
    article        TEXT NOT NULL,     -- what was shown
    topic          TEXT NOT NULL,
    wanted_article TEXT,              -- what was chosen instead, NULL while nothing was
    wanted_topic   TEXT,
    came_from      TEXT NOT NULL,     -- 'ask' or 'thread'
    UNIQUE (ask_id, article, topic)
) STRICT;

CREATE INDEX corrections_guild ON corrections (guild_id, corrected_at);
CREATE INDEX corrections_age ON corrections (corrected_at);

CREATE TABLE helpful (
    id         INTEGER PRIMARY KEY,
    helped_at  INTEGER NOT NULL,      -- UTC, milliseconds
    guild_id   INTEGER,
    article    TEXT NOT NULL,
    topic      TEXT NOT NULL,
    member_key INTEGER                -- keyed hash as in questions; NULL once forgotten
) STRICT;

CREATE UNIQUE INDEX helpful_once ON helpful (member_key, coalesce(guild_id, 0), article, topic)
    WHERE member_key IS NOT NULL;
CREATE INDEX helpful_guild ON helpful (guild_id, helped_at);
CREATE INDEX helpful_age ON helpful (helped_at);
