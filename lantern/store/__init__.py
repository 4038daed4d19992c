"""The database: a module a table, each with its SQL. What is counted and kept is decided here.

Its files: `questions.py` (an answered question), `links.py` (an answer under a message), `misses.py` (words that found
none), `masking.py` (what is taken out of those words), `most_asked.py` (what is offered first while somebody types),
`guilds.py` (a server's own choices, each with its default, such as the digest's day), `backups.py` (how often, how,
which is the newest good one, and which are removed), `postgres_backups.py` (the same on a server), `copies.py` (a
backup of either kind), `moving.py` (from a file to a server and back), `retention.py` (what is deleted by itself),
`database.py` (rows queued, written and read, wherever they are), `engine.py` (what is asked of each kind of database),
`sqlite_file.py` (the file: opened, and what became of it and its -wal while the bot runs) and `sqlite_dialect.py`,
`postgres_server.py`, `postgres_dialect.py` and `postgres_listener.py`, `addresses.py` (a path or an address), `rows.py`
(rows written and read by their columns' names), `library_posts.py` (which post tells which topic), `digests.py` (weeks
that are claimed), `welcomes.py` (servers greeted), `owner_notices.py` (what the owner was told), `sent_commands.py`
(commands sent last), `members.py` (all that is kept of one member), `member_keys.py` (what stands for a member),
`member_languages.py` (languages that members chose), `key_file.py` (the key of that), `repair.py` (a damaged file),
`times.py` (days and moments), `daily_totals.py` (asks a day), `weekly_totals.py` (what may be told of a week, in every
figure), `shard_locks.py` (which process has which shards), `turns.py` (work that one process does at a time),
`waiting_rows.py` (rows kept over a stop), `shared_content.py` (content as a row), `private_files.py` (files that others
on the machine cannot read).
"""
