"""What the log says, and what it must never say."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from lantern import PROJECT
from lantern.runtime import logs
from lantern.runtime.logs import JsonFormatter, LineFormatter, LogHandler
from lantern.runtime.settings import Settings
from lantern.ui.refusals import Refused
from tests.discord.state import PATIENCE
from tests.support.world import World, answer

OWN_TOKEN = "MTQ1NjA3NDQ0Mzk4MDgwMDAwMA.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789AB"
WORDS = "my neighbour Xanthippe left me in Ouagadougou"


@pytest.fixture(params=[LineFormatter, JsonFormatter], ids=["text", "json"])
def log(request: pytest.FixtureRequest) -> Iterator[tuple[logging.Logger, io.StringIO]]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(request.param(["own-token-of-no-known-shape"]))
    logger = logging.getLogger("lantern.tried")
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, written
    logger.removeHandler(handler)
    logger.propagate = True


def test_a_line_break_in_a_message_makes_no_second_line(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    logger.warning("a\nINFO forged: b\r\x1b[31m\u202egnirts\u2028c\x85d")

    assert len(written.getvalue().splitlines()) == 1
    assert not set(written.getvalue().rstrip("\n")) & {"\n", "\r", "\x1b", "\u202e", "\u2028", "\x85"}


@pytest.mark.parametrize(
    "secret",
    [
        "own-token-of-no-known-shape",
        OWN_TOKEN,
        "https://discord.com/api/v10/webhooks/145/aW50ZXJhY3Rpb246MTQ1:abc-def_/messages/@original",
        "https://discord.com/api/v10/interactions/145/aW50ZXJhY3Rpb246MTQ1:abc-def_/callback",
    ],
)
def test_no_token_is_written(log: tuple[logging.Logger, io.StringIO], secret: str) -> None:
    logger, written = log
    try:
        raise OSError(f"could not reach {secret}")
    except OSError:
        logger.exception("request to %s failed", secret)

    text = written.getvalue()
    for part in ("own-token", OWN_TOKEN, "aW50ZXJhY3Rpb24"):
        assert part not in text
    assert text.count("(secret)") >= 2


def fail_on_words() -> None:
    try:
        int(WORDS)
    except ValueError as error:
        raise KeyError(WORDS) from error


def test_a_traceback_tells_where_and_not_what_was_typed(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    try:
        fail_on_words()
    except KeyError:
        logger.exception("unforeseen error, reference %s", "abc123")

    text = written.getvalue()
    assert "Xanthippe" not in text
    assert text.count("fail_on_words") >= 2
    assert "ValueError" in text
    assert "KeyError" in text
    assert "which led to:" in text
    assert "abc123" in text


def test_a_traceback_in_text_is_indented_and_in_json_is_one_object() -> None:
    def record() -> logging.LogRecord:
        try:
            raise TypeError("a reason\nof two lines")
        except TypeError as error:
            return logging.LogRecord(
                "lantern.x", logging.ERROR, __file__, 1, "no %s", ("luck",), (type(error), error, None)
            )

    first, *others = LineFormatter().format(record()).split("\n")
    assert first.endswith("ERROR lantern.x: no luck")
    assert all(line.startswith("    ") for line in others)
    assert others[-1] == "    TypeError: a reason\\x0aof two lines"

    event = json.loads(JsonFormatter().format(record()))
    assert (event["level"], event["logger"], event["message"]) == ("ERROR", "lantern.x", "no luck")
    assert event["error"] == "TypeError: a reason\nof two lines"
    assert event["traceback"].endswith(event["error"])
    assert event["time"][:4].isdigit()


def line(
    name: str, message: str, *arguments: object, level: int = logging.ERROR, error: Exception | None = None
) -> str:
    """What a logger's event comes to."""
    exc_info = (type(error), error, None) if error is not None else None
    return LineFormatter().format(logging.LogRecord(name, logging.ERROR, __file__, 1, message, arguments, exc_info))


class Somebody:
    def __repr__(self) -> str:
        return f"<Member name={WORDS}>"


