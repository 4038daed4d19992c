"""What the presses under the figures are called.

Apart from `reports`, which makes the buttons: to hear a press the bot needs only its name, and the figures are loaded
when an administrator first asks for them.
"""

SHARE_TOP = "in-top"
SHARE_TREND = "in-trend"
CHOOSE_GAP = "in-gap"
SORT_GAPS = "in-gaps"
