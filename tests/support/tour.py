"""Everybody goes through everything once: each command, button, menu and form of members, moderators and
administrators, with the ways in which Lantern says no. What the bot sent is kept, to be looked at.

Things are found by their custom ids, so that the tour is the same in every language.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import discord
import simcord
import yaml
from discord import app_commands
from discord.app_commands import Transformer
from simcord.backend import serializers
from simcord.types import HttpLogEntry

from lantern import PROJECT
from lantern.admin.library import Run, silent
from lantern.languages.translation import LANGUAGES, language_of, speaking
from lantern.store.links import INSERT_LINKS, Link
from lantern.store.misses import KEEP_CORRECTIONS, Correction
from lantern.store.rows import as_parameter
from lantern.store.times import milliseconds
from lantern.ui.cards import notice, topics_menu, walk
from lantern.ui.custom_ids import Press
from lantern.ui.permissions import PERMISSIONS
from lantern.ui.refusals import sentence_for
from tests.support import linking
from tests.support.discord_limits import Read, broken, texts
from tests.support.pseudo import texts_of
from tests.support.reports import NEW_YEAR, Drawn, InThisProcess, put_asks, put_miss
from tests.support.world import Shown, World, components_of, deny, hide, options

CLEAR = "is my tf the runner??"
DANGER = "he left and i just want to die"
FAR = "what colour is the bus to Leeds"
HURT = "help me please"
QUESTIONS = PROJECT / "tests" / "data" / "questions.yml"
REFUSED = {
    10003: 404,
    10008: 404,
    40058: 403,
    50001: 403,
    50013: 403,
    50083: 400,
    160002: 400,
    160005: 400,
    200000: 400,
    50035: 400,
    0: 500,
}
"""Codes with which Discord refuses a message, and the status that each comes with."""


def locale_of(language: str) -> str:
    """One of Discord's locales in which Lantern speaks a language."""
    return next(each.value for each in discord.Locale if language_of(each.value) == language)


