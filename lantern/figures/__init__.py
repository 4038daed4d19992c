"""What was asked, counted, grouped and drawn for `/insights`, the weekly digest and the terminal.

Look first at `insights.py` and `queries.py` (the counting), `charts.py` and `drawing.py` (the pictures: what is in one,
and how it is drawn), `wording.py` (the same in words), `gaps.py` (what the article does not cover).
"""
