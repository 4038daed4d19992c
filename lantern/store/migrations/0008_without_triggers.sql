-- What triggers did is done in code, which speaks to PostgreSQL too: `store/daily_totals.py`, `questions.py`, `links.py`
-- and `members.py`.

DROP TRIGGER questions_asked;
DROP TRIGGER questions_shared;
DROP TRIGGER questions_taken_back;
DROP TRIGGER links_taken_back;
DROP TRIGGER forget_member;
DROP VIEW forgotten_members;

-- SQLite drops a last column only where the text that made the table has no comment after it, and none with a comma just
-- before it.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
   SET sql = replace(replace(replace(sql,
                  '  -- set to 1, the row goes: deleting alone is what retention does', ''),
                  '-- keyed hash, never the member''s id; NULL once forgotten', ''),
                  '-- since when, which may be later than the link', '')
 WHERE name IN ('questions', 'links');
PRAGMA writable_schema = OFF;

ALTER TABLE questions DROP COLUMN taken_back;
ALTER TABLE links DROP COLUMN taken_back;
