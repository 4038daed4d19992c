"""The SQL of the figures, for SQLite from 3.38 on. :mod:`insights` and :mod:`gaps` run it; all of it only reads.

Days are numbers, YYYYMMDD; moments are milliseconds, UTC.
"""

# Each takes the guilds as a JSON array of their ids: one for a server's own figures, several for the operator's.
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


def _asks_by(key: str, table: str) -> str:
    """Asks in the period and in the one before, and shares. ?2 begins the one before, ?3 the period, ?4 ends it."""
    return f"""
    SELECT {key},
           sum(CASE WHEN day >= ?3 THEN asks - by_moderators ELSE 0 END),
           sum(CASE WHEN day < ?3 THEN asks - by_moderators ELSE 0 END),
           sum(CASE WHEN day >= ?3 THEN shares ELSE 0 END)
      FROM {table}
     WHERE guild_id IN (SELECT value FROM json_each(?1))
       AND day BETWEEN ?2 AND ?4
  GROUP BY {key}
"""  # noqa: S608 - both come from here


TOP_TOPICS = _asks_by("article, topic", "daily_topics")
TOP_SOURCES = _asks_by("source", "daily_topics")
TOP_CHANNELS = _asks_by("channel_id", "daily_channels")


def _links_by(key: str) -> str:
    return f"""
    SELECT {key}, count(*)
      FROM links
     WHERE guild_id IN (SELECT value FROM json_each(?1))
       AND linked_at >= ?2 AND linked_at < ?3
  GROUP BY {key}
"""  # noqa: S608 - it comes from here


LINKS_BY_TOPIC = _links_by("article, topic")
LINKS_BY_CHANNEL = _links_by("channel_id")

DAYS_OF_TOPIC = """
    SELECT day, sum(asks - by_moderators), sum(shares)
      FROM daily_topics
     WHERE guild_id IN (SELECT value FROM json_each(?1))
       AND day BETWEEN ?2 AND ?3
       AND article = ?4 AND topic = ?5
  GROUP BY day
"""

DAYS_OF_ALL_TOPICS = """
    SELECT day, article, topic, sum(asks - by_moderators)
      FROM daily_topics
     WHERE guild_id IN (SELECT value FROM json_each(?1))
       AND day BETWEEN ?2 AND ?3
  GROUP BY day, article, topic
"""

# Outside guilds guild_id is NULL, which IN never finds; 0 asks for those rows.
MEMBERS = """
    SELECT count(DISTINCT member_key), count(*) - count(member_key)
      FROM questions
     WHERE (guild_id IN (SELECT value FROM json_each(?1))
            OR (guild_id IS NULL AND 0 IN (SELECT value FROM json_each(?1))))
       AND day BETWEEN ?2 AND ?3 AND NOT by_moderator
       AND (?4 IS NULL OR (article = ?4 AND topic = ?5))
"""

# One guild at a time: what a member asks in another guild is not asked again, and the index has one member's asks of a
# topic in their order, so that each looks only at its neighbour and nothing is sorted.
ASKED_AGAIN = """
    SELECT article, topic, count(*),
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

FLOWS = """
    SELECT article, from_topic, topic, count(*)
      FROM questions
     WHERE guild_id IN (SELECT value FROM json_each(?1))
       AND day BETWEEN ?2 AND ?3
       AND from_topic IS NOT NULL AND NOT by_moderator
  GROUP BY article, from_topic, topic
"""

READS_BY_TOPIC = """
    SELECT article, topic, sum(asks - by_moderators)
      FROM daily_topics
     WHERE guild_id IN (SELECT value FROM json_each(?1))
       AND day BETWEEN ?2 AND ?3
       AND source = 'read'
  GROUP BY article, topic
"""

FEEDBACK_BY_TOPIC = """
    SELECT article, topic, sum(yes), sum(1 - yes)
      FROM (
            SELECT article, topic, 1 AS yes
              FROM helpful
             WHERE guild_id IN (SELECT value FROM json_each(?1))
               AND helped_at >= ?2 AND helped_at < ?3
         UNION ALL
            SELECT article, topic, 0
              FROM corrections
             WHERE guild_id IN (SELECT value FROM json_each(?1))
               AND corrected_at >= ?2 AND corrected_at < ?3
           )
  GROUP BY article, topic
"""

NEAREST_OF_MISSES = """
    SELECT CASE WHEN score > 0 THEN nearest ->> '$[0][0]' END, CASE WHEN score > 0 THEN nearest ->> '$[0][1]' END,
           count(*)
      FROM misses
     WHERE (guild_id IN (SELECT value FROM json_each(?1))
            OR (guild_id IS NULL AND 0 IN (SELECT value FROM json_each(?1))))
       AND asked_at >= ?2 AND asked_at < ?3
  GROUP BY 1, 2
"""

EXPORT_TOPICS = """
    SELECT day, guild_id, article, topic, source, asks, by_moderators, shares
      FROM daily_topics
     WHERE guild_id IN (SELECT value FROM json_each(?1))
       AND day BETWEEN ?2 AND ?3
  ORDER BY day, guild_id, article, topic, source
"""

EXPORT_CHANNELS = """
    SELECT day, guild_id, channel_id, asks, by_moderators, shares
      FROM daily_channels
     WHERE guild_id IN (SELECT value FROM json_each(?1))
       AND day BETWEEN ?2 AND ?3
  ORDER BY day, guild_id, channel_id
"""

EXPORT_MISSES = """
    SELECT asked_at, coalesce(guild_id, 0), words, nearest ->> '$[0][0]', nearest ->> '$[0][1]', score, came_from
      FROM misses
     WHERE (guild_id IN (SELECT value FROM json_each(?1))
            OR (guild_id IS NULL AND 0 IN (SELECT value FROM json_each(?1))))
       AND asked_at >= ?2 AND asked_at < ?3
  ORDER BY asked_at
"""

EXPORT_LINKS = """
    SELECT linked_at, guild_id, channel_id, article, topic, automatic, notify, whole
      FROM links
     WHERE guild_id IN (SELECT value FROM json_each(?1))
       AND linked_at >= ?2 AND linked_at < ?3
  ORDER BY linked_at
"""

MISSES = """
    SELECT id, asked_at, words, nearest, came_from
      FROM misses
     WHERE (guild_id IN (SELECT value FROM json_each(?1))
            OR (guild_id IS NULL AND 0 IN (SELECT value FROM json_each(?1))))
       AND asked_at >= ?2 AND asked_at < ?3
  ORDER BY asked_at DESC, id DESC
     LIMIT ?4
"""

MISSES_COUNT = """
    SELECT count(*)
      FROM misses
     WHERE (guild_id IN (SELECT value FROM json_each(?1))
            OR (guild_id IS NULL AND 0 IN (SELECT value FROM json_each(?1))))
       AND asked_at >= ?2 AND asked_at < ?3
"""

CORRECTIONS = """
    SELECT article, topic, wanted_article, wanted_topic, count(*), max(corrected_at)
      FROM corrections
     WHERE (guild_id IN (SELECT value FROM json_each(?1))
            OR (guild_id IS NULL AND 0 IN (SELECT value FROM json_each(?1))))
       AND corrected_at >= ?2 AND corrected_at < ?3
  GROUP BY article, topic, wanted_article, wanted_topic
  ORDER BY count(*) DESC, max(corrected_at) DESC
"""
