"""A question in a member's own words, from the words to the answer, and what they say of the answer.

Care comes first: words that show a sign of danger are answered with the care message alone, and from then on nothing
about that question is written, counted or told to anybody.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final, NamedTuple

import discord
from discord import app_commands

from lantern.answers import ask_cards, care_cards
from lantern.answers.ask_cards import NOT_KEPT
from lantern.answers.edition import Editions
from lantern.answers.flood_limits import MISSES_A_DAY, Limit
from lantern.answers.giving import TOPIC_GONE_LIST, Giving
from lantern.answers.privacy import change_when_done, waited_for
from lantern.answers.reading import Reading
from lantern.answers.recent_words import RecentWords
from lantern.content.models import Care, Topic
from lantern.languages.translation import _, current
from lantern.matching.matcher import Match
from lantern.store.guilds import Guilds
from lantern.store.masking import Masked, masked
from lantern.store.member_keys import MemberKeys
from lantern.store.misses import CameFrom, Misses, new_id
from lantern.store.most_asked import MostAsked
from lantern.store.times import DAY, FIRST_ZONE, local_day, milliseconds
from lantern.ui.cards import Card, Component, components_pressed
from lantern.ui.custom_ids import OutdatedPress, chosen, is_number, press
from lantern.ui.permissions import moderates
from lantern.ui.replies import change_pressed, send
from lantern.ui.safe_text import shortened

CHOICES_MAX: Final = 25
"""Choices of an autocomplete list (Discord's reference, Autocomplete)."""
CHOICE_NAME: Final = 100
"""Characters of a choice's name (Discord's reference, Application Command Option Choice)."""


CORRECTED_WITHIN: Final = timedelta(days=1)
"""How old an ask may be of which a correction is kept: :mod:`lantern.store.weekly_totals` knows asks so old."""


class _ToKeep(NamedTuple):
    """A miss before it is written: its message is sent first."""

    id: int
    words: Masked
    nearest: list[tuple[str, str, float]]


class Asking:
    """Answers ``/ask``, and shows the care message for every command that takes words."""

    def __init__(
        self,
        editions: Editions,
        reading: Reading,
        giving: Giving,
        guilds: Guilds,
        misses: Misses,
        member_keys: MemberKeys,
        most_asked: MostAsked,
        *,
        miss_days: int,
    ) -> None:
        self._editions = editions
        self._reading = reading
        self._giving = giving
        self._guilds = guilds
        self._misses = misses
        self._member_keys = member_keys
        self._most_asked = most_asked
        self._miss_days = miss_days
        self._miss_limit = Limit(MISSES_A_DAY, DAY)
        self._answered = RecentWords()
        """Words of questions that were answered: kept as a miss if "Not what I asked" is pressed in time."""
        self._careful = RecentWords()
        """Words that showed a sign of danger: for "I'm safe, show me the article" alone. Never written."""

    def forget_old(self, now: int, *, every: int) -> None:
        """Let go of words whose time is over, or will be before this is called again in ``every`` milliseconds."""
        self._answered.forget_old(now, every=every)
        self._careful.forget_old(now, every=every)

    # ------------------------------------------------------------------ while typing

    async def suggest(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """What autocomplete offers: matching topics, the guild's most asked first for an empty box, or only help."""
        if not typed.strip():
            topics = {(topic.article.command, topic.key): topic for topic in self._editions.current.content.topics()}
            first = self._most_asked.first(interaction.guild_id, topics)
            return [topic_choice(topics[address]) for address in first[:CHOICES_MAX]]
        return await self.matching(interaction, typed)

    async def matching(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """What autocomplete offers for words: matching topics, or only help."""
        offered = await self._reading.suggest(typed, interaction.guild_id, CHOICES_MAX)
        if offered.care_kind is not None:
            helplines, language = self._editions.current.content.helplines, current()
            return [care_cards.care_choice(helplines, offered.care_kind, typed, language)]
        return [topic_choice(topic) for topic in offered.topics]

    # ------------------------------------------------------------------ care, for every command that takes words

    def _care(self) -> Care:
        return self._editions.current.content.care

    def _chosen(self, words: str) -> str | None:
        """The kind of danger in an entry of :meth:`suggest`; None for words that are none."""
        return care_cards.kind_chosen(self._editions.current.content, words)

    async def care_of(self, guild_id: int | None, words: str) -> str | None:
        """The kind of danger that words show, typed or chosen from :meth:`suggest`; None when they show none."""
        return self._chosen(words) or await self._reading.care(words, guild_id)

    async def care(self, interaction: discord.Interaction, kind: str, *, words: str | None = None) -> None:
        """Answer with the care message, privately. Nothing is written; ``words`` are held for "I'm safe" alone."""
        held_as = None
        if words is not None and self._chosen(words) is None:
            held_as = interaction.id
            self._careful.put(held_as, self._key(interaction), words, _now(interaction))
        content, language = self._editions.current.content, current()
        contacts = self._guilds.of(interaction.guild_id).help_contacts
        await send(interaction, care_cards.care_card(content, kind, language, guild_contacts=contacts, held_as=held_as))

    @press(care_cards.COUNTRY)
    async def choose_country(self, interaction: discord.Interaction, kind: str, page: int) -> None:
        """A country was chosen on a care card, or another page of them. The card says its numbers; nothing is kept."""
        value = chosen(interaction)
        country, page = (None, int(value)) if is_number(value) else (value, page)
        content, language = self._editions.current.content, current()
        contacts = self._guilds.of(interaction.guild_id).help_contacts
        components = care_cards.care_components(
            content, kind, language, guild_contacts=contacts, country=country, page=page
        )
        card = care_cards.with_another(components_pressed(interaction), components[0])
        await (send(interaction, Card(components)) if card is None else change_pressed(interaction, card))

    @press(care_cards.SHOW)
    async def show_care(self, interaction: discord.Interaction, kind: str) -> None:
        """The way to help was pressed, on a card without an answer or by a moderator: for the presser alone."""
        await self.care(interaction, (self._care().kind(kind) or self._care().gentle).kind)

    @press(care_cards.SAFE)
    async def show_anyway(self, interaction: discord.Interaction, held_as: int) -> None:
        """**I'm safe, show me the article** was pressed: the ordinary result, of which nothing is kept."""
        words = self._careful.take(held_as, self._key(interaction), _now(interaction))
        if words is None:
            await self._giving.show_list(interaction, _(ask_cards.NO_LONGER_HELD))
        else:
            await self._show(interaction, words, await self._reading.ordinary(words), NOT_KEPT)

    @press(care_cards.READ_QUIET)
    async def read_quiet(self, interaction: discord.Interaction, nonce: str, seal: str) -> None:
        """**Read** was pressed on a quiet card: the care message, for the presser alone and uncounted."""
        await self.care(interaction, care_cards.quiet_kind(self._care(), self._member_keys, nonce, seal))

    def _small_way(self, interaction: discord.Interaction) -> list[Component]:
        return care_cards.small_way(self._editions.current.content, current())

    # ------------------------------------------------------------------ asking

    async def ask(self, interaction: discord.Interaction, words: str) -> None:
        """Answer a question, typed or chosen from :meth:`suggest`, privately."""
        match = await self._reading.match(words, interaction.guild_id)
        if (kind := self._chosen(words) or match.care_kind) is not None:
            await self.care(interaction, kind, words=words)
        elif (topic := self._editions.current.content.at(words)) is not None:
            # A value that autocomplete offered; others come, too, so it was looked up. What they had typed before they
            # chose is not known here, so there are no words to hold.
            near = [candidate.topic for candidate in await self._reading.rank(topic.question)]
            await self._answer(interaction, topic, near, interaction.id)
        elif match.outcome != "clear" and await self._reading.hurt(words, interaction.guild_id):
            await self._show_gently(interaction, match)
        else:
            await self._show(interaction, words, match, interaction.id)

    async def _show_gently(self, interaction: discord.Interaction, match: Match) -> None:
        """People to talk to, and the topics below, for who asks for help or is hurt. Nothing of it is kept."""
        contacts = self._guilds.of(interaction.guild_id).help_contacts
        content, language = self._editions.current.content, current()
        help_first = care_cards.care_components(content, content.care.gentle.kind, language, guild_contacts=contacts)
        # What is only a little nearer than the rest is cold comfort.
        near = [candidate.topic for candidate in match.candidates if match.outcome == "likely" and candidate.score > 0]
        await send(interaction, ask_cards.gently(help_first, near, self._editions.current.cards.menu))

    async def _show(self, interaction: discord.Interaction, words: str, match: Match, ask_id: int) -> None:
        topics = [candidate.topic for candidate in match.candidates]
        # Five topics come whatever they score; where nothing is certain, those that share nothing are not offered.
        near = [candidate.topic for candidate in match.candidates if candidate.score > 0]
        # Somebody may look over their shoulder: words behind a care message are not written down in the chat again.
        shown = words if ask_id != NOT_KEPT else None
        if match.outcome == "clear":
            await self._answer(interaction, topics[0], topics, ask_id)
        elif match.outcome == "likely":
            await send(interaction, ask_cards.likely(near, ask_id, shown))
        else:
            await self._miss(interaction, near, ask_id, words, "ask")
            return
        if ask_id != NOT_KEPT:
            self._answered.put(ask_id, self._key(interaction), words, _now(interaction))

    async def _answer(
        self, interaction: discord.Interaction, topic: Topic, candidates: list[Topic], ask_id: int
    ) -> None:
        others = [other for other in candidates if other is not topic]
        await self._giving.give(
            interaction,
            topic,
            "ask",
            asked_as=ask_id,
            counted=ask_id != NOT_KEPT,
            dress=lambda card: ask_cards.dressed(card, topic, others, ask_id),
        )

    async def _miss(
        self, interaction: discord.Interaction, near: list[Topic], ask_id: int, words: str | None, came_from: CameFrom
    ) -> None:
        miss, said = await self._to_keep(interaction, words, ask_id)
        card = ask_cards.miss(
            near,
            self._editions.current.cards.menu,
            ask_id,
            words=words if ask_id != NOT_KEPT else None,
            people=self._people(interaction),
            kept=[*self._small_way(interaction), *said],
        )
        if came_from == "ask":
            await send(interaction, card)
        else:
            await change_pressed(interaction, card)
        self._keep(interaction, miss, came_from)

    # ------------------------------------------------------------------ presses

    @press(ask_cards.PICK)
    async def pick(self, interaction: discord.Interaction, ask_id: int, state: str, chosen: str) -> None:
        """One of several candidates was chosen: the same question, so the first of them alone is counted."""
        for topic in self._named(chosen):
            await self._answer(interaction, topic, self._named(state), ask_id)
            return
        await self._giving.show_list(interaction, _(TOPIC_GONE_LIST))

    @press(ask_cards.WANTED)
    async def wanted(self, interaction: discord.Interaction, ask_id: int, state: str, chosen: str) -> None:
        """One of the next candidates was chosen after **Not what I asked**: that is what was wanted."""
        topics = self._named(chosen)
        if not topics:
            await self._giving.show_list(interaction, _(TOPIC_GONE_LIST))
            return
        # What was shown first is not offered again.
        candidates = self._named(state.partition(".")[2])
        await self._answer(interaction, topics[0], candidates, ask_id)
        self._correct(interaction, ask_id, state, topics[0])

    @press(ask_cards.HELPFUL)
    async def helpful(self, interaction: discord.Interaction, ask_id: int, shown: str) -> None:
        """**Helpful** was pressed under an answer."""
        counted = self._counts(interaction)
        uncounted = ask_cards.THANKS_MODERATOR if moderates(interaction) else ask_cards.THANKS_UNCOUNTED
        thanks = ask_cards.THANKS if counted else uncounted
        await change_pressed(interaction, ask_cards.thanked(components_pressed(interaction), _(thanks)))
        for topic in self._named(shown):
            if ask_id != NOT_KEPT and counted:
                self._misses.helpful(
                    at=_now(interaction),
                    guild_id=self._giving.origin(interaction).guild_id,
                    article=topic.article.command,
                    topic=topic.key,
                    member_key=self._key(interaction),
                )

    @press(ask_cards.NOT_IT)
    async def not_it(self, interaction: discord.Interaction, ask_id: int, state: str) -> None:
        """**Not what I asked** was pressed: the next candidates; their words become a miss if those are still here."""
        others = self._named(state.partition(".")[2])
        words = self._answered.take(ask_id, self._key(interaction), _now(interaction))
        miss, said = await self._to_keep(interaction, words, ask_id)
        people = self._people(interaction)
        below = [*self._small_way(interaction), *said]
        card = ask_cards.not_it(others, self._editions.current.cards.menu, ask_id, state, people=people, kept=below)
        await change_pressed(interaction, card)
        self._correct(interaction, ask_id, state)
        self._keep(interaction, miss, "not_it")

    @press(ask_cards.NONE_OF_THESE)
    async def none_of_these(self, interaction: discord.Interaction, ask_id: int, state: str) -> None:
        """**None of these** was pressed under several likely topics: a miss after all."""
        words = self._answered.take(ask_id, self._key(interaction), _now(interaction))
        await self._miss(interaction, self._named(state), ask_id, words, "none_of_these")

    @press(ask_cards.FORGET_MISS)
    async def forget(self, interaction: discord.Interaction, miss_id: int, seal: str) -> None:
        """**Don't keep this** was pressed under a miss by whoever asked; the id alone may be forged."""
        if seal != self._miss_seal(interaction, miss_id):
            raise OutdatedPress("another member's words")
        done = await waited_for(interaction, self._misses.forget(miss_id))
        sentence = ask_cards.WORDS_DELETED if done else ask_cards.WORDS_DELETED_SOON
        await change_when_done(interaction, ask_cards.forgotten(components_pressed(interaction), _(sentence)))

    # ------------------------------------------------------------------ what is kept

    def _key(self, interaction: discord.Interaction) -> int:
        return self._member_keys.of(interaction.user.id)

    def _miss_seal(self, interaction: discord.Interaction, miss_id: int) -> str:
        return self._member_keys.seal("miss", str(miss_id), str(interaction.user.id))

    def _counts(self, interaction: discord.Interaction) -> bool:
        """Whether anything is kept of what they say: nothing of moderators, nor of who does not want to be counted."""
        return not moderates(interaction) and not self._member_keys.is_uncounted(self._key(interaction))

    async def _to_keep(
        self, interaction: discord.Interaction, words: str | None, ask_id: int
    ) -> tuple[_ToKeep | None, list[Component]]:
        """What will be kept of their words, if anything; and what the message says about them: the truth, and nothing
        where it is not known any more.
        """
        if words is None and ask_id != NOT_KEPT:
            return None, []
        kept = masked(words) if words is not None and ask_id != NOT_KEPT and self._counts(interaction) else None
        if words is None or not kept or not await self._reading.may_be_kept(words, interaction.guild_id):
            nothing = ask_cards.NOTHING_KEPT_OF_MODERATORS if moderates(interaction) else ask_cards.NOTHING_KEPT
            return None, ask_cards.said_part(_(nothing))
        if not self._miss_limit.claim(self._key(interaction), _now(interaction)):
            return None, ask_cards.said_part(_(ask_cards.ENOUGH_KEPT).format(most=MISSES_A_DAY))
        nearest = await self._reading.rank(words)
        near = [(each.topic.article.command, each.topic.key, each.score) for each in nearest if each.score > 0]
        miss_id = new_id()
        seal = self._miss_seal(interaction, miss_id)
        in_a_server = self._giving.origin(interaction).guild_id is not None
        part = ask_cards.kept_part(miss_id, seal, self._miss_days, in_a_server=in_a_server)
        return _ToKeep(miss_id, kept, near), part

    def _keep(self, interaction: discord.Interaction, miss: _ToKeep | None, came_from: CameFrom) -> None:
        if miss is not None:
            self._misses.keep(
                miss.id,
                miss.words,
                day=local_day(interaction.created_at, FIRST_ZONE),
                guild_id=self._giving.origin(interaction).guild_id,
                nearest=miss.nearest,
                came_from=came_from,
            )

    def _correct(self, interaction: discord.Interaction, ask_id: int, state: str, wanted: Topic | None = None) -> None:
        if ask_id == NOT_KEPT or not self._counts(interaction):
            return
        if interaction.created_at - discord.utils.snowflake_time(ask_id) > CORRECTED_WITHIN:
            return
        for shown in self._named(state.partition(".")[0]):
            self._misses.correct(
                day=self._day(interaction),
                ask_id=ask_id,
                guild_id=self._giving.origin(interaction).guild_id,
                shown=(shown.article.command, shown.key),
                wanted=(wanted.article.command, wanted.key) if wanted else None,
            )

    def _day(self, interaction: discord.Interaction) -> int:
        return local_day(interaction.created_at, self._guilds.of(self._giving.origin(interaction).guild_id).zone)

    def _named(self, part: str) -> list[Topic]:
        """The topics that a custom id names, as they are in the content of now."""
        return self._editions.current.tokens.topics(part)

    def _people(self, interaction: discord.Interaction) -> int | None:
        return self._guilds.of(interaction.guild_id).ask_people_channel_id


def _now(interaction: discord.Interaction) -> int:
    return milliseconds(interaction.created_at)


def topic_choice(topic: Topic) -> app_commands.Choice[str]:
    """A topic as autocomplete offers it; the value is its address."""
    # Translators: a topic in a list that appears while somebody types
    named = _("{title}: {question}").format(title=topic.title, question=topic.question)
    name = named if len(named) <= CHOICE_NAME else shortened(topic.question, CHOICE_NAME)
    return app_commands.Choice(name=name, value=topic.address)
