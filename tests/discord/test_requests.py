"""What the tests leave for the check against Discord's document, and what the check looks at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.bare_bot import BareBot
from tests.discord import check_requests, requests
from tests.discord.check_requests import as_documented
from tests.discord.loopback import Loopback
from tests.support.wire import connected

PLACES = {
    "message_reference": {"message_id": 1, "channel_id": 2, "guild_id": 3, "type": 0},
    "allowed_mentions": {"parse": [], "users": [4, 5], "replied_user": True},
    "attachments": [{"id": 0, "filename": "a.png"}],
    "components": [{"type": 1, "components": [{"type": 8, "default_values": [{"id": 6, "type": "channel"}]}]}],
}
AS_TEXT = {
    "message_reference": {"message_id": "1", "channel_id": "2", "guild_id": "3", "type": 0},
    "allowed_mentions": {"parse": [], "users": ["4", "5"], "replied_user": True},
    "attachments": [{"id": "0", "filename": "a.png"}],
    "components": [{"type": 1, "components": [{"type": 8, "default_values": [{"id": "6", "type": "channel"}]}]}],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for the requests of one test."""
    monkeypatch.setattr(requests, "FOLDER", tmp_path / "requests")
    return tmp_path / "requests"


def left(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in folder.glob("*.jsonl") for line in file.read_bytes().splitlines()]


async def test_requests_are_written_for_the_checker(folder: Path) -> None:
    async with Loopback() as server, connected(server, BareBot(guild_ready_timeout=0.01)):
        await (await server.slash("fixed")).answered()
        server.requests[-1].body["data"]["allowed_mentions"] = {"users": [4]}
    lines = left(folder)
    assert len(lines) == len(server.requests)
    assert lines[-1]["method"] == "POST"
    assert lines[-1]["path"].endswith("/callback")
    assert lines[-1]["body"]["type"] == 4
    assert lines[-1]["body"]["data"]["allowed_mentions"] == {"users": [4]}  # as it came


async def test_outside_pytest_nothing_is_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_VERSION")
    requests.record([("POST", "/channels/1/messages", {"content": "hello"})])
    assert not folder.exists()


@pytest.mark.parametrize(
    "around", [lambda body: body, lambda body: {"type": 4, "data": body}], ids=["sent", "answered"]
)
def test_numbers_are_text_where_discord_takes_both(around: Any) -> None:
    assert as_documented(around(PLACES)) == around(AS_TEXT)
    assert as_documented({"name": "post", "message": PLACES}) == {"name": "post", "message": AS_TEXT}
    assert as_documented({"recipient_id": 7}) == {"recipient_id": "7"}


def test_numbers_elsewhere_stay_numbers() -> None:
    wrong = {
        "id": 1,
        "message_id": 2,
        "guild_id": 3,
        "users": [4],
        "applied_tags": [5],
        "data": {"recipient_id": 6},
        "allowed_mentions": {"roles": [7], "users": [True]},
        "message_reference": {"id": 8},
        "default_values": [{"values": [9]}],
    }
    assert as_documented(wrong) == wrong
    nothing: list[Any] = [None, [], "text"]
    assert [as_documented(body) for body in nothing] == nothing


def test_the_check_says_what_the_checker_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checker = folder.parent / "checker.py"
    monkeypatch.setattr(check_requests, "CHECKER", checker)
    assert check_requests.main() == 0
    assert "skipped" in capsys.readouterr().out
    checker.write_text("import pathlib, sys\nsys.exit('\"7\"' not in pathlib.Path(sys.argv[1]).read_text())\n")
    assert check_requests.main() == 1
    assert "left no request" in capsys.readouterr().err
    requests.record([("POST", "/users/@me/channels", {"recipient_id": 7, "text": "one line\u2028still the same"})])
    assert check_requests.main() == 0
    assert len((folder / "all.txt").read_text(encoding="utf-8").splitlines()) == 1
    (folder / "other.jsonl").write_text('{"method": "GET", "path": "/users/@me", "body": null}\n')
    assert check_requests.main() == 0
    for file in folder.glob("*"):
        file.unlink()
    requests.record([("POST", "/users/@me/channels", {"recipient_id": 8})])
    assert check_requests.main() == 1
