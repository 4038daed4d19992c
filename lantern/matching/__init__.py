"""What a member's words mean: which topics they ask about, or that somebody is in danger.

Look first at `matcher.py` (scores, typos, and how sure is sure enough), `words.py` (capitals, endings, shorthand),
`care_signs.py` (danger), `meanings.py` (the extra `semantic`).
"""
