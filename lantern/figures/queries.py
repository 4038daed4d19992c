"""The SQL of the figures, one text for SQLite and for PostgreSQL.

:mod:`insights` and :mod:`gaps` run it; all of it only reads. Parameters are named: ``:guilds`` are ids of guilds,
``:first`` and ``:last`` are days, YYYYMMDD, the last one included, and ``:begins`` and ``:ends`` are moments,
milliseconds UTC, the end not included.

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
ON_DAYS = f"{GUILDS} AND day BETWEEN :first AND :last"
DAILY = f"daily_topics WHERE {ON_DAYS}"
MISSED = f"misses WHERE {GUILDS_OR_NONE} AND day BETWEEN :first AND :last"
LINKED = f"links WHERE {GUILDS} AND linked_at >= :begins AND linked_at < :ends"

# One guild at a time: then it is one look into the primary key. Of a list of guilds PostgreSQL reads all their rows.
FIRST_DAY = "SELECT min(day) FROM daily_topics WHERE guild_id = :guild"

ALL_GUILDS = """
    WITH RECURSIVE each_guild (guild_id) AS (
        SELECT min(guild_id) FROM daily_topics
     UNION ALL
        SELECT (SELECT min(guild_id) FROM daily_topics WHERE daily_topics.guild_id > each_guild.guild_id)
          FROM each_guild
         WHERE guild_id IS NOT NULL
    )
    SELECT guild_id FROM each_guild WHERE guild_id IS NOT NULL ORDER BY guild_id
"""


KEYS = {"topic": "article, topic", "article": "article", "channel": "channel_id", "source": "source"}
"""What a ranking by each of these is grouped by."""


def asks_by(by: str) -> str:
    """Asks in the period and in the one before, and shares. ``:before`` is the first day of the period before."""
    return f"""
    SELECT {KEYS[by]},
           CAST(sum(CASE WHEN day >= :first THEN asks - by_moderators ELSE 0 END) AS BIGINT),
           CAST(sum(CASE WHEN day < :first THEN asks - by_moderators ELSE 0 END) AS BIGINT),
           CAST(sum(CASE WHEN day >= :first THEN shares ELSE 0 END) AS BIGINT)
      FROM {"daily_channels" if by == "channel" else "daily_topics"}
     WHERE {GUILDS} AND day BETWEEN :before AND :last
  GROUP BY {KEYS[by]}
"""


def links_by(by: str) -> str:
    """Links in the period; they have no source."""
    return f"""
    SELECT {KEYS[by]}, count(*)
      FROM {LINKED}
  GROUP BY {KEYS[by]}
"""


DAYS_OF_TOPIC = f"""
    SELECT day, CAST(sum(asks - by_moderators) AS BIGINT)
      FROM {DAILY} AND article = :article AND topic = :topic
  GROUP BY day
"""

DAYS_OF_ALL_TOPICS = f"""
    SELECT day, article, topic, CAST(sum(asks - by_moderators) AS BIGINT)
      FROM {DAILY}
  GROUP BY day, article, topic
"""

# The cast tells PostgreSQL of what type a parameter is that is only asked whether it is NULL.
MEMBERS = f"""
    SELECT count(DISTINCT member_key), count(*) - count(member_key)
      FROM questions
     WHERE {GUILDS_OR_NONE} AND day BETWEEN :first AND :last AND by_moderator = 0
       AND (CAST(:article AS TEXT) IS NULL OR (article = :article AND topic = :topic))
