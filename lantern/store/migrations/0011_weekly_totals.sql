-- What may be told of each week, decided once when it is over, see `store/weekly_totals.py`, and kept for ever.

CREATE TABLE weekly_totals (
    guild_id INTEGER NOT NULL,  -- 0 in direct messages and where the bot is not in the guild
    kind     TEXT NOT NULL,     -- what is counted, see `weekly_totals.Kind`; each week has one row 'week'
    week     INTEGER NOT NULL,  -- its Monday, YYYYMMDD, as days in questions
    article  TEXT NOT NULL,     -- '' where it is of all articles
    topic    TEXT NOT NULL,
    part     TEXT NOT NULL,     -- which day, channel, source or other topic; '' where the kind has no parts
    number   INTEGER NOT NULL,
    PRIMARY KEY (guild_id, kind, week, article, topic, part)
) STRICT, WITHOUT ROWID;

-- Channels are told, and threads with the channel that they are in.
ALTER TABLE questions ADD COLUMN parent_id INTEGER;

-- Nothing reads it: of a channel only what five members did is told, which it does not know.
DROP TABLE daily_channels;
