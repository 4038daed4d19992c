-- What several processes of one bot must know of one another; with SQLite there is one.

-- A row of a member that was asked before they were forgotten, and is written after it, loses their key: it waited in
-- memory meanwhile. Kept for some days, see `store/members.py`.
CREATE TABLE forgotten (
    member_key   INTEGER PRIMARY KEY,
    forgotten_at INTEGER NOT NULL      -- UTC, milliseconds: when they pressed the button
) STRICT;

-- When work was last done that is due now and then and that one process does for all.
CREATE TABLE turns (
    name    TEXT PRIMARY KEY,
    done_at INTEGER NOT NULL           -- UTC, milliseconds
) STRICT, WITHOUT ROWID;

-- The last good content of the process whose folder is the truth, see `store/shared_content.py`. There is one row.
CREATE TABLE shared_content (
    id       INTEGER PRIMARY KEY,
    digest   TEXT NOT NULL,
    files    TEXT NOT NULL,            -- JSON: each file's text by its name
    given_at INTEGER NOT NULL          -- UTC, milliseconds
) STRICT;