class Tour:
    """People in a world whose Discord, and whose server, is in one language; and what the bot sent them."""

    def __init__(self, world: World, language: str) -> None:
        self.world = world
        self.language = language
        self.drawn = Drawn()
        world.services.reports.charts = self.drawn
        world.services.reports.grouping = InThisProcess()
        self.commands: set[str] = set()
        """Names of commands that were used."""
        self.pressed: set[str] = set()
        """Custom ids of what was pressed, chosen or sent."""
        self.typed: set[str] = set()
        """What people wrote themselves, and what things of theirs are called."""
        self._steps: list[tuple[int, str]] = []
        """The number of the first request of each step, and what it was."""
        find = world.bot.presses.find

        def noted(text: str) -> Press:
            self.pressed.add(text)
            return find(text)

        world.bot.presses.find = noted  # type: ignore[method-assign]
        self.typed |= set(LANGUAGES.values()) | {"Twin Flame Circle", "general", "maya", "lea", "noor", "asha"}

    # ------------------------------------------------------------------ what people do

    def step(self, name: str) -> None:
        """What comes from now on is told under this name."""
        self._steps.append((len(self.world.env.http_requests), name))

    def _wrote(self, *values: Any) -> None:
        self.typed |= {value for value in values if isinstance(value, str)}

    async def slash(
        self, person: simcord.MemberActor, name: str, *, where: simcord.ChannelHandle | None = None, **options: Any
    ) -> Shown:
        """Use a command; what stands there then."""
        self.step(f"/{name} {options or ''}")
        self.commands.add(name)
        self._wrote(*options.values())
        return last(await person.slash(where or self.world.general, name, **options))

    async def menu(
        self,
        person: simcord.MemberActor,
        name: str,
        message: discord.Message | Shown,
        channel: simcord.ChannelHandle | None = None,
    ) -> Shown:
        """Use an entry of a message's menu."""
        self.step(name)
        self.commands.add(name)
        return last(await person.context_menu(channel or self.world.general, name, message))

    async def suggestions(
        self,
        person: simcord.MemberActor,
        name: str,
        option: str,
        typed: str,
        channel: simcord.ChannelHandle | None = None,
    ) -> list[str]:
        """Type into an option; the values that are offered."""
        self.step(f"/{name} {option}: {typed} …")
        self._wrote(typed)
        offered = await person.autocomplete(channel or self.world.general, name, option, typed)
        return [str(each["value"]) for each in offered]

    async def press(self, person: simcord.MemberActor, message: Shown, begins: str, *values: Any) -> Shown:
        """Press the first thing whose custom id begins so, or choose in it; what stands there then."""
        return last(await self._press(person, message, begins, values))

    async def _press(
        self, person: simcord.MemberActor, message: Shown, begins: str, values: Sequence[Any] = ()
    ) -> simcord.InteractionResult:
        self.step(f"{begins} {values or ''}")
        parts = list(walk(components_of(message)))
        custom_ids = [str(part.get("custom_id") or "") for part in parts]
        found = next((each for each in custom_ids if f"{each}:".startswith(begins)), None)
        assert found is not None, f"nothing begins with {begins}, of {custom_ids}"
        if values:
            return await person.select(message, values, custom_id=found)
        return await person.click(message, custom_id=found)

    async def dismiss(self, person: simcord.MemberActor, card: Shown) -> None:
        """Press **Not this** on a card, which then is gone."""
        await self._press(person, card, "not-this:")

    async def send(self, person: simcord.MemberActor, message: Shown, begins: str, **fields: str) -> Shown:
        """Press what opens a form, fill it in and send it."""
        opened = await self._press(person, message, begins)
        assert opened.modal is not None, begins
        self.step(f"form of {begins} {fields}")
        self._wrote(*fields.values())
        return last(await person.submit_modal(opened, fields))

    def forge(self, message: Shown, custom_id: str, value: str | None = None) -> None:
        """Let a message have another button, or menu with a value, than it was sent with: an old one, for instance."""
        stored = self.world.env.backend.get_message(_channel_id(message), message.id)
        kind = 2 if value is None else 3
        part = next(part for part in walk(stored.components) if part["type"] == kind and part.get("custom_id"))
        part["custom_id"] = custom_id
        if value is not None:
            part["options"][0]["value"] = value

    async def wrote(self, words: str, channel: simcord.ChannelHandle | None = None) -> discord.Message:
        """Maya writes."""
        self._wrote(words)
        return await self.world.maya.send(channel or self.world.general, words)

    def channel(self, name: str) -> simcord.ChannelHandle:
        """A new text channel."""
        self._wrote(name)
        return self.world.guild.create_text_channel(name)

    def thread(self, name: str) -> simcord.ChannelHandle:
        """A thread of Maya's."""
        self._wrote(name)
        return self.world.thread(name)

    def as_if_sent(self, step: str, components: Sequence[Any]) -> None:
        """Keep a message that nobody was sent among those that were."""
        self.step(step)
        requests = self.world.env.backend.http_requests
        requests.append(HttpLogEntry("POST", "/channels/1/messages", {}, {"components": components}, None))

    def refuse(self, method: str, path: str, code: int, times: int = 1, message: str = "no") -> None:
        """Let Discord refuse a request."""
        self.world.env.inject_error(method, path, status=REFUSED[code], code=code, message=message, times=times)

    def likely(self, outcome: str = "likely", section: str = "covered") -> str:
        """A question of the measured ones with this outcome, near several topics."""
        for entry in yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))[section]:
            match = self.world.edition.matcher.match(entry["question"])
            if match.outcome == outcome and sum(candidate.score > 0 for candidate in match.candidates) >= 4:
                return str(entry["question"])
        raise AssertionError(f"no question is a {outcome}")

    # ------------------------------------------------------------------ what the bot sent

    def requests(self) -> list[tuple[str, str, str, Any]]:
        """Every request that the bot sent since the first step: the step, its method, its path and its body."""
        requests = self.world.env.http_requests
        ends = [first for first, _ in self._steps[1:]] + [len(requests)]
        return [
            (name, sent.method, sent.path, sent.json)
            for (first, name), end in zip(self._steps, ends, strict=True)
            for sent in requests[first:end]
        ]

    def read(self) -> list[tuple[str, Read]]:
        """Everything that somebody read: the step, and the text. Pictures are among it."""
        found = [(name, text) for name, method, path, body in self.requests() for text in texts(method, path, body)]
        return found + [
            ("picture", Read("picture", text, 200)) for picture in self.drawn.pictures for text in texts_of(picture)
        ]

    def broken(self) -> list[str]:
        """What Discord would have refused of it, with the step."""
        return [
            f"{name}: {says}" for name, method, path, body in self.requests() for says in broken(method, path, body)
        ]


