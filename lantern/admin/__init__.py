"""What administrators see and switch on: `/setup`, the library, the weekly digest, the figures as cards.

Its files: `setup_cards.py` (what `/setup` and `/settings` show) and `setup.py` (what a press there does), `digests.py`
(`/digest`: when it is due, and posting it once), `library.py` (what the forum's posts show, bringing them up to date,
and what a run did) and `library_panel.py` (`/library` and its buttons), `insights_panel.py` (`/insights` and its
buttons), `reports.py` (the figures' cards, and the dates on them), `thread_answers.py` (`/thread-answers`),
`guild_queue.py` (one server's figures one after another), `welcome.py` (the greeting), `panels.py` (what they have in
common).
"""
