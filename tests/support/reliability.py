"""What the fault suite found out, as a table.

    python -m tests.support.reliability

A test that tries a fault ends with :func:`tried`: after its assertions, so that only what held is recorded, and with
figures it counted itself. The command puts the rows of the last runs into ``docs/reliability.md``.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from lantern import PROJECT

ROWS = PROJECT / "build" / "reliability"
TABLE = PROJECT / "docs" / "reliability.md"

Room = Literal["Discord", "Database", "Content", "The process", "The machine"]
ROOMS: tuple[Room, ...] = ("Discord", "Database", "Content", "The process", "The machine")

HEAD = """# Bad days, each tried

Every line is a test: the fault is really made, the bot answers (or does not), and what is left is counted. The table is
written from what those tests found; `make test` runs the quick ones and `make soak` the long ones, and then
`python -m tests.support.reliability` writes it anew.

*What members saw* is what the person who asked and those beside them had on their screens. *What was lost* counts rows:
an answered question is one row in the database. Where a line says that no member is in the test, the fault was made on
the file or the loop alone, and what members see is the line's neighbour's to tell.
"""


@dataclass(frozen=True)
class Tried:
    """One line of the table."""

    room: Room
    fault: str
    saw: str
    lost: str
    test: str
    at: int = 0
    """Nanoseconds since 1970: which of two rows of one fault is the last run's."""


def tried(room: Room, fault: str, *, saw: str, lost: str) -> None:
    """Record, at the end of the test that tried it, what a fault did.

    Parameters
    ----------
    room:
        What was faulty; the table is ordered by it.
    fault:
        What was done, such as "locked by another process for 30 s". One fault is one line: the last run's.
    saw:
        What members saw, in a few words.
    lost:
        What was lost, with the counted figure, such as "nothing: 40 of 40 rows on disk". Write figures that come out
        the same each time, or the table changes with every run.
    """
    test = os.environ.get("PYTEST_CURRENT_TEST", "").split(" ")[0]
    ROWS.mkdir(parents=True, exist_ok=True)
    row = Tried(room, fault, saw, lost, test, time.time_ns())
    with (ROWS / f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")


def recorded(folder: Path = ROWS) -> list[Tried]:
    """The last row of each fault, in the table's order."""
    lines = [line for file in folder.glob("*.jsonl") for line in file.read_text(encoding="utf-8").splitlines()]
    rows: dict[tuple[str, str], Tried] = {}
    for row in sorted((Tried(**json.loads(line)) for line in lines), key=lambda row: row.at):
        rows[row.room, row.fault] = row
    return sorted(rows.values(), key=lambda row: (ROOMS.index(row.room), row.test.split("[")[0], row.fault))


def table(rows: list[Tried]) -> str:
    """The page."""
    lines = [HEAD]
    for room in ROOMS:
        of_room = [row for row in rows if row.room == room]
        if not of_room:
            continue
        lines += [f"## {room}", "", "| fault | what members saw | what was lost | test |", "|---|---|---|---|"]
        for row in of_room:
            name = row.test.removeprefix("tests/").split("[")[0]
            cells = [row.fault, row.saw, row.lost, f"`{name}`"]
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines)


def main() -> int:
    """Write the page; 1 when no test left a row."""
    rows = recorded()
    if not rows:
        print("no test left a row: run `make test`, and `make soak` for the long ones", file=sys.stderr)
        return 1
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(table(rows), encoding="utf-8")
    print(f"{TABLE.relative_to(PROJECT)}: {len(rows)} faults")
    return 0


if __name__ == "__main__":
    sys.exit(main())