def last(result: simcord.InteractionResult) -> Shown:
    """What was said last: a message beside the answer, or the answer."""
    said = result.followups[-1] if result.followups else result.response
    assert said is not None, "there was no answer"
    return said


def _channel_id(message: Shown) -> int:
    return message.channel_id if isinstance(message, simcord.ResponseMessage) else message.channel.id


# ---------------------------------------------------------------------- members


async def members(tour: Tour) -> None:
    """What everybody can do."""
    world, maya, lea = tour.world, tour.world.maya, tour.world.lea
    await tour.slash(maya, "help")
    listed = await tour.slash(maya, "topics")
    await tour.press(maya, listed, "topic:", "runner")
    answered = await tour.slash(maya, "twinflame runner")
    await tour.press(maya, answered, "r:")
    await tour.press(maya, answered, "share:")
    for key in ("hope", "union", "chaser", "mission", "readings", "ego"):
        if world.content.find("twinflame", key) is not None:
            await tour.slash(maya, f"twinflame {key}", show="everyone")
    await tour.slash(lea, "twinflame runner", show="everyone")
    await tour.press(lea, await tour.slash(lea, "twinflame runner", show="only me"), "share:")
    for topic in list(world.content.topics())[:7]:
        await tour.slash(lea, f"twinflame {topic.key}", show="everyone")

    await tour.suggestions(maya, "ask", "question", "")
    await tour.suggestions(maya, "ask", "question", "runner")
    (care,) = await tour.suggestions(maya, "ask", "question", DANGER)
    await tour.slash(maya, "ask", question=care)
    clear = await tour.slash(maya, "ask", question=CLEAR)
    await tour.press(maya, clear, "h:")
    clear = await tour.slash(maya, "ask", question=CLEAR)
    await tour.press(maya, clear, "n:")
    await tour.press(maya, clear, "w:")
    for _ in range(4):
        again = await tour.slash(maya, "ask", question=CLEAR)
        shown = await tour.press(maya, again, "n:")
        if not any(str(part.get("custom_id", "")).startswith("n:") for part in walk(components_of(shown))):
            break
        await tour.press(maya, shown, "n:")
    likely = await tour.slash(maya, "ask", question=tour.likely())
    await tour.press(maya, likely, "p:")
    likely = await tour.slash(maya, "ask", question=tour.likely())
    await tour.press(maya, likely, "none:")
    missed = await tour.slash(maya, "ask", question=FAR)
    await tour.press(maya, missed, "care:")
    await tour.press(maya, missed, "forget:")
    await tour.slash(maya, "ask", question=tour.likely("miss", "uncovered"))
    await tour.slash(maya, "ask", question="❤❤❤")
    await tour.slash(maya, "ask", question=HURT)
    danger = await tour.slash(maya, "ask", question=DANGER)
    for is_page in (True, False):
        await tour.press(maya, danger, "care-in:", next(each for each in options(danger) if each.isdigit() is is_page))
    await tour.press(maya, danger, "safe:")
    await tour.press(maya, danger, "safe:")
    await tour.slash(tour.world.noor, "ask", question=FAR)
    noors = await tour.slash(tour.world.noor, "ask", question=CLEAR)
    await tour.press(tour.world.noor, noors, "h:")

    for language in ("discord", tour.language):
        await tour.slash(maya, "language", language=language)

    await privacy(tour)
    await outdated(tour)


