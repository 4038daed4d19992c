"""Every press there is and which kinds of people may use it; a new press belongs here."""

from __future__ import annotations

MEMBER = "a member"
OPENED = "a former moderator, who opened the panel a moment ago"
LATER = "a former moderator, who opened the panel 16 minutes ago"
MODERATOR = "a moderator"
ADMINISTRATOR = "an administrator"
ELSEWHERE = "a member of another server, who opened the panel here"
RULES_ELSEWHERE = "an administrator of another server"
DIRECT = "who opened the panel, in direct messages"
WITHOUT_BOT = "an administrator where the bot is not"
PEOPLE = (MEMBER, OPENED, LATER, MODERATOR, ADMINISTRATOR, ELSEWHERE, RULES_ELSEWHERE, DIRECT, WITHOUT_BOT)

ALL = set(PEOPLE)
NOBODY: set[str] = set()
SERVERS = ALL - {DIRECT, WITHOUT_BOT}
MANAGES = {OPENED, ADMINISTRATOR, RULES_ELSEWHERE}
"""What changes a server's choices or shows its figures: of their own server, it goes without saying."""
MODERATES = MANAGES | {MODERATOR}
OWN_CARD = {OPENED, MODERATOR, ADMINISTRATOR}
FINAL = {ADMINISTRATOR, RULES_ELSEWHERE}

MAY: dict[str, set[str]] = {
    "article:0": ALL,
    "care-in:{danger}:0": ALL,
    "care:{danger}": ALL,
    "forget:{own}": ALL,
    "forget:{stolen}": NOBODY,
    "h:1:{token}": ALL,
    "in-gap:newest": MANAGES,
    "in-gaps:most": MANAGES,
    "in-top:1:topic:{sunday}": MANAGES,
    "in-trend:{token}:1:day:{sunday}": MANAGES,
    "l:{token}:0:2": MODERATES,
    "la:0:0:2": MODERATES,
    "lib-ask-remove": FINAL,
    "lib-forum": MANAGES,
    "lib-remove:delete": FINAL,
    "lib-remove:keep": FINAL,
    "lib-show": MANAGES,
    "lib-sync": MANAGES,
    "li:0:2": MODERATES,
    "ln:0:2": MODERATES,
    "lq:{danger}:0:2": MODERATES,
    "ls:0:2": MODERATES,
    "lt:twinflame:0:2": MODERATES,
    "mod-page": ALL,
    "mod-turn:1": ALL,
    "n:1:{token}": ALL,
    "none:1:{token}": ALL,
    "not-this:twinflame:runner:{person}": {MEMBER},
    "p:1:{token}:{token}": ALL,
    "privacy-back": ALL,
    "privacy-count": ALL,
    "privacy-download": ALL,
    "privacy-forget": ALL,
    "privacy-forget-yes": ALL,
    "privacy-stop": ALL,
    "quiet:x:y": ALL,
    "r:twinflame:hope:runner": ALL,
    "read:twinflame:runner:1": ALL,
    "safe:1": ALL,
    "set": MANAGES,
    "set-answers:private": MANAGES,
    "set-channel:people": MANAGES,
    "set-contacts": FINAL,
    "set-form:quiet": MANAGES,
    "set-form:zone": MANAGES,
    "set-hour": MANAGES,
    "set-language": MANAGES,
    "set-none:people": MANAGES,
    "set-open-contacts": FINAL,
    "set-open:contacts": NOBODY,
    "set-open:library": MANAGES,
    "set-open:quiet": MANAGES,
    "set-threads": MANAGES,
    "set-weekday": MANAGES,
    "share:twinflame:runner": SERVERS,
    "topic:twinflame": ALL,
    "undo:{card}": OWN_CARD,
    "undo:{stolen_card}": NOBODY,
    "undo:{message}:0123456789abcdef": NOBODY,
    "w:1:{token}:{token}": ALL,
    "whole:{card}": OWN_CARD,
    "whole:{stolen_card}": NOBODY,
}
"""Who may press what. A new press belongs here."""
