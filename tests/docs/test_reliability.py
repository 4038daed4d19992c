"""The table of bad days is the one that the suite writes: every test of a fault is in it, and nothing else is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from lantern import PROJECT
from tests.support.fault_lists import BREAKS, REQUEST_FAULTS, SYNC_FAULTS
from tests.support.reliability import TABLE, Tried, recorded, table, tried

LINE = re.compile(r"^\| (?P<fault>.+) \| (?P<saw>.+) \| (?P<lost>.+) \| `(?P<file>[\w/]+\.py)::(?P<test>[\w:]+)` \|$")


def lines() -> list[dict[str, str]]:
    """The lines of the committed table."""
    found = [LINE.match(line) for line in TABLE.read_text(encoding="utf-8").splitlines()]
    return [line.groupdict() for line in found if line is not None]


def functions(file: Path) -> dict[str, bool]:
    """The functions of a test file, and whether each records a fault itself."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {
        node.name: any(
            isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == tried.__name__
            for call in ast.walk(node)
        )
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_line_names_a_test_that_is_there() -> None:
    assert len(lines()) > 50
    for line in lines():
        assert line["test"].rpartition("::")[2] in functions(PROJECT / "tests" / line["file"]), line


def test_every_test_that_records_a_fault_is_in_the_table() -> None:
    told = {(line["file"], line["test"].rpartition("::")[2]) for line in lines()}
    for file in sorted((PROJECT / "tests").rglob("test_*.py")):
        if file == Path(__file__):
            continue
        for name, records in functions(file).items():
            if records and name.startswith("test_"):
                name_of_file = file.relative_to(PROJECT / "tests").as_posix()
                assert (name_of_file, name) in told, "run it, and then `python -m tests.support.reliability`"


@pytest.mark.parametrize("fault", [*REQUEST_FAULTS, *SYNC_FAULTS, *(each.name for each in BREAKS)])
def test_every_fault_of_discord_is_in_the_table(fault: str) -> None:
    assert any(line["fault"] == fault or line["fault"].endswith(f": {fault}") for line in lines())


def test_the_last_run_of_a_fault_is_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.reliability.ROWS", tmp_path)
    for lost in ("all", "nothing"):
        tried("The machine", "struck | by lightning", saw="a flash", lost=lost)
    (row,) = recorded(tmp_path)
    assert isinstance(row, Tried)
    (line,) = [line for line in table([row]).splitlines() if "lightning" in line]
    assert LINE.match(line)
    assert "struck \\| by lightning | a flash | nothing |" in line
