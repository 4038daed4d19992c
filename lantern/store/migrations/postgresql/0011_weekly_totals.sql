-- As SQLite's eleventh step.

CREATE TABLE weekly_totals (
    guild_id BIGINT NOT NULL,
    kind     TEXT COLLATE "C" NOT NULL,
    week     INTEGER NOT NULL,
    article  TEXT COLLATE "C" NOT NULL,
    topic    TEXT COLLATE "C" NOT NULL,
    part     TEXT COLLATE "C" NOT NULL,
    number   BIGINT NOT NULL,
    PRIMARY KEY (guild_id, kind, week, article, topic, part)
);

ALTER TABLE questions ADD COLUMN parent_id BIGINT;

DROP TABLE daily_channels;