"""


def asked_again(*, in_guild: bool) -> str:
    """How many of each topic's asks the same member, who is known, had asked in the day before.

    Of ``:guild``, or of all that was asked outside guilds: no comparison that both databases know finds NULL as well.
    """
    # One guild at a time: what a member asks in another guild is not asked again, and the index has one member's asks
    # of a topic in their order, so that each looks only at its neighbour and nothing is sorted.
    here = "guild_id = :guild" if in_guild else "guild_id IS NULL"
    return f"""
    SELECT article, topic,
           count(*) FILTER (WHERE EXISTS (
               SELECT 1
                 FROM questions AS earlier
                WHERE earlier.{here}
                  AND earlier.article = questions.article AND earlier.topic = questions.topic
                  AND earlier.member_key = questions.member_key
                  AND earlier.asked_at >= questions.asked_at - 86400000 AND earlier.asked_at < questions.asked_at
                  AND earlier.by_moderator = 0
           ))
      FROM questions
     WHERE {here}
       AND day BETWEEN :first AND :last
       AND member_key IS NOT NULL AND by_moderator = 0
  GROUP BY article, topic
"""


FLOWS = f"""
    SELECT article, from_topic, topic, count(*)
      FROM questions
     WHERE {ON_DAYS} AND from_topic IS NOT NULL AND by_moderator = 0
  GROUP BY article, from_topic, topic
"""

READS_BY_TOPIC = f"""
    SELECT article, topic, CAST(sum(asks - by_moderators) AS BIGINT)
      FROM {DAILY} AND source = 'read'
  GROUP BY article, topic
"""

FEEDBACK_BY_TOPIC = f"""
    SELECT article, topic, count(*) FILTER (WHERE yes = 1), count(*) FILTER (WHERE yes = 0)
      FROM (
            SELECT article, topic, 1 AS yes
              FROM helpful
             WHERE {GUILDS} AND helped_at >= :begins AND helped_at < :ends
         UNION ALL
            SELECT article, topic, 0
              FROM corrections
             WHERE {ON_DAYS}
           ) AS said
  GROUP BY article, topic
"""

NEAREST_OF_MISSES = f"""
    SELECT CASE WHEN score > 0 THEN nearest -> 0 ->> 0 END, CASE WHEN score > 0 THEN nearest -> 0 ->> 1 END, count(*)
      FROM {MISSED}
  GROUP BY 1, 2
"""

# Ids as text: they are beyond what spreadsheets and JavaScript hold exactly as numbers. Days and times are written out
# by insights, because each database has functions of its own for that.

EXPORT_TOPICS = f"""
    SELECT day, CAST(guild_id AS TEXT) AS guild, article, topic, source, asks, by_moderators, shares
      FROM {DAILY}
  ORDER BY day, guild_id, article, topic, source
"""

EXPORT_CHANNELS = f"""
    SELECT day, CAST(guild_id AS TEXT) AS guild, CAST(channel_id AS TEXT) AS channel, asks, by_moderators, shares
      FROM daily_channels
     WHERE {ON_DAYS}
  ORDER BY day, guild_id, channel_id
"""

EXPORT_MISSES = f"""
    SELECT day, CAST(coalesce(guild_id, 0) AS TEXT) AS guild, words,
           nearest -> 0 ->> 0 AS nearest_article, nearest -> 0 ->> 1 AS nearest_topic, score, came_from
      FROM {MISSED}
  ORDER BY day, guild_id NULLS LAST, id
"""

EXPORT_LINKS = f"""
    SELECT linked_at AS time, CAST(guild_id AS TEXT) AS guild, CAST(channel_id AS TEXT) AS channel,
           article, topic, automatic, notify, whole
      FROM {LINKED}
  ORDER BY linked_at, guild_id, id
"""

MISSES = f"""
    SELECT id, day, words, nearest
      FROM {MISSED}
  ORDER BY day DESC, id DESC
     LIMIT :most
"""

MISSES_COUNT = f"SELECT count(*) FROM {MISSED}"

CORRECTIONS = f"""
    SELECT article, topic, wanted_article, wanted_topic, count(*)
      FROM corrections
     WHERE {GUILDS_OR_NONE} AND day BETWEEN :first AND :last
  GROUP BY article, topic, wanted_article, wanted_topic
  ORDER BY count(*) DESC, max(day) DESC,
           article, topic, wanted_article NULLS FIRST, wanted_topic NULLS FIRST
"""
