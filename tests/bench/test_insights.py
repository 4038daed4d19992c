"""The measurement of the figures, in small."""

from __future__ import annotations

from pathlib import Path

import pytest


def test_the_benchmark_runs_in_small(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from bench import insights as bench_insights

    bench_insights.main(["--rows", "2000", "--folder", str(tmp_path)])

    out = capsys.readouterr().out
    assert "asks in three years" in out
    assert "helped, 180 days" in out
