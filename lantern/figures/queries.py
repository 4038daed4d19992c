"""The SQL of the figures, for SQLite from 3.38 on. :mod:`insights` and :mod:`gaps` run it; all of it only reads.

Days are numbers, YYYYMMDD; moments are milliseconds, UTC.
"""

# ruff: noqa: S608 - only constants of this module are put into a query

# Each takes the guilds as a JSON array of their ids: one for a server's own figures, several for the operator's.
ARRAY = "(SELECT value FROM json_each(?1))"
GUILDS = f"guild_id IN {ARRAY}"
# Outside guilds guild_id is NULL, which IN never finds; 0 asks for those rows.
GUILDS_OR_NONE = f"({GUILDS} OR (guild_id IS NULL AND 0 IN {ARRAY}))"
ON_DAYS = f"{GUILDS} AND day BETWEEN ?2 AND ?3"
DAILY = f"daily_topics WHERE {ON_DAYS}"
MISSED = f"misses WHERE {GUILDS_OR_NONE} AND asked_at >= ?2 AND asked_at < ?3"

FIRST_DAY = """
    SELECT min(first)
      FROM (SELECT (SELECT min(day) FROM daily_topics WHERE guild_id = value) AS first FROM json_each(?1))
"""

ALL_GUILDS = """
    WITH RECURSIVE each_guild (guild_id) AS (
        SELECT min(guild_id) FROM daily_topics
     UNION ALL
        SELECT (SELECT min(guild_id) FROM daily_topics WHERE daily_topics.guild_id > each_guild.guild_id)
          FROM each_guild
         WHERE guild_id IS NOT NULL
    )
    SELECT guild_id FROM each_guild WHERE guild_id IS NOT NULL
"""


KEYS = {"topic": "article, topic", "article": "article", "channel": "channel_id", "source": "source"}
"""What a ranking by each of these is grouped by."""


def asks_by(by: str) -> str:
    """Asks in the period and in the one before, and shares. ?2 begins the one before, ?3 the period, ?4 ends it."""
    return f"""
    SELECT {KEYS[by]},
           sum(CASE WHEN day >= ?3 THEN asks - by_moderators ELSE 0 END),
           sum(CASE WHEN day < ?3 THEN asks - by_moderators ELSE 0 END),
           sum(CASE WHEN day >= ?3 THEN shares ELSE 0 END)
      FROM {"daily_channels" if by == "channel" else "daily_topics"}
     WHERE {GUILDS} AND day BETWEEN ?2 AND ?4
  GROUP BY {KEYS[by]}
"""


def links_by(by: str) -> str:
    """Links in the period; they have no source."""
    return f"""
    SELECT {KEYS[by]}, count(*)
      FROM links
     WHERE {GUILDS} AND linked_at >= ?2 AND linked_at < ?3
  GROUP BY {KEYS[by]}
"""


DAYS_OF_TOPIC = f"""
    SELECT day, sum(asks - by_moderators)
      FROM {DAILY} AND article = ?4 AND topic = ?5
  GROUP BY day
"""

DAYS_OF_ALL_TOPICS = f"""
    SELECT day, article, topic, sum(asks - by_moderators)
      FROM {DAILY}
  GROUP BY day, article, topic
"""

MEMBERS = f"""
    SELECT count(DISTINCT member_key), count(*) - count(member_key)
      FROM questions
     WHERE {GUILDS_OR_NONE} AND day BETWEEN ?2 AND ?3 AND NOT by_moderator
       AND (?4 IS NULL OR (article = ?4 AND topic = ?5))
"""