@pytest.mark.parametrize(
    ("name", "message", "arguments", "said"),
    [
        (
            "discord.app_commands.tree",
            "Ignoring exception in autocomplete for %r (Guild: %s, User: %s)",
            ("ask", 419430400000000000, 777777777777777777),
            "Ignoring exception in autocomplete for 'ask' (Guild: (id), User: (id))",
        ),
        ("discord.ui.view", "Ignoring exception in view %r", (Somebody(),), "Ignoring exception in view '<Somebody>'"),
        ("asyncpg", "it was refused: %s", (ValueError(WORDS),), f"it was refused: ValueError {logs.WITHHELD}"),
        ("discord.x", "%d of %.1f", (Somebody(), 1), "%d of %.1f"),
        ("discord.http", "PUT %s", ("/users/777777777777777777/a",), "PUT /users/(id)/a"),
        ("discord.gateway", "blocked\nLoop thread traceback", (), "blocked"),
        ("asyncio", f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{WORDS}')>", (),
         "Task exception was never retrieved"),
        ("asyncio", f"Exception in callback show('{WORDS}') at 7", (), "Exception in callback show"),
    ],
)  # fmt: skip
def test_a_library_tells_neither_ids_nor_what_an_object_shows(
    name: str, message: str, arguments: tuple[object, ...], said: str
) -> None:
    assert line(name, message, *arguments).endswith(f" ERROR {name}: {said}")


def test_an_outage_is_one_line_without_a_traceback() -> None:
    error = aiohttp.ClientConnectionError("Cannot connect to host gateway.discord.gg:443")
    said = line("discord.shard", "Attempting a reconnect for shard ID %s in %.2fs", 0, 1.5, error=error)
    assert "\n" not in said
    assert said.endswith(
        "Attempting a reconnect for shard ID 0 in 1.50s "
        "(aiohttp.client_exceptions.ClientConnectionError: Cannot connect to host gateway.discord.gg:443)"
    )
    assert "\n" not in line("lantern.x", "retention failed", error=error)
    assert "\n" not in line("discord.shard", "failed", error=TimeoutError())
    assert "\n" in line("lantern.x", "failed", error=TimeoutError())


def test_what_discord_quotes_and_a_refusals_sentence_are_not_told() -> None:
    response: Any = SimpleNamespace(status=400, reason="Bad Request")
    fields = {"data": {"components": {"0": {"_errors": [{"code": "X", "message": f'"my "{WORDS}" left" is bad'}]}}}}
    said = line(
        "lantern.x",
        "failed",
        error=discord.HTTPException(response, {"code": 50035, "message": f"no {WORDS}", "errors": fields}),
    )
    assert said.endswith("discord.errors.HTTPException: status 400, code 50035, in data.components.0")
    strange = {WORDS: {"_errors": [{"message": WORDS}]}, "data": {"_errors": [{"message": WORDS}]}}
    refused = discord.Forbidden(response, {"code": 1, "message": WORDS, "errors": strange})
    assert line("lantern.x", "failed", error=refused).endswith("discord.errors.Forbidden: status 400, code 1, in data")
    assert "Xanthippe" not in line("lantern.x", "failed", error=Refused(f"I know no question called “{WORDS}”."))


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://lantern:open-sesame@db/lantern is not there",
        "host=db password=open-sesame user=lantern",
        "postgresql://db/lantern?sslpassword=open-sesame&x=1",
        "invalid part: open-sesame",
    ],
)
@pytest.mark.parametrize("formatter", [LineFormatter, JsonFormatter])
def test_no_password_of_a_database_is_written(text: str, formatter: type[LineFormatter | JsonFormatter]) -> None:
    settings = Settings(database="postgresql://lantern:open%2Dsesame@db/lantern", discord_token=OWN_TOKEN)
    written = formatter(settings.secrets).format(
        logging.LogRecord("lantern.x", logging.ERROR, __file__, 1, "%s; %s", (text, OWN_TOKEN), None)
    )
    assert "sesame" not in written
    assert OWN_TOKEN not in written
    assert written.count("(secret)") == 2


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The clock of the log, which the test moves."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(logs, "time", SimpleNamespace(monotonic=lambda: clock.now, time=time.time))
    return clock


