"""SECURITY.md names a test for each threat; those tests exist."""

from __future__ import annotations

import re

from lantern import PROJECT

TESTS = PROJECT / "tests"


def test_every_test_that_the_threat_list_names_exists() -> None:
    rows = [line for line in (PROJECT / "SECURITY.md").read_text().splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 15
    missing = []
    for row in rows:
        named = re.findall(r"`([\w/]*test_\w+\.py)((?:::\w+)*)`", row.split(" | ")[-1])
        assert named or "by hand" in row, row
        for file, path in named:
            text = (TESTS / file).read_text() if (TESTS / file).exists() else ""
            names = path.split("::")[1:]
            if not text or any(not re.search(rf"\b(def|class) {name}\b", text) for name in names):
                missing.append(f"{file}{path}")
    assert not missing
