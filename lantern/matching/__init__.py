"""What a member's words mean: which topics they ask about, or that somebody is in danger.

Its files: `matcher.py` (scores, the words that counted, and how sure is sure enough), `words.py` (slips of the
thumb, capitals, shorthand), `languages.py` (each language's letters and endings), `english.py` (words that say nothing,
irregular forms, word families of danger), `care_signs.py` (danger by its signs), `dangers.py` (danger by meaning),
`kernel_ridge.py` (what a vector is, told from examples), `slices.py` (long texts without holding the
event loop), `meanings.py` (which topics are near in meaning), `encoders.py` (texts become vectors), `vectors.py` (those
of the content, kept in a file).
"""
