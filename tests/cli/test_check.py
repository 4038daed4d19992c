"""``python bot.py check``: what an editor reads of content in which nothing is wrong."""

from __future__ import annotations

import pytest

import bot


def test_old_helplines_are_one_line_and_all_of_them_where_that_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """Twenty numbers at every check were not read."""
    assert bot.main(["check"]) == 0
    short = capsys.readouterr().out.splitlines()
    assert bot.main(["check", "--helplines"]) == 0
    named = capsys.readouterr().out.splitlines()

    (warning,) = [line for line in short if line.startswith("  ")]
    assert "of these numbers stand on pages of more than 183 days ago" in warning
    assert warning.endswith("`python bot.py check --helplines` names them.")
    assert [line for line in named if line.startswith("  New Zealand: 111 (2023), ")]
    assert len(named) > len(short) + 10
