"""The preview as a newcomer meets it: a page in a real browser, a command typed, a card read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.programs import Preview

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
COMPOSER = "#channel-composer-input"
PATIENCE = 60_000
"""Milliseconds after which the browser gives up: the last net."""
DESKTOP, PHONE = (1280, 800), (390, 844)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (looked for chromium and google-chrome)"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


def type_command(page: object, command: str) -> None:
    """Type a slash command into the composer, take it from the list, and send it without its options."""
    page.click(COMPOSER)  # type: ignore[attr-defined]
    page.keyboard.type(command)  # type: ignore[attr-defined]
    page.get_by_text(command, exact=True).last.wait_for()  # type: ignore[attr-defined]
    page.keyboard.press("Enter")  # type: ignore[attr-defined]
    page.click("#send-message")  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_typing_the_command_shows_the_card(browser: object, size: tuple[int, int], tmp_path: Path) -> None:
    preview = Preview("--no-browser")
    try:
        page = browser.new_page(viewport={"width": size[0], "height": size[1]})  # type: ignore[attr-defined]
        page.goto(preview.url)
        type_command(page, "/twinflame runner")
        card = page.locator("#preview-stage").get_by_text("they run toward each other")
        card.wait_for(timeout=PATIENCE)
        page.get_by_role("button", name="Am I the chaser?").click()
        page.get_by_role("heading", name="The chaser").wait_for(timeout=PATIENCE)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        page.close()
    finally:
        status, out, err = preview.stop()
    assert status == 0
    assert "/twinflame runner" in preview.printed
    assert "The preview is closed." in out
    assert err == ""


@pytest.mark.parametrize("place", ["thread", "forum"])
def test_other_places_open_too(browser: object, place: str) -> None:
    preview = Preview("--no-browser", "--in", place)
    try:
        page = browser.new_page(viewport={"width": 1280, "height": 800})  # type: ignore[attr-defined]
        page.goto(preview.url)
        page.locator(COMPOSER).wait_for(timeout=PATIENCE)
        page.close()
    finally:
        status, _, err = preview.stop()
    assert (status, err) == (0, "")


def test_a_card_on_the_page_is_drawn_anew_when_its_file_changes(browser: object, content_folder: Path) -> None:
    file = content_folder / "twinflame.yml"
    text = file.read_text(encoding="utf-8")
    preview = Preview("--no-browser", LANTERN_CONTENT=str(content_folder))
    try:
        page = browser.new_page(viewport={"width": DESKTOP[0], "height": DESKTOP[1]})  # type: ignore[attr-defined]
        page.goto(preview.url)
        type_command(page, "/twinflame runner")
        page.get_by_role("heading", name="The runner", exact=True).wait_for(timeout=PATIENCE)
        file.write_text("command: [", encoding="utf-8")
        assert preview.process.stdout is not None
        assert any("keeps the last good one" in line for line in preview.process.stdout)
        file.write_text(text.replace("title: The runner", "title: Whoever runs", 1), encoding="utf-8")
        page.get_by_role("heading", name="Whoever runs").wait_for(timeout=PATIENCE)
        page.close()
    finally:
        status, out, err = preview.stop()
    assert "1 card on the page was drawn anew" in out
    assert (status, err) == (0, "")
