"""The SQL of the figures, one text for SQLite and for PostgreSQL.

:mod:`insights` and :mod:`gaps` run it; all of it only reads, and of members' asks only what may be told, see
:mod:`lantern.store.weekly_totals`. Parameters are named: ``:guilds`` are ids of guilds, ``:first`` and ``:last`` are
days, YYYYMMDD, the first a Monday and the last a Sunday.

A sum is cast, because PostgreSQL's sum of a column of 64 bits is no integer. Where rows can be equal in all that a
figure is sorted by, the rest of the order is written out, because each database would choose another.
"""

# ruff: noqa: S608 - only constants of this module are put into a query

# One guild for a server's own figures, several for the operator's. The store knows this text and puts PostgreSQL's own
# in its place, so that it must not be written in any other way.
AMONG_GUILDS = "IN (SELECT value FROM json_each(:guilds))"
GUILDS = f"guild_id {AMONG_GUILDS}"
# Outside guilds guild_id is NULL, which IN never finds; 0 asks for those rows.
GUILDS_OR_NONE = f"({GUILDS} OR (guild_id IS NULL AND 0 {AMONG_GUILDS}))"
IN_WEEKS = f"{GUILDS} AND week BETWEEN :first AND :last"
MISSED = f"misses WHERE {GUILDS_OR_NONE} AND day BETWEEN :first AND :last"

# One guild at a time: then each is one look into the primary key. Of a list of guilds PostgreSQL reads all their rows.
TOLD_WEEKS = """
    SELECT (SELECT min(week) FROM weekly_totals WHERE guild_id = :guild AND kind = 'week') AS first,
           (SELECT max(week) FROM weekly_totals WHERE guild_id = :guild AND kind = 'week') AS last
"""

# ``:before`` is the first week of the period before.
ASKS_BY_TOPIC = f"""
    SELECT article, topic,
           CAST(sum(CASE WHEN kind = 'topic' AND week >= :first THEN number ELSE 0 END) AS BIGINT) AS now,
           CAST(sum(CASE WHEN kind = 'topic' AND week < :first THEN number ELSE 0 END) AS BIGINT) AS before,
           CAST(sum(CASE WHEN kind = 'shared' AND week >= :first THEN number ELSE 0 END) AS BIGINT) AS shares,
           CAST(sum(CASE WHEN kind = 'linked' AND week >= :first THEN number ELSE 0 END) AS BIGINT) AS links
      FROM weekly_totals
     WHERE {GUILDS} AND kind IN ('linked', 'shared', 'topic') AND week BETWEEN :before AND :last
  GROUP BY article, topic
"""

# The row without a part is the whole.
ASKS_BY_PART = f"""
    SELECT part,
           CAST(sum(CASE WHEN week >= :first THEN number ELSE 0 END) AS BIGINT) AS now,
           CAST(sum(CASE WHEN week < :first THEN number ELSE 0 END) AS BIGINT) AS before
      FROM weekly_totals
     WHERE {GUILDS} AND kind IN ('week', :kind) AND week BETWEEN :before AND :last
  GROUP BY part
"""

WEEKS_AND_DAYS_OF_TOPIC = f"""
    SELECT kind, week, part, CAST(sum(number) AS BIGINT) AS asks
      FROM weekly_totals
     WHERE {IN_WEEKS} AND kind IN ('day', 'topic') AND article = :article AND topic = :topic
  GROUP BY kind, week, part
"""

WEEKS_OF_ALL_TOPICS = f"""
    SELECT week, article, topic, CAST(sum(number) AS BIGINT) AS asks
      FROM weekly_totals
     WHERE {IN_WEEKS} AND kind = 'topic'
  GROUP BY week, article, topic
"""

MEMBERS = """
    SELECT number
      FROM weekly_totals
     WHERE guild_id = :guild AND kind = 'members' AND week = :week
       AND article = :article AND topic = :topic AND part = :weeks
"""

HELPED = f"""
    SELECT kind, article, topic, CAST(sum(number) AS BIGINT) AS number
      FROM weekly_totals
     WHERE {IN_WEEKS} AND kind IN ('again', 'helpful', 'linked', 'not_it', 'topic')
  GROUP BY kind, article, topic
"""

FLOWS = f"""
    SELECT article, part AS from_topic, topic, CAST(sum(number) AS BIGINT) AS times
      FROM weekly_totals
     WHERE {IN_WEEKS} AND kind = 'related'
  GROUP BY article, part, topic
"""

CORRECTIONS = f"""
    SELECT article, topic, part AS wanted, CAST(sum(number) AS BIGINT) AS times
      FROM weekly_totals
     WHERE {IN_WEEKS} AND kind = 'wanted'
  GROUP BY article, topic, part
  ORDER BY times DESC, article, topic, part
"""

NEAREST_OF_MISSES = f"""
    SELECT CASE WHEN score > 0 THEN nearest -> 0 ->> 0 END, CASE WHEN score > 0 THEN nearest -> 0 ->> 1 END, count(*)
      FROM {MISSED}
  GROUP BY 1, 2
"""

# Ids as text: they are beyond what spreadsheets and JavaScript hold exactly as numbers. Days are written out by
# insights, because each database has functions of its own for that.

EXPORT_TOTALS = f"""
    SELECT kind, week, CAST(guild_id AS TEXT) AS guild, article, topic, part, number
      FROM weekly_totals
     WHERE {IN_WEEKS} AND kind <> 'members'
  ORDER BY week, guild_id, article, topic, kind, part
"""

EXPORT_MISSES = f"""
    SELECT day, CAST(coalesce(guild_id, 0) AS TEXT) AS guild, words,
           nearest -> 0 ->> 0 AS nearest_article, nearest -> 0 ->> 1 AS nearest_topic
      FROM {MISSED}
  ORDER BY id
"""

MISSES = f"""
    SELECT id, day, words, nearest
      FROM {MISSED}
  ORDER BY day DESC, id DESC
     LIMIT :most
"""

MISSES_COUNT = f"SELECT count(*) FROM {MISSED}"
