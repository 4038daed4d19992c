"""What the terminal shows for `bot.py`: what a question finds, the figures, how the running bot is, backups, moving.

Its files: `ask.py` (`bot.py ask`), `insights.py` (`bot.py insights`), `status.py`, `backup.py` (and `restore`),
`move.py` (`bot.py move-database`), `new_key.py`.
"""
