"""The languages that Lantern speaks: which, whose, and every sentence of its own in each. Its texts stand in `locale/`.

Its files: `translation.py` (the language in use, and what a sentence is in it), `formats.py` (numbers, dates and lists
as it writes them).
"""
