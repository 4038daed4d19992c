"""The database: a module a table, each with its SQL. What is counted and kept is decided here.

Its files: `questions.py` (an answered question), `links.py` (an answer under a message), `misses.py` (words that
found none), `masking.py` (what is taken out of those words), `most_asked.py` (what is offered first while somebody
types), `guilds.py` (a server's own choices, each with its default), `backups.py` (how often, how, and which are
removed), `retention.py` (what is deleted by itself), `database.py` (the file), `rows.py` (rows written and read by
their columns' names), `library_posts.py` (which post tells which topic), `digests.py` (weeks that are claimed),
`welcomes.py` (servers greeted), `owner_notices.py` (what the owner was told), `sent_commands.py` (commands sent last),
`members.py` (all that is kept of one member), `member_keys.py` (what stands for a member), `repair.py` (a damaged
file), `times.py` (days and moments).
"""
