"""The invented questions of the preview."""

from __future__ import annotations

from pathlib import Path

import pytest

import bot as program


def test_invented_questions_never_go_into_a_database_that_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kept.sqlite3"
    assert program.main(["preview", "--sample-questions", "--database", str(path)]) == 2
    assert not path.exists()
    assert "invented" in capsys.readouterr().err
