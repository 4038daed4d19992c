"""How much was done, counted in calls: on every machine, and however busy it is, there are as many."""

from __future__ import annotations

import sys
from typing import Any


class Calls:
    """Counts the calls, Python's and those of C, that this thread makes inside the block."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> Calls:
        sys.setprofile(self._called)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _called(self, _frame: Any, event: str, _argument: Any) -> None:
        self.count += event in ("call", "c_call")
