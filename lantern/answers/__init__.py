"""All that members and moderators meet: answers given, asked for, linked and taken back, and members' own data.

Look first at `giving.py` (every answer: who sees it, and the sentence that says why), `asking.py` and `ask_cards.py`
(`/ask`, **Helpful**, **Not what I asked**), `flood_limits.py` (what counts as standing in a channel already, and as too
many cards), `linking.py` (an answer under a message, and what Discord's refusals mean there) and `link_cards.py`,
`link_menu.py` (**Answer this** and `/answer`), `removing.py` (who may take an answer back), `thread_answers.py` (new
threads), `privacy_cards.py` (what `/privacy` says, and the file to download), `help_card.py` (`/help`), `care_cards.py`
(help in danger).
"""
