"""The measurement of the databases, in small: whole processes, a file and a server."""

from __future__ import annotations

import pytest

from bench import cost, databases
from bench.databases import SETUPS, Setup
from tests.support.postgres import Postgres

ANSWERS = 8


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.name)
async def test_every_answer_of_a_round_is_a_row(
    setup: Setup, postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "WARMING", 5)
    monkeypatch.setattr(cost, "GAP", 0.0)
    monkeypatch.setattr(databases, "AT_ONCE", 3)

    figures = await databases.measure(setup, postgres_server, ANSWERS)

    assert figures["missing_rows"] == 0
    assert 0 < figures["p50"] <= figures["p99"]
    assert figures["rate"] > 0
    assert figures["memory"] > 20 * len(setup.shard_ids)


def test_the_table_has_a_column_for_each_setup() -> None:
    figures = dict.fromkeys(databases.SHOWN, 0.001) | {"missing_rows": 0}

    lines = databases.table({setup.name: [figures] for setup in SETUPS}).splitlines()

    assert lines[0] == "| | one process, SQLite | one process, PostgreSQL | two processes, PostgreSQL |"
    assert lines[1] == "|---|---|---|---|"
    assert lines[2].startswith("| frame to callback, p50 | 1 ms (1–1) |")
    assert lines[-1] == "| rows missing | 0 in all | 0 in all | 0 in all |"
