"""What administrators see and switch on: `/setup`, the library, the weekly digest, the figures as cards.

Look first at `setup.py` and `setup_cards.py` (the checklist), `digests.py` (on which day, and posting it once),
`library.py` (the forum), `reports.py` (the figures' cards), `thread_answers.py` (switching thread answers on),
`welcome.py` (the greeting).
"""
