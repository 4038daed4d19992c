-- As SQLite's ninth step.

CREATE TABLE forgotten (
    member_key   BIGINT PRIMARY KEY,
    forgotten_at BIGINT NOT NULL
);

CREATE TABLE turns (
    name    TEXT COLLATE "C" PRIMARY KEY,
    done_at BIGINT NOT NULL
);

CREATE TABLE shared_content (
    id       BIGINT PRIMARY KEY,
    digest   TEXT COLLATE "C" NOT NULL,
    files    TEXT NOT NULL,
    given_at BIGINT NOT NULL
);
