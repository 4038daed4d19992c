-- As SQLite's tenth step.

CREATE TABLE misses_by_day (
    id        BIGINT PRIMARY KEY,
    day       INTEGER NOT NULL,
    guild_id  BIGINT,
    words     TEXT COLLATE "C" NOT NULL,
    nearest   JSON NOT NULL,
    score     DOUBLE PRECISION NOT NULL,
    came_from TEXT COLLATE "C" NOT NULL
);

INSERT INTO misses_by_day (id, day, guild_id, words, nearest, score, came_from)
    SELECT id, CAST(to_char(to_timestamp(asked_at / 1000) AT TIME ZONE 'UTC', 'YYYYMMDD') AS INTEGER), guild_id, words,
           nearest, score, came_from
      FROM misses
  ORDER BY id;

DROP TABLE misses;
ALTER TABLE misses_by_day RENAME TO misses;
ALTER INDEX misses_by_day_pkey RENAME TO misses_pkey;

CREATE INDEX misses_guild ON misses (guild_id, day);
CREATE INDEX misses_age ON misses (day);

CREATE TABLE corrections_by_day (
    id             BIGINT PRIMARY KEY,
    day            INTEGER NOT NULL,
    guild_id       BIGINT,
    article        TEXT COLLATE "C" NOT NULL,
    topic          TEXT COLLATE "C" NOT NULL,
    wanted_article TEXT COLLATE "C",
    wanted_topic   TEXT COLLATE "C",
    came_from      TEXT COLLATE "C" NOT NULL
);

INSERT INTO corrections_by_day (id, day, guild_id, article, topic, wanted_article, wanted_topic, came_from)
    SELECT shuffled.id, day, guild_id, article, topic, wanted_article, wanted_topic, came_from
      FROM (
            SELECT CAST(floor(random() * 4503599627370496) AS BIGINT) * 1000 + CAST(floor(random() * 1000) AS BIGINT)
                   AS id,
                   CAST(to_char(to_timestamp(corrected_at / 1000) AT TIME ZONE 'UTC', 'YYYYMMDD') AS INTEGER) AS day,
                   guild_id, article, topic, wanted_article, wanted_topic, came_from
              FROM corrections
           ) AS shuffled
  ORDER BY shuffled.id;

DROP TABLE corrections;
ALTER TABLE corrections_by_day RENAME TO corrections;
ALTER INDEX corrections_by_day_pkey RENAME TO corrections_pkey;

CREATE INDEX corrections_guild ON corrections (guild_id, day);
CREATE INDEX corrections_age ON corrections (day);

ALTER TABLE links DROP COLUMN answered_message_id;

CREATE INDEX questions_keyed ON questions (asked_at) WHERE member_key IS NOT NULL;
