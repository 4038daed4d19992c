"""What administrators see and switch on: `/setup`, the library, the weekly digest, the figures as cards.

Look first at `setup.py` and `setup_cards.py` (the checklist), `digests.py` (when it is due, and posting it once),
`library.py` (what the forum's posts show) and `library_panel.py` (`/library` and its buttons), `insights_panel.py`
(`/insights`), `reports.py` (the figures' cards), `thread_answers.py` (switching thread answers on), `welcome.py` (the
greeting).
"""
