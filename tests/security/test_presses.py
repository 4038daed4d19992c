"""Every press there is, by every kind of person: who may, and that nothing comes of it where they may not.

On the wire, with the real bot: what stands in a custom id is forged, stolen from somebody else, or the person's own.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
import pytest_asyncio

from lantern.answers import link_cards
from lantern.answers.ask_cards import NO_LONGER_HELD
from lantern.answers.giving import NOT_WITHOUT_NAME
from lantern.answers.link_cards import Aim
from lantern.answers.link_menu import NOT_YOURS
from lantern.answers.thread_answers import ONLY_THE_OPENER
from lantern.content.models import Content
from lantern.figures.charts import Charts
from lantern.runtime.client import Lantern
from lantern.runtime.settings import Settings
from lantern.store.times import as_number
from lantern.store.weekly_totals import last_sunday
from lantern.ui.cards import button
from lantern.ui.custom_ids import OUTDATED
from lantern.ui.replies import SOMETHING_WENT_WRONG
from lantern.ui.rights import ITSELF, MEMBERS_ONLY, OPEN_AGAIN
from lantern.ui.topic_tokens import token
from tests.discord import payloads
from tests.discord.loopback import Loopback
from tests.discord.payloads import EVERYTHING, MANAGE_MESSAGES, MODAL, ORDINARY, Json, Person
from tests.support.presses import (
    ADMINISTRATOR,
    DIRECT,
    ELSEWHERE,
    LATER,
    MAY,
    MEMBER,
    MODERATOR,
    OPENED,
    PEOPLE,
    RULES_ELSEWHERE,
    WITHOUT_BOT,
)
from tests.support.rows import put_week
from tests.support.wire import Wired, connected, custom_id, hurried, rows, said, settled

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORMS = ("set-form", "set-contacts")
CHOSEN = {
    "article": "twinflame",
    "care-in": "gb",
    "la": "twinflame",
    "li": "es",
    "lt": "runner",
    "topic": "runner",
    "in-gap": "1",
    "set-hour": "9",
    "set-language": "es",
    "set-weekday": "1",
}
REFUSALS = tuple(
    sentence.partition("{")[0]
    for sentence in (MEMBERS_ONLY, OPEN_AGAIN, ITSELF, OUTDATED, NOT_YOURS, NOT_WITHOUT_NAME, ONLY_THE_OPENER)
)
DOORS = {"set": "setup", "lib": "library", "in": "insights"}
WITHOUT_BOT_ID, DIRECT_ID = 77, 78


class Someone(NamedTuple):
    """One kind of person, with what they have on their screen."""

    person: Person
    channel: int
    installed: bool
    menu: Json
    """A private message of theirs; of **Answer this**, where they could use it."""
    proofs: dict[str, str]
    """By the command that opened a panel: the last part of its custom ids, their own or stolen."""


@contextmanager
def at_that_time(server: Loopback, kind: str) -> Iterator[None]:
    """What is done inside was 16 minutes ago, for whoever opened their panels then: Discord's ids carry the time."""
    now, ago = server.ids, 16 * 60_000 << 22 if kind == LATER else 0
    server.ids = (number - ago for number in now)
    try:
        yield
    finally:
        server.ids = now


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def server() -> AsyncIterator[Loopback]:
    async with Loopback(guilds=2) as server:
        server.channels[WITHOUT_BOT_ID] = payloads.channel(WITHOUT_BOT_ID, 999 << 22)
        server.channels[DIRECT_ID] = payloads.channel(DIRECT_ID, None, payloads.DIRECT_MESSAGE, "")
        yield server


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def bot(server: Loopback, content: Content, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lantern]:
    settings = Settings(database=tmp_path_factory.mktemp("presses") / "lantern.sqlite3", shards=1)

    async def no_picture(*_: object) -> None:
        """Drawing would take most of this test's time."""

    with pytest.MonkeyPatch.context() as monkeypatch:
        hurried(monkeypatch)
        monkeypatch.setattr(Charts, "draw", no_picture)
        async with connected(server, Wired(settings, content)) as bot:
            await put_week(bot.services.database, *server.guilds)
            yield bot


