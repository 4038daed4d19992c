"""Members' words that are needed for a moment: in memory for a quarter of an hour, never in a file or a log."""

from __future__ import annotations

from typing import Final

from lantern.store.times import MINUTE

HELD_FOR: Final = 15 * MINUTE
"""Milliseconds."""
HELD_MAX: Final = 2_000
"""Questions held at once; the oldest go first. With :data:`WORDS_MAX`, 16 MB at the very worst."""
WORDS_MAX: Final = 2_000
"""Characters of a question that are held: as many as matching reads."""


class RecentWords:
    """Words by the interaction that brought them and the key of the member whose they are: nobody else takes them.

    Times are UTC in milliseconds.
    """

    def __init__(self, *, at_most: int = HELD_MAX) -> None:
        self._at_most = at_most
        self._words: dict[tuple[int, int], tuple[int, str]] = {}

    def __len__(self) -> int:
        return len(self._words)

    def put(self, ask_id: int, member_key: int, words: str, now: int) -> None:
        """Hold ``words`` until they are taken, a quarter of an hour has passed, or too many came after them."""
        self._words.pop((ask_id, member_key), None)
        while len(self._words) >= self._at_most:
            del self._words[next(iter(self._words))]
        self._words[ask_id, member_key] = (now, words[:WORDS_MAX])

    def take(self, ask_id: int, member_key: int, now: int) -> str | None:
        """The words, once; None when they are not held any more."""
        at, words = self._words.pop((ask_id, member_key), (0, None))
        return words if words is not None and now - at < HELD_FOR else None

    def forget_old(self, now: int, *, every: int = 0) -> None:
        """Let go of what is due, or would be before the next call in ``every`` milliseconds."""
        self._words = {key: held for key, held in self._words.items() if now + every - held[0] < HELD_FOR}
