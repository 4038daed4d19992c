"""What stands in the way of the preview is said in a line."""

from __future__ import annotations

import pytest

import bot as program

simcord = pytest.importorskip("simcord", reason="the extra `preview` is not installed")
page = pytest.importorskip("simcord.preview", reason="the extra `preview` is not installed")


@pytest.mark.parametrize(
    ("why", "says"),
    [
        ("could not bind 127.0.0.1", "Port 8080 is in use"),
        ("markdown-it-py is not installed", "(markdown-it-py is not installed). `make preview` installs what it needs"),
    ],
)
def test_why_the_page_does_not_open_is_said(
    why: str, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise simcord.SetupError(why)

    monkeypatch.setattr("lantern.runtime.logs.set_up", lambda *_given: None)
    monkeypatch.setattr(page, "_require_preview_runtime", refuse)

    assert program.main(["preview", "--port", "8080", "--no-browser"]) == 1

    assert says in capsys.readouterr().err