async def used(server: Loopback, *names: str, **where: Any) -> Json:
    """What stands after a command was used."""
    asked = await server.slash(*names, **where)
    await asked.answered()
    await settled()
    assert asked.original is not None
    return asked.original


async def answer_this(server: Loopback, person: Person, channel: int) -> Json:
    """The menu of **Answer this**."""
    message = server.post(channel, "is he the runner?")
    asked = await server.message_command("Answer this", message, person=person)
    await asked.answered()
    await settled()
    assert asked.original is not None
    return asked.original


async def opened(server: Loopback, person: Person, channel: int) -> tuple[Json, dict[str, str]]:
    """Every panel there is, opened by its command, which Discord lets them use."""
    who = {"person": person, "channel": channel}
    menu = await answer_this(server, person, channel)
    panels = {
        "setup": custom_id(await used(server, "setup", **who), "set-open:"),
        "library": custom_id(await used(server, "library", "show", **who), "lib-forum"),
        "insights": custom_id(
            await used(server, "insights", "trend", options={"topic": "twinflame/runner"}, **who), "in-trend"
        ),
        "Answer this": custom_id(menu, "ln:"),
    }
    return menu, {command: press_id.rpartition(":")[2] for command, press_id in panels.items()}


async def someone(server: Loopback, kind: str) -> Someone:
    """A person of that kind, with open panels where they could open any, and somebody else's proofs where not."""
    here, there = (int(guild["channels"][0]["id"]) for guild in server.guilds.values())
    plain = Person(payloads.MEMBER.id) if kind == MEMBER else Person(next(server.ids), "somebody")
    ruling = dataclasses.replace(plain, permissions=EVERYTHING)
    channel = {ELSEWHERE: there, RULES_ELSEWHERE: there, DIRECT: DIRECT_ID, WITHOUT_BOT: WITHOUT_BOT_ID}.get(kind, here)
    if kind in (MEMBER, RULES_ELSEWHERE, WITHOUT_BOT):
        _, proofs = await opened(server, dataclasses.replace(payloads.ADMINISTRATOR, id=next(server.ids)), here)
        menu = (
            await answer_this(server, ruling, there)
            if kind == RULES_ELSEWHERE
            else await used(server, "topics", person=plain, channel=here)
        )
    elif kind in (MODERATOR, ADMINISTRATOR):
        menu, proofs = await answer_this(server, ruling, here), {}
    else:
        with at_that_time(server, kind):
            menu, proofs = await opened(server, ruling, here)
    permissions = {
        MODERATOR: ORDINARY | MANAGE_MESSAGES,
        **dict.fromkeys((ADMINISTRATOR, RULES_ELSEWHERE, WITHOUT_BOT), EVERYTHING),
    }
    person = dataclasses.replace(plain, permissions=permissions.get(kind, ORDINARY))
    return Someone(person, channel, kind != WITHOUT_BOT, menu, proofs)


async def posted(server: Loopback, person: Person, channel: int, kind: str) -> str:
    """What stands after ``undo:`` once a moderator has put a card there; afterwards they may have lost the right."""
    ruling = dataclasses.replace(person, permissions=EVERYTHING)
    with at_that_time(server, kind):
        reply = await used(server, "answer", options={"topic": "twinflame/runner"}, person=ruling, channel=channel)
    return custom_id(reply, "undo:").partition(":")[2]


async def kept_miss(server: Loopback, person: Person, channel: int, *, installed: bool) -> str:
    """What stands after ``forget:`` once somebody, no moderator yet, asked what the article does not answer."""
    asked = await used(
        server,
        "ask",
        options={"question": "qwzx vbnm plugh xyzzy"},
        person=dataclasses.replace(person, permissions=ORDINARY),
        channel=channel,
        installed=installed,
    )
    return custom_id(asked, "forget:").partition(":")[2]


