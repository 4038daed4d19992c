"""Discord's bad days: the real bot on a Discord that drops it, refuses it, forgets it and repeats itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from fnmatch import fnmatchcase
from typing import Any

import aiohttp
import pytest

from lantern.content.models import Content
from lantern.runtime import connections
from lantern.runtime.client import Lantern
from lantern.runtime.connections import CONNECTIONS
from lantern.runtime.gateway import RESUMES
from lantern.runtime.settings import Settings
from lantern.ui import replies
from lantern.ui.refusals import OVERLOADED
from lantern.ui.replies import DID_NOT_ARRIVE, SOMETHING_WENT_WRONG, TRIES_AT
from tests.discord import payloads, rest
from tests.discord.faults import Fault
from tests.discord.loopback import Loopback, outage
from tests.discord.payloads import ADMINISTRATOR, MEMBER, MODERATOR, OWNER, Json
from tests.discord.state import PATIENCE, Asked
from tests.support.fault_lists import BREAKS, CUT, DONE, REQUEST_FAULTS, SYNC_FAULTS, Break
from tests.support.reliability import tried
from tests.support.wire import Wired, answered, connected, custom_id, hurried, private, public, rows, said, settled

CARD = "the card"
CALLBACK = "/interactions/*"
POST = "/channels/*/messages"
FOLLOW_UP = "/webhooks/*"
COMMANDS = "/applications/*/commands"


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Retries come fifty times faster, and the log is kept from INFO on."""
    hurried(monkeypatch)
    caplog.set_level(logging.INFO)


@pytest.fixture
async def bot(server: Loopback, settings: Settings, content: Content) -> AsyncIterator[Lantern]:
    async with connected(server, Wired(settings, content)) as bot:
        yield bot


async def ask(server: Loopback, topic: str = "runner", **where: Any) -> Asked:
    """A member uses the article's command; returns once the bot has done all it does about it."""
    asked = await server.slash("twinflame", topic, **where)
    await server.until(lambda: asked.callbacks)
    await settled()
    return asked


async def press(server: Loopback, message: Json, name: str, **who: Any) -> Asked:
    """Somebody presses the first button of a message whose custom id begins so."""
    pressed = await server.press(message, custom_id(message, name), **who)
    await server.until(lambda: pressed.callbacks)
    await settled()
    return pressed


def nobody_was_told_of_an_error(server: Loopback) -> bool:
    sentences = (DID_NOT_ARRIVE, SOMETHING_WENT_WRONG.partition("{")[0])
    return not any(sentence in said(message) for sentence in sentences for message in server.messages.values())


# ---------------------------------------------------------------------- the gateway


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.name)
async def test_the_gateway_breaks_and_members_are_answered_again(server: Loopback, bot: Lantern, broken: Break) -> None:
    await ask(server)
    before = len(server.happened(broken.back))

    await broken.act(server)
    meanwhile = [await server.slash("twinflame", "hope") for _ in range(3)] if broken.waits else []
    await server.until(lambda: len(server.happened(broken.back)) > before)
    for asked in meanwhile:
        await asked.answered()
    await ask(server, "chaser")

    assert [len(asked.callbacks) for asked in meanwhile] == [1] * len(meanwhile)
    await settled()
    expected = 2 + len(meanwhile)
    assert len(await rows(bot)) == len(private(server)) == expected
    assert nobody_was_told_of_an_error(server)
    tried(
        "Discord",
        broken.name,
        saw="the card; what was asked meanwhile comes with the resume" if meanwhile else "the card, once it is back",
        lost=f"nothing: {expected} of {expected} rows",
    )


async def test_a_gateway_that_hears_no_heartbeat_is_left_and_taken_up_again(
    settings: Settings, content: Content
) -> None:
    bot = Wired(settings, content)
    bot._connection.heartbeat_timeout = 0.3
    async with Loopback(heartbeat=0.05) as server, connected(server, bot):
        server.acknowledging = False
        await server.until(lambda: server.happened("resume"))
        server.heal()
        asked = await server.slash("twinflame", "runner")
        await asked.answered()
        await settled()
        assert "## " in answered(asked)
        assert len(await rows(bot)) == 1
    tried("Discord", "heartbeats are not acknowledged", saw="the card, after the resume", lost="nothing: 1 of 1 row")


