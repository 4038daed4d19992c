"""The bot in a browser, on a Discord that is on this machine alone.

Its files: `page.py` (its people and channels, its address and port), `sample_questions.py` (the invented half year),
`redraw.py` (cards drawn anew), `simcord_gaps.py` (what the local Discord lacks).
"""