def not_this_card(server: Loopback, bot: Lantern, who: Someone) -> Json:
    """A card of Lantern's in a thread that `payloads.MEMBER` opened, with the button as whoever presses forged it."""
    home = next(iter(server.guilds.values()))
    thread = int(home["threads"][0]["id"])
    topic = bot.services.editions.current.content.find("twinflame", "runner")
    assert topic is not None
    press_id = f"not-this:twinflame:runner:{who.person.id}"
    card = link_cards.link_card(topic, thread, Aim(), linked_by=None, more_buttons=[button("Not this", press_id)])
    made = payloads.message(next(server.ids), thread, payloads.bot_user(), {"components": card.components})
    server.messages[int(made["id"])] = made
    return made


async def pressed(server: Loopback, bot: Lantern, kind: str, who: Someone, pattern: str) -> bool:
    """Somebody presses. Returns whether they may; where not, nothing came of it but a sentence for them alone."""
    here = int(next(iter(server.guilds.values()))["channels"][0]["id"])
    topic = bot.services.editions.current.content.find("twinflame", "runner")
    assert topic is not None
    name = pattern.partition(":")[0]
    fill: dict[str, object] = {
        "token": token(topic),
        "sunday": as_number(last_sunday(datetime.now(UTC).date())),
        "danger": "self_harm",
        "person": who.person.id,
    }
    if "{own}" in pattern:
        fill["own"] = await kept_miss(server, who.person, who.channel, installed=who.installed)
    if "{stolen}" in pattern:
        fill["stolen"] = await kept_miss(server, Person(next(server.ids)), here, installed=True)
    if "{message}" in pattern:
        fill["message"] = server.post(who.channel, "somebody's words")["id"]
    has_own = kind in (OPENED, LATER, MODERATOR, ADMINISTRATOR, ELSEWHERE, DIRECT)
    if "{card}" in pattern:
        fill["card"] = await posted(server, who.person if has_own else Person(next(server.ids)), here, kind)
    if "{stolen_card}" in pattern:
        # The proof of the panel is their own; the card is another moderator's.
        theirs = await posted(server, Person(next(server.ids)), here, OPENED)
        fill["stolen_card"] = theirs.rpartition(":")[0]
    press_id = pattern.format(**fill)
    need = bot.presses.needs()[name]
    if need is not None and "{card}" not in pattern:
        command = next((each for each in need.commands if each in who.proofs), None)
        press_id += f":{who.proofs[command]}" if command is not None else ""
    message = copy.deepcopy(who.menu)
    where: dict[str, Any] = {"person": who.person, "channel": who.channel, "installed": who.installed}
    if name == "not-this":
        message = not_this_card(server, bot, who)
        if who.channel == here:
            where["channel"] = int(message["channel_id"])
    values = [CHOSEN[name]] if name in CHOSEN else None
    if name in ("set-channel", "set-threads", "lib-forum"):
        channels = server.guilds.get(int(server.channels[who.channel].get("guild_id", 0)), {"channels": []})["channels"]
        wanted = payloads.FORUM if name == "lib-forum" else payloads.TEXT
        values = [] if name == "set-threads" else [each["id"] for each in channels if each["type"] == wanted][:1]

    guilds = bot.services.guilds
    before, requests = {each: guilds.of(each) for each in server.guilds}, len(server.requests)
    shown = set(server.messages)
    if name in FORMS:
        field = {
            "type": 4,
            "custom_id": "contacts" if name == "set-contacts" else pattern.partition(":")[2],
            "value": "",
        }
        data = {"custom_id": press_id, "components": [{"type": 18, "component": field}]}
        asked = await server.interaction(MODAL, data, message=message, **where)
    else:
        asked = await server.press(message, press_id, values, **where)
    request = await asked.answered()
    await settled()

    new = [each for number, each in server.messages.items() if number not in shown]
    told = "\n".join([str(request.body), *map(said, new)])
    assert SOMETHING_WENT_WRONG.partition("{")[0] not in told, press_id
    refused = any(sentence in told for sentence in REFUSALS)
    if refused:
        assert {each: guilds.of(each) for each in server.guilds} == before, press_id
        assert [each.path.split("/")[1] for each in list(server.requests)[requests:]] == ["interactions"], press_id
        assert [bool(each["flags"] & payloads.EPHEMERAL) for each in new] == [True], press_id
    home = next(iter(server.guilds))
    if kind in (ELSEWHERE, RULES_ELSEWHERE, DIRECT, WITHOUT_BOT):
        assert guilds.of(home) == before[home], press_id
    return not refused