@pytest.fixture
def told() -> Iterator[Callable[..., list[str]]]:
    """Log something, and the lines that were written of it, without their time."""
    written = io.StringIO()
    handler = LogHandler(written, LineFormatter())

    def tell(name: str, level: int, message: str, *arguments: object, error: Exception | None = None) -> list[str]:
        written.truncate(written.seek(0))
        exc_info = (type(error), error, error.__traceback__) if error is not None else None
        handler.handle(logging.LogRecord(name, level, __file__, 1, message, arguments, exc_info))
        return [line.partition(" ")[2] for line in written.getvalue().splitlines()]

    yield tell
    handler.close()


def test_a_warning_that_comes_again_is_told_once_and_then_counted(
    told: Callable[..., list[str]], clock: SimpleNamespace
) -> None:
    reconnect = "discord.shard", logging.ERROR, "Attempting a reconnect for shard ID %s in %.2fs"
    assert told(*reconnect, 0, 1.5) == ["ERROR discord.shard: Attempting a reconnect for shard ID 0 in 1.50s"]
    for shard in range(212):
        assert told(*reconnect, shard, 2.5) == []
    assert len(told(*reconnect, 0, 1.5, error=TimeoutError())) == 1, "another error is another kind"
    assert len(told("lantern.x", logging.WARNING, "guild %d waits", 1)) == 1
    assert len(told("lantern.x", logging.WARNING, "guild %d waits", 2)) == 1, "of ours the numbers matter"
    assert told("lantern.x", logging.DEBUG, "trying") == ["DEBUG lantern.x: trying"]
    assert told("discord.http", logging.DEBUG, "POST with %s", WORDS) == []
    assert told("discord.gateway", logging.INFO, "Shard ID %s has connected", 0) == [
        "ERROR discord.shard: Attempting a reconnect for shard ID 0 in 1.50s (and 212 more like it)",
        "INFO discord.gateway: Shard ID 0 has connected",
    ]

    assert told(*reconnect, 0, 1.5) == []
    clock.now = logs.TOLD_SECONDS
    assert told("lantern.x", logging.WARNING, "something else") == [
        "ERROR discord.shard: Attempting a reconnect for shard ID 0 in 1.50s (and 1 more like it)",
        "WARNING lantern.x: something else",
    ]
    clock.now = logs.COUNTED_SECONDS
    assert told(*reconnect, 3, 7) == ["ERROR discord.shard: Attempting a reconnect for shard ID 3 in 7.00s"]


def test_what_was_counted_last_is_told_at_the_end() -> None:
    written = io.StringIO()
    handler = LogHandler(written, LineFormatter())
    for _ in range(3):
        handler.handle(logging.LogRecord("lantern.x", logging.ERROR, __file__, 1, "again", (), None))
    handler.close()
    handler.close()
    assert [said.partition(" ")[2] for said in written.getvalue().splitlines()] == [
        "ERROR lantern.x: again",
        "ERROR lantern.x: again (and 2 more like it)",
    ]


