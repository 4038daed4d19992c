"""What the terminal shows of questions and figures; the commands and their options are in `bot.py`.

Look first at `ask.py` (`bot.py ask`), `insights.py` (`bot.py insights`).
"""