@pytest.mark.parametrize("kind", PEOPLE)
async def test_every_press_by_every_kind_of_person(server: Loopback, bot: Lantern, kind: str) -> None:
    who = await someone(server, kind)

    found = {pattern: await pressed(server, bot, kind, who, pattern) for pattern in MAY}

    assert found == {pattern: kind in may for pattern, may in MAY.items()}


async def test_a_new_press_is_in_the_table(bot: Lantern) -> None:
    assert {pattern.partition(":")[0] for pattern in MAY} == set(bot.presses.kinds())


async def test_a_proof_is_of_one_panel_one_person_one_server_and_one_moment(server: Loopback, bot: Lantern) -> None:
    who = await someone(server, OPENED)
    home, other = server.guilds
    proof = who.proofs["setup"]
    at, _, seal = proof.partition("-")
    there = int(server.guilds[other]["channels"][0]["id"])
    assert (await told_after(server, who, f"set-answers:public:{proof}")).startswith("## Setup")
    await bot.services.guilds.change(home, answers_public=False)

    for forged in (
        "",
        *(who.proofs[command] for command in ("library", "insights", "Answer this")),
        f"{int(at) + 1}-{seal}",
        f"{int(at) + 60_000}-{seal}",
        f"{at}-{seal[:-1]}",
        f"{at}-",
        f"-{seal}",
        at,
        "x" * 50,
    ):
        assert "need **Manage Server** here" in await told_after(server, who, f"set-answers:public:{forged}"), forged
    for changed in (
        who._replace(person=dataclasses.replace(who.person, id=who.person.id + 1)),
        who._replace(channel=there),
    ):
        assert "need **Manage Server** here" in await told_after(server, changed, f"set-answers:public:{proof}")
    assert [bot.services.guilds.of(guild).answers_public for guild in (home, other)] == [False, False]


async def told_after(server: Loopback, who: Someone, press_id: str) -> str:
    """What stands after a press: the panel, or a sentence."""
    asked = await server.press(copy.deepcopy(who.menu), press_id, person=who.person, channel=who.channel)
    await asked.answered()
    await settled()
    return said(asked.original)


async def test_not_this_takes_no_other_card(server: Loopback, bot: Lantern) -> None:
    who = await someone(server, MEMBER)
    card = not_this_card(server, bot, who)
    thread = int(card["channel_id"])
    reply = await used(server, "answer", options={"topic": "twinflame/hope"}, person=payloads.MODERATOR, channel=thread)
    linked = server.messages[int(custom_id(reply, "undo:").split(":")[1])]

    pressed = await server.press(linked, f"not-this:twinflame:hope:{who.person.id}", person=who.person)
    await pressed.answered()
    await settled()

    assert said(pressed.original) == OUTDATED
    assert int(linked["id"]) in server.messages


async def test_an_id_of_somebody_elses_question_gives_nothing(server: Loopback, bot: Lantern) -> None:
    """Their words are neither kept at a stranger's wish nor shown to them, and stay theirs to press about."""
    asker = Person(next(server.ids), "asker")
    stranger = await someone(server, MEMBER)
    kept = "SELECT words FROM misses WHERE words LIKE '%sardines%'"
    clear = await used(
        server, "ask", options={"question": "why does my twin flame run away from me, sardines"}, person=asker
    )
    danger = await used(server, "ask", options={"question": "i want to die because he is a runner"}, person=asker)
    not_it, safe = custom_id(clear, "none:"), custom_id(danger, "safe:")

    await told_after(server, stranger, not_it)
    assert await rows(bot, kept) == []
    assert (await told_after(server, stranger, safe)).startswith(NO_LONGER_HELD)

    who = stranger._replace(person=asker)
    assert not (await told_after(server, who, safe)).startswith(NO_LONGER_HELD)
    await told_after(server, who, not_it)
    assert len(await rows(bot, kept)) == 1
