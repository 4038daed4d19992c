"""What was asked, counted, grouped and drawn for `/insights`, the weekly digest and the terminal.

Its files: `insights.py` and `queries.py` (the counting, and the CSV files of an export), `wording.py` (every line of
the figures and of the weekly post), `charts.py` (what is in a picture), `drawing.py` (how it is drawn: bars, lines,
colours, font), `gaps.py` (which uncovered questions are the same, and keywords for them), `grouping.py`
(that in a process of its own), `processes.py` (how such a process is run).
"""
