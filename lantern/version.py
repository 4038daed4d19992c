"""Which Lantern this is."""

from __future__ import annotations

import importlib.metadata
import tomllib

from .settings import PROJECT

DISTRIBUTION = "lantern-bot"


def version() -> str:
    """The version in the pyproject.toml beside the program, or that of the installed package."""
    try:
        # Before the package's own: an environment installed from this folder keeps the number of the day it was made.
        with (PROJECT / "pyproject.toml").open("rb") as file:
            project = tomllib.load(file)["project"]
        if project["name"] == DISTRIBUTION:
            return str(project["version"])
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        pass
    try:
        return importlib.metadata.version(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
