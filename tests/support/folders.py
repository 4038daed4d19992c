"""Folders that are taken away from under a running bot, and put back as they were."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest


def moved(folder: Path) -> Callable[[], object]:
    """Rename it; what is returned brings it back."""
    away = folder.rename(folder.with_name("away"))
    return lambda: away.rename(folder)


def a_file_in_its_place(folder: Path) -> Callable[[], object]:
    """The same, with a plain file in its place meanwhile."""
    back = moved(folder)
    folder.write_text("in the way", encoding="utf-8")

    def bring_back() -> None:
        folder.unlink()
        back()

    return bring_back


def unreadable(folder: Path) -> Callable[[], object]:
    """Let nobody look into it; what is returned ends that."""
    folder.chmod(0)
    return lambda: folder.chmod(0o700)


AWAY = [
    moved,
    a_file_in_its_place,
    pytest.param(
        unreadable, marks=pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root reads anything")
    ),
]
"""The ways, for a test that tries each."""
