"""The virtual environments that the two bots run in, each with what that bot needs and nothing else."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from tests.discord.process import ROOT


def lantern_requirements() -> list[str]:
    """Return what Lantern needs to run, from pyproject.toml."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return list(tomllib.load(file)["project"]["dependencies"])


def environment(cache: Path, name: str, requirements: Sequence[str]) -> Path:
    """Return the Python of an environment with these requirements at the versions of constraints.txt.

    It is made once and kept under `cache` until the requirements, the pins or the Python change. Packages are compiled
    to bytecode, as in the image; without that every start would be three times slower.

    Raises subprocess.CalledProcessError when the packages cannot be installed.
    """
    constraints = ROOT / "constraints.txt"
    pins = constraints.read_bytes() if constraints.exists() else b""
    key = hashlib.sha256("\n".join([sys.version, *requirements]).encode() + pins).hexdigest()[:12]
    folder = cache / f"{name}-{key}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        print(f"making the environment of {name} …", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pinned = ["-c", str(constraints)] if pins else []
        install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--compile"]
        subprocess.run([*install, *pinned, *requirements], check=True)
        (folder / "complete").touch()
    return python
