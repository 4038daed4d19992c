"""Members' words read on the event loop, which no text holds for more than a moment, whatever is in it.

Everything that is answered asks here; the terminal, which nobody else waits for, asks the matcher itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from lantern.answers.edition import Editions
from lantern.languages.translation import N_, _
from lantern.matching.encoders import READ_MAX
from lantern.matching.matcher import Candidate, Match, Matcher, Suggestions
from lantern.matching.slices import Slices, TooMuchToRead
from lantern.ui.refusals import Refused

P = ParamSpec("P")
T = TypeVar("T")

ENCODING_MAX: Final = 8
"""Texts that are encoded or wait for it; what comes beyond that is read by its words."""
LONG_MAX: Final = 2
"""Of these, texts longer than the encoder takes at once: one takes a second, and others shall not wait for it."""

TOO_MUCH = N_("A lot is being asked in this server right now. Please try again in a moment, with fewer words.")


class Reading:
    """Reads with the matcher of the edition in use. ``guild_id`` is whose turn it takes; direct messages share one.

    Methods that take it raise :class:`Refused` where a server sends more long texts than can be read.
    """

    def __init__(self, editions: Editions) -> None:
        self._editions = editions
        self.slices = Slices()
        self._encoding = 0
        self._long = 0

    async def care(self, words: str, guild_id: int | None) -> str | None:
        """The kind of danger that words show a sign of or mean, or None."""
        return await self._signs(words, guild_id) or await self._meant(words)

    async def _signs(self, words: str, guild_id: int | None) -> str | None:
        """As :meth:`Matcher.care`."""
        try:
            return await self.slices.do(self._editions.current.matcher.looking(words), of=guild_id or 0)
        except TooMuchToRead as error:
            raise Refused(_(TOO_MUCH)) from error

    async def _meant(self, words: str, *, doubt: bool = False) -> str | None:
        """As :meth:`Matcher.danger`; None for a long text where others of that kind are being read."""
        is_long = len(words) > READ_MAX
        if is_long and self._long >= LONG_MAX:
            return None
        self._long += is_long
        try:
            return await self._beside(Matcher.danger, words, doubt=doubt)
        finally:
            self._long -= is_long

    async def hurt(self, words: str, guild_id: int | None) -> bool:
        """Whether words that show no danger say that somebody is hurt; so it is where too much is there to read."""
        try:
            work = self._editions.current.matcher.looking(words, gentle=True)
            return await self.slices.do(work, of=guild_id or 0) is not None
        except TooMuchToRead:
            return True

    async def may_be_kept(self, words: str, guild_id: int | None) -> bool:
        """Whether words that show no danger neither say that somebody is hurt nor may mean danger after all."""
        return not await self.hurt(words, guild_id) and await self._meant(words, doubt=True) is None

    async def match(self, words: str, guild_id: int | None, *, strict: bool = False) -> Match:
        """As :meth:`Matcher.match`, in the content of now."""
        kind = await self.care(words, guild_id)
        return Match("care", (), kind) if kind is not None else await self.ordinary(words, strict=strict)

    async def suggest(self, words: str, guild_id: int | None, limit: int) -> Suggestions:
        """As :meth:`Matcher.suggest`; nothing where too much is typed: the next key stroke asks again."""
        try:
            kind = await self._signs(words, guild_id)
        except Refused:
            return Suggestions()
        if kind is not None:
            return Suggestions((), kind)
        edition = self._editions.current
        return Suggestions(tuple(map(edition.topic, edition.matcher.offered(words, limit).topics)))

    async def ordinary(self, words: str, *, strict: bool = False) -> Match:
        """As :meth:`Matcher.ordinary`, in the content of now."""
        match = await self._beside(Matcher.ordinary, words, strict=strict)
        return match._replace(candidates=self._in_language(match.candidates))

    async def rank(self, words: str) -> tuple[Candidate, ...]:
        """As :meth:`Matcher.rank`, in the content of now."""
        return self._in_language(await self._beside(Matcher.rank, words))

    def _in_language(self, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        """The same topics in the language in use; the matcher's are the original ones."""
        edition = self._editions.current
        return tuple(each._replace(topic=edition.topic(each.topic)) for each in candidates)

    async def _beside(self, method: Callable[..., T], words: str, **named: bool) -> T:
        """In a thread where meanings are compared, which takes milliseconds; words alone take less than one."""
        while True:
            edition = self._editions.current
            if edition.matcher.meanings is None or self._encoding >= ENCODING_MAX:
                return method(edition.matcher, words, **named, by_words=True)
            self._encoding += 1
            try:
                result = await asyncio.to_thread(method, edition.matcher, words, **named)
            finally:
                self._encoding -= 1
            if edition is self._editions.current:
                return result
