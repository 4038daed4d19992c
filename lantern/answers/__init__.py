"""All that members and moderators meet: answers given, asked for, linked and taken back, and members' own data.

Look first at `giving.py` (every answer: who sees it, and the sentence that says why), `asking.py` and `ask_cards.py`
(`/ask`, **Helpful**, **Not what I asked**), `flood_limits.py` (the rules on what stands in a channel already and on too
many cards; their numbers are settings), `linking.py` (an answer under a message, and what Discord's refusals mean
there), `link_cards.py` (every word of the menu and of the posted card), `link_menu.py` (**Answer this** and `/answer`),
`removing.py` (who may take an answer back), `thread_answers.py` (new threads: how long they wait, and their card),
`privacy_cards.py` (what `/privacy` says, and the file to download), `help_card.py` (`/help`), `care_cards.py` (help in
danger, and what stands in which order).
"""