def full_pipe() -> tuple[int, int, int]:
    """A pipe's end to read, its end to write, and how much is in it already: no more goes in."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    there = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            there += os.write(writer, b"x")
    os.set_blocking(writer, True)
    return reader, writer, there


def read(reader: int, size: int) -> bytes:
    """So many bytes, as they come."""
    with os.fdopen(os.dup(reader), "rb") as file:
        return file.read(size)


def test_what_nobody_reads_is_dropped_and_counted_and_the_rest_is_read_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(logs, "UNREAD_MAX", 3)
    reader, writer, there = full_pipe()
    said = logs.StandardError(writer)
    for number in range(10):
        said.write(f"{number}")
    assert read(reader, there) == b"x" * there
    said.wait(PATIENCE)

    taken = read(reader, 3).decode()  # the thread may have taken one out of the queue, and then there is room for one
    (told,) = [record.getMessage() for record in caplog.records]
    assert taken == "012"
    missing = int(told.split()[0])
    assert missing in (6, 7)
    assert told == logs.UNREAD % missing
    for descriptor in (reader, writer):
        os.close(descriptor)


ENDS = {
    "it crashes": ("raise KeyError('crashed')", "KeyError", 1),
    "it says why it cannot run": ("sys.exit(bot.fail('no luck', 3))", "no luck", 3),
    "it was told to stop": ("log.error('again'); log.error('again')", "again (and 1 more like it)", 0),
}


@pytest.mark.skipif(sys.platform == "win32", reason="full pipes are made in another way there")
@pytest.mark.parametrize(
    ("end", "somebody_reads"), [*((end, True) for end in ENDS), ("it says why it cannot run", False)]
)
def test_at_the_end_of_the_process_all_is_written_if_somebody_reads_it(end: str, somebody_reads: bool) -> None:
    what, said, status = ENDS[end]
    program = (
        "import logging, sys, bot; from lantern.runtime import logs\n"
        "logs.wait_for_nobody(); logs.set_up('INFO'); log = logging.getLogger('bot')\n"
    )
    reader, writer, there = full_pipe()
    process = subprocess.Popen([sys.executable, "-c", program + what], cwd=PROJECT, stderr=writer)
    os.close(writer)
    written = b""
    if somebody_reads:
        with os.fdopen(os.dup(reader), "rb") as file:
            written = file.read()[there:]
    assert process.wait(PATIENCE) == status
    os.close(reader)
    assert (said.encode() in written) == somebody_reads


@contextlib.contextmanager
def restored() -> Iterator[None]:
    """What :func:`logs.set_up` changes is as it was after the block."""
    before = logging.getLogger().handlers[:], logging.getLogger().level
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    try:
        yield
    finally:
        logging.basicConfig(handlers=before[0], level=before[1], force=True)
        for room in ("lantern", "cogs", "bot"):
            logging.getLogger(room).setLevel(logging.NOTSET)
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks


def test_libraries_never_tell_their_requests(capsys: pytest.CaptureFixture[str]) -> None:
    with restored():
        logs.set_up("DEBUG", "json", [OWN_TOKEN])
        logging.getLogger("discord.http").debug("POST with %s", {"content": WORDS})
        logging.getLogger("lantern.x").debug("seen")
        written = capsys.readouterr().err
    assert [json.loads(line)["message"] for line in written.splitlines()] == ["seen"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_python_would_print_by_itself_goes_through_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    class Left:
        def __del__(self) -> None:
            raise ValueError(WORDS)

    def fails() -> None:
        raise KeyError(f"{WORDS} {OWN_TOKEN}")

    with restored():
        logs.set_up("INFO", "text", [OWN_TOKEN])
        thread = threading.Thread(target=fails)
        thread.start()
        thread.join()
        Left()
        gc.collect()
        try:
            fails()
        except KeyError as error:
            sys.excepthook(type(error), error, error.__traceback__)
        written = capsys.readouterr().err
    assert "Xanthippe" not in written
    assert OWN_TOKEN not in written
    for said in ("an error ended a thread", "an error that nobody could be told of", "an error ends the program"):
        assert said in written
    assert written.count("in fails") == 2


async def test_no_word_and_no_id_of_a_member_reaches_the_log_at_any_level(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The libraries stop at INFO, as `set_up` has them; ours tell all they have.
    for room in ("lantern", "cogs", "bot"):
        caplog.set_level(logging.DEBUG, room)
    caplog.set_level(logging.INFO)
    world.env.check_errors = False

    await world.maya.slash(world.general, "ask", question=WORDS)
    await world.maya.slash(world.general, "twinflame runner", show="everyone")
    asked = await world.maya.slash(world.general, "twinflame hope")

    said = f"{WORDS} by maya, {world.maya.id}"

    async def fails(*_arguments: Any, **_options: Any) -> None:
        raise ValueError(said)

    monkeypatch.setattr("lantern.answers.giving.acknowledge", fails)
    monkeypatch.setattr(world.services.giving, "give", fails)
    await world.maya.click(answer(asked), label="Post here")
    await world.maya.slash(world.general, "twinflame runner")

    written = "\n".join(LineFormatter().format(record) for record in caplog.records)
    assert written.count("unforeseen error, reference") == 2
    for secret in ("Xanthippe", "Ouagadougou", str(world.maya.id), str(world.lea.id), "maya"):
        assert secret not in written, secret
