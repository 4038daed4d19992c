"""Read settings and content, and write them to standard output: the program of a process of its own.

``python -m lantern.reading`` reads what ``run`` needs, and ``python -m lantern.reading FOLDER`` a folder's content. The
bot starts them, and takes over what they write, in `reader`. Nothing is imported here before it is needed, because a
start waits for it.
"""

from __future__ import annotations

import os
import pickle
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .articles import Content
    from .problems import ContentError
    from .settings import Settings, SettingsError


@dataclass(frozen=True)
class Read:
    """What was read, or why it cannot be used."""

    settings: Settings | SettingsError
    content: Content | ContentError | None
    """Not yet held against Discord's limits; None where settings that cannot be used do not say where it is."""


def everything() -> Read:
    """The settings of this process's environment, and the content that they name."""
    from . import article_files, care_signs, problems, settings

    try:
        chosen = settings.load()
    except settings.SettingsError as error:
        return Read(error, None)
    try:
        # Discord's limits need discord.py, whose import takes longer than all the rest; the bot has it anyway.
        return Read(chosen, article_files.load(chosen.content, care_signs.misfits))
    except problems.ContentError as error:
        return Read(chosen, error)


def content_of(folder: Path) -> Content | ContentError:
    """The content of a folder, checked in every way, or all its problems."""
    from . import content, problems

    try:
        return content.load(folder)
    except problems.ContentError as error:
        return error


def main() -> None:
    """Read, and write."""
    # Asked for by its name, so that what is written names this module and not `__main__`.
    from lantern import reading

    read = reading.content_of(Path(sys.argv[1])) if len(sys.argv) > 1 else reading.everything()
    sys.stdout.buffer.write(pickle.dumps(read))
    sys.stdout.buffer.flush()
    # At once: tidying up would take 30 ms, and the bot waits.
    os._exit(0)


if __name__ == "__main__":
    main()