async def privacy(tour: Tour) -> None:
    """What is kept of oneself, with rows and without."""
    world, maya = tour.world, tour.world.maya
    fresh = world.guild.add_member(world.env.create_user("newcomer"))
    await tour.press(fresh, await tour.slash(fresh, "privacy"), "privacy-forget:")
    await world.services.database.flush()
    shown = await tour.slash(maya, "privacy")
    await tour.press(maya, shown, "privacy-download")
    shown = await tour.slash(maya, "privacy")
    await tour.press(maya, shown, "privacy-forget:")
    await tour.press(maya, shown, "privacy-back")
    await tour.press(maya, shown, "privacy-stop")
    await tour.press(maya, shown, "privacy-forget:")
    await tour.press(maya, shown, "privacy-back")
    uncounted = await tour.slash(maya, "ask", question=CLEAR)
    await tour.press(maya, uncounted, "h:")
    await tour.slash(maya, "ask", question=FAR)
    await tour.press(maya, shown, "privacy-count")
    await tour.press(maya, shown, "privacy-forget:")
    await tour.press(maya, shown, "privacy-forget-yes")


async def outdated(tour: Tour) -> None:
    """Buttons of years ago, and topics that are gone."""
    world, maya = tour.world, tour.world.maya
    for custom_id in ("nonsense", "r:twinflame:hope:gone", "read:twinflame:gone:1", "share:twinflame:gone"):
        card = await tour.slash(maya, "twinflame runner")
        tour.forge(card, custom_id)
        await tour.press(maya, card, custom_id)
    for custom_id, value in (("topic:twinflame", "gone"), ("article:0", "twinflame")):
        listed = await tour.slash(maya, "topics")
        tour.forge(listed, custom_id, value)
        await tour.press(maya, listed, custom_id, value)
    clear = await tour.slash(maya, "ask", question=CLEAR)
    tour.forge(clear, "p:1:00000000:00000000")
    await tour.press(maya, clear, "p:1")
    with speaking(tour.language):
        tour.as_if_sent("many articles", topics_menu(world.edition.content.articles * 5))


def run_of(what: Sequence[str], number: int) -> Run:
    """A run of the library that did so many things of each kind."""
    run = Run(silent)
    for each in what:
        setattr(run, each, number)
    return run


def refusals(tour: Tour) -> None:
    """What discord.py refuses of itself, and what a run of the library may have done."""
    cooldown = app_commands.Cooldown(1, 60)
    errors = [
        app_commands.CommandNotFound("gone", []),
        *(app_commands.CommandOnCooldown(cooldown, seconds) for seconds in (1, 60)),
        app_commands.NoPrivateMessage(),
        app_commands.MissingPermissions([*PERMISSIONS, "manage_guild", "manage_messages"]),
        app_commands.BotMissingPermissions(["manage_messages"]),
        app_commands.TransformerError("x", discord.AppCommandOptionType.integer, Transformer()),
        app_commands.CheckFailure(),
    ]
    done = ("created", "adopted", "edited", "reopened", "put_back", "marked", "doubles", "deleted")
    with speaking(tour.language):
        said = [sentence_for(error) for error in errors]
        said += [run_of(done, number).in_words() for number in (0, 1, 2)]
        for text in said:
            assert text is not None
            tour.as_if_sent("refusals", notice(text).components)


# ---------------------------------------------------------------------- moderators


