"""``bot.py preview --database FILE``, where the file is something else."""

from __future__ import annotations

from pathlib import Path

import pytest

import bot as program


@pytest.mark.parametrize("held", [b"bought: milk, lamp oil", b"SQLite format 2"])
def test_a_file_that_is_no_database_is_left_alone(
    held: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shopping.txt"
    path.write_bytes(held)

    assert program.main(["preview", "--database", str(path), "--no-browser"]) == 2

    assert f"{path} is not an SQLite database" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["shopping.txt"]
    assert path.read_bytes() == held
