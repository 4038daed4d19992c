"""What stands in public and what one member leaves behind, so that nobody is flooded.

Two rules, both in memory and refilled from the database at start: a topic is not posted again in a channel while it
stands there, and one member causes only so many public cards a minute. Others are in memory alone, see :class:`Limit`.
None ever refuses an answer: the caller gives it privately.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from typing import Final, NamedTuple

from lantern.store.questions import StandingCard
from lantern.store.times import MINUTE

MISSES_A_DAY: Final = 20
"""Misses of one member that are kept, so that nobody fills the list of gaps alone."""
NOTES_AN_HOUR: Final = 6
"""Notes to the moderators of one server: more at once are a flood or a joke, and those who are told look themselves."""


class Standing(NamedTuple):
    """A card that all can see. ``message_id`` is None while it is on its way to Discord."""

    at: int
    guild_id: int | None
    channel_id: int
    message_id: int | None

    @property
    def jump_url(self) -> str | None:
        """Its address (Discord's reference, Message URLs), or None while it is on its way."""
        if self.message_id is None:
            return None
        return f"https://discord.com/channels/{self.guild_id or '@me'}/{self.channel_id}/{self.message_id}"


class FloodLimits:
    """Remembers public cards for as long as the rules look back.

    A topic that stands in a channel is not posted there again for ``quiet_minutes``, unless :meth:`standing` is told
    otherwise; ``per_minute`` is how many public cards one member may cause in a minute.
    """

    def __init__(self, *, quiet_minutes: int, per_minute: int) -> None:
        self.quiet_minutes = quiet_minutes
        self.per_minute = per_minute
        self._cards: dict[tuple[int, str], Standing] = {}
        self._by_member: dict[int, deque[int]] = defaultdict(lambda: deque(maxlen=per_minute))

    def refill(self, cards: list[StandingCard]) -> None:
        """Take over what the database knows of the time before a restart."""
        for card in cards:
            self.posted(card.channel_id, f"{card.article}/{card.topic}", card.public_at, card.guild_id, card.message_id)
            if card.member_key is not None:
                self.caused(card.member_key, card.public_at)

    def standing(self, channel_id: int, address: str, now: int, quiet_minutes: int | None = None) -> Standing | None:
        """The card with the topic ``address`` that stands in the channel since less than the quiet window, if any."""
        window = (self.quiet_minutes if quiet_minutes is None else quiet_minutes) * MINUTE
        card = self._cards.get((channel_id, address))
        return card if card is not None and now - card.at < window else None

    def has_had_enough(self, member_key: int, now: int) -> bool:
        """Whether this member caused as many public cards in the last minute as one may."""
        times = self._by_member.get(member_key)
        return times is not None and sum(now - at < MINUTE for at in times) >= self.per_minute

    def posted(self, channel_id: int, address: str, at: int, guild_id: int | None, message_id: int | None) -> None:
        """A card stands in public, or (``message_id`` None) is on its way: a second one must not start meanwhile."""
        self._cards[channel_id, address] = Standing(at, guild_id, channel_id, message_id)

    def caused(self, member_key: int, at: int) -> None:
        """This member caused a public card, or one is on its way: as many as one may are claimed before they stand."""
        self._by_member[member_key].append(at)

    def not_caused(self, member_key: int, at: int) -> None:
        """The card that was on its way since ``at`` did not arrive: it does not count."""
        times = self._by_member.get(member_key)
        if times is not None and at in times:
            times.remove(at)

    def not_posted(self, channel_id: int, address: str) -> None:
        """The card that was on its way did not arrive: the topic may be posted again at once."""
        card = self._cards.get((channel_id, address))
        if card is not None and card.message_id is None:
            del self._cards[channel_id, address]

    def taken_back(self, message_id: int) -> None:
        """The card ``message_id`` was removed, whatever its topic and channel."""
        self._cards = {key: card for key, card in self._cards.items() if card.message_id != message_id}

    def forget_old(self, now: int, *, keep_minutes: int) -> None:
        """Drop what no rule looks at any more, so that memory does not grow with the years."""
        self._cards = {key: card for key, card in self._cards.items() if now - card.at < keep_minutes * MINUTE}
        for member in [key for key, times in self._by_member.items() if not times or now - times[-1] >= MINUTE]:
            del self._by_member[member]


class Limit:
    """How many of something one member or one server may cause in a while: misses that are kept, notes to moderators.

    Counted in memory by the member's key or the server's id, in whiles of ``per`` milliseconds (UTC).
    """

    def __init__(self, most: int, per: int) -> None:
        self.most = most
        self._per = per
        self._while = 0
        self._caused: Counter[int] = Counter()

    def claim(self, by: int, at: int) -> bool:
        """Whether one more may be caused by this member or server, which counts it."""
        if at // self._per != self._while:
            self._while = at // self._per
            self._caused.clear()
        if self._caused[by] >= self.most:
            return False
        self._caused[by] += 1
        return True

    def used_up(self, by: int) -> bool:
        """Whether the last one that was claimed was the last of its while."""
        return self._caused[by] >= self.most