async def moderators(tour: Tour) -> None:
    """**Answer this**, ``/answer``, and taking back."""
    world, maya, noor, lea = tour.world, tour.world.maya, tour.world.noor, tour.world.lea
    message = await tour.wrote("he vanished after the best week of my life, is he the runner??")
    entry = entries(world)["answer"]
    remove = entries(world)["remove"]
    opened = await tour.menu(noor, entry, message)
    for _ in range(2):
        await tour.press(noor, opened, "ln:")
    await tour.press(noor, opened, "li:", tour.language)
    await tour.press(noor, opened, "l:")
    await tour.press(noor, opened, "whole:")
    await tour.press(noor, opened, "undo:")
    opened = await tour.menu(noor, entry, message)
    tour.forge(opened, "la:0:0:2", "twinflame")
    await tour.press(noor, opened, "la:0", "twinflame")
    opened = await tour.menu(noor, entry, message)
    await tour.press(noor, opened, "lt:", "runner")
    card = public(world)[-1]
    await tour.press(lea, card, "read:")
    await tour.press(noor, await tour.menu(noor, entry, message), "l:")
    await tour.menu(lea, remove, card)
    await tour.menu(noor, remove, message)
    await tour.menu(noor, remove, card)
    await tour.menu(noor, entry, public(world)[-1])
    await tour.menu(noor, entry, await tour.wrote("what colour is the bus to Leeds"))

    danger = await tour.menu(noor, entry, await tour.wrote(DANGER))
    await tour.press(noor, danger, "care:")
    page = await tour.press(noor, danger, "mod-page")
    await tour.press(noor, page, "mod-turn:1")
    await tour.press(noor, danger, "lq:")
    await tour.press(lea, public(world)[-1], "quiet:")
    danger = await tour.menu(noor, entry, await tour.wrote(DANGER))
    await tour.press(noor, danger, "ls:")
    await tour.press(noor, danger, "lt:", "hope")

    await tour.suggestions(noor, "answer", "topic", "")
    await tour.suggestions(noor, "answer", "topic", "runner")
    await tour.suggestions(noor, "answer", "topic", DANGER)
    await tour.slash(noor, "answer", topic="twinflame/runner")
    await tour.slash(noor, "answer", topic="twinflame/runner", member=maya, whole=True)
    await tour.slash(noor, "answer", topic="twinflame/hope", message=message.jump_url)
    await tour.slash(noor, "answer", topic="nothing of the kind")
    await tour.slash(noor, "answer", topic="i want him to run")
    await tour.slash(noor, "answer", topic=DANGER)
    for link in (
        "nonsense",
        "https://discord.com/channels/1/2/3",
        f"https://discord.com/channels/{world.guild.id}/2/3",
        f"https://discord.com/channels/{world.guild.id}/{world.general.id}/3",
    ):
        await tour.slash(noor, "answer", topic="twinflame/runner", message=link)
    for code in REFUSED:
        tour.refuse("POST", "/channels/*/messages", code)
        await tour.slash(noor, "answer", topic="twinflame/runner")
    for words in ("In message_reference: Unknown message", "In message_reference: Cannot reply to a system message"):
        tour.refuse("POST", "/channels/*/messages", 50035, message=f"Invalid Form Body\n{words}")
        await tour.slash(noor, "answer", topic="twinflame/runner", message=message.jump_url)

    opened = await tour.menu(noor, entry, message)
    await tour.press(noor, opened, "l:")
    tour.refuse("PATCH", "/channels/*/messages/*", 50013)
    await tour.press(noor, opened, "whole:")
    tour.refuse("DELETE", "/channels/*/messages/*", 50013)
    await tour.press(noor, opened, "undo:")
    world.env.backend.delete_message(world.general.id, public(world)[-1].id)
    await tour.press(noor, opened, "whole:")
    await tour.press(noor, opened, "undo:")

    await tour.slash(maya, "twinflame hope", show="everyone", where=tour.channel("elsewhere"))
    private = await tour.slash(noor, "twinflame hope")
    await tour.menu(noor, entry, private)
    await tour.menu(noor, remove, private)
    assert world.bot.user is not None
    world.env.backend.create_message(world.general.id, world.bot.user.id, "Welcome.")
    await tour.menu(noor, remove, public(world)[-1])

    locked = tour.thread("Is he the runner of us two?")
    in_thread = await tour.wrote("is he the runner??", locked)
    opened = await tour.menu(noor, entry, in_thread, locked)
    world.env.backend.edit_channel(locked.id, {}, thread_metadata={"locked": True})
    limit_bot(world, "manage_threads")
    await tour.press(noor, opened, "l:")
    limit_bot(world, "read_message_history")
    await tour.menu(noor, entry, message)
    limit_bot(world, "view_channel")
    await tour.menu(noor, entry, message)
    limit_bot(world, "send_messages")
    await tour.slash(noor, "answer", topic="twinflame/runner")
    await tour.press(lea, await tour.slash(lea, "twinflame hope"), "r:")
    await tour.slash(lea, "twinflame hope", show="everyone")
    limit_bot(world)


# ---------------------------------------------------------------------- administrators


async def administrators(tour: Tour) -> None:
    """What a server chooses, its library, and what its threads are answered with."""
    await setup(tour)
    await library(tour)
    await threads(tour)
    await no_longer_administrator(tour)


