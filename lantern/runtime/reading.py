"""Read settings and content, and write them to standard output: the program of a process of its own.

``python -m lantern.runtime.reading`` reads what ``run`` needs, and ``python -m lantern.runtime.reading FOLDER`` a
folder's content. The bot starts them, and takes over what they write, in `reader`.
"""

from __future__ import annotations

import os
import pickle
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lantern.content.models import Content
    from lantern.content.problems import ContentError
    from lantern.runtime.settings import Settings, SettingsError


@dataclass(frozen=True)
class Read:
    """What was read, or why it cannot be used."""

    settings: Settings | SettingsError
    content: Content | ContentError | None
    """Not yet held against Discord's limits; None where settings that cannot be used do not say where it is."""


def everything() -> Read:
    """The settings of this process's environment, and the content that they name."""
    from lantern.runtime import settings

    try:
        chosen = settings.load()
    except settings.SettingsError as error:
        return Read(error, None)
    # A start waits for this, and the bot imports discord.py meanwhile: it looks at Discord's limits itself.
    return Read(chosen, content_of(chosen.content, with_discord=False))


def content_of(folder: Path, *, with_discord: bool = True) -> Content | ContentError:
    """The content of a folder, or all its problems, as :func:`lantern.answers.edition.load` finds them."""
    from lantern.answers import edition as content
    from lantern.content import problems

    try:
        return content.load(folder, with_discord=with_discord)
    except problems.ContentError as error:
        return error


def main() -> None:
    """Read, and write."""
    # Asked for by its name, so that what is written names this module and not `__main__`.
    from lantern.runtime import reading

    read = reading.content_of(Path(sys.argv[1])) if len(sys.argv) > 1 else reading.everything()
    sys.stdout.buffer.write(pickle.dumps(read))
    sys.stdout.buffer.flush()
    # At once: tidying up would take 30 ms, and the bot waits.
    os._exit(0)


if __name__ == "__main__":
    main()
