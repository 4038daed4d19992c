"""What the log says, and what it must never say."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from lantern.runtime import logs
from lantern.runtime.logs import JsonFormatter, LineFormatter
from tests.support.world import World, answer

OWN_TOKEN = "MTQ1NjA3NDQ0Mzk4MDgwMDAwMA.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789AB"
WORDS = "my neighbour Xanthippe left me in Ouagadougou"


@pytest.fixture(params=[LineFormatter, JsonFormatter], ids=["text", "json"])
def log(request: pytest.FixtureRequest) -> Iterator[tuple[logging.Logger, io.StringIO]]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(request.param("own-token-of-no-known-shape"))
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
    assert text.count("(token)") >= 2


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


@pytest.mark.usefixtures("log")
def test_asyncios_description_of_a_task_is_cut() -> None:
    formatter = logging.getLogger("lantern.tried").handlers[0].formatter
    assert formatter is not None
    text = formatter.format(
        logging.LogRecord(
            "asyncio", logging.ERROR, __file__, 1,
            f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{WORDS}')>", (), None,
        )
    )  # fmt: skip
    assert "Task exception was never retrieved" in text
    assert "Xanthippe" not in text


def test_libraries_never_tell_their_requests(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers[:], logging.getLogger().level
    try:
        logs.set_up("DEBUG", "json", OWN_TOKEN)
        logging.getLogger("discord.http").debug("POST with %s", {"content": WORDS})
        logging.getLogger("lantern.x").debug("seen")
        written = capsys.readouterr().err
    finally:
        logging.basicConfig(handlers=before[0], level=before[1], force=True)
        for room in ("lantern", "cogs", "bot"):
            logging.getLogger(room).setLevel(logging.NOTSET)
    assert [json.loads(line)["message"] for line in written.splitlines()] == ["seen"]


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

    monkeypatch.setattr(world.services.giving, "_send_without_name", fails)
    monkeypatch.setattr(world.services.giving, "give", fails)
    await world.maya.click(answer(asked), label="Share in channel")
    await world.maya.slash(world.general, "twinflame runner")

    written = "\n".join(LineFormatter().format(record) for record in caplog.records)
    assert written.count("unforeseen error, reference") == 2
    for secret in ("Xanthippe", "Ouagadougou", str(world.maya.id), str(world.lea.id), "maya"):
        assert secret not in written, secret
