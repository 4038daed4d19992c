-- What the operator's one file keeps from the first day: the secret behind member keys, the commands last sent to
-- Discord, and one row each time a member asks.

CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE synced_commands (
    application_id INTEGER PRIMARY KEY,
    payload_hash   TEXT NOT NULL,
    command_ids    TEXT NOT NULL,  -- JSON: name -> snowflake, so that /help can mention them without asking Discord
    synced_at      INTEGER NOT NULL
) STRICT;

CREATE TABLE questions (
    id                INTEGER PRIMARY KEY,
    asked_at          INTEGER NOT NULL,         -- UTC, milliseconds
    day               INTEGER NOT NULL,         -- YYYYMMDD where the guild is, at the moment of asking
    interaction_id    INTEGER NOT NULL UNIQUE,  -- an interaction delivered twice is one row
    guild_id          INTEGER,                  -- NULL in direct messages and where the bot is not in the guild
    channel_id        INTEGER,                  -- the thread where there is one
    message_id        INTEGER,                  -- of the answer
    article           TEXT NOT NULL,
    topic             TEXT NOT NULL,
    source            TEXT NOT NULL,
    from_topic        TEXT,
    link_id           INTEGER,
    public            INTEGER NOT NULL DEFAULT 0,
    public_at         INTEGER,                  -- when it was posted or shared, which may be long after asking
    public_message_id INTEGER,                  -- the card that all see; a shared card is another message than the answer
    by_moderator      INTEGER NOT NULL,
    locale            TEXT NOT NULL,
    member_key        INTEGER,                  -- keyed hash, never the member's id; NULL once forgotten
    taken_back        INTEGER NOT NULL DEFAULT 0  -- set to 1, the row goes: deleting alone is what retention does
) STRICT;

CREATE TRIGGER questions_taken_back
AFTER UPDATE OF taken_back ON questions WHEN NEW.taken_back
BEGIN
    DELETE FROM questions WHERE id = NEW.id;
END;

CREATE INDEX questions_message ON questions (message_id);
CREATE INDEX questions_public_message ON questions (public_message_id) WHERE public_message_id IS NOT NULL;
CREATE INDEX questions_public_at ON questions (public_at) WHERE public_at IS NOT NULL;
CREATE INDEX questions_member ON questions (member_key, asked_at) WHERE member_key IS NOT NULL;
