-- The language that a member chose to be answered in, in the place of their Discord's; deleted when they ask to be
-- forgotten.

CREATE TABLE member_languages (
    member_key INTEGER PRIMARY KEY,
    language   TEXT NOT NULL         -- see `lantern.languages.translation.LANGUAGES`
) STRICT;
