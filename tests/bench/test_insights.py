"""The measurement of the figures, in small."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.postgres import installed


def test_the_benchmark_runs_in_small(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from bench import insights as bench_insights

    bench_insights.main(["--rows", "2000", "--folder", str(tmp_path)])

    out = capsys.readouterr().out
    assert "asks in three years" in out
    assert "helped, 13 weeks" in out


def test_the_same_is_measured_on_a_server(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from bench import insights as bench_insights

    if installed() is None:
        pytest.skip("no PostgreSQL server on this machine")

    bench_insights.main(["--rows", "2000", "--folder", str(tmp_path), "--on-a-server"])

    in_a_file, on_a_server = capsys.readouterr().out.split("On a PostgreSQL server:")
    kept = [line.split()[-1] for line in (in_a_file + on_a_server).splitlines() if line.startswith("single rows kept")]
    assert len(kept) == 2
    assert kept[0] == kept[1] != "0"
