"""The process: the operator's settings, the connection to Discord, what the bot is made of and does by itself.

Its files: `settings.py` (the operator's, each with its default: the quiet window, public cards a minute, how many
backups, how many days anything is kept), `services.py` (everything put together, and the list of periodic work with how
often), `running.py` (`bot.py run`: log, content, connecting; signals, and how long a stop may take), `client.py`
(login, ready, the stop step by step, every interaction), `gateway.py` (events that cannot be read, and waits between
tries), `connections.py` (how many requests at once), `content_watch.py` (content that changed), `upkeep.py` (minding
disk, database and backups), `heartbeat.py` (what `bot.py status` reads), `shards.py` (which shards this process has,
and waiting for them), `notices.py` (messages to the owner), `logs.py`, `article_commands.py` (`/twinflame …`),
`command_sync.py` (commands sent when they changed), `command_translator.py` (their names and descriptions),
`periodic.py` (how loops run), `status.py` (the heartbeat's file), `announcements.py` (what other processes changed),
`content_sharing.py` (the last good content, for the next start and for all processes), `meaning_loading.py` (the
encoder, loaded once the bot answers), `discord_time.py` (whether this machine's clock can be trusted).
"""