# One guild at a time: what a member asks in another guild is not asked again, and the index has one member's asks of a
# topic in their order, so that each looks only at its neighbour and nothing is sorted.
ASKED_AGAIN = """
    SELECT article, topic,
           sum(EXISTS (
               SELECT 1
                 FROM questions AS earlier
                WHERE earlier.guild_id IS questions.guild_id
                  AND earlier.article = questions.article AND earlier.topic = questions.topic
                  AND earlier.member_key = questions.member_key
                  AND earlier.asked_at >= questions.asked_at - 86400000 AND earlier.asked_at < questions.asked_at
                  AND NOT earlier.by_moderator
           ))
      FROM questions
     WHERE guild_id IS ?1
       AND day BETWEEN ?2 AND ?3
       AND member_key IS NOT NULL AND NOT by_moderator
  GROUP BY article, topic
"""

FLOWS = f"""
    SELECT article, from_topic, topic, count(*)
      FROM questions
     WHERE {ON_DAYS} AND from_topic IS NOT NULL AND NOT by_moderator
  GROUP BY article, from_topic, topic
"""

READS_BY_TOPIC = f"""
    SELECT article, topic, sum(asks - by_moderators)
      FROM {DAILY} AND source = 'read'
  GROUP BY article, topic
"""

FEEDBACK_BY_TOPIC = f"""
    SELECT article, topic, sum(yes), sum(1 - yes)
      FROM (
            SELECT article, topic, 1 AS yes
              FROM helpful
             WHERE {GUILDS} AND helped_at >= ?2 AND helped_at < ?3
         UNION ALL
            SELECT article, topic, 0
              FROM corrections
             WHERE {GUILDS} AND corrected_at >= ?2 AND corrected_at < ?3
           )
  GROUP BY article, topic
"""

NEAREST_OF_MISSES = f"""
    SELECT CASE WHEN score > 0 THEN nearest ->> '$[0][0]' END, CASE WHEN score > 0 THEN nearest ->> '$[0][1]' END,
           count(*)
      FROM {MISSED}
  GROUP BY 1, 2
"""

# Ids as text: they are beyond what spreadsheets and JavaScript hold exactly as numbers.
DAY_AND_GUILD = """substr(day, 1, 4) || '-' || substr(day, 5, 2) || '-' || substr(day, 7) AS day,
           CAST(guild_id AS TEXT) AS guild"""
TIME = "strftime('%Y-%m-%dT%H:%M:%S+00:00', {} / 1000, 'unixepoch') AS time"

EXPORT_TOPICS = f"""
    SELECT {DAY_AND_GUILD}, article, topic, source, asks, by_moderators, shares
      FROM {DAILY}
  ORDER BY day, guild_id, article, topic, source
"""

EXPORT_CHANNELS = f"""
    SELECT {DAY_AND_GUILD}, CAST(channel_id AS TEXT) AS channel, asks, by_moderators, shares
      FROM daily_channels
     WHERE {ON_DAYS}
  ORDER BY day, guild_id, channel_id
"""

EXPORT_MISSES = f"""
    SELECT {TIME.format("asked_at")}, CAST(coalesce(guild_id, 0) AS TEXT) AS guild, words,
           nearest ->> '$[0][0]' AS nearest_article, nearest ->> '$[0][1]' AS nearest_topic, score, came_from
      FROM {MISSED}
  ORDER BY asked_at
"""

EXPORT_LINKS = f"""
    SELECT {TIME.format("linked_at")}, CAST(guild_id AS TEXT) AS guild, CAST(channel_id AS TEXT) AS channel,
           article, topic, automatic, notify, whole
      FROM links
     WHERE {GUILDS} AND linked_at >= ?2 AND linked_at < ?3
  ORDER BY linked_at
"""

MISSES = f"""
    SELECT id, asked_at, words, nearest
      FROM {MISSED}
  ORDER BY asked_at DESC, id DESC
     LIMIT ?4
"""

MISSES_COUNT = f"SELECT count(*) FROM {MISSED}"

CORRECTIONS = f"""
    SELECT article, topic, wanted_article, wanted_topic, count(*)
      FROM corrections
     WHERE {GUILDS_OR_NONE} AND corrected_at >= ?2 AND corrected_at < ?3
  GROUP BY article, topic, wanted_article, wanted_topic
  ORDER BY count(*) DESC, max(corrected_at) DESC
"""