async def test_a_session_that_discord_does_not_take_up_again_is_given_up(server: Loopback, bot: Lantern) -> None:
    await ask(server)
    server.closes_resumes = 4009
    await server.drop(code=4009)
    await server.until(lambda: len(server.happened("ready")) == 2)
    await ask(server, "hope")

    assert len(server.happened("resume")) == RESUMES
    assert len(await rows(bot)) == 2
    tried(
        "Discord",
        "the session has timed out, and each resume is closed with 4009",
        saw="the card, once there is a new session, after the third resume",
        lost="what is asked until then, which never reaches the bot; else nothing: 2 of 2 rows",
    )


async def test_a_gateway_that_takes_up_a_session_and_closes_at_once_is_not_stormed(
    server: Loopback, bot: Lantern, caplog: pytest.LogCaptureFixture
) -> None:
    def up() -> bool:
        return any(session.ready for session in server.sessions.values())

    for _ in range(2 * RESUMES):
        await server.drop(code=4000)
        await server.until(lambda: not up())
        await server.until(up)

    # The first at once; of those that broke soon after, three more before a new session.
    assert len(server.happened("resumed")) == RESUMES
    assert len(server.happened("ready")) > 1
    assert "shard 0 cannot take up its session again" in caplog.text
    assert "## " in answered(await ask(server))


async def test_an_outage_of_everything_ends_and_the_bot_is_back(server: Loopback, bot: Lantern) -> None:
    await ask(server)
    async with outage(server):
        await server.drop()
        await server.until(lambda: server.refused_handshakes >= 3)
    # After a refused connection discord.py begins a new session, so what was asked in the old one is not heard of.
    await server.until(lambda: len(server.happened("ready")) == 2)
    await ask(server, "hope")

    assert len(await rows(bot)) == 2
    tried(
        "Discord",
        "an outage: every request and every new connection fails with 502",
        saw="Discord's own “did not respond” during it; the card, once it is over",
        lost="what is asked during it, which never reaches the bot; else nothing: 2 of 2 rows",
    )


# ---------------------------------------------------------------------- one request


@pytest.fixture
def plan(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str, str], None]:
    """Let the next such request fail in the named way."""

    def planned(method: str, pattern: str, fault: str) -> None:
        if fault == "no reply at all until the time-out":
            server.fail(method, pattern, Fault.slow(asyncio.Event()))
            give_up_once_held(monkeypatch, server, method, pattern)
        else:
            server.fail(method, pattern, REQUEST_FAULTS[fault])

    return planned


