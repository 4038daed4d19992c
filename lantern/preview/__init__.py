"""The bot in a browser, on a Discord that is on this machine alone.

Look first at `page.py` (its people and channels, its address and port), `sample_questions.py` (the invented half year).
"""