async def setup(tour: Tour) -> None:
    """The checklist and everything that it opens."""
    world, asha = tour.world, tour.world.asha
    checklist = await tour.slash(asha, "setup")
    await tour.press(asha, checklist, "set-open:permissions")
    await tour.press(asha, checklist, "set:")
    quiet = tour.channel("quiet")
    closed = tour.channel("closed")
    deny(world, quiet, send_messages=True, read_message_history=True, attach_files=True)
    deny(world, closed, view_channel=True)
    await tour.press(asha, checklist, "set-open:permissions")
    await tour.press(asha, checklist, "set:")
    for _ in range(2):
        await tour.press(asha, checklist, "set-answers:")
    for language in ("discord", tour.language):
        await tour.press(asha, checklist, "set-open:language")
        await tour.press(asha, checklist, "set-language", language)
    for name, *values in (("quiet", "soon", "0", "30", ""), ("zone", "Mars/Olympus", "Asia/Kolkata", "")):
        for value in values:
            await tour.send(asha, checklist, f"set-open:{name}", **{name: value})
    await tour.send(asha, checklist, "set-open-contacts", contacts="x" * 20)
    await tour.send(asha, checklist, "set-open-contacts", contacts="")
    people, team, gone = tour.channel("people"), tour.channel("team"), tour.channel("gone")
    for name, channel in (("people", people), ("digest", world.general), ("moderators", team)):
        await tour.press(asha, checklist, f"set-open:{name}")
        if name == "moderators":
            await tour.press(asha, checklist, "set-channel:", channel)
            hide(world, team)
            deny(world, closed, view_channel=True)
            await tour.press(asha, checklist, "set-channel:", closed)
        await tour.press(asha, checklist, "set-channel:", channel)
        if name == "digest":
            await tour.press(asha, checklist, "set-weekday", "4")
            await tour.press(asha, checklist, "set-hour", "9")
            await tour.press(asha, checklist, "set:")
    await tour.slash(world.maya, "help")
    await tour.press(world.maya, await tour.slash(world.maya, "ask", question=FAR), "care:")
    await tour.slash(asha, "settings show")
    await tour.press(asha, checklist, "set-open:threads")
    await tour.press(asha, checklist, "set-threads", quiet)
    await tour.press(asha, checklist, "set-threads", world.general, people)
    for name in ("people", "digest", "moderators"):
        await tour.press(asha, checklist, f"set-open:{name}")
        await tour.press(asha, checklist, f"set-none:{name}")
    await tour.press(asha, checklist, "set-open:threads")
    guild = world.bot.get_guild(world.guild.id)
    assert guild is not None
    guild._channels.pop(gone.id)
    await tour.press(asha, checklist, "set-threads", gone)
    await tour.slash(asha, "help")


async def library(tour: Tour) -> None:
    """Published, looked at, brought up to date, and ended both ways."""
    world, asha = tour.world, tour.world.asha
    await tour.slash(asha, "library sync")
    await tour.slash(asha, "library show")
    await tour.slash(asha, "library remove")
    forum = world.guild.create_forum_channel("shelf")
    tour.typed.add("shelf")
    deny(world, forum, manage_threads=True, send_messages_in_threads=True)
    await tour.slash(asha, "library publish", forum=forum)
    deny(world, forum)
    checklist = await tour.slash(asha, "setup")
    await tour.press(asha, checklist, "set-open:library")
    await tour.press(asha, checklist, "lib-forum", forum)
    await tour.press(asha, checklist, "lib-show")
    await tour.press(asha, checklist, "lib-sync")
    await tour.slash(asha, "library show")
    await tour.slash(world.maya, "twinflame runner")
    await tour.slash(asha, "setup")
    world.env.backend.delete_channel(max(thread.id for thread in forum.threads))
    await tour.slash(asha, "library show")
    await tour.slash(asha, "library sync")
    other = world.guild.create_forum_channel("other")
    tour.typed.add("other")
    await tour.slash(asha, "library publish", forum=other)
    asked = await tour.slash(asha, "library remove")
    await tour.press(asha, asked, "lib-remove:keep")
    await tour.slash(asha, "library show")
    tour.refuse("POST", f"/channels/{forum.id}/threads", 50013)
    await tour.slash(asha, "library publish", forum=forum)
    await tour.slash(asha, "library publish", forum=forum)
    shown = await tour.slash(asha, "library show")
    await tour.press(asha, shown, "lib-ask-remove")
    await tour.press(asha, shown, "lib-remove:delete")


