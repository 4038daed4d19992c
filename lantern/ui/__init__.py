"""What all of Discord's pieces share: an answer's card with its buttons, permissions, and how Lantern says no.

Its files: `cards.py` (an answer and its row of buttons, and the list of `/topics`), `permissions.py` (what the bot asks
for and why), `refusals.py` (how Lantern says no, and what discord.py's and Discord's own refusals mean), `replies.py`
(saying an answer to Discord, tried again when that fails, and how refusals and errors are told), `custom_ids.py` (what
a press carries), `safe_text.py` (words of members, so that nothing in them pings), `forms.py` (forms to fill in),
`command_list.py` (who may use which command), `discord_errors.py` (Discord's codes), `topic_tokens.py` (a topic in a
custom id), `rights.py` (who may press what, checked in front of every press), `whose_language.py` (a reader's language
and a server's).
"""
