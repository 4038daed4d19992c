-- Who asked not to be counted, forgetting a member everywhere at once, which guilds there are, and what retention looks
-- up each day.

CREATE TABLE opt_outs (
    member_key INTEGER PRIMARY KEY,  -- kept though its owner asked to be forgotten: without it she would be counted again
    since      INTEGER NOT NULL      -- UTC, milliseconds
) STRICT;

-- INSERT INTO forgotten_members (member_key) VALUES (?) is one statement and so one transaction: no row keeps the key
-- while another has lost it. A test compares this list with all columns of that name.
CREATE VIEW forgotten_members (member_key) AS SELECT NULL;

CREATE TRIGGER forget_member
INSTEAD OF INSERT ON forgotten_members
BEGIN
    UPDATE questions SET member_key = NULL WHERE member_key = NEW.member_key;
    UPDATE links     SET member_key = NULL WHERE member_key = NEW.member_key;
    UPDATE helpful   SET member_key = NULL WHERE member_key = NEW.member_key;
END;

CREATE TABLE known_guilds (
    guild_id INTEGER PRIMARY KEY,
    left_at  INTEGER                 -- UTC, milliseconds; NULL while the bot is there
) STRICT;

INSERT INTO known_guilds (guild_id)
    SELECT guild_id FROM daily_topics WHERE guild_id <> 0
     UNION
    SELECT guild_id FROM links
     UNION
    SELECT guild_id FROM misses WHERE guild_id IS NOT NULL
     UNION
    SELECT guild_id FROM guild_settings
     UNION
    SELECT guild_id FROM guild_welcomes
     UNION
    SELECT guild_id FROM library_posts;

CREATE INDEX questions_asked_at ON questions (asked_at);
CREATE INDEX links_linked_at ON links (linked_at);
