-- Figures of any age: two daily totals that are kept for ever, written in the same transaction as the questions they
-- count. They follow an ask, its taking back and its sharing; forgetting a member and retention do not touch them.

CREATE TABLE daily_topics (
    guild_id      INTEGER NOT NULL,            -- 0 in direct messages and where the bot is not in the guild
    day           INTEGER NOT NULL,            -- YYYYMMDD, as in questions
    article       TEXT NOT NULL,
    topic         TEXT NOT NULL,
    source        TEXT NOT NULL,
    asks          INTEGER NOT NULL,            -- all of them
    by_moderators INTEGER NOT NULL,            -- of these, by people who may manage messages: not "members ask"
    shares        INTEGER NOT NULL,            -- of these, how many all in the channel were shown
    PRIMARY KEY (guild_id, day, article, topic, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE daily_channels (
    guild_id      INTEGER NOT NULL,
    day           INTEGER NOT NULL,
    channel_id    INTEGER NOT NULL,            -- the thread where there is one; 0 where none is known
    asks          INTEGER NOT NULL,
    by_moderators INTEGER NOT NULL,
    shares        INTEGER NOT NULL,
    PRIMARY KEY (guild_id, day, channel_id)
) STRICT, WITHOUT ROWID;

INSERT INTO daily_topics
    SELECT coalesce(guild_id, 0), day, article, topic, source, count(*), sum(by_moderator), sum(public)
      FROM questions
  GROUP BY 1, 2, 3, 4, 5;

INSERT INTO daily_channels
    SELECT coalesce(guild_id, 0), day, coalesce(channel_id, 0), count(*), sum(by_moderator), sum(public)
      FROM questions
  GROUP BY 1, 2, 3;

CREATE TRIGGER questions_asked
AFTER INSERT ON questions
BEGIN
    INSERT INTO daily_topics (guild_id, day, article, topic, source, asks, by_moderators, shares)
    VALUES (coalesce(NEW.guild_id, 0), NEW.day, NEW.article, NEW.topic, NEW.source, 1, NEW.by_moderator, NEW.public)
    ON CONFLICT DO UPDATE
       SET asks = asks + 1, by_moderators = by_moderators + excluded.by_moderators, shares = shares + excluded.shares;

    INSERT INTO daily_channels (guild_id, day, channel_id, asks, by_moderators, shares)
    VALUES (coalesce(NEW.guild_id, 0), NEW.day, coalesce(NEW.channel_id, 0), 1, NEW.by_moderator, NEW.public)
    ON CONFLICT DO UPDATE
       SET asks = asks + 1, by_moderators = by_moderators + excluded.by_moderators, shares = shares + excluded.shares;
END;

CREATE TRIGGER questions_shared
AFTER UPDATE OF public ON questions WHEN NEW.public <> OLD.public
BEGIN
    UPDATE daily_topics
       SET shares = shares + NEW.public - OLD.public
     WHERE guild_id = coalesce(NEW.guild_id, 0) AND day = NEW.day
       AND article = NEW.article AND topic = NEW.topic AND source = NEW.source;

    UPDATE daily_channels
       SET shares = shares + NEW.public - OLD.public
     WHERE guild_id = coalesce(NEW.guild_id, 0) AND day = NEW.day AND channel_id = coalesce(NEW.channel_id, 0);
END;

DROP TRIGGER questions_taken_back;

CREATE TRIGGER questions_taken_back
AFTER UPDATE OF taken_back ON questions WHEN NEW.taken_back
BEGIN
    UPDATE daily_topics
       SET asks = asks - 1, by_moderators = by_moderators - NEW.by_moderator, shares = shares - NEW.public
     WHERE guild_id = coalesce(NEW.guild_id, 0) AND day = NEW.day
       AND article = NEW.article AND topic = NEW.topic AND source = NEW.source;

    DELETE FROM daily_topics
     WHERE guild_id = coalesce(NEW.guild_id, 0) AND day = NEW.day
       AND article = NEW.article AND topic = NEW.topic AND source = NEW.source AND asks = 0;

    UPDATE daily_channels
       SET asks = asks - 1, by_moderators = by_moderators - NEW.by_moderator, shares = shares - NEW.public
     WHERE guild_id = coalesce(NEW.guild_id, 0) AND day = NEW.day AND channel_id = coalesce(NEW.channel_id, 0);

    DELETE FROM daily_channels
     WHERE guild_id = coalesce(NEW.guild_id, 0) AND day = NEW.day AND channel_id = coalesce(NEW.channel_id, 0)
       AND asks = 0;

    DELETE FROM questions WHERE id = NEW.id;
END;

-- Distinct members, what one member asked again, and where members went on to, without touching the rows themselves and
-- in the order in which one member's asks follow one another: sorting would take most of the time.
CREATE INDEX questions_asked_again
    ON questions (guild_id, article, topic, member_key, asked_at, day, by_moderator, from_topic);

-- A weekly digest is claimed here before it is sent: after a crash in between nobody knows whether Discord took it, and
-- then it is not sent again.
CREATE TABLE digests (
    guild_id   INTEGER NOT NULL,
    week       INTEGER NOT NULL,               -- YYYYMMDD of the local day on which it was due
    claimed_at INTEGER NOT NULL,               -- UTC, milliseconds
    channel_id INTEGER NOT NULL,
    message_id INTEGER,                        -- once Discord has taken it
    failure    TEXT,                           -- why it was not posted, where that is known
    PRIMARY KEY (guild_id, week)
) STRICT, WITHOUT ROWID;
