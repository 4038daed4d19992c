"""What a member's words mean: which topics they ask about, or that somebody is in danger.

Its files: `matcher.py` (scores, the words that counted, and how sure is sure enough), `words.py` (slips of the
thumb, capitals, endings, shorthand), `english.py` (words that say nothing, irregular forms, word families of danger),
`care_signs.py` (danger), `slices.py` (long texts without holding the event loop), `encoders.py` (texts as vectors),
`meanings.py` (the extra `semantic`).
"""