async def threads(tour: Tour) -> None:
    """Threads whose title asks, or shows danger."""
    world, asha, maya = tour.world, tour.world.asha, tour.world.maya
    await tour.slash(asha, "thread-answers show")
    room = tour.channel("silent-room")
    deny(world, room, read_message_history=True)
    await tour.slash(asha, "thread-answers on", channel=room)
    await tour.slash(asha, "thread-answers on", channel=world.general)
    await tour.slash(asha, "thread-answers on", channel=world.general)
    await tour.slash(asha, "thread-answers show")
    team = tour.channel("moderators")
    hide(world, team)
    await world.services.guilds.change(world.guild.id, moderators_channel_id=team.id)
    title = "Why does my twin flame run away from me?"
    thread = tour.thread(title)
    await world.env.settle()
    tour.step("two minutes later")
    await world.env.advance_time(125)
    (card,) = world.seen_by(world.lea, thread)
    await tour.press(world.lea, card, "not-this:")
    await tour.dismiss(maya, card)
    tour.thread(DANGER)
    await world.env.settle()
    note = world.seen_by(world.noor, team)[-1]
    await tour.press(world.noor, note, "mod-page")
    danger = next(each for each in world.general.threads if each.name == DANGER)
    await tour.slash(world.noor, "answer", topic="twinflame/hope", where=danger)
    await tour.suggestions(world.noor, "answer", "topic", "", channel=thread)
    for _ in range(2):
        await tour.slash(asha, "thread-answers off", channel=world.general)


async def no_longer_administrator(tour: Tour) -> None:
    """Panels that stay open when somebody loses the right to them, and when a quarter of an hour is over."""
    world, asha = tour.world, tour.world.asha
    checklist = await tour.slash(asha, "setup")
    member = world.env.backend.guilds[world.guild.id].members[asha.id]
    roles = list(member.role_ids)
    member.role_ids.clear()
    await tour.press(asha, checklist, "set-open-contacts")
    world.env.backend.advance_clock(16 * 60)
    await tour.press(asha, checklist, "set-answers:")
    member.role_ids.extend(roles)


