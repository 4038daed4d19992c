-- As SQLite's twelfth step.

CREATE TABLE member_languages (
    member_key BIGINT PRIMARY KEY,
    language   TEXT COLLATE "C" NOT NULL
);
