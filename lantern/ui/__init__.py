"""What all of Discord's pieces share: an answer's card with its buttons, permissions, and how Lantern says no.

Look first at `cards.py` (an answer and its row of buttons), `permissions.py` (what the bot asks for and why),
`custom_ids.py` (what a press carries), `replies.py` (what somebody is told when something went wrong).
"""
