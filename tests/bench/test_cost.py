"""The benchmark itself: small rounds with both bots as whole processes, and what its table says of them."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench import cost
from bench.cost import Bot
from tests.discord.loopback import Loopback
from tests.discord.process import BotProcess

ANSWERS = 20
FIGURES = {
    "start": 0.3,
    "idle": 60.0,
    "after": 61.0,
    "p50": 0.001,
    "p99": 0.002,
    "processor": 0.001,
    "burst_p99": 0.15,
    "lost": 0,
    "missing_rows": 0,
}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No environments of their own, no settling: the figures mean nothing here, only the way to them is tried."""
    monkeypatch.setattr(cost, "environment", lambda _name, _requirements: Path(sys.executable))
    monkeypatch.setattr(cost, "SETTLING", 0.0)
    monkeypatch.setattr(cost, "WARMING", 5)
    monkeypatch.setattr(cost, "GAP", 0.0)
    monkeypatch.setattr(cost, "BURST", 10)
    monkeypatch.setattr(cost, "ARRIVING", 2.0)


async def test_lantern_answers_with_a_row_each_and_stops_well(tmp_path: Path) -> None:
    bot = await cost.lantern(tmp_path)
    figures = await cost.measure(bot, ANSWERS)
    assert figures["lost"] == 0
    assert figures["missing_rows"] == 0
    assert 0 < figures["p50"] <= figures["p99"] < 3
    assert 10 < figures["idle"] < 500
    assert 10 < figures["after"] < 500
    assert figures["start"] > 0


async def test_rows_that_are_not_kept_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "ARRIVING", 0.0)
    forgetful = replace(cost.bare_bot(), prepared=(await cost.lantern(tmp_path)).prepared)
    with pytest.raises(RuntimeError, match="exit status"):  # the bare bot does not stop cleanly when it is told to
        await cost.measure(forgetful, ANSWERS)
    monkeypatch.setattr(BotProcess, "stop", _stopped)
    figures = await cost.measure(forgetful, ANSWERS)
    assert figures["missing_rows"] == 1 + cost.WARMING + ANSWERS + cost.BURST


async def _stopped(process: BotProcess) -> int:
    await process.kill()
    return 0


async def test_a_bot_that_does_not_start_is_reported_with_its_log() -> None:
    broken = Bot("broken", Path(sys.executable), ["bench/no_such_bot.py"], [("fixed",)])
    with pytest.raises(RuntimeError, match="no_such_bot"):
        await cost.measure(broken, ANSWERS)


async def test_bots_are_bound_to_cores_and_this_process_is_not(tmp_path: Path) -> None:
    allowed = os.sched_getaffinity(0)
    async with Loopback() as server:
        process = await BotProcess.start(server, ["bench/bare_bot.py"], log=tmp_path / "log", cores=1)
        try:
            await process.ready(server)
            assert len(os.sched_getaffinity(process.process.pid)) == 1
        finally:
            await process.kill()
    assert os.sched_getaffinity(0) == allowed


def test_the_table_compares_round_by_round_and_names_the_goals() -> None:
    ours = [FIGURES | {"p50": 0.001}, FIGURES | {"p50": 0.004}]
    bare = [FIGURES | {"p50": 0.001, "start": 0.1}, FIGURES | {"p50": 0.002, "start": 0.1}]
    lines = cost.table({"ours": ours, "bare": bare}).splitlines()
    assert lines[0] == "| | ours | bare | ratio | goal |"
    assert (
        "| frame to callback, p50 | 2.5 ms (1.75–3.25) | 1.5 ms (1.25–1.75) | 1.50 (1.25–1.75) | ≤ 1.0, missed |"
        in lines
    )
    assert any(line.startswith("| start") and line.endswith("| 3.00 (3.00–3.00) | ≤ 1.5, missed |") for line in lines)
    assert any(line.startswith("| burst, p99") and line.endswith("≤ 200 ms, reached |") for line in lines)
    assert "| rows missing | 0 in all | 0 in all |  | none, reached |" in lines


def test_a_lost_answer_misses_the_goal() -> None:
    lines = cost.table({"ours": [FIGURES | {"lost": 1}, FIGURES], "bare": [FIGURES, FIGURES]}).splitlines()
    assert "| burst, lost | 1 in all | 0 in all |  | none, missed |" in lines
