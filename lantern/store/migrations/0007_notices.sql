-- What the application's owner was told, so that neither a restart nor a trouble that comes and goes tells it again.

CREATE TABLE notices (
    cause   TEXT PRIMARY KEY,
    since   INTEGER,  -- UTC, milliseconds; NULL when it is over
    told_at INTEGER   -- the last message about it; NULL while none could be sent
) STRICT, WITHOUT ROWID;
