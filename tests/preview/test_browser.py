"""The preview opens this machine's browser, or only prints the page's address."""

from __future__ import annotations

import pytest

from tests.support.programs import Preview

pytest.importorskip("simcord", reason="the extra `preview` is not installed")

BROWSER = "echo Opened %s"
"""A browser that prints what it is to show (the format is that of Python's `webbrowser`)."""


def test_the_page_is_printed_and_opened() -> None:
    preview = Preview(BROWSER=BROWSER)
    try:
        opened = preview.line("Opened ")
    finally:
        status, _, err = preview.stop()
    assert opened == f"Opened {preview.url}\n"
    assert (status, err) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [(["--no-browser"], {"BROWSER": BROWSER}), ([], {"BROWSER": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""})],
    ids=["not wanted", "no browser here"],
)
def test_the_page_is_only_printed(arguments: list[str], environment: dict[str, str]) -> None:
    preview = Preview(*arguments, **environment)
    status, out, err = preview.stop()
    assert "Opened" not in preview.printed + out
    assert (status, err) == (0, "")
