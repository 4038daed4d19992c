-- Words and who wrote them cannot be laid beside each other: words and corrections have the day alone and a random id, a
-- correction does not name its question, and a link not the message that it answers.

-- id: random, so that rows stand in no order; the button "Don't keep this" names it, and nothing else points here.
-- day: YYYYMMDD where the guild is.
CREATE TABLE misses_by_day (
    id        INTEGER PRIMARY KEY,
    day       INTEGER NOT NULL,
    guild_id  INTEGER,              -- NULL in direct messages and where the bot is not in the guild
    words     TEXT NOT NULL,        -- lower case, with names, addresses and numbers masked
    nearest   TEXT NOT NULL,        -- JSON: [[article, topic, score], …], best first
    score     REAL NOT NULL,        -- of the best; 0 when nothing was near
    came_from TEXT NOT NULL         -- 'ask': no answer found; 'none_of_these', 'not_it': a member said so
) STRICT;

INSERT INTO misses_by_day (id, day, guild_id, words, nearest, score, came_from)
    SELECT id, CAST(strftime('%Y%m%d', asked_at / 1000, 'unixepoch') AS INTEGER), guild_id, words, nearest, score,
           came_from
      FROM misses
  ORDER BY id;

DROP TABLE misses;
ALTER TABLE misses_by_day RENAME TO misses;

CREATE INDEX misses_guild ON misses (guild_id, day);
CREATE INDEX misses_age ON misses (day);

CREATE TABLE corrections_by_day (
    id             INTEGER PRIMARY KEY,  -- random; only the process that wrote the row can say which question's it is
    day            INTEGER NOT NULL,     -- YYYYMMDD where the guild is
    guild_id       INTEGER,
    article        TEXT NOT NULL,        -- what was shown
    topic          TEXT NOT NULL,
    wanted_article TEXT,                 -- what was chosen instead, NULL while nothing was
    wanted_topic   TEXT,
    came_from      TEXT NOT NULL         -- 'ask' or 'thread'
) STRICT;

INSERT INTO corrections_by_day (id, day, guild_id, article, topic, wanted_article, wanted_topic, came_from)
    SELECT random() & 4611686018427387903, CAST(strftime('%Y%m%d', corrected_at / 1000, 'unixepoch') AS INTEGER),
           guild_id, article, topic, wanted_article, wanted_topic, came_from
      FROM corrections
  ORDER BY 1;

DROP TABLE corrections;
ALTER TABLE corrections_by_day RENAME TO corrections;

CREATE INDEX corrections_guild ON corrections (guild_id, day);
CREATE INDEX corrections_age ON corrections (day);

ALTER TABLE links DROP COLUMN answered_message_id;

-- Rows lose the member's key after some weeks, the oldest first.
CREATE INDEX questions_keyed ON questions (asked_at) WHERE member_key IS NOT NULL;