async def figures(tour: Tour) -> None:
    """``/insights`` and ``/digest``: before the first week, with nothing asked, and with everything."""
    world, asha = tour.world, tour.world.asha
    reports: list[tuple[str, dict[str, Any]]] = [
        ("insights top", {}),
        ("insights trend", {"topic": "twinflame/runner"}),
        ("insights gaps", {}),
        ("insights helped", {}),
        ("insights export", {}),
    ]
    await tour.slash(asha, "digest now")
    for name, given in reports:
        await tour.slash(asha, name, **given)
    await put_asks(world, ("runner", 200))
    for name, given in reports:
        await tour.slash(asha, name, **given)
    await put_asks(
        world,
        *[("runner", 5)] * 9,
        *[("runner", 100)] * 2,
        *[("hope", 5)] * 6,
        *[("hope", 12)] * 2,
        ("chaser", 40),
        ("union", 4),
        members=7,
    )
    for number, words in enumerate(["kundalini awakening hurts", "my kundalini awakening", "kundalini awakening help"]):
        tour.typed.add(words)
        await put_miss(world, 700 + number, words, "mission", ago=number + 5)
    tour.typed.add("mercury retrograde in the ninth house")
    await put_miss(world, 800, "mercury retrograde in the ninth house", ago=4)
    at = NEW_YEAR - timedelta(days=5)
    corrections = [
        Correction(
            id=900 + number,
            day=20251227,
            guild_id=world.guild.id,
            article="twinflame",
            topic="runner",
            wanted_article="twinflame" if number % 2 else None,
            wanted_topic="hope" if number % 2 else None,
            came_from="ask",
        )
        for number in range(6)
    ]
    await world.services.database.execute(KEEP_CORRECTIONS, as_parameter(corrections))
    links = [
        Link(
            id=950 + number,
            linked_at=milliseconds(at),
            guild_id=world.guild.id,
            channel_id=world.general.id,
            message_id=950 + number,
            article="twinflame",
            topic="runner",
            member_key=5,
            automatic=False,
            notify=True,
            whole=False,
        )
        for number in range(3)
    ]
    await world.services.database.execute(INSERT_LINKS, as_parameter(links))
    await world.services.database.execute("DELETE FROM weekly_totals")
    world.services.weekly_totals._decided.clear()
    await world.services.periodic.run("weekly totals")
    await tour.suggestions(asha, "insights trend", "topic", "")
    for by in ("topic", "article", "channel", "source"):
        for period in (1, 4, 0):
            top = await tour.slash(asha, "insights top", by=by, period=period)
        await tour.press(asha, top, "in-top")
    for given in ({}, {"by": "day"}, {"period": 1}):
        trend = await tour.slash(asha, "insights trend", topic="twinflame/runner", **given)
        await tour.press(asha, trend, "in-trend")
    await tour.slash(asha, "insights trend", topic="no/such")
    gaps = await tour.slash(asha, "insights gaps")
    for order in ("newest", "most", "newest"):
        await tour.press(asha, gaps, f"in-gaps:{order}")
    groups = next(part for part in walk(components_of(gaps)) if part["type"] == 3)
    for value in [option["value"] for option in groups["options"]]:
        await tour.press(asha, gaps, "in-gap:", value)
        gaps = await tour.slash(asha, "insights gaps")
    await tour.slash(asha, "insights helped")
    await tour.slash(asha, "insights export")
    silent = tour.channel("news")
    top = await tour.slash(asha, "insights top", where=silent)
    limit_bot(world, "attach_files", channel=silent)
    await tour.press(asha, top, "in-top")

    await tour.slash(asha, "digest show")
    await tour.slash(asha, "digest off")
    quiet = tour.channel("no-figures")
    deny(world, quiet, send_messages=True)
    await tour.slash(asha, "digest on", channel=quiet)
    await tour.slash(asha, "digest on", channel=world.general, weekday=4, hour=9)
    await tour.slash(asha, "digest show")
    await tour.slash(asha, "digest now")
    limit_bot(world, "attach_files")
    await tour.slash(asha, "digest show")
    limit_bot(world, "send_messages")
    await tour.slash(asha, "digest show")
    await tour.slash(asha, "digest now")
    limit_bot(world)
    tour.step("a week later")
    world.env.backend.advance_clock(7 * 24 * 3_600)
    await world.services.periodic.run("digests")


async def invited(tour: Tour) -> None:
    """Lantern is invited anew."""
    world, backend = tour.world, tour.world.env.backend
    state = backend.guilds[world.guild.id]
    state.system_channel_id = world.general.id
    assert world.bot.user is not None
    state.members[world.bot.user.id].joined_at = world.env.now().isoformat()
    await world.services.database.execute("DELETE FROM guild_welcomes")
    tour.step("invited")
    backend.emit("GUILD_DELETE", {"id": str(world.guild.id)})
    payload: dict[str, Any] = dict(serializers.guild_create_payload(backend, state))
    del payload["unavailable"]
    backend.emit("GUILD_CREATE", payload)
    await world.env.settle()


async def everything(tour: Tour) -> None:
    """The whole tour."""
    await invited(tour)
    await figures(tour)
    await members(tour)
    await moderators(tour)
    await administrators(tour)
    refusals(tour)


def public(world: World) -> list[discord.Message]:
    """The bot's messages in #general that all see, oldest first."""
    return [message for message in world.seen_by(world.lea) if not message.flags.ephemeral]


def entries(world: World) -> dict[str, str]:
    """What the two entries of a message's menu are called."""
    names = [command["name"] for command in world.env.backend.commands[None].values() if command.get("type") == 3]
    answering = next(name for name in names if name.startswith("Answer"))
    return {"answer": answering, "remove": next(name for name in names if name != answering)}


def limit_bot(world: World, *missing: str, channel: simcord.ChannelHandle | None = None) -> None:
    """Take permissions away from the bot in a channel, #general if not told; there it has all others again."""
    if channel is None:
        linking.limit_bot(world, *missing)
    else:
        deny(world, channel, **dict.fromkeys(missing, True))
