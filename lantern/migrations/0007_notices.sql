-- What the application's owner was told, so that a restart does not tell it again. A row goes when it is over.

CREATE TABLE notices (
    cause   TEXT PRIMARY KEY,
    since   INTEGER NOT NULL,  -- UTC, milliseconds
    told_at INTEGER            -- the last message about it; NULL while none could be sent
) STRICT, WITHOUT ROWID;
