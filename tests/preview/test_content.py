"""An editor has the preview beside the file: what its terminal says of a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.programs import Preview

pytest.importorskip("simcord", reason="the extra `preview` is not installed")


def test_a_change_is_told_in_plain_words_and_nothing_else_is(content_folder: Path) -> None:
    file = content_folder / "twinflame.yml"
    text = file.read_text(encoding="utf-8")
    preview = Preview("--no-browser", LANTERN_CONTENT=str(content_folder))
    try:
        file.write_text("command: [", encoding="utf-8")
        preview.line("The content changed, but not into something that can be used")
        problem = preview.line("  ")
        file.write_text(text.replace("title: The runner", "title: Whoever runs", 1), encoding="utf-8")
        changed = preview.line("The content changed: ")
    finally:
        status, _, err = preview.stop()

    assert problem.startswith(f"  {file}, line ")
    assert changed == "The content changed: 0 cards on the page were drawn anew.\n"
    # Neither the log's own lines nor that the owner, who is the bot here, could not be told.
    assert (status, err) == (0, "")
