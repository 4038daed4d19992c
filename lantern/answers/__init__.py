"""All that members and moderators meet: answers given, asked for, linked and taken back, and members' own data.

Look first at `giving.py` (every answer goes this way), `asking.py` and `ask_cards.py` (`/ask`, **Helpful**, **Not what
I asked**), `publicity.py` (a topic's quiet time in a channel), `linking.py` (an answer under a message, a webhook's
too, and counting it), `removing.py` (who may take one back), `threads.py` (new threads), `privacy_cards.py` (what
`/privacy` says), `help_card.py` (`/help`), `care_cards.py` (help in danger).
"""
