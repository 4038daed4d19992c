-- Where an answer was put under somebody's message: by a moderator, or by Lantern itself under a thread's title. Links are
-- not questions; how often one was read is counted from questions.link_id.

CREATE TABLE links (
    id                  INTEGER PRIMARY KEY,  -- of what caused it, an interaction or a thread: done twice, it is one row
    linked_at           INTEGER NOT NULL,     -- UTC, milliseconds
    guild_id            INTEGER NOT NULL,
    channel_id          INTEGER NOT NULL,     -- the thread where there is one
    answered_message_id INTEGER,              -- NULL where the card answers no message in particular
    message_id          INTEGER NOT NULL,     -- the card
    article             TEXT NOT NULL,
    topic               TEXT NOT NULL,
    member_key          INTEGER,              -- the moderator's, made as members' are; NULL once forgotten
    automatic           INTEGER NOT NULL,     -- posted by Lantern itself
    notify              INTEGER NOT NULL,     -- its author was to be notified
    whole               INTEGER NOT NULL,     -- the whole answer stands there, not its summary
    whole_at            INTEGER,              -- since when, which may be later than the link
    taken_back          INTEGER NOT NULL DEFAULT 0  -- set to 1, the row goes: deleting alone is what retention does
) STRICT;

CREATE TRIGGER links_taken_back
AFTER UPDATE OF taken_back ON links WHEN NEW.taken_back
BEGIN
    DELETE FROM links WHERE id = NEW.id;
END;

CREATE INDEX links_channel ON links (channel_id, article, topic, linked_at);
CREATE INDEX links_guild ON links (guild_id, linked_at);
CREATE INDEX links_message ON links (message_id);
CREATE INDEX links_member ON links (member_key) WHERE member_key IS NOT NULL;
CREATE INDEX links_whole_at ON links (whole_at) WHERE whole_at IS NOT NULL;

-- What was answered in a channel already is looked up while a moderator waits.
CREATE INDEX questions_public_channel ON questions (channel_id, article, topic, public_at) WHERE public = 1;
