"""All that members and moderators meet: answers given, asked for, linked and taken back, and members' own data.

Look first at `giving.py` (every answer: who sees it, and the sentence that says why), `asking.py` and `ask_cards.py`
(`/ask`, **Helpful**, **Not what I asked**), `flood_limits.py` (how long a topic is quiet in a channel, how many public
cards a minute), `linking.py` and `link_cards.py` (an answer under a message), `link_menu.py` (**Answer this** and
`/answer`), `removing.py` (who may take an answer back), `thread_answers.py` (new threads), `privacy_cards.py` (what
`/privacy` says, and the file to download), `help_card.py` (`/help`), `care_cards.py` (help in danger).
"""
