"""The process: the operator's settings, the connection to Discord, what the bot is made of and does by itself.

Its files: `settings.py` (the operator's, each with its default: the quiet window, public cards a minute, how many
backups, how many days anything is kept), `services.py` (everything put together, and the list of periodic work with how
often), `running.py` (`bot.py run`: log, content, connecting), `client.py` (ready, stop, every interaction),
`connections.py` (those to Discord: how many, and what if one breaks), `content_watch.py` (content that changed),
`upkeep.py` (minding disk, database and backups), `heartbeat.py` (what `bot.py status` reads), `shards.py` (which shards
this process has, and waiting for them), `notices.py` (messages to the owner), `logs.py`, `article_commands.py`
(`/twinflame …`), `command_sync.py` (commands sent when they changed), `periodic.py` (how loops run), `status.py` (the
heartbeat's file), `announcements.py` (what other processes changed), `content_sharing.py` (content for all processes).
"""
