"""All that members and moderators meet: answers given, asked for, linked and taken back, and members' own data.

Its files: `giving.py` (every answer: who sees it, and the sentence that says why; **Post here**, related
questions), `asking.py` (`/ask`, **Helpful** and **Not what I asked**: what is done) and `ask_cards.py` (what is shown),
`flood_limits.py` (when a member's answer stays private: it stands in the channel already, or too many cards; the
numbers are settings), `link_cards.py` (all that **Answer this** and `/answer` show: what is suggested, every word, the
posted card), `link_menu.py` (what the two do with a message, from the command to the last press), `linking.py` (the
posting), `removing.py` (**Remove this answer**: who may, and what they
read then), `thread_answers.py` (new threads: which, how long they wait, and their card), `privacy_cards.py` (what
`/privacy` says, and the file to download) and `privacy.py` (its buttons), `help_card.py` (`/help`), `care_cards.py`
(help in danger, and what stands in which order), `moderators_page.py` (`docs/moderators.md`, read in Discord),
`edition.py` (content, cards and matcher, swapped whole, and what `make check` prints), `reading.py` (members' words
read without holding the event loop), `recent_words.py` (words that are needed for a moment).
"""
