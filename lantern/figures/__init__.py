"""What was asked, counted, grouped and drawn for `/insights`, the weekly digest and the terminal.

Look first at `insights.py` and `queries.py` (the counting), `charts.py` (what is in a picture), `drawing.py` (how it is
drawn: bars, lines, colours, font), `wording.py` (the same in words), `gaps.py` (what the article does not cover).
"""