def give_up_once_held(monkeypatch: pytest.MonkeyPatch, server: Loopback, method: str, pattern: str) -> None:
    """The next such request, which the server keeps waiting, ends as aiohttp's five minutes would end it: at once."""
    request = aiohttp.ClientSession.request
    due = True

    @asynccontextmanager
    async def request_or_give_up(
        session: aiohttp.ClientSession, verb: str, url: str, **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        nonlocal due
        sending = asyncio.ensure_future(request(session, verb, url, **options))
        if due and verb == method and fnmatchcase(url.removeprefix(server.base), pattern):
            due = False
            await server.until(lambda: server.held)
            sending.cancel()
            raise TimeoutError
        async with await sending as response:
            yield response

    monkeypatch.setattr(aiohttp.ClientSession, "request", request_or_give_up)


Plan = Callable[[str, str, str], None]


@pytest.mark.parametrize("fault", REQUEST_FAULTS)
async def test_an_answer_gets_through(server: Loopback, bot: Lantern, plan: Plan, fault: str) -> None:
    plan("POST", CALLBACK, fault)

    asked = await ask(server)
    await ask(server, "hope")

    assert "## " in answered(asked)
    assert len(private(server)) == 2
    assert nobody_was_told_of_an_error(server)
    asked_rows = await rows(bot, "SELECT interaction_id, message_id FROM questions ORDER BY id")
    assert len(asked_rows) == 2
    assert asked.original is not None
    assert asked_rows[0] == (asked.id, int(asked.original["id"]))
    saw = "the card" if fault in DONE else "the card, at the second try"
    tried("Discord", f"an answer: {fault}", saw=saw, lost="nothing: 2 of 2 rows")


async def test_an_answer_that_stands_is_counted_though_no_confirmation_came(server: Loopback, bot: Lantern) -> None:
    server.fail("POST", CALLBACK, Fault.cut(done=True))
    server.fail("POST", CALLBACK, Fault.cut(), times=len(TRIES_AT) - 1)

    asked = await ask(server)

    assert "## " in answered(asked)
    assert nobody_was_told_of_an_error(server)
    assert asked.original is not None
    assert await rows(bot, "SELECT interaction_id, message_id FROM questions") == [
        (asked.id, int(asked.original["id"]))
    ]
    tried(
        "Discord",
        "an answer: the connection is cut at every try, though the first was done",
        saw="the card",
        lost="nothing: 1 of 1 row",
    )


async def test_an_answer_that_stands_and_cannot_be_looked_up_is_counted(
    server: Loopback, bot: Lantern, caplog: pytest.LogCaptureFixture
) -> None:
    server.fail("POST", CALLBACK, Fault.cut(done=True))
    server.fail("GET", FOLLOW_UP, Fault.error(500), times=5)

    asked = await ask(server)

    assert "## " in answered(asked)
    assert nobody_was_told_of_an_error(server)
    assert "an answer stands, and could not be looked up (" in caplog.text
    assert await rows(bot, "SELECT interaction_id, message_id FROM questions") == [(asked.id, None)]
    tried(
        "Discord",
        "an answer: the connection is cut though it was done, and looking it up fails",
        saw="the card",
        lost="which message it was; no row: 1 of 1",
    )


@pytest.mark.parametrize(
    ("looked_up", "failures"), [("Discord knows of no answer", 0), ("Discord cannot be asked either", 5)]
)
async def test_an_answer_that_no_try_got_through_is_not_counted(
    server: Loopback, bot: Lantern, caplog: pytest.LogCaptureFixture, looked_up: str, failures: int
) -> None:
    server.fail("POST", CALLBACK, Fault.cut(), times=len(TRIES_AT))
    server.fail("GET", FOLLOW_UP, Fault.error(500), times=failures)

    asked = await ask(server)
    await ask(server, "hope")

    assert asked.original is None
    assert len(server.sent("GET", FOLLOW_UP)) == (failures or 1)
    assert "an answer to /twinflame did not get through (" in caplog.text
    assert await rows(bot, "SELECT topic FROM questions") == [("hope",)]
    tried(
        "Discord",
        f"an answer: the connection is cut at every try, and {looked_up}",
        saw="Discord's own “did not respond”, after the three seconds it gives; the next question is answered",
        lost="the one answer; no row, since there was none",
    )


async def test_a_refusal_whose_connection_breaks_is_sent_again(server: Loopback, bot: Lantern) -> None:
    server.fail("POST", CALLBACK, Fault.cut())

    asked = await server.slash("answer", options={"topic": "no such topic"}, person=MODERATOR)
    await asked.answered()

    assert "Lantern knows no topic called “no such topic”." in answered(asked)


@pytest.mark.parametrize("fault", REQUEST_FAULTS)
async def test_an_answer_for_all_gets_through_and_stands_once(
    server: Loopback, bot: Lantern, plan: Plan, fault: str
) -> None:
    plan("POST", CALLBACK, fault)

    asked = await ask(server, options={"show": "everyone"})
    again = await ask(server, options={"show": "everyone"})

    assert asked.original is not None
    assert public(server) == [asked.original]
    assert "This answer is already in this channel" in answered(again)
    assert asked.original["id"] in answered(again)
    assert await rows(bot, "SELECT public, public_message_id FROM questions ORDER BY id") == [
        (1, int(asked.original["id"])),
        (0, None),
    ]


@pytest.mark.parametrize("fault", ["the connection is cut", "502", "500, though it was done"])
async def test_help_in_danger_gets_through(server: Loopback, bot: Lantern, plan: Plan, fault: str) -> None:
    plan("POST", CALLBACK, fault)

    asked = await server.slash("ask", options={"question": "i want to die"})
    await server.until(lambda: asked.callbacks)
    await settled()

    kind = bot.services.editions.current.content.care.kind("self_harm")
    assert kind is not None
    assert kind.now is not None
    assert kind.now["en"] in answered(asked)
    assert len(private(server)) == 1
    assert await rows(bot) == []
    tried("Discord", f"words that show danger: {fault}", saw="the contacts, at the second try", lost="nothing (no row)")


async def test_when_discord_fails_for_good_there_is_no_row_and_the_next_question_is_answered(
    server: Loopback, bot: Lantern, caplog: pytest.LogCaptureFixture
) -> None:
    server.fail("POST", CALLBACK, Fault.error(503), times=5 * len(TRIES_AT))  # discord.py makes five of each

    asked = await ask(server)
    await ask(server, "hope")

    assert asked.original is None
    assert len(await rows(bot)) == 1
    assert "an answer to /twinflame did not get through (status 503, code 0)" in caplog.text
    assert "unforeseen" not in caplog.text
    tried(
        "Discord",
        "an answer: 503 at every try",
        saw="Discord's own “did not respond”; the next question is answered",
        lost="the one answer, and its row: 1 of 2",
    )


async def test_an_answer_that_fails_until_the_last_try_gets_through(server: Loopback, bot: Lantern) -> None:
    server.fail("POST", CALLBACK, Fault.error(500), times=5 * (len(TRIES_AT) - 1))
    asked = await ask(server)

    assert "## " in answered(asked)
    assert len(private(server)) == 1
    assert len(await rows(bot)) == 1
    tried(
        "Discord",
        "an answer: 500 at every try but the last",
        saw="the card, within the three seconds that Discord gives",
        lost="nothing: 1 of 1 row",
    )


async def test_the_tries_of_an_answer_are_spread_over_the_time_that_discord_gives(
    server: Loopback, bot: Lantern, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is begun no sooner than it is due, whether the one before was cut or hung."""
    assert max(TRIES_AT) < replies.GIVEN_SECONDS < 3
    monkeypatch.setattr(replies, "asyncio", asyncio)  # in seconds of full length, of which there are fewer
    monkeypatch.setattr(replies, "TRIES_AT", tries_at := [at / 10 for at in TRIES_AT])
    monkeypatch.setattr(replies, "TRY_SECONDS", 0.1)
    monkeypatch.setattr(replies, "GIVEN_SECONDS", PATIENCE)
    never = asyncio.Event()
    server.fail("POST", CALLBACK, Fault.cut())
    server.fail("POST", CALLBACK, Fault.slow(never))
    server.fail("POST", CALLBACK, Fault.cut(), times=2)

    asked = await server.slash("twinflame", "runner")
    await server.until(lambda: len(server.sent("POST", CALLBACK)) == 3)
    await settled()

    # From when it was asked, since the first may take its time on the way.
    _, third, last = (request.received - asked.sent[0] for request in server.sent("POST", CALLBACK))
    assert third >= tries_at[1] + 0.1
    assert last >= tries_at[3]
    assert asked.original is None
    never.set()


async def test_an_answer_that_hangs_is_sent_again(
    server: Loopback, bot: Lantern, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, "TRY_SECONDS", 0.05)
    never = asyncio.Event()
    server.fail("POST", CALLBACK, Fault.slow(never))

    asked = await server.slash("twinflame", "runner")
    await asked.answered()
    never.set()
    await settled()

    assert "## " in answered(asked)
    assert len(private(server)) == 1
    assert len(await rows(bot)) == 1
    tried("Discord", "an answer hangs for good", saw="the card, a second later", lost="nothing: 1 of 1 row")


async def test_an_answer_after_the_three_seconds_leaves_no_row(
    server: Loopback, bot: Lantern, caplog: pytest.LogCaptureFixture
) -> None:
    held = asyncio.Event()
    server.fail("POST", CALLBACK, Fault.slow(held))
    asked = await server.slash("twinflame", "runner")
    asked.sent[0] -= rest.ANSWER_WITHIN + 0.1  # as if it had been asked that much earlier
    held.set()
    await server.until(lambda: asked.callbacks)
    await settled()
    await ask(server, "hope")

    assert [request.status for request in asked.callbacks] == [404]
    assert len(await rows(bot)) == 1
    told = [record for record in caplog.records if record.name == "lantern.ui.replies"]
    assert [record.getMessage() for record in told] == [
        "an answer was not taken (status 404, code 10062): it came too late, or there is one"
    ]
    tried(
        "Discord",
        "an answer after the three seconds (10062)",
        saw="Discord's own “did not respond”; the next question is answered",
        lost="the one answer; no row, since nobody saw it; one line in the log",
    )


async def test_a_hundred_answers_that_hang_keep_nobody_else_waiting(
    server: Loopback, bot: Lantern, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as there may be requests at once; they are given up only when the others were answered."""
    monkeypatch.setattr(replies, "TRY_SECONDS", PATIENCE)
    monkeypatch.setattr(replies, "GIVEN_SECONDS", PATIENCE)
    monkeypatch.setattr(connections, "HANGING_SECONDS", 0.05)
    held = asyncio.Event()
    server.fail("POST", CALLBACK, Fault.slow(held), times=CONNECTIONS)
    slow = [await server.slash("twinflame", "runner") for _ in range(CONNECTIONS)]
    await server.until(lambda: server.held == CONNECTIONS)
    others = [await server.slash("twinflame", "hope") for _ in range(20)]
    for asked in others:
        await asked.answered()
    assert not any(asked.first.done() for asked in slow)
    held.set()
    for asked in slow:
        await asked.answered()
    await settled()

    assert len(await rows(bot)) == CONNECTIONS + len(others)
    tried(
        "Discord",
        "a hundred answers hang while twenty others ask",
        saw="the card, the others at most half a second later than always",
        lost="nothing: 120 of 120 rows",
    )


async def test_requests_that_wait_while_none_is_counted_are_looked_at_later() -> None:
    """As in the moment when all that were counted are given up, and those that waited are being woken."""
    own = connections.Connections()
    for _ in range(CONNECTIONS):
        await own._free.acquire()
    own._look()
    assert own._looking is not None
    own._looking.cancel()
    await own.close()


@pytest.mark.parametrize("fault", ["the connection is cut", "502"])
async def test_servers_that_cannot_be_listed_are_those_known(
    server: Loopback, bot: Lantern, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    server.fail("GET", "/users/@me/guilds", REQUEST_FAULTS[fault], times=5)
    assert await bot.services._guilds_present() == list(server.guilds)
    assert "Discord did not list the servers (" in caplog.text


# ---------------------------------------------------------------------- every other first word


Does = Callable[[], Awaitable[Asked]]


async def first_word(server: Loopback, door: str) -> Does:
    """All that comes before; what is returned does what is to be answered."""
    if door == "/setup":
        return lambda: server.slash("setup", person=ADMINISTRATOR)
    if door == "/answer":
        return lambda: server.slash("answer", options={"topic": "twinflame/runner"}, person=MODERATOR)
    command, name, person = {
        "Post here": ("twinflame", "share:", MEMBER),
        "a panel of /setup": ("setup", "set-open:permissions", ADMINISTRATOR),
        "a form of /setup": ("setup", "set-open:quiet", ADMINISTRATOR),
        "the file of /privacy": ("privacy", "privacy-download", MEMBER),
    }[door]
    opened = await server.slash(*([command, "runner"] if command == "twinflame" else [command]), person=person)
    await opened.answered()
    await settled()
    original = opened.original
    assert original is not None
    return lambda: server.press(original, custom_id(original, name), person=person)


FIRST_WORDS = {
    "/setup": "Done:",
    "/answer": "Posted",
    "Post here": "Posted here, without your name",
    "a panel of /setup": "permission",
    "a form of /setup": "",
    "the file of /privacy": "Everything that Lantern keeps",
}
AS_JSON = {"Content-Type": "application/json"}
LOST = {
    "hangs": [Fault.slow(300)],
    "is cut": [Fault.cut()],
    "is cut, though it was done": [Fault.cut(done=True)],
    "is confirmed by what cannot be read": [Fault(200, "{garbage", AS_JSON, done=True)],
    "is confirmed without its fields": [Fault(200, "{}", AS_JSON, done=True)],
}


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize("door", FIRST_WORDS)
async def test_every_first_word_gets_through_once(
    server: Loopback,
    bot: Lantern,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    door: str,
    lost: str,
) -> None:
    monkeypatch.setattr(replies, "TRY_SECONDS", 0.1 if lost == "hangs" else PATIENCE)
    does = await first_word(server, door)
    for fault in LOST[lost]:
        server.fail("POST", CALLBACK, fault)

    asked = await does()
    await server.until(lambda: asked.acknowledged)
    await settled()

    assert FIRST_WORDS[door].lower() in answered(asked).lower()
    assert nobody_was_told_of_an_error(server)
    assert "unforeseen" not in caplog.text
    assert "an answer" not in caplog.text
    assert len(public(server)) == (door in ("/answer", "Post here"))
    tried(
        "Discord",
        f"the first word to a command, a press or a form {lost}",
        saw="what they asked for, once",
        lost="nothing",
    )


@pytest.mark.parametrize("for_all", [False, True])
@pytest.mark.parametrize("lost", [lost for lost in LOST if "confirmed" in lost])
async def test_an_answer_whose_confirmation_cannot_be_read_is_counted_once(
    server: Loopback, bot: Lantern, caplog: pytest.LogCaptureFixture, lost: str, for_all: bool
) -> None:
    for fault in LOST[lost]:
        server.fail("POST", CALLBACK, fault)

    asked = await ask(server, options={"show": "everyone"} if for_all else {})

    assert "## " in answered(asked)
    assert len(server.messages) == 1
    assert asked.original is not None
    assert await rows(bot, "SELECT interaction_id, message_id, public FROM questions") == [
        (asked.id, int(asked.original["id"]), for_all)
    ]
    assert "unforeseen" not in caplog.text


# ---------------------------------------------------------------------- sharing


@pytest.mark.parametrize("fault", REQUEST_FAULTS)
async def test_sharing_posts_the_card_once(server: Loopback, bot: Lantern, plan: Plan, fault: str) -> None:
    asked = await ask(server)
    assert asked.original is not None
    plan("POST", POST, fault)

    await press(server, asked.original, "share:")

    if fault in CUT:
        told = said(private(server)[-1])
        assert told == DID_NOT_ARRIVE
        assert "Post here" in str(asked.original["components"])
        await press(server, asked.original, "share:")
    (card,) = public(server)
    assert "Posted here, without your name" in said(server.messages[int(asked.original["id"])])
    assert await rows(bot, "SELECT public, public_message_id FROM questions") == [(1, int(card["id"]))]
    assert str(MEMBER.id) not in str(card)
    tried(
        "Discord",
        f"the post of a shared answer: {fault}",
        saw="to try again; pressed again, the card, once" if fault in CUT else "the card, once",
        lost="nothing: 1 of 1 row",
    )


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (403, 50001, "In a private thread, mention it once so that it is added."),
        (403, 50013, "Lantern is missing a permission here"),
        (400, 160005, "This thread is locked."),
        (400, 200000, "This server's AutoMod did not let the message through."),
        (400, 40333, "Discord refused this (code 40333)."),
    ],
)
async def test_a_share_that_discord_refuses_says_why_and_may_be_tried_again(
    server: Loopback, bot: Lantern, caplog: pytest.LogCaptureFixture, status: int, code: int, sentence: str
) -> None:
    asked = await ask(server)
    assert asked.original is not None
    server.fail("POST", POST, Fault.refused(status, code, "Refused"))

    await press(server, asked.original, "share:")

    told = said(private(server)[-1])
    assert sentence in told
    assert told.endswith("Nothing was posted.")
    assert "ERROR" not in {record.levelname for record in caplog.records}
    assert public(server) == []
    assert await rows(bot, "SELECT public FROM questions") == [(0,)]
    await press(server, asked.original, "share:")
    assert len(public(server)) == 1
    tried(
        "Discord",
        f"the post of a shared answer is refused (code {code})",
        saw="why, and that nothing was shared; pressed again once it is mended, the card",
        lost="nothing: 1 of 1 row",
    )


@pytest.mark.parametrize("fault", REQUEST_FAULTS)
async def test_a_share_that_stands_is_not_called_a_failure(
    server: Loopback, bot: Lantern, plan: Plan, fault: str
) -> None:
    asked = await ask(server)
    assert asked.original is not None
    plan("PATCH", "/webhooks/*", fault)

    await press(server, asked.original, "share:")

    assert len(public(server)) == 1
    assert nobody_was_told_of_an_error(server)
    assert [row[0] for row in await rows(bot, "SELECT public FROM questions")] == [1]
    own = "their own answer may stay as it was" if fault in CUT else "their own answer says so"
    tried(
        "Discord",
        f"the private answer changed after sharing: {fault}",
        saw=f"the card in the channel; {own}",
        lost="nothing: 1 of 1 row",
    )


# ---------------------------------------------------------------------- delivered twice


async def twice(server: Loopback, asked: Asked) -> None:
    """Discord delivers an interaction once more, at once and when it was answered."""
    await server.deliver(asked)
    await asked.answered()
    await settled()
    await server.deliver(asked)
    # What the bot hears next shows that it is through with what it heard before.
    await ask(server, "hope")


async def test_a_question_delivered_three_times_is_answered_and_counted_once(server: Loopback, bot: Lantern) -> None:
    asked = await server.slash("twinflame", "runner", options={"show": "everyone"})
    await twice(server, asked)

    assert len(asked.callbacks) == 1
    assert len(public(server)) == 1
    assert len(private(server)) == 1
    assert len(await rows(bot)) == 2
    tried("Discord", "a question delivered three times", saw="the card, once", lost="nothing: 1 row for it")


async def test_a_miss_delivered_three_times_is_kept_once(server: Loopback, bot: Lantern) -> None:
    asked = await server.slash("ask", options={"question": "which crystals go into a bath at full moon"})
    await twice(server, asked)

    assert len(asked.callbacks) == 1
    assert len(await rows(bot, "SELECT id FROM misses")) == 1
    tried("Discord", "a question without an answer delivered three times", saw="one answer", lost="nothing: kept once")


@pytest.mark.parametrize("name", ["share:", "r:"])
async def test_a_press_delivered_three_times_does_it_once(server: Loopback, bot: Lantern, name: str) -> None:
    first = await ask(server)
    assert first.original is not None
    before = len(server.messages)
    pressed = await server.press(first.original, custom_id(first.original, name))
    await twice(server, pressed)

    assert len(pressed.callbacks) == 1
    assert len(server.messages) == before + 2  # what the press made, and the question after it
    assert nobody_was_told_of_an_error(server)
    assert len(await rows(bot)) == {"share:": 2, "r:": 3}[name]
    what = {"share:": "Post here", "r:": "a related question"}[name]
    tried("Discord", f"a press of {what} delivered three times", saw="the card, once", lost="nothing: counted once")


# ---------------------------------------------------------------------- another process is quicker


async def answered_by_another(server: Loopback, send: Callable[[], Awaitable[Asked]]) -> Asked:
    """Somebody does something, and another process that has the same shard for a moment answers it first."""
    held, before = asyncio.Event(), server.held
    server.fail("POST", CALLBACK, Fault.slow(held))
    asked = await send()
    await server.until(lambda: server.held > before)
    asked.acknowledged = True
    card = {"components": [{"type": 10, "content": "Another process's answer."}], "flags": payloads.EPHEMERAL}
    asked.original = payloads.message(next(server.ids), asked.channel_id, payloads.bot_user(), card)
    server.messages[int(asked.original["id"])] = asked.original
    held.set()
    await server.until(lambda: asked.callbacks)
    await settled()
    assert [callback.status for callback in asked.callbacks] == [400]
    assert answered(asked) == "Another process's answer."
    return asked


@pytest.mark.parametrize("question", ["does my runner feel it too", "which crystals go into a bath at full moon"])
async def test_a_question_that_another_process_answered_gets_nothing_more_and_is_not_counted(
    server: Loopback, bot: Lantern, question: str
) -> None:
    await answered_by_another(server, lambda: server.slash("ask", options={"question": question}))

    assert len(server.messages) == 1
    assert not server.sent("POST", FOLLOW_UP)
    assert await rows(bot) == await rows(bot, "SELECT id FROM misses") == []
    tried(
        "Discord",
        "a question that another process answered first",
        saw="the other's answer, and nothing more",
        lost="nothing: counted by the other alone",
    )


async def test_a_public_card_of_another_process_is_not_remembered_as_ones_own(server: Loopback, bot: Lantern) -> None:
    for_all = {"show": "everyone"}
    await answered_by_another(server, lambda: server.slash("twinflame", "runner", options=for_all))

    assert await rows(bot) == []
    await ask(server, "runner", options=for_all)
    assert len(public(server)) == 1  # not private for standing in the channel already
    tried(
        "Discord",
        "a public card that another process posted first",
        saw="the other's card; this process does not take it for its own",
        lost="nothing: counted by the other alone",
    )


@pytest.mark.parametrize("name", ["share:", "r:"])
async def test_a_press_that_another_process_answered_does_nothing_more(
    server: Loopback, bot: Lantern, name: str
) -> None:
    first = await ask(server)
    original = first.original
    assert original is not None
    await answered_by_another(server, lambda: server.press(original, custom_id(original, name)))

    assert len(server.messages) == 2  # the card pressed, and the other's answer
    assert not server.sent("POST", POST)
    assert not server.sent("POST", FOLLOW_UP)
    assert len(await rows(bot)) == 1
    assert nobody_was_told_of_an_error(server)
    what = {"share:": "Post here", "r:": "a related question"}[name]
    tried(
        "Discord",
        f"a press of {what} that another process answered first",
        saw="the other's answer, and nothing more",
        lost="nothing: counted by the other alone",
    )


# ---------------------------------------------------------------------- moderators


async def menu_for(server: Loopback) -> Json:
    """A moderator opens **Answer this** on a member's message."""
    channel = int(next(iter(server.guilds.values()))["channels"][0]["id"])
    message = server.post(channel, "why does my runner run from me")
    opened = await server.message_command("Answer this", message, person=MODERATOR)
    await opened.answered()
    await settled()
    assert opened.original is not None
    return opened.original


@pytest.mark.parametrize("fault", REQUEST_FAULTS)
async def test_a_link_card_is_posted_once(server: Loopback, bot: Lantern, plan: Plan, fault: str) -> None:
    menu = await menu_for(server)
    plan("POST", POST, fault)

    await press(server, menu, "l:", person=MODERATOR)

    cards = public(server)
    if fault in CUT:
        # Whether Discord took it is not known here, so they are asked to look.
        assert len(cards) == (fault in DONE)
        assert said(private(server)[-1]) == OVERLOADED
        assert custom_id(server.messages[int(menu["id"])], "l:")
        assert await rows(bot, "SELECT id FROM links") == []
    else:
        assert len(cards) == 1
        assert "**Posted:**" in said(server.messages[int(menu["id"])])
        assert len(await rows(bot, "SELECT id FROM links")) == 1
    unsure = fault in CUT
    seen = "the card, once" if cards else "no card"
    tried(
        "Discord",
        f"a moderator's card: {fault}",
        saw=f"{seen}; the moderator is asked to look, and to try again" if unsure else seen,
        lost="the link's row" if unsure and cards else "nothing",
    )


async def test_a_moderators_press_delivered_three_times_posts_once(server: Loopback, bot: Lantern) -> None:
    menu = await menu_for(server)
    pressed = await server.press(menu, custom_id(menu, "l:"), person=MODERATOR)
    await twice(server, pressed)

    assert len(pressed.callbacks) == 1
    assert len(public(server)) == 1
    assert len(await rows(bot, "SELECT id FROM links")) == 1
    tried("Discord", "a moderator's press delivered three times", saw="the card, once", lost="nothing: 1 row")


# ---------------------------------------------------------------------- commands at start


@pytest.mark.parametrize("fault", SYNC_FAULTS)
async def test_commands_that_discord_does_not_take_at_start_keep_nobody_from_an_answer(
    server: Loopback, settings: Settings, content: Content, fault: str
) -> None:
    planned, times = SYNC_FAULTS[fault]
    server.fail("PUT", COMMANDS, planned, times=times)
    async with connected(server, Wired(settings, content)) as bot:
        late = bot.services.command_sync.due
        asked = await ask(server)
        await bot.services.command_sync.again()

        assert late == (fault not in ("429", "502, once"))
        assert "## " in answered(asked)
        assert not bot.services.command_sync.due
        assert bot.services.commands.mention("twinflame runner").startswith("</twinflame runner:")
        assert len(await rows(bot)) == 1
    tried(
        "Discord",
        f"the commands at start: {fault}",
        saw="the card" if late else "the card, and the commands at once",
        lost="nothing; the commands are sent again within a minute" if late else "nothing",
    )


# ---------------------------------------------------------------------- messages to the owner


@pytest.mark.parametrize("fault", REQUEST_FAULTS)
async def test_the_owner_is_told_once(server: Loopback, bot: Lantern, plan: Plan, fault: str) -> None:
    plan("POST", POST, fault)

    for _ in range(3):
        await bot.services.notices.tell("disk", "The disk with the database is nearly full.")

    told = [message for message in public(server) if "nearly full" in said(message)]
    assert len(told) == (fault not in CUT or fault in DONE)
    assert {server.channels[int(message["channel_id"])]["recipients"][0]["id"] for message in told} <= {str(OWNER.id)}
    assert "## " in answered(await ask(server))
    tried(
        "Discord",
        f"a message to the application's owner: {fault}",
        saw="the card, as always",
        lost="nothing; told once" if told else "nothing; told ten minutes later",
    )


async def test_a_discord_without_owner_or_channel_harms_nobody(server: Loopback, bot: Lantern) -> None:
    server.fail("GET", "/oauth2/applications/@me", Fault.cut(), times=2)  # aiohttp itself sends a GET once more
    await bot.services.notices.tell("backup", "The daily backup failed.")
    server.fail("POST", "/users/@me/channels", Fault.refused(403, 50007, "Cannot send messages to this user"))
    await bot.services.notices.tell("disk", "The disk is nearly full.")

    assert server.sent("POST", POST) == []
    assert "## " in answered(await ask(server))
