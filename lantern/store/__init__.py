"""The database: a module a table, each with its SQL. What is counted and kept is decided here.

Look first at `questions.py` (an answered question), `links.py` (an answer under a message), `misses.py` (words that
found none), `masking.py` (what is taken out of those words), `most_asked.py` (what is offered first while somebody
types), `guilds.py` (a server's own choices, each with its default), `backups.py` (how often, how, and which are
removed), `postgres_backups.py` (the same on a server), `moving.py` (from a file to a server and back), `retention.py`
(what is deleted by itself), `database.py` (the file or the server), `rows.py` (rows written and read by their columns'
names), `shard_locks.py` (which process has which shards).
"""
