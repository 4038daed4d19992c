-- As SQLite's ninth step.

CREATE TABLE forgotten (
    member_key   BIGINT PRIMARY KEY,
    forgotten_at BIGINT NOT NULL
);

CREATE TABLE turns (
    name    TEXT COLLATE "C" PRIMARY KEY,
    done_at BIGINT NOT NULL
);
